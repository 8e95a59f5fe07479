// A socket that comes back. It reconnects with backoff, notices a line that went
// dead in silence (sleep, a changed network), and greets with whatever the caller
// wants to resume from. It knows nothing of conversations: the widget's greeting is
// its `hello` frame with `after`, the console's is one `subscribe` for each open
// conversation.

import { Backoff } from './backoff';
import type { World } from './world';

/** Nothing heard for this long means that the line is dead. */
export const SILENCE_MS = 40_000;
export const PING_EVERY_MS = 15_000;
/** A connection that is not greeted back by then will never be: a proxy swallows it. */
export const GREETING_MS = 10_000;
/** After waking up a living line answers within this. */
export const PROBE_MS = 5_000;

/** Closed for good: the server knows no such token (4401) or conversation (4404). */
const FINAL_CODES = [4401, 4404];
/** Too many connections; the shortest wait before the next one. */
const TOO_MANY_CODE = 4429;
const TOO_MANY_WAIT_MS = 10_000;

export type SocketState =
  | { kind: 'idle' }
  | { kind: 'connecting' }
  /** The server has spoken on this connection. */
  | { kind: 'open' }
  /** Between two attempts; `failures` counts attempts since the server last spoke. */
  | { kind: 'waiting'; failures: number }
  /** The server will not have us; connecting again as we are is useless. */
  | { kind: 'refused'; code: number };

/** The part of `WebSocket` that is used. */
export interface Line {
  send(data: string): void;
  close(): void;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
}

export interface SocketOptions<Frame> {
  /** Opens a connection; called again for each attempt. */
  dial(): Line;
  /** Frames to send first on every connection: token, cursors. */
  greet(): object[];
  onFrame(frame: Frame): void;
  onState(state: SocketState): void;
  world: World;
}

export class ResumingSocket<Frame extends { type: string }> {
  state: SocketState = { kind: 'idle' };

  #line: Line | null = null;
  #heardAt = 0;
  readonly #backoff: Backoff;
  #cancelTimer: () => void = () => {};

  readonly #options: SocketOptions<Frame>;

  constructor(options: SocketOptions<Frame>) {
    this.#options = options;
    this.#backoff = new Backoff(options.world.random);
  }

  /** Connects, or connects at once where it was waiting to. */
  start(): void {
    this.#hangUp();
    this.#become({ kind: 'connecting' });
    this.#heardAt = this.#options.world.now();
    let line: Line;
    try {
      line = this.#options.dial();
    } catch {
      return this.#lost();
    }
    this.#line = line;
    // A line that was hung up may still call back; only the present one counts.
    line.onopen = () => {
      if (line === this.#line) for (const frame of this.#options.greet()) this.#put(frame);
    };
    line.onmessage = (event) => {
      if (line === this.#line) this.#hear(String(event.data));
    };
    line.onclose = (event) => {
      if (line === this.#line) this.#lost(event.code);
    };
    this.#later(GREETING_MS, () => this.#lost());
  }

  /** Sends a frame if the line is open; a frame that cannot go is dropped. */
  send(frame: object): boolean {
    if (this.state.kind !== 'open') return false;
    return this.#put(frame);
  }

  /** The page woke up or the network came back: find out at once how things stand. */
  wake(): void {
    if (this.state.kind === 'waiting') return this.start();
    if (this.state.kind !== 'open') return;
    const asked = this.#options.world.now();
    this.send({ type: 'ping' });
    this.#later(PROBE_MS, () => {
      if (this.#heardAt < asked) this.start();
      else this.#keepWatch();
    });
  }

  /** The browser says that the network is gone. */
  drop(): void {
    if (this.state.kind === 'open' || this.state.kind === 'connecting') this.#lost();
  }

  stop(): void {
    this.#hangUp();
    this.#become({ kind: 'idle' });
  }

  #hear(data: string): void {
    this.#heardAt = this.#options.world.now();
    let frame: Frame;
    try {
      frame = JSON.parse(data) as Frame;
    } catch {
      return;
    }
    // It says why the server is about to hang up; that is no success.
    if (frame.type === 'error') return;
    this.#backoff.reset();
    if (this.state.kind !== 'open') {
      this.#keepWatch();
      this.#become({ kind: 'open' });
    }
    this.#options.onFrame(frame);
  }

  #keepWatch(): void {
    this.#later(PING_EVERY_MS, () => {
      if (this.#options.world.now() - this.#heardAt >= SILENCE_MS) return this.#lost();
      this.send({ type: 'ping' });
      this.#keepWatch();
    });
  }

  #lost(code?: number): void {
    this.#hangUp();
    if (code !== undefined && FINAL_CODES.includes(code)) {
      return this.#become({ kind: 'refused', code });
    }
    const wait = Math.max(this.#backoff.next(), code === TOO_MANY_CODE ? TOO_MANY_WAIT_MS : 0);
    this.#become({ kind: 'waiting', failures: this.#backoff.failures });
    this.#later(wait, () => this.start());
  }

  #put(frame: object): boolean {
    try {
      this.#line?.send(JSON.stringify(frame));
      return true;
    } catch {
      return false;
    }
  }

  #hangUp(): void {
    this.#cancelTimer();
    const line = this.#line;
    this.#line = null;
    try {
      line?.close();
    } catch {
      // Already closed, or never opened.
    }
  }

  #later(ms: number, call: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#options.world.after(ms, call);
  }

  #become(state: SocketState): void {
    this.state = state;
    this.#options.onState(state);
  }
}
