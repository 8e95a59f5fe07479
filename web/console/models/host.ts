// What the parts of a desk need of each other; the desk itself provides it.

import type { World } from '../../shared/world';
import type { Api } from '../api';
import type { Shelf } from './drafts';
import type { Notice } from './notice';
import type { Talk } from './talk';

/** Where the focus should go next; components look at `number` to see that it is new. */
export interface Wish {
  place: 'composer' | 'hole' | 'package' | 'transcript' | 'search' | 'find';
  number: number;
}

export interface Host {
  readonly api: Api;
  readonly world: World;
  /** Survives a reload. */
  readonly shelf: Shelf;
  /** The agent who has signed in. */
  readonly me: string | null;
  readonly connected: boolean;
  /** The conversation in front. */
  readonly open: Talk | null;
  /** Whether the page can be seen; what comes while it is hidden is unread. */
  readonly watching: boolean;
  /** Sends a frame, if there is a connection. */
  tell(frame: object): boolean;
  say(notice: Notice): void;
  /** Says what went wrong; leaves where the session is over. */
  fail(error: unknown): void;
  wishFor(place: Wish['place']): void;
  changed(): void;
}
