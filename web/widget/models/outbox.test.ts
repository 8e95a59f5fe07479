import { expect, test } from 'vitest';
import { Outbox } from './outbox';
import { memoryShelf } from './shelf';

function filled() {
  const shelf = memoryShelf();
  const outbox = new Outbox(shelf);
  const first = outbox.add('one', 'first', null, 1);
  const second = outbox.add('two', 'second', null, 2);
  return { shelf, outbox, first, second, again: () => new Outbox(shelf).all.map(({ text, state }) => `${text} ${state}`) };
}

test('what was written is there after a reload, oldest first, until the server has it', () => {
  const { outbox, first, second, again } = filled();
  expect(again()).toEqual(['first sending', 'second sending']);
  outbox.mark(first, 'delayed');
  outbox.mark(second, 'refused');
  expect(again()).toEqual(['first delayed', 'second refused']);
  outbox.acknowledge(first);
  expect(again()).toEqual(['second refused']);
  expect(outbox.all).toHaveLength(2);
  outbox.remove('one');
  expect(outbox.all).toEqual([second]);
});

test('the oldest that can go goes next; a refused one waits for the customer', () => {
  const { outbox, first, second } = filled();
  expect(outbox.next()).toBe(first);
  outbox.mark(first, 'refused');
  expect(outbox.next()).toBe(second);
  outbox.acknowledge(second);
  expect(outbox.next()).toBeUndefined();
  outbox.retry('one');
  outbox.retry('nobody');
  expect(outbox.next()).toBe(first);
});

test('lines are tied to the first conversation there is, and only once', () => {
  const { outbox, first, shelf } = filled();
  outbox.assign('c1');
  outbox.assign('c2');
  expect(new Outbox(shelf).all.map(({ conversation }) => conversation)).toEqual(['c1', 'c1']);
  outbox.move(first, 'c2');
  expect(new Outbox(shelf).all[0]!.conversation).toBe('c2');
});

test('what a conversation has not received goes along when it is left', () => {
  const { outbox, first, second } = filled();
  outbox.assign('c1');
  outbox.acknowledge(first);
  outbox.release('c2');
  expect(second.conversation).toBe('c1');
  outbox.release('c1');
  expect([first.conversation, second.conversation]).toEqual(['c1', null]);
});

test('a line whose event came while it was on the wire leaves nothing behind', () => {
  const { outbox, first, again } = filled();
  outbox.remove('one');
  outbox.mark(first, 'delayed');
  outbox.move(first, 'c2');
  expect(again()).toEqual(['second sending']);
});

test('another tab adds its lines, and what cannot be read is thrown away', () => {
  const { outbox, shelf } = filled();
  new Outbox(shelf).add('three', 'third', null, 0);
  shelf.put('out.broken', '{');
  shelf.put('out.empty', '{}');
  outbox.load();
  outbox.load();
  expect(outbox.all.map(({ text }) => text)).toEqual(['third', 'first', 'second']);
  expect(shelf.keys('out.')).toHaveLength(3);
});

test('what is being typed is kept until it is sent', () => {
  const { outbox, shelf } = filled();
  expect(outbox.draft).toBe('');
  outbox.draft = 'hal';
  expect(new Outbox(shelf).draft).toBe('hal');
  outbox.draft = '';
  expect(shelf.keys('draft')).toEqual([]);
});
