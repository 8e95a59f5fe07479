import { expect, test } from 'vitest';
import { Drafts, type Pending } from './drafts';
import { FakeShelf } from './fakes';

function drafts(shelf = new FakeShelf(), agent = 'me'): Drafts {
  const made = new Drafts(shelf);
  made.belongTo(agent);
  return made;
}

const PENDING: Pending = { client_message_id: 'id-1', text: 'hello', private: false, epoch: 2, at: 1, state: 'sending' };

test('a reply and a note stand side by side and are found again', () => {
  const shelf = new FakeShelf();
  drafts(shelf).change('c1', { reply: 'to her', note: 'to us', writes: 'note' });
  expect(drafts(shelf).of('c1')).toEqual({ reply: 'to her', note: 'to us', writes: 'note' });
  expect(drafts(shelf).of('c2')).toEqual({ reply: '', note: '', writes: 'reply' });
});

test('an empty draft leaves nothing behind', () => {
  const shelf = new FakeShelf();
  const made = drafts(shelf);
  made.change('c1', { reply: 'x' });
  made.change('c1', { reply: '' });
  made.keepPending('c1', []);
  expect(shelf.kept.size).toBe(0);
});

test('drafts belong to who wrote them', () => {
  const shelf = new FakeShelf();
  const made = drafts(shelf);
  made.change('c1', { reply: 'mine' });
  made.belongTo('jonas');
  expect(made.of('c1').reply).toBe('');
  made.belongTo('me');
  expect(made.of('c1').reply).toBe('mine');
});

test('what comes back stands before what was written since', () => {
  const made = drafts();
  made.putBack('c1', 'note', 'first');
  expect(made.of('c1')).toEqual({ reply: '', note: 'first', writes: 'note' });
  made.putBack('c1', 'note', 'before');
  expect(made.of('c1').note).toBe('before\n\nfirst');
});

test('what was on its way is failed after a reload', () => {
  const shelf = new FakeShelf();
  drafts(shelf).keepPending('c1', [PENDING]);
  expect(drafts(shelf).pendingOf('c1', 0)).toEqual([{ ...PENDING, state: 'failed' }]);
});

test('what another page holds is left to it until it should have gone', () => {
  const shelf = new FakeShelf();
  const held: Pending = { ...PENDING, state: 'held', goes_at: 5_000 };
  drafts(shelf).keepPending('c1', [held]);
  expect(drafts(shelf).pendingOf('c1', 6_000)).toEqual([{ ...held, elsewhere: true }]);
  expect(drafts(shelf).pendingOf('c1', 9_000)).toEqual([{ ...held, state: 'failed' }]);
});

test('a full shelf and broken things on it do no harm', () => {
  const shelf = new FakeShelf();
  shelf.isFull = true;
  const made = drafts(shelf);
  made.change('c1', { reply: 'kept in memory' });
  expect(made.of('c1').reply).toBe('kept in memory');
  shelf.kept.set('segue.draft.me.c2', '{broken');
  shelf.kept.set('segue.pending.me.c2', '[{"text":1}, {"text":"x"}]');
  expect(made.of('c2').reply).toBe('');
  expect(made.pendingOf('c2', 0)).toEqual([]);
});
