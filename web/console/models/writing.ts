// Writing and sending. What is written is kept at every keystroke; what is sent shows
// at once and goes again until the server has it, under one id, so that it is never
// doubled. A first message is checked before it goes (P29, P40, P42).

import { Basket } from '../../shared/basket';
import type { Attached } from '../../shared/wire';
import { randomId } from '../../shared/world';
import { type Detail, type Event, type Fault, Refusal } from '../api';
import { holesOf } from './canned';
import { type Draft, type Drafts, HOLDER_GRACE_MS, type Pending } from './drafts';
import { Guards } from './guards';
import type { Host } from './host';
import { isSignedOut, mayPass, noticeOf } from './notice';
import type { Talk } from './talk';
import type { Talks } from './talks';

/** As the server has it (crates/core/src/file, crates/server/src/desk/attach.rs). */
const MAX_FILES = 5;
const MAX_FILE_BYTES = 10 * 1024 * 1024;
const TYPED_EVERY_MS = 2_000;
const CHECK_AFTER_MS = 400;
/** A message that was kept from an earlier visit goes by itself only so long after it was
    written; an older one is given back, since the customer may have gone on meanwhile. */
const STILL_FRESH_MS = 10 * 60_000;
/** A check that takes longer does not hold up the message. */
const CHECK_PATIENCE_MS = 1_500;

type Introduction = NonNullable<Detail['introduction']>;

export class Writing {
  readonly guards: Guards;
  readonly #host: Host;
  readonly #drafts: Drafts;
  readonly #talks: Talks;
  readonly #undoMs: () => number;
  readonly #typed_at = new Map<string, number>();
  readonly #baskets = new Map<string, Basket>();
  /** Messages that the server has not answered yet. */
  readonly #under_way = new Map<Pending, Promise<void>>();
  #cancel_check: () => void = () => {};

  /** `undoMs`: how long a reply can be taken back before it goes. */
  constructor(host: Host, drafts: Drafts, talks: Talks, undoMs: () => number) {
    this.#host = host;
    this.#undoMs = undoMs;
    this.guards = new Guards(host);
    this.#drafts = drafts;
    this.#talks = talks;
  }

  draft(id: string): Draft {
    return this.#drafts.of(id);
  }

  isBegun(id: string): boolean {
    const { reply, note } = this.draft(id);
    const hasFiles = (writes: Draft['writes']) => !this.basket(id, writes).isEmpty;
    return !!(reply.trim() || note.trim()) || hasFiles('reply') || hasFiles('note');
  }

  /** The files that go with the next reply or note. */
  basket(id: string, writes: Draft['writes']): Basket {
    const key = `${writes} ${id}`;
    let basket = this.#baskets.get(key);
    if (!basket) {
      basket = new Basket({
        carrier: this.#host.api.carrier(id),
        newId: randomId,
        max_files: MAX_FILES,
        max_bytes: MAX_FILE_BYTES,
        onChange: () => this.#host.changed(),
      });
      this.#baskets.set(key, basket);
    }
    return basket;
  }

  /** What the composer writes: a reply only where one may go out. */
  kindOf(talk: Talk): Draft['writes'] {
    return this.#talks.isMine(talk.item) ? this.draft(talk.id).writes : 'note';
  }

  write(talk: Talk, change: Partial<Draft>): void {
    this.#drafts.change(talk.id, change);
    if (change.reply !== undefined) {
      talk.doubted = null;
      talk.left_open = null;
      if (this.#talks.isMine(talk.item)) this.#tellTyping(talk.id, false);
      this.checkSoon(talk);
    }
    if (change.note !== undefined) this.#tellTyping(talk.id, true);
    this.#host.changed();
  }

  #tellTyping(id: string, note: boolean): void {
    const now = this.#host.world.now();
    const key = `${note ? 'note' : 'reply'} ${id}`;
    if (now - (this.#typed_at.get(key) ?? -TYPED_EVERY_MS) < TYPED_EVERY_MS) return;
    if (this.#host.tell({ type: 'typing', conversation: id, ...(note && { note }) })) this.#typed_at.set(key, now);
  }

  // ── the introduction ────────────────────────────────────────────────────────

  /** The drafted introduction, while it is mine to send (P29). */
  introductionOf(talk: Talk): Introduction | null {
    if (!this.#talks.isMine(talk.item) || talk.pending.some((one) => !one.private)) return null;
    return talk.detail?.introduction ?? null;
  }

  /** Puts the introduction into the composer. A reply that was begun is kept below it. */
  editIntroduction(talk: Talk): void {
    const introduction = this.introductionOf(talk);
    if (!introduction) return;
    if (!this.draft(talk.id).reply.includes(introduction.text)) this.#drafts.putBack(talk.id, 'reply', introduction.text);
    this.checkSoon(talk);
  }

  /** Puts the introduction in the place of a cold opening (P42). */
  useIntroduction(talk: Talk): void {
    const introduction = this.introductionOf(talk);
    if (!introduction) return;
    this.guards.forget(talk.id);
    this.write(talk, { reply: introduction.text });
    this.#host.wishFor('composer');
  }

  /** Takes a question out of the reply that the customer has answered already, or says
      something else in its place. */
  mendQuestion(talk: Talk, instead = ''): void {
    const question = this.guards.of(talk.id)?.asks_again?.question;
    const { reply } = this.draft(talk.id);
    if (!question || !reply.includes(question)) return;
    this.guards.forget(talk.id);
    const [before = '', ...after] = reply.split(question);
    this.write(talk, { reply: [before.trimEnd(), instead, after.join(question).trimStart()].filter(Boolean).join(' ') });
    this.#host.wishFor('composer');
  }

  async sendIntroduction(talk: Talk): Promise<void> {
    const introduction = this.introductionOf(talk);
    if (introduction) await this.#send(talk, this.#queue(talk, introduction.text, [], false));
  }

  // ── the check ───────────────────────────────────────────────────────────────

  checkSoon(talk: Talk): void {
    if (this.#isChecked(talk)) this.guards.lookSoon(talk, this.draft(talk.id).reply.trim());
    this.#cancel_check();
    this.#cancel_check = this.#host.world.after(CHECK_AFTER_MS, () => void this.#check(talk));
  }

  /** Reads what is written for what would hurt: a cold opening, or what has failed already. */
  async #check(talk: Talk): Promise<void> {
    const text = this.draft(talk.id).reply.trim();
    if (!this.#isChecked(talk)) return;
    try {
      const faults = text ? await this.#faultsOf(talk, text) : [];
      if (this.draft(talk.id).reply.trim() === text) talk.faults = faults;
      this.#host.changed();
    } catch {
      // The check is a help; without it the message can still be sent.
    }
  }

  async #faultsOf(talk: Talk, text: string): Promise<Fault[]> {
    const { faults } = await this.#host.api.checkIntroduction(talk.id, text);
    // Only a first message has to introduce; none may repeat what failed.
    return talk.detail?.introduction ? faults : faults.filter((fault) => fault === 'repeats_attempt');
  }

  #isChecked(talk: Talk): boolean {
    return !!talk.detail?.package && this.#talks.isMine(talk.item);
  }

  /** Whether a reply is without fault. Where it is not, its second sending needs no check. */
  async #isFaultless(talk: Talk, text: string): Promise<boolean> {
    this.#cancel_check();
    talk.checking = true;
    this.#host.changed();
    const patience = new Promise<Fault[]>((resolve) => {
      this.#host.world.after(CHECK_PATIENCE_MS, () => resolve([]));
    });
    const faults = Promise.race([this.#faultsOf(talk, text).catch((): Fault[] => []), patience]);
    // Side by side: what is shown of the one must not wait, deaf to a second press, for the other.
    const [found, mayGo] = await Promise.all([faults, this.guards.mayGo(talk.id, text)]);
    talk.faults = found;
    talk.checking = false;
    talk.doubted = talk.faults.length || !mayGo ? text : null;
    this.#host.changed();
    return talk.doubted === null;
  }

  // ── sending ─────────────────────────────────────────────────────────────────

  /** Sends what is in the composer: at once on screen, then to the server. */
  async send(talk: Talk): Promise<void> {
    const writes = this.kindOf(talk);
    const text = this.draft(talk.id)[writes].trim();
    const basket = this.basket(talk.id, writes);
    if ((!text && !basket.ready.length) || basket.isBusy || talk.checking) return;
    // What is still open is shown first; braces may be meant, so the second press lets them be.
    if (writes === 'reply' && holesOf(text).length && talk.left_open !== text) {
      talk.left_open = text;
      return this.#host.wishFor('hole');
    }
    const needsCheck = !!text && writes === 'reply' && this.#isChecked(talk) && talk.doubted !== text;
    if (needsCheck && !(await this.#isFaultless(talk, text))) return;
    talk.faults = [];
    talk.doubted = null;
    talk.left_open = null;
    // The composer stays what it was: a second note must not become a reply.
    this.#drafts.change(talk.id, { [writes]: '' });
    talk.overtaken_by = null;
    const pending = this.#queue(talk, text, basket.take(), writes === 'note');
    if (writes === 'reply') {
      pending.warned = this.guards.warned(talk.id, text);
      this.#drafts.keepPending(talk.id, talk.pending);
    }
    this.guards.forget(talk.id);
    await this.#send(talk, pending);
  }

  /** A reply waits for a moment in which it can be taken back; a note goes at once. */
  async #send(talk: Talk, pending: Pending): Promise<void> {
    if (pending.state !== 'held') return this.#post(talk, pending);
    this.#releaseLater(talk, pending);
    this.#host.changed();
  }

  #releaseLater(talk: Talk, pending: Pending): void {
    const grace_ms = pending.elsewhere ? HOLDER_GRACE_MS : 0;
    const wait_ms = (pending.goes_at ?? 0) + grace_ms - this.#host.world.now();
    this.#host.world.after(Math.max(0, wait_ms), () => void this.#release(talk, pending));
  }

  async #release(talk: Talk, pending: Pending): Promise<void> {
    if (pending.state !== 'held' || !talk.pending.includes(pending)) return;
    if (this.#isTakenElsewhere(talk, pending)) return this.#drop(talk, pending);
    if (this.#host.world.now() - pending.at <= STILL_FRESH_MS) return this.#post(talk, pending);
    // The machine has slept since: the customer may have gone on.
    pending.state = 'failed';
    await this.#giveBack(talk, pending);
  }

  /** Whether the page that held it has sent it or given it back. */
  #isTakenElsewhere(talk: Talk, pending: Pending): boolean {
    return !!pending.elsewhere && !this.#drafts.isShelved(talk.id, pending);
  }

  #drop(talk: Talk, pending: Pending): void {
    talk.pending = talk.pending.filter((one) => one !== pending);
    this.#drafts.keepPending(talk.id, talk.pending);
    this.#host.changed();
  }

  /** The last reply that can still be taken back. */
  heldOf(talk: Talk): Pending | null {
    return talk.pending.findLast(({ state, elsewhere }) => state === 'held' && !elsewhere) ?? null;
  }

  /** Sends what is held at once, in its order, and waits for what is under way: the
      conversation is left. `false` where some of it did not go. */
  async flush(id: string): Promise<boolean> {
    const talk = this.#talks.of(id);
    if (!talk) return true;
    const open = talk.pending.filter((one) => one.state === 'held' || this.#under_way.has(one));
    for (const pending of open) {
      // While the one before it went, it may have been taken back.
      if (pending.state !== 'held') await this.#under_way.get(pending);
      else if (!talk.pending.includes(pending)) continue;
      else if (this.#isTakenElsewhere(talk, pending)) this.#drop(talk, pending);
      else await this.#post(talk, pending);
    }
    return !open.some((one) => one.state === 'failed' || (one.state === 'held' && talk.pending.includes(one)));
  }

  /** The page goes away: who pressed "send" wants it sent, and there is no time to wait. */
  flushAll(): void {
    for (const talk of this.#talks.all()) {
      const held = talk.pending.filter(({ state, elsewhere }) => state === 'held' && !elsewhere);
      for (const pending of held) void this.#post(talk, pending);
    }
  }

  async retry(talk: Talk, pending: Pending): Promise<void> {
    if (pending.state === 'failed') await this.#post(talk, pending);
  }

  /** Messages that failed for want of a connection go again; the id keeps them single. What
      another page holds is looked at when that page should have sent it. */
  retryAll(): void {
    for (const talk of this.#talks.all()) {
      for (const pending of [...talk.pending]) {
        if (pending.elsewhere && pending.state === 'held') this.#releaseLater(talk, pending);
        else if (!this.#isStale(pending)) void this.retry(talk, pending);
        else void this.#giveBack(talk, pending);
      }
    }
  }

  #isStale({ state, at }: Pending): boolean {
    return state === 'failed' && this.#host.world.now() - at > STILL_FRESH_MS;
  }

  /** Gives back what was not sent. It may have gone out as the page was closed, when nobody
      was left to hear of it: what was said in the conversation tells. */
  async #giveBack(talk: Talk, pending: Pending): Promise<void> {
    const isIt = (event: Event) => event.kind === 'message_added' && event.client_message_id === pending.client_message_id;
    let hasGone: boolean;
    try {
      hasGone = (await this.#host.api.detail(talk.id)).events.some(isIt);
    } catch {
      // It stays as it is; the next connection asks again.
      return this.#host.changed();
    }
    // Sent again or taken back meanwhile.
    if (pending.state !== 'failed' || !talk.pending.includes(pending)) return;
    if (hasGone) return this.#drop(talk, pending);
    this.takeBack(talk, pending);
    this.#host.say({ key: 'unsent_given_back', values: { name: talk.item.contact.name ?? talk.item.subject }, tone: 'info' });
  }

  /** Takes a message that did not go back into the composer. */
  takeBack(talk: Talk, pending: Pending): void {
    talk.pending = talk.pending.filter((one) => one !== pending);
    this.#drafts.keepPending(talk.id, talk.pending);
    const writes = pending.private ? 'note' : 'reply';
    this.basket(talk.id, writes).putBack(pending.files ?? []);
    this.#drafts.putBack(talk.id, writes, pending.text);
    if (this.#host.open === talk) this.#host.wishFor('composer');
    this.#host.changed();
  }

  /** A reply that can no longer go out becomes a note, beside what stands there already. */
  makeNote(talk: Talk): void {
    const { reply } = this.draft(talk.id);
    this.#drafts.change(talk.id, { reply: '' });
    this.#drafts.putBack(talk.id, 'note', reply.trim());
    this.#host.wishFor('composer');
  }

  /** Gives back a note that could not be kept. */
  keepNote(id: string, note: string): void {
    if (note.trim()) this.#drafts.putBack(id, 'note', note.trim());
  }

  #queue(talk: Talk, text: string, files: Attached[], isPrivate: boolean): Pending {
    const at = this.#host.world.now();
    const { epoch } = talk.item;
    const wait_ms = isPrivate ? 0 : this.#undoMs();
    const pending: Pending = { client_message_id: randomId(), text, files, private: isPrivate, epoch, at, state: 'sending' };
    // On the shelf as well: another page must not take it for one that nobody is sending.
    if (wait_ms) Object.assign(pending, { state: 'held', goes_at: at + wait_ms });
    talk.pending.push(pending);
    this.#drafts.keepPending(talk.id, talk.pending);
    return pending;
  }

  #post(talk: Talk, pending: Pending): Promise<void> {
    const posting = this.#postNow(talk, pending).finally(() => this.#under_way.delete(pending));
    this.#under_way.set(pending, posting);
    return posting;
  }

  async #postNow(talk: Talk, pending: Pending): Promise<void> {
    const { client_message_id, text, epoch } = pending;
    const files = (pending.files ?? []).map(({ id }) => id);
    pending.state = 'sending';
    this.#host.changed();
    try {
      await (pending.private
        ? this.#host.api.note(talk.id, { client_message_id, text, files })
        : this.#host.api.reply(talk.id, { epoch, client_message_id, text, files, warned: pending.warned ?? [] }));
    } catch (error) {
      return this.#notSent(talk, pending, error);
    }
    pending.state = 'sent';
    if (!pending.private && talk.detail) talk.detail.introduction = null;
    this.#host.changed();
    // The event comes by the socket; without one, ask.
    if (!this.#host.connected) await this.#talks.fetch(talk.id);
  }

  async #notSent(talk: Talk, pending: Pending, error: unknown): Promise<void> {
    pending.state = 'failed';
    if (mayPass(error)) return this.#host.changed();
    // The server will not take it as it is: back into the composer, with the reason.
    this.takeBack(talk, pending);
    if (isSignedOut(error)) return this.#host.fail(error);
    await this.#talks.fetch(talk.id);
    const lost = error instanceof Refusal && error.status === 409 && !this.#talks.isMine(talk.item);
    this.#host.say(lost ? { key: 'no_longer_yours', tone: 'bad' } : noticeOf(error));
  }
}
