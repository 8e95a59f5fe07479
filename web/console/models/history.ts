// All conversations of the workspace, newest first, a page at a time.

import type { Api, Item } from '../api';
import { hasWords } from './floor';

export class History {
  items: Item[] | null = null;
  /** There are more. */
  more: string | null = null;
  state: 'idle' | 'loading' | 'unreachable' = 'idle';
  wanted = '';

  readonly #api: Api;
  readonly #onChange: () => void;

  constructor(api: Api, onChange: () => void) {
    this.#api = api;
    this.#onChange = onChange;
  }

  /** The first page anew, or the next one. */
  async load(before: string | null = null): Promise<void> {
    this.state = 'loading';
    this.#onChange();
    try {
      const { items, next_before } = await this.#api.conversations(before);
      const known = new Set(before ? this.items?.map((item) => item.conversation_id) : []);
      this.items = [...(before ? (this.items ?? []) : []), ...items.filter((item) => !known.has(item.conversation_id))];
      this.more = next_before;
      this.state = 'idle';
    } catch {
      this.state = 'unreachable';
    }
    this.#onChange();
  }

  filter(wanted: string): void {
    this.wanted = wanted;
    this.#onChange();
  }

  get shown(): Item[] {
    return (this.items ?? []).filter((item) => hasWords(item, this.wanted));
  }
}
