// @ts-check
// The policy lab in a real browser: a draft is written and linted, replayed, run beside,
// switched to and rolled back; on a phone and from right to left; no accessibility violation.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axeCheck, openPage, PHONE, screenshot, startSegue } from './harness.mjs';

const DESK = { viewport: { width: 1280, height: 900 } };
/** At a test's end the server goes before the pages do; before signing in nobody has a session. */
const GONE = [/ERR_CONNECTION_(REFUSED|RESET)/, /status of 401/];

/**
 * A new company whose admin has just signed in, in the lab.
 *
 * @param {import('node:test').TestContext} t
 * @param {object} how
 */
async function inside(t, how) {
  const segue = await startSegue(t, { command: 'serve' });
  const [link] = await segue.printed(/http:\S+\/setup\/\S+/);
  const token = link.split('/').at(-1);
  const given = { token, company: 'Shop', name: 'Maya', email: 'maya@shop.example', password: 'correct horse' };
  const { workspace } = await call(segue.url, '', 'POST', '/api/console/setup', given);
  const page = await openPage(t, `${segue.url}/console/`, { ...how, reducedMotion: 'reduce', expected: GONE });
  await page.locator('#email').fill(given.email);
  await page.locator('#password').fill(given.password);
  await page.keyboard.press('Enter');
  await page.locator('.rail').waitFor({ state: 'attached' });
  await page.goto(`${segue.url}/console/#/lab`);
  return { page, url: segue.url, inbox: workspace.site_keys[0] };
}

/**
 * A customer who says one thing, and is answered.
 *
 * @param {{ url: string, inbox: string }} where
 * @param {string} text
 */
async function say({ url, inbox }, text) {
  const { token } = await call(url, '', 'POST', '/api/widget/visitors', { inbox, language: 'en' });
  const { id } = await call(url, token, 'POST', '/api/widget/conversations', { language: 'en' });
  const path = `/api/widget/conversations/${id}`;
  const { seq } = await call(url, token, 'POST', `${path}/messages`, { client_message_id: 'customer-1', text });
  for (let tries = 0; tries < 200; tries += 1) {
    const { events } = await call(url, token, 'GET', `${path}/events?after=${seq}`);
    if (events.some((/** @type {{ kind: string, role: string }} */ { kind, role }) => kind === 'message_added' && role !== 'customer')) return id;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return assert.fail('nobody answered');
}

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
  return JSON.parse(text);
}

const LOWER = 'refund_threshold = { default = 100, EUR = 50 }\n';
const ODD = `${LOWER}\n[[rule]]\nname = "Odd"\nwhen = 'contact.vip && !contact.vip'\ndo = "offer"\n`;

test('a lead writes, lints, replays, runs beside, switches and goes back', { timeout: 120_000 }, async (t) => {
  const shop = await inside(t, DESK);
  const { page } = shop;
  const id = await say(shop, 'please refund my €80');
  await say(shop, 'How long does standard delivery take?');
  await page.getByRole('link', { name: 'Settings', exact: true }).click();
  await page.getByRole('link', { name: 'Policy lab' }).click();
  await page.getByText('As it came with Segue').waitFor();
  await page.getByText('Sound. Nothing in it looks unintended.').waitFor();
  await axeCheck(page);
  await screenshot(page, 'console-lab');

  // Faults come with their line, and a press leads there.
  const text = page.getByLabel('The policy', { exact: true });
  await text.fill('# ours\ntreshold = 0.4\n');
  await page.getByText(/did you mean "threshold"/).waitFor();
  await page.getByRole('button', { name: 'Line 2' }).click();
  assert.equal(await text.evaluate((/** @type {HTMLTextAreaElement} */ at) => at.value.slice(at.selectionStart, at.selectionEnd)), 'treshold = 0.4');
  assert.ok(await page.getByRole('button', { name: 'Replay' }).isDisabled());
  await axeCheck(page);
  await screenshot(page, 'console-lab-fault');

  await text.fill(ODD);
  await page.getByText(/“Odd” can never hold/).waitFor();
  await page.getByText('The refund threshold in EUR goes from 100 to 50.').waitFor();
  await axeCheck(page);
  await screenshot(page, 'console-lab-lint');

  await text.fill(LOWER);
  await page.getByText('Sound. Nothing in it looks unintended.').waitFor();
  await page.getByRole('button', { name: 'Replay' }).click();
  await page.getByRole('heading', { name: 'Handovers more' }).waitFor();
  const example = page.getByRole('region', { name: 'Conversations to read' });
  await example.getByText('Billing dispute').waitFor();
  await axeCheck(page);
  await screenshot(page, 'console-lab-replay');
  await example.getByRole('link').first().click();
  await page.getByRole('heading', { name: 'Why the assistant did this' }).waitFor();
  assert.ok(page.url().includes(id));
  await page.goBack();

  // Beside: it decides what comes, and nobody acts on it.
  await page.getByRole('link', { name: 'Write', exact: true }).click();
  assert.equal(await text.inputValue(), LOWER, 'the draft is still there');
  await page.getByRole('button', { name: 'Run beside' }).click();
  await page.getByRole('link', { name: 'A candidate runs beside' }).waitFor();
  await say(shop, 'please refund my €70');
  await page.getByRole('link', { name: 'A candidate runs beside' }).click();
  await page.getByText(/Conversations: 1, decisions: 1/).waitFor();
  await axeCheck(page);
  await screenshot(page, 'console-lab-beside');

  // Switch, with a note.
  await page.getByRole('link', { name: 'Write', exact: true }).click();
  await page.getByRole('button', { name: 'Switch to it…' }).click();
  await page.getByLabel('Why', { exact: true }).fill('Refunds of 50 euros are disputed often');
  await axeCheck(page);
  await page.keyboard.press('Enter');
  await page.getByText('Version 2 holds.').waitFor();
  await page.getByText('Refunds of 50 euros are disputed often').first().waitFor();
  await say(shop, 'please refund my €60');

  // And back.
  await page.getByRole('link', { name: 'Versions', exact: true }).click();
  await page.getByRole('button', { name: 'Compare version 1 with what holds' }).click();
  await page.getByText('The refund threshold in EUR goes from 50 to 100.').waitFor();
  await page.getByRole('button', { name: 'Go back to version 1' }).click();
  await page.getByLabel('Why', { exact: true }).fill('Too many of them');
  await axeCheck(page);
  await screenshot(page, 'console-lab-versions');
  await page.getByRole('button', { name: 'Go back to version 1 now' }).press('Enter');
  await page.getByText('Version 3 holds.').waitFor();
  await page.getByText(/takes version 1 up again/).first().waitFor();
});

test('the lab reads well on a phone and from right to left', { timeout: 90_000 }, async (t) => {
  const { page, url } = await inside(t, PHONE);
  await page.getByLabel('The policy', { exact: true }).waitFor();
  await page.getByText('Sound. Nothing in it looks unintended.').waitFor();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(wide, 0, 'nothing stands out at the side');
  await axeCheck(page);
  await screenshot(page, 'console-lab-phone');
  await page.goto(`${url}/console/#/lab/trials`);
  await page.getByText('Nothing has been tried yet.').waitFor();
  await axeCheck(page);

  const arabic = await openPage(t, `${url}/console/`, { ...DESK, locale: 'ar', colorScheme: 'dark', reducedMotion: 'reduce', expected: GONE });
  await arabic.locator('#email').fill('maya@shop.example');
  await arabic.locator('#password').fill('correct horse');
  await arabic.keyboard.press('Enter');
  await arabic.locator('.rail').waitFor();
  await arabic.goto(`${url}/console/#/lab`);
  await arabic.locator('.lab .code').waitFor();
  await arabic.locator('.lab .sentences li').first().waitFor();
  await axeCheck(arabic);
  await screenshot(arabic, 'console-lab-arabic-dark');
});
