// What is noticed in a reply while it is written (P40, P42): quietly, below the composer, each
// with one click that mends it. Nothing here keeps anybody from sending.

import type { ComponentChildren } from 'preact';
import type { TalkProps } from './Conversation';
import { say, words } from './words';

export function Guards({ desk, talk }: TalkProps) {
  const { writing } = desk;
  const writes = writing.kindOf(talk) === 'reply' && !!writing.draft(talk.id).reply.trim();
  const found = writes ? writing.guards.of(talk.id) : null;
  return (
    <div class="guards" role="status" aria-label={say('guards')}>
      {found?.is_cold && (
        <Hint words={say('guard_cold')}>
          {writing.introductionOf(talk) && (
            <button type="button" onClick={() => writing.useIntroduction(talk)}>
              {say('guard_introduction')}
            </button>
          )}
        </Hint>
      )}
      {found?.repeats && (
        <Hint words={say(`guard_repeats_${found.repeats.outcome}`, { time: words.time(found.repeats.at), suggestion: short(found.repeats.suggestion) })}>
          <ShowThere desk={desk} message_id={found.repeats.message_id} text={found.repeats.suggestion} />
        </Hint>
      )}
      {found?.asks_again && (
        <Hint words={found.asks_again.answer ? say('guard_asks', { answer: short(found.asks_again.answer) }) : say('guard_asks_somewhere')}>
          {found.asks_again.message_id && (
            <ShowThere desk={desk} message_id={found.asks_again.message_id} text={found.asks_again.answer ?? ''} />
          )}
          {found.asks_again.instead && (
            <button type="button" onClick={() => writing.mendQuestion(talk, found.asks_again?.instead ?? '')}>
              {say('guard_use_answer')}
            </button>
          )}
          <button type="button" onClick={() => writing.mendQuestion(talk)}>
            {say('guard_drop_question')}
          </button>
        </Hint>
      )}
    </div>
  );
}

function Hint({ words, children }: { words: string; children: ComponentChildren }) {
  return (
    <div class="guard">
      <p dir="auto">{words}</p>
      <span class="deeds">{children}</span>
    </div>
  );
}

function ShowThere({ desk, message_id, text }: Pick<TalkProps, 'desk'> & { message_id: string; text: string }) {
  return (
    <button type="button" onClick={() => desk.point(text, message_id)}>
      {say('show_there')}
    </button>
  );
}

/** As much as one reads at a glance. */
function short(text: string): string {
  return text.length > 120 ? `${text.slice(0, 119).trimEnd()}…` : text;
}
