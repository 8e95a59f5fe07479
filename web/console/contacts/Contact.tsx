// All that is kept of one contact: to be read, handed out, and erased for good (P48).

import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { sizeWords } from '../../shared/basket';
import type { ContactWhole, Item } from '../api';
import { Empty } from '../bits';
import { ContactModel, queryOf } from '../models/contacts';
import type { Desk } from '../models/desk';
import { Outcome, useModel, Waiting } from '../settings/bits';
import { say, words } from '../words';

interface ContactProps {
  desk: Desk;
  id: string;
  /** What was looked for before. */
  back: string;
  onErased: () => void;
}

export function ContactPage({ desk, id, back, onErased }: ContactProps) {
  const model = useModel(() => new ContactModel(desk, id, onErased));
  const { whole } = model;
  const list = queryOf(back);
  return (
    <div class="page">
      <div class="page-head">
        <a class="back always" href={list ? `#/contacts?${list}` : '#/contacts'} aria-label={say('contacts_back')}>
          <span aria-hidden="true">‹</span>
        </a>
        <h1 dir="auto">{whole ? titleOf(whole) : say('page_contacts')}</h1>
      </div>
      {model.isMissing && (
        <Empty title={say('contact_missing')}>
          <a href="#/contacts">{say('contacts_back')}</a>
        </Empty>
      )}
      {!whole && !model.isMissing && <Waiting desk={desk} isUnreachable={model.isUnreachable} again={() => void model.load()} />}
      <div role="status">{model.erased !== null && <p class="notice good">✓ {say('contact_erased_now', { n: words.number(model.erased) })}</p>}</div>
      {whole && (whole.erased_at ? <Erased desk={desk} whole={whole} /> : <Whole desk={desk} model={model} whole={whole} />)}
    </div>
  );
}

function titleOf({ contact, erased_at }: ContactWhole): string {
  if (erased_at) return say('contact_erased_title');
  return contact.name ?? contact.email ?? contact.external_id ?? say('visitor');
}

function Erased({ desk, whole }: { desk: Desk; whole: ContactWhole }) {
  return (
    <>
      <p>{say('contact_erased_words', { when: words.date(whole.erased_at ?? '') })}</p>
      <Deeds desk={desk} whole={whole} />
      <Conversations items={whole.conversations} />
    </>
  );
}

function Whole({ desk, model, whole }: { desk: Desk; model: ContactModel; whole: ContactWhole }) {
  return (
    <>
      <Deeds desk={desk} whole={whole} />
      <Known whole={whole} />
      <Conversations items={whole.conversations} />
      <Happened whole={whole} />
      <LookedUp whole={whole} />
      {desk.isAtLeast('admin') && <Erasing model={model} />}
    </>
  );
}

/** What an admin can do: hand everything out, or see who did so before. */
function Deeds({ desk, whole }: { desk: Desk; whole: ContactWhole }) {
  if (!desk.isAtLeast('admin')) return null;
  const { id } = whole.contact;
  return (
    <p class="deeds">
      {!whole.erased_at && (
        <a href={`/api/console/contacts/${id}/export`} download="contact.json">
          {say('export_contact')}
        </a>
      )}
      <a href={`#/settings/audit?about=${id}`}>{say('contact_audit')}</a>
    </p>
  );
}

function Section({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="block">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Known({ whole }: { whole: ContactWhole }) {
  const { contact, signed_up_at, attributes } = whole;
  const facts: [string, string | null][] = [
    ['contact_name', contact.name],
    ['contact_email', contact.email],
    ['contact_external_id', contact.external_id],
    ['contact_plan', contact.plan],
    ['vip', contact.vip ? say('yes') : null],
    ['contact_signed_up', signed_up_at && words.date(signed_up_at)],
    ['contact_met', words.date(contact.created_at)],
  ];
  return (
    <Section title={say('contact_known')}>
      <dl class="attributes">
        {facts
          .filter(([, value]) => value)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{say(name)}</dt>
              <dd dir="auto">{value}</dd>
            </div>
          ))}
        {Object.entries(attributes).map(([name, { value, told_by }]) => (
          <div key={name}>
            <dt dir="auto">{name}</dt>
            <dd>
              <span dir="auto">{value}</span> {told_by && <span class="quiet">{say(`contact_told_${told_by}`)}</span>}
            </dd>
          </div>
        ))}
      </dl>
      <p class="quiet">{countsOf(whole, ['messages', 'files', 'events', 'look_ups']).join(' · ')}</p>
    </Section>
  );
}

/** How much there is of what, as far as there is any. */
function countsOf({ kept, attributes }: ContactWhole, wanted: string[]): string[] {
  const counts: Record<string, number> = {
    conversations: kept.conversations,
    open: kept.open_conversations,
    messages: kept.messages,
    files: kept.files,
    attributes: Object.keys(attributes).length,
    events: kept.events,
    look_ups: kept.look_ups,
  };
  const there = wanted.filter((what) => counts[what]);
  return there.map((what) => say(`contact_goes_${what}`, { n: words.number(counts[what] ?? 0), size: sizeWords(kept.file_bytes, words.language) }));
}

function Conversations({ items }: { items: Item[] }) {
  return (
    <Section title={say('contact_conversations')}>
      {!items.length && <p class="quiet">{say('contact_conversations_none')}</p>}
      <ul class="contacts">
        {items.map((item) => (
          <li key={item.conversation_id}>
            <a href={`#/conversations/${item.conversation_id}`}>
              <strong dir="auto">{item.erased ? say('erased') : item.subject || say('contact_nothing_said')}</strong>
              <span class="quiet">{item.agent ? say('state_with', { name: item.agent.name }) : say(`state_${item.state}`)}</span>
              <time class="quiet since" dateTime={item.touched_at}>
                {words.date(item.touched_at)}
              </time>
            </a>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Happened({ whole: { events } }: { whole: ContactWhole }) {
  if (!events.length) return null;
  return (
    <Section title={say('activity')}>
      <ul class="earlier">
        {events.map((event) => (
          <li key={`${event.at} ${event.name} ${event.detail}`}>
            <span dir="auto">
              {event.name}
              {event.detail && <span class="quiet"> {event.detail}</span>}
            </span>{' '}
            <time class="quiet" dateTime={event.at}>
              {words.date(event.at)}
            </time>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function LookedUp({ whole: { look_ups } }: { whole: ContactWhole }) {
  if (!look_ups.length) return null;
  return (
    <Section title={say('contact_look_ups')}>
      {look_ups.map(({ at, fields }) => (
        <dl key={at} class="attributes">
          <div>
            <dt>{say('contact_looked_up_at')}</dt>
            <dd>
              {words.date(at)}, {words.time(at)}
            </dd>
          </div>
          {Object.entries(fields).map(([name, value]) => (
            <div key={name}>
              <dt dir="auto">{name}</dt>
              <dd dir="auto">{value}</dd>
            </div>
          ))}
        </dl>
      ))}
    </Section>
  );
}

/** What would go, and a confirmation that nobody gives by mistake. */
function Erasing({ model }: { model: ContactModel }) {
  const asker = useRef<HTMLButtonElement>(null);
  const [wasAsked, setWasAsked] = useState(false);
  // Whoever leaves it is back where it was asked.
  useEffect(() => {
    if (wasAsked && !model.isAsked) asker.current?.focus();
    setWasAsked(model.isAsked);
  }, [model.isAsked]);
  return (
    <Section title={say('erase_title')}>
      <p class="quiet">{say('contact_erase_words')}</p>
      {model.isAsked ? (
        <Preview model={model} />
      ) : (
        <div class="row">
          <button type="button" class="danger" ref={asker} onClick={() => void model.ask(true)}>
            {say('contact_erase_see')}
          </button>
        </div>
      )}
    </Section>
  );
}

function Preview({ model }: { model: ContactModel }) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  if (!model.whole) return null;
  const isBusy = model.erasing.kind === 'saving';
  return (
    <form
      class="form notice warn column"
      onSubmit={(event) => {
        event.preventDefault();
        void model.erase();
      }}
    >
      <p>{say('contact_goes')}</p>
      <ul class="goes">
        <li>{say('contact_goes_person')}</li>
        {countsOf(model.whole, ['conversations', 'open', 'messages', 'files', 'attributes', 'events', 'look_ups']).map((count) => (
          <li key={count}>{count}</li>
        ))}
      </ul>
      <p>{say('contact_stays')}</p>
      <div class="field">
        <label for="erase-confirm">{say('contact_erase_type', { word: model.confirmedBy.join(` ${say('or')} `) })}</label>
        <input
          id="erase-confirm"
          ref={field}
          dir="auto"
          autocomplete="off"
          spellcheck={false}
          value={model.typed}
          disabled={isBusy}
          onInput={(event) => model.type(event.currentTarget.value)}
        />
      </div>
      <div class="form-foot">
        <button type="submit" class="danger" disabled={!model.mayErase}>
          {say(isBusy ? 'contact_erasing' : 'erase_confirm')}
        </button>
        <button type="button" disabled={isBusy} onClick={() => void model.ask(false)}>
          {say('cancel')}
        </button>
        <Outcome saving={model.erasing} />
      </div>
    </form>
  );
}
