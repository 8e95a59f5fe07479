// Replies that are ready: everybody's, a team's, one's own; with the holes they can have.

import { useRef } from 'preact/hooks';
import type { CannedReply } from '../api';
import { HOLES } from '../models/canned';
import { CannedModel } from '../models/cannedPage';
import type { Desk } from '../models/desk';
import { say } from '../words';
import { Entries, Entry, EntryForm, Field, useModel, Waiting } from './bits';

export function CannedPage({ desk }: { desk: Desk }) {
  const make = () => new CannedModel(desk.api, () => desk.changed(), () => void desk.canned.load());
  const model = useModel(make);
  if (!model.page) return <Waiting desk={desk} isUnreachable={model.isUnreachable} again={() => void model.load()} />;
  const { replies } = model.page;
  return (
    <Entries
      model={model}
      words={say(replies.length ? 'canned_words' : 'canned_empty')}
      add={say('canned_add')}
      form={<Form model={model} />}
    >
      {replies.map((reply) => (
        <Reply key={reply.id} model={model} reply={reply} />
      ))}
    </Entries>
  );
}

function Reply({ model, reply }: { model: CannedModel; reply: CannedReply }) {
  const { name } = reply;
  const team = model.page?.teams.find(({ id }) => id === reply.team_id)?.name ?? say('canned_for_team');
  return (
    <Entry
      model={model}
      item={reply}
      who={
        <>
          <span class="quiet">{reply.shared_with === 'team' ? team : say(`canned_for_${reply.shared_with}`)}</span>
          <span class="canned-text" dir="auto">
            {reply.text}
          </span>
        </>
      }
      deeds={
        reply.may_change && (
          <>
            <button type="button" aria-label={say('canned_change_of', { name })} onClick={() => model.begin(reply)}>
              {say('team_change')}
            </button>
            <button type="button" aria-label={say('canned_remove_of', { name })} onClick={() => model.ask(reply)}>
              {say('team_remove')}
            </button>
          </>
        )
      }
      sure={{ words: say('canned_remove_sure', { name }), deed: say('team_remove'), act: () => void model.remove(reply.id) }}
      form={<Form model={model} />}
    />
  );
}

function Form({ model }: { model: CannedModel }) {
  const { draft, page } = model;
  const text = useRef<HTMLTextAreaElement>(null);
  if (!draft || !page) return null;
  const sharing = (['all', 'team', 'me'] as const).filter((way) => way === 'me' || (page.may_share && (way === 'all' || page.teams.length > 0)));
  const addHole = (hole: string) => {
    const field = text.current;
    const at = field?.selectionStart ?? draft.text.length;
    model.change({ text: `${draft.text.slice(0, at)}{${hole}}${draft.text.slice(field?.selectionEnd ?? at)}` });
    field?.focus();
    requestAnimationFrame(() => field?.setSelectionRange(at + hole.length + 2, at + hole.length + 2));
  };
  return (
    <EntryForm model={model}>
      <Field id="canned-name" label={say('canned_name')} hint={say('canned_name_words')}>
        <input
          id="canned-name"
          required
          maxLength={60}
          dir="auto"
          aria-describedby="canned-name-hint"
          value={draft.name}
          onInput={(event) => model.change({ name: event.currentTarget.value })}
        />
      </Field>
      <Field id="canned-text" label={say('canned_text')} hint={say('canned_text_words')}>
        <textarea
          id="canned-text"
          required
          rows={5}
          maxLength={4000}
          dir="auto"
          ref={text}
          aria-describedby="canned-text-hint"
          value={draft.text}
          onInput={(event) => model.change({ text: event.currentTarget.value })}
        />
      </Field>
      <div class="row" role="group" aria-label={say('canned_holes')}>
        {HOLES.map((hole) => (
          <button key={hole} type="button" class="hole" onClick={() => addHole(hole)}>
            {`{${hole}}`}
          </button>
        ))}
      </div>
      {sharing.length > 1 && (
        <Field id="canned-for" label={say('canned_for')}>
          <select id="canned-for" value={draft.shared_with} onChange={(event) => model.change({ shared_with: event.currentTarget.value as typeof draft.shared_with })}>
            {sharing.map((way) => (
              <option key={way} value={way}>
                {say(`canned_for_${way}`)}
              </option>
            ))}
          </select>
        </Field>
      )}
      {draft.shared_with === 'team' && (
        <Field id="canned-team" label={say('queue_team')}>
          <select id="canned-team" value={draft.team_id ?? page.teams[0]?.id ?? ''} onChange={(event) => model.change({ team_id: event.currentTarget.value })}>
            {page.teams.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </Field>
      )}
    </EntryForm>
  );
}
