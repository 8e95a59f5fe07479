// The inboxes: made, named, closed and opened again, with the way to what each has of its own.

import type { InboxListed } from '../api';
import type { Desk } from '../models/desk';
import { InboxesModel } from '../models/inboxes';
import { say, words } from '../words';
import { Entries, Entry, EntryForm, Field, useModel, Waiting } from './bits';

/** Pages that show an inbox of its own. */
const PAGES = ['hours', 'mail', 'context', 'snippet', 'access'] as const;

export function InboxesPage({ desk }: { desk: Desk }) {
  const model = useModel(() => new InboxesModel(desk.api, () => desk.changed(), () => void desk.steps.load()));
  const { inboxes } = model;
  if (!inboxes) return <Waiting desk={desk} isUnreachable={model.isUnreachable} again={() => void model.load()} />;
  return (
    <Entries model={model} words={say('inboxes_words')} add={say('inboxes_add')} form={<Form model={model} />}>
      {inboxes.map((inbox) => (
        <Inbox key={inbox.id} desk={desk} model={model} inbox={inbox} />
      ))}
    </Entries>
  );
}

function Inbox({ desk, model, inbox }: { desk: Desk; model: InboxesModel; inbox: InboxListed }) {
  const { id, name, closed_at, open_conversations } = inbox;
  const of = (deed: string) => say('webhook_deed_of', { deed, name });
  const closing = say(open_conversations ? 'inbox_close_open' : 'inbox_close_none', { name, n: words.number(open_conversations) });
  return (
    <Entry
      model={model}
      item={inbox}
      who={
        <>
          <span class={closed_at ? 'fault' : 'quiet'}>{closed_at ? say('inbox_closed_since', { when: words.date(closed_at) }) : say('inbox_open')}</span>
          <span class="quiet">{say('inbox_conversations', { n: words.number(open_conversations) })}</span>
          {inbox.is_first && (model.inboxes?.length ?? 0) > 1 && <span class="quiet">{say('inbox_first')}</span>}
        </>
      }
      deeds={
        <>
          <button type="button" aria-label={of(say('inbox_rename'))} onClick={() => model.begin(inbox)}>
            {say('inbox_rename')}
          </button>
          {closed_at && (
            <button type="button" aria-label={of(say('inbox_reopen'))} disabled={model.isBusy} onClick={() => void model.close(id, false)}>
              {say('inbox_reopen')}
            </button>
          )}
          {!closed_at && !model.isLast(inbox) && (
            <button type="button" aria-label={of(say('inbox_close'))} onClick={() => model.ask(inbox)}>
              {say('inbox_close')}
            </button>
          )}
        </>
      }
      sure={{ words: `${closing} ${say('inbox_close_words')}`, deed: say('inbox_close'), act: () => void model.close(id, true) }}
      form={<Form model={model} />}
    >
      <p class="deeds">
        {PAGES.map((page) => (
          <a key={page} href={`#/settings/${page}`} aria-label={of(say(`settings_page_${page}`))} onClick={() => (desk.inboxInFront = id)}>
            {say(`settings_page_${page}`)}
          </a>
        ))}
      </p>
    </Entry>
  );
}

function Form({ model }: { model: InboxesModel }) {
  const { draft } = model;
  if (!draft) return null;
  return (
    <EntryForm model={model}>
      <Field id="inbox-name" label={say('inbox_name')} hint={say(draft.id ? 'inbox_name_words' : 'inbox_new_words')}>
        <input
          id="inbox-name"
          required
          maxLength={60}
          dir="auto"
          aria-describedby="inbox-name-hint"
          value={draft.name}
          onInput={(event) => model.change({ name: event.currentTarget.value })}
        />
      </Field>
    </EntryForm>
  );
}
