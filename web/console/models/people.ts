// Who works here and who may join, for the page of the settings.

import type { AgentChange, AgentListed, Api, LinkShown, People, Role } from '../api';
import { type Notice, noticeOf } from './notice';

/** A one-time link that is shown this once. */
export interface MadeLink {
  href: string;
  link: LinkShown;
}

/** What is asked once more before it is done. */
export type Question = { kind: 'close'; agent: AgentListed };

export class PeopleModel {
  people: People | null = null;
  isUnreachable = false;
  isBusy = false;
  made: MadeLink | null = null;
  asked: Question | null = null;
  notice: Notice | null = null;

  readonly #api: Api;
  readonly #origin: string;
  readonly #onChange: () => void;

  constructor(api: Api, origin: string, onChange: () => void) {
    this.#api = api;
    this.#origin = origin;
    this.#onChange = onChange;
  }

  async load(): Promise<void> {
    try {
      this.people = await this.#api.people();
      this.isUnreachable = false;
    } catch {
      this.isUnreachable = true;
    }
    this.#onChange();
  }

  async add(given: { email: string; role: Role; capacity: number; language: string }): Promise<boolean> {
    return this.#act(async () => this.#show(await this.#api.addJoinLink(given)));
  }

  async takeBack(id: string): Promise<boolean> {
    return this.#act(() => this.#api.dropJoinLink(id));
  }

  async resetLink(id: string): Promise<boolean> {
    return this.#act(async () => this.#show(await this.#api.addResetLink(id)));
  }

  async change(id: string, change: AgentChange): Promise<boolean> {
    return this.#act(() => this.#api.changeAgent(id, change));
  }

  ask(asked: Question | null): void {
    this.asked = asked;
    this.#onChange();
  }

  #show(link: LinkShown): void {
    this.made = { href: `${this.#origin}/console/#/link/${link.token}`, link };
  }

  /** Does it, and shows how things stand after it, whether it was refused or not. */
  async #act(what: () => Promise<unknown>): Promise<boolean> {
    if (this.isBusy) return false;
    Object.assign(this, { isBusy: true, notice: null, asked: null, made: null });
    this.#onChange();
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

/** "refunds, tax" as names, each once. */
export function namesOf(text: string): string[] {
  const names = text.split(/[,，、،;]/).map((name) => name.trim().toLowerCase());
  return [...new Set(names)].filter((name) => name);
}
