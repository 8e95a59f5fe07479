import { expect, test } from 'vitest';
import type { InboxListed } from '../api';
import { FakeServer } from './fakes';
import { InboxesModel, inFront } from './inboxes';

const SITE: InboxListed = { id: 'i1', name: 'Website', site_key: 'site_1', closed_at: null, is_first: true, open_conversations: 2 };
const APP: InboxListed = { ...SITE, id: 'i2', name: 'App', is_first: false, closed_at: '2026-11-20T10:00:00Z', open_conversations: 0 };

async function open(inboxes: InboxListed[]) {
  const server = new FakeServer();
  server.answer('GET inboxes', () => ({ inboxes }));
  let saved = 0;
  const model = new InboxesModel(server.api, () => {}, () => (saved += 1));
  await model.load();
  return { server, model, saved: () => saved };
}

test('an inbox is made, named, closed and opened again, and other pages hear of it', async () => {
  const { server, model, saved } = await open([SITE, APP]);
  for (const route of ['POST inboxes', 'PATCH inboxes/i1', 'PATCH inboxes/i2']) server.answer(route, SITE);
  model.begin(null);
  model.change({ name: 'Shop' });
  await model.save();
  expect(server.bodies('POST inboxes')).toEqual([{ name: 'Shop' }]);
  expect(model.draft).toBeNull();
  model.begin(SITE);
  expect(model.draft).toEqual({ id: 'i1', name: 'Website' });
  await model.save();
  model.ask(SITE);
  await model.close('i1', true);
  await model.close('i2', false);
  expect(server.bodies('PATCH inboxes/i1')).toEqual([{ name: 'Website' }, { is_closed: true }]);
  expect(server.bodies('PATCH inboxes/i2')).toEqual([{ is_closed: false }]);
  expect(model.asked).toBeNull();
  expect(saved()).toBe(4);
});

test('the last open inbox is known as such, and what is refused is told', async () => {
  const { server, model } = await open([SITE, APP]);
  expect([SITE, APP].map((inbox) => model.isLast(inbox))).toEqual([true, false]);
  server.refuse('PATCH inboxes/i1', 409, 'last_inbox', 'this is the last open inbox');
  model.ask(SITE);
  await model.close('i1', true);
  expect(model.notice?.key).toBe('refused_last_inbox');
  expect(model.asked).toEqual(SITE);
});

test('what was chosen is in front, else the first that is open', () => {
  const one = { id: 'i1', is_closed: true };
  const two = { id: 'i2', is_closed: false };
  expect(inFront([one, two], '')).toBe(two);
  expect(inFront([one, two], 'i1')).toBe(one);
  expect(inFront([one], 'gone')).toBe(one);
  expect(inFront(null, 'i1')).toBeNull();
  expect(inFront([], '')).toBeNull();
});
