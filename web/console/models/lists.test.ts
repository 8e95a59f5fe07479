import { expect, test } from 'vitest';
import { detail, floor, item, ME, settle } from './fakes';
import { Room } from './room';

async function room() {
  const room = await new Room().enter();
  room.server.answer('GET conversations', { items: [item('c2'), item('c1')], next_before: null });
  return room;
}

test('a list is asked for while it is in front, when the floor moves and now and then', async () => {
  const { desk, server, line, world } = await room();
  const asked = () => server.paths.filter((path) => path.startsWith('conversations?')).length;
  desk.list('assistant');
  await settle();
  expect(desk.walked.map(({ conversation_id }) => conversation_id)).toEqual(['c2', 'c1']);
  line.say({ type: 'floor' });
  await settle();
  expect(asked()).toBe(2);
  await world.pass(10_000);
  expect(asked()).toBe(3);
  desk.list('desk');
  await world.pass(60_000);
  expect(asked()).toBe(3);
});

test('older ones stay when what is done is looked at anew', async () => {
  const { desk, server } = await room();
  server.answer('GET conversations', { items: [item('c3')], next_before: 'c3' });
  desk.list('done');
  await settle();
  server.answer('GET conversations', { items: [item('c2')], next_before: null });
  await desk.lists.loadMore();
  server.answer('GET conversations', { items: [item('c4')], next_before: 'c4' });
  await desk.lists.load();
  expect(desk.lists.items?.map(({ conversation_id }) => conversation_id)).toEqual(['c4', 'c3', 'c2']);
  expect(desk.lists.more).toBeNull();
});

test('what is open is turned over page by page, and looked at anew as far as it was', async () => {
  const { desk, server, world, line } = await room();
  const pages: Record<string, object> = {
    null: { items: [item('c5'), item('c4')], next_before: '4-c4' },
    '4-c4': { items: [item('c4'), item('c3')], next_before: '3-c3' },
    '3-c3': { items: [item('c2')], next_before: null },
  };
  const shown = () => desk.lists.items?.map(({ conversation_id }) => conversation_id);
  server.answer('GET conversations', () => pages[new URLSearchParams(server.paths.at(-1)?.split('?')[1]).get('before') ?? 'null']);
  desk.list('open');
  await settle();
  await desk.lists.loadMore();
  expect([shown(), desk.lists.more]).toEqual([['c5', 'c4', 'c3'], '3-c3']);
  // One further up was resolved, one further down too; the top is known at once.
  pages['null'] = { items: [item('c6'), item('c4')], next_before: '4-c4' };
  line.say({ type: 'floor' });
  await settle();
  expect([shown(), desk.lists.more]).toEqual([['c6', 'c4', 'c5', 'c3'], '3-c3']);
  pages['4-c4'] = { items: [item('c2')], next_before: null };
  await world.pass(10_000);
  expect([shown(), desk.lists.more]).toEqual([['c6', 'c4', 'c2'], null]);
});

test('whoever turns over gets there, however much the floor moves', async () => {
  const { desk, server, line } = await room();
  server.answer('GET conversations', { items: [item('c5')], next_before: '5-c5' });
  desk.list('open');
  await settle();
  server.answer('GET conversations', { items: [item('c4')], next_before: null });
  const arrive = server.hold('GET conversations');
  const turned = desk.lists.loadMore();
  line.say({ type: 'floor' });
  await settle();
  arrive();
  await turned;
  expect(desk.lists.items?.map(({ conversation_id }) => conversation_id)).toEqual(['c5', 'c4']);
});

test('the keys walk on from the last of a page to the next one', async () => {
  const { desk, server } = await room();
  server.answer('GET conversations', { items: [item('c5'), item('c4')], next_before: '4-c4' });
  server.answer('GET conversations/c4', detail(item('c4')));
  server.answer('GET conversations/c3', detail(item('c3')));
  desk.list('open');
  await settle();
  desk.show('c4');
  await settle();
  server.answer('GET conversations', { items: [item('c3')], next_before: null });
  desk.act('next');
  await settle();
  await settle();
  expect(desk.place).toMatchObject({ kind: 'talk', id: 'c3' });
});

test('the keys walk the list in front, and the lists go round', async () => {
  const { desk } = await room();
  expect(desk.listNames).toEqual(['desk', 'open', 'assistant', 'done']);
  desk.act('list');
  expect(desk.lists.shown).toBe('open');
  await settle();
  desk.act('next');
  expect(desk.place).toMatchObject({ kind: 'talk', id: 'c2' });
  for (let n = 0; n < 3; n++) desk.act('list');
  expect(desk.lists.shown).toBe('desk');
});

test('who leads sees everything open, who is in teams sees theirs', async () => {
  const as = async (role: 'agent' | 'lead') => {
    const room = new Room();
    room.server.answer('GET session', { ...ME, agent: { ...ME.agent, role } });
    room.server.answer('GET floor', floor({ teams: [{ id: 't', name: 'Billing', waiting: 0 }] }));
    return (await room.enter()).desk.listNames;
  };
  expect(await as('agent')).toEqual(['desk', 'team', 'assistant', 'done']);
  expect(await as('lead')).toEqual(['desk', 'team', 'open', 'assistant', 'done']);
});
