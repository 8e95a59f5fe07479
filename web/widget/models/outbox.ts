// What the customer wrote and the server has not confirmed. A message is on the
// shelf before it is on the wire, and leaves it when the server acknowledged it, so
// that neither a reload nor a lost answer loses or doubles it: sending again with
// the same id is answered with the first answer.

import type { Attached } from '../../shared/wire';
import type { Shelf } from './shelf';

export interface Pending {
  client_message_id: string;
  text: string;
  /** Files that the server has for it. */
  files?: Attached[];
  /** Where it belongs; `null` until there is a conversation. */
  conversation: string | null;
  /** Milliseconds since 1970. */
  at: number;
  state:
    | 'sending'
    /** An attempt failed; it will be tried again by itself. */
    | 'delayed'
    /** The server will not take it as it is. */
    | 'refused'
    /** Acknowledged; stays until its event arrives, so that the line does not blink. */
    | 'sent';
}

const PREFIX = 'out.';

export class Outbox {
  #pending: Pending[] = [];
  #draft: string;

  readonly #shelf: Shelf;

  constructor(shelf: Shelf) {
    this.#shelf = shelf;
    this.#draft = shelf.get('draft') ?? '';
    this.load();
  }

  /** All of them, oldest first. */
  get all(): readonly Pending[] {
    return this.#pending;
  }

  /** What is being typed, kept over a reload. Each tab types for itself. */
  get draft(): string {
    return this.#draft;
  }

  set draft(text: string) {
    this.#draft = text;
    if (text) this.#shelf.put('draft', text);
    else this.#shelf.remove('draft');
  }

  /** What should go next, or nothing. */
  next(): Pending | undefined {
    return this.#pending.find(({ state }) => state === 'sending' || state === 'delayed');
  }

  add(client_message_id: string, text: string, conversation: string | null, at: number, files?: Attached[]): Pending {
    const entry: Pending = { client_message_id, text, files, conversation, at, state: 'sending' };
    this.#pending.push(entry);
    this.#keep(entry);
    return entry;
  }

  /** Ties what was written before there was a conversation to the one made for it. */
  assign(conversation: string): void {
    for (const entry of this.#pending) {
      if (entry.conversation !== null) continue;
      entry.conversation = conversation;
      this.#keep(entry);
    }
  }

  /** A conversation was left for another one; what it has not received goes along. */
  release(conversation: string): void {
    for (const entry of this.#pending) {
      if (entry.conversation !== conversation || entry.state === 'sent') continue;
      entry.conversation = null;
      this.#keep(entry);
    }
  }

  /** The conversation it was written in is gone; the words are not. */
  move(entry: Pending, conversation: string): void {
    entry.conversation = conversation;
    this.#keep(entry);
  }

  mark(entry: Pending, state: 'sending' | 'delayed' | 'refused'): void {
    entry.state = state;
    this.#keep(entry);
  }

  retry(client_message_id: string): void {
    const entry = this.#pending.find((one) => one.client_message_id === client_message_id);
    if (entry) this.mark(entry, 'sending');
  }

  /** The server has it on disk. */
  acknowledge(entry: Pending): void {
    entry.state = 'sent';
    this.#shelf.remove(key(entry));
  }

  /** Its event arrived, or the customer gave it up. */
  remove(client_message_id: string): void {
    const entry = this.#pending.find((one) => one.client_message_id === client_message_id);
    if (!entry) return;
    this.#pending = this.#pending.filter((one) => one !== entry);
    this.#shelf.remove(key(entry));
  }

  /** Takes in what an earlier page or another tab left on the shelf. */
  load(): void {
    for (const name of this.#shelf.keys(PREFIX)) {
      const kept = read(this.#shelf.get(name));
      if (!kept) this.#shelf.remove(name);
      else if (!this.#pending.some((one) => one.client_message_id === kept.client_message_id)) {
        this.#pending.push(kept);
      }
    }
    this.#pending.sort((a, b) => a.at - b.at);
  }

  #keep(entry: Pending): void {
    // Its event may have arrived while it was on the wire; then it is done with.
    if (this.#pending.includes(entry)) this.#shelf.put(key(entry), JSON.stringify(entry));
  }
}

/** One key for each message: two tabs never overwrite each other's. */
function key({ client_message_id }: Pending): string {
  return PREFIX + client_message_id;
}

function read(text: string | null): Pending | null {
  try {
    const entry = JSON.parse(text ?? '') as Pending;
    return entry.client_message_id ? entry : null;
  } catch {
    return null;
  }
}
