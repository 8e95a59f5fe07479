// An agent's own account, for the page of the settings: where they are signed in, and
// their password.

import type { Api, SessionListed } from '../api';
import { type Notice, noticeOf } from './notice';

export interface AccountOptions {
  api: Api;
  /** Changes the password; this session goes on under another name. */
  changePassword(current: string, password: string): Promise<void>;
  /** This session was ended here. */
  onOut(): void;
  onChange(): void;
}

export class AccountModel {
  sessions: SessionListed[] | null = null;
  isUnreachable = false;
  isBusy = false;
  isChanged = false;
  notice: Notice | null = null;

  readonly #options: AccountOptions;

  constructor(options: AccountOptions) {
    this.#options = options;
  }

  async load(): Promise<void> {
    try {
      this.sessions = (await this.#options.api.sessions()).sessions;
      this.isUnreachable = false;
    } catch {
      this.isUnreachable = true;
    }
    this.#options.onChange();
  }

  end(id: string): Promise<boolean> {
    return this.#act(() => this.#options.api.endSession(id));
  }

  async endAll(): Promise<void> {
    if (await this.#act(() => this.#options.api.endSessions())) this.#options.onOut();
  }

  async changePassword(current: string, password: string): Promise<boolean> {
    return this.#act(async () => {
      await this.#options.changePassword(current, password);
      this.isChanged = true;
    });
  }

  async #act(what: () => Promise<unknown>): Promise<boolean> {
    if (this.isBusy) return false;
    Object.assign(this, { isBusy: true, isChanged: false, notice: null });
    this.#options.onChange();
    try {
      await what();
    } catch (error) {
      this.notice = noticeOf(error);
    }
    this.isBusy = false;
    await this.load();
    return this.notice === null;
  }
}
