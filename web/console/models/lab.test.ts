import { beforeEach, expect, test, vi } from 'vitest';
import { type Api, type PolicyShown, Refusal, type TrialWhole } from '../api';
import type { Desk } from './desk';
import { FakeShelf, FakeWorld, settle } from './fakes';
import { Lab, spanOf, TrialWatch } from './lab';

beforeEach(() => vi.stubGlobal('document', { documentElement: { lang: 'en' } }));

const LIVE = 'threshold = 0.5\nmood_weight = 0.3\n';

function room(api: Partial<Record<keyof Api, unknown>> = {}) {
  const world = new FakeWorld();
  const shelf = new FakeShelf();
  const checks: string[] = [];
  let version = 3;
  const server = {
    policy: () => Promise.resolve({ text: LIVE, live: { version }, versions: [], trials: [] } as unknown as PolicyShown),
    checkPolicy: ({ text }: { text: string }) => {
      checks.push(text);
      return Promise.resolve({ faults: text.includes('treshold') ? [{ line: 1, reason: 'no' }] : [], findings: [], explained: [], changes: [], lines: [] });
    },
    verdicts: () => Promise.resolve({ n: 0, needless: 0, suggestion: null }),
    switchPolicy: () => Promise.resolve({ version: ++version }),
    ...api,
  };
  const desk = { api: server, world, shelf, changed: () => undefined } as unknown as Desk;
  return { desk, world, shelf, checks, lab: new Lab(desk), later: () => version++ };
}

test('a draft is checked once its writer rests, and only the last one', async () => {
  const { lab, world, checks } = room();
  await lab.load();
  await settle();
  checks.length = 0;
  lab.change('treshold');
  lab.change('treshold = 0.6');
  expect(lab.isSound).toBe(false);
  await world.pass(1_000);
  expect(checks).toEqual(['treshold = 0.6']);
  expect(lab.checked?.faults[0]?.line).toBe(1);
  expect(lab.isSound).toBe(false);
});

test('a draft survives a reload, and is let go where it is what holds', async () => {
  const first = room();
  await first.lab.load();
  first.lab.change('threshold = 0.6\n');
  const again = new Lab(first.desk);
  await again.load();
  expect(again.text).toBe('threshold = 0.6\n');
  expect(again.isChanged).toBe(true);
  again.change(LIVE);
  expect(first.shelf.kept.size).toBe(0);
});

test('a draft knows that somebody else has switched meanwhile', async () => {
  const { desk, lab, later } = room();
  await lab.load();
  lab.change('threshold = 0.6\n');
  later();
  const again = new Lab(desk);
  await again.load();
  expect(again.isBehind).toBe(true);
});

test('what is refused keeps the draft and is told', async () => {
  const { lab } = room({ switchPolicy: () => Promise.reject(new Refusal(409, 'policy_moved', 'x')) });
  await lab.load();
  lab.change('threshold = 0.6\n');
  await lab.switch();
  expect(lab.saving.kind).toBe('failed');
  expect(lab.text).toBe('threshold = 0.6\n');
});

test('switching lets the draft go, and the new version is what holds', async () => {
  const { lab, shelf } = room();
  await lab.load();
  lab.change('threshold = 0.6\n');
  lab.choose({ note: 'fewer needless ones' });
  await lab.switch();
  expect([lab.saving.kind, lab.note, shelf.kept.size, lab.isBehind]).toEqual(['saved', '', 0, false]);
});

test('a suggested threshold goes into its line, or becomes the first', async () => {
  const { lab } = room();
  await lab.load();
  lab.setThreshold(0.62);
  expect(lab.text).toBe('threshold = 0.62\nmood_weight = 0.3\n');
  lab.change('# nothing\n');
  lab.setThreshold(0.62);
  expect(lab.text).toBe('threshold = 0.62\n# nothing\n');
});

test('a trial is watched until it is over', async () => {
  let looks = 0;
  const trial = () => {
    looks += 1;
    return Promise.resolve({ trial: { state: looks < 3 ? 'runs' : 'done' } } as unknown as TrialWhole);
  };
  const { desk, world } = room({ trial });
  const watch = new TrialWatch(desk, 'trial_1');
  await watch.load();
  await world.pass(10_000);
  expect(looks).toBe(3);
  expect(watch.whole?.trial.state).toBe('done');
});

test('who leaves a trial asks no more', async () => {
  let looks = 0;
  const trial = () => {
    looks += 1;
    return Promise.resolve({ trial: { state: 'runs' } } as unknown as TrialWhole);
  };
  const { desk, world } = room({ trial });
  const watch = new TrialWatch(desk, 'trial_1');
  await watch.load();
  watch.leave();
  await world.pass(10_000);
  expect(looks).toBe(1);
});

test('a line is found in a text', () => {
  expect(spanOf('one\ntwo\nthree', 2)).toEqual([4, 7]);
  expect(spanOf('one', 9)).toEqual([4, 4]);
});
