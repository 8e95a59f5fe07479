// The first message, drafted from the package and checked (P29): one key sends it, one
// key puts it into the composer.

import type { TalkProps } from './Conversation';
import { Key } from './bits';
import { say } from './words';

export function Introduction({ desk, talk }: TalkProps) {
  const introduction = desk.writing.introductionOf(talk);
  if (!introduction) return null;
  const isBegun = !!desk.writing.draft(talk.id).reply.trim();
  // Who has begun a message of their own needs the room more than the draft.
  return (
    <section class={`introduction ${isBegun ? 'small' : ''}`} aria-labelledby="introduction">
      <h2 id="introduction">{say('introduction')}</h2>
      <p class="introduction-text" dir="auto" tabIndex={0}>
        {introduction.text}
      </p>
      <div class="introduction-foot">
        {introduction.faults.length ? (
          <ul class="faults">
            {introduction.faults.map((fault) => (
              <li key={fault}>{say(`fault_${fault}`)}</li>
            ))}
          </ul>
        ) : (
          <p class="good">{say(introduction.by_model ? 'introduction_by_model' : 'introduction_checked')}</p>
        )}
        <span class="deeds">
          <button type="button" class="primary" onClick={() => desk.sendIntroduction(talk)}>
            {say('introduction_send')} <Key name="⇧ I" />
          </button>
          <button type="button" onClick={() => desk.editIntroduction(talk)}>
            {say('introduction_edit')} <Key name="i" />
          </button>
        </span>
      </div>
    </section>
  );
}
