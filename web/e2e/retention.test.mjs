// @ts-check
// An admin says how long words are kept, on a laptop and on a phone, by the keyboard, with
// no accessibility violation.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axeCheck, openPage, PHONE, screenshot, startSegue } from './harness.mjs';

/** At a test's end the server goes before the pages do; before signing in nobody has a session. */
const GONE = [/ERR_CONNECTION_(REFUSED|RESET)/, /status of 401/];

test('an admin says how long words are kept', { timeout: 60_000 }, async (t) => {
  const segue = await startSegue(t, { command: 'serve' });
  const [link] = await segue.printed(/http:\S+\/setup\/\S+/);
  const given = { token: link.split('/').at(-1), company: 'Shop', name: 'Maya', email: 'maya@shop.example', password: 'correct horse' };
  const headers = { 'content-type': 'application/json' };
  const made = await fetch(`${segue.url}/api/console/setup`, { method: 'POST', headers, body: JSON.stringify(given) });
  assert.equal(made.status, 201);
  const page = await openPage(t, `${segue.url}/console/`, { ...PHONE, reducedMotion: 'reduce', expected: GONE });
  await page.getByLabel(/mail/i).fill(given.email);
  await page.getByLabel(/password/i).fill(given.password);
  await page.keyboard.press('Enter');
  await page.locator('.rail').waitFor({ state: 'attached' });
  await page.goto(`${segue.url}/console/#/settings/retention`);

  await page.getByLabel('Erase old conversations').focus();
  await page.keyboard.press('Space');
  const days = page.getByLabel('Days after the last event');
  await days.fill('29');
  assert.ok(await page.getByRole('button', { name: 'Save' }).isDisabled(), 'less than may be');
  await days.fill('90');
  await page.getByText('No conversation is that old now.').waitFor();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(wide, 0, 'nothing stands out at the side');
  await axeCheck(page);
  await screenshot(page, 'console-retention-phone');
  await days.press('Enter');
  await page.getByText('✓ Saved').waitFor();

  // Where it would erase something, the company's name is asked for.
  await page.setViewportSize({ width: 1280, height: 800 });
  const answer = { least_days: 30, most_days: 3650, days: 90, would_erase: 1204, began_at: '2026-11-28T03:00:00Z', ended_at: '2026-11-28T03:00:09Z', conversations: 31, contacts: 12, due_at: null };
  await page.route('**/api/console/retention*', (route) => (route.request().method() === 'GET' ? route.fulfill({ json: answer }) : route.continue()));
  await page.reload();
  await page.getByText('1,204').waitFor();
  const save = page.getByRole('button', { name: 'Save' });
  assert.ok(await save.isDisabled());
  await page.getByLabel(/Type the company/).fill('Shop');
  assert.ok(await save.isEnabled());
  await page.getByText('Conversations erased: 31').waitFor();
  await axeCheck(page);
  await screenshot(page, 'console-retention');
});
