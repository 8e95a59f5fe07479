import { expect, test } from 'vitest';
import type { DeliveryShown, WebhookShown } from '../api';
import { FakeServer } from './fakes';
import { WebhooksModel } from './webhooks';

const BOT = {
  id: 'hook_1',
  name: 'Bot',
  url: 'https://bot.example/',
  topics: ['message.created'],
  shares: 'facts',
  state: 'on',
  created_at: '2027-01-15T08:00:00Z',
  delivered_at: null,
  failed_at: null,
  failure: null,
  old_secret_until: null,
} as WebhookShown;

async function page(webhooks: WebhookShown[] = []) {
  const server = new FakeServer();
  server.answer('GET webhooks', { webhooks, topics: ['conversation.started', 'message.created'] });
  const model = new WebhooksModel(server.api, () => {});
  await model.load();
  return { server, model };
}

test('a new webhook hears everything until somebody says otherwise, and shows its secret once', async () => {
  const { server, model } = await page();
  model.begin(null);
  expect(model.draft?.topics).toEqual(['conversation.started', 'message.created']);
  model.hear('conversation.started', false);
  model.change({ name: 'Bot', url: 'https://bot.example/' });
  server.answer('POST webhooks', { webhook: BOT, secret: 'whsec_x' });
  server.answer('GET webhooks', { webhooks: [BOT], topics: ['conversation.started', 'message.created'] });
  await model.save();
  expect(server.bodies('POST webhooks')[0]).toMatchObject({ topics: ['message.created'], shares: 'facts', is_on: true });
  expect(model.made).toEqual({ id: 'hook_1', secret: 'whsec_x' });
  model.begin(BOT);
  expect(model.made, 'it is gone once something else is done').toBeNull();
});

test('an entry of the log is sent again', async () => {
  const { server, model } = await page([BOT]);
  const failed = { conversation_id: 'conv_1', seq: 4, topic: 'message.created', outcome: 'given_up' } as DeliveryShown;
  server.answer('GET webhooks/hook_1/deliveries', { deliveries: [failed] });
  await model.toggleLog('hook_1');
  expect(model.log?.deliveries).toEqual([failed]);
  server.answer('POST webhooks/hook_1/deliveries/again', null);
  await model.sendAgain('hook_1', failed);
  expect(server.bodies('POST webhooks/hook_1/deliveries/again')[0]).toEqual({ conversation_id: 'conv_1', seq: 4 });
  expect(model.again).toBe('conv_1 4');
  await model.toggleLog('hook_1');
  expect(model.log).toBeNull();
});
