// The five measures at a glance (P34 to P38), each beside the period before.

import type { Csat, Measures } from '../api';
import { figureOf, type Wanted } from '../models/measures';
import { say, words } from '../words';
import { behindAddress, Block, intervalWords, Tile } from './bits';
import { Counts } from './chart';
import { Repetition } from './Repetition';

export function Overview({ numbers, wanted }: { numbers: Measures; wanted: Wanted }) {
  const { now, compared, escalation } = numbers;
  const { open } = now.responses;
  return (
    <>
      <div class="figures">
        <Tile name="satisfied" compared={compared.satisfied} wanted={wanted}>
          {say('measure_csat_words')}
        </Tile>
        <Tile name="repeated" compared={compared.repeated} wanted={wanted}>
          {say('measure_repeated_words')}
        </Tile>
        <Tile name="noticed" compared={compared.noticed} wanted={wanted}>
          {say('measure_noticed_words')}
        </Tile>
        <Tile name="in_target" compared={compared.in_target} wanted={wanted}>
          {say('measure_first_response_words', {
            target: words.span(numbers.target_ms),
            p50: words.span(open.p50_ms ?? 0),
            p90: words.span(open.p90_ms ?? 0),
          })}
        </Tile>
        <Tile name="abandoned" compared={compared.abandoned} wanted={wanted}>
          {say('measure_abandoned_words')}
        </Tile>
        <Tile name="kept" compared={compared.kept} wanted={wanted}>
          {say('measure_promises_words', { kept: words.number(now.promises.kept), n: words.number(now.promises.n) })}{' '}
          {now.promises.late_p50_min !== null && say('measure_kept_late', { p50: words.number(now.promises.late_p50_min), p90: words.number(now.promises.late_p90_min ?? 0) })}
        </Tile>
        <Tile name="escalated" compared={compared.escalated} wanted={wanted}>
          {say('measure_escalation_words', { handed_off: words.number(escalation.handed_off), n: words.number(escalation.conversations) })}
        </Tile>
        <Tile name="solved" compared={compared.solved} wanted={wanted}>
          {say('measure_solved_words')}
        </Tile>
        <Tile name="durable" compared={compared.durable} wanted={wanted}>
          {say('measure_durable_words')}
        </Tile>
        <Tile name="stuck" compared={compared.stuck} wanted={wanted}>
          {say('measure_stuck_words')}
        </Tile>
        <Tile name="late" compared={compared.late} wanted={wanted}>
          {say('measure_late_words')}
        </Tile>
        <Tile name="needless" compared={compared.needless} wanted={wanted}>
          {say('measure_needless_words')}
        </Tile>
      </div>
      <Repetition numbers={numbers} wanted={wanted} />
      <Block title={say('measure_csat_by')} hint={say('dash_matched_words')}>
        <CsatTable csat={numbers.csat} />
      </Block>
      <div class="beside">
        <Block title={say('dash_waits')} hint={say('dash_waits_words')}>
          <Counts rows={open.stretches.map(({ up_to_ms, n }) => ({ key: String(up_to_ms), name: stretchWords(up_to_ms), n }))} />
        </Block>
        <Block title={say('measure_outcomes')}>
          <Counts
            rows={numbers.outcomes.map(({ outcome, n }) => ({
              key: outcome,
              n,
              name: outcome === 'product_problem' ? <a href={behindAddress(wanted, 'product_problem')}>{say(`ended_${outcome}`)}</a> : say(`ended_${outcome}`),
            }))}
          />
        </Block>
      </div>
    </>
  );
}

/** "up to 5 min"; what is longer than the longest. */
function stretchWords(up_to_ms: number | null): string {
  return up_to_ms === null ? say('dash_longer') : say('dash_up_to', { span: words.span(up_to_ms) });
}

function CsatTable({ csat }: { csat: Measures['csat'] }) {
  const rows: [string, Csat][] = (['handoff', 'assistant', 'human'] as const).map((kind) => [kind, csat[kind]]);
  const matched = { handoff: null, assistant: csat.assistant_matched, human: csat.human_matched };
  return (
    <div class="scrolls-across" tabIndex={0} role="region" aria-label={say('measure_csat_by')}>
      <table>
        <thead>
          <tr>
            <th scope="col">{say('measure_served_by')}</th>
            <th scope="col">{say('measure_satisfied')}</th>
            <th scope="col">{say('dash_interval_head')}</th>
            <th scope="col">{say('measure_mean')}</th>
            <th scope="col">{say('measure_ratings')}</th>
            <th scope="col">{say('dash_matched')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([kind, { n, mean, satisfied, low, high }]) => {
            const figure = figureOf(n, satisfied);
            const isShown = figure.kind === 'share';
            const like = matched[kind as keyof typeof matched];
            return (
              <tr key={kind}>
                <th scope="row">{say(`served_${kind}`)}</th>
                <td class="number">{isShown ? words.percent(figure.share) : <span class="quiet">{say(figure.kind === 'few' ? 'measure_few' : 'measure_none')}</span>}</td>
                <td class="number">{isShown ? intervalWords({ low, high }) : '–'}</td>
                <td class="number">{isShown && mean !== null ? words.number(mean, 1) : '–'}</td>
                <td class="number">{words.number(n)}</td>
                <td class="number">
                  {like && like.n >= 5
                    ? say('dash_matched_cell', {
                        share: words.percent(like.satisfied), low: words.percent(like.low), high: words.percent(like.high),
                        handoff: words.percent(like.handoff.share ?? 0), covered: words.percent(like.covered),
                      })
                    : '–'}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
