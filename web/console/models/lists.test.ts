import { expect, test } from 'vitest';
import { floor, item, ME, settle } from './fakes';
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
