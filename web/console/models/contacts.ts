// Contacts: found by what is known of them, and one of them with all that is kept, to be
// handed out or erased (P48).

import type { World } from '../../shared/world';
import type { Api, ContactFound, ContactWhole } from '../api';
import type { Desk } from './desk';
import { type Fetched, Pages } from './pages';
import { failed, REST, type Saving } from './saving';

export class Contacts extends Pages<ContactFound> {
  q = '';

  readonly #api: Api;

  constructor(api: Api, world: World, onChange: () => void) {
    super(world, onChange);
    this.#api = api;
  }

  /** What an address says is looked for: at once at first, then once the words are whole. */
  look(q: string): void {
    if (this.items && q === this.q) return;
    this.q = q;
    if (this.items) this.soon();
    else void this.load();
  }

  protected async fetch(before: string | null): Promise<Fetched<ContactFound>> {
    const { contacts, next } = await this.#api.findContacts({ q: this.q.trim(), before: before ?? '' });
    return { items: contacts, next };
  }

  protected idOf({ id }: ContactFound): string {
    return id;
  }
}

/** What the address says is looked for. */
export function wordsOf(query: string): string {
  return new URLSearchParams(query).get('q') ?? '';
}

/** The same as it stands in the address. */
export function queryOf(q: string): string {
  return q ? new URLSearchParams({ q }).toString() : '';
}

export class ContactModel {
  whole: ContactWhole | null = null;
  isUnreachable = false;
  /** There is nobody of this id. */
  isMissing = false;
  /** It is shown what would go, and a confirmation is waited for. */
  isAsked = false;
  /** What was typed to confirm it. */
  typed = '';
  erasing: Saving = REST;
  /** How many conversations were emptied, once it is done. */
  erased: number | null = null;

  readonly #desk: Desk;
  readonly #onErased: () => void;

  constructor(
    desk: Desk,
    readonly id: string,
    onErased: () => void,
  ) {
    this.#desk = desk;
    this.#onErased = onErased;
  }

  async load(): Promise<void> {
    try {
      this.whole = await this.#desk.api.contact(this.id);
      this.isUnreachable = false;
    } catch (error) {
      this.isMissing = (error as { status?: number }).status === 404;
      this.isUnreachable = !this.isMissing;
    }
    this.#desk.changed();
  }

  /** What confirms an erasure: their address or name; for who has neither, what they are known by here. */
  get confirmedBy(): string[] {
    const { email, name, external_id } = this.whole?.contact ?? {};
    const known = [email, name].filter((word): word is string => !!word);
    return known.length ? known : [external_id || this.id];
  }

  get mayErase(): boolean {
    const typed = plain(this.typed);
    return this.erasing.kind !== 'saving' && this.confirmedBy.some((word) => plain(word) === typed);
  }

  /** What would go may have grown since it was looked at. */
  async ask(isAsked: boolean): Promise<void> {
    Object.assign(this, { isAsked, typed: '', erasing: REST });
    this.#desk.changed();
    if (isAsked) await this.load();
  }

  type(typed: string): void {
    this.typed = typed;
    this.#desk.changed();
  }

  async erase(): Promise<void> {
    if (!this.mayErase) return;
    this.erasing = { kind: 'saving' };
    this.#desk.changed();
    try {
      const { conversations } = await this.#desk.api.erase(this.id);
      // Nothing of them stays on screen, whatever comes of the next request.
      Object.assign(this, { whole: null, erased: conversations, isAsked: false, typed: '', erasing: REST });
      this.#onErased();
      await Promise.all([this.load(), this.#desk.shift.ask()]);
    } catch (error) {
      this.erasing = failed(error);
    }
    this.#desk.changed();
  }
}

function plain(text: string): string {
  return text.trim().replace(/\s+/g, ' ').toLowerCase();
}
