// @ts-check
// What an agent knows before they answer, in a real browser: an admin sets a look-up and tries
// it, a customer is handed over, and the package fills in while it is read; on a laptop and on a
// phone, with no accessibility violation.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { axeCheck, openPage, PHONE, screenshot, startSegue } from './harness.mjs';

const DESK = { viewport: { width: 1280, height: 900 } };
/** At a test's end the server goes before the pages do; before signing in nobody has a session. */
const GONE = [/ERR_CONNECTION_(REFUSED|RESET)/, /status of 401/];
const SECRET = 'Bearer a-crm-secret';
const ME = { email: 'maya@shop.example', password: 'correct horse' };

/** The operator's own system; it answers once it is let. */
async function crm(/** @type {import('node:test').TestContext} */ t) {
  let let_go = () => {};
  let held = Promise.resolve();
  const server = createServer(async (request, answer) => {
    await held;
    if (request.headers.authorization !== SECRET) return void answer.writeHead(401).end();
    if (!request.url?.includes('ada%40zebra.example')) return void answer.writeHead(404).end();
    answer.writeHead(200, { 'content-type': 'application/json' });
    answer.end(JSON.stringify({ data: { plan: 'business', seats: 12, owner: 'Ola Berg', renews: '2027-06-01' } }));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(null)));
  t.after(() => server.close());
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const hold = () => {
    held = new Promise((resolve) => (let_go = () => resolve(undefined)));
  };
  return { url: `http://127.0.0.1:${port}`, hold, letGo: () => let_go() };
}

/**
 * A new company whose admin may do everything by fetch as well.
 *
 * @param {import('node:test').TestContext} t
 */
async function open(t) {
  const segue = await startSegue(t, { command: 'serve', args: ['--allow-fetch', '127.0.0.0/8'] });
  const [link] = await segue.printed(/http:\S+\/setup\/\S+/);
  const given = { token: link.split('/').at(-1), company: 'Fernhill', name: 'Maya Lind', ...ME };
  const headers = { 'content-type': 'application/json' };
  const made = await fetch(`${segue.url}/api/console/setup`, { method: 'POST', headers, body: JSON.stringify(given) });
  assert.ok(made.ok);
  const cookie = (made.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const { csrf } = await made.json();
  const call = async (/** @type {string} */ method, /** @type {string} */ path, /** @type {object} */ body, token = '') => {
    /** @type {Record<string, string>} */
    const who = token ? { authorization: `Bearer ${token}` } : { cookie, 'x-csrf-token': csrf };
    const answer = await fetch(segue.url + path, { method, headers: { ...headers, ...who }, body: JSON.stringify(body) });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
  };
  const scopes = ['contacts:read', 'contacts:write', 'conversations:read', 'conversations:write'];
  const { secret } = await call('POST', '/api/console/tokens', { name: 'shop', scopes });
  return { url: segue.url, call, program: secret };
}

/**
 * Maya's console.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} url
 * @param {string} hash
 * @param {object} how
 */
async function maya(t, url, hash, how) {
  const page = await openPage(t, `${url}/console/`, { ...how, reducedMotion: 'reduce', expected: GONE });
  await page.getByLabel(/mail/i).fill(ME.email);
  await page.getByLabel(/password/i).fill(ME.password);
  await page.keyboard.press('Enter');
  await page.locator('.rail').waitFor({ state: 'attached' });
  await page.goto(`${url}/console/${hash}`);
  return page;
}

test('a look-up is set, tried, and fills the package while the agent reads it', { timeout: 120_000 }, async (t) => {
  const { url, call, program } = await open(t);
  const system = await crm(t);
  const page = await maya(t, url, '#/settings/context', DESK);
  await page.getByText('No look-up is set.').waitFor();
  await axeCheck(page);
  await screenshot(page, 'console-look-up-empty');
  await page.getByRole('button', { name: 'Set up a look-up' }).click();
  await page.getByLabel('Address', { exact: true }).fill(`${system.url}/customers?email={email}`);
  await page.getByLabel('Value', { exact: true }).fill(SECRET);
  await page.getByLabel('Path in the JSON').fill('data.plan');
  await page.getByRole('button', { name: 'Add a field' }).click();
  await page.getByLabel('Name', { exact: true }).last().fill('Seats');
  await page.getByLabel('Path in the JSON').last().fill('data.seats');
  await page.getByRole('button', { name: 'Add a field' }).click();
  await page.getByLabel('Name', { exact: true }).last().fill('Account owner');
  await page.getByLabel('Path in the JSON').last().fill('data.owner');
  await page.getByRole('button', { name: 'Save' }).first().click();
  await page.getByText('✓ Saved').waitFor();
  assert.equal(await page.getByLabel('Value', { exact: true }).inputValue(), '', 'the secret is not shown again');
  await page.getByLabel('E-mail', { exact: true }).fill('ada@zebra.example');
  await page.getByRole('button', { name: 'Look up now' }).click();
  await page.getByText(/Answered in \d+ ms/).waitFor();
  await page.getByText('Ola Berg').first().waitFor();
  await axeCheck(page);
  await screenshot(page, 'console-look-up');
  await page.getByLabel('E-mail', { exact: true }).fill('nobody@zebra.example');
  await page.getByRole('button', { name: 'Look up now' }).click();
  await page.getByRole('strong').getByText('the system does not know this customer').waitFor();
  await page.getByLabel('Formal: reserved, full names').check();

  // A customer whom the shop knows a little of is handed over while the system is slow.
  system.hold();
  const contact = await call('POST', '/api/v1/contacts', { name: 'Ada Berg', email: 'ada@zebra.example', attributes: { shoe_size: '38' } }, program);
  const events = { events: [{ name: 'Payment failed', detail: 'card expired' }, { name: 'Signed in', at: '2026-11-01T08:00:00Z' }] };
  await call('POST', `/api/v1/contacts/${contact.id}/events`, events, program);
  const { id } = await call('POST', '/api/v1/conversations', { contact_id: contact.id }, program);
  const texts = ['My tent pole broke in the storm last night', 'This is ridiculous, you charged me twice for order 48213, I want my money back!!'];
  for (const [n, text] of texts.entries()) {
    await call('POST', `/api/v1/conversations/${id}/messages`, { client_message_id: `customer-${n}`, text }, program);
    await new Promise((resolve) => setTimeout(resolve, 700));
  }
  await call('POST', `/api/v1/conversations/${id}/handoff`, {}, program);
  await page.goto(`${url}/console/#/conversations/${id}`);
  await page.getByText('CRM is being asked …').waitFor();
  await page.getByText('What is missing').waitFor();
  system.letGo();
  await page.getByText('Ola Berg').waitFor();
  await page.getByText('business').first().waitFor();
  await page.getByText('Payment failed').waitFor();
  await axeCheck(page);
  await screenshot(page, 'console-package-filled');
  await page.locator('.reasons button.link').first().click();
  await page.locator('.highlighted mark').waitFor();
  await screenshot(page, 'console-package-words');

  const phone = await maya(t, url, `#/conversations/${id}`, PHONE);
  await phone.getByText('Ola Berg').waitFor();
  await axeCheck(phone);
  await screenshot(phone, 'console-phone-package-filled');
  assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, 'nothing scrolls sideways');
  await phone.goto(`${url}/console/#/settings/context`);
  await phone.getByLabel('Address', { exact: true }).waitFor();
  await axeCheck(phone);
  await screenshot(phone, 'console-phone-look-up');
  assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, 'nothing scrolls sideways');
});
