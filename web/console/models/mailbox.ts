// Where each inbox's mail comes in, while an admin sets it. Every inbox has a box of its
// own, so that what was typed for one is still there after a look at another.

import type { MailboxPage, MailboxSetting, MailboxShown, MailboxTested } from '../api';
import type { Desk } from './desk';
import { inFront } from './inboxes';
import type { Security } from './mail';
import { type Notice, noticeOf } from './notice';
import { failed, REST, type Saving } from './saving';

export interface MailboxDraft {
  address: string;
  /** `hook` has no server: mails are only handed in. */
  comes_by: 'imap' | 'hook';
  host: string;
  /** As it was typed. */
  port: string;
  security: Security;
  user: string;
  password: string;
  folder: string;
  /** `plus` is what most servers know, `help+*@shop.example`. */
  replies_by: 'plus' | 'pattern';
  pattern: string;
}

/** What can be wrong with a draft, and the words that say so. */
export type Wrong = Partial<Record<keyof MailboxDraft, string>>;

export type Trial = { kind: 'none' } | { kind: 'running' } | { kind: 'done'; fault: MailboxTested['fault'] };

/** Where servers listen for each. */
const PORTS: Record<Security, string> = { tls: '993', starttls: '143', none: '143' };
const NEAR = ['localhost', '127.0.0.1', '::1'];
/** Letters of an address beside the token of its conversation, before the `@`. */
const LETTERS_BESIDE = 16;

export class Mailboxes {
  inboxes: { id: string; name: string; is_closed: boolean }[] | null = null;
  isUnreachable = false;

  readonly #desk: Desk;
  readonly #boxes = new Map<string, Mailbox>();

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  async load(): Promise<void> {
    try {
      this.inboxes = (await this.#desk.api.firstSteps()).inboxes;
      this.isUnreachable = false;
    } catch {
      this.isUnreachable = true;
    }
    this.#desk.changed();
    await this.box?.load();
  }

  get box(): Mailbox | null {
    const inbox = inFront(this.inboxes, this.#desk.inboxInFront);
    if (!inbox) return null;
    const box = this.#boxes.get(inbox.id) ?? new Mailbox(this.#desk, inbox.id);
    this.#boxes.set(inbox.id, box);
    return box;
  }

  turn(id: string): void {
    this.#desk.inboxInFront = id;
    this.#desk.changed();
    void this.box?.load();
  }
}

export class Mailbox {
  /** What is kept; null where no mail comes in. */
  shown: MailboxShown | null = null;
  left_out: MailboxPage['left_out'] = [];
  isLoaded = false;
  isUnreachable = false;
  /** The form is open; before that one is told what it is for. */
  isOpen = false;
  isRemoved = false;
  draft: MailboxDraft = draftOf(null);
  wrong: Wrong = {};
  saving: Saving = REST;
  trial: Trial = { kind: 'none' };
  /** What is done once it is confirmed. */
  asked: 'remove' | 'secret' | null = null;
  /** The hook's secret, shown this once. */
  secret: string | null = null;
  hookNotice: Notice | null = null;
  isMakingSecret = false;

  readonly #desk: Desk;
  /** Counts what was done, so that an answer that was asked for before is not shown after. */
  #deeds = 0;

  constructor(
    desk: Desk,
    readonly inbox_id: string,
  ) {
    this.#desk = desk;
  }

  /** Asks how it stands. A form in which somebody has typed stays as it is. */
  async load(): Promise<void> {
    const deeds = this.#deeds;
    try {
      const page = await this.#desk.api.mailbox(this.inbox_id);
      if (deeds !== this.#deeds) return;
      const isTyped = this.isChanged;
      this.shown = page.mailbox;
      this.left_out = page.left_out;
      if (!isTyped) this.draft = draftOf(this.shown);
      this.isOpen ||= this.shown !== null;
      Object.assign(this, { isLoaded: true, isUnreachable: false });
    } catch {
      this.isUnreachable = true;
    }
    this.#desk.changed();
  }

  get isBusy(): boolean {
    return this.saving.kind === 'saving' || this.trial.kind === 'running' || this.isMakingSecret;
  }

  /** Whether what stands in the form is something else than what is kept. */
  get isChanged(): boolean {
    return JSON.stringify(this.draft) !== JSON.stringify(draftOf(this.shown));
  }

  /** Whether the password that is kept would be used. */
  get keepsPassword(): boolean {
    const kept = this.shown?.server;
    const { host, port, user } = this.draft;
    return !!kept && kept.host === host.trim().toLowerCase() && String(kept.port) === port.trim() && kept.user === user.trim();
  }

  open(): void {
    Object.assign(this, { isOpen: true, isRemoved: false });
    this.#desk.changed();
  }

  /** What was said to be wrong is looked at again, and nothing is found that was not asked for. */
  write(change: Partial<MailboxDraft>): void {
    this.draft = { ...this.draft, ...change };
    const wrong = wrongOf(this.draft, this.keepsPassword);
    const isSaid = ([field]: [string, string]) => field in this.wrong;
    this.wrong = Object.fromEntries(Object.entries(wrong).filter(isSaid));
    if (!this.isBusy) Object.assign(this, { saving: REST, trial: { kind: 'none' } });
    this.#desk.changed();
  }

  /** The port follows, unless somebody has set one of their own. */
  secure(security: Security): void {
    const isUsual = Object.values(PORTS).includes(this.draft.port);
    this.write({ security, port: isUsual ? PORTS[security] : this.draft.port });
  }

  /** Keeps it and, where it is fetched, tries it: what was not tried is not read. */
  async save(): Promise<void> {
    if (this.isBusy) return;
    const { draft } = this;
    this.wrong = wrongOf(draft, this.keepsPassword);
    this.trial = { kind: 'none' };
    if (Object.keys(this.wrong).length) return this.#become(REST);
    this.#deeds++;
    this.#become({ kind: 'saving' });
    try {
      this.shown = await this.#desk.api.setMailbox(this.inbox_id, settingOf(draft));
    } catch (error) {
      return this.#become(failed(error));
    }
    // Who typed on meanwhile keeps that.
    if (this.draft === draft) this.draft = draftOf(this.shown);
    this.#become({ kind: 'saved' });
    if (this.shown.server) await this.test();
  }

  async test(): Promise<void> {
    if (this.isBusy) return;
    this.#deeds++;
    this.trial = { kind: 'running' };
    this.#desk.changed();
    try {
      const { fault } = await this.#desk.api.testMailbox(this.inbox_id);
      this.trial = { kind: 'done', fault };
    } catch (error) {
      this.trial = { kind: 'none' };
      this.saving = failed(error);
    }
    await this.load();
  }

  ask(what: 'remove' | 'secret' | null): void {
    this.asked = what;
    this.#desk.changed();
  }

  async remove(): Promise<void> {
    if (this.isBusy) return;
    this.#deeds++;
    this.#become({ kind: 'saving' });
    try {
      await this.#desk.api.forgetMailbox(this.inbox_id);
    } catch (error) {
      this.asked = null;
      return this.#become(failed(error));
    }
    Object.assign(this, { shown: null, draft: draftOf(null), wrong: {}, trial: { kind: 'none' } });
    Object.assign(this, { asked: null, secret: null, hookNotice: null, isOpen: false, isRemoved: true });
    this.#become(REST);
  }

  async makeSecret(): Promise<void> {
    if (this.isBusy) return;
    this.#deeds++;
    Object.assign(this, { asked: null, hookNotice: null, isMakingSecret: true });
    this.#desk.changed();
    try {
      this.secret = (await this.#desk.api.makeHookSecret(this.inbox_id)).secret;
      if (this.shown) this.shown = { ...this.shown, has_hook: true };
    } catch (error) {
      this.hookNotice = noticeOf(error);
    }
    this.isMakingSecret = false;
    this.#desk.changed();
  }

  #become(saving: Saving): void {
    this.saving = saving;
    this.#desk.changed();
  }
}

/** `help@shop.example` → `help+*@shop.example`; nothing where that is no address. */
export function plusPattern(address: string): string {
  const whole = address.trim().toLowerCase();
  return isAddress(whole) ? whole.replace(/@(?=[^@]*$)/, '+*@') : '';
}

function draftOf(shown: MailboxShown | null): MailboxDraft {
  const { address = '', replies = '', server = null } = shown ?? {};
  const isPlus = replies === plusPattern(address);
  return {
    address,
    comes_by: shown && !server ? 'hook' : 'imap',
    host: server?.host ?? '',
    port: String(server?.port ?? PORTS.tls),
    security: (server?.security ?? 'tls') as Security,
    user: server?.user ?? '',
    password: '',
    folder: server?.folder ?? '',
    replies_by: isPlus ? 'plus' : 'pattern',
    pattern: isPlus ? '' : replies,
  };
}

function settingOf(draft: MailboxDraft): MailboxSetting {
  const { address, host, port, security, user, password, folder } = draft;
  const server = { host: host.trim(), port: Number(port), security, user: user.trim(), password: password || null, folder: folder.trim() };
  return {
    address: address.trim(),
    replies: draft.replies_by === 'pattern' ? draft.pattern.trim() : '',
    server: draft.comes_by === 'imap' ? server : null,
  };
}

function wrongOf(draft: MailboxDraft, keepsPassword: boolean): Wrong {
  const wrong: Wrong = {};
  const { address, host, port, security, user, password } = draft;
  const isPlus = draft.replies_by === 'plus';
  if (!isAddress(address.trim())) wrong.address = 'mailbox_wrong_address';
  else if (isPlus && !isPattern(plusPattern(address))) wrong.address = 'mailbox_wrong_long';
  if (!isPlus && !isPattern(draft.pattern.trim())) wrong.pattern = 'mailbox_wrong_pattern';
  if (draft.comes_by === 'hook') return wrong;
  if (!/^[a-z0-9.:-]{1,253}$/i.test(host.trim())) wrong.host = 'mailbox_wrong_host';
  if (!/^\d{1,5}$/.test(port.trim()) || Number(port) < 1 || Number(port) > 65_535) wrong.port = 'mailbox_wrong_port';
  if (security === 'none' && !NEAR.includes(host.trim().toLowerCase())) wrong.security = 'mailbox_wrong_security';
  if (!user.trim()) wrong.user = 'mailbox_wrong_user';
  if (!password && !keepsPassword) wrong.password = 'mailbox_wrong_password';
  return wrong;
}

function isAddress(text: string): boolean {
  return /^[^\s@]+@[^\s@]+$/.test(text);
}

/** One `*` before the `@`, with room for a token; the server looks again. */
function isPattern(text: string): boolean {
  const [local = '', domain = ''] = text.split('@');
  return isAddress(text) && local.split('*').length === 2 && !domain.includes('*') && local.length - 1 <= LETTERS_BESIDE;
}
