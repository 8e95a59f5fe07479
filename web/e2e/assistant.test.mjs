// @ts-check
// The assistant in a browser: it asks which of two things is meant, and with a model it
// shows an answer while that is written.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { axeCheck, openPage, startSegue } from './harness.mjs';

const LIMIT = { timeout: 120_000 };

/** @param {import('node:test').TestContext} t @param {{ url: string }} segue */
async function openWidget(t, segue) {
  const shop = await (await fetch(`${segue.url}/demo/shop`)).text();
  const key = /data-inbox="([^"]+)"/.exec(shop)?.[1] ?? assert.fail('the shop has no widget');
  const page = await openPage(t, `${segue.url}/widget/?inbox=${key}&lang=en`);
  await page.locator('.bubble.assistant').first().waitFor();
  return page;
}

/** @param {import('playwright-core').Page} page @param {string} text */
async function say(page, text) {
  await page.getByLabel('Your message').fill(text);
  await page.getByLabel('Your message').press('Enter');
}

/**
 * A model that streams its first sentence, and the second one when it is told to.
 *
 * @param {import('node:test').TestContext} t
 * @param {string[]} sentences
 */
async function scriptedModel(t, sentences) {
  /** @type {() => void} */
  let release = () => {};
  const released = new Promise((resolve) => (release = () => resolve(null)));
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => (body += piece));
    request.on('end', async () => {
      if (!JSON.parse(body).stream) {
        response.end(JSON.stringify({ choices: [{ message: { content: '{"signals":[]}' } }] }));
        return;
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const write = (/** @type {string} */ content) =>
        response.write(`data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`);
      write(`${sentences[0]} `);
      await released;
      for (const sentence of sentences.slice(1)) write(`${sentence} `);
      response.end('data: [DONE]\n\n');
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(null)));
  t.after(() => {
    release();
    server.closeAllConnections();
    server.close();
  });
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { url: `http://127.0.0.1:${address.port}/v1`, release };
}

test('what a question may mean is chosen by a button (P17)', LIMIT, async (t) => {
  const page = await openWidget(t, await startSegue(t));
  await say(page, 'how do I change it?');
  const choice = page.getByRole('group', { name: 'Choose what you mean' });
  await choice.waitFor();
  await axeCheck(page);
  await choice.getByRole('button', { name: 'Change your e-mail address' }).click();
  await page.getByRole('button', { name: 'Source: Change your e-mail address' }).waitFor();
  assert.equal(await choice.count(), 0, 'it can be chosen once');
  const own = page.locator('.bubble.customer');
  assert.deepEqual(await own.allTextContents(), ['how do I change it?', 'Change your e-mail address']);
});

test('an answer is shown while a model writes it, as far as it has passed', LIMIT, async (t) => {
  const first = 'It takes 2 to 4 working days with standard delivery.';
  const model = await scriptedModel(t, [first, 'Our horses bring it.', 'Standard delivery costs €4.90.']);
  const args = ['--model-url', model.url, '--model-name', 'scripted'];
  const page = await openWidget(t, await startSegue(t, { args }));
  await say(page, 'How long does standard delivery take?');
  const preview = page.locator('.message.assistant[aria-hidden="true"]');
  await preview.getByText(first).waitFor();
  await axeCheck(page);
  model.release();
  await page.getByRole('log').getByText(`${first} Standard delivery costs €4.90.`).waitFor();
  assert.equal(await preview.count(), 0, 'the message stands in its place');
  assert.equal(await page.getByText('horses').count(), 0);
});
