import { expect, test } from 'vitest';
import { Refusal } from '../api';
import { isSignedOut, mayPass, noticeOf } from './notice';

test('a refusal is said in our words where we have some, else in those of the server', () => {
  const check = (status: number, code: string, detail: string, said: object) =>
    expect(noticeOf(new Refusal(status, code, detail)), code).toMatchObject({ ...said, tone: 'bad' });
  check(0, 'unreachable', '', { key: 'unreachable' });
  check(409, 'stale_epoch', 'x', { key: 'refused_moved' });
  check(409, 'at_capacity', 'x', { key: 'refused_at_capacity' });
  check(403, 'forbidden', 'x', { key: 'refused_forbidden' });
  check(422, 'invalid', 'the text is empty', { text: 'the text is empty' });
  check(500, 'internal', '', { key: 'refused_other' });
  expect(noticeOf(new TypeError('x'))).toMatchObject({ key: 'unreachable' });
});

test('only what may succeed later is tried again', () => {
  for (const [status, passes] of [[0, true], [400, false], [401, false], [404, false], [409, false], [429, true], [500, true], [503, true]] as const) {
    expect(mayPass(new Refusal(status, '', '')), `${status}`).toBe(passes);
  }
  expect(mayPass(new TypeError('x'))).toBe(true);
  expect(isSignedOut(new Refusal(401, '', ''))).toBe(true);
  expect(isSignedOut(new Refusal(403, '', ''))).toBe(false);
});
