// The measures: one page of several views. What is looked at stands in the address, so that a
// view can be sent to a colleague.

import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Measures } from '../api';
import type { Desk } from '../models/desk';
import { Dashboard, FILTERS, type Filter, type Loaded, PERIODS, queryOf, restOf, tableAddress, type View, type Wanted, wantedOf } from '../models/measures';
import { say, triggerWords, words } from '../words';
import { Behind } from './Behind';
import { Causes } from './Causes';
import { Course } from './Course';
import { GapsView } from './Gaps';
import { LoadView } from './Load';
import { Now } from './Now';
import { Overview } from './Overview';
import { ProductView } from './Product';

const TABS: View[] = ['overview', 'now', 'course', 'causes', 'product', 'gaps', 'load'];
/** What is downloaded as a table in a view. */
const TABLES: Partial<Record<View, string>> = { course: 'days', causes: 'topics', overview: 'days', product: 'product' };

export function MeasuresPage({ desk, rest }: { desk: Desk; rest: string }) {
  const [dashboard] = useState(() => new Dashboard(desk.api, () => desk.changed()));
  const wanted = wantedOf(rest);
  const look = (change: Partial<Wanted>) => desk.go({ kind: 'measures', rest: restOf({ ...wanted, ...change }) }, true);
  useEffect(() => dashboard.show(wanted), [rest]);
  const { numbers } = dashboard;
  return (
    <div class="page">
      <div class="page-head">
        <h1>{say('page_measures')}</h1>
      </div>
      <nav class="tabs" aria-label={say('dash_views')}>
        {TABS.map((view) => (
          <a key={view} href={`#/measures/${restOf({ ...wanted, view })}`} aria-current={view === wanted.view ? 'page' : undefined}>
            {say(`dash_${view}`)}
          </a>
        ))}
      </nav>
      {wanted.view !== 'now' && <Choosing wanted={wanted} numbers={numbers.state} look={look} />}
      <View desk={desk} dashboard={dashboard} wanted={wanted} />
    </div>
  );
}

function View({ desk, dashboard, wanted }: { desk: Desk; dashboard: Dashboard; wanted: Wanted }) {
  const { numbers, load, behind, product } = dashboard;
  switch (wanted.view) {
    case 'now':
      return <Now desk={desk} />;
    case 'load':
      return <Shown of={load.state}>{(shown) => <LoadView load={shown} />}</Shown>;
    case 'behind':
      return <Shown of={behind.state}>{(page) => <Behind page={page} wanted={wanted} onMore={() => void dashboard.more(wanted)} />}</Shown>;
    case 'course':
      return <Shown of={numbers.state}>{(shown) => <Course numbers={shown} />}</Shown>;
    case 'causes':
      return <Shown of={numbers.state}>{(shown) => <Causes numbers={shown} wanted={wanted} />}</Shown>;
    case 'product':
      return <Shown of={product.state}>{(shown) => <ProductView product={shown} wanted={wanted} />}</Shown>;
    case 'gaps':
      return <GapsView desk={desk} wanted={wanted} />;
    case 'overview':
      return <Shown of={numbers.state}>{(shown) => <Overview numbers={shown} wanted={wanted} />}</Shown>;
  }
}

/** What was asked for, or why it is not there. */
export function Shown<T>({ of, children }: { of: Loaded<T>; children: (shown: T) => ComponentChildren }) {
  return (
    <>
      <div role="status">
        {of.kind === 'loading' && <p class="quiet">{say('loading')}</p>}
        {of.kind === 'failed' && <p class="fault">{say('unreachable')}</p>}
      </div>
      {of.kind === 'ready' && children(of.shown)}
    </>
  );
}

interface ChoosingProps {
  wanted: Wanted;
  numbers: Loaded<Measures>;
  look(change: Partial<Wanted>): void;
}

/** The period, the filters, and what can be taken away. */
function Choosing({ wanted, numbers, look }: ChoosingProps) {
  const shown = numbers.kind === 'ready' ? numbers.shown : null;
  const periods = [...new Set<number>([...PERIODS, wanted.days])].sort((a, b) => a - b);
  const table = TABLES[wanted.view];
  // An article closes a gap for everybody, so gaps are everybody's.
  const isFiltered = wanted.view !== 'gaps';
  return (
    <div class="choosing">
      <label>
        {say('measure_period')}{' '}
        <select value={wanted.days} onChange={(event) => look({ days: Number(event.currentTarget.value) })}>
          {periods.map((n) => (
            <option key={n} value={n}>
              {say('days', { n: words.number(n) })}
            </option>
          ))}
        </select>
      </label>
      {isFiltered &&
        FILTERS.map((filter) => <Choice key={filter} filter={filter} wanted={wanted} shown={shown} look={look} />)}
      {isFiltered && Object.keys(wanted.filters).length > 0 && (
        <button type="button" class="link" onClick={() => look({ filters: {} })}>
          {say('dash_clear')}
        </button>
      )}
      <span class="taking">
        {table && (
          <a href={tableAddress(wanted, table)} download="measures.csv">
            {say('dash_csv')}
          </a>
        )}
        <a href={`/api/console/measures?${queryOf(wanted)}`} download="measures.json">
          {say('dash_json')}
        </a>
        <a href={`/api/console/measures/conversations?${queryOf(wanted)}`} download="conversations.csv">
          {say('measure_download')}
        </a>
      </span>
      {shown && (
        <p class="quiet">
          {say('dash_as_of', { from: words.utcDay(shown.from), to: words.utcDay(shown.to), zone: shown.zone, time: words.time(shown.as_of) })}
          {!shown.is_whole && ` ${say('dash_counting')}`}
        </p>
      )}
    </div>
  );
}

const LISTS = { inbox: 'inboxes', plan: 'plans', language: 'languages', topic: 'topics', trigger: 'triggers' } as const;

function Choice({ filter, wanted, shown, look }: { filter: Filter; wanted: Wanted; shown: Measures | null; look: ChoosingProps['look'] }) {
  const chosen = wanted.filters[filter];
  const listed = shown ? shown.choices[LISTS[filter]].map((it) => (typeof it === 'string' ? it : it.id)) : [];
  const values = chosen !== undefined && !listed.includes(chosen) ? [...listed, chosen] : listed;
  // With one to choose from there is nothing to choose.
  if (values.length < 2 && chosen === undefined) return null;
  const choose = (value: string) => {
    const { [filter]: _, ...others } = wanted.filters;
    look({ filters: value === '*' ? others : { ...others, [filter]: value } });
  };
  return (
    <label>
      {say(`dash_${filter}`)}{' '}
      <select value={chosen ?? '*'} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="*">{say('dash_all')}</option>
        {values.map((value) => (
          <option key={value} value={value}>
            {nameOfValue(filter, value, shown)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** How a value of a filter is called on screen. */
export function nameOfValue(filter: Filter, value: string, shown: Measures | null): string {
  if (value === '') return say('dash_unknown');
  if (filter === 'trigger') return triggerWords(value);
  if (filter === 'inbox') return shown?.choices.inboxes.find(({ id }) => id === value)?.name ?? value;
  if (filter === 'language') return new Intl.DisplayNames(words.language, { type: 'language', fallback: 'code' }).of(value) ?? value;
  const key = `trigger_topic_${value}`;
  return filter === 'topic' && words.has(key) ? say(key) : value;
}
