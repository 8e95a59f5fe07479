import { expect, test } from 'vitest';
import { FakeShelf } from './fakes';
import { Settings } from './settings';

test('what was chosen is found again', () => {
  const shelf = new FakeShelf();
  new Settings(shelf).change({ sound: true, desktop: true, keys: false, appearance: 'dark' });
  expect(new Settings(shelf)).toMatchObject({ sound: true, desktop: true, keys: false, appearance: 'dark' });
});

test('it is quiet, follows the system and knows the keys until told otherwise', () => {
  expect(new Settings(new FakeShelf())).toMatchObject({ sound: false, desktop: false, keys: true, appearance: 'system' });
});

test('what is not ours on the shelf is ignored, and a full shelf does no harm', () => {
  for (const kept of ['{broken', '[]', '{"sound":"yes","appearance":"pink"}', 'null']) {
    const shelf = new FakeShelf();
    shelf.kept.set('segue.settings', kept);
    expect(new Settings(shelf), kept).toMatchObject({ sound: false, appearance: 'system', keys: true });
  }
  const shelf = new FakeShelf();
  shelf.isFull = true;
  const settings = new Settings(shelf);
  settings.change({ sound: true });
  expect(settings.sound).toBe(true);
});
