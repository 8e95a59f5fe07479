// Files in the chat (P46): on their way to the server, and as they are shown. A part of
// its own, fetched when somebody attaches a file or one is to be shown; most visitors
// never need it.

import { Basket, faultKey, hasPreview, type Item, sizeWords } from '../shared/basket';
import { upload } from '../shared/upload';
import type { Attached } from '../shared/wire';
import { randomId } from '../shared/world';
import { h } from './draw';
import style from './files.css?url';
import type { Api } from './models/api';
import type { Session } from './models/session';

/** A picture that was fetched; `null` while it is on its way or where it did not come. */
type Picture = string | null;

export class Files {
  readonly #session: Session;
  readonly #api: Api;
  readonly #basket: Basket;
  readonly #onChange: () => void;
  readonly #pictures = new Map<string, Picture>();

  constructor(session: Session, api: Api, onChange: () => void) {
    this.#session = session;
    this.#api = api;
    this.#onChange = onChange;
    this.#basket = new Basket({
      carrier: {
        send: (file, id, tell, cancel) => upload({ path: this.#path(), headers: this.#headers, file, id, tell, cancel }),
        remove: async ({ id }) => void (await fetch(`${this.#path()}/${id}`, { method: 'DELETE', headers: this.#headers })),
      },
      newId: randomId,
      max_files: session.config?.max_files ?? 5,
      max_bytes: session.config?.max_file_bytes ?? Infinity,
      onChange,
    });
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = style;
    document.head.append(link);
  }

  /** Whether a message of these words can go now: files may go alone, and none is left behind. */
  maySend(text: string): boolean {
    return !this.#basket.isBusy && !!(text || this.#basket.ready[0]);
  }

  add(files: File[]): void {
    this.#basket.add(files);
  }

  /** What goes with the message; nothing rather than an empty list. */
  take(): Attached[] | undefined {
    const files = this.#basket.take();
    return files.length ? files : undefined;
  }

  /** What will go with the next message. */
  tray() {
    const { say, language } = this.#session.words;
    const basket = this.#basket;
    if (basket.isEmpty) return null;
    // Its `change` is heard by the composer, like that of the first choice.
    const camera = matchMedia('(pointer: coarse)').matches && (
      <li class="camera">
        <label>
          <input type="file" class="hidden" accept="image/*" capture="environment" />
          {say('photo')}
        </label>
      </li>
    );
    return (
      <ul class="tray" aria-label={say('files_attached')}>
        {basket.items.map((item) => (
          <li key={item.id}>
            <span class="file-name" dir="auto">
              {item.name}
            </span>
            {item.state === 'sending' && <progress value={item.part} max={1} aria-label={say('file_sending', { name: item.name })} />}
            <span class={item.state === 'ready' ? 'quiet' : 'fault'} role="status">
              {this.#standing(item, language)}
            </span>
            {item.state === 'failed' && (
              <button type="button" class="link" onClick={() => basket.retry(item)}>
                {say('retry')}
              </button>
            )}
            <button type="button" class="icon" aria-label={say('file_remove', { name: item.name })} onClick={() => basket.remove(item)}>
              <svg viewBox="0 0 24 24" aria-hidden="true">
                <path d="M6 6l12 12M18 6 6 18" />
              </svg>
            </button>
          </li>
        ))}
        {camera}
      </ul>
    );
  }

  /** The files of a message. */
  shown(files: readonly Attached[]) {
    const { language, say } = this.#session.words;
    return (
      <ul class="files">
        {files.map((file) => (
          <li key={file.id}>
            <button type="button" title={say('file_save')} onClick={() => void this.#save(file)}>
              {this.#picture(file)}
              <span dir="auto">{file.name}</span> <span class="size">{sizeWords(file.bytes, language)}</span>
            </button>
          </li>
        ))}
      </ul>
    );
  }

  /** Its size is known before it comes, so that nothing jumps. */
  #picture(file: Attached) {
    if (!hasPreview(file)) return null;
    if (!this.#pictures.has(file.id)) {
      this.#pictures.set(file.id, null);
      void this.#fetch(file).then((address) => {
        this.#pictures.set(file.id, address);
        this.#onChange();
      }, () => {});
    }
    const { width, height } = file;
    return <img src={this.#pictures.get(file.id) ?? undefined} alt="" width={width ?? undefined} height={height ?? undefined} />;
  }

  /** Fetched with the visitor's key, so that no address carries the right to it. */
  async #fetch({ id }: Attached): Promise<string> {
    const answer = await fetch(`${this.#path()}/${id}`, { headers: this.#headers });
    if (!answer.ok) throw new Error(String(answer.status));
    return URL.createObjectURL(await answer.blob());
  }

  async #save(file: Attached): Promise<void> {
    const address = this.#pictures.get(file.id) ?? (await this.#fetch(file).catch(() => null));
    if (!address) return;
    const link = Object.assign(document.createElement('a'), { href: address, download: file.name });
    link.click();
  }

  #standing({ state, bytes, fault }: Item, language: string): string {
    const { say } = this.#session.words;
    if (state === 'sending') return '';
    if (state === 'ready') return sizeWords(bytes, language);
    return state === 'failed' ? say('file_failed') : say(`file_fault_${faultKey(fault)}`);
  }

  #path(): string {
    return `/api/widget/conversations/${this.#session.view?.id}/files`;
  }

  get #headers(): Record<string, string> {
    return { Authorization: `Bearer ${this.#api.token}` };
  }
}
