// An agent's desk: the floor, the conversation that is open, what is being written.
// It asks the server and holds the answers; components draw them.

import { ResumingSocket, type Line } from '../../shared/socket';
import type { Event } from '../../shared/wire';
import { randomId, type World } from '../../shared/world';
import {
  type Api, type Detail, type Disposition, type Floor, type Item, type Presence, Refusal, type SessionShown,
} from '../api';

/** What the screen shows; exactly one of these. */
export type Page =
  | { kind: 'starting' }
  | { kind: 'sign_in'; fault: string | null; busy: boolean }
  | { kind: 'set_up'; token: string; company: string; shortest: number; fault: string | null; busy: boolean }
  | { kind: 'desk' }
  | { kind: 'measures' }
  | { kind: 'knowledge' };

export interface Writing {
  text: string;
  private: boolean;
  /** A message on its way, or one that did not arrive. */
  state: 'idle' | 'sending' | 'failed';
  client_message_id: string | null;
}

type Frame =
  | { type: 'welcome'; agent_id: string }
  | { type: 'events'; conversation: string; events: Event[]; through_seq: number }
  | { type: 'floor' }
  | { type: 'typing'; conversation: string }
  | { type: 'pong' }
  | { type: 'error'; code: string; detail: string };

export interface DeskOptions {
  api: Api;
  world: World;
  dial(): Line;
  /** Drafts that survive a reload. */
  drafts: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  onChange(): void;
}

const TYPING_MS = 4_000;

export class Desk {
  page: Page = { kind: 'starting' };
  session: SessionShown | null = null;
  floor: Floor | null = null;
  open: Detail | null = null;
  /** A sentence for the agent about the last thing that did not work. */
  notice: string | null = null;
  customerTypes = false;
  connected = false;
  dialog: 'resolve' | 'keys' | 'offline' | null = null;
  /** The message that a reason points at. */
  highlighted: string | null = null;
  /** On a narrow screen: which half is in front. */
  tab: 'package' | 'talk' = 'package';

  readonly #options: DeskOptions;
  readonly #socket: ResumingSocket<Frame>;
  readonly #writing = new Map<string, Writing>();
  readonly #seen = new Map<string, number>();
  #asking = false;
  #askAgain = false;
  #typedAt = 0;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.#socket = new ResumingSocket<Frame>({
      dial: options.dial,
      greet: () => this.#greet(),
      onFrame: (frame) => this.#hear(frame),
      onState: (state) => {
        this.connected = state.kind === 'open';
        if (state.kind === 'refused') void this.start();
        options.onChange();
      },
      world: options.world,
    });
  }

  /** For pages that ask for numbers and lists of their own. */
  get api(): Api {
    return this.#options.api;
  }

  async start(setUp: string | null = null): Promise<void> {
    if (setUp) return this.#startSetUp(setUp);
    try {
      this.#enter(await this.api.get<SessionShown>('/api/console/session'));
    } catch {
      this.#show({ kind: 'sign_in', fault: null, busy: false });
    }
  }

  async #startSetUp(token: string): Promise<void> {
    try {
      const path = `/api/console/setup?token=${encodeURIComponent(token)}`;
      const { company, shortest_password } = await this.api.get<{ company: string; shortest_password: number }>(path);
      this.#show({ kind: 'set_up', token, company, shortest: shortest_password, fault: null, busy: false });
    } catch {
      await this.start();
    }
  }

  async signIn(email: string, password: string): Promise<void> {
    await this.#enterBy('/api/console/session', { email, password });
  }

  async setUp(given: { company: string; name: string; email: string; password: string }): Promise<void> {
    const page = this.page;
    if (page.kind === 'set_up') await this.#enterBy('/api/console/setup', { ...given, token: page.token });
  }

  async #enterBy(path: string, body: object): Promise<void> {
    const page = this.page;
    if (page.kind !== 'sign_in' && page.kind !== 'set_up') return;
    this.#show({ ...page, fault: null, busy: true });
    try {
      this.#enter(await this.api.post<SessionShown>(path, body));
    } catch (error) {
      this.#show({ ...page, fault: faultOf(error), busy: false });
    }
  }

  #enter(session: SessionShown): void {
    this.session = session;
    this.api.csrf = session.csrf;
    this.#show({ kind: 'desk' });
    this.#socket.start();
    void this.ask();
  }

  async signOut(): Promise<void> {
    await this.api.delete('/api/console/session').catch(() => {});
    this.#socket.stop();
    this.session = null;
    this.open = null;
    this.#show({ kind: 'sign_in', fault: null, busy: false });
  }

  go(kind: 'desk' | 'measures' | 'knowledge'): void {
    this.#show({ kind });
  }

  /** Asks for the lists anew; calls that come meanwhile make one more. */
  async ask(): Promise<void> {
    this.#askAgain = this.#asking;
    if (this.#asking) return;
    this.#asking = true;
    try {
      this.floor = await this.api.get<Floor>('/api/console/floor');
    } catch (error) {
      if (error instanceof Refusal && error.status === 401) void this.start();
    }
    this.#asking = false;
    if (this.#askAgain) void this.ask();
    this.#options.onChange();
  }

  // ── what the agent does ─────────────────────────────────────────────────────

  async setPresence(presence: Presence, give_back = false): Promise<void> {
    this.dialog = null;
    try {
      await this.api.post('/api/console/presence', { presence, give_back });
    } catch (error) {
      if (error instanceof Refusal && error.code === 'open_conversations') this.dialog = 'offline';
      else this.notice = faultOf(error);
    }
    await this.ask();
  }

  async show(id: string): Promise<void> {
    this.notice = null;
    this.highlighted = null;
    try {
      this.#take(await this.api.get<Detail>(`/api/console/conversations/${id}`));
      if (this.page.kind !== 'desk') this.go('desk');
    } catch (error) {
      this.notice = faultOf(error);
    }
    this.#options.onChange();
  }

  async accept(item: Item): Promise<void> {
    this.notice = null;
    const path = `/api/console/conversations/${item.conversation_id}/accept`;
    try {
      this.tab = 'package';
      this.#take(await this.api.post<Detail>(path, { epoch: item.epoch }));
    } catch (error) {
      // The loser of a race hears who won, at once.
      this.notice = faultOf(error);
    }
    await this.ask();
  }

  async decline(item: Item): Promise<void> {
    await this.#try(() => this.api.post(`/api/console/conversations/${item.conversation_id}/decline`));
    await this.ask();
  }

  async resolve(disposition: Disposition, note: string): Promise<void> {
    const open = this.open;
    if (!open) return;
    this.dialog = null;
    const body = { epoch: open.item.epoch, disposition, note: note || null };
    const done = await this.#try(() => this.api.post(`${pathOf(open)}/resolve`, body));
    if (done) await this.show(open.item.conversation_id);
    await this.ask();
  }

  writing(id: string): Writing {
    let writing = this.#writing.get(id);
    if (!writing) {
      const kept = this.#options.drafts.getItem(`draft.${id}`) ?? '';
      writing = { text: kept, private: false, state: 'idle', client_message_id: null };
      this.#writing.set(id, writing);
    }
    return writing;
  }

  write(id: string, change: Partial<Pick<Writing, 'text' | 'private'>>): void {
    const writing = this.writing(id);
    Object.assign(writing, change, { state: 'idle' });
    // Another text is another message.
    if (change.text !== undefined) writing.client_message_id = null;
    if (writing.text) this.#options.drafts.setItem(`draft.${id}`, writing.text);
    else this.#options.drafts.removeItem(`draft.${id}`);
    const now = this.#options.world.now();
    if (change.text && !writing.private && now - this.#typedAt > 2_000) {
      if (this.#socket.send({ type: 'typing', conversation: id })) this.#typedAt = now;
    }
    this.#options.onChange();
  }

  /** Sends what is written, or `text` in its place. Failing, the text stays. */
  async send(text?: string): Promise<void> {
    const open = this.open;
    if (!open) return;
    const id = open.item.conversation_id;
    const writing = this.writing(id);
    const said = (text ?? writing.text).trim();
    if (!said || writing.state === 'sending') return;
    if (text !== undefined) Object.assign(writing, { text, private: false });
    writing.state = 'sending';
    writing.client_message_id ??= randomId();
    this.notice = null;
    this.#options.onChange();
    const { client_message_id } = writing;
    try {
      const path = `${pathOf(open)}/${writing.private ? 'note' : 'reply'}`;
      await this.api.post(path, { epoch: open.item.epoch, client_message_id, text: said });
      this.#options.drafts.removeItem(`draft.${id}`);
      if (!writing.private) open.introduction = null;
      this.#writing.set(id, { text: '', private: false, state: 'idle', client_message_id: null });
    } catch (error) {
      writing.state = 'failed';
      this.notice = faultOf(error);
      if (error instanceof Refusal && error.status === 409) await this.show(id);
    }
    this.#options.onChange();
  }

  highlight(message_id: string | null): void {
    this.highlighted = message_id;
    this.tab = 'talk';
    this.#options.onChange();
  }

  set(change: Partial<Pick<Desk, 'dialog' | 'notice' | 'tab'>>): void {
    Object.assign(this, change);
    this.#options.onChange();
  }

  /** Moves through one's conversations and the queue. */
  step(by: 1 | -1): void {
    const all = [...(this.floor?.mine ?? []), ...(this.floor?.queue ?? [])];
    if (!all.length) return;
    const at = all.findIndex((item) => item.conversation_id === this.open?.item.conversation_id);
    const next = all[(at + by + all.length) % all.length];
    if (next) void this.show(next.conversation_id);
  }

  /** Whether the open conversation is the agent's own. */
  get mine(): boolean {
    return !!this.session && this.open?.item.agent?.id === this.session.agent.id;
  }

  unread(item: Item): boolean {
    return item.last_role === 'customer' && item.seq > (this.#seen.get(item.conversation_id) ?? 0);
  }

  get role(): string {
    return this.session?.agent.role ?? 'agent';
  }

  // ── what the server says ────────────────────────────────────────────────────

  #greet(): object[] {
    const open = this.open;
    return open ? [{ type: 'subscribe', conversation: open.item.conversation_id, after: open.through_seq }] : [];
  }

  #hear(frame: Frame): void {
    switch (frame.type) {
      case 'welcome':
      case 'floor':
        void this.ask();
        break;
      case 'events':
        this.#receive(frame.conversation, frame.events, frame.through_seq);
        break;
      case 'typing':
        this.#customerTyped(frame.conversation);
        break;
      default:
        return;
    }
    this.#options.onChange();
  }

  #receive(id: string, events: Event[], through_seq: number): void {
    const open = this.open;
    if (open?.item.conversation_id !== id) return;
    const fresh = events.filter((event) => event.seq > open.through_seq);
    open.events.push(...fresh);
    open.through_seq = Math.max(open.through_seq, through_seq);
    this.#seen.set(id, open.through_seq);
    this.customerTypes = false;
    // More than words: owner, epoch or package may have changed.
    if (fresh.some((event) => event.kind !== 'message_added')) void this.show(id);
    else void this.ask();
  }

  #customerTyped(id: string): void {
    if (this.open?.item.conversation_id !== id) return;
    this.customerTypes = true;
    this.#options.world.after(TYPING_MS, () => {
      this.customerTypes = false;
      this.#options.onChange();
    });
  }

  #take(detail: Detail): void {
    const before = this.open?.item.conversation_id;
    const id = detail.item.conversation_id;
    if (before && before !== id) this.#socket.send({ type: 'unsubscribe', conversation: before });
    this.open = detail;
    this.#seen.set(id, detail.through_seq);
    this.#socket.send({ type: 'subscribe', conversation: id, after: detail.through_seq });
  }

  async #try(act: () => Promise<unknown>): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (error) {
      this.notice = faultOf(error);
      return false;
    }
  }

  #show(page: Page): void {
    this.page = page;
    this.#options.onChange();
  }
}

function pathOf(open: Detail): string {
  return `/api/console/conversations/${open.item.conversation_id}`;
}

/** What went wrong, as the server says it; a key of the words where it could not be reached. */
function faultOf(error: unknown): string {
  return error instanceof Refusal && error.message ? error.message : 'console.unreachable';
}
