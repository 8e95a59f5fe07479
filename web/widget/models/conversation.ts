// The conversation on screen, as far as it is known here: where it stands, what was
// said and how far the customer has read. It asks nobody for anything.

import type { ConversationView, WidgetFrame } from '../../shared/wire';
import type { World } from '../../shared/world';
import type { Outbox } from './outbox';
import type { Shelf } from './shelf';
import { Transcript, TYPING_MS } from './transcript';

/** What a conversation needs of its session. */
export interface Desk {
  outbox: Outbox;
  shelf: Shelf;
  world: World;
  onChange(): void;
}

export class Conversation {
  view: ConversationView | null = null;
  transcript: Transcript;

  readonly #desk: Desk;

  constructor(desk: Desk) {
    this.#desk = desk;
    this.transcript = new Transcript(desk.outbox);
  }

  /** Messages that the customer has not seen. */
  get unread(): number {
    return this.view ? this.transcript.unread(this.#readThrough(this.view.id)) : 0;
  }

  /** From here on it is this one. */
  enter(view: ConversationView): void {
    this.view = view;
    this.transcript.advance(view.epoch);
    this.#desk.outbox.assign(view.id);
  }

  leave(): void {
    this.view = null;
    this.transcript = new Transcript(this.#desk.outbox);
  }

  /** Takes a view of this conversation unless a newer one is here. */
  accept(view: ConversationView): void {
    if (this.view?.id !== view.id || view.seq < this.view.seq) return;
    this.view = view;
    this.transcript.advance(view.epoch);
  }

  /** Takes in what the server says, if it is about this conversation. */
  hear(frame: WidgetFrame): void {
    const { world, onChange } = this.#desk;
    if (!this.view) return;
    if (frame.type === 'welcome') return this.accept(frame.conversation);
    if ('conversation' in frame && frame.conversation !== this.view.id) return;
    switch (frame.type) {
      case 'events':
        this.transcript.receive(frame.events, frame.through_seq);
        // Plain messages change nothing but the transcript.
        if (frame.view) this.accept(frame.view);
        break;
      case 'resync':
        this.transcript = new Transcript(this.#desk.outbox);
        this.view = { ...this.view, seq: 0, epoch: 0 };
        break;
      case 'wait':
        this.view = { ...this.view, wait: frame.wait };
        break;
      case 'typing':
        this.transcript.sign(frame.who, frame.name, world.now());
        world.after(TYPING_MS, () => {
          this.transcript.fade(world.now());
          onChange();
        });
        break;
      case 'preview':
        this.transcript.draft(frame.epoch, frame.text);
    }
  }

  /** All of it is before the customer's eyes; every tab of theirs may know. */
  markRead(): void {
    if (this.view) this.#markReadThrough(this.view.id, this.transcript.through_seq);
  }

  /** What stands in a conversation when it opens is no news. */
  markOpened({ id, seq }: ConversationView): void {
    this.#markReadThrough(id, seq);
  }

  #markReadThrough(id: string, seq: number): void {
    if (seq > this.#readThrough(id)) this.#desk.shelf.put(`read.${id}`, String(seq));
  }

  #readThrough(id: string): number {
    return Number(this.#desk.shelf.get(`read.${id}`) ?? 0);
  }
}

/** Whether a human has it or it is on its way to one. */
export function humanComes(view: ConversationView | null): boolean {
  return !!view && ['queued', 'by_email', 'with_agent'].includes(view.state);
}
