// A reply can be taken back for a moment, and is never lost nor sent by surprise.

import { expect, test } from 'vitest';
import { detail, FakeShelf, floor, introduced, mine, said, settle, SOMEBODY } from './fakes';
import { Room } from './room';

const REPLY = 'POST conversations/c1/reply';

async function room(shelf = new FakeShelf(), whole = detail(mine('c1'))) {
  const room = new Room(shelf);
  room.undo_ms = 5_000;
  room.server.answer(REPLY, { message_id: 'm', seq: 4, epoch: 2 });
  return room.open('c1', whole);
}

test('a reply waits, and goes by itself', async () => {
  const { desk, talk, server, world } = await room();
  desk.writing.write(talk, { reply: 'Hello!' });
  desk.act('send');
  await world.pass(4_900);
  expect(server.bodies(REPLY)).toEqual([]);
  expect(talk.pending).toMatchObject([{ state: 'held', text: 'Hello!' }]);
  await world.pass(200);
  expect(server.bodies(REPLY)).toMatchObject([{ text: 'Hello!', epoch: 2 }]);
  expect(talk.pending).toMatchObject([{ state: 'sent' }]);
});

test('it is taken back into the composer, and then nothing goes', async () => {
  const { desk, talk, server, world } = await room();
  desk.writing.write(talk, { reply: 'Helo!' });
  desk.act('send');
  desk.writing.write(talk, { reply: 'more' });
  expect(desk.act('undo')).toBe(true);
  expect(desk.writing.draft('c1').reply).toBe('Helo!\n\nmore');
  await world.pass(10_000);
  expect([server.bodies(REPLY), talk.pending, desk.act('undo')]).toEqual([[], [], false]);
});

test('the introduction can be taken back too, a note goes at once', async () => {
  const { desk, talk, server, world } = await room(new FakeShelf(), introduced(mine('c1')));
  server.answer('POST conversations/c1/note', { message_id: 'n', seq: 5, epoch: 2 });
  desk.sendIntroduction(talk);
  expect(talk.pending).toMatchObject([{ state: 'held' }]);
  desk.writing.write(talk, { note: 'psst', writes: 'note' });
  desk.act('send');
  await settle();
  expect(server.bodies('POST conversations/c1/note')).toHaveLength(1);
  await world.pass(5_000);
  expect(server.bodies(REPLY)).toHaveLength(1);
});

test('whoever closes the page, resolves or lets go has it sent first, in its order', async () => {
  const deeds: ((room: Room) => unknown)[] = [
    ({ desk }) => desk.writing.flushAll(),
    ({ desk }) => desk.resolve('c1', 'solved', ''),
    ({ desk, talk }) => desk.shift.release(talk.item, 'queue'),
    ({ desk }) => desk.signOut(),
  ];
  for (const deed of deeds) {
    const here = await room();
    here.desk.writing.write(here.talk, { reply: 'one' });
    here.desk.act('send');
    here.desk.writing.write(here.talk, { reply: 'two' });
    here.desk.act('send');
    deed(here);
    await settle();
    await settle();
    expect(here.server.bodies(REPLY).map(({ text }) => text)).toEqual(['one', 'two']);
    const routes = here.server.calls.map(({ route }) => route);
    const after = routes.findIndex((route) => /resolve|release/.test(route));
    if (after >= 0) expect(routes.lastIndexOf(REPLY)).toBeLessThan(after);
    await here.world.pass(10_000);
    expect(here.server.bodies(REPLY)).toHaveLength(2);
  }
});

test('what could not go out keeps the conversation from being resolved', async () => {
  const refused = await room();
  refused.server.refuse(REPLY, 422, 'invalid', 'too long');
  const down = await room();
  down.server.refuse(REPLY, 503);
  for (const { desk, talk, server } of [refused, down]) {
    desk.writing.write(talk, { reply: 'one' });
    desk.act('send');
    await desk.resolve('c1', 'solved', 'a note');
    await settle();
    expect(server.calls.filter(({ route }) => route.includes('resolve'))).toEqual([]);
    expect(desk.writing.draft('c1').note).toBe('a note');
  }
  expect([refused.desk.writing.draft('c1').reply, refused.desk.notice]).toMatchObject(['one', { text: 'too long' }]);
  expect([down.talk.pending, down.desk.notice]).toMatchObject([[{ state: 'failed' }], { key: 'left_unsent' }]);
});

test('nobody is left behind without what was to be said to them first', async () => {
  const deeds: ((room: Room) => unknown)[] = [
    ({ desk, talk }) => desk.shift.release(talk.item, 'queue'),
    ({ desk, talk }) => desk.shift.release(talk.item, 'team t1', 'a note', 'Billing'),
    ({ desk, talk }) => desk.shift.handBack(talk.item, { done: ['x'], promised: [], open: [] }),
    ({ desk }) => desk.shift.goOffline(new Map([['c1', 'queue']])),
    ({ desk }) => desk.signOut(),
  ];
  const leaves = /release|transfer|hand-back|presence|DELETE session|sign-out/;
  for (const [number, deed] of deeds.entries()) {
    for (const status of [422, 503]) {
      const here = await room();
      here.server.refuse(REPLY, status, 'invalid', 'too long');
      here.desk.writing.write(here.talk, { reply: 'one' });
      here.desk.act('send');
      await deed(here);
      await settle();
      const left = here.server.calls.filter(({ route }) => leaves.test(route));
      expect(left, `${number} ${status}`).toEqual([]);
      const notice = status === 422 ? { text: 'too long' } : { key: 'left_unsent' };
      expect(here.desk.notice, `${number} ${status}`).toMatchObject({ ...notice, tone: 'bad' });
      // Nothing is lost, and whoever has read it may go on all the same.
      const kept = [here.desk.writing.draft('c1').reply, ...here.talk.pending.map(({ text }) => text)];
      expect(kept, `${number} ${status}`).toContain('one');
      await deed(here);
      await settle();
      const gone = here.server.calls.filter(({ route }) => leaves.test(route));
      expect(gone.length, `${number} ${status}`).toBe(1);
    }
  }
});

test('what is under way arrives before the conversation is let go of', async () => {
  const here = await room();
  here.desk.writing.write(here.talk, { reply: 'one' });
  here.desk.act('send');
  const arrive = here.server.hold(REPLY);
  await here.world.pass(5_000);
  expect(here.talk.pending).toMatchObject([{ state: 'sending' }]);
  const leaving = here.desk.shift.release(here.talk.item, 'queue');
  await settle();
  expect(here.server.calls.some(({ route }) => route.includes('release'))).toBe(false);
  arrive();
  await leaving;
  expect(here.server.calls.some(({ route }) => route.includes('release'))).toBe(true);
});

test('a page that was killed sends it when it comes back soon, and asks when it comes back late', async () => {
  for (const [gone_ms, sent] of [[60_000, 1], [3_600_000, 0]] as const) {
    const shelf = new FakeShelf();
    const before = await room(shelf);
    before.desk.writing.write(before.talk, { reply: 'Hello!' });
    before.desk.act('send');
    const after = new Room(shelf);
    after.server.answer(REPLY, { message_id: 'm', seq: 4, epoch: 2 });
    await after.world.pass(gone_ms);
    await after.open('c1', detail(mine('c1')));
    expect(after.server.bodies(REPLY), String(gone_ms)).toHaveLength(sent);
    expect(after.desk.writing.draft('c1').reply).toBe(sent ? '' : 'Hello!');
    expect(after.desk.notice?.key).toBe(sent ? undefined : 'unsent_given_back');
  }
});

test('what went out as the page was closed is not given back, however late one comes', async () => {
  const shelf = new FakeShelf();
  const before = await room(shelf);
  before.desk.writing.write(before.talk, { reply: 'Hello!' });
  before.desk.act('send');
  before.desk.writing.flushAll();
  const [sent] = before.server.bodies(REPLY);
  const after = new Room(shelf);
  await after.world.pass(3_600_000);
  const gone = said(4, 'agent', 'Hello!', { client_message_id: String(sent?.['client_message_id']) });
  after.server.answer('GET floor', floor({ mine: [mine('c1')] }));
  after.server.answer('GET conversations/c1', detail(mine('c1'), [said(3, 'customer', 'help'), gone]));
  await after.enter();
  expect(after.desk.talks.of('c1')?.pending).toEqual([]);
  expect(after.desk.writing.draft('c1').reply).toBe('');
  expect([after.server.bodies(REPLY), after.desk.notice]).toEqual([[], null]);
});

test('another tab does not forget what this one has on its way', async () => {
  const shelf = new FakeShelf();
  const other = await room(shelf);
  const here = await room(shelf);
  here.desk.writing.write(here.talk, { reply: 'Hello!' });
  here.desk.act('send');
  other.line.say({ type: 'events', conversation: 'c1', events: [said(4, 'customer', 'hello?')], through_seq: 4 });
  await settle();
  const after = new Room(shelf);
  after.server.answer(REPLY, { message_id: 'm', seq: 5, epoch: 2 });
  await after.open('c1', detail(mine('c1')));
  await after.world.pass(9_000);
  expect(after.server.bodies(REPLY)).toMatchObject([{ text: 'Hello!' }]);
});

test('a reply that was held while the machine slept asks first', async () => {
  const { desk, talk, server, world } = await room();
  desk.writing.write(talk, { reply: 'Hello!' });
  desk.act('send');
  const awake = world.now.bind(world);
  world.now = () => awake() + 3_600_000;
  await world.pass(5_100);
  expect(server.bodies(REPLY)).toEqual([]);
  expect(desk.writing.draft('c1').reply).toBe('Hello!');
  expect(desk.notice?.key).toBe('unsent_given_back');
});

test('somebody else who writes is seen, and who answered meanwhile is read first', async () => {
  const { desk, talk, line, world } = await room();
  line.say({ type: 'typing', conversation: 'c1', who: 'agent', name: 'Jonas Weber', note: false });
  expect(talk.colleagueAt(world.now())).toMatchObject({ name: 'Jonas Weber', isNote: false });
  await world.pass(5_000);
  expect(talk.colleagueAt(world.now())).toBeNull();
  const answer = (seq: number, given: object) => line.say({ type: 'events', conversation: 'c1', events: [said(seq, 'agent', 'Hi', given)], through_seq: seq });
  answer(4, { agent: SOMEBODY });
  expect(talk.overtaken_by, 'nothing was being written').toBeNull();
  desk.writing.write(talk, { reply: 'I am on it' });
  answer(5, { agent: SOMEBODY, private: true });
  answer(6, { agent: { id: 'me', name: 'Maya Lind' } });
  expect(talk.overtaken_by).toBeNull();
  answer(7, { agent: SOMEBODY });
  expect(talk.overtaken_by).toBe('Jonas Weber');
});

test('what moved to somebody else keeps what I wrote, and makes a note of it', async () => {
  const here = await room();
  here.desk.writing.write(here.talk, { reply: 'I am on it' });
  const theirs = mine('c1', { epoch: 3, agent: SOMEBODY });
  here.server.answer('GET conversations/c1', detail(theirs));
  here.server.answer('GET floor', floor());
  here.line.say({ type: 'resync', conversation: 'c1' });
  await settle();
  expect(here.desk.isMine(here.talk)).toBe(false);
  expect(here.desk.writing.draft('c1').reply).toBe('I am on it');
  here.desk.writing.makeNote(here.talk);
  expect(here.desk.writing.draft('c1')).toMatchObject({ reply: '', note: 'I am on it', writes: 'note' });
});

test('a customer of mine who writes is told of, my own words are not', async () => {
  const here = await room();
  here.line.say({ type: 'events', conversation: 'c1', events: [said(4, 'customer', 'hello?')], through_seq: 4 });
  here.line.say({ type: 'events', conversation: 'c1', events: [said(5, 'agent', 'yes')], through_seq: 5 });
  expect(here.written).toEqual(['c1']);
});

/** A second page of the same agent, opened while the first one holds a reply. */
async function secondPage(first: Room): Promise<Room> {
  first.desk.writing.write(first.talk, { reply: 'Hello!' });
  first.desk.act('send');
  return room(first.shelf);
}

test('a second page leaves to the first what that one holds', async () => {
  const first = await room();
  const second = await secondPage(first);
  expect(second.talk.pending).toMatchObject([{ state: 'held', elsewhere: true }]);
  expect(second.desk.act('undo')).toBe(false);
  second.desk.writing.flushAll();
  await second.world.pass(5_500);
  expect(second.server.bodies(REPLY)).toEqual([]);
  await first.world.pass(5_500);
  expect(first.server.bodies(REPLY)).toMatchObject([{ text: 'Hello!' }]);
});

test('what the first page took back the second one does not send, whatever comes between', async () => {
  const first = await room();
  const second = await secondPage(first);
  first.desk.act('undo');
  await second.desk.talks.fetch('c1');
  await second.world.pass(20_000);
  expect([second.server.bodies(REPLY), second.talk.pending]).toEqual([[], []]);
  const third = await secondPage(first);
  first.desk.act('undo');
  expect(await third.desk.writing.flush('c1')).toBe(true);
  expect(third.server.bodies(REPLY)).toEqual([]);
});

test('the second page sends what the first one no longer can, under its id', async () => {
  const first = await room();
  const second = await secondPage(first);
  await second.world.pass(8_100);
  expect(second.server.bodies(REPLY)).toMatchObject([{ text: 'Hello!' }]);
  await first.world.pass(8_100);
  const id = (bodies: { client_message_id?: string }[]) => bodies.map((body) => body.client_message_id);
  expect(id(first.server.bodies(REPLY))).toEqual(id(second.server.bodies(REPLY)));
});
