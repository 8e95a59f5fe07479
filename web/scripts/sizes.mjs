// Fails when the widget grows over its budget. The loader is what every visitor of
// a customer's site downloads, so it is counted raw; the app is counted as it
// travels, JavaScript and styles together.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url).pathname;
const assets = join(dist, 'widget/assets');

const loader = readFileSync(join(dist, 'widget.js')).length;
// What the page names is fetched at the start; the rest comes when it is wanted.
const page = readFileSync(join(dist, 'widget/index.html'), 'utf8');
const parts = readdirSync(assets)
  .filter((name) => /\.(js|css)$/.test(name))
  .map((name) => ({
    bytes: gzipSync(readFileSync(join(assets, name)), { level: 9 }).length,
    atStart: page.includes(name),
  }));
const sum = (atStart) => parts.filter((part) => part.atStart === atStart).reduce((all, { bytes }) => all + bytes, 0);
const app = sum(true);
console.log(`widget, fetched later: ${sum(false)} bytes gzip`);

const budgets = [
  ['loader, raw', loader, 3000],
  ['widget app, JS + CSS, gzip', app, 15360],
];
for (const [what, bytes, budget] of budgets) {
  const verdict = bytes <= budget ? 'ok' : 'TOO LARGE';
  console.log(`${what}: ${bytes} of ${budget} bytes, ${verdict}`);
  if (bytes > budget) process.exitCode = 1;
}
