// The knowledge loop: what is open, the draft in hand, and what it would answer.

import type { Api, ArticleText, GapFound, GapShown, Gaps as GapsShown, GapTried } from '../api';
import { Asked } from './measures';

export class Gaps {
  readonly list: Asked<GapsShown>;
  /** The draft in hand. */
  tried: GapTried | null = null;
  isBusy = false;

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
      this.tried = await this.#api.draftGap({ question: gap.question, questions: gap.questions });
      await this.list.again();
    });
  }

  /** Goes on with a draft that was begun. */
  open({ id, draft }: GapShown): Promise<void> {
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
