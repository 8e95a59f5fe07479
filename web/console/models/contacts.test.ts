import { expect, test } from 'vitest';
import type { ContactFound, ContactWhole } from '../api';
import { ContactModel, Contacts, queryOf, wordsOf } from './contacts';
import { FakeServer, FakeWorld, settle } from './fakes';
import { Room } from './room';

const found = (n: number): ContactFound => ({
  id: `contact_${n}`, name: `Guest ${n}`, email: null, external_id: null, plan: '', vip: false, created_at: '2026-11-20T10:00:00Z',
});

test('words are asked for once they are whole, and an answer to earlier ones is left aside', async () => {
  const [server, world] = [new FakeServer(), new FakeWorld()];
  const contacts = new Contacts(server.api, world, () => {});
  server.answer('GET contacts', { contacts: [found(1)], next: null });
  contacts.look('');
  await settle();
  for (const q of ['g', 'gu', 'guest 2']) contacts.look(q);
  await world.pass(1_000);
  expect(server.paths).toEqual(['contacts', 'contacts?q=guest+2']);
  const release = server.hold('GET contacts');
  const late = contacts.load();
  server.answer('GET contacts', { contacts: [found(2)], next: 'contact_2' });
  release();
  const now = contacts.load();
  await Promise.all([late, now]);
  expect(contacts.items?.map(({ id }) => id)).toEqual(['contact_2']);
  server.answer('GET contacts', { contacts: [found(3)], next: null });
  await contacts.load(contacts.more);
  expect(contacts.items?.map(({ id }) => id)).toEqual(['contact_2', 'contact_3']);
  expect(server.paths.at(-1)).toBe('contacts?q=guest+2&before=contact_2');
  server.isDown = true;
  await contacts.load();
  expect([contacts.state, contacts.items?.length]).toEqual(['unreachable', 2]);
});

test('an address keeps what is looked for', () => {
  for (const q of ['', 'ida & co', 'a+b@x.example']) expect(wordsOf(queryOf(q))).toBe(q);
});

const KEPT = { conversations: 2, open_conversations: 1, messages: 9, files: 1, file_bytes: 500, events: 0, look_ups: 0 };

async function open(contact: Partial<ContactFound>) {
  const room = await new Room().enter();
  const whole: ContactWhole = {
    contact: { ...found(1), ...contact }, signed_up_at: null, erased_at: null, attributes: {}, events: [], look_ups: [], conversations: [], kept: KEPT,
  };
  room.server.answer('GET contacts/contact_1', () => whole);
  room.server.answer('DELETE contacts/contact_1', { conversations: 2 });
  const told: string[] = [];
  const model = new ContactModel(room.desk, 'contact_1', () => told.push('erased'));
  await model.load();
  return { room, model, whole, told };
}

test('nobody is erased before their address or name is typed', async () => {
  const check = async (contact: Partial<ContactFound>, typed: string, may: boolean) => {
    const { model } = await open(contact);
    await model.ask(true);
    expect(model.mayErase, 'nothing typed').toBe(false);
    model.type(typed);
    expect(model.mayErase, typed).toBe(may);
  };
  const ida = { name: 'Ida  Berg', email: 'Ida@x.example' };
  await check(ida, ' ida@X.example ', true);
  await check(ida, 'ida berg', true);
  await check(ida, 'ida', false);
  await check(ida, 'contact_1', false);
  await check({ name: null, external_id: 'user-7' }, 'user-7', true);
  await check({ name: null }, 'contact_1', true);
  await check({ name: null }, ' ', false);
});

test('what was erased is told, and the rest is gone', async () => {
  const { room, model, whole, told } = await open({ name: 'Ida' });
  await model.ask(true);
  await model.erase();
  expect(room.server.bodies('DELETE contacts/contact_1')).toEqual([]);
  model.type('Ida');
  whole.erased_at = '2026-11-24T10:00:00Z';
  await model.erase();
  expect([model.erased, model.isAsked, model.whole?.erased_at]).toEqual([2, false, '2026-11-24T10:00:00Z']);
  expect(told, 'lists that showed them hear of it').toEqual(['erased']);
});

test('nothing of whom was erased stays on screen, whatever comes of the next request', async () => {
  const { room, model } = await open({ name: 'Ida' });
  await model.ask(true);
  model.type('Ida');
  room.server.refuse('GET contacts/contact_1', 503, 'unavailable');
  await model.erase();
  expect([model.erased, model.whole]).toEqual([2, null]);
});

test('what is refused is told beside the confirmation', async () => {
  const { room, model } = await open({ name: 'Ida' });
  room.server.refuse('DELETE contacts/contact_1', 503, 'unavailable');
  await model.ask(true);
  model.type('Ida');
  await model.erase();
  expect([model.erasing.kind, model.isAsked, model.typed]).toEqual(['failed', true, 'Ida']);
  const other = new ContactModel(room.desk, 'contact_2', () => {});
  await other.load();
  expect(other.isMissing).toBe(true);
});
