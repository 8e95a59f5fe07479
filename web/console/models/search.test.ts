import { expect, test } from 'vitest';
import { detail, FakeServer, FakeWorld, item, said, settle } from './fakes';
import { Room } from './room';
import { queryOf, Search, wantedOf } from './search';

function found(id: string) {
  return { item: item(id), message_id: null, excerpt: [] };
}

function open() {
  const server = new FakeServer();
  const world = new FakeWorld();
  server.answer('GET search', { items: [found('c2'), found('c1')], next: null });
  return { server, world, search: new Search(server.api, world, () => {}) };
}

const asked = (server: FakeServer) => server.paths.filter((path) => path.includes('search'));

test('one search has one address, which says it again', () => {
  for (const query of ['', 'q=late+parcel', 'q=a%26b&state=resolved&agent=agent_1&from=2026-11-01', 'trigger=topic.complaint&language=de']) {
    expect(queryOf(wantedOf(query))).toBe(query);
  }
  expect(queryOf(wantedOf('state=resolved&q=x&nonsense=1'))).toBe('q=x&state=resolved');
});

test('words are waited for, a filter is not', async () => {
  const { server, world, search } = open();
  search.open('');
  await settle();
  for (const q of ['p', 'pa', 'parcel']) search.change({ q });
  await world.pass(200);
  expect(asked(server)).toEqual(['search']);
  await world.pass(200);
  expect(asked(server).at(-1)).toBe('search?q=parcel');
  search.change({ state: 'resolved' });
  await settle();
  expect(asked(server).at(-1)).toBe('search?q=parcel&state=resolved');
  expect(search.query).toBe('q=parcel&state=resolved');
  search.clear();
  expect([search.query, search.isNarrowed]).toEqual(['', false]);
});

test('a day counts from its beginning to its end where the reader is', async () => {
  const { server, search } = open();
  search.open('from=2026-11-01&until=2026-11-01');
  await settle();
  const sent = new URLSearchParams(asked(server)[0]?.replace('search?', ''));
  expect(Date.parse(sent.get('until') ?? '') - Date.parse(sent.get('from') ?? '')).toBe(86_400_000);
  expect(new Date(sent.get('from') ?? '').getHours()).toBe(0);
  search.open('from=yesterday');
  await settle();
  expect(asked(server).at(-1)).toBe('search');
});

test('pages follow each other, and an answer to an older question counts no more', async () => {
  const { server, search } = open();
  server.answer('GET search', { items: [found('c3'), found('c2')], next: '7' });
  search.open('q=a');
  await settle();
  server.answer('GET search', { items: [found('c2'), found('c1')], next: null });
  await search.load(search.more);
  expect(asked(server).at(-1)).toBe('search?q=a&before=7');
  expect(search.items?.map(({ item }) => item.conversation_id)).toEqual(['c3', 'c2', 'c1']);
  const release = server.hold('GET search');
  search.open('q=old');
  server.answer('GET search', { items: [found('new')], next: null });
  release();
  search.open('q=new');
  await settle();
  expect(search.items?.map(({ item }) => item.conversation_id)).toEqual(['new']);
  server.isDown = true;
  await search.load();
  expect([search.state, search.items?.length]).toEqual(['unreachable', 1]);
  search.end();
  expect([search.query, search.items, search.more, search.state]).toEqual(['', null, null, 'idle']);
});

test('what was found is opened where the words stand', async () => {
  const { desk, server } = await new Room().enter();
  const found = { item: item('c1'), message_id: 'message-4', excerpt: [{ text: 'my ', is_match: false }, { text: 'parcels', is_match: true }] };
  server.answer('GET conversations/c1', detail(item('c1'), [said(3, 'customer', 'parcels'), said(4, 'customer', 'my parcels')]));
  desk.showFound(found);
  await settle();
  expect(desk.open?.highlight).toEqual({ message_id: 'message-4', words: 'parcels' });
  desk.show('c1');
  await settle();
  expect(desk.open?.highlight).toBeNull();
});
