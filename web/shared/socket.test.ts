import { expect, test } from 'vitest';
import { FakeWorld } from '../widget/models/fake/world';
import { GREETING_MS, type Line, PROBE_MS, ResumingSocket, SILENCE_MS, type SocketState } from './socket';

type Frame = { type: string };

class FakeLine implements Line {
  onopen: Line['onopen'] = null;
  onmessage: Line['onmessage'] = null;
  onclose: Line['onclose'] = null;
  sent: Frame[] = [];
  isClosed = false;
  send = (data: string) => void this.sent.push(JSON.parse(data));
  close = () => void (this.isClosed = true);
  hear = (frame: object | string) => this.onmessage?.({ data: typeof frame === 'string' ? frame : JSON.stringify(frame) });
  open() {
    this.onopen?.(null as never);
    this.hear({ type: 'welcome' });
  }
}

function dialling() {
  const world = new FakeWorld();
  const lines: FakeLine[] = [];
  const heard: string[] = [];
  const states: SocketState['kind'][] = [];
  const socket = new ResumingSocket<Frame>({
    dial: () => (lines.push(new FakeLine()), lines.at(-1)!),
    greet: () => [{ type: 'hello', after: heard.length }],
    onFrame: ({ type }) => heard.push(type),
    onState: ({ kind }) => states.push(kind),
    world,
  });
  return { world, lines, heard, states, socket };
}

test('it greets first on every connection, and is open once the server has spoken', () => {
  const { socket, lines, states, heard } = dialling();
  socket.start();
  expect(socket.send({ type: 'typing' })).toBe(false);
  lines[0]!.onopen?.(null as never);
  expect(lines[0]!.sent).toEqual([{ type: 'hello', after: 0 }]);
  lines[0]!.hear({ type: 'welcome' });
  expect(states).toEqual(['connecting', 'open']);
  expect(socket.send({ type: 'typing' })).toBe(true);
  lines[0]!.hear('not JSON');
  expect(heard).toEqual(['welcome']);
});

test('a lost line comes back later each time, and resumes', async () => {
  const { socket, lines, world } = dialling();
  socket.start();
  lines[0]!.open();
  lines[0]!.onclose!({ code: 1006 });
  expect(socket.state).toEqual({ kind: 'waiting', failures: 1 });
  await world.pass(500);
  expect(lines).toHaveLength(2);
  lines[1]!.onclose!({ code: 1006 });
  expect(socket.state).toEqual({ kind: 'waiting', failures: 2 });
  await world.pass(1_000);
  lines[2]!.open();
  expect(lines[2]!.sent).toEqual([{ type: 'hello', after: 1 }]);
  lines[2]!.onclose!({ code: 1006 });
  expect(socket.state).toEqual({ kind: 'waiting', failures: 1 });
});

test('a server that only says why it hangs up has not let us in', async () => {
  const { socket, lines, world } = dialling();
  socket.start();
  for (let n = 0; n < 4; n++) {
    lines.at(-1)!.hear({ type: 'error', code: 'internal' });
    lines.at(-1)!.onclose!({ code: 4500 });
    await world.pass(10_000);
  }
  expect(socket.state.kind).toBe('connecting');
  lines.at(-1)!.onclose!({ code: 4500 });
  expect(socket.state).toEqual({ kind: 'waiting', failures: 5 });
});

test('where the server does not know us, trying again is useless', async () => {
  for (const code of [4401, 4404]) {
    const { socket, lines, world } = dialling();
    socket.start();
    lines[0]!.onclose!({ code });
    expect(socket.state).toEqual({ kind: 'refused', code });
    await world.pass(60_000);
    expect(lines).toHaveLength(1);
  }
});

test('too many connections wait ten seconds at least', async () => {
  const { socket, lines, world } = dialling();
  socket.start();
  lines[0]!.onclose!({ code: 4429 });
  await world.pass(9_999);
  expect(lines).toHaveLength(1);
  await world.pass(1);
  expect(lines).toHaveLength(2);
});

test('a line that nobody answers is given up, at the start and later', async () => {
  const { socket, lines, world } = dialling();
  socket.start();
  await world.pass(GREETING_MS);
  expect([lines[0]!.isClosed, socket.state.kind]).toEqual([true, 'waiting']);
  await world.pass(500);
  lines[1]!.open();
  await world.pass(SILENCE_MS + 15_000);
  expect(lines[1]!.isClosed).toBe(true);
  expect(lines[1]!.sent.filter(({ type }) => type === 'ping').length).toBeGreaterThan(1);
});

test('a living line is kept, however long', async () => {
  const { socket, lines, world } = dialling();
  socket.start();
  lines[0]!.open();
  for (let n = 0; n < 20; n++) {
    await world.pass(15_000);
    lines[0]!.hear({ type: 'pong' });
  }
  expect(lines).toHaveLength(1);
});

test('on waking up it finds out at once whether the line still lives', async () => {
  const { socket, lines, world } = dialling();
  socket.start();
  lines[0]!.open();
  await world.pass(1);
  socket.wake();
  await world.pass(10);
  lines[0]!.hear({ type: 'pong' });
  await world.pass(PROBE_MS);
  expect(lines).toHaveLength(1);
  socket.wake();
  await world.pass(PROBE_MS);
  expect(lines).toHaveLength(2);
});

test('waking up does not wait for the planned attempt', () => {
  const { socket, lines } = dialling();
  socket.start();
  lines[0]!.onclose!({ code: 1006 });
  socket.wake();
  expect(lines).toHaveLength(2);
});

test('what a line says after it was hung up is not heard', () => {
  const { socket, lines, heard } = dialling();
  socket.start();
  lines[0]!.open();
  socket.drop();
  socket.wake();
  lines[0]!.hear({ type: 'late' });
  lines[0]!.onclose!({ code: 1006 });
  expect(heard).toEqual(['welcome']);
  expect(socket.state.kind).toBe('connecting');
  socket.stop();
  expect([lines[1]!.isClosed, socket.state.kind]).toEqual([true, 'idle']);
});

test('a browser that refuses to connect is like a lost line', () => {
  const socket = new ResumingSocket<Frame>({
    dial: () => {
      throw new Error('SecurityError');
    },
    greet: () => [],
    onFrame: () => {},
    onState: () => {},
    world: new FakeWorld(),
  });
  socket.start();
  expect(socket.state).toEqual({ kind: 'waiting', failures: 1 });
});
