import { expect, test } from 'vitest';
import type { Floor } from '../api';
import { item } from './fakes';
import { readWay, waysFor } from './ways';

const agents = [
  { id: 'me', name: 'Maya', presence: 'online', busy: 1, capacity: 4 },
  { id: 'jonas', name: 'Jonas', presence: 'online', busy: 0, capacity: 4 },
  { id: 'ada', name: 'Ada', presence: 'away', busy: 0, capacity: 4 },
];
const floor = { agents, mail: true } as unknown as Floor;
const known = item('c1', { contact: { ...item('c1').contact, email: 'sara@example.com' } });

test('only ways that are open are offered', () => {
  expect(waysFor(known, floor, 'me').slice(0, 4)).toEqual(['queue', 'colleague jonas', 'email', 'close solved']);
  const unknown = item('c1', { contact: { ...item('c1').contact, email: null } });
  expect(waysFor(unknown, floor, 'me')).not.toContain('email');
  expect(waysFor(known, { ...floor, mail: false }, 'me')).not.toContain('email');
});

test('a way is told as the server reads it', () => {
  const nothing = { agent_id: null, disposition: null };
  expect(readWay()).toEqual({ ...nothing, to: 'queue' });
  expect(readWay('email')).toEqual({ ...nothing, to: 'email' });
  expect(readWay('colleague agent_7')).toEqual({ ...nothing, to: 'colleague', agent_id: 'agent_7' });
  expect(readWay('close product_problem')).toEqual({ ...nothing, to: 'close', disposition: 'product_problem' });
});
