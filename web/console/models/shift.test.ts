import { expect, test } from 'vitest';
import type { Item } from '../api';
import { at, detail, floor, introduced, invited, item, mine, settle, SOMEBODY } from './fakes';
import { Room } from './room';

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

test('going offline with open conversations asks first, and says what becomes of each', async () => {
  const room = await new Room().open();
  await room.desk.shift.setPresence('offline');
  expect(room.desk.dialog).toEqual({ kind: 'offline' });
  expect(room.server.bodies('POST presence')).toEqual([]);
  room.server.answer('POST presence', { presence: 'offline', busy: 0, capacity: 4 });
  const [first] = room.desk.shift.mine;
  await room.desk.shift.goOffline(new Map([[first!.conversation_id, 'close solved']]));
  const leave = [{ conversation_id: first!.conversation_id, to: 'close', agent_id: null, team_id: null, note: null, disposition: 'solved' }];
  expect(room.server.bodies('POST presence')).toEqual([{ presence: 'offline', leave }]);
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
  await room.floor({ me: { presence: 'away', wrap_up_until: null, busy: 0, capacity: 4 }, queue: [item('c1')] });
  expect(room.desk.notice).toBeNull();
});

test('what was passed on can be taken back until somebody has it', async () => {
  const room = await new Room().enter();
  await room.floor({ mine: [mine('c1')] });
  room.server.answer('POST conversations/c1/transfer', { epoch: 3 });
  room.server.answer('GET conversations/c1', detail(item('c1', { epoch: 3 })));
  expect(await room.desk.shift.release(mine('c1'), 'team billing', ' she paid twice ', 'Billing')).toBe(true);
  const told = { epoch: 2, agent_id: null, team_id: 'billing', note: 'she paid twice' };
  expect(room.server.bodies('POST conversations/c1/transfer')).toEqual([told]);
  expect(room.desk.notice).toMatchObject({ key: 'passed_notice', values: { name: 'Billing' } });
  room.server.answer('POST conversations/c1/accept', detail(mine('c1', { epoch: 4 })));
  room.desk.notice?.undo?.();
  await settle();
  expect(room.server.bodies('POST conversations/c1/accept')).toEqual([{ epoch: 3 }]);
});

test('a note that was refused is not lost', async () => {
  const room = await new Room().enter();
  await room.floor({ mine: [mine('c1')] });
  room.server.answer('GET conversations/c1', detail(mine('c1')));
  room.server.refuse('POST conversations/c1/transfer', 422, 'invalid');
  expect(await room.desk.shift.release(mine('c1'), 'team billing', 'she paid twice', 'Billing')).toBe(false);
});

test('a brief that was refused is not lost, one that arrived can be undone', async () => {
  const room = await new Room().enter();
  await room.floor({ mine: [mine('c1')] });
  const brief = { done: [], promised: ['the refund arrives'], open: [] };
  room.server.answer('GET conversations/c1', detail(mine('c1')));
  room.server.refuse('POST conversations/c1/hand-back', 503, 'unavailable');
  expect(await room.desk.shift.handBack(mine('c1'), brief)).toBe(false);
  room.server.answer('POST conversations/c1/hand-back', { epoch: 3 });
  expect(await room.desk.shift.handBack(mine('c1'), brief)).toBe(true);
  room.server.answer('POST conversations/c1/take-over', detail(mine('c1', { epoch: 4 })));
  room.desk.notice?.undo?.();
  await settle();
  expect(room.server.bodies('POST conversations/c1/take-over')).toEqual([{ epoch: 3 }]);
});
