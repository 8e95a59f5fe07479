// The conversation as it is drawn: the events that arrived, each once and in order,
// and below them the lines that are still on their way.

import type { AgentName, Attached, Citation, Event, MessageFact, Outcome, Role } from '../../shared/wire';
import type { Outbox, Pending } from './outbox';

export interface Line {
  /** The same for an optimistic line and the event that replaces it. */
  key: string;
  role: Role;
  agent: AgentName | null;
  text: string;
  at: Date;
  citations: Citation[];
  attempt_id: string | null;
  offers_person: boolean;
  /** What the customer may choose from (P17). */
  readings: string[];
  /** Files that came along (P46). */
  files?: Attached[] | undefined;
  /** Where it stands on its way; an event is always `sent`. */
  state: Pending['state'];
}

/** A draft that is being written: lossy, never stored. */
interface Preview {
  epoch: number;
  text: string;
}

export interface Typing {
  who: 'assistant' | 'agent';
  name: string | null;
  /** Milliseconds since 1970. */
  until: number;
}

/** How long one sign of typing lasts. */
export const TYPING_MS = 4_000;

export class Transcript {
  /** The cursor: everything up to here was seen, hidden events included. */
  through_seq = 0;
  /** Who may speak has this version; drafts of an older one are void. */
  epoch = 0;
  preview: Preview | null = null;
  typing: Typing | null = null;

  #events: Event[] = [];
  #seqs = new Set<number>();
  /** The customer's own lines that have arrived, by the ids they were sent with. */
  #arrived = new Set<string>();
  #outcomes = new Map<string, Outcome>();

  readonly #outbox: Outbox;

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  /** Merges events from whichever way they came; what is known already is skipped. */
  receive(events: readonly Event[], through_seq: number): void {
    for (const event of events) {
      if (this.#seqs.has(event.seq)) continue;
      this.#seqs.add(event.seq);
      this.#events.push(event);
      this.#note(event);
    }
    this.#events.sort((a, b) => a.seq - b.seq);
    this.through_seq = Math.max(this.through_seq, through_seq);
  }

  /** Takes a draft unless somebody else may speak by now. */
  draft(epoch: number, text: string): void {
    // One that comes after its answer, by another way, would stand for ever.
    if (epoch < this.epoch || (epoch === this.epoch && this.answered)) return;
    this.epoch = epoch;
    this.preview = { epoch, text };
    this.typing = null;
  }

  /** Somebody else may speak from here on: an older draft is void. */
  advance(epoch: number): void {
    this.epoch = Math.max(this.epoch, epoch);
    if (this.preview && this.preview.epoch < this.epoch) this.preview = null;
  }

  sign(who: Typing['who'], name: string | null, now: number): void {
    this.typing = { who, name, until: now + TYPING_MS };
  }

  /** Forgets a sign of typing that was not renewed. */
  fade(now: number): void {
    if (this.typing && this.typing.until <= now) this.typing = null;
  }

  /** What was said, then what is on its way in this conversation. */
  lines(conversation: string | null): Line[] {
    const said = this.#events.flatMap((event) => {
      // Erased words (P48) leave no line.
      const { text = '', files } = event.body ?? {};
      return event.kind === 'message_added' && !event.private && (text || files) ? [line(event, text)] : [];
    });
    const coming = this.#outbox.all
      .filter((entry) => entry.conversation === conversation || entry.conversation === null)
      // Another tab may leave a line on the shelf whose event is here already.
      .filter((entry) => !this.#arrived.has(entry.client_message_id))
      .map(pendingLine);
    const lines = [...said, ...coming];
    const last = lines.at(-1);
    // While its readings are buttons, they need not stand in the text too.
    if (last?.readings.length) last.text = last.text.split('\n', 1)[0]!;
    return lines;
  }

  /** Whether the customer has asked something and was answered last. */
  get answered(): boolean {
    const roles = this.#events.flatMap((event) => (event.kind === 'message_added' ? [event.role] : []));
    const spoke = roles.filter((role) => role !== 'system');
    return spoke.includes('customer') && spoke.at(-1) !== 'customer';
  }

  /** Messages from the other side after `seq`, for the badge. */
  unread(seq: number): number {
    return this.#events.filter(
      (event) => event.seq > seq && event.kind === 'message_added' && event.role !== 'customer',
    ).length;
  }

  outcome(attempt_id: string): Outcome {
    return this.#outcomes.get(attempt_id) ?? 'unknown';
  }

  /** Said by the customer's own click, before the event comes round. */
  judge(attempt_id: string, outcome: Outcome): void {
    this.#outcomes.set(attempt_id, outcome);
  }

  #note(event: Event): void {
    this.advance(event.epoch);
    if (event.kind === 'attempt_judged') this.#outcomes.set(event.attempt_id, event.outcome);
    if (event.kind === 'erased') this.#erase(event.seq);
    if (event.kind !== 'message_added') return;
    if (event.role === 'customer') {
      const id = event.client_message_id;
      if (id) this.#outbox.remove(id);
      if (id) this.#arrived.add(id);
    } else {
      this.preview = null;
      this.typing = null;
    }
  }

  /** The server emptied the bodies up to here; what this page holds goes too. */
  #erase(seq: number): void {
    for (const event of this.#events) if (event.seq < seq) delete event.body;
  }
}

function line(event: Event & MessageFact, text: string): Line {
  return {
    key: event.client_message_id ?? event.message_id,
    role: event.role,
    agent: event.agent ?? null,
    text,
    at: new Date(event.at),
    citations: event.body?.citations ?? [],
    attempt_id: event.attempt_id ?? null,
    offers_person: event.offers_person ?? false,
    readings: event.body?.readings ?? [],
    files: event.body?.files,
    state: 'sent',
  };
}

function pendingLine(entry: Pending): Line {
  return {
    key: entry.client_message_id,
    role: 'customer',
    agent: null,
    text: entry.text,
    at: new Date(entry.at),
    citations: [],
    attempt_id: null,
    offers_person: false,
    readings: [],
    files: entry.files,
    state: entry.state,
  };
}
