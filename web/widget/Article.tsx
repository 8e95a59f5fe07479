// A cited article, read inside the widget. Markdown becomes elements, never HTML.

import type { ComponentChildren } from 'preact';
import type { OpenArticle, Session } from './models/session';

export function Article({ session, article }: { session: Session; article: OpenArticle }) {
  const { say } = session.words;
  return (
    <article class="log article" tabIndex={0} aria-label={article.title}>
      <button type="button" class="link" ref={focusOnce} onClick={() => session.closeArticle()}>
        <span aria-hidden="true">‹ </span>
        {say('article_close')}
      </button>
      <h2>{article.title}</h2>
      {article.content.kind === 'loading' && <p class="quiet">{say('loading')}</p>}
      {article.content.kind === 'failed' && <p role="alert">{say('failed')}</p>}
      {article.content.kind === 'ready' && <Markdown text={article.content.text} title={article.title} />}
    </article>
  );
}

/** Who opens an article with the keyboard goes on in it. */
function focusOnce(button: HTMLButtonElement | null): void {
  button?.focus();
}

/** Headings, lists, paragraphs, bold and links: what help articles are made of. */
export function Markdown({ text, title }: { text: string; title: string }) {
  const blocks: ComponentChildren[] = [];
  let items: string[] = [];
  let ordered = false;
  let words: string[] = [];
  const endBlock = (): void => {
    if (items.length) {
      const list = items.map((item, n) => <li key={n}>{inline(item)}</li>);
      blocks.push(ordered ? <ol>{list}</ol> : <ul>{list}</ul>);
      items = [];
    }
    if (words.length) blocks.push(<p>{inline(words.join(' '))}</p>);
    words = [];
  };
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    const heading = /^(#{1,4})\s+(.*)$/.exec(line);
    const item = /^(?:[-*]|(\d+)[.)])\s+(.*)$/.exec(line);
    if (heading) {
      endBlock();
      const isTitle = heading[1] === '#' && heading[2] === title;
      if (!isTitle) blocks.push(<h3>{inline(heading[2] ?? '')}</h3>);
    } else if (item) {
      if (!items.length) endBlock();
      ordered = item[1] !== undefined;
      items.push(item[2] ?? '');
    } else if (!line) {
      endBlock();
    } else if (items.length) {
      items[items.length - 1] += ` ${line}`;
    } else {
      words.push(line);
    }
  }
  endBlock();
  return <>{blocks}</>;
}

const INLINE = /\*\*([^*]+)\*\*|`([^`]+)`|\[([^\]]+)\]\(([^)\s]+)\)/g;

function inline(text: string): ComponentChildren[] {
  const parts: ComponentChildren[] = [];
  let from = 0;
  for (const found of text.matchAll(INLINE)) {
    parts.push(text.slice(from, found.index));
    const [whole, bold, code, label, target] = found;
    if (bold) parts.push(<strong>{bold}</strong>);
    else if (code) parts.push(<code>{code}</code>);
    else if (target && /^(https?:\/\/|mailto:)/i.test(target)) {
      parts.push(
        <a href={target} target="_blank" rel="noopener noreferrer">
          {label}
        </a>,
      );
    } else parts.push(label);
    from = found.index + whole.length;
  }
  parts.push(text.slice(from));
  return parts;
}
