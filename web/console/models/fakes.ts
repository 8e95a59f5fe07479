// What the tests of the models stand on: a world that moves when told, a server that
// answers from a table, a line, and things of the desk with only what matters said.

import type { Line } from '../../shared/socket';
import type { World } from '../../shared/world';
import { Api, type Detail, type Event, type Fetch, type Floor, type Item, type MessageAdded, type SessionShown } from '../api';
import type { Shelf } from './drafts';

export const NOW = Date.parse('2026-11-24T10:00:00Z');

export function at(seconds_ago: number): string {
  return new Date(NOW - seconds_ago * 1_000).toISOString();
}

export class FakeWorld implements World {
  #now = NOW;
  #timers: { due: number; call: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  random(): number {
    return 0.5;
  }

  after(ms: number, call: () => void): () => void {
    const timer = { due: this.#now + ms, call };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  /** Lets time pass, and what was waiting for it happen. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const [next] = this.#timers.filter((timer) => timer.due <= end).sort((a, b) => a.due - b.due);
      if (!next) break;
      this.#now = next.due;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      next.call();
      await settle();
    }
    this.#now = end;
    await settle();
  }
}

/** Lets everything happen that waits for nothing but its turn. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export class FakeShelf implements Shelf {
  readonly kept = new Map<string, string>();
  isFull = false;

  getItem(key: string): string | null {
    return this.kept.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    if (this.isFull) throw new Error('full');
    this.kept.set(key, value);
  }

  removeItem(key: string): void {
    this.kept.delete(key);
  }
}

type Answer = { status: number; body: unknown };

export class FakeServer {
  /** Nobody answers. */
  isDown = false;
  /** What followed `/api/console/`, with its question. */
  readonly paths: string[] = [];
  readonly calls: { route: string; body: Record<string, unknown>; headers: Record<string, string> }[] = [];
  readonly api: Api;
  readonly #answers = new Map<string, (body: Record<string, unknown>) => Answer>();
  readonly #held = new Map<string, Promise<void>>();

  constructor() {
    this.api = new Api(this.#fetch);
  }

  /** `route` is `GET floor`: the method and what follows `/api/console/`. */
  answer(route: string, body: unknown): void {
    this.#answers.set(route, () => ({ status: 200, body: typeof body === 'function' ? body() : body }));
  }

  refuse(route: string, status: number, code = '', detail = ''): void {
    this.#answers.set(route, () => ({ status, body: { code, detail } }));
  }

  /** Holds the answers of a route back until the returned function is called. */
  hold(route: string): () => void {
    let release = () => {};
    this.#held.set(route, new Promise((resolve) => (release = resolve)));
    return () => {
      this.#held.delete(route);
      release();
    };
  }

  bodies(route: string): Record<string, unknown>[] {
    return this.calls.filter((call) => call.route === route).map((call) => call.body);
  }

  readonly #fetch: Fetch = async (path, init) => {
    const route = `${init.method} ${path.replace('/api/console/', '').replace(/\?.*/, '')}`;
    const body = JSON.parse(String(init.body ?? '{}')) as Record<string, unknown>;
    this.paths.push(path.replace('/api/console/', ''));
    this.calls.push({ route, body, headers: init.headers as Record<string, string> });
    if (this.isDown) throw new TypeError('no network');
    const answer = this.#answers.get(route)?.(body) ?? { status: 404, body: { code: 'not_found', detail: route } };
    await this.#held.get(route);
    return { ok: answer.status < 300, status: answer.status, json: async () => answer.body } as Response;
  };
}

export class FakeLine implements Line {
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly sent: Record<string, unknown>[] = [];

  send(data: string): void {
    this.sent.push(JSON.parse(data) as Record<string, unknown>);
  }

  close(): void {}

  open(): void {
    this.onopen?.(undefined as never);
    this.say({ type: 'welcome', agent_id: 'me' });
  }

  say(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  drop(code = 1006): void {
    this.onclose?.({ code });
  }
}

export const ME: SessionShown = {
  agent: { id: 'me', name: 'Maya Lind', email: 'maya@example.com', role: 'admin', capacity: 4 },
  csrf: 'csrf-1',
  workspace: { id: 'w', company: 'Fernhill', brand_color: '#123456', site_keys: ['site_1'], lexical_mode: false },
};

export const SOMEBODY = { id: 'jonas', name: 'Jonas Weber' };

export function item(id: string, given: Partial<Item> = {}): Item {
  return {
    conversation_id: id,
    state: 'queued',
    epoch: 1,
    seq: 3,
    inbox_id: 'inbox-1',
    contact: { id: `contact-${id}`, name: `Name ${id}`, email: null, plan: '', vip: false, verified: false, email_proof: 'claimed', email_failed_at: null, email_failure: null },
    subject: `Subject ${id}`,
    reasons: [],
    mood: 0,
    language: 'en',
    priority: 0,
    team_id: null,
    skills: [],
    place: null,
    queued_at: at(60),
    waited_s: 60,
    promised_minutes: 5,
    by_email: false,
    channel: 'chat',
    heard_by: 'chat',
    away_since: null,
    erased: false,
    reply_due_at: null,
    invited_agent_id: null,
    until: null,
    agent: null,
    touched_at: at(60),
    last_text: 'help',
    last_role: 'customer',
    ...given,
  };
}

export function mine(id: string, given: Partial<Item> = {}): Item {
  return item(id, { state: 'with_agent', epoch: 2, agent: { id: 'me', name: 'Maya Lind' }, queued_at: null, waited_s: null, ...given });
}

export function invited(id: string, given: Partial<Item> = {}): Item {
  return item(id, { invited_agent_id: 'me', until: at(-45), ...given });
}

export function floor(given: Partial<Floor> = {}): Floor {
  const agents = [{ id: 'me', name: 'Maya Lind', presence: 'online', busy: 0, capacity: 4 }];
  return { me: { presence: 'online', wrap_up_until: null, busy: 0, capacity: 4 }, invitations: [], queue: [], waiting: 0, teams: [], inboxes: [], pass_to: [], mine: [], agents, mail: false, is_open: true, alarms: [], shortages: [], webhooks_paused: [], ...given };
}

export function said(seq: number, role: MessageAdded['role'], text: string, given: Partial<MessageAdded> = {}): MessageAdded {
  return {
    kind: 'message_added',
    seq,
    at: at(100 - seq),
    epoch: 1,
    message_id: `message-${seq}`,
    role,
    body: { text },
    ...given,
  } as MessageAdded;
}

/** Another fact; only what a case is about need be given. */
export function fact(seq: number, given: object): Event {
  return { seq, at: at(100 - seq), epoch: 1, ...given } as unknown as Event;
}

export function detail(of: Item, events: Event[] = [said(3, 'customer', 'help')], given: Partial<Detail> = {}): Detail {
  return {
    item: of,
    view: {} as Detail['view'],
    package: null,
    similar: [],
    introduction: null,
    contact: of.contact,
    dedicated_agent_id: null,
    events,
    through_seq: events.at(-1)?.seq ?? of.seq,
    ...given,
  };
}

/** A handed over conversation with a drafted introduction. */
export function introduced(of: Item): Detail {
  return detail(of, [said(3, 'customer', 'help')], {
    package: { attempts: [] } as unknown as Detail['package'],
    introduction: { text: 'Hello, I have read everything.', faults: [], by_model: false },
  });
}
