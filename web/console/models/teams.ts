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
    this.teams = await this.#api.teams();
  }

  begin(team: TeamShown | null): void {
    const { id = null, name = '', members = [], overflow_to = null, overflow_minutes = null } = team ?? {};
    this.write({ id, name, members: [...members], overflow_to, overflow_minutes: overflow_minutes ?? OVERFLOW_MINUTES });
  }

  async save(): Promise<void> {
    if (!this.draft) return;
    const { id, ...team } = this.draft;
    const given = team.overflow_to ? team : { ...team, overflow_minutes: null };
    await this.act(async () => {
      this.#show(id ? await this.#api.changeTeam(id, given) : await this.#api.addTeam(given));
      this.draft = null;
    });
  }

  async remove(id: string): Promise<void> {
    await this.act(async () => {
      await this.#api.removeTeam(id);
      this.asked = null;
      this.#show(await this.#api.teams());
    });
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

  /** Teams anew; what stands in the form for routing is kept. */
  #show(teams: Teams): void {
    this.teams = { ...teams, routing: this.teams?.routing ?? teams.routing };
  }
}
