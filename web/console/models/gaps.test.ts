import { expect, test } from 'vitest';
import type { Api, ArticleText, GapFound, Gaps as Shown, GapTried } from '../api';
import { Gaps } from './gaps';

const FOUND = { question: 'Who pays duties?', questions: [{ conversation_id: 'conv_1', seq: 3 }] } as unknown as GapFound;
const TEXT: ArticleText = { title: 'Duties', tags: [], text: 'We pay them.' };

function shown(...drafts: object[]): Shown {
  return { gaps: [], drafts, is_whole: true, has_model: true } as unknown as Shown;
}

function loop(refused: string[] = []) {
  const calls: string[] = [];
  const faults: unknown[] = [];
  const called = (name: string, id = 'gap_1') => {
    calls.push(name);
    if (refused.includes(name)) return Promise.reject(new Error(name));
    return Promise.resolve({ gap: { id, is_closed: name === 'approve', draft: TEXT }, asked: [] } as unknown as GapTried);
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

test('a draft that an address names is gone on with once', async () => {
  const { gaps, calls } = loop();
  gaps.list.state = { kind: 'ready', shown: shown({ id: 'gap_1', is_closed: false, draft: TEXT }) };
  await gaps.openNamed('gap_1');
  expect(gaps.tried?.gap.id).toBe('gap_1');
  gaps.close();
  await gaps.openNamed('gap_1');
  expect(gaps.tried).toBeNull();
  expect(calls).toEqual(['change']);
});

test('a better wording is looked for until it is there, or some times', async () => {
  const { gaps } = loop();
  await gaps.draft(FOUND);
  const better = { text: 'We pay the duties.', model: 'small' };
  gaps.list.state = { kind: 'ready', shown: shown({ id: 'gap_1', draft: TEXT }) };
  expect(gaps.awaitsBetter).toBe(true);
  gaps.list.state = { kind: 'ready', shown: shown({ id: 'gap_1', draft: { ...TEXT, better } }) };
  expect([gaps.awaitsBetter, gaps.better]).toEqual([false, better]);
  gaps.list.state = { kind: 'ready', shown: shown({ id: 'gap_1', draft: TEXT }) };
  for (let n = 0; n < 10; n += 1) await gaps.look();
  expect(gaps.awaitsBetter).toBe(false);
});
