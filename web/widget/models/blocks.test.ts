import { expect, test } from 'vitest';
import { type Block, blocks } from './blocks';

function check(text: string, expected: Block[]): void {
  expect(blocks(text), text).toEqual(expected);
}

test('an article is headings, paragraphs and lists', () => {
  check('', []);
  check('# Title\n\nOne\ntwo.\n\nThree.', [
    { kind: 'heading', text: 'Title' },
    { kind: 'paragraph', text: 'One two.' },
    { kind: 'paragraph', text: 'Three.' },
  ]);
  check('Before\n- a\n* b\n+ c', [
    { kind: 'paragraph', text: 'Before' },
    { kind: 'list', start: null, items: ['a', 'b', 'c'] },
  ]);
  check('## Closed ##', [{ kind: 'heading', text: 'Closed' }]);
});

test('a numbered list keeps its first number, and does not mix with dots', () => {
  check('3. c\n4) d\n- e', [
    { kind: 'list', start: 3, items: ['c', 'd'] },
    { kind: 'list', start: null, items: ['e'] },
  ]);
});

test('blank lines and indented lines belong to their list', () => {
  check('1. first\n   goes on\n\n2. second\n\nAfter', [
    { kind: 'list', start: 1, items: ['first goes on', 'second'] },
    { kind: 'paragraph', text: 'After' },
  ]);
});

test('fenced code is kept as it is, closed or not', () => {
  check('```sh\n# no heading\n- no item\n```\nafter', [
    { kind: 'code', text: '# no heading\n- no item\n' },
    { kind: 'paragraph', text: 'after' },
  ]);
  check('```\nopen', [{ kind: 'code', text: 'open\n' }]);
});

test('what only looks like a heading or an item is text', () => {
  check('#hash\n-dash', [{ kind: 'paragraph', text: '#hash -dash' }]);
  check('2026 was good', [{ kind: 'paragraph', text: '2026 was good' }]);
  check('a\r\nb', [{ kind: 'paragraph', text: 'a b' }]);
});
