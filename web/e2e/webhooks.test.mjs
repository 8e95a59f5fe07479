// @ts-check
// Another program is told what happens, in a real browser: an admin adds a webhook, sees its
// secret once, tries it, and sends again what failed; on a laptop and on a phone, with no
// accessibility violation. What comes is checked as whoever plugs in a bot would check it.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { axeCheck, openPage, PHONE, screenshot, startSegue } from './harness.mjs';

const DESK = { viewport: { width: 1280, height: 900 } };
/** At a test's end the server goes before the pages do; before signing in nobody has a session. */
const GONE = [/ERR_CONNECTION_(REFUSED|RESET)/, /status of 401/];
const ME = { email: 'maya@shop.example', password: 'correct horse' };

/** Somebody's bot: what it takes, and what it answers. */
async function bot(/** @type {import('node:test').TestContext} */ t) {
  const heard = /** @type {{ headers: import('node:http').IncomingHttpHeaders, body: string }[]} */ ([]);
  const self = { url: '', answer: 204, heard };
  const server = createServer((request, answer) => {
    let body = '';
    request.on('data', (piece) => (body += piece));
    request.on('end', () => {
      heard.push({ headers: request.headers, body });
      answer.writeHead(self.answer).end();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(null)));
  t.after(() => server.close());
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  self.url = `http://127.0.0.1:${port}/hook`;
  return self;
}

/**
 * Maya's console.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} url
 * @param {object} how
 */
async function maya(t, url, how) {
  const page = await openPage(t, `${url}/console/`, { ...how, reducedMotion: 'reduce', expected: GONE });
  await page.getByLabel(/mail/i).fill(ME.email);
  await page.getByLabel(/password/i).fill(ME.password);
  await page.keyboard.press('Enter');
  await page.locator('.rail').waitFor({ state: 'attached' });
  await page.goto(`${url}/console/#/settings/webhooks`);
  return page;
}

test('a bot is told what happens, and what it refused is sent again', { timeout: 120_000 }, async (t) => {
  const segue = await startSegue(t, { command: 'serve', args: ['--allow-fetch', '127.0.0.0/8'] });
  const [link] = await segue.printed(/http:\S+\/setup\/\S+/);
  const given = { token: link.split('/').at(-1), company: 'Fernhill', name: 'Maya Lind', ...ME };
  const headers = { 'content-type': 'application/json' };
  const made = await fetch(`${segue.url}/api/console/setup`, { method: 'POST', headers, body: JSON.stringify(given) });
  assert.ok(made.ok);
  const cookie = (made.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const theBot = await bot(t);
  const page = await maya(t, segue.url, DESK);
  await page.getByText('No webhook is set.').waitFor();
  await axeCheck(page);
  await page.getByRole('button', { name: 'Add a webhook' }).click();
  await page.getByLabel('What it is for').fill('Our bot');
  await page.getByLabel('Address', { exact: true }).fill(theBot.url);
  await page.getByLabel(/notes among agents never/).check();
  await axeCheck(page);
  await screenshot(page, 'console-webhook-form');
  await page.getByRole('button', { name: 'Save' }).click();
  const secret = await page.locator('.snippet code').innerText();
  assert.match(secret, /^whsec_/);
  await page.getByRole('button', { name: 'Send a test: Our bot' }).click();
  await page.getByText(/Taken: it answered 204/).waitFor();
  await axeCheck(page);
  await screenshot(page, 'console-webhook-made');

  // What it is told is signed so that anybody's library can check it.
  const { headers: sent, body } = theBot.heard[0] ?? assert.fail('nothing came');
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const signed = createHmac('sha256', key).update(`${sent['webhook-id']}.${sent['webhook-timestamp']}.${body}`).digest('base64');
  assert.equal(sent['webhook-signature'], `v1,${signed}`);

  // It refuses what it is told of a customer, and gets it again.
  theBot.answer = 422;
  const inboxes = await (await fetch(`${segue.url}/api/console/identity-keys`, { headers: { cookie } })).json();
  const inbox = inboxes.inboxes[0].site_key;
  const arrived = await (await fetch(`${segue.url}/api/widget/visitors`, { method: 'POST', headers, body: JSON.stringify({ inbox }) })).json();
  const visitor = { ...headers, authorization: `Bearer ${arrived.token}` };
  await fetch(`${segue.url}/api/widget/conversations`, { method: 'POST', headers: visitor, body: JSON.stringify({ language: 'en' }) });
  const log = page.getByRole('button', { name: 'What was sent: Our bot' });
  await log.click();
  const told = page.getByText('conversation.started 1');
  while (!(await told.isVisible())) {
    await page.getByRole('button', { name: 'Look again' }).click();
    await page.waitForTimeout(300);
  }
  await page.getByText('it answered 422').first().waitFor();
  await axeCheck(page);
  await screenshot(page, 'console-webhook-log');
  theBot.answer = 204;
  await page.getByRole('button', { name: 'Send again: conversation.started 1' }).click();
  await page.getByText('It is sent again').waitFor();
  const row = page.getByRole('row').filter({ hasText: 'conversation.started 1' });
  while (!(await row.innerText()).includes('taken')) {
    await page.getByRole('button', { name: 'Look again' }).click();
    await page.waitForTimeout(300);
  }

  const phone = await maya(t, segue.url, PHONE);
  await phone.getByRole('button', { name: 'What was sent: Our bot' }).click();
  await phone.getByText('conversation.started 1').waitFor();
  await axeCheck(phone);
  await screenshot(phone, 'console-phone-webhooks');
  assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, 'nothing scrolls sideways');
});
