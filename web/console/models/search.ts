// The search over conversations: what is wanted stands in the address, so that a search
// can be kept, sent to a colleague and come back to; what is found comes a page at a time.

import type { World } from '../../shared/world';
import type { Api, Found } from '../api';
import { type Fetched, Pages } from './pages';

/** What a search can say; empty is not said. */
export interface Wanted {
  q: string;
  state: string;
  trigger: string;
  team: string;
  inbox: string;
  agent: string;
  language: string;
  /** Days, `2026-11-23`, in the browser's time zone; both count in. */
  from: string;
  until: string;
}

const NOTHING: Wanted = { q: '', state: '', trigger: '', team: '', inbox: '', agent: '', language: '', from: '', until: '' };

export const STATES = ['with_assistant', 'queued', 'by_email', 'with_agent', 'resolved'] as const;
export const LANGUAGES = ['en', 'es', 'fr', 'de', 'pt', 'zh', 'ja', 'ar'] as const;
/** Topics, and other reasons for which a conversation is handed over. */
export const TRIGGERS = [
  'topic.billing_dispute',
  'topic.account_security',
  'topic.legal_compliance',
  'topic.complaint',
  'topic.cancellation',
  'topic.custom_pricing',
  'complexity.multi_area',
  'complexity.account_change',
  'complexity.bug_investigation',
  'complexity.unresolved_reference',
  'customer.vip',
  'customer.repeat_contact',
  'customer.onboarding',
  'sentiment.frustration',
  'sentiment.urgency',
  'sentiment.anger',
  'sentiment.helplessness',
  'confidence.no_article',
  'confidence.partial_match',
  'confidence.ambiguous',
  'confidence.failed_attempts',
  'request.human',
  'policy.rule',
] as const;

/** What was said is found about so much later. */
const FOUND_AFTER_MS = 2_000;
/** As many as the server gives at once. */
const FIRST_PAGE = 25;
export class Search extends Pages<Found> {
  wanted: Wanted = NOTHING;

  readonly #api: Api;

  constructor(api: Api, world: World, onChange: () => void) {
    super(world, onChange);
    this.#api = api;
  }

  /** Comes to a place: what its address says is looked for, anew each time. */
  open(query: string): void {
    this.wanted = wantedOf(query);
    void this.load();
  }

  /** What is wanted changes; words are waited for until they are whole. */
  change(change: Partial<Wanted>): void {
    this.wanted = { ...this.wanted, ...change };
    if (change.q === undefined) void this.load();
    else this.soon();
    this.onChange();
  }

  clear(): void {
    this.wanted = { ...NOTHING };
    void this.load();
  }

  /** Something has happened: the first page may be another one a moment later. Whoever reads on is left alone. */
  refresh(): void {
    if (this.state !== 'idle' || (this.items?.length ?? 0) > FIRST_PAGE) return;
    this.soon(FOUND_AFTER_MS);
  }

  /** Whoever comes next may not see what was found. */
  end(): void {
    this.forget();
    this.wanted = NOTHING;
  }

  get isNarrowed(): boolean {
    return queryOf(this.wanted) !== '';
  }

  get query(): string {
    return queryOf(this.wanted);
  }

  protected fetch(before: string | null): Promise<Fetched<Found>> {
    return this.#api.search(parametersOf(this.wanted, before));
  }

  protected idOf({ item }: Found): string {
    return item.conversation_id;
  }
}

/** What an address says after its `?`; what it does not know is left out. */
export function wantedOf(query: string): Wanted {
  const said = new URLSearchParams(query);
  const wanted = { ...NOTHING };
  for (const name of Object.keys(NOTHING) as (keyof Wanted)[]) wanted[name] = said.get(name) ?? '';
  return wanted;
}

/** The same the other way; in one order, so that one search has one address. */
export function queryOf(wanted: Wanted): string {
  const said = (Object.keys(NOTHING) as (keyof Wanted)[]).filter((name) => wanted[name].trim());
  return new URLSearchParams(said.map((name) => [name, wanted[name].trim()])).toString();
}

/** As the server wants it: days become instants where the reader is. */
function parametersOf(wanted: Wanted, before: string | null): string {
  const { from, until, ...rest } = wanted;
  const said = Object.entries(rest).filter(([, value]) => value.trim());
  const first = dayBegins(from, 0);
  const last = dayBegins(until, 1);
  if (first) said.push(['from', first]);
  if (last) said.push(['until', last]);
  if (before) said.push(['before', before]);
  return new URLSearchParams(said.map(([name, value]) => [name, value.trim()])).toString();
}

/** When a day begins, or the one so many days later; `null` for what is no day. */
function dayBegins(day: string, later: number): string | null {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day) ?? [];
  if (!year) return null;
  const begins = new Date(Number(year), Number(month) - 1, Number(date) + later);
  return Number.isNaN(begins.getTime()) ? null : begins.toISOString();
}
