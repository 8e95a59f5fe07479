// Teams and how work is shared out, for the page of the settings.

import type { Api, Routing, TeamChange, Teams, TeamShown } from '../api';
import { type Notice, noticeOf } from './notice';
import { failed, REST, type Saving } from './saving';

/** A team while it is written: a new one has no id. */
export interface TeamDraft extends TeamChange {
  id: string | null;
}

/** What another team takes over after, unless somebody says otherwise. */
const OVERFLOW_MINUTES = 10;

export class TeamsModel {
  teams: Teams | null = null;
  isUnreachable = false;
  isBusy = false;
  draft: TeamDraft | null = null;
  /** The team that is to be removed, once that is confirmed. */
  asked: TeamShown | null = null;
  notice: Notice | null = null;
  saving: Saving = REST;

  readonly #api: Api;
  readonly #onChange: () => void;

  constructor(api: Api, onChange: () => void) {
    this.#api = api;
    this.#onChange = onChange;
  }

  async load(): Promise<void> {
    try {
      this.teams = await this.#api.teams();
      this.isUnreachable = false;
    } catch {
      this.isUnreachable = true;
    }
    this.#onChange();
  }

  begin(team: TeamShown | null): void {
    const { id = null, name = '', members = [], overflow_to = null, overflow_minutes = null } = team ?? {};
    this.draft = { id, name, members: [...members], overflow_to, overflow_minutes: overflow_minutes ?? OVERFLOW_MINUTES };
    Object.assign(this, { asked: null, notice: null });
    this.#onChange();
  }

  change(change: Partial<TeamDraft>): void {
    if (this.draft) this.draft = { ...this.draft, ...change };
    this.#onChange();
  }

  cancel(): void {
    Object.assign(this, { draft: null, asked: null, notice: null });
    this.#onChange();
  }

  ask(team: TeamShown | null): void {
    Object.assign(this, { asked: team, draft: null });
    this.#onChange();
  }

  async save(): Promise<void> {
    if (!this.draft) return;
    const { id, ...team } = this.draft;
    const given = team.overflow_to ? team : { ...team, overflow_minutes: null };
    await this.#act(async () => {
      this.#show(id ? await this.#api.changeTeam(id, given) : await this.#api.addTeam(given));
      this.draft = null;
    });
  }

  async remove(id: string): Promise<void> {
    await this.#act(async () => {
      await this.#api.removeTeam(id);
      this.asked = null;
      this.#show(await this.#api.teams());
    });
  }

  changeRouting(change: Partial<Routing>): void {
    if (this.teams) this.teams.routing = { ...this.teams.routing, ...change };
    this.saving = REST;
    this.#onChange();
  }

  async saveRouting(): Promise<void> {
    if (!this.teams) return;
    this.saving = { kind: 'saving' };
    this.#onChange();
    try {
      const sent = this.teams.routing;
      const kept = await this.#api.setRouting(sent);
      // What was typed meanwhile stays.
      if (this.teams.routing === sent) this.teams.routing = kept;
      this.saving = { kind: 'saved' };
    } catch (error) {
      this.saving = failed(error);
    }
    this.#onChange();
  }

  /** Teams anew; what stands in the form for routing is kept. */
  #show(teams: Teams): void {
    this.teams = { ...teams, routing: this.teams?.routing ?? teams.routing };
  }

  async #act(what: () => Promise<void>): Promise<void> {
    if (this.isBusy) return;
    Object.assign(this, { isBusy: true, notice: null });
    this.#onChange();
    try {
      await what();
    } catch (error) {
      this.notice = noticeOf(error);
    }
    this.isBusy = false;
    this.#onChange();
  }
}
