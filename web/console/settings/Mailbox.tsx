// Where an inbox's mail comes in: the mailbox that is fetched from, the hook that mails are
// handed in by, and what became no conversation.

import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Desk } from '../models/desk';
import type { Security } from '../models/mail';
import { type Mailbox, type MailboxDraft, Mailboxes, plusPattern } from '../models/mailbox';
import { say, words } from '../words';
import { Field, InboxChoice, Outcome, Sure, useModel, Waiting } from './bits';
import { Copied } from './Snippet';

/** How often one looks how it stands. */
const LOOK_MS = 10_000;
const SECURITIES: Security[] = ['tls', 'starttls', 'none'];
/** What a test ran into; most of it is told as of the server that mail goes out by. */
const FAULTS: Record<string, string> = {
  no_such_host: 'mail_fault_no_such_host',
  refused: 'mail_fault_refused',
  slow: 'mailbox_fault_slow',
  tls: 'mail_fault_tls',
  sign_in: 'mailbox_fault_sign_in',
  folder: 'mailbox_fault_folder',
  hung_up: 'mail_fault_hung_up',
};

export function MailboxSection({ desk, canAnswer }: { desk: Desk; canAnswer: boolean }) {
  const boxes = useModel(() => new Mailboxes(desk));
  const { inboxes, box } = boxes;
  useEffect(() => {
    const look = setInterval(() => {
      if (desk.watching && boxes.box && !boxes.box.isBusy) void boxes.box.load();
    }, LOOK_MS);
    return () => clearInterval(look);
  }, [boxes]);
  return (
    <section class="block" aria-labelledby="mail-in-title">
      <h2 id="mail-in-title" tabIndex={-1}>
        {say('mailbox_title')}
      </h2>
      <p class="hint">{say('mailbox_words')}</p>
      {inboxes && box && <InboxChoice id="mailbox-inbox" inboxes={inboxes} at={box.inbox_id} turn={(id) => boxes.turn(id)} />}
      {box?.isLoaded ? (
        <Box key={box.inbox_id} box={box} canAnswer={canAnswer} />
      ) : (
        <Waiting desk={desk} isUnreachable={boxes.isUnreachable || !!box?.isUnreachable} again={() => void boxes.load()} />
      )}
    </section>
  );
}

function Box({ box, canAnswer }: { box: Mailbox; canAnswer: boolean }) {
  return (
    <>
      <div role="status">{box.isRemoved && <p class="notice">{say('mailbox_removed')}</p>}</div>
      {box.shown && !canAnswer && <p class="notice warn">{say('mailbox_no_answers')}</p>}
      <Standing box={box} />
      {box.isOpen ? (
        <Form box={box} />
      ) : (
        <div class="form-foot">
          <button type="button" class="primary" onClick={() => box.open()}>
            {say('mailbox_begin')}
          </button>
          <Outcome saving={box.saving} />
        </div>
      )}
      {box.shown && <Hook box={box} />}
      <LeftOut box={box} />
      {box.shown && <Removal box={box} />}
    </>
  );
}

// ── how it stands ────────────────────────────────────────────────────────────────

function when(at: string): string {
  return `${words.date(at)}, ${words.time(at)}`;
}

/** A failure is said aloud when it comes; that all is well is not, at every look. */
function Standing({ box }: { box: Mailbox }) {
  const { shown } = box;
  if (!shown) return <p class="hint">{say('mailbox_empty')}</p>;
  const { failed_at, failure, read_at, tested_at, server } = shown;
  const isUntested = !!server && !tested_at;
  return (
    <>
      <div role="status">
        {failed_at && !isUntested && (
          <div class="notice bad column">
            <strong>{say('mailbox_failed', { when: when(failed_at) })}</strong>
            <span class="quiet-inside" dir="auto">
              {say('mail_said', { said: failure ?? '' })}
            </span>
          </div>
        )}
        {isUntested && <p class="notice warn">{say('mailbox_untested')}</p>}
        {!server && !shown.has_hook && <p class="notice warn">{say('mailbox_needs_hook')}</p>}
      </div>
      {tested_at && !failed_at && <p class="notice good">✓ {read_at ? say('mailbox_works', { when: when(read_at) }) : say('mailbox_begins')}</p>}
      {!server && shown.has_hook && <p class="notice good">✓ {say('mailbox_handed_in')}</p>}
    </>
  );
}

// ── the mailbox ──────────────────────────────────────────────────────────────────

function Form({ box }: { box: Mailbox }) {
  const { draft, isBusy } = box;
  const isFetched = draft.comes_by === 'imap';
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    // Who has just asked for the form begins to type.
    if (!box.shown) form.current?.querySelector<HTMLElement>('#mailbox-address')?.focus();
  }, []);
  const save = async () => {
    await box.save();
    if (!Object.keys(box.wrong).length) return;
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"], .wrong input:checked')?.focus());
  };
  return (
    <form
      class="form"
      ref={form}
      noValidate
      aria-labelledby="mail-in-title"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Line box={box} name="address" type="email" label={say('mailbox_address')} placeholder="help@shop.example" />
      <fieldset class="choices">
        <legend>{say('mailbox_comes_by')}</legend>
        <Choice box={box} name="comes_by" value="imap" label={say('mailbox_by_imap')} />
        <Choice box={box} name="comes_by" value="hook" label={say('mailbox_by_hook')} />
        {!isFetched && box.shown?.server && (
          <p class="quiet" role="status">
            {say('mailbox_drops_server')}
          </p>
        )}
      </fieldset>
      {isFetched && <Server box={box} />}
      <Replies box={box} />
      <div class="form-foot">
        <button type="submit" class="primary" disabled={isBusy}>
          {say(isBusy ? 'one_moment' : isFetched ? 'mailbox_save_and_test' : 'save')}
        </button>
        {/* A test tries what is kept. */}
        {box.shown?.server && !box.isChanged && (
          <button type="button" disabled={isBusy} onClick={() => void box.test()}>
            {say('mailbox_test')}
          </button>
        )}
        <Outcome saving={box.saving} />
      </div>
      <TrialShown box={box} />
    </form>
  );
}

function Server({ box }: { box: Mailbox }) {
  const { draft, wrong } = box;
  return (
    <>
      <fieldset class={`choices ${wrong.security ? 'wrong' : ''}`} aria-describedby={wrong.security && 'mailbox-security-fault'}>
        <legend>{say('mail_security')}</legend>
        {SECURITIES.map((security) => (
          <label key={security}>
            <input type="radio" name="mailbox-security" checked={draft.security === security} onChange={() => box.secure(security)} />
            {say(`mailbox_security_${security}`)}
          </label>
        ))}
        {wrong.security && (
          <p class="fault" id="mailbox-security-fault">
            {say(wrong.security)}
          </p>
        )}
      </fieldset>
      <div class="two-fields">
        <Line box={box} name="host" label={say('mailbox_host')} placeholder="imap.shop.example" />
        <Line box={box} name="port" label={say('mail_port')} inputMode="numeric" />
      </div>
      <Line box={box} name="user" label={say('mail_user')} hint={say('mailbox_user_words')} />
      <Line
        box={box}
        name="password"
        type="password"
        autocomplete="new-password"
        label={say('password')}
        hint={say(box.keepsPassword ? 'mail_password_kept' : 'mailbox_password_words')}
        placeholder={box.keepsPassword ? '••••••••' : ''}
      />
      <Line box={box} name="folder" label={say('mailbox_folder')} hint={say('mailbox_folder_words')} placeholder="INBOX" />
    </>
  );
}

/** How an answer finds its conversation. */
function Replies({ box }: { box: Mailbox }) {
  const { draft } = box;
  const pattern = plusPattern(draft.address) || 'help+*@shop.example';
  return (
    <>
      <fieldset class="choices">
        <legend>{say('mailbox_replies')}</legend>
        <p class="quiet">{say('mailbox_replies_words')}</p>
        <Choice box={box} name="replies_by" value="plus" label={say('mailbox_replies_plus', { pattern })} />
        <Choice box={box} name="replies_by" value="pattern" label={say('mailbox_replies_pattern')} />
        {draft.replies_by === 'plus' && <p class="quiet">{say('mailbox_replies_plus_words', { example: pattern.replace('*', 'test') })}</p>}
      </fieldset>
      {draft.replies_by === 'pattern' && (
        <Line box={box} name="pattern" label={say('mailbox_pattern')} hint={say('mailbox_pattern_words')} placeholder="*@replies.shop.example" />
      )}
    </>
  );
}

type Text = Exclude<keyof MailboxDraft, 'comes_by' | 'replies_by' | 'security'>;
type LineProps = { box: Mailbox; name: Text; label: string; hint?: string } & Pick<JSX.InputHTMLAttributes<HTMLInputElement>, 'type' | 'placeholder' | 'inputMode' | 'autocomplete'>;

/** A field of the draft, with what is wrong with it beside it. */
function Line({ box, name, label, hint, autocomplete = 'off', ...input }: LineProps) {
  const id = `mailbox-${name}`;
  const fault = box.wrong[name];
  const described = [hint && `${id}-hint`, fault && `${id}-fault`].filter(Boolean).join(' ');
  return (
    <Field id={id} label={label} {...(hint && { hint })} {...(fault && { fault: say(fault) })}>
      <input
        {...input}
        id={id}
        dir="ltr"
        autocomplete={autocomplete}
        aria-describedby={described || undefined}
        aria-invalid={fault ? true : undefined}
        value={box.draft[name]}
        onInput={(event) => box.write({ [name]: event.currentTarget.value })}
      />
    </Field>
  );
}

function Choice({ box, name, value, label }: { box: Mailbox; name: 'comes_by' | 'replies_by'; value: string; label: string }) {
  return (
    <label>
      <input type="radio" name={`mailbox-${name}`} checked={box.draft[name] === value} onChange={() => box.write({ [name]: value })} />
      <span dir="auto">{label}</span>
    </label>
  );
}

function TrialShown({ box }: { box: Mailbox }) {
  const { trial } = box;
  const fault = trial.kind === 'done' ? trial.fault : null;
  return (
    <div role="status">
      {trial.kind === 'running' && <p class="quiet">{say('mailbox_testing')}</p>}
      {trial.kind === 'done' && !fault && <p class="notice good">✓ {say('mailbox_tested')}</p>}
      {fault && (
        <div class="notice bad column">
          <strong>{say(FAULTS[fault.code] ?? 'mail_fault_hung_up')}</strong>
          <span class="quiet-inside" dir="auto">
            {say('mail_said', { said: fault.said })}
          </span>
        </div>
      )}
    </div>
  );
}

// ── the hook ─────────────────────────────────────────────────────────────────────

function Hook({ box }: { box: Mailbox }) {
  const has = !!box.shown?.has_hook;
  return (
    <section class="block" aria-labelledby="mailbox-hook-title">
      <h3 id="mailbox-hook-title">{say('mailbox_hook')}</h3>
      <p class="quiet">{say('mailbox_hook_words', { scope: say('scope_conversations_write') })}</p>
      <div role="group" aria-label={say('mailbox_hook_address')}>
        <Copied text={`${location.origin}/api/v1/inboxes/${box.inbox_id}/mail`} />
      </div>
      <p class="quiet">{say(has ? 'mailbox_hook_there' : 'mailbox_hook_none')}</p>
      {box.asked === 'secret' ? (
        <Sure words={say('mailbox_hook_renew_sure')} deed={say('mailbox_hook_renew')} isBusy={box.isBusy} act={() => void box.makeSecret()} leave={() => box.ask(null)} />
      ) : (
        <div class="form-foot">
          <button type="button" onClick={() => (has ? box.ask('secret') : void box.makeSecret())}>
            {say(has ? 'mailbox_hook_renew' : 'mailbox_hook_make')}
          </button>
          <a href="#/settings/access">{say('mailbox_hook_token')}</a>
        </div>
      )}
      <p role="alert" class="fault">
        {box.hookNotice && (box.hookNotice.text ?? say(box.hookNotice.key, box.hookNotice.values))}
      </p>
      <div role="status">
        {box.secret && (
          <div class="notice good column">
            <p>{say('mailbox_hook_made')}</p>
            <Copied text={box.secret} />
          </div>
        )}
      </div>
    </section>
  );
}

// ── what was left out, and the end ───────────────────────────────────────────────

function LeftOut({ box }: { box: Mailbox }) {
  const { left_out } = box;
  if (!left_out.length && !box.shown) return null;
  return (
    <section class="block" aria-labelledby="mailbox-left-out-title">
      <h3 id="mailbox-left-out-title">{say('mailbox_left_out')}</h3>
      <p class="quiet">{say(left_out.length ? 'mailbox_left_out_words' : 'mailbox_left_out_none')}</p>
      {left_out.length > 0 && (
        <div class="scrolls" tabIndex={0} role="group" aria-labelledby="mailbox-left-out-title">
          <table class="wide">
            <thead>
              <tr>
                <th scope="col">{say('audit_when')}</th>
                <th scope="col">{say('mail_from')}</th>
                <th scope="col">{say('mailbox_left_out_why')}</th>
              </tr>
            </thead>
            <tbody>
              {left_out.map((mail, index) => (
                <tr key={index}>
                  <td class="number">{when(mail.at)}</td>
                  <th scope="row" dir="auto">
                    {mail.sender || '–'}
                  </th>
                  <td class="quiet">
                    {say(`mailbox_outcome_${mail.outcome}`)}: {words.has(`mailbox_why_${mail.why}`) ? say(`mailbox_why_${mail.why}`) : mail.why}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Removal({ box }: { box: Mailbox }) {
  const remove = async () => {
    await box.remove();
    // The button is gone: who used the keyboard goes on from the title.
    if (box.isRemoved) document.getElementById('mail-in-title')?.focus();
  };
  if (box.asked === 'remove') {
    return <Sure words={say('mailbox_remove_sure')} deed={say('mailbox_remove')} isBusy={box.isBusy} act={() => void remove()} leave={() => box.ask(null)} />;
  }
  return (
    <div class="row">
      <button type="button" disabled={box.isBusy} onClick={() => box.ask('remove')}>
        {say('mailbox_remove')}
      </button>
    </div>
  );
}
