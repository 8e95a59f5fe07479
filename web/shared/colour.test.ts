import { expect, test } from 'vitest';
import { contrast, inkOn, parseColour, readableOn } from './colour';

/** All 4,096 colours of three digits. */
const brands = Array.from({ length: 0x1000 }, (_, n) => {
  const colour = parseColour(`#${n.toString(16).padStart(3, '0')}`);
  if (!colour) throw new Error(`${n} is no colour`);
  return colour;
});

test('whatever brand is picked, what stands on it reads', () => {
  const weak = brands.filter((colour) => contrast(colour, inkOn(colour)) < 4.5);
  expect(weak).toEqual([]);
});

test('whatever brand is picked, it reads as text on our own surfaces', () => {
  for (const surface of [parseColour('#ffffff')!, parseColour('#eef2fc')!, parseColour('#1e2128')!]) {
    const weak = brands.filter((colour) => contrast(readableOn(colour, surface), surface) < 4.5);
    expect(weak).toEqual([]);
  }
});

test('short and long colours are read, anything else is not', () => {
  expect(parseColour('#1af')).toEqual([0x11, 0xaa, 0xff]);
  expect(parseColour('#102030')).toEqual([0x10, 0x20, 0x30]);
  for (const not of ['', '#', '#12', '#12345', 'red', 'url(x)', '#ggg']) expect(parseColour(not)).toBeNull();
});
