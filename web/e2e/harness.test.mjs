// @ts-check
// The harness itself: a check that cannot fail is worth nothing, so each is seen failing.

import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { axeCheck, openPage, PHONE, screenshot, serveSite, startSegue } from './harness.mjs';

const STRICT = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; frame-src 'self'; require-trusted-types-for 'script'",
};

/** @param {string} body @param {string} [head] */
const html = (body, head = '') =>
  `<!doctype html><html lang="en"><head><title>A page</title><link rel="icon" href="/icon.svg">${head}</head><body>${body}</body></html>`;

const pages = {
  '/icon.svg': { body: '<svg xmlns="http://www.w3.org/2000/svg"/>', type: 'image/svg+xml' },
  '/good': html('<main><h1>Good</h1><p>All is well.</p><iframe src="/inner" title="Inner"></iframe></main>'),
  '/inner': html('<main><h1>Inner</h1></main>'),
  '/unnamed': html('<main><h1>Bad</h1><button></button></main>'),
  '/unnamed-inside': html('<main><h1>Outer</h1><iframe src="/unnamed" title="Inner"></iframe></main>'),
  '/inline': html('<main><h1>Inline</h1><script>document.title = "ran"</script></main>'),
  '/throws': html('<main><h1>Throws</h1></main>', '<script src="/throws.js" defer></script>'),
  '/throws.js': { body: 'throw new Error("on purpose")', type: 'text/javascript' },
  '/lost': html('<main><h1>Lost</h1><img src="/none.png" alt="None"></main>'),
  '/writes': html('<main><h1>Writes</h1></main>', '<script src="/writes.js" defer></script>'),
  '/writes.js': { body: 'document.querySelector("main").innerHTML = "<p>raw</p>"', type: 'text/javascript' },
};

test('a good page under a strict policy passes axe and is photographed', async (t) => {
  const page = await openPage(t, `${await serveSite(t, pages, STRICT)}/good`, { ...PHONE, colorScheme: 'dark' });
  await axeCheck(page);
  const picture = await screenshot(page, 'harness');
  assert.ok((await stat(picture)).size > 1000);
});

test('axe says what is wrong and where, in frames too', async (t) => {
  const site = await serveSite(t, pages, STRICT);
  for (const path of ['/unnamed', '/unnamed-inside']) {
    const page = await openPage(t, site + path);
    await assert.rejects(axeCheck(page), /axe found 1 violation[^]*\/unnamed\n[^]*button-name[^]*\n {4}button/);
    await axeCheck(page, { without: ['button-name'] });
  }
});

// A page is judged when its test ends; these tests end early, so as to see it.
for (const [path, complaint] of /** @type {[string, RegExp][]} */ ([
  ['/inline', /Content-Security-Policy broken: script-src-elem by inline/],
  ['/writes', /Content-Security-Policy broken: require-trusted-types-for by trusted-types-sink/],
  ['/throws', /not caught: Error: on purpose/],
  ['/lost', /404 .*none\.png/],
])) {
  test(`a page that fails fails its test: ${path}`, async (t) => {
    const site = await serveSite(t, pages, STRICT);
    await assert.rejects(atOnce(t, (early) => openPage(early, site + path)), complaint);
    await atOnce(t, (early) => openPage(early, site + path, { expected: [/./] }));
  });
}

test('a server is started, killed, and started again on its data', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'segue-stand-in-'));
  t.after(() => rm(folder, { recursive: true }));
  const binary = join(folder, 'segue');
  await writeFile(binary, STAND_IN);
  await chmod(binary, 0o755);

  const segue = await startSegue(t, { binary, args: ['--extra'] });
  const [, starts] = await segue.printed(/start (\d) of demo --extra/);
  assert.equal(starts, '1');
  await segue.restart();
  await segue.printed(/start 2 of demo --extra/);
  assert.equal(await segue.stop(), 0);
  await assert.rejects(fetch(segue.url));

  await assert.rejects(startSegue(t, { binary, args: ['--fail'] }), /ended with 3; it printed:\ncannot go on/);
  await assert.rejects(startSegue(t, { binary: join(folder, 'none') }), /could not start .*none/);
});

test('pages leave before the server goes', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'segue-stand-in-'));
  t.after(() => rm(folder, { recursive: true }));
  const binary = join(folder, 'segue');
  await writeFile(binary, STAND_IN);
  await chmod(binary, 0o755);
  const asks = '<script src="/asks.js" defer></script>';
  await atOnce(t, async (early) => {
    const segue = await startSegue(early, { binary });
    const script = { body: `fetch('${segue.url}/slow', { mode: 'no-cors' })`, type: 'text/javascript' };
    const site = await serveSite(t, { ...pages, '/asks': html('<main><h1>Asks</h1></main>', asks), '/asks.js': script });
    const page = await openPage(early, 'about:blank');
    const asked = page.waitForRequest(/slow/);
    await page.goto(`${site}/asks`);
    await asked;
  });
});

/** Counts its starts in its data folder, and is ready a little later than it listens. */
const STAND_IN = `#!/usr/bin/env node
const { appendFileSync, readFileSync } = require('node:fs');
const [command, , listen, , data, ...more] = process.argv.slice(2);
if (more.includes('--fail')) { console.error('cannot go on'); process.exit(3); }
appendFileSync(data + '/starts', 'x');
console.log('start', readFileSync(data + '/starts').length, 'of', command, ...more);
let asked = 0;
require('node:http').createServer((request, response) => {
  if (request.url === '/slow') return;
  response.writeHead(request.url === '/health/ready' && ++asked > 2 ? 200 : 503).end();
}).listen(listen.split(':')[1], '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
`;

/**
 * Does something as a test of its own would, and then all that this test left for its end.
 *
 * @param {import('node:test').TestContext} t
 * @param {(early: import('node:test').TestContext) => Promise<unknown>} body
 */
async function atOnce(t, body) {
  /** @type {(() => Promise<void>)[]} */
  const ends = [];
  const early = /** @type {any} */ ({ name: t.name, after: (/** @type {any} */ end) => ends.push(end) });
  await body(early);
  for (const end of ends) await end();
}
