import { expect, test } from 'vitest';
import { memoryShelf } from './shelf';
import { begun, linesOf, Stage } from './fake/stage';

const GREETING = 'assistant: I am an automated assistant.';

test('a first visit makes one visitor and one conversation, and shows its first line', async () => {
  const stage = await begun();
  expect(stage.lines).toEqual([GREETING]);
  expect(stage.server.heard.filter((request) => request.startsWith('POST'))).toEqual([
    'POST /api/widget/visitors',
    'POST /api/widget/conversations',
  ]);
  expect(stage.session.unread).toBe(0);
});

test('a line is on screen before it is sent, and stays the same line', async () => {
  const stage = await begun();
  stage.session.say('Where is my bike?');
  expect(stage.lines).toEqual([GREETING, 'customer: Where is my bike? (sending)']);
  const [, before] = stage.session.transcript.lines(stage.session.view!.id);
  await stage.pass(2_000);
  const [, after] = stage.session.transcript.lines(stage.session.view!.id);
  expect(after!.key).toBe(before!.key);
  expect(stage.lines[1]).toBe('customer: Where is my bike?');
  expect(stage.lines).toHaveLength(3);
});

test('what is written before there is a conversation is said in it', async () => {
  const stage = new Stage();
  stage.session.start();
  stage.session.say('quick');
  expect(stage.lines).toEqual(['customer: quick (sending)']);
  await stage.pass(2_000);
  expect(stage.server.said).toEqual(['quick']);
  expect(stage.lines[1]).toBe('customer: quick');
});

test('a reload at any moment of sending neither loses nor doubles a line', async () => {
  for (let moment = 0; moment <= 120; moment += 10) {
    const stage = await begun(moment);
    stage.session.say('once');
    await stage.pass(moment);
    stage.reload();
    await stage.pass(2_000);
    expect(stage.server.said, `at ${moment} ms`).toEqual(['once']);
    expect(stage.lines.filter((line) => line.startsWith('customer'))).toEqual(['customer: once']);
  }
});

test('the conversation and the draft are there again after a reload', async () => {
  const stage = await begun();
  stage.session.outbox.draft = 'half a sen';
  const { id } = stage.session.view!;
  stage.reload();
  await stage.pass(1_000);
  expect(stage.session.view?.id).toBe(id);
  expect(stage.session.outbox.draft).toBe('half a sen');
});

test('a line without network says so, goes when the network is back, and only once', async () => {
  const stage = await begun();
  stage.server.weather = () => 'lost';
  stage.server.hangUp();
  stage.session.networkLost();
  stage.session.say('in a tunnel');
  await stage.pass(5_000);
  expect(stage.session.reach).toBe('no');
  expect(stage.lines[1]).toBe('customer: in a tunnel (delayed)');
  stage.server.weather = () => 'fine';
  stage.session.wake();
  await stage.pass(1_000);
  expect(stage.session.reach).toBe('yes');
  expect(stage.server.said).toEqual(['in a tunnel']);
});

test('an acknowledgement that is lost doubles nothing', async () => {
  const stage = await begun();
  let times = 0;
  stage.server.weather = (request) => (request.endsWith('/messages') && times++ < 2 ? 'deaf' : 'fine');
  stage.session.say('hello?');
  await stage.pass(10_000);
  expect(stage.server.said).toEqual(['hello?']);
  expect(stage.lines.filter((line) => line.startsWith('customer'))).toEqual(['customer: hello?']);
});

test('too many messages wait as long as the server asks, and then go', async () => {
  const stage = await begun();
  let isBusy = true;
  const posts = () => stage.server.heard.filter((request) => request.endsWith('/messages')).length;
  let refused = 0;
  stage.server.weather = (request) => {
    if (!request.endsWith('/messages') || !isBusy) return 'fine';
    refused++;
    return 'slow_down';
  };
  for (const text of ['one', 'two', 'three']) stage.session.say(text);
  await stage.pass(5_000);
  expect(stage.session.trouble).toBe('slow_down');
  stage.session.say('four');
  isBusy = false;
  await stage.pass(10_000);
  expect([refused, posts()]).toEqual([1, 0]);
  await stage.pass(10_000);
  expect(stage.server.said).toEqual(['one', 'two', 'three', 'four']);
  expect(stage.session.trouble).toBeNull();
});

test('a complaint about haste goes when the haste is over, whatever it was about', async () => {
  const stage = new Stage();
  stage.server.weather = (request) => (request.endsWith('/visitors') ? 'slow_down' : 'fine');
  stage.session.start();
  await stage.pass(1_000);
  expect(stage.session.trouble).toBe('slow_down');
  stage.server.weather = () => 'fine';
  await stage.pass(30_000);
  expect([stage.session.trouble, stage.lines]).toEqual([null, [GREETING]]);
});

test('a line that the server will not take says so and holds nothing else up', async () => {
  const stage = await begun();
  stage.server.refusals.set('/messages', 413);
  stage.session.say('too long');
  await stage.pass(500);
  stage.server.refusals.clear();
  stage.session.say('short');
  await stage.pass(1_000);
  expect(stage.server.said).toEqual(['short']);
  expect(stage.lines.at(-1)).toBe('customer: too long (refused)');
  stage.session.retry('message-1');
  await stage.pass(1_000);
  expect(stage.server.said).toEqual(['short', 'too long']);
});

test('a conversation that is gone is replaced, and takes the words along', async () => {
  const stage = await begun();
  stage.server.kept.clear();
  stage.session.say('still here');
  await stage.pass(5_000);
  expect(stage.server.said).toEqual(['still here']);
  expect(stage.lines.slice(0, 2)).toEqual([GREETING, 'customer: still here']);
});

test('a visitor whom the server knows no more becomes a new one and loses nothing', async () => {
  const stage = await begun();
  stage.server.tokens.clear();
  stage.session.say('who am I?');
  stage.session.askForPerson();
  await stage.pass(5_000);
  expect(stage.server.tokens.size).toBe(1);
  expect(stage.server.said).toEqual(['who am I?']);
  expect(stage.session.view?.state).toBe('queued');
  expect(stage.server.kept.size).toBe(2);
});

test('the socket says that the visitor is unknown: the same', async () => {
  const stage = await begun();
  stage.server.tokens.clear();
  stage.server.hangUp();
  await stage.pass(5_000);
  expect(stage.server.tokens.size).toBe(1);
  expect(stage.lines).toEqual([GREETING]);
});

test('where no socket ever opens, answers still come', async () => {
  const stage = new Stage();
  stage.server.weather = (request) => (request === 'SOCKET' ? 'lost' : 'fine');
  stage.session.start();
  await stage.pass(10_000);
  stage.session.say('through a proxy');
  await stage.pass(8_000);
  expect(stage.lines.at(-1)).toBe('assistant: About “through a proxy” I know nothing.');
  expect(stage.session.reach).toBe('yes');
});

test('a line that is dead without a word is found out by the answer that it does not bring', async () => {
  const stage = await begun();
  for (const line of stage.server.lines) line.isDead = true;
  stage.session.say('anybody?');
  await stage.pass(20_000);
  expect(stage.lines).toEqual([
    GREETING,
    'customer: anybody?',
    'assistant: About “anybody?” I know nothing.',
  ]);
});

test('two tabs are one visitor, and both show every line once', async () => {
  const stage = await begun();
  const other = stage.tab();
  other.start();
  await stage.pass(1_000);
  expect(other.view?.id).toBe(stage.session.view?.id);
  stage.session.say('from the first');
  other.say('from the second');
  await stage.pass(5_000);
  expect(stage.server.said.sort()).toEqual(['from the first', 'from the second']);
  expect(linesOf(other)).toEqual(stage.lines);
  expect(stage.server.tokens.size).toBe(1);
});

test('two tabs that begin at the same moment end as one visitor', async () => {
  const stage = new Stage();
  const other = stage.tab();
  stage.session.start();
  other.start();
  stage.session.say('from the first');
  other.say('from the second');
  await stage.pass(3_000);
  expect(linesOf(other)).toEqual(stage.lines);
  expect(stage.lines.filter((line) => line.startsWith('customer')).sort()).toEqual([
    'customer: from the first',
    'customer: from the second',
  ]);
  expect(stage.server.tokens.size).toBe(2);
});

test('a tab follows another one into a new conversation', async () => {
  const stage = await begun();
  const other = stage.tab();
  other.start();
  void stage.session.resolve();
  await stage.pass(1_000);
  stage.session.startOver();
  await stage.pass(1_000);
  expect(other.view?.id).toBe(stage.session.view?.id);
  expect(other.view?.state).toBe('with_assistant');
});

test('the page is no news while it is open, and news while it is not', async () => {
  const stage = await begun();
  const { session, server } = stage;
  session.show(true);
  server.speak(server.newest, 'assistant', 'seen');
  await stage.pass(100);
  expect(session.unread).toBe(0);
  session.show(false);
  server.speak(server.newest, 'assistant', 'not seen');
  await stage.pass(100);
  expect(session.unread).toBe(1);
  expect(stage.reload().unread).toBe(0);
  await stage.pass(1_000);
  expect(stage.session.unread).toBe(1);
  stage.session.show(true);
  expect(stage.session.unread).toBe(0);
});

test('a draft of an answer goes when somebody else may speak', async () => {
  const stage = await begun();
  const { session, server } = stage;
  const [line] = server.lines;
  const preview = (epoch: number) => ({ type: 'preview', conversation: session.view!.id, epoch, text: 'The answ' });
  server.send(line!, preview(1));
  await stage.pass(100);
  expect(session.transcript.preview?.text).toBe('The answ');
  session.askForPerson();
  await stage.pass(100);
  expect(session.transcript.preview).toBeNull();
  server.send(line!, preview(1));
  await stage.pass(100);
  expect(session.transcript.preview).toBeNull();
});

test('typing is told at most every few seconds, and signs of it fade', async () => {
  const stage = await begun();
  const { session, server } = stage;
  const [line] = server.lines;
  for (let n = 0; n < 5; n++) session.write('a');
  expect(line!.heard.filter(({ type }) => type === 'typing')).toHaveLength(1);
  server.send(line!, { type: 'typing', who: 'agent', name: 'Ada' });
  await stage.pass(100);
  expect(session.transcript.typing?.name).toBe('Ada');
  await stage.pass(5_000);
  expect(session.transcript.typing).toBeNull();
});

test('a new conversation begins empty, and nothing late from the old one comes in', async () => {
  const stage = await begun();
  const { session, server } = stage;
  void session.resolve();
  await stage.pass(500);
  const old = session.view!.id;
  void session.rate(5, null);
  session.startOver();
  expect(stage.lines).toEqual([]);
  await stage.pass(2_000);
  expect(session.view?.id).not.toBe(old);
  expect(session.view?.state).toBe('with_assistant');
  expect(stage.lines).toEqual([GREETING]);
  expect(server.kept.size).toBe(2);
});

test('the answer can go by e-mail, and a bad address is told', async () => {
  const stage = await begun();
  const { session, server } = stage;
  session.askForPerson();
  await stage.pass(1_000);
  const give = async (email: string) => {
    session.fill({ email });
    void session.sendEmail();
    await stage.pass(100);
    return session.form.fault;
  };
  for (const bad of ['', 'ada', 'ada@', 'ada@home', 'a b@c.de']) expect(await give(bad)).toBe('email_bad');
  server.refusals.set('/email', 422);
  expect(await give('ada@example.org')).toBe('email_bad');
  server.refusals.clear();
  server.weather = () => 'lost';
  expect([await give('ada@example.org'), session.form.email]).toEqual(['failed', 'ada@example.org']);
  server.weather = () => 'fine';
  expect([await give('ada@example.org'), session.form.email]).toEqual([null, '']);
  expect(session.view).toMatchObject({ state: 'by_email', email: 'ada@example.org' });
});

test('who goes back to the assistant may ask for a person again', async () => {
  const stage = await begun();
  const { session } = stage;
  for (let n = 0; n < 3; n++) {
    session.askForPerson();
    await stage.pass(1_000);
    expect(session.view?.state).toBe('queued');
    void session.cancelWait();
    await stage.pass(1_000);
    expect([session.view?.state, session.wantsPerson]).toEqual(['with_assistant', false]);
  }
});

test('an act that comes too late shows how things stand instead of an error', async () => {
  const stage = await begun();
  const { session, server } = stage;
  session.askForPerson();
  await stage.pass(1_000);
  for (const line of server.lines) line.isDead = true;
  server.move(server.newest, 'with_agent', 'accepted');
  const cancelled = session.cancelWait();
  await stage.pass(1_000);
  expect(await cancelled).toBe(false);
  expect(session.trouble).toBeNull();
  expect(session.view).toMatchObject({ state: 'with_agent', agent: { name: 'Ada' } });
});

test('a judgement shows at once and is taken back when it cannot be told', async () => {
  const stage = await begun();
  const { session, server } = stage;
  void session.judge('t1', false);
  expect(session.transcript.outcome('t1')).toBe('did_not_help');
  await stage.pass(1_000);
  expect(session.transcript.outcome('t1')).toBe('did_not_help');
  server.weather = () => 'lost';
  void session.judge('t2', true);
  await stage.pass(1_000);
  expect(session.transcript.outcome('t2')).toBe('unknown');
  expect(session.trouble).toBe('failed');
});

test('a rating is sent once the conversation is over', async () => {
  const stage = await begun();
  const { session } = stage;
  void session.resolve();
  await stage.pass(500);
  void session.rate(4, false);
  await stage.pass(500);
  expect(session.view).toMatchObject({ state: 'resolved', rated: true });
  session.say('one more thing');
  await stage.pass(500);
  expect(session.view?.state).toBe('with_assistant');
});

test('an inbox that is not there is said so, and looked for again', async () => {
  const stage = new Stage();
  stage.server.hasInbox = false;
  stage.session.start();
  await stage.pass(1_000);
  expect(stage.session.reader.screen.kind).toBe('unavailable');
  stage.session.askForPerson();
  stage.server.hasInbox = true;
  await stage.pass(60_000);
  expect(stage.session.reader.screen.kind).toBe('conversation');
  expect(stage.session.view?.state).toBe('queued');
});

test('a closed inbox begins nothing new, says so, and is looked at again', async () => {
  const stage = new Stage();
  stage.server.isClosed = true;
  stage.session.start();
  await stage.pass(1_000);
  expect(stage.session.reader.screen).toEqual({ kind: 'unavailable', why: 'inbox_closed' });
  expect(stage.server.tokens.size).toBe(0);
  stage.session.askForPerson();
  await stage.pass(1_000);
  expect(stage.session.wantsPerson).toBe(false);
  stage.server.isClosed = false;
  await stage.pass(60_000);
  expect(stage.session.reader.screen.kind).toBe('conversation');
  expect(stage.session.view?.state).toBe('with_assistant');
});

test('what was begun in an inbox before it closed goes on, and is there again after a try for more', async () => {
  const stage = await begun();
  const { session } = stage;
  stage.server.isClosed = true;
  session.say('are you there?');
  await stage.pass(500);
  expect(stage.server.said).toContain('are you there?');
  void session.resolve();
  await stage.pass(500);
  const id = session.view?.id;
  session.startOver();
  await stage.pass(1_000);
  expect(session.reader.screen).toEqual({ kind: 'unavailable', why: 'inbox_closed' });
  await stage.pass(60_000);
  expect(session.view?.id).toBe(id);
  expect(session.reader.screen.kind).toBe('conversation');
});

test('words and colours that cannot be had hold up neither a line nor a wish', async () => {
  const stage = new Stage();
  stage.server.weather = (request) => (/words|config/.test(request) ? 'busy' : 'fine');
  stage.session.start();
  stage.session.say('no words');
  stage.session.askForPerson();
  await stage.pass(2_000);
  expect(stage.server.said).toEqual(['no words']);
  expect(stage.session.view?.state).toBe('queued');
  expect(stage.session.words.say('talk_to_person')).toBe('Talk to a person');
  stage.server.weather = () => 'fine';
  await stage.pass(20_000);
  expect(stage.session.words.loaded && stage.session.config?.company).toBe('Acme');
});

test('a length that the server refuses is told before sending', async () => {
  const stage = await begun();
  expect(stage.session.tooLong('🙂'.repeat(4_000))).toBeNull();
  expect(stage.session.tooLong('a'.repeat(4_001))).toBe(4_000);
  expect(new Stage().session.tooLong('a'.repeat(9_999))).toBeNull();
});

test('a page without storage works as long as it lives', async () => {
  const stage = new Stage();
  stage.session = stage.tab(memoryShelf());
  stage.session.start();
  stage.session.say('private');
  stage.session.askForPerson();
  await stage.pass(2_000);
  expect(stage.server.said).toEqual(['private']);
  expect(stage.session.view?.state).toBe('queued');
});
