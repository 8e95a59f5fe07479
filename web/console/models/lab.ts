// The policy lab: a draft of another policy while it is written, what the server says of it,
// and the trials of it. The draft stays in this browser until it is switched to or let go.

import type { DraftChecked, HowTried, PolicyShown, TrialWhole, VersionShown, VerdictsShown } from '../api';
import type { Desk } from './desk';
import { type Notice, noticeOf } from './notice';
import { failed, REST, type Saving } from './saving';

/** How long after a letter the draft is checked. */
const CHECK_MS = 350;
/** How often a running trial is looked at. */
const WATCH_MS = 900;
/** Where the draft is kept. */
const SHELF = 'policy-draft';

/** How many conversations a replay looks at. */
export const LAST = [200, 2_000, 20_000, 100_000] as const;

/** What a draft was written over: an older one is no longer what it seems. */
interface Kept {
  seen: number;
  text: string;
}

export class Lab {
  policy: PolicyShown | null = null;
  isUnreachable = false;
  text = '';
  checked: DraftChecked | null = null;
  /** What stands in the form has not been checked yet. */
  isStale = false;
  last: number = LAST[1];
  note = '';
  saving: Saving = REST;
  notice: Notice | null = null;
  verdicts: VerdictsShown | null = null;
  /** The version that is to be taken up again, once that is confirmed. */
  asked: VersionShown | null = null;
  /** Whether the draft is to take effect, once that is confirmed. */
  isSwitching = false;

  readonly #desk: Desk;
  #changes = 0;
  #seen = 0;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  async load(): Promise<void> {
    try {
      this.policy = await this.#desk.api.policy(document.documentElement.lang);
      this.isUnreachable = false;
      if (!this.text) this.#takeUp();
    } catch {
      this.isUnreachable = true;
    }
    this.#desk.changed();
    if (this.policy) {
      void this.#check(++this.#changes);
      void this.#hearVerdicts();
    }
  }

  /** Whether the draft is another text than what holds. */
  get isChanged(): boolean {
    return this.policy !== null && this.text !== this.policy.text;
  }

  get isSound(): boolean {
    return this.checked !== null && this.checked.faults.length === 0 && !this.isStale;
  }

  /** Whether somebody else has switched since this draft was begun. */
  get isBehind(): boolean {
    return this.isChanged && this.policy !== null && this.#seen !== this.policy.live.version;
  }

  change(text: string): void {
    this.text = text;
    this.isStale = true;
    this.isSwitching = false;
    this.saving = REST;
    this.#keep();
    this.#desk.changed();
    const number = ++this.#changes;
    this.#desk.world.after(CHECK_MS, () => void this.#check(number));
  }

  /** Lets the draft go. */
  discard(): void {
    this.#desk.shelf.removeItem(SHELF);
    this.text = '';
    this.#takeUp();
    this.change(this.text);
  }

  /** Puts another threshold into the draft. */
  setThreshold(threshold: number): void {
    const line = /^threshold\s*=.*$/m;
    const set = `threshold = ${threshold}`;
    this.change(line.test(this.text) ? this.text.replace(line, set) : `${set}\n${this.text}`);
  }

  choose(change: Partial<Pick<Lab, 'last' | 'note' | 'asked' | 'isSwitching'>>): void {
    Object.assign(this, change, { saving: REST });
    this.#desk.changed();
  }

  /** Tries the draft; the id of the trial. */
  async begin(kind: HowTried): Promise<string | null> {
    let id: string | null = null;
    await this.#act(async () => {
      const begun = await this.#desk.api.beginTrial({ kind, text: this.text, note: this.note, last: this.last });
      id = begun.trial.id;
      await this.#again();
    });
    return id;
  }

  async switch(): Promise<void> {
    const { policy } = this;
    if (!policy) return;
    await this.#act(async () => {
      await this.#desk.api.switchPolicy({ text: this.text, note: this.note, seen: policy.live.version });
      this.#desk.shelf.removeItem(SHELF);
      Object.assign(this, { note: '', isSwitching: false });
      await this.#again();
      this.#seen = this.policy?.live.version ?? 0;
    });
  }

  async rollBack(): Promise<void> {
    const { policy, asked } = this;
    if (!policy || !asked) return;
    await this.#act(async () => {
      await this.#desk.api.rollBackPolicy({ to: asked.version, note: this.note, seen: policy.live.version });
      const wasChanged = this.isChanged;
      Object.assign(this, { note: '', asked: null });
      await this.#again();
      if (!wasChanged) this.discard();
    });
  }

  /** What changes if a version of before took the place of what holds. */
  async compare(version: number): Promise<DraftChecked> {
    const { text } = await this.#desk.api.policyVersion(version);
    return this.#desk.api.checkPolicy({ text, language: document.documentElement.lang, against: null });
  }

  async end(id: string): Promise<void> {
    await this.#act(async () => {
      await this.#desk.api.endTrial(id);
      await this.#again();
    });
  }

  #takeUp(): void {
    if (!this.policy) return;
    const kept = this.#kept();
    this.text = kept?.text ?? this.policy.text;
    this.#seen = kept?.seen ?? this.policy.live.version;
  }

  #kept(): Kept | null {
    try {
      return JSON.parse(this.#desk.shelf.getItem(SHELF) ?? 'null') as Kept | null;
    } catch {
      return null;
    }
  }

  #keep(): void {
    try {
      if (this.isChanged) this.#desk.shelf.setItem(SHELF, JSON.stringify({ seen: this.#seen, text: this.text } satisfies Kept));
      else this.#desk.shelf.removeItem(SHELF);
    } catch {
      // A full shelf keeps no draft; what is written stays on the page.
    }
  }

  async #check(number: number): Promise<void> {
    if (number !== this.#changes) return;
    try {
      const checked = await this.#desk.api.checkPolicy({ text: this.text, language: document.documentElement.lang, against: null });
      if (number !== this.#changes) return;
      this.checked = checked;
      this.isStale = false;
      this.notice = null;
    } catch (error) {
      if (number !== this.#changes) return;
      this.notice = noticeOf(error);
    }
    this.#desk.changed();
  }

  async #hearVerdicts(): Promise<void> {
    try {
      this.verdicts = await this.#desk.api.verdicts();
      this.#desk.changed();
    } catch {
      // The lab works without them; the next visit asks again.
    }
  }

  async #again(): Promise<void> {
    this.policy = await this.#desk.api.policy(document.documentElement.lang);
    void this.#check(++this.#changes);
  }

  async #act(what: () => Promise<void>): Promise<void> {
    if (this.saving.kind === 'saving') return;
    this.saving = { kind: 'saving' };
    this.#desk.changed();
    try {
      await what();
      this.saving = { kind: 'saved' };
    } catch (error) {
      this.saving = failed(error);
    }
    this.#desk.changed();
  }
}

/** One trial, watched while it runs. */
export class TrialWatch {
  whole: TrialWhole | null = null;
  state: 'loading' | 'there' | 'missing' | 'unreachable' = 'loading';
  saving: Saving = REST;

  readonly #desk: Desk;
  readonly #id: string;
  #isLeft = false;
  #off: () => void = () => undefined;

  constructor(desk: Desk, id: string) {
    this.#desk = desk;
    this.#id = id;
  }

  async load(): Promise<void> {
    try {
      this.whole = await this.#desk.api.trial(this.#id);
      this.state = 'there';
    } catch (error) {
      this.state = noticeOf(error).key === 'unreachable' ? 'unreachable' : 'missing';
    }
    if (this.#isLeft) return;
    this.#desk.changed();
    const goesOn = this.state === 'unreachable' || this.whole?.trial.state === 'runs';
    if (goesOn) this.#off = this.#desk.world.after(WATCH_MS, () => void this.load());
  }

  async end(): Promise<void> {
    this.saving = { kind: 'saving' };
    this.#desk.changed();
    try {
      await this.#desk.api.endTrial(this.#id);
      this.saving = REST;
    } catch (error) {
      this.saving = failed(error);
    }
    this.#off();
    await this.load();
  }

  leave(): void {
    this.#isLeft = true;
    this.#off();
  }
}

/** From where to where a line stands in a text, to select it. */
export function spanOf(text: string, line: number): [from: number, to: number] {
  const lines = text.split('\n');
  const from = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  return [from, from + (lines[line - 1]?.length ?? 0)];
}
