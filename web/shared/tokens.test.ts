import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

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

/** Relative luminance of `#rrggbb` as WCAG 2 defines it. */
function luminance(colour: string): number {
  if (!/^#[\da-f]{6}$/.test(colour)) throw new Error(`${colour} is no colour`);
  const [r, g, b] = [1, 3, 5].map((at) => {
    const share = parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function ratio(a: string, b: string, scheme: 'light' | 'dark'): number {
  const [dark, light] = [luminance(value(a, scheme)), luminance(value(b, scheme))].sort((x, y) => x - y);
  return (light! + 0.05) / (dark! + 0.05);
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
