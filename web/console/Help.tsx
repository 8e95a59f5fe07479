// Beside the composer: articles that fit this conversation, with those that were tried
// already marked, so that nothing that failed is suggested again (P26, P40).

import { useEffect, useRef } from 'preact/hooks';
import type { HelpfulArticle } from './api';
import type { TalkProps } from './Conversation';
import { linkOf, quoteOf } from './models/help';
import { say, words } from './words';

export function HelpPanel({ desk, talk }: TalkProps) {
  const { help } = desk;
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  return (
    <section
      class="help-panel"
      aria-labelledby="help-title"
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.stopPropagation();
        help.close();
        desk.wishFor('composer');
      }}
    >
      <div class="help-head">
        <h2 id="help-title">{say('help_title')}</h2>
        <label class="hidden" for="help-search">
          {say('help_search')}
        </label>
        <input
          id="help-search"
          type="search"
          ref={field}
          maxLength={500}
          placeholder={say('help_search')}
          value={help.wanted}
          onInput={(event) => help.look(event.currentTarget.value)}
        />
        <button type="button" onClick={() => help.close()}>
          {say('close')}
        </button>
      </div>
      <div role="status">
        {help.isUnreachable && <p class="fault">{say('unreachable')}</p>}
        {!help.isUnreachable && !help.articles && <p class="quiet">{say('loading')}</p>}
        {help.articles?.length === 0 && <p class="quiet">{say('help_nothing')}</p>}
      </div>
      <ul class="help-list">
        {help.articles?.map((article) => (
          <Article key={article.id} desk={desk} talk={talk} article={article} />
        ))}
      </ul>
    </section>
  );
}

function Article({ desk, talk, article }: TalkProps & { article: HelpfulArticle }) {
  const { title, passage, address, tried } = article;
  const isMine = desk.isMine(talk);
  return (
    <li class={tried ? 'tried' : ''}>
      <p class="help-article">
        <strong dir="auto">{title}</strong>{' '}
        {tried && (
          <span class={`tag ${tried.outcome === 'helped' ? 'good' : 'warn'}`}>
            {say(`tried_${tried.outcome}`, { time: words.time(tried.at) })}
          </span>
        )}
      </p>
      <p class="help-passage quiet" dir="auto">
        {passage}
      </p>
      {isMine && (
        <div class="row">
          <button type="button" aria-label={say('help_quote_of', { title })} onClick={() => desk.insert(talk, quoteOf(article))}>
            {say('help_quote')}
          </button>
          {address && (
            <button type="button" aria-label={say('help_link_of', { title })} onClick={() => desk.insert(talk, linkOf(article))}>
              {say('help_link')}
            </button>
          )}
        </div>
      )}
    </li>
  );
}
