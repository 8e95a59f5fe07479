// Who did what: the audit log, for admins.

import { useState } from 'preact/hooks';
import type { AuditEntry } from '../api';
import { Audit } from '../models/audit';
import type { Desk } from '../models/desk';
import { say, words } from '../words';
import { useModel } from './bits';

/** What can be filtered by, in the order of the list; others are shown by their name. */
const ACTIONS = [
  'workspace_set_up', 'signed_in', 'sign_in_refused', 'signed_out', 'sessions_ended',
  'agent_invited', 'agent_added', 'agent_changed', 'agent_deactivated', 'agent_reactivated',
  'password_changed', 'password_reset_asked', 'password_reset', 'token_made', 'token_revoked',
  'identity_key_made', 'identity_key_retired', 'policy_changed', 'hours_changed', 'settings_changed', 'mail_changed', 'look_up_changed',
  'articles_imported', 'articles_removed', 'team_made', 'team_changed', 'team_removed', 'routing_changed', 'dedicated_agent_set',
  'contact_exported', 'conversations_exported', 'contact_erased', 'retention_changed', 'aged_erased', 'backup_made',
];

export function AuditPage({ desk }: { desk: Desk }) {
  const audit = useModel(() => new Audit(desk.api, () => desk.changed()));
  return (
    <section class="block">
      <p class="quiet">{say('audit_words')}</p>
      <p class="audit-filter">
        <label for="audit-action">{say('audit_action')}</label>{' '}
        <select id="audit-action" value={audit.action} onChange={(event) => void audit.only(event.currentTarget.value)}>
          <option value="">{say('audit_all')}</option>
          {ACTIONS.map((action) => (
            <option key={action} value={action}>
              {actionWords(action)}
            </option>
          ))}
        </select>{' '}
        {audit.actor && (
          <button type="button" onClick={() => void audit.by(null)}>
            {say('audit_only', { name: audit.actor.name })} <span aria-hidden="true">×</span>
          </button>
        )}{' '}
        {!!audit.entries?.length && <Save audit={audit} />}
      </p>
      {!!audit.entries?.length && (
        <table class="wide">
          <thead>
            <tr>
              <th scope="col">{say('audit_what')}</th>
              <th scope="col">{say('audit_who')}</th>
              <th scope="col">{say('audit_detail')}</th>
              <th scope="col">{say('audit_when')}</th>
            </tr>
          </thead>
          <tbody>
            {audit.entries.map((entry) => (
              <tr key={entry.id}>
                <th scope="row">{actionWords(entry.action)}</th>
                <td dir="auto">
                  <Actor entry={entry} audit={audit} />
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
      <div role="status">
        {audit.state === 'loading' && <p class="quiet">{say('loading')}</p>}
        {audit.state === 'unreachable' && <p class="fault">{say('unreachable')}</p>}
        {audit.state === 'idle' && audit.entries?.length === 0 && <p class="quiet">{say('nothing_found')}</p>}
      </div>
      {audit.more && (
        <button type="button" onClick={() => void audit.load(audit.more)}>
          {say('show_more')}
        </button>
      )}
    </section>
  );
}

/** Who it was; a name leads to all that they did. */
function Actor({ entry, audit }: { entry: AuditEntry; audit: Audit }) {
  const { actor_id: id, actor_name: name } = entry;
  if (!name || !id) return <>{byWords(entry.actor_kind)}</>;
  return (
    <button type="button" class="link" onClick={() => void audit.by({ id, name })}>
      {name}
    </button>
  );
}

function actionWords(action: string): string {
  const key = `audit_action_${action}`;
  return words.has(key) ? say(key) : action;
}

function byWords(kind: string): string {
  const key = `audit_by_${kind}`;
  return words.has(key) ? say(key) : kind;
}

/** All that the filters let through, into a file. */
function Save({ audit }: { audit: Audit }) {
  const [said, setSaid] = useState('');
  const save = async () => {
    setSaid(say('audit_saving'));
    const table = await audit.table();
    if (!table) return setSaid(say('unreachable'));
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([table.text], { type: 'text/csv' }));
    link.download = 'audit.csv';
    link.click();
    URL.revokeObjectURL(link.href);
    setSaid(say('audit_saved', { count: words.number(table.lines) }));
  };
  return (
    <>
      <button type="button" onClick={() => void save()}>
        {say('audit_save')}
      </button>{' '}
      <span class="quiet" role="status">
        {said}
      </span>
    </>
  );
}
