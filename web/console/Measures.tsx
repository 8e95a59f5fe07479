// The first numbers of P34, P36 and P37: each with its n, no share of too few, and a
// table beside the chart.

import { useEffect, useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import type { Csat, Measures } from './api';
import type { Desk } from './models/desk';
import { type Figure, figureOf, longestOf, type Span, spansOf } from './models/measures';
import { say, triggerWords, words } from './words';

type State = { kind: 'loading' } | { kind: 'failed' } | { kind: 'ready'; numbers: Measures };

export function MeasuresPage({ desk }: { desk: Desk }) {
  const [days, setDays] = useState(30);
  const [state, setState] = useState<State>({ kind: 'loading' });
  useEffect(() => {
    let isWanted = true;
    const show = (next: State) => {
      if (isWanted) setState(next);
    };
    show({ kind: 'loading' });
    desk.api.measures(days).then(
      (numbers) => show({ kind: 'ready', numbers }),
      () => show({ kind: 'failed' }),
    );
    return () => {
      isWanted = false;
    };
  }, [days]);
  return (
    <div class="page">
      <div class="page-head">
        <h1>{say('page_measures')}</h1>
        <label for="days">{say('measure_period')}</label>
        <select id="days" value={days} onChange={(event) => setDays(Number(event.currentTarget.value))}>
          {[7, 30, 90].map((n) => (
            <option key={n} value={n}>
              {say('days', { n })}
            </option>
          ))}
        </select>
        <a href={`/api/console/measures/conversations?days=${days}`} download="conversations.csv">
          {say('measure_download')}
        </a>
      </div>
      <div role="status">
        {state.kind === 'loading' && <p class="quiet">{say('loading')}</p>}
        {state.kind === 'failed' && <p class="fault">{say('unreachable')}</p>}
      </div>
      {state.kind === 'ready' && <Numbers numbers={state.numbers} now={desk.shift.now()} />}
    </div>
  );
}

function Numbers({ numbers, now }: { numbers: Measures; now: number }) {
  const { csat, first_response: first, escalation, promises, repeated } = numbers;
  const spans = spansOf(escalation.by_day, numbers.days, now);
  return (
    <>
      <div class="figures">
        <Tile title={say('measure_csat')} figure={figureOf(csat.handoff.n, csat.handoff.satisfied)} words="measure_csat_words" />
        <Tile
          title={say('measure_first_response')}
          figure={figureOf(first.n, first.within_target)}
          words="measure_first_response_words"
          values={{
            target: words.span(numbers.target_ms),
            p50: words.span(first.p50_ms ?? 0),
            p90: words.span(first.p90_ms ?? 0),
          }}
        />
        <Tile title={say('measure_repeated')} figure={figureOf(repeated.n, repeated.share)} words="measure_repeated_words" />
        <Tile
          title={say('measure_escalation')}
          figure={figureOf(escalation.conversations, escalation.rate)}
          words="measure_escalation_words"
          values={{ handed_off: words.number(escalation.handed_off), n: words.number(escalation.conversations) }}
        />
        <Tile
          title={say('measure_promises')}
          figure={figureOf(promises.n, promises.n ? promises.kept / promises.n : null)}
          words="measure_promises_words"
          values={{ kept: words.number(promises.kept), n: words.number(promises.n) }}
        />
      </div>

      <Block title={say('measure_csat_by')}>
        <CsatTable csat={csat} />
      </Block>
      <Block title={say('measure_over_time')}>
        <div class="beside">
          <Chart spans={spans} />
          <SpanTable spans={spans} />
        </div>
      </Block>
      <div class="beside">
        <Block title={say('measure_triggers')}>
          <Counts rows={escalation.by_trigger.map(({ trigger, n }) => [triggerWords(trigger), n])} />
        </Block>
        <Block title={say('measure_outcomes')}>
          <Counts rows={numbers.outcomes.map(({ outcome, n }) => [say(`ended_${outcome}`), n])} />
        </Block>
      </div>
    </>
  );
}

interface TileProps {
  title: string;
  figure: Figure;
  words: string;
  values?: Record<string, string | number>;
}

/** One number, what it is of, and of how many. */
function Tile({ title, figure, words: key, values = {} }: TileProps) {
  return (
    <section class="tile">
      <h2>{title}</h2>
      {figure.kind === 'share' ? (
        <>
          <p class="figure">{words.percent(figure.share)}</p>
          <p>{say(key, values)}</p>
        </>
      ) : (
        <p class="figure none">{say(figure.kind === 'few' ? 'measure_few' : 'measure_none')}</p>
      )}
      <p class="quiet">{say('measure_n', { n: words.number(figure.kind === 'none' ? 0 : figure.n) })}</p>
    </section>
  );
}

function Block({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="block">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function CsatTable({ csat }: { csat: Measures['csat'] }) {
  const rows: [string, Csat][] = (['handoff', 'assistant', 'human'] as const).map((kind) => [say(`served_${kind}`), csat[kind]]);
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{say('measure_served_by')}</th>
          <th scope="col">{say('measure_satisfied')}</th>
          <th scope="col">{say('measure_mean')}</th>
          <th scope="col">{say('measure_ratings')}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, { n, mean, satisfied }]) => {
          const figure = figureOf(n, satisfied);
          const isShown = figure.kind === 'share';
          const too_few = say(figure.kind === 'few' ? 'measure_few' : 'measure_none');
          return (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="number">{isShown ? words.percent(figure.share) : <span class="quiet">{too_few}</span>}</td>
              <td class="number">{isShown && mean !== null ? words.number(mean, 1) : '–'}</td>
              <td class="number">{words.number(n)}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

const HEIGHT = 120;

/** Columns of conversations, the handed over part filled; time runs to the right in every language. */
function Chart({ spans }: { spans: Span[] }) {
  const most = longestOf(spans.map((span) => span.conversations));
  const high = (n: number) => (n / most) * HEIGHT;
  return (
    <figure class="chart" aria-hidden="true" dir="ltr">
      <svg viewBox={`0 0 ${spans.length * 20} ${HEIGHT + 2}`} preserveAspectRatio="none">
        {spans.map((span, index) => (
          <g key={span.from}>
            <rect class="all" x={index * 20 + 3} y={HEIGHT - high(span.conversations)} width="14" height={high(span.conversations)} />
            <rect class="part" x={index * 20 + 3} y={HEIGHT - high(span.handed_off)} width="14" height={high(span.handed_off)} />
          </g>
        ))}
        <path class="ground" d={`M0 ${HEIGHT + 1} H${spans.length * 20}`} />
      </svg>
      <figcaption>
        <span>{words.utcDay(spans[0]?.from ?? '1970-01-01')}</span>
        <span class="legend">
          <span class="swatch all" /> {say('measure_conversations')} <span class="swatch part" /> {say('measure_handed_off')}
        </span>
        <span>{words.utcDay(spans.at(-1)?.to ?? '1970-01-01')}</span>
      </figcaption>
    </figure>
  );
}

function SpanTable({ spans }: { spans: Span[] }) {
  return (
    <div class="scrolls" tabIndex={0} role="region" aria-label={say('measure_over_time')}>
      <table>
        <thead>
          <tr>
            <th scope="col">{say('measure_day')}</th>
            <th scope="col">{say('measure_conversations')}</th>
            <th scope="col">{say('measure_handed_off')}</th>
          </tr>
        </thead>
        <tbody>
          {spans.toReversed().map((span) => (
            <tr key={span.from}>
              <th scope="row">{span.from === span.to ? words.utcDay(span.from) : `${words.utcDay(span.from)} – ${words.utcDay(span.to)}`}</th>
              <td class="number">{words.number(span.conversations)}</td>
              <td class="number">{words.number(span.handed_off)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Counts({ rows }: { rows: [string, number][] }) {
  const most = longestOf(rows.map(([, n]) => n));
  if (!rows.length) return <p class="quiet">{say('measure_none')}</p>;
  return (
    <table class="counts">
      <tbody>
        {rows.map(([name, n]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td class="number">{words.number(n)}</td>
            <td aria-hidden="true">
              <progress max={most} value={n} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
