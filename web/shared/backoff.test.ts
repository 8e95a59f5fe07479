import { expect, test } from 'vitest';
import { Backoff } from './backoff';

test('each wait is longer than the last, up to ten seconds, and starts again after a success', () => {
  const waits = (random: number) => {
    const backoff = new Backoff(() => random);
    return Array.from({ length: 7 }, () => backoff.next());
  };
  expect(waits(1)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
  expect(waits(0)).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
  const backoff = new Backoff(() => 1);
  backoff.next();
  backoff.next();
  expect(backoff.failures).toBe(2);
  backoff.reset();
  expect([backoff.failures, backoff.next()]).toEqual([0, 500]);
});
