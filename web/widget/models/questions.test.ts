import { expect, test } from 'vitest';
import type { ConversationState, Outcome } from '../../shared/wire';
import { questionsOf } from './questions';
import type { Session } from './session';
import type { Line } from './transcript';

const line = (key: string, more: Partial<Line> = {}): Line => ({
  key,
  role: 'assistant',
  agent: null,
  text: key,
  at: new Date(0),
  citations: [],
  attempt_id: null,
  offers_person: false,
  readings: [],
  state: 'sent',
  ...more,
});
const tried = (key: string) => line(key, { attempt_id: key, citations: [{ article_id: 'a', title: 'A', passage: '' }] });
const offer = line('offer', { offers_person: true });

interface Case {
  state?: ConversationState;
  outcome?: Outcome;
  declined?: string[];
  wantsPerson?: boolean;
}

function check(lines: Line[], expected: Record<string, string>, given: Case = {}): void {
  const { state = 'with_assistant', outcome = 'unknown', declined = [], wantsPerson = false } = given;
  const session = { view: { state }, transcript: { outcome: () => outcome }, declined: new Set(declined), wantsPerson };
  expect(Object.fromEntries(questionsOf(session as unknown as Session, lines))).toEqual(expected);
}

test('the last suggestion is asked about until it is judged', () => {
  check([], {});
  check([line('hello')], {});
  check([tried('one'), line('ok', { role: 'customer' }), tried('two')], { two: 'helped' });
  check([tried('one')], { one: 'thanks' }, { outcome: 'helped' });
  check([tried('one')], { one: 'thanks' }, { outcome: 'did_not_help' });
  check([tried('one')], {}, { outcome: 'asked_again' });
});

test('an offer of a person stands below the last answer until it is answered', () => {
  check([tried('one'), offer], { one: 'helped', offer: 'person' });
  check([offer], {}, { declined: ['offer'] });
  check([offer], {}, { wantsPerson: true });
  check([offer, line('later')], {});
  check([offer, line('mine', { role: 'customer' })], { offer: 'person' });
});

test('which reading is meant can be chosen until the customer has written again', () => {
  const which = line('which', { readings: ['Change your plan', 'Change your address'] });
  check([which], { which: 'reading' });
  check([which, line('mine', { role: 'customer' })], {});
  check([which], {}, { state: 'queued' });
});

test('nothing is asked once a human has it, or is coming, or it is over', () => {
  for (const state of ['queued', 'by_email', 'with_agent', 'resolved'] as const) check([tried('one'), offer], {}, { state });
});
