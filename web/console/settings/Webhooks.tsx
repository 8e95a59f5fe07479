// Who else is told what happens in conversations, and what became of it.

import type { DeliveryShown, WebhookShown } from '../api';
import type { Desk } from '../models/desk';
import { WebhooksModel } from '../models/webhooks';
import { say, words } from '../words';
import { Entries, Entry, EntryForm, Field, useModel, Waiting } from './bits';
import { Copied } from './Snippet';

export function WebhooksPage({ desk }: { desk: Desk }) {
  const model = useModel(() => new WebhooksModel(desk.api, () => desk.changed()));
  const { webhooks } = model;
  if (!webhooks) return <Waiting desk={desk} isUnreachable={model.isUnreachable} again={() => void model.load()} />;
  return (
    <Entries
      model={model}
      words={say(webhooks.length ? 'webhooks_words' : 'webhooks_none')}
      add={say('webhook_add')}
      form={<Form model={model} />}
    >
      {webhooks.map((webhook) => (
        <Webhook key={webhook.id} model={model} webhook={webhook} />
      ))}
    </Entries>
  );
}

function when(at: string): string {
  return `${words.date(at)}, ${words.time(at)}`;
}

function why(fault: string | null, status: number | null): string {
  return fault === 'status' ? say('webhook_status', { status: status ?? '' }) : say(`look_up_fault_${fault ?? 'unreachable'}`);
}

function Webhook({ model, webhook }: { model: WebhooksModel; webhook: WebhookShown }) {
  const { id, name } = webhook;
  const of = (deed: string) => say('webhook_deed_of', { deed, name });
  return (
    <Entry
      model={model}
      item={webhook}
      who={
        <>
          <span class="quiet">{say(`webhook_state_${webhook.state}`)}</span>
          <span class="canned-text" dir="ltr">
            {webhook.url}
          </span>
        </>
      }
      deeds={
        <>
          <button type="button" aria-label={of(say('webhook_test'))} disabled={model.isBusy} onClick={() => void model.try(id)}>
            {say('webhook_test')}
          </button>
          <button type="button" aria-expanded={model.log?.id === id} aria-label={of(say('webhook_log'))} onClick={() => void model.toggleLog(id)}>
            {say('webhook_log')}
          </button>
          <button type="button" aria-label={of(say('webhook_secret'))} disabled={model.isBusy} onClick={() => void model.renewSecret(id)}>
            {say('webhook_secret')}
          </button>
          <button type="button" aria-label={of(say('team_change'))} onClick={() => model.begin(webhook)}>
            {say('team_change')}
          </button>
          <button type="button" aria-label={of(say('team_remove'))} onClick={() => model.ask(webhook)}>
            {say('team_remove')}
          </button>
        </>
      }
      sure={{ words: say('webhook_remove_sure', { name }), deed: say('team_remove'), act: () => void model.remove(id) }}
      form={<Form model={model} />}
    >
      <div role="status" class="full">
        <Standing webhook={webhook} />
        {model.made?.id === id && (
          <div class="notice good column">
            <p>{say('webhook_made')}</p>
            <Copied text={model.made.secret} />
            {webhook.old_secret_until && <p>{say('webhook_overlap', { when: when(webhook.old_secret_until) })}</p>}
          </div>
        )}
        {model.tried?.id === id &&
          (model.tried.outcome.fault ? (
            <p class="notice bad">{say('webhook_not_taken', { why: why(model.tried.outcome.fault, model.tried.outcome.status) })}</p>
          ) : (
            <p class="notice good">✓ {say('webhook_taken', { status: model.tried.outcome.status ?? '', ms: model.tried.outcome.took_ms })}</p>
          ))}
      </div>
      {model.log?.id === id && <Log model={model} id={id} deliveries={model.log.deliveries} />}
    </Entry>
  );
}

function Standing({ webhook }: { webhook: WebhookShown }) {
  if (webhook.state === 'paused') return <p class="notice bad">{say('webhook_paused_words')}</p>;
  if (webhook.failed_at) {
    const told = say(webhook.failure === 'status' ? 'webhook_fault_status' : `look_up_fault_${webhook.failure ?? 'unreachable'}`);
    return <p class="notice bad">{say('webhook_failing', { when: when(webhook.failed_at), why: told })}</p>;
  }
  return webhook.delivered_at ? <p class="quiet">{say('webhook_delivered', { when: when(webhook.delivered_at) })}</p> : null;
}

function Log({ model, id, deliveries }: { model: WebhooksModel; id: string; deliveries: DeliveryShown[] }) {
  return (
    <div class="full">
      <div role="status">{model.again && <p class="good">✓ {say('webhook_again_done')}</p>}</div>
      {deliveries.length === 0 && <p class="hint">{say('webhook_log_none')}</p>}
      {deliveries.length > 0 && (
        <div class="scrolls" tabIndex={0} role="group" aria-label={say('webhook_log')}>
          <table class="wide">
            <thead>
              <tr>
                <th scope="col">{say('webhook_when')}</th>
                <th scope="col">{say('webhook_what')}</th>
                <th scope="col">{say('webhook_outcome')}</th>
                <td />
              </tr>
            </thead>
            <tbody>
              {deliveries.map((it) => (
                <tr key={`${it.conversation_id} ${it.seq}`}>
                  <td class="number">{when(it.last_at)}</td>
                  <th scope="row">
                    <a href={`#/conversations/${it.conversation_id}`}>
                      <code dir="ltr">
                        {it.topic} {it.seq}
                      </code>
                    </a>
                  </th>
                  <td>
                    {say(`webhook_outcome_${it.outcome}`)}
                    {it.fault && <span class="quiet"> {why(it.fault, it.status)}</span>}
                  </td>
                  <td>
                    <button
                      type="button"
                      disabled={model.isBusy}
                      aria-label={say('webhook_deed_of', { deed: say('webhook_again'), name: `${it.topic} ${it.seq}` })}
                      onClick={() => void model.sendAgain(id, it)}
                    >
                      {say('webhook_again')}
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <div class="row">
        <button type="button" class="link" onClick={() => void model.refreshLog(id)}>
          {say('webhook_refresh')}
        </button>
      </div>
    </div>
  );
}

function Form({ model }: { model: WebhooksModel }) {
  const { draft } = model;
  if (!draft) return null;
  return (
    <EntryForm model={model} isPartial={draft.topics.length === 0}>
      <Field id="webhook-name" label={say('webhook_name')}>
        <input
          id="webhook-name"
          required
          maxLength={60}
          dir="auto"
          value={draft.name}
          onInput={(event) => model.change({ name: event.currentTarget.value })}
        />
      </Field>
      <Field id="webhook-url" label={say('webhook_url')} hint={say('webhook_url_words')}>
        <input
          id="webhook-url"
          required
          maxLength={2000}
          dir="ltr"
          spellcheck={false}
          autocomplete="off"
          aria-describedby="webhook-url-hint"
          value={draft.url}
          onInput={(event) => model.change({ url: event.currentTarget.value })}
        />
      </Field>
      <fieldset class="choices">
        <legend>{say('webhook_topics')}</legend>
        {model.topics.map((topic) => (
          <label key={topic}>
            <input type="checkbox" checked={draft.topics.includes(topic)} onChange={(event) => model.hear(topic, event.currentTarget.checked)} />{' '}
            {say(`topic_${topic.replace('.', '_')}`)} <code dir="ltr">{topic}</code>
          </label>
        ))}
      </fieldset>
      <fieldset class="choices">
        <legend>{say('webhook_shares')}</legend>
        {(['facts', 'words'] as const).map((shares) => (
          <label key={shares}>
            <input type="radio" name="webhook-shares" checked={draft.shares === shares} onChange={() => model.change({ shares })} />{' '}
            {say(`webhook_shares_${shares}`)}
          </label>
        ))}
      </fieldset>
      <label>
        <input type="checkbox" checked={draft.is_on} onChange={(event) => model.change({ is_on: event.currentTarget.checked })} /> {say('webhook_is_on')}
      </label>
    </EntryForm>
  );
}
