// @ts-check
// Files both ways (P46): the customer pastes, chooses and drops, the agent sees them in
// transcript and package and sends one back; what is not taken says why; nothing that was
// sent runs; a card number is masked.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { axeCheck, openPage, PHONE, screenshot, startSegue } from './harness.mjs';

const LIMIT = { timeout: 180_000 };
const SHOP = { viewport: { width: 1100, height: 820 } };
const DESK = { viewport: { width: 1440, height: 900 } };
const PDF = Buffer.from('%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n');
const SVG = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="window.hit=1"><script>window.hit=1</script></svg>');

/** @typedef {import('playwright-core').FrameLocator} Widget */

/** @param {import('playwright-core').Page} shop */
async function openWidget(shop) {
  await shop.getByRole('button', { name: 'Open chat' }).click();
  const widget = shop.frameLocator('iframe[title="Chat"]');
  await widget.locator('.bubble.assistant').first().waitFor();
  return widget;
}

/**
 * Lets go of files over a place, or pastes them there, as a browser tells it.
 *
 * @param {Widget} widget
 * @param {'paste' | 'drop'} how
 * @param {{ name: string, type: string, bytes: Buffer }} file
 */
async function give(widget, how, { name, type, bytes }) {
  await widget.locator('textarea').evaluate(
    (field, { how, name, type, data }) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(data)], name, { type }));
      const event =
        how === 'paste'
          ? new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true })
          : new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true });
      field.dispatchEvent(event);
    },
    { how, name, type, data: [...bytes] },
  );
}

/** A picture of that size, drawn by the browser. @param {import('playwright-core').Page} page */
async function picture(page, width = 320, height = 200) {
  const data = await page.evaluate(
    async ([width, height]) => {
      const canvas = Object.assign(document.createElement('canvas'), { width, height });
      const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
      pen.fillStyle = '#1f6f54';
      pen.fillRect(0, 0, /** @type {number} */ (width), /** @type {number} */ (height));
      pen.fillStyle = '#ffd400';
      pen.fillRect(40, 40, 120, 60);
      const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
      return [...new Uint8Array(await /** @type {Blob} */ (blob).arrayBuffer())];
    },
    [width, height],
  );
  return Buffer.from(data);
}

test('files go both ways and stand where they are looked for', LIMIT, async (t) => {
  const { url } = await startSegue(t);
  const shop = await openPage(t, `${url}/demo/shop`, SHOP);
  const widget = await openWidget(shop);
  const scripts = () => shop.frames()[1]?.evaluate(() => performance.getEntriesByType('resource').filter(({ name }) => name.includes('/files-')).length);
  assert.equal(await scripts(), 0, 'who sends no file loads nothing for it');

  await give(widget, 'paste', { name: 'crack.png', type: 'image/png', bytes: await picture(shop) });
  await give(widget, 'drop', { name: 'invoice.pdf', type: 'application/pdf', bytes: PDF });
  await widget.locator('.tray li').nth(1).waitFor();
  await widget.locator('.tray progress').first().waitFor({ state: 'detached' });
  await axeCheck(shop);
  await screenshot(shop, 'attachments-tray');
  await widget.getByLabel('Your message').fill('The frame of my bike is broken, I want my money back: 900 euros!');
  await widget.getByLabel('Your message').press('Enter');
  const shown = widget.locator('.message.customer .files img');
  await shown.waitFor();
  await shown.evaluate(async (/** @type {HTMLImageElement} */ image) => {
    while (!image.naturalWidth) await new Promise(requestAnimationFrame);
  });
  assert.match((await shown.getAttribute('src')) ?? '', /^blob:/, 'fetched with the key, no address carries the right');
  await widget.getByText('invoice.pdf').waitFor();
  await widget.locator('.tray').waitFor({ state: 'detached' });

  const desk = await openPage(t, `${url}/demo/enter`, DESK);
  await desk.locator('.rail').waitFor();
  const person = widget.locator('.person').getByRole('button', { name: 'Talk to a person' });
  if (await person.isVisible()) await person.click();
  await desk.getByRole('button', { name: /^Accept/ }).first().waitFor();
  await desk.keyboard.press('a');
  await desk.getByRole('heading', { name: 'Files' }).waitFor();
  for (const place of ['.package', '.transcript']) {
    const image = desk.locator(`${place} .files img`);
    await image.evaluate(async (/** @type {HTMLImageElement} */ one) => {
      while (!one.naturalWidth) await new Promise(requestAnimationFrame);
    });
    await desk.locator(`${place} .files`).getByText('invoice.pdf').waitFor();
  }
  await axeCheck(desk);
  await screenshot(desk, 'attachments-console');
  const [download] = await Promise.all([desk.waitForEvent('download'), desk.locator('.package .files').getByText('invoice.pdf').click()]);
  assert.equal(download.suggestedFilename(), 'invoice.pdf');
  assert.ok((await readFile(await download.path())).equals(PDF));

  // One file back, alone.
  await desk.keyboard.press('r');
  await desk.locator('.composer input[type=file]').setInputFiles({ name: 'repair guide.pdf', mimeType: 'application/pdf', buffer: PDF });
  await desk.locator('.basket li.ready').waitFor();
  await desk.locator('#composer').press('Control+Enter');
  await desk.locator('.said.agent .files').getByText('repair guide.pdf').waitFor();
  await widget.locator('.message.agent').getByText('repair guide.pdf').waitFor();
  const [saved] = await Promise.all([shop.waitForEvent('download'), widget.locator('.message.agent').getByText('repair guide.pdf').click()]);
  assert.ok((await readFile(await saved.path())).equals(PDF));

  // A reload finds them again.
  await shop.reload();
  const again = await openWidget(shop);
  await again.locator('.message.agent').getByText('repair guide.pdf').waitFor();
  await again.locator('.message.customer .files img').waitFor();
});

test('what is not taken says why, a lost one goes again, and what was chosen can be taken out', LIMIT, async (t) => {
  const { url } = await startSegue(t);
  const shop = await openPage(t, `${url}/demo/shop`, { ...SHOP, expected: [/Failed to load resource/, /ERR_/] });
  const widget = await openWidget(shop);
  const choose = widget.getByLabel('Attach a file');
  await choose.setInputFiles([
    { name: 'setup.exe', mimeType: 'image/png', buffer: Buffer.from('MZ\x90\0\x03\0\0\0', 'latin1') },
    { name: 'large.txt', mimeType: 'text/plain', buffer: Buffer.alloc(10 * 1024 * 1024 + 1, 'a') },
  ]);
  await widget.getByText("This type of file isn't taken").waitFor();
  await widget.getByText('Larger than 10 MB').waitFor();
  for (const name of ['setup.exe', 'large.txt']) await widget.getByRole('button', { name: `Remove ${name}` }).click();
  await widget.locator('.tray').waitFor({ state: 'detached' });

  await shop.context().route('**/files', (route) => route.abort(), { times: 1 });
  await choose.setInputFiles({ name: 'log.txt', mimeType: 'text/plain', buffer: Buffer.from('one line\n') });
  await widget.getByText('Not sent.').waitFor();
  const send = widget.getByRole('button', { name: 'Send', exact: true });
  assert.ok(await send.isDisabled(), 'nothing is left behind unsaid');
  await widget.locator('.tray').getByRole('button', { name: 'Try again' }).click();
  await widget.locator('.tray .quiet').waitFor();
  assert.ok(await send.isEnabled(), 'a file may go alone');
  await send.click();
  await widget.locator('.message.customer').getByText('log.txt').waitFor();
  await widget.getByText("can't look into files myself").waitFor();
});

/** Attack case 33. */
test('a drawing that would run is a download, opened by its address too', LIMIT, async (t) => {
  const { url } = await startSegue(t);
  const shop = await openPage(t, `${url}/demo/shop`, SHOP);
  const widget = await openWidget(shop);
  await give(widget, 'drop', { name: 'logo.svg', type: 'image/svg+xml', bytes: SVG });
  await widget.locator('.tray .quiet').waitFor();
  await widget.getByLabel('Your message').press('Enter');
  await widget.locator('.message.customer').getByText('logo.svg.txt').waitFor();
  assert.equal(await widget.locator('.message.customer img').count(), 0, 'it is not drawn');
  // The line stands there before the server has it; the answer says that it has.
  await widget.getByText("can't look into files myself").waitFor();

  const desk = await openPage(t, `${url}/demo/enter`, DESK);
  await desk.locator('.rail').waitFor();
  await desk.goto(`${url}/console/#/history`);
  await desk.locator('.hit', { hasText: 'logo.svg' }).click();
  const link = desk.locator('.transcript .files a');
  await link.waitFor();
  const address = await link.evaluate((a) => /** @type {HTMLAnchorElement} */ (a).href);
  const [download] = await Promise.all([desk.waitForEvent('download'), desk.evaluate((to) => void (location.href = to), address)]);
  assert.equal(download.suggestedFilename(), 'logo.svg.txt');
  assert.equal(await desk.evaluate(() => /** @type {any} */ (window).hit ?? null), null);
  // Whoever is not signed in gets nothing by the address alone.
  assert.equal((await fetch(address)).status, 401);
});

test('a card number is masked before anybody sees it, and the customer is told', LIMIT, async (t) => {
  const { url } = await startSegue(t);
  const shop = await openPage(t, `${url}/demo/shop`, SHOP);
  const widget = await openWidget(shop);
  await widget.getByLabel('Your message').fill('You charged my card 4111 1111 1111 1111 twice!');
  await widget.getByLabel('Your message').press('Enter');
  await widget.getByText("we've hidden the card number").waitFor();
  await widget.getByText('•••• •••• •••• 1111').waitFor();
  assert.equal(await widget.getByText('4111 1111').count(), 0);
  await screenshot(shop, 'attachments-card');
  const desk = await openPage(t, `${url}/demo/enter`, DESK);
  await desk.locator('.rail').waitFor();
  await desk.goto(`${url}/console/#/history`);
  await desk.getByText('•••• •••• •••• 1111').first().waitFor();
  assert.equal(await desk.getByText('4111 1111').count(), 0);
});

test('on a phone the camera is one touch away', LIMIT, async (t) => {
  const { url } = await startSegue(t);
  const key = /data-inbox="([^"]+)"/.exec(await (await fetch(`${url}/demo/shop`)).text())?.[1];
  const phone = await openPage(t, `${url}/widget/?inbox=${key}&lang=en`, PHONE);
  await phone.locator('.bubble.assistant').first().waitFor();
  await phone.getByLabel('Attach a file').setInputFiles({ name: 'IMG_0001.png', mimeType: 'image/png', buffer: await picture(phone, 1200, 1600) });
  await phone.locator('.tray .quiet').waitFor();
  const camera = phone.locator('.camera input');
  assert.equal(await camera.getAttribute('capture'), 'environment');
  await camera.setInputFiles({ name: 'image.png', mimeType: 'image/png', buffer: await picture(phone, 600, 400) });
  await phone.locator('.tray .quiet').nth(1).waitFor();
  await axeCheck(phone);
  await screenshot(phone, 'attachments-phone');
  await phone.getByLabel('Your message').press('Enter');
  await phone.locator('.message.customer .files img').nth(1).waitFor();
  const wide = await phone.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `${wide} px too wide`);
});
