import { expect, test } from 'vitest';
import { settle } from './fakes';
import { Knowledge, type SourceFile, textOf } from './knowledge';
import { Room } from './room';

const LISTED = [
  { id: '1', title: 'Returns', source: 'returns.md', updated_at: '2026-11-01T00:00:00Z' },
  { id: '2', title: 'Delivery', source: 'post.md', updated_at: '2026-11-01T00:00:00Z' },
];

function file(name: string, size = 10): SourceFile {
  return { name, size, arrayBuffer: async () => new TextEncoder().encode(`# ${name}`).buffer };
}

async function open() {
  const { desk, server } = await new Room().enter();
  server.answer('GET articles', { articles: LISTED });
  server.answer('POST articles', { added: 1, updated: 0, unchanged: 0, faults: [] });
  const seen: string[] = [];
  const knowledge: Knowledge = new Knowledge(desk);
  const changed = desk.changed.bind(desk);
  desk.changed = () => {
    const { import: state } = knowledge;
    seen.push(state.kind === 'running' ? `${state.done}/${state.all}` : state.kind);
    changed();
  };
  const sizes = () => server.bodies('POST articles').map((body) => (body['files'] as unknown[]).length);
  return { server, desk, knowledge, seen, sizes };
}

test('many files go in batches, with progress, and are counted together', async () => {
  const { knowledge, seen, sizes } = await open();
  await knowledge.take(Array.from({ length: 45 }, (_, n) => file(`${n}.md`)));
  expect(sizes()).toEqual([20, 20, 5]);
  expect(seen).toEqual(['0/45', '20/45', '40/45', '45/45', 'done', 'done']);
  expect(knowledge.import).toMatchObject({ kind: 'done', result: { added: 3 }, fault: null });
});

test('large files do not go in one request', async () => {
  const { knowledge, sizes } = await open();
  const large = 5 * 1024 * 1024;
  await knowledge.take([file('a.md', large), file('b.md', large), file('c.md')]);
  expect(sizes()).toEqual([1, 2]);
});

test('bad files are named one by one and the rest is taken', async () => {
  const { server, knowledge } = await open();
  const faults = [{ name: 'empty.md', fault: 'the file is empty' }];
  server.answer('POST articles', { added: 1, updated: 0, unchanged: 0, faults });
  await knowledge.take([file('a.MD'), file('empty.md'), file('logo.png'), file('b.markdown')]);
  expect(server.bodies('POST articles')).toMatchObject([{ files: [{ name: 'a.MD' }, { name: 'empty.md' }, { name: 'b.markdown' }] }]);
  expect(knowledge.import).toMatchObject({ refused: ['logo.png'], result: { faults } });
});

test('a connection that is lost in the middle keeps what is in and says so', async () => {
  const { server, knowledge } = await open();
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
  const { knowledge } = await open();
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
  const { server, knowledge } = await open();
  server.isDown = true;
  await knowledge.load();
  expect(knowledge.isUnreachable).toBe(true);
  server.isDown = false;
  await knowledge.load();
  expect(knowledge.isUnreachable).toBe(false);
});

test('what is not UTF-8 goes as bytes, for the server knows more encodings', () => {
  const buffer = (...bytes: number[]) => new Uint8Array(bytes).buffer;
  expect(textOf(buffer(0x47, 0xc3, 0xbc))).toEqual({ text: 'Gü' });
  expect(textOf(buffer(0x47, 0xfc))).toEqual({ bytes: 'R/w=' });
});

test('addresses go a few at a time, and what a site map lists is read too', async () => {
  const { server, knowledge } = await open();
  let more = ['https://a.example/1', 'https://a.example/new'];
  server.answer('POST articles/addresses', () => {
    const answer = { imported: { added: 1, updated: 0, unchanged: 0, faults: [] }, more };
    more = [];
    return answer;
  });
  await knowledge.takeAddresses(' https://a.example/1\nhttps://a.example/2 https://a.example/1\n');
  const sentFirst = server.bodies('POST articles/addresses').map((body) => body['addresses']);
  expect(sentFirst, 'what is listed and new comes next').toEqual([['https://a.example/1', 'https://a.example/2'], ['https://a.example/new']]);
  more = ['https://a.example/new'];
  await knowledge.takeAddresses(Array.from({ length: 6 }, (_, n) => `https://b.example/${n}`).join('\n'));
  const sent = server.bodies('POST articles/addresses').slice(2).map((body) => (body['addresses'] as string[]).length);
  expect(sent).toEqual([5, 2]);
  expect(knowledge.import).toMatchObject({ kind: 'done', result: { added: 2 } });
});

test('an article that somebody else changed meanwhile is not overwritten, and the text stays', async () => {
  const { server, knowledge } = await open();
  const whole = { ...LISTED[0], tags: [], text: 'Free.' };
  server.answer('GET articles/1', whole);
  await knowledge.show('1');
  server.refuse('PUT articles/1', 409, 'conflict', 'changed');
  await knowledge.save({ title: 'Returns', text: 'Not free.', tags: [] });
  expect(server.bodies('PUT articles/1')).toEqual([{ seen: whole.updated_at, article: { title: 'Returns', text: 'Not free.', tags: [] } }]);
  expect(knowledge.saving).toMatchObject({ kind: 'failed', notice: { key: 'refused_moved' } });
  expect(knowledge.open).toEqual(whole);
});

test('what was deleted can be brought back', async () => {
  const { server, knowledge } = await open();
  server.answer('DELETE articles/1', {});
  server.answer('POST articles/1/restore', {});
  await knowledge.remove({ id: '1', title: 'Returns' });
  expect(knowledge.deleted).toEqual({ id: '1', title: 'Returns' });
  await knowledge.bringBack();
  expect(server.bodies('POST articles/1/restore')).toHaveLength(1);
  expect(knowledge.deleted).toBeNull();
});
