// A list that comes a page at a time, as one looks for things in it.

import type { World } from '../../shared/world';

/** While somebody types, it is asked this long after the last letter. */
const PAUSE_MS = 300;

export interface Fetched<Item> {
  items: Item[];
  /** Where the next page begins; `null` after the last. */
  next: string | null;
}

export abstract class Pages<Item> {
  items: Item[] | null = null;
  /** Where the next page begins. */
  more: string | null = null;
  state: 'idle' | 'loading' | 'unreachable' = 'idle';

  /** What was asked for last: an answer to an earlier question comes too late. */
  #asked = 0;
  #cancel: () => void = () => {};

  constructor(
    readonly world: World,
    readonly onChange: () => void,
  ) {}

  protected abstract fetch(before: string | null): Promise<Fetched<Item>>;

  /** What a page of it is told from another by; who stands on two is shown once. */
  protected abstract idOf(item: Item): string;

  /** The first page anew, or the next one. */
  async load(before: string | null = null): Promise<void> {
    this.#cancel();
    const asked = ++this.#asked;
    this.state = 'loading';
    this.onChange();
    try {
      const { items, next } = await this.fetch(before);
      if (asked !== this.#asked) return;
      const known = before ? (this.items ?? []) : [];
      const ids = new Set(known.map((item) => this.idOf(item)));
      this.items = [...known, ...items.filter((item) => !ids.has(this.idOf(item)))];
      this.more = next;
      this.state = 'idle';
    } catch {
      if (asked !== this.#asked) return;
      this.state = 'unreachable';
    }
    this.onChange();
  }

  /** Loads it in a while, unless something else is asked for meanwhile: words are waited for
      until they are whole. */
  soon(after_ms = PAUSE_MS): void {
    this.#cancel();
    this.#cancel = this.world.after(after_ms, () => void this.load());
  }

  /** Forgets what was found, and what is still to come. */
  protected forget(): void {
    this.#cancel();
    this.#asked += 1;
    Object.assign(this, { items: null, more: null, state: 'idle' });
  }
}
