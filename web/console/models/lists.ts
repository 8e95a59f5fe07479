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
  /** Of what was asked for, the next page that is on its way; 0 for none. */
  #turning = 0;
  /** How far the list was turned over. */
  #pages = 1;

  constructor(api: Api, world: World, onChange: () => void) {
    this.#api = api;
    this.#world = world;
    this.#onChange = onChange;
  }

  show(name: ListName): void {
    if (name === this.shown) return;
    Object.assign(this, { shown: name, items: null, more: null, isUnreachable: false });
    [this.#pages, this.#turning] = [1, 0];
    this.#onChange();
    void this.load();
  }

  end(): void {
    this.#cancel();
    this.#asked += 1;
    Object.assign(this, { shown: 'desk', items: null, more: null });
    this.#pages = 1;
  }

  /** The top of the list anew. Whoever has gone on to older ones keeps them. */
  load(): Promise<void> {
    // Where the floor moves all the time, whoever turns over would never get there.
    if (this.#turning && this.#turning === this.#asked) return Promise.resolve();
    return this.#take(async (list) => {
      const { items, next_before } = await this.#api.list(list, null);
      const first = new Set(items.map((item) => item.conversation_id));
      const older = (this.items ?? []).filter((item) => !first.has(item.conversation_id));
      // Nothing older was asked for yet, or the list ends with this page.
      const isWhole = this.#pages < 2 || next_before === null;
      return isWhole ? { items, more: next_before } : { items: [...items, ...older], more: this.more };
    });
  }

  /** The next page. */
  async loadMore(): Promise<void> {
    const { more } = this;
    if (!more) return;
    const turned = this.#take(async (list) => {
      const { items, next_before } = await this.#api.list(list, more);
      const known = new Set(this.items?.map((item) => item.conversation_id));
      const fresh = items.filter((item) => !known.has(item.conversation_id));
      return { items: [...(this.items ?? []), ...fresh], more: next_before, pages: this.#pages + 1 };
    });
    const turning = (this.#turning = this.#asked);
    await turned;
    if (this.#turning === turning) this.#turning = 0;
  }

  /** The list anew as far as it had come: what stands further down changes too. */
  #look(): Promise<void> {
    return this.#take(async (list) => {
      const items = new Map<string, Item>();
      let before: string | null = null;
      for (let page = 0; page < this.#pages && (before || !page); page++) {
        const { items: next, next_before } = await this.#api.list(list, before);
        for (const item of next) if (!items.has(item.conversation_id)) items.set(item.conversation_id, item);
        before = next_before;
      }
      return { items: [...items.values()], more: before };
    });
  }

  async #take(ask: (list: ListName) => Promise<{ items: Item[]; more: string | null; pages?: number }>): Promise<void> {
    this.#cancel();
    if (this.shown === 'desk') return;
    const asked = ++this.#asked;
    try {
      const { items, more, pages = this.#pages } = await ask(this.shown);
      if (asked !== this.#asked) return;
      Object.assign(this, { items, more, isUnreachable: false });
      this.#pages = pages;
    } catch {
      if (asked !== this.#asked) return;
      this.isUnreachable = true;
    }
    // A look that was under way gave up its turn.
    this.#cancel = this.#world.after(LOOK_EVERY_MS, () => void this.#look());
    this.#onChange();
  }
}
