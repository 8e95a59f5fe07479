// A list on a page of the settings whose entries are written, changed and removed in place.

import { type Notice, noticeOf } from './notice';

export abstract class EditedList<Item, Draft extends { id: string | null }> {
  isUnreachable = false;
  isBusy = false;
  /** What is being written: a new entry has no id. */
  draft: Draft | null = null;
  /** The entry that is to be removed, once that is confirmed. */
  asked: Item | null = null;
  notice: Notice | null = null;

  protected readonly onChange: () => void;

  constructor(onChange: () => void) {
    this.onChange = onChange;
  }

  /** Fetches the list. */
  protected abstract fetch(): Promise<void>;

  /** Tells whoever else shows the list that it has changed. */
  protected onSaved(): void {}

  async load(): Promise<void> {
    try {
      await this.fetch();
      this.isUnreachable = false;
    } catch {
      this.isUnreachable = true;
    }
    this.onChange();
  }

  protected write(draft: Draft): void {
    Object.assign(this, { draft, asked: null, notice: null });
    this.onChange();
  }

  change(change: Partial<Draft>): void {
    if (this.draft) this.draft = { ...this.draft, ...change };
    this.onChange();
  }

  cancel(): void {
    Object.assign(this, { draft: null, asked: null, notice: null });
    this.onChange();
  }

  ask(item: Item | null): void {
    Object.assign(this, { asked: item, draft: null });
    this.onChange();
  }

  /** Begins to write an entry: a new one, or one that is there. */
  abstract begin(item: Item | null): void;

  /** Sends what is written. */
  abstract save(): Promise<void>;

  /** Sends an entry; its form closes once it is taken. */
  protected async keep(send: () => Promise<unknown>): Promise<void> {
    await this.act(async () => {
      await send();
      this.draft = null;
      await this.fetch();
    });
  }

  /** Does what was asked before: removes an entry, as a rule. */
  protected async carryOut(deed: () => Promise<unknown>): Promise<void> {
    await this.act(async () => {
      await deed();
      this.asked = null;
      await this.fetch();
    });
  }

  protected async act(what: () => Promise<void>): Promise<void> {
    if (this.isBusy) return;
    Object.assign(this, { isBusy: true, notice: null });
    this.onChange();
    try {
      await what();
      this.onSaved();
    } catch (error) {
      this.notice = noticeOf(error);
    }
    this.isBusy = false;
    this.onChange();
  }
}
