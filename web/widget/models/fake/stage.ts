// One visitor before a fake server: their pages come and go, their shelf stays.

import { Api } from '../api';
import { Session } from '../session';
import { memoryShelf, type Shelf } from '../shelf';
import { FakeServer } from './server';
import { FakeWorld } from './world';

export class Stage {
  readonly world: FakeWorld;
  readonly server: FakeServer;
  readonly shelf: Shelf = memoryShelf();
  session: Session;
  #ids = 0;
  readonly #lives = new Map<Session, { isOver: boolean }>();

  constructor(seed = 1) {
    this.world = new FakeWorld(seed);
    this.server = new FakeServer(this.world);
    this.session = this.tab();
  }

  /** A page of this visitor. One that was reloaded still runs here, as it never does in a browser; see `reload`. */
  tab(shelf = this.shelf): Session {
    const life = { isOver: false };
    const { world, server } = this;
    // As a browser does, the shelf tells the other tabs what changed.
    const change = (key: string, act: () => void) => {
      const before = shelf.get(key);
      if (!life.isOver) act();
      if (shelf.get(key) === before) return;
      for (const [other, { isOver }] of this.#lives) {
        if (other !== session && !isOver) world.after(1, () => other.shelfChanged());
      }
    };
    const session: Session = new Session({
      api: new Api('key', ((path: string, init: RequestInit) =>
        // What a dead page asked for arrives, but no answer reaches it.
        server.fetch(path, init).then((answer) => (life.isOver ? new Promise(() => {}) : answer))) as typeof fetch),
      shelf: {
        ...shelf,
        put: (key, value) => change(key, () => shelf.put(key, value)),
        remove: (key) => change(key, () => shelf.remove(key)),
      },
      world: { ...world, after: (ms, call) => world.after(ms, () => life.isOver || call()) },
      dial: server.dial,
      newId: () => `message-${++this.#ids}`,
      language: 'en',
      onChange: () => {},
    });
    this.#lives.set(session, life);
    return session;
  }

  /** The page goes, at once and without a word, and another comes. */
  reload(): Session {
    this.#lives.get(this.session)!.isOver = true;
    this.server.hangUp();
    this.session = this.tab();
    this.session.start();
    return this.session;
  }

  pass(ms: number): Promise<void> {
    return this.world.pass(ms);
  }

  /** The lines on screen, as `role: text`, with what is not sent yet marked. */
  get lines(): string[] {
    return linesOf(this.session);
  }
}

export function linesOf(session: Session): string[] {
  return session.transcript
    .lines(session.view?.id ?? null)
    .map(({ role, text, state }) => `${role}: ${text}${state === 'sent' ? '' : ` (${state})`}`);
}

/** A stage whose session has begun and is at rest. */
export async function begun(seed = 1): Promise<Stage> {
  const stage = new Stage(seed);
  stage.session.start();
  await stage.pass(1_000);
  return stage;
}
