// What the measures page makes of the numbers: never a share without its n, and no share at
// all of too few. What is looked at stands in the address.

import type { Again, Api, Behind, BehindPage, Compared, DayFigures, Load, Measures, Product, Share } from '../api';

/** With fewer cases a share says more than is known. */
export const ENOUGH = 5;

export type Figure = { kind: 'none' } | { kind: 'few'; n: number } | { kind: 'share'; n: number; share: number };

export function figureOf(n: number, share: number | null): Figure {
  if (n === 0 || share === null) return { kind: 'none' };
  return n < ENOUGH ? { kind: 'few', n } : { kind: 'share', n, share };
}

// ── what is looked at ─────────────────────────────────────────────────────────

export const VIEWS = ['overview', 'now', 'course', 'causes', 'product', 'gaps', 'load', 'behind'] as const;
export type View = (typeof VIEWS)[number];
export const FILTERS = ['inbox', 'plan', 'language', 'topic', 'trigger'] as const;
export type Filter = (typeof FILTERS)[number];
export const PERIODS = [7, 30, 90, 365] as const;

export interface Wanted {
  view: View;
  days: number;
  /** The last day; empty for today. */
  to: string;
  filters: Partial<Record<Filter, string>>;
  /** The figure whose conversations are shown. */
  figure: string;
  /** The draft of an article that is in hand. */
  draft: string;
}

/** Reads `causes?days=90&topic=orders`. */
export function wantedOf(rest: string): Wanted {
  const [name = '', query = ''] = rest.split('?');
  const asked = new URLSearchParams(query);
  const days = Number(asked.get('days'));
  const filters: Wanted['filters'] = {};
  for (const filter of FILTERS) {
    const value = asked.get(filter);
    if (value !== null) filters[filter] = value;
  }
  return {
    view: VIEWS.find((view) => view === name) ?? 'overview',
    days: Number.isInteger(days) && days >= 1 && days <= 366 ? days : 30,
    to: /^\d{4}-\d{2}-\d{2}$/.test(asked.get('to') ?? '') ? (asked.get('to') ?? '') : '',
    filters,
    figure: /^[a-z_]+$/.test(asked.get('figure') ?? '') ? (asked.get('figure') ?? '') : '',
    draft: /^\w+$/.test(asked.get('draft') ?? '') ? (asked.get('draft') ?? '') : '',
  };
}

/** The same as it stands in the address. */
export function restOf(wanted: Wanted): string {
  const asked = new URLSearchParams();
  if (wanted.days !== 30) asked.set('days', String(wanted.days));
  if (wanted.to) asked.set('to', wanted.to);
  for (const filter of FILTERS) {
    const value = wanted.filters[filter];
    if (value !== undefined) asked.set(filter, value);
  }
  if (wanted.figure && wanted.view === 'behind') asked.set('figure', wanted.figure);
  if (wanted.draft && wanted.view === 'gaps') asked.set('draft', wanted.draft);
  const query = asked.toString();
  return (wanted.view === 'overview' ? '' : wanted.view) + (query && `?${query}`);
}

/** What the server is asked. */
export function queryOf({ days, to, filters }: Wanted): string {
  const asked = new URLSearchParams({ days: String(days), ...filters });
  if (to) asked.set('to', to);
  return asked.toString();
}

// ── figures ───────────────────────────────────────────────────────────────────

/** A share of k of n with Wilson's interval, as the server makes it. */
export function shareOf(k: number, n: number): Share {
  if (n <= 0) return { n: 0, k: 0, share: null, low: null, high: null };
  const z = 1.959964;
  const p = k / n;
  const centre = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const half = (z / (1 + (z * z) / n)) * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  return { n, k, share: p, low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

export type Turn = { kind: 'none' } | { kind: 'same' | 'up' | 'down'; points: number; isReal: boolean };

/** Where a figure went since the period before; nothing of too few. */
export function turnOf({ now, before, difference, low, high }: Compared): Turn {
  if (difference === null || low === null || high === null) return { kind: 'none' };
  if (now.n < ENOUGH || before.n < ENOUGH) return { kind: 'none' };
  const points = Math.round(Math.abs(difference) * 100);
  const kind = points === 0 ? 'same' : difference > 0 ? 'up' : 'down';
  return { kind, points, isReal: points > 0 && (low > 0 || high < 0) };
}

/** Columns that can still be told apart on a phone. */
const MOST_COLUMNS = 31;

export interface Stretch extends Omit<DayFigures, 'day'> {
  /** First day, as the server names it. */
  from: string;
  to: string;
}

const SHARES = ['satisfied', 'in_target', 'abandoned', 'kept', 'solved', 'repeated'] as const;
const COUNTS = ['conversations', 'handed_off', 'handoffs', 'unanswered', 'agent_minutes'] as const;
export type CourseShare = (typeof SHARES)[number];

/** The days of a period; weeks where there are too many of them, the first one cut. */
export function stretchesOf(course: DayFigures[]): Stretch[] {
  const width = course.length > 180 ? 28 : course.length > MOST_COLUMNS ? 7 : 1;
  const stretches: Stretch[] = [];
  for (let end = course.length; end > 0; end -= width) {
    const days = course.slice(Math.max(0, end - width), end);
    const [first, last] = [days[0], days.at(-1)];
    if (!first || !last) break;
    const sum = (of: (day: DayFigures) => number) => days.reduce((total, day) => total + of(day), 0);
    const stretch = { from: first.day, to: last.day } as Stretch;
    for (const name of COUNTS) stretch[name] = sum((day) => day[name]);
    for (const name of SHARES) stretch[name] = shareOf(sum((day) => day[name].k), sum((day) => day[name].n));
    stretches.unshift(stretch);
  }
  return stretches;
}

/** The longest of some bars, at least 1. */
export function longestOf(numbers: number[]): number {
  return Math.max(1, ...numbers);
}

// ── what was loaded ───────────────────────────────────────────────────────────

export type Loaded<T> = { kind: 'loading' } | { kind: 'failed' } | { kind: 'ready'; shown: T };

/** One answer of the server, for as long as the question stays the same. */
export class Asked<T> {
  state: Loaded<T> = { kind: 'loading' };
  #question: string | null = null;
  readonly #ask: (question: string) => Promise<T>;
  readonly #onChange: () => void;

  constructor(ask: (question: string) => Promise<T>, onChange: () => void) {
    this.#ask = ask;
    this.#onChange = onChange;
  }

  /** Asks, unless that is what was asked; an answer to an older question is not shown. */
  async want(question: string): Promise<void> {
    if (this.#question === question && this.state.kind !== 'failed') return;
    this.#question = question;
    this.state = { kind: 'loading' };
    this.#onChange();
    let next: Loaded<T>;
    try {
      next = { kind: 'ready', shown: await this.#ask(question) };
    } catch {
      next = { kind: 'failed' };
    }
    if (this.#question !== question) return;
    this.state = next;
    this.#onChange();
  }

  /** Asks the same again without a word; what is shown stays until there is something newer. */
  async refresh(): Promise<void> {
    const question = this.#question;
    if (question === null || this.state.kind !== 'ready') return;
    try {
      const shown = await this.#ask(question);
      if (this.#question !== question) return;
      this.state = { kind: 'ready', shown };
      this.#onChange();
    } catch {
      // What is shown is still right.
    }
  }

  /** The same question has another answer now. */
  async again(): Promise<void> {
    const question = this.#question;
    this.#question = null;
    if (question !== null) await this.want(question);
  }
}

/** The measures page. */
export class Dashboard {
  readonly numbers: Asked<Measures>;
  readonly load: Asked<Load>;
  readonly behind: Asked<BehindPage>;
  readonly product: Asked<Product>;

  readonly #api: Api;
  readonly #onChange: () => void;

  constructor(api: Api, onChange: () => void) {
    this.#api = api;
    this.#onChange = onChange;
    this.numbers = new Asked((query) => api.measures(query), onChange);
    this.load = new Asked((query) => api.load(query), onChange);
    this.behind = new Asked((query) => api.behind(query), onChange);
    this.product = new Asked((query) => api.product(query), onChange);
  }

  show(wanted: Wanted): void {
    const query = queryOf(wanted);
    if (wanted.view !== 'now' && wanted.view !== 'gaps') void this.numbers.want(query);
    if (wanted.view === 'load') void this.load.want(query);
    if (wanted.view === 'product') void this.product.want(query);
    if (wanted.view === 'behind') void this.behind.want(`${query}&figure=${wanted.figure}`);
  }

  /** The next page of the conversations behind a figure. */
  async more(wanted: Wanted): Promise<void> {
    const { state } = this.behind;
    if (state.kind !== 'ready' || !state.shown.next) return;
    const page = await this.#api.behind(`${queryOf(wanted)}&figure=${wanted.figure}&after=${state.shown.next}`);
    state.shown = { next: page.next, conversations: [...state.shown.conversations, ...page.conversations] };
    this.#onChange();
  }
}

/** Where a table of the measures is downloaded. */
export function tableAddress(wanted: Wanted, of: string): string {
  return `/api/console/measures/table?${queryOf(wanted)}&of=${of}`;
}

/** The figure that stands for those of a tile that one would want to read. */
export const BEHIND: Record<string, Behind> = {
  satisfied: 'dissatisfied',
  in_target: 'open_target_missed',
  repeated: 'had_to_repeat',
  noticed: 'repeated',
  abandoned: 'abandoned',
  kept: 'promise_broken',
  escalated: 'handoffs',
  solved: 'unsolved',
  durable: 'not_durable',
  late: 'late',
  needless: 'needless',
  stuck: 'stuck',
};

// ── what came again (P35) ─────────────────────────────────────────────────────

/** The ways in which something comes again, each with the figure that its messages stand behind. */
export const AGAIN: { name: keyof Measures['now']['repetition']; behind: Behind; isPart: boolean }[] = [
  { name: 'repeated', behind: 'repeated', isPart: false },
  { name: 'said', behind: 'said_again', isPart: true },
  { name: 'retold_facts', behind: 'retold_facts', isPart: true },
  { name: 'retold_issue', behind: 'retold_issue', isPart: true },
  { name: 'agents', behind: 'agent_repeated', isPart: false },
  { name: 'asked_again', behind: 'asked_again', isPart: true },
  { name: 'tried_again', behind: 'tried_again', isPart: true },
];

/** What is said of the earlier message, or of its absence. */
export function beforeWords(kind: Again, hasBefore: boolean): string {
  if (hasBefore) return kind === 'tried' ? 'evidence_failed' : 'evidence_told';
  return kind === 'said' ? 'evidence_nowhere' : kind === 'asked' ? 'evidence_record' : 'evidence_unknown';
}
