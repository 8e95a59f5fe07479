import { expect, test } from 'vitest';
import type { Api, ArticleText, GapFound, GapTried } from '../api';
import { Gaps } from './gaps';

const FOUND = { question: 'Who pays duties?', questions: [{ conversation_id: 'conv_1', seq: 3 }] } as unknown as GapFound;
const TEXT: ArticleText = { title: 'Duties', tags: [], text: 'We pay them.' };

function loop(refused: string[] = []) {
  const calls: string[] = [];
  const faults: unknown[] = [];
  const called = (name: string, id = 'gap_1') => {
    calls.push(name);
    if (refused.includes(name)) return Promise.reject(new Error(name));
    return Promise.resolve({ gap: { id, is_closed: name === 'approve' }, asked: [] } as unknown as GapTried);
  };
  const api = {
    gaps: (query: string) => called(`list ${query}`),
    draftGap: () => called('draft'),
    changeGap: ({ id }: { id: string }) => called('change', id),
    approveGap: ({ id }: { id: string }) => called('approve', id),
    dropGap: () => called('drop'),
  } as unknown as Api;
  const gaps = new Gaps(api, () => undefined, (error) => faults.push(error));
  return { gaps, calls, faults };
}

test('a gap is drafted, tried and approved, and the list follows', async () => {
  const { gaps, calls } = loop();
  await gaps.list.want('days=30');
  await gaps.draft(FOUND);
  expect(gaps.tried?.gap.id).toBe('gap_1');
  await gaps.change('gap_1', TEXT);
  await gaps.approve('gap_1', TEXT);
  expect(gaps.tried?.gap.is_closed).toBe(true);
  expect(calls).toEqual(['list days=30', 'draft', 'list days=30', 'change', 'approve', 'list days=30']);
  gaps.close();
  expect(gaps.tried).toBeNull();
});

test('a refused approval leaves the draft in hand', async () => {
  const { gaps, faults } = loop(['approve']);
  await gaps.draft(FOUND);
  await gaps.approve('gap_1', TEXT);
  expect(gaps.tried?.gap.is_closed).toBe(false);
  expect(gaps.isBusy).toBe(false);
  expect(faults).toHaveLength(1);
});

test('two presses are one deed, and a dropped draft is gone', async () => {
  const { gaps, calls } = loop();
  await Promise.all([gaps.draft(FOUND), gaps.draft(FOUND)]);
  expect(calls).toEqual(['draft']);
  await gaps.drop('gap_1');
  expect(gaps.tried).toBeNull();
});
