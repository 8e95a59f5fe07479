// The replies that are ready, for the page on which they are written.

import type { Api, CannedChange, CannedPage, CannedReply } from '../api';
import { type Notice, noticeOf } from './notice';

export interface CannedDraft extends CannedChange {
  id: string | null;
}

export class CannedModel {
  page: CannedPage | null = null;
  isUnreachable = false;
  isBusy = false;
  draft: CannedDraft | null = null;
  /** The reply that is to be removed, once that is confirmed. */
  asked: CannedReply | null = null;
  notice: Notice | null = null;

  readonly #api: Api;
  readonly #onChange: () => void;
  readonly #onSaved: () => void;

  /** `onSaved`: the composer has them too. */
  constructor(api: Api, onChange: () => void, onSaved: () => void) {
    this.#api = api;
    this.#onChange = onChange;
    this.#onSaved = onSaved;
  }

  async load(): Promise<void> {
    try {
      this.page = await this.#api.cannedReplies();
      this.isUnreachable = false;
    } catch {
      this.isUnreachable = true;
    }
    this.#onChange();
  }

  begin(reply: CannedReply | null): void {
    const shared_with = this.page?.may_share ? 'all' : 'me';
    const { id = null, name = '', text = '', team_id = null } = reply ?? {};
    this.draft = { id, name, text, team_id, shared_with: reply?.shared_with ?? shared_with };
    Object.assign(this, { asked: null, notice: null });
    this.#onChange();
  }

  change(change: Partial<CannedDraft>): void {
    if (this.draft) this.draft = { ...this.draft, ...change };
    this.#onChange();
  }

  cancel(): void {
    Object.assign(this, { draft: null, asked: null, notice: null });
    this.#onChange();
  }

  ask(reply: CannedReply | null): void {
    Object.assign(this, { asked: reply, draft: null });
    this.#onChange();
  }

  async save(): Promise<void> {
    if (!this.draft) return;
    const { id, ...wanted } = this.draft;
    const team_id = wanted.shared_with === 'team' ? wanted.team_id || this.page?.teams[0]?.id || null : null;
    const given = { ...wanted, team_id };
    await this.#act(async () => {
      this.page = id ? await this.#api.changeCannedReply(id, given) : await this.#api.addCannedReply(given);
      this.draft = null;
    });
  }

  async remove(id: string): Promise<void> {
    await this.#act(async () => {
      await this.#api.removeCannedReply(id);
      this.asked = null;
      this.page = await this.#api.cannedReplies();
    });
  }

  async #act(what: () => Promise<void>): Promise<void> {
    if (this.isBusy) return;
    Object.assign(this, { isBusy: true, notice: null });
    this.#onChange();
    try {
      await what();
      this.#onSaved();
    } catch (error) {
      this.notice = noticeOf(error);
    }
    this.isBusy = false;
    this.#onChange();
  }
}
