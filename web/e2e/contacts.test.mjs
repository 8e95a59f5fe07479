// @ts-check
// Contacts in a real browser: a lead finds one and sees what is kept; an admin hands it out and
// erases it, after seeing what goes and typing whom; and the audit log says who did. By keyboard,
// on a laptop and on a phone, with no accessibility violation.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { axeCheck, openPage, PHONE, screenshot, startSegue } from './harness.mjs';

const DESK = { viewport: { width: 1280, height: 900 } };
/** At a test's end the server goes before the pages do; before signing in nobody has a session. */
const GONE = [/ERR_CONNECTION_(REFUSED|RESET)/, /status of 401/];
const ME = { email: 'maya@shop.example', password: 'correct horse' };

test('a contact is found, handed out and erased, and the log says by whom', { timeout: 120_000 }, async (t) => {
  const segue = await startSegue(t, { command: 'serve' });
  const [link] = await segue.printed(/http:\S+\/setup\/\S+/);
  const headers = { 'content-type': 'application/json' };
  const given = { token: link.split('/').at(-1), company: 'Fernhill', name: 'Maya Lind', ...ME };
  const made = await fetch(`${segue.url}/api/console/setup`, { method: 'POST', headers, body: JSON.stringify(given) });
  assert.ok(made.ok);
  const cookie = (made.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  const { csrf } = await made.json();
  const scopes = ['contacts:write', 'conversations:write'];
  const token = await (
    await fetch(`${segue.url}/api/console/tokens`, { method: 'POST', headers: { ...headers, cookie, 'x-csrf-token': csrf }, body: JSON.stringify({ name: 'CRM', scopes }) })
  ).json();
  /** @param {string} path @param {object} body */
  const tell = async (path, body) => {
    const authorization = `Bearer ${token.secret}`;
    const answer = await fetch(`${segue.url}/api/v1/${path}`, { method: 'POST', headers: { ...headers, authorization }, body: JSON.stringify(body) });
    assert.ok(answer.ok, path);
    return answer.json();
  };
  for (let n = 0; n < 60; n++) await tell('contacts', { name: `Guest ${n}`, email: `guest${n}@customer.example` });
  const ida = await tell('contacts', { name: 'Ida Berg', email: 'ida@customer.example', plan: 'business', vip: true, attributes: { seats: '12' } });
  await tell(`contacts/${ida.id}/events`, { events: [{ name: 'Payment failed', detail: 'card expired' }] });
  const talk = await tell('conversations', { contact_id: ida.id });
  await tell(`conversations/${talk.id}/messages`, { client_message_id: 'message-1', text: 'Where is the blue tent?' });

  const page = await openPage(t, `${segue.url}/console/`, { ...DESK, reducedMotion: 'reduce', expected: GONE });
  await page.getByLabel(/mail/i).fill(ME.email);
  await page.getByLabel(/password/i).fill(ME.password);
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Contacts' }).click();
  const main = page.getByRole('main');
  await main.getByRole('link', { name: 'Ida Berg' }).waitFor();
  await page.getByRole('button', { name: 'Show more' }).click();
  await page.getByRole('link', { name: 'guest3@' }).waitFor();
  await axeCheck(page);
  await screenshot(page, 'console-contacts');
  await page.getByLabel('Find a contact').fill('BERG customer');
  await page.getByRole('link', { name: 'guest3@' }).waitFor({ state: 'detached' });
  assert.match(page.url(), /contacts\?q=BERG\+customer/);
  await main.getByRole('link', { name: 'Ida Berg' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('Payment failed').waitFor();
  await main.getByRole('link', { name: /blue tent/ }).waitFor();
  await axeCheck(page);
  await screenshot(page, 'console-contact');

  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download all of it' }).click();
  assert.match(readFileSync(await (await download).path(), 'utf8'), /blue tent/);

  await page.getByRole('button', { name: 'See what would go' }).click();
  await page.getByText('the words of conversations: 1').waitFor();
  await page.getByText('what happened to them: 1', { exact: true }).waitFor();
  const erase = page.getByRole('button', { name: 'Erase for good' });
  assert.equal(await erase.isDisabled(), true, 'nobody was named');
  await page.keyboard.type('ida@customer');
  assert.equal(await erase.isDisabled(), true, 'not whole');
  await axeCheck(page);
  await screenshot(page, 'console-contact-erase');
  await page.keyboard.type('.example');
  await page.keyboard.press('Enter');
  await page.getByText('Erased. Conversations emptied: 1').waitFor();
  await page.getByRole('heading', { name: 'Erased contact' }).waitFor();
  assert.equal(await main.getByText('Ida').count(), 0);
  await axeCheck(page);
  await screenshot(page, 'console-contact-erased');

  await page.getByRole('link', { name: 'Who did what with their data' }).click();
  await page.getByRole('rowheader', { name: 'Contact erased' }).waitFor();
  await page.getByRole('rowheader', { name: 'Contact exported' }).waitFor();
  assert.equal(await page.getByRole('rowheader').count(), 2);

  const phone = await openPage(t, `${segue.url}/console/#/contacts`, { ...PHONE, reducedMotion: 'reduce', expected: GONE });
  await phone.getByLabel(/mail/i).fill(ME.email);
  await phone.getByLabel(/password/i).fill(ME.password);
  await phone.keyboard.press('Enter');
  await phone.getByRole('link', { name: 'Guest 59' }).waitFor();
  await axeCheck(phone);
  await screenshot(phone, 'console-phone-contacts');
  await phone.getByRole('link', { name: 'Guest 59' }).click();
  await phone.getByRole('button', { name: 'See what would go' }).click();
  await phone.getByLabel(/to confirm/).waitFor();
  await axeCheck(phone);
  await screenshot(phone, 'console-phone-contact-erase');
  assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, 'nothing scrolls sideways');
  await phone.getByRole('button', { name: 'Cancel' }).click();
  const focused = await phone.evaluate(() => document.activeElement?.textContent);
  assert.equal(focused, 'See what would go');
});
