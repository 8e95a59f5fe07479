// How long the words of conversations that are over are kept, and what was done about it.

import type { Desk } from '../models/desk';
import { Retention } from '../models/retention';
import { say, words } from '../words';
import { Field, Outcome, useModel, Waiting } from './bits';

export function RetentionPage({ desk }: { desk: Desk }) {
  const kept = useModel(() => new Retention(desk));
  if (!kept.shown) return <Waiting desk={desk} isUnreachable={kept.isUnreachable} again={() => void kept.load()} />;
  const { shown } = kept;
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        void kept.save();
      }}
    >
      <p class="quiet">{say('retention_words')}</p>
      <label>
        <input type="checkbox" checked={kept.isOn} onChange={(event) => void kept.choose({ isOn: event.currentTarget.checked })} /> {say('retention_on')}
      </label>
      {kept.isOn && (
        <Field
          id="retention-days"
          label={say('retention_days')}
          hint={say('retention_days_words', { least: words.number(shown.least_days), most: words.number(shown.most_days) })}
        >
          <input
            id="retention-days"
            type="number"
            required
            min={shown.least_days}
            max={shown.most_days}
            aria-describedby="retention-days-hint"
            value={kept.days}
            onInput={(event) => void kept.choose({ days: event.currentTarget.value })}
          />
        </Field>
      )}
      <p role="status" class={kept.mustConfirm ? 'warn-words' : 'quiet'}>
        {kept.isOn && kept.would === 0 && say('retention_would_none')}
        {kept.mustConfirm && `⚠ ${say('retention_would', { count: words.number(kept.would ?? 0) })}`}
      </p>
      {kept.mustConfirm && (
        <Field id="retention-confirm" label={say('retention_confirm', { company: kept.company })}>
          <input id="retention-confirm" required dir="auto" autocomplete="off" value={kept.confirmed} onInput={(event) => kept.confirm(event.currentTarget.value)} />
        </Field>
      )}
      <div class="form-foot">
        <button type="submit" class="primary" disabled={!kept.canSave}>
          {say(kept.saving.kind === 'saving' ? 'one_moment' : 'save')}
        </button>
        <Outcome saving={kept.saving} />
      </div>
      <p class="quiet">{lastRun(shown)}</p>
    </form>
  );
}

function lastRun({ began_at, ended_at, conversations, contacts }: NonNullable<Retention['shown']>): string {
  if (!began_at) return say('retention_never_ran');
  const at = ended_at ?? began_at;
  const values = {
    when: `${words.date(at)}, ${words.time(at)}`,
    conversations: words.number(conversations),
    contacts: words.number(contacts),
  };
  return say(ended_at ? 'retention_ran' : 'retention_runs', values);
}
