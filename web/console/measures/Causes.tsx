// What the period is made of: by reason, topic, inbox, language and plan, what became of each,
// and which rates have really changed (P37, P38).

import type { Measures, Part } from '../api';
import { type Filter, tableAddress, type Wanted } from '../models/measures';
import { say, words } from '../words';
import { behindAddress, Block, ShareCell } from './bits';
import { nameOfValue } from './Page';

const SIDES: { side: 'triggers' | 'topics' | 'inboxes' | 'languages' | 'plans'; filter: Filter }[] = [
  { side: 'triggers', filter: 'trigger' },
  { side: 'topics', filter: 'topic' },
  { side: 'inboxes', filter: 'inbox' },
  { side: 'languages', filter: 'language' },
  { side: 'plans', filter: 'plan' },
];

export function Causes({ numbers, wanted }: { numbers: Measures; wanted: Wanted }) {
  return (
    <>
      <Changes numbers={numbers} wanted={wanted} />
      {SIDES.map(({ side, filter }) =>
        // One part alone is the whole.
        numbers[side].length > 1 || filter === 'trigger' ? (
          <Block key={side} title={say(`dash_by_${filter}`)}>
            <Parts parts={numbers[side]} filter={filter} numbers={numbers} wanted={wanted} />
            <p>
              <a href={tableAddress(wanted, side)} download="measures.csv">
                {say('dash_csv')}
                <span class="hidden">: {say(`dash_by_${filter}`)}</span>
              </a>
            </p>
          </Block>
        ) : null,
      )}
    </>
  );
}

/** The rates that have really changed, in sentences. */
function Changes({ numbers, wanted }: { numbers: Measures; wanted: Wanted }) {
  const changed = SIDES.flatMap(({ side, filter }) =>
    numbers[side].filter((part) => part.change?.is_real).map((part) => ({ part, filter })),
  );
  const day = (at: number) => words.utcDay(numbers.course[at]?.day ?? numbers.to);
  return (
    <Block title={say('dash_changes')} hint={say('dash_changes_words')}>
      {changed.length === 0 && <p>{say('dash_no_changes')}</p>}
      <ul class="plain">
        {changed.map(({ part, filter }) => {
          const { change } = part;
          if (!change) return null;
          return (
            <li key={`${filter} ${part.name}`}>
              <a href={behindAddress(wanted, 'handoffs', { [filter]: part.name })}>
                {say(`dash_${filter}`)}: {nameOfValue(filter, part.name, numbers)}
              </a>{' '}
              {say('dash_changed', {
                before: words.percent(change.before.share ?? 0), after: words.percent(change.after.share ?? 0),
                day: day(change.at), from: day(change.between[0] ?? change.at), to: day(change.between[1] ?? change.at),
                confidence: words.percent(change.confidence),
              })}
            </li>
          );
        })}
      </ul>
    </Block>
  );
}

function Parts({ parts, filter, numbers, wanted }: { parts: Part[]; filter: Filter; numbers: Measures; wanted: Wanted }) {
  if (!parts.length) return <p class="quiet">{say('measure_none')}</p>;
  const title = say(`dash_by_${filter}`);
  return (
    <div class="scrolls-across" tabIndex={0} role="region" aria-label={title}>
      <table>
        <thead>
          <tr>
            <th scope="col">{say(`dash_${filter}`)}</th>
            <th scope="col">{say('dash_handoffs')}</th>
            <th scope="col">{say('tile_escalated')}</th>
            <th scope="col">{say('tile_satisfied')}</th>
            <th scope="col">{say('tile_solved')}</th>
            <th scope="col">{say('tile_durable')}</th>
            <th scope="col">{say('dash_reopened')}</th>
            <th scope="col">{say('ended_product_problem')}</th>
          </tr>
        </thead>
        <tbody>
          {parts.map((part) => (
            <tr key={part.name}>
              <th scope="row" dir="auto">
                {nameOfValue(filter, part.name, numbers)}
              </th>
              <td class="number">
                <a href={behindAddress(wanted, 'handoffs', { [filter]: part.name })}>{words.number(part.handoffs)}</a>
              </td>
              <ShareCell share={part.escalated} />
              <ShareCell share={part.satisfied} />
              <ShareCell share={part.solved} />
              <ShareCell share={part.durable} />
              <ShareCell share={part.reopened} />
              <ShareCell share={part.product} />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
