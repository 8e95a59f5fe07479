import { expect, test } from 'vitest';
import { Newest } from './newest';
import type { Line } from './transcript';

const line = (role: Line['role']) => ({ role }) as Line;

test('who reads further up is told of news, and who is at the end sees them', () => {
  let drawings = 0;
  const newest = new Newest(() => drawings++);
  const scroll = { scrollTop: -400 };
  newest.see([line('assistant')], scroll);
  expect([newest.isBelow, newest.count], 'what stood there at first is no news').toEqual([false, 1]);
  newest.see([line('assistant'), line('agent')], scroll);
  expect([newest.isBelow, drawings]).toEqual([true, 1]);
  newest.see([line('assistant'), line('agent')], scroll);
  expect(drawings, 'the same lines are no news').toBe(1);
  newest.show();
  newest.look();
  expect([scroll.scrollTop, newest.isBelow, drawings]).toEqual([0, false, 2]);
  newest.see([line('assistant'), line('agent'), line('agent')], scroll);
  expect(newest.isBelow).toBe(false);
});

test('an own line is gone to from wherever the customer was', () => {
  const newest = new Newest(() => {});
  const scroll = { scrollTop: -400 };
  newest.see([line('assistant')], scroll);
  newest.see([line('assistant'), line('customer')], scroll);
  expect([scroll.scrollTop, newest.isBelow]).toEqual([0, false]);
});
