// Readings of the floor: moods, waits, whose turn it is, what is new.

import type { Floor, Item } from '../api';

export type MoodName = 'calm' | 'tense' | 'upset';

export function moodOf(mood: number): MoodName {
  if (mood >= 0.6) return 'upset';
  return mood >= 0.3 ? 'tense' : 'calm';
}

export type Trend = 'worse' | 'better' | 'same';

/** Where a mood went over the customer's turns; `null` where there was but one. */
export function trendOf(turns: number[]): Trend | null {
  if (turns.length < 2) return null;
  const [first = 0] = turns;
  const last = turns.at(-1) ?? 0;
  if (last > first + 0.15) return 'worse';
  return last < first - 0.15 ? 'better' : 'same';
}

export interface Waiting {
  ms: number;
  /** What the customer was told, if anything. */
  promised_ms: number | null;
  standing: 'fine' | 'close' | 'over';
}

/** The wait of somebody in the queue against what they were told (P28). */
export function waitingOf(item: Item, now: number): Waiting | null {
  if (!item.queued_at) return null;
  const ms = Math.max(0, now - Date.parse(item.queued_at));
  const due = item.by_email && item.reply_due_at ? Date.parse(item.reply_due_at) - Date.parse(item.queued_at) : null;
  const promised_ms = due ?? (item.promised_minutes === null ? null : item.promised_minutes * 60_000);
  if (promised_ms === null) return { ms, promised_ms, standing: 'fine' };
  if (ms > promised_ms) return { ms, promised_ms, standing: 'over' };
  return { ms, promised_ms, standing: ms > promised_ms * 0.7 ? 'close' : 'fine' };
}

/** Seconds left of an invitation. */
export function secondsLeft(item: Item, now: number): number {
  return item.until ? Math.max(0, Math.ceil((Date.parse(item.until) - now) / 1000)) : 0;
}

/** Invitations of `now` that were not there `before`. */
export function newInvitations(before: Floor | null, now: Floor): Item[] {
  const known = new Set(before?.invitations.map((item) => `${item.conversation_id} ${item.until}`));
  return now.invitations.filter((item) => !known.has(`${item.conversation_id} ${item.until}`));
}

/** Mine, who waits longest for a reply first; then who was spoken with last. */
export function inOrder(mine: Item[], askedAt: (id: string) => string | null): Item[] {
  const asked = (item: Item) => askedAt(item.conversation_id);
  return [...mine].sort((a, b) => {
    const [first, second] = [asked(a), asked(b)];
    if (first && second) return first.localeCompare(second);
    if (first || second) return first ? -1 : 1;
    return b.touched_at.localeCompare(a.touched_at);
  });
}

/** Whether name, address, subject or last words hold what is looked for. */
export function hasWords(item: Item, wanted: string): boolean {
  const { name, email } = item.contact;
  const text = `${name ?? ''} ${email ?? ''} ${item.subject} ${item.last_text}`.toLowerCase();
  return text.includes(wanted.trim().toLowerCase());
}

/** The team that a list is narrowed to; nothing once that team is gone. */
export function teamOn(teams: Floor['teams'], chosen: string): string {
  return chosen === 'none' || teams.some(({ id }) => id === chosen) ? chosen : '';
}

/** Whether a team answers for somebody in the queue; `none` are those of everybody. */
export function isOf(item: Item, team: string): boolean {
  return !team || (item.team_id ?? 'none') === team;
}

/** How far the server's clock is ahead of ours, as far as a list can say; small steps are noise. */
export function skewOf(floor: Floor, now: number): number | null {
  const waiting = floor.queue.find((item) => item.queued_at && item.waited_s !== null);
  if (!waiting) return null;
  const skew = Date.parse(waiting.queued_at ?? '') + (waiting.waited_s ?? 0) * 1_000 - now;
  return Math.abs(skew) < 3_000 ? 0 : skew;
}

/** The neighbour in a list on screen, round the ends. */
export function stepFrom(all: Item[], id: string | null, by: 1 | -1): Item | null {
  if (!all.length) return null;
  const at = all.findIndex((item) => item.conversation_id === id);
  if (at < 0) return all[by === 1 ? 0 : all.length - 1] ?? null;
  return all[(at + by + all.length) % all.length] ?? null;
}

/** Up to two letters that stand for a name. */
export function initialsOf(name: string): string {
  const words = name.split(/[\s.@_-]+/).filter((word) => /\p{L}/u.test(word));
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters.map((word) => [...(word ?? '')][0] ?? '').join('').toUpperCase();
}
