import { expect, test } from 'vitest';
import type { Wait } from '../../shared/wire';
import { keptWords, Place, waitWords } from './wait';
import { Words } from './words';
import english from '../../../words/en.json';

const words = new Words();
words.load({ ...english, language: 'en', requested: 'en-GB' });
const now = new Date(2026, 10, 24, 12);

function check(wait: Partial<Wait> | null, title: string, detail: string): void {
  const whole = wait && { status: 'waiting' as const, position: null, urgent_ahead: 0, minutes: null, invited: false, opens_at: null, ...wait };
  expect(waitWords(whole, words, now)).toEqual({ title, detail });
}

const KEPT = "They'll see everything, so nothing needs repeating.";

test('a place and minutes are told where somebody is there to come', () => {
  check({ position: 3, minutes: 15 }, 'You are #3 in line', 'About 15 min');
  check({ position: 1, minutes: 1 }, 'You are next', 'About a minute');
  check({ position: 2 }, 'You are #2 in line', "We can't estimate the wait yet");
  check({ position: 1, minutes: 5, invited: true }, 'You are next', 'About 5 min · Someone is being asked to join');
  check({ minutes: 5 }, 'Connecting you…', 'About 5 min');
  check(null, 'Connecting you…', "We can't estimate the wait yet");
});

test('no place is told where nobody is there', () => {
  check({ status: 'nobody_online', position: 1 }, 'Nobody is online right now. Your place is kept.', KEPT);
  check({ status: 'closed' }, "We're away at the moment", KEPT);
  const opens_at = new Date(2026, 10, 25, 9).toISOString();
  expect(waitWords({ status: 'closed', position: null, urgent_ahead: 0, minutes: null, invited: false, opens_at }, words, now).title).toMatch(
    /^We're away until Wed,? 25 Nov,? (at )?0?9:00$/,
  );
});

test('whoever keeps a place is told to leave, and once called to stay', () => {
  const wait = { status: 'waiting' as const, position: 1, urgent_ahead: 0, minutes: null, invited: false, opens_at: null };
  expect(keptWords(wait)).toBe('');
  expect(keptWords({ ...wait, kept: true })).toBe('kept');
  expect(keptWords({ ...wait, kept: true, called: true })).toBe('kept_called');
  expect(keptWords(null)).toBe('');
});

test('why a place has grown is told, until the line moves on', () => {
  const place = new Place();
  const steps: [position: number | null, urgent_ahead: number, word: string][] = [
    [3, 0, ''],
    [3, 0, ''],
    [4, 1, 'overtaken'],
    [4, 1, 'overtaken'],
    [null, 0, 'overtaken'],
    [3, 0, ''],
    [5, 0, 'returned'],
    [1, 0, ''],
  ];
  for (const [position, urgent_ahead, word] of steps) {
    place.note({ status: 'waiting', position, urgent_ahead, minutes: null, invited: false, opens_at: null });
    expect(place.word, `${position}`).toBe(word);
  }
  place.note(null);
  expect(place.word).toBe('');
});
