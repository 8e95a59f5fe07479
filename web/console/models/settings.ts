// What an agent has chosen for this browser.

import type { Shelf } from './drafts';

export type Appearance = 'system' | 'light' | 'dark';

const KEY = 'segue.settings';

export class Settings {
  /** A sound for each new invitation. */
  sound = false;
  /** A notification of the system for each new invitation while the page is hidden. */
  desktop = false;
  /** Keys of one letter; WCAG 2.1.4 wants them to be switched off by who speaks to the computer. */
  keys = true;
  appearance: Appearance = 'system';

  readonly #shelf: Shelf;

  constructor(shelf: Shelf) {
    this.#shelf = shelf;
    try {
      const kept = JSON.parse(shelf.getItem(KEY) ?? '{}') as Partial<Settings>;
      this.sound = kept.sound === true;
      this.desktop = kept.desktop === true;
      this.keys = kept.keys !== false;
      if (kept.appearance === 'light' || kept.appearance === 'dark') this.appearance = kept.appearance;
    } catch {
      // Not ours; begin anew.
    }
  }

  change(change: Partial<Pick<Settings, 'sound' | 'desktop' | 'keys' | 'appearance'>>): void {
    Object.assign(this, change);
    const { sound, desktop, keys, appearance } = this;
    try {
      this.#shelf.setItem(KEY, JSON.stringify({ sound, desktop, keys, appearance }));
    } catch {
      // Holds until the page is closed.
    }
  }
}
