// Replies that are ready: found by a word, their holes filled from what is known of the
// conversation. A hole that cannot be filled stays to be seen, and does not go out.

import type { Api, CannedReply, Package } from '../api';
import type { Talk } from './talk';

/** What a reply may leave open. Attributes of the customer come on top, as `customer.NAME`. */
export const HOLES = [
  'customer.name',
  'customer.first_name',
  'customer.email',
  'customer.plan',
  'agent.name',
  'agent.first_name',
  'company',
  'order',
] as const;

export interface Speaker {
  name: string;
  company: string;
}

const HOLE = /\{([a-z][\w.]*)\}/gi;

/** The holes of a text with where they stand; other braces are just braces. */
export function holesOf(text: string): { name: string; start: number; end: number }[] {
  const isHole = (name: string) => name.startsWith('customer.') || (HOLES as readonly string[]).includes(name);
  return [...text.matchAll(HOLE)]
    .map((found) => ({ name: (found[1] ?? '').toLowerCase(), start: found.index, end: found.index + found[0].length }))
    .filter(({ name }) => isHole(name));
}

/** A text with what is known filled in. */
export function filled(text: string, values: Record<string, string>): string {
  return text.replace(HOLE, (hole, name: string) => (Object.hasOwn(values, name.toLowerCase()) && values[name.toLowerCase()]) || hole);
}

/** What is known of a conversation, by the names of the holes. */
export function valuesOf(talk: Talk, speaker: Speaker): Record<string, string> {
  const { contact } = talk.item;
  const card: Package['customer'] | undefined = talk.detail?.package?.customer;
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(card?.attributes ?? {})) values[`customer.${name.toLowerCase()}`] = value;
  return {
    ...values,
    'customer.name': contact.name ?? card?.name ?? '',
    'customer.first_name': firstName(contact.name ?? card?.name ?? ''),
    'customer.email': contact.email ?? card?.email ?? '',
    'customer.plan': contact.plan || card?.plan || '',
    'agent.name': speaker.name,
    'agent.first_name': firstName(speaker.name),
    company: speaker.company,
    order: orderOf(talk) || values['customer.order'] || '',
  };
}

function firstName(name: string): string {
  return name.trim().split(/\s+/)[0] ?? '';
}

/** The number that the customer gave when they were asked for one (P31). */
function orderOf(talk: Talk): string {
  const told = talk.told.findLast(({ detail }) => detail === 'reference')?.text ?? '';
  const words = told.split(/[\s,;:!?()]+/).filter((word) => /\d/.test(word));
  return (words.sort((a, b) => b.length - a.length)[0] ?? '').replace(/^#|\.$/g, '');
}

/** A word after a slash at the caret, by which a reply is looked for. */
export interface Pick {
  word: string;
  /** Where the slash stands, and the caret. */
  start: number;
  end: number;
}

/** A slash asks for a reply where it begins the text, a line, or follows a space: `and/or` and addresses do not. */
export function pickAt(text: string, caret: number): Pick | null {
  const found = /(?:^|\s)\/([^\s/]*)$/u.exec(text.slice(0, caret));
  return found ? { word: found[1] ?? '', start: caret - (found[1] ?? '').length - 1, end: caret } : null;
}

/** Those whose name or text holds a word; names that begin with it first. */
export function found(replies: CannedReply[], word: string): CannedReply[] {
  const wanted = word.toLowerCase();
  const rank = ({ name, text }: CannedReply) => {
    if (name.toLowerCase().startsWith(wanted)) return 0;
    if (name.toLowerCase().includes(wanted)) return 1;
    return text.toLowerCase().includes(wanted) ? 2 : 3;
  };
  return replies.filter((reply) => rank(reply) < 3).sort((a, b) => rank(a) - rank(b)).slice(0, 8);
}

/** The replies of the agent who has signed in, fetched whenever one begins to look for one. */
export class Canned {
  replies: CannedReply[] | null = null;
  /** What is being picked in the composer. */
  pick: Pick | null = null;
  /** Which of those found is in front. */
  at = 0;

  readonly #api: Api;
  readonly #onChange: () => void;

  constructor(api: Api, onChange: () => void) {
    this.#api = api;
    this.#onChange = onChange;
  }

  async load(): Promise<void> {
    try {
      this.replies = (await this.#api.cannedReplies()).replies;
    } catch {
      // The composer works without them; the next slash asks again.
    }
    this.#onChange();
  }

  end(): void {
    Object.assign(this, { replies: null, pick: null, at: 0 });
  }

  get found(): CannedReply[] {
    return this.pick ? found(this.replies ?? [], this.pick.word) : [];
  }

  /** The composer's text or caret has changed. */
  look(text: string, caret: number): void {
    const pick = pickAt(text, caret);
    // Those at hand are offered at once; a colleague may have changed them since.
    if (pick && (!this.pick || !this.replies)) void this.load();
    if (pick?.word !== this.pick?.word) this.at = 0;
    this.pick = pick;
    this.#onChange();
  }

  close(): void {
    this.pick = null;
    this.#onChange();
  }

  step(by: 1 | -1): void {
    const many = this.found.length;
    if (many) this.at = (this.at + by + many) % many;
    this.#onChange();
  }
}
