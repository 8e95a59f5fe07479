import { expect, test } from 'vitest';
import { FakeServer, item } from './fakes';
import { History } from './history';

test('pages follow one another and nothing stands twice', async () => {
  const server = new FakeServer();
  const history = new History(server.api, () => {});
  server.answer('GET conversations', { items: [item('a'), item('b')], next_before: '2026-11-24T09:00:00Z' });
  await history.load();
  server.answer('GET conversations', { items: [item('b'), item('c')], next_before: null });
  await history.load(history.more);
  expect(history.items?.map((one) => one.conversation_id)).toEqual(['a', 'b', 'c']);
  expect(history.more).toBeNull();
  history.filter('subject c');
  expect(history.shown.map((one) => one.conversation_id)).toEqual(['c']);
});

test('a page that cannot be fetched leaves the others', async () => {
  const server = new FakeServer();
  const history = new History(server.api, () => {});
  server.answer('GET conversations', { items: [item('a')], next_before: 'x' });
  await history.load();
  server.isDown = true;
  await history.load(history.more);
  expect(history).toMatchObject({ state: 'unreachable', more: 'x' });
  expect(history.items).toHaveLength(1);
});
