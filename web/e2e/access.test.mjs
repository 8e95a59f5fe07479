// @ts-check
// Who may come in, in a real browser: somebody joins by a link, forgets the password, is
// closed out; a program gets a token; a site vouches for its customer, who finds the
// conversation in a second browser and leaves nothing behind for the next one.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { PHONE, axeCheck, openPage, screenshot, serveSite, startSegue } from './harness.mjs';

const DESK = { viewport: { width: 1280, height: 900 } };
const LIMIT = { timeout: 180_000 };
/** A refused link or key is an error to the browser's log, and the server goes before the pages do. */
const REFUSED = [/status of (40[14]|422)/, /ERR_CONNECTION_(REFUSED|RESET)/, /WebSocket/];

/** @typedef {import('playwright-core').Page} Page */

/** @param {Page} page @param {string} name */
async function settings(page, name) {
  await page.goto(page.url().replace(/#.*/, '') + `#/settings/${name}`);
}

/** The text in the last box that offers to be copied. @param {Page} page */
async function copied(page) {
  return (await page.locator('.notice .snippet code').last().textContent()) ?? '';
}

test('somebody joins by a link, gets a new password by another, and is closed out at once', LIMIT, async (t) => {
  const segue = await startSegue(t);
  const admin = await openPage(t, `${segue.url}/demo/enter`, { ...DESK, expected: REFUSED });
  await admin.locator('.inside').waitFor();
  await settings(admin, 'people');
  await admin.getByLabel('E-mail address').fill('Kai@fernhill.example');
  await admin.getByLabel('Role', { exact: true }).selectOption('lead');
  await admin.getByRole('button', { name: 'Make a link' }).press('Enter');
  await admin.getByText('It works once').waitFor();
  const link = await copied(admin);
  await admin.getByText('May still join').waitFor();
  await axeCheck(admin);
  await screenshot(admin, 'access-people');

  const kai = await openPage(t, link, { ...DESK, expected: REFUSED });
  await kai.getByText('kai@fernhill.example').waitFor();
  assert.ok(!kai.url().includes('sgj_'), 'the link stays in no address');
  await axeCheck(kai);
  await screenshot(kai, 'access-join');
  await kai.getByLabel('Your name').fill('Kai');
  await kai.getByLabel('Password, at least').fill('a long password');
  await kai.getByLabel('Password, at least').press('Enter');
  await kai.locator('.inside').waitFor();
  assert.equal(await kai.getByRole('link', { name: 'Measures' }).count(), 1, 'a lead sees the measures');
  const late = await openPage(t, link, { ...DESK, expected: REFUSED });
  await late.getByText('does not work').or(late.getByText('works once')).or(late.getByRole('status')).first().waitFor();
  await late.getByRole('button', { name: 'Forgot your password?' }).click();
  await late.getByLabel('E-mail address').fill('kai@fernhill.example');
  await late.getByRole('button', { name: 'Send me a link' }).click();
  await late.getByText('This host sends no mail').waitFor();
  await axeCheck(late);

  await settings(admin, 'people');
  await admin.reload();
  const row = admin.locator('.people li', { hasText: 'kai@fernhill.example' });
  await row.getByRole('button', { name: 'Link to a new password' }).click();
  await admin.getByText('It works once').waitFor();
  const renewal = await copied(admin);
  const again = await openPage(t, renewal, { ...DESK, expected: REFUSED });
  await again.getByLabel('Password, at least').fill('another long password');
  await again.getByRole('button', { name: 'Save and sign in' }).click();
  await again.locator('.inside').waitFor();
  // The socket hears it; nobody touches that page.
  await kai.getByRole('heading', { name: 'Sign in' }).waitFor();

  await row.getByRole('button', { name: 'Close account' }).click();
  await row.getByText('signed out at once').waitFor();
  await axeCheck(admin);
  await row.getByRole('button', { name: 'Close account' }).last().click();
  await again.getByRole('heading', { name: 'Sign in' }).waitFor();
  await row.getByText('closed').waitFor();
  await again.getByLabel('E-mail address').fill('kai@fernhill.example');
  await again.locator('input[name=password]').fill('another long password');
  await again.getByRole('button', { name: 'Sign in' }).click();
  await again.getByRole('alert').waitFor();
});

test('one sees where one is signed in, and a new password leaves this place alone', LIMIT, async (t) => {
  const segue = await startSegue(t);
  const here = await openPage(t, `${segue.url}/demo/enter`, { ...DESK, colorScheme: 'dark', expected: REFUSED });
  await here.locator('.inside').waitFor();
  const there = await openPage(t, `${segue.url}/demo/enter`, { ...DESK, expected: REFUSED });
  await there.locator('.inside').waitFor();
  await settings(here, 'account');
  await here.getByText('this browser').waitFor();
  assert.equal(await here.locator('.people li').count(), 2);
  await axeCheck(here);
  await screenshot(here, 'access-account-dark');
  await here.getByLabel('Present password').fill('wrong');
  await here.getByLabel('Password, at least').fill('a new long password');
  await here.getByRole('button', { name: 'Change your password' }).click();
  await here.getByText('That is not your present password').waitFor();
  await here.getByLabel('Present password').fill('fernhill-demo');
  await here.getByRole('button', { name: 'Change your password' }).click();
  await here.getByText('✓ Saved').waitFor();
  await there.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.equal(await here.locator('.people li').count(), 1);
  await here.getByRole('button', { name: 'Sign out everywhere' }).click();
  await here.getByRole('heading', { name: 'Sign in' }).waitFor();
});

test('a token is shown once, works, and is dead when it is revoked', LIMIT, async (t) => {
  const segue = await startSegue(t);
  const page = await openPage(t, `${segue.url}/demo/enter`, { ...PHONE, expected: REFUSED });
  await page.locator('.inside').waitFor();
  await settings(page, 'access');
  await page.getByLabel('What it is for').fill('our bot');
  await page.getByLabel('Ask what the policy decides').check();
  await page.getByRole('button', { name: 'Make a token' }).click();
  await page.getByText('it is shown this once').first().waitFor();
  const token = await copied(page);
  const ask = (/** @type {string} */ path) => fetch(`${segue.url}/api/v1/${path}`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal((await ask('contacts')).status, 403, 'it has no such scope');
  await axeCheck(page);
  await screenshot(page, 'access-tokens-phone');
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `${overflow} px too wide`);
  await page.reload();
  await page.getByRole('button', { name: 'Revoke our bot' }).click();
  await page.getByText('No program has a token').waitFor();
  assert.equal((await ask('contacts')).status, 401);
});

test('a customer whom the site vouches for is known in a second browser, and not to the next one', LIMIT, async (t) => {
  const segue = await startSegue(t);
  const admin = await openPage(t, `${segue.url}/demo/enter`, { ...DESK, expected: REFUSED });
  await admin.locator('.inside').waitFor();
  await settings(admin, 'access');
  await admin.getByRole('button', { name: 'Make a key' }).click();
  await admin.getByText('keep it on your server').waitFor();
  const secret = await copied(admin);
  await axeCheck(admin);
  await screenshot(admin, 'access-identity');
  // The very lines that the page offers, run as the site's server would.
  const lines = (await admin.locator('.snippet code', { hasText: 'createHmac' }).textContent()) ?? '';
  const sign = (/** @type {string} */ id, /** @type {string} */ name) =>
    execFileSync(process.execPath, ['--input-type=module', '-e', `${lines}\nprocess.stdout.write(segueIdentity({ id: '${id}', name: '${name}', email: '${id}@customer.example' }));`], {
      env: { ...process.env, SEGUE_IDENTITY_KEY: secret },
    }).toString();

  const inbox = /data-inbox="([^"]+)"/.exec(await (await fetch(`${segue.url}/demo/shop`)).text())?.[1] ?? '';
  const page = (/** @type {string} */ identity) =>
    `<!doctype html><html lang="en"><head><title>A site</title><link rel="icon" href="data:,">
      <script src="${segue.url}/widget.js" data-inbox="${inbox}" data-lang="en" ${identity && `data-identity="${identity}"`} async></script>
      </head><body><main><h1>A site</h1></main></body></html>`;
  const ada = sign('ada', 'Ada');
  const forged = ada.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
  const site = await serveSite(t, { '/': page(''), '/ada': page(ada), '/bob': page(sign('bob', 'Bob')), '/forged': page(forged) });

  const first = await openPage(t, site, { ...DESK, expected: REFUSED });
  /** @type {string[]} */
  const addresses = [];
  first.on('request', (request) => addresses.push(request.url()));
  const frameOf = (/** @type {Page} */ of) => of.frameLocator('iframe[title="Chat"]');
  const open = async (/** @type {Page} */ of) => {
    await of.getByRole('button', { name: 'Open chat' }).click();
    await frameOf(of).locator('.bubble.assistant').first().waitFor();
    return frameOf(of);
  };
  const say = async (/** @type {import('playwright-core').FrameLocator} */ chat, /** @type {string} */ text) => {
    await chat.getByLabel('Your message').fill(text);
    await chat.getByLabel('Your message').press('Enter');
    await chat.locator('.bubble.customer', { hasText: text }).waitFor();
    await chat.getByText('Sending…').waitFor({ state: 'detached' });
  };
  // Begun before signing in, carried on after it.
  await say(await open(first), 'my tent is torn');
  await first.goto(`${site}/ada`);
  const hers = await open(first);
  await hers.locator('.bubble.customer', { hasText: 'my tent is torn' }).waitFor();
  await say(hers, 'order 4711');
  assert.ok(!addresses.some((address) => address.includes(ada)), 'the token stands in no address');

  const second = await openPage(t, `${site}/ada`, { ...DESK, expected: REFUSED });
  const elsewhere = await open(second);
  await elsewhere.locator('.bubble.customer', { hasText: 'order 4711' }).waitFor();
  await screenshot(second, 'access-second-browser');

  // The same browser: somebody else, nobody, and a forged word.
  for (const path of ['/bob', '/', '/forged']) {
    await second.goto(`${site}${path}`);
    const other = await open(second);
    assert.equal(await other.locator('.bubble.customer').count(), 0, path);
  }
  // Signing in and out on one page.
  await second.goto(site);
  await second.evaluate((token) => /** @type {any} */ (window).Segue.identify(token), ada);
  const signedIn = await open(second);
  await signedIn.locator('.bubble.customer', { hasText: 'order 4711' }).waitFor();
  await second.evaluate(() => /** @type {any} */ (window).Segue.identify());
  await frameOf(second).locator('.bubble.assistant').first().waitFor();
  assert.equal(await frameOf(second).locator('.bubble.customer').count(), 0, 'signed out');
});
