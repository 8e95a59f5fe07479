// The way in: an account, or the one-time link of the first start.

import type { Desk, Page } from './models/desk';
import { say } from './words';

interface SignInProps {
  desk: Desk;
  page: Extract<Page, { kind: 'sign_in' }>;
}

export function SignIn({ desk, page }: SignInProps) {
  return (
    <main class="centre">
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault();
          const given = new FormData(event.currentTarget);
          void desk.signIn(String(given.get('email')), String(given.get('password')));
        }}
      >
        <h1>{say('sign_in_title')}</h1>
        <Field name="email" type="email" label={say('email')} autocomplete="username" />
        <Field name="password" type="password" label={say('password')} autocomplete="current-password" />
        <Fault fault={page.fault} />
        <button type="submit" class="primary" aria-busy={page.busy}>
          {say('sign_in')}
        </button>
      </form>
    </main>
  );
}

interface SetUpProps {
  desk: Desk;
  page: Extract<Page, { kind: 'set_up' }>;
}

export function SetUp({ desk, page }: SetUpProps) {
  return (
    <main class="centre">
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault();
          const given = new FormData(event.currentTarget);
          const text = (name: string) => String(given.get(name) ?? '');
          void desk.setUp({ company: text('company'), name: text('name'), email: text('email'), password: text('password') });
        }}
      >
        <h1>{say('set_up_title')}</h1>
        <p class="quiet">{say('set_up_words')}</p>
        <Field name="company" label={say('company')} autocomplete="organization" value={page.company} />
        <Field name="name" label={say('your_name')} autocomplete="name" />
        <Field name="email" type="email" label={say('email')} autocomplete="username" />
        <Field
          name="password"
          type="password"
          label={say('password_rules', { n: page.shortest })}
          autocomplete="new-password"
          minLength={page.shortest}
        />
        <Fault fault={page.fault} />
        <button type="submit" class="primary" aria-busy={page.busy}>
          {say('set_up')}
        </button>
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
}

function Field({ name, label, type = 'text', autocomplete, value, minLength }: FieldProps) {
  return (
    <>
      <label for={name}>{label}</label>
      <input id={name} name={name} type={type} autocomplete={autocomplete} defaultValue={value} minLength={minLength} required />
    </>
  );
}

function Fault({ fault }: { fault: string | null }) {
  return fault ? (
    <p class="fault" role="alert">
      {say(fault)}
    </p>
  ) : null;
}
