// Contacts, found by name, address or the site's own id of them. What is looked for stands in
// the address.

import { useEffect, useState } from 'preact/hooks';
import type { ContactFound } from '../api';
import { Empty, PagesEnd } from '../bits';
import { Contacts, queryOf, wordsOf } from '../models/contacts';
import type { Desk } from '../models/desk';
import { say, words } from '../words';
import { ContactPage } from './Contact';

export function ContactsArea({ desk, id, query }: { desk: Desk; id: string; query: string }) {
  // Kept behind a contact: the list is the same on the way back.
  const [contacts] = useState(() => new Contacts(desk.api, desk.world, () => desk.changed()));
  if (id) return <ContactPage key={id} desk={desk} id={id} back={contacts.q} onErased={() => void contacts.load()} />;
  return <Find desk={desk} contacts={contacts} query={query} />;
}

function Find({ desk, contacts, query }: { desk: Desk; contacts: Contacts; query: string }) {
  const { items: found, state } = contacts;
  const q = wordsOf(query);
  useEffect(() => contacts.look(q), [q]);
  return (
    <div class="page">
      <div class="page-head">
        <h1>{say('page_contacts')}</h1>
      </div>
      <form
        class="search-form"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          void contacts.load();
        }}
      >
        <label class="hidden" for="find-contact">
          {say('contacts_find')}
        </label>
        <input
          id="find-contact"
          type="search"
          maxLength={200}
          dir="auto"
          placeholder={say('contacts_find')}
          aria-describedby="find-contact-hint"
          value={q}
          onInput={(event) => desk.go({ kind: 'contacts', id: '', query: queryOf(event.currentTarget.value) }, true)}
        />
      </form>
      <p id="find-contact-hint" class="quiet">
        {say('contacts_hint')}
      </p>
      {found?.length === 0 && state === 'idle' && (
        <Empty title={say(contacts.q ? 'nothing_found' : 'contacts_none')}>
          <p>{say('contacts_none_words')}</p>
        </Empty>
      )}
      {!!found?.length && (
        <ul class="contacts" aria-busy={state === 'loading'}>
          {found.map((contact) => (
            <Contact key={contact.id} contact={contact} />
          ))}
        </ul>
      )}
      <PagesEnd pages={contacts} count={(n) => say('contacts_count', { n: words.number(n) })} />
    </div>
  );
}

function Contact({ contact }: { contact: ContactFound }) {
  const { id, name, email, external_id } = contact;
  const others = [name ? email : null, external_id].filter(Boolean);
  return (
    <li>
      <a href={`#/contacts/${id}`}>
        <strong dir="auto">{name ?? email ?? external_id}</strong>
        {contact.vip && <span class="tag vip">{say('vip')}</span>}
        {contact.plan && <span class="tag">{contact.plan}</span>}
        {others.map((one) => (
          <span key={one} class="quiet" dir="auto">
            {one}
          </span>
        ))}
        <span class="quiet since">{say('contact_since', { date: words.date(contact.created_at) })}</span>
      </a>
    </li>
  );
}
