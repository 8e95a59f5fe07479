import { expect, test } from 'vitest';
import type { AgentChange, AgentListed, Api } from '../api';
import { PeopleModel } from './people';

function modelWith(changeAgent: Api['changeAgent']): PeopleModel {
  const people = { agents: [], join_links: [] };
  const api = { people: () => Promise.resolve(people), changeAgent };
  return new PeopleModel(api as unknown as Api, 'https://desk.example', () => undefined);
}

test('a second field that is left while the first saves is saved too', async () => {
  const sent: AgentChange[] = [];
  const answers: (() => void)[] = [];
  const model = modelWith((_, change) => {
    sent.push(change);
    return new Promise((done) => answers.push(() => done({} as AgentListed)));
  });
  const first = model.change('maya', { skills: ['refunds'] });
  const second = model.change('maya', { languages: ['de'] });
  const third = model.change('jonas', { capacity: 3 });
  for (let n = 0; n < 3; n++) {
    await Promise.resolve();
    answers[n]?.();
    await new Promise((next) => setTimeout(next));
  }
  expect(await Promise.all([first, second, third])).toEqual([true, true, true]);
  expect(sent).toEqual([{ skills: ['refunds'] }, { languages: ['de'] }, { capacity: 3 }]);
  expect(model.isBusy).toBe(false);
});

test('a refused change is told, and what comes after it can be saved', async () => {
  let refuses = true;
  const model = modelWith(() => (refuses ? Promise.reject(new Error('no')) : Promise.resolve({} as AgentListed)));
  expect(await model.change('maya', { capacity: 0 })).toBe(false);
  expect(model.notice).not.toBeNull();
  refuses = false;
  expect(await model.change('maya', { capacity: 2 })).toBe(true);
});
