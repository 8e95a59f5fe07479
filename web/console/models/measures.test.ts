import { expect, test } from 'vitest';
import { NOW } from './fakes';
import { figureOf, longestOf, spansOf } from './measures';

test('no share is shown of too few', () => {
  expect(figureOf(0, null)).toEqual({ kind: 'none' });
  expect(figureOf(0, 0)).toEqual({ kind: 'none' });
  expect(figureOf(4, 1)).toEqual({ kind: 'few', n: 4 });
  expect(figureOf(5, 0.8)).toEqual({ kind: 'share', n: 5, share: 0.8 });
});

test('quiet days are days too', () => {
  const spans = spansOf([{ day: '2026-11-22', conversations: 4, handed_off: 1 }], 7, NOW);
  expect(spans.map((span) => span.conversations)).toEqual([0, 0, 0, 0, 4, 0, 0]);
  expect(spans[0]?.from).toBe('2026-11-18');
  expect(spans.at(-1)).toEqual({ from: '2026-11-24', to: '2026-11-24', conversations: 0, handed_off: 0 });
});

test('a long period is told in weeks, the first one cut, and no day is lost', () => {
  const by_day = [
    { day: '2026-11-24', conversations: 1, handed_off: 1 },
    { day: '2026-11-18', conversations: 2, handed_off: 0 },
    { day: '2026-11-17', conversations: 3, handed_off: 2 },
  ];
  const spans = spansOf(by_day, 90, NOW);
  expect(spans).toHaveLength(13);
  expect(spans.at(-1)).toEqual({ from: '2026-11-18', to: '2026-11-24', conversations: 3, handed_off: 1 });
  expect(spans.at(-2)).toMatchObject({ conversations: 3, handed_off: 2 });
  expect(spans[0]).toMatchObject({ from: '2026-08-27', to: '2026-09-01' });
});

test('a chart of nothing still has a height', () => {
  expect(longestOf([])).toBe(1);
  expect(longestOf([0, 0])).toBe(1);
  expect(longestOf([3, 8])).toBe(8);
});
