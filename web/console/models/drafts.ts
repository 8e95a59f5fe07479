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
  /** Another page holds it. It can be taken back there alone; here it goes only if that page
      is no more. */
  elsewhere?: boolean;
}

/** So long after `goes_at` the page that held a message has sent it, if it is still there. */
export const HOLDER_GRACE_MS = 3_000;

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

  /** What another page, or this one before it was left, has not seen arrive. Nobody is
      sending it now, but for what another page may still be holding. */
  pendingOf(id: string, now: number): Pending[] {
    const pending = this.#shelved(id).map((one): Pending => {
      const isHeld = one.state === 'held' && now < (one.goes_at ?? 0) + HOLDER_GRACE_MS;
      return isHeld ? { ...one, elsewhere: true } : { ...one, state: 'failed' };
    });
    for (const one of pending) this.#had.add(one.client_message_id);
    return pending;
  }

  /** Whether a message is still on its way for whoever reads the shelf. */
  isShelved(id: string, { client_message_id }: Pending): boolean {
    return this.#shelved(id).some((one) => one.client_message_id === client_message_id);
  }

  keepPending(id: string, pending: Pending[]): void {
    for (const one of pending) this.#had.add(one.client_message_id);
    const shelved = this.#shelved(id);
    const isThere = (wanted: Pending) => shelved.some((one) => one.client_message_id === wanted.client_message_id);
    const others = shelved.filter((one) => !this.#had.has(one.client_message_id));
    // What another page has taken back or sent must not come again.
    const kept = [...others, ...pending.filter((one) => !one.elsewhere || isThere(one))];
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
    return read.filter(isWhole);
  } catch {
    return [];
  }
}
