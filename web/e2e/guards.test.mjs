// @ts-check
// What an agent is told while they write (P40, P42), and what is sent all the same.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PHONE, axeCheck, openPage, screenshot, startSegue } from './harness.mjs';

const DESK = { viewport: { width: 1280, height: 800 } };
/** At a test's end the server goes before the pages do, and they may notice. */
const GONE = [/ERR_CONNECTION_(REFUSED|RESET)/];

/**
 * @param {string} url
 * @param {string} token
 * @param {string} path
 * @param {object} [body]
 */
async function tell(url, token, path, body = {}) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  const answer = await fetch(`${url}/api/widget/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await answer.text();
  assert.ok(answer.ok, `${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : null;
}

test('a cold opening, a step that was tried and a question that was answered are told while one writes', { timeout: 120_000 }, async (t) => {
  const { url } = await startSegue(t);
  const maya = await openPage(t, `${url}/demo/enter`, { expected: GONE, ...DESK });
  await maya.locator('.rail').waitFor({ state: 'attached' });
  const shop = await (await fetch(`${url}/demo/shop`)).text();
  const inbox = /data-inbox="([^"]+)"/.exec(shop)?.[1];
  const { token } = await tell(url, '', 'visitors', { inbox, language: 'en' });
  const { id } = await tell(url, token, 'conversations', { language: 'en' });
  const say = (/** @type {number} */ n, /** @type {string} */ text) =>
    tell(url, token, `conversations/${id}/messages`, { client_message_id: `customer-${n}`, text });
  await say(1, 'How long does standard delivery take?');
  const answered = async () => {
    const headers = { authorization: `Bearer ${token}` };
    const { events } = await (await fetch(`${url}/api/widget/conversations/${id}/events?after=0`, { headers })).json();
    return events.find((/** @type {any} */ event) => event.kind === 'message_added' && event.attempt_id);
  };
  const patience = Date.now() + 20_000;
  while (!(await answered()) && Date.now() < patience) await new Promise((resolve) => setTimeout(resolve, 100));
  const suggestion = (await answered()).body.text.split('\n')[0];
  await say(2, 'That did not help, my order 48213 should have been here on Monday.');
  await tell(url, token, `conversations/${id}/handoff`);
  await maya.getByRole('button', { name: /^Accept/ }).first().waitFor();
  await maya.keyboard.press('a');
  await maya.getByText('Your first message is ready').waitFor();

  const composer = maya.locator('#composer');
  await composer.fill('Hi! How can I help you today?');
  await maya.getByText('This opens as if nothing had been said').waitFor();
  await screenshot(maya, 'guards-cold');
  await axeCheck(maya);
  await maya.getByRole('button', { name: 'Use the warm introduction' }).click();
  assert.match(await composer.inputValue(), /Maya/);
  await maya.getByText('This opens as if nothing had been said').waitFor({ state: 'detached' });

  await composer.fill(`I have read your chat about the delivery. ${suggestion}`);
  await maya.getByText('The assistant already suggested this at').waitFor();
  await screenshot(maya, 'guards-repeats');
  await axeCheck(maya);
  await maya.locator('.guard').getByRole('button', { name: 'Show it in the conversation' }).click();
  await maya.locator('.said.highlighted').waitFor();

  await composer.fill('I have read your chat about the delivery. What is your order number?');
  await maya.getByText('The customer has told this already: “').waitFor();
  await screenshot(maya, 'guards-asks');
  await maya.setViewportSize(PHONE.viewport);
  await screenshot(maya, 'guards-asks-phone');
  await axeCheck(maya);
  await maya.setViewportSize(DESK.viewport);
  await maya.getByRole('button', { name: 'Take the question out' }).click();
  assert.equal(await composer.inputValue(), 'I have read your chat about the delivery.');

  await composer.fill('I have read your chat about the delivery. What is your order number?');
  await maya.getByRole('button', { name: 'Say that you have it' }).click();
  assert.match(await composer.inputValue(), /^I have read your chat about the delivery\. You wrote “.+”, so I'll go by that\.$/);
  await maya.locator('.guard').waitFor({ state: 'detached' });

  // Sent all the same: it goes, and is on record.
  await composer.fill('Hi, Maya here from Fernhill. I have read your chat: the delivery is late. What is your order number?');
  await maya.getByText('The customer has told this already').waitFor();
  const sent = maya.waitForRequest(/\/reply$/);
  await composer.press('Control+Enter');
  const held = maya.getByRole('button', { name: 'Send anyway' });
  await Promise.race([sent, held.waitFor().then(() => composer.press('Control+Enter'))]);
  const body = (await sent).postDataJSON();
  assert.deepEqual(
    body.warned.map((/** @type {any} */ one) => one.guard),
    ['asks_again'],
  );
  await maya.locator('.guard').waitFor({ state: 'detached' });
});
