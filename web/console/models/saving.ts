// What became of a form that was sent.

import { type Notice, noticeOf } from './notice';

export type Saving = { kind: 'rest' } | { kind: 'saving' } | { kind: 'saved' } | { kind: 'failed'; notice: Notice };

export const REST: Saving = { kind: 'rest' };

export function failed(error: unknown): Saving {
  return { kind: 'failed', notice: noticeOf(error) };
}
