// The conversations that the desk holds: mine are followed over the socket all the
// time, others only while they are looked at.

import { type Detail, type Event, type Floor, type Item, Refusal } from '../api';
import type { Drafts } from './drafts';
import type { Host } from './host';
import { Talk } from './talk';

const TYPING_MS = 4_000;

export class Talks {
  /** The conversation that does not exist, or is not for us. */
  missing: string | null = null;

  readonly #host: Host;
  readonly #drafts: Drafts;
  readonly #onWritten: (talk: Talk) => void;
  readonly #talks = new Map<string, Talk>();
  readonly #followed = new Set<string>();
  #seen: Record<string, number> = {};

  constructor(host: Host, drafts: Drafts, onWritten: (talk: Talk) => void) {
    this.#host = host;
    this.#drafts = drafts;
    this.#onWritten = onWritten;
  }

  of(id: string): Talk | null {
    return this.#talks.get(id) ?? null;
  }

  all(): Talk[] {
    return [...this.#talks.values()];
  }

  isMine(item: Item): boolean {
    return !!this.#host.me && item.agent?.id === this.#host.me;
  }

  /** An agent has signed in; the read marks are theirs. */
  begin(): void {
    try {
      this.#seen = JSON.parse(this.#host.shelf.getItem(this.#seenKey()) ?? '{}') as Record<string, number>;
    } catch {
      this.#seen = {};
    }
  }

  end(): void {
    this.#talks.clear();
    this.#followed.clear();
  }

  // ── looking ─────────────────────────────────────────────────────────────────

  async turnTo(id: string): Promise<void> {
    this.missing = null;
    const known = this.of(id);
    known?.open();
    if (known) known.highlight = null;
    await this.fetch(id);
  }

  turnFrom(id: string): void {
    const talk = this.of(id);
    if (!talk) return;
    talk.see();
    this.#remember(talk);
    if (!this.isMine(talk.item) && !talk.pending.length) this.#letGo(id);
  }

  /** Fetches a conversation and holds it; `null` where there is none. */
  async fetch(id: string): Promise<Talk | null> {
    try {
      return this.take(await this.#host.api.detail(id));
    } catch (error) {
      if (error instanceof Refusal && error.status === 404) this.missing = id;
      else this.#host.fail(error);
      return null;
    } finally {
      this.#host.changed();
    }
  }

  take(detail: Detail): Talk {
    const talk = this.#hold(detail.item, detail.through_seq);
    const isWhole = talk.take(detail);
    if (this.#isWatched(talk)) talk.see();
    this.#drafts.keepPending(talk.id, talk.pending);
    this.#remember(talk);
    this.#follow(talk);
    if (!isWhole) void this.fetch(talk.id);
    return talk;
  }

  takeFloor(floor: Floor): void {
    for (const item of floor.mine) {
      const seen = this.#seen[item.conversation_id];
      this.#follow(this.#hold(item, seen !== undefined && seen <= item.seq ? seen : null));
    }
    for (const item of [...floor.mine, ...floor.queue]) {
      const talk = this.of(item.conversation_id);
      if (talk && item.epoch >= talk.item.epoch) talk.item = item;
    }
  }

  #hold(item: Item, seen: number | null): Talk {
    const id = item.conversation_id;
    let talk = this.#talks.get(id);
    if (!talk) {
      talk = new Talk(item, seen);
      talk.pending = this.#drafts.pendingOf(id, this.#host.world.now());
      this.#talks.set(id, talk);
    }
    return talk;
  }

  // ── the socket ──────────────────────────────────────────────────────────────

  /** What to ask for on a new connection. */
  greet(): object[] {
    this.#followed.clear();
    return this.all().filter((talk) => this.#isWanted(talk)).map((talk) => this.#subscription(talk));
  }

  receive(id: string, events: Event[], through_seq: number): void {
    const talk = this.of(id);
    if (!talk) return;
    const { gap, fresh } = talk.receive(events, through_seq, this.#isWatched(talk));
    this.#drafts.keepPending(id, talk.pending);
    this.#remember(talk);
    this.#overtake(talk, fresh);
    this.#tellWritten(talk, fresh);
    const taken = fresh.findLast((event) => event.kind === 'taken_over');
    if (taken?.kind === 'taken_over' && taken.from?.id === this.#host.me) {
      const customer = talk.item.contact.name ?? talk.item.subject;
      this.#host.say({ key: 'taken_over_notice', values: { name: taken.agent.name, customer }, tone: 'info' });
    }
    // More than words: owner, epoch or package may have changed.
    const moved = fresh.some((event) => event.kind !== 'message_added');
    if (talk.detail && (gap || moved)) void this.fetch(id);
  }

  resync(id: string): void {
    const talk = this.of(id);
    if (!talk) return;
    talk.forget();
    this.#remember(talk);
    void this.fetch(id);
  }

  /** A colleague writes in a conversation that I look at. */
  colleagueTyped(id: string, name: string, isNote: boolean): void {
    const talk = this.of(id);
    if (!talk) return;
    talk.colleague = { name, isNote, until: this.#host.world.now() + TYPING_MS };
    this.#host.world.after(TYPING_MS, () => this.#host.changed());
  }

  /** A customer of mine wrote, while I was here to be told of it. */
  #tellWritten(talk: Talk, fresh: Event[]): void {
    const isTheirs = (event: Event) => event.kind === 'message_added' && event.role === 'customer';
    if (this.isMine(talk.item) && fresh.some(isTheirs)) this.#onWritten(talk);
  }

  /** Somebody else's answer to a customer whom I am answering too. */
  #overtake(talk: Talk, events: Event[]): void {
    for (const event of events) {
      if (event.kind !== 'message_added' || event.role !== 'agent') continue;
      talk.colleague = null;
      const isOthers = event.agent?.id !== this.#host.me && !event.private;
      if (isOthers && this.#drafts.of(talk.id).reply.trim()) talk.overtaken_by = event.agent?.name ?? '';
    }
  }

  customerTyped(id: string): void {
    const talk = this.of(id);
    if (!talk) return;
    talk.typing_until = this.#host.world.now() + TYPING_MS;
    this.#host.world.after(TYPING_MS, () => this.#host.changed());
  }

  #isWatched(talk: Talk): boolean {
    return this.#host.watching && this.#host.open === talk;
  }

  #isWanted(talk: Talk): boolean {
    return this.isMine(talk.item) || talk === this.#host.open;
  }

  #subscription(talk: Talk): object {
    this.#followed.add(talk.id);
    return { type: 'subscribe', conversation: talk.id, after: talk.cursor };
  }

  #follow(talk: Talk): void {
    if (this.#followed.has(talk.id) || !this.#host.connected || !this.#isWanted(talk)) return;
    this.#host.tell(this.#subscription(talk));
  }

  /** Not followed, it would grow old: it is fetched anew when it is opened again. */
  #letGo(id: string): void {
    if (this.#followed.delete(id)) this.#host.tell({ type: 'unsubscribe', conversation: id });
    this.#talks.delete(id);
  }

  // ── read marks ──────────────────────────────────────────────────────────────

  #remember(talk: Talk): void {
    if (this.#seen[talk.id] === talk.seen) return;
    this.#seen[talk.id] = talk.seen;
    try {
      this.#host.shelf.setItem(this.#seenKey(), JSON.stringify(this.#seen));
    } catch {
      // Unread marks then begin anew after a reload.
    }
  }

  #seenKey(): string {
    return `segue.seen.${this.#host.me}`;
  }
}
