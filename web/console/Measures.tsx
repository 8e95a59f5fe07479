// The first numbers of P34, P36 and P37: plain, each with its n, never a naked share.

import { useEffect, useState } from 'preact/hooks';
import type { Api, Csat, Measures as Numbers } from './api';
import { say, triggerWords, words } from './words';

type State = { kind: 'loading' } | { kind: 'failed' } | { kind: 'ready'; numbers: Numbers };

export function Measures({ api }: { api: Api }) {
  const [days, setDays] = useState(30);
  const [state, setState] = useState<State>({ kind: 'loading' });
  useEffect(() => {
    setState({ kind: 'loading' });
    api.get<Numbers>(`/api/console/measures?days=${days}`).then(
      (numbers) => setState({ kind: 'ready', numbers }),
      () => setState({ kind: 'failed' }),
    );
  }, [days]);
  return (
    <div class="page">
      <h1>{say('page_measures')}</h1>
      <label for="days">{say('measures_days')}</label>{' '}
      <select id="days" value={days} onChange={(event) => setDays(Number(event.currentTarget.value))}>
        {[7, 30, 90].map((n) => (
          <option key={n} value={n}>
            {say('days', { n })}
          </option>
        ))}
      </select>
      {state.kind === 'loading' && <p role="status">{say('loading')}</p>}
      {state.kind === 'failed' && <p role="alert">{say('unreachable')}</p>}
      {state.kind === 'ready' && <Tables numbers={state.numbers} />}
    </div>
  );
}

function Tables({ numbers }: { numbers: Numbers }) {
  const { csat, first_response: first, escalation, promises, repeated } = numbers;
  const most = Math.max(1, ...escalation.by_day.map((day) => day.conversations));
  return (
    <>
      <h2>{say('measure_csat')}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">{say('measure_served_by')}</th>
            <th scope="col">{say('measure_mean')}</th>
            <th scope="col">{say('measure_satisfied')}</th>
            <th scope="col">n</th>
          </tr>
        </thead>
        <tbody>
          {(['assistant', 'handoff', 'human'] as const).map((kind) => (
            <CsatRow key={kind} name={say(`served_${kind}`)} csat={csat[kind]} />
          ))}
        </tbody>
      </table>
      <p>{repeated.n ? say('measure_repeated', { share: percent(repeated.share), n: repeated.n }) : say('measure_repeated_none')}</p>

      <h2>{say('measure_first_response')}</h2>
      {first.n ? (
        <p>
          {say('measure_first_response_words', {
            p50: words.span(first.p50_ms ?? 0),
            p90: words.span(first.p90_ms ?? 0),
            share: percent(first.within_target),
            target: words.span(numbers.target_ms),
            n: first.n,
          })}
        </p>
      ) : (
        <p class="quiet">{say('measure_none')}</p>
      )}
      <p>{promises.n ? say('measure_promises', { kept: promises.kept, n: promises.n }) : say('measure_promises_none')}</p>

      <h2>{say('measure_escalation')}</h2>
      {escalation.conversations ? (
        <p>
          {say('measure_escalation_words', {
            share: percent(escalation.rate),
            handed_off: escalation.handed_off,
            n: escalation.conversations,
          })}
        </p>
      ) : (
        <p class="quiet">{say('measure_none')}</p>
      )}
      <table>
        <thead>
          <tr>
            <th scope="col">{say('measure_day')}</th>
            <th scope="col">{say('measure_conversations')}</th>
            <th scope="col">{say('measure_handed_off')}</th>
          </tr>
        </thead>
        <tbody>
          {escalation.by_day.map((day) => (
            <tr key={day.day}>
              <th scope="row">{words.date(day.day)}</th>
              <td>
                <meter min={0} max={most} value={day.conversations} aria-hidden="true" /> {day.conversations}
              </td>
              <td>
                <meter min={0} max={most} value={day.handed_off} aria-hidden="true" /> {day.handed_off}
              </td>
            </tr>
          ))}
        </tbody>
      </table>

      <h2>{say('measure_triggers')}</h2>
      <table>
        <tbody>
          {escalation.by_trigger.map(({ trigger, n }) => (
            <tr key={trigger}>
              <th scope="row">{triggerWords(trigger)}</th>
              <td>{n}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <h2>{say('measure_outcomes')}</h2>
      <table>
        <tbody>
          {numbers.outcomes.map(({ outcome, n }) => (
            <tr key={outcome}>
              <th scope="row">{say(`ended_${outcome}`)}</th>
              <td>{n}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

function CsatRow({ name, csat }: { name: string; csat: Csat }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{csat.mean === null ? '–' : csat.mean.toFixed(1)}</td>
      <td>{csat.satisfied === null ? say('measure_none') : percent(csat.satisfied)}</td>
      <td>{csat.n}</td>
    </tr>
  );
}

function percent(share: number | null): string {
  return share === null ? '–' : `${Math.round(share * 100)} %`;
}
