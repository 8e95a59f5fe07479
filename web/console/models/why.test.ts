import { expect, test } from 'vitest';
import type { Decision, DecisionShown } from '../api';
import { at, FakeServer } from './fakes';
import { changesOf, knownOf, loweredOf, rowsOf, standingOf, Why } from './why';

type Reason = Decision['reasons'][number];

function reason(given: Partial<Reason>): Reason {
  const strength = given.strength ?? 0.9;
  return { trigger: 'topic.complaint', rule: null, strength, contribution: strength, effect: 'escalates', evidence: [], ...given } as Reason;
}

function decision(given: Partial<Decision> = {}): Decision {
  return {
    action: 'escalate',
    target: { team: null, dedicated_agent: false, skills: [] },
    priority: 0,
    reasons: [],
    score: 0.9,
    calm_threshold: 0.5,
    mood: 0,
    threshold: 0.5,
    margin: 0.4,
    counterfactual: null,
    would_change: [],
    policy_version: 1,
    ...given,
  };
}

function shown(facts: Partial<DecisionShown['facts']> = {}): DecisionShown {
  const none = { inbox: '', plan: '', vip: false, signed_up_at: null, same_issue: 0, answerable: null, answers: 0 };
  const rest = { failed_answers: 0, abstentions: 0, moods: [], declined: [], small_talk: null, language: null };
  return { id: 'dec_1', at: at(5), message_id: 'm', text: 'help', decision: decision(), facts: { ...none, ...rest, ...facts } };
}

test('reasons are told with what they counted', () => {
  const rows = rowsOf(
    decision({
      reasons: [
        reason({ strength: 0.8, contribution: 0.4 }),
        reason({ trigger: 'sentiment.anger', strength: 0.8, contribution: -0.24, effect: 'lowers_threshold' }),
        reason({ trigger: 'policy.rule', rule: 'Key accounts', strength: 1, contribution: 1 }),
      ],
    }),
  );
  expect(rows.map(({ called, counts, isWeighed }) => ({ called, counts, isWeighed }))).toEqual([
    { called: { trigger: 'topic.complaint' }, counts: 0.4, isWeighed: true },
    { called: { trigger: 'sentiment.anger' }, counts: 0.24, isWeighed: false },
    { called: { rule: 'Key accounts' }, counts: 1, isWeighed: false },
  ]);
});

test('a decision of before, without what came later, is told too', () => {
  const { contribution: _, rule: __, ...before } = reason({ strength: 0.7 });
  const { calm_threshold: ___, would_change: ____, ...old } = decision();
  const stored = { ...old, reasons: [before] } as unknown as Decision;
  expect(rowsOf(stored)[0]).toMatchObject({ counts: 0.7, called: { trigger: 'topic.complaint' } });
  expect(changesOf(stored)).toEqual([]);
  expect(loweredOf(stored)).toBe(0);
});

test('how the strongest reason stood', () => {
  const check = (given: Partial<Decision>, standing: string) => expect(standingOf(decision(given))).toBe(standing);
  check({}, 'reached');
  check({ action: 'answer', score: 0.3, margin: -0.2 }, 'short');
  check({ action: 'offer', score: 0, margin: -0.5 }, 'none');
  expect(loweredOf(decision({ calm_threshold: 0.5, threshold: 0.26 }))).toBeCloseTo(0.24);
});

test('what would have changed it names triggers and own rules', () => {
  const told = changesOf(
    decision({
      reasons: [reason({ trigger: 'policy.rule', rule: 'Key accounts' }), reason({})],
      would_change: [
        { change: { kind: 'without', reasons: ['Key accounts', 'topic.complaint'] }, action: 'answer' },
        { change: { kind: 'stronger', trigger: 'topic.cancellation', strength: 0.5 }, action: 'escalate' },
        { change: { kind: 'calm_mood' }, action: 'offer' },
      ],
    }),
  );
  expect(told[0]?.reasons).toEqual([{ rule: 'Key accounts' }, { trigger: 'topic.complaint' }]);
  expect(told[1]).toMatchObject({ kind: 'stronger', strength: 0.5, reasons: [{ trigger: 'topic.cancellation' }] });
  expect(told[2]).toMatchObject({ kind: 'calm_mood', reasons: [], action: 'offer' });
});

test('facts that say nothing are left out', () => {
  const names = (facts: Partial<DecisionShown['facts']>) => knownOf(shown(facts)).map(({ fact }) => fact);
  expect(names({})).toEqual(['answers', 'policy']);
  expect(names({ plan: 'team', answers: 2, answerable: 0, moods: [0.2], declined: ['topic.complaint'] })).toEqual([
    'plan',
    'answerable',
    'answers',
    'failed_answers',
    'moods',
    'declined',
    'policy',
  ]);
});

test('the decisions are fetched, and those of another conversation never stand there', async () => {
  const server = new FakeServer();
  const why = new Why(server.api, () => {});
  server.answer('GET conversations/a/decisions', { decisions: [shown()] });
  await why.load('a');
  expect(why).toMatchObject({ state: 'idle', id: 'a' });
  expect(why.decisions).toHaveLength(1);
  const release = server.hold('GET conversations/b/decisions');
  server.answer('GET conversations/b/decisions', { decisions: [] });
  const asked = why.load('b');
  expect(why).toMatchObject({ state: 'loading', decisions: null });
  const back = why.load('a');
  await back;
  release();
  await asked;
  expect(why.id).toBe('a');
  expect(why.decisions).toHaveLength(1);
});

test('a conversation that is not there, and a server that is not', async () => {
  const server = new FakeServer();
  const why = new Why(server.api, () => {});
  await why.load('nowhere');
  expect(why.state).toBe('missing');
  server.isDown = true;
  await why.load('a');
  expect(why.state).toBe('unreachable');
});
