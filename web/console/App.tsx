// The whole console: which page, and the dialogs above it.

import { useEffect, useRef } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import type { Disposition } from './api';
import { Conversation } from './Conversation';
import { Knowledge } from './Knowledge';
import { KEYS } from './keys';
import { Measures } from './Measures';
import type { Desk } from './models/desk';
import { Rail } from './Rail';
import { SetUp, SignIn } from './SignIn';
import { say } from './words';

export function App({ desk }: { desk: Desk }) {
  switch (desk.page.kind) {
    case 'starting':
      return <main class="centre" aria-busy="true" />;
    case 'sign_in':
      return <SignIn desk={desk} page={desk.page} />;
    case 'set_up':
      return <SetUp desk={desk} page={desk.page} />;
    default:
      return <Inside desk={desk} />;
  }
}

function Inside({ desk }: { desk: Desk }) {
  return (
    <div class={`inside ${desk.open ? 'has-open' : ''}`}>
      <Rail desk={desk} />
      <main>
        {!desk.connected && (
          <p class="banner" role="status">
            {say('reconnecting')}
          </p>
        )}
        {desk.notice && (
          <p class="banner bad" role="alert">
            {say(desk.notice)}{' '}
            <button type="button" class="link" onClick={() => desk.set({ notice: null })}>
              {say('dismiss')}
            </button>
          </p>
        )}
        {desk.page.kind === 'measures' && <Measures api={desk.api} />}
        {desk.page.kind === 'knowledge' && <Knowledge api={desk.api} />}
        {desk.page.kind === 'desk' && (desk.open ? <Conversation desk={desk} open={desk.open} /> : <Empty desk={desk} />)}
      </main>
      {desk.dialog === 'resolve' && <Resolve desk={desk} />}
      {desk.dialog === 'keys' && <Keys desk={desk} />}
      {desk.dialog === 'offline' && <Offline desk={desk} />}
    </div>
  );
}

function Empty({ desk }: { desk: Desk }) {
  const offline = desk.floor?.me.presence !== 'online';
  return (
    <div class="centre">
      <h1>{say('empty_title')}</h1>
      <p class="quiet">{offline ? say('empty_offline') : say('empty_online')}</p>
      {offline && (
        <button type="button" class="primary" onClick={() => void desk.setPresence('online')}>
          {say('go_online')}
        </button>
      )}
    </div>
  );
}

function Dialog({ title, onClose, children }: { title: string; onClose(): void; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-label={title} onClose={onClose}>
      <h2>{title}</h2>
      {children}
    </dialog>
  );
}

const DISPOSITIONS: Disposition[] = ['solved', 'workaround', 'product_problem', 'no_reply', 'out_of_scope'];

function Resolve({ desk }: { desk: Desk }) {
  const close = () => desk.set({ dialog: null });
  return (
    <Dialog title={say('resolve_title')} onClose={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const given = new FormData(event.currentTarget);
          void desk.resolve(given.get('disposition') as Disposition, String(given.get('note') ?? ''));
        }}
      >
        <fieldset>
          <legend>{say('resolve_how')}</legend>
          {DISPOSITIONS.map((disposition, index) => (
            <label key={disposition} class="row">
              <input type="radio" name="disposition" value={disposition} defaultChecked={index === 0} />
              {say(`disposition_${disposition}`)}
            </label>
          ))}
        </fieldset>
        <label for="resolve-note">{say('resolve_note')}</label>
        <textarea id="resolve-note" name="note" rows={2} />
        <div class="actions">
          <button type="submit" class="primary">
            {say('resolve')}
          </button>
          <button type="button" onClick={close}>
            {say('cancel')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function Keys({ desk }: { desk: Desk }) {
  const close = () => desk.set({ dialog: null });
  return (
    <Dialog title={say('keys_title')} onClose={close}>
      <dl class="keys">
        {KEYS.map(([key, words]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{say(words)}</dd>
          </div>
        ))}
      </dl>
      <button type="button" onClick={close}>
        {say('close')}
      </button>
    </Dialog>
  );
}

/** Nobody goes offline leaving customers behind (P45). */
function Offline({ desk }: { desk: Desk }) {
  const close = () => desk.set({ dialog: null });
  return (
    <Dialog title={say('offline_title')} onClose={close}>
      <p>{say('offline_words', { n: desk.floor?.mine.length ?? 0 })}</p>
      <div class="actions">
        <button type="button" class="primary" onClick={() => void desk.setPresence('offline', true)}>
          {say('offline_give_back')}
        </button>
        <button type="button" onClick={() => void desk.setPresence('away')}>
          {say('offline_away')}
        </button>
        <button type="button" onClick={close}>
          {say('cancel')}
        </button>
      </div>
    </Dialog>
  );
}
