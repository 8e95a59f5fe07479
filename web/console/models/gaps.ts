// The knowledge loop: what is open, the draft in hand, and what it would answer.

import type { Api, ArticleText, GapFound, GapShown, Gaps as GapsShown, GapTried } from '../api';
import { Asked } from './measures';

/** How many times a better wording is looked for. */
const MOST_LOOKS = 10;

export class Gaps {
  readonly list: Asked<GapsShown>;
  /** The draft in hand. */
  tried: GapTried | null = null;
  isBusy = false;

  #named = '';
  #looks = 0;
  readonly #api: Api;
  readonly #onChange: () => void;
  readonly #onFault: (error: unknown) => void;

  constructor(api: Api, onChange: () => void, onFault: (error: unknown) => void) {
    this.#api = api;
    this.#onChange = onChange;
    this.#onFault = onFault;
    this.list = new Asked((query) => api.gaps(query), onChange);
  }

  draft(gap: GapFound): Promise<void> {
    return this.#do(async () => {
      this.#looks = 0;
      this.tried = await this.#api.draftGap({ question: gap.question, questions: gap.questions });
      await this.list.again();
    });
  }

  /** Goes on with the draft that an address names, once. */
  async openNamed(id: string): Promise<void> {
    if (!id || this.#named === id || this.list.state.kind !== 'ready') return;
    this.#named = id;
    const gap = this.list.state.shown.drafts.find((one) => one.id === id);
    if (gap && !gap.is_closed) await this.open(gap);
  }

  /** A better wording may be on its way: it is looked for some times, and then no more. */
  get awaitsBetter(): boolean {
    const { state } = this.list;
    return this.#looks < MOST_LOOKS && !!this.tried && !this.tried.gap.is_closed && !this.better && state.kind === 'ready' && state.shown.has_model;
  }

  /** The draft in hand in a language model's words, once there are some. */
  get better(): GapShown['draft']['better'] {
    const { list, tried } = this;
    const known = list.state.kind === 'ready' ? list.state.shown.drafts.find(({ id }) => id === tried?.gap.id) : undefined;
    return known?.draft.better ?? tried?.gap.draft.better ?? null;
  }

  /** Goes on with a draft that was begun. */
  open({ id, draft }: GapShown): Promise<void> {
    this.#looks = 0;
    return this.change(id, { title: draft.title, tags: draft.tags, text: draft.text });
  }

  /** Keeps what was written and asks the questions again. */
  change(id: string, article: ArticleText): Promise<void> {
    return this.#do(async () => {
      this.tried = await this.#api.changeGap({ id, article });
    });
  }

  approve(id: string, article: ArticleText): Promise<void> {
    return this.#do(async () => {
      this.tried = await this.#api.approveGap({ id, article });
      await this.list.again();
    });
  }

  drop(id: string): Promise<void> {
    return this.#do(async () => {
      await this.#api.dropGap(id);
      this.tried = null;
      await this.list.again();
    });
  }

  /** Looks whether a better wording has come; what is written stays. */
  async look(): Promise<void> {
    this.#looks += 1;
    await this.list.refresh();
    // Also where that failed: the last look must be seen to be the last.
    this.#onChange();
  }

  close(): void {
    this.tried = null;
    this.#onChange();
  }

  async #do(deed: () => Promise<void>): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    this.#onChange();
    try {
      await deed();
    } catch (error) {
      this.#onFault(error);
    }
    this.isBusy = false;
    this.#onChange();
  }
}
