// What the pages of the settings have in common: a labelled field, the foot of a form.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Desk } from '../models/desk';
import type { EditedList } from '../models/editedList';
import type { Saving } from '../models/saving';
import { say } from '../words';

/**
 * The model of a page: made when the page comes to the front, asked to load, and let go
 * with it. It redraws by `desk.changed()`.
 */
export function useModel<Model extends { load(): Promise<void> }>(make: () => Model): Model {
  const [model] = useState(make);
  useEffect(() => void model.load(), [model]);
  return model;
}

interface FieldProps {
  id: string;
  label: string;
  hint?: string;
  /** What is wrong with what stands there. */
  fault?: string;
  /** The control, which bears `id`, and is described by `<id>-hint` and `<id>-fault` where they are. */
  children: ComponentChildren;
}

export function Field({ id, label, hint, fault, children }: FieldProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children}
      {hint && (
        <p class="quiet" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {fault && (
        <p class="fault" id={`${id}-fault`}>
          {fault}
        </p>
      )}
    </div>
  );
}

/** The button of a form, and what became of it. */
export function Foot({ saving }: { saving: Saving }) {
  return (
    <div class="form-foot">
      <button type="submit" class="primary" disabled={saving.kind === 'saving'}>
        {say(saving.kind === 'saving' ? 'one_moment' : 'save')}
      </button>
      <Outcome saving={saving} />
    </div>
  );
}

/** Said aloud, and with a sign that does without colour. */
export function Outcome({ saving }: { saving: Saving }) {
  return (
    <>
      <p role="status" class="good">
        {saving.kind === 'saved' && `✓ ${say('saved')}`}
      </p>
      <p role="alert" class="fault">
        {saving.kind === 'failed' && (saving.notice.text ?? say(saving.notice.key, saving.notice.values))}
      </p>
    </>
  );
}

/** What a page shows until its model has something, or where nothing came. */
export function Waiting({ desk, isUnreachable, again }: { desk: Desk; isUnreachable: boolean; again(): void }) {
  if (!isUnreachable) return <p class="quiet">{say('loading')}</p>;
  return (
    <p class="fault" role="alert">
      {say(desk.lost ? 'reconnecting' : 'unreachable')}{' '}
      <button type="button" class="link" onClick={again}>
        {say('try_again')}
      </button>
    </p>
  );
}

interface InboxChoiceProps {
  id: string;
  inboxes: { id: string; name: string; is_closed: boolean }[];
  at: string;
  turn(id: string): void;
}

/** Which inbox a page is about, where there are several. */
export function InboxChoice({ id, inboxes, at, turn }: InboxChoiceProps) {
  if (inboxes.length < 2) return null;
  return (
    <Field id={id} label={say('inbox')}>
      <select id={id} value={at} onChange={(event) => turn(event.currentTarget.value)}>
        {inboxes.map((one) => (
          <option key={one.id} value={one.id}>
            {one.is_closed ? say('inbox_is_closed', { name: one.name }) : one.name}
          </option>
        ))}
      </select>
    </Field>
  );
}

interface SureProps {
  words: string;
  deed: string;
  isBusy: boolean;
  act(): void;
  leave(): void;
}

/** Asks before something that cannot be taken back. */
export function Sure({ words: question, deed, isBusy, act, leave }: SureProps) {
  const first = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const asker = document.activeElement as HTMLElement | null;
    const before = first.current?.closest('section');
    first.current?.focus();
    // Whoever leaves it is back where it was asked.
    return () =>
      requestAnimationFrame(() => {
        if (document.activeElement !== document.body) return;
        // Where the question took its button's place, nobody has the focus by now.
        const stays = asker !== document.body && asker?.isConnected;
        const there = stays ? asker : before?.querySelector<HTMLElement>(':scope > :is(.row, .form-foot) button');
        there?.focus();
      });
  }, []);
  return (
    <div class="notice warn column" role="alert">
      <p>{question}</p>
      <div class="row">
        <button type="button" class="danger" ref={first} disabled={isBusy} onClick={act}>
          {deed}
        </button>
        <button type="button" onClick={leave}>
          {say('cancel')}
        </button>
      </div>
    </div>
  );
}

/** A list whose entries are written in place, as its page sees it. */
type Edited<Item> = Pick<EditedList<Item, { id: string | null }>, 'asked' | 'notice' | 'isBusy' | 'begin' | 'ask' | 'save' | 'cancel'> & {
  draft: { id: string | null } | null;
};

interface EntriesProps<Item> {
  model: Edited<Item>;
  words: string;
  /** On the button that begins a new entry. */
  add: string;
  /** In the place of the button while a new entry is written. */
  form: ComponentChildren;
  children: ComponentChildren;
}

/** A list whose entries are written in place, with a new one below it. */
export function Entries<Item>({ model, words, add, form, children }: EntriesProps<Item>) {
  const { draft, notice } = model;
  return (
    <section class="block">
      <p class="quiet">{words}</p>
      <ul class="people">{children}</ul>
      {draft?.id === null ? (
        form
      ) : (
        <div class="row">
          <button type="button" class="primary" onClick={() => model.begin(null)}>
            {add}
          </button>
        </div>
      )}
      <div role="alert">{notice && <p class="notice bad">{notice.text ?? say(notice.key, notice.values)}</p>}</div>
    </section>
  );
}

interface EntryProps<Item> {
  model: Edited<Item>;
  item: Item;
  /** What is told of it beside its name. */
  who: ComponentChildren;
  /** What can be done with it: buttons. */
  deeds: ComponentChildren;
  /** What is asked before the deed that cannot be taken back, and that deed. */
  sure: { words: string; deed: string; act(): void };
  /** In its place while it is written. */
  form: ComponentChildren;
  /** Below what can be done. */
  children?: ComponentChildren;
}

/** One of a list whose entries are written in place. */
export function Entry<Item extends { id: string; name: string }>({ model, item, who, deeds, sure, form, children }: EntryProps<Item>) {
  if (model.draft?.id === item.id) return <li>{form}</li>;
  return (
    <li>
      <p class="who">
        <strong dir="auto">{item.name}</strong>
        {who}
      </p>
      {deeds && <div class="row">{deeds}</div>}
      {model.asked?.id === item.id && <Sure {...sure} isBusy={model.isBusy} leave={() => model.ask(null)} />}
      {children}
    </li>
  );
}

interface EntryFormProps {
  model: Pick<Edited<never>, 'isBusy' | 'save' | 'cancel'>;
  /** Something is missing that no field can tell. */
  isPartial?: boolean;
  children: ComponentChildren;
}

/** The form of an entry. Whoever asked for it begins to type in its first field. */
export function EntryForm({ model, isPartial = false, children }: EntryFormProps) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector('input')?.focus(), []);
  return (
    <form
      class="form"
      ref={form}
      onSubmit={(event) => {
        event.preventDefault();
        void model.save();
      }}
    >
      {children}
      <div class="form-foot">
        <button type="submit" class="primary" disabled={model.isBusy || isPartial}>
          {say('save')}
        </button>
        <button type="button" onClick={() => model.cancel()}>
          {say('cancel')}
        </button>
      </div>
    </form>
  );
}
