// What an agent is writing, kept for each conversation: a reply and a note side by
// side, so that turning to the other loses neither, and what is on its way to the
// server. All of it survives a reload, and is found again only by the agent who wrote it.

import type { Attached } from '../../shared/wire';
import type { Warned } from '../api';

export interface Draft {
  reply: string;
  note: string;
  /** Which of the two is in front. */
  writes: 'reply' | 'note';
}

/** A message on its way. It leaves when its event arrives. */
export interface Pending {
  client_message_id: string;
  text: string;
  /** Files that the server has for it. */
  files?: Attached[];
  private: boolean;
  /** What the guards had said of it. */
  warned?: Warned[];
  /** The epoch under which it was written; the server refuses it under another. */
  epoch: number;
  at: number;
  /** `held`: it can still be taken back, until `goes_at`. */
  state: 'held' | 'sending' | 'sent' | 'failed';
  goes_at?: number;
}

/** The part of `Storage` that is used. */
export type Shelf = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

export class Drafts {
  readonly #shelf: Shelf;
  readonly #drafts = new Map<string, Draft>();
  /** Messages that this page has had on their way; the others are another tab's to end. */
  readonly #had = new Set<string>();
  #writer = '';

  constructor(shelf: Shelf) {
    this.#shelf = shelf;
  }

  /** Whose drafts they are from now on. */
  belongTo(agent_id: string): void {
    if (agent_id !== this.#writer) this.#drafts.clear();
    this.#writer = agent_id;
  }

  of(id: string): Draft {
    let draft = this.#drafts.get(id);
    if (!draft) {
      draft = readDraft(this.#shelf.getItem(this.#key('draft', id)));
      this.#drafts.set(id, draft);
    }
    return draft;
  }

  change(id: string, change: Partial<Draft>): void {
    const draft = Object.assign(this.of(id), change);
    this.#keep('draft', id, draft.reply || draft.note ? draft : null);
  }

  /** Puts a text that could not go back in front of what was written since. */
  putBack(id: string, writes: Draft['writes'], text: string): void {
    const since = this.of(id)[writes];
    this.change(id, { [writes]: [text, since].filter(Boolean).join('\n\n'), writes });
  }

  /** What had not arrived when the page was left; nobody is sending it now. */
  pendingOf(id: string): Pending[] {
    const pending = this.#shelved(id);
    for (const one of pending) this.#had.add(one.client_message_id);
    return pending;
  }

  keepPending(id: string, pending: Pending[]): void {
    for (const one of pending) this.#had.add(one.client_message_id);
    const others = this.#shelved(id).filter((one) => !this.#had.has(one.client_message_id));
    const kept = [...others, ...pending];
    this.#keep('pending', id, kept.length ? kept : null);
  }

  #shelved(id: string): Pending[] {
    return readPending(this.#shelf.getItem(this.#key('pending', id)));
  }

  #keep(what: string, id: string, kept: object | null): void {
    try {
      if (kept) this.#shelf.setItem(this.#key(what, id), JSON.stringify(kept));
      else this.#shelf.removeItem(this.#key(what, id));
    } catch {
      // A full shelf: it lives on in memory.
    }
  }

  #key(what: string, id: string): string {
    return `segue.${what}.${this.#writer}.${id}`;
  }
}

function readDraft(kept: string | null): Draft {
  try {
    const { reply = '', note = '', writes } = JSON.parse(kept ?? '{}') as Partial<Draft>;
    return { reply: String(reply), note: String(note), writes: writes === 'note' ? 'note' : 'reply' };
  } catch {
    return { reply: '', note: '', writes: 'reply' };
  }
}

function readPending(kept: string | null): Pending[] {
  try {
    const read = JSON.parse(kept ?? '[]') as Pending[];
    const isWhole = (one: Pending) => typeof one.text === 'string' && typeof one.client_message_id === 'string';
    return read.filter(isWhole).map((one) => ({ ...one, state: 'failed' }));
  } catch {
    return [];
  }
}
