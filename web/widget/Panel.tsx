// What stands above the composer: the wait with its ways out, or the rating.

import { Component } from 'preact';
import type { Session } from './models/session';
import { waitWords } from './models/wait';

export function Panel({ session }: { session: Session }) {
  const state = session.view?.state;
  if (state === 'queued') return <WaitCard session={session} />;
  if (state === 'by_email') return <EmailCard session={session} />;
  if (state === 'resolved') return <Rating session={session} />;
  return null;
}

/** Position and wait, live, with the asynchronous way out (P30 to P33). */
function WaitCard({ session }: { session: Session }) {
  const { say } = session.words;
  const told = waitWords(session.view?.wait ?? null, session.words, new Date());
  return (
    <section class="card" aria-live="polite">
      <p class="strong">{told.title}</p>
      <p class="quiet">{told.detail}</p>
      {session.emailForm ? (
        <EmailForm session={session} />
      ) : (
        <div class="choice">
          {session.config?.email_enabled && (
            <button type="button" onClick={() => session.offerEmail(true)}>
              {say('email_offer')}
            </button>
          )}
          <button type="button" class="link" onClick={() => void session.cancelWait()}>
            {say('cancel_wait')}
          </button>
        </div>
      )}
    </section>
  );
}

class EmailForm extends Component<{ session: Session }, { email: string }> {
  override state = { email: '' };

  override render() {
    const { session } = this.props;
    const { email } = this.state;
    const { say } = session.words;
    const form = session.emailForm;
    return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void session.giveEmail(email.trim());
      }}
    >
      <label for="email">{say('email_label')}</label>
      <input
        id="email"
        type="email"
        autocomplete="email"
        value={email}
        aria-invalid={!!form?.fault}
        aria-describedby="email-help"
        onInput={(event) => this.setState({ email: event.currentTarget.value })}
      />
      <p id="email-help" class={form?.fault ? 'fault' : 'quiet'} role={form?.fault ? 'alert' : undefined}>
        {form?.fault ? say(form.fault) : say('email_within', { hours: session.config?.reply_by_email_hours ?? '' })}
      </p>
      <div class="choice">
        <button type="submit" class="primary" aria-busy={form?.busy}>
          {say('email_send')}
        </button>
        <button type="button" class="link" onClick={() => session.offerEmail(false)}>
          {say('email_back')}
        </button>
      </div>
    </form>
    );
  }
}

function EmailCard({ session }: { session: Session }) {
  const { say } = session.words;
  return (
    <section class="card">
      <p class="strong">{say('email_chosen', { email: session.view?.email ?? '' })}</p>
      <p class="quiet">{say('email_within', { hours: session.config?.reply_by_email_hours ?? '' })}</p>
      <div class="choice">
        <button type="button" class="link" onClick={() => void session.cancelWait()}>
          {say('cancel_wait')}
        </button>
      </div>
    </section>
  );
}

/** Satisfaction, and whether anything had to be repeated (P34, P35). */
function Rating({ session }: { session: Session }) {
  const { say } = session.words;
  const { score, repeated, busy } = session.rating;
  if (session.view?.rated) {
    return (
      <section class="card">
        <p role="status">{say('rate_thanks')}</p>
      </section>
    );
  }
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault();
        void session.sendRating();
      }}
    >
      <p class="quiet">{say('resolved')}</p>
      <fieldset>
        <legend>{say('rate_question')}</legend>
        <div class="scores">
          {['😞', '🙁', '😐', '🙂', '😀'].map((face, index) => (
            <label key={face} title={say(`rate_${index + 1}`)}>
              <input
                type="radio"
                name="score"
                class="hidden"
                checked={score === index + 1}
                onChange={() => session.rate({ score: index + 1 })}
              />
              <span class="face" aria-hidden="true">
                {face}
              </span>
              <span class="hidden">{say(`rate_${index + 1}`)}</span>
            </label>
          ))}
        </div>
      </fieldset>
      {session.view?.handed_off && score !== null && (
        <fieldset>
          <legend>{say('repeated_question')}</legend>
          <div class="choice">
            {[true, false].map((answer) => (
              <label key={String(answer)}>
                <input
                  type="radio"
                  name="repeated"
                  checked={repeated === answer}
                  onChange={() => session.rate({ repeated: answer })}
                />{' '}
                {say(answer ? 'repeated_yes' : 'repeated_no')}
              </label>
            ))}
          </div>
        </fieldset>
      )}
      {score !== null && (
        <button type="submit" class="primary" aria-busy={busy}>
          {say('rate_send')}
        </button>
      )}
    </form>
  );
}
