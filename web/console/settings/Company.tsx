// How the company and its assistant look to customers, with a picture of it that follows
// every letter.

import { useLayoutEffect, useRef } from 'preact/hooks';
import { Company, lookOf } from '../models/company';
import type { Desk } from '../models/desk';
import { say, words } from '../words';
import { Field, Foot, useModel, Waiting } from './bits';

export function CompanyPage({ desk }: { desk: Desk }) {
  const company = useModel(() => new Company(desk, words.language));
  const { draft } = company;
  if (!draft) return <Waiting desk={desk} isUnreachable={company.isUnreachable} again={() => void company.load()} />;
  return (
    <div class="form-beside">
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          void company.save();
        }}
      >
        <Field id="company-name" label={say('company')}>
          <input id="company-name" required maxLength={120} dir="auto" value={draft.name} onInput={(event) => company.write({ name: event.currentTarget.value })} />
        </Field>
        <Colour company={company} />
        <Field id="assistant-name" label={say('company_assistant')} hint={say('company_assistant_words')}>
          <input
            id="assistant-name"
            maxLength={40}
            dir="auto"
            aria-describedby="assistant-name-hint"
            value={draft.assistant_name}
            onInput={(event) => company.write({ assistant_name: event.currentTarget.value })}
          />
        </Field>
        <Field id="greeting" label={say('company_greeting')} hint={say('company_greeting_words')}>
          <textarea
            id="greeting"
            rows={3}
            maxLength={300}
            dir="auto"
            aria-describedby="greeting-hint"
            value={draft.greeting}
            onInput={(event) => company.write({ greeting: event.currentTarget.value })}
          />
        </Field>
        <Foot saving={company.saving} />
      </form>
      <Preview company={company} />
    </div>
  );
}

function Colour({ company }: { company: Company }) {
  const colour = company.draft?.brand_color ?? '';
  const look = lookOf(colour);
  return (
    <Field id="colour" label={say('company_colour')}>
      <div class="colour-line">
        <input type="color" aria-label={say('company_colour_pick')} value={look ? colour.toLowerCase() : '#000000'} onInput={(event) => company.write({ brand_color: event.currentTarget.value })} />
        <input
          id="colour"
          dir="ltr"
          pattern="#[0-9a-fA-F]{6}"
          title="#2456d6"
          required
          aria-describedby="colour-look"
          value={colour}
          onInput={(event) => company.write({ brand_color: event.currentTarget.value })}
        />
      </div>
      <div id="colour-look" role="status" class="quiet">
        {!look && say('company_colour_unread')}
        {look && (
          <>
            <p>{say(`company_ink_${look.ink}`, { ratio: words.number(look.text, 1) })}</p>
            <p class={look.onWhite < 3 ? 'warn-words' : ''}>
              {look.onWhite < 3 ? '⚠ ' : ''}
              {say(look.onWhite < 3 ? 'company_pale' : 'company_stands_out', { ratio: words.number(look.onWhite, 1) })}
            </p>
          </>
        )}
      </div>
    </Field>
  );
}

/** The chat as a visitor meets it; a picture, not the chat itself. */
function Preview({ company }: { company: Company }) {
  const frame = useRef<HTMLDivElement>(null);
  const colour = company.draft?.brand_color ?? '';
  useLayoutEffect(() => {
    const look = lookOf(colour);
    if (!look || !frame.current) return;
    frame.current.style.setProperty('--brand', colour.trim());
    frame.current.style.setProperty('--on-brand', look.ink);
  }, [colour]);
  return (
    <figure class="chat-preview" ref={frame}>
      <figcaption class="quiet">{say('company_preview')}</figcaption>
      <div class="chat-picture" role="img" aria-label={say('company_preview_alt', { line: company.firstLine })}>
        <div class="chat-head" dir="auto">
          {company.draft?.name}
        </div>
        <div class="chat-body">
          <span class="quiet">{say('role_assistant')}</span>
          <p class="chat-bubble" dir="auto">
            {company.firstLine}
          </p>
          <span class="chat-person">{say('company_preview_person')}</span>
        </div>
        <span class="chat-button" />
      </div>
    </figure>
  );
}
