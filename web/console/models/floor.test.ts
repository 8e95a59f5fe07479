import { expect, test } from 'vitest';
import { at, floor, invited, item, mine, NOW } from './fakes';
import { hasWords, initialsOf, inOrder, isOf, moodOf, newInvitations, secondsLeft, skewOf, stepFrom, teamOn, trendOf, waitingOf } from './floor';

test('a mood has one of three names', () => {
  const check = (strength: number, name: string) => expect(moodOf(strength), `${strength}`).toBe(name);
  check(0, 'calm');
  check(0.29, 'calm');
  check(0.3, 'tense');
  check(0.6, 'upset');
  check(1, 'upset');
});

test('a trend needs two turns and a difference that can be felt', () => {
  const check = (turns: number[], trend: string | null) => expect(trendOf(turns), `${turns}`).toBe(trend);
  check([], null);
  check([0.9], null);
  check([0.1, 0.9], 'worse');
  check([0.9, 0.5, 0.1], 'better');
  check([0.4, 0.9, 0.5], 'same');
});

test('a wait is measured against what was told', () => {
  const check = (given: object, standing: string | undefined) => expect(waitingOf(item('c', given), NOW)?.standing).toBe(standing);
  check({ queued_at: at(60), promised_minutes: 5 }, 'fine');
  check({ queued_at: at(240), promised_minutes: 5 }, 'close');
  check({ queued_at: at(301), promised_minutes: 5 }, 'over');
  check({ queued_at: at(9_000), promised_minutes: null }, 'fine');
  check({ queued_at: at(3_600), by_email: true, reply_due_at: at(-3_600) }, 'fine');
  check({ queued_at: at(3_600), by_email: true, reply_due_at: at(60) }, 'over');
  check({ queued_at: null }, undefined);
});

test('seconds left are never less than none', () => {
  expect(secondsLeft(invited('c', { until: at(-44.2) }), NOW)).toBe(45);
  expect(secondsLeft(invited('c', { until: at(3) }), NOW)).toBe(0);
  expect(secondsLeft(item('c'), NOW)).toBe(0);
});

test('an invitation is new when the customer or the time is', () => {
  const before = floor({ invitations: [invited('a'), invited('b')] });
  const now = floor({ invitations: [invited('a'), invited('b', { until: at(-90) }), invited('c')] });
  expect(newInvitations(before, now).map((one) => one.conversation_id)).toEqual(['b', 'c']);
  expect(newInvitations(null, now)).toHaveLength(3);
});

test('who waits longest for my reply stands first', () => {
  const asked: Record<string, string> = { long: at(300), short: at(20) };
  const mines = [mine('idle', { touched_at: at(1) }), mine('short'), mine('older', { touched_at: at(900) }), mine('long')];
  const order = inOrder(mines, (id) => asked[id] ?? null).map((one) => one.conversation_id);
  expect(order).toEqual(['long', 'short', 'idle', 'older']);
});

test('a search looks at name, address, subject and last words', () => {
  const one = item('c', { subject: 'Torn tent', last_text: 'Please HURRY', contact: { id: 'x', name: 'Ida Holm', email: 'ida@x.example', plan: '', vip: false, verified: false, email_proof: 'claimed', email_failed_at: null, email_failure: null } });
  for (const wanted of ['', ' holm ', 'IDA@', 'torn', 'hurry']) expect(hasWords(one, wanted), wanted).toBe(true);
  expect(hasWords(one, 'bike')).toBe(false);
});

test('the clock of the server is read from a wait, and small steps are noise', () => {
  const ahead = (seconds: number) => floor({ queue: [item('c', { queued_at: at(60), waited_s: 60 + seconds })] });
  expect(skewOf(ahead(2), NOW)).toBe(0);
  expect(skewOf(ahead(90), NOW)).toBe(90_000);
  expect(skewOf(ahead(-90), NOW)).toBe(-90_000);
  expect(skewOf(floor(), NOW)).toBeNull();
});

test('the neighbour is found round the ends, and from nowhere', () => {
  const all = [item('a'), item('b'), item('c')];
  const check = (id: string | null, by: 1 | -1, next: string) => expect(stepFrom(all, id, by)?.conversation_id).toBe(next);
  check('a', 1, 'b');
  check('c', 1, 'a');
  check('a', -1, 'c');
  check(null, 1, 'a');
  check('gone', -1, 'c');
  expect(stepFrom([], 'a', 1)).toBeNull();
});

test('initials stand for a name in any script', () => {
  const check = (name: string, letters: string) => expect(initialsOf(name)).toBe(letters);
  check('Maya Lind', 'ML');
  check('Dr. Henrik van Aas', 'DA');
  check('ida.holm@x', 'IX');
  check('李小龙', '李');
  check('', '');
  check('42', '');
});

test('the queue is narrowed to a team, and to none once that team is gone', () => {
  const teams = [{ id: 'billing', name: 'Billing', waiting: 1 }];
  const [theirs, anybodys] = [item('a', { team_id: 'billing' }), item('b')];
  const shown = (chosen: string) => [theirs, anybodys].filter((one) => isOf(one, teamOn(teams, chosen)));
  expect(shown('')).toEqual([theirs, anybodys]);
  expect(shown('billing')).toEqual([theirs]);
  expect(shown('none')).toEqual([anybodys]);
  expect(shown('removed')).toEqual([theirs, anybodys]);
});
