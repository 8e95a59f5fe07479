import { expect, test } from 'vitest';
import { at, detail, item, mine, said, settle } from './fakes';
import { Room } from './room';

test('the address follows the place, and the place the address', async () => {
  const room = await new Room().enter();
  room.desk.go({ kind: 'measures', rest: '' });
  expect(room.places.at(-1)).toEqual(['#/measures', false]);
  room.desk.goTo('#/conversations/c1');
  expect(room.desk.place).toEqual({ kind: 'talk', id: 'c1', half: 'package' });
  expect(room.places.at(-1)).toEqual(['#/conversations/c1', true]);
  const before = room.places.length;
  room.desk.goTo('#/conversations/c1');
  expect(room.places).toHaveLength(before);
});

test('j and k walk mine and the queue as they are shown, round the ends', async () => {
  const room = await new Room().enter();
  await room.floor({
    mine: [mine('later', { touched_at: at(10) }), mine('first', { touched_at: at(300) })],
    queue: [item('waiting')],
  });
  const walk = ['first', 'later', 'waiting', 'first'];
  for (const id of walk) {
    room.desk.act('next');
    expect(room.desk.place).toMatchObject({ id });
  }
  room.desk.act('previous');
  expect(room.desk.place).toMatchObject({ id: 'waiting' });
  room.desk.set({ wanted: 'later' });
  room.desk.showFirst();
  expect(room.desk.place).toMatchObject({ id: 'later' });
});

test('a reason leads to its words, and to nothing where they are not', async () => {
  const room = await new Room().open('c1', detail(mine('c1'), [said(2, 'customer', 'I was charged TWICE'), said(3, 'assistant', 'Sorry')]));
  room.desk.point('charged twice', null);
  expect(room.talk.highlight).toEqual({ message_id: 'message-2', words: 'charged twice' });
  expect(room.desk.place).toMatchObject({ half: 'talk' });
  room.desk.point('never said', 'message-99');
  expect(room.talk.highlight).toMatchObject({ message_id: 'message-2' });
});

test('an address that names a message opens the conversation there', async () => {
  const room = await new Room().enter();
  room.server.answer('GET conversations/c1', detail(mine('c1'), [said(2, 'customer', 'order 48213'), said(3, 'agent', 'Which order?')]));
  room.desk.goTo('#/conversations/c1?at=3');
  await settle();
  expect(room.desk.open?.highlight).toEqual({ message_id: 'message-3', words: '' });
  expect(room.desk.place).toMatchObject({ half: 'talk' });
  expect(room.places.at(-1)).toEqual(['#/conversations/c1?at=3', true]);
  room.desk.goTo('#/conversations/c1?at=99');
  await settle();
  expect(room.desk.open?.highlight).toBeNull();
});

test('an article is drafted where an agent has said something, and a lead is led to it', async () => {
  const done = item('c1', { state: 'resolved' });
  const room = await new Room().open('c1', detail(done, [said(2, 'customer', 'Who pays duties?')]));
  expect(room.desk.mayDraft(room.talk)).toBe(false);
  room.talk.receive([said(3, 'agent', 'We pay them.')], 3, true);
  expect(room.desk.mayDraft(room.talk)).toBe(true);
  room.server.answer('POST conversations/c1/article-draft', { id: 'gap_1', title: 'Duties', is_closed: false });
  await room.desk.draftArticle('c1');
  expect(room.desk.place).toEqual({ kind: 'measures', rest: 'gaps?draft=gap_1' });
});

test('keys that make no sense just now do nothing', async () => {
  const room = await new Room().enter();
  for (const act of ['accept', 'decline', 'reply', 'note', 'introduction_edit', 'introduction_send', 'resolve', 'send'] as const) {
    expect(room.desk.act(act), act).toBe(false);
  }
  expect(room.desk.act('help')).toBe(true);
  expect(room.desk.dialog).toEqual({ kind: 'keys' });
  expect(room.desk.act('search')).toBe(true);
  expect(room.desk.wish?.place).toBe('search');
});

test('many calls of the floor at once make one more request', async () => {
  const room = await new Room().enter();
  const asked = () => room.server.bodies('GET floor').length;
  const before = asked();
  const release = room.server.hold('GET floor');
  for (let n = 0; n < 5; n += 1) room.line.say({ type: 'floor' });
  release();
  await settle();
  await settle();
  expect(asked()).toBe(before + 2);
});
