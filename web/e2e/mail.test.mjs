// @ts-check
// "Answer me by e-mail": offered where mail can be sent, and the agent's answer really
// goes out over SMTP. And where mail comes in, as an admin sets it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axeCheck, mailServer, openPage, PHONE, screenshot, startSegue } from './harness.mjs';

test('the answer goes to the mailbox that the customer gave', { timeout: 90_000 }, async (t) => {
  const mail = await mailServer(t);
  const segue = await startSegue(t, { command: 'demo', args: ['--smtp', mail.url, '--mail-from', 'help@fernhill.example'] });
  const shop = await openPage(t, `${segue.url}/demo/shop`, { viewport: { width: 1000, height: 820 } });
  await shop.getByRole('button', { name: 'Open chat' }).click();
  const widget = shop.frameLocator('iframe[title="Chat"]');
  await widget.getByRole('button', { name: 'Talk to a person' }).click();
  await widget.getByRole('button', { name: 'Answer me by e-mail' }).click();
  await widget.getByLabel('Your e-mail address').fill('not an address');
  await widget.getByRole('button', { name: 'Send the answer here' }).click();
  await widget.getByRole('alert').waitFor();
  assert.equal(await widget.getByLabel('Your e-mail address').inputValue(), 'not an address', 'nothing is lost on bad input');
  await axeCheck(shop);
  await widget.getByLabel('Your e-mail address').fill('ada@customer.example');
  await widget.getByRole('button', { name: 'Send the answer here' }).click();
  await widget.getByText("We'll answer to ada@customer.example.").waitFor();

  const console_ = await openPage(t, `${segue.url}/demo/enter`, { viewport: { width: 1440, height: 900 } });
  await console_.getByRole('button', { name: /^Accept/ }).click();
  await console_.locator('#composer').fill('Your parcel arrives on Friday.');
  // It does not say who writes nor what was read: advised against once, then sent.
  await console_.keyboard.press('Control+Enter');
  await console_.locator('#composer-faults li').first().waitFor();
  await console_.keyboard.press('Control+Enter');
  await widget.locator('.bubble.agent', { hasText: 'arrives on Friday' }).waitFor();
  for (let tries = 0; mail.mails.length === 0 && tries < 100; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.equal(mail.mails.length, 1);
  assert.match(mail.mails[0] ?? '', /To: ada@customer\.example/);
  assert.match(mail.mails[0] ?? '', /Message-ID: <msg_[a-z0-9]+@fernhill\.example>/i);
  assert.match(mail.mails[0] ?? '', /Your parcel arrives on Friday\./);
});

test('an admin sets where mail comes in, is told what is wrong with it, and removes it', { timeout: 120_000 }, async (t) => {
  const segue = await startSegue(t);
  const page = await openPage(t, `${segue.url}/demo/enter`, { viewport: { width: 1280, height: 900 } });
  await page.locator('.inside').waitFor();
  await page.goto(`${page.url().replace(/#.*/, '')}#/settings/mail`);
  const incoming = page.getByRole('region', { name: 'Mail that comes in' });
  await incoming.getByText('No mail comes in here yet').waitFor();
  await axeCheck(page);
  await incoming.getByRole('button', { name: 'Set up incoming mail' }).press('Enter');

  // What is wrong is said beside its field, and nothing that was typed is lost.
  const form = page.getByRole('form', { name: 'Mail that comes in' });
  const address = form.getByLabel('Address that customers write to');
  await page.waitForFunction(() => document.activeElement?.id === 'mailbox-address');
  await page.keyboard.type('help');
  await form.getByLabel('Mail server (IMAP)').fill('https://imap.shop.example');
  await form.getByLabel('Port', { exact: true }).fill('1');
  await form.getByLabel('User', { exact: true }).fill('help');
  await page.keyboard.press('Enter');
  await form.getByText('Write a whole address').waitFor();
  await page.waitForFunction(() => document.activeElement?.id === 'mailbox-address');
  assert.equal(await address.getAttribute('aria-describedby'), 'mailbox-address-fault');
  assert.equal(await form.locator('[aria-invalid="true"]').count(), 3, 'address, server and password');
  assert.equal(await form.getByLabel('Mail server (IMAP)').inputValue(), 'https://imap.shop.example');
  await axeCheck(page);
  await screenshot(page, 'mailbox-wrong');

  // A server that is not there: what is right is kept, and the test says what to do.
  await address.fill('help@shop.example');
  await form.getByLabel('Mail server (IMAP)').fill('127.0.0.1');
  await form.getByLabel('Password').fill('a secret of the mailbox');
  await form.getByRole('button', { name: 'Save and test' }).click();
  await form.getByText('Nobody listens on that port').waitFor();
  await incoming.getByText('no test has worked').waitFor();
  await incoming.getByText('Answers cannot go out by mail yet').waitFor();
  assert.equal(await form.getByLabel('Password').inputValue(), '', 'a password is never shown again');
  assert.ok(!(await page.content()).includes('a secret of the mailbox'));
  await axeCheck(page);
  await screenshot(page, 'mailbox-fault');

  // The secret of the hook is shown once, and a new one only where that is meant.
  await incoming.getByText(/\/api\/v1\/inboxes\/inbox_\w+\/mail$/).waitFor();
  await incoming.getByRole('button', { name: 'Make a secret' }).click();
  const secret = incoming.locator('.notice .snippet code');
  const first = await secret.textContent();
  assert.match(first ?? '', /^sgh_/);
  await incoming.getByRole('button', { name: 'Make a new secret' }).click();
  await incoming.getByRole('alert').getByText('counts no more at once').waitFor();
  await incoming.getByRole('button', { name: 'Cancel' }).press('Enter');
  await page.waitForFunction(() => document.activeElement?.textContent === 'Make a new secret');
  assert.equal(await secret.textContent(), first);
  await page.reload();
  await form.getByLabel('Folder').waitFor();
  assert.equal(await form.getByLabel('Folder').inputValue(), 'INBOX');
  assert.ok(!(await page.content()).includes(first ?? ''), 'it was shown once');

  await page.setViewportSize(PHONE.viewport);
  await axeCheck(page);
  await screenshot(page, 'mailbox-phone');
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `the page is ${wide} px wider than a phone`);
  await incoming.getByRole('button', { name: 'Remove this mailbox' }).press('Enter');
  await incoming.getByRole('alert').getByText('no mail comes in here any more').waitFor();
  await incoming.getByRole('alert').getByRole('button', { name: 'Remove this mailbox' }).press('Enter');
  await incoming.getByText('Removed. No mail comes in here any more.').waitFor();
  await page.waitForFunction(() => document.activeElement?.id === 'mail-in-title');
  await incoming.getByRole('button', { name: 'Set up incoming mail' }).waitFor();
});
