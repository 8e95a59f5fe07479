// The replies that are ready, above the composer while a word after a slash is written.
// The focus stays in the text: arrows choose, Enter takes, Escape leaves.

import type { TalkProps } from './Conversation';
import { filled, valuesOf } from './models/canned';
import type { Desk } from './models/desk';
import { say } from './words';

export function Picker({ desk, talk }: TalkProps) {
  const { canned } = desk;
  const { found, pick } = canned;
  if (!pick) return null;
  const values = valuesOf(talk, desk.speaker);
  return (
    <div class="picker">
      <ul id="canned" role="listbox" aria-label={say('canned_title')} hidden={!found.length}>
        {found.map((reply, index) => (
          <li
            key={reply.id}
            id={`canned-${index}`}
            role="option"
            aria-selected={index === canned.at}
            onMouseDown={(event) => {
              // The text keeps the focus.
              event.preventDefault();
              desk.takeCanned(talk, reply);
            }}
          >
            <strong dir="auto">{reply.name}</strong>
            <span class="quiet" dir="auto">
              {filled(reply.text, values)}
            </span>
          </li>
        ))}
      </ul>
      <p class="quiet" role="status">
        {found.length ? say('canned_found', { n: found.length }) : say(canned.replies?.length ? 'canned_nothing' : 'canned_none')}
      </p>
    </div>
  );
}

/** Keys of the composer while replies are offered; true where they are taken. */
export function pickByKey(desk: Desk, event: KeyboardEvent): boolean {
  const { canned } = desk;
  const chosen = canned.found[canned.at];
  if (!canned.pick || event.isComposing || event.ctrlKey || event.metaKey) return false;
  switch (event.key) {
    case 'ArrowDown':
      canned.step(1);
      return true;
    case 'ArrowUp':
      canned.step(-1);
      return true;
    case 'Enter':
    case 'Tab':
      if (!chosen || !desk.open || event.shiftKey) return false;
      desk.takeCanned(desk.open, chosen);
      return true;
    case 'Escape':
      canned.close();
      return true;
    default:
      return false;
  }
}
