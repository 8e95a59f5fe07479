import { expect, test } from 'vitest';
import { clockOf, Hours, isRoundTheClock, minutesOf } from './hours';
import { Room } from './room';

const ALWAYS = Array.from({ length: 7 }, () => [{ opens_min: 0, closes_min: 1440 }]);
const INBOX = { id: 'inbox_1', name: 'Website', hours: { zone: 'UTC', week: ALWAYS, holidays: [] }, now: { is_open: true, until: null } };

async function open() {
  const room = await new Room().enter();
  room.server.answer('GET hours', { inboxes: [structuredClone(INBOX)] });
  room.server.answer('POST hours/preview', { is_open: false, until: '2026-11-25T08:00:00Z' });
  const hours = new Hours(room.desk);
  await hours.load();
  return { ...room, desk: room.desk, server: room.server, world: room.world, hours };
}

test('minutes are times of the clock, and midnight ends a day', () => {
  expect([0, 540, 1439, 1440].map(clockOf)).toEqual(['00:00', '09:00', '23:59', '00:00']);
  expect(minutesOf('09:30', false)).toBe(570);
  expect(minutesOf('00:00', false)).toBe(0);
  expect(minutesOf('00:00', true)).toBe(1440);
  expect(minutesOf('', true)).toBeNull();
});

test('a day opens like the one before it', async () => {
  const { hours } = await open();
  hours.useOffice('Europe/Berlin');
  hours.setDay(4, [{ opens_min: 600, closes_min: 900 }]);
  hours.openDay(5);
  expect(hours.inbox?.hours.week[5]).toEqual([{ opens_min: 600, closes_min: 900 }]);
  hours.addSpan(5);
  expect(hours.inbox?.hours.week[5]?.[1]).toEqual({ opens_min: 960, closes_min: 1140 });
  expect(isRoundTheClock(ALWAYS[0]!)).toBe(true);
});

test('many changes ask for one preview, and a holiday without a date is not sent', async () => {
  const { hours, server, world } = await open();
  hours.useOffice('Europe/Berlin');
  hours.addHoliday();
  hours.setHoliday(0, { name: 'Christmas' });
  await world.pass(1_000);
  const asked = server.bodies('POST hours/preview');
  expect(asked).toHaveLength(1);
  expect(asked[0]).toMatchObject({ zone: 'Europe/Berlin', holidays: [] });
  expect(hours.inbox?.now).toEqual({ is_open: false, until: '2026-11-25T08:00:00Z' });
  server.refuse('POST hours/preview', 422, 'invalid', 'hours of one day may not overlap');
  hours.addSpan(0);
  await world.pass(1_000);
  expect(hours.fault).toBe('hours of one day may not overlap');
});

test('hours are kept for their inbox', async () => {
  const { hours, server } = await open();
  server.answer('PUT inboxes/inbox_1/hours', {});
  hours.useOffice('UTC');
  await hours.save();
  expect(server.bodies('PUT inboxes/inbox_1/hours')[0]).toMatchObject({ zone: 'UTC' });
  expect(hours.saving.kind).toBe('saved');
});
