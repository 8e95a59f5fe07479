// @ts-check
// The agents' side in a real browser: coming in, invitations and races, writing and
// what must never be lost, going offline; on a phone, in the dark, from right to left.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { PHONE, axeCheck, openPage, screenshot, startSegue } from './harness.mjs';

const DESK = { viewport: { width: 1280, height: 800 } };
const PASSWORD = 'fernhill-demo';
/** At a test's end the server goes before the pages do, and they may notice. */
const GONE = [/ERR_CONNECTION_(REFUSED|RESET)/];
/** Errors that a lost connection logs by itself. */
const LOST = [/Failed to load resource/, /WebSocket/, /ERR_/];

/** @typedef {import('playwright-core').Page} Page */

/**
 * A customer who writes over the widget's own doors, so that a test about agents does
 * not depend on the widget's screen.
 */
class Customer {
  /**
   * @param {string} url
   * @param {string} token
   * @param {string} id
   */
  constructor(url, token, id) {
    this.url = url;
    this.token = token;
    this.id = id;
    this.said = 0;
  }

  /** @param {string} url */
  static async arrive(url) {
    const shop = await (await fetch(`${url}/demo/shop`)).text();
    const inbox = /data-inbox="([^"]+)"/.exec(shop)?.[1];
    const { token } = await call(url, '', 'POST', '/api/widget/visitors', { inbox, language: 'en' });
    const { id } = await call(url, token, 'POST', '/api/widget/conversations', { language: 'en' });
    return new Customer(url, token, id);
  }

  /** @param {string} text */
  async say(text) {
    this.said += 1;
    await this.#tell('messages', { client_message_id: `customer-${this.said}`, text });
  }

  async askForPerson() {
    await this.#tell('handoff', {});
  }

  /** All that this customer can ever see. */
  async sees() {
    const page = await call(this.url, this.token, 'GET', `/api/widget/conversations/${this.id}/events?after=0`);
    return JSON.stringify(page.events);
  }

  /**
   * @param {string} what
   * @param {object} body
   */
  #tell(what, body) {
    return call(this.url, this.token, 'POST', `/api/widget/conversations/${this.id}/${what}`, body);
  }
}

/**
 * @param {string} url
 * @param {string} token
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 */
async function call(url, token, method, path, body) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  const answer = await fetch(url + path, { method, headers, body: body ? JSON.stringify(body) : null });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : null;
}

/**
 * @param {Page} page
 * @param {string} email
 * @param {string} password
 */
async function signIn(page, email, password = PASSWORD) {
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/**
 * Maya, signed in and online.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} url
 * @param {Parameters<typeof openPage>[2]} [options]
 */
async function openMaya(t, url, options = DESK) {
  const page = await openPage(t, `${url}/demo/enter`, { expected: GONE, ...options });
  await page.locator('.rail').waitFor({ state: 'attached' });
  return page;
}

/**
 * @param {import('node:test').TestContext} t
 * @param {string} url
 */
async function openJonas(t, url) {
  const page = await openPage(t, `${url}/console/`, { ...DESK, expected: LOST });
  await signIn(page, 'jonas@fernhill.example');
  await page.getByRole('button', { name: 'Go online' }).click();
  await page.getByRole('radio', { name: 'Online' }).and(page.locator(':checked')).waitFor();
  return page;
}

/** @param {Page} page */
async function acceptByKey(page) {
  await page.getByRole('button', { name: /^Accept/ }).first().waitFor();
  await page.keyboard.press('a');
  await page.getByRole('heading', { name: 'Why here' }).waitFor();
}

test('a wrong password is said kindly and the right one opens the desk', { timeout: 60_000 }, async (t) => {
  const { url } = await startSegue(t);
  const page = await openPage(t, `${url}/console/#/measures`, { ...DESK, expected: [/401/] });
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await axeCheck(page);
  await signIn(page, 'maya@fernhill.example', 'not-the-password');
  await page.getByRole('alert').getByText('E-mail address or password is wrong').waitFor();
  await screenshot(page, 'console-sign-in');
  await signIn(page, 'maya@fernhill.example');
  await page.getByRole('heading', { name: 'Satisfied after a handover' }).waitFor();
  assert.ok(page.url().endsWith('#/measures'), 'the address led where it said');
});

test('the first start is set up by its one-time link, which then opens nothing', { timeout: 60_000 }, async (t) => {
  const segue = await startSegue(t, { command: 'serve' });
  const [link] = await segue.printed(/http:\S+#\/setup\/\S+/);
  const page = await openPage(t, link, { ...DESK, expected: [/Failed to load resource/] });
  await page.getByLabel('Company, as customers see it').fill('Nordwind');
  await page.getByLabel('Your name, as customers see it').fill('Ida Holm');
  await page.getByLabel('E-mail address').fill('ida@nordwind.example');
  await page.getByLabel('Password, at least 10 characters').fill('a long enough one');
  await axeCheck(page);
  await screenshot(page, 'console-set-up');
  await page.getByRole('button', { name: 'Start' }).click();
  await page.getByRole('heading', { level: 1, name: 'First steps' }).waitFor();
  assert.ok(!page.url().includes('setup'), 'the token has left the address');
  await page.locator('.pages').getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('link', { name: 'Articles' }).click();
  await page.getByText('There are no articles yet').waitFor();
  await page.locator('input[type=file]').setInputFiles([
    { name: 'returns.md', mimeType: 'text/markdown', buffer: Buffer.from('# Returns\n\nReturns are free for 30 days.\n') },
    { name: 'empty.md', mimeType: 'text/markdown', buffer: Buffer.from('') },
    { name: 'logo.png', mimeType: 'image/png', buffer: Buffer.from('x') },
  ]);
  await page.getByText('1 added').waitFor();
  await page.getByText('empty.md').waitFor();
  await page.getByText('logo.png').waitFor();
  await page.getByRole('rowheader', { name: 'Returns' }).waitFor();
  await screenshot(page, 'console-knowledge');
  await axeCheck(page);
  const again = await openPage(t, link, { ...DESK, expected: [/Failed to load resource/] });
  await again.getByText('This link was used already').waitFor();
});

test('of two agents who take one conversation exactly one has it and the other is told who', { timeout: 60_000 }, async (t) => {
  const { url } = await startSegue(t);
  const maya = await openMaya(t, url, { ...DESK, expected: LOST });
  const jonas = await openJonas(t, url);
  const customer = await Customer.arrive(url);
  await customer.say('Where is my order 4471? It should be here since Monday.');
  await customer.askForPerson();
  // Both requests are held until both have been made.
  let asked = 0;
  let release = () => {};
  const both = new Promise((resolve) => (release = () => resolve(null)));
  for (const page of [maya, jonas]) {
    await page.route('**/accept', async (route) => {
      if (++asked === 2) release();
      await both;
      await route.continue();
    });
    await page.locator('.item', { hasText: '#1' }).click();
    await page.getByRole('button', { name: 'Take it' }).waitFor();
  }
  await Promise.all([maya, jonas].map((page) => page.getByRole('button', { name: 'Take it' }).click()));
  const lost = await Promise.race(
    [maya, jonas].map(async (page) => {
      await page.getByText('was quicker and has this conversation now').waitFor();
      return page;
    }),
  );
  const [winner, name] = lost === maya ? [jonas, 'Jonas Weber'] : [maya, 'Maya Lind'];
  await lost.getByText(`${name} was quicker`).waitFor();
  await lost.locator('.state', { hasText: `With ${name}` }).waitFor();
  await winner.getByText('Your first message is ready').waitFor();
  await screenshot(lost, 'console-lost-race');
  await axeCheck(lost);
  assert.equal(await winner.getByText('was quicker').count(), 0);
});

test('an invitation is taken by one key, passed on by one, and the words behind a reason are shown', { timeout: 90_000 }, async (t) => {
  const { url } = await startSegue(t);
  const maya = await openMaya(t, url);
  const customer = await Customer.arrive(url);
  await customer.say('I was charged twice for my order, 240 euros each time. I want a refund of the second one.');
  await maya.getByRole('button', { name: /^Accept/ }).waitFor();
  await maya.locator('.left', { hasText: 's left' }).waitFor();
  assert.match(await maya.title(), /🔔1/);
  await screenshot(maya, 'console-invited');
  await axeCheck(maya);
  await maya.keyboard.press('d');
  await maya.getByRole('button', { name: /^Accept/ }).waitFor({ state: 'detached' });
  await maya.locator('.item', { hasText: '#1' }).waitFor();

  await maya.locator('.item', { hasText: '#1' }).click();
  await maya.getByRole('button', { name: 'Take it' }).click();
  await maya.getByText('Your first message is ready').waitFor();
  await maya.locator('.reasons button').first().click();
  await maya.locator('.said.customer.highlighted mark').waitFor();
  await screenshot(maya, 'console-highlight');
  await axeCheck(maya);
  await maya.goBack();
  await maya.getByText('No conversation is open').waitFor();
  await Promise.all([maya.waitForResponse(/api.console.conversations/), maya.goForward()]);
  await maya.getByText('Your first message is ready').waitFor();
});

test('an invitation that nobody takes runs out, and the customer keeps the place', { timeout: 90_000 }, async (t) => {
  const { url } = await startSegue(t);
  const maya = await openMaya(t, url);
  const customer = await Customer.arrive(url);
  await customer.say('Can I bring back a helmet that I have worn twice?');
  await customer.askForPerson();
  await maya.getByRole('button', { name: /^Accept/ }).waitFor();
  // As long as the policy gives an agent.
  await maya.getByText('The invitation ran out').waitFor({ timeout: 60_000 });
  await maya.locator('.item', { hasText: '#1' }).waitFor();
  assert.equal(await maya.getByRole('button', { name: /^Accept/ }).count(), 0);
  await screenshot(maya, 'console-ran-out');
});

test('a cold first message is flagged, goes at the second wish, and a note stays among agents', { timeout: 60_000 }, async (t) => {
  const { url } = await startSegue(t);
  const maya = await openMaya(t, url);
  const customer = await Customer.arrive(url);
  await customer.say('My tent arrived with a torn inner wall and I leave on Friday.');
  await customer.askForPerson();
  await acceptByKey(maya);

  await maya.keyboard.press('n');
  await maya.keyboard.type('secret: she is a tester');
  await screenshot(maya, 'console-note');
  await maya.keyboard.press('Control+Enter');
  await maya.locator('.said.note:not(.on-its-way)', { hasText: 'secret' }).waitFor();

  await maya.keyboard.press('Escape');
  await maya.keyboard.press('r');
  await maya.keyboard.type('How can I help you today?');
  await maya.keyboard.press('Control+Enter');
  await maya.getByText('It does not say that you have read the conversation.').waitFor();
  await maya.getByRole('button', { name: 'Send anyway' }).waitFor();
  await screenshot(maya, 'console-faults');
  await axeCheck(maya);
  assert.ok(!(await customer.sees()).includes('How can I help'), 'nothing has gone out yet');
  await maya.keyboard.press('Control+Enter');
  await maya.locator('.said.agent:not(.on-its-way)', { hasText: 'How can I help' }).waitFor();

  const seen = await customer.sees();
  assert.ok(seen.includes('How can I help you today?'));
  assert.ok(!seen.includes('secret'), 'a note never reaches the customer');
});

test('what is written survives a reload, a lost network and an ended session', { timeout: 90_000 }, async (t) => {
  const { url } = await startSegue(t);
  const maya = await openMaya(t, url, { ...DESK, expected: LOST });
  const customer = await Customer.arrive(url);
  await customer.say('Which size of the Drizzle jacket fits a chest of 104 cm?');
  await customer.askForPerson();
  await acceptByKey(maya);
  await maya.keyboard.press('Shift+I');
  await maya.locator('.said.agent:not(.on-its-way)').waitFor();

  await maya.keyboard.press('r');
  await maya.keyboard.type('Size L fits');
  await maya.reload();
  await maya.getByLabel('Reply to the customer').waitFor();
  assert.equal(await maya.getByLabel('Reply to the customer').inputValue(), 'Size L fits');

  await maya.context().setOffline(true);
  await maya.getByText('No connection to the server').waitFor();
  await maya.keyboard.press('r');
  await maya.keyboard.type(' you well.');
  await maya.keyboard.press('Control+Enter');
  await maya.getByText('Not sent yet. It is kept').waitFor();
  await screenshot(maya, 'console-offline');
  await axeCheck(maya);
  await maya.context().setOffline(false);
  await maya.locator('.said.agent:not(.on-its-way)', { hasText: 'Size L fits you well.' }).waitFor({ timeout: 20_000 });
  assert.equal((await customer.sees()).split('Size L fits you well.').length - 1, 1, 'sent once');

  const place = maya.url();
  await maya.keyboard.type('Not to be lost');
  await maya.context().clearCookies();
  await maya.keyboard.press('Control+Enter');
  await maya.getByText('Your session has ended').waitFor();
  await screenshot(maya, 'console-session-ended');
  await signIn(maya, 'maya@fernhill.example');
  await maya.getByLabel('Reply to the customer').waitFor();
  assert.equal(maya.url(), place);
  assert.equal(await maya.getByLabel('Reply to the customer').inputValue(), 'Not to be lost');
});

test('nobody goes offline leaving customers behind', { timeout: 60_000 }, async (t) => {
  const { url } = await startSegue(t);
  const maya = await openMaya(t, url);
  const customer = await Customer.arrive(url);
  await customer.say('Do you repair carbon frames after a crash?');
  await customer.askForPerson();
  await acceptByKey(maya);
  await maya.getByRole('radio', { name: 'Offline' }).click();
  await maya.getByRole('dialog', { name: 'Before you go offline' }).waitFor();
  await screenshot(maya, 'console-offline-dialog');
  await axeCheck(maya);
  await maya.getByRole('button', { name: 'Cancel' }).click();
  await maya.getByRole('radio', { name: 'Online' }).and(maya.locator(':checked')).waitFor();
  await maya.getByRole('radio', { name: 'Offline' }).click();
  await maya.getByRole('button', { name: 'Go offline' }).click();
  await maya.getByRole('radio', { name: 'Offline' }).and(maya.locator(':checked')).waitFor();
  await maya.getByText('You have no open conversations.').waitFor();
  await maya.locator('.item', { hasText: '#1' }).waitFor();
});

test('the keyboard alone walks the lists, finds, resolves and explains itself', { timeout: 60_000 }, async (t) => {
  const { url } = await startSegue(t);
  const maya = await openMaya(t, url);
  for (const text of ['First: my parcel is missing since a week', 'Second: the zip of my jacket broke today']) {
    const customer = await Customer.arrive(url);
    await customer.say(text);
    await customer.askForPerson();
    await acceptByKey(maya);
    await maya.getByRole('button', { name: /^Accept/ }).waitFor({ state: 'detached' });
  }
  const current = maya.locator('.item[aria-current]');
  await current.getByText('Second').waitFor();
  await maya.keyboard.press('k');
  await current.getByText('First').waitFor();
  await maya.keyboard.press('/');
  await maya.keyboard.type('zip');
  await maya.keyboard.press('Enter');
  await current.getByText('Second').waitFor();
  await maya.keyboard.press('?');
  await maya.getByRole('dialog', { name: 'Keys' }).waitFor();
  await screenshot(maya, 'console-keys');
  await axeCheck(maya);
  await maya.keyboard.press('Escape');
  await maya.keyboard.press('e');
  await maya.getByRole('dialog', { name: 'Resolve the conversation' }).waitFor();
  await maya.keyboard.press('2');
  assert.ok(await maya.getByRole('radio', { name: 'A way round was found' }).isChecked());
  await screenshot(maya, 'console-resolve');
  await axeCheck(maya);
  await maya.keyboard.press('Control+Enter');
  await maya.getByText('Resolved. The customer is asked how it was.').waitFor();
  await maya.getByText('Resolved by Maya Lind: A way round was found').waitFor();
  await maya.getByLabel('Preferences').click();
  await maya.getByRole('dialog', { name: 'Preferences' }).waitFor();
  await axeCheck(maya);
});

test('it works on a phone in the dark, on a tablet, wide, and from right to left', { timeout: 120_000 }, async (t) => {
  const { url } = await startSegue(t);
  const customer = await Customer.arrive(url);
  const phone = await openMaya(t, url, { ...PHONE, colorScheme: 'dark' });
  await customer.say('This is ridiculous!!! My parcel says delivered but it is NOT here, I want a refund of 300 euros');
  await phone.getByRole('button', { name: /^Accept/ }).waitFor();
  await screenshot(phone, 'console-phone-invited');
  await axeCheck(phone);
  await phone.getByRole('button', { name: /^Accept/ }).tap();
  await phone.getByRole('heading', { name: 'Why here' }).waitFor();
  await screenshot(phone, 'console-phone-package');
  await axeCheck(phone);
  await phone.getByRole('button', { name: 'Conversation' }).tap();
  await phone.locator('.said.customer').waitFor();
  await screenshot(phone, 'console-phone-talk');
  await axeCheck(phone);
  assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, 'nothing scrolls sideways');
  await phone.getByRole('link', { name: 'Back' }).tap();
  await phone.getByRole('link', { name: 'Measures' }).tap();
  await phone.getByRole('heading', { name: 'Satisfied after a handover' }).waitFor();
  await screenshot(phone, 'console-phone-measures');
  await axeCheck(phone);
  assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, 'nothing scrolls sideways');

  const id = `#/conversations/${customer.id}`;
  /** @type {[string, import('playwright-core').BrowserContextOptions][]} */
  const screens = [
    ['tablet', { viewport: { width: 900, height: 800 } }],
    ['wide-dark', { viewport: { width: 1920, height: 1080 }, colorScheme: 'dark' }],
    ['rtl', { ...DESK, locale: 'ar' }],
    ['forced', { ...DESK, forcedColors: 'active', reducedMotion: 'reduce' }],
  ];
  for (const [name, options] of screens) {
    const page = await openMaya(t, url, options);
    await page.locator('.item').first().waitFor();
    await page.goto(`${url}/console/${id}`);
    await page.locator('.issue').waitFor();
    await screenshot(page, `console-${name}`);
    await axeCheck(page);
  }
});

test('a customer whose page is gone is away, and back when it comes back', { timeout: 150_000 }, async (t) => {
  const { url } = await startSegue(t);
  const maya = await openMaya(t, url);
  await maya.getByRole('radio', { name: 'Away' }).click();
  await maya.getByRole('radio', { name: 'Away' }).and(maya.locator(':checked')).waitFor();
  const shop = await (await fetch(`${url}/demo/shop`)).text();
  const inbox = /data-inbox="([^"]+)"/.exec(shop)?.[1];
  const address = `${url}/widget/?inbox=${inbox}&lang=en`;
  const customer = await openPage(t, address);
  await customer.getByLabel('Your message').fill('The zip of my jacket broke today');
  await customer.getByLabel('Your message').press('Enter');
  await customer.locator('.message.assistant').nth(1).waitFor();
  await customer.locator('.person').getByRole('button', { name: 'Talk to a person' }).click();
  await customer.locator('.card').waitFor();
  const place = maya.locator('.item', { hasText: '#1' });
  await place.waitFor();
  assert.equal(await place.getByText('Away').count(), 0);
  await customer.goto('about:blank');
  await place.getByText('Away').waitFor({ timeout: 75_000 });
  await screenshot(maya, 'console-customer-away');
  await axeCheck(maya);
  await customer.goto(address);
  await customer.locator('.card').waitFor();
  await place.getByText('Away').waitFor({ state: 'detached', timeout: 20_000 });
});

test('a conversation is passed on, and its customer forgotten', { timeout: 90_000 }, async (t) => {
  const { url } = await startSegue(t);
  const maya = await openMaya(t, url);
  const customer = await Customer.arrive(url);
  await customer.say('My name is Zebedee, do you repair carbon frames after a crash?');
  await customer.askForPerson();
  await acceptByKey(maya);
  await maya.getByRole('button', { name: 'Pass on' }).click();
  await maya.getByRole('dialog', { name: 'Pass this conversation on' }).waitFor();
  await axeCheck(maya);
  await maya.getByRole('dialog').getByRole('button', { name: 'Pass on' }).click();
  await maya.getByText('You have no open conversations.').waitFor();
  assert.match(await customer.sees(), /your old place in the queue/);

  await maya.getByRole('link', { name: 'All that is kept of them' }).click();
  const download = maya.waitForEvent('download');
  await maya.getByRole('link', { name: 'Download all of it' }).click();
  const path = await (await download).path();
  assert.match(readFileSync(path, 'utf8'), /Zebedee/);
  await maya.getByRole('button', { name: 'See what would go' }).click();
  const whom = await maya.getByText(/to confirm/).innerText();
  await maya.getByLabel(/to confirm/).fill(/Type (.*) to confirm/.exec(whom)?.[1] ?? '');
  await maya.getByRole('button', { name: 'Erase for good' }).click();
  await maya.getByText(/Conversations emptied: 1/).waitFor();
  await maya.goBack();
  await maya.getByText('Personal data was erased').waitFor();
  await maya.getByText('Zebedee').waitFor({ state: 'detached' });
  await screenshot(maya, 'console-erased');
  await assert.rejects(customer.say('am I still there?'));
});
