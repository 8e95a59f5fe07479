import { expect, test } from 'vitest';
import type { MailboxShown } from '../api';
import { type MailboxDraft, Mailboxes, plusPattern } from './mailbox';
import { Room } from './room';

const SERVER = { host: 'imap.shop.example', port: 993, security: 'tls', user: 'help', folder: 'INBOX' };
const KEPT: MailboxShown = {
  address: 'help@shop.example',
  replies: 'help+*@shop.example',
  server: SERVER,
  has_hook: false,
  tested_at: null,
  read_at: null,
  failed_at: null,
  failure: null,
};
const BOX = 'inboxes/inb_1/mailbox';

async function open(mailbox: MailboxShown | null = KEPT) {
  const room = await new Room().enter();
  const inboxes = [{ id: 'inb_1', name: 'Shop', site_key: 'site_1', is_closed: false }, { id: 'inb_2', name: 'Hotel', site_key: 'site_2', is_closed: true }];
  room.server.answer('GET first-steps', { inboxes, steps: [], sightings: [], live_at: null, is_dismissed: true });
  room.server.answer(`GET ${BOX}`, { mailbox, left_out: [] });
  room.server.answer('GET inboxes/inb_2/mailbox', { mailbox: null, left_out: [] });
  const boxes = new Mailboxes(room.desk);
  await boxes.load();
  const { box } = boxes;
  if (!box) throw new Error('there is an inbox');
  return { room, boxes, box };
}

test('the way that most servers know needs no pattern', () => {
  expect(plusPattern(' Help@Shop.example ')).toBe('help+*@shop.example');
  expect(plusPattern('help')).toBe('');
});

test('what is wrong is said beside its field, sent to nobody, and goes once it is right', async () => {
  const { room, box } = await open(null);
  const check = async (change: Partial<MailboxDraft>, wrong: (keyof MailboxDraft)[]) => {
    box.write({ address: 'help@shop.example', host: 'imap.shop.example', port: '993', security: 'tls', user: 'help', password: 'pw', replies_by: 'plus', pattern: '', ...change });
    await box.save();
    expect(Object.keys(box.wrong), JSON.stringify(change)).toEqual(wrong);
  };
  await check({ address: 'help', user: ' ', password: '' }, ['address', 'user', 'password']);
  await check({ address: 'customer-service@shop.example' }, ['address']);
  await check({ replies_by: 'pattern', pattern: 'help@shop.example' }, ['pattern']);
  await check({ replies_by: 'pattern', pattern: 'help@*.shop.example' }, ['pattern']);
  await check({ replies_by: 'pattern', pattern: 'seventeen-letters*@shop.example' }, ['pattern']);
  await check({ host: 'https://imap.shop.example' }, ['host']);
  await check({ port: '' }, ['port']);
  await check({ port: '65536' }, ['port']);
  await check({ security: 'none' }, ['security']);
  expect(room.server.bodies(`PUT ${BOX}`)).toEqual([]);
  box.write({ host: 'localhost' });
  expect(box.wrong, 'the same machine may do without').toEqual({});
  box.write({ user: '' });
  expect(box.wrong, 'nobody is told before he is done').toEqual({});
});

test('saving tries what was saved, and keeps a password for its own server only', async () => {
  const { room, box } = await open();
  room.server.answer(`PUT ${BOX}`, KEPT);
  room.server.answer(`POST ${BOX}/test`, { fault: { code: 'sign_in', said: 'NO bad password' } });
  await box.save();
  expect(room.server.bodies(`PUT ${BOX}`)).toEqual([{ address: 'help@shop.example', replies: '', server: { ...SERVER, password: null } }]);
  expect(box.trial).toEqual({ kind: 'done', fault: { code: 'sign_in', said: 'NO bad password' } });
  box.write({ user: 'other' });
  expect(box.trial, 'an old result is none of what stands there now').toEqual({ kind: 'none' });
  await box.save();
  expect(box.wrong).toEqual({ password: 'mailbox_wrong_password' });
  expect(room.server.bodies(`PUT ${BOX}`)).toHaveLength(1);
});

test('a refusal and a lost line leave what was typed', async () => {
  const { room, box } = await open();
  box.write({ folder: 'Support', password: 'secret' });
  room.server.refuse(`PUT ${BOX}`, 422, 'invalid', 'no such thing');
  await box.save();
  expect(box.saving).toMatchObject({ kind: 'failed', notice: { text: 'no such thing' } });
  room.server.isDown = true;
  await box.save();
  expect(box.saving).toMatchObject({ kind: 'failed', notice: { key: 'unreachable' } });
  expect(box.draft).toMatchObject({ folder: 'Support', password: 'secret' });
});

test('looking again tells how it stands and touches nothing that was typed', async () => {
  const { room, boxes, box } = await open();
  box.write({ folder: 'Support' });
  const left_out = [{ at: '2026-11-24T09:00:00Z', sender: 'no-reply@x.example', outcome: 'ignored', why: 'no_reply' }];
  room.server.answer(`GET ${BOX}`, { mailbox: { ...KEPT, failed_at: '2026-11-24T09:00:00Z', failure: 'away' }, left_out });
  await box.load();
  expect(box.shown?.failure).toBe('away');
  expect(box.left_out).toHaveLength(1);
  boxes.turn('inb_2');
  expect(boxes.box?.draft.folder).toBe('');
  boxes.turn('inb_1');
  expect(boxes.box?.draft.folder, 'each inbox keeps its own').toBe('Support');
});

test('an answer that was asked for before a deed is not shown after it', async () => {
  const { room, box } = await open();
  room.server.answer(`DELETE ${BOX}`, null);
  const release = room.server.hold(`GET ${BOX}`);
  const looking = box.load();
  await box.remove();
  release();
  await looking;
  expect(box).toMatchObject({ shown: null, isOpen: false, isRemoved: true, asked: null });
});

test('mails that are only handed in need no server; the secret is had once', async () => {
  const { room, box } = await open(null);
  room.server.answer(`PUT ${BOX}`, { ...KEPT, server: null });
  room.server.answer(`POST ${BOX}/hook`, { secret: 'sgh_1' });
  box.open();
  box.write({ address: 'help@shop.example', comes_by: 'hook', replies_by: 'pattern', pattern: '*@replies.shop.example' });
  await box.save();
  expect(room.server.bodies(`PUT ${BOX}`)).toEqual([{ address: 'help@shop.example', replies: '*@replies.shop.example', server: null }]);
  expect(room.server.bodies(`POST ${BOX}/test`), 'there is nothing to sign in to').toEqual([]);
  box.ask('secret');
  await box.makeSecret();
  expect(box).toMatchObject({ secret: 'sgh_1', asked: null, shown: { has_hook: true } });
  room.server.refuse(`POST ${BOX}/hook`, 409, 'no_mailbox');
  await box.makeSecret();
  expect(box.hookNotice).toMatchObject({ key: 'refused_no_mailbox' });
});
