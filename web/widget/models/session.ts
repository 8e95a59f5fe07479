// One visitor's conversation, from the first click to the rating. It holds what the
// customer wants (lines to send, a person to talk to) and what the server said, and
// brings the two together again after every loss: reload, sleep, no network.
//
// Nothing that the customer asked for waits for the screen: `settle` is called until
// the server has all of it, and the shelf remembers it meanwhile.

import { Backoff } from '../../shared/backoff';
import { ResumingSocket, type Line as SocketLine } from '../../shared/socket';
import type { Citation, ConversationView, WidgetFrame } from '../../shared/wire';
import type { World } from '../../shared/world';
import { type Api, type Config, mayPass, Refusal, Unreachable } from './api';
import { Outbox, type Pending } from './outbox';
import type { Shelf } from './shelf';
import { Transcript, TYPING_MS } from './transcript';
import { Words } from './words';

export interface SessionOptions {
  api: Api;
  shelf: Shelf;
  world: World;
  dial(): SocketLine;
  newId(): string;
  /** What the browser thinks of the network. */
  online(): boolean;
  /** The language to ask for. */
  language: string;
  /** Something changed; draw again. */
  onChange(): void;
}

export interface OpenArticle {
  id: string;
  title: string;
  content: { kind: 'loading' } | { kind: 'failed' } | { kind: 'ready'; text: string };
}

export interface EmailForm {
  /** A key of the words, or nothing wrong so far. */
  fault: 'email_bad' | 'failed' | null;
  busy: boolean;
}

export interface RatingForm {
  score: number | null;
  repeated: boolean | null;
  busy: boolean;
}

/** An event that was announced by a reply is fetched if the socket is silent this long. */
const PATIENCE_MS = 3_000;
const TYPING_EVERY_MS = 3_000;
/** A dropped socket comes back by itself; after this many failures plain HTTP helps out. */
const FAILURES_BEFORE_POLLING = 2;

export class Session {
  readonly words = new Words();
  readonly outbox: Outbox;
  transcript: Transcript;

  config: Config | null = null;
  view: ConversationView | null = null;
  /** The customer asked for a person and the server has not confirmed (P19). */
  wantsPerson: boolean;
  /** Whether the server can be reached, as far as is known. */
  reach: 'unknown' | 'yes' | 'no' = 'yes';
  /** The inbox does not exist; nothing will help. */
  closedForGood = false;
  /** A key of the words about the last thing that went wrong. */
  trouble: 'failed' | 'slow_down' | null = null;

  article: OpenArticle | null = null;
  emailForm: EmailForm | null = null;
  rating: RatingForm = { score: null, repeated: null, busy: false };
  /** Offers of a person that the customer declined, by the line's key. */
  readonly declined = new Set<string>();

  readonly #socket: ResumingSocket<WidgetFrame>;
  readonly #backoff: Backoff;
  #settling = false;
  #wantsMore = false;
  #cancelRetry: () => void = () => {};
  #handingOff: Promise<void> | null = null;
  #startsOver = false;
  #expectedSeq = 0;
  #typedAt = 0;
  #shown = false;

  readonly #options: SessionOptions;

  constructor(options: SessionOptions) {
    this.#options = options;
    const { shelf, world } = options;
    this.outbox = new Outbox(shelf);
    this.transcript = new Transcript(this.outbox);
    this.#backoff = new Backoff(world.random);
    this.wantsPerson = shelf.get('person') !== null;
    options.api.token = shelf.get('token');
    this.#socket = new ResumingSocket<WidgetFrame>({
      dial: options.dial,
      greet: () => [this.#hello()],
      onFrame: (frame) => this.#hear(frame),
      onState: () => this.#watchSocket(),
      world,
    });
  }

  /** Whether the conversation so far has been fetched. */
  get loaded(): boolean {
    return this.transcript.through_seq > 0;
  }

  /** Messages that the customer has not seen. */
  get unread(): number {
    return this.view ? this.transcript.unread(this.#readSeq()) : 0;
  }

  /** Why `text` cannot be sent as it is, or nothing. */
  tooLong(text: string): number | null {
    const max = this.config?.max_message_length ?? Infinity;
    return [...text].length > max ? max : null;
  }

  // What the customer does.

  start(): void {
    void this.#settle();
  }

  say(text: string): void {
    const { newId, world } = this.#options;
    this.outbox.add(newId(), text, this.view?.id ?? null, world.now());
    this.trouble = null;
    void this.#settle();
  }

  retry(entry: Pending): void {
    this.outbox.mark(entry, 'sending');
    void this.#settle();
  }

  /** One click, from every state in which no human is there or coming (P19). */
  askForPerson(): void {
    if (humanComes(this.view)) return;
    this.wantsPerson = true;
    this.trouble = null;
    this.#options.shelf.put('person', '1');
    // Not behind a message that is being sent: at once.
    if (this.view) this.#handOff().catch((error: unknown) => this.#fail(error));
    else void this.#settle();
    this.#options.onChange();
  }

  declineOffer(key: string): void {
    this.declined.add(key);
    this.#options.onChange();
  }

  cancelWait(): Promise<boolean> {
    this.emailForm = null;
    return this.#tell('handoff/cancel');
  }

  offerEmail(open: boolean): void {
    this.emailForm = open ? { fault: null, busy: false } : null;
    this.#options.onChange();
  }

  async giveEmail(email: string): Promise<void> {
    const form = this.emailForm;
    if (!form || form.busy) return;
    form.fault = /^\S+@\S+\.\S+$/.test(email) ? null : 'email_bad';
    form.busy = !form.fault;
    this.#options.onChange();
    if (form.fault) return;
    try {
      this.#accept(await this.#options.api.tell(this.#id(), 'email', { email }));
      this.emailForm = null;
    } catch (error) {
      form.fault = error instanceof Refusal && error.status === 400 ? 'email_bad' : 'failed';
      form.busy = false;
    }
    this.#options.onChange();
  }

  async judge(attempt_id: string, helped: boolean): Promise<void> {
    this.transcript.judge(attempt_id, helped ? 'helped' : 'did_not_help');
    if (!(await this.#tell(`attempts/${attempt_id}`, { helped }))) {
      this.transcript.judge(attempt_id, 'unknown');
      this.#options.onChange();
    }
  }

  resolve(): Promise<boolean> {
    return this.#tell('resolve');
  }

  rate(change: Partial<RatingForm>): void {
    Object.assign(this.rating, change);
    this.#options.onChange();
  }

  async sendRating(): Promise<void> {
    const { score, repeated, busy } = this.rating;
    if (!score || busy) return;
    this.rating.busy = true;
    await this.#tell('rating', { score, repeated });
    this.rating.busy = false;
    this.#options.onChange();
  }

  startOver(): void {
    this.#forgetConversation();
    this.#startsOver = true;
    void this.#settle();
  }

  async read(citation: Pick<Citation, 'article_id' | 'title'>): Promise<void> {
    const { article_id: id, title } = citation;
    const article: OpenArticle = { id, title, content: { kind: 'loading' } };
    this.article = article;
    this.#options.onChange();
    try {
      const { title, text } = await this.#options.api.article(id);
      article.title = title;
      article.content = { kind: 'ready', text };
    } catch {
      article.content = { kind: 'failed' };
    }
    this.#options.onChange();
  }

  closeArticle(): void {
    this.article = null;
    this.#options.onChange();
  }

  typing(): void {
    const now = this.#options.world.now();
    if (now - this.#typedAt < TYPING_EVERY_MS) return;
    if (this.#socket.send({ type: 'typing' })) this.#typedAt = now;
  }

  /** Whether the customer has the conversation before their eyes. */
  show(shown: boolean): void {
    this.#shown = shown;
    this.#markRead();
    this.#options.onChange();
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
    this.#options.onChange();
  }

  /** Another tab put something on the shelf. */
  shelfChanged(): void {
    this.outbox.load();
    this.#options.onChange();
  }

  // Bringing wish and fact together.

  async #settle(): Promise<void> {
    this.#cancelRetry();
    this.#wantsMore = true;
    this.#options.onChange();
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
      this.#backoff.reset();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#settling = false;
      this.#options.onChange();
    }
  }

  /** Fetches words and settings, each once. */
  async #prepare(): Promise<void> {
    const { api, language, onChange } = this.#options;
    await Promise.all([
      this.words.loaded || api.words(language).then((words) => this.words.load(words)).then(onChange),
      this.config ||
        api.config().then((config) => {
          this.config = config;
          onChange();
        }),
    ]);
  }

  async #catchUp(): Promise<void> {
    const { api } = this.#options;
    await this.#identify();
    const fresh = await this.#find();
    if (this.wantsPerson) await this.#handOff();
    await this.#deliver();
    if (this.#socket.state.kind === 'open') return;
    if (!fresh) this.#accept(await api.view(this.#id()));
    await this.#pull();
  }

  async #identify(): Promise<void> {
    const { api, shelf, language } = this.#options;
    if (api.token) return;
    const token = await api.newVisitor(language);
    // Another tab may have been quicker; one visitor is enough.
    api.token = shelf.get('token') ?? token;
    shelf.put('token', api.token);
  }

  /** Resumes the newest conversation or opens one; whether it had to. */
  async #find(): Promise<boolean> {
    const { api, language } = this.#options;
    if (this.view) return false;
    const known = this.#startsOver ? [] : await api.conversations();
    const view = known[0] ?? (await api.open(language));
    this.#startsOver = false;
    this.#accept(view);
    this.outbox.assign(view.id);
    this.#socket.start();
    return true;
  }

  #handOff(): Promise<void> {
    this.#handingOff ??= this.#requestPerson().finally(() => {
      this.#handingOff = null;
      this.#options.onChange();
    });
    return this.#handingOff;
  }

  async #requestPerson(): Promise<void> {
    const { api } = this.#options;
    try {
      this.#accept(await api.tell(this.#id(), 'handoff'));
      this.#forgetWish();
    } catch (error) {
      if (mayPass(error) || isLost(error)) throw error;
      this.#forgetWish();
      // A conflict says that somebody is there already; the view tells who.
      if (error instanceof Refusal && error.status === 409) {
        return this.#accept(await api.view(this.#id()));
      }
      this.trouble = 'failed';
    }
  }

  async #deliver(): Promise<void> {
    for (let entry = this.outbox.next(); entry; entry = this.outbox.next()) {
      const conversation = entry.conversation ?? this.#id();
      try {
        const { client_message_id, text } = entry;
        const { seq } = await this.#options.api.say(conversation, client_message_id, text);
        this.outbox.acknowledge(entry);
        if (conversation === this.view?.id) this.#expect(seq);
        this.trouble = null;
      } catch (error) {
        const elsewhere = conversation !== this.view?.id;
        if (elsewhere && isLost(error)) this.outbox.move(entry, this.#id());
        else if (mayPass(error) || isLost(error)) {
          this.outbox.mark(entry, 'delayed');
          throw error;
        } else this.outbox.mark(entry, 'refused');
      }
      this.#options.onChange();
    }
  }

  /** Fetches what is new, page by page. */
  async #pull(): Promise<void> {
    for (;;) {
      const id = this.#id();
      const before = this.transcript.through_seq;
      const { events, through_seq } = await this.#options.api.events(id, before);
      if (id !== this.view?.id) return;
      this.#take(() => this.transcript.receive(events, through_seq));
      if (through_seq <= before || through_seq >= (this.view?.seq ?? 0)) return;
    }
  }

  /** A reply named this seq; if the socket does not bring it, fetch it. */
  #expect(seq: number): void {
    this.#expectedSeq = Math.max(this.#expectedSeq, seq);
    this.#options.world.after(PATIENCE_MS, () => {
      if (this.transcript.through_seq < this.#expectedSeq) {
        this.#pull().catch((error: unknown) => this.#fail(error));
      }
    });
  }

  /** Any other act of the customer; whether it succeeded. */
  async #tell(what: string, body: object = {}): Promise<boolean> {
    this.trouble = null;
    this.#options.onChange();
    try {
      this.#accept(await this.#options.api.tell(this.#id(), what, body));
      return true;
    } catch (error) {
      // A conflict: the conversation has moved on, and its view says where to.
      if (error instanceof Refusal && error.status === 409) void this.#refresh();
      else this.trouble = 'failed';
      return false;
    } finally {
      this.#options.onChange();
    }
  }

  async #refresh(): Promise<void> {
    try {
      this.#accept(await this.#options.api.view(this.#id()));
      await this.#pull();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    const { api, shelf, world } = this.#options;
    if (error instanceof Unreachable) this.reach = 'no';
    else if (mayPass(error)) this.reach = 'unknown';
    let wait = this.#backoff.next();
    if (error instanceof Refusal) {
      wait = Math.max(wait, error.retryAfterMs ?? 0);
      if (error.status === 429) this.trouble = 'slow_down';
      if (error.status === 401) {
        shelf.remove('token');
        api.token = null;
      }
      if (isLost(error)) {
        if (this.config && this.view) this.#forgetConversation();
        else if (error.status === 404) this.closedForGood = true;
      }
    }
    this.#cancelRetry();
    if (!this.closedForGood) this.#cancelRetry = world.after(wait, () => void this.#settle());
    this.#options.onChange();
  }

  #forgetConversation(): void {
    this.#socket.stop();
    this.view = null;
    this.transcript = new Transcript(this.outbox);
    this.#expectedSeq = 0;
    this.emailForm = null;
    this.rating = { score: null, repeated: null, busy: false };
    this.#options.onChange();
  }

  #forgetWish(): void {
    this.wantsPerson = false;
    this.#options.shelf.remove('person');
  }

  // What the server says.

  #hello(): object {
    const { token } = this.#options.api;
    return { type: 'hello', token, conversation: this.view?.id, after: this.transcript.through_seq };
  }

  #hear(frame: WidgetFrame): void {
    this.reach = 'yes';
    if ('conversation' in frame) {
      const id = frame.type === 'welcome' ? frame.conversation.id : frame.conversation;
      if (id !== this.view?.id) return;
    }
    switch (frame.type) {
      case 'welcome':
        this.#accept(frame.conversation);
        break;
      case 'events':
        this.#take(() => this.transcript.receive(frame.events, frame.through_seq));
        // Plain messages change nothing but the transcript.
        if (frame.view) this.#accept(frame.view);
        break;
      case 'wait':
        if (this.view) this.view = { ...this.view, wait: frame.wait };
        break;
      case 'typing':
        this.transcript.sign(frame.who, frame.name, this.#options.world.now());
        this.#options.world.after(TYPING_MS, () => {
          this.transcript.fade(this.#options.world.now());
          this.#options.onChange();
        });
        break;
      case 'preview':
        this.transcript.draft(frame.epoch, frame.text);
        break;
      default:
        return;
    }
    this.#options.onChange();
  }

  #watchSocket(): void {
    const state = this.#socket.state;
    if (state.kind === 'waiting') {
      // Where plain HTTP helps out, its success or failure says how things stand.
      if (state.failures >= FAILURES_BEFORE_POLLING) void this.#settle();
      else if (this.reach === 'yes') this.reach = 'unknown';
    }
    // The network is back sooner than the next attempt was planned.
    if (state.kind === 'open' && (this.wantsPerson || this.outbox.next())) void this.#settle();
    if (state.kind === 'refused') {
      this.#fail(new Refusal(state.code === 4401 ? 401 : 404, 'socket', null));
    }
    this.#options.onChange();
  }

  /** Takes a view unless a newer one is here. */
  #accept(view: ConversationView): void {
    if (this.view?.id === view.id && view.seq < this.view.seq) return;
    if (this.view?.state === 'resolved' && view.state !== 'resolved') {
      this.rating = { score: null, repeated: null, busy: false };
    }
    this.view = view;
    this.transcript.advance(view.epoch);
    if (view.state !== 'queued') this.emailForm = null;
    if (humanComes(view)) this.#forgetWish();
    this.#options.onChange();
  }

  #take(arrive: () => void): void {
    arrive();
    this.#markRead();
    this.#options.onChange();
  }

  #markRead(): void {
    if (!this.#shown || !this.view) return;
    const seq = this.transcript.through_seq;
    if (seq > this.#readSeq()) this.#options.shelf.put(`read.${this.view.id}`, String(seq));
  }

  #readSeq(): number {
    return Number(this.#options.shelf.get(`read.${this.view?.id}`) ?? 0);
  }

  #id(): string {
    // Only called behind `find`; a conversation that was forgotten meanwhile ends
    // the attempt, and the next one finds another.
    if (!this.view) throw new Unreachable();
    return this.view.id;
  }
}

/** Whether a human has it or it is on its way to one. */
export function humanComes(view: ConversationView | null): boolean {
  return !!view && ['queued', 'by_email', 'with_agent'].includes(view.state);
}

/** The server knows this visitor or conversation no more. */
function isLost(error: unknown): boolean {
  return error instanceof Refusal && (error.status === 401 || error.status === 404);
}
