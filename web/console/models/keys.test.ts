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

test('every deed of a letter is explained', () => {
  const explained = KEYS.flatMap(([keys]) => keys);
  for (const key of ['a', 'd', 'j', 'k', 'r', 'n', 'i', 'e', 'w', '/', '?', 'Shift+I', 'Ctrl+Enter', 'Esc']) expect(explained).toContain(key);
});
