// One's own account: where one is signed in, and the password.

import { AccountModel } from '../models/account';
import type { Desk } from '../models/desk';
import { say, words } from '../words';
import { Field, Waiting, useModel } from './bits';

/** The server says the same; this only saves the way there. */
const SHORTEST = 10;

export function AccountPage({ desk }: { desk: Desk }) {
  const model = useModel(
    () =>
      new AccountModel({
        api: desk.api,
        changePassword: (current, password) => desk.entrance.changePassword(current, password),
        onOut: () => desk.entrance.leave('plain'),
        onChange: () => desk.changed(),
      }),
  );
  if (!model.sessions) return <Waiting desk={desk} isUnreachable={model.isUnreachable} again={() => void model.load()} />;
  return (
    <>
      <div role="alert">
        {model.notice && <p class="notice bad">{model.notice.text ?? say(model.notice.key, model.notice.values)}</p>}
      </div>
      <section class="block">
        <h2>{say('account_sessions')}</h2>
        <ul class="people">
          {model.sessions.map((session) => {
            const browser = session.browser || say('account_unknown');
            return (
              <li key={session.id}>
                <p class="who">
                  <strong>{browser}</strong>
                  {session.this && <span class="tag">{say('account_this')}</span>}
                  <span class="quiet">
                    {say('account_seen')}: {words.date(session.seen_at)}, {words.time(session.seen_at)}
                  </span>
                </p>
                {!session.this && (
                  <div class="row">
                    <button
                      type="button"
                      disabled={model.isBusy}
                      aria-label={say('account_end_of', { browser })}
                      onClick={() => void model.end(session.id)}
                    >
                      {say('account_end')}
                    </button>
                  </div>
                )}
              </li>
            );
          })}
        </ul>
        <div class="form-foot">
          <button type="button" disabled={model.isBusy} onClick={() => void model.endAll()}>
            {say('account_end_all')}
          </button>
        </div>
      </section>
      <section class="block">
        <h2>{say('account_password')}</h2>
        <p class="quiet">{say('account_password_words')}</p>
        <form
          class="form"
          onSubmit={(event) => {
            event.preventDefault();
            const form = event.currentTarget;
            const given = new FormData(form);
            const text = (name: string) => String(given.get(name) ?? '');
            void model.changePassword(text('current'), text('password')).then((done) => done && form.reset());
          }}
        >
          <Field id="current" label={say('account_current')}>
            <input id="current" name="current" type="password" autocomplete="current-password" required />
          </Field>
          <Field id="new-password" label={say('password_rules', { n: SHORTEST })}>
            <input id="new-password" name="password" type="password" autocomplete="new-password" minLength={SHORTEST} required />
          </Field>
          <div class="form-foot">
            <button type="submit" class="primary" disabled={model.isBusy}>
              {say('account_password')}
            </button>
            <p role="status" class="good">
              {model.isChanged && `✓ ${say('saved')}`}
            </p>
          </div>
        </form>
      </section>
    </>
  );
}
