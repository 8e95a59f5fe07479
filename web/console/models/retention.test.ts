import { expect, test } from 'vitest';
import type { RetentionShown } from '../api';
import type { Desk } from './desk';
import { Retention } from './retention';

const shown: RetentionShown = {
  days: null, least_days: 30, most_days: 3650, would_erase: null, began_at: null, ended_at: null, conversations: 0, contacts: 0, due_at: null,
};

function page(would: number) {
  const sent: unknown[] = [];
  const api = {
    retention: async (days: number | null) => ({ ...shown, would_erase: days && would }),
    setRetention: async (days: number | null, confirmed: string) => void sent.push([days, confirmed]),
  };
  const desk = { api, changed() {}, session: { workspace: { company: 'Fernhill' } } } as unknown as Desk;
  return { sent, model: new Retention(desk) };
}

test('what would erase something is saved only with the name of the company', async () => {
  const { model, sent } = page(7);
  await model.load();
  expect(model.wanted).toBeNull();
  await model.choose({ isOn: true, days: '90' });
  expect([model.would, model.mustConfirm, model.canSave]).toEqual([7, true, false]);
  await model.save();
  model.confirm('fernhill');
  expect(model.canSave).toBe(false);
  model.confirm(' Fernhill');
  await model.save();
  expect(sent).toEqual([[90, ' Fernhill']]);
});

test('days that may not be are not saved, and nothing to erase needs no name', async () => {
  const { model } = page(0);
  await model.load();
  for (const days of ['29', '3651', '', '40.5']) {
    await model.choose({ isOn: true, days });
    expect(model.canSave).toBe(false);
  }
  await model.choose({ days: '30' });
  expect([model.mustConfirm, model.canSave]).toEqual([false, true]);
  await model.choose({ isOn: false });
  expect(model.canSave).toBe(true);
});
