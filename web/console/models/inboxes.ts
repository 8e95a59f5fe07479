// The inboxes of the company, for the page on which they are made, named, closed and opened
// again; and which of them is in front where a page is about one.

import type { Api, InboxListed } from '../api';
import { EditedList } from './editedList';

export interface InboxDraft {
  id: string | null;
  name: string;
}

export class InboxesModel extends EditedList<InboxListed, InboxDraft> {
  inboxes: InboxListed[] | null = null;

  readonly #api: Api;
  readonly #onSaved: () => void;

  /** `onSaved`: other pages show them too. */
  constructor(api: Api, onChange: () => void, onSaved: () => void) {
    super(onChange);
    this.#api = api;
    this.#onSaved = onSaved;
  }

  protected override async fetch(): Promise<void> {
    this.inboxes = (await this.#api.inboxes()).inboxes;
  }

  protected override onSaved(): void {
    this.#onSaved();
  }

  override begin(inbox: InboxListed | null): void {
    this.write({ id: inbox?.id ?? null, name: inbox?.name ?? '' });
  }

  override async save(): Promise<void> {
    if (!this.draft) return;
    const { id, name } = this.draft;
    await this.keep(() => (id ? this.#api.changeInbox(id, { name }) : this.#api.addInbox(name)));
  }

  /** Nothing new begins in it; or does again. */
  async close(id: string, is_closed: boolean): Promise<void> {
    await this.carryOut(() => this.#api.changeInbox(id, { is_closed }));
  }

  /** Customers must be able to write somewhere. */
  isLast(inbox: InboxListed): boolean {
    return !inbox.closed_at && !this.inboxes?.some((other) => other.id !== inbox.id && !other.closed_at);
  }
}

/** The one that was chosen, on whichever page; else the first that is open. */
export function inFront<Inbox extends { id: string; is_closed: boolean }>(inboxes: Inbox[] | null, chosen: string): Inbox | null {
  return inboxes?.find(({ id }) => id === chosen) ?? inboxes?.find(({ is_closed }) => !is_closed) ?? inboxes?.[0] ?? null;
}
