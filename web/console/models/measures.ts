// What the measures page makes of the numbers: never a share without its n, and no
// share at all of too few.

import type { Measures } from '../api';

/** With fewer cases a share says more than is known. */
export const ENOUGH = 5;

export type Figure = { kind: 'none' } | { kind: 'few'; n: number } | { kind: 'share'; n: number; share: number };

export function figureOf(n: number, share: number | null): Figure {
  if (n === 0 || share === null) return { kind: 'none' };
  return n < ENOUGH ? { kind: 'few', n } : { kind: 'share', n, share };
}

export interface Span {
  /** First day, as the server names it. */
  from: string;
  to: string;
  conversations: number;
  handed_off: number;
}

const DAY_MS = 86_400_000;
/** More columns than this cannot be told apart on a phone. */
const MOST_COLUMNS = 31;

/** Every day of the period, with the quiet ones; weeks where there are too many days. */
export function spansOf(by_day: Measures['escalation']['by_day'], days: number, now: number): Span[] {
  const known = new Map(by_day.map((day) => [day.day, day]));
  const width = days > MOST_COLUMNS ? 7 : 1;
  const spans: Span[] = [];
  const today = Math.floor(now / DAY_MS);
  for (let last = today; last > today - days; last -= width) {
    const first = Math.max(last - width + 1, today - days + 1);
    const span: Span = { from: dayName(first), to: dayName(last), conversations: 0, handed_off: 0 };
    for (let day = first; day <= last; day += 1) {
      const found = known.get(dayName(day));
      span.conversations += found?.conversations ?? 0;
      span.handed_off += found?.handed_off ?? 0;
    }
    spans.unshift(span);
  }
  return spans;
}

function dayName(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** The longest of some bars, at least 1. */
export function longestOf(numbers: number[]): number {
  return Math.max(1, ...numbers);
}
