// Trials of candidates: a list, and one of them while it runs and after.

import { useEffect, useState } from 'preact/hooks';
import type { TrialListed } from '../api';
import type { Desk } from '../models/desk';
import { type Lab, TrialWatch } from '../models/lab';
import { Outcome } from '../settings/bits';
import { say, words } from '../words';
import { ReportView } from './Report';

export function TrialsPage({ lab }: { lab: Lab }) {
  const trials = lab.policy?.trials ?? [];
  if (!trials.length) {
    return (
      <section class="block">
        <p class="quiet">{say('lab_trials_none')}</p>
        <p>
          <a href="#/lab">{say('lab_page_write')}</a>
        </p>
      </section>
    );
  }
  return (
    <section class="block">
      <ul class="people">
        {trials.map((trial) => (
          <li key={trial.id}>
            <p class="who">
              <a href={`#/lab/trials/${trial.id}`}>
                {say(`lab_kind_${trial.kind}`)} · {words.date(trial.at)}, {words.time(trial.at)}
              </a>
              <span class="quiet" dir="auto">
                {[trial.by_name, stateWords(trial), trial.note].filter(Boolean).join(' · ')}
              </span>
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function stateWords(trial: TrialListed): string {
  return say(trial.kind === 'shadow' && trial.state === 'runs' ? 'lab_state_beside' : `lab_state_${trial.state}`);
}

export function TrialPage({ desk, id }: { desk: Desk; id: string }) {
  const [watch] = useState(() => new TrialWatch(desk, id));
  useEffect(() => {
    void watch.load();
    return () => watch.leave();
  }, [watch]);
  const { whole } = watch;
  if (watch.state === 'missing') return <p class="fault">{say('lab_trial_missing')}</p>;
  if (!whole) {
    return (
      <p class="quiet" role="status">
        {say(watch.state === 'unreachable' ? 'unreachable' : 'loading')}
      </p>
    );
  }
  const { trial } = whole;
  const isRunning = trial.state === 'runs';
  return (
    <>
      <section class="block">
        <h2>
          {say(`lab_kind_${trial.kind}`)} · {words.date(trial.at)}, {words.time(trial.at)}
        </h2>
        <p class="quiet" dir="auto">
          {[trial.by_name, say('lab_against', { version: trial.live_version }), trial.note].filter(Boolean).join(' · ')}
        </p>
        <div role="status">
          {isRunning && trial.kind === 'replay' ? (
            <>
              <label for="trial-progress">{say('lab_progress', { done: words.number(trial.done), total: words.number(trial.total) })}</label>{' '}
              <progress id="trial-progress" max={Math.max(1, trial.total)} value={trial.done} />
            </>
          ) : (
            <p>{stateWords(trial)}</p>
          )}
        </div>
        {isRunning && (
          <div class="row">
            <button type="button" disabled={watch.saving.kind === 'saving'} onClick={() => void watch.end()}>
              {say(trial.kind === 'replay' ? 'cancel' : 'lab_shadow_end')}
            </button>
          </div>
        )}
        <Outcome saving={watch.saving} />
      </section>
      {whole.report && <ReportView report={whole.report} effects={whole.effects} />}
      <details class="block">
        <summary>{say('lab_candidate')}</summary>
        <div class="scrolls" tabIndex={0} role="region" aria-label={say('lab_candidate')}>
          <pre class="lines" dir="ltr">
            {whole.text}
          </pre>
        </div>
      </details>
    </>
  );
}
