import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { contrast, parseColour } from './colour';

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');

/** A token's value in one scheme, with `var()` and `light-dark()` followed. */
function value(name: string, scheme: 'light' | 'dark'): string {
  const said = new RegExp(`${name}: ([^;]+);`).exec(css)?.[1];
  if (!said) throw new Error(`tokens.css has no ${name}`);
  const pair = /^light-dark\((.+), (.+)\)$/.exec(said);
  const own = pair ? pair[scheme === 'light' ? 1 : 2]! : said;
  const other = /^var\((.+)\)$/.exec(own)?.[1];
  return other ? value(other, scheme) : own;
}

function ratio(a: string, b: string, scheme: 'light' | 'dark'): number {
  const [first, second] = [parseColour(value(a, scheme)), parseColour(value(b, scheme))];
  if (!first || !second) throw new Error(`${a} or ${b} is no colour`);
  return contrast(first, second);
}

const surfaces = ['--surface', '--surface-sunk', '--surface-raised'];
const text = [
  ...surfaces.flatMap((surface) => [
    ['--text', surface],
    ['--text-quiet', surface],
    ['--accent', surface],
    ['--good', surface],
    ['--warn', surface],
    ['--bad', surface],
  ]),
  ['--good', '--good-wash'],
  ['--warn', '--warn-wash'],
  ['--bad', '--bad-wash'],
  ['--accent', '--info-wash'],
  ...['--good-wash', '--warn-wash', '--bad-wash', '--info-wash'].map((wash) => ['--text', wash]),
  ['--on-brand', '--brand'],
] as [string, string][];

for (const scheme of ['light', 'dark'] as const) {
  test(`every pair that carries text can be read, ${scheme}`, () => {
    const weak = text
      .map(([ink, surface]) => ({ pair: `${ink} on ${surface}`, ratio: ratio(ink, surface, scheme) }))
      .filter((found) => found.ratio < 4.5);
    expect(weak).toEqual([]);
  });

  test(`the outline of a control stands out from every surface, ${scheme}`, () => {
    const weak = surfaces.filter((surface) => ratio('--line-strong', surface, scheme) < 3);
    expect(weak).toEqual([]);
  });
}
