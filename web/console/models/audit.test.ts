import { expect, test } from 'vitest';
import { Api } from '../api';
import { Audit, auditQuery, auditWanted, parametersOf } from './audit';
import { FakeWorld } from './fakes';

type Answer = { entries: object[]; next: string | null };

/** A log whose pages a test hands out; the addresses that were asked for. */
function logOf(answer: (path: string) => Answer | Promise<Answer>) {
  const asked: string[] = [];
  const api = new Api(async (path) => {
    asked.push(path);
    return new Response(JSON.stringify(await answer(path)), { status: 200 });
  });
  return { asked, audit: new Audit(api, new FakeWorld(), () => {}) };
}

const ids = (audit: Audit) => audit.items?.map((entry) => entry.id);

test('pages come one after the other, and a filter begins anew', async () => {
  const { asked, audit } = logOf((path) =>
    path.includes('before') ? { entries: [{ id: 'audit_1' }], next: null } : { entries: [{ id: 'audit_2' }], next: 'audit_2' },
  );
  await audit.open('');
  expect(audit.more).toBe('audit_2');
  await audit.load(audit.more);
  expect(ids(audit)).toEqual(['audit_2', 'audit_1']);
  expect(audit.more).toBeNull();
  await audit.open('action=signed_in&who=agent_1');
  expect(ids(audit)).toEqual(['audit_2']);
  expect(asked.at(-1)).toBe('/api/console/audit?action=signed_in&actor=agent_1');
  await audit.load(audit.more);
  expect(asked.at(-1)).toBe('/api/console/audit?action=signed_in&actor=agent_1&before=audit_2');
});

test('an answer to an earlier question is left aside', async () => {
  let late: (answer: Answer) => void = () => {};
  const { audit } = logOf((path) =>
    path.includes('action') ? { entries: [{ id: 'audit_new' }], next: null } : new Promise<Answer>((done) => (late = done)),
  );
  const first = audit.load();
  await audit.open('action=signed_in');
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

test('an address says what is wanted, and what means nothing is left out', () => {
  for (const query of ['', 'action=signed_in', 'who=kind%3Aoperator&about=inbox_1&from=2026-11-01&until=2026-11-03']) {
    expect(auditQuery(auditWanted(query))).toBe(query);
  }
  expect(auditQuery(auditWanted('from=yesterday&until=2026-11-3&colour=red'))).toBe('');
});

test('days become instants of this browser, and both count in', () => {
  const asked = parametersOf(auditWanted('from=2026-11-01&until=2026-11-01&who=kind%3Aprogram&about=c1'));
  expect(asked).toEqual({
    kind: 'program',
    subject: 'c1',
    from: new Date('2026-11-01T00:00').toISOString(),
    until: new Date('2026-11-02T00:00').toISOString(),
  });
  expect(parametersOf(auditWanted('from=2026-13-45'))).toEqual({});
});

test('a file is of what is wanted, and ids are told by name where a line knows it', async () => {
  const line = { id: 'audit_1', actor_id: 'token_1', actor_name: 'Our bot', subject: 'inbox_1', subject_name: 'App' };
  const { audit } = logOf(() => ({ entries: [line], next: null }));
  await audit.open('who=token_1&about=inbox_1');
  expect(audit.fileAddress('csv')).toBe('/api/console/audit/file?actor=token_1&subject=inbox_1&format=csv');
  expect(['token_1', 'inbox_1', 'contact_9'].map((id) => audit.nameOf(id))).toEqual(['Our bot', 'App', 'contact_9']);
});
