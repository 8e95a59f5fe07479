// Who did what in the workspace: the audit log, newest first, by action and by person.

import type { Api, AuditEntry } from '../api';

const HEAD = ['at', 'action', 'actor_kind', 'actor_id', 'actor_name', 'subject', 'detail'];

function rowOf({ at, action, actor_kind, actor_id, actor_name, subject, detail }: AuditEntry): string[] {
  const told = Object.entries(detail).map(([name, value]) => `${name}: ${value}`);
  return [at, action, actor_kind, actor_id ?? '', actor_name ?? '', subject ?? '', told.join('; ')];
}

/** A cell that no spreadsheet takes for a formula (attack: names that begin with `=`). */
function cell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

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

  /**
   * All that the filters let through, as a table for a spreadsheet; `null` where it could not
   * be fetched whole, since half of a log is worse than none.
   */
  async table(): Promise<{ text: string; lines: number } | null> {
    const filter = { action: this.action, actor: this.actor?.id ?? '' };
    const rows = [HEAD];
    try {
      for (let before: string | null = ''; before !== null; ) {
        const page: { entries: AuditEntry[]; next: string | null } = await this.#api.audit({ ...filter, before });
        rows.push(...page.entries.map(rowOf));
        before = page.next;
      }
    } catch {
      return null;
    }
    return { text: rows.map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n', lines: rows.length - 1 };
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
