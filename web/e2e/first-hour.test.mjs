// @ts-check
// The operator's first hour, cold: from the one-time link to a workspace that serves
// customers, step by step, as a careful support lead would go (P47).

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PHONE, axeCheck, mailServer, openPage, screenshot, serveSite, startSegue } from './harness.mjs';

const DESK = { viewport: { width: 1280, height: 860 }, timezoneId: 'Europe/Berlin', permissions: ['clipboard-read', 'clipboard-write'] };

const HELP = {
  '/help/returns': `<title>Returns | Nordwind</title><nav>Home Help</nav><main><h1>How can I return something?</h1>
    <p>Unused goods can be returned within 60 days, free of charge. Print the label from your order and bring the parcel to any post office.</p>
    <ul><li>Shoes must be clean.</li><li>Gift cards cannot be returned.</li></ul></main><footer>Nordwind</footer>`,
  '/help/delivery': `<title>Delivery | Nordwind</title><main><h1>How long does delivery take?</h1>
    <p>Standard delivery takes 3 to 5 working days. Express delivery arrives on the next working day if you order before noon.</p></main>`,
  '/sitemap.xml': { body: '', type: 'application/xml' },
};

test('from the one-time link to live, every step done by its fact', { timeout: 240_000 }, async (t) => {
  const mail = await mailServer(t);
  const help = await serveSite(t, HELP);
  HELP['/sitemap.xml'].body = `<urlset><url><loc>${help}/help/returns</loc></url><url><loc>${help}/help/delivery</loc></url></urlset>`;
  const segue = await startSegue(t, { command: 'serve', args: ['--allow-fetch', '127.0.0.0/8'] });
  const [link] = await segue.printed(/http:\S+#\/setup\/\S+/);
  const page = await openPage(t, link, { ...DESK, expected: [/422|409/] });
  const step = (/** @type {string} */ name) => page.locator('.steps li', { hasText: name });
  const go = async (/** @type {string} */ name) => {
    await page.locator('.settings-list').getByRole('link', { name }).click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
  };
  const look = async (/** @type {string} */ name) => {
    await axeCheck(page);
    await screenshot(page, `first-hour-${name}`);
  };

  // The account.
  await page.getByLabel('Company, as customers see it').fill('Nordwind');
  await page.getByLabel('Your name, as customers see it').fill('Ida Holm');
  await page.getByLabel('E-mail address').fill('ida@nordwind.example');
  await page.getByLabel('Password, at least 10 characters').fill('a long enough one');
  await page.getByRole('button', { name: 'Start' }).click();

  // The list: nothing is done, and nobody can go live.
  await page.getByRole('heading', { level: 1, name: 'First steps' }).waitFor();
  await step('Show who you are').waitFor();
  assert.equal(await page.locator('.steps .done').count(), 0);
  assert.ok(await page.getByRole('button', { name: 'Go live' }).isDisabled());
  await look('1-start');

  // The company.
  await go('Company');
  await page.locator('#colour').fill('#ffe066');
  await page.getByText('will be hard to see on a white page').waitFor();
  await page.locator('#colour').fill('#0b6e4f');
  await page.getByText('White writing on it reads well').waitFor();
  await page.getByLabel('Name of the assistant').fill('Ida');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('one of your agents has that name').waitFor();
  await page.getByLabel('Name of the assistant').fill('Windy');
  await page.getByLabel('Greeting').fill('Ask me about orders, delivery and returns.');
  await page.locator('.chat-bubble', { hasText: "I'm Windy, an automated assistant" }).waitFor();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('✓ Saved').waitFor();
  await look('2-company');
  await page.getByRole('link', { name: 'Next: Articles' }).click();

  // Articles: files of all kinds, bad ones named, then the site's own pages.
  await page.locator('input[type=file]').setInputFiles([
    { name: 'payment.md', mimeType: 'text/markdown', buffer: Buffer.from('# How can I pay?\n\nBy card, by invoice or with a gift card.\n') },
    { name: 'faq.csv', mimeType: 'text/csv', buffer: Buffer.from('Frage;Antwort\nGibt es Gr\xf6\xdfe 48?;Ja, bei allen Schuhen.\nUnd Gr\xf6\xdfe 50?;\n', 'latin1') },
    { name: 'warranty.html', mimeType: 'text/html', buffer: Buffer.from('<title>x</title><nav>Menu</nav><h1>Warranty</h1><p>Everything that you buy here has a warranty of two years from the day of delivery.</p>') },
    { name: 'empty.md', mimeType: 'text/markdown', buffer: Buffer.from('') },
    { name: 'logo.png', mimeType: 'image/png', buffer: Buffer.from('x') },
  ]);
  await page.getByText('3 added').waitFor();
  await page.getByText('has no answer in line 3').waitFor();
  await page.locator('.notice', { hasText: 'logo.png' }).getByText('is neither Markdown').waitFor();
  await page.getByLabel('Or pages of your site').fill(`${help}/sitemap.xml\n${help}/help/nothing\nhttp://10.0.0.1/secret`);
  await page.getByRole('button', { name: 'Read these pages' }).click();
  await page.getByText('2 added').waitFor();
  await page.getByText('was refused by its server (404)').waitFor();
  await page.getByText('is not on the public web').waitFor();
  await page.getByRole('button', { name: 'How can I return something?', exact: true }).waitFor();
  await look('3-articles');

  // One is changed; one is deleted and brought back.
  await page.getByRole('button', { name: 'Warranty', exact: true }).click();
  assert.match(await page.locator('#article-text').inputValue(), /warranty of two years/);
  assert.doesNotMatch(await page.locator('#article-text').inputValue(), /Menu/);
  await page.locator('#article-title').fill('How long is the warranty?');
  await look('4-article');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'Delete “How long is the warranty?”' }).click();
  await page.getByText('“How long is the warranty?” is deleted').waitFor();
  await page.getByRole('button', { name: 'Bring it back' }).click();
  await page.getByRole('button', { name: 'How long is the warranty?', exact: true }).waitFor();

  // A question: an answer with its source, then the same for a VIP.
  await go('Try a question');
  await page.getByLabel('Your question').fill('How long does delivery take?');
  await page.keyboard.press('Enter');
  await page.locator('.said.assistant', { hasText: '3 to 5 working days' }).waitFor();
  await page.getByText('Source: How long does delivery take?').waitFor();
  await page.getByRole('heading', { name: 'Answered' }).waitFor();
  await page.getByLabel('Your question').fill('This is ridiculous, my parcel is lost. I want my money back, 250 euros, now!');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Handed over' }).waitFor();
  await page.locator('.said.system').waitFor();
  await look('5-try');
  await page.getByRole('button', { name: 'Begin again' }).click();
  await page.getByLabel('VIP').check();
  await page.getByLabel('Your question').fill('How long does delivery take?');
  await page.keyboard.press('Enter');
  await page.locator('.weighed-head', { hasText: 'VIP customer' }).waitFor();

  // Hours.
  await go('Hours');
  await page.getByText('Now: open, without an end.').waitFor();
  await page.getByRole('button', { name: 'Monday to Friday' }).click();
  await page.getByText(/Now: (open|closed) until/).waitFor();
  assert.equal(await page.getByLabel('Time zone').inputValue(), 'Europe/Berlin');
  await page.getByRole('button', { name: 'Add a day' }).click();
  await page.getByLabel('Date').fill('2030-12-25');
  await page.getByLabel('Name of the day').fill('Christmas');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('✓ Saved').waitFor();
  await look('6-hours');

  // Mail: a port where nobody listens is told apart, then it works.
  await go('Mail');
  await page.getByLabel('None, for a server').check();
  await page.getByLabel('Mail server', { exact: true }).fill('127.0.0.1');
  await page.getByLabel('Port', { exact: true }).fill('1');
  await page.getByLabel('Sender').fill('help@nordwind.example');
  await page.getByRole('button', { name: 'Save and send a test mail' }).click();
  await page.getByText('Nobody listens on that port').waitFor();
  await look('7-mail-fault');
  await page.getByLabel('Port', { exact: true }).fill(String(mail.port));
  await page.getByRole('button', { name: 'Save and send a test mail' }).click();
  await page.getByText('has taken the test mail to ida@nordwind.example').waitFor();
  await page.getByText('Mail works, tried').waitFor();
  assert.match(mail.mails[0] ?? '', /Test mail from Nordwind/);
  await look('7-mail');

  // The snippet: copied, put on a site with a strict policy, and seen there.
  await go('On your site');
  await page.getByText('Waiting for the first visit').waitFor();
  await page.locator('.snippet').first().getByRole('button', { name: 'Copy' }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  const script = await page.evaluate(() => navigator.clipboard.readText());
  const policy = (await page.locator('.snippet code').nth(1).textContent()) ?? '';
  const shop = await serveSite(t, { '/': `<!doctype html><html lang="en"><title>Nordwind</title><h1>Nordwind</h1>${script}</html>` }, { 'content-security-policy': `default-src 'none'; ${policy}` });
  const visitor = await openPage(t, shop, { viewport: { width: 1000, height: 820 } });
  await visitor.getByRole('button', { name: 'Open chat' }).click();
  const widget = visitor.frameLocator('iframe[title="Chat"]');
  await widget.getByText("I'm Windy, an automated assistant").waitFor();
  await page.getByText(`✓ ${shop.replace('http://', '')}`).waitFor();
  await look('8-snippet');
  await screenshot(visitor, 'first-hour-8-site');

  // Live: all that is needed is done.
  await go('First steps');
  await page.locator('.steps .done').nth(5).waitFor();
  await look('9-ready');
  await page.getByRole('button', { name: 'Go live' }).click();
  await page.getByText('You are live').waitFor();
  await page.getByRole('radio', { name: 'Online' }).and(page.locator(':checked')).waitFor();
  assert.equal(await page.locator('.set-up-hint').count(), 0);
  await look('10-live');

  // The first customer is answered.
  await widget.getByLabel('Your message').fill('How long does delivery take?');
  await widget.getByLabel('Your message').press('Enter');
  await widget.locator('.bubble.assistant', { hasText: '3 to 5 working days' }).waitFor();
});

test('the set-up works on a phone, in the dark, and can be left and taken up again', { timeout: 120_000 }, async (t) => {
  const segue = await startSegue(t, { command: 'serve' });
  const [link] = await segue.printed(/http:\S+#\/setup\/\S+/);
  const page = await openPage(t, link, { ...PHONE, colorScheme: 'dark' });
  await page.getByLabel('Company, as customers see it').fill('Nordwind');
  await page.getByLabel('Your name, as customers see it').fill('Ida Holm');
  await page.getByLabel('E-mail address').fill('ida@nordwind.example');
  await page.getByLabel('Password, at least 10 characters').fill('a long enough one');
  await page.getByRole('button', { name: 'Start' }).click();
  await page.getByRole('heading', { level: 1, name: 'First steps' }).waitFor();
  await screenshot(page, 'first-hour-phone-start');
  await axeCheck(page);
  await page.getByRole('link', { name: 'All settings' }).click();
  await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
  await axeCheck(page);
  await screenshot(page, 'first-hour-phone-list');
  for (const name of ['Company', 'Articles', 'Try a question', 'Hours', 'Mail', 'On your site']) {
    await page.locator('.settings-list').getByRole('link', { name }).click();
    await page.getByRole('heading', { level: 1, name }).waitFor();
    await page.locator('.settings-page :is(form, textarea, .snippet)').first().waitFor();
    await axeCheck(page);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `${name} is ${overflow} px too wide`);
    await screenshot(page, `first-hour-phone-${name.toLowerCase().replaceAll(' ', '-')}`);
    await page.getByRole('link', { name: 'All settings' }).click();
  }
  // Left in the middle, it goes on where it was.
  await page.goto(`${segue.url}/console/#/settings/hours`);
  await page.getByRole('heading', { level: 1, name: 'Hours' }).waitFor();
  await page.goto(`${segue.url}/console/#/settings/start`);
  await page.getByRole('button', { name: 'Hide this list' }).click();
  await page.getByRole('button', { name: 'Show this list on every page again' }).waitFor();
});
