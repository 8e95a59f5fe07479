import { expect, test } from 'vitest';
import { settle } from './fakes';
import { Room } from './room';

const SENT = { message_id: 'm', seq: 4, epoch: 2 };
const COLD = { is_cold: true, repeats: null, asks_again: null };
const NOTHING = { is_cold: false, repeats: null, asks_again: null };

async function room(found: object): Promise<Room> {
  const room = await new Room().open();
  room.server.answer('POST conversations/c1/introduction/check', { faults: [] });
  room.server.answer('POST conversations/c1/draft-checks', found);
  room.server.answer('POST conversations/c1/reply', SENT);
  return room;
}

test('what is found shows once the agent pauses, and goes with the text when it is sent all the same', async () => {
  const here = await room(COLD);
  here.desk.writing.write(here.talk, { reply: 'How can I help?' });
  expect(here.desk.writing.guards.of('c1')).toBeNull();
  await here.world.pass(400);
  expect(here.desk.writing.guards.of('c1')).toMatchObject({ is_cold: true });

  here.desk.act('send');
  await settle();
  const sent = here.server.bodies('POST conversations/c1/reply');
  expect(sent).toMatchObject([{ text: 'How can I help?', warned: [{ guard: 'cold_greeting', of: null }] }]);
  expect(here.desk.writing.guards.of('c1')).toBeNull();
});

test('what nobody has seen yet is shown before the text goes, once', async () => {
  const here = await room(COLD);
  here.desk.writing.write(here.talk, { reply: 'How can I help?' });
  here.desk.act('send');
  await settle();
  expect(here.server.bodies('POST conversations/c1/reply')).toEqual([]);
  expect(here.desk.writing.guards.of('c1')).toMatchObject({ is_cold: true });
  here.desk.act('send');
  await settle();
  expect(here.server.bodies('POST conversations/c1/reply')).toHaveLength(1);
});

test('a good text goes at once and without warnings', async () => {
  const here = await room(NOTHING);
  here.desk.writing.write(here.talk, { reply: 'I have sent a new lamp.' });
  here.desk.act('send');
  await settle();
  expect(here.server.bodies('POST conversations/c1/reply')).toMatchObject([{ warned: [] }]);
});

test('a cold opening is replaced by the warm introduction', async () => {
  const here = await room(COLD);
  here.desk.writing.write(here.talk, { reply: 'How can I help?' });
  await here.world.pass(400);
  here.desk.writing.useIntroduction(here.talk);
  expect(here.desk.writing.draft('c1').reply).toBe('Hello, I have read everything.');
  expect(here.desk.writing.guards.of('c1')).toBeNull();
});

test('a question that was answered is taken out of the text', async () => {
  const asks = { question: 'What is your order number?', answer: 'order 48213', message_id: 'm1', instead: null };
  const here = await room({ ...NOTHING, asks_again: asks });
  here.desk.writing.write(here.talk, { reply: 'Hi Ana. What is your order number? I will look.' });
  await here.world.pass(400);
  here.desk.writing.mendQuestion(here.talk);
  expect(here.desk.writing.draft('c1').reply).toBe('Hi Ana. I will look.');
});

test('what the customer told is said in the place of the question', async () => {
  const instead = 'You wrote “order 48213”.';
  const asks = { question: 'What is your order number?', answer: 'order 48213', message_id: 'm1', instead };
  const here = await room({ ...NOTHING, asks_again: asks });
  here.desk.writing.write(here.talk, { reply: 'Hi Ana. What is your order number? I will look.' });
  await here.world.pass(400);
  here.desk.writing.mendQuestion(here.talk, instead);
  expect(here.desk.writing.draft('c1').reply).toBe('Hi Ana. You wrote “order 48213”. I will look.');
});

test('what is found of a text that has gone meanwhile is dropped', async () => {
  const here = await room(COLD);
  const { guards } = here.desk.writing;
  const release = here.server.hold('POST conversations/c1/draft-checks');
  const look = guards.look('c1', 'How can I help?');
  guards.forget('c1');
  release();
  await look;
  expect(guards.of('c1')).toBeNull();
});
