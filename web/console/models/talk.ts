// One conversation as the console holds it: its events in order, what is on its way,
// what is unread, and the lines that are drawn from them.

import type { Detail, Event, Fault, Item, MessageAdded } from '../api';
import type { Attached } from '../../shared/wire';
import type { Pending } from './drafts';

/** What the transcript shows, top to bottom. */
export type Line =
  | { kind: 'day'; at: string }
  | { kind: 'new' }
  | { kind: 'said'; event: MessageAdded }
  | Told
  | { kind: 'pending'; pending: Pending };

/** Something that happened. `words` are holes that are filled with words of ours. */
export interface Told {
  kind: 'fact';
  event: Event;
  key: string;
  values: Record<string, string | number>;
  words: Record<string, string>;
  reasons: string[];
}

/** What a reason or an attempt points at. */
export interface Highlight {
  message_id: string;
  words: string;
}

export class Talk {
  readonly id: string;
  item: Item;
  /** What `/conversations/{id}` said; `null` until it was opened. */
  detail: Omit<Detail, 'events' | 'item'> | null = null;
  events: Event[] = [];
  /** The last event that was received. */
  cursor: number;
  /** The last event that the agent has had before their eyes. */
  seen: number;
  unread = 0;
  pending: Pending[] = [];
  /** Until when the customer counts as writing. */
  typing_until = 0;
  /** The colleague who writes here just now, and until when they count as doing so. */
  colleague: { name: string; isNote: boolean; until: number } | null = null;
  /** Who has answered while a reply was being written; read it first. */
  overtaken_by: string | null = null;
  highlight: Highlight | null = null;
  /** What the check found in the text that is being written. */
  faults: Fault[] = [];
  /** The faulty text that waits for a second "send". */
  doubted: string | null = null;
  /** The reply that was to be sent with a hole in it; pressed again, it goes. */
  left_open: string | null = null;
  /** It is being checked just now, before it goes. */
  checking = false;
  /** Since when the customer waits for an answer. */
  asked_at: string | null;

  /** Where the "new" mark stands while the conversation is open. */
  #new_after: number | null = null;

  constructor(item: Item, seen: number | null) {
    this.id = item.conversation_id;
    this.item = item;
    this.seen = seen ?? item.seq;
    this.cursor = this.seen;
    this.asked_at = item.last_role === 'customer' ? item.touched_at : null;
    if (seen === null && item.last_role === 'customer') this.unread = 1;
  }

  /**
   * Takes the whole conversation; events that came over the socket meanwhile stay.
   * `false`: the answer was overtaken by events that we have not kept, so ask again.
   */
  take(detail: Detail): boolean {
    const { events, item, ...rest } = detail;
    const known = this.cursor;
    const later = this.events.filter((event) => event.seq > detail.through_seq && this.detail);
    this.events = [...events, ...later];
    this.cursor = Math.max(detail.through_seq, later.at(-1)?.seq ?? 0);
    // An answer that was overtaken must not turn the owner back.
    if (item.epoch >= this.item.epoch) this.item = item;
    this.detail = rest;
    this.asked_at = null;
    for (const event of this.events) {
      this.#settle(event);
      this.#note(event);
    }
    return this.cursor >= known;
  }

  /** Takes events of the socket. `gap` means that some are missing: ask for the whole. */
  receive(events: Event[], through_seq: number, watched: boolean): { gap: boolean; fresh: Event[] } {
    const fresh = events.filter((event) => event.seq > this.cursor);
    const gap = this.detail !== null && fresh.length > 0 && fresh[0]?.seq !== this.cursor + 1;
    this.cursor = Math.max(this.cursor, through_seq);
    if (this.detail) this.events.push(...fresh);
    for (const event of fresh) {
      this.#settle(event);
      this.#note(event);
      if (event.kind !== 'message_added' || event.role !== 'customer') continue;
      this.typing_until = 0;
      if (!watched) this.unread += 1;
    }
    if (watched) this.see();
    return { gap, fresh };
  }

  /** The server has something else than what is here; what is being written stays. */
  forget(): void {
    this.detail = null;
    this.events = [];
    this.cursor = 0;
    this.seen = 0;
    this.item = { ...this.item, seq: 0, epoch: 0 };
  }

  /** The agent turns to it; what came meanwhile is marked as new. */
  open(): void {
    this.#new_after = this.unread > 0 ? this.seen : null;
    this.see();
  }

  /** The agent has read what is there. */
  see(): void {
    this.unread = 0;
    this.seen = this.cursor;
  }

  /** The colleague who is writing just now. */
  colleagueAt(now: number): { name: string; isNote: boolean } | null {
    return this.colleague && this.colleague.until > now ? this.colleague : null;
  }

  /** Whether the customer is writing just now. */
  isTyping(now: number): boolean {
    return this.typing_until > now;
  }

  /** What was sent to and by the customer, oldest first (P46). */
  get files(): Attached[] {
    const shown = this.#messages().filter((event) => !event.private);
    return shown.flatMap((event) => event.body?.files ?? []);
  }

  /** What the customer was asked while they waited, and said (P31). */
  get told(): { detail: string; text: string; message_id: string }[] {
    return this.events.flatMap((event) => {
      if (event.kind !== 'detail_told') return [];
      const message = this.#messages().find((one) => one.message_id === event.message_id);
      const text = message?.body?.text;
      return text ? [{ detail: event.detail, text, message_id: event.message_id }] : [];
    });
  }

  /** The message that holds some words: where the evidence says, else the first that does. */
  find(words: string, message_id: string | null): string | null {
    if (message_id && this.#messages().some((event) => event.message_id === message_id)) return message_id;
    const wanted = words.trim().toLowerCase();
    const holds = (event: MessageAdded) => !!wanted && !!event.body?.text?.toLowerCase().includes(wanted);
    const found = this.#messages().filter(holds);
    return (found.find((event) => event.role === 'customer') ?? found[0])?.message_id ?? null;
  }

  /** Whether an agent has said something to the customer. */
  get hasAgentsWords(): boolean {
    return this.#messages().some((event) => event.role === 'agent' && !event.private);
  }

  /** The message of a number. */
  messageAt(seq: number): string | null {
    return this.#messages().find((event) => event.seq === seq)?.message_id ?? null;
  }

  /** `dayOf` names the day of an event in the reader's time zone. */
  lines(dayOf: (at: string) => string): Line[] {
    const lines: Line[] = [];
    let day = '';
    let marked = this.#new_after === null;
    for (const event of this.events) {
      const line = lineOf(event);
      if (!line) continue;
      if (dayOf(event.at) !== day) {
        day = dayOf(event.at);
        lines.push({ kind: 'day', at: event.at });
      }
      if (!marked && event.seq > (this.#new_after ?? 0) && line.kind === 'said' && line.event.role === 'customer') {
        marked = true;
        lines.push({ kind: 'new' });
      }
      lines.push(line);
    }
    return [...lines, ...this.pending.map((pending): Line => ({ kind: 'pending', pending }))];
  }

  /** Who waits for whom: the customer since their first line after our last. */
  #note(event: Event): void {
    if (event.kind === 'resolved') this.asked_at = null;
    if (event.kind !== 'message_added' || event.private) return;
    if (event.role === 'customer') this.asked_at ??= event.at;
    if (event.role === 'agent') this.asked_at = null;
  }

  #messages(): MessageAdded[] {
    return this.events.filter((event): event is MessageAdded => event.kind === 'message_added');
  }

  #settle(event: Event): void {
    if (event.kind !== 'message_added' || !event.client_message_id) return;
    this.pending = this.pending.filter((one) => one.client_message_id !== event.client_message_id);
  }
}

/** How an event is told; `null` for what only the machine cares about. */
function lineOf(event: Event): Line | null {
  const fact = (key: string, told: Partial<Pick<Told, 'values' | 'words' | 'reasons'>> = {}): Told => ({
    kind: 'fact',
    event,
    key,
    values: {},
    words: {},
    reasons: [],
    ...told,
  });
  switch (event.kind) {
    case 'message_added':
      return { kind: 'said', event };
    case 'handed_off': {
      const { promise, reasons } = event;
      return promise ? fact('fact_handed_off_promised', { values: { minutes: promise.minutes }, reasons }) : fact('fact_handed_off', { reasons });
    }
    case 'attempt_judged':
      return fact('fact_judged', { words: { outcome: `outcome_${event.outcome}` } });
    case 'answer_missed':
      return fact('fact_answer_missed');
    case 'invitation_ended':
      return event.how === 'withdrawn' ? null : fact(`fact_invitation_${event.how}`);
    case 'transferred': {
      const to = event.to.to === 'team' ? event.to.name : event.to.agent.name;
      const note = event.body?.text;
      return fact(note ? 'fact_transferred_note' : 'fact_transferred', { values: { name: event.from.name, to, note: note ?? '' } });
    }
    case 'handed_back':
      return fact('fact_handed_back', { values: { name: event.agent.name } });
    case 'handoff_cancelled':
      return fact('fact_cancelled');
    case 'email_chosen':
      return fact('fact_email', { values: { email: event.body?.email ?? '' } });
    case 'place_kept':
      return fact('fact_place_kept', { values: { email: event.body?.email ?? '' } });
    case 'reply_overdue':
      return fact('fact_reply_overdue');
    case 'customer_left':
    case 'customer_returned':
    case 'hours_ended':
    case 'turn_near':
      return fact(`fact_${event.kind}`);
    case 'customer_repeated':
      return fact('fact_customer_repeated');
    case 'detail_told':
      return fact('fact_detail_told', { words: { detail: `detail_${event.detail}` } });
    case 'resolved':
      if (event.by.who !== 'agent') return fact(`fact_resolved_by_${event.by.who}`);
      return fact(event.knowable ? 'fact_resolved_knowable' : 'fact_resolved', {
        values: { name: event.by.agent.name },
        words: {
          how: `disposition_${event.disposition ?? 'solved'}`,
          ...(event.knowable ? { known: `knowable_${event.knowable}` } : {}),
        },
      });
    case 'reopened':
      return fact('fact_reopened');
    case 'rated':
      return fact(event.repeated ? 'fact_rated_repeated' : 'fact_rated', { values: { score: event.score } });
    case 'identified':
      return fact('fact_identified');
    case 'erased':
      return fact('fact_erased');
    // These are told by a message of the system, or to nobody.
    case 'started':
    case 'decided':
    case 'attempt_made':
    case 'wait_reviewed':
    case 'invited':
    case 'accepted':
    case 'taken_over':
    case 'dropped':
    case 'reminded':
    case 'detail_asked':
    case 'sent_despite':
    case 'package_filled':
      return null;
  }
}
