// Teams: who answers for what, who helps out and when; and how work is shared out among
// everybody.

import type { TeamShown } from '../api';
import type { Desk } from '../models/desk';
import { TeamsModel } from '../models/teams';
import { say } from '../words';
import { Entries, Entry, EntryForm, Field, Foot, useModel, Waiting } from './bits';

export function TeamsPage({ desk }: { desk: Desk }) {
  const model = useModel(() => new TeamsModel(desk.api, () => desk.changed()));
  if (!model.teams) return <Waiting desk={desk} isUnreachable={model.isUnreachable} again={() => void model.load()} />;
  const { teams } = model.teams;
  return (
    <>
      <Entries
        model={model}
        words={say(teams.length ? 'teams_words' : 'teams_empty')}
        add={say('teams_add')}
        form={<Form model={model} />}
      >
        {teams.map((team) => (
          <Team key={team.id} model={model} team={team} />
        ))}
      </Entries>
      <RoutingForm model={model} />
    </>
  );
}

function Team({ model, team }: { model: TeamsModel; team: TeamShown }) {
  const { name } = team;
  const helper = model.teams?.teams.find(({ id }) => id === team.overflow_to);
  const people = model.teams?.agents.filter(({ id }) => team.members.includes(id)) ?? [];
  return (
    <Entry
      model={model}
      item={team}
      who={
        <>
          <span class="quiet" dir="auto">
            {people.length ? people.map((one) => one.name).join(', ') : say('team_nobody')}
          </span>
          {helper && <span class="quiet">{say('team_helps', { name: helper.name, n: team.overflow_minutes ?? 0 })}</span>}
        </>
      }
      deeds={
        <>
          <button type="button" aria-label={say('team_change_of', { name })} onClick={() => model.begin(team)}>
            {say('team_change')}
          </button>
          <button type="button" aria-label={say('team_remove_of', { name })} onClick={() => model.ask(team)}>
            {say('team_remove')}
          </button>
        </>
      }
      sure={{ words: say('team_remove_sure', { name }), deed: say('team_remove'), act: () => void model.remove(team.id) }}
      form={<Form model={model} />}
    />
  );
}

function Form({ model }: { model: TeamsModel }) {
  const { draft, teams } = model;
  if (!draft || !teams) return null;
  const others = teams.teams.filter(({ id }) => id !== draft.id);
  const toggle = (id: string, isIn: boolean) =>
    model.change({ members: isIn ? [...draft.members, id] : draft.members.filter((one) => one !== id) });
  return (
    <EntryForm model={model}>
      <Field id="team-name" label={say('team_name')} hint={say('team_name_words')}>
        <input
          id="team-name"
          required
          maxLength={60}
          dir="auto"
          aria-describedby="team-name-hint"
          value={draft.name}
          onInput={(event) => model.change({ name: event.currentTarget.value })}
        />
      </Field>
      <fieldset class="members">
        <legend>{say('team_members')}</legend>
        {teams.agents.map(({ id, name }) => (
          <label key={id}>
            <input type="checkbox" checked={draft.members.includes(id)} onChange={(event) => toggle(id, event.currentTarget.checked)} />{' '}
            <span dir="auto">{name}</span>
          </label>
        ))}
      </fieldset>
      {others.length > 0 && (
        <Field id="team-overflow" label={say('team_overflow')}>
          <select id="team-overflow" value={draft.overflow_to ?? ''} onChange={(event) => model.change({ overflow_to: event.currentTarget.value || null })}>
            <option value="">{say('team_overflow_none')}</option>
            {others.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </Field>
      )}
      {draft.overflow_to && (
        <Field id="team-after" label={say('team_overflow_after')}>
          <input
            id="team-after"
            type="number"
            min={1}
            max={1440}
            required
            value={draft.overflow_minutes ?? ''}
            onInput={(event) => model.change({ overflow_minutes: event.currentTarget.valueAsNumber || null })}
          />
        </Field>
      )}
    </EntryForm>
  );
}

type Units = 'chat_units' | 'email_units' | 'wrap_up_s' | 'dedicated_for_s' | 'needs_for_s';

function RoutingForm({ model }: { model: TeamsModel }) {
  const routing = model.teams?.routing;
  if (!routing) return null;
  const number = (field: Units, key: string, most: number, per = 1, hint?: string) => {
    const id = `routing-${key}`;
    return (
      <Field id={id} label={say(`routing_${key}`)} hint={hint && say(hint)}>
        <input
          id={id}
          type="number"
          min={most === 20 ? 1 : 0}
          max={most}
          required
          aria-describedby={hint && `${id}-hint`}
          value={routing[field] / per}
          onChange={(event) => {
            if (event.currentTarget.checkValidity()) model.changeRouting({ [field]: event.currentTarget.valueAsNumber * per });
          }}
        />
      </Field>
    );
  };
  return (
    <section class="block">
      <h2>{say('routing_title')}</h2>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void model.saveRouting();
        }}
      >
        {number('chat_units', 'chat', 20)}
        {number('email_units', 'email', 20, 1, 'routing_units_words')}
        {number('wrap_up_s', 'wrap_up', 3600, 1, 'routing_wrap_up_words')}
        {number('dedicated_for_s', 'dedicated', 3600, 1, 'routing_dedicated_words')}
        {number('needs_for_s', 'needs', 1440, 60, 'routing_needs_words')}
        <Foot saving={model.saving} />
      </form>
    </section>
  );
}
