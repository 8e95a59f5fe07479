// Trying a question: the chat as a customer would see it on one side, the decision with
// its reasons on the other (P47).

import { useEffect, useRef, useState } from 'preact/hooks';
import { DecisionCard } from '../Why';
import type { Desk } from '../models/desk';
import { type Line, type Played, Trial } from '../models/trial';
import { say, words } from '../words';
import { Field, InboxChoice, Outcome, useModel } from './bits';

const PLANS: Played['plan'][] = ['free', 'team', 'business', 'enterprise'];

export function TrialPage({ desk }: { desk: Desk }) {
  const trial = useModel(() => new Trial(desk, words.language));
  return (
    <>
      <p class="hint">{say('trial_words')}</p>
      {trial.inbox && <InboxChoice id="trial-inbox" inboxes={trial.inboxes} at={trial.inbox.id} turn={(id) => trial.turn(id)} />}
      <Who trial={trial} />
      <div class="trial">
        <Chat trial={trial} />
        <section class="trial-why" aria-label={say('trial_why')}>
          {trial.shown ? (
            <DecisionCard shown={trial.shown} />
          ) : (
            <p class="empty quiet">{say(trial.lines.length ? 'trial_no_decision' : 'trial_why_empty')}</p>
          )}
        </section>
      </div>
    </>
  );
}

function Who({ trial }: { trial: Trial }) {
  const { played } = trial;
  return (
    <fieldset class="choices across trial-who">
      <legend>{say('trial_who')}</legend>
      <label>
        {say('trial_plan')}{' '}
        <select value={played.plan} onChange={(event) => trial.play({ plan: event.currentTarget.value as Played['plan'] })}>
          {PLANS.map((plan) => (
            <option key={plan} value={plan}>
              {plan}
            </option>
          ))}
        </select>
      </label>
      <label>
        <input type="checkbox" checked={played.vip} onChange={(event) => trial.play({ vip: event.currentTarget.checked })} />
        {say('vip')}
      </label>
      <label>
        <input type="checkbox" checked={played.isNew} onChange={(event) => trial.play({ isNew: event.currentTarget.checked })} />
        {say('trial_new')}
      </label>
      <label>
        {say('trial_contacts')}{' '}
        <select value={played.contacts} onChange={(event) => trial.play({ contacts: Number(event.currentTarget.value) })}>
          {[0, 1, 2, 3].map((n) => (
            <option key={n} value={n}>
              {words.number(n)}
            </option>
          ))}
        </select>
      </label>
    </fieldset>
  );
}

function Chat({ trial }: { trial: Trial }) {
  const [text, setText] = useState('');
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const log = end.current;
    if (log) log.scrollTop = log.scrollHeight;
  }, [trial.lines.length]);
  const ask = async (asked: string) => {
    await trial.ask(asked);
    if (trial.saving.kind !== 'failed') setText('');
  };
  return (
    <section class="trial-chat" aria-label={say('trial_chat')}>
      <div class="trial-log" role="log" tabIndex={0} aria-label={say('trial_chat')} ref={end}>
        {!trial.lines.length && <p class="quiet">{say('trial_empty')}</p>}
        {trial.lines.map((line, at) => (
          <Said key={at} trial={trial} line={line} at={at} />
        ))}
      </div>
      {trial.readings.length > 0 && (
        <div class="deeds">
          {trial.readings.map((reading) => (
            <button key={reading} type="button" onClick={() => void ask(reading)}>
              {reading}
            </button>
          ))}
        </div>
      )}
      {trial.isHandedOff ? (
        <p class="quiet">{say('trial_handed_off')}</p>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void ask(text);
          }}
        >
          <Field id="question" label={say('trial_question')}>
            <textarea
              id="question"
              rows={2}
              dir="auto"
              maxLength={4000}
              value={text}
              onInput={(event) => setText(event.currentTarget.value)}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
                  event.preventDefault();
                  void ask(text);
                }
              }}
            />
          </Field>
          <div class="form-foot">
            <button type="submit" class="primary" disabled={trial.saving.kind === 'saving'}>
              {say(trial.saving.kind === 'saving' ? 'one_moment' : 'trial_ask')}
            </button>
          </div>
        </form>
      )}
      <div class="form-foot">
        {trial.lines.length > 0 && (
          <button type="button" onClick={() => trial.begin()}>
            {say('trial_again')}
          </button>
        )}
        <Outcome saving={trial.saving} />
      </div>
    </section>
  );
}

function Said({ trial, line, at }: { trial: Trial; line: Line; at: number }) {
  const { behind } = line;
  return (
    <div class={`said ${line.role}`}>
      <p class="said-who">{say(`trial_role_${line.role}`)}</p>
      <p class="bubble" dir="auto">
        {line.text}
      </p>
      {!!behind?.said.citations.length && (
        <p class="quiet">{say('source', { title: words.list([...new Set(behind.said.citations.map((citation) => citation.title))]) })}</p>
      )}
      {behind?.said.offers_person && <p class="quiet">{say('trial_offers')}</p>}
      {behind?.decision && trial.at !== at && (
        <button type="button" class="link" onClick={() => trial.look(at)}>
          {say('trial_look')}
        </button>
      )}
    </div>
  );
}
