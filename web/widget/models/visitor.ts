// Who the visitor is: a key that the server gave once. It stands on the shelf, where
// every tab of this visitor finds it, and in no address. What the shelf says wins, so
// that two tabs are one visitor.

import type { Api, UnknownVisitor } from './api';
import type { Shelf } from './shelf';

export class Visitor {
  readonly #api: Api;
  readonly #shelf: Shelf;

  constructor(api: Api, shelf: Shelf) {
    this.#api = api;
    this.#shelf = shelf;
    api.token = shelf.get('token');
  }

  /** Whether this visitor has written here before. */
  get isKnown(): boolean {
    return this.#shelf.get('token') !== null;
  }

  /** Has a key made if there is none. */
  async introduce(): Promise<void> {
    this.#api.token ??= this.#shelf.get('token');
    if (this.#api.token) return;
    const token = await this.#api.newVisitor();
    // Another tab may have been quicker; one visitor is enough.
    this.#api.token = this.#shelf.get('token') ?? token;
    this.#shelf.put('token', this.#api.token);
  }

  /** Takes on the key that another tab put down; whether that was another visitor. */
  follow(): boolean {
    const token = this.#shelf.get('token');
    if (!token || token === this.#api.token) return false;
    this.#api.token = token;
    return true;
  }

  /** The server knows a key no more; whether it was the present one. */
  forget({ token }: UnknownVisitor): boolean {
    if (this.#shelf.get('token') === token) this.#shelf.remove('token');
    if (this.#api.token !== token) return false;
    this.#api.token = this.#shelf.get('token');
    return true;
  }
}
