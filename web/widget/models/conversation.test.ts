import { expect, test } from 'vitest';
import type { ConversationView, Event, WidgetFrame } from '../../shared/wire';
import { Conversation, humanComes } from './conversation';
import { FakeWorld } from './fake/world';
import { Outbox } from './outbox';
import { memoryShelf } from './shelf';

function view(more: Partial<ConversationView> = {}): ConversationView {
  const plain = { language: 'en', agent: null, opened_at: '', rated: false, handed_off: false, wait: null, email: null };
  return { id: 'c1', state: 'with_assistant', epoch: 1, seq: 1, ...plain, ...more };
}

function entered() {
  const shelf = memoryShelf();
  const conversation = new Conversation({ outbox: new Outbox(shelf), shelf, world: new FakeWorld(), onChange: () => {} });
  conversation.enter(view());
  return conversation;
}

const event = (seq: number): Event => ({ kind: 'message_added', role: 'agent', message_id: `m${seq}`, body: { text: 'x' }, seq, at: '', epoch: 1 });
const events = (conversation: string, seq: number, more: ConversationView | null = null): WidgetFrame => ({
  type: 'events',
  conversation,
  events: [event(seq)],
  through_seq: seq,
  view: more,
});

test('a newer view is taken, an older one or one of another conversation is not', () => {
  const conversation = entered();
  conversation.accept(view({ seq: 3, state: 'queued', epoch: 2 }));
  conversation.accept(view({ seq: 2 }));
  conversation.accept(view({ id: 'c2', seq: 9 }));
  conversation.hear({ type: 'welcome', conversation: view({ id: 'c2', seq: 9 }) });
  expect(conversation.view).toMatchObject({ id: 'c1', state: 'queued', seq: 3 });
  expect(conversation.transcript.epoch).toBe(2);
});

test('frames of another conversation are not heard', () => {
  const conversation = entered();
  conversation.hear(events('c2', 2));
  conversation.hear({ type: 'preview', conversation: 'c2', epoch: 1, text: 'x' });
  conversation.hear({ type: 'wait', conversation: 'c2', wait: { status: 'closed', position: null, urgent_ahead: 0, minutes: null, invited: false, opens_at: null } });
  expect([conversation.transcript.through_seq, conversation.transcript.preview, conversation.view?.wait]).toEqual([0, null, null]);
});

test('events bring the view with them where more happened than messages', () => {
  const conversation = entered();
  conversation.hear(events('c1', 2));
  expect(conversation.view?.state).toBe('with_assistant');
  conversation.hear(events('c1', 3, view({ seq: 3, state: 'with_agent' })));
  expect(conversation.view?.state).toBe('with_agent');
  expect(conversation.transcript.through_seq).toBe(3);
});

test('what the server does not have any more is forgotten', () => {
  const conversation = entered();
  conversation.hear(events('c1', 9, view({ seq: 9, epoch: 4 })));
  conversation.hear({ type: 'resync', conversation: 'c1' });
  conversation.hear({ type: 'welcome', conversation: view({ seq: 2 }) });
  conversation.hear(events('c1', 2));
  expect(conversation.view).toMatchObject({ seq: 2, epoch: 1 });
  expect([conversation.transcript.through_seq, conversation.transcript.epoch]).toEqual([2, 1]);
});

test('the wait is live', () => {
  const conversation = entered();
  const wait = { status: 'waiting' as const, position: 2, urgent_ahead: 0, minutes: 15, invited: false, opens_at: null };
  conversation.hear({ type: 'wait', conversation: 'c1', wait });
  expect(conversation.view?.wait?.position).toBe(2);
});

test('once it is left nothing is heard, and what was read is remembered', () => {
  const conversation = entered();
  conversation.hear(events('c1', 2));
  expect(conversation.unread).toBe(1);
  conversation.markRead();
  conversation.leave();
  conversation.hear(events('c1', 3));
  expect([conversation.view, conversation.unread]).toEqual([null, 0]);
  conversation.enter(view());
  conversation.hear(events('c1', 2));
  conversation.hear(events('c1', 3));
  expect(conversation.unread).toBe(1);
});

test('a human comes in the queue, by e-mail and in person', () => {
  const comes = (['with_assistant', 'queued', 'by_email', 'with_agent', 'resolved'] as const).map((state) => humanComes(view({ state })));
  expect(comes).toEqual([false, true, true, true, false]);
  expect(humanComes(null)).toBe(false);
});
