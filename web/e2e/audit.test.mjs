// @ts-check
// The audit log in a real browser: an admin finds who did what, on a laptop and on a phone,
// by the keyboard, with no accessibility violation.

import assert from 'node:assert/strict';
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

  await page.getByLabel('Show').selectOption('sign_in_refused');
  await page.getByRole('rowheader', { name: 'Company set up' }).waitFor({ state: 'detached' });
  await page.getByRole('cell', { name: 'Somebody unknown' }).waitFor();
  await page.getByLabel('Show').selectOption('');
  await page.getByRole('button', { name: 'Maya' }).first().focus();
  await page.keyboard.press('Enter');
  await page.getByRole('rowheader', { name: 'Sign-in refused' }).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Only Maya' }).click();
  await page.getByRole('rowheader', { name: 'Sign-in refused' }).waitFor();
});

test('the audit log reads well on a phone', { timeout: 60_000 }, async (t) => {
  const page = await inside(t, PHONE);
  await page.getByRole('rowheader', { name: 'Company set up' }).waitFor();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(wide, 0, 'nothing stands out at the side');
  await axeCheck(page);
  await screenshot(page, 'console-audit-phone');
});
