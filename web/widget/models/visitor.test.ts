import { expect, test } from 'vitest';
import { type Api, UnknownVisitor } from './api';
import { memoryShelf } from './shelf';
import { Visitor } from './visitor';

function arriving(shelf = memoryShelf()) {
  const made: string[] = [];
  const api = {
    token: null as string | null,
    async newVisitor() {
      made.push(`token-${made.length + 1}`);
      return made.at(-1)!;
    },
  };
  return { shelf, api, made, visitor: new Visitor(api as unknown as Api, shelf) };
}

test('a key is made once and found again by the next page', async () => {
  const { visitor, api, made, shelf } = arriving();
  expect(visitor.isKnown).toBe(false);
  await visitor.introduce();
  await visitor.introduce();
  expect([api.token, made, visitor.isKnown]).toEqual(['token-1', ['token-1'], true]);
  const next = arriving(shelf);
  await next.visitor.introduce();
  expect([next.api.token, next.made]).toEqual(['token-1', []]);
});

test('the key of a quicker tab wins', async () => {
  const { visitor, api, shelf } = arriving();
  const arrives = visitor.introduce();
  shelf.put('token', 'quicker');
  await arrives;
  expect(api.token).toBe('quicker');
  expect(visitor.follow()).toBe(false);
  shelf.put('token', 'another');
  expect([visitor.follow(), api.token]).toEqual([true, 'another']);
});

test('a key that is refused is forgotten, but not a newer one', async () => {
  const { visitor, api, shelf } = arriving();
  await visitor.introduce();
  expect(visitor.forget(new UnknownVisitor('an older one'))).toBe(false);
  expect(api.token).toBe('token-1');
  expect([visitor.forget(new UnknownVisitor('token-1')), api.token, shelf.get('token')]).toEqual([true, null, null]);
  await visitor.introduce();
  shelf.put('token', 'from another tab');
  expect([visitor.forget(new UnknownVisitor('token-2')), api.token]).toEqual([true, 'from another tab']);
});
