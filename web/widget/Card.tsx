// What the panel holds after a handoff and at the end: the wait with its ways out, a part of
// its own, and the rating.

import { h } from './draw';
import type { Session } from './models/session';

interface Props {
  session: Session;
}

export function Card({ session }: Props) {
  const { view } = session;
  if (view?.state === 'queued' || view?.state === 'by_email') {
    const told = session.waiting?.card(session) ?? session.bringWaiting();
    return told ?? <p class="card">{session.words.say('talk_to_person_busy')}</p>;
  }
  if (view?.state === 'resolved') return <Rating session={session} />;
  return null;
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
