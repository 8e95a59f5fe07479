import { expect, test } from 'vitest';
import { type LookUpDraft, settingOf } from './context';

const draft: LookUpDraft = {
  name: 'CRM',
  url: 'https://crm.example/{email}',
  headers: [
    { name: 'Authorization', value: '', isKept: true },
    { name: 'X-Key', value: 'new', isKept: false },
    { name: 'X-Empty', value: '', isKept: false },
  ],
  fields: [
    { field: 'plan', path: 'plan' },
    { field: '', path: 'x' },
    { field: 'y', path: ' ' },
  ],
  timeout_ms: 3_000,
  kept_s: null,
};

test('a secret that is kept is not sent, and a line that nobody filled in is left out', () => {
  const sent = settingOf(draft);
  expect(sent.headers).toEqual([
    { name: 'Authorization', value: null },
    { name: 'X-Key', value: 'new' },
  ]);
  expect(sent.fields).toEqual([{ field: 'plan', path: 'plan' }]);
});
