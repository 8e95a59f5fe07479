import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { missingLanguage } from './language';
import { Words } from './words';

function loaded(language: string, requested: string, more: Record<string, string> = {}): Words {
  const words = new Words();
  words.load({ language, requested, ...more });
  return words;
}

test('a person can be asked for before any word has come', () => {
  const words = new Words();
  expect(words.say('talk_to_person')).toBe('Talk to a person');
  expect(words.say('title', { company: 'Acme' })).toBe('');
});

test('holes are filled, and unknown ones stay to be seen', () => {
  const words = loaded('en', 'en', { 'widget.title': '{company} {nothing}' });
  expect(words.say('title', { company: 'A & <b>' })).toBe('A & <b> {nothing}');
  expect(words.say('title', { company: '{nothing}', nothing: '!' })).toBe('{nothing} !');
});

test('the direction follows the language that is really used', () => {
  expect(loaded('ar', 'ar-EG').direction).toBe('rtl');
  expect(loaded('en', 'fa').direction).toBe('ltr');
  expect(new Words().direction).toBe('ltr');
});

test('a language that is not there is named, and any other request changes nothing', () => {
  expect(missingLanguage(loaded('en', 'it'))).toBe('Italian');
  expect(missingLanguage(loaded('de', 'de-AT'))).toBeNull();
  for (const odd of ['', '??', 'en_US', '../../etc']) expect(missingLanguage(loaded('en', odd)), odd).toBeNull();
});

test('hours and days are written as the visitor writes them', () => {
  const now = new Date(2026, 10, 24, 12);
  expect(loaded('en', 'en_US').moment(now, now)).toMatch(/12:00.PM/);
  const [today, monday] = [new Date(2026, 10, 24, 15, 30), new Date(2026, 10, 30, 9)];
  expect(loaded('en', 'en-US').moment(today, now)).toMatch(/3:30.PM/);
  expect(loaded('en', 'en-GB').moment(today, now)).toBe('15:30');
  expect(loaded('en', 'it').moment(today, now)).toMatch(/3:30.PM/);
  expect(loaded('de', 'de').moment(monday, now)).toMatch(/^Mo.*30.*Nov.*0?9:00/);
});

test('every language has every word that the widget says, with the same holes, in its own words', () => {
  const folder = new URL('../../../words/', import.meta.url);
  const of = (file: string): Record<string, string> => JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
  const english = Object.entries(of('en.json')).filter(([key]) => key.startsWith('widget.'));
  const holes = (text = '') => (text.match(/\{\w+\}/g) ?? []).sort();
  for (const file of readdirSync(folder)) {
    const words = of(file);
    const weak = english.filter(([key, text]) => holes(words[key]).join() !== holes(text).join());
    expect(weak, file).toEqual([]);
    const same = english.filter(([key, text]) => words[key] === text && text.includes(' '));
    if (file !== 'en.json') expect(same, `${file} is still in English`).toEqual([]);
  }
});

test('every key that a view or a model says is in the words', () => {
  const english = readFileSync(new URL('../../../words/en.json', import.meta.url), 'utf8');
  const folders = [new URL('../', import.meta.url), new URL('./', import.meta.url)];
  for (const folder of folders) {
    for (const file of readdirSync(folder).filter((name) => /^\w+\.tsx?$/.test(name))) {
      const source = readFileSync(new URL(file, folder), 'utf8');
      for (const [, key] of source.matchAll(/\bsay\('(\w+)'/g)) expect(english, `${file}: ${key}`).toContain(`"widget.${key}"`);
    }
  }
});
