// @ts-check
// From hand to hand in a real browser: taken from the assistant, passed on with a note, given
// back with a brief that the assistant then knows, taken over by a lead, resolved and undone;
// by the keyboard, on a phone, with no accessibility violation.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axeCheck, openPage, PHONE, screenshot, startSegue } from './harness.mjs';

const DESK = { viewport: { width: 1280, height: 800 } };
/** At a test's end the server goes before the pages do; before signing in nobody has a session. */
const GONE = [/ERR_CONNECTION_(REFUSED|RESET)/, /status of 401/];
const REFUNDS = '# Refunds\n\nA refund takes 5 to 10 business days. It goes to the card you paid with.\n';

/** @typedef {{ cookie: string, csrf: string }} Session */

/**
 * A company with an admin, a colleague and an article, and who may act for them.
 *
 * @param {import('node:test').TestContext} t
 */
async function company(t) {
  const segue = await startSegue(t, { command: 'serve' });
  const [link] = await segue.printed(/http:\S+\/setup\/\S+/);
  const token = link.split('/').at(-1);
  const call = async (/** @type {string} */ method, /** @type {string} */ path, /** @type {object} */ body, /** @type {Session | null} */ as = null) => {
    /** @type {Record<string, string>} */
    const headers = { 'content-type': 'application/json' };
    if (as) Object.assign(headers, { cookie: as.cookie, 'x-csrf-token': as.csrf });
    const answer = await fetch(`${segue.url}/api/console/${path}`, { method, headers, body: JSON.stringify(body) });
    const cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
    const said = answer.status === 204 ? {} : await answer.json();
    assert.ok(answer.ok, `${method} ${path}: ${JSON.stringify(said)}`);
    return { said, as: { cookie, csrf: said.csrf } };
  };
  const given = { company: 'Shop', name: 'Maya', email: 'maya@shop.example', password: 'correct horse' };
  const maya = await call('POST', 'setup', { token, ...given });
  await call('POST', 'articles', { files: [{ name: 'refunds.md', text: REFUNDS }] }, maya.as);
  const join = await call('POST', 'join-links', { email: 'jonas@shop.example', role: 'agent', capacity: 3, language: 'en' }, maya.as);
  const jonas = await call('POST', 'link/join', { token: join.said.token, name: 'Jonas', password: 'correct horse' });
  const team = { name: 'Billing', members: [jonas.said.agent.id], overflow_to: null, overflow_minutes: null };
  await call('POST', 'teams', team, maya.as);
  return { segue, call, maya: maya.as, jonas: jonas.as, site_key: maya.said.workspace.site_keys[0] };
}

/**
 * A customer who talks to the assistant.
 *
 * @param {{ url: string }} segue
 * @param {string} inbox
 */
async function customer(segue, inbox) {
  /** @type {Record<string, string>} */
  const headers = { 'content-type': 'application/json' };
  const ask = async (/** @type {string} */ method, /** @type {string} */ path, /** @type {object | undefined} */ body) => {
    const answer = await fetch(`${segue.url}/api/widget/${path}`, { method, headers, body: body && JSON.stringify(body) });
    return answer.json();
  };
  const { token } = await ask('POST', 'visitors', { inbox });
  headers.authorization = `Bearer ${token}`;
  const { id } = await ask('POST', 'conversations', { language: 'en' });
  let sent = 0;
  const say = (/** @type {string} */ text) =>
    ask('POST', `conversations/${id}/messages`, { client_message_id: `message-${(sent += 1)}-of-test`, text });
  /** Waits until something that was said matches. */
  const hears = async (/** @type {RegExp} */ words) => {
    for (let tries = 0; tries < 100; tries += 1) {
      const { events } = await ask('GET', `conversations/${id}/events`, undefined);
      const texts = events.map((/** @type {{ body?: { text?: string } }} */ event) => event.body?.text ?? '');
      const found = texts.findLast((/** @type {string} */ text) => words.test(text));
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return assert.fail(`nobody said ${words}`);
  };
  return { id, say, hears };
}

/**
 * A console that somebody has signed in to.
 *
 * @param {import('node:test').TestContext} t
 * @param {{ url: string }} segue
 * @param {string} email
 * @param {object} how
 */
async function console_(t, segue, email, how) {
  const page = await openPage(t, `${segue.url}/console/`, { ...how, reducedMotion: 'reduce', expected: [...GONE, /status of 409/] });
  await page.getByLabel(/mail/i).fill(email);
  await page.getByLabel(/password/i).fill('correct horse');
  await page.keyboard.press('Enter');
  await page.locator('.rail').waitFor({ state: 'attached' });
  const online = page.getByRole('radio', { name: 'Online' });
  await online.click({ force: true });
  await online.and(page.locator(':checked')).waitFor({ state: 'attached' });
  return page;
}

test('taken over, handed back with a brief that holds, taken again, resolved and undone', { timeout: 120_000 }, async (t) => {
  const { segue, site_key } = await company(t);
  const sara = await customer(segue, site_key);
  await sara.say('How long does a refund take?');
  await sara.hears(/5 to 10 business days/);

  const page = await console_(t, segue, 'maya@shop.example', DESK);
  await page.goto(`${segue.url}/console/#/conversations/${sara.id}`);
  await page.getByRole('button', { name: 'Take over' }).waitFor();
  await axeCheck(page);
  await screenshot(page, 'console-take-over');
  await page.keyboard.press('t');
  await page.getByRole('button', { name: 'Resolve' }).waitFor();
  await sara.hears(/Maya has joined, takes over from the automated assistant/);

  // Back to the assistant, by the keyboard alone; nothing said is refused.
  await page.keyboard.press('b');
  await page.getByRole('dialog').waitFor();
  await page.keyboard.press('Control+Enter');
  await page.getByText('Write at least one line').waitFor();
  await page.getByLabel('Done').fill('I have checked your order.');
  await page.getByLabel('Promised').fill('The refund arrives within 3 days.');
  await axeCheck(page);
  await screenshot(page, 'console-hand-back');
  await page.getByLabel('Promised').press('Control+Enter');
  await page.getByText('The assistant has it again').waitFor();
  await sara.hears(/handed this conversation back to me[\s\S]*within 3 days/);
  await sara.say('When do I get my refund?');
  const answer = await sara.hears(/Maya promised you this/);
  assert.match(answer, /within 3 days/);
  assert.doesNotMatch(answer, /5 to 10/);
  await page.getByText('gave it back to the assistant').waitFor();
  await screenshot(page, 'console-handed-back');

  await page.keyboard.press('t');
  await page.getByRole('button', { name: 'Resolve' }).waitFor();
  await page.getByText('What Maya agreed with the customer').waitFor();
  await axeCheck(page);
  await screenshot(page, 'console-agreed');
  await page.keyboard.press('e');
  await page.keyboard.press('3');
  await page.keyboard.press('m');
  assert.ok(await page.getByLabel('Money went back').isChecked());
  assert.ok(await page.getByLabel('Yes: an article is missing').isChecked());
  await axeCheck(page);
  await screenshot(page, 'console-wrap-up');
  await page.getByRole('button', { name: /^Resolve/ }).last().click();
  await page.getByText('Could the assistant have known? Yes: an article is missing').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await sara.hears(/Maya has opened this conversation again/);
  await page.getByRole('button', { name: 'Resolve' }).waitFor();
});

test('passed on with a note to a team, found by the next one, and taken over by a lead', { timeout: 120_000 }, async (t) => {
  const { segue, site_key } = await company(t);
  const sara = await customer(segue, site_key);
  await sara.say('How long does a refund take?');
  await sara.hears(/5 to 10 business days/);
  const maya = await console_(t, segue, 'maya@shop.example', DESK);
  await maya.goto(`${segue.url}/console/#/conversations/${sara.id}`);
  await maya.getByRole('button', { name: 'Take over' }).click();
  await maya.getByRole('button', { name: 'Resolve' }).waitFor();

  await maya.keyboard.press('p');
  await maya.getByLabel('What becomes of it').selectOption({ label: 'To Billing (there now: 0)' });
  await maya.getByText('Nobody of Billing is there now.').waitFor();
  await maya.getByLabel('What must they know?').fill('She paid by card on Monday.');
  await axeCheck(maya);
  await screenshot(maya, 'console-pass-on');
  await maya.getByLabel('What must they know?').press('Control+Enter');
  await maya.getByText('Passed on to Billing.').waitFor();
  await sara.hears(/passing you on to Billing[\s\S]*Nobody from the team is online/);

  const jonas = await console_(t, segue, 'jonas@shop.example', DESK);
  await jonas.goto(`${segue.url}/console/#/conversations/${sara.id}`);
  await jonas.getByRole('button', { name: /Take it/ }).click();
  await jonas.getByText('From colleagues').waitFor();
  await axeCheck(jonas);
  await screenshot(jonas, 'console-passed-on');
  await jonas.getByRole('button', { name: 'Resolve' }).waitFor();

  // A lead takes over; the colleague is told, and what they write stays.
  await maya.goto(`${segue.url}/console/#/conversations/${sara.id}`);
  await maya.getByRole('button', { name: 'Take over' }).click();
  await maya.getByRole('button', { name: 'Resolve' }).waitFor();
  await jonas.getByText('Maya has taken over your conversation').waitFor();
  await screenshot(jonas, 'console-taken-over');
  await sara.hears(/Maya takes over from Jonas/);
});

test('all of it can be done on a phone', { timeout: 90_000 }, async (t) => {
  const { segue, site_key } = await company(t);
  const sara = await customer(segue, site_key);
  await sara.say('How long does a refund take?');
  await sara.hears(/5 to 10 business days/);
  const page = await console_(t, segue, 'maya@shop.example', PHONE);
  await page.goto(`${segue.url}/console/#/conversations/${sara.id}`);
  await page.getByRole('button', { name: 'Take over' }).click();
  await page.getByRole('button', { name: 'Resolve' }).waitFor();
  const wide = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(await wide(), 0, 'nothing stands out at the side');
  await screenshot(page, 'console-hands-phone');
  await page.getByRole('button', { name: /To the assistant/ }).click();
  await page.getByLabel('Promised').waitFor();
  assert.equal(await wide(), 0, 'nothing stands out at the side');
  await axeCheck(page);
  await screenshot(page, 'console-hand-back-phone');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: /^Resolve/ }).click();
  await axeCheck(page);
  await screenshot(page, 'console-wrap-up-phone');
});
