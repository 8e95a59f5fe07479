// Who did what: the audit log, for admins. What it is narrowed to stands in the address.

import { useEffect, useState } from 'preact/hooks';
import type { components } from '../../shared/api';
import type { AuditEntry } from '../api';
import { PagesEnd } from '../bits';
import { Audit, auditQuery, type AuditWanted } from '../models/audit';
import type { Desk } from '../models/desk';
import { say, words } from '../words';

/** What can be filtered by, in the order of the list: a new one is missed by the compiler. */
const ACTIONS: Record<components['schemas']['AuditAction'], true> = {
  workspace_set_up: true, signed_in: true, sign_in_refused: true, signed_out: true, sessions_ended: true,
  agent_invited: true, agent_added: true, agent_changed: true, agent_deactivated: true, agent_reactivated: true,
  password_changed: true, password_reset_asked: true, password_reset: true, token_made: true, token_revoked: true,
  identity_key_made: true, identity_key_retired: true, policy_changed: true, shadow_begun: true, shadow_ended: true,
  inbox_made: true, inbox_renamed: true, inbox_closed: true, inbox_reopened: true, hours_changed: true, settings_changed: true,
  mail_changed: true, look_up_changed: true, webhooks_changed: true, webhook_paused: true, articles_imported: true,
  articles_removed: true, team_made: true, team_changed: true, team_removed: true, routing_changed: true,
  canned_replies_changed: true, dedicated_agent_set: true, contact_exported: true, conversations_exported: true,
  audit_exported: true, contact_erased: true, retention_changed: true, aged_erased: true, backup_made: true,
};
/** Who is no agent. */
const KINDS = ['program', 'contact', 'operator', 'stranger', 'system'] as const;

export function AuditPage({ desk, query }: { desk: Desk; query: string }) {
  const [audit] = useState(() => new Audit(desk.api, desk.world, () => desk.changed()));
  useEffect(() => void audit.choices(), [audit]);
  useEffect(() => void audit.open(query), [audit, query]);
  const narrow = (change: Partial<AuditWanted>) =>
    desk.go({ kind: 'settings', page: 'audit', query: auditQuery({ ...audit.wanted, ...change }) }, true);
  return (
    <section class="block">
      <p class="quiet">{say('audit_words')}</p>
      <Filters audit={audit} narrow={narrow} />
      {!!audit.items?.length && (
        <p class="deeds">
          <a href={audit.fileAddress('csv')} download="audit.csv">
            {say('dash_csv')}
          </a>
          <a href={audit.fileAddress('json')} download="audit.json">
            {say('audit_json')}
          </a>
        </p>
      )}
      {!!audit.items?.length && (
        <table class="wide">
          <thead>
            <tr>
              <th scope="col">{say('audit_what')}</th>
              <th scope="col">{say('audit_who')}</th>
              <th scope="col">{say('audit_about')}</th>
              <th scope="col">{say('audit_detail')}</th>
              <th scope="col">{say('audit_when')}</th>
            </tr>
          </thead>
          <tbody>
            {audit.items.map((entry) => (
              <tr key={entry.id}>
                <th scope="row">{actionWords(entry.action)}</th>
                <td dir="auto">
                  <Actor entry={entry} narrow={narrow} />
                </td>
                <td dir="auto">
                  <Subject entry={entry} narrow={narrow} />
                </td>
                <td class="quiet" dir="auto">
                  {Object.entries(entry.detail).filter(([, value]) => value).map(([name, value]) => `${name}: ${value}`).join(' · ')}
                </td>
                <td class="number">
                  <time dateTime={entry.at}>
                    {words.date(entry.at)}, {words.time(entry.at)}
                  </time>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <PagesEnd pages={audit} none={say('nothing_found')} />
    </section>
  );
}

type Narrow = (change: Partial<AuditWanted>) => void;

function Filters({ audit, narrow }: { audit: Audit; narrow: Narrow }) {
  const { action, who, about, from, until } = audit.wanted;
  const isListed = !who || who.startsWith('kind:') || audit.agents.some(({ id }) => id === who);
  const day = (name: 'from' | 'until', value: string) => (
    <div class="filter">
      <label for={`audit-${name}`}>{say(`audit_${name}`)}</label>
      <input id={`audit-${name}`} type="date" value={value} onChange={(event) => narrow({ [name]: event.currentTarget.value })} />
    </div>
  );
  return (
    <div class="filters-row">
      <div class="filter">
        <label for="audit-action">{say('audit_action')}</label>
        <select id="audit-action" value={action} onChange={(event) => narrow({ action: event.currentTarget.value })}>
          <option value="">{say('audit_all')}</option>
          {Object.keys(ACTIONS).map((one) => (
            <option key={one} value={one}>
              {actionWords(one)}
            </option>
          ))}
        </select>
      </div>
      <div class="filter">
        <label for="audit-who">{say('audit_who')}</label>
        <select id="audit-who" value={who} onChange={(event) => narrow({ who: event.currentTarget.value })}>
          <option value="">{say('audit_anybody')}</option>
          {!isListed && <option value={who}>{audit.nameOf(who)}</option>}
          {audit.agents.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
          {KINDS.map((kind) => (
            <option key={kind} value={`kind:${kind}`}>
              {byWords(kind)}
            </option>
          ))}
        </select>
      </div>
      {day('from', from)}
      {day('until', until)}
      {about && (
        <button type="button" onClick={() => narrow({ about: '' })}>
          {say('audit_only_about', { name: audit.nameOf(about) })} <span aria-hidden="true">×</span>
        </button>
      )}
      {audit.isNarrowed && (
        <button type="button" class="link" onClick={() => narrow({ action: '', who: '', about: '', from: '', until: '' })}>
          {say('dash_clear')}
        </button>
      )}
    </div>
  );
}

interface LineProps {
  entry: AuditEntry;
  narrow: Narrow;
}

/** Who it was; a name leads to all that they did. */
function Actor({ entry, narrow }: LineProps) {
  const { actor_id: id, actor_name: name } = entry;
  if (!name || !id) return <>{byWords(entry.actor_kind)}</>;
  return (
    <button type="button" class="link" onClick={() => narrow({ who: id })}>
      {name}
    </button>
  );
}

/** What it was done to; it leads to all that was. */
function Subject({ entry, narrow }: LineProps) {
  const { subject: id, subject_name } = entry;
  if (!id) return null;
  const name = subject_name ?? shortOf(id);
  return (
    <button type="button" class="link" title={id} aria-label={say('audit_all_about', { name })} onClick={() => narrow({ about: id })}>
      {name}
    </button>
  );
}

/** An id by its kind and its end: enough to tell two apart on a line. */
function shortOf(id: string): string {
  return id.length > 20 ? `${id.split('_')[0]}…${id.slice(-6)}` : id;
}

function actionWords(action: string): string {
  const key = `audit_action_${action}`;
  return words.has(key) ? say(key) : action;
}

function byWords(kind: string): string {
  const key = `audit_by_${kind}`;
  return words.has(key) ? say(key) : kind;
}
