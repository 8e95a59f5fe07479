// @ts-check
// Pages leave before their server goes: a request that the end of a test cuts off is no
// error of the page. Hooks run in the order in which they were left, and the server's
// comes first.

/** @type {WeakMap<object, (() => Promise<void>)[]>} */
const guests = new WeakMap();

/**
 * Leaves something to do at the end of a test, before the server goes.
 *
 * @param {import('node:test').TestContext} t
 * @param {() => Promise<void>} leave
 */
export function enter(t, leave) {
  guests.set(t, [...(guests.get(t) ?? []), leave]);
  t.after(() => seeOff(t));
}

/**
 * Sees all guests of a test off, each once; the first complaint is passed on.
 *
 * @param {import('node:test').TestContext} t
 */
export async function seeOff(t) {
  const leaving = guests.get(t) ?? [];
  guests.delete(t);
  const ends = await Promise.allSettled(leaving.map((leave) => leave()));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}
