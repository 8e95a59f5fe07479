import { expect, test } from 'vitest';
import type { DayFigures } from '../api';
import { AGAIN, Asked, beforeWords, figureOf, longestOf, queryOf, restOf, shareOf, stretchesOf, turnOf, wantedOf } from './measures';

test('no share is shown of too few', () => {
  expect(figureOf(0, null)).toEqual({ kind: 'none' });
  expect(figureOf(0, 0)).toEqual({ kind: 'none' });
  expect(figureOf(4, 1)).toEqual({ kind: 'few', n: 4 });
  expect(figureOf(5, 0.8)).toEqual({ kind: 'share', n: 5, share: 0.8 });
});

test('what is looked at stands in the address and comes back from it', () => {
  for (const rest of ['', 'causes', '?days=7', 'course?days=90&plan=&topic=orders', 'behind?figure=late', 'gaps?draft=gap_01', 'product?days=90']) {
    expect(restOf(wantedOf(rest)), rest).toBe(rest);
  }
  expect(wantedOf('nonsense?days=4000&to=tomorrow&figure=<b>')).toMatchObject({ view: 'overview', days: 30, to: '', figure: '' });
  expect(queryOf(wantedOf('causes?topic=a%26b'))).toBe('days=30&topic=a%26b');
});

test('a change of too few, or within chance, is not called one', () => {
  const compared = (k: number, n: number, low: number, high: number) => ({
    now: shareOf(k, n), before: shareOf(50, 100), difference: k / n - 0.5, low, high,
  });
  expect(turnOf(compared(2, 3, 0.1, 0.2))).toEqual({ kind: 'none' });
  expect(turnOf(compared(60, 100, -0.03, 0.23))).toEqual({ kind: 'up', points: 10, isReal: false });
  expect(turnOf(compared(20, 100, -0.4, -0.2))).toEqual({ kind: 'down', points: 30, isReal: true });
  expect(turnOf(compared(50, 100, -0.1, 0.1))).toMatchObject({ kind: 'same' });
});

test('the interval is the one of the server', () => {
  const { low, high } = shareOf(81, 263);
  expect([low, high].map((end) => end?.toFixed(4))).toEqual(['0.2553', '0.3662']);
  expect(shareOf(0, 0).share).toBeNull();
});

function day(n: number): DayFigures {
  const none = shareOf(0, 0);
  return {
    day: new Date(Date.UTC(2026, 7, 27 + n)).toISOString().slice(0, 10),
    conversations: n, handed_off: 1, handoffs: 1, satisfied: shareOf(1, 2),
    in_target: none, abandoned: none, kept: none, solved: none, repeated: none, unanswered: 0, agent_minutes: 3,
  };
}

test('a long period is told in weeks, the first one cut, and no day is lost', () => {
  const course = Array.from({ length: 90 }, (_, n) => day(n));
  const weeks = stretchesOf(course);
  expect(weeks).toHaveLength(13);
  expect(weeks[0]).toMatchObject({ from: '2026-08-27', to: '2026-09-01', handed_off: 6 });
  expect(weeks.at(-1)?.satisfied).toMatchObject({ k: 7, n: 14 });
  expect(weeks.reduce((sum, week) => sum + week.conversations, 0)).toBe(4005);
  expect(stretchesOf(course.slice(0, 7))).toHaveLength(7);
});

test('a chart of nothing still has a height', () => {
  expect(longestOf([])).toBe(1);
  expect(longestOf([3, 8])).toBe(8);
});

test('an answer that is late is not shown for another question', async () => {
  const open: Record<string, (answer: string) => void> = {};
  const asked = new Asked<string>((question) => new Promise((resolve) => (open[question] = resolve)), () => {});
  const first = asked.want('a');
  const second = asked.want('b');
  open['b']?.('B');
  await second;
  open['a']?.('A');
  await first;
  expect(asked.state).toEqual({ kind: 'ready', shown: 'B' });
});

test('what is asked again without a word leaves what is shown until there is something newer', async () => {
  let answer = 'A';
  const asked = new Asked<string>(() => (answer ? Promise.resolve(answer) : Promise.reject(new Error('gone'))), () => {});
  await asked.want('a');
  answer = 'B';
  const refreshed = asked.refresh();
  expect(asked.state).toEqual({ kind: 'ready', shown: 'A' });
  await refreshed;
  expect(asked.state).toEqual({ kind: 'ready', shown: 'B' });
  answer = '';
  await asked.refresh();
  expect(asked.state).toEqual({ kind: 'ready', shown: 'B' });
});

test('each way of repeating leads to its own messages, and a missing one is explained', () => {
  expect(new Set(AGAIN.map(({ behind }) => behind)).size).toBe(AGAIN.length);
  expect(beforeWords('retold_facts', true)).toBe('evidence_told');
  expect(beforeWords('tried', true)).toBe('evidence_failed');
  expect(beforeWords('said', false)).toBe('evidence_nowhere');
  expect(beforeWords('asked', false)).toBe('evidence_record');
});
