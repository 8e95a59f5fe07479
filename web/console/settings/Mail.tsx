// How mail is sent, and a test mail that shows whether it works; below it how mail comes in.

import type { Desk } from '../models/desk';
import { Mail, type Security } from '../models/mail';
import { say, words } from '../words';
import { Field, Outcome, useModel, Waiting } from './bits';
import { MailboxSection } from './Mailbox';

export function MailPage({ desk }: { desk: Desk }) {
  const mail = useModel(() => new Mail(desk, words.language));
  const { shown } = mail;
  if (!shown) return <Waiting desk={desk} isUnreachable={mail.isUnreachable} again={() => void mail.load()} />;
  const canAnswer = !!shown.command_line_from || !!shown.server?.tested_at;
  return (
    <>
      <section class="block" aria-labelledby="mail-out-title">
        <h2 id="mail-out-title">{say('mail_out')}</h2>
        {shown.command_line_from ? (
          <>
            <p class="notice">{say('mail_command_line', { from: shown.command_line_from })}</p>
            <div class="form-foot">
              <button type="button" disabled={mail.test.kind === 'sending'} onClick={() => void mail.sendTest()}>
                {say('mail_test')}
              </button>
              <Outcome saving={mail.saving} />
            </div>
            <TestShown mail={mail} />
          </>
        ) : (
          <>
            <p class="hint">{say('mail_words')}</p>
            <Standing mail={mail} />
            <Server mail={mail} />
          </>
        )}
      </section>
      <MailboxSection desk={desk} canAnswer={canAnswer} />
    </>
  );
}

function Standing({ mail }: { mail: Mail }) {
  const server = mail.shown?.server;
  if (!server) return null;
  return server.tested_at ? (
    <p class="notice good">✓ {say('mail_works', { when: `${words.date(server.tested_at)}, ${words.time(server.tested_at)}` })}</p>
  ) : (
    <p class="notice warn">{say('mail_untested')}</p>
  );
}

const SECURITIES: Security[] = ['starttls', 'tls', 'none'];

function Server({ mail }: { mail: Mail }) {
  const { draft } = mail;
  const isBusy = mail.saving.kind === 'saving' || mail.test.kind === 'sending';
  return (
    <form
      class="form"
      aria-labelledby="mail-out-title"
      onSubmit={(event) => {
        event.preventDefault();
        void mail.saveAndTest();
      }}
    >
      <fieldset class="choices">
        <legend>{say('mail_security')}</legend>
        {SECURITIES.map((security) => (
          <label key={security}>
            <input type="radio" name="security" checked={draft.security === security} onChange={() => mail.secure(security)} />
            {say(`mail_security_${security}`)}
          </label>
        ))}
      </fieldset>
      <div class="two-fields">
        <Field id="mail-host" label={say('mail_host')}>
          <input id="mail-host" required dir="ltr" autocomplete="off" placeholder="smtp.example.com" value={draft.host} onInput={(event) => mail.write({ host: event.currentTarget.value })} />
        </Field>
        <Field id="mail-port" label={say('mail_port')}>
          <input id="mail-port" type="number" required min={1} max={65535} value={draft.port} onInput={(event) => mail.write({ port: Number(event.currentTarget.value) })} />
        </Field>
      </div>
      <Field id="mail-user" label={say('mail_user')} hint={say('mail_user_words')}>
        <input id="mail-user" dir="ltr" autocomplete="off" aria-describedby="mail-user-hint" value={draft.user} onInput={(event) => mail.write({ user: event.currentTarget.value })} />
      </Field>
      <Field id="mail-password" label={say('password')} hint={say(mail.keepsPassword ? 'mail_password_kept' : 'mail_password_words')}>
        <input
          id="mail-password"
          type="password"
          dir="ltr"
          autocomplete="new-password"
          aria-describedby="mail-password-hint"
          placeholder={mail.keepsPassword ? '••••••••' : ''}
          value={draft.password}
          onInput={(event) => mail.write({ password: event.currentTarget.value })}
        />
      </Field>
      <Field id="mail-from" label={say('mail_from')} hint={say('mail_from_words')}>
        <input id="mail-from" type="email" required dir="ltr" aria-describedby="mail-from-hint" value={draft.from} onInput={(event) => mail.write({ from: event.currentTarget.value })} />
      </Field>
      <div class="form-foot">
        <button type="submit" class="primary" disabled={isBusy}>
          {say(isBusy ? 'one_moment' : 'mail_save_and_test')}
        </button>
        {mail.shown?.server && (
          <button type="button" disabled={isBusy} onClick={() => void mail.forget()}>
            {say('mail_forget')}
          </button>
        )}
        <p role="alert" class="fault">
          {mail.saving.kind === 'failed' && (mail.saving.notice.text ?? say(mail.saving.notice.key, mail.saving.notice.values))}
        </p>
      </div>
      <TestShown mail={mail} />
    </form>
  );
}

function TestShown({ mail }: { mail: Mail }) {
  const { test } = mail;
  return (
    <div role="status">
      {test.kind === 'sending' && <p class="quiet">{say('mail_sending')}</p>}
      {test.kind === 'done' && !test.tested.fault && <p class="notice good">✓ {say('mail_sent', { to: test.tested.to })}</p>}
      {test.kind === 'done' && test.tested.fault && (
        <div class="notice bad column">
          <strong>{say(`mail_fault_${test.tested.fault.code}`)}</strong>
          <span class="quiet-inside" dir="auto">
            {say('mail_said', { said: test.tested.fault.said })}
          </span>
        </div>
      )}
    </div>
  );
}
