// What is noticed in a reply while it is written: a cold opening (P42), a step that was tried
// (P40), a question that the customer has answered already. It advises; it never blocks.

import type { ReplyChecked, Warned } from '../api';
import type { Host } from './host';
import type { Talk } from './talk';

const LOOK_AFTER_MS = 400;
/** A look that takes longer does not hold up the message. */
const PATIENCE_MS = 1_000;

interface Seen {
  text: string;
  found: ReplyChecked;
}

export class Guards {
  readonly #host: Host;
  readonly #seen = new Map<string, Seen>();
  /** The text of each conversation that was asked about last; none once it has gone. */
  readonly #asked = new Map<string, string>();
  #cancel: () => void = () => {};

  constructor(host: Host) {
    this.#host = host;
  }

  /** What stands beside the composer; `null` where nothing does. */
  of(id: string): ReplyChecked | null {
    const found = this.#seen.get(id)?.found;
    return found && warnings(found).length ? found : null;
  }

  /** Looks once the agent pauses. */
  lookSoon(talk: Talk, text: string): void {
    this.#cancel();
    if (!text) this.forget(talk.id);
    else this.#cancel = this.#host.world.after(LOOK_AFTER_MS, () => void this.look(talk.id, text));
  }

  /** What was found in a text, unless the answer takes too long or does not come. */
  async look(id: string, text: string): Promise<ReplyChecked | null> {
    this.#cancel();
    this.#asked.set(id, text);
    const patience = new Promise<null>((resolve) => {
      this.#host.world.after(PATIENCE_MS, () => resolve(null));
    });
    const found = await Promise.race([this.#host.api.checkDraft(id, text).catch(() => null), patience]);
    // An answer that another look has overtaken is about words that stand there no more.
    if (found && this.#asked.get(id) === text) this.#seen.set(id, { text, found });
    this.#host.changed();
    return found;
  }

  /** Whether the agent has had what was found in this very text before their eyes. */
  hasShown(id: string, text: string): boolean {
    return this.#seen.get(id)?.text === text;
  }

  /** Whether a text goes without a word: nothing is found, or it is on screen already. */
  async mayGo(id: string, text: string): Promise<boolean> {
    if (this.hasShown(id, text)) return true;
    const found = await this.look(id, text);
    return !found || !warnings(found).length;
  }

  /** What the agent was warned of in a text that they send all the same. */
  warned(id: string, text: string): Warned[] {
    const seen = this.#seen.get(id);
    return seen?.text === text ? warnings(seen.found) : [];
  }

  forget(id: string): void {
    this.#asked.delete(id);
    if (this.#seen.delete(id)) this.#host.changed();
  }
}

function warnings({ is_cold, repeats, asks_again }: ReplyChecked): Warned[] {
  const found: Warned[] = [];
  if (is_cold) found.push({ guard: 'cold_greeting', of: null });
  if (repeats) found.push({ guard: 'repeats_attempt', of: repeats.message_id });
  if (asks_again) found.push({ guard: 'asks_again', of: asks_again.message_id });
  return found;
}
