import { expect, test } from 'vitest';
import { callFor, type Moment } from './alerts';
import { FakeShelf } from './fakes';
import { type Chosen, Settings } from './settings';

const HERE: Moment = { presence: 'online', isOpen: true, isHidden: true, isRead: false };

function chosen(given: Partial<Chosen> = {}): Settings {
  const settings = new Settings(new FakeShelf());
  settings.change({ sound: true, desktop: true, messageSound: true, messageDesktop: true, ...given });
  return settings;
}

test('an agent is called as they wish, and by the system only while the page is hidden', () => {
  expect(callFor('invited', HERE, chosen())).toEqual({ sound: true, desktop: true });
  expect(callFor('invited', { ...HERE, isHidden: false }, chosen())).toEqual({ sound: true, desktop: false });
  expect(callFor('invited', HERE, chosen({ sound: false, desktop: false }))).toEqual({ sound: false, desktop: false });
  expect(callFor('written', HERE, chosen({ messageDesktop: false }))).toEqual({ sound: true, desktop: false });
});

test('nobody is called who is gone, nor about what they are reading', () => {
  for (const what of ['invited', 'written'] as const) {
    expect(callFor(what, { ...HERE, presence: 'offline' }, chosen({ whileAway: true, outsideHours: true }))).toEqual({ sound: false, desktop: false });
    expect(callFor(what, { ...HERE, presence: 'away' }, chosen())).toEqual({ sound: false, desktop: false });
    expect(callFor(what, { ...HERE, presence: 'away' }, chosen({ whileAway: true }))).toEqual({ sound: true, desktop: true });
    expect(callFor(what, { ...HERE, isRead: true }, chosen())).toEqual({ sound: false, desktop: false });
  }
});

test('outside business hours messages are silent unless wanted, and an invitation is not', () => {
  const closed = { ...HERE, isOpen: false };
  expect(callFor('written', closed, chosen())).toEqual({ sound: false, desktop: false });
  expect(callFor('written', closed, chosen({ outsideHours: true }))).toEqual({ sound: true, desktop: true });
  expect(callFor('invited', closed, chosen())).toEqual({ sound: true, desktop: true });
});
