// The checklist of the first hour: what is done, what is missing, and going live (P47).

import { useState } from 'preact/hooks';
import type { Desk } from '../models/desk';
import { failed, REST, type Saving } from '../models/saving';
import { say, words } from '../words';
import { Outcome, Waiting } from './bits';

export function StartPage({ desk }: { desk: Desk }) {
  const { steps } = desk;
  const [saving, setSaving] = useState<Saving>(REST);
  if (!steps.shown) return <Waiting desk={desk} isUnreachable={steps.isUnreachable} again={() => void steps.load()} />;
  const { live_at, may_go_live, is_dismissed, articles, people, sightings } = steps.shown;
  const attempt = async (deed: () => Promise<void>) => {
    try {
      await deed();
      setSaving(REST);
    } catch (error) {
      setSaving(failed(error));
    }
  };
  const site = sightings[0];
  const values = { articles: words.number(articles), people: words.number(people), site: site ? hostOf(site.origin) : '', when: site ? words.time(site.first_at) : '' };
  return (
    <>
      {live_at ? (
        <div class="notice good live" role="status">
          <strong>{say('live_title')}</strong>
          <span>{say('live_words', { when: `${words.date(live_at)}, ${words.time(live_at)}` })}</span>
        </div>
      ) : (
        <p>{say('start_words')}</p>
      )}
      <ol class="steps">
        {steps.all.map((step) => (
          <li key={step.name} class={step.is_done ? 'done' : ''}>
            <span class="step-mark" aria-hidden="true">
              {step.is_done ? '✓' : ''}
            </span>
            <div class="grow">
              <a href={`#/settings/${step.name}`}>
                <strong>{say(`step_${step.name}`)}</strong>
              </a>{' '}
              {!step.is_needed && !step.is_done && <span class="tag">{say('step_later')}</span>}
              <span class="hidden">{say(step.is_done ? 'step_done' : 'step_open')}</span>
              <p class="quiet">{say(`step_${step.name}_${step.shows}`, values)}</p>
            </div>
          </li>
        ))}
      </ol>
      {!live_at && (
        <div class="go-live">
          <button type="button" class="primary" disabled={!may_go_live} onClick={() => void attempt(() => goLive(desk))}>
            {say('go_live')}
          </button>
          <p class="quiet">{may_go_live ? say('go_live_words') : say('go_live_missing', { steps: words.list(steps.missing.map((step) => say(`step_${step.name}`))) })}</p>
          <button type="button" class="link" onClick={() => void attempt(() => steps.dismiss(!is_dismissed))}>
            {say(is_dismissed ? 'steps_show' : 'steps_hide')}
          </button>
        </div>
      )}
      <Outcome saving={saving} />
    </>
  );
}

/** Who goes live is there for the first customer. */
async function goLive(desk: Desk): Promise<void> {
  await desk.steps.goLive();
  await desk.shift.setPresence('online');
}

export function hostOf(origin: string): string {
  return origin.replace(/^https?:\/\//, '');
}
