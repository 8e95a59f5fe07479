import { expect, test } from 'vitest';
import { browserShelf, memoryShelf, type Shelf } from './shelf';

/** localStorage, as far as the shelf uses it. */
function storage(quota = Infinity): Storage {
  const kept: Record<string, string> = {};
  const methods = {
    getItem: (key: string) => kept[key] ?? null,
    setItem(key: string, value: string) {
      if (Object.keys(kept).length >= quota) throw new Error('QuotaExceededError');
      kept[key] = value;
    },
    removeItem: (key: string) => void delete kept[key],
  };
  return new Proxy(methods, { ownKeys: () => Object.keys(kept), getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }) }) as unknown as Storage;
}

function refused(): Storage {
  throw new Error('SecurityError');
}

const shelves: [string, () => Shelf][] = [
  ['memory', memoryShelf],
  ['storage', () => browserShelf('a', ((one) => () => one)(storage()))],
  ['refused storage', () => browserShelf('a', refused)],
  ['full storage', () => browserShelf('a', ((one) => () => one)(storage(0)))],
  ['storage that fills up', () => browserShelf('a', ((one) => () => one)(storage(1)))],
];

for (const [name, make] of shelves) {
  test(`what is put there is there until it is removed: ${name}`, () => {
    const shelf = make();
    expect(shelf.get('x')).toBeNull();
    shelf.put('x', '1');
    shelf.put('out.b', 'b');
    shelf.put('out.a', 'a');
    shelf.put('x', '2');
    expect([shelf.get('x'), shelf.keys('out.'), shelf.keys('none')]).toEqual(['2', ['out.a', 'out.b'], []]);
    shelf.remove('out.a');
    shelf.remove('never there');
    expect([shelf.get('out.a'), shelf.keys('out.')]).toEqual([null, ['out.b']]);
  });
}

test('two pages of one inbox share it, two inboxes do not', () => {
  const one = storage();
  const [a, again, b] = [browserShelf('a', () => one), browserShelf('a', () => one), browserShelf('b', () => one)];
  a.put('token', 't');
  expect([again.get('token'), b.get('token'), b.keys('')]).toEqual(['t', null, []]);
});
