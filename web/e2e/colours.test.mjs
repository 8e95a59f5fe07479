// @ts-check
// The brand as the browser computes it: whatever colour a workspace picks, what stands on
// it, and the brand as text on our own surfaces, can be read (WCAG 2.2, 1.4.3).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPage, startSegue } from './harness.mjs';

/** `[ink, surface]`, as tokens.css pairs them. @type {[string, string][]} */
const PAIRS = [
  ['--on-brand', '--brand'],
  ['--accent', '--surface'],
  ['--accent', '--surface-sunk'],
  ['--accent', '--surface-raised'],
  ['--accent', '--info-wash'],
];

test('whatever brand is picked, it can be read in light and dark', { timeout: 120_000 }, async (t) => {
  const segue = await startSegue(t);
  // The console keeps the names of the tokens. Nobody is signed in.
  const page = await openPage(t, `${segue.url}/console/`, { expected: [/401/] });
  for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
    await page.emulateMedia({ colorScheme });
    const weak = await page.evaluate((pairs) => {
      const probe = document.body.appendChild(document.createElement('i'));
      const light = (/** @type {string} */ token) => {
        probe.style.color = `color(from var(${token}) srgb-linear r g b)`;
        const [r, g, b] = /** @type {[number, number, number]} */ (/** @type {unknown} */ (getComputedStyle(probe).color.match(/[\d.e-]+(?=[ )])/g)?.map(Number)));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const found = [];
      for (let n = 0; n < 8 ** 3; n++) {
        // Eight steps of each colour, from 0 to f.
        const brand = `#${[n >> 6, (n >> 3) % 8, n % 8].map((step) => (step * 2.15).toString(16)[0]).join('')}`;
        document.documentElement.style.setProperty('--brand', brand);
        for (const [ink, surface] of pairs) {
          const [one, other] = [light(ink) + 0.05, light(surface) + 0.05];
          const ratio = Math.max(one, other) / Math.min(one, other);
          if (!(ratio >= 4.5)) found.push(`${brand}: ${ink} on ${surface} ${ratio}`);
        }
      }
      return found;
    }, PAIRS);
    assert.deepEqual(weak.slice(0, 5), [], `${weak.length} pairs, ${colorScheme}`);
  }
});
