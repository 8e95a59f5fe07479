// What comes of a candidate: handovers more and fewer with how much of it is chance, by
// reason, waits and hours, what cannot be seen, and conversations to read.

import type { ComponentChildren } from 'preact';
import type { TrialEffects, TrialExample, TrialRate, TrialReport } from '../api';
import { say, triggerWords, words } from '../words';

export function ReportView({ report, effects }: { report: TrialReport; effects: TrialEffects | null }) {
  const { more, earlier, fewer, handoffs } = report;
  return (
    <>
      <p>
        {say('lab_looked', {
          conversations: words.number(report.conversations),
          decisions: words.number(report.decisions),
          days: words.number(report.days, report.days < 10 ? 1 : 0),
        })}
      </p>
      <div class="figures">
        <RateTile title={say('lab_more')} rate={more} words="lab_more_words" />
        <RateTile title={say('lab_earlier')} rate={earlier} words="lab_earlier_words" />
        <RateTile title={say('lab_fewer')} rate={fewer} words="lab_fewer_words" />
        <RateTile title={say('lab_as_is')} rate={handoffs} words="lab_as_is_words" />
      </div>
      <Caveats report={report} />
      <Reasons report={report} />
      {effects && <Effects effects={effects} />}
      <Examples examples={report.examples} />
    </>
  );
}

/** A number a day with its interval: never a naked one. */
function RateTile({ title, rate, words: key }: { title: string; rate: TrialRate; words: string }) {
  return (
    <section class="tile">
      <h2>{title}</h2>
      <p class="figure">{words.number(rate.n)}</p>
      <p>{say('lab_a_day', { n: words.number(rate.per_day, 1), low: words.number(rate.low, 1), high: words.number(rate.high, 1) })}</p>
      <p class="quiet">{say(key)}</p>
    </section>
  );
}

function Caveats({ report }: { report: TrialReport }) {
  const { blind } = report;
  const told = [
    report.open > 0 && say('lab_open', { n: words.number(report.open) }),
    report.cut > 0 && say('lab_cut', { n: words.number(report.cut) }),
    blind.refunds > 0 && say('lab_blind_refunds', { n: words.number(blind.refunds) }),
    blind.unkept > 0 && say('lab_blind_unkept', { n: words.number(blind.unkept) }),
    report.rerouted.n > 0 && say('lab_rerouted', { n: words.number(report.rerouted.n), of: words.number(report.rerouted.of) }),
    report.unseen.length > 0 && say('lab_unseen', { settings: words.list(report.unseen) }),
  ].filter((one) => one !== false);
  if (!told.length) return null;
  return (
    <section class="block">
      <h2>{say('lab_caveats')}</h2>
      <ul class="sentences">
        {told.map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ul>
    </section>
  );
}

function Reasons({ report }: { report: TrialReport }) {
  if (!report.by_lead.length) {
    return (
      <section class="block">
        <p class="quiet">{say('lab_no_flips')}</p>
      </section>
    );
  }
  return (
    <section class="block">
      <h2>{say('lab_by_reason')}</h2>
      <Table name={say('lab_by_reason')}>
        <thead>
          <tr>
            <th scope="col">{say('lab_reason')}</th>
            <th scope="col">{say('lab_more')}</th>
            <th scope="col">{say('lab_earlier')}</th>
            <th scope="col">{say('lab_fewer')}</th>
            <th scope="col">{say('lab_other')}</th>
            <th scope="col">{say('lab_per_day')}</th>
          </tr>
        </thead>
        <tbody>
          {report.by_lead.map((one) => (
            <tr key={`${one.trigger} ${one.rule ?? ''}`}>
              <th scope="row" dir="auto">
                {one.rule ?? triggerWords(one.trigger)}
              </th>
              <td class="number">{words.number(one.more)}</td>
              <td class="number">{words.number(one.earlier)}</td>
              <td class="number">{words.number(one.fewer)}</td>
              <td class="number">{words.number(one.other)}</td>
              <td class="number">{signed(one.per_day)}</td>
            </tr>
          ))}
        </tbody>
      </Table>
      <ul class="sentences">
        {report.flips.map(({ from, to, n }) => (
          <li key={`${from} ${to}`}>
            {say('lab_flip', { n: words.number(n), from: say(`why_action_${from}`), to: say(`why_action_${to}`) })}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Effects({ effects }: { effects: TrialEffects }) {
  const { queue, hours_per_day: hours, hours_low: low, hours_high: high, handling_minutes: minutes } = effects;
  return (
    <section class="block">
      <h2>{say('lab_effects')}</h2>
      {hours !== null && minutes !== null ? (
        <p>
          {say('lab_hours', {
            hours: signed(hours),
            low: signed(low ?? hours),
            high: signed(high ?? hours),
            minutes: words.number(minutes, 1),
            n: words.number(effects.handled),
          })}
        </p>
      ) : (
        <p class="quiet">{say('lab_hours_none')}</p>
      )}
      {queue ? (
        <>
          <Table name={say('lab_effects')}>
            <thead>
              <tr>
                <th scope="col">{say('lab_waits')}</th>
                <th scope="col">{say('lab_recorded')}</th>
                <th scope="col">{say('lab_before')}</th>
                <th scope="col">{say('lab_after')}</th>
              </tr>
            </thead>
            <tbody>
              <Row title={say('lab_p50')} of={[queue.recorded, queue.before, queue.after]} show={(one) => words.span(one.p50_s * 1000)} />
              <Row title={say('lab_p90')} of={[queue.recorded, queue.before, queue.after]} show={(one) => words.span(one.p90_s * 1000)} />
              <Row title={say('lab_long')} of={[queue.recorded, queue.before, queue.after]} show={(one) => words.percent(one.long)} />
              <Row title={say('lab_left')} of={[queue.recorded, queue.before, queue.after]} show={(one) => (one.left === null ? '–' : words.percent(one.left))} />
              <Row title={say('lab_customers')} of={[queue.recorded, queue.before, queue.after]} show={(one) => words.number(one.n)} />
            </tbody>
          </Table>
          <p class="quiet">{say('lab_lived')}</p>
        </>
      ) : (
        <p class="quiet">{say('lab_queue_none')}</p>
      )}
    </section>
  );
}

type Waits = NonNullable<TrialEffects['queue']>['before'];

function Row({ title, of, show }: { title: string; of: Waits[]; show(waits: Waits): string }) {
  return (
    <tr>
      <th scope="row">{title}</th>
      {of.map((waits, n) => (
        <td key={n} class="number">
          {show(waits)}
        </td>
      ))}
    </tr>
  );
}

function Examples({ examples }: { examples: TrialExample[] }) {
  if (!examples.length) return null;
  return (
    <section class="block">
      <h2>{say('lab_examples')}</h2>
      <Table name={say('lab_examples')}>
        <thead>
          <tr>
            <th scope="col">{say('lab_conversation')}</th>
            <th scope="col">{say('lab_flips')}</th>
            <th scope="col">{say('lab_reason')}</th>
            <th scope="col">{say('lab_margin')}</th>
          </tr>
        </thead>
        <tbody>
          {examples.map((one) => (
            <tr key={one.decision_id}>
              <th scope="row">
                <a href={`#/conversations/${one.conversation_id}/why`}>
                  {words.date(one.at)}, {words.time(one.at)}
                </a>
              </th>
              <td>
                {say(`why_action_${one.from}`)} → {say(`why_action_${one.to}`)}
                {one.is_open && <span class="quiet"> · {say('lab_is_open')}</span>}
              </td>
              <td dir="auto">{one.rule ?? triggerWords(one.trigger)}</td>
              <td class="number">
                {signed(one.margin_before, 2)} → {signed(one.margin_after, 2)}
              </td>
            </tr>
          ))}
        </tbody>
      </Table>
    </section>
  );
}

function Table({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div class="scrolls" tabIndex={0} role="region" aria-label={name}>
      <table>{children}</table>
    </div>
  );
}

function signed(n: number, digits = 1): string {
  return `${n > 0 ? '+' : ''}${words.number(n, digits)}`;
}
