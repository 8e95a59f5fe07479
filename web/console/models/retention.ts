// How long the words of what is over are kept, while an admin chooses it.

import type { RetentionShown } from '../api';
import type { Desk } from './desk';
import { failed, REST, type Saving } from './saving';

export class Retention {
  shown: RetentionShown | null = null;
  saving: Saving = REST;
  isUnreachable = false;
  isOn = false;
  days = '';
  /** The company's name, as the admin types it. */
  confirmed = '';
  /** Of how many conversations the words would go now; `null` until that is known. */
  would: number | null = null;

  readonly #desk: Desk;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  async load(): Promise<void> {
    try {
      this.shown = await this.#desk.api.retention(null);
      this.isOn = this.shown.days !== null;
      this.days = String(this.shown.days ?? 365);
      this.isUnreachable = false;
      await this.#count();
    } catch {
      this.isUnreachable = true;
    }
    this.#desk.changed();
  }

  async choose(change: { isOn?: boolean; days?: string }): Promise<void> {
    Object.assign(this, change);
    this.saving = REST;
    this.would = null;
    this.#desk.changed();
    await this.#count();
  }

  confirm(text: string): void {
    this.confirmed = text;
    this.#desk.changed();
  }

  /** What would be saved; `undefined` where the days are none that may be. */
  get wanted(): number | null | undefined {
    if (!this.isOn) return null;
    const days = Number(this.days);
    const { least_days = 0, most_days = 0 } = this.shown ?? {};
    return Number.isInteger(days) && days >= least_days && days <= most_days ? days : undefined;
  }

  get company(): string {
    return this.#desk.session?.workspace.company ?? '';
  }

  /** Whether the company's name must be typed, for there is no way back. */
  get mustConfirm(): boolean {
    return this.isOn && !!this.would;
  }

  get canSave(): boolean {
    const { wanted } = this;
    if (wanted === undefined || this.saving.kind === 'saving') return false;
    if (wanted === null) return true;
    return this.would !== null && (!this.mustConfirm || this.confirmed.trim() === this.company.trim());
  }

  async save(): Promise<void> {
    const { wanted } = this;
    if (wanted === undefined || !this.canSave) return;
    this.#become({ kind: 'saving' });
    try {
      await this.#desk.api.setRetention(wanted, this.confirmed);
      this.confirmed = '';
      await this.load();
      this.#become({ kind: 'saved' });
    } catch (error) {
      this.#become(failed(error));
    }
  }

  /** Asks how many it would be; an answer that comes late counts no more. */
  async #count(): Promise<void> {
    const { wanted } = this;
    if (!wanted) return;
    const { would_erase } = await this.#desk.api.retention(wanted).catch(() => ({ would_erase: null }));
    if (this.wanted !== wanted) return;
    this.would = would_erase;
    this.#desk.changed();
  }

  #become(saving: Saving): void {
    this.saving = saving;
    this.#desk.changed();
  }
}
