// What the panel holds after a handoff and at the end: the wait with its ways out, the
// answer that comes by e-mail, the rating.

import { h } from './draw';
import type { Session } from './models/session';
import { waitWords } from './models/wait';

interface Props {
  session: Session;
}

export function Card({ session }: Props) {
  const { view } = session;
  if (view?.state === 'queued') return <WaitCard session={session} />;
  if (view?.state === 'by_email') return <EmailCard session={session} />;
  if (view?.state === 'resolved') return <Rating session={session} />;
  return null;
}

/** Position and wait, live, with the asynchronous way out (P30 to P33). */
function WaitCard({ session }: Props) {
  const { form, place, words, view } = session;
  const { say } = words;
  const told = waitWords(view?.wait ?? null, words, new Date());
  return (
    <section class="card">
      <div role="status">
        <p class="strong">{told.title}</p>
        <p class="quiet">{told.detail}</p>
        <p class="quiet">{say(place.word)}</p>
      </div>
      {form.byEmail ? (
        <EmailForm session={session} />
      ) : (
        <div class="choice">
          {session.config?.email_enabled && (
            <button type="button" onClick={() => session.fill({ byEmail: true })}>
              {say('email_offer')}
            </button>
          )}
          <CancelWait session={session} />
        </div>
      )}
    </section>
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
  const { email, fault, isBusy } = session.form;
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
        {fault ? say(fault) : within(session)}
      </p>
      <div class="choice">
        <button type="submit" class="primary" aria-busy={isBusy}>
          {say('email_send')}
        </button>
        <button type="button" class="link" onClick={() => session.fill({ byEmail: false })}>
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

/** The mouths of five faces, from very bad to very good. */
const MOUTHS = ['M8 17q4-5 8 0', 'M8 16.5q4-3 8 0', 'M8 15.5h8', 'M8 15q4 3 8 0', 'M7.5 14q4.5 6 9 0'];

/** Satisfaction, and whether anything had to be repeated (P34, P35). */
function Rating({ session }: Props) {
  const { say } = session.words;
  const { score, repeated } = session.form;
  const again = (
    <button type="button" class="link" onClick={() => session.startOver()}>
      {say('new_conversation')}
    </button>
  );
  if (session.view?.rated) {
    return (
      <section class="card">
        <p role="status">{say('rate_thanks')}</p>
        {again}
      </section>
    );
  }
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault();
        session.rate(score, repeated);
      }}
    >
      <p class="quiet">{say('resolved')}</p>
      <fieldset>
        <legend>{say('rate_question')}</legend>
        <div class="scores">
          {MOUTHS.map((mouth, index) => (
            <label title={say(`rate_${index + 1}`)}>
              <input
                type="radio"
                name="score"
                class="hidden"
                checked={score === index + 1}
                onChange={() => session.fill({ score: index + 1 })}
              />
              <svg viewBox="0 0 24 24" aria-hidden="true">
                <circle cx="12" cy="12" r="10" />
                <path d={`M9 9v1M15 9v1${mouth}`} />
              </svg>
              <span class="hidden">{say(`rate_${index + 1}`)}</span>
            </label>
          ))}
        </div>
      </fieldset>
      {score > 0 && session.view?.handed_off && (
        <fieldset>
          <legend>{say('repeated_question')}</legend>
          <div class="choice">
            {[true, false].map((answer) => (
              <label>
                <input
                  type="radio"
                  name="repeated"
                  checked={repeated === answer}
                  onChange={() => session.fill({ repeated: answer })}
                />{' '}
                {say(answer ? 'repeated_yes' : 'repeated_no')}
              </label>
            ))}
          </div>
        </fieldset>
      )}
      <div class="choice">
        {score > 0 && (
          <button type="submit" class="primary">
            {say('rate_send')}
          </button>
        )}
        {again}
      </div>
    </form>
  );
}
