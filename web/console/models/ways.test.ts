import { expect, test } from 'vitest';
import type { Floor } from '../api';
import { item } from './fakes';
import { readWay, waysFor } from './ways';

const agents = [
  { id: 'me', name: 'Maya', presence: 'online', busy: 1, capacity: 4 },
  { id: 'jonas', name: 'Jonas', presence: 'online', busy: 0, capacity: 4 },
  { id: 'ada', name: 'Ada', presence: 'away', busy: 0, capacity: 4 },
];
const pass_to = [{ id: 'billing', name: 'Billing', there: 0 }];
const floor = { agents, pass_to, mail: true } as unknown as Floor;
const known = item('c1', { contact: { ...item('c1').contact, email: 'sara@example.com' } });

test('only ways that are open are offered', () => {
  expect(waysFor(known, floor, 'me').slice(0, 4)).toEqual(['queue', 'colleague jonas', 'team billing', 'email']);
  const unknown = item('c1', { contact: { ...item('c1').contact, email: null } });
  expect(waysFor(unknown, floor, 'me')).not.toContain('email');
  expect(waysFor(known, { ...floor, mail: false }, 'me')).not.toContain('email');
});

test('a way is told as the server reads it', () => {
  const nothing = { agent_id: null, team_id: null, note: null, disposition: null };
  expect(readWay()).toEqual({ ...nothing, to: 'queue' });
  expect(readWay('email')).toEqual({ ...nothing, to: 'email' });
  expect(readWay('colleague agent_7')).toEqual({ ...nothing, to: 'colleague', agent_id: 'agent_7' });
  expect(readWay('team team_3', ' call her ')).toEqual({ ...nothing, to: 'team', team_id: 'team_3', note: 'call her' });
  expect(readWay('queue', 'for nobody')).toEqual({ ...nothing, to: 'queue' });
  expect(readWay('close product_problem')).toEqual({ ...nothing, to: 'close', disposition: 'product_problem' });
});
