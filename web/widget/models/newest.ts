// Whether the customer sees the newest line: who reads further up is told of what comes
// below, and not thrown there.

import type { Line } from './transcript';

/** Nearer to the end than this counts as being there. */
const NEAR_PX = 60;

export class Newest {
  /** Something new was said below what is being read. */
  isBelow = false;
  /** Lines that were drawn; a screen reader need not read them all at once. */
  count = 0;

  /** In a reversed column the end is 0 and everything above is negative. */
  #scroll = { scrollTop: 0 };
  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** These lines stand in the page now. */
  see(lines: readonly Line[], scroll: { scrollTop: number }): void {
    this.#scroll = scroll;
    const isNew = lines.length > this.count && this.count > 0;
    this.count = lines.length;
    if (!isNew) return;
    if (lines.at(-1)?.role === 'customer') this.show();
    else if (scroll.scrollTop <= -NEAR_PX) this.#become(true);
  }

  /** The customer has scrolled. */
  look(): void {
    if (this.#scroll.scrollTop > -NEAR_PX) this.#become(false);
  }

  show(): void {
    this.#scroll.scrollTop = 0;
  }

  #become(isBelow: boolean): void {
    if (this.isBelow === isBelow) return;
    this.isBelow = isBelow;
    this.#onChange();
  }
}
