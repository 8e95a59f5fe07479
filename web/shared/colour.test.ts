import { expect, test } from 'vitest';
import { isColour } from './colour';

test('short and long colours are read, anything else is not', () => {
  for (const colour of ['#1af', '#102030', '#FFD400']) expect(isColour(colour), colour).toBe(true);
  for (const not of ['', '#', '#12', '#12345', '#1234567', 'red', 'url(x)', '#ggg', 'var(--x)']) expect(isColour(not), not).toBe(false);
});
