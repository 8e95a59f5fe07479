// The knowledge base: what is in it, importing Markdown files, and the lines that put
// the chat on a site.

import { useState } from 'preact/hooks';
import type { Desk } from './models/desk';
import type { Import, Knowledge } from './models/knowledge';
import { Snippets } from './settings/Snippet';
import { say, words } from './words';

export function KnowledgePage({ desk }: { desk: Desk }) {
  const { knowledge } = desk;
  return (
    <div class="page">
      <div class="page-head">
        <h1>{say('page_knowledge')}</h1>
      </div>
      {desk.session?.workspace.lexical_mode && <p class="notice">{say('lexical_mode')}</p>}
      <Drop knowledge={knowledge} />
      <ImportShown state={knowledge.import} />
      <Snippet keys={desk.session?.workspace.site_keys ?? []} />
      <Articles knowledge={knowledge} />
    </div>
  );
}

function Drop({ knowledge }: { knowledge: Knowledge }) {
  const [isOver, setOver] = useState(false);
  return (
    <label
      class={`drop ${isOver ? 'over' : ''}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        void knowledge.take([...(event.dataTransfer?.files ?? [])]);
      }}
    >
      <strong>{say('knowledge_import')}</strong>
      <span class="quiet">{say('knowledge_import_words')}</span>
      <input
        type="file"
        accept=".md,.markdown,text/markdown"
        multiple
        onChange={(event) => {
          const input = event.currentTarget;
          void knowledge.take([...(input.files ?? [])]).then(() => {
            // The same file, corrected, may be chosen again.
            input.value = '';
          });
        }}
      />
    </label>
  );
}

function ImportShown({ state }: { state: Import }) {
  return (
    <div role="status">
      {state.kind === 'running' && (
        <p class="progress-line">
          <progress max={state.all} value={state.done} aria-label={say('knowledge_import')} />{' '}
          {say('knowledge_progress', { done: state.done, all: state.all })}
        </p>
      )}
      {state.kind === 'done' && <Outcome state={state} />}
    </div>
  );
}

function Outcome({ state }: { state: Extract<Import, { kind: 'done' }> }) {
  const { result, refused, fault } = state;
  const bad = [
    ...refused.map((name) => ({ name, fault: say('knowledge_not_markdown') })),
    ...result.faults,
  ];
  return (
    <>
      {fault && <p class="notice bad">{fault === 'unreachable' ? say('knowledge_stopped') : fault}</p>}
      <p class="notice good">
        {say('knowledge_done', { added: result.added, updated: result.updated, unchanged: result.unchanged })}
      </p>
      {bad.length > 0 && (
        <div class="notice warn column">
          <strong>{say('knowledge_left_out', { n: bad.length })}</strong>
          <ul>
            {bad.map((one) => (
              <li key={one.name}>
                <code>{one.name}</code> {one.fault}
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}

function Articles({ knowledge }: { knowledge: Knowledge }) {
  const { articles, shown } = knowledge;
  if (knowledge.unreachable && !articles) {
    return (
      <p class="fault" role="alert">
        {say('unreachable')}{' '}
        <button type="button" class="link" onClick={() => void knowledge.load()}>
          {say('try_again')}
        </button>
      </p>
    );
  }
  if (!articles) return <p class="quiet">{say('loading')}</p>;
  if (!articles.length) return <p class="hint">{say('knowledge_empty')}</p>;
  return (
    <section class="block">
      <div class="page-head">
        <h2>{say('knowledge_articles', { n: words.number(articles.length) })}</h2>
        <label class="hidden" for="article-search">
          {say('knowledge_search')}
        </label>
        <input
          id="article-search"
          type="search"
          placeholder={say('knowledge_search')}
          value={knowledge.wanted}
          onInput={(event) => knowledge.filter(event.currentTarget.value)}
        />
      </div>
      {shown.length ? (
        <table class="wide">
          <thead>
            <tr>
              <th scope="col">{say('knowledge_title')}</th>
              <th scope="col">{say('knowledge_file')}</th>
              <th scope="col">{say('knowledge_changed')}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((article) => (
              <tr key={article.id}>
                <th scope="row" dir="auto">
                  {article.title}
                </th>
                <td class="quiet">{article.source}</td>
                <td class="number">{words.date(article.updated_at)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : (
        <p class="quiet" role="status">
          {say('nothing_found')}
        </p>
      )}
    </section>
  );
}

/** What goes into a page of the company's site. */
function Snippet({ keys }: { keys: string[] }) {
  if (!keys.length) return null;
  return (
    <section class="block">
      <h2>{say('snippet_title')}</h2>
      <p class="quiet">{say('snippet_words')}</p>
      <Snippets keys={keys} />
    </section>
  );
}
