// Fails when the widget grows over its budget. The loader is what every visitor of a
// customer's site downloads, so it is counted raw; the app is counted as it travels:
// page, script and styles. What only somebody needs who sends or gets a file, who waits or
// comes back by a link, or whom the site vouches for, is counted by itself.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url).pathname;
const app = join(dist, 'widget');

const parts = readdirSync(app, { recursive: true, encoding: 'utf8' })
  .map((name) => join(app, name))
  .filter((path) => statSync(path).isFile())
  .map((path) => ({ name: path.slice(dist.length), bytes: gzipSync(readFileSync(path), { level: 9 }).length }));
for (const { name, bytes } of parts) console.log(`${name}: ${bytes} bytes gzip`);
const isForFiles = ({ name }) => name.includes('/files-');
const isForSigned = ({ name }) => name.includes('/signed-');
const isForWaiting = ({ name }) => name.includes('/waiting-');
const isForBack = ({ name }) => name.includes('/back-');
const isForFew = (part) => [isForFiles, isForSigned, isForWaiting, isForBack].some((is) => is(part));
const sum = (counted) => counted.reduce((all, { bytes }) => all + bytes, 0);

const budgets = [
  ['loader, raw', readFileSync(join(dist, 'widget.js')).length, 3000],
  ['widget app, gzip', sum(parts.filter((part) => !isForFew(part))), 15_000],
  ['widget, its part for files, gzip', sum(parts.filter(isForFiles)), 3_300],
  ['widget, its part for those who wait, gzip', sum(parts.filter(isForWaiting)), 1_300],
  ['widget, its part for those who come back, gzip', sum(parts.filter(isForBack)), 700],
  ['widget, its part for signed customers, gzip', sum(parts.filter(isForSigned)), 700],
];
for (const [what, bytes, budget] of budgets) {
  const verdict = bytes <= budget ? 'ok' : 'TOO LARGE';
  console.log(`${what}: ${bytes} of ${budget} bytes, ${verdict}`);
  if (bytes > budget) process.exitCode = 1;
}
