// What is asked below the lines of the assistant: "Did this help?" below the last
// suggestion until it is judged (P18, P24), a person below an offer until the customer
// has answered it (P21), and which of several things is meant until they have written
// again (P17). Nothing is asked once a human has it.

import type { Session } from './session';
import type { Line } from './transcript';

export type Question = 'helped' | 'thanks' | 'person' | 'reading';

/** The question below a line, by the line's key. */
export function questionsOf(session: Session, lines: readonly Line[]): Map<string, Question> {
  const asked = new Map<string, Question>();
  if (session.view?.state !== 'with_assistant') return asked;
  const tried = lines.findLast((line) => line.attempt_id && line.citations.length);
  if (tried?.attempt_id) {
    const outcome = session.transcript.outcome(tried.attempt_id);
    if (outcome !== 'asked_again') asked.set(tried.key, outcome === 'unknown' ? 'helped' : 'thanks');
  }
  const newest = lines.at(-1);
  if (newest?.readings.length) asked.set(newest.key, 'reading');
  const last = lines.findLast(({ role }) => role === 'assistant');
  if (last?.offers_person && !session.wantsPerson && !session.declined.has(last.key)) {
    asked.set(last.key, 'person');
  }
  return asked;
}
