import { expect, test } from 'vitest';
import type { Event } from '../../shared/wire';
import { Outbox } from './outbox';
import { memoryShelf } from './shelf';
import { Transcript, TYPING_MS } from './transcript';

function begun() {
  const outbox = new Outbox(memoryShelf());
  return { outbox, transcript: new Transcript(outbox) };
}

function message(seq: number, role: string, text: string, more: object = {}): Event {
  const fact = { kind: 'message_added', role, message_id: `m${seq}`, body: { text }, ...more };
  return { seq, at: '2026-11-24T09:00:00Z', epoch: 1, ...fact } as Event;
}

function fact(seq: number, kind: string, more: object = {}): Event {
  return { seq, at: '2026-11-24T09:00:00Z', epoch: 1, kind, ...more } as Event;
}

const said = (transcript: Transcript) => transcript.lines('c1').map(({ text }) => text);

test('events are shown once and in order, whichever way they came', () => {
  const { transcript } = begun();
  const [a, b, c] = [message(1, 'assistant', 'a'), message(3, 'assistant', 'b'), message(4, 'agent', 'c')];
  transcript.receive([c], 4);
  transcript.receive([b, a], 3);
  transcript.receive([a, b, c], 4);
  expect(said(transcript)).toEqual(['a', 'b', 'c']);
  expect(transcript.through_seq).toBe(4);
});

test('the cursor covers events that a customer does not see', () => {
  const { transcript } = begun();
  transcript.receive([], 7);
  expect(transcript.through_seq).toBe(7);
});

test('a line on its way stands last and becomes its event without a blink', () => {
  const { outbox, transcript } = begun();
  outbox.add('id-1', 'mine', 'c1', Date.now());
  transcript.receive([message(1, 'assistant', 'hello')], 1);
  expect(said(transcript)).toEqual(['hello', 'mine']);
  const before = transcript.lines('c1')[1]!;
  transcript.receive([message(2, 'customer', 'mine', { client_message_id: 'id-1' })], 2);
  const after = transcript.lines('c1')[1]!;
  expect([before.state, after.state, before.key === after.key]).toEqual(['sending', 'sent', true]);
  expect(outbox.all).toEqual([]);
});

test('a line that another tab left behind is not shown beside its event', () => {
  const { outbox, transcript } = begun();
  transcript.receive([message(1, 'customer', 'mine', { client_message_id: 'id-1' })], 1);
  outbox.add('id-1', 'mine', 'c1', 1);
  expect(said(transcript)).toEqual(['mine']);
});

test('lines of another conversation are not shown, lines of none yet are', () => {
  const { outbox, transcript } = begun();
  outbox.add('id-1', 'elsewhere', 'c2', 1);
  outbox.add('id-2', 'anywhere', null, 2);
  expect(said(transcript)).toEqual(['anywhere']);
});

test('notes and erased words leave no line', () => {
  const { transcript } = begun();
  transcript.receive([message(1, 'agent', 'a note', { private: true }), message(2, 'customer', 'my address')], 2);
  expect(said(transcript)).toEqual(['my address']);
  transcript.receive([fact(3, 'erased')], 3);
  expect(said(transcript)).toEqual([]);
});

test('a draft lives until the message comes or somebody else may speak', () => {
  const { transcript } = begun();
  transcript.sign('assistant', null, 0);
  transcript.draft(1, 'The');
  expect([transcript.preview?.text, transcript.typing]).toEqual(['The', null]);
  transcript.receive([message(1, 'customer', 'wait')], 1);
  expect(transcript.preview?.text).toBe('The');
  transcript.receive([message(2, 'assistant', 'The answer')], 2);
  expect(transcript.preview).toBeNull();

  transcript.draft(1, 'An');
  transcript.advance(2);
  expect(transcript.preview).toBeNull();
  transcript.draft(1, 'An old one');
  expect(transcript.preview).toBeNull();
  transcript.draft(3, 'A newer one than any event');
  expect(transcript.preview?.epoch).toBe(3);
});

test('a sign of typing lasts a while', () => {
  const { transcript } = begun();
  transcript.sign('agent', 'Ada', 0);
  transcript.fade(TYPING_MS - 1);
  expect(transcript.typing?.name).toBe('Ada');
  transcript.sign('agent', 'Ada', 1_000);
  transcript.fade(TYPING_MS);
  expect(transcript.typing).not.toBeNull();
  transcript.fade(TYPING_MS + 1_000);
  expect(transcript.typing).toBeNull();
});

test('what the other side said after a point is unread', () => {
  const { transcript } = begun();
  transcript.receive(
    [message(1, 'assistant', 'a'), message(2, 'customer', 'b'), fact(3, 'handed_off'), message(4, 'system', 'c'), message(5, 'agent', 'd')],
    5,
  );
  expect([0, 1, 4, 5].map((seq) => transcript.unread(seq))).toEqual([3, 2, 1, 0]);
});

test('a question is answered once the other side has spoken after it', () => {
  const { transcript } = begun();
  const steps: [Event, boolean][] = [
    [message(1, 'assistant', 'hello'), false],
    [message(2, 'customer', 'why?'), false],
    [message(3, 'system', 'a moment'), false],
    [message(4, 'assistant', 'because'), true],
    [message(5, 'customer', 'but'), false],
  ];
  for (const [event, answered] of steps) {
    transcript.receive([event], event.seq);
    expect(transcript.answered, `after ${event.seq}`).toBe(answered);
  }
});

test('how a suggestion went is known from the click, and then from the event', () => {
  const { transcript } = begun();
  expect(transcript.outcome('t')).toBe('unknown');
  transcript.judge('t', 'helped');
  expect(transcript.outcome('t')).toBe('helped');
  transcript.receive([fact(1, 'attempt_judged', { attempt_id: 't', outcome: 'asked_again' })], 1);
  expect(transcript.outcome('t')).toBe('asked_again');
});

test('a draft that comes after its answer is not shown', () => {
  const { transcript } = begun();
  transcript.receive([message(1, 'customer', 'when?')], 1);
  transcript.draft(1, 'It takes');
  expect(transcript.preview?.text).toBe('It takes');
  transcript.receive([message(2, 'assistant', 'It takes 3 days.')], 2);
  transcript.draft(1, 'It takes 3');
  expect(transcript.preview).toBeNull();
});

test('readings stand in the text once they are no buttons any more', () => {
  const { transcript } = begun();
  const body = { text: 'Which?\n1. Plan\n2. Address', readings: ['Plan', 'Address'] };
  transcript.receive([message(1, 'customer', 'change'), message(2, 'assistant', '', { body })], 2);
  expect(said(transcript)).toEqual(['change', 'Which?']);
  transcript.receive([message(3, 'customer', 'Plan')], 3);
  expect(said(transcript)).toEqual(['change', 'Which?\n1. Plan\n2. Address', 'Plan']);
});
