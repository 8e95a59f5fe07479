// @ts-check
// Why the assistant did what it did, in a real browser: by the keyboard alone from the
// handed over conversation, on a laptop and on a phone, with no accessibility violation;
// and a policy file that changes what is decided.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { axeCheck, openPage, PHONE, screenshot, startSegue } from './harness.mjs';

const DESK = { viewport: { width: 1280, height: 800 } };
/** At a test's end the server goes before the pages do, and they may notice. */
const GONE = [/ERR_CONNECTION_(REFUSED|RESET)/];

/**
 * A customer who says these things, one after the other, each answered before the next.
 *
 * @param {string} url
 * @param {string[]} texts
 */
async function converse(url, texts) {
  const shop = await (await fetch(`${url}/demo/shop`)).text();
  const inbox = /data-inbox="([^"]+)"/.exec(shop)?.[1];
  const { token } = await call(url, '', 'POST', '/api/widget/visitors', { inbox, language: 'en' });
  const { id } = await call(url, token, 'POST', '/api/widget/conversations', { language: 'en' });
  const path = `/api/widget/conversations/${id}`;
  for (const [n, text] of texts.entries()) {
    const { seq } = await call(url, token, 'POST', `${path}/messages`, { client_message_id: `customer-${n}`, text });
    await answered(url, token, path, seq);
  }
  return id;
}

/**
 * @param {string} url
 * @param {string} token
 * @param {string} path
 * @param {number} seq
 */
async function answered(url, token, path, seq) {
  for (let tries = 0; tries < 200; tries += 1) {
    const { events } = await call(url, token, 'GET', `${path}/events?after=${seq}`);
    const speaks = events.some((/** @type {{ kind: string, role: string }} */ { kind, role }) => kind === 'message_added' && role !== 'customer');
    if (speaks) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail('nobody answered');
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

const STORY = [
  'How long does standard delivery take?',
  'I have been trying for hours and nothing works!!',
  'You charged me twice, this is ridiculous, I want my money back',
];

test('an agent reads by keyboard why each message was decided as it was', { timeout: 60_000 }, async (t) => {
  const { url } = await startSegue(t);
  const id = await converse(url, STORY);
  const page = await openPage(t, `${url}/demo/enter`, { ...DESK, reducedMotion: 'reduce', expected: GONE });
  await page.locator('.rail').waitFor();
  await page.goto(`${url}/console/#/conversations/${id}`);
  await page.getByRole('link', { name: 'Every decision of the assistant' }).waitFor();
  await page.keyboard.press('w');
  await page.getByRole('heading', { name: 'Why the assistant did this' }).waitFor();
  assert.ok(page.url().endsWith(`${id}/why`));

  const last = page.getByRole('article').last();
  await last.getByRole('heading', { name: 'Handed over' }).waitFor();
  await last.getByText('You charged me twice').first().waitFor();
  await last.getByText('Billing dispute').first().waitFor();
  await last.getByText(/Without “Billing dispute”: the assistant would have/).waitFor();
  await page.getByRole('article').first().getByRole('heading', { name: 'Answered' }).waitFor();
  await axeCheck(page);
  await screenshot(page, 'console-why');
  await last.scrollIntoViewIfNeeded();
  await screenshot(page, 'console-why-handed-over');

  const facts = last.locator('summary');
  await facts.focus();
  await page.keyboard.press('Enter');
  await last.getByText('Answers given so far').waitFor();
  await axeCheck(page);

  await page.getByRole('link', { name: 'Back to the conversation' }).click();
  await page.getByRole('heading', { name: 'Why here' }).waitFor();
});

test('why reads well on a phone and from right to left', { timeout: 60_000 }, async (t) => {
  const { url } = await startSegue(t);
  const id = await converse(url, STORY);
  const page = await openPage(t, `${url}/demo/enter`, { ...PHONE, reducedMotion: 'reduce', expected: GONE });
  await page.locator('.rail').waitFor({ state: 'attached' });
  await page.goto(`${url}/console/#/conversations/${id}/why`);
  await page.getByRole('heading', { name: 'Handed over' }).waitFor();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(wide, 0, 'nothing stands out at the side');
  await axeCheck(page);
  await screenshot(page, 'console-why-phone');

  const arabic = await openPage(t, `${url}/demo/enter`, { ...DESK, locale: 'ar', colorScheme: 'dark', reducedMotion: 'reduce', expected: GONE });
  await arabic.locator('.rail').waitFor();
  await arabic.goto(`${url}/console/#/conversations/${id}/why`);
  await arabic.getByRole('article').last().waitFor();
  await axeCheck(arabic);
  await screenshot(arabic, 'console-why-arabic-dark');
});

test("an operator's policy file decides from the start", { timeout: 60_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'segue-policy-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const policy = join(folder, 'policy.toml');
  const rule = ['[[rule]]', 'name = "Logistics first"', `when = 'answer.known && answer.match > 0.1'`, 'do = "escalate"', 'team = "Logistics"', 'priority = 2'];
  await writeFile(policy, [...rule, 'because = "logistics answers these"'].join('\n'));
  const { url } = await startSegue(t, { args: ['--policy', policy] });
  const id = await converse(url, ['How long does standard delivery take?']);
  const page = await openPage(t, `${url}/demo/enter`, { ...DESK, reducedMotion: 'reduce', expected: GONE });
  await page.locator('.rail').waitFor();
  await page.goto(`${url}/console/#/conversations/${id}/why`);
  const only = page.getByRole('article').last();
  await only.getByRole('heading', { name: 'Handed over' }).waitFor();
  await only.getByText('Logistics first', { exact: true }).waitFor();
  await only.getByText('logistics answers these').waitFor();
  await only.getByText('for the team Logistics').waitFor();
});
