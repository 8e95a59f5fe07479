// What stands between the conversation and the composer. While no human has the
// conversation or is on the way, it always holds "Talk to a person" (P19); after the
// handoff, the wait with its ways out; at the end, the rating.

import { Card } from './Card';
import { h } from './draw';
import { humanComes } from './models/conversation';
import type { Session } from './models/session';

export function Panel({ session }: { session: Session }) {
  return (
    <div class="panel" tabIndex={-1}>
      <Card session={session} />
      {!humanComes(session.view) && <PersonControl session={session} />}
    </div>
  );
}

/** One click, whatever else is going on; while offline the wish is kept and said so. */
function PersonControl({ session }: { session: Session }) {
  const { say } = session.words;
  const { wantsPerson, reach } = session;
  return (
    <div class="person">
      <button type="button" class="wide" aria-busy={wantsPerson} onClick={() => session.askForPerson()}>
        {(wantsPerson && say('talk_to_person_busy')) || say('talk_to_person')}
      </button>
      <p class="quiet" role="status">
        {wantsPerson && reach !== 'yes' && say('person_later')}
      </p>
    </div>
  );
}
