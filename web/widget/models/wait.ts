// How a wait is told: a place and minutes where somebody is there to come, and the
// plain truth where nobody is (P30, P33).

import type { Wait } from '../../shared/wire';
import type { Words } from './words';

export interface WaitWords {
  title: string;
  detail: string;
}

/** Notices that others went ahead, and why, so that no place grows without a word (P30). */
export class Place {
  /** The key of the word, if there is one to say. */
  word = '';
  #last = 0;

  note(wait: Wait | null): void {
    const position = wait?.position;
    if (!position || position === this.#last) return;
    const word = wait.urgent_ahead ? 'overtaken' : 'returned';
    this.word = this.#last && position > this.#last ? word : '';
    this.#last = position;
  }
}

export function waitWords(wait: Wait | null, words: Words, now: Date): WaitWords {
  const { say } = words;
  const kept = say('nothing_to_repeat');
  if (wait?.status === 'nobody_online') return { title: say('nobody_online'), detail: kept };
  if (wait?.status === 'closed') return { title: closed(wait.opens_at, words, now), detail: kept };
  const position = wait?.position;
  const detail = minutes(wait, words) + (wait?.invited ? ` · ${say('invited')}` : '');
  if (!position) return { title: say('talk_to_person_busy'), detail };
  return { title: position === 1 ? say('position_next') : say('position', { position }), detail };
}

/** The key of what is told of a kept place: leave, or, once called, stay; empty without one. */
export function keptWords(wait: Wait | null): string {
  if (!wait?.kept) return '';
  return wait.called ? 'kept_called' : 'kept';
}

/** "We're away until Monday 9:00", or that we are away. */
export function closed(opens_at: string | null, words: Words, now: Date): string {
  if (!opens_at) return words.say('closed');
  return words.say('closed_until', { opens: words.moment(new Date(opens_at), now) });
}

function minutes(wait: Wait | null, { say }: Words): string {
  const announced = wait?.minutes;
  if (!announced) return say('wait_unknown');
  return announced === 1 ? say('wait_minute') : say('wait_about', { minutes: announced });
}
