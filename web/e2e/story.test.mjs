// @ts-check
// The whole story in a real browser: ask, cited answer, "not helpful", an angry
// follow-up, the escalation message, the console, the package, the warm introduction,
// resolve, rating; then the server is killed in the middle, and script stays inert. The
// same on PostgreSQL, where the two meet over two nodes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PHONE, axeCheck, freshDatabase, openPage, screenshot, startSegue, withoutPostgres } from './harness.mjs';

/** @param {import('playwright-core').Page} page */
async function openWidget(page) {
  await page.getByRole('button', { name: 'Open chat' }).click();
  const frame = page.frameLocator('iframe[title="Chat"]');
  await frame.getByText('automated assistant, not a person').waitFor();
  return frame;
}

/**
 * @param {import('playwright-core').FrameLocator} widget
 * @param {string} text
 */
async function say(widget, text) {
  await widget.getByLabel('Your message').fill(text);
  await widget.getByLabel('Your message').press('Enter');
  await widget.locator('.bubble.customer', { hasText: text }).waitFor();
}

test('a furious customer reaches a person who knows everything', { timeout: 120_000 }, async (t) => {
  const segue = await startSegue(t, { command: 'demo' });
  await tellStory(t, segue.url, segue.url);
});

const onPostgres = { timeout: 180_000, skip: withoutPostgres };
test('on PostgreSQL customer and agent meet over two nodes', onPostgres, async (t) => {
  const database = freshDatabase();
  const first = await startSegue(t, { command: 'demo', database });
  const second = await startSegue(t, { command: 'demo', database });
  await tellStory(t, first.url, second.url);
});

/**
 * The customer's browser asks one node, the agent's perhaps another.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} customers
 * @param {string} agents
 */
async function tellStory(t, customers, agents) {
  const shop = await openPage(t, `${customers}/demo/shop`, { viewport: { width: 1100, height: 820 } });
  const widget = await openWidget(shop);
  assert.ok(await widget.getByRole('button', { name: 'Talk to a person' }).isVisible(), 'P19');
  await axeCheck(shop);

  const console_ = await openPage(t, `${agents}/demo/enter`, { viewport: { width: 1440, height: 900 } });
  await console_.getByText('No conversation is open').waitFor();
  await axeCheck(console_);

  await say(widget, 'How long does standard delivery take?');
  await widget.getByText('2 to 4 working days').waitFor();
  await screenshot(shop, 'widget');
  await widget.getByRole('button', { name: /Source: Delivery times/ }).click();
  await widget.getByRole('heading', { name: 'Delivery times and costs' }).waitFor();
  assert.ok(await widget.getByRole('button', { name: 'Talk to a person' }).isVisible(), 'P19, in an article too');
  await widget.getByRole('button', { name: 'Back to the conversation' }).click();

  await widget.getByRole('group', { name: 'Did this help?' }).getByRole('button', { name: 'No' }).click();
  await widget.getByText('Tell me a little more').waitFor();
  await say(widget, 'this is the third time I write, nothing works!!');
  await widget.getByText("you won't need to repeat anything").waitFor();
  await widget.getByText('You are next').waitFor();
  await screenshot(shop, 'widget-waiting');
  await axeCheck(shop);

  await console_.getByRole('button', { name: /^Accept/ }).waitFor();
  await console_.keyboard.press('a');
  await console_.getByRole('heading', { name: 'Why here' }).waitFor();
  await console_.getByText('Did not help').first().waitFor();
  await console_.getByText('Checked: name, issue, what was read and tried.').waitFor();
  await screenshot(console_, 'package');
  await axeCheck(console_);
  await widget.getByText('has joined and has read the conversation').waitFor();

  await console_.keyboard.press('Shift+I');
  await widget.locator('.bubble.agent', { hasText: "I've read the whole conversation" }).waitFor();
  await say(widget, 'wow, thanks');
  await console_.locator('.said.customer', { hasText: 'wow, thanks' }).waitFor();
  await screenshot(console_, 'console');

  await console_.getByRole('heading', { level: 1 }).first().click();
  await console_.keyboard.press('e');
  await axeCheck(console_);
  await console_.getByRole('dialog').getByRole('button', { name: 'Resolve' }).click();
  await widget.getByText('How was it?').waitFor();
  await axeCheck(shop);
  await widget.locator('.scores label').nth(4).click();
  await widget.getByLabel('No', { exact: true }).check();
  await screenshot(shop, 'widget-rating');
  await widget.getByRole('button', { name: 'Send rating' }).click();
  await widget.getByText('Thank you. That helps us.').waitFor();

  await console_.getByRole('link', { name: 'Measures' }).click();
  await console_.getByRole('heading', { name: 'Satisfied after a handover' }).waitFor();
  await screenshot(console_, 'measures');
  await axeCheck(console_);
  await console_.locator('.pages').getByRole('link', { name: 'Settings' }).click();
  await console_.getByRole('link', { name: 'Articles' }).click();
  await console_.getByText('Delivery times and costs').waitFor();
  await axeCheck(console_);
}

test('a killed server loses nothing that it acknowledged', { timeout: 120_000 }, async (t) => {
  await survive(t, await startSegue(t, { command: 'demo' }));
});

test('on PostgreSQL a killed server loses nothing that it acknowledged', onPostgres, async (t) => {
  await survive(t, await startSegue(t, { command: 'demo', database: freshDatabase() }));
});

/**
 * The server is killed while the customer writes.
 *
 * @param {import('node:test').TestContext} t
 * @param {Awaited<ReturnType<typeof startSegue>>} segue
 */
async function survive(t, segue) {
  const lost = [/Failed to load resource/, /WebSocket/, /ERR_CONNECTION/];
  const shop = await openPage(t, `${segue.url}/demo/shop`, { expected: lost });
  const widget = await openWidget(shop);
  await say(widget, 'Do you sell tents in red?');
  await widget.locator('.message.assistant').nth(1).waitFor();
  await segue.kill();
  await widget.getByLabel('Your message').fill('written in the meantime');
  await widget.getByLabel('Your message').press('Enter');
  await segue.restart();
  await widget.locator('.message.assistant').nth(2).waitFor({ timeout: 30_000 });
  for (const text of ['Do you sell tents in red?', 'written in the meantime']) {
    assert.equal(await widget.locator('.bubble.customer', { hasText: text }).count(), 1, text);
  }
  await shop.reload();
  const again = await openWidget(shop);
  await again.locator('.bubble.customer').nth(1).waitFor();
  assert.equal(await again.locator('.bubble.customer').count(), 2, 'a reload neither loses nor doubles a line');
}

test('script in messages and names is text', { timeout: 120_000 }, async (t) => {
  const segue = await startSegue(t, { command: 'demo' });
  const shop = await openPage(t, `${segue.url}/demo/shop`);
  const widget = await openWidget(shop);
  const evil = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>';
  await say(widget, `${evil} let me talk to a human`);
  await widget.getByText("you won't need to repeat anything").waitFor();
  const console_ = await openPage(t, `${segue.url}/demo/enter`, { viewport: { width: 1440, height: 900 } });
  await console_.getByRole('button', { name: /^Accept/ }).click();
  await console_.locator('.issue', { hasText: '<img src=x' }).waitFor();
  await console_.keyboard.press('Shift+I');
  await widget.locator('.bubble.agent', { hasText: '<img src=x' }).waitFor();
  for (const page of [shop, console_]) {
    assert.ok(!(await page.title()).includes('owned'));
    assert.equal(await page.locator('img').count(), 0);
  }
});

test('the widget works on a phone, in the dark, and from right to left', { timeout: 120_000 }, async (t) => {
  const segue = await startSegue(t, { command: 'demo' });
  const key = /data-inbox="([^"]+)"/.exec(await (await fetch(`${segue.url}/demo/shop`)).text())?.[1];
  const phone = await openPage(t, `${segue.url}/widget/?inbox=${key}&lang=ar`, { ...PHONE, colorScheme: 'dark' });
  await phone.locator('.bubble.assistant').waitFor();
  assert.equal(await phone.locator('html').getAttribute('dir'), 'rtl');
  await axeCheck(phone);
  await phone.locator('.person button').click();
  await phone.locator('.system').waitFor();
  await screenshot(phone, 'widget-phone-dark-rtl');
  await axeCheck(phone);
});
