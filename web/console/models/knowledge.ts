// The knowledge base as the console sees it: what is in it, an import that goes on in
// batches so that there is progress to show, and one article that is read or changed.

import { type ArticleListed, type ArticleText, type ArticleWhole, type Imported, Refusal } from '../api';
import type { Desk } from './desk';
import { failed, REST, type Saving } from './saving';

/** Files sent in one request. */
const BATCH = 20;
/** The server takes 16 MiB in one request, and Base64 grows by a third. */
const BATCH_BYTES = 8 * 1024 * 1024;
/** Addresses sent in one request; each is read while one waits. */
const ADDRESSES = 5;
/** Pages that a site map may bring along. */
const MOST_PAGES = 500;
/** What can be imported. */
export const ENDINGS = ['.md', '.markdown', '.html', '.htm', '.xhtml', '.csv', '.tsv'];

/** The part of `File` that is used. */
export interface SourceFile {
  name: string;
  size: number;
  arrayBuffer(): Promise<ArrayBuffer>;
}

export type Import =
  | { kind: 'idle' }
  | { kind: 'running'; done: number; all: number }
  | { kind: 'done'; result: Imported; refused: string[]; fault: string | null };

export class Knowledge {
  articles: ArticleListed[] | null = null;
  import: Import = { kind: 'idle' };
  /** The list could not be fetched. */
  isUnreachable = false;
  wanted = '';
  /** The article in front: one that is there, or one that is being written. */
  open: ArticleWhole | 'new' | null = null;
  saving: Saving = REST;
  /** What was deleted last, to be brought back. */
  deleted: { id: string; title: string } | null = null;

  readonly #desk: Desk;

  constructor(desk: Desk) {
    this.#desk = desk;
  }

  async load(): Promise<void> {
    try {
      this.articles = (await this.#desk.api.articles()).articles;
      this.isUnreachable = false;
    } catch {
      this.isUnreachable = true;
    }
    this.#desk.changed();
  }

  filter(wanted: string): void {
    this.wanted = wanted;
    this.#desk.changed();
  }

  /** The articles whose title or file holds what is wanted. */
  get shown(): ArticleListed[] {
    const wanted = this.wanted.trim().toLowerCase();
    const all = this.articles ?? [];
    return all.filter((article) => `${article.title} ${article.source}`.toLowerCase().includes(wanted));
  }

  // ── importing ───────────────────────────────────────────────────────────────

  async take(files: SourceFile[]): Promise<void> {
    if (!files.length || this.import.kind === 'running') return;
    const isKnown = (file: SourceFile) => ENDINGS.some((end) => file.name.toLowerCase().endsWith(end));
    const taken = files.filter(isKnown);
    const refused = files.filter((file) => !isKnown(file)).map((file) => file.name);
    await this.#run(taken.length, refused, async (count) => {
      for (const batch of batchesOf(taken)) {
        const read = await Promise.all(batch.map(async (file) => ({ name: file.name, ...textOf(await file.arrayBuffer()) })));
        count(await this.#desk.api.importArticles(read), batch.length);
      }
    });
  }

  /** Addresses one a line, or apart by spaces. What a site map lists is read too. */
  async takeAddresses(text: string): Promise<void> {
    const asked = [...new Set(text.split(/\s+/).filter(Boolean))];
    if (!asked.length || this.import.kind === 'running') return;
    await this.#run(asked.length, [], async (count, grow) => {
      for (let at = 0; at < asked.length; ) {
        const batch = asked.slice(at, at + ADDRESSES);
        at += batch.length;
        const { imported, more } = await this.#desk.api.importAddresses(batch);
        const fresh = more.filter((address) => !asked.includes(address)).slice(0, Math.max(0, MOST_PAGES - asked.length));
        asked.push(...fresh);
        grow(fresh.length);
        count(imported, batch.length);
      }
    });
  }

  async #run(all: number, refused: string[], work: (count: (part: Imported, n: number) => void, grow: (n: number) => void) => Promise<void>): Promise<void> {
    const result: Imported = { added: 0, updated: 0, unchanged: 0, faults: [] };
    let fault: string | null = null;
    let done = 0;
    const show = () => this.#become({ kind: 'running', done, all });
    show();
    try {
      await work(
        (part, n) => {
          result.added += part.added;
          result.updated += part.updated;
          result.unchanged += part.unchanged;
          result.faults.push(...part.faults);
          done += n;
          show();
        },
        (n) => {
          all += n;
        },
      );
    } catch (error) {
      fault = error instanceof Refusal && error.message ? error.message : 'unreachable';
    }
    this.#become({ kind: 'done', result, refused, fault });
    await this.load();
    if (this.#desk.steps.isWanted) await this.#desk.steps.load();
  }

  #become(state: Import): void {
    this.import = state;
    this.#desk.changed();
  }

  // ── one article ─────────────────────────────────────────────────────────────

  async show(id: string): Promise<void> {
    try {
      this.#turnTo(await this.#desk.api.article(id));
    } catch (error) {
      this.#desk.fail(error);
      await this.load();
    }
  }

  begin(): void {
    this.#turnTo('new');
  }

  close(): void {
    this.#turnTo(null);
  }

  #turnTo(open: ArticleWhole | 'new' | null): void {
    this.open = open;
    this.saving = REST;
    this.#desk.changed();
  }

  /** Keeps what was written. What somebody else wrote meanwhile is not lost, nor is this. */
  async save(text: ArticleText): Promise<void> {
    const { open } = this;
    if (!open || this.saving.kind === 'saving') return;
    this.saving = { kind: 'saving' };
    this.#desk.changed();
    try {
      if (open === 'new') await this.#desk.api.writeArticle(text);
      else await this.#desk.api.editArticle(open.id, open.updated_at, text);
      this.#turnTo(null);
      await this.load();
      if (this.#desk.steps.isWanted) await this.#desk.steps.load();
    } catch (error) {
      this.saving = failed(error);
    }
    this.#desk.changed();
  }

  async remove(article: Pick<ArticleListed, 'id' | 'title'>): Promise<void> {
    try {
      await this.#desk.api.deleteArticle(article.id);
      this.deleted = { id: article.id, title: article.title };
      if (this.open !== 'new' && this.open?.id === article.id) this.open = null;
    } catch (error) {
      this.#desk.fail(error);
    }
    await this.load();
  }

  async bringBack(): Promise<void> {
    const { deleted } = this;
    if (!deleted) return;
    try {
      await this.#desk.api.restoreArticle(deleted.id);
      this.deleted = null;
    } catch (error) {
      this.#desk.fail(error);
    }
    await this.load();
  }
}

/** Text where the bytes are UTF-8, and the bytes where they are not: the server knows more encodings. */
export function textOf(buffer: ArrayBuffer): { text: string } | { bytes: string } {
  const bytes = new Uint8Array(buffer);
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    let binary = '';
    for (let at = 0; at < bytes.length; at += 32_768) binary += String.fromCharCode(...bytes.subarray(at, at + 32_768));
    return { bytes: btoa(binary) };
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
