// @ts-check
// Working in the inbox in a real browser: lists, the search, replies that are ready, what
// can be taken back, who else writes, articles and pictures; by the keyboard, on a phone,
// with no accessibility violation.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axeCheck, openPage, PHONE, screenshot, startSegue } from './harness.mjs';

const DESK = { viewport: { width: 1280, height: 800 } };
/** At a test's end the server goes before the pages do. */
const GONE = [/ERR_CONNECTION_(REFUSED|RESET)/, /Failed to load resource/, /WebSocket/];

/** @typedef {import('playwright-core').Page} Page */

/**
 * @param {string} url
 * @param {string} token
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 */
async function call(url, token, method, path, body) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  const answer = await fetch(url + path, { method, headers, body: body ? JSON.stringify(body) : null });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : null;
}

/**
 * A customer who writes, and asks for a person where wanted.
 *
 * @param {string} url
 * @param {string} text
 * @param {{ wish?: boolean }} [how]
 */
async function customer(url, text, { wish = true } = {}) {
  const shop = await (await fetch(`${url}/demo/shop`)).text();
  const inbox = /data-inbox="([^"]+)"/.exec(shop)?.[1];
  const { token } = await call(url, '', 'POST', '/api/widget/visitors', { inbox, language: 'en' });
  const { id } = await call(url, token, 'POST', '/api/widget/conversations', { language: 'en' });
  const path = `/api/widget/conversations/${id}`;
  await call(url, token, 'POST', `${path}/messages`, { client_message_id: 'customer-1', text });
  if (wish) await call(url, token, 'POST', `${path}/handoff`, {});
  const sees = async () => JSON.stringify(await call(url, token, 'GET', `${path}/events?after=0`));
  return { id, sees };
}

/**
 * Maya, signed in and online.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} url
 * @param {Parameters<typeof openPage>[2]} [options]
 */
async function openMaya(t, url, options = DESK) {
  const page = await openPage(t, `${url}/demo/enter`, { expected: GONE, reducedMotion: 'reduce', ...options });
  await page.locator('.rail').waitFor({ state: 'attached' });
  return page;
}

/** @param {Page} page */
async function accept(page) {
  await page.getByRole('button', { name: /^Accept/ }).first().waitFor();
  await page.keyboard.press('a');
  await page.getByRole('heading', { name: 'Why here' }).waitFor();
}

/** @param {Page} page */
async function hasNoOverflow(page) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(wide, 0, 'nothing stands out at the side');
}

test('a conversation is found again by its words, and the address keeps what was asked', { timeout: 120_000 }, async (t) => {
  const { url } = await startSegue(t);
  const { id } = await customer(url, 'My tandem parcel 88123 never came. I want refunds.');
  const page = await openMaya(t, url);
  await page.locator('.pages').waitFor();
  await page.keyboard.press('s');
  const field = page.getByRole('searchbox', { name: 'Find conversations' });
  await field.waitFor();
  assert.ok(await field.evaluate((it) => it === document.activeElement), 'one may write at once');
  const hit = page.locator(`.hit[href="#/conversations/${id}"]`);
  // What was said a moment ago is read within some seconds, and the list looks again.
  await hit.waitFor();
  await field.fill('refund tandem');
  await hit.locator('mark', { hasText: 'refunds' }).waitFor();
  assert.match(page.url(), /#\/search\?q=refund\+tandem$/);
  await page.getByText('Filters', { exact: true }).click();
  await page.getByLabel('State').selectOption('Resolved');
  await page.getByText('Nothing found.').first().waitFor();
  await axeCheck(page);
  await screenshot(page, 'inbox-search-nothing');
  await page.getByLabel('State').selectOption({ value: 'queued' });
  await hit.waitFor();
  await page.reload();
  await hit.waitFor();
  assert.equal(await field.inputValue(), 'refund tandem');
  assert.match(page.url(), /state=queued/);
  await axeCheck(page);
  await screenshot(page, 'inbox-search');
  await page.getByRole('button', { name: 'Clear the search' }).first().click();
  await page.waitForFunction(() => location.hash === '#/search');
  await field.fill('refund');
  await hit.locator('mark', { hasText: 'refunds' }).waitFor();
  await hit.click();
  await page.locator('.said.highlighted mark', { hasText: 'refunds' }).waitFor();
  await page.goBack();
  await page.getByRole('heading', { level: 1, name: 'All conversations' }).waitFor();

  const phone = await openMaya(t, url, PHONE);
  await phone.goto(`${url}/console/#/search?q=tandem&state=queued`);
  await phone.locator(`.hit[href="#/conversations/${id}"]`).waitFor();
  await hasNoOverflow(phone);
  await axeCheck(phone);
  await screenshot(phone, 'inbox-search-phone');
});

test('the lists show what the assistant answers, what is open and what is done', { timeout: 90_000 }, async (t) => {
  const { url } = await startSegue(t);
  const { id } = await customer(url, 'How long does delivery of a bike take?', { wish: false });
  const page = await openMaya(t, url);
  await page.getByRole('button', { name: 'Assistant', exact: true }).click();
  const item = page.locator(`.item[href="#/conversations/${id}"]`);
  await item.waitFor();
  await axeCheck(page);
  await screenshot(page, 'inbox-assistant');
  await item.click();
  await page.locator('.said.customer').getByText('How long does delivery').waitFor();
  await page.locator('.transcript').focus();
  await page.keyboard.press('v');
  await page.getByRole('button', { name: 'Done', exact: true }).and(page.locator('[aria-pressed=true]')).waitFor();
  await page.keyboard.press('v');
  await page.getByRole('heading', { name: /^My conversations/ }).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('heading', { name: 'While writing' }).waitFor();
  await axeCheck(page);
  await screenshot(page, 'inbox-keys');
});

test('a reply that is ready is written once, found by a slash, and does not go out with a hole at once', { timeout: 120_000 }, async (t) => {
  const { url } = await startSegue(t);
  const page = await openMaya(t, url);
  await page.goto(`${url}/console/#/settings/replies`);
  await page.getByRole('button', { name: 'Write a reply' }).click();
  await page.getByLabel('Name', { exact: true }).fill('return label');
  await page.getByLabel('Reply', { exact: true }).fill('Hello {customer.name}, the label for ');
  await page.getByLabel('Reply', { exact: true }).press('End');
  await page.getByRole('button', { name: '{order}' }).click();
  await axeCheck(page);
  await screenshot(page, 'inbox-replies-form');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('the label for {order}').waitFor();
  await screenshot(page, 'inbox-replies');

  const asked = await customer(url, 'I want to send my helmet back, please give me to a person.');
  await page.goto(`${url}/console/#/`);
  await accept(page);
  await page.keyboard.press('r');
  const composer = page.locator('#composer');
  await composer.press('Control+A');
  await composer.pressSequentially('/ret');
  await page.getByRole('option', { name: /return label/ }).waitFor();
  await axeCheck(page);
  await screenshot(page, 'inbox-picker');
  await composer.press('Enter');
  assert.match(await composer.inputValue(), /the label for \{order\}$/);
  const marked = await composer.evaluate((it) => {
    const field = /** @type {HTMLTextAreaElement} */ (it);
    return field.value.slice(field.selectionStart, field.selectionEnd);
  });
  assert.ok(/^\{(customer\.name|order)\}$/.test(marked), `the first hole is marked: ${marked}`);
  await page.getByText('Fill in before it goes:').waitFor();
  await composer.press('Control+Enter');
  await page.getByText('Fill in before it goes:').waitFor();
  await axeCheck(page);
  await screenshot(page, 'inbox-holes');
  assert.ok(!(await asked.sees()).includes('the label for'), 'nothing went out');
  await composer.fill('Hello Ida, I have read it all. The label for 4471 is on its way.');
  await composer.press('Control+Enter');
  // A first message may be doubted once.
  await page.waitForTimeout(2_000);
  if (await composer.inputValue()) await composer.press('Control+Enter');
  await page.locator('.said.agent').getByText('The label for 4471').waitFor();
  const phone = await openMaya(t, url, PHONE);
  await phone.goto(`${url}/console/#/settings/replies`);
  await phone.getByRole('button', { name: 'Change return label' }).click();
  await phone.getByRole('button', { name: '{customer.first_name}' }).waitFor();
  await hasNoOverflow(phone);
  await axeCheck(phone);
  await screenshot(phone, 'inbox-replies-phone');
  // A slash inside a word or an address is only a slash.
  await composer.pressSequentially('and/or');
  assert.equal(await page.locator('#canned [role=option]').count(), 0);
});

test('a reply can be taken back for a moment, and goes out when the page is closed', { timeout: 120_000 }, async (t) => {
  const { url } = await startSegue(t);
  const asked = await customer(url, 'My order 4471 is late, a person please.');
  const page = await openMaya(t, url);
  await page.getByRole('button', { name: 'Preferences' }).click();
  await page.getByRole('radio', { name: '20 s' }).check();
  await axeCheck(page);
  await screenshot(page, 'inbox-preferences');
  await page.getByRole('button', { name: 'Close' }).click();
  await accept(page);
  await page.keyboard.press('Shift+I');
  const held = page.locator('.said.held');
  await held.getByText('Goes out in a moment').waitFor();
  await axeCheck(page);
  await screenshot(page, 'inbox-held');
  await page.locator('.transcript').focus();
  await page.keyboard.press('u');
  await held.waitFor({ state: 'detached' });
  const composer = page.locator('#composer');
  assert.ok((await composer.inputValue()).length > 20, 'the words are back');
  await composer.press('Control+Enter');
  await held.waitFor();
  assert.ok(!(await asked.sees()).includes('"role":"agent"'), 'it has not gone yet');
  await page.close({ runBeforeUnload: false });
  let said = '';
  for (let n = 0; n < 20 && !said.includes('"role":"agent"'); n++) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    said = await asked.sees();
  }
  assert.match(said, /"role":"agent"/, 'closing the page sent it');
});

test('a colleague who writes is seen, and what moved to them keeps what I wrote', { timeout: 120_000 }, async (t) => {
  const { url } = await startSegue(t);
  await customer(url, 'My order 4471 is late, a person please.');
  const maya = await openMaya(t, url);
  await accept(maya);
  const jonas = await openPage(t, `${url}/console/`, { ...DESK, expected: GONE });
  await jonas.getByLabel('E-mail address').fill('jonas@fernhill.example');
  await jonas.getByLabel('Password').fill('fernhill-demo');
  await jonas.getByRole('button', { name: 'Sign in' }).click();
  await jonas.locator('.rail').waitFor();
  await jonas.goto(`${url}/console/${new URL(maya.url()).hash}`);
  await jonas.getByRole('button', { name: /^Note/ }).click();
  await jonas.locator('#composer').pressSequentially('I know this one', { delay: 30 });
  await maya.getByText('Jonas Weber is writing a note…').waitFor();
  await screenshot(maya, 'inbox-colleague');

  // It goes back to the queue from elsewhere while she writes.
  await maya.keyboard.press('r');
  const composer = maya.locator('#composer');
  await composer.fill('I have just found your parcel');
  const id = new URL(maya.url()).hash.split('/')[2] ?? '';
  await maya.evaluate(async (conversation) => {
    const { csrf } = await (await fetch('/api/console/session')).json();
    const { item } = await (await fetch(`/api/console/conversations/${conversation}`)).json();
    const headers = { 'content-type': 'application/json', 'x-csrf-token': csrf };
    const body = JSON.stringify({ epoch: item.epoch, to: 'queue' });
    await fetch(`/api/console/conversations/${conversation}/release`, { method: 'POST', headers, body });
  }, id);
  await maya.getByText('Your reply was not sent; it is kept here.').waitFor();
  await axeCheck(maya);
  await screenshot(maya, 'inbox-kept');
  await maya.getByRole('button', { name: 'Make it a note' }).click();
  await maya.waitForFunction(() => /** @type {HTMLTextAreaElement} */ (document.getElementById('composer')).value === 'I have just found your parcel');
  assert.ok(await maya.locator('.composer.note').count(), 'it is a note now');
});

test('articles stand beside the conversation, with those that were tried', { timeout: 90_000 }, async (t) => {
  const { url } = await startSegue(t);
  await customer(url, 'How long does standard delivery take?');
  const page = await openMaya(t, url);
  await accept(page);
  await page.keyboard.press('o');
  const panel = page.locator('.help-panel');
  await panel.locator('li').first().waitFor();
  await axeCheck(page);
  await screenshot(page, 'inbox-articles');
  await page.getByRole('searchbox', { name: 'Search the articles' }).fill('return');
  await panel.getByRole('button', { name: /^Quote/ }).first().click();
  await page.waitForFunction(() => /** @type {HTMLTextAreaElement} */ (document.getElementById('composer')).value.length > 20);
  await page.getByRole('searchbox', { name: 'Search the articles' }).press('Escape');
  await panel.waitFor({ state: 'detached' });

  const phone = await openMaya(t, url, PHONE);
  await phone.goto(page.url());
  await phone.getByRole('button', { name: 'Conversation', exact: false }).first().click();
  await phone.locator('#composer').waitFor();
  await hasNoOverflow(phone);
  await axeCheck(phone);
  await screenshot(phone, 'inbox-composer-phone');
});

test('a picture opens as large as it fits and closes by a key', { timeout: 90_000 }, async (t) => {
  const { url } = await startSegue(t);
  await customer(url, 'My bike is broken, a person please.');
  const page = await openMaya(t, url);
  await accept(page);
  await page.keyboard.press('n');
  const png = await page.evaluate(async () => {
    const canvas = new OffscreenCanvas(640, 360);
    const pen = canvas.getContext('2d');
    if (pen) pen.fillStyle = 'teal';
    pen?.fillRect(0, 0, 640, 360);
    return [...new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer())];
  });
  const file = (/** @type {string} */ name) => ({ name, mimeType: 'image/png', buffer: Buffer.from(png) });
  await page.locator('.composer input[type=file]').setInputFiles([file('fork.png'), file('wheel.png')]);
  await page.getByText('fork.png').waitFor();
  await page.locator('#composer').fill('See these');
  await page.getByRole('button', { name: /^Save note/ }).click();
  await page.getByRole('button', { name: 'Show fork.png' }).last().click();
  const box = page.getByRole('dialog', { name: 'Picture fork.png' });
  await box.waitFor();
  await page.keyboard.press('ArrowRight');
  await page.getByRole('dialog', { name: 'Picture wheel.png' }).waitFor();
  await axeCheck(page);
  await screenshot(page, 'inbox-picture');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

test('whatever is open is reached page by page, by the keyboard and on a phone', { timeout: 120_000 }, async (t) => {
  const { url } = await startSegue(t);
  const shop = await (await fetch(`${url}/demo/shop`)).text();
  const inbox = /data-inbox="([^"]+)"/.exec(shop)?.[1];
  // Nobody has more than ten.
  for (let visitor = 0; visitor < 7; visitor++) {
    const { token } = await call(url, '', 'POST', '/api/widget/visitors', { inbox, language: 'en' });
    for (let n = 0; n < 9; n++) await call(url, token, 'POST', '/api/widget/conversations', { language: 'en' });
  }
  const page = await openMaya(t, url);
  await page.getByRole('button', { name: 'Assistant', exact: true }).click();
  const items = page.locator('.lists .item');
  await items.nth(49).waitFor();
  await page.locator('.lists .count', { hasText: '50+' }).waitFor();
  const more = page.getByRole('button', { name: 'Show more' });
  await axeCheck(page);
  await screenshot(page, 'inbox-more');
  await more.press('Enter');
  await items.nth(62).waitFor();
  await more.waitFor({ state: 'detached' });
  const focused = () => page.evaluate(() => [...document.querySelectorAll('.lists .item')].indexOf(/** @type {Element} */ (document.activeElement)));
  assert.equal(await focused(), 50, 'the keyboard goes on at the first of them');
  await axeCheck(page);

  // Whoever steps on from the last of a page comes to the next one.
  const phone = await openMaya(t, url, PHONE);
  await phone.getByRole('button', { name: 'Assistant', exact: true }).click();
  const last = phone.locator('.lists .item').nth(49);
  await last.waitFor();
  await hasNoOverflow(phone);
  await axeCheck(phone);
  await screenshot(phone, 'inbox-more-phone');
  const here = await last.getAttribute('href');
  await last.click();
  await phone.waitForFunction((hash) => location.hash.startsWith(hash), here ?? '');
  await phone.keyboard.press('j');
  await phone.waitForFunction((hash) => !location.hash.startsWith(hash), here ?? '');
  const first = await phone.locator('.lists .item').nth(50).getAttribute('href');
  assert.ok(first && phone.url().includes(first), `${phone.url()} ${first}`);
});
