import { expect, test } from 'vitest';
import type { Event } from '../api';
import { at, detail, fact, mine, said } from './fakes';
import { type Line, Talk } from './talk';

function talk(events: Event[], seen: number | null = null): Talk {
  const made = new Talk(mine('c1', { seq: 0 }), seen);
  made.take(detail(mine('c1'), events, { through_seq: events.at(-1)?.seq ?? 0 }));
  return made;
}

const dayOf = (time: string) => time.slice(0, 10);

function told(events: Event[]): string[] {
  const name = (line: Line) => (line.kind === 'fact' ? line.key : line.kind);
  return talk(events).lines(dayOf).map(name);
}

test('what happened is told, and what only the machine cares about is not', () => {
  const check = (given: object, key: string | null) => expect(told([fact(1, given)]), JSON.stringify(given)).toEqual(key ? ['day', key] : []);
  check({ kind: 'handed_off', reasons: ['request.human'], promise: { minutes: 5 } }, 'fact_handed_off_promised');
  check({ kind: 'handed_off', reasons: [], promise: null }, 'fact_handed_off');
  check({ kind: 'attempt_judged', outcome: 'helped' }, 'fact_judged');
  check({ kind: 'answer_missed' }, 'fact_answer_missed');
  check({ kind: 'invitation_ended', how: 'expired' }, 'fact_invitation_expired');
  check({ kind: 'invitation_ended', how: 'declined' }, 'fact_invitation_declined');
  check({ kind: 'invitation_ended', how: 'withdrawn' }, null);
  check({ kind: 'handoff_cancelled' }, 'fact_cancelled');
  check({ kind: 'email_chosen', body: { email: 'a@b.example' } }, 'fact_email');
  check({ kind: 'reply_overdue' }, 'fact_reply_overdue');
  check({ kind: 'resolved', by: { who: 'agent', agent: { id: 'x', name: 'Ida' } }, disposition: 'workaround' }, 'fact_resolved');
  check({ kind: 'resolved', by: { who: 'silence' } }, 'fact_resolved_by_silence');
  check({ kind: 'reopened' }, 'fact_reopened');
  check({ kind: 'rated', score: 5, repeated: true }, 'fact_rated_repeated');
  check({ kind: 'rated', score: 5 }, 'fact_rated');
  check({ kind: 'identified' }, 'fact_identified');
  check({ kind: 'customer_left', until: '2026-11-24T10:10:00Z' }, 'fact_customer_left');
  check({ kind: 'customer_returned' }, 'fact_customer_returned');
  check({ kind: 'hours_ended' }, 'fact_hours_ended');
  check({ kind: 'detail_told', detail: 'since', message_id: 'm1' }, 'fact_detail_told');
  check({ kind: 'resolved', by: { who: 'vanished' } }, 'fact_resolved_by_vanished');
  check({ kind: 'erased' }, 'fact_erased');
  for (const kind of ['started', 'decided', 'attempt_made', 'wait_reviewed', 'invited', 'accepted', 'dropped', 'reminded', 'detail_asked']) check({ kind }, null);
});

test('each day is marked once', () => {
  const events = [said(1, 'customer', 'a', { at: '2026-11-23T09:00:00Z' }), said(2, 'assistant', 'b', { at: '2026-11-23T09:01:00Z' }), said(3, 'customer', 'c', { at: '2026-11-24T09:00:00Z' })];
  expect(told(events)).toEqual(['day', 'said', 'said', 'day', 'said']);
});

test('what came while one was away is marked as new', () => {
  const one = talk([said(1, 'customer', 'a')]);
  one.see();
  one.receive([said(2, 'agent', 'b'), said(3, 'customer', 'c')], 3, false);
  expect(one.unread).toBe(1);
  one.open();
  expect(one.unread).toBe(0);
  expect(one.lines(dayOf).map((line) => line.kind)).toEqual(['day', 'said', 'said', 'new', 'said']);
  one.open();
  expect(one.lines(dayOf).map((line) => line.kind)).not.toContain('new');
});

test('events come once, in order, and a gap is noticed', () => {
  const one = talk([said(1, 'customer', 'a')]);
  expect(one.receive([said(1, 'customer', 'a'), said(2, 'customer', 'b')], 2, true)).toMatchObject({ gap: false });
  expect(one.events.map((event) => event.seq)).toEqual([1, 2]);
  expect(one.receive([said(4, 'customer', 'd')], 4, true).gap).toBe(true);
  expect(one.receive([said(4, 'customer', 'd')], 4, true).fresh).toEqual([]);
});

test('an answer older than what is known turns nothing back', () => {
  const one = talk([said(1, 'customer', 'a')]);
  one.item = mine('c1', { epoch: 5 });
  one.receive([said(2, 'customer', 'b')], 2, true);
  expect(one.take(detail(mine('c1', { epoch: 2 }), [said(1, 'customer', 'a')]))).toBe(true);
  expect(one.item.epoch).toBe(5);
  expect(one.events.map((event) => event.seq)).toEqual([1, 2]);

  const unopened = new Talk(mine('c2', { seq: 3 }), null);
  unopened.receive([said(4, 'customer', 'd')], 4, false);
  expect(unopened.take(detail(mine('c2'), [said(3, 'customer', 'c')]))).toBe(false);
});

test('the customer waits since the first line after our last', () => {
  const check = (events: Event[], asked_at: string | null) => expect(talk(events).asked_at).toBe(asked_at);
  check([said(1, 'customer', 'a'), said(2, 'customer', 'b')], at(99));
  check([said(1, 'customer', 'a'), said(2, 'agent', 'b')], null);
  check([said(1, 'customer', 'a'), said(2, 'agent', 'b', { private: true })], at(99));
  check([said(1, 'customer', 'a'), said(2, 'agent', 'b'), said(3, 'customer', 'c'), said(4, 'system', 'd')], at(97));
  check([said(1, 'customer', 'a'), fact(2, { kind: 'resolved', by: { who: 'customer' } })], null);
});

test('a message on its way leaves when its event arrives', () => {
  const one = talk([]);
  one.pending = [{ client_message_id: 'x', text: 'a', private: false, epoch: 1, at: 0, state: 'sent' }];
  one.receive([said(1, 'agent', 'other', { client_message_id: 'y' })], 1, true);
  expect(one.pending).toHaveLength(1);
  one.receive([said(2, 'agent', 'a', { client_message_id: 'x' })], 2, true);
  expect(one.pending).toEqual([]);
});

test('words are found where the evidence says, else where the customer said them', () => {
  const one = talk([said(1, 'assistant', 'Charged twice?'), said(2, 'customer', 'yes, charged TWICE'), said(3, 'agent', 'ok')]);
  expect(one.find('charged twice', null)).toBe('message-2');
  expect(one.find('charged twice', 'message-1')).toBe('message-1');
  expect(one.find('charged twice', 'message-9')).toBe('message-2');
  expect(one.find('ok', null)).toBe('message-3');
  expect(one.find(' ', null)).toBeNull();
  expect(one.find('never', null)).toBeNull();
});

test('writing ends when the words are there', () => {
  const one = talk([]);
  one.typing_until = 10;
  expect(one.isTyping(9)).toBe(true);
  one.receive([said(1, 'customer', 'a')], 1, true);
  expect(one.isTyping(9)).toBe(false);
});

test('what went from hand to hand is told with its note', () => {
  const from = { id: 'me', name: 'Maya' };
  const check = (given: object, key: string, values: object) =>
    expect(talk([fact(1, given)]).lines(dayOf).at(-1)).toMatchObject({ key, values });
  const team = { kind: 'transferred', from, to: { to: 'team', team_id: 'b', name: 'Billing' }, needs: {} };
  check({ ...team, body: { text: 'call her' } }, 'fact_transferred_note', { name: 'Maya', to: 'Billing', note: 'call her' });
  check({ kind: 'transferred', from, to: { to: 'agent', agent: { id: 'j', name: 'Jonas' } }, needs: {} }, 'fact_transferred', { to: 'Jonas' });
  check({ kind: 'handed_back', agent: from }, 'fact_handed_back', { name: 'Maya' });
  const end = { kind: 'resolved', by: { who: 'agent', agent: from }, disposition: 'solved' };
  check(end, 'fact_resolved', { name: 'Maya' });
  check({ ...end, knowable: 'no' }, 'fact_resolved_knowable', { name: 'Maya' });
});
