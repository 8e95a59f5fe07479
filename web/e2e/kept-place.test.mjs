// @ts-check
// A customer who cannot wait at the screen keeps the place, is called by mail when the turn is
// near, and comes back by its link (P31).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axeCheck, mailServer, openPage, PHONE, screenshot, startSegue } from './harness.mjs';

test('a place is kept, its turn called by mail, and taken by the link', { timeout: 180_000 }, async (t) => {
  const mail = await mailServer(t);
  const home = 'https://chat.fernhill.example';
  const segue = await startSegue(t, { command: 'demo', args: ['--smtp', mail.url, '--mail-from', 'help@fernhill.example', '--public-url', home] });
  const console_ = await openPage(t, `${segue.url}/demo/enter`, { viewport: { width: 1440, height: 900 } });
  await console_.locator('.inside').waitFor();
  const shop = await openPage(t, `${segue.url}/demo/shop`, { viewport: { width: 1000, height: 820 } });
  await shop.getByRole('button', { name: 'Open chat' }).click();
  const widget = shop.frameLocator('iframe[title="Chat"]');
  await widget.getByRole('button', { name: 'Talk to a person' }).click();
  await widget.getByRole('button', { name: "Keep my place, I'll come back" }).press('Enter');
  await widget.getByLabel('Your e-mail address').fill('ada@');
  await widget.getByRole('button', { name: 'Keep my place' }).click();
  await widget.getByRole('alert').waitFor();
  assert.equal(await widget.getByLabel('Your e-mail address').inputValue(), 'ada@', 'nothing is lost on bad input');
  await widget.getByLabel('Your e-mail address').fill('ada@customer.example');
  await axeCheck(shop);
  await widget.getByRole('button', { name: 'Keep my place' }).click();
  await widget.locator('.card', { hasText: 'Your place is kept' }).waitFor();
  await axeCheck(shop);
  await screenshot(shop, 'place-kept');

  const called = () => mail.mails.find((one) => one.includes('back='));
  for (let tries = 0; !called() && tries < 400; tries++) await new Promise((resolve) => setTimeout(resolve, 100));
  const text = (called() ?? '').replaceAll('=\r\n', '').replaceAll('=3D', '=');
  assert.match(text, /nearly your turn/);
  const [link = ''] = /https:[^\s"<>]*#back=[a-z0-9]+/i.exec(text) ?? [];
  assert.ok(link, text);
  // Whoever has stayed at the page is not told any more that a mail will come.
  await widget.locator('.card', { hasText: "It's nearly your turn, so please stay here" }).waitFor();
  assert.equal(await widget.locator('.card', { hasText: "We'll write to" }).count(), 0);
  await axeCheck(shop);
  await screenshot(shop, 'place-called');
  await shop.close();
  const back = await openPage(t, link.replace(home, segue.url), PHONE);
  await back.getByText('Your place is kept').first().waitFor();
  await axeCheck(back);
  await screenshot(back, 'place-taken');
  assert.ok(!back.url().includes('back='), 'the link leaves the address bar');

  await console_.getByRole('button', { name: /^Accept/ }).click();
  await back.getByText('has joined').first().waitFor();
});
