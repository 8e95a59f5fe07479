import { expect, test } from 'vitest';
import { Refusal } from './api';
import { FakeServer } from './models/fakes';

test('every write carries the token, and no read does', async () => {
  const server = new FakeServer();
  server.api.csrf = 'csrf-1';
  server.answer('GET floor', {});
  server.answer('POST conversations/c1/decline', null);
  await server.api.floor();
  await server.api.decline('c1');
  expect(server.calls.map((call) => call.headers['X-CSRF-Token'])).toEqual([undefined, 'csrf-1']);
});

test('a refusal has its status, its code and the words of the server', async () => {
  const server = new FakeServer();
  server.refuse('GET floor', 409, 'stale_epoch', 'load it again');
  await expect(server.api.floor()).rejects.toMatchObject({ status: 409, code: 'stale_epoch', message: 'load it again' });
  server.isDown = true;
  const error = await server.api.floor().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Refusal);
  expect(error).toMatchObject({ status: 0, code: 'unreachable' });
});
