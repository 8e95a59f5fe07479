// When each inbox is staffed: the week, the days on which nobody works, and what that
// means right now (P33).

import type { HoursShown } from '../api';
import type { Desk } from '../models/desk';
import { clockOf, Hours, isRoundTheClock, minutesOf } from '../models/hours';
import { say, words } from '../words';
import { Field, Foot, InboxChoice, useModel, Waiting } from './bits';

const ZONES = Intl.supportedValuesOf('timeZone');
const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function HoursPage({ desk }: { desk: Desk }) {
  const hours = useModel(() => new Hours(desk));
  const { inboxes, inbox } = hours;
  if (!inboxes || !inbox) return <Waiting desk={desk} isUnreachable={hours.isUnreachable} again={() => void hours.load()} />;
  return (
    <form
      class="form wide"
      onSubmit={(event) => {
        event.preventDefault();
        void hours.save();
      }}
    >
      <p class="hint">{say('hours_words')}</p>
      <InboxChoice id="hours-inbox" inboxes={inboxes} at={inbox.id} turn={(id) => hours.turn(id)} />
      <p role="status" class={`notice ${hours.fault ? 'warn' : inbox.now.is_open ? 'good' : ''}`}>
        {hours.fault ?? standing(inbox.now, inbox.hours.zone)}
      </p>
      <div class="deeds">
        <button type="button" onClick={() => hours.useOffice(HERE)}>
          {say('hours_office')}
        </button>
        <button type="button" onClick={() => hours.useRoundTheClock()}>
          {say('hours_always')}
        </button>
      </div>
      <Field id="zone" label={say('hours_zone')}>
        <input id="zone" list="zones" required dir="ltr" value={inbox.hours.zone} onInput={(event) => hours.change({ zone: event.currentTarget.value })} />
        <datalist id="zones">
          {ZONES.map((zone) => (
            <option key={zone} value={zone} />
          ))}
        </datalist>
      </Field>
      <Week hours={hours} week={inbox.hours.week} />
      <Holidays hours={hours} holidays={inbox.hours.holidays} />
      <Foot saving={hours.saving} />
    </form>
  );
}

function standing(now: { is_open: boolean; until: string | null }, zone: string): string {
  const until = now.until && new Intl.DateTimeFormat(words.language, { weekday: 'long', day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit', timeZone: zoneOr(zone) }).format(new Date(now.until));
  if (until) return say(now.is_open ? 'hours_open_until' : 'hours_closed_until', { until });
  return say(now.is_open ? 'hours_open' : 'hours_closed');
}

/** A zone that is still being typed is none yet. */
function zoneOr(zone: string): string {
  return ZONES.includes(zone) ? zone : 'UTC';
}

/** Monday first, as the server keeps them: 5 January 1970 was one. */
function dayName(day: number): string {
  return new Intl.DateTimeFormat(words.language, { weekday: 'long', timeZone: 'UTC' }).format(new Date(Date.UTC(1970, 0, 5 + day)));
}

function Week({ hours, week }: { hours: Hours; week: HoursShown['week'] }) {
  return (
    <fieldset class="week">
      <legend>{say('hours_week')}</legend>
      {week.map((spans, day) => (
        <div key={day} class="day-line">
          <label class="day-name">
            <input type="checkbox" checked={spans.length > 0} onChange={(event) => (event.currentTarget.checked ? hours.openDay(day) : hours.setDay(day, []))} />
            {dayName(day)}
          </label>
          <div class="spans">
            {!spans.length && <span class="quiet">{say('hours_closed_day')}</span>}
            {isRoundTheClock(spans) && (
              <>
                <span class="quiet">{say('hours_all_day')}</span>
                <button type="button" class="link" onClick={() => hours.setDay(day, [{ opens_min: 540, closes_min: 1020 }])}>
                  {say('hours_set')}
                  <span class="hidden"> {dayName(day)}</span>
                </button>
              </>
            )}
            {(isRoundTheClock(spans) ? [] : spans).map((span, n) => (
              <span key={n} class="span-line">
                <input
                  type="time"
                  required
                  aria-label={say('hours_from', { day: dayName(day) })}
                  value={clockOf(span.opens_min)}
                  onChange={(event) => {
                    const opens_min = minutesOf(event.currentTarget.value, false);
                    if (opens_min !== null) hours.setDay(day, spans.map((old, at) => (at === n ? { ...old, opens_min } : old)));
                  }}
                />
                <span aria-hidden="true">–</span>
                <input
                  type="time"
                  required
                  aria-label={say('hours_to', { day: dayName(day) })}
                  value={clockOf(span.closes_min)}
                  onChange={(event) => {
                    const closes_min = minutesOf(event.currentTarget.value, true);
                    if (closes_min !== null) hours.setDay(day, spans.map((old, at) => (at === n ? { ...old, closes_min } : old)));
                  }}
                />
                {spans.length > 1 && (
                  <button type="button" class="bare" aria-label={say('hours_drop_span', { day: dayName(day) })} onClick={() => hours.setDay(day, spans.filter((_, at) => at !== n))}>
                    ✕
                  </button>
                )}
              </span>
            ))}
            {spans.length > 0 && spans.length < 4 && !isRoundTheClock(spans) && (
              <button type="button" class="link" onClick={() => hours.addSpan(day)}>
                {say('hours_add_span')}
                <span class="hidden"> {dayName(day)}</span>
              </button>
            )}
          </div>
        </div>
      ))}
    </fieldset>
  );
}

function Holidays({ hours, holidays }: { hours: Hours; holidays: HoursShown['holidays'] }) {
  return (
    <fieldset class="week">
      <legend>{say('hours_holidays')}</legend>
      {holidays.map((holiday, at) => (
        <div key={at} class="day-line">
          <input type="date" required aria-label={say('hours_holiday_date')} value={holiday.date} onChange={(event) => hours.setHoliday(at, { date: event.currentTarget.value })} />
          <input maxLength={80} dir="auto" aria-label={say('hours_holiday_name')} placeholder={say('hours_holiday_name')} value={holiday.name} onInput={(event) => hours.setHoliday(at, { name: event.currentTarget.value })} />
          <button type="button" class="bare" aria-label={say('hours_drop_holiday', { name: holiday.name || holiday.date })} onClick={() => hours.dropHoliday(at)}>
            ✕
          </button>
        </div>
      ))}
      <button type="button" class="link" onClick={() => hours.addHoliday()}>
        {say('hours_add_holiday')}
      </button>
    </fieldset>
  );
}
