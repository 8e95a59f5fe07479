import { expect, test } from 'vitest';
import type { Item } from '../api';
import { detail, FakeShelf, floor, introduced, item, mine, said, settle, SOMEBODY } from './fakes';
import { Room } from './room';

test('a reply shows at once, goes under its epoch and leaves when its event comes', async () => {
  const room = await new Room().open('c1', detail(mine('c1')));
  room.server.answer('POST conversations/c1/reply', { message_id: 'm', seq: 4, epoch: 2 });
  room.desk.writing.write(room.talk, { reply: '  Hello!  ' });
  room.desk.act('send');
  expect(room.talk.pending).toMatchObject([{ text: 'Hello!', state: 'sending', epoch: 2 }]);
  expect(room.desk.writing.draft('c1').reply).toBe('');
  await settle();
  const [sent] = room.server.bodies('POST conversations/c1/reply');
  expect(sent).toMatchObject({ text: 'Hello!', epoch: 2 });
  const echo = said(4, 'agent', 'Hello!', { client_message_id: String(sent?.['client_message_id']) });
  room.line.say({ type: 'events', conversation: 'c1', events: [echo], through_seq: 4 });
  expect(room.talk.pending).toEqual([]);
  expect(room.talk.events.at(-1)).toMatchObject({ seq: 4 });
});

test('a message that was not sent goes again under the same id when the line is back', async () => {
  const room = await new Room().open('c1', detail(mine('c1')));
  room.server.isDown = true;
  room.line.drop();
  expect(room.desk.lost).toBe(true);
  room.desk.writing.write(room.talk, { reply: 'Still there?' });
  room.desk.act('send');
  await settle();
  expect(room.talk.pending).toMatchObject([{ state: 'failed' }]);

  room.server.isDown = false;
  room.server.answer('POST conversations/c1/reply', { message_id: 'm', seq: 4, epoch: 2 });
  await room.world.pass(1_000);
  room.line.open();
  await settle();
  expect(room.desk.lost).toBe(false);
  const sent = room.server.bodies('POST conversations/c1/reply');
  expect(sent).toHaveLength(2);
  expect(sent[0]).toEqual(sent[1]);
});

test('a message on its way and a draft survive a reload', async () => {
  const shelf = new FakeShelf();
  const before = await new Room(shelf).open('c1', detail(mine('c1')));
  before.server.isDown = true;
  before.desk.writing.write(before.talk, { reply: 'first' });
  before.desk.act('send');
  before.desk.writing.write(before.talk, { reply: 'second', note: 'a note' });
  await settle();

  const after = new Room(shelf);
  after.server.answer('POST conversations/c1/reply', { message_id: 'm', seq: 4, epoch: 2 });
  await after.open('c1', detail(mine('c1')));
  expect(after.desk.writing.draft('c1')).toMatchObject({ reply: 'second', note: 'a note' });
  expect(after.server.bodies('POST conversations/c1/reply')).toMatchObject([{ text: 'first', epoch: 2 }]);
});

test('a message that had arrived before the reload is not sent again', async () => {
  const shelf = new FakeShelf();
  const before = await new Room(shelf).open('c1', detail(mine('c1')));
  before.server.isDown = true;
  before.desk.writing.write(before.talk, { reply: 'first' });
  before.desk.act('send');
  await settle();
  const { client_message_id } = before.talk.pending[0] ?? {};
  const after = new Room(shelf);
  await after.desk.start('#/', null);
  after.server.answer('GET conversations/c1', detail(mine('c1'), [said(4, 'agent', 'first', { client_message_id })]));
  await after.desk.talks.fetch('c1');
  expect(after.desk.talks.of('c1')?.pending).toEqual([]);
});

/** A reply is refused; what is said, and that the text is back in the composer. */
async function checkRefused(status: number, code: string, then: Item, says: object): Promise<void> {
  const room = await new Room().open('c1', detail(mine('c1')));
  room.server.refuse('POST conversations/c1/reply', status, code, 'the words of the server');
  room.server.answer('GET conversations/c1', detail(then));
  room.server.answer('GET floor', floor());
  room.desk.writing.write(room.talk, { reply: 'Hello' });
  room.desk.act('send');
  await settle();
  await settle();
  expect(room.talk.pending, code).toEqual([]);
  expect(room.desk.writing.draft('c1').reply, code).toBe('Hello');
  expect(room.desk.notice, code).toMatchObject(says);
}

test('a reply that the server will not take comes back into the composer with the reason', async () => {
  const gone = item('c1', { state: 'with_agent', epoch: 4, agent: SOMEBODY });
  await checkRefused(409, 'stale_epoch', gone, { key: 'no_longer_yours', tone: 'bad' });
  await checkRefused(409, 'not_owner', item('c1', { epoch: 3 }), { key: 'no_longer_yours' });
  await checkRefused(409, 'stale_epoch', mine('c1', { epoch: 4 }), { key: 'refused_moved' });
  await checkRefused(422, 'invalid', mine('c1'), { text: 'the words of the server' });
});

test('what may pass is kept and can be sent by hand', async () => {
  for (const status of [429, 500, 503]) {
    const room = await new Room().open('c1', detail(mine('c1')));
    room.server.refuse('POST conversations/c1/reply', status);
    room.desk.writing.write(room.talk, { reply: 'Hello' });
    room.desk.act('send');
    await settle();
    const [pending] = room.talk.pending;
    expect(pending?.state, `${status}`).toBe('failed');
    room.server.answer('POST conversations/c1/reply', { message_id: 'm', seq: 4, epoch: 2 });
    if (pending) await room.desk.writing.retry(room.talk, pending);
    expect(pending?.state, `${status}`).toBe('sent');
  }
});

test('a message that did not go can be taken back in front of what was written since', async () => {
  const room = await new Room().open('c1', detail(mine('c1')));
  room.server.isDown = true;
  room.desk.writing.write(room.talk, { reply: 'first' });
  room.desk.act('send');
  await settle();
  room.desk.writing.write(room.talk, { reply: 'second' });
  const [pending] = room.talk.pending;
  if (pending) room.desk.writing.takeBack(room.talk, pending);
  expect(room.desk.writing.draft('c1').reply).toBe('first\n\nsecond');
  expect(room.talk.pending).toEqual([]);
});

test('in a conversation of somebody else only notes can be written', async () => {
  const room = await new Room().open('c1', detail(item('c1', { state: 'with_agent', agent: SOMEBODY })));
  room.server.answer('POST conversations/c1/note', { message_id: 'm', seq: 4, epoch: 2 });
  room.desk.writing.write(room.talk, { writes: 'reply', note: 'look at order 7' });
  expect(room.desk.writing.kindOf(room.talk)).toBe('note');
  expect(room.desk.act('reply')).toBe(false);
  expect(room.desk.act('resolve')).toBe(false);
  room.desk.act('send');
  await settle();
  expect(room.server.bodies('POST conversations/c1/note')).toMatchObject([{ text: 'look at order 7' }]);
});

test('after a note the composer stays with notes', async () => {
  const room = await new Room().open('c1', detail(mine('c1')));
  room.server.answer('POST conversations/c1/note', { message_id: 'm', seq: 4, epoch: 2 });
  room.desk.compose('note');
  room.desk.writing.write(room.talk, { note: 'one' });
  room.desk.act('send');
  await settle();
  expect(room.desk.writing.kindOf(room.talk)).toBe('note');
});

test('the customer is told of writing at most every two seconds, and never of a note', async () => {
  const room = await new Room().open('c1', detail(mine('c1')));
  const typing = (note: boolean) => room.line.sent.filter((frame) => frame['type'] === 'typing' && !!frame['note'] === note).length;
  const told = () => typing(false);
  room.desk.writing.write(room.talk, { note: 'x' });
  expect(told()).toBe(0);
  expect(typing(true), 'colleagues are').toBe(1);
  room.desk.writing.write(room.talk, { reply: 'x' });
  room.desk.writing.write(room.talk, { reply: 'xy' });
  expect(told()).toBe(1);
  await room.world.pass(2_000);
  room.desk.writing.write(room.talk, { reply: 'xyz' });
  expect(told()).toBe(2);
});

test('the introduction goes by one key and is then no longer offered', async () => {
  const room = await new Room().open();
  room.server.answer('POST conversations/c1/reply', { message_id: 'm', seq: 4, epoch: 2 });
  expect(room.desk.act('introduction_send')).toBe(true);
  expect(room.desk.writing.introductionOf(room.talk)).toBeNull();
  await settle();
  expect(room.server.bodies('POST conversations/c1/reply')).toMatchObject([{ text: 'Hello, I have read everything.' }]);
  expect(room.desk.act('introduction_send')).toBe(false);
});

test('the introduction is edited in the composer and loses nothing that was begun', async () => {
  const room = await new Room().open();
  room.desk.writing.write(room.talk, { reply: 'My own words' });
  room.desk.act('introduction_edit');
  room.desk.act('introduction_edit');
  expect(room.desk.writing.draft('c1').reply).toBe('Hello, I have read everything.\n\nMy own words');
  expect(room.desk.wish?.place).toBe('composer');
});

test('a faulty first message is flagged while it is written and goes at the second wish', async () => {
  const room = await new Room().open();
  room.server.answer('POST conversations/c1/introduction/check', { faults: ['no_review'] });
  room.server.answer('POST conversations/c1/reply', { message_id: 'm', seq: 4, epoch: 2 });
  room.desk.writing.write(room.talk, { reply: 'How can I help?' });
  await room.world.pass(400);
  expect(room.talk.faults).toEqual(['no_review']);

  room.desk.act('send');
  await settle();
  expect(room.server.bodies('POST conversations/c1/reply')).toEqual([]);
  expect(room.talk.doubted).toBe('How can I help?');
  room.desk.act('send');
  await settle();
  expect(room.server.bodies('POST conversations/c1/reply')).toHaveLength(1);
  expect(room.talk.faults).toEqual([]);
});

test('changed words are doubted anew', async () => {
  const room = await new Room().open();
  room.server.answer('POST conversations/c1/introduction/check', { faults: ['no_review'] });
  room.desk.writing.write(room.talk, { reply: 'How can I help?' });
  room.desk.act('send');
  await settle();
  room.desk.writing.write(room.talk, { reply: 'How can I help you?' });
  expect(room.talk.doubted).toBeNull();
  room.desk.act('send');
  await settle();
  expect(room.server.bodies('POST conversations/c1/reply')).toEqual([]);
});

test('later messages are only held for repeating what failed', async () => {
  const whole = introduced(mine('c1'));
  const room = await new Room().open('c1', { ...whole, introduction: null });
  room.server.answer('POST conversations/c1/introduction/check', { faults: ['no_name', 'repeats_attempt', 'no_review'] });
  room.desk.writing.write(room.talk, { reply: 'Clear the cache' });
  await room.world.pass(400);
  expect(room.talk.faults).toEqual(['repeats_attempt']);
});

test('a check that fails or hangs holds nothing up', async () => {
  for (const hangs of [false, true]) {
    const room = await new Room().open();
    if (hangs) room.server.hold('POST conversations/c1/introduction/check');
    else room.server.refuse('POST conversations/c1/introduction/check', 500);
    room.server.answer('POST conversations/c1/reply', { message_id: 'm', seq: 4, epoch: 2 });
    room.desk.writing.write(room.talk, { reply: 'Hello' });
    room.desk.act('send');
    await room.world.pass(1_500);
    expect(room.server.bodies('POST conversations/c1/reply'), `hangs: ${hangs}`).toHaveLength(1);
  }
});

test('files go with the reply, alone if need be, and come back with it when it is refused', async () => {
  const room = await new Room().open('c1', detail(mine('c1')));
  const photo = { id: 'file_1', name: 'photo.png', kind: 'png' as const, bytes: 9 };
  room.server.answer('POST conversations/c1/reply', { message_id: 'm', seq: 4, epoch: 2 });
  room.desk.writing.basket('c1', 'reply').putBack([photo]);
  room.desk.act('send');
  await settle();
  expect(room.server.bodies('POST conversations/c1/reply')).toMatchObject([{ text: '', files: ['file_1'] }]);
  expect(room.talk.pending).toMatchObject([{ files: [photo], state: 'sent' }]);
  expect(room.desk.writing.basket('c1', 'reply').isEmpty).toBe(true);

  room.server.refuse('POST conversations/c1/reply', 409, 'file_gone');
  room.server.answer('GET conversations/c1', detail(mine('c1')));
  room.desk.writing.basket('c1', 'reply').putBack([photo]);
  room.desk.writing.write(room.talk, { reply: 'look' });
  room.desk.act('send');
  await settle();
  await settle();
  expect(room.desk.writing.draft('c1').reply).toBe('look');
  expect(room.desk.writing.basket('c1', 'reply').ready).toEqual([photo]);
  expect(room.desk.notice).toMatchObject({ key: 'refused_file_gone' });
});
