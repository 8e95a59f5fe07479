// The way in and out: a session, the one-time link of the first start, signing out.

import type { World } from '../../shared/world';
import { type Api, Refusal, type SessionShown } from '../api';
import { isSignedOut, type Notice, noticeOf } from './notice';

export type Way =
  | { kind: 'starting' }
  /** Nobody knows yet whether there is a session; asked again by itself. */
  | { kind: 'unreachable' }
  | { kind: 'sign_in'; why: 'plain' | 'ended' | 'link_void'; fault: Notice | null; busy: boolean }
  | { kind: 'set_up'; token: string; company: string; shortest: number; fault: Notice | null; busy: boolean }
  /** A one-time link: somebody joins, or an agent gets a new password. */
  | { kind: 'join' | 'renew'; token: string; company: string; email: string; shortest: number; fault: Notice | null; busy: boolean }
  /** Who forgot their password; once asked, whether this host mails links. */
  | { kind: 'forgot'; sent: 'no' | 'mailed' | 'no_mail'; fault: Notice | null; busy: boolean }
  | { kind: 'inside'; session: SessionShown };

export interface EntranceOptions {
  api: Api;
  world: World;
  onIn(session: SessionShown): void;
  onOut(why: 'plain' | 'ended'): void;
  onChange(): void;
}

const ASK_AGAIN_MS = 4_000;

export class Entrance {
  way: Way = { kind: 'starting' };

  readonly #options: EntranceOptions;
  /** A change of the password that is on its way. */
  #changing: Promise<unknown> = Promise.resolve();

  constructor(options: EntranceOptions) {
    this.#options = options;
  }

  get session(): SessionShown | null {
    return this.way.kind === 'inside' ? this.way.session : null;
  }

  async start(setup_token: string | null, link_token: string | null = null): Promise<void> {
    try {
      if (setup_token) await this.#readLink(setup_token);
      else if (link_token) await this.#openLink(link_token);
      else this.#enter(await this.#options.api.session());
    } catch (error) {
      if (error instanceof Refusal && error.status >= 400 && error.status < 500) {
        this.#stand(setup_token || link_token ? 'link_void' : 'plain');
        return;
      }
      this.#become({ kind: 'unreachable' });
      this.#options.world.after(ASK_AGAIN_MS, () => {
        if (this.way.kind === 'unreachable') void this.start(setup_token, link_token);
      });
    }
  }

  async #readLink(token: string): Promise<void> {
    const { company, shortest_password } = await this.#options.api.setupLink(token);
    this.#become({ kind: 'set_up', token, company, shortest: shortest_password, fault: null, busy: false });
  }

  async #openLink(token: string): Promise<void> {
    const { kind, company, email, shortest_password } = await this.#options.api.openLink(token);
    const way = kind === 'join' ? 'join' : 'renew';
    this.#become({ kind: way, token, company, email, shortest: shortest_password, fault: null, busy: false });
  }

  async join(name: string, password: string): Promise<void> {
    const way = this.way;
    if (way.kind === 'join') await this.#enterBy(() => this.#options.api.join({ token: way.token, name, password }));
  }

  async renewPassword(password: string): Promise<void> {
    const way = this.way;
    if (way.kind === 'renew') await this.#enterBy(() => this.#options.api.renewPassword({ token: way.token, password }));
  }

  /** From signing in to asking for a new password, and back. */
  turn(to: 'forgot' | 'sign_in'): void {
    if (to === 'sign_in') this.#stand('plain');
    else this.#become({ kind: 'forgot', sent: 'no', fault: null, busy: false });
  }

  async askReset(email: string, language: string): Promise<void> {
    const way = this.way;
    if (way.kind !== 'forgot' || way.busy) return;
    this.#become({ ...way, fault: null, busy: true });
    try {
      const { mails } = await this.#options.api.askReset({ email, language });
      this.#become({ ...way, sent: mails ? 'mailed' : 'no_mail', fault: null, busy: false });
    } catch (error) {
      this.#become({ ...way, fault: noticeOf(error), busy: false });
    }
  }

  async signIn(email: string, password: string): Promise<void> {
    await this.#enterBy(() => this.#options.api.signIn({ email, password }));
  }

  async setUp(given: { company: string; name: string; email: string; password: string }): Promise<void> {
    const way = this.way;
    if (way.kind === 'set_up') await this.#enterBy(() => this.#options.api.setUp({ ...given, token: way.token }));
  }

  async #enterBy(ask: () => Promise<SessionShown>): Promise<void> {
    const way = this.way;
    if (way.kind === 'starting' || way.kind === 'unreachable' || way.kind === 'inside' || way.kind === 'forgot' || way.busy) return;
    this.#become({ ...way, fault: null, busy: true });
    try {
      this.#enter(await ask());
    } catch (error) {
      const wrong = isSignedOut(error) && way.kind === 'sign_in';
      this.#become({ ...way, fault: wrong ? { key: 'sign_in_wrong', tone: 'bad' } : noticeOf(error), busy: false });
    }
  }

  /** A new password ends every session, and this one goes on under another. */
  async changePassword(current: string, password: string): Promise<void> {
    const changing = this.#options.api.changePassword(current, password);
    this.#changing = changing.catch(() => {});
    const session = await changing;
    this.#options.api.csrf = session.csrf;
    if (this.way.kind === 'inside') this.#become({ kind: 'inside', session });
  }

  /** The socket was refused: is there still a session? */
  async renew(): Promise<void> {
    // The socket hears of the end before the answer with the new session is here.
    await this.#changing;
    try {
      this.#enter(await this.#options.api.session());
    } catch {
      this.leave('ended');
    }
  }

  leave(why: 'plain' | 'ended'): void {
    if (this.way.kind !== 'inside') return;
    this.#options.onOut(why);
    this.#stand(why);
  }

  async signOut(): Promise<void> {
    await this.#options.api.signOut().catch(() => {});
    this.leave('plain');
  }

  #enter(session: SessionShown): void {
    this.#options.api.csrf = session.csrf;
    this.#become({ kind: 'inside', session });
    this.#options.onIn(session);
  }

  #stand(why: 'plain' | 'ended' | 'link_void'): void {
    this.#become({ kind: 'sign_in', why, fault: null, busy: false });
  }

  #become(way: Way): void {
    this.way = way;
    this.#options.onChange();
  }
}
