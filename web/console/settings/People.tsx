// Who works here: added by a link, given a role, closed out.

import { useState } from 'preact/hooks';
import { type AgentListed, type Role, ROLES } from '../api';
import type { Desk } from '../models/desk';
import { namesOf, PeopleModel } from '../models/people';
import { say, words } from '../words';
import { Copied } from './Snippet';
import { Field, Sure, useModel, Waiting } from './bits';

export function PeoplePage({ desk }: { desk: Desk }) {
  const model = useModel(() => new PeopleModel(desk.api, location.origin, () => desk.changed()));
  if (!model.people) return <Waiting desk={desk} isUnreachable={model.isUnreachable} again={() => void model.load()} />;
  return (
    <>
      <Add model={model} />
      <div role="status">{model.made && <Made model={model} />}</div>
      <div role="alert">
        {model.notice && <p class="notice bad">{model.notice.text ?? say(model.notice.key, model.notice.values)}</p>}
      </div>
      <Agents desk={desk} model={model} />
      <Open model={model} />
    </>
  );
}

function Add({ model }: { model: PeopleModel }) {
  return (
    <section class="block">
      <h2>{say('people_add')}</h2>
      <p class="quiet">{say('people_add_words')}</p>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          const form = event.currentTarget;
          const given = new FormData(form);
          const text = (name: string) => String(given.get(name) ?? '');
          const wish = { email: text('email'), role: text('role') as Role, capacity: Number(text('capacity')), language: words.language };
          void model.add(wish).then((done) => done && form.reset());
        }}
      >
        <Field id="people-email" label={say('email')}>
          <input id="people-email" name="email" type="email" autocomplete="off" required />
        </Field>
        <Field id="people-role" label={say('people_role')} hint={say('role_words')}>
          <select id="people-role" name="role" aria-describedby="people-role-hint">
            <Roles chosen="agent" />
          </select>
        </Field>
        <Field id="people-capacity" label={say('people_capacity')}>
          <input id="people-capacity" name="capacity" type="number" min={1} max={100} defaultValue="4" required />
        </Field>
        <div class="form-foot">
          <button type="submit" class="primary" disabled={model.isBusy}>
            {say('people_make_link')}
          </button>
        </div>
      </form>
    </section>
  );
}

function Roles({ chosen }: { chosen: Role }) {
  return (
    <>
      {ROLES.map((role) => (
        <option key={role} value={role} selected={role === chosen}>
          {say(`role_name_${role}`)}
        </option>
      ))}
    </>
  );
}

function Made({ model }: { model: PeopleModel }) {
  const { made } = model;
  if (!made) return null;
  const until = `${words.date(made.link.expires_at)}, ${words.time(made.link.expires_at)}`;
  return (
    <div class="notice good column">
      <p>{say('people_link_made', { email: made.link.email, until })}</p>
      {made.link.mailed && <p>{say('people_link_mailed')}</p>}
      <Copied text={made.href} />
    </div>
  );
}

function Agents({ desk, model }: { desk: Desk; model: PeopleModel }) {
  const agents = model.people?.agents ?? [];
  return (
    <section class="block">
      <h2>{say('people_here')}</h2>
      <p class="quiet" id="people-skills-words">
        {say('people_skills_words')}
      </p>
      <ul class="people">
        {agents.map((agent) => (
          <Agent key={agent.id} desk={desk} model={model} agent={agent} />
        ))}
      </ul>
    </section>
  );
}

function Agent({ desk, model, agent }: { desk: Desk; model: PeopleModel; agent: AgentListed }) {
  const isMe = agent.id === desk.me;
  const { name } = agent;
  return (
    <li class={agent.active ? '' : 'closed'}>
      <p class="who">
        <strong dir="auto">{name}</strong>
        {isMe && <span class="tag">{say('people_you')}</span>}
        {!agent.active && <span class="tag">{say('people_closed')}</span>}
        <span class="quiet" dir="ltr">
          {agent.email}
        </span>
      </p>
      <div class="row">
        {agent.active ? (
          <>
            <select
              aria-label={say('people_role_of', { name })}
              disabled={model.isBusy}
              value={agent.role}
              onChange={(event) => void model.change(agent.id, { role: event.currentTarget.value as Role })}
            >
              <Roles chosen={agent.role} />
            </select>
            <Capacity model={model} agent={agent} />
            <Names model={model} agent={agent} of="skills" />
            <Names model={model} agent={agent} of="languages" />
            <button type="button" disabled={model.isBusy} onClick={() => void model.resetLink(agent.id)}>
              {say('people_reset')}
            </button>
            {!isMe && (
              <button type="button" disabled={model.isBusy} onClick={() => model.ask({ kind: 'close', agent })}>
                {say('people_close')}
              </button>
            )}
          </>
        ) : (
          <button type="button" disabled={model.isBusy} onClick={() => void model.change(agent.id, { active: true })}>
            {say('people_reopen')}
          </button>
        )}
      </div>
      {model.asked?.agent.id === agent.id && (
        <Sure
          words={say('people_close_sure', { name })}
          deed={say('people_close')}
          isBusy={model.isBusy}
          act={() => void model.change(agent.id, { active: false })}
          leave={() => model.ask(null)}
        />
      )}
    </li>
  );
}

/** Changed when the field is left, so that typing 1 and 2 is not 1 in between. */
function Capacity({ model, agent }: { model: PeopleModel; agent: AgentListed }) {
  const [typed, setTyped] = useState(String(agent.capacity));
  return (
    <input
      type="number"
      min={1}
      max={100}
      aria-label={say('people_capacity_of', { name: agent.name })}
      value={typed}
      onInput={(event) => setTyped(event.currentTarget.value)}
      onChange={(event) => {
        const capacity = Number(event.currentTarget.value);
        if (event.currentTarget.checkValidity() && capacity !== agent.capacity) void model.change(agent.id, { capacity });
      }}
    />
  );
}

/** What somebody knows or speaks, with commas between; changed when the field is left. */
function Names({ model, agent, of }: { model: PeopleModel; agent: AgentListed; of: 'skills' | 'languages' }) {
  const known = agent[of].join(', ');
  const [typed, setTyped] = useState(known);
  return (
    <input
      class="names"
      dir="auto"
      placeholder={say(`people_${of}`)}
      aria-label={say(`people_${of}_of`, { name: agent.name })}
      aria-describedby="people-skills-words"
      value={typed}
      onInput={(event) => setTyped(event.currentTarget.value)}
      onChange={(event) => {
        const names = namesOf(event.currentTarget.value);
        if (names.join(', ') !== known) void model.change(agent.id, { [of]: names });
      }}
    />
  );
}

function Open({ model }: { model: PeopleModel }) {
  const links = model.people?.join_links ?? [];
  if (!links.length) return null;
  return (
    <section class="block">
      <h2>{say('people_open')}</h2>
      <ul class="people">
        {links.map((link) => (
          <li key={link.id}>
            <p class="who">
              <strong dir="ltr">{link.email}</strong>
              <span class="tag">{say(`role_name_${link.role}`)}</span>
              <span class="quiet">{say('people_until', { until: words.date(link.expires_at) })}</span>
            </p>
            <div class="row">
              <button
                type="button"
                disabled={model.isBusy}
                aria-label={say('people_take_back_of', { email: link.email })}
                onClick={() => void model.takeBack(link.id)}
              >
                {say('people_take_back')}
              </button>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
