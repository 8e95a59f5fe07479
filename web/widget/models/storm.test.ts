// Many random histories in the worst of networks. Whatever happens in between, once the
// weather clears all that the customer said is on the server once, and whoever wished
// for a person has one on the way (P19).

import { expect, test } from 'vitest';
import { begun, Stage } from './fake/stage';
import { texts, type Weather } from './fake/server';

const MOMENTS_MS = [0, 5, 15, 20, 25, 35, 45, 60, 75, 85, 100, 125, 150, 400];

/** What may be wrong when the wish is uttered. */
const TROUBLES: Record<string, (stage: Stage) => void> = {
  nothing: () => {},
  'no network for a while': (stage) => rain(stage, 'lost'),
  'answers are lost': (stage) => rain(stage, 'deaf'),
  'the server is overloaded': (stage) => rain(stage, 'busy'),
  'too many requests': (stage) => rain(stage, 'slow_down'),
  'the server is killed': (stage) => {
    stage.server.isUp = false;
    stage.server.hangUp();
    stage.world.after(4_000, () => (stage.server.isUp = true));
  },
  'the page is reloaded': (stage) => stage.world.after(7, () => stage.reload()),
  'the visitor is forgotten': (stage) => stage.server.tokens.clear(),
  'the conversation is gone': (stage) => stage.server.kept.clear(),
  'a line is on its way': (stage) => stage.session.say('wait, one more thing'),
  'the network comes back in between': (stage) => {
    rain(stage, 'lost');
    stage.world.after(9, () => stage.session.wake());
  },
};

function rain(stage: Stage, weather: Weather): void {
  stage.server.weather = () => weather;
  stage.world.after(6_000, () => (stage.server.weather = () => 'fine'));
}

for (const [trouble, strike] of Object.entries(TROUBLES)) {
  test(`a wish for a person is granted from every moment: ${trouble}`, async () => {
    for (const moment of MOMENTS_MS) {
      const stage = new Stage(moment + 1);
      stage.session.start();
      await stage.pass(moment);
      strike(stage);
      stage.session.askForPerson();
      expect(stage.session.wantsPerson).toBe(true);
      await stage.pass(60_000);
      expect([stage.session.view?.state, stage.session.wantsPerson], `at ${moment} ms`).toEqual(['queued', false]);
      expect(stage.server.newest.view.state).toBe('queued');
    }
  });
}

test('a wish goes ahead of a line that is stuck', async () => {
  const stage = await begun();
  stage.server.latency_ms = () => 0;
  stage.server.weather = (request) => (request.endsWith('/messages') ? 'busy' : 'fine');
  stage.session.say('stuck');
  await stage.pass(2_000);
  stage.session.askForPerson();
  await stage.pass(100);
  expect(stage.session.view?.state).toBe('queued');
});

test('a wish uttered offline survives a reload, and another tab may fulfil it', async () => {
  const stage = await begun();
  rain(stage, 'lost');
  stage.session.askForPerson();
  await stage.pass(100);
  const again = stage.reload();
  expect(again.wantsPerson).toBe(true);
  const other = stage.tab();
  other.start();
  await stage.pass(30_000);
  expect([other.view?.state, again.wantsPerson]).toEqual(['queued', false]);
});

// A storm takes milliseconds; a hundred and fifty of them take their time on a busy machine.
test('nothing is lost or doubled in any storm', { timeout: 60_000 }, async () => {
  for (let seed = 1; seed <= 150; seed++) {
    const stage = new Stage(seed);
    const { world, server } = stage;
    server.latency_ms = () => Math.floor(world.random() ** 3 * 800);
    server.weather = () => (world.random() < 0.7 ? 'fine' : world.pick(['lost', 'deaf', 'busy', 'slow_down'] as const));
    stage.session.start();
    const said: string[] = [];
    let wished = false;
    let wasForgotten = false;
    for (let step = 0; step < 25; step++) {
      const act = world.random();
      if (act < 0.35) {
        said.push(`line ${said.length}`);
        stage.session.say(said.at(-1)!);
      } else if (act < 0.45) stage.reload();
      else if (act < 0.55) server.hangUp();
      else if (act < 0.6) for (const line of server.lines) line.isDead = true;
      else if (act < 0.65) stage.session.networkLost();
      else if (act < 0.75) stage.session.wake();
      else if (act < 0.78) {
        server.isUp = !server.isUp;
        server.hangUp();
      } else if (act < 0.81) {
        stage.session.askForPerson();
        wished = true;
      } else if (act < 0.83) {
        server.tokens.clear();
        wasForgotten = true;
      }
      await stage.pass(Math.floor(world.random() * 2_000));
    }
    server.weather = () => 'fine';
    server.isUp = true;
    await stage.pass(120_000);
    // A visitor whom the server forgot says the last lines again, to a new conversation.
    const heard = wasForgotten ? [...new Set(server.said)] : server.said;
    expect([...heard].sort(), `seed ${seed}`).toEqual([...said].sort());
    for (const { events } of server.kept.values()) {
      const lines = texts(events, 'customer');
      expect(new Set(lines).size, `seed ${seed}`).toBe(lines.length);
    }
    expect(stage.session.outbox.next(), `seed ${seed}`).toBeUndefined();
    if (wished) expect([...server.kept.values()].some(({ view }) => view.handed_off), `seed ${seed}`).toBe(true);
    expect(stage.session.wantsPerson, `seed ${seed}`).toBe(false);
    // What is on screen is what the server has.
    const own = server.kept.get(stage.session.view!.id)!;
    const there = own.events.flatMap((event) => (event.kind === 'message_added' ? [event.body!.text] : []));
    const here = stage.session.transcript.lines(stage.session.view!.id).map(({ text }) => text);
    expect(here, `seed ${seed}`).toEqual(there);
    expect(stage.session.reach).toBe('yes');
  }
});

test('lines keep their order however unevenly the network carries them', async () => {
  for (let seed = 1; seed <= 30; seed++) {
    const stage = await begun(seed);
    const { world, server } = stage;
    server.latency_ms = () => Math.floor(world.random() * 500);
    server.weather = () => (world.random() < 0.8 ? 'fine' : world.pick(['lost', 'deaf'] as const));
    const said = ['a', 'b', 'c', 'd', 'e'];
    for (const text of said) {
      stage.session.say(text);
      await stage.pass(50);
    }
    await stage.pass(120_000);
    expect(server.said, `seed ${seed}`).toEqual(said);
  }
});
