import { expect, test } from 'vitest';
import { FakeServer, settle } from './fakes';
import { Knowledge, type SourceFile } from './knowledge';

const LISTED = [
  { id: '1', title: 'Returns', source: 'returns.md', updated_at: '2026-11-01T00:00:00Z' },
  { id: '2', title: 'Delivery', source: 'post.md', updated_at: '2026-11-01T00:00:00Z' },
];

function file(name: string, size = 10): SourceFile {
  return { name, size, text: async () => `# ${name}` };
}

function open() {
  const server = new FakeServer();
  server.answer('GET articles', { articles: LISTED });
  server.answer('POST articles', { added: 1, updated: 0, unchanged: 0, faults: [] });
  const seen: string[] = [];
  const knowledge: Knowledge = new Knowledge(server.api, () => {
    const { import: state } = knowledge;
    seen.push(state.kind === 'running' ? `${state.done}/${state.all}` : state.kind);
  });
  const sizes = () => server.bodies('POST articles').map((body) => (body['files'] as unknown[]).length);
  return { server, knowledge, seen, sizes };
}

test('many files go in batches, with progress, and are counted together', async () => {
  const { knowledge, seen, sizes } = open();
  await knowledge.take(Array.from({ length: 45 }, (_, n) => file(`${n}.md`)));
  expect(sizes()).toEqual([20, 20, 5]);
  expect(seen).toEqual(['0/45', '20/45', '40/45', 'done', 'done']);
  expect(knowledge.import).toMatchObject({ kind: 'done', result: { added: 3 }, fault: null });
});

test('large files do not go in one request', async () => {
  const { knowledge, sizes } = open();
  const large = 5 * 1024 * 1024;
  await knowledge.take([file('a.md', large), file('b.md', large), file('c.md')]);
  expect(sizes()).toEqual([1, 2]);
});

test('bad files are named one by one and the rest is taken', async () => {
  const { server, knowledge } = open();
  const faults = [{ name: 'empty.md', fault: 'the file is empty' }];
  server.answer('POST articles', { added: 1, updated: 0, unchanged: 0, faults });
  await knowledge.take([file('a.MD'), file('empty.md'), file('logo.png'), file('b.markdown')]);
  expect(server.bodies('POST articles')).toMatchObject([{ files: [{ name: 'a.MD' }, { name: 'empty.md' }, { name: 'b.markdown' }] }]);
  expect(knowledge.import).toMatchObject({ refused: ['logo.png'], result: { faults } });
});

test('a connection that is lost in the middle keeps what is in and says so', async () => {
  const { server, knowledge } = open();
  const files = Array.from({ length: 25 }, (_, n) => file(`${n}.md`));
  const release = server.hold('POST articles');
  const taking = knowledge.take(files);
  await settle();
  await knowledge.take([file('meanwhile.md')]);
  server.refuse('POST articles', 413, 'too_large', 'that is too much');
  release();
  await taking;
  expect(knowledge.import).toMatchObject({ kind: 'done', result: { added: 1 }, fault: 'that is too much' });
  expect(server.bodies('POST articles')).toHaveLength(2);
  server.isDown = true;
  await knowledge.take(files);
  expect(knowledge.import).toMatchObject({ fault: 'unreachable' });
});

test('the list is narrowed by title and file', async () => {
  const { knowledge } = open();
  expect(knowledge.shown).toEqual([]);
  await knowledge.load();
  const check = (wanted: string, titles: string[]) => {
    knowledge.filter(wanted);
    expect(knowledge.shown.map((one) => one.title)).toEqual(titles);
  };
  check('', ['Returns', 'Delivery']);
  check(' POST', ['Delivery']);
  check('nothing', []);
});

test('a list that cannot be fetched says so until it can', async () => {
  const { server, knowledge } = open();
  server.isDown = true;
  await knowledge.load();
  expect(knowledge.unreachable).toBe(true);
  server.isDown = false;
  await knowledge.load();
  expect(knowledge.unreachable).toBe(false);
});
