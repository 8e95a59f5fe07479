import { expect, test } from 'vitest';
import type { FirstSteps } from '../api';
import { settle } from './fakes';
import { Room } from './room';

const step = (name: string, is_done: boolean, is_needed = true) => ({ name, is_done, is_needed, shows: '' });

function steps(given: Partial<FirstSteps> = {}): FirstSteps {
  const all = [step('company', true), step('articles', false), step('mail', false, false), step('snippet', false)];
  return { steps: all, may_go_live: false, live_at: null, is_dismissed: false, articles: 0, people: 1, sightings: [], inboxes: [], ...given };
}

test('the list says what is left, and each page leads to what comes next', async () => {
  const room = new Room();
  room.server.answer('GET first-steps', steps());
  const { desk } = await room.enter();
  await settle();
  expect(desk.steps.isWanted).toBe(true);
  expect(desk.steps.done).toBe(1);
  expect(desk.steps.missing.map((one) => one.name)).toEqual(['articles', 'snippet']);
  expect(desk.steps.after('company')).toBe('articles');
  expect(desk.steps.after('snippet')).toBe('articles');
  room.server.answer('GET first-steps', steps({ steps: [step('company', true)] }));
  room.line.say({ type: 'floor' });
  await settle();
  await settle();
  expect(desk.steps.after('company'), 'the list itself').toBe('start');
});

test('a workspace that is live, or whose list was put away, shows no list', async () => {
  for (const given of [{ live_at: '2026-11-24T10:00:00Z' }, { is_dismissed: true }]) {
    const room = new Room();
    room.server.answer('GET first-steps', steps(given));
    const { desk } = await room.enter();
    await settle();
    expect(desk.steps.isWanted).toBe(false);
  }
});

test('the first account begins with the list', async () => {
  const room = new Room();
  room.server.answer('GET first-steps', steps());
  room.server.answer('GET setup', { company: 'Your company', shortest_password: 10 });
  await room.desk.start('#/', 'token');
  room.server.answer('POST setup', { ...(await room.server.api.session()) });
  await room.desk.setUp({ company: 'Shop', name: 'Maya', email: 'm@shop.example', password: 'long enough' });
  expect(room.desk.place).toEqual({ kind: 'settings', page: 'start' });
});
