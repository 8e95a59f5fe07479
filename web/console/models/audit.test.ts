import { expect, test } from 'vitest';
import { Api } from '../api';
import { Audit } from './audit';

type Answer = { entries: { id: string }[]; next: string | null };

/** A log whose pages a test hands out; the addresses that were asked for. */
function logOf(answer: (path: string) => Answer | Promise<Answer>) {
  const asked: string[] = [];
  const api = new Api(async (path) => {
    asked.push(path);
    return new Response(JSON.stringify(await answer(path)), { status: 200 });
  });
  return { asked, audit: new Audit(api, () => {}) };
}

const ids = (audit: Audit) => audit.entries?.map((entry) => entry.id);

test('pages come one after the other, and a filter begins anew', async () => {
  const { asked, audit } = logOf((path) =>
    path.includes('before') ? { entries: [{ id: 'audit_1' }], next: null } : { entries: [{ id: 'audit_2' }], next: 'audit_2' },
  );
  await audit.load();
  expect(audit.more).toBe('audit_2');
  await audit.load(audit.more);
  expect(ids(audit)).toEqual(['audit_2', 'audit_1']);
  expect(audit.more).toBeNull();
  await audit.only('signed_in');
  await audit.by({ id: 'agent_1', name: 'Maya' });
  expect(ids(audit)).toEqual(['audit_2']);
  expect(asked.at(-1)).toBe('/api/console/audit?action=signed_in&actor=agent_1');
});

test('an answer to an earlier question is left aside', async () => {
  let late: (answer: Answer) => void = () => {};
  const { audit } = logOf((path) =>
    path.includes('action') ? { entries: [{ id: 'audit_new' }], next: null } : new Promise<Answer>((done) => (late = done)),
  );
  const first = audit.load();
  await audit.only('signed_in');
  late({ entries: [{ id: 'audit_old' }], next: null });
  await first;
  expect(ids(audit)).toEqual(['audit_new']);
});

test('what cannot be reached says so and keeps what was there', async () => {
  let isDown = false;
  const { audit } = logOf(() => {
    if (isDown) throw new Error('down');
    return { entries: [{ id: 'audit_1' }], next: null };
  });
  await audit.load();
  isDown = true;
  await audit.load();
  expect(audit.state).toBe('unreachable');
  expect(ids(audit)).toEqual(['audit_1']);
});

test('the whole log that a filter lets through becomes a table that runs no formulas', async () => {
  const line = { at: '2027-01-12T10:00:00Z', action: 'agent_changed', actor_kind: 'agent', actor_id: 'agent_1', subject: null };
  const { asked, audit } = logOf((path) =>
    path.includes('before')
      ? { entries: [{ ...line, id: 'audit_1', actor_name: 'Maya, "M"', detail: { role: 'lead', capacity: '3' } }], next: null }
      : { entries: [{ ...line, id: 'audit_2', actor_name: '=HYPERLINK(1)', detail: {} }], next: 'audit_2' },
  );
  await audit.only('agent_changed');
  const table = await audit.table();
  expect(table?.lines).toBe(2);
  expect(table?.text.split('\r\n')).toEqual([
    'at,action,actor_kind,actor_id,actor_name,subject,detail',
    "2027-01-12T10:00:00Z,agent_changed,agent,agent_1,'=HYPERLINK(1),,",
    '2027-01-12T10:00:00Z,agent_changed,agent,agent_1,"Maya, ""M""",,role: lead; capacity: 3',
    '',
  ]);
  expect(asked.at(-1)).toBe('/api/console/audit?action=agent_changed&before=audit_2');
});
