// Who did what in the workspace: the audit log, newest first, by action and by person.

import type { Api, AuditEntry } from '../api';

export class Audit {
  entries: AuditEntry[] | null = null;
  /** There are older ones. */
  more: string | null = null;
  state: 'idle' | 'loading' | 'unreachable' = 'idle';
  /** Only this action; all if empty. */
  action = '';
  /** Only what they did. */
  actor: { id: string; name: string } | null = null;

  /** What was asked for last: an answer to an earlier question comes too late. */
  #asked = 0;
  readonly #api: Api;
  readonly #onChange: () => void;

  constructor(api: Api, onChange: () => void) {
    this.#api = api;
    this.#onChange = onChange;
  }

  /** The newest page, or the one before `before`. */
  async load(before: string | null = null): Promise<void> {
    const asked = ++this.#asked;
    this.state = 'loading';
    this.#onChange();
    try {
      const page = await this.#api.audit({ action: this.action, actor: this.actor?.id ?? '', before: before ?? '' });
      if (asked !== this.#asked) return;
      this.entries = [...(before ? (this.entries ?? []) : []), ...page.entries];
      this.more = page.next;
      this.state = 'idle';
    } catch {
      if (asked !== this.#asked) return;
      this.state = 'unreachable';
    }
    this.#onChange();
  }

  only(action: string): Promise<void> {
    this.action = action;
    return this.load();
  }

  by(actor: { id: string; name: string } | null): Promise<void> {
    this.actor = actor;
    return this.load();
  }
}
