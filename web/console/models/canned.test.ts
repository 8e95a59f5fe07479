import { expect, test } from 'vitest';
import type { CannedReply } from '../api';
import { filled, found, holesOf, pickAt, valuesOf } from './canned';
import { detail, fact, mine, said } from './fakes';
import { Room } from './room';

function reply(name: string, text = 'Hello {customer.name}, about {order}.'): CannedReply {
  return { id: name, name, text, shared_with: 'all', team_id: null, may_change: false };
}

async function room(replies: CannedReply[]) {
  const room = new Room();
  room.server.answer('GET canned-replies', { replies, teams: [], may_share: false });
  return room.open('c1', detail(mine('c1')));
}

test('a slash asks for a reply only where a word could begin', () => {
  const at = (text: string) => pickAt(text, text.length)?.word ?? null;
  expect(at('/')).toBe('');
  expect(at('/ret')).toBe('ret');
  expect(at('Hello /ret')).toBe('ret');
  expect(at('Hello\n/返品')).toBe('返品');
  for (const text of ['and/or', 'https://shop.example', '/ret ', '1/2', '', '//']) expect(at(text), text).toBeNull();
  expect(pickAt('/ret later', 4)).toEqual({ word: 'ret', start: 0, end: 4 });
});

test('names that begin with the word come first, then what holds it', () => {
  const all = [reply('An invoice'), reply('Return label'), reply('Hours', 'until you return')];
  expect(found(all, 'RET').map(({ name }) => name)).toEqual(['Return label', 'Hours']);
  expect(found(all, '').length).toBe(3);
  expect(found(all, 'zebra')).toEqual([]);
});

test('what is known is filled in, what is not stays to be seen', () => {
  const text = 'Hi {customer.name}, {agent.name} of {company} about {order}. {code} {customer.city}';
  const words = filled(text, { 'customer.name': 'Ida', 'agent.name': 'Maya', company: 'Fernhill', order: '' });
  expect(words).toBe('Hi Ida, Maya of Fernhill about {order}. {code} {customer.city}');
  expect(holesOf(words).map(({ name }) => name)).toEqual(['order', 'customer.city']);
  expect(filled('{constructor}', {}), 'what every object has is no word of ours').toBe('{constructor}');
  expect(holesOf('a { b } {} {Order}').map(({ name }) => name)).toEqual(['order']);
});

test('the order is what the customer told when asked, or what is on record', async () => {
  const events = [said(3, 'customer', 'It is #FH-4471.'), fact(4, { kind: 'detail_told', detail: 'reference', message_id: 'message-3' })];
  const room = await new Room().open('c1', detail(mine('c1'), events));
  const values = valuesOf(room.talk, { name: 'Maya Lind', company: 'Fernhill' });
  expect(values).toMatchObject({ order: 'FH-4471', 'customer.name': 'Name c1', 'customer.first_name': 'Name', 'agent.first_name': 'Maya' });
});

test('a reply is picked by keys, put where its word was, and does not go out with a hole at once', async () => {
  const { desk, talk, server } = await room([reply('Return label'), reply('Hours', 'We are open.')]);
  server.answer('POST conversations/c1/reply', { message_id: 'm', seq: 4, epoch: 2 });
  desk.writing.write(talk, { reply: 'So: /ret' });
  desk.canned.look('So: /ret', 8);
  await new Promise(setImmediate);
  expect(desk.canned.found.map(({ name }) => name)).toEqual(['Return label']);
  const [first] = desk.canned.found;
  if (first) desk.takeCanned(talk, first);
  expect(desk.writing.draft('c1').reply).toBe('So: Hello Name c1, about {order}.');
  expect([desk.canned.pick, desk.wish?.place]).toEqual([null, 'hole']);
  await desk.writing.send(talk);
  expect(server.bodies('POST conversations/c1/reply')).toEqual([]);
  expect(desk.wish?.place).toBe('hole');
  desk.writing.write(talk, { reply: 'So: Hello Name c1, about 4471.' });
  await desk.writing.send(talk);
  expect(server.bodies('POST conversations/c1/reply')).toMatchObject([{ text: 'So: Hello Name c1, about 4471.' }]);
});

test('braces that are meant go out at the second press, changed words are pointed at anew', async () => {
  const { desk, talk, server } = await room([]);
  server.answer('POST conversations/c1/reply', { message_id: 'm', seq: 4, epoch: 2 });
  desk.writing.write(talk, { reply: 'Write {order} there.' });
  await desk.writing.send(talk);
  desk.writing.write(talk, { reply: 'Write {order} in it.' });
  await desk.writing.send(talk);
  expect(server.bodies('POST conversations/c1/reply')).toEqual([]);
  await desk.writing.send(talk);
  expect(server.bodies('POST conversations/c1/reply')).toMatchObject([{ text: 'Write {order} in it.' }]);
  expect(talk.left_open).toBeNull();
});

test('the key begins a word of its own, and arrows go round', async () => {
  const { desk, talk } = await room([reply('One'), reply('Two')]);
  desk.writing.write(talk, { reply: 'Hello' });
  desk.act('canned');
  await new Promise(setImmediate);
  expect(desk.writing.draft('c1').reply).toBe('Hello /');
  desk.canned.step(-1);
  expect(desk.canned.at).toBe(1);
  desk.canned.step(1);
  expect(desk.canned.at).toBe(0);
});
