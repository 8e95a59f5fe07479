// A sentence for the agent: words of ours by key, or the server's own.

import { Refusal } from '../api';

export interface Notice {
  key: string;
  values?: Record<string, string | number>;
  /** Said instead of `key`: what the server found, in its own words. */
  text?: string;
  tone: 'bad' | 'info';
  /** Takes back what was done, while that is possible. */
  undo?: () => void;
}

/** The refusals that we have words for. */
const WORDS: Record<string, string> = {
  stale_epoch: 'refused_moved',
  not_owner: 'refused_moved',
  not_queued: 'refused_moved',
  conflict: 'refused_moved',
  at_capacity: 'refused_at_capacity',
  offline: 'refused_offline',
  already_resolved: 'refused_already_resolved',
  rate_limited: 'refused_rate_limited',
  unavailable: 'refused_unavailable',
  forbidden: 'refused_forbidden',
  file_gone: 'refused_file_gone',
  address_taken: 'refused_address_taken',
  last_admin: 'refused_last_admin',
  inactive: 'refused_inactive',
  wrong_password: 'refused_wrong_password',
  policy_moved: 'refused_policy_moved',
  no_mailbox: 'refused_no_mailbox',
  last_inbox: 'refused_last_inbox',
};

export function noticeOf(error: unknown): Notice {
  if (!(error instanceof Refusal) || error.status === 0) return { key: 'unreachable', tone: 'bad' };
  const key = WORDS[error.code];
  if (key) return { key, tone: 'bad' };
  return error.message ? { key: '', text: error.message, tone: 'bad' } : { key: 'refused_other', tone: 'bad' };
}

/** The session is over: nothing but signing in again helps. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof Refusal && error.status === 401;
}

/** Whether the same request may succeed later, as it is. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof Refusal)) return true;
  return error.status === 0 || error.status === 429 || error.status >= 500;
}
