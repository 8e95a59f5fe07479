// The knowledge base as the console sees it: what is in it, and an import that goes
// on in batches so that there is progress to show.

import { type Api, type ArticleListed, type Imported, Refusal } from '../api';

/** Files sent in one request. */
const BATCH = 20;
/** The server takes 16 MiB in one request. */
const BATCH_BYTES = 8 * 1024 * 1024;

/** The part of `File` that is used. */
export interface SourceFile {
  name: string;
  size: number;
  text(): Promise<string>;
}

export type Import =
  | { kind: 'idle' }
  | { kind: 'running'; done: number; all: number }
  | { kind: 'done'; result: Imported; refused: string[]; fault: string | null };

export class Knowledge {
  articles: ArticleListed[] | null = null;
  import: Import = { kind: 'idle' };
  /** The list could not be fetched. */
  unreachable = false;
  wanted = '';

  readonly #api: Api;
  readonly #onChange: () => void;

  constructor(api: Api, onChange: () => void) {
    this.#api = api;
    this.#onChange = onChange;
  }

  async load(): Promise<void> {
    try {
      this.articles = (await this.#api.articles()).articles;
      this.unreachable = false;
    } catch {
      this.unreachable = true;
    }
    this.#onChange();
  }

  filter(wanted: string): void {
    this.wanted = wanted;
    this.#onChange();
  }

  /** The articles whose title or file holds what is wanted. */
  get shown(): ArticleListed[] {
    const wanted = this.wanted.trim().toLowerCase();
    const all = this.articles ?? [];
    return all.filter((article) => `${article.title} ${article.source}`.toLowerCase().includes(wanted));
  }

  async take(files: SourceFile[]): Promise<void> {
    if (!files.length || this.import.kind === 'running') return;
    const taken = files.filter((file) => /\.(md|markdown)$/i.test(file.name));
    const refused = files.filter((file) => !taken.includes(file)).map((file) => file.name);
    const result: Imported = { added: 0, updated: 0, unchanged: 0, faults: [] };
    let fault: string | null = null;
    let done = 0;
    try {
      for (const batch of batchesOf(taken)) {
        this.#become({ kind: 'running', done, all: taken.length });
        const texts = await Promise.all(batch.map(async (file) => ({ name: file.name, text: await file.text() })));
        const part = await this.#api.importArticles(texts);
        result.added += part.added;
        result.updated += part.updated;
        result.unchanged += part.unchanged;
        result.faults.push(...part.faults);
        done += batch.length;
      }
    } catch (error) {
      fault = error instanceof Refusal && error.message ? error.message : 'unreachable';
    }
    this.#become({ kind: 'done', result, refused, fault });
    await this.load();
  }

  #become(state: Import): void {
    this.import = state;
    this.#onChange();
  }
}

function batchesOf(files: SourceFile[]): SourceFile[][] {
  const batches: SourceFile[][] = [];
  let bytes = 0;
  for (const file of files) {
    const last = batches.at(-1);
    if (last && last.length < BATCH && bytes + file.size <= BATCH_BYTES) {
      last.push(file);
      bytes += file.size;
    } else {
      batches.push([file]);
      bytes = file.size;
    }
  }
  return batches;
}
