// The knowledge base: what is in it, and importing Markdown files.

import { useEffect, useState } from 'preact/hooks';
import { type Api, type ArticleListed, type Imported, Refusal } from './api';
import { say, words } from './words';

/** Files sent in one request, so that there is progress to show. */
const BATCH = 20;

type Import = { kind: 'idle' } | { kind: 'running'; done: number; all: number } | { kind: 'done'; result: Imported };

export function Knowledge({ api }: { api: Api }) {
  const [articles, setArticles] = useState<ArticleListed[] | null>(null);
  const [state, setState] = useState<Import>({ kind: 'idle' });
  const [fault, setFault] = useState<string | null>(null);
  const load = () =>
    api.get<{ articles: ArticleListed[] }>('/api/console/articles').then(
      (found) => setArticles(found.articles),
      () => setFault('unreachable'),
    );
  useEffect(() => void load(), []);

  const take = async (list: FileList | null): Promise<void> => {
    const files = [...(list ?? [])];
    if (!files.length) return;
    const result: Imported = { added: 0, updated: 0, unchanged: 0, faults: [] };
    setFault(null);
    try {
      for (let done = 0; done < files.length; done += BATCH) {
        setState({ kind: 'running', done, all: files.length });
        const batch = files.slice(done, done + BATCH);
        const texts = await Promise.all(batch.map(async (file) => ({ name: file.name, text: await file.text() })));
        const part = await api.post<Imported>('/api/console/articles', { files: texts });
        result.added += part.added;
        result.updated += part.updated;
        result.unchanged += part.unchanged;
        result.faults.push(...part.faults);
      }
    } catch (error) {
      setFault(error instanceof Refusal && error.message ? error.message : 'unreachable');
    }
    setState({ kind: 'done', result });
    await load();
  };

  return (
    <div class="page">
      <h1>{say('page_knowledge')}</h1>
      <label
        class="drop"
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          event.preventDefault();
          void take(event.dataTransfer?.files ?? null);
        }}
      >
        {say('knowledge_import')}
        <input type="file" accept=".md,text/markdown" multiple onChange={(event) => void take(event.currentTarget.files)} />
      </label>
      <div role="status">
        {state.kind === 'running' && (
          <>
            <progress max={state.all} value={state.done} aria-label={say('knowledge_import')} />{' '}
            {say('knowledge_progress', { done: state.done, all: state.all })}
          </>
        )}
        {state.kind === 'done' && (
          <p>
            {say('knowledge_done', {
              added: state.result.added,
              updated: state.result.updated,
              unchanged: state.result.unchanged,
            })}
          </p>
        )}
      </div>
      {fault && (
        <p class="fault" role="alert">
          {say(fault)}
        </p>
      )}
      {state.kind === 'done' && state.result.faults.length > 0 && (
        <ul class="fault">
          {state.result.faults.map((one) => (
            <li key={one.name}>
              {one.name}: {one.fault}
            </li>
          ))}
        </ul>
      )}
      {articles?.length === 0 && <p>{say('knowledge_empty')}</p>}
      {articles && articles.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">{say('knowledge_title', { n: articles.length })}</th>
              <th scope="col">{say('knowledge_file')}</th>
              <th scope="col">{say('knowledge_changed')}</th>
            </tr>
          </thead>
          <tbody>
            {articles.map((article) => (
              <tr key={article.id}>
                <th scope="row">{article.title}</th>
                <td>{article.source}</td>
                <td>{words.date(article.updated_at)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  );
}
