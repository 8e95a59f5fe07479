// @ts-check
// Whatever people write, it stays words: scripts, drawings that run and odd links in every
// place where a text of others is shown, in a real browser, with its violations of the
// Content-Security-Policy and of Trusted Types counted.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { findBinary, openPage, screenshot, serveSite, startSegue } from './harness.mjs';

const LIMIT = { timeout: 180_000 };
const DESK = { viewport: { width: 1440, height: 900 } };

/** Each sets `hit` in its page if it runs. */
const PAYLOADS = [
  '<script>window.hit=1</script>',
  '<img src=x onerror="window.hit=1">',
  '<svg onload=window.hit=1><animate onbegin=window.hit=1 attributeName=x></svg>',
  '"><iframe srcdoc="<script>parent.hit=1</script>"></iframe>',
  "'-window.hit=1-'",
  'javascript:window.hit=1',
  '[a link](javascript:window.hit=1) ![a picture](javascript:window.hit=1)',
  '[data](data:text/html,<script>opener.hit=1</script>) <a href="data:text/html,x">x</a>',
  '[turned](JaVaScRiPt:window.hit=1) [spaced](java\tscript:window.hit=1) [vb](vbscript:x)',
  '<a href="&#x6a;avascript:window.hit=1">entity</a> <a href="\u0001javascript:window.hit=1">control</a>',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=window.hit=1&gt;">',
  '<noscript><p title="</noscript><img src=x onerror=window.hit=1>">',
  '<template><style></template><img src=x onerror=window.hit=1></style>',
  '＜script＞window.hit=1＜/script＞ ‹img onerror› \u202e>tpircs<',
  '**<b onmouseover=window.hit=1>bold</b>** `<img src=x onerror=window.hit=1>`',
  '{{constructor.constructor("window.hit=1")()}} ${window.hit=1} #{7*7}',
  '=HYPERLINK("javascript:window.hit=1") @SUM(1) +1-1|calc',
];
const ALL = PAYLOADS.join('\n');
const SCOPES = ['contacts:write', 'conversations:write'].flatMap((scope) => ['--scope', scope]);

/**
 * Nothing of the payloads has become more than text, in any frame.
 *
 * @param {import('playwright-core').Page} page
 * @param {string} where
 */
async function staysInert(page, where) {
  for (const frame of page.frames()) {
    const found = await frame.evaluate(() => ({
      hit: /** @type {any} */ (window).hit ?? null,
      // What a page of ours never holds.
      alive: [...document.querySelectorAll('main script, body script:not([src]), math, template, noscript, iframe[srcdoc], [onload], [onerror], [onmouseover], [onbegin]')].map((one) => one.outerHTML),
      links: [...document.querySelectorAll('a[href], area[href]')].map((one) => /** @type {HTMLAnchorElement} */ (one).href).filter((href) => !/^(https?:|mailto:|blob:)/.test(href)),
      pictures: [...document.querySelectorAll('img')].map((one) => one.src).filter((src) => !/^(https?:|blob:)/.test(src)),
    }));
    assert.deepEqual(found, { hit: null, alive: [], links: [], pictures: [] }, `${where}: ${frame.url()}`);
  }
}

/**
 * @param {string} url
 * @param {Record<string, string>} headers
 * @param {string} path
 * @param {object} [body]
 */
async function post(url, headers, path, body = {}) {
  const answer = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  assert.ok(answer.ok, `${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : null;
}

/** An agent's session over plain HTTP. @param {string} url */
async function session(url) {
  const answer = await fetch(`${url}/api/console/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'maya@fernhill.example', password: 'fernhill-demo' }),
  });
  const { csrf } = await answer.json();
  return { cookie: answer.headers.getSetCookie()[0]?.split(';')[0] ?? '', 'x-csrf-token': csrf };
}

/** Attack case 31. */
test('scripts in every text of others stay words, in widget, console and article', LIMIT, async (t) => {
  const segue = await startSegue(t);
  const { url } = segue;
  const maya = await session(url);
  const title = `Zebra crossings ${PAYLOADS[1]} ${PAYLOADS[0]}`;
  const article = `---\ntitle: ${JSON.stringify(title)}\ntags: ["${'<img src=x onerror=window.hit=1>'}"]\n---\n# ${title}\n\nZebra crossings are painted every spring by our zebra painters.\n\n${PAYLOADS.map((one) => `- ${one.replaceAll('\n', ' ')}`).join('\n')}\n\n\`\`\`\n${ALL}\n\`\`\`\n`;
  await post(url, maya, '/api/console/articles', { files: [{ name: 'zebra<script>.md', text: article }] });

  const token = execFileSync(findBinary(), ['token', 'add', ALL.slice(0, 60), ...SCOPES, '--data', segue.data ?? ''], { encoding: 'utf8' }).trim().split(/\s/).at(-1);
  const program = { authorization: `Bearer ${token}` };
  const contact = await post(url, program, '/api/v1/contacts', {
    name: `Eve ${PAYLOADS[0]}${PAYLOADS[1]}`,
    email: 'eve@customer.example',
    attributes: Object.fromEntries([['<img src=x onerror=window.hit=1>', 'a name'], ...PAYLOADS.map((text, n) => [`fact ${n}`, text])]),
  });
  const opened = await post(url, program, '/api/v1/conversations', { contact_id: contact.id, language: 'en' });
  for (const [n, text] of PAYLOADS.entries()) {
    await post(url, program, `/api/v1/conversations/${opened.id}/messages`, { client_message_id: `payload-${n}`, text: `I was charged twice ${text}` });
  }
  await post(url, program, `/api/v1/conversations/${opened.id}/handoff`);
  await post(url, maya, `/api/console/conversations/${opened.id}/note`, { client_message_id: 'a-note-1', text: ALL });

  // The agent: list, transcript, package, attributes, note, reasons, history, knowledge.
  const agent = await openPage(t, `${url}/demo/enter`, DESK);
  await agent.locator('.rail').waitFor();
  await agent.goto(`${url}/console/#/conversations/${opened.id}`);
  await agent.locator('.said.note').waitFor();
  await agent.getByText('window.hit=1').first().waitFor();
  await staysInert(agent, 'the conversation');
  assert.ok((await agent.locator('.transcript').innerText()).includes(PAYLOADS[0] ?? ''), 'it is shown as it was written');
  const rail = await agent.locator('.lists').evaluate((lists) => lists.scrollWidth - lists.clientWidth);
  assert.ok(rail <= 0, `a long name makes the lists ${rail} px too wide`);
  await screenshot(agent, 'content-console');
  for (const place of [`conversations/${opened.id}/why`, 'history', 'knowledge', 'measures']) {
    await agent.goto(`${url}/console/#/${place}`);
    await agent.locator('main, .page').first().waitFor();
    await agent.waitForLoadState('networkidle');
    await staysInert(agent, place);
  }

  // The customer: own words, an answer that quotes the article, the article itself.
  const shop = await openPage(t, `${url}/demo/shop`, { viewport: { width: 1100, height: 820 } });
  await shop.getByRole('button', { name: 'Open chat' }).click();
  const widget = shop.frameLocator('iframe[title="Chat"]');
  await widget.locator('.bubble.assistant').first().waitFor();
  const say = async (/** @type {string} */ text) => {
    await widget.getByLabel('Your message').fill(text);
    await widget.getByLabel('Your message').press('Enter');
  };
  await say('When are zebra crossings painted by the zebra painters?');
  await widget.getByRole('button', { name: /Source: Zebra/ }).first().click();
  await widget.getByRole('heading', { name: /Zebra crossings/ }).first().waitFor();
  await staysInert(shop, 'the article');
  await screenshot(shop, 'content-article');
  await widget.getByRole('button', { name: 'Back to the conversation' }).click();
  for (const text of PAYLOADS.slice(0, 5)) await say(text);
  await widget.locator('.bubble.customer', { hasText: 'srcdoc' }).waitFor();
  await staysInert(shop, 'the widget');
});

/** Attack case 32. */
test('no page of ours allows inline script, and every one wants Trusted Types', LIMIT, async (t) => {
  const { url } = await startSegue(t);
  const key = /data-inbox="([^"]+)"/.exec(await (await fetch(`${url}/demo/shop`)).text())?.[1];
  for (const path of ['/widget/', '/console/', '/demo', '/demo/shop']) {
    const policy = (await fetch(url + path)).headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/, path);
    assert.match(policy, /script-src 'self'(;| ;)/, path);
    assert.match(policy, /require-trusted-types-for 'script'/, path);
    assert.match(policy, /trusted-types 'none'/, path);
    assert.doesNotMatch(policy, /unsafe|\*\.|https?:/, path);
  }
  // What a browser really does with them: four ways in, four violations, no run.
  for (const path of [`/widget/?inbox=${key}&lang=en`, '/demo/enter', '/demo/shop']) {
    const page = await openPage(t, url + path, { ...DESK, expected: [/Content-Security-Policy broken/, /violates the following/, /Trusted/] });
    await page.waitForLoadState('networkidle');
    const seen = await page.evaluate(async () => {
      /** @type {string[]} */
      const broken = [];
      document.addEventListener('securitypolicyviolation', (event) => broken.push(event.effectiveDirective));
      const refused = [];
      const ways = {
        innerHTML: () => (document.createElement('p').innerHTML = '<img src=x onerror="window.hit=1">'),
        srcdoc: () => (document.createElement('iframe').srcdoc = '<script>parent.hit=1</script>'),
        script: () => (document.createElement('script').src = 'data:text/javascript,window.hit=1'),
        policy: () => /** @type {any} */ (window).trustedTypes.createPolicy('mine', {}),
      };
      for (const [name, way] of Object.entries(ways)) {
        try {
          way();
        } catch {
          refused.push(name);
        }
      }
      const inline = document.createElement('script');
      try {
        inline.textContent = 'window.hit=1';
        document.body.append(inline);
      } catch {
        // Trusted Types were quicker than the policy.
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
      return { refused, hit: /** @type {any} */ (window).hit ?? null, kinds: [...new Set(broken)].sort() };
    });
    assert.deepEqual(seen.refused, ['innerHTML', 'srcdoc', 'script', 'policy'], path);
    assert.equal(seen.hit, null, path);
    assert.ok(seen.kinds.includes('require-trusted-types-for') && seen.kinds.includes('trusted-types'), `${path}: ${seen.kinds}`);
  }
});

/** Attack case 37. */
test('a strange page can neither frame the console nor talk to the chat', LIMIT, async (t) => {
  const { url } = await startSegue(t);
  const key = /data-inbox="([^"]+)"/.exec(await (await fetch(`${url}/demo/shop`)).text())?.[1];
  // The chat in a page of another origin that names somebody else as its host.
  const framed = `${url}/widget/?inbox=${key}&lang=en&host=${encodeURIComponent('https://shop.example')}`;
  const site = await serveSite(t, {
    '/': `<!doctype html><html lang="en"><title>Elsewhere</title><link rel="icon" href="data:,"><body><iframe id="chat" src="${framed}"></iframe></body></html>`,
    '/desk': `<!doctype html><html lang="en"><title>Elsewhere</title><link rel="icon" href="data:,"><body><iframe id="desk" src="${url}/console/"></iframe></body></html>`,
  });
  const page = await openPage(t, site);
  const chat = page.frames().find((frame) => frame.url().startsWith(url));
  assert.ok(chat, 'the chat may be framed by any site');
  await page.evaluate(() => {
    /** @type {any} */ (window).heard = [];
    addEventListener('message', (event) => /** @type {any} */ (window).heard.push(event.data));
    const { contentWindow } = /** @type {HTMLIFrameElement} */ (document.getElementById('chat'));
    for (const data of [{ segue: 'shown' }, { segue: 'hidden' }, 'shown', null, { segue: { toString: 1 } }, { segue: '<img src=x onerror=hit=1>' }]) {
      contentWindow?.postMessage(data, '*');
    }
  });
  await chat.waitForLoadState('networkidle');
  await page.waitForTimeout(300);
  assert.equal(await chat.locator('.bubble').count(), 0, 'it was not opened: no visitor, no conversation');
  assert.deepEqual(await page.evaluate(() => /** @type {any} */ (window).heard), [], 'and it told that page nothing');

  // The launcher heeds only its own frame.
  const shop = await openPage(t, `${url}/demo/shop`, { viewport: { width: 1000, height: 820 } });
  await shop.getByRole('button', { name: 'Open chat' }).click();
  await shop.frameLocator('iframe[title="Chat"]').locator('.bubble').first().waitFor();
  await shop.evaluate(() => window.postMessage({ segue: 'close' }, '*'));
  await shop.evaluate(() => window.postMessage({ segue: 'news', unread: 99, brand: 'url(javascript:1)' }, '*'));
  await shop.waitForTimeout(200);
  assert.ok(await shop.locator('iframe[title="Chat"]').isVisible());
  assert.equal(await shop.getByRole('button', { name: /99/ }).count(), 0);

  const { headers } = await fetch(`${url}/console/`);
  assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'self'/);
  const desk = await openPage(t, `${site}/desk`, { expected: [/frame-ancestors/, /Refused to (frame|display)/, /Framing/] });
  await desk.waitForTimeout(500);
  const inside = desk.frames().find((frame) => frame !== desk.mainFrame());
  assert.ok(!(await inside?.evaluate(() => !!document.getElementById('app')).catch(() => false)), 'the console did not load there');
});
