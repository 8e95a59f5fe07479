import { expect, test } from 'vitest';
import { detail, fact, FakeShelf, floor, item, mine, said, settle, SOMEBODY } from './fakes';
import { Room } from './room';

test('mine are followed from what was seen, and followed anew on each connection', async () => {
  const room = new Room();
  room.server.answer('GET floor', floor({ mine: [mine('c1'), mine('c2', { seq: 9 })] }));
  await room.enter();
  const followed = () => room.line.sent.filter((frame) => frame['type'] === 'subscribe').map((frame) => [frame['conversation'], frame['after']]);
  expect(followed()).toEqual([['c1', 3], ['c2', 9]]);
  room.line.say({ type: 'events', conversation: 'c1', events: [said(4, 'customer', 'hello?')], through_seq: 4 });
  room.line.drop();
  await room.world.pass(1_000);
  room.line.open();
  await settle();
  expect(followed()).toEqual([['c1', 4], ['c2', 9]]);
});

test('what the server does not have any more is forgotten and fetched anew', async () => {
  const room = await new Room().open('c1', detail(mine('c1', { seq: 9, epoch: 4 }), [said(9, 'customer', 'gone')]));
  room.server.answer('GET conversations/c1', detail(mine('c1', { seq: 2, epoch: 1 }), [said(2, 'customer', 'still here')]));
  room.server.answer('GET floor', floor({ mine: [mine('c1', { seq: 2, epoch: 1 })] }));
  room.line.say({ type: 'resync', conversation: 'c1' });
  await settle();
  expect(room.talk.events.map(({ seq }) => seq)).toEqual([2]);
  expect([room.talk.cursor, room.talk.item.epoch]).toEqual([2, 1]);
});

test('what comes while another conversation is open, or the page is hidden, is unread', async () => {
  const room = await new Room().open('c1', detail(mine('c1')));
  await room.floor({ mine: [mine('c1'), mine('c2')] });
  const say = (id: string, seq: number) =>
    room.line.say({ type: 'events', conversation: id, events: [said(seq, 'customer', 'hm')], through_seq: seq });
  say('c1', 4);
  say('c2', 4);
  expect(room.talk.unread).toBe(0);
  // A conversation that was never opened here counts its last line as well.
  expect(room.desk.talks.of('c2')?.unread).toBe(2);
  room.desk.watch(false);
  say('c1', 5);
  expect(room.talk.unread).toBe(1);
  expect(room.desk.shift.unread).toBe(3);
  room.desk.watch(true);
  expect(room.talk.unread).toBe(0);
});

test('read marks survive a reload', async () => {
  const shelf = new FakeShelf();
  await new Room(shelf).open('c1', detail(mine('c1')));
  const after = new Room(shelf);
  after.server.answer('GET floor', floor({ mine: [mine('c1', { seq: 5 }), mine('c2')] }));
  await after.enter();
  expect(after.desk.talks.of('c1')).toMatchObject({ unread: 0, cursor: 3 });
  expect(after.desk.talks.of('c2')).toMatchObject({ unread: 1 });
});

test('an event out of the row, and every fact that moves things, fetches the whole', async () => {
  for (const event of [said(6, 'customer', 'late'), fact(4, { kind: 'handoff_cancelled' })]) {
    const room = await new Room().open('c1', detail(mine('c1')));
    const asked = () => room.server.bodies('GET conversations/c1').length;
    const before = asked();
    room.line.say({ type: 'events', conversation: 'c1', events: [event], through_seq: event.seq });
    await settle();
    expect(asked(), event.kind).toBe(before + 1);
  }
});

test('an answer that was overtaken is asked for again', async () => {
  const room = await new Room().enter();
  await room.floor({ mine: [mine('c1')] });
  room.server.answer('GET conversations/c1', detail(mine('c1')));
  const release = room.server.hold('GET conversations/c1');
  room.desk.show('c1');
  room.line.say({ type: 'events', conversation: 'c1', events: [said(4, 'customer', 'and another thing')], through_seq: 4 });
  room.server.answer('GET conversations/c1', detail(mine('c1'), [said(3, 'customer', 'help'), said(4, 'customer', 'and another thing')]));
  release();
  await settle();
  await settle();
  expect(room.talk.events.map((event) => event.seq)).toEqual([3, 4]);
});

test('a conversation of others is followed only while it is looked at', async () => {
  const room = await new Room().enter();
  room.server.answer('GET conversations/c9', detail(item('c9', { state: 'with_agent', agent: SOMEBODY })));
  room.desk.show('c9');
  await settle();
  expect(room.line.sent).toContainEqual({ type: 'subscribe', conversation: 'c9', after: 3 });
  room.desk.go({ kind: 'floor' });
  expect(room.line.sent).toContainEqual({ type: 'unsubscribe', conversation: 'c9' });
  expect(room.desk.talks.of('c9')).toBeNull();
});

test('a conversation that is not there says so', async () => {
  const room = await new Room().enter('#/conversations/nowhere');
  expect(room.desk.talks.missing).toBe('nowhere');
  expect(room.desk.notice).toBeNull();
});

test('the customer is seen writing for four seconds', async () => {
  const room = await new Room().open('c1', detail(mine('c1')));
  room.line.say({ type: 'typing', conversation: 'c1', who: 'customer' });
  expect(room.talk.isTyping(room.world.now())).toBe(true);
  await room.world.pass(4_000);
  expect(room.talk.isTyping(room.world.now())).toBe(false);
});

test('who resolves keeps the note when it is refused', async () => {
  const room = await new Room().open('c1', detail(mine('c1')));
  room.desk.act('resolve');
  expect(room.desk.dialog).toEqual({ kind: 'resolve', id: 'c1' });
  room.server.refuse('POST conversations/c1/resolve', 409, 'stale_epoch');
  await room.desk.resolve('c1', 'workaround', ' told them ');
  expect(room.desk.notice).toMatchObject({ key: 'refused_moved' });
  expect(room.desk.writing.draft('c1').note).toBe('told them');

  room.server.answer('POST conversations/c1/resolve', {});
  await room.desk.resolve('c1', 'workaround', ' ');
  expect(room.server.bodies('POST conversations/c1/resolve').at(-1)).toEqual({ epoch: 2, disposition: 'workaround', knowable: null, note: null });
  expect(room.desk.notice).toMatchObject({ key: 'resolved_notice' });
});
