import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ConsoleWords, factWords, stepWords, words } from './words';

const here = import.meta.dirname;
const read = (language: string) => JSON.parse(readFileSync(`${here}/../../words/${language}.json`, 'utf8')) as Record<string, string>;
const keysOf = (words: Record<string, string>) => Object.keys(words).filter((key) => key.startsWith('console.')).map((key) => key.slice(8));
const holesOf = (text: string | undefined) => [...(text ?? '').matchAll(/\{\w+\}/g)].map(([hole]) => hole).sort();

const english = read('en');
const source = readdirSync(here, { recursive: true, encoding: 'utf8' })
  .filter((name) => /(?<!\.test)\.tsx?$/.test(name))
  .map((name) => readFileSync(`${here}/${name}`, 'utf8'))
  .join('\n');
/** Keys made of data: `say(`state_${…}`)`. */
const prefixes = [...source.matchAll(/`([a-z]+_(?:[a-z]+_)*)\$\{/g)].map(([, prefix]) => prefix ?? '');

test('every key that is said has words, and all words are said', () => {
  const said = [...source.matchAll(/\bsay\('(\w+)'/g)].map(([, key]) => key ?? '');
  expect(said.filter((key) => !keysOf(english).includes(key))).toEqual([]);
  // Keys with a dot inside are what the rules of the server say to an agent.
  const isRule = (key: string) => key.includes('.');
  const quoted = new Set([...source.matchAll(/(?<=['"])[\w.]+(?=['"])/g)].map(([key]) => key));
  const isUsed = (key: string) => isRule(key) || quoted.has(key) || prefixes.some((prefix) => key.startsWith(prefix));
  expect(keysOf(english).filter((key) => !isUsed(key))).toEqual([]);
});

test('every language has every key with the same holes', () => {
  for (const language of ['es', 'fr', 'de', 'pt', 'zh', 'ja', 'ar']) {
    const words = read(language);
    expect(keysOf(words), language).toEqual(keysOf(english));
    for (const key of keysOf(english)) {
      expect(holesOf(words[`console.${key}`]), `${language} ${key}`).toEqual(holesOf(english[`console.${key}`]));
    }
  }
});

test('holes are filled, and what has no words is shown as it is', () => {
  const words = new ConsoleWords();
  words.take({ language: 'en', 'console.greet': 'Hello {name}, {n} of {n}, {gap}' });
  expect(words.say('greet', { name: '{n}', n: 2 })).toBe('Hello {n}, 2 of 2, {gap}');
  expect(words.say('a title')).toBe('a title');
  expect(words.has('greet')).toBe(true);
  expect(words.has('trigger_new')).toBe(false);
});

test('what a rule knows and suggests is said in the language of the agent, an article as it is', () => {
  words.take({ language: 'de', 'console.step.topic.complaint': 'Zuerst anerkennen.', 'console.fact.vip_plan': 'Tarif {plan}' });
  expect(factWords({ key: 'vip_plan', values: { plan: 'team' }, text: 'the plan is team' })).toBe('Tarif team');
  expect(factWords({ text: 'the plan is team' })).toBe('the plan is team');
  expect(stepWords({ source: 'topic.complaint', text: 'Acknowledge first.' })).toBe('Zuerst anerkennen.');
  expect(stepWords({ source: 'Refund policy', text: 'We refund the price.' })).toBe('We refund the price.');
});

test('a span is told in one unit, rounded down', () => {
  const words = new ConsoleWords();
  const check = (ms: number, span: string) => expect(words.span(ms)).toBe(span);
  check(-5, '0 sec');
  check(59_900, '59 sec');
  check(60_000, '1 min');
  check(3_600_000 * 2.9, '2 hr');
  check(86_400_000 * 3, '3 days');
});

test('Arabic is written from right to left', () => {
  const words = new ConsoleWords();
  for (const [language, direction] of [['ar', 'rtl'], ['de', 'ltr'], ['arn', 'ltr']] as const) {
    words.take({ language });
    expect(words.direction, language).toBe(direction);
  }
});
