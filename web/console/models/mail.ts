// How mail is sent, while an admin sets it; the test mail that shows whether it works.

import type { MailServerShown, MailShown, MailTested } from '../api';
import type { Desk } from './desk';
import { failed, REST, type Saving } from './saving';

export type Security = 'tls' | 'starttls' | 'none';

export interface Draft {
  host: string;
  port: number;
  security: Security;
  user: string;
  password: string;
  from: string;
}

/** Where servers listen for each. */
const PORTS: Record<Security, number> = { tls: 465, starttls: 587, none: 25 };

export type Test = { kind: 'none' } | { kind: 'sending' } | { kind: 'done'; tested: MailTested };

export class Mail {
  shown: MailShown | null = null;
  isUnreachable = false;
  draft: Draft;
  saving: Saving = REST;
  test: Test = { kind: 'none' };

  readonly #desk: Desk;
  readonly #language: string;

  constructor(desk: Desk, language: string) {
    this.#desk = desk;
    this.#language = language;
    this.draft = { host: '', port: PORTS.starttls, security: 'starttls', user: '', password: '', from: desk.session?.agent.email ?? '' };
  }

  async load(): Promise<void> {
    try {
      this.shown = await this.#desk.api.mail();
      if (this.shown.server) this.#take(this.shown.server);
      this.isUnreachable = false;
    } catch {
      this.isUnreachable = true;
    }
    this.#desk.changed();
  }

  #take(server: MailServerShown): void {
    const { host, port, security, user, from } = server;
    this.draft = { host, port, security: security as Security, user: user ?? '', password: '', from };
  }

  write(change: Partial<Draft>): void {
    this.draft = { ...this.draft, ...change };
    this.saving = REST;
    this.test = { kind: 'none' };
    this.#desk.changed();
  }

  /** The port follows, unless somebody has set one of their own. */
  secure(security: Security): void {
    const isUsual = Object.values(PORTS).includes(this.draft.port);
    this.write({ security, port: isUsual ? PORTS[security] : this.draft.port });
  }

  /** Whether the password that is kept would be used. */
  get keepsPassword(): boolean {
    const kept = this.shown?.server;
    const { host, port, user } = this.draft;
    return !!kept?.has_password && kept.host === host.trim().toLowerCase() && kept.port === port && kept.user === user.trim();
  }

  /** Keeps the server and sends the test mail: what was not tried is not known to work. */
  async saveAndTest(): Promise<void> {
    if (this.saving.kind === 'saving') return;
    this.#become({ kind: 'saving' });
    const { password, ...rest } = this.draft;
    try {
      const server = await this.#desk.api.setMail({ ...rest, password: password || null });
      this.shown = { command_line_from: this.shown?.command_line_from ?? null, server };
      this.#take(server);
      this.#become({ kind: 'saved' });
    } catch (error) {
      this.#become(failed(error));
      return;
    }
    await this.sendTest();
  }

  async sendTest(): Promise<void> {
    this.test = { kind: 'sending' };
    this.#desk.changed();
    try {
      const tested = await this.#desk.api.testMail(this.#language);
      this.shown = await this.#desk.api.mail();
      this.test = { kind: 'done', tested };
      await this.#desk.steps.load();
    } catch (error) {
      this.test = { kind: 'none' };
      this.#become(failed(error));
    }
    this.#desk.changed();
  }

  async forget(): Promise<void> {
    try {
      await this.#desk.api.forgetMail();
      this.test = { kind: 'none' };
      await this.load();
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
