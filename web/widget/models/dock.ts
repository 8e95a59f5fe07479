// What stands between the conversation and the composer: who has the conversation,
// and what the customer can do about that. While no human has it or is on the way,
// the answer always holds "Talk to a person" (P19).

import type { Wait } from '../../shared/wire';
import { humanComes, type Session } from './session';
import type { Line } from './transcript';

/** The wish for a person: not uttered, on its way, or kept until the network is back. */
export type Wish = 'ready' | 'asking' | 'kept';

export type Dock =
  | { kind: 'assistant'; wish: Wish; mayResolve: boolean }
  | { kind: 'waiting'; wait: Wait | null }
  | { kind: 'by_email'; email: string | null; wait: Wait | null }
  | { kind: 'with_agent'; name: string }
  | { kind: 'resolved'; wish: Wish; rated: boolean; asksRepeated: boolean };

export function dockOf(session: Session): Dock {
  const { view } = session;
  switch (view?.state) {
    case 'queued':
      return { kind: 'waiting', wait: view.wait };
    case 'by_email':
      return { kind: 'by_email', email: view.email, wait: view.wait };
    case 'with_agent':
      return { kind: 'with_agent', name: view.agent?.name ?? '' };
    case 'resolved':
      return {
        kind: 'resolved',
        wish: wishOf(session),
        rated: view.rated,
        asksRepeated: view.handed_off,
      };
    default:
      return { kind: 'assistant', wish: wishOf(session), mayResolve: !!view && answered(session) };
  }
}

function wishOf({ wantsPerson, reach }: Session): Wish {
  if (!wantsPerson) return 'ready';
  return reach === 'yes' ? 'asking' : 'kept';
}

/** Whether the customer has asked something and the assistant has spoken last. */
function answered(session: Session): boolean {
  const lines = session.transcript.lines(session.view?.id ?? null);
  return lines.at(-1)?.role === 'assistant' && lines.some(({ role }) => role === 'customer');
}

/** What is asked below one line of the conversation. */
export type Question = 'helped' | 'thanks' | 'person' | null;

/**
 * The question below each line, by its key. "Did this help?" stands below the last
 * suggestion until it is judged; an offer of a person until it is answered.
 */
export function questionsOf(session: Session, lines: readonly Line[]): Map<string, Question> {
  const questions = new Map<string, Question>();
  if (humanComes(session.view)) return questions;
  const last = lines.findLast(({ role }) => role === 'assistant');
  if (last?.offers_person && !session.declined.has(last.key) && !session.wantsPerson) {
    questions.set(last.key, 'person');
  }
  const suggestion = lines.findLast((line) => line.attempt_id && line.citations.length > 0);
  if (!suggestion?.attempt_id || questions.has(suggestion.key)) return questions;
  const outcome = session.transcript.outcome(suggestion.attempt_id);
  if (outcome === 'unknown') questions.set(suggestion.key, 'helped');
  if (outcome === 'helped') questions.set(suggestion.key, 'thanks');
  return questions;
}
