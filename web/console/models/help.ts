// Articles beside a conversation: what fits it, or what is looked for, with what was tried.

import type { World } from '../../shared/world';
import type { Api, HelpfulArticle } from '../api';

const PAUSE_MS = 300;

export class Help {
  /** The conversation that it is open for. */
  talk_id: string | null = null;
  wanted = '';
  articles: HelpfulArticle[] | null = null;
  isUnreachable = false;

  readonly #api: Api;
  readonly #world: World;
  readonly #onChange: () => void;
  #asked = 0;
  #cancel: () => void = () => {};

  constructor(api: Api, world: World, onChange: () => void) {
    this.#api = api;
    this.#world = world;
    this.#onChange = onChange;
  }

  open(talk_id: string): void {
    Object.assign(this, { talk_id, wanted: '', articles: null });
    void this.load();
  }

  close(): void {
    this.#cancel();
    this.talk_id = null;
    this.#onChange();
  }

  look(wanted: string): void {
    this.wanted = wanted;
    this.#cancel();
    this.#cancel = this.#world.after(PAUSE_MS, () => void this.load());
    this.#onChange();
  }

  async load(): Promise<void> {
    const { talk_id } = this;
    if (!talk_id) return;
    const asked = ++this.#asked;
    try {
      const { articles } = await this.#api.helpfulArticles(talk_id, this.wanted.trim());
      if (asked !== this.#asked) return;
      Object.assign(this, { articles, isUnreachable: false });
    } catch {
      if (asked !== this.#asked) return;
      this.isUnreachable = true;
    }
    this.#onChange();
  }
}

/** An article as it goes into a reply: its passage, and its address where customers can open it. */
export function quoteOf({ title, passage, address }: HelpfulArticle): string {
  const words = passage.trim();
  return address ? `${words}\n\n${title}: ${address}` : words;
}

export function linkOf({ title, address }: HelpfulArticle): string {
  return `${title}: ${address ?? ''}`;
}
