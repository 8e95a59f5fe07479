import { expect, test } from 'vitest';
import { hashOf, type Place, placeOf, setupTokenOf } from './place';

test('every place has an address that leads back to it', () => {
  const places: Place[] = [
    { kind: 'floor' },
    { kind: 'search', query: '' },
    { kind: 'search', query: 'q=late+parcel&state=resolved' },
    { kind: 'measures', rest: '' },
    { kind: 'measures', rest: '?days=90' },
    { kind: 'measures', rest: 'causes?days=90&topic=orders' },
    { kind: 'settings', page: '' },
    { kind: 'lab', page: 'write', id: '' },
    { kind: 'lab', page: 'versions', id: '' },
    { kind: 'lab', page: 'trials', id: '' },
    { kind: 'lab', page: 'trials', id: 'trial_01abc' },
    { kind: 'settings', page: 'company' },
    { kind: 'settings', page: 'audit', query: 'action=signed_in&from=2026-11-01' },
    { kind: 'contacts', id: '', query: '' },
    { kind: 'contacts', id: '', query: 'q=ida+berg' },
    { kind: 'contacts', id: 'contact_01abc', query: '' },
    { kind: 'talk', id: 'conv_01abc', half: 'package' },
    { kind: 'talk', id: 'conv_01abc', half: 'package', at: 7 },
    { kind: 'why', id: 'conv_01abc' },
  ];
  for (const place of places) expect(placeOf(hashOf(place)), place.kind).toEqual(place);
});

test('an address that means nothing leads to the floor', () => {
  for (const hash of ['', '#', '#/', '#/nowhere', '#/conversations', '#/conversations/', '#/conversations/a%2Fb', '#/conversations/../x', 'measures/x']) {
    const expected = hash === 'measures/x' ? 'measures' : 'floor';
    expect(placeOf(hash).kind, hash).toBe(expected);
  }
});

test('an address of the settings that means no page leads to their list', () => {
  for (const hash of ['#/settings', '#/settings/', '#/settings/a%2Fb', '#/settings/..']) expect(placeOf(hash), hash).toEqual({ kind: 'settings', page: '' });
});

test('the one-time link is told from other addresses', () => {
  expect(setupTokenOf('#/setup/tok-1')).toBe('tok-1');
  for (const hash of ['', '#/setup', '#/setup/', '#/setup/a/b', '#/conversations/setup']) expect(setupTokenOf(hash), hash).toBeNull();
});
