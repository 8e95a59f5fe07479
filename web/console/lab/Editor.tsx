// A draft while it is written: faults with their lines, what it means, what changes, and
// what can be done with it.

import { useRef } from 'preact/hooks';
import type { DraftChecked } from '../api';
import type { Desk } from '../models/desk';
import { LAST, type Lab, spanOf } from '../models/lab';
import { Field, Outcome } from '../settings/bits';
import { say, words } from '../words';
import { SuggestionCard } from './Suggestion';

export function EditorPage({ desk, lab }: { desk: Desk; lab: Lab }) {
  const area = useRef<HTMLTextAreaElement>(null);
  const { checked } = lab;
  const goTo = (line: number) => {
    const at = area.current;
    if (!at) return;
    const [from, to] = spanOf(lab.text, line);
    at.focus();
    at.setSelectionRange(from, to);
    // The browser scrolls to a selection only while one types.
    at.scrollTop = (at.scrollHeight / lab.text.split('\n').length) * Math.max(0, line - 4);
  };
  return (
    <>
      <SuggestionCard lab={lab} />
      {lab.isBehind && <p class="notice warn">{say('lab_behind')}</p>}
      <div class="lab-desk">
        <section class="block">
          <Field id="policy-text" label={say('lab_text')} hint={say('lab_text_words')}>
            <textarea
              id="policy-text"
              class="code"
              ref={area}
              rows={26}
              spellcheck={false}
              autocomplete="off"
              dir="ltr"
              aria-describedby="policy-text-hint policy-verdict"
              aria-invalid={checked?.faults.length ? true : undefined}
              value={lab.text}
              onInput={(event) => lab.change(event.currentTarget.value)}
            />
          </Field>
          <div id="policy-verdict" role="status">
            <Checked lab={lab} goTo={goTo} />
          </div>
          {lab.notice && (
            <p class="fault" role="alert">
              {lab.notice.text ?? say(lab.notice.key, lab.notice.values)}
            </p>
          )}
        </section>
        <div class="lab-side">
          <Deeds desk={desk} lab={lab} />
          {checked && <Meaning checked={checked} isChanged={lab.isChanged} />}
        </div>
      </div>
    </>
  );
}

/** Faults and findings, each with a way to its line. */
function Checked({ lab, goTo }: { lab: Lab; goTo(line: number): void }) {
  const { checked } = lab;
  if (!checked) return <p class="quiet">{say('loading')}</p>;
  if (checked.faults.length) {
    return (
      <>
        <p class="fault">{say('lab_faults', { n: words.number(checked.faults.length) })}</p>
        <ul class="findings">
          {checked.faults.map((fault, n) => (
            <li key={n} class="bad">
              <Line line={fault.line} goTo={goTo} /> <span dir="auto">{fault.reason}</span>
            </li>
          ))}
        </ul>
      </>
    );
  }
  if (!checked.findings.length) return <p class="good">✓ {say('lab_sound')}</p>;
  return (
    <>
      <p class="warn-text">{say('lab_findings', { n: words.number(checked.findings.length) })}</p>
      <ul class="findings">
        {checked.findings.map((finding, n) => (
          <li key={n}>
            <strong>{say(`lab_finding_${finding.kind}`)}</strong> <Line line={finding.line} goTo={goTo} /> <span dir="auto">{finding.said}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Line({ line, goTo }: { line: number | null; goTo(line: number): void }) {
  if (!line) return null;
  return (
    <button type="button" class="link" onClick={() => goTo(line)}>
      {say('lab_line', { n: line })}
    </button>
  );
}

function Meaning({ checked, isChanged }: { checked: DraftChecked; isChanged: boolean }) {
  return (
    <>
      {isChanged && checked.faults.length === 0 && (
        <section class="block">
          <h2>{say('lab_changes')}</h2>
          <Changes checked={checked} />
        </section>
      )}
      {checked.explained.length > 0 && (
        <details class="block" open={!isChanged}>
          <summary>{say('lab_means')}</summary>
          <ul class="sentences">
            {checked.explained.map((sentence, n) => (
              <li key={n} dir="auto">
                {sentence}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

/** What changes in meaning, and in the text. */
export function Changes({ checked }: { checked: DraftChecked }) {
  return (
    <>
      {checked.changes.length ? (
        <ul class="sentences">
          {checked.changes.map((sentence, n) => (
            <li key={n} dir="auto">
              {sentence}
            </li>
          ))}
        </ul>
      ) : (
        <p class="quiet">{say('lab_same')}</p>
      )}
      {checked.lines.length > 0 && (
        <details>
          <summary>{say('lab_lines')}</summary>
          <div class="scrolls" tabIndex={0} role="region" aria-label={say('lab_lines')}>
            <pre class="lines" dir="ltr">
              {checked.lines.map(({ mark, text }, n) => (
                <span key={n} class={mark}>
                  {mark === 'gap' ? '⋯' : `${mark === 'added' ? '+' : mark === 'removed' ? '−' : ' '} ${text}`}
                  {'\n'}
                </span>
              ))}
            </pre>
          </div>
        </details>
      )}
    </>
  );
}

/** Trying comes before switching. */
function Deeds({ desk, lab }: { desk: Desk; lab: Lab }) {
  const { policy, saving } = lab;
  const isBusy = saving.kind === 'saving';
  const canTry = lab.isSound && !isBusy;
  const shadow = policy?.trials.find(({ kind, state }) => kind === 'shadow' && state === 'runs');
  const tryIt = async () => {
    const id = await lab.begin('replay');
    if (id) desk.go({ kind: 'lab', page: 'trials', id });
  };
  return (
    <section class="block">
      <h2>{say('lab_try')}</h2>
      <div class="row">
        <label for="lab-last" class="hidden">
          {say('lab_last')}
        </label>
        <select id="lab-last" value={lab.last} onChange={(event) => lab.choose({ last: Number(event.currentTarget.value) })}>
          {LAST.map((n) => (
            <option key={n} value={n}>
              {say('lab_last_n', { n: words.number(n) })}
            </option>
          ))}
        </select>
        <button type="button" class="primary" disabled={!canTry} onClick={() => void tryIt()}>
          {say('lab_replay')}
        </button>
      </div>
      <p class="quiet">{say('lab_replay_words')}</p>
      <div class="row">
        {shadow ? (
          <>
            <a href={`#/lab/trials/${shadow.id}`}>{say('lab_shadow_runs')}</a>
            <button type="button" disabled={isBusy} onClick={() => void lab.end(shadow.id)}>
              {say('lab_shadow_end')}
            </button>
          </>
        ) : (
          <button type="button" disabled={!canTry || !lab.isChanged} onClick={() => void lab.begin('shadow')}>
            {say('lab_shadow')}
          </button>
        )}
      </div>
      <p class="quiet">{say('lab_shadow_words')}</p>
      {policy?.may_change ? <SwitchTo lab={lab} /> : <p class="quiet">{say('lab_may_not')}</p>}
      {lab.isChanged && (
        <div class="row">
          <button type="button" class="link" onClick={() => lab.discard()}>
            {say('lab_discard')}
          </button>
        </div>
      )}
      <Outcome saving={saving} />
    </section>
  );
}

function SwitchTo({ lab }: { lab: Lab }) {
  const isBusy = lab.saving.kind === 'saving';
  if (!lab.isSwitching) {
    return (
      <div class="row">
        <button type="button" disabled={!lab.isSound || !lab.isChanged || isBusy} onClick={() => lab.choose({ isSwitching: true })}>
          {say('lab_switch')}
        </button>
      </div>
    );
  }
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void lab.switch();
      }}
    >
      <NoteField lab={lab} id="lab-note" />
      <div class="form-foot">
        <button type="submit" class="primary" disabled={isBusy || !lab.isSound}>
          {say('lab_switch_now')}
        </button>
        <button type="button" onClick={() => lab.choose({ isSwitching: false })}>
          {say('cancel')}
        </button>
      </div>
    </form>
  );
}

export function NoteField({ lab, id }: { lab: Lab; id: string }) {
  return (
    <Field id={id} label={say('lab_note')} hint={say('lab_note_words')}>
      <input
        id={id}
        required
        maxLength={500}
        dir="auto"
        aria-describedby={`${id}-hint`}
        ref={(input) => {
          // Whoever asked for it writes next.
          if (input && !input.dataset['met']) {
            input.dataset['met'] = 'yes';
            input.focus();
          }
        }}
        value={lab.note}
        onInput={(event) => lab.choose({ note: event.currentTarget.value })}
      />
    </Field>
  );
}
