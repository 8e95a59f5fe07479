import { expect, test } from 'vitest';
import type { Api } from './api';
import { Reader } from './reader';

const citation = { article_id: 'a', title: 'A' };

test('an article opens at once with its title, and has its text when that came', async () => {
  const reader = new Reader({ article: async () => ({ id: 'a', title: 'A', text: 'Text' }) } as unknown as Api, () => {});
  const opens = reader.open(citation);
  expect(reader.screen).toEqual({ kind: 'article', citation, text: null, failed: false });
  await opens;
  expect(reader.screen).toMatchObject({ text: 'Text' });
  reader.close();
  expect(reader.screen.kind).toBe('conversation');
});

test('an article that cannot be had says so, and one that was left opens nothing', async () => {
  const reader = new Reader({ article: () => Promise.reject(new Error()) } as unknown as Api, () => {});
  await reader.open(citation);
  expect(reader.screen).toMatchObject({ kind: 'article', failed: true });
  const late = reader.open(citation);
  reader.close();
  await late;
  expect(reader.screen.kind).toBe('conversation');
});
