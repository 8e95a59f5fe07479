// Carries what the customer wrote to the server, oldest first, each line to the
// conversation it was written in, until the server has it on disk.

import type { World } from '../../shared/world';
import { type Api, mayPass, NoConversation, Refusal, type Sent } from './api';
import type { Outbox, Pending } from './outbox';

/** Where to: the present conversation; throws when there is none any more. */
type Present = () => string;

export class Courier {
  readonly #api: Api;
  readonly #outbox: Outbox;
  readonly #world: World;
  /** The server wants no message before this time. */
  #restsUntil = 0;

  constructor(api: Api, outbox: Outbox, world: World) {
    this.#api = api;
    this.#outbox = outbox;
    this.#world = world;
  }

  /** Carries all that waits; `onSent` hears of each line that arrived or was refused. */
  async deliver(present: Present, onSent: (sent: Sent | null, conversation: string) => void): Promise<void> {
    for (let entry = this.#outbox.next(); entry; entry = this.#outbox.next()) {
      const rest = this.#restsUntil - this.#world.now();
      if (rest > 0) throw new Refusal(429, 'resting', rest);
      const conversation = entry.conversation ?? present();
      onSent(await this.#carry(entry, conversation, present), conversation);
    }
  }

  /** Holds everything back for a while: the server asked for it. */
  rest(ms: number): void {
    this.#restsUntil = this.#world.now() + ms;
  }

  async #carry(entry: Pending, conversation: string, present: Present): Promise<Sent | null> {
    try {
      const sent = await this.#api.say(conversation, entry);
      this.#outbox.acknowledge(entry);
      return sent;
    } catch (error) {
      // Where it was written is gone; the words are not.
      if (error instanceof NoConversation && conversation !== present()) {
        this.#outbox.move(entry, present());
        return null;
      }
      const isRefused = error instanceof Refusal && !mayPass(error);
      this.#outbox.mark(entry, isRefused ? 'refused' : 'delayed');
      if (!isRefused) throw error;
      return null;
    }
  }
}
