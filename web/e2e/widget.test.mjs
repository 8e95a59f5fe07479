// @ts-check
// The widget where only a browser can tell: on a strict site of another origin, over
// reloads and lost networks, in two tabs, by keyboard, on small and odd screens.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axeCheck, openPage, PHONE, screenshot, serveSite, startSegue } from './harness.mjs';

/** What a browser logs about a network that the test took away. */
const LOST = [/Failed to load resource/, /WebSocket/, /ERR_/];
const LIMIT = { timeout: 120_000 };

/** @param {{ url: string }} segue */
async function keyOf(segue) {
  const shop = await (await fetch(`${segue.url}/demo/shop`)).text();
  return /data-inbox="([^"]+)"/.exec(shop)?.[1] ?? assert.fail('the shop has no widget');
}

/**
 * A site of another origin, as strict as sites get, with the snippet in its head.
 *
 * @param {import('node:test').TestContext} t
 * @param {{ url: string }} segue
 * @param {string} [attributes]
 */
async function strictSite(t, segue, attributes = 'data-lang="en"') {
  const snippet = `<script src="${segue.url}/widget.js" data-inbox="${await keyOf(segue)}" ${attributes} async></script>`;
  const page = `<!doctype html><html lang="en"><head><title>A strict site</title><link rel="icon" href="/icon.svg">
    ${snippet}</head><body><main><h1>A strict site</h1><p><a href="/">A link</a></p></main></body></html>`;
  const icon = { body: '<svg xmlns="http://www.w3.org/2000/svg"/>', type: 'image/svg+xml' };
  return serveSite(t, { '/': page, '/icon.svg': icon }, {
    'content-security-policy': `default-src 'none'; img-src 'self'; script-src ${segue.url}; frame-src ${segue.url}; require-trusted-types-for 'script'; trusted-types 'none'`,
  });
}

/** @param {import('playwright-core').Page} page */
const frameOf = (page) => page.frameLocator('iframe[title="Chat"]');

/** @param {import('playwright-core').Page} page */
async function open(page) {
  await page.getByRole('button', { name: 'Open chat' }).click();
  const widget = frameOf(page);
  await widget.locator('.bubble.assistant').first().waitFor();
  return widget;
}

/** @typedef {import('playwright-core').FrameLocator | import('playwright-core').Page} Widget */

/** @param {Widget} widget @param {string} text */
async function say(widget, text) {
  await widget.getByLabel('Your message').fill(text);
  await widget.getByLabel('Your message').press('Enter');
}

/** @param {Widget} widget */
const person = (widget) => widget.locator('.person').getByRole('button', { name: 'Talk to a person' });

/** Nothing sticks out of the page, neither sideways nor below. @param {import('playwright-core').Page} page */
async function fits(page) {
  const lowest = await page.locator('.composer').boundingBox();
  const height = await page.evaluate(() => innerHeight);
  assert.ok(lowest && lowest.y + lowest.height <= height + 1, 'the composer is in sight');
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `${overflow} px too wide`);
}

test('a strict site of another origin can have it, and the focus goes in and comes back', LIMIT, async (t) => {
  const segue = await startSegue(t);
  const page = await openPage(t, await strictSite(t, segue));
  /** @type {string[]} */
  const posts = [];
  page.on('request', (request) => request.method() === 'POST' && posts.push(request.url()));
  const launcher = page.getByRole('button', { name: 'Open chat' });
  await launcher.hover();
  assert.deepEqual(await launcher.boundingBox().then((box) => [box?.width, box?.height]), [56, 56], 'it has its style');
  await axeCheck(page);
  assert.deepEqual(posts, [], 'who does not open the chat makes no visitor');

  await launcher.press('Enter');
  const widget = frameOf(page);
  await widget.locator('.bubble.assistant').waitFor();
  const field = widget.getByLabel('Your message');
  await field.and(widget.locator(':focus')).waitFor();
  await axeCheck(page);
  await field.press('Escape');
  const again = page.getByRole('button', { name: 'Open chat' });
  await again.and(page.locator(':focus')).waitFor();
  assert.equal(await page.locator('iframe').isVisible(), false);
  assert.equal(await again.getAttribute('aria-expanded'), 'false');
});

test('it opens by itself, in the language and the colour of the site, and takes no focus', LIMIT, async (t) => {
  const segue = await startSegue(t);
  const site = await strictSite(t, segue, 'data-lang="de-AT" data-color="#ffd400" data-open="true"');
  const page = await openPage(t, site);
  const widget = frameOf(page);
  await widget.getByRole('button', { name: 'Mit einem Menschen sprechen' }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'BODY');
  const launcher = page.getByRole('button', { name: 'Chat schließen' });
  assert.equal(await launcher.evaluate((button) => getComputedStyle(button).backgroundColor), 'rgb(255, 212, 0)');
  await widget.locator('.head').evaluate(async (head) => {
    while (getComputedStyle(head).backgroundColor !== 'rgb(255, 212, 0)') await new Promise(requestAnimationFrame);
  });
  await axeCheck(page);
  await screenshot(page, 'widget-bright-brand');
});

test('the launcher has its name whatever the frame lacks', LIMIT, async (t) => {
  const segue = await startSegue(t);
  const page = await openPage(t, `${segue.url}/demo/shop`, { expected: LOST });
  await open(page);
  // Colours without words: what once left the launcher nameless after a reload.
  await page.context().route('**/words/**', (route) => route.abort());
  await page.reload();
  await page.getByRole('button', { name: 'Open chat' }).click();
  const widget = frameOf(page);
  await person(widget).waitFor();
  await page.getByRole('button', { name: 'Close chat' }).first().click();
  await segue.kill();
  await page.context().unroute('**/words/**');
  await page.getByRole('button', { name: 'Open chat' }).click();
  assert.ok(await person(widget).isVisible(), 'P19, with nobody at the other end');
  await person(widget).click();
  await segue.restart();
  await widget.locator('.card').waitFor({ timeout: 30_000 });
});

test('a chat that could not be loaded is there at the next opening', LIMIT, async (t) => {
  const segue = await startSegue(t);
  const page = await openPage(t, await strictSite(t, segue), { expected: LOST });
  await page.getByRole('button', { name: 'Open chat' }).waitFor();
  await segue.kill();
  await page.getByRole('button', { name: 'Open chat' }).click();
  await segue.restart();
  await page.getByRole('button', { name: 'Close chat' }).click();
  await open(page);
});

test('a reload between sending and the answer loses and doubles nothing', LIMIT, async (t) => {
  const segue = await startSegue(t);
  const page = await openPage(t, `${segue.url}/demo/shop`, { expected: LOST });
  const widget = await open(page);
  // The message arrives; its acknowledgement does not.
  /** @type {(value?: unknown) => void} */
  let arrived = () => {};
  const arrival = new Promise((resolve) => (arrived = resolve));
  await page.context().route('**/messages', async (route) => {
    await route.fetch();
    arrived();
  }, { times: 1 });
  await say(widget, 'Do you sell tents?');
  await arrival;
  await widget.getByLabel('Your message').fill('half a sen');
  await page.reload();
  const again = await open(page);
  await again.locator('.message.assistant').nth(1).waitFor();
  assert.equal(await again.locator('.bubble.customer').count(), 1);
  assert.equal(await again.getByText('Sending…').count(), 0);
  assert.equal(await again.getByLabel('Your message').inputValue(), 'half a sen');
});

test('what is written and wished for without network is done when it is back', LIMIT, async (t) => {
  const segue = await startSegue(t);
  const page = await openPage(t, `${segue.url}/demo/shop`, { expected: LOST });
  const widget = await open(page);
  await page.context().setOffline(true);
  await say(widget, 'in a tunnel');
  await widget.getByText('Not sent yet').waitFor();
  await widget.getByText('No connection').waitFor();
  await person(widget).click();
  await widget.getByText("We'll connect you as soon as").waitFor();
  await axeCheck(page);
  await screenshot(page, 'widget-offline');
  await page.context().setOffline(false);
  await widget.getByText("you won't need to repeat anything").waitFor();
  await widget.locator('.card').waitFor();
  await widget.getByText('No connection').waitFor({ state: 'detached' });
  assert.equal(await widget.locator('.bubble.customer', { hasText: 'in a tunnel' }).count(), 1);
  assert.equal(await widget.getByText('Not sent yet').count(), 0);
});

test('two tabs of one visitor show one conversation', LIMIT, async (t) => {
  const segue = await startSegue(t);
  const address = `${segue.url}/widget/?inbox=${await keyOf(segue)}&lang=en`;
  const one = await openPage(t, address);
  const two = await one.context().newPage();
  await Promise.all([one.reload(), two.goto(address)]);
  for (const page of [one, two]) await page.locator('.bubble.assistant').waitFor();
  await Promise.all([say(one, 'from the first'), say(two, 'from the second')]);
  for (const page of [one, two]) {
    for (const text of ['from the first', 'from the second']) {
      await page.locator('.bubble.customer', { hasText: text }).waitFor();
      assert.equal(await page.locator('.bubble.customer', { hasText: text }).count(), 1);
    }
    // The first message of a server takes its time where the machine is slow.
    await page.getByText('Sending…').first().waitFor({ state: 'detached', timeout: 30_000 });
  }
  await person(one).click();
  await two.locator('.card').waitFor();
});

test('news behind a closed chat are counted, and read when it opens', LIMIT, async (t) => {
  const segue = await startSegue(t);
  const page = await openPage(t, `${segue.url}/demo/shop`);
  const widget = await open(page);
  // The answer comes once the chat is closed.
  await page.context().route('**/messages', async (route) => {
    await page.getByRole('button', { name: 'Open chat' }).waitFor();
    await route.continue();
  });
  await say(widget, 'How long does standard delivery take?');
  await widget.getByLabel('Your message').press('Escape');
  const launcher = page.getByRole('button', { name: 'Open chat (1)' });
  await launcher.waitFor();
  await screenshot(page, 'widget-badge');
  await page.reload();
  await launcher.click();
  await page.getByRole('button', { name: 'Close chat', exact: true }).first().click();
  await page.getByRole('button', { name: 'Open chat', exact: true }).waitFor();
});

test('a person can be asked for in every state', LIMIT, async (t) => {
  const segue = await startSegue(t);
  const address = `${segue.url}/widget/?inbox=${await keyOf(segue)}&lang=en`;
  const page = await openPage(t, address, { expected: LOST });
  const isThere = async (/** @type {string} */ state) => {
    await person(page).waitFor();
    assert.ok(await person(page).isEnabled(), state);
  };
  await isThere('before anything has come');
  await say(page, 'How long does standard delivery take?');
  await page.getByRole('button', { name: /Source: Delivery/ }).click();
  await page.getByRole('heading', { name: 'Delivery times and costs' }).waitFor();
  await isThere('in an article');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: "That's all, thanks" }).click();
  await page.getByText('How was it?').waitFor();
  await isThere('resolved');
  await axeCheck(page);
  await page.context().route('**/api/**', (route) => route.fulfill({ status: 503 }));
  await page.reload();
  await isThere('the server is overloaded');
  await person(page).click();
  await page.context().unroute('**/api/**');
  await page.locator('.card').waitFor({ timeout: 30_000 });

  const unknown = await openPage(t, `${segue.url}/widget/?inbox=none&lang=en`, { expected: LOST });
  await unknown.getByText("isn't available right now").waitFor();
  await person(unknown).waitFor();
  await axeCheck(unknown);
});

test('the keyboard alone is enough, and is never thrown back to the top', LIMIT, async (t) => {
  const segue = await startSegue(t);
  const page = await openPage(t, `${segue.url}/widget/?inbox=${await keyOf(segue)}&lang=en`);
  await page.locator('.bubble.assistant').waitFor();
  const at = () => page.evaluate(() => document.activeElement?.textContent || document.activeElement?.tagName);
  await page.getByLabel('Your message').focus();
  await page.keyboard.type('How long does standard delivery take?');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /Source: Delivery/ }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Delivery times and costs' }).waitFor();
  assert.match(String(await at()), /Back to the conversation/);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /Source: Delivery/ }).and(page.locator(':focus')).waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  assert.equal(await at(), 'No');
  await page.keyboard.press('Enter');
  await page.getByText('Tell me a little more').waitFor();
  assert.notEqual(await at(), 'BODY');
  await person(page).focus();
  await page.keyboard.press('Enter');
  await page.locator('.card').waitFor();
  await page.locator('.panel:focus').waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await at(), 'Go back to the assistant');
});

/** @type {[string, import('playwright-core').BrowserContextOptions & { lang?: string }][]} */
const screens = [
  ['phone', PHONE],
  ['phone-320', { ...PHONE, viewport: { width: 320, height: 568 } }],
  ['phone-dark-ar', { ...PHONE, colorScheme: 'dark', lang: 'ar' }],
  ['phone-de', { ...PHONE, viewport: { width: 360, height: 640 }, lang: 'de' }],
  ['zoom-200', { viewport: { width: 640, height: 360 }, deviceScaleFactor: 2 }],
  ['phone-on-its-side', { ...PHONE, viewport: { width: 667, height: 320 } }],
  ['dark', { colorScheme: 'dark' }],
  ['forced-colours', { forcedColors: 'active', reducedMotion: 'reduce' }],
  ['ja', { lang: 'ja' }],
];

for (const [name, { lang = 'en', ...options }] of screens) {
  test(`it fits and passes axe: ${name}`, LIMIT, async (t) => {
    const segue = await startSegue(t);
    const page = await openPage(t, `${segue.url}/widget/?inbox=${await keyOf(segue)}&lang=${lang}`, options);
    await page.locator('.bubble.assistant').waitFor();
    await page.locator('textarea').fill('How long does standard delivery take?');
    await page.locator('.send').click();
    await page.locator('.sources').waitFor();
    await fits(page);
    await axeCheck(page);
    await screenshot(page, `widget-${name}-answer`);
    await page.locator('.person button').click();
    await page.locator('.card').waitFor();
    await fits(page);
    await axeCheck(page);
    await screenshot(page, `widget-${name}-wait`);
    await page.locator('.card .link').click();
    await page.locator('.head .link').click();
    await page.locator('.scores label').nth(4).click();
    await fits(page);
    await axeCheck(page);
    await screenshot(page, `widget-${name}-rating`);
  });
}
