// What agents are to know of a customer before they answer: where they are looked up, and in
// which tone the first message is drafted.

import type { Tone } from '../api';
import type { Desk } from '../models/desk';
import { ContextModel, type LookUpDraft } from '../models/context';
import { say, words } from '../words';
import { Field, Foot, InboxChoice, Outcome, Sure, useModel, Waiting } from './bits';

const TONES: readonly Tone[] = ['plain', 'warm', 'formal'];

export function ContextPage({ desk }: { desk: Desk }) {
  const model = useModel(() => new ContextModel(desk));
  const { inboxes, inbox } = model;
  if (!inboxes || !inbox) return <Waiting desk={desk} isUnreachable={model.isUnreachable} again={() => void model.load()} />;
  return (
    <>
      <InboxChoice id="context-inbox" inboxes={inboxes} at={inbox.id} turn={(id) => model.turn(id)} />
      <section class="block" aria-labelledby="look-up-title">
        <h2 id="look-up-title">{say('look_up')}</h2>
        <p class="hint">{say('context_words')}</p>
        <Standing model={model} />
        {model.draft ? (
          <Form key={inbox.id} model={model} draft={model.draft} />
        ) : (
          <div class="row">
            <button type="button" class="primary" onClick={() => model.begin()}>
              {say('look_up_set')}
            </button>
          </div>
        )}
        {inbox.look_up && <Try key={`${inbox.id} try`} model={model} />}
        {inbox.look_up && <Removal model={model} />}
      </section>
      <section class="block" aria-labelledby="tone-title">
        <h2 id="tone-title">{say('tone')}</h2>
        <fieldset class="choices">
          <legend class="quiet">{say('tone_words')}</legend>
          {TONES.map((tone) => (
            <label key={tone}>
              <input type="radio" name="tone" checked={inbox.tone === tone} onChange={() => void model.setTone(tone)} /> {say(`tone_${tone}`)}
            </label>
          ))}
        </fieldset>
        <Outcome saving={model.toning} />
      </section>
    </>
  );
}

function when(at: string): string {
  return `${words.date(at)}, ${words.time(at)}`;
}

function Standing({ model }: { model: ContextModel }) {
  const kept = model.inbox?.look_up;
  if (!kept) return model.draft ? null : <p class="hint">{say('look_up_none')}</p>;
  return (
    <div role="status">
      {kept.failed_at && (
        <p class="notice bad">{say('look_up_failing', { when: when(kept.failed_at), why: say(`look_up_fault_${kept.failure ?? 'unreachable'}`) })}</p>
      )}
      {kept.answered_at && !kept.failed_at && <p class="notice good">✓ {say('look_up_answered', { when: when(kept.answered_at) })}</p>}
    </div>
  );
}

function Form({ model, draft }: { model: ContextModel; draft: LookUpDraft }) {
  const text = (id: string, field: 'name' | 'url', label: string, hint?: string) => (
    <Field id={id} label={label} hint={hint}>
      <input
        id={id}
        required
        dir="auto"
        maxLength={field === 'name' ? 60 : 2000}
        spellcheck={false}
        aria-describedby={hint && `${id}-hint`}
        value={draft[field]}
        onInput={(event) => model.change({ [field]: event.currentTarget.value })}
      />
    </Field>
  );
  const number = (id: string, field: 'timeout_ms' | 'kept_s', label: string, least: number, most: number) => (
    <Field id={id} label={label}>
      <input
        id={id}
        type="number"
        required
        min={least}
        max={most}
        value={draft[field] ?? ''}
        onInput={(event) => model.change({ [field]: Number.isNaN(event.currentTarget.valueAsNumber) ? null : event.currentTarget.valueAsNumber })}
      />
    </Field>
  );
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void model.save();
      }}
    >
      {text('look-up-name', 'name', say('look_up_name'))}
      {text('look-up-url', 'url', say('look_up_url'), say('look_up_url_words'))}
      <Headers model={model} draft={draft} />
      <Fields model={model} draft={draft} />
      <div class="two-fields">
        {number('look-up-timeout', 'timeout_ms', say('look_up_timeout'), 200, 15_000)}
        {number('look-up-kept', 'kept_s', say('look_up_kept'), 0, 604_800)}
      </div>
      <Foot saving={model.saving} />
    </form>
  );
}

interface PairProps {
  id: string;
  labels: [string, string];
  first: string;
  second: string;
  hint: string;
  change(first: string, second: string): void;
  drop(): void;
}

/** Two short texts that belong together, on one line. */
function Pair({ id, labels, first, second, hint, change, drop }: PairProps) {
  return (
    <div class="pair">
      <input id={id} dir="auto" spellcheck={false} aria-label={labels[0]} value={first} onInput={(event) => change(event.currentTarget.value, second)} />
      <input
        dir="ltr"
        spellcheck={false}
        autocomplete="off"
        aria-label={labels[1]}
        placeholder={hint}
        value={second}
        onInput={(event) => change(first, event.currentTarget.value)}
      />
      <button type="button" class="link" aria-label={`${say('look_up_drop')}: ${first}`} onClick={drop}>
        ✕
      </button>
    </div>
  );
}

function Headers({ model, draft }: { model: ContextModel; draft: LookUpDraft }) {
  const { headers } = draft;
  return (
    <fieldset class="choices">
      <legend>{say('look_up_headers')}</legend>
      <p class="quiet">{say('look_up_headers_words')}</p>
      {headers.map((header, n) => (
        <Pair
          key={n}
          id={`header-${n}`}
          labels={[say('look_up_header_name'), say('look_up_header_value')]}
          first={header.name}
          second={header.value}
          hint={header.isKept ? say('look_up_header_kept') : ''}
          change={(name, value) =>
            model.change({ headers: headers.map((one, at) => (at === n ? { name, value, isKept: one.isKept && one.name === name } : one)) })
          }
          drop={() => model.change({ headers: headers.filter((_, at) => at !== n) })}
        />
      ))}
      <div class="row">
        <button type="button" onClick={() => model.change({ headers: [...headers, { name: '', value: '', isKept: false }] })}>
          {say('look_up_header_add')}
        </button>
      </div>
    </fieldset>
  );
}

function Fields({ model, draft }: { model: ContextModel; draft: LookUpDraft }) {
  const { fields } = draft;
  return (
    <fieldset class="choices">
      <legend>{say('look_up_fields')}</legend>
      <p class="quiet">{say('look_up_fields_words')}</p>
      {fields.map((field, n) => (
        <Pair
          key={n}
          id={`field-${n}`}
          labels={[say('look_up_field'), say('look_up_path')]}
          first={field.field}
          second={field.path}
          hint="data.plan.name"
          change={(name, path) => model.change({ fields: fields.map((one, at) => (at === n ? { field: name, path } : one)) })}
          drop={() => model.change({ fields: fields.filter((_, at) => at !== n) })}
        />
      ))}
      <div class="row">
        <button type="button" onClick={() => model.change({ fields: [...fields, { field: '', path: '' }] })}>
          {say('look_up_field_add')}
        </button>
      </div>
    </fieldset>
  );
}

function Try({ model }: { model: ContextModel }) {
  const { trial } = model;
  return (
    <form
      class="form try-look-up"
      onSubmit={(event) => {
        event.preventDefault();
        const given = new FormData(event.currentTarget);
        void model.try(String(given.get('email') ?? ''), String(given.get('external_id') ?? ''));
      }}
    >
      <h3>{say('look_up_try')}</h3>
      <p class="quiet">{say('look_up_try_words')}</p>
      <div class="two-fields">
        <Field id="try-email" label={say('look_up_try_email')}>
          <input id="try-email" name="email" dir="ltr" autocomplete="off" />
        </Field>
        <Field id="try-id" label={say('look_up_try_id')}>
          <input id="try-id" name="external_id" dir="ltr" autocomplete="off" />
        </Field>
      </div>
      <div class="form-foot">
        <button type="submit" disabled={trial.kind === 'running'}>
          {say(trial.kind === 'running' ? 'look_up_try_running' : 'look_up_try_run')}
        </button>
        {trial.kind === 'failed' && <Outcome saving={trial.saving} />}
      </div>
      <div role="status">{trial.kind === 'done' && <Tried tried={trial.tried} />}</div>
    </form>
  );
}

function Tried({ tried }: { tried: Extract<ContextModel['trial'], { kind: 'done' }>['tried'] }) {
  if (tried.fault) {
    return (
      <div class="notice bad column">
        <strong>{say(`look_up_fault_${tried.fault}`)}</strong>
        <span class="quiet-inside" dir="auto">
          {tried.said}
        </span>
      </div>
    );
  }
  const fields = Object.entries(tried.fields as Record<string, string>);
  return (
    <div class="notice good column">
      <strong>{say(fields.length ? 'look_up_came' : 'look_up_came_empty', { ms: tried.took_ms })}</strong>
      <dl class="attributes">
        {fields.map(([name, value]) => (
          <div key={name}>
            <dt dir="auto">{name}</dt>
            <dd dir="auto">{value}</dd>
          </div>
        ))}
      </dl>
      {tried.not_found.length > 0 && <p>{say('look_up_not_found', { fields: words.list(tried.not_found) })}</p>}
      <details>
        <summary>{say('look_up_answer')}</summary>
        <pre class="look-up-answer" dir="ltr" tabIndex={0}>
          {tried.answer}
        </pre>
      </details>
    </div>
  );
}

function Removal({ model }: { model: ContextModel }) {
  if (model.isAsked) {
    return (
      <Sure
        words={say('look_up_remove')}
        deed={say('look_up_remove')}
        isBusy={model.saving.kind === 'saving'}
        act={() => void model.remove()}
        leave={() => model.ask(false)}
      />
    );
  }
  return (
    <div class="row">
      <button type="button" onClick={() => model.ask(true)}>
        {say('look_up_remove')}
      </button>
    </div>
  );
}
