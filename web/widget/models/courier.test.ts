import { expect, test } from 'vitest';
import { type Api, NoConversation, Refusal, Unreachable } from './api';
import { Courier } from './courier';
import { FakeWorld } from './fake/world';
import { Outbox, type Pending } from './outbox';
import { memoryShelf } from './shelf';

/** A courier whose deliveries end as told, one after the other, and then well. */
function courier(...ends: (Error | null)[]) {
  const world = new FakeWorld();
  const outbox = new Outbox(memoryShelf());
  const carried: string[] = [];
  const api = {
    async say(id: string, { text, files = [] }: Pending) {
      carried.push([`${id}: ${text}`, ...files.map(({ name }) => name)].join(' + '));
      const end = ends.shift();
      if (end) throw end;
      return { message_id: 'm', seq: carried.length, epoch: 1 };
    },
  };
  const one = new Courier(api as unknown as Api, outbox, world);
  const deliver = () => one.deliver(() => 'here', () => {});
  return { world, outbox, carried, one, deliver, states: () => outbox.all.map(({ state }) => state) };
}

test('lines go oldest first, each to where it was written', async () => {
  const { outbox, carried, deliver, states } = courier();
  outbox.add('1', 'first', 'there', 1);
  outbox.add('2', 'second', null, 2);
  await deliver();
  expect(carried).toEqual(['there: first', 'here: second']);
  expect(states()).toEqual(['sent', 'sent']);
});

test('what may pass is tried again later, and nothing overtakes it', async () => {
  for (const error of [new Unreachable(), new Refusal(503), new Refusal(429), new NoConversation('here')]) {
    const { outbox, carried, deliver, states } = courier(error);
    outbox.add('1', 'first', null, 1);
    outbox.add('2', 'second', null, 2);
    await expect(deliver()).rejects.toBe(error);
    expect(states()).toEqual(['delayed', 'sending']);
    await deliver();
    expect(carried.slice(1)).toEqual(['here: first', 'here: second']);
  }
});

test('what is refused stays, and the rest goes on', async () => {
  const { outbox, deliver, states } = courier(new Refusal(413));
  outbox.add('1', 'first', null, 1);
  outbox.add('2', 'second', null, 2);
  await deliver();
  expect(states()).toEqual(['refused', 'sent']);
});

test('words of a conversation that is gone go to the present one', async () => {
  const { outbox, carried, deliver } = courier(new NoConversation('gone'));
  outbox.add('1', 'first', 'gone', 1);
  await deliver();
  expect(carried).toEqual(['gone: first', 'here: first']);
});

test('nothing is carried while the server wants rest', async () => {
  const { world, outbox, carried, one, deliver } = courier();
  outbox.add('1', 'first', null, 1);
  one.rest(5_000);
  await expect(deliver()).rejects.toMatchObject({ status: 429, retryAfterMs: 5_000 });
  await world.pass(5_000);
  await deliver();
  expect(carried).toHaveLength(1);
});

test('files travel with their line, over a reload too', async () => {
  const shelf = memoryShelf();
  const photo = { id: 'file_1', name: 'photo.png', kind: 'png' as const, bytes: 9 };
  new Outbox(shelf).add('1', '', 'here', 1, [photo]);
  expect(new Outbox(shelf).all).toMatchObject([{ text: '', files: [photo] }]);
  const { outbox, carried, deliver } = courier();
  outbox.add('1', '', 'here', 1, [photo]);
  await deliver();
  expect(carried).toEqual(['here:  + photo.png']);
});
