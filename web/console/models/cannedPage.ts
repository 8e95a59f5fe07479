// The replies that are ready, for the page on which they are written.

import type { Api, CannedChange, CannedPage, CannedReply } from '../api';
import { EditedList } from './editedList';

export interface CannedDraft extends CannedChange {
  id: string | null;
}

export class CannedModel extends EditedList<CannedReply, CannedDraft> {
  page: CannedPage | null = null;

  readonly #api: Api;
  readonly #onSaved: () => void;

  /** `onSaved`: the composer has them too. */
  constructor(api: Api, onChange: () => void, onSaved: () => void) {
    super(onChange);
    this.#api = api;
    this.#onSaved = onSaved;
  }

  protected override async fetch(): Promise<void> {
    this.page = await this.#api.cannedReplies();
  }

  protected override onSaved(): void {
    this.#onSaved();
  }

  override begin(reply: CannedReply | null): void {
    const shared_with = this.page?.may_share ? 'all' : 'me';
    const { id = null, name = '', text = '', team_id = null } = reply ?? {};
    this.write({ id, name, text, team_id, shared_with: reply?.shared_with ?? shared_with });
  }

  override async save(): Promise<void> {
    if (!this.draft) return;
    const { id, ...wanted } = this.draft;
    const team_id = wanted.shared_with === 'team' ? wanted.team_id || this.page?.teams[0]?.id || null : null;
    const given = { ...wanted, team_id };
    await this.keep(() => (id ? this.#api.changeCannedReply(id, given) : this.#api.addCannedReply(given)));
  }

  async remove(id: string): Promise<void> {
    await this.carryOut(() => this.#api.removeCannedReply(id));
  }
}
