// The console's side of the HTTP API: calls and refusals, nothing decided.


import type { components } from '../shared/api';
import type { Event } from '../shared/wire';

export type Presence = 'online' | 'away' | 'offline';

/** The server writes every field, `null` where there is nothing. */
type Whole<T> = T extends (infer U)[] ? Whole<U>[] : T extends object ? { [K in keyof T]-?: Whole<T[K]> } : T;
type Shown<Name extends keyof components['schemas']> = Whole<components['schemas'][Name]>;

export type Disposition = Shown<'Disposition'>;
export type SessionShown = Shown<'SessionShown'>;
export type Item = Shown<'Item'>;
export type Floor = Shown<'Floor'>;
export type Package = Shown<'Package'>;
/** Events as wire.ts knows them. */
export type Detail = Omit<Shown<'Detail'>, 'events'> & { events: Event[] };
export type Csat = Shown<'Csat'>;
export type Measures = Shown<'Measures'>;
export type ArticleListed = Shown<'ArticleListed'>;
export type Imported = Shown<'Imported'>;

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
