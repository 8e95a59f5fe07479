// What goes into a page of the company's site, and whether it has been seen there.

import { useEffect, useState } from 'preact/hooks';
import type { FirstSteps } from '../api';
import type { Desk } from '../models/desk';
import { say, words } from '../words';
import { Field, Waiting } from './bits';
import { hostOf } from './Start';

/** How often one looks whether the chat has been seen, while it has not. */
const LOOK_MS = 3_000;
const LANGUAGES = ['en', 'es', 'fr', 'de', 'pt', 'zh', 'ja', 'ar'];

export function SnippetPage({ desk }: { desk: Desk }) {
  const { steps } = desk;
  const [language, setLanguage] = useState('');
  const isSeen = !!steps.shown?.sightings.length;
  useEffect(() => {
    void steps.load();
    if (isSeen) return;
    const look = setInterval(() => {
      if (desk.watching) void steps.load();
    }, LOOK_MS);
    return () => clearInterval(look);
  }, [isSeen]);
  if (!steps.shown) return <Waiting desk={desk} isUnreachable={steps.isUnreachable} again={() => void steps.load()} />;
  const { inboxes, sightings } = steps.shown;
  return (
    <>
      <section class="block">
        <p>{say('snippet_words')}</p>
        {inboxes.map((inbox) => (
          <div key={inbox.id} class="block">
            {inboxes.length > 1 && <h2 dir="auto">{inbox.name}</h2>}
            {inbox.is_closed ? <p class="notice warn">{say('snippet_closed')}</p> : <Copied text={scriptOf(inbox.site_key, language)} />}
          </div>
        ))}
        <Field id="snippet-language" label={say('snippet_language')}>
          <select id="snippet-language" value={language} onChange={(event) => setLanguage(event.currentTarget.value)}>
            <option value="">{say('snippet_language_visitor')}</option>
            {LANGUAGES.map((one) => (
              <option key={one} value={one}>
                {new Intl.DisplayNames(words.language, { type: 'language' }).of(one)}
              </option>
            ))}
          </select>
        </Field>
      </section>
      <section class="block" role="status">
        <h2>{say('snippet_seen_title')}</h2>
        {isSeen ? <Seen inboxes={inboxes} sightings={sightings} /> : <p class="notice waiting">{say('snippet_waiting')}</p>}
      </section>
      <section class="block">
        <h2>{say('snippet_policy_title')}</h2>
        <p class="quiet">{say('snippet_policy_words')}</p>
        <Copied text={`script-src ${location.origin}; frame-src ${location.origin}`} />
      </section>
    </>
  );
}

function scriptOf(site_key: string, language: string): string {
  const spoken = language && ` data-lang="${language}"`;
  return `<script src="${location.origin}/widget.js" data-inbox="${site_key}"${spoken} async></script>`;
}

function Seen({ inboxes, sightings }: Pick<FirstSteps, 'inboxes' | 'sightings'>) {
  return (
    <ul class="seen">
      {sightings.map((seen) => (
        <li key={seen.inbox_id + seen.origin} class="notice good">
          <strong>✓ {hostOf(seen.origin)}</strong>
          <span>
            {say('snippet_seen', { when: `${words.date(seen.first_at)}, ${words.time(seen.first_at)}` })}
            {inboxes.length > 1 && ` · ${inboxes.find((inbox) => inbox.id === seen.inbox_id)?.name ?? ''}`}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** A text to be taken along. */
export function Copied({ text }: { text: string }) {
  const [copied, setCopied] = useState<string | null>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(text);
    } catch {
      // No leave to use the clipboard: the text can still be marked by hand.
      setCopied(null);
    }
  };
  return (
    <div class="snippet">
      <code dir="ltr" tabIndex={0}>
        {text}
      </code>
      <button type="button" onClick={() => void copy()}>
        {say(copied === text ? 'copied' : 'copy')}
      </button>
    </div>
  );
}
