// One visitor's conversation, from the first click to the rating. It holds what the
// customer wants (lines to send, a person to talk to) and what the server said, and
// brings the two together again after every loss: reload, sleep, no network.
//
// Nothing that the customer asked for waits for the screen: `settle` is called until
// the server has all of it, and the shelf remembers it meanwhile.

import { Backoff } from '../../shared/backoff';
import { ResumingSocket, type Line as SocketLine } from '../../shared/socket';
import type { Attached, ConversationView, WidgetFrame } from '../../shared/wire';
import type { World } from '../../shared/world';
import { type Api, type Config, mayPass, NoConversation, NoInbox, Refusal, UnknownVisitor, Unreachable } from './api';
import type { Files } from '../files';
import { Conversation, humanComes } from './conversation';
import { Courier } from './courier';
import { Form } from './form';
import { Newest } from './newest';
import { Outbox } from './outbox';
import { Reader } from './reader';
import type { Shelf } from './shelf';
import type { Transcript } from './transcript';
import { Visitor } from './visitor';
import { Place } from './wait';
import { Words } from './words';

export interface SessionOptions {
  api: Api;
  shelf: Shelf;
  world: World;
  dial(): SocketLine;
  newId(): string;
  /** The language to ask for. */
  language: string;
  /** Something changed; draw again. */
  onChange(): void;
}

/** A key of the words about what went wrong. */
export type Trouble = 'failed' | 'slow_down' | 'email_bad';

/** An event that a reply announced is fetched if the socket is silent this long. */
const PATIENCE_MS = 3_000;
const TYPING_EVERY_MS = 3_000;
/** A dropped socket comes back by itself; after this many failures plain HTTP helps out. */
const FAILURES_BEFORE_POLLING = 2;
const POLL_EVERY_MS = 5_000;
/** An inbox may be made again, or the site's snippet be older than the page. */
const UNAVAILABLE_MS = 60_000;

/** The conversation was left while something about it was on its way. */
class Left extends Error {}

export class Session {
  readonly words = new Words();
  readonly outbox: Outbox;
  readonly reader: Reader;
  readonly newest: Newest;
  form = new Form();
  place = new Place();

  config: Config | null = null;
  /** Whether the server can be reached, as far as is known. */
  reach: 'unknown' | 'yes' | 'no' = 'yes';
  /** About the last thing that the customer tried. */
  trouble: Trouble | null = null;
  /** Offers of a person that the customer declined, by the line's key. */
  readonly declined = new Set<string>();

  readonly #options: SessionOptions;
  readonly #visitor: Visitor;
  readonly #conversation: Conversation;
  readonly #courier: Courier;
  readonly #backoff: Backoff;
  readonly #socket: ResumingSocket<WidgetFrame>;
  /** The part that handles files, once it was needed. */
  files: Files | null = null;
  /** The part that shows a wait, once there was one. */
  waiting: typeof import('../waiting') | null = null;
  #settling = false;
  #wantsMore = false;
  #cancelRetry: () => void = () => {};
  #handingOff: Promise<void> | null = null;
  #startsOver = false;
  /** The last event that a reply announced. */
  #expectedSeq = 0;
  #socketFailures = 0;
  #typedAt = 0;
  #isShown = false;
  /** The state that form and place belong to. */
  #stage = '';

  constructor(options: SessionOptions) {
    this.#options = options;
    const { api, shelf, world } = options;
    this.#visitor = new Visitor(api, shelf);
    this.outbox = new Outbox(shelf);
    this.#conversation = new Conversation({ outbox: this.outbox, shelf, world, onChange: () => this.#changed() });
    this.reader = new Reader(api, () => this.#changed());
    this.newest = new Newest(() => this.#changed());
    this.#courier = new Courier(api, this.outbox, world);
    this.#backoff = new Backoff(world.random);
    this.#socket = new ResumingSocket<WidgetFrame>({
      dial: options.dial,
      greet: () => [this.#hello()],
      onFrame: (frame) => this.#hear(frame),
      onState: () => this.#watchSocket(),
      world,
    });
  }

  /** Where the conversation stands; `null` before there is one. */
  get view(): ConversationView | null {
    return this.#conversation.view;
  }

  get transcript(): Transcript {
    return this.#conversation.transcript;
  }

  /** Whether this visitor has been here before, so that there may be news. */
  get isKnown(): boolean {
    return this.#visitor.isKnown;
  }

  /** Whether the conversation so far has been fetched. */
  get loaded(): boolean {
    return this.transcript.through_seq > 0;
  }

  /** The customer asked for a person and the server has not confirmed (P19). */
  get wantsPerson(): boolean {
    return this.#options.shelf.get('person') !== null;
  }

  /** Messages that the customer has not seen. */
  get unread(): number {
    return this.#conversation.unread;
  }

  /** The most that can be sent at once, if `text` is longer. */
  tooLong(text: string): number | null {
    const max = this.config?.max_message_length ?? Infinity;
    return [...text].length > max ? max : null;
  }

  // What the customer does.

  start(): void {
    void this.#settle();
  }

  say(text: string, files?: Attached[]): void {
    const { newId, world } = this.#options;
    this.outbox.add(newId(), text, this.view?.id ?? null, world.now(), files);
    this.trouble = null;
    void this.#settle();
  }

  /** What is in the field, from now on. */
  write(text: string): void {
    this.outbox.draft = text;
    this.#typing();
    this.#changed();
  }

  /** Whether there is something to send, and nothing of it still on its way here. */
  get maySend(): boolean {
    const text = this.outbox.draft.trim();
    return !this.tooLong(text) && (this.files?.maySend(text) ?? !!text);
  }

  sendDraft(): void {
    if (!this.maySend) return;
    this.say(this.outbox.draft.trim(), this.files?.take());
    this.outbox.draft = '';
  }

  /** Files were chosen, pasted or dropped; or there are some to be shown. */
  attach(files: File[] = []): undefined {
    // Where it does not come, the next drawing or the next choice asks for it again; that
    // there is no connection is said already.
    import('../files').then(
      (part) => {
        this.files ??= new part.Files(this, this.#options.api, () => this.#changed());
        // Which draws.
        this.files.add(files);
      },
      () => {},
    );
  }

  /** Somebody waits: the part for that is fetched, again with each drawing until it comes. */
  bringWaiting(): undefined {
    import('../waiting').then(
      (part) => {
        if (this.waiting) return;
        this.waiting = part;
        this.#changed();
      },
      () => {},
    );
  }

  fill(change: Partial<Form>): void {
    Object.assign(this.form, change);
    this.#changed();
  }

  /** Tries a line again at once, by its key. */
  retry(key: string): void {
    this.outbox.retry(key);
    void this.#settle();
  }

  /** One click, from every state in which no human is there or coming (P19). */
  askForPerson(): void {
    if (humanComes(this.view)) return;
    this.#options.shelf.put('person', '1');
    this.trouble = null;
    // Not behind a message that is being sent: at once.
    if (this.view) this.#handOff().catch((error: unknown) => this.#fail(error));
    else void this.#settle();
    this.#changed();
  }

  declineOffer(key: string): void {
    this.declined.add(key);
    this.#changed();
  }

  cancelWait(): Promise<boolean> {
    return this.#tell('handoff/cancel');
  }

  /** The answer by e-mail, please (P32), or word when the turn is near. */
  async sendEmail(): Promise<void> {
    if (this.form.isBusy) return;
    this.fill({ isBusy: true, fault: null });
    const fault = await this.#giveEmail(this.form.email.trim());
    this.fill({ isBusy: false, fault });
  }

  /** What is wrong with it, if something is. */
  async #giveEmail(email: string): Promise<Trouble | null> {
    if (!/^\S+@\S+\.\S+$/.test(email)) return 'email_bad';
    try {
      const what = this.form.ask ?? 'email';
      this.#accept(await this.#options.api.tell(this.#id(), what, { email }));
      this.fill({ ask: null });
      return null;
    } catch (error) {
      if (error instanceof Refusal && [400, 413, 422].includes(error.status)) return 'email_bad';
      this.#recover(error);
      return 'failed';
    }
  }

  async judge(attempt_id: string, helped: boolean): Promise<void> {
    this.transcript.judge(attempt_id, helped ? 'helped' : 'did_not_help');
    if (!(await this.#tell(`attempts/${attempt_id}`, { helped }))) {
      this.transcript.judge(attempt_id, 'unknown');
      this.#changed();
    }
  }

  resolve(): Promise<boolean> {
    return this.#tell('resolve');
  }

  rate(score: number, repeated: boolean | null): Promise<boolean> {
    return this.#tell('rating', { score, repeated });
  }

  /** Leaves a resolved conversation for a new one. */
  startOver(): void {
    this.#forgetConversation();
    this.#startsOver = true;
    void this.#settle();
  }

  #typing(): void {
    const now = this.#options.world.now();
    if (now - this.#typedAt < TYPING_EVERY_MS) return;
    if (this.#socket.send({ type: 'typing' })) this.#typedAt = now;
  }

  /** Whether the customer has the conversation before their eyes. */
  show(isShown: boolean): void {
    this.#isShown = isShown;
    this.#changed();
  }

  // What the browser reports.

  /** The page woke up or the network is back. */
  wake(): void {
    this.#backoff.reset();
    this.#socket.wake();
    void this.#settle();
  }

  networkLost(): void {
    this.reach = 'no';
    this.#socket.drop();
    this.#changed();
  }

  /** Another tab put something on the shelf. */
  shelfChanged(): void {
    this.outbox.load();
    const entered = this.#options.shelf.get('conversation');
    const left = this.view && entered && entered !== this.view.id ? this.view.id : null;
    if (left) this.outbox.release(left);
    if (this.#visitor.follow() || left) this.#forgetConversation();
    else if (!this.wantsPerson && !this.outbox.next()) return this.#changed();
    void this.#settle();
  }

  // Bringing wish and fact together.

  async #settle(): Promise<void> {
    this.#cancelRetry();
    this.#wantsMore = true;
    this.#changed();
    if (this.#settling) return;
    this.#settling = true;
    try {
      while (this.#wantsMore) {
        this.#wantsMore = false;
        // Side by side: no word and no colour may hold up a wish for a person.
        const both = await Promise.allSettled([this.#prepare(), this.#catchUp()]);
        for (const one of both) if (one.status === 'rejected') throw one.reason;
      }
      this.reach = 'yes';
      if (this.trouble === 'slow_down') this.trouble = null;
      this.#backoff.reset();
      if (this.reader.screen.kind === 'unavailable') this.reader.close();
      if (this.#socketFailures >= FAILURES_BEFORE_POLLING) this.#settleAfter(POLL_EVERY_MS);
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#settling = false;
      this.#changed();
    }
  }

  #settleAfter(ms: number): void {
    this.#cancelRetry();
    this.#cancelRetry = this.#options.world.after(ms, () => void this.#settle());
  }

  /** Fetches words and settings, each once. */
  async #prepare(): Promise<void> {
    const { api, language } = this.#options;
    const words = async () => {
      if (!this.words.loaded) this.words.load(await api.words(language));
    };
    const config = async () => {
      this.config ??= await api.config();
    };
    const draw = () => this.#changed();
    await Promise.all([words().then(draw), config().then(draw)]);
  }

  async #catchUp(): Promise<void> {
    const { api } = this.#options;
    await this.#visitor.introduce();
    const isFresh = await this.#find();
    if (this.wantsPerson) await this.#handOff();
    await this.#courier.deliver(
      () => this.#id(),
      (sent, id) => {
        if (sent && id === this.view?.id) this.#expect(sent.seq);
        this.#changed();
      },
    );
    if (this.#socket.state.kind === 'open') return;
    if (!isFresh) this.#accept(await api.view(this.#id()));
    await this.#pull();
  }

  /** Resumes the conversation that this visitor's tabs are in, or opens one; whether it had to. */
  async #find(): Promise<boolean> {
    const { api, shelf } = this.#options;
    if (this.view) return false;
    const startsOver = this.#startsOver;
    const known = startsOver ? [] : await api.conversations();
    // Asked for meanwhile: what was listed is not wanted any more.
    if (startsOver !== this.#startsOver) return this.#find();
    const kept = shelf.get('conversation');
    const view = known.find(({ id }) => id === kept) ?? known[0] ?? (await this.#open());
    this.#startsOver = false;
    shelf.put('conversation', view.id);
    this.#conversation.enter(view);
    this.#accept(view);
    this.#socket.start();
    return true;
  }

  async #open(): Promise<ConversationView> {
    const { api, shelf, language } = this.#options;
    const before = shelf.get('conversation');
    const made = await api.open(language);
    this.#conversation.markOpened(made);
    // Another tab may have been quicker; its conversation is this one's too.
    const meanwhile = shelf.get('conversation');
    return meanwhile === before || !meanwhile ? made : api.view(meanwhile);
  }

  #handOff(): Promise<void> {
    this.#handingOff ??= this.#requestPerson().finally(() => {
      this.#handingOff = null;
      this.#changed();
    });
    return this.#handingOff;
  }

  async #requestPerson(): Promise<void> {
    const { api, shelf } = this.#options;
    try {
      this.#accept(await api.tell(this.#id(), 'handoff'));
    } catch (error) {
      if (!(error instanceof Refusal) || mayPass(error)) throw error;
      // A conflict says that somebody is there already; the view tells who.
      if (error.status === 409) this.#accept(await api.view(this.#id()));
      if (humanComes(this.view)) return;
      this.trouble = 'failed';
      shelf.remove('person');
    }
  }

  /** Fetches what is new, page by page. */
  async #pull(): Promise<void> {
    for (;;) {
      const id = this.#id();
      const before = this.transcript.through_seq;
      const { events, through_seq } = await this.#options.api.events(id, before);
      if (id !== this.view?.id) throw new Left();
      this.transcript.receive(events, through_seq);
      this.#changed();
      if (through_seq <= before || through_seq >= this.view.seq) return;
    }
  }

  /** A reply named this seq; if the socket does not bring it, fetch it. */
  #expect(seq: number): void {
    if (seq <= Math.max(this.#expectedSeq, this.transcript.through_seq)) return;
    this.#expectedSeq = seq;
    this.#options.world.after(PATIENCE_MS, () => {
      if (!this.view || this.transcript.through_seq >= this.#expectedSeq) return;
      // A line that does not bring what it should may be dead.
      this.#socket.wake();
      this.#pull().catch((error: unknown) => this.#fail(error));
    });
  }

  /** Any other act of the customer; whether it succeeded. */
  async #tell(what: string, body: object = {}): Promise<boolean> {
    this.trouble = null;
    this.#changed();
    try {
      this.#accept(await this.#options.api.tell(this.#id(), what, body));
      return true;
    } catch (error) {
      if (!(error instanceof Refusal) || error.status !== 409) this.trouble = 'failed';
      this.#recover(error);
      return false;
    }
  }

  /** After a refusal the view is looked at again: the conversation may have moved on. */
  #recover(error: unknown): void {
    if (error instanceof Refusal || error instanceof NoConversation) void this.#refresh();
    else this.#fail(error);
  }

  async #refresh(): Promise<void> {
    try {
      this.#accept(await this.#options.api.view(this.#id()));
      await this.#pull();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Takes note of what went wrong and tries again when that makes sense. */
  #fail(error: unknown): void {
    let wait = error instanceof Left ? 0 : this.#backoff.next();
    if (error instanceof Unreachable) this.reach = 'no';
    if (error instanceof Refusal) {
      wait = Math.max(wait, error.retryAfterMs ?? 0);
      if (error.status === 429) {
        this.trouble = 'slow_down';
        this.#courier.rest(wait);
      } else if (error.passing) this.reach = 'unknown';
    }
    if (error instanceof UnknownVisitor && this.#visitor.forget(error)) this.#forgetConversation();
    if (error instanceof NoConversation && error.id === this.view?.id) this.#forgetConversation();
    // Nobody there could be asked for; what was begun before is found again.
    const isClosed = error instanceof Refusal && error.code === 'inbox_closed';
    if (isClosed) {
      this.#options.shelf.remove('person');
      this.#startsOver = false;
    }
    if (isClosed || error instanceof NoInbox) {
      this.reader.screen = { kind: 'unavailable', why: isClosed ? 'inbox_closed' : 'unavailable' };
      wait = UNAVAILABLE_MS;
    }
    this.#settleAfter(wait);
    this.#changed();
  }

  #forgetConversation(): void {
    this.#socket.stop();
    this.#socketFailures = 0;
    this.#conversation.leave();
    this.#expectedSeq = 0;
    this.#changed();
  }

  // What the server says.

  #hello(): object {
    const { token } = this.#options.api;
    return { type: 'hello', token, conversation: this.view?.id, after: this.transcript.through_seq };
  }

  #hear(frame: WidgetFrame): void {
    this.reach = 'yes';
    this.#conversation.hear(frame);
    this.#notice();
  }

  #watchSocket(): void {
    const state = this.#socket.state;
    if (state.kind === 'open') {
      this.#socketFailures = 0;
      // The network is back sooner than the next attempt was planned.
      if (this.wantsPerson || this.outbox.next()) void this.#settle();
    }
    if (state.kind === 'waiting') {
      this.#socketFailures = state.failures;
      // Where plain HTTP helps out, its success or failure says how things stand.
      if (state.failures >= FAILURES_BEFORE_POLLING) void this.#settle();
      else if (this.reach === 'yes') this.reach = 'unknown';
    }
    if (state.kind === 'refused') {
      const { token } = this.#options.api;
      this.#fail(state.code === 4401 ? new UnknownVisitor(token) : new NoConversation(this.view?.id ?? ''));
    }
    this.#changed();
  }

  #accept(view: ConversationView): void {
    this.#conversation.accept(view);
    this.#notice();
  }

  /** What follows from where the conversation stands now. */
  #notice(): void {
    const { view } = this;
    if (humanComes(view)) this.#options.shelf.remove('person');
    if (view) {
      this.#expect(view.seq);
      const stage = `${view.state} ${view.epoch}`;
      if (stage !== this.#stage) {
        this.#stage = stage;
        this.form = new Form();
        this.place = new Place();
      }
      this.place.note(view.wait);
    }
    this.#changed();
  }

  #changed(): void {
    if (this.#isShown) this.#conversation.markRead();
    this.#options.onChange();
  }

  #id(): string {
    // Only called behind `find`; a conversation that was forgotten meanwhile ends
    // the attempt, and the next one finds another.
    if (!this.view) throw new Left();
    return this.view.id;
  }
}
