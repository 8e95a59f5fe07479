// Files on their way into a message, customer's or agent's: each is sent as soon as it is
// chosen, shows how far it is, and can be tried again or taken out before the message goes.

import type { Attached } from './wire';

/** Why a file did not arrive. */
export class NotTaken extends Error {
  /** `status` 0: the server was not reached. */
  constructor(
    readonly status: number,
    readonly code: string,
  ) {
    super(code);
  }

  /** Whether the same file may be taken later. */
  get passing(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

/** What carries bytes to the server; `tell` hears how far they are, 0 to 1. */
export interface Carrier {
  send(file: File, id: string, tell: (part: number) => void, cancel: AbortSignal): Promise<Attached>;
  remove(file: Attached): Promise<void>;
}

export interface Item {
  /** The sender's own id: sent again under it, a file is not doubled. */
  id: string;
  name: string;
  bytes: number;
  state: 'sending' | 'ready' | 'failed' | 'refused';
  /** How far it is, 0 to 1. */
  part: number;
  /** The code of what is wrong, where something is. */
  fault: string;
  attached: Attached | null;
}

export interface BasketOptions {
  carrier: Carrier;
  newId(): string;
  max_files: number;
  max_bytes: number;
  onChange(): void;
}

export class Basket {
  items: Item[] = [];

  readonly #options: BasketOptions;
  readonly #files = new Map<Item, File>();
  readonly #cancels = new Map<Item, AbortController>();

  constructor(options: BasketOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return !this.items.length;
  }

  /** A message that goes now would leave some behind. */
  get isBusy(): boolean {
    return this.items.some(({ state }) => state === 'sending' || state === 'failed');
  }

  get ready(): Attached[] {
    return this.items.flatMap(({ attached }) => attached ?? []);
  }

  add(files: Iterable<File>): void {
    const { newId, max_files, max_bytes, onChange } = this.#options;
    for (const file of files) {
      const item: Item = { id: newId(), name: file.name, bytes: file.size, state: 'sending', part: 0, fault: '', attached: null };
      this.items.push(item);
      const count = this.items.filter(({ state }) => state !== 'refused').length;
      if (count > max_files) this.#refuse(item, 'files_many');
      else if (file.size > max_bytes) this.#refuse(item, 'file_too_large');
      else if (!file.size) this.#refuse(item, 'file_damaged');
      else {
        this.#files.set(item, file);
        void this.#send(item, file);
      }
    }
    onChange();
  }

  retry(item: Item): void {
    const file = this.#files.get(item);
    if (file && item.state === 'failed') void this.#send(item, file);
  }

  /** Takes a file out, wherever it is. */
  remove(item: Item): void {
    this.#cancels.get(item)?.abort();
    this.#forget(item);
    // If this fails it is swept away one day; nobody waits for it.
    if (item.attached) void this.#options.carrier.remove(item.attached).catch(() => {});
    this.#options.onChange();
  }

  /** What the message takes along; the basket is empty then. */
  take(): Attached[] {
    const { ready } = this;
    for (const item of [...this.items]) this.#forget(item);
    return ready;
  }

  /** A message that did not go gives its files back. */
  putBack(files: readonly Attached[]): void {
    const known = new Set(this.ready.map(({ id }) => id));
    for (const attached of files) {
      if (known.has(attached.id)) continue;
      const { id, name, bytes } = attached;
      this.items.push({ id, name, bytes, state: 'ready', part: 1, fault: '', attached });
    }
    this.#options.onChange();
  }

  async #send(item: Item, file: File): Promise<void> {
    const { carrier, onChange } = this.#options;
    const cancel = new AbortController();
    this.#cancels.set(item, cancel);
    Object.assign(item, { state: 'sending', part: 0, fault: '' });
    onChange();
    const tell = (part: number) => {
      item.part = part;
      onChange();
    };
    try {
      item.attached = await carrier.send(file, item.id, tell, cancel.signal);
      item.state = 'ready';
      this.#files.delete(item);
      // Taken out while its last byte was on the way.
      if (cancel.signal.aborted) void carrier.remove(item.attached).catch(() => {});
    } catch (error) {
      const { code, passing } = error instanceof NotTaken ? error : new NotTaken(0, '');
      if (passing) Object.assign(item, { state: 'failed', fault: code });
      else this.#refuse(item, code);
    }
    this.#cancels.delete(item);
    onChange();
  }

  #refuse(item: Item, fault: string): void {
    Object.assign(item, { state: 'refused', fault });
    this.#files.delete(item);
  }

  #forget(item: Item): void {
    this.items = this.items.filter((one) => one !== item);
    this.#files.delete(item);
    this.#cancels.delete(item);
  }
}

/** The faults that have words of their own, `file_fault_kind` and so on. */
const FAULTS = ['kind', 'too_large', 'pixels', 'unsafe', 'damaged', 'full', 'many'];

/** The end of the key of the words about a fault. */
export function faultKey(fault: string): string {
  const end = fault.replace(/^files?_/, '');
  return FAULTS.includes(end) ? end : 'other';
}

/** "3.2 MB", "12 kB": as the reader's language writes it. */
export function sizeWords(bytes: number, language: string): string {
  const [unit, value] = bytes < 1_000_000 ? ['kilobyte', Math.max(1, Math.round(bytes / 1_000))] : ['megabyte', bytes / 1_000_000];
  const digits = unit === 'megabyte' ? 1 : 0;
  return new Intl.NumberFormat(language, { style: 'unit', unit: unit as string, maximumFractionDigits: digits }).format(value as number);
}

/** Whether a browser may draw it inside the conversation. */
export function hasPreview({ kind }: Pick<Attached, 'kind'>): boolean {
  return kind === 'png' || kind === 'jpeg' || kind === 'gif' || kind === 'webp';
}
