import { expect, test } from 'vitest';
import { Room } from './room';
import { Trial } from './trial';

const FACTS = { inbox: 'Website' };
const answer = (text: string, given: object = {}, decision: object | null = { action: 'answer' }) => ({
  said: { text, is_handoff: false, citations: [], readings: [], offers_person: false, ...given },
  decision,
  facts: FACTS,
});

async function open() {
  const room = await new Room().enter();
  return { room, trial: new Trial(room.desk, 'en') };
}

test('several turns go on as one conversation, played by whoever is chosen', async () => {
  const { room, trial } = await open();
  room.server.answer('POST try', answer('Three days.', { readings: ['A', 'B'] }));
  trial.play({ vip: true, contacts: 2 });
  await trial.ask(' How long? ');
  await trial.ask('A');
  const [first, second] = room.server.bodies('POST try') as { case: { contact: object; prior_conversations: object[]; messages: object[] }; readings: string[] }[];
  expect(first?.case.contact).toMatchObject({ vip: true, plan: 'free' });
  expect(first?.case.prior_conversations).toHaveLength(2);
  expect(second?.case.messages).toEqual([
    { role: 'customer', text: 'How long?' },
    { role: 'assistant', text: 'Three days.' },
    { role: 'customer', text: 'A' },
  ]);
  expect(second?.readings).toEqual(['A', 'B']);
  expect(trial.shown?.text).toBe('A');
  trial.look(1);
  expect(trial.shown?.text).toBe('How long?');
});

test('a question is asked in the inbox that is in front, and anew in another', async () => {
  const { room, trial } = await open();
  const inbox = (id: string, closed_at: string | null) => ({ id, name: id, site_key: id, closed_at, is_first: !closed_at, open_conversations: 0 });
  room.server.answer('GET inboxes', { inboxes: [inbox('i1', '2026-11-20T10:00:00Z'), inbox('i2', null)] });
  room.server.answer('POST try', answer('Three days.'));
  await trial.load();
  await trial.ask('How long?');
  trial.turn('i1');
  expect(trial.lines).toEqual([]);
  await trial.ask('How long?');
  const asked = room.server.bodies('POST try') as { case: { inbox_id: string } }[];
  expect(asked.map((one) => one.case.inbox_id)).toEqual(['i2', 'i1']);
});

test('small talk has no decision to show, and a handover ends the conversation', async () => {
  const { room, trial } = await open();
  room.server.answer('POST try', answer('Hello!', {}, null));
  await trial.ask('hi');
  expect(trial.shown).toBeNull();
  room.server.answer('POST try', answer('A person is coming.', { is_handoff: true }, { action: 'escalate' }));
  await trial.ask('a person please');
  expect(trial.isHandedOff).toBe(true);
  trial.begin();
  expect(trial.lines).toEqual([]);
});

test('a question that failed leaves the conversation as it was', async () => {
  const { room, trial } = await open();
  room.server.isDown = true;
  await trial.ask('How long?');
  expect(trial.lines).toEqual([]);
  expect(trial.saving).toMatchObject({ kind: 'failed', notice: { key: 'unreachable' } });
});
