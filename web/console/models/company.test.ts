import { expect, test } from 'vitest';
import { Company, lookOf } from './company';
import { Room } from './room';

test('a colour says which ink reads on it and how it stands out', () => {
  const check = (colour: string, ink: string | null, standsOut = false) => {
    const look = lookOf(colour);
    expect(look?.ink ?? null, colour).toBe(ink);
    if (!look) return;
    expect(look.text, colour).toBeGreaterThanOrEqual(4.5);
    expect(look.onWhite >= 3, colour).toBe(standsOut);
  };
  check('#2456d6', 'white', true);
  check('#ffd400', 'black');
  check('#FFFFFF', 'black');
  check('#e8590c', 'black', true);
  check('red', null);
  check('#12345', null);
});

const SHOWN = { name: 'Shop', brand_color: '#2456d6', assistant_name: '', greeting: '', disclosure: { unnamed: 'Welcome to {company}! I am automated.', named: 'I am {name} of {company}, automated.' } };

test('the first line always says what the assistant is', async () => {
  const { desk, server } = await new Room().enter();
  server.answer('GET company', SHOWN);
  const company = new Company(desk, 'en');
  await company.load();
  expect(company.firstLine).toBe('Welcome to Shop! I am automated.');
  company.write({ assistant_name: ' Parcel ', greeting: 'Ask away.' });
  expect(company.firstLine).toBe('I am Parcel of Shop, automated.\n\nAsk away.');
});

test('what is kept is seen in the console at once, and a refusal keeps what was typed', async () => {
  const { desk, server } = await new Room().enter();
  server.answer('GET company', SHOWN);
  const company = new Company(desk, 'en');
  await company.load();
  company.write({ name: 'Shop & Sons', assistant_name: 'Jonas' });
  server.refuse('PUT company', 422, 'invalid', 'one of your agents has that name');
  await company.save();
  expect(company.saving).toMatchObject({ kind: 'failed', notice: { text: 'one of your agents has that name' } });
  expect(company.draft?.name).toBe('Shop & Sons');
  server.answer('PUT company', {});
  await company.save();
  expect(company.saving.kind).toBe('saved');
  expect(desk.session?.workspace.company).toBe('Shop & Sons');
});
