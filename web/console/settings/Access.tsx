// What programs and sites are let in with: API tokens, and the keys with which a site
// signs who its user is, with the lines that do it.

import { useState } from 'preact/hooks';
import type { InboxKeys, Scope } from '../api';
import { AccessModel, SERVERS, type Server, snippet } from '../models/access';
import type { Desk } from '../models/desk';
import { say, words } from '../words';
import { Copied } from './Snippet';
import { Field, Waiting, useModel } from './bits';

export function AccessPage({ desk }: { desk: Desk }) {
  const model = useModel(() => new AccessModel(desk.api, () => desk.changed()));
  if (!model.tokens || !model.inboxes) {
    return <Waiting desk={desk} isUnreachable={model.isUnreachable} again={() => void model.load()} />;
  }
  return (
    <>
      <div role="alert">
        {model.notice && <p class="notice bad">{model.notice.text ?? say(model.notice.key, model.notice.values)}</p>}
      </div>
      <Tokens model={model} />
      {model.inboxes.map((inbox) => (
        <Keys key={inbox.id} model={model} inbox={inbox} isOnly={model.inboxes?.length === 1} />
      ))}
    </>
  );
}

function Tokens({ model }: { model: AccessModel }) {
  return (
    <section class="block">
      <h2>{say('tokens_title')}</h2>
      <p class="quiet">{say('tokens_words')}</p>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          const form = event.currentTarget;
          const given = new FormData(form);
          const scopes = given.getAll('scope').map(String) as Scope[];
          void model.makeToken(String(given.get('name') ?? ''), scopes).then((done) => done && form.reset());
        }}
      >
        <Field id="token-name" label={say('token_name')}>
          <input id="token-name" name="name" maxLength={120} autocomplete="off" required />
        </Field>
        <fieldset class="choices">
          <legend>{say('token_scopes')}</legend>
          {model.scopes.map((scope) => (
            <label key={scope}>
              <input type="checkbox" name="scope" value={scope} /> {say(`scope_${scope.replace(':', '_')}`)}{' '}
              <code dir="ltr">{scope}</code>
            </label>
          ))}
        </fieldset>
        <div class="form-foot">
          <button type="submit" class="primary" disabled={model.isBusy}>
            {say('token_make')}
          </button>
        </div>
      </form>
      <div role="status">
        {model.madeToken && (
          <div class="notice good column">
            <p>{say('token_made')}</p>
            <Copied text={model.madeToken} />
          </div>
        )}
      </div>
      {model.tokens?.length ? <TokenTable model={model} /> : <p class="hint">{say('tokens_none')}</p>}
    </section>
  );
}

function TokenTable({ model }: { model: AccessModel }) {
  return (
    <div class="scrolls" tabIndex={0} role="group" aria-label={say('tokens_title')}>
      <table class="wide">
        <thead>
          <tr>
            <th scope="col">{say('token_name')}</th>
            <th scope="col">{say('token_scopes')}</th>
            <th scope="col">{say('token_used')}</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {model.tokens?.map((token) => (
            <tr key={token.id}>
              <th scope="row" dir="auto">
                {token.name}
              </th>
              <td class="quiet">{words.list(token.scopes.map((scope) => say(`scope_${scope.replace(':', '_')}`)))}</td>
              <td class="number">{token.last_used_at ? words.date(token.last_used_at) : say('token_never')}</td>
              <td>
                <button
                  type="button"
                  disabled={model.isBusy}
                  aria-label={say('token_revoke_of', { name: token.name })}
                  onClick={() => void model.revoke(token.id)}
                >
                  {say('token_revoke')}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Keys({ model, inbox, isOnly }: { model: AccessModel; inbox: InboxKeys; isOnly: boolean }) {
  const made = model.madeKey?.inbox_id === inbox.id ? model.madeKey : null;
  const kid = made?.key.id ?? inbox.keys[0]?.id ?? '';
  const title = isOnly ? say('identity_title') : say('identity_of', { what: say('identity_title'), key: inbox.name });
  return (
    <section class="block">
      <h2>{title}</h2>
      <p class="quiet">{say('identity_words')}</p>
      <div class="form-foot">
        <button type="button" disabled={model.isBusy} onClick={() => void model.makeKey(inbox.id)}>
          {say('identity_make')}
        </button>
      </div>
      <div role="status">
        {made && (
          <div class="notice good column">
            <p>{say('identity_made')}</p>
            <Copied text={made.secret} />
          </div>
        )}
      </div>
      {inbox.keys.length ? (
        <>
          <KeyTable model={model} inbox={inbox} title={title} />
          <p class="quiet">{say('identity_rotate')}</p>
          <Lines site_key={inbox.site_key} kid={kid} />
        </>
      ) : (
        <p class="hint">{say('identity_none')}</p>
      )}
    </section>
  );
}

function KeyTable({ model, inbox, title }: { model: AccessModel; inbox: InboxKeys; title: string }) {
  return (
    <div class="scrolls" tabIndex={0} role="group" aria-label={title}>
      <table class="wide">
        <thead>
          <tr>
            <th scope="col">kid</th>
            <th scope="col">{say('identity_since')}</th>
            <th scope="col">{say('identity_until')}</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {inbox.keys.map((key) => (
            <tr key={key.id}>
              <th scope="row">
                <code dir="ltr">{key.id}</code>
              </th>
              <td class="number">{words.date(key.created_at)}</td>
              <td class="number">
                {key.not_after ? `${words.date(key.not_after)}, ${words.time(key.not_after)}` : say('identity_open')}
              </td>
              <td>
                <div class="row">
                  {!key.not_after && (
                    <button
                      type="button"
                      disabled={model.isBusy}
                      aria-label={say('identity_of', { what: say('identity_end'), key: key.id })}
                      onClick={() => void model.endKey(key.id, 24)}
                    >
                      {say('identity_end')}
                    </button>
                  )}
                  <button
                    type="button"
                    disabled={model.isBusy}
                    aria-label={say('identity_of', { what: say('identity_remove'), key: key.id })}
                    onClick={() => void model.removeKey(key.id)}
                  >
                    {say('identity_remove')}
                  </button>
                </div>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What goes into the site's server and into its page. */
function Lines({ site_key, kid }: { site_key: string; kid: string }) {
  const [server, setServer] = useState<Server>('Node');
  const page = `<script src="${location.origin}/widget.js" data-inbox="${site_key}" data-identity="TOKEN" async></script>`;
  return (
    <>
      <h3>{say('identity_server')}</h3>
      <Field id={`server-${site_key}`} label={say('identity_language')}>
        <select id={`server-${site_key}`} value={server} onChange={(event) => setServer(event.currentTarget.value as Server)}>
          {SERVERS.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      </Field>
      <Copied text={snippet(server, site_key, kid)} />
      <h3>{say('identity_page')}</h3>
      <Copied text={page} />
      <Copied text="Segue.identify('TOKEN')" />
    </>
  );
}
