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
  readonly #changes: { id: string; change: AgentChange }[] = [];
  #sending: Promise<boolean> = Promise.resolve(false);
  #acting: Promise<boolean> = Promise.resolve(false);

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

  /**
   * Changes an agent. Whoever fills in the next field while the last one is on its way loses
   * nothing: changes go out one after the other, and are shown together once all are there.
   */
  async change(id: string, change: AgentChange): Promise<boolean> {
    this.#changes.push({ id, change });
    if (this.#changes.length > 1) return this.#sending;
    this.#sending = this.#act(() => this.#sendChanges());
    return this.#sending;
  }

  async #sendChanges(): Promise<void> {
    try {
      for (let next = this.#changes[0]; next; next = this.#changes[0]) {
        await this.#api.changeAgent(next.id, next.change);
        this.#changes.shift();
      }
    } finally {
      // After a refusal the others are not sent either: the list shows how things stand.
      this.#changes.length = 0;
    }
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
    // A field can be left while a link is being made; the field's change waits.
    while (this.isBusy) await this.#acting;
    this.#acting = this.#perform(what);
    return this.#acting;
  }

  async #perform(what: () => Promise<unknown>): Promise<boolean> {
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
