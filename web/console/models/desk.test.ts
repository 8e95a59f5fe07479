import { expect, test } from 'vitest';
import type { Item } from '../api';
import { Desk } from './desk';
import { at, detail, fact, FakeLine, FakeServer, FakeShelf, FakeWorld, floor, introduced, invited, item, ME, mine, said, settle, SOMEBODY } from './fakes';

/** A desk with everything around it. */
class Room {
  readonly server = new FakeServer();
  readonly world = new FakeWorld();
  readonly lines: FakeLine[] = [];
  readonly invitations: Item[] = [];
  readonly places: [string, boolean][] = [];
  readonly desk: Desk;

  constructor(readonly shelf = new FakeShelf()) {
    this.server.answer('GET session', ME);
    this.server.answer('GET floor', floor());
    this.desk = new Desk({
      api: this.server.api,
      world: this.world,
      shelf,
      dial: () => {
        const line = new FakeLine();
        this.lines.push(line);
        return line;
      },
      onInvitation: (one) => this.invitations.push(one),
      onPlace: (hash, replace) => this.places.push([hash, replace]),
      onChange: () => {},
    });
  }

  get line(): FakeLine {
    const line = this.lines.at(-1);
    if (!line) throw new Error('nobody has dialled');
    return line;
  }

  /** Signed in and connected. */
  async enter(hash = '#/'): Promise<this> {
    await this.desk.start(hash, null);
    this.line.open();
    await settle();
    return this;
  }

  /** With a conversation of mine in front. */
  async open(id = 'c1', whole = introduced(mine(id))): Promise<this> {
    this.server.answer('GET floor', floor({ mine: [whole.item] }));
    this.server.answer(`GET conversations/${id}`, whole);
    await this.enter(`#/conversations/${id}`);
    return this;
  }

  async floor(given: Parameters<typeof floor>[0]): Promise<void> {
    this.server.answer('GET floor', floor(given));
    this.line.say({ type: 'floor' });
    await settle();
  }

  get talk() {
    const talk = this.desk.open;
    if (!talk) throw new Error('nothing is open');
    return talk;
  }
}

// ── coming in ───────────────────────────────────────────────────────────────────

test('without a session one signs in, and a wrong password is said', async () => {
  const room = new Room();
  room.server.refuse('GET session', 401, 'unauthorized');
  await room.desk.start('#/measures', null);
  expect(room.desk.way).toMatchObject({ kind: 'sign_in', why: 'plain' });

  room.server.refuse('POST session', 401, 'unauthorized');
  await room.desk.entrance.signIn('maya@example.com', 'wrong');
  expect(room.desk.way).toMatchObject({ kind: 'sign_in', fault: { key: 'sign_in_wrong' }, busy: false });

  room.server.answer('POST session', ME);
  await room.desk.entrance.signIn('maya@example.com', 'right');
  expect(room.desk.me).toBe('me');
  expect(room.desk.place).toEqual({ kind: 'measures' });
  expect(room.server.api.csrf).toBe('csrf-1');
});

test('a second press while signing in asks once', async () => {
  const room = new Room();
  room.server.refuse('GET session', 401);
  await room.desk.start('', null);
  room.server.answer('POST session', ME);
  await Promise.all([room.desk.entrance.signIn('a', 'b'), room.desk.entrance.signIn('a', 'b')]);
  expect(room.server.bodies('POST session')).toHaveLength(1);
});

test('a server that does not answer is asked again by itself', async () => {
  const room = new Room();
  room.server.isDown = true;
  await room.desk.start('#/', null);
  expect(room.desk.way.kind).toBe('unreachable');
  room.server.isDown = false;
  await room.world.pass(4_000);
  expect(room.desk.way.kind).toBe('inside');
});

test('the one-time link opens the set-up once', async () => {
  const room = new Room();
  room.server.answer('GET setup', { company: 'Fernhill', shortest_password: 10 });
  room.server.answer('POST setup', ME);
  await room.desk.start('#/', 'token-1');
  expect(room.desk.way).toMatchObject({ kind: 'set_up', company: 'Fernhill', shortest: 10 });
  await room.desk.entrance.setUp({ company: 'F', name: 'Ida', email: 'i@example.com', password: 'long enough' });
  expect(room.server.bodies('POST setup')).toMatchObject([{ token: 'token-1', company: 'F' }]);
  expect(room.desk.me).toBe('me');

  const late = new Room();
  late.server.refuse('GET setup', 404, 'not_found');
  await late.desk.start('#/', 'token-1');
  expect(late.desk.way).toMatchObject({ kind: 'sign_in', why: 'link_void' });
});

test('a session that ends in the middle keeps what is written and leads back to the same place', async () => {
  const room = await new Room().open();
  room.desk.writing.write(room.talk, { reply: 'half a sentence' });
  room.server.refuse('GET floor', 401);
  room.line.say({ type: 'floor' });
  await settle();
  expect(room.desk.way).toMatchObject({ kind: 'sign_in', why: 'ended' });
  expect(room.desk.open).toBeNull();

  room.server.answer('POST session', ME);
  room.server.answer('GET floor', floor({ mine: [mine('c1')] }));
  await room.desk.entrance.signIn('maya@example.com', 'right');
  await settle();
  expect(room.desk.place).toMatchObject({ kind: 'talk', id: 'c1' });
  expect(room.desk.writing.draft('c1').reply).toBe('half a sentence');
});

test('a colleague at the same browser finds none of my drafts', async () => {
  const room = await new Room().open();
  room.desk.writing.write(room.talk, { reply: 'mine' });
  room.server.refuse('DELETE session', 404);
  await room.desk.entrance.signOut();
  expect(room.desk.way).toMatchObject({ kind: 'sign_in', why: 'plain' });
  room.server.answer('POST session', { ...ME, agent: { ...ME.agent, id: 'jonas' } });
  await room.desk.entrance.signIn('jonas@example.com', 'right');
  expect(room.desk.writing.draft('c1').reply).toBe('');
  expect(room.desk.place).toEqual({ kind: 'floor' });
});

test('a refused socket looks for the session before it gives up', async () => {
  const room = await new Room().enter();
  room.line.drop(4401);
  await settle();
  expect(room.lines).toHaveLength(2);
  room.server.refuse('GET session', 401);
  room.line.open();
  room.line.drop(4401);
  await settle();
  expect(room.desk.way).toMatchObject({ kind: 'sign_in', why: 'ended' });
});

// ── invitations ─────────────────────────────────────────────────────────────────

test('an invitation is announced once, and again when it is a new one', async () => {
  const room = await new Room().enter();
  await room.floor({ queue: [invited('c1')], invitations: [invited('c1')] });
  await room.floor({ queue: [invited('c1')], invitations: [invited('c1')] });
  expect(room.invitations).toHaveLength(1);
  await room.floor({ queue: [invited('c1')], invitations: [invited('c1', { until: at(-90) })] });
  expect(room.invitations).toHaveLength(2);
});

test('an accepted invitation opens the package', async () => {
  const room = await new Room().enter();
  await room.floor({ queue: [invited('c1')], invitations: [invited('c1')] });
  room.server.answer('POST conversations/c1/accept', introduced(mine('c1')));
  room.server.answer('GET conversations/c1', introduced(mine('c1')));
  room.server.answer('GET floor', floor({ mine: [mine('c1')] }));
  expect(room.desk.act('accept')).toBe(true);
  await settle();
  await settle();
  expect(room.server.bodies('POST conversations/c1/accept')).toEqual([{ epoch: 1 }]);
  expect(room.desk.place).toEqual({ kind: 'talk', id: 'c1', half: 'package' });
  expect(room.desk.wish?.place).toBe('package');
  expect(room.desk.writing.introductionOf(room.talk)?.text).toContain('read everything');
});

test('a second key while accepting does nothing', async () => {
  const room = await new Room().enter();
  await room.floor({ queue: [invited('c1')], invitations: [invited('c1')] });
  const release = room.server.hold('POST conversations/c1/accept');
  room.server.answer('POST conversations/c1/accept', introduced(mine('c1')));
  room.desk.act('accept');
  room.desk.act('accept');
  room.desk.act('decline');
  release();
  await settle();
  expect(room.server.calls.filter((call) => /accept|decline/.test(call.route))).toHaveLength(1);
});

/** Accepting is refused with `code`; this is how it stands then, and this is said. */
async function checkLost(code: string, stands: Partial<Item>, says: object): Promise<void> {
  const room = await new Room().enter();
  await room.floor({ queue: [invited('c1')], invitations: [invited('c1')] });
  room.server.refuse('POST conversations/c1/accept', 409, code, 'the words of the server');
  room.server.answer('GET conversations/c1', detail(item('c1', stands)));
  room.desk.act('accept');
  await settle();
  await settle();
  expect(room.desk.notice, code).toMatchObject(says);
}

test('who loses a race is told who won, or what else happened', async () => {
  await checkLost('taken', { state: 'with_agent', agent: SOMEBODY }, { key: 'taken', values: { name: 'Jonas Weber' }, tone: 'info' });
  await checkLost('stale_epoch', { state: 'with_agent', agent: SOMEBODY }, { key: 'taken' });
  await checkLost('not_queued', { state: 'resolved' }, { key: 'gone_resolved' });
  await checkLost('not_queued', { state: 'with_assistant' }, { key: 'gone_cancelled' });
  await checkLost('stale_epoch', { state: 'queued' }, { key: 'refused_moved' });
  await checkLost('at_capacity', { state: 'queued' }, { key: 'refused_at_capacity', tone: 'bad' });
});

test('an invitation that runs out is back in the queue, and that is said', async () => {
  const room = await new Room().enter();
  await room.floor({ queue: [invited('c1')], invitations: [invited('c1')] });
  await room.floor({ queue: [item('c1')] });
  expect(room.desk.notice).toMatchObject({ key: 'invitation_ran_out', values: { name: 'Name c1' } });
  expect(room.desk.act('accept')).toBe(false);
  await room.world.pass(12_000);
  expect(room.desk.notice).toBeNull();
});

test('an invitation that somebody else took says who', async () => {
  const room = await new Room().enter();
  await room.floor({ queue: [invited('c1')], invitations: [invited('c1')] });
  room.server.answer('GET conversations/c1', detail(item('c1', { state: 'with_agent', agent: SOMEBODY })));
  await room.floor({});
  await settle();
  expect(room.desk.notice).toMatchObject({ key: 'taken', values: { name: 'Jonas Weber' } });
});

test('a decline is silent, also when the invitation had run out', async () => {
  for (const refused of [false, true]) {
    const room = await new Room().enter();
    await room.floor({ queue: [invited('c1')], invitations: [invited('c1')] });
    if (refused) room.server.refuse('POST conversations/c1/decline', 409, 'not_invited');
    else room.server.answer('POST conversations/c1/decline', null);
    room.server.answer('GET floor', floor({ queue: [item('c1')] }));
    room.server.answer('GET conversations/c1', detail(item('c1', { state: 'with_agent', agent: { id: 'me', name: 'Maya' } })));
    room.desk.act('decline');
    await settle();
    await settle();
    expect(room.desk.notice, `refused: ${refused}`).toBeNull();
  }
});

// ── presence ────────────────────────────────────────────────────────────────────

test('going offline with open conversations asks first, and gives back when told', async () => {
  const room = await new Room().open();
  await room.desk.shift.setPresence('offline');
  expect(room.desk.dialog).toEqual({ kind: 'offline' });
  expect(room.server.bodies('POST presence')).toEqual([]);
  room.server.answer('POST presence', { presence: 'offline', busy: 0, capacity: 4 });
  await room.desk.shift.setPresence('offline', true);
  expect(room.server.bodies('POST presence')).toEqual([{ presence: 'offline', give_back: true }]);
});

test('the server knows of a conversation that we do not', async () => {
  const room = await new Room().enter();
  room.server.refuse('POST presence', 409, 'open_conversations');
  await room.desk.shift.setPresence('offline');
  expect(room.desk.dialog).toEqual({ kind: 'offline' });
});

test('who goes away is not told that the invitations are gone', async () => {
  const room = await new Room().enter();
  await room.floor({ queue: [invited('c1')], invitations: [invited('c1')] });
  await room.floor({ me: { presence: 'away', busy: 0, capacity: 4 }, queue: [item('c1')] });
  expect(room.desk.notice).toBeNull();
});

// ── writing ─────────────────────────────────────────────────────────────────────

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
  const told = () => room.line.sent.filter((frame) => frame['type'] === 'typing').length;
  room.desk.writing.write(room.talk, { note: 'x' });
  expect(told()).toBe(0);
  room.desk.writing.write(room.talk, { reply: 'x' });
  room.desk.writing.write(room.talk, { reply: 'xy' });
  expect(told()).toBe(1);
  await room.world.pass(2_000);
  room.desk.writing.write(room.talk, { reply: 'xyz' });
  expect(told()).toBe(2);
});

// ── the first message ───────────────────────────────────────────────────────────

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

// ── conversations ───────────────────────────────────────────────────────────────

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
  expect(room.server.bodies('POST conversations/c1/resolve').at(-1)).toEqual({ epoch: 2, disposition: 'workaround', note: null });
  expect(room.desk.notice).toMatchObject({ key: 'resolved_notice' });
});

// ── places and keys ─────────────────────────────────────────────────────────────

test('the address follows the place, and the place the address', async () => {
  const room = await new Room().enter();
  room.desk.go({ kind: 'knowledge' });
  expect(room.places.at(-1)).toEqual(['#/knowledge', false]);
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
