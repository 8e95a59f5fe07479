// @ts-check
// "Answer me by e-mail": offered where mail can be sent, and the agent's answer really
// goes out over SMTP.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axeCheck, mailServer, openPage, startSegue } from './harness.mjs';

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
