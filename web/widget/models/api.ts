// The widget's side of the HTTP API: translates calls and refusals, decides nothing.

import type { ConversationView, EventPage } from '../../shared/wire';
import type { Pending } from './outbox';

export interface Config {
  company: string;
  brand_color: string;
  email_enabled: boolean;
  reply_by_email_hours: number;
  max_message_length: number;
  max_file_bytes: number;
  max_files: number;
  staffed: 'open' | 'closed' | 'nobody_online';
  opens_at: string | null;
}

export interface Article {
  id: string;
  title: string;
  text: string;
}

export interface Sent {
  message_id: string;
  seq: number;
  epoch: number;
}

/** A request that takes longer has failed; a phone's radio can hang for minutes. */
const PATIENCE_MS = 10_000;

/** The server was not reached. */
export class Unreachable extends Error {}

/** The server said no. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code = '',
    readonly retryAfterMs: number | null = null,
  ) {
    super(code);
  }

  /** Whether the same request may succeed later. */
  get passing(): boolean {
    return this.status >= 500 || this.status === 429 || this.status === 408;
  }
}

/** There is no inbox of this name. */
export class NoInbox extends Error {}

/** The server does not know the visitor's key that was shown. */
export class UnknownVisitor extends Error {
  constructor(readonly token: string | null) {
    super();
  }
}

/** This visitor has no such conversation (any more). */
export class NoConversation extends Error {
  constructor(readonly id: string) {
    super();
  }
}

/** Whether trying again makes sense. */
export function mayPass(error: unknown): boolean {
  return error instanceof Unreachable || (error instanceof Refusal && error.passing);
}

export class Api {
  token: string | null = null;

  readonly #inbox: string;
  readonly #request: typeof fetch;

  constructor(inbox: string, request: typeof fetch) {
    this.#inbox = inbox;
    this.#request = request;
  }

  words(language: string): Promise<Record<string, string>> {
    return this.#call('GET', `/words/${encodeURIComponent(language)}.json?section=widget`);
  }

  config(): Promise<Config> {
    return or404(new NoInbox(), this.#call('GET', `/api/widget/config${this.#query()}`));
  }

  article(id: string): Promise<Article> {
    return this.#call('GET', `/api/widget/articles/${encodeURIComponent(id)}${this.#query()}`);
  }

  async newVisitor(): Promise<string> {
    const made = this.#call<{ token: string }>('POST', '/api/widget/visitors', { inbox: this.#inbox });
    return (await or404(new NoInbox(), made)).token;
  }

  async conversations(): Promise<ConversationView[]> {
    type Listing = { conversations: ConversationView[] };
    return (await this.#call<Listing>('GET', '/api/widget/conversations')).conversations;
  }

  open(language: string): Promise<ConversationView> {
    return this.#call('POST', '/api/widget/conversations', { language });
  }

  view(id: string): Promise<ConversationView> {
    return or404(new NoConversation(id), this.#call('GET', `/api/widget/conversations/${id}`));
  }

  events(id: string, after: number): Promise<EventPage> {
    const page = this.#call<EventPage>('GET', `/api/widget/conversations/${id}/events?after=${after}`);
    return or404(new NoConversation(id), page);
  }

  say(id: string, { client_message_id, text, files }: Pending): Promise<Sent> {
    return this.tell(id, 'messages', { client_message_id, text, files: files?.map(({ id }) => id) });
  }

  /** Everything else that a customer can do to a conversation answers with its view. */
  tell<T = ConversationView>(id: string, what: string, body: object = {}): Promise<T> {
    return or404(new NoConversation(id), this.#call<T>('POST', `/api/widget/conversations/${id}/${what}`, body));
  }

  #query(): string {
    return `?inbox=${encodeURIComponent(this.#inbox)}`;
  }

  async #call<T>(method: string, path: string, body?: object): Promise<T> {
    const headers: Record<string, string> = {};
    const { token } = this;
    if (body) headers['Content-Type'] = 'application/json';
    if (token) headers['Authorization'] = `Bearer ${token}`;
    let answer: Response;
    try {
      answer = await this.#request(path, {
        method,
        headers,
        body: body ? JSON.stringify(body) : null,
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      if (answer.ok) return (await answer.json()) as T;
    } catch {
      throw new Unreachable();
    }
    if (answer.status === 401) throw new UnknownVisitor(token);
    const problem = (await answer.json().catch(() => ({}))) as { code?: string };
    const seconds = Number(answer.headers.get('Retry-After'));
    throw new Refusal(answer.status, problem.code, seconds > 0 ? seconds * 1000 : null);
  }
}

/** Gives a 404 its meaning. */
function or404<T>(meaning: Error, call: Promise<T>): Promise<T> {
  return call.catch((error: unknown) => {
    throw error instanceof Refusal && error.status === 404 ? meaning : error;
  });
}
