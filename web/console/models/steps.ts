// The way to going live: what the facts show of each step, and what comes next (P47).

import type { Api, FirstSteps } from '../api';

type Step = FirstSteps['steps'][number];

export class Steps {
  shown: FirstSteps | null = null;
  isUnreachable = false;

  readonly #api: Api;
  readonly #onChange: () => void;

  constructor(api: Api, onChange: () => void) {
    this.#api = api;
    this.#onChange = onChange;
  }

  async load(): Promise<void> {
    try {
      this.shown = await this.#api.firstSteps();
      this.isUnreachable = false;
    } catch {
      this.isUnreachable = true;
    }
    this.#onChange();
  }

  end(): void {
    this.shown = null;
  }

  /** Whether the list should be offered on every page. */
  get isWanted(): boolean {
    return !!this.shown && !this.shown.live_at && !this.shown.is_dismissed;
  }

  get all(): Step[] {
    return this.shown?.steps ?? [];
  }

  get done(): number {
    return this.all.filter((step) => step.is_done).length;
  }

  /** Without these nobody should go live. */
  get missing(): Step[] {
    return this.all.filter((step) => step.is_needed && !step.is_done);
  }

  stepOf(name: string): Step | null {
    return this.all.find((step) => step.name === name) ?? null;
  }

  /** What to do after a page: the next step that is open, or the list itself. */
  after(name: string): string {
    const at = this.all.findIndex((step) => step.name === name);
    const next = [...this.all.slice(at + 1), ...this.all.slice(0, Math.max(0, at))].find((step) => !step.is_done);
    return next?.name ?? 'start';
  }

  async dismiss(is_dismissed: boolean): Promise<void> {
    await this.#api.dismissFirstSteps(is_dismissed);
    await this.load();
  }

  async goLive(): Promise<void> {
    await this.#api.goLive();
    await this.load();
  }
}
