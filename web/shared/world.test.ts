import { expect, test } from 'vitest';
import { randomId } from './world';

test('an id is 32 hexadecimal digits, which the server takes, and never the same', () => {
  const ids = new Set(Array.from({ length: 1_000 }, randomId));
  expect(ids.size).toBe(1_000);
  for (const id of ids) expect(id).toMatch(/^[\da-f]{32}$/);
});
