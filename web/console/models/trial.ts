// A question tried as a customer would ask it: the conversation so far, who asks, and of
// each answer the decision behind it. The server keeps nothing of it.

import type { DecisionShown, TrialShown } from '../api';
import type { Desk } from './desk';
import { inFront } from './inboxes';
import { failed, REST, type Saving } from './saving';

/** Who asks. */
export interface Played {
  plan: 'free' | 'team' | 'business' | 'enterprise';
  vip: boolean;
  /** Signed up yesterday. */
  isNew: boolean;
  /** How often they have asked the same before. */
  contacts: number;
}

export interface Line {
  role: 'customer' | 'assistant' | 'system';
  text: string;
  /** What stands behind it, where the assistant or the system speaks. */
  behind: TrialShown | null;
}

const DAY_MS = 86_400_000;
const NOBODY: Played = { plan: 'free', vip: false, isNew: false, contacts: 0 };

export class Trial {
  /** Where it can be asked. */
  inboxes: { id: string; name: string; is_closed: boolean }[] = [];
  lines: Line[] = [];
  played: Played = { ...NOBODY };
  saving: Saving = REST;
  /** The line whose decision is shown. */
  at: number | null = null;

  readonly #desk: Desk;
  readonly #language: string;

  constructor(desk: Desk, language: string) {
    this.#desk = desk;
    this.#language = language;
  }

  /** Nothing is kept of what was tried; only where it can be is fetched. */
  async load(): Promise<void> {
    try {
      const { inboxes } = await this.#desk.api.inboxes();
      this.inboxes = inboxes.map(({ id, name, closed_at }) => ({ id, name, is_closed: closed_at !== null }));
    } catch {
      // Then it is asked in the first that is open.
    }
    this.#desk.changed();
  }

  get inbox(): { id: string } | null {
    return inFront(this.inboxes, this.#desk.inboxInFront);
  }

  /** What is asked elsewhere begins anew: another inbox may decide otherwise. */
  turn(id: string): void {
    this.#desk.inboxInFront = id;
    this.begin();
  }

  play(change: Partial<Played>): void {
    this.played = { ...this.played, ...change };
    this.#desk.changed();
  }

  begin(): void {
    this.lines = [];
    this.at = null;
    this.saving = REST;
    this.#desk.changed();
  }

  look(at: number): void {
    this.at = at;
    this.#desk.changed();
  }

  /** A person has it now, or would: the assistant says no more. */
  get isHandedOff(): boolean {
    return this.lines.some((line) => line.role === 'system');
  }

  /** What the customer may choose from. */
  get readings(): string[] {
    return this.lines.at(-1)?.behind?.said.readings ?? [];
  }

  /** The decision that is shown, as the page of reasons draws it. */
  get shown(): DecisionShown | null {
    const { at } = this;
    const behind = at === null ? null : this.lines[at]?.behind;
    if (at === null || !behind?.decision) return null;
    return {
      id: `tried-${at}`,
      at: new Date(this.#desk.world.now()).toISOString(),
      message_id: null,
      text: this.lines[at - 1]?.text ?? '',
      decision: behind.decision,
      facts: behind.facts,
    };
  }

  async ask(text: string): Promise<void> {
    const asked = text.trim();
    if (!asked || this.saving.kind === 'saving') return;
    const { readings } = this;
    const before = this.lines;
    this.lines = [...before, { role: 'customer', text: asked, behind: null }];
    this.#become({ kind: 'saving' });
    try {
      const behind = await this.#desk.api.tryQuestion({ case: this.#case(asked), readings, language: this.#language });
      const role = behind.said.is_handoff ? 'system' : 'assistant';
      this.lines = [...this.lines, { role, text: behind.said.text, behind }];
      this.at = this.lines.length - 1;
      this.#become(REST);
      if (this.#desk.steps.isWanted) await this.#desk.steps.load();
    } catch (error) {
      // The question stays in the field; the conversation is as it was.
      this.lines = before;
      this.#become(failed(error));
    }
  }

  #case(asked: string) {
    const now = this.#desk.world.now();
    const { plan, vip, isNew, contacts } = this.played;
    const ago = (days: number) => new Date(now - days * DAY_MS).toISOString();
    return {
      inbox_id: this.inbox?.id ?? null,
      contact: { plan, vip, signed_up_at: ago(isNew ? 1 : 400) },
      prior_conversations: Array.from({ length: contacts }, (_, n) => ({ subject: asked, closed_at: ago(n * 3 + 2) })),
      messages: this.lines.filter((line) => line.role !== 'system').map(({ role, text }) => ({ role: role as 'customer' | 'assistant', text })),
    };
  }

  #become(saving: Saving): void {
    this.saving = saving;
    this.#desk.changed();
  }
}
