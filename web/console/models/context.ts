// Where each inbox looks its customers up and how it speaks, while an admin sets it.

import type { Api, InboxLookUp, LookUpSetting, LookUpTried, Tone } from '../api';
import type { Desk } from './desk';
import { inFront } from './inboxes';
import { failed, REST, type Saving } from './saving';

/** A look-up while it is written. A header that is kept has no value here. */
export interface LookUpDraft {
  name: string;
  url: string;
  headers: { name: string; value: string; isKept: boolean }[];
  fields: { field: string; path: string }[];
  timeout_ms: number | null;
  kept_s: number | null;
}

export type Trial = { kind: 'none' } | { kind: 'running' } | { kind: 'done'; tried: LookUpTried } | { kind: 'failed'; saving: Saving };

const EMPTY: LookUpDraft = {
  name: 'CRM',
  url: 'https://',
  headers: [{ name: 'Authorization', value: '', isKept: false }],
  fields: [{ field: 'plan', path: '' }],
  timeout_ms: 3_000,
  kept_s: 300,
};

export class ContextModel {
  inboxes: InboxLookUp[] | null = null;
  isUnreachable = false;
  draft: LookUpDraft | null = null;
  saving: Saving = REST;
  toning: Saving = REST;
  trial: Trial = { kind: 'none' };
  isAsked = false;

  readonly #desk: Desk;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  get #api(): Api {
    return this.#desk.api;
  }

  #onChange(): void {
    this.#desk.changed();
  }

  async load(): Promise<void> {
    try {
      this.inboxes = (await this.#api.lookUps()).inboxes;
      this.isUnreachable = false;
      this.#show();
    } catch {
      this.isUnreachable = true;
    }
    this.#onChange();
  }

  get inbox(): InboxLookUp | null {
    return inFront(this.inboxes, this.#desk.inboxInFront);
  }

  turn(id: string): void {
    this.#desk.inboxInFront = id;
    Object.assign(this, { saving: REST, toning: REST, trial: { kind: 'none' }, isAsked: false });
    this.#show();
    this.#onChange();
  }

  begin(): void {
    this.draft = structuredClone(EMPTY);
    this.#onChange();
  }

  change(change: Partial<LookUpDraft>): void {
    if (this.draft) this.draft = { ...this.draft, ...change };
    this.saving = REST;
    this.#onChange();
  }

  ask(isAsked: boolean): void {
    this.isAsked = isAsked;
    this.#onChange();
  }

  async setTone(tone: Tone): Promise<void> {
    const { inbox } = this;
    if (!inbox) return;
    const before = inbox.tone;
    inbox.tone = tone;
    await this.#act('toning', () => this.#api.setTone(inbox.id, tone));
    if (this.toning.kind !== 'failed') return;
    inbox.tone = before;
    this.#onChange();
  }

  async save(): Promise<void> {
    const { inbox, draft } = this;
    if (!inbox || !draft) return;
    await this.#act('saving', async () => {
      inbox.look_up = await this.#api.setLookUp(inbox.id, settingOf(draft));
      this.#show();
    });
  }

  async remove(): Promise<void> {
    const { inbox } = this;
    if (!inbox) return;
    await this.#act('saving', async () => {
      await this.#api.forgetLookUp(inbox.id);
      inbox.look_up = null;
      this.isAsked = false;
      this.#show();
    });
    // That it is gone shows by itself; why it is not must be said.
    if (this.saving.kind === 'failed') return;
    this.saving = REST;
    this.#onChange();
  }

  /** Tries what is kept, not what stands in the form. */
  async try(email: string, external_id: string): Promise<void> {
    const { inbox } = this;
    if (!inbox) return;
    this.trial = { kind: 'running' };
    this.#onChange();
    try {
      this.trial = { kind: 'done', tried: await this.#api.tryLookUp(inbox.id, { email, external_id }) };
    } catch (error) {
      this.trial = { kind: 'failed', saving: failed(error) };
    }
    this.#onChange();
  }

  #show(): void {
    const kept = this.inbox?.look_up;
    this.draft = kept
      ? {
          name: kept.name,
          url: kept.url,
          headers: kept.headers.map((name) => ({ name, value: '', isKept: true })),
          fields: kept.fields.map((field) => ({ ...field })),
          timeout_ms: kept.timeout_ms,
          kept_s: kept.kept_s,
        }
      : null;
  }

  async #act(what: 'saving' | 'toning', act: () => Promise<void>): Promise<void> {
    this[what] = { kind: 'saving' };
    this.#onChange();
    try {
      await act();
      this[what] = { kind: 'saved' };
    } catch (error) {
      this[what] = failed(error);
    }
    this.#onChange();
  }
}

/** What is sent: lines that nobody has filled in are left out. */
export function settingOf(draft: LookUpDraft): LookUpSetting {
  const headers = draft.headers.filter(({ name, value, isKept }) => name.trim() && (value || isKept));
  return {
    name: draft.name,
    url: draft.url,
    headers: headers.map(({ name, value }) => ({ name, value: value || null })),
    fields: draft.fields.filter(({ field, path }) => field.trim() && path.trim()),
    timeout_ms: draft.timeout_ms,
    kept_s: draft.kept_s,
  };
}
