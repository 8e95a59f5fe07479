import { expect, test } from 'vitest';
import { actOf, KEYS, type Stroke } from './keys';

function stroke(key: string, given: Partial<Stroke> = {}): Stroke {
  return { key, ctrl: false, meta: false, alt: false, at: 'elsewhere', composing: false, ...given };
}

test('letters do their deed anywhere but in a field or a dialog', () => {
  const deeds = { a: 'accept', d: 'decline', j: 'next', k: 'previous', r: 'reply', n: 'note', i: 'introduction_edit', I: 'introduction_send', e: 'resolve', '/': 'search', '?': 'help' };
  for (const [key, act] of Object.entries(deeds)) {
    expect(actOf(stroke(key), true), key).toBe(act);
    for (const at of ['field', 'composer', 'dialog'] as const) expect(actOf(stroke(key, { at }), true), `${key} in ${at}`).toBeNull();
  }
  expect(actOf(stroke('x'), true)).toBeNull();
});

test("the browser's own keys are left alone", () => {
  for (const held of [{ ctrl: true }, { meta: true }, { alt: true }]) expect(actOf(stroke('a', held), true)).toBeNull();
});

test('letters can be switched off, sending cannot', () => {
  expect(actOf(stroke('a'), false)).toBeNull();
  expect(actOf(stroke('Enter', { at: 'composer', ctrl: true }), false)).toBe('send');
});

test('the composer sends, is left, and is otherwise left to writing', () => {
  const check = (given: Stroke, act: string | null) => expect(actOf({ ...given, at: 'composer' }, true)).toBe(act);
  check(stroke('Enter', { ctrl: true }), 'send');
  check(stroke('Enter', { meta: true }), 'send');
  check(stroke('Enter'), null);
  check(stroke('Escape'), 'leave_field');
  check(stroke('Escape', { composing: true }), null);
  check(stroke('Enter', { ctrl: true, composing: true }), null);
});

/** The stroke of a key as the map writes it. */
function struck(shown: string): Stroke {
  if (shown === 'Ctrl+Enter') return stroke('Enter', { at: 'composer', ctrl: true });
  if (shown === 'Esc') return stroke('Escape', { at: 'composer' });
  return stroke(shown.replace('Shift+', ''));
}

test('every key of the map has a deed of its own', () => {
  // In the composer a slash is only typed; the picker looks for it in the text.
  const keys = KEYS.filter(([, words]) => words !== 'key_slash').flatMap(([shown]) => shown);
  const acts = keys.map((key) => actOf(struck(key), true));
  expect(keys.filter((_, at) => !acts[at])).toEqual([]);
  expect(new Set(acts).size).toBe(keys.length);
});

test('every key with a deed stands in the map', () => {
  const shown = new Set(KEYS.flatMap(([keys]) => keys).map((key) => struck(key).key));
  const printable = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at));
  expect(printable.filter((key) => actOf(stroke(key), true) && !shown.has(key))).toEqual([]);
});
