// The knowledge base: importing what there is (files, pages by their address), and its
// articles, each to be read, changed, deleted and brought back.

import { useState } from 'preact/hooks';
import type { ArticleWhole, Imported } from '../api';
import type { Desk } from '../models/desk';
import { ENDINGS, type Import, Knowledge } from '../models/knowledge';
import { say, words } from '../words';
import { Field, Outcome, useModel, Waiting } from './bits';

export function ArticlesPage({ desk }: { desk: Desk }) {
  const knowledge = useModel(() => new Knowledge(desk));
  if (knowledge.open) return <Article knowledge={knowledge} article={knowledge.open} />;
  return (
    <>
      {desk.session?.workspace.lexical_mode && <p class="notice">{say('lexical_mode')}</p>}
      <Drop knowledge={knowledge} />
      <Addresses knowledge={knowledge} />
      <ImportShown state={knowledge.import} />
      <Deleted knowledge={knowledge} />
      <Articles desk={desk} knowledge={knowledge} />
    </>
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
      <span class="quiet">{say('knowledge_csv')}</span>
      <input
        type="file"
        accept={ENDINGS.join(',')}
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

function Addresses({ knowledge }: { knowledge: Knowledge }) {
  const [text, setText] = useState('');
  return (
    <form
      class="form wide"
      onSubmit={(event) => {
        event.preventDefault();
        void knowledge.takeAddresses(text);
      }}
    >
      <Field id="addresses" label={say('knowledge_addresses')} hint={say('knowledge_addresses_words')}>
        <textarea
          id="addresses"
          rows={3}
          dir="ltr"
          spellcheck={false}
          aria-describedby="addresses-hint"
          placeholder="https://www.example.com/help/returns"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </Field>
      <div class="form-foot">
        <button type="submit" disabled={!text.trim() || knowledge.import.kind === 'running'}>
          {say('knowledge_read_pages')}
        </button>
      </div>
    </form>
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
      {state.kind === 'done' && <ImportDone state={state} />}
    </div>
  );
}

function ImportDone({ state }: { state: Extract<Import, { kind: 'done' }> }) {
  const { result, refused, fault } = state;
  const bad = [...refused.map((name) => ({ name, fault: say('import_fault_unknown_kind') })), ...result.faults.map((one) => ({ name: one.name, fault: faultWords(one) }))];
  return (
    <>
      {fault && <p class="notice bad">{fault === 'unreachable' ? say('knowledge_stopped') : fault}</p>}
      <p class="notice good">{say('knowledge_done', { added: result.added, updated: result.updated, unchanged: result.unchanged })}</p>
      {bad.length > 0 && (
        <div class="notice warn column">
          <strong>{say('knowledge_left_out', { n: bad.length })}</strong>
          <ul>
            {bad.map((one, index) => (
              <li key={index}>
                <code>{one.name}</code> {one.fault}
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}

/** In the admin's language where there are words, else as the server says it. */
function faultWords({ code, fault, line, detail }: Imported['faults'][number]): string {
  const key = `import_fault_${code}`;
  return words.has(key) ? say(key, { line: line ?? '', detail: detail ?? '' }) : fault;
}

function Deleted({ knowledge }: { knowledge: Knowledge }) {
  const { deleted } = knowledge;
  return (
    <div role="status">
      {deleted && (
        <p class="notice">
          {say('article_deleted', { title: deleted.title })}
          <button type="button" class="link" onClick={() => void knowledge.bringBack()}>
            {say('undo')}
          </button>
        </p>
      )}
    </div>
  );
}

function Articles({ desk, knowledge }: { desk: Desk; knowledge: Knowledge }) {
  const { articles, shown } = knowledge;
  if (!articles) return <Waiting desk={desk} isUnreachable={knowledge.isUnreachable} again={() => void knowledge.load()} />;
  return (
    <section class="block">
      <div class="page-head">
        <h2>{say('knowledge_articles', { n: words.number(articles.length) })}</h2>
        {articles.length > 0 && (
          <>
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
          </>
        )}
        <button type="button" onClick={() => knowledge.begin()}>
          {say('article_write')}
        </button>
      </div>
      {!articles.length && <p class="hint">{say('knowledge_empty')}</p>}
      {articles.length > 0 && !shown.length && (
        <p class="quiet" role="status">
          {say('nothing_found')}
        </p>
      )}
      {shown.length > 0 && (
        <table class="wide">
          <thead>
            <tr>
              <th scope="col">{say('knowledge_title')}</th>
              <th scope="col">{say('knowledge_file')}</th>
              <th scope="col">{say('knowledge_changed')}</th>
              <th scope="col">
                <span class="hidden">{say('article_delete')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((article) => (
              <tr key={article.id}>
                <th scope="row" dir="auto">
                  <button type="button" class="link" onClick={() => void knowledge.show(article.id)}>
                    {article.title}
                  </button>
                </th>
                <td class="quiet cut" title={article.source}>
                  {article.source.startsWith('written/') ? say('article_written_here') : article.source}
                </td>
                <td class="number">{words.date(article.updated_at)}</td>
                <td>
                  <button type="button" class="bare" onClick={() => void knowledge.remove(article)} aria-label={say('article_delete_named', { title: article.title })}>
                    ✕
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

/** One article, to be read and changed. */
function Article({ knowledge, article }: { knowledge: Knowledge; article: ArticleWhole | 'new' }) {
  const known = article === 'new' ? null : article;
  const [title, setTitle] = useState(known?.title ?? '');
  const [text, setText] = useState(known?.text ?? '');
  const [tags, setTags] = useState(known?.tags.join(', ') ?? '');
  return (
    <form
      class="form wide"
      onSubmit={(event) => {
        event.preventDefault();
        const list = tags.split(',').map((tag) => tag.trim());
        void knowledge.save({ title, text, tags: list.filter(Boolean) });
      }}
    >
      <h2>{known ? say('article_edit') : say('article_write')}</h2>
      {known && !known.source.startsWith('written/') && <p class="hint">{say('article_from', { source: known.source })}</p>}
      <Field id="article-title" label={say('article_title')}>
        <input id="article-title" required maxLength={300} dir="auto" value={title} onInput={(event) => setTitle(event.currentTarget.value)} />
      </Field>
      <Field id="article-text" label={say('article_text')} hint={say('article_text_words')}>
        <textarea id="article-text" class="long" required rows={18} dir="auto" aria-describedby="article-text-hint" value={text} onInput={(event) => setText(event.currentTarget.value)} />
      </Field>
      <Field id="article-tags" label={say('article_tags')}>
        <input id="article-tags" value={tags} onInput={(event) => setTags(event.currentTarget.value)} />
      </Field>
      <div class="form-foot">
        <button type="submit" class="primary" disabled={knowledge.saving.kind === 'saving'}>
          {say('save')}
        </button>
        <button type="button" onClick={() => knowledge.close()}>
          {say('cancel')}
        </button>
        {known && (
          <button type="button" onClick={() => void knowledge.remove(known)}>
            {say('article_delete')}
          </button>
        )}
        <Outcome saving={knowledge.saving} />
      </div>
    </form>
  );
}
