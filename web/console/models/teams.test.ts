import { expect, test } from 'vitest';
import type { Api, TeamChange, Teams } from '../api';
import { namesOf } from './people';
import { TeamsModel } from './teams';

const BILLING = { id: 'billing', name: 'Billing', members: ['maya'], overflow_to: null, overflow_minutes: null };
const ROUTING = { chat_units: 2, email_units: 1, wrap_up_s: 0, dedicated_for_s: 120, needs_for_s: 600 };

function modelWith(api: Partial<Api>): TeamsModel {
  const teams: Teams = { teams: [BILLING], agents: [], routing: ROUTING };
  const whole = { teams: () => Promise.resolve(structuredClone(teams)), ...api };
  return new TeamsModel(whole as unknown as Api, () => undefined);
}

test('a new team is sent without a helper unless one is chosen', async () => {
  const sent: TeamChange[] = [];
  const addTeam = (team: TeamChange): Promise<Teams> => {
    sent.push(team);
    return Promise.resolve({ teams: [BILLING], agents: [], routing: ROUTING });
  };
  const model = modelWith({ addTeam });
  await model.load();
  model.begin(null);
  model.change({ name: 'Legal', members: ['jonas'] });
  await model.save();
  model.begin(null);
  model.change({ name: 'Tax', overflow_to: 'billing' });
  await model.save();
  expect(sent.map(({ overflow_to, overflow_minutes }) => [overflow_to, overflow_minutes])).toEqual([
    [null, null],
    ['billing', 10],
  ]);
  expect(model.draft).toBeNull();
});

test('saving a team keeps what stands in the form for routing', async () => {
  const model = modelWith({ addTeam: () => Promise.resolve({ teams: [BILLING], agents: [], routing: ROUTING }) });
  await model.load();
  model.changeRouting({ wrap_up_s: 77 });
  model.begin(null);
  model.change({ name: 'Legal' });
  await model.save();
  expect(model.teams?.routing.wrap_up_s).toBe(77);
});

test('what is refused stays in the form and is told', async () => {
  const model = modelWith({ changeTeam: () => Promise.reject(new Error('no')) });
  await model.load();
  model.begin(BILLING);
  model.change({ name: '' });
  await model.save();
  expect(model.draft?.name).toBe('');
  expect(model.notice).not.toBeNull();
  model.cancel();
  expect(model.draft).toBeNull();
});

test('names are read between commas of any script, each once', () => {
  expect(namesOf(' Refunds, tax ,,refunds、税،es')).toEqual(['refunds', 'tax', '税', 'es']);
});
