// The console's side of the HTTP API: calls and refusals, nothing decided.

import type { AgentName, ConversationView, Event, Role } from '../shared/wire';

export type Presence = 'online' | 'away' | 'offline';
export type Disposition = 'solved' | 'workaround' | 'product_problem' | 'no_reply' | 'out_of_scope';

export interface SessionShown {
  agent: { id: string; name: string; email: string; role: 'agent' | 'lead' | 'admin'; capacity: number };
  csrf: string;
  workspace: { id: string; company: string; brand_color: string; site_keys: string[] };
}

export interface Item {
  conversation_id: string;
  state: ConversationView['state'];
  epoch: number;
  seq: number;
  contact: { id: string; name: string | null; email: string | null; plan: string; vip: boolean };
  subject: string;
  reasons: string[];
  mood: number;
  language: string;
  priority: 'normal' | 'high';
  queued_at: string | null;
  promised_minutes: number | null;
  by_email: boolean;
  reply_due_at: string | null;
  invited_agent_id: string | null;
  until: string | null;
  agent: AgentName | null;
  touched_at: string;
  last_text: string;
  last_role: Role | null;
}

export interface Floor {
  me: { presence: Presence; busy: number; capacity: number };
  invitations: Item[];
  queue: Item[];
  mine: Item[];
  agents: { id: string; name: string; presence: Presence; busy: number; capacity: number }[];
  alarms: { kind: string; conversation_id: string; minutes: number; text: string }[];
}

export interface Evidence {
  from: 'words' | 'fact';
  text: string;
  message_id?: string;
}

export interface Package {
  assessment: {
    issue: string;
    category: string;
    reasons: { trigger: string; strength: number; effect: string; evidence: Evidence[] }[];
    mood: { strength: number; trigger: string | null; trend: number[] };
    answerable: number | null;
    language: string;
  };
  attempts: {
    id: string;
    message_id: string;
    at: string;
    suggestion: string;
    article_title: string | null;
    outcome: 'unknown' | 'helped' | 'did_not_help' | 'asked_again';
    outcome_words: string | null;
  }[];
  customer: {
    name: string | null;
    email: string | null;
    plan: string;
    vip: boolean;
    signed_up_at: string | null;
    attributes: Record<string, string>;
    earlier: { conversation_id: string; subject: string; opened_at: string; outcome: string }[];
  };
  next_steps: { text: string; source: string }[];
}

export interface Detail {
  item: Item;
  view: ConversationView;
  package: Package | null;
  introduction: { text: string; faults: string[] } | null;
  contact: Item['contact'];
  events: Event[];
  through_seq: number;
}

export interface Csat {
  n: number;
  mean: number | null;
  satisfied: number | null;
}

export interface Measures {
  days: number;
  csat: { assistant: Csat; handoff: Csat; human: Csat };
  repeated: { n: number; share: number | null };
  first_response: { n: number; p50_ms: number | null; p90_ms: number | null; within_target: number | null };
  target_ms: number;
  escalation: {
    conversations: number;
    handed_off: number;
    rate: number | null;
    by_day: { day: string; conversations: number; handed_off: number }[];
    by_trigger: { trigger: string; n: number }[];
  };
  outcomes: { outcome: string; n: number }[];
  promises: { n: number; kept: number };
}

export interface ArticleListed {
  id: string;
  title: string;
  source: string;
  updated_at: string;
}

export interface Imported {
  added: number;
  updated: number;
  unchanged: number;
  faults: { name: string; fault: string }[];
}

/** The server said no, or was not reached (`status` 0). */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

export class Api {
  csrf = '';

  get<T>(path: string): Promise<T> {
    return this.#call('GET', path);
  }

  post<T>(path: string, body: object = {}): Promise<T> {
    return this.#call('POST', path, body);
  }

  delete(path: string): Promise<void> {
    return this.#call('DELETE', path);
  }

  async #call<T>(method: string, path: string, body?: object): Promise<T> {
    const headers: Record<string, string> = {};
    if (body) headers['Content-Type'] = 'application/json';
    if (method !== 'GET') headers['X-CSRF-Token'] = this.csrf;
    let answer: Response;
    try {
      answer = await fetch(path, { method, headers, body: body ? JSON.stringify(body) : null });
    } catch {
      throw new Refusal(0, 'unreachable', '');
    }
    if (answer.status === 204) return undefined as T;
    const said: unknown = await answer.json().catch(() => ({}));
    if (answer.ok) return said as T;
    const { code = '', detail = '' } = said as { code?: string; detail?: string };
    throw new Refusal(answer.status, code, detail);
  }
}
