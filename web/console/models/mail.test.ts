import { expect, test } from 'vitest';
import { Mail } from './mail';
import { Room } from './room';

const SERVER = { host: 'smtp.shop.example', port: 587, security: 'starttls', user: 'help', has_password: true, from: 'help@shop.example', tested_at: null };

async function open(server: typeof SERVER | null = SERVER) {
  const room = await new Room().enter();
  room.server.answer('GET mail', { command_line_from: null, server });
  const mail = new Mail(room.desk, 'en');
  await mail.load();
  return { room, mail };
}

test('the port follows the security, unless it is one of its own', async () => {
  const { mail } = await open(null);
  mail.secure('tls');
  expect(mail.draft.port).toBe(465);
  mail.write({ port: 2525 });
  mail.secure('none');
  expect(mail.draft.port).toBe(2525);
});

test('a kept password is used for its own server only', async () => {
  const { mail } = await open();
  expect(mail.draft.password).toBe('');
  expect(mail.keepsPassword).toBe(true);
  mail.write({ host: 'smtp.other.example' });
  expect(mail.keepsPassword).toBe(false);
});

test('saving sends a test mail, and a fault is told apart from success', async () => {
  const { room, mail } = await open();
  room.server.answer('PUT mail', SERVER);
  room.server.answer('POST mail/test', { to: 'maya@example.com', fault: { code: 'sign_in', said: '535 wrong password' } });
  await mail.saveAndTest();
  expect(room.server.bodies('PUT mail')[0]).toMatchObject({ host: 'smtp.shop.example', password: null });
  expect(mail.test).toMatchObject({ kind: 'done', tested: { fault: { code: 'sign_in' } } });
  room.server.refuse('PUT mail', 422, 'invalid', 'a password is missing');
  await mail.saveAndTest();
  expect(mail.saving).toMatchObject({ kind: 'failed', notice: { text: 'a password is missing' } });
  expect(room.server.bodies('POST mail/test'), 'nothing is tried that was not kept').toHaveLength(1);
});
