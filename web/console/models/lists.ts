// The other lists of the rail: what my teams have open, what everybody has, what the
// assistant answers, what is done. They are asked for while they are looked at.

import type { World } from '../../shared/world';
import type { Api, Item } from '../api';

/** `desk` is the first one: mine, and who waits. */
export type ListName = 'desk' | 'team' | 'open' | 'assistant' | 'done';

/** What is said in a conversation rings no list, so they are looked at this often. */
const LOOK_EVERY_MS = 10_000;

export class Lists {
  shown: ListName = 'desk';
  items: Item[] | null = null;
  more: string | null = null;
  isUnreachable = false;

  readonly #api: Api;
  readonly #world: World;
  readonly #onChange: () => void;
  #cancel: () => void = () => {};
  #asked = 0;

  constructor(api: Api, world: World, onChange: () => void) {
    this.#api = api;
    this.#world = world;
    this.#onChange = onChange;
  }

  show(name: ListName): void {
    if (name === this.shown) return;
    Object.assign(this, { shown: name, items: null, more: null, isUnreachable: false });
    this.#onChange();
    void this.load();
  }

  end(): void {
    this.#cancel();
    this.#asked += 1;
    Object.assign(this, { shown: 'desk', items: null, more: null });
  }

  /** The list anew, as far as it had come. */
  async load(): Promise<void> {
    this.#cancel();
    if (this.shown === 'desk') return;
    const [asked, list] = [++this.#asked, this.shown];
    try {
      const { items, next_before } = await this.#api.list(list, null);
      if (asked !== this.#asked) return;
      // Whoever has gone on to older ones keeps them.
      const first = new Set(items.map((item) => item.conversation_id));
      const older = list === 'done' ? (this.items ?? []).filter((item) => !first.has(item.conversation_id)) : [];
      const hadMore = older.length > 0;
      this.items = [...items, ...older];
      this.more = hadMore ? this.more : next_before;
      this.isUnreachable = false;
    } catch {
      if (asked !== this.#asked) return;
      this.isUnreachable = true;
    }
    this.#cancel = this.#world.after(LOOK_EVERY_MS, () => void this.load());
    this.#onChange();
  }

  async loadMore(): Promise<void> {
    if (!this.more) return;
    this.#cancel();
    const [asked, list] = [++this.#asked, this.shown];
    try {
      const { items, next_before } = await this.#api.list(list, this.more);
      if (asked !== this.#asked) return;
      const known = new Set(this.items?.map((item) => item.conversation_id));
      this.items = [...(this.items ?? []), ...items.filter((item) => !known.has(item.conversation_id))];
      this.more = next_before;
      this.isUnreachable = false;
    } catch {
      if (asked !== this.#asked) return;
      this.isUnreachable = true;
    }
    // A look that was under way gave up its turn.
    this.#cancel = this.#world.after(LOOK_EVERY_MS, () => void this.load());
    this.#onChange();
  }
}
