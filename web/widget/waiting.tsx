// The wait with its ways out, the kept place and the answer that comes by e-mail: a part of
// its own, fetched when somebody waits.

import { Fragment, h } from './draw';
import type { Session } from './models/session';
import { keptWords, waitWords } from './models/wait';

interface Props {
  session: Session;
}

/** What a waiting customer sees between conversation and composer. */
export function card(session: Session) {
  return session.view?.state === 'queued' ? <WaitCard session={session} /> : <EmailCard session={session} />;
}

/** Position and wait, live, with the ways to leave (P30 to P33). */
function WaitCard({ session }: Props) {
  const { form, place, words, view } = session;
  const { say } = words;
  const told = waitWords(view?.wait ?? null, words, new Date());
  const keptWord = keptWords(view?.wait ?? null);
  return (
    <section class="card">
      <div role="status">
        <p class="strong">{told.title}</p>
        <p class="quiet">{told.detail}</p>
        <p class="quiet">{say(place.word)}</p>
        {keptWord && <p class="quiet">{say(keptWord, { email: view?.email ?? '' })}</p>}
      </div>
      {form.ask ? <EmailForm session={session} /> : <Ways session={session} />}
    </section>
  );
}

/** The ways out; those that need no waiting stand first where it takes long. */
function Ways({ session }: Props) {
  const { say } = session.words;
  const { wait } = session.view!;
  // A place is kept only in a line that moves.
  const mayKeep = wait?.status === 'waiting' && !wait.kept;
  const ways = session.config?.email_enabled && (
    <>
      {mayKeep && (
        <button type="button" class={wait.slow ? 'primary' : ''} onClick={() => session.fill({ ask: 'place' })}>
          {say('keep_offer')}
        </button>
      )}
      <button type="button" onClick={() => session.fill({ ask: 'email' })}>
        {say('email_offer')}
      </button>
    </>
  );
  return (
    <div class="choice">
      {ways}
      <CancelWait session={session} />
    </div>
  );
}

function CancelWait({ session }: Props) {
  return (
    <button type="button" class="link" onClick={() => session.cancelWait()}>
      {session.words.say('cancel_wait')}
    </button>
  );
}

function EmailForm({ session }: Props) {
  const { say } = session.words;
  const { ask, email, fault, isBusy } = session.form;
  const isPlace = ask === 'place';
  const help = isPlace ? say('keep_help') : within(session);
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        session.sendEmail();
      }}
    >
      <label for="email">{say('email_label')}</label>
      <input
        id="email"
        type="email"
        autocomplete="email"
        dir="ltr"
        autofocus
        value={email}
        aria-invalid={!!fault}
        aria-describedby="email-help"
        onInput={(event) => session.fill({ email: event.currentTarget.value })}
      />
      <p id="email-help" class={fault ? 'fault' : 'quiet'} role={fault ? 'alert' : undefined}>
        {fault ? say(fault) : help}
      </p>
      <div class="choice">
        <button type="submit" class="primary" aria-busy={isBusy}>
          {say(isPlace ? 'keep_send' : 'email_send')}
        </button>
        <button type="button" class="link" onClick={() => session.fill({ ask: null })}>
          {say('email_back')}
        </button>
      </div>
    </form>
  );
}

function within({ config, words }: Session): string {
  return words.say('email_within', { hours: config?.reply_by_email_hours ?? '' });
}

function EmailCard({ session }: Props) {
  return (
    <section class="card">
      <p class="strong">{session.words.say('email_chosen', { email: session.view?.email ?? '' })}</p>
      <p class="quiet">{within(session)}</p>
      <CancelWait session={session} />
    </section>
  );
}
