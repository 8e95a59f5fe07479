// What goes into a page of the company's site.

import { useState } from 'preact/hooks';
import type { Desk } from '../models/desk';
import { say } from '../words';

export function SnippetPage({ desk }: { desk: Desk }) {
  return (
    <section class="block">
      <p class="quiet">{say('snippet_words')}</p>
      <Snippets keys={desk.session?.workspace.site_keys ?? []} />
    </section>
  );
}

/** The line of each inbox, with a button that copies it. */
export function Snippets({ keys }: { keys: string[] }) {
  return (
    <>
      {keys.map((key) => (
        <Copied key={key} text={`<script src="${location.origin}/widget.js" data-inbox="${key}" async></script>`} />
      ))}
    </>
  );
}

/** A text to be taken along. */
export function Copied({ text }: { text: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      // No leave to use the clipboard: the text can still be marked by hand.
      setCopied(false);
    }
  };
  return (
    <div class="snippet">
      <code dir="ltr" tabIndex={0}>
        {text}
      </code>
      <button type="button" onClick={() => void copy()}>
        {say(isCopied ? 'copied' : 'copy')}
      </button>
    </div>
  );
}
