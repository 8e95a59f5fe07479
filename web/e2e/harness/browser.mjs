// @ts-check
// A real browser: one Chromium for each test file, a fresh context for each page. A
// page that logs an error, throws, or breaks its Content-Security-Policy fails its
// test, unless the test said that it expects this.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { enter } from './guests.mjs';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const screenshots = fileURLToPath(new URL('../screenshots/', import.meta.url));

/** How long an action waits for its element; a page that needs more is too slow. */
const PATIENCE_MS = 20_000;
const CSP_MARK = 'Content-Security-Policy broken:';

/** WCAG 2.2 A and AA, and axe's own good practice. */
const AXE_TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** A phone's size, as an option of openPage. */
export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

/** @type {Promise<import('playwright-core').Browser> | null} */
let browser = null;
after(async () => (await browser)?.close());

/**
 * Opens an address in a fresh context (no cookies, no storage), closed when the test
 * ends. `expected` are errors that this test provokes, a lost server for example.
 *
 * @param {import('node:test').TestContext} t
 * @param {string} url
 * @param {import('playwright-core').BrowserContextOptions & { expected?: RegExp[] }} [options]
 *   also takes `colorScheme`, `locale`, `viewport` …; see PHONE
 */
export async function openPage(t, url, options = {}) {
  const { expected = [], ...rest } = options;
  browser ??= launch();
  const context = await (await browser).newContext(rest);
  context.setDefaultTimeout(PATIENCE_MS);
  await context.addInitScript((mark) => {
    document.addEventListener('securitypolicyviolation', (event) => {
      const { effectiveDirective, blockedURI, sourceFile, lineNumber, sample } = event;
      console.error(`${mark} ${effectiveDirective} by ${blockedURI} at ${sourceFile}:${lineNumber} ${sample}`);
    });
  }, CSP_MARK);

  // Replies go at once; who tests that they wait for a moment says so.
  await context.addInitScript(() => {
    try {
      if (!localStorage.getItem('segue.settings')) localStorage.setItem('segue.settings', '{"undo_s":0}');
    } catch {
      // A page without a place of its own.
    }
  });

  /** @type {string[]} */
  const errors = [];
  context.on('console', (message) => {
    if (message.type() === 'error') errors.push(`${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (error) => errors.push(`not caught: ${error.error().stack ?? error.error()}`));
  enter(t, async () => {
    await Promise.all(context.pages().map(settle));
    await context.close();
    const surprises = errors.filter((error) => !expected.some((pattern) => pattern.test(error)));
    if (surprises.length > 0) assert.fail(`the page logged ${surprises.length} error(s):\n${surprises.join('\n')}`);
  });

  const page = await context.newPage();
  await page.goto(url);
  return page;
}

/**
 * Lets a page report what it has already met: a violation is an event of its own, and
 * comes a moment after the deed.
 *
 * @param {import('playwright-core').Page} page
 */
async function settle(page) {
  const settled = page.frames().map((frame) =>
    // A frame that has gone has nothing more to say.
    frame.evaluate(() => new Promise((resolve) => setTimeout(resolve))).catch(() => {}),
  );
  await Promise.race([Promise.all(settled), new Promise((resolve) => setTimeout(resolve, PATIENCE_MS).unref())]);
}

/**
 * Fails with a readable list where axe finds a violation, in the page or in its frames.
 *
 * @param {import('playwright-core').Page} page
 * @param {{ without?: string[] }} [options] `without`: rules not to apply, each with
 *   its reason beside it
 */
export async function axeCheck(page, { without = [] } = {}) {
  const found = [];
  for (const frame of page.frames()) {
    await frame.evaluate(axeSource);
    const violations = await frame.evaluate(runAxe, { tags: AXE_TAGS, without });
    found.push(...violations.map((violation) => `${frame.url()}\n${violation}`));
  }
  if (found.length > 0) assert.fail(`axe found ${found.length} violation(s):\n${found.join('\n')}`);
}

/**
 * Runs in the page.
 *
 * @param {{ tags: string[], without: string[] }} wish
 * @returns {Promise<string[]>}
 */
async function runAxe({ tags, without }) {
  /** @type {import('axe-core')} */
  const axe = /** @type {any} */ (globalThis).axe;
  const { violations } = await axe.run(document, {
    iframes: false,
    runOnly: tags,
    rules: Object.fromEntries(without.map((rule) => [rule, { enabled: false }])),
    resultTypes: ['violations'],
  });
  return violations.map(({ id, impact, help, nodes }) => {
    const places = nodes.map((node) => `    ${node.target.join(' ')}\n      ${node.failureSummary?.replaceAll('\n', '\n      ')}`);
    return `  ${id} (${impact}): ${help}\n${places.join('\n')}`;
  });
}

/**
 * Takes a picture to `e2e/screenshots/NAME.png`, which git ignores.
 *
 * @param {import('playwright-core').Page} page
 * @param {string} name
 * @returns {Promise<string>} where it is
 */
export async function screenshot(page, name) {
  await mkdir(screenshots, { recursive: true });
  const path = `${screenshots}${name}.png`;
  await page.screenshot({ path, animations: 'disabled' });
  return path;
}

function launch() {
  return chromium.launch({
    executablePath: findChromium(),
    // Without these it asks its maker's servers for this and that at every start.
    args: [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

function findChromium() {
  const names = process.env.CHROMIUM
    ? [process.env.CHROMIUM]
    : ['chromium', 'chromium-browser', 'google-chrome'];
  for (const name of names) {
    try {
      return execFileSync('/bin/sh', ['-c', 'command -v "$0"', name], { encoding: 'utf8' }).trim();
    } catch {
      // not this one
    }
  }
  throw new Error('no Chromium: run scripts/install-test-tools, or set CHROMIUM');
}
