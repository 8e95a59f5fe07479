import { expect, test } from 'vitest';
import { floor, ME, mine, settle } from './fakes';
import { Room } from './room';

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
  expect(room.desk.place).toEqual({ kind: 'measures', rest: '' });
  expect(room.server.api.csrf).toBe('csrf-1');
});

test('an address that is asked for while the session is looked up is where one arrives', async () => {
  const room = new Room();
  room.server.answer('GET session', ME);
  const started = room.desk.start('#/', null);
  room.desk.goTo('#/measures');
  await started;
  expect(room.desk.place).toEqual({ kind: 'measures', rest: '' });
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
