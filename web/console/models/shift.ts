// An agent's shift: the floor, being there or not, invitations taken, passed on, lost
// to somebody quicker or to time.

import { type Floor, type HandBackBrief, type Item, type Presence, Refusal } from '../api';
import { inOrder, newInvitations, skewOf } from './floor';
import type { Host } from './host';
import { isSignedOut, noticeOf } from './notice';
import { readWay, takesNote, type Way } from './ways';
import type { Talk } from './talk';
import type { Talks } from './talks';

export interface ShiftEvents {
  onInvitation(item: Item): void;
  /** Going offline would leave these customers behind (P45). */
  onOpenConversations(): void;
  onAccepted(talk: Talk): void;
  /** I let go of a conversation: what was said there goes out before that, or I keep it
      (`false`), and am told why. */
  onLeaving(id: string): Promise<boolean>;
}

export class Shift {
  floor: Floor | null = null;

  readonly #host: Host;
  readonly #talks: Talks;
  readonly #events: ShiftEvents;
  /** Accepts and declines under way, so that a second key does nothing. */
  readonly #busy = new Set<string>();
  #skew_ms = 0;
  #asked: Promise<void> | null = null;
  #ask_again = false;

  constructor(host: Host, talks: Talks, events: ShiftEvents) {
    this.#host = host;
    this.#talks = talks;
    this.#events = events;
  }

  end(): void {
    this.floor = null;
  }

  /** The server's clock, as far as we know: waits and countdowns go by it. */
  now(): number {
    return this.#host.world.now() + this.#skew_ms;
  }

  /** Mine, who waits longest for a reply first. */
  get mine(): Item[] {
    return inOrder(this.floor?.mine ?? [], (id) => this.#talks.of(id)?.asked_at ?? null);
  }

  get unread(): number {
    return (this.floor?.mine ?? []).reduce((sum, item) => sum + (this.#talks.of(item.conversation_id)?.unread ?? 0), 0);
  }

  isBusy(id: string): boolean {
    return this.#busy.has(id);
  }

  /** Asks for the lists anew; calls that come meanwhile make one more, and wait for it. */
  ask(): Promise<void> {
    if (!this.#host.me) return Promise.resolve();
    this.#ask_again = true;
    this.#asked ??= this.#askUntilNew();
    return this.#asked;
  }

  async #askUntilNew(): Promise<void> {
    while (this.#ask_again && this.#host.me) {
      this.#ask_again = false;
      try {
        this.#receive(await this.#host.api.floor());
      } catch (error) {
        // Without a connection the banner says it; an ended session is acted on.
        if (isSignedOut(error)) this.#host.fail(error);
      }
      this.#host.changed();
    }
    this.#asked = null;
  }

  #receive(floor: Floor): void {
    if (!this.#host.me) return;
    const before = this.floor;
    this.floor = floor;
    this.#skew_ms = skewOf(floor, this.#host.world.now()) ?? this.#skew_ms;
    this.#talks.takeFloor(floor);
    for (const item of newInvitations(before, floor)) this.#events.onInvitation(item);
    const lost = before?.invitations.find((item) => this.#isLost(item, floor));
    if (lost) void this.#tellLost(lost);
  }

  #isLost(item: Item, floor: Floor): boolean {
    const id = item.conversation_id;
    // Who has gone away has let them pass on purpose.
    if (floor.me.presence !== 'online') return false;
    const isThere = [...floor.invitations, ...floor.mine].some((one) => one.conversation_id === id);
    return !isThere && !this.#busy.has(id);
  }

  /** An invitation went away without my doing. */
  async #tellLost(item: Item): Promise<void> {
    const waits = this.floor?.queue.some((one) => one.conversation_id === item.conversation_id);
    const name = item.contact.name ?? item.subject;
    if (waits) return this.#host.say({ key: 'invitation_ran_out', values: { name }, tone: 'info' });
    await this.#tellWhere(item.conversation_id, null);
  }

  async setPresence(presence: Presence): Promise<void> {
    // The rule is said before anything happens (P45).
    if (presence === 'offline' && this.floor?.mine.length) return this.#events.onOpenConversations();
    await this.#become(() => this.#host.api.setPresence(presence));
  }

  /** Goes offline; `ways` says what becomes of each conversation. */
  async goOffline(ways: Map<string, Way>): Promise<void> {
    const went = await Promise.all(this.mine.map((item) => this.#events.onLeaving(item.conversation_id)));
    if (went.includes(false)) return;
    const leave = this.mine.map((item) => ({ conversation_id: item.conversation_id, ...readWay(ways.get(item.conversation_id)) }));
    await this.#become(() => this.#host.api.goOffline(leave));
  }

  /** Lets go of one conversation and stays; `to` names who gets it. */
  async release(item: Item, way: Way, note = '', to = ''): Promise<boolean> {
    let isDone = false;
    await this.#once(item, async (id) => {
      if (!(await this.#events.onLeaving(id))) return;
      const { agent_id, team_id, ...rest } = readWay(way, note);
      const { epoch } = item;
      const { api } = this.#host;
      const view = takesNote(way)
        ? await api.transfer(id, { epoch, agent_id, team_id, note: rest.note ?? '' })
        : await api.release(id, { epoch, agent_id, team_id, ...rest });
      isDone = true;
      if (!takesNote(way)) return;
      // Until somebody has it, it can be taken back.
      const undo = () => void this.accept({ ...item, epoch: view.epoch });
      this.#host.say({ key: 'passed_notice', values: { name: to }, tone: 'info', undo });
    });
    await this.#talks.fetch(item.conversation_id);
    return isDone;
  }

  /** Takes one from the assistant or a colleague, or back after its end. */
  async takeOver(item: Item): Promise<void> {
    await this.#once(item, async (id) => {
      const talk = this.#talks.take(await this.#host.api.takeOver(id, item.epoch));
      talk.see();
      this.#events.onAccepted(talk);
    });
  }

  /** Gives one back to the assistant; `false` if it did not happen. */
  async handBack(item: Item, brief: HandBackBrief): Promise<boolean> {
    let isDone = false;
    await this.#once(item, async (id) => {
      if (!(await this.#events.onLeaving(id))) return;
      const { epoch } = await this.#host.api.handBack(id, { epoch: item.epoch, brief });
      isDone = true;
      const undo = () => void this.takeOver({ ...item, epoch });
      this.#host.say({ key: 'handed_back_notice', tone: 'info', undo });
    });
    await this.#talks.fetch(item.conversation_id);
    return isDone;
  }

  async #become(ask: () => Promise<Floor['me']>): Promise<void> {
    try {
      const me = await ask();
      if (this.floor) this.floor.me = me;
    } catch (error) {
      if (error instanceof Refusal && error.code === 'open_conversations') this.#events.onOpenConversations();
      else this.#host.fail(error);
    }
    await this.ask();
  }

  async accept(item: Item): Promise<void> {
    await this.#once(item, async (id) => {
      const talk = this.#talks.take(await this.#host.api.accept(id, item.epoch));
      talk.see();
      this.#events.onAccepted(talk);
    });
  }

  async decline(item: Item): Promise<void> {
    await this.#once(item, (id) => this.#host.api.decline(id));
  }

  async #once(item: Item, act: (id: string) => Promise<void>): Promise<void> {
    const id = item.conversation_id;
    if (this.#busy.has(id)) return;
    this.#busy.add(id);
    this.#host.changed();
    try {
      await act(id);
    } catch (error) {
      if (error instanceof Refusal && error.status === 409 && error.code !== 'at_capacity') await this.#tellWhere(id, error);
      else this.#host.fail(error);
    }
    await this.ask();
    this.#busy.delete(id);
    this.#host.changed();
  }

  /** Somebody was quicker: say who, at once; nothing that was written is touched. */
  async #tellWhere(id: string, error: Refusal | null): Promise<void> {
    try {
      const detail = await this.#host.api.detail(id);
      if (this.#talks.of(id)) this.#talks.take(detail);
      const { agent, state } = detail.item;
      if (agent?.id === this.#host.me) return;
      if (agent) return this.#host.say({ key: 'taken', values: { name: agent.name }, tone: 'info' });
      const gone: Partial<Record<typeof state, string>> = { resolved: 'gone_resolved', with_assistant: 'gone_cancelled' };
      const key = gone[state];
      if (key) this.#host.say({ key, tone: 'info' });
      else if (error) this.#host.say(noticeOf(error));
    } catch (unread) {
      this.#host.fail(error ?? unread);
    }
  }
}
