// What an agent has chosen for this browser.

import type { Shelf } from './drafts';

export type Appearance = 'system' | 'light' | 'dark';

const KEY = 'segue.settings';
/** For how many seconds a reply can be taken back. */
export const UNDO_S = [0, 5, 10, 20] as const;

export interface Chosen {
  /** A sound for each new invitation. */
  sound: boolean;
  /** A notification of the system for each new invitation while the page is hidden. */
  desktop: boolean;
  /** The same for each message of a customer of mine. */
  messageSound: boolean;
  messageDesktop: boolean;
  /** Both also while I am away. */
  whileAway: boolean;
  /** Messages also outside business hours. */
  outsideHours: boolean;
  /** Keys of one letter; WCAG 2.1.4 wants them to be switched off by who speaks to the computer. */
  keys: boolean;
  /** Seconds in which a reply can be taken back. */
  undo_s: number;
  appearance: Appearance;
}

const AT_FIRST: Chosen = {
  sound: false,
  desktop: false,
  messageSound: false,
  messageDesktop: false,
  whileAway: false,
  outsideHours: false,
  keys: true,
  undo_s: 5,
  appearance: 'system',
};

export interface Settings extends Chosen {}

export class Settings {
  readonly #shelf: Shelf;

  constructor(shelf: Shelf) {
    this.#shelf = shelf;
    Object.assign(this, AT_FIRST, keptOf(shelf));
  }

  change(change: Partial<Chosen>): void {
    Object.assign(this, change);
    const kept = Object.fromEntries((Object.keys(AT_FIRST) as (keyof Chosen)[]).map((name) => [name, this[name]]));
    try {
      this.#shelf.setItem(KEY, JSON.stringify(kept));
    } catch {
      // Holds until the page is closed.
    }
  }
}

/** What was kept, as far as it is what we know. */
function keptOf(shelf: Shelf): Partial<Chosen> {
  try {
    const kept = JSON.parse(shelf.getItem(KEY) ?? '{}') as Record<string, unknown>;
    const isFine = ([name, value]: [string, unknown]) => {
      if (name === 'appearance') return value === 'light' || value === 'dark';
      if (name === 'undo_s') return (UNDO_S as readonly unknown[]).includes(value);
      return name in AT_FIRST && typeof value === 'boolean';
    };
    return Object.fromEntries(Object.entries(kept).filter(isFine)) as Partial<Chosen>;
  } catch {
    // Not ours; begin anew.
    return {};
  }
}
