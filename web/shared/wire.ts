// What travels between the server and a browser, as far as a customer may see it:
// the serde form of crates/core/src/event.rs and the frames of the sockets.

export interface AgentName {
  id: string;
  name: string;
}

export interface Citation {
  article_id: string;
  title: string;
  passage: string;
}

export type Role = 'customer' | 'assistant' | 'agent' | 'system';
export type Outcome = 'unknown' | 'helped' | 'did_not_help' | 'asked_again';

/** A file that a message carries (P46). */
export interface Attached {
  id: string;
  name: string;
  kind: 'png' | 'jpeg' | 'gif' | 'webp' | 'heic' | 'pdf' | 'text' | 'markup' | 'office';
  bytes: number;
  width?: number | null;
  height?: number | null;
}

/** The words of an event; gone once erased (P48). */
export interface Body {
  text?: string;
  citations?: Citation[];
  /** What the customer may have meant, where the assistant asks which (P17). */
  readings?: string[];
  email?: string;
  /** What fills the words of a note by the system. */
  values?: Record<string, string>;
  files?: Attached[];
}

export interface MessageFact {
  kind: 'message_added';
  message_id: string;
  role: Role;
  agent?: AgentName;
  private?: boolean;
  template?: string;
  client_message_id?: string;
  attempt_id?: string;
  offers_person?: boolean;
}

export interface JudgedFact {
  kind: 'attempt_judged';
  attempt_id: string;
  outcome: Outcome;
}

/** Facts whose details no browser draws line by line. */
export interface OtherFact {
  kind:
    | 'started'
    | 'decided'
    | 'attempt_made'
    | 'answer_missed'
    | 'handed_off'
    | 'wait_reviewed'
    | 'invited'
    | 'invitation_ended'
    | 'accepted'
    | 'dropped'
    | 'transferred'
    | 'taken_over'
    | 'handed_back'
    | 'handoff_cancelled'
    | 'email_chosen'
    | 'reply_overdue'
    | 'customer_left'
    | 'customer_returned'
    | 'hours_ended'
    | 'place_kept'
    | 'turn_near'
    | 'detail_asked'
    | 'detail_told'
    | 'reminded'
    | 'customer_repeated'
    | 'sent_despite'
    | 'resolved'
    | 'reopened'
    | 'rated'
    | 'identified'
    | 'erased';
}

export type Fact = MessageFact | JudgedFact | OtherFact;

/** `seq` counts 1, 2, 3 … in a conversation; events hidden from the reader are left out. */
export type Event = Fact & { seq: number; at: string; epoch: number; body?: Body };

export type ConversationState = 'with_assistant' | 'queued' | 'by_email' | 'with_agent' | 'resolved';

export interface Wait {
  status: 'waiting' | 'nobody_online' | 'closed';
  position: number | null;
  /** Of those before, how many came later and are more urgent. */
  urgent_ahead: number;
  minutes: number | null;
  invited: boolean;
  /** Too long to be sat out: the other ways come first. */
  slow?: boolean;
  /** The customer keeps the place from afar. */
  kept?: boolean;
  /** Such a customer was told that the turn is near. */
  called?: boolean;
  opens_at: string | null;
}

/** A conversation as its customer sees it. */
export interface ConversationView {
  id: string;
  state: ConversationState;
  epoch: number;
  seq: number;
  language: string;
  agent: AgentName | null;
  opened_at: string;
  rated: boolean;
  handed_off: boolean;
  wait: Wait | null;
  email: string | null;
}

export interface EventPage {
  events: Event[];
  through_seq: number;
}

/** What the server says on the widget's socket. */
export type WidgetFrame =
  | { type: 'welcome'; conversation: ConversationView }
  | {
      type: 'events';
      conversation: string;
      events: Event[];
      through_seq: number;
      /** Where the conversation stands, if more happened than messages. */
      view: ConversationView | null;
    }
  /** What is here is not what the server has: forget it, all there is follows. */
  | { type: 'resync'; conversation: string }
  | { type: 'wait'; conversation: string; wait: Wait | null }
  | { type: 'typing'; who: 'assistant' | 'agent'; name: string | null }
  | { type: 'preview'; conversation: string; epoch: number; text: string }
  | { type: 'pong' }
  | { type: 'error'; code: string; detail: string };
