// An agent's desk: where one is, what is in front, and what a key does there. Its
// parts ask the server and hold the answers; components draw them.

import { type Line, ResumingSocket } from '../../shared/socket';
import type { World } from '../../shared/world';
import { type Api, type CannedReply, type Disposition, type Event, type Found, type Item, type Knowable, Refusal, ROLES, type Role, type SessionShown } from '../api';
import { Canned, filled, holesOf, type Speaker, valuesOf } from './canned';
import { type Draft, Drafts, type Shelf } from './drafts';
import { Entrance, type Way } from './entrance';
import { hasWords, isOf, stepFrom, teamOn } from './floor';
import { Help } from './help';
import type { Host, Wish } from './host';
import type { Act } from './keys';
import { type ListName, Lists } from './lists';
import { isSignedOut, type Notice, noticeOf } from './notice';
import { type Half, hashOf, type Place, placeOf } from './place';
import { Search, type Wanted } from './search';
import { Shift } from './shift';
import { Steps } from './steps';
import type { Talk } from './talk';
import { Talks } from './talks';
import { Why } from './why';
import { Writing } from './writing';

export type Dialog =
  | { kind: 'resolve' | 'leave' | 'hand_back'; id: string }
  | { kind: 'offline' } | { kind: 'keys' } | { kind: 'settings' };

type Frame =
  | { type: 'welcome'; agent_id: string }
  | { type: 'events'; conversation: string; events: Event[]; through_seq: number }
  /** What is here is not what the server has: forget it, all there is follows. */
  | { type: 'resync'; conversation: string }
  | { type: 'floor' }
  | { type: 'typing'; conversation: string; who: string; name?: string; note?: boolean }
  | { type: 'pong' };

export interface DeskOptions {
  api: Api;
  world: World;
  dial(): Line;
  /** Drafts and read marks that survive a reload. */
  shelf: Shelf;
  /** The agent was invited to something new. */
  onInvitation(item: Item): void;
  /** A customer of theirs wrote. */
  onWritten(talk: Talk): void;
  /** How long a reply can be taken back, in milliseconds. */
  undoMs(): number;
  /** The place has changed: `replace` where the browser should not remember the old one. */
  onPlace(hash: string, replace: boolean): void;
  onChange(): void;
}

/** How long a notice stays that nobody has to act on. */
const NOTICE_MS = 12_000;

export class Desk implements Host {
  place: Place = { kind: 'floor' };
  notice: Notice | null = null;
  dialog: Dialog | null = null;
  connected = false;
  watching = true;
  /** The connection was there, or should be, and is not. */
  lost = false;
  wish: Wish | null = null;
  /** What the lists are narrowed to. */
  wanted = '';
  /** The inbox that pages of the settings show; empty for the first that is open. */
  inboxInFront = '';
  /** The team that the queue is narrowed to: its id, `none` for what no team answers for. */
  team = '';
  readonly entrance: Entrance;
  readonly talks: Talks;
  readonly writing: Writing;
  readonly shift: Shift;
  readonly steps: Steps;
  readonly search: Search;
  readonly lists: Lists;
  readonly canned: Canned;
  readonly help: Help;
  readonly why: Why;

  readonly #options: DeskOptions;
  readonly #drafts: Drafts;
  readonly #socket: ResumingSocket<Frame>;
  /** What was chosen in the search and is being opened. */
  #found: Found | null = null;

  constructor(options: DeskOptions) {
    const { api, world, onChange } = options;
    this.#options = options;
    this.#drafts = new Drafts(options.shelf);
    this.talks = new Talks(this, this.#drafts, options.onWritten);
    this.writing = new Writing(this, this.#drafts, this.talks, options.undoMs);
    this.shift = new Shift(this, this.talks, {
      onInvitation: options.onInvitation,
      onOpenConversations: () => this.set({ dialog: { kind: 'offline' } }),
      onLeaving: (id) => this.#sayFirst(id),
      onAccepted: (talk) => {
        this.notice = null;
        this.go({ kind: 'talk', id: talk.id, half: 'package' });
        this.wishFor('package');
      },
    });
    this.steps = new Steps(api, onChange);
    this.search = new Search(api, world, onChange);
    this.lists = new Lists(api, world, onChange);
    this.canned = new Canned(api, onChange);
    this.help = new Help(api, world, onChange);
    this.why = new Why(api, onChange);
    this.entrance = new Entrance({
      api,
      world,
      onIn: (session) => this.#begin(session),
      onOut: (why) => this.#end(why),
      onChange,
    });
    this.#socket = new ResumingSocket<Frame>({
      dial: options.dial,
      greet: () => this.talks.greet(),
      onFrame: (frame) => this.#hear(frame),
      onState: (state) => {
        this.connected = state.kind === 'open';
        this.lost = state.kind === 'waiting' || (this.lost && state.kind === 'connecting');
        if (state.kind === 'refused') void this.entrance.renew();
        onChange();
      },
      world,
    });
  }

  get api(): Api {
    return this.#options.api;
  }

  get world(): World {
    return this.#options.world;
  }

  get shelf(): Shelf {
    return this.#options.shelf;
  }

  get way(): Way {
    return this.entrance.way;
  }

  get session(): SessionShown | null {
    return this.entrance.session;
  }

  get me(): string | null {
    return this.session?.agent.id ?? null;
  }

  get isLead(): boolean {
    return this.isAtLeast('lead');
  }

  isAtLeast(least: Role): boolean {
    return !!this.session && ROLES.indexOf(this.session.agent.role) >= ROLES.indexOf(least);
  }

  // ── coming and going ────────────────────────────────────────────────────────

  async start(hash: string, setup_token: string | null, link_token: string | null = null): Promise<void> {
    this.place = placeOf(hash);
    await this.entrance.start(setup_token, link_token);
  }

  #begin(session: SessionShown): void {
    this.#drafts.belongTo(session.agent.id);
    this.talks.begin();
    this.#socket.start();
    void this.shift.ask();
    if (this.isAtLeast('admin')) void this.steps.load();
    this.go(this.place, true);
  }

  /** The first account begins with what there is to set up (P47). */
  async setUp(given: { company: string; name: string; email: string; password: string }): Promise<void> {
    await this.entrance.setUp(given);
    if (this.me) this.go({ kind: 'settings', page: 'start' }, true);
  }

  /** After an ended session one comes back to where one was. */
  #end(why: 'plain' | 'ended'): void {
    this.#socket.stop();
    this.talks.end();
    this.shift.end();
    this.steps.end();
    this.lists.end();
    this.search.end();
    this.#found = null;
    this.canned.end();
    this.dialog = null;
    this.notice = null;
    this.lost = false;
    if (why === 'plain') this.place = { kind: 'floor' };
  }

  /** Leaves; what was said goes out before that. What could not is told, and does not hold up
      who wants to leave all the same. */
  async signOut(): Promise<void> {
    const went = await Promise.all(this.talks.all().map(({ id }) => this.#sayFirst(id)));
    if (!went.includes(false)) await this.entrance.signOut();
  }

  /** The page woke up, or the network came back or went. */
  wake(): void {
    if (this.me) this.#socket.wake();
  }

  /** The page came into sight, or went out of it. */
  watch(watching: boolean): void {
    this.watching = watching;
    if (watching) {
      this.open?.open();
      this.wake();
    }
    this.changed();
  }

  drop(): void {
    if (this.me) this.#socket.drop();
  }

  tell(frame: object): boolean {
    return this.#socket.send(frame);
  }

  #hear(frame: Frame): void {
    switch (frame.type) {
      case 'welcome':
        // After a reload what was on its way is found with the lists.
        this.writing.retryAll();
        void this.shift.ask().then(() => this.writing.retryAll());
        break;
      case 'floor':
        void this.shift.ask();
        void this.lists.load();
        if (this.place.kind === 'search') this.search.refresh();
        // The chat may have been seen on a site just now.
        if (this.steps.isWanted) void this.steps.load();
        break;
      case 'events':
        this.talks.receive(frame.conversation, frame.events, frame.through_seq);
        void this.shift.ask();
        break;
      case 'resync':
        this.talks.resync(frame.conversation);
        void this.shift.ask();
        break;
      case 'typing':
        if (frame.who === 'customer') this.talks.customerTyped(frame.conversation);
        if (frame.who === 'agent') this.talks.colleagueTyped(frame.conversation, frame.name ?? '', frame.note ?? false);
        break;
      case 'pong':
        return;
    }
    this.changed();
  }

  // ── places ──────────────────────────────────────────────────────────────────

  go(place: Place, replace = false): void {
    const before = this.place;
    this.place = place;
    if (before.kind === 'talk' && (place.kind !== 'talk' || place.id !== before.id)) this.talks.turnFrom(before.id);
    this.#options.onPlace(hashOf(place), replace);
    if (place.kind === 'talk') void this.#turnTo(place.id, place.at);
    if (place.kind === 'search') this.search.open(place.query);
    if (this.help.talk_id && (place.kind !== 'talk' || place.id !== this.help.talk_id)) this.help.close();
    if (place.kind === 'why') void this.why.load(place.id);
    this.changed();
  }

  async #turnTo(id: string, at?: number): Promise<void> {
    await this.talks.turnTo(id);
    const talk = this.talks.of(id);
    const asked = at === undefined ? null : (talk?.messageAt(at) ?? null);
    if (talk && asked && this.open === talk) {
      talk.highlight = { message_id: asked, words: '' };
      this.turn('talk');
      this.wishFor('transcript');
    }
    if (talk && this.#found?.item.conversation_id === id) this.#pointAt(this.#found);
    this.#found = null;
    if (talk && this.writing.draft(id).reply) this.writing.checkSoon(talk);
  }

  /** Opens what was found where the words stand. */
  showFound(found: Found): void {
    this.#found = found;
    this.show(found.item.conversation_id);
  }

  #pointAt({ message_id, excerpt }: Found): void {
    const words = excerpt.find((part) => part.is_match)?.text;
    if (words) this.point(words, message_id);
  }

  /** The browser went back or forward. Whoever is not known yet goes there once they are. */
  goTo(hash: string): void {
    const place = placeOf(hash);
    if (!this.me) this.place = place;
    else if (hashOf(this.place) !== hashOf(place)) this.go(place, true);
  }

  show(id: string): void {
    this.go({ kind: 'talk', id, half: 'package' });
  }

  /** On a narrow screen: brings a half to the front. */
  turn(half: Half): void {
    if (this.place.kind === 'talk') this.place = { ...this.place, half };
    this.changed();
  }

  /** The conversation that is open. */
  get open(): Talk | null {
    return this.place.kind === 'talk' && this.me ? this.talks.of(this.place.id) : null;
  }

  isMine(talk: Talk): boolean {
    return this.talks.isMine(talk.item);
  }

  /** Shows where some words stand. */
  point(words: string, message_id: string | null): void {
    const talk = this.open;
    const found = talk?.find(words, message_id);
    if (!talk || !found) return;
    talk.highlight = { message_id: found, words };
    this.turn('talk');
    this.wishFor('transcript');
  }

  /** The lists on the left, as they are narrowed just now. */
  get mine(): Item[] {
    return this.shift.mine.filter((item) => hasWords(item, this.wanted));
  }

  get queue(): Item[] {
    const { queue = [], teams = [] } = this.shift.floor ?? {};
    const team = teamOn(teams, this.team);
    return queue.filter((item) => isOf(item, team) && hasWords(item, this.wanted));
  }

  /** Brings one of the lists to the front; the keys walk it from then on. */
  list(name: ListName): void {
    this.lists.show(name);
    this.changed();
  }

  /** The lists that this agent has. */
  get listNames(): ListName[] {
    const hasTeams = !!this.shift.floor?.teams.length;
    return ['desk', ...(hasTeams ? ['team' as const] : []), ...(this.isLead ? ['open' as const] : []), 'assistant', 'done'];
  }

  /** What the keys walk: the list that is in front. */
  get walked(): Item[] {
    if (this.lists.shown === 'desk') return [...this.mine, ...this.queue];
    return (this.lists.items ?? []).filter((item) => hasWords(item, this.wanted));
  }

  /** Changes what is searched for, and the address with it; `null` begins anew. */
  find(change: Partial<Wanted> | null): void {
    if (change) this.search.change(change);
    else this.search.clear();
    const { query } = this.search;
    this.place = { kind: 'search', query };
    this.#options.onPlace(hashOf(this.place), true);
    this.changed();
  }

  /** The first that the search has found. */
  showFirst(): void {
    const [first] = this.walked;
    if (first) this.show(first.conversation_id);
  }

  /** From the last of a page to the first of the next one. */
  async #stepOn(last: Talk): Promise<void> {
    await this.lists.loadMore();
    const at = this.walked.findIndex(({ conversation_id }) => conversation_id === last.id);
    const next = this.walked[at + 1];
    if (next && this.open === last) this.show(next.conversation_id);
  }

  step(by: 1 | -1): void {
    const isLast = by === 1 && this.open && this.walked.at(-1)?.conversation_id === this.open.id;
    if (isLast && this.lists.more) return void this.#stepOn(this.open);
    const next = stepFrom(this.walked, this.open?.id ?? null, by);
    if (next) this.show(next.conversation_id);
  }

  // ── deeds ───────────────────────────────────────────────────────────────────

  /** Turns to the reply or the note and goes there. */
  compose(writes: Draft['writes']): void {
    const talk = this.open;
    if (!talk) return;
    this.turn('talk');
    this.writing.write(talk, { writes });
    this.wishFor('composer');
  }

  get speaker(): Speaker {
    return { name: this.session?.agent.name ?? '', company: this.session?.workspace.company ?? '' };
  }

  /** Puts a reply that is ready where its word was written, and goes to its first hole. */
  takeCanned(talk: Talk, reply: CannedReply): void {
    const { pick } = this.canned;
    const text = this.writing.draft(talk.id).reply;
    const [start, end] = pick ? [pick.start, pick.end] : [text.length, text.length];
    const words = filled(reply.text, valuesOf(talk, this.speaker));
    this.canned.close();
    this.writing.write(talk, { writes: 'reply', reply: text.slice(0, start) + words + text.slice(end) });
    this.wishFor(holesOf(words).length ? 'hole' : 'composer');
  }

  /** Begins to look for a reply that is ready, as the slash does. */
  pickCanned(talk: Talk): void {
    const { reply } = this.writing.draft(talk.id);
    const text = reply && !/\s$/.test(reply) ? `${reply} /` : `${reply}/`;
    this.compose('reply');
    this.writing.write(talk, { reply: text });
    this.canned.look(text, text.length);
  }

  /** Adds words to the reply. */
  insert(talk: Talk, words: string): void {
    const { reply } = this.writing.draft(talk.id);
    this.writing.write(talk, { writes: 'reply', reply: [reply.trimEnd(), words].filter(Boolean).join('\n\n') });
    this.turn('talk');
    this.wishFor('composer');
  }

  /** Takes back the last reply that has not gone yet. */
  undo(talk: Talk): void {
    const held = this.writing.heldOf(talk);
    if (held) this.writing.takeBack(talk, held);
  }

  editIntroduction(talk: Talk): void {
    this.writing.editIntroduction(talk);
    this.compose('reply');
  }

  sendIntroduction(talk: Talk): void {
    this.turn('talk');
    this.wishFor('transcript');
    void this.writing.sendIntroduction(talk);
  }

  /** Whether a conversation can be taken over by who looks at it. */
  mayTakeOver(talk: Talk): boolean {
    const { state, erased } = talk.item;
    if (erased || this.isMine(talk)) return false;
    return state === 'with_assistant' || state === 'resolved' || (state === 'with_agent' && this.isLead);
  }

  /** Whether an article can be drafted from what agents said in a conversation. */
  mayDraft(talk: Talk): boolean {
    return talk.item.state === 'resolved' && !talk.item.erased && talk.hasAgentsWords;
  }

  /** Drafts an article of a conversation; whoever may approve it is led there. */
  async draftArticle(id: string): Promise<void> {
    try {
      const { id: draft, is_closed } = await this.api.draftFrom(id);
      if (is_closed) this.say({ key: 'article_draft_exists', tone: 'info' });
      else if (this.isLead) this.go({ kind: 'measures', rest: `gaps?draft=${draft}` });
      else this.say({ key: 'article_draft_kept', tone: 'info' });
    } catch (error) {
      if (error instanceof Refusal && error.status === 422) this.say({ key: 'article_draft_empty', tone: 'bad' });
      else this.fail(error);
    }
  }

  async resolve(id: string, disposition: Disposition, note: string, knowable: Knowable | null = null, drafts = false): Promise<void> {
    const talk = this.talks.of(id);
    if (!talk) return;
    this.set({ dialog: null });
    try {
      // What the customer should have had before the end comes first, or there is no end.
      if (!(await this.#sayFirst(id))) return this.writing.keepNote(id, note);
      const { epoch } = talk.item;
      const view = await this.api.resolve(id, { epoch, disposition, knowable, note: note.trim() || null });
      const undo = () => void this.shift.takeOver({ ...talk.item, epoch: view.epoch });
      this.say({ key: 'resolved_notice', tone: 'info', undo });
      if (drafts) await this.draftArticle(id);
    } catch (error) {
      this.writing.keepNote(id, note);
      this.fail(error);
    }
    await Promise.all([this.talks.fetch(id), this.shift.ask()]);
  }

  /** What the customer should have had before I let go of them. Where it did not go, I stay. */
  async #sayFirst(id: string): Promise<boolean> {
    if (await this.writing.flush(id)) return true;
    if (this.open?.id !== id) this.go({ kind: 'talk', id, half: 'talk' });
    // Of what the server refused it was told already.
    const isWaiting = this.talks.of(id)?.pending.some(({ state }) => state === 'failed');
    if (isWaiting) this.say({ key: 'left_unsent', tone: 'bad' });
    return false;
  }

  /** What a key asks for. False where it makes no sense just now. */
  act(act: Act): boolean {
    const talk = this.open;
    const mine = talk && this.isMine(talk) ? talk : null;
    const introduced = talk && this.writing.introductionOf(talk) ? talk : null;
    const invited = this.shift.floor?.invitations[0];
    const acts: Record<Act, (() => void) | null | undefined> = {
      accept: invited && (() => void this.shift.accept(invited)),
      decline: invited && (() => void this.shift.decline(invited)),
      next: () => this.step(1),
      previous: () => this.step(-1),
      reply: mine && (() => this.compose('reply')),
      note: talk && (() => this.compose('note')),
      introduction_edit: introduced && (() => this.editIntroduction(introduced)),
      introduction_send: introduced && (() => this.sendIntroduction(introduced)),
      resolve: mine && (() => this.set({ dialog: { kind: 'resolve', id: mine.id } })),
      pass_on: mine && (() => this.set({ dialog: { kind: 'leave', id: mine.id } })),
      hand_back: mine && (() => this.set({ dialog: { kind: 'hand_back', id: mine.id } })),
      take_over: talk && this.mayTakeOver(talk) ? () => void this.shift.takeOver(talk.item) : null,
      why: talk && (() => this.go({ kind: 'why', id: talk.id })),
      search: () => this.wishFor('search'),
      find: () => {
        if (this.place.kind !== 'search') this.go({ kind: 'search', query: this.search.query });
        this.wishFor('find');
      },
      list: () => {
        const names = this.listNames;
        this.list(names[(names.indexOf(this.lists.shown) + 1) % names.length] ?? 'desk');
      },
      canned: mine && (() => this.pickCanned(mine)),
      help_articles: talk && (() => (this.help.talk_id === talk.id ? this.help.close() : this.help.open(talk.id))),
      undo: talk && this.writing.heldOf(talk) ? () => this.undo(talk) : this.notice?.undo,
      help: () => this.set({ dialog: { kind: 'keys' } }),
      send: talk && (() => void this.writing.send(talk)),
      leave_field: () => this.wishFor('transcript'),
    };
    const does = acts[act];
    does?.();
    return !!does;
  }

  // ── the rest of the screen ──────────────────────────────────────────────────

  say(notice: Notice): void {
    this.set({ notice });
    if (notice.tone === 'bad') return;
    this.world.after(NOTICE_MS, () => {
      if (this.notice === notice) this.set({ notice: null });
    });
  }

  fail(error: unknown): void {
    if (isSignedOut(error)) this.entrance.leave('ended');
    else this.say(noticeOf(error));
  }

  wishFor(place: Wish['place']): void {
    this.wish = { place, number: (this.wish?.number ?? 0) + 1 };
    this.changed();
  }

  /** Has the customer looked up once more; what comes back comes by the socket (P25). */
  async lookUpAgain(talk: Talk): Promise<void> {
    try {
      await this.api.lookUpAgain(talk.id);
    } catch (error) {
      this.fail(error);
    }
    await this.talks.fetch(talk.id);
    this.changed();
  }

  /** Gives a customer an agent who looks after them (P11). */
  async setDedicated(talk: Talk, agent_id: string | null): Promise<void> {
    try {
      await this.api.setDedicated(talk.item.contact.id, agent_id);
    } catch (error) {
      this.fail(error);
    }
    await this.talks.fetch(talk.id);
    this.changed();
  }

  set(change: Partial<Pick<Desk, 'dialog' | 'notice' | 'wanted' | 'team'>>): void {
    Object.assign(this, change);
    this.changed();
  }

  changed(): void {
    this.#options.onChange();
  }
}
