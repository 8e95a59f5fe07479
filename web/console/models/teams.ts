// Teams and how work is shared out, for the page of the settings.

import type { Api, Routing, TeamChange, Teams, TeamShown } from '../api';
import { EditedList } from './editedList';
import { failed, REST, type Saving } from './saving';

/** A team while it is written: a new one has no id. */
export interface TeamDraft extends TeamChange {
  id: string | null;
}

/** What another team takes over after, unless somebody says otherwise. */
const OVERFLOW_MINUTES = 10;

export class TeamsModel extends EditedList<TeamShown, TeamDraft> {
  teams: Teams | null = null;
  saving: Saving = REST;

  readonly #api: Api;

  constructor(api: Api, onChange: () => void) {
    super(onChange);
    this.#api = api;
  }

  protected override async fetch(): Promise<void> {
    const teams = await this.#api.teams();
    // What stands in the form for routing is kept.
    this.teams = { ...teams, routing: this.teams?.routing ?? teams.routing };
  }

  override begin(team: TeamShown | null): void {
    const { id = null, name = '', members = [], overflow_to = null, overflow_minutes = null } = team ?? {};
    this.write({ id, name, members: [...members], overflow_to, overflow_minutes: overflow_minutes ?? OVERFLOW_MINUTES });
  }

  override async save(): Promise<void> {
    if (!this.draft) return;
    const { id, ...team } = this.draft;
    const given = team.overflow_to ? team : { ...team, overflow_minutes: null };
    await this.keep(() => (id ? this.#api.changeTeam(id, given) : this.#api.addTeam(given)));
  }

  async remove(id: string): Promise<void> {
    await this.carryOut(() => this.#api.removeTeam(id));
  }

  changeRouting(change: Partial<Routing>): void {
    if (this.teams) this.teams.routing = { ...this.teams.routing, ...change };
    this.saving = REST;
    this.onChange();
  }

  async saveRouting(): Promise<void> {
    if (!this.teams) return;
    this.saving = { kind: 'saving' };
    this.onChange();
    try {
      const sent = this.teams.routing;
      const kept = await this.#api.setRouting(sent);
      // What was typed meanwhile stays.
      if (this.teams.routing === sent) this.teams.routing = kept;
      this.saving = { kind: 'saved' };
    } catch (error) {
      this.saving = failed(error);
    }
    this.onChange();
  }
}
