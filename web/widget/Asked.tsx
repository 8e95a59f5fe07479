// What is asked below a line of the assistant: whether it helped, whether a person
// should take over, or which of several things is meant.

import { h } from './draw';
import { questionsOf } from './models/questions';
import type { Session } from './models/session';
import type { Line } from './models/transcript';

interface Props {
  session: Session;
  lines: readonly Line[];
  line: Line;
}

export function Asked({ session, lines, line }: Props) {
  const { say } = session.words;
  const question = questionsOf(session, lines).get(line.key);
  if (!question) return null;
  if (question === 'thanks') return <p class="who">{say('helped_thanks')}</p>;
  if (question === 'reading') {
    return (
      <div class="choice" role="group" aria-label={say('readings')}>
        {line.readings.map((reading) => (
          <button type="button" onClick={() => session.say(reading)}>
            {reading}
          </button>
        ))}
      </div>
    );
  }
  if (question === 'person') {
    return (
      <div class="choice">
        <button type="button" class="primary" onClick={() => session.askForPerson()}>
          {say('talk_to_person')}
        </button>
        <button type="button" onClick={() => session.declineOffer(line.key)}>
          {say('no_thanks')}
        </button>
      </div>
    );
  }
  const judge = (helped: boolean) => session.judge(line.attempt_id ?? '', helped);
  return (
    <div class="choice" role="group" aria-label={say('helped_question')}>
      <span aria-hidden="true">{say('helped_question')}</span>
      <button type="button" onClick={() => judge(true)}>
        {say('helped_yes')}
      </button>
      <button type="button" onClick={() => judge(false)}>
        {say('helped_no')}
      </button>
    </div>
  );
}
