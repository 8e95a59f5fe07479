// As much of a server as the widget can tell from a real one: it keeps what it
// acknowledged, answers the same request twice with the same, and its network is as bad
// as a test wants.

import type { Line as SocketLine } from '../../../shared/socket';
import type { ConversationView, Event } from '../../../shared/wire';
import type { FakeWorld } from './world';

/**
 * What becomes of a request: `lost` never arrives, the answer of `deaf` never does;
 * `busy` is a 503, `slow_down` a 429 that asks for 20 seconds.
 */
export type Weather = 'fine' | 'lost' | 'deaf' | 'busy' | 'slow_down';

interface Kept {
  view: ConversationView;
  token: string;
  events: Event[];
}

type Asked = { token: string | null; method: string; path: string; body: Record<string, unknown> };

export class FakeServer {
  kept = new Map<string, Kept>();
  tokens = new Set<string>();
  hasInbox = true;
  /** The inbox takes nothing new. */
  isClosed = false;
  /** `METHOD path` of all that arrived, in order. */
  heard: string[] = [];
  isUp = true;
  weather: (request: string) => Weather = () => 'fine';
  latency_ms: () => number = () => 20;
  /** A refusal for requests whose path ends so, instead of an answer. */
  refusals = new Map<string, number>();
  lines = new Set<FakeLine>();

  readonly #world: FakeWorld;
  #made = 0;

  constructor(world: FakeWorld) {
    this.#world = world;
  }

  readonly fetch = (path: string, init: RequestInit): Promise<Response> => {
    const headers = init.headers as Record<string, string>;
    const asked: Asked = {
      method: init.method ?? 'GET',
      path,
      token: headers['Authorization']?.replace('Bearer ', '') ?? null,
      body: init.body ? JSON.parse(String(init.body)) : {},
    };
    const weather = this.isUp ? this.weather(`${asked.method} ${path}`) : 'lost';
    return new Promise((resolve, reject) => {
      this.#world.after(this.latency_ms(), () => {
        if (weather === 'lost') return reject(new TypeError('no network'));
        const [status, body, wait] = this.#weathered(weather, asked);
        const answer = new Response(JSON.stringify(body), { status, headers: wait ? { 'Retry-After': wait } : {} });
        this.#world.after(this.latency_ms(), () => {
          if (weather === 'deaf') reject(new TypeError('no answer'));
          else resolve(answer);
        });
      });
    });
  };

  readonly dial = (): SocketLine => {
    const line = new FakeLine(this);
    this.#world.after(this.latency_ms(), () => {
      if (!this.isUp || this.weather('SOCKET') !== 'fine') return line.end(1006);
      this.lines.add(line);
      line.onopen?.(null as never);
    });
    return line;
  };

  /** The conversation that a token used last. */
  get newest(): Kept {
    return [...this.kept.values()].at(-1)!;
  }

  /** All that customers have said, in all conversations. */
  get said(): string[] {
    return [...this.kept.values()].flatMap(({ events }) => texts(events, 'customer'));
  }

  /** Ends all connections, as a restart or a proxy does. */
  hangUp(): void {
    for (const line of this.lines) line.end(1006);
  }

  greet(line: FakeLine, hello: { token: string; conversation: string; after: number }): void {
    const kept = this.kept.get(hello.conversation);
    if (!this.tokens.has(hello.token)) return line.end(4401);
    if (kept?.token !== hello.token) return line.end(4404);
    line.conversation = hello.conversation;
    line.cursor = hello.after;
    this.send(line, { type: 'welcome', conversation: kept.view });
    this.#push(kept);
  }

  send(line: FakeLine, frame: object): void {
    const data = JSON.stringify(frame);
    const at = Math.max(this.#world.now() + this.latency_ms(), line.quietUntil);
    line.quietUntil = at;
    this.#world.after(at - this.#world.now(), () => this.lines.has(line) && !line.isDead && line.onmessage?.({ data }));
  }

  /** Somebody says something in a conversation. */
  speak(kept: Kept, role: 'assistant' | 'agent' | 'system', text: string, more: object = {}): void {
    this.#record(kept, { kind: 'message_added', role, message_id: `m${++this.#made}`, body: { text }, ...more });
  }

  /** It is in another state from now on, under a new epoch. */
  move(kept: Kept, state: ConversationView['state'], kind: string): void {
    const agent = state === 'with_agent' ? { id: 'a1', name: 'Ada' } : null;
    kept.view = { ...kept.view, state, agent, epoch: kept.view.epoch + 1 };
    if (state === 'queued') kept.view.handed_off = true;
    this.#record(kept, { kind });
  }

  #weathered(weather: Weather, asked: Asked): [number, object, string?] {
    if (weather === 'busy') return [503, {}];
    if (weather === 'slow_down') return [429, {}, '20'];
    this.heard.push(`${asked.method} ${asked.path}`);
    for (const [end, status] of this.refusals) if (asked.path.endsWith(end)) return [status, {}];
    return this.#answer(asked);
  }

  #answer({ method, path, token, body }: Asked): [number, object] {
    const [, area, id = '', act = '', detail = ''] =
      /^\/(?:api\/widget\/)?(\w+)\/?([^/?]*)\/?([^/?]*)\/?([^/?]*)/.exec(path) ?? [];
    if (area === 'words') return [200, { language: 'en', requested: 'en', 'widget.open': 'Open chat' }];
    if (area === 'config') return this.hasInbox ? [200, CONFIG] : [404, {}];
    if (area === 'articles') return id === 'gone' ? [404, {}] : [200, { id, title: 'An article', text: 'Its text' }];
    if (this.isClosed && method === 'POST' && !id) return [409, { code: 'inbox_closed' }];
    if (area === 'visitors') return this.hasInbox ? [201, { token: this.#newToken() }] : [404, {}];
    if (!token || !this.tokens.has(token)) return [401, {}];
    if (!id && method === 'POST') return [201, this.#open(token).view];
    const own = [...this.kept.values()].filter((kept) => kept.token === token);
    if (!id) return [200, { conversations: own.reverse().map(({ view }) => view) }];
    const kept = own.find(({ view }) => view.id === id);
    if (!kept) return [404, {}];
    if (!act) return [200, kept.view];
    if (act === 'events') return [200, page(kept, Number(/after=(\d+)/.exec(path)?.[1] ?? 0))];
    return this.#act(kept, `${act}${detail && act !== 'attempts' ? `/${detail}` : ''}`, body, detail);
  }

  #act(kept: Kept, act: string, body: Record<string, unknown>, detail: string): [number, object] {
    const { state } = kept.view;
    const waits = state === 'queued' || state === 'by_email';
    if (act === 'messages') return [200, this.#receive(kept, body)];
    if (act === 'handoff' && !waits && state !== 'with_agent') {
      this.move(kept, 'queued', 'handed_off');
      this.speak(kept, 'system', 'I am connecting you with a person.');
    }
    if (act === 'handoff/cancel') {
      if (!waits) return [409, {}];
      this.move(kept, 'with_assistant', 'handoff_cancelled');
    }
    if (act === 'email') {
      if (!waits) return [409, {}];
      kept.view = { ...kept.view, email: String(body['email']) };
      this.move(kept, 'by_email', 'email_chosen');
    }
    if (act === 'attempts') {
      this.#record(kept, { kind: 'attempt_judged', attempt_id: detail, outcome: body['helped'] ? 'helped' : 'did_not_help' });
    }
    if (act === 'resolve') this.move(kept, 'resolved', 'resolved');
    if (act === 'rating') {
      if (state !== 'resolved') return [409, {}];
      kept.view = { ...kept.view, rated: true };
      this.#record(kept, { kind: 'rated' });
    }
    return [200, kept.view];
  }

  #receive(kept: Kept, body: Record<string, unknown>): object {
    const client_message_id = String(body['client_message_id']);
    const known = kept.events.find((event) => 'client_message_id' in event && event.client_message_id === client_message_id);
    if (!known) {
      if (kept.view.state === 'resolved') this.move(kept, 'with_assistant', 'reopened');
      this.#record(kept, {
        kind: 'message_added',
        role: 'customer',
        message_id: `m${++this.#made}`,
        client_message_id,
        body: { text: body['text'] },
      });
      this.#world.after(300, () => {
        if (kept.view.state === 'with_assistant') this.speak(kept, 'assistant', `About “${body['text']}” I know nothing.`);
      });
    }
    return { message_id: 'm', seq: known?.seq ?? kept.view.seq, epoch: kept.view.epoch };
  }

  #open(token: string): Kept {
    const view: ConversationView = {
      id: `c${++this.#made}`,
      state: 'with_assistant',
      epoch: 1,
      seq: 0,
      language: 'en',
      agent: null,
      opened_at: new Date(this.#world.now()).toISOString(),
      rated: false,
      handed_off: false,
      wait: null,
      email: null,
    };
    const kept: Kept = { view, token, events: [] };
    this.kept.set(view.id, kept);
    this.#record(kept, { kind: 'started' });
    this.speak(kept, 'assistant', 'I am an automated assistant.');
    return kept;
  }

  #newToken(): string {
    const token = `sgv_${++this.#made}`;
    this.tokens.add(token);
    return token;
  }

  #record(kept: Kept, fact: object): void {
    const { epoch, seq } = kept.view;
    kept.view = { ...kept.view, seq: seq + 1 };
    kept.events.push({ ...fact, seq: seq + 1, epoch, at: new Date(this.#world.now()).toISOString() } as Event);
    this.#push(kept);
  }

  #push(kept: Kept): void {
    for (const line of this.lines) {
      if (line.conversation !== kept.view.id || line.cursor >= kept.view.seq) continue;
      const events = kept.events.filter(({ seq }) => seq > line.cursor);
      line.cursor = kept.view.seq;
      const isPlain = events.every(({ kind }) => kind === 'message_added');
      const view = isPlain ? null : kept.view;
      this.send(line, { type: 'events', conversation: kept.view.id, events, through_seq: line.cursor, view });
    }
  }
}

/** One socket, seen from the server. */
export class FakeLine implements SocketLine {
  onopen: SocketLine['onopen'] = null;
  onmessage: SocketLine['onmessage'] = null;
  onclose: SocketLine['onclose'] = null;
  conversation = '';
  cursor = 0;
  /** Frames keep their order whatever the latency. */
  quietUntil = 0;
  /** Nothing comes through, and nobody says so. */
  isDead = false;
  heard: { type: string }[] = [];

  constructor(readonly server: FakeServer) {}

  send(data: string): void {
    if (this.isDead) return;
    const frame = JSON.parse(data);
    this.heard.push(frame);
    if (frame.type === 'hello') this.server.greet(this, frame);
    if (frame.type === 'ping') this.server.send(this, { type: 'pong' });
  }

  close(): void {
    this.server.lines.delete(this);
  }

  end(code: number): void {
    this.server.lines.delete(this);
    this.onclose?.({ code });
  }
}

const CONFIG = {
  company: 'Acme',
  brand_color: '#123456',
  email_enabled: true,
  reply_by_email_hours: 24,
  max_message_length: 4000,
  staffed: 'open',
  opens_at: null,
};

/** Two events a page, so that there is a second one. */
function page(kept: Kept, after: number): object {
  const events = kept.events.filter(({ seq }) => seq > after).slice(0, 2);
  return { events, through_seq: events.at(-1)?.seq ?? after };
}

export function texts(events: readonly Event[], role: string): string[] {
  return events.flatMap((event) =>
    event.kind === 'message_added' && event.role === role ? [event.body?.text ?? ''] : [],
  );
}
