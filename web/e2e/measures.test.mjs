// @ts-check
// What stands behind the measures, in a real browser: both messages of a repetition and the way to
// their places, what support cannot settle, the load of one language, and an article drafted from
// one conversation; on a phone and from right to left; no accessibility violation.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axeCheck, openPage, PHONE, screenshot, startSegue } from './harness.mjs';

const DESK = { viewport: { width: 1280, height: 900 } };
/** At a test's end the server goes before the pages do; before signing in nobody has a session. */
const GONE = [/ERR_CONNECTION_(REFUSED|RESET)/, /status of 401/];
const TOLD = 'The lamp from order 48213 arrived broken.';
const ASKED = 'What is your order number, please?';

/**
 * @param {string} url
 * @param {Record<string, string>} as
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 */
async function call(url, as, method, path, body) {
  const headers = { 'content-type': 'application/json', ...as };
  const answer = await fetch(`${url}/api/${path}`, { method, headers, body: body ? JSON.stringify(body) : null });
  const said = answer.status === 204 ? {} : await answer.json();
  assert.ok(answer.ok, `${method} ${path}: ${JSON.stringify(said)}`);
  return { said, cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '' };
}

/**
 * @param {import('node:test').TestContext} t
 * @param {string} url
 * @param {object} how
 */
async function inside(t, url, how) {
  const page = await openPage(t, `${url}/console/`, { ...how, reducedMotion: 'reduce', expected: GONE });
  await page.locator('#email').fill('maya@shop.example');
  await page.locator('#password').fill('correct horse');
  await page.keyboard.press('Enter');
  await page.locator('.rail').waitFor({ state: 'attached' });
  return page;
}

/**
 * A customer whom an agent asks for what they have told, and who is not helped.
 *
 * @param {string} url
 * @param {Record<string, string>} maya
 * @param {string} inbox
 * @param {string} disposition
 */
async function served(url, maya, inbox, disposition) {
  const visitor = await call(url, {}, 'POST', 'widget/visitors', { inbox, language: 'en' });
  const as = { authorization: `Bearer ${visitor.said.token}` };
  const { said } = await call(url, as, 'POST', 'widget/conversations', { language: 'en' });
  const path = `conversations/${said.id}`;
  const told = await call(url, as, 'POST', `widget/${path}/messages`, { client_message_id: 'question-1', text: TOLD });
  await call(url, as, 'POST', `widget/${path}/handoff`, {});
  const deed = async (/** @type {string} */ name, /** @type {object} */ more) => {
    const { said } = await call(url, maya, 'GET', `console/${path}`);
    await call(url, maya, 'POST', `console/${path}/${name}`, { epoch: said.view.epoch, ...more });
  };
  await deed('accept', {});
  const warned = [{ guard: 'asks_again', of: told.said.message_id }];
  await deed('reply', { client_message_id: 'agent-words-1', text: ASKED, warned });
  await call(url, as, 'POST', `widget/${path}/messages`, { client_message_id: 'question-2', text: 'It is order 48213.' });
  await deed('reply', { client_message_id: 'agent-words-2', text: 'A lamp that arrives broken is replaced within two working days.' });
  await deed('resolve', { disposition });
  return said.id;
}

test('a figure leads to the messages that show it, and a topic to what support cannot settle', { timeout: 120_000 }, async (t) => {
  const segue = await startSegue(t, { command: 'serve' });
  const { url } = segue;
  const [link] = await segue.printed(/http:\S+\/setup\/\S+/);
  const given = { token: link.split('/').at(-1), company: 'Shop', name: 'Maya', email: 'maya@shop.example', password: 'correct horse' };
  const { said, cookie } = await call(url, {}, 'POST', 'console/setup', given);
  const maya = { cookie, 'x-csrf-token': said.csrf };
  const page = await inside(t, url, DESK);
  const online = page.getByRole('radio', { name: 'Online' });
  await online.click({ force: true });
  await online.and(page.locator(':checked')).waitFor({ state: 'attached' });
  const inbox = said.workspace.site_keys[0];
  for (const how of ['product_problem', 'workaround', 'solved', 'solved', 'product_problem']) await served(url, maya, inbox, how);

  // P35: from the figure to both messages, and from there to their places.
  await page.goto(`${url}/console/#/measures`);
  const row = page.getByRole('row', { name: /asked for what was told/ });
  await row.getByText('5/5').waitFor();
  await axeCheck(page);
  await screenshot(page, 'console-measures-again');
  await row.getByRole('link').press('Enter');
  await page.getByText(TOLD).first().waitFor();
  await page.getByText(ASKED).first().waitFor();
  await axeCheck(page);
  await screenshot(page, 'console-measures-evidence');
  const evidence = page.locator('.evidence').first();
  await evidence.getByRole('link').last().press('Enter');
  await page.locator('.said.highlighted', { hasText: ASKED }).waitFor();
  assert.match(page.url(), /#\/conversations\/\w+\?at=\d+$/);
  await axeCheck(page);
  await screenshot(page, 'console-measures-evidence-place');

  // An article from this conversation, straight to the draft.
  await page.getByRole('button', { name: 'Draft an article' }).press('Enter');
  const text = page.getByLabel('Text', { exact: true });
  await text.waitFor();
  assert.equal(await text.inputValue(), 'A lamp that arrives broken is replaced within two working days.');
  await axeCheck(page);
  await screenshot(page, 'console-article-draft');

  // P38: what support cannot settle.
  await page.getByRole('link', { name: 'Product problems' }).click();
  await page.getByText('not settled, 3 of 5 handovers').first().waitFor();
  await axeCheck(page);
  await screenshot(page, 'console-measures-product');
  await page.getByRole('link', { name: /Read all 3/ }).click();
  await page.getByRole('heading', { name: 'What support could not settle' }).waitFor();
  assert.equal(await page.locator('tbody tr').count(), 3);

  // The load follows the filters.
  await page.goto(`${url}/console/#/measures/load?language=fr`);
  await page.getByText('Nothing was handed over in this period.').waitFor();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await page.getByRole('cell', { name: '5', exact: true }).first().waitFor();
  await axeCheck(page);

  const phone = await inside(t, url, PHONE);
  for (const [place, name] of [['behind?figure=asked_again', 'evidence'], ['product', 'product'], ['', 'again']]) {
    await phone.goto(`${url}/console/#/measures/${place}`);
    await phone.locator('.block').first().waitFor();
    await phone.getByText(place === '' ? 'Having to say it again' : place === 'product' ? 'Read all 3' : TOLD).first().waitFor();
    const wide = await phone.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(wide, 0, `${place}: nothing stands out at the side`);
    await axeCheck(phone);
    await screenshot(phone, `console-measures-${name}-phone`);
  }

  const arabic = await inside(t, url, { ...DESK, locale: 'ar', colorScheme: 'dark' });
  for (const place of ['behind?figure=asked_again', 'product']) {
    await arabic.goto(`${url}/console/#/measures/${place}`);
    await arabic.locator('.block time').first().waitFor();
    await axeCheck(arabic);
    await screenshot(arabic, `console-measures-${place.split('?')[0]}-arabic-dark`);
  }
});
