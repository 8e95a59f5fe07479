// @ts-check
// The audit log in a real browser: an admin finds who did what, on a laptop and on a phone,
// by the keyboard, with no accessibility violation.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { axeCheck, openPage, PHONE, screenshot, startSegue } from './harness.mjs';

const DESK = { viewport: { width: 1280, height: 800 } };
/** At a test's end the server goes before the pages do; before signing in nobody has a session. */
const GONE = [/ERR_CONNECTION_(REFUSED|RESET)/, /status of 401/];

/**
 * A new company whose admin has just signed in.
 *
 * @param {import('node:test').TestContext} t
 * @param {object} how
 */
async function inside(t, how) {
  const segue = await startSegue(t, { command: 'serve' });
  const [link] = await segue.printed(/http:\S+\/setup\/\S+/);
  const token = link.split('/').at(-1);
  const given = { token, company: 'Shop', name: 'Maya', email: 'maya@shop.example', password: 'correct horse' };
  const headers = { 'content-type': 'application/json' };
  const made = await fetch(`${segue.url}/api/console/setup`, { method: 'POST', headers, body: JSON.stringify(given) });
  assert.equal(made.status, 201);
  const wrong = JSON.stringify({ email: given.email, password: 'not my password' });
  await fetch(`${segue.url}/api/console/session`, { method: 'POST', headers, body: wrong });
  const page = await openPage(t, `${segue.url}/console/`, { ...how, reducedMotion: 'reduce', expected: GONE });
  await page.getByLabel(/mail/i).fill(given.email);
  await page.getByLabel(/password/i).fill(given.password);
  await page.keyboard.press('Enter');
  await page.locator('.rail').waitFor({ state: 'attached' });
  await page.goto(`${segue.url}/console/#/settings/audit`);
  return page;
}

test('an admin finds who did what', { timeout: 60_000 }, async (t) => {
  const page = await inside(t, DESK);
  await page.getByRole('rowheader', { name: 'Company set up' }).waitFor();
  await page.getByRole('rowheader', { name: 'Sign-in refused' }).waitFor();
  await axeCheck(page);
  await screenshot(page, 'console-audit');

  const refused = page.getByRole('rowheader', { name: 'Sign-in refused' });
  await page.getByLabel('Show').selectOption('sign_in_refused');
  await page.getByRole('rowheader', { name: 'Company set up' }).waitFor({ state: 'detached' });
  await page.getByRole('cell', { name: 'Somebody unknown' }).waitFor();
  await page.getByLabel('Show').selectOption('');
  // By a name in a line, and back by the choice.
  await page.getByRole('cell', { name: 'Maya' }).getByRole('button', { name: 'Maya', exact: true }).first().focus();
  await page.keyboard.press('Enter');
  await refused.waitFor({ state: 'detached' });
  assert.match(page.url(), /audit\?who=agent_/);
  await page.getByLabel('Who').selectOption({ label: 'Somebody unknown' });
  await refused.waitFor();
  assert.equal(await page.getByRole('rowheader').count(), 1);
  // What stands in the address is there again after a reload, and can be sent to a colleague.
  await page.reload();
  await refused.waitFor();
  assert.equal(await page.getByRole('rowheader').count(), 1);
  await page.getByRole('button', { name: 'All about Maya' }).click();
  await page.getByRole('button', { name: 'Only about Maya' }).waitFor();
  await page.getByLabel('From').fill('2020-01-01');
  await page.getByLabel('Until').fill('2020-01-31');
  await page.getByText('Nothing found').waitFor();
  await page.getByLabel('Until').fill('2120-01-31');
  await refused.waitFor();
  await axeCheck(page);
  await screenshot(page, 'console-audit-filters');
  for (const [name, expected] of [['Table as CSV', /^\uFEFF"at","action"/], ['As JSON', /^\[\{/]]) {
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: String(name) }).click();
    const text = readFileSync(await (await download).path(), 'utf8');
    assert.match(text, /** @type {RegExp} */ (expected));
    assert.match(text, /sign_in_refused/);
    assert.doesNotMatch(text, /workspace_set_up/, 'only what the filters let through');
  }
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await page.getByRole('rowheader', { name: 'Audit log downloaded' }).first().waitFor();
});

test('the audit log reads well on a phone', { timeout: 60_000 }, async (t) => {
  const page = await inside(t, PHONE);
  await page.getByRole('rowheader', { name: 'Company set up' }).waitFor();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(wide, 0, 'nothing stands out at the side');
  await axeCheck(page);
  await screenshot(page, 'console-audit-phone');
});
