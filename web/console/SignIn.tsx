// The way in: an account, or the one-time link of the first start.

import { useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import type { Desk } from './models/desk';
import type { Way } from './models/entrance';
import type { Notice } from './models/notice';
import { say, words } from './words';

interface SignInProps {
  desk: Desk;
  way: Extract<Way, { kind: 'sign_in' }>;
}

export function SignIn({ desk, way }: SignInProps) {
  return (
    <Door
      title={say('sign_in_title')}
      onSubmit={(given) => void desk.entrance.signIn(given('email'), given('password'))}
    >
      {way.why !== 'plain' && (
        <p class="hint" role="status">
          {say(way.why === 'ended' ? 'sign_in_ended' : 'sign_in_link_void')}
        </p>
      )}
      <Field name="email" type="email" label={say('email')} autocomplete="username" first />
      <Password label={say('password')} autocomplete="current-password" />
      <Fault fault={way.fault} />
      <button type="submit" class="primary" disabled={way.busy}>
        {say(way.busy ? 'one_moment' : 'sign_in')}
      </button>
      <button type="button" class="link" onClick={() => desk.entrance.turn('forgot')}>
        {say('forgot')}
      </button>
    </Door>
  );
}

interface ForgotProps {
  desk: Desk;
  way: Extract<Way, { kind: 'forgot' }>;
}

/** The same is said whoever's address it is. */
export function Forgot({ desk, way }: ForgotProps) {
  return (
    <Door title={say('forgot_title')} onSubmit={(given) => void desk.entrance.askReset(given('email'), words.language)}>
      <div role="status">
        {way.sent !== 'no' && <p class="hint">{say(way.sent === 'mailed' ? 'forgot_sent' : 'forgot_no_mail')}</p>}
      </div>
      {way.sent === 'no' && (
        <>
          <Field name="email" type="email" label={say('email')} autocomplete="username" first />
          <Fault fault={way.fault} />
          <button type="submit" class="primary" disabled={way.busy}>
            {say(way.busy ? 'one_moment' : 'forgot_send')}
          </button>
        </>
      )}
      <button type="button" class="link" onClick={() => desk.entrance.turn('sign_in')}>
        {say('back_to_sign_in')}
      </button>
    </Door>
  );
}

interface ByLinkProps {
  desk: Desk;
  way: Extract<Way, { kind: 'join' | 'renew' }>;
}

/** A one-time link: somebody joins, or chooses a new password. */
export function ByLink({ desk, way }: ByLinkProps) {
  const joins = way.kind === 'join';
  return (
    <Door
      title={joins ? say('join_title', { company: way.company }) : say('renew_title')}
      onSubmit={(given) => void (joins ? desk.entrance.join(given('name'), given('password')) : desk.entrance.renewPassword(given('password')))}
    >
      <p class="hint">{say('join_words', { email: way.email })}</p>
      {/* So that the browser keeps the new password under the right address. */}
      <input type="email" autocomplete="username" value={way.email} readOnly hidden />
      {joins && <Field name="name" label={say('your_name')} autocomplete="name" first />}
      <Password label={say('password_rules', { n: way.shortest })} autocomplete="new-password" minLength={way.shortest} />
      <Fault fault={way.fault} />
      <button type="submit" class="primary" disabled={way.busy}>
        {say(way.busy ? 'one_moment' : joins ? 'join' : 'renew')}
      </button>
    </Door>
  );
}

interface SetUpProps {
  desk: Desk;
  way: Extract<Way, { kind: 'set_up' }>;
}

export function SetUp({ desk, way }: SetUpProps) {
  return (
    <Door
      title={say('set_up_title')}
      onSubmit={(given) => {
        const fields = { company: given('company'), name: given('name'), email: given('email'), password: given('password') };
        void desk.setUp(fields);
      }}
    >
      <p class="hint">{say('set_up_words')}</p>
      <Field name="company" label={say('company')} autocomplete="organization" value={way.company} first />
      <Field name="name" label={say('your_name')} autocomplete="name" />
      <Field name="email" type="email" label={say('email')} autocomplete="username" />
      <Password label={say('password_rules', { n: way.shortest })} autocomplete="new-password" minLength={way.shortest} />
      <Fault fault={way.fault} />
      <button type="submit" class="primary" disabled={way.busy}>
        {say(way.busy ? 'one_moment' : 'set_up')}
      </button>
    </Door>
  );
}

export function Unreachable({ desk }: { desk: Desk }) {
  return (
    <main class="door">
      <div class="card">
        <h1>{say('unreachable_title')}</h1>
        <p role="status">{say('unreachable_words')}</p>
        <button type="button" onClick={() => void desk.entrance.start(null)}>
          {say('try_again')}
        </button>
      </div>
    </main>
  );
}

interface DoorProps {
  title: string;
  onSubmit(given: (name: string) => string): void;
  children: ComponentChildren;
}

function Door({ title, onSubmit, children }: DoorProps) {
  return (
    <main class="door">
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault();
          const fields = new FormData(event.currentTarget);
          onSubmit((name) => String(fields.get(name) ?? ''));
        }}
      >
        <p class="mark" aria-hidden="true">
          Segue
        </p>
        <h1>{title}</h1>
        {children}
      </form>
    </main>
  );
}

interface FieldProps {
  name: string;
  label: string;
  type?: string;
  autocomplete: string;
  value?: string;
  minLength?: number;
  first?: boolean;
  children?: ComponentChildren;
}

function Field({ name, label, type = 'text', autocomplete, value, minLength, first, children }: FieldProps) {
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <div class="field-line">
        <input
          id={name}
          name={name}
          type={type}
          autocomplete={autocomplete}
          defaultValue={value}
          minLength={minLength}
          ref={(input) => {
            if (first && input && document.activeElement === document.body) input.focus();
          }}
          required
        />
        {children}
      </div>
    </div>
  );
}

function Password({ label, autocomplete, minLength }: { label: string; autocomplete: string; minLength?: number }) {
  const [shown, setShown] = useState(false);
  return (
    <Field name="password" type={shown ? 'text' : 'password'} label={label} autocomplete={autocomplete} minLength={minLength}>
      <button type="button" aria-pressed={shown} onClick={() => setShown(!shown)}>
        {say('show_password')}
      </button>
    </Field>
  );
}

function Fault({ fault }: { fault: Notice | null }) {
  return fault ? (
    <p class="fault" role="alert">
      {fault.text ?? say(fault.key, fault.values)}
    </p>
  ) : null;
}
