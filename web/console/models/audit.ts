// Who did what in the workspace: the audit log, newest first, narrowed down to who, what, when
// and to what. What is wanted stands in the address, so that it can be kept and sent.

import type { World } from '../../shared/world';
import type { Api, AuditEntry, People } from '../api';
import { type Fetched, Pages } from './pages';

/** What the log is narrowed to; empty is not said. */
export interface AuditWanted {
  action: string;
  /** An agent, a program or a contact by their id, or `kind:` and one of the kinds without. */
  who: string;
  /** What was done to the thing of this id. */
  about: string;
  /** Days, `2026-11-23`, in the browser's time zone; both count in. */
  from: string;
  until: string;
}

const NOTHING: AuditWanted = { action: '', who: '', about: '', from: '', until: '' };
const KIND = 'kind:';

export class Audit extends Pages<AuditEntry> {
  wanted: AuditWanted = NOTHING;
  /** Who may have done something. */
  agents: People['agents'] = [];

  readonly #api: Api;

  constructor(api: Api, world: World, onChange: () => void) {
    super(world, onChange);
    this.#api = api;
  }

  /** Comes to what an address says. */
  async open(query: string): Promise<void> {
    this.wanted = auditWanted(query);
    await this.load();
  }

  /** Whom one can choose; without them the log reads as well. */
  async choices(): Promise<void> {
    try {
      this.agents = (await this.#api.people()).agents;
    } catch {
      this.agents = [];
    }
    this.onChange();
  }

  protected async fetch(before: string | null): Promise<Fetched<AuditEntry>> {
    const { entries, next } = await this.#api.audit({ ...parametersOf(this.wanted), ...(before ? { before } : {}) });
    return { items: entries, next };
  }

  protected idOf({ id }: AuditEntry): string {
    return id;
  }

  /** The name of whom or what the log is narrowed to by an id, as far as its lines tell. */
  nameOf(id: string): string {
    const agent = this.agents.find((one) => one.id === id)?.name;
    const by = this.items?.find(({ actor_id }) => actor_id === id)?.actor_name;
    const about = this.items?.find(({ subject }) => subject === id)?.subject_name;
    return agent ?? by ?? about ?? id;
  }

  get isNarrowed(): boolean {
    return auditQuery(this.wanted) !== '';
  }

  /** Where all that is let through is had as a file. */
  fileAddress(format: 'csv' | 'json'): string {
    return `/api/console/audit/file?${new URLSearchParams({ ...parametersOf(this.wanted), format })}`;
  }
}

/** What an address says after its `?`; what it does not know is left out. */
export function auditWanted(query: string): AuditWanted {
  const said = new URLSearchParams(query);
  const wanted = { ...NOTHING };
  for (const name of Object.keys(NOTHING) as (keyof AuditWanted)[]) wanted[name] = said.get(name) ?? '';
  for (const day of ['from', 'until'] as const) if (!/^\d{4}-\d{2}-\d{2}$/.test(wanted[day])) wanted[day] = '';
  return wanted;
}

/** The same as it stands in the address. */
export function auditQuery(wanted: AuditWanted): string {
  return new URLSearchParams(Object.entries(wanted).filter(([, value]) => value)).toString();
}

/** What the server is asked: days become instants, the last one counts to its end. */
export function parametersOf({ action, who, about, from, until }: AuditWanted): Record<string, string> {
  const isKind = who.startsWith(KIND);
  const given = {
    action,
    actor: isKind ? '' : who,
    kind: isKind ? who.slice(KIND.length) : '',
    subject: about,
    from: from && instantOf(from, 0),
    until: until && instantOf(until, 1),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value));
}

/** When a day begins here, or one so many days after it. */
function instantOf(day: string, days: number): string {
  const at = new Date(`${day}T00:00`);
  if (Number.isNaN(at.getTime())) return '';
  at.setDate(at.getDate() + days);
  return at.toISOString();
}
