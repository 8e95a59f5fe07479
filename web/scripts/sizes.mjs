// Fails when the widget grows over its budget. The loader is what every visitor of
// a customer's site downloads, so it is counted raw; the app is counted as it
// travels, JavaScript and styles together.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url).pathname;
const assets = join(dist, 'widget/assets');

const loader = readFileSync(join(dist, 'widget.js')).length;
const app = readdirSync(assets)
  .filter((name) => /\.(js|css)$/.test(name))
  .map((name) => gzipSync(readFileSync(join(assets, name)), { level: 9 }).length)
  .reduce((sum, bytes) => sum + bytes, 0);

const budgets = [
  ['loader, raw', loader, 3000],
  ['widget app, JS + CSS, gzip', app, 15360],
];
for (const [what, bytes, budget] of budgets) {
  const verdict = bytes <= budget ? 'ok' : 'TOO LARGE';
  console.log(`${what}: ${bytes} of ${budget} bytes, ${verdict}`);
  if (bytes > budget) process.exitCode = 1;
}
