import { expect, test } from 'vitest';
import { inline, type Inline } from './markdown';

function check(text: string, expected: Inline[]): void {
  expect(inline(text), text).toEqual(expected);
}

test('strong words, code and links are found in a line', () => {
  check('plain', ['plain']);
  check('', []);
  check('**now** or `later`', [{ kind: 'strong', text: 'now' }, ' or ', { kind: 'code', text: 'later' }]);
  check('see [the page](https://example.org/a?b=1 "A title").', [
    'see ',
    { kind: 'link', text: 'the page', href: 'https://example.org/a?b=1' },
    '.',
  ]);
  check('[write](mailto:a@example.org)', [{ kind: 'link', text: 'write', href: 'mailto:a@example.org' }]);
  check('[](https://example.org)', [{ kind: 'link', text: 'https://example.org', href: 'https://example.org' }]);
});

test('an address that stands by itself is a link, without the dot behind it', () => {
  check('Go to https://example.org/x.', [
    'Go to ',
    { kind: 'link', text: 'https://example.org/x', href: 'https://example.org/x' },
    '.',
  ]);
  check('(http://a.de)', ['(', { kind: 'link', text: 'http://a.de', href: 'http://a.de' }, ')']);
});

test('no link leads to a script or to this server, and tags are text', () => {
  check('[x](javascript:alert(1))', ['x', ')']);
  check('[x](JAVASCRIPT:alert)', ['x']);
  check('[x](data:text/html,y)', ['x']);
  check('[x](//evil.example)', ['x']);
  check('[x](/api/agents)', ['x']);
  check('<img src=x onerror=alert(1)>', ['<img src=x onerror=alert(1)>']);
});

test('marks that do not close are text', () => {
  for (const text of ['**', '**a', '`', 'a ` b', '[a', '[a](', '5 * 3 ** 2']) check(text, [text]);
});
