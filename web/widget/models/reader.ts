// What the customer reads: the conversation, or an article that it cites.

import type { Citation } from '../../shared/wire';
import type { Api } from './api';

/** What fills the window between its head and the composer. */
export type Screen =
  | { kind: 'conversation' }
  /** A cited article; `text` is `null` on its way and where it could not be had. */
  | { kind: 'article'; citation: Cited; text: string | null; failed: boolean }
  /** The inbox does not exist, as far as the server knows, or takes nothing new; by a key of the words. */
  | { kind: 'unavailable'; why: 'unavailable' | 'inbox_closed' };

export type Cited = Pick<Citation, 'article_id' | 'title'>;

export class Reader {
  screen: Screen = { kind: 'conversation' };

  readonly #api: Api;
  readonly #onChange: () => void;

  constructor(api: Api, onChange: () => void) {
    this.#api = api;
    this.#onChange = onChange;
  }

  async open(citation: Cited): Promise<void> {
    const screen: Screen = { kind: 'article', citation, text: null, failed: false };
    this.screen = screen;
    this.#onChange();
    try {
      screen.text = (await this.#api.article(citation.article_id)).text;
    } catch {
      screen.failed = true;
    }
    this.#onChange();
  }

  close(): void {
    this.screen = { kind: 'conversation' };
    this.#onChange();
  }
}
