// What the panel holds after a handoff and at the end: the wait with its ways out, the
// answer that comes by e-mail, the rating.

import { Component } from 'preact';
import type { Session, Trouble } from './models/session';
import { Place, waitWords } from './models/wait';

interface Props {
  session: Session;
}

export function Card({ session }: Props) {
  const { view } = session;
  if (view?.state === 'queued') return <WaitCard session={session} />;
  if (view?.state === 'by_email') return <EmailCard session={session} />;
  if (view?.state === 'resolved') return <Rating key={view.epoch} session={session} />;
  return null;
}

/** Position and wait, live, with the asynchronous way out (P30 to P33). */
class WaitCard extends Component<Props, { byEmail: boolean }> {
  override state = { byEmail: false };
  place = new Place();

  override render({ session }: Props, { byEmail }: { byEmail: boolean }) {
    const { say } = session.words;
    const wait = session.view?.wait ?? null;
    const told = waitWords(wait, session.words, new Date());
    this.place.note(wait);
    return (
      <section class="card">
        <div role="status">
          <p class="strong">{told.title}</p>
          <p class="quiet">{told.detail}</p>
          <p class="quiet">{this.place.wasOvertaken && say('overtaken')}</p>
        </div>
        {byEmail ? (
          <EmailForm session={session} onBack={() => this.setState({ byEmail: false })} />
        ) : (
          <div class="choice">
            {session.config?.email_enabled && (
              <button type="button" onClick={() => this.setState({ byEmail: true })}>
                {say('email_offer')}
              </button>
            )}
            <CancelWait session={session} />
          </div>
        )}
      </section>
    );
  }
}

function CancelWait({ session }: Props) {
  return (
    <button type="button" class="link" onClick={() => void session.cancelWait()}>
      {session.words.say('cancel_wait')}
    </button>
  );
}

interface EmailState {
  email: string;
  fault: Trouble | null;
  isBusy: boolean;
}

/** What was typed stays when the address is wrong or the network fails. */
class EmailForm extends Component<Props & { onBack(): void }, EmailState> {
  override state: EmailState = { email: '', fault: null, isBusy: false };

  async send(): Promise<void> {
    if (this.state.isBusy) return;
    this.setState({ isBusy: true, fault: null });
    const fault = await this.props.session.giveEmail(this.state.email.trim());
    this.setState({ isBusy: false, fault });
  }

  override render({ session, onBack }: Props & { onBack(): void }, { email, fault, isBusy }: EmailState) {
    const { say } = session.words;
    return (
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void this.send();
        }}
      >
        <label for="email">{say('email_label')}</label>
        <input
          id="email"
          type="email"
          autocomplete="email"
          dir="ltr"
          ref={focusOnce}
          value={email}
          aria-invalid={!!fault}
          aria-describedby="email-help"
          onInput={(event) => this.setState({ email: event.currentTarget.value })}
        />
        <p id="email-help" class={fault ? 'fault' : 'quiet'} role={fault ? 'alert' : undefined}>
          {fault ? say(fault) : within(session)}
        </p>
        <div class="choice">
          <button type="submit" class="primary" aria-busy={isBusy}>
            {say('email_send')}
          </button>
          <button type="button" class="link" onClick={onBack}>
            {say('email_back')}
          </button>
        </div>
      </form>
    );
  }
}

/** Stable, so that it is called when the field appears and not at each drawing. */
function focusOnce(field: HTMLElement | null): void {
  field?.focus();
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

interface RatingState {
  score: number;
  repeated: boolean | null;
}

/** The mouths of five faces, from very bad to very good. */
const MOUTHS = ['M8 17q4-5 8 0', 'M8 16.5q4-3 8 0', 'M8 15.5h8', 'M8 15q4 3 8 0', 'M7.5 14q4.5 6 9 0'];

/** Satisfaction, and whether anything had to be repeated (P34, P35). */
class Rating extends Component<Props, RatingState> {
  override state: RatingState = { score: 0, repeated: null };

  override render({ session }: Props, { score, repeated }: RatingState) {
    const { say } = session.words;
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
          void session.rate(score, repeated);
        }}
      >
        <p class="quiet">{say('resolved')}</p>
        <fieldset>
          <legend>{say('rate_question')}</legend>
          <div class="scores">
            {MOUTHS.map((mouth, index) => (
              <label key={mouth} title={say(`rate_${index + 1}`)}>
                <input
                  type="radio"
                  name="score"
                  class="hidden"
                  checked={score === index + 1}
                  onChange={() => this.setState({ score: index + 1 })}
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
                <label key={String(answer)}>
                  <input
                    type="radio"
                    name="repeated"
                    checked={repeated === answer}
                    onChange={() => this.setState({ repeated: answer })}
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
}
