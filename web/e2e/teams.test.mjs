// @ts-check
// Teams in a real browser: an admin makes them and shares out the work, an agent narrows the
// queue and wraps up, by the keyboard, on a phone, with no accessibility violation.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axeCheck, openPage, PHONE, screenshot, startSegue } from './harness.mjs';

const DESK = { viewport: { width: 1280, height: 800 } };
/** At a test's end the server goes before the pages do; before signing in nobody has a session. */
const GONE = [/ERR_CONNECTION_(REFUSED|RESET)/, /status of 401/];
/** A name that is taken is refused. */
const TAKEN = [...GONE, /status of 422/];

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
  const { workspace } = await made.json();
  const page = await openPage(t, `${segue.url}/console/`, { ...how, reducedMotion: 'reduce', expected: TAKEN });
  await page.getByLabel(/mail/i).fill(given.email);
  await page.getByLabel(/password/i).fill(given.password);
  await page.keyboard.press('Enter');
  await page.locator('.rail').waitFor({ state: 'attached' });
  await page.goto(`${segue.url}/console/#/settings/teams`);
  return { page, segue, site_key: workspace.site_keys[0] };
}

/**
 * A customer who asks for a person.
 *
 * @param {{ url: string }} segue
 * @param {string} inbox
 */
async function wish(segue, inbox) {
  /** @type {Record<string, string>} */
  const headers = { 'content-type': 'application/json' };
  const post = async (/** @type {string} */ path, /** @type {object} */ body) => {
    const answer = await fetch(`${segue.url}/api/widget/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return answer.json();
  };
  const { token } = await post('visitors', { inbox });
  headers.authorization = `Bearer ${token}`;
  const { id } = await post('conversations', { language: 'en' });
  await post(`conversations/${id}/handoff`, {});
}

test('teams are made, changed and removed, and work is shared out', { timeout: 90_000 }, async (t) => {
  const { page } = await inside(t, DESK);
  await page.getByText('There is no team, so everybody answers everything.').waitFor();
  await axeCheck(page);
  await page.getByRole('button', { name: 'Make a team' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Support');
  await page.keyboard.press('Enter');
  await page.getByText('Nobody is in it yet.').waitFor();

  await page.getByRole('button', { name: 'Make a team' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Billing');
  await page.getByRole('checkbox', { name: 'Maya' }).check();
  await page.getByLabel('Who helps out').selectOption('Support');
  await page.getByLabel('After how many minutes of waiting').fill('5');
  await axeCheck(page);
  await screenshot(page, 'console-teams-form');
  await page.getByLabel('Name', { exact: true }).press('Enter');
  await page.getByText('Support helps out after 5 min').waitFor();
  await screenshot(page, 'console-teams');

  await page.getByRole('button', { name: 'Change Billing' }).click();
  await page.getByLabel('Name', { exact: true }).fill('support');
  await page.getByLabel('Name', { exact: true }).press('Enter');
  await page.getByText(/team of that name already/).waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();

  await page.getByRole('button', { name: 'Remove Support' }).click();
  await page.getByText("What waits for Support is then everybody's").waitFor();
  await axeCheck(page);
  await page.getByRole('button', { name: 'Remove', exact: true }).press('Enter');
  await page.getByText('Support helps out after 5 min').waitFor({ state: 'detached' });

  await page.getByLabel('Wrap-up after each conversation, in seconds').fill('30');
  await page.getByLabel('Wrap-up after each conversation, in seconds').press('Enter');
  await page.getByText('✓').waitFor();
  await page.reload();
  assert.equal(await page.getByLabel('Wrap-up after each conversation, in seconds').inputValue(), '30');
});

test('the queue is narrowed to a team, and wrap-up is begun and ended', { timeout: 90_000 }, async (t) => {
  const { page, segue, site_key } = await inside(t, DESK);
  await page.getByRole('button', { name: 'Make a team' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Billing');
  await page.keyboard.press('Enter');
  await page.getByText('Nobody is in it yet.').waitFor();
  await wish(segue, site_key);
  await page.goto(`${segue.url}/console/#/`);
  await page.getByRole('link', { name: /#1/ }).waitFor();
  await page.getByLabel('Team', { exact: true }).selectOption({ label: 'Billing (0)' });
  await page.getByText('Nobody is waiting here.').waitFor();
  await page.getByLabel('Team', { exact: true }).selectOption('For everybody');
  await page.getByRole('link', { name: /#1/ }).waitFor();
  await page.getByRole('radio', { name: 'Wrapping up' }).click();
  await page.getByText(/You are wrapping up until/).waitFor();
  await axeCheck(page);
  await screenshot(page, 'console-queue-teams');
  await page.getByRole('button', { name: "I'm ready" }).press('Enter');
  await page.getByRole('radio', { name: 'Online' }).and(page.locator(':checked')).waitFor();
});

test('the page of teams reads well on a phone', { timeout: 60_000 }, async (t) => {
  const { page } = await inside(t, PHONE);
  await page.getByRole('button', { name: 'Make a team' }).click();
  await page.getByLabel('Name', { exact: true }).waitFor();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(wide, 0, 'nothing stands out at the side');
  await axeCheck(page);
  await screenshot(page, 'console-teams-phone');
});
