// The whole window: head, conversation or article, what can be done, composer. It
// draws what the session says.

import { Article } from './Article';
import { Composer } from './Composer';
import { Fragment, h } from './draw';
import { Lines } from './Lines';
import { Panel } from './Panel';
import type { Session } from './models/session';

interface Props {
  session: Session;
  framed: boolean;
  onClose(): void;
}

export function Chat({ session, framed, onClose }: Props) {
  const { config } = session;
  const { screen } = session.reader;
  const { say } = session.words;
  const isClosed = screen.kind === 'unavailable' && screen.why === 'inbox_closed';
  return (
    <>
      <header class="head">
        <div>
          <h1>{(config && say('title', { company: config.company })) || say('frame')}</h1>
          <p>{standing(session)}</p>
        </div>
        {mayResolve(session) && (
          <button type="button" class="link" onClick={() => session.resolve()}>
            {say('resolve')}
          </button>
        )}
        {framed && (
          <button type="button" class="icon" aria-label={say('close')} onClick={onClose}>
            <svg viewBox="0 0 24 24" aria-hidden="true">
              <path d="M6 6l12 12M18 6 6 18" />
            </svg>
          </button>
        )}
      </header>
      {screen.kind === 'article' && <Article session={session} screen={screen} />}
      {screen.kind === 'unavailable' && (
        <p class="scroll" role="status">
          {say(screen.why)}
        </p>
      )}
      {/* Kept behind an article: its place is the same on the way back. */}
      <Lines session={session} isHidden={screen.kind !== 'conversation'} />
      <p class="trouble" role="status">
        {trouble(session)}
      </p>
      {/* Where nothing can begin, a wish for a person would be a promise that nobody keeps. */}
      {!isClosed && <Panel session={session} />}
      {screen.kind !== 'unavailable' && <Composer session={session} />}
    </>
  );
}

/** Who answers, in a line: `queued`, `by_email` and `with_agent` have words of their own. */
function standing({ view, words: { say } }: Session): string {
  const isOpen = view && view.state !== 'resolved';
  return (isOpen && say(view.state, { agent: view.agent?.name ?? '' })) || say('automated');
}

function trouble({ reach, trouble, words: { say } }: Session): string {
  if (reach === 'no') return say('offline');
  if (reach === 'unknown') return say('reconnecting');
  return trouble ? say(trouble) : '';
}

/** "That's all" makes sense once something was asked and answered. */
function mayResolve({ view, transcript }: Session): boolean {
  return view?.state === 'with_agent' || (view?.state === 'with_assistant' && transcript.answered);
}
