import { expect, test } from 'vitest';
import { Api, mayPass, NoConversation, NoInbox, Refusal, UnknownVisitor, Unreachable } from './api';

function answering(status: number, body: unknown = {}, headers: Record<string, string> = {}) {
  const asked: { path: string; init: RequestInit }[] = [];
  const api = new Api('a key', (async (path: string, init: RequestInit) => {
    asked.push({ path, init });
    return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status, headers });
  }) as typeof fetch);
  return { api, asked };
}

test('the token stands in a header and in no address', async () => {
  const { api, asked } = answering(200, { conversations: [] });
  await api.conversations();
  api.token = 'sgv_secret';
  await api.conversations();
  await api.article('a/../b');
  expect(asked.map(({ init }) => (init.headers as Record<string, string>)['Authorization'])).toEqual([
    undefined,
    'Bearer sgv_secret',
    'Bearer sgv_secret',
  ]);
  expect(asked.map(({ path }) => path)).toEqual([
    '/api/widget/conversations',
    '/api/widget/conversations',
    '/api/widget/articles/a%2F..%2Fb?inbox=a%20key',
  ]);
});

test('a refusal says whether trying again makes sense, and when', async () => {
  for (const [status, passes] of [[400, false], [404, false], [409, false], [413, false], [429, true], [500, true], [503, true]] as const) {
    const error = await answering(status, { code: 'because' }).api.article('a').catch((error: unknown) => error);
    expect(error).toMatchObject({ status, code: 'because', retryAfterMs: null });
    expect(mayPass(error), `${status}`).toBe(passes);
  }
  const busy = await answering(429, '', { 'Retry-After': '7' }).api.article('a').catch((error: unknown) => error);
  expect(busy).toMatchObject({ retryAfterMs: 7_000, code: '' });
});

test('what is not there is told apart: the inbox, the visitor, the conversation', async () => {
  const missing = answering(404).api;
  await expect(missing.config()).rejects.toBeInstanceOf(NoInbox);
  await expect(missing.newVisitor()).rejects.toBeInstanceOf(NoInbox);
  for (const call of [missing.view('c1'), missing.events('c1', 0), missing.say('c1', { client_message_id: 'm', text: 'x', conversation: 'c1', at: 0, state: 'sending' }), missing.tell('c1', 'resolve')]) {
    await expect(call).rejects.toEqual(new NoConversation('c1'));
  }
  await expect(missing.article('a')).rejects.toBeInstanceOf(Refusal);
  const { api } = answering(401);
  api.token = 'old';
  const error = (await api.view('c1').catch((error: unknown) => error)) as UnknownVisitor;
  expect(error).toBeInstanceOf(UnknownVisitor);
  expect(error.token).toBe('old');
});

test('no network, a broken answer and a hung server are all unreachable', async () => {
  const broken = answering(200, '<html>').api;
  await expect(broken.config()).rejects.toBeInstanceOf(Unreachable);
  const none = new Api('a', (() => Promise.reject(new TypeError('x'))) as typeof fetch);
  await expect(none.config()).rejects.toBeInstanceOf(Unreachable);
  expect(mayPass(new Unreachable())).toBe(true);
});
