// When each inbox is staffed, while an admin changes it. Minutes become times of the clock
// here, and times minutes.

import type { HoursNow, HoursShown, InboxHoursShown } from '../api';
import type { Desk } from './desk';
import { inFront } from './inboxes';
import { failed, REST, type Saving } from './saving';

/** How long after a change the preview is asked for. */
const PREVIEW_MS = 400;
const OFFICE = { opens_min: 540, closes_min: 1020 };

export class Hours {
  inboxes: InboxHoursShown[] | null = null;
  isUnreachable = false;
  saving: Saving = REST;
  /** What is wrong with what stands there now, in the server's words. */
  fault: string | null = null;

  readonly #desk: Desk;
  #changes = 0;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  async load(): Promise<void> {
    try {
      this.inboxes = (await this.#desk.api.hours()).inboxes;
      this.isUnreachable = false;
    } catch {
      this.isUnreachable = true;
    }
    this.#desk.changed();
  }

  get inbox(): InboxHoursShown | null {
    return inFront(this.inboxes, this.#desk.inboxInFront);
  }

  turn(id: string): void {
    this.#desk.inboxInFront = id;
    this.saving = REST;
    this.fault = null;
    this.#desk.changed();
  }

  change(change: Partial<HoursShown>): void {
    const { inbox } = this;
    if (!inbox) return;
    inbox.hours = { ...inbox.hours, ...change };
    this.saving = REST;
    this.#desk.changed();
    const number = ++this.#changes;
    this.#desk.world.after(PREVIEW_MS, () => void this.#preview(number));
  }

  setDay(day: number, spans: HoursShown['week'][number]): void {
    const week = this.inbox?.hours.week.map((old, n) => (n === day ? spans : old));
    if (week) this.change({ week });
  }

  /** Opens a day as the day before it that is open, or as an office. */
  openDay(day: number): void {
    const before = this.inbox?.hours.week.slice(0, day).filter((spans) => spans.length && !isRoundTheClock(spans)).at(-1);
    this.setDay(day, (before ?? [OFFICE]).map((span) => ({ ...span })));
  }

  /** Another span behind the last of a day. */
  addSpan(day: number): void {
    const spans = this.inbox?.hours.week[day] ?? [];
    const begin = Math.min(1380, (spans.at(-1)?.closes_min ?? 480) + 60);
    this.setDay(day, [...spans, { opens_min: begin, closes_min: Math.min(1440, begin + 180) }]);
  }

  /** Monday to Friday, nine to five, in the zone of this browser. */
  useOffice(zone: string): void {
    const week = Array.from({ length: 7 }, (_, day) => (day < 5 ? [{ ...OFFICE }] : []));
    this.change({ zone, week });
  }

  useRoundTheClock(): void {
    this.change({ week: Array.from({ length: 7 }, () => [{ opens_min: 0, closes_min: 1440 }]) });
  }

  setHoliday(at: number, change: Partial<HoursShown['holidays'][number]>): void {
    const holidays = this.inbox?.hours.holidays.map((old, n) => (n === at ? { ...old, ...change } : old));
    if (holidays) this.change({ holidays });
  }

  addHoliday(): void {
    this.change({ holidays: [...(this.inbox?.hours.holidays ?? []), { date: '', name: '' }] });
  }

  dropHoliday(at: number): void {
    this.change({ holidays: this.inbox?.hours.holidays.filter((_, n) => n !== at) ?? [] });
  }

  async #preview(number: number): Promise<void> {
    const { inbox } = this;
    if (!inbox || number !== this.#changes) return;
    try {
      const now: HoursNow = await this.#desk.api.previewHours(sent(inbox.hours));
      if (number !== this.#changes) return;
      inbox.now = now;
      this.fault = null;
    } catch (error) {
      if (number !== this.#changes) return;
      this.fault = error instanceof Error ? error.message : '';
    }
    this.#desk.changed();
  }

  async save(): Promise<void> {
    const { inbox } = this;
    if (!inbox || this.saving.kind === 'saving') return;
    this.#become({ kind: 'saving' });
    try {
      await this.#desk.api.setHours(inbox.id, sent(inbox.hours));
      this.#become({ kind: 'saved' });
      await this.#desk.steps.load();
    } catch (error) {
      this.#become(failed(error));
    }
  }

  #become(saving: Saving): void {
    this.saving = saving;
    this.#desk.changed();
  }
}

/** What the server is told: a holiday without a date is one that is not named yet. */
function sent(hours: HoursShown): HoursShown {
  return { ...hours, holidays: hours.holidays.filter((one) => one.date) };
}

export function isRoundTheClock(spans: HoursShown['week'][number]): boolean {
  return spans.length === 1 && spans[0]?.opens_min === 0 && spans[0].closes_min === 1440;
}

/** 540 → `09:00`; midnight at the end of a day is `00:00` too. */
export function clockOf(minutes: number): string {
  const part = (n: number) => String(n).padStart(2, '0');
  return `${part(Math.floor(minutes / 60) % 24)}:${part(minutes % 60)}`;
}

/** `09:00` → 540; as the end of a span midnight is 1440. */
export function minutesOf(clock: string, isEnd: boolean): number | null {
  const found = /^(\d\d):(\d\d)$/.exec(clock);
  if (!found) return null;
  const minutes = Number(found[1]) * 60 + Number(found[2]);
  return isEnd && minutes === 0 ? 1440 : minutes;
}
