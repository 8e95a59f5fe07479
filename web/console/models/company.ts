// How the company and its assistant are shown, while an admin changes it.

import type { CompanyShown } from '../api';
import type { Desk } from './desk';
import { failed, REST, type Saving } from './saving';

type Draft = Pick<CompanyShown, 'name' | 'brand_color' | 'assistant_name' | 'greeting'>;

export class Company {
  draft: Draft | null = null;
  saving: Saving = REST;
  isUnreachable = false;
  #disclosure: CompanyShown['disclosure'] = { unnamed: '', named: '' };

  readonly #desk: Desk;
  readonly #language: string;

  constructor(desk: Desk, language: string) {
    this.#desk = desk;
    this.#language = language;
  }

  async load(): Promise<void> {
    try {
      const { disclosure, ...draft } = await this.#desk.api.company(this.#language);
      this.draft = draft;
      this.#disclosure = disclosure;
      this.isUnreachable = false;
    } catch {
      this.isUnreachable = true;
    }
    this.#desk.changed();
  }

  write(change: Partial<Draft>): void {
    if (!this.draft) return;
    this.draft = { ...this.draft, ...change };
    this.saving = REST;
    this.#desk.changed();
  }

  /** What the assistant would say first. */
  get firstLine(): string {
    const { name = '', assistant_name = '', greeting = '' } = this.draft ?? {};
    const called = assistant_name.trim();
    const said = (called ? this.#disclosure.named : this.#disclosure.unnamed).replace('{company}', name).replace('{name}', called);
    return [said, greeting.trim()].filter(Boolean).join('\n\n');
  }

  async save(): Promise<void> {
    const { draft } = this;
    if (!draft || this.saving.kind === 'saving') return;
    this.#become({ kind: 'saving' });
    try {
      await this.#desk.api.setCompany(draft);
      const workspace = this.#desk.session?.workspace;
      if (workspace) Object.assign(workspace, { company: draft.name.trim(), brand_color: draft.brand_color });
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

/** How a colour will read: the ink on it, and how it stands out on a page. */
export interface Look {
  ink: 'white' | 'black';
  /** Of the ink on the colour; 4.5 is what WCAG wants of text. */
  text: number;
  /** Of the colour on a white page; 3 is what WCAG wants of a button. */
  onWhite: number;
}

/** `null` where the text is no colour. */
export function lookOf(colour: string): Look | null {
  if (!/^#[\da-f]{6}$/i.test(colour.trim())) return null;
  const light = luminance(colour.trim());
  const onWhite = 1.05 / (light + 0.05);
  // Black or white, whichever reads; one of them always does.
  return onWhite >= 4.5 ? { ink: 'white', text: onWhite, onWhite } : { ink: 'black', text: (light + 0.05) / 0.05, onWhite };
}

/** Relative luminance of `#rrggbb` as WCAG 2 defines it. */
function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const share = parseInt(colour.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
