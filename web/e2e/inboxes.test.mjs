// @ts-check
// Several inboxes in a real browser: an admin makes one, names it, sees its settings, and closes
// another; the closed one's chat says so kindly. By mouse and keyboard, on a laptop and on a
// phone, with no accessibility violation.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axeCheck, openPage, PHONE, screenshot, serveSite, startSegue } from './harness.mjs';

const DESK = { viewport: { width: 1280, height: 900 } };
/** At a test's end the server goes before the pages do; before signing in nobody has a session. */
const GONE = [/ERR_CONNECTION_(REFUSED|RESET)/, /status of 401/];
/** A closed inbox refuses what would begin in it. */
const CLOSED = [...GONE, /status of 409/];
const ME = { email: 'maya@shop.example', password: 'correct horse' };

/**
 * Maya's console on a page of the settings.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} url
 * @param {object} how
 */
async function maya(t, url, how) {
  const page = await openPage(t, `${url}/console/`, { ...how, reducedMotion: 'reduce', expected: [...GONE, /status of 422/] });
  await page.getByLabel(/mail/i).fill(ME.email);
  await page.getByLabel(/password/i).fill(ME.password);
  await page.keyboard.press('Enter');
  await page.locator('.rail').waitFor({ state: 'attached' });
  await page.goto(`${url}/console/#/settings/inboxes`);
  return page;
}

test('an inbox is made, has settings of its own, and a closed one says so to visitors', { timeout: 120_000 }, async (t) => {
  const segue = await startSegue(t, { command: 'serve' });
  const [link] = await segue.printed(/http:\S+\/setup\/\S+/);
  const given = { token: link.split('/').at(-1), company: 'Fernhill', name: 'Maya Lind', ...ME };
  const headers = { 'content-type': 'application/json' };
  const made = await fetch(`${segue.url}/api/console/setup`, { method: 'POST', headers, body: JSON.stringify(given) });
  assert.ok(made.ok);
  const site_key = (await made.json()).workspace.site_keys[0];
  const arrived = await (await fetch(`${segue.url}/api/widget/visitors`, { method: 'POST', headers, body: JSON.stringify({ inbox: site_key }) })).json();
  const visitor = { ...headers, authorization: `Bearer ${arrived.token}` };
  await fetch(`${segue.url}/api/widget/conversations`, { method: 'POST', headers: visitor, body: '{"language":"en"}' });

  const page = await maya(t, segue.url, DESK);
  await page.getByText('Open conversations: 1').waitFor();
  // The only one cannot be closed.
  assert.equal(await page.getByRole('button', { name: 'Close: Website' }).count(), 0);
  await page.getByRole('button', { name: 'Add an inbox' }).click();
  await page.keyboard.type('Shop app');
  await axeCheck(page);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Rename: Shop app' }).waitFor();
  await page.getByRole('button', { name: 'Rename: Website' }).click();
  await page.getByLabel('Name of the inbox').fill('shop APP');
  await page.keyboard.press('Enter');
  await page.getByText('there is an inbox of that name already').waitFor();
  await page.getByLabel('Name of the inbox').fill('Main site');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Rename: Main site' }).waitFor();

  // Its settings are its own, and it stays in front from page to page.
  await page.getByRole('link', { name: 'Hours: Shop app' }).click();
  const inbox = page.getByLabel('Inbox', { exact: true });
  await inbox.waitFor();
  assert.equal(await inbox.locator('option:checked').innerText(), 'Shop app');
  await axeCheck(page);
  await page.goto(`${segue.url}/console/#/settings/try`);
  await inbox.waitFor();
  assert.equal(await inbox.locator('option:checked').innerText(), 'Shop app');
  await page.goto(`${segue.url}/console/#/settings/inboxes`);
  await axeCheck(page);
  await screenshot(page, 'console-inboxes');

  await page.getByRole('button', { name: 'Close: Main site' }).click();
  await page.getByText('Open conversations in Main site: 1. They go on to their end.').waitFor();
  await axeCheck(page);
  await screenshot(page, 'console-inbox-close');
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  await page.getByText(/Closed since/).waitFor();
  await page.goto(`${segue.url}/console/#/settings/snippet`);
  await page.getByText('This inbox is closed: its chat begins no conversation.').waitFor();
  await axeCheck(page);

  // Who comes to its site is told so; who has a conversation goes on with it.
  const script = `<script src="${segue.url}/widget.js" data-inbox="${site_key}" async></script>`;
  const site = await serveSite(t, { '/': `<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><title>Fernhill</title><h1>Fernhill</h1>${script}` });
  const guest = await openPage(t, site, { ...PHONE, expected: CLOSED });
  await guest.getByRole('button', { name: 'Open chat' }).click();
  const chat = guest.frameLocator('iframe');
  await chat.getByText('This chat is closed').waitFor();
  assert.equal(await chat.getByRole('button', { name: 'Talk to a person' }).count(), 0);
  await screenshot(guest, 'widget-closed-inbox');

  const phone = await maya(t, segue.url, PHONE);
  await phone.getByText(/Closed since/).waitFor();
  await axeCheck(phone);
  await screenshot(phone, 'console-phone-inboxes');
  assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, 'nothing scrolls sideways');
  await phone.getByRole('button', { name: 'Reopen: Main site' }).click();
  await phone.getByText(/Closed since/).waitFor({ state: 'detached' });
});
