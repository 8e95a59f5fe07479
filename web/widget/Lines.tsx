// What was said. A log for screen readers: new lines are read once, old ones and
// drafts are not. The newest line stays in sight by the layout (a reversed column),
// so that neither a growing composer nor a card below pushes it away.

import { Asked } from './Asked';
import { Coming } from './Coming';
import { type Child, h } from './draw';
import { Language } from './Language';
import type { Session } from './models/session';
import type { Line } from './models/transcript';
import { Marked } from './Marked';

interface Props {
  session: Session;
  /** An article stands before it. */
  isHidden: boolean;
}

export function Lines({ session, isHidden }: Props) {
  const { newest } = session;
  const { say } = session.words;
  const lines = session.transcript.lines(session.view?.id ?? null);
  return (
    <div class="lines" hidden={isHidden}>
      <div
        class="scroll reversed"
        ref={(scroll) => newest.see(lines, scroll)}
        tabIndex={0}
        role="region"
        aria-label={say('frame')}
        onScroll={() => newest.look()}
      >
        <div>
          <Language session={session} />
          <div role="log" aria-live={newest.count ? 'polite' : 'off'} aria-relevant="additions">
            {lines.map((line) => (
              <Said line={line} session={session}>
                <Asked session={session} lines={lines} line={line} />
              </Said>
            ))}
          </div>
          {!lines.length && (
            <p class="system">
              {!session.loaded && <span class="dots" aria-hidden="true" />}
              {say(session.loaded ? 'empty' : 'loading')}
            </p>
          )}
          <Coming session={session} />
        </div>
      </div>
      {newest.isBelow && (
        <button type="button" class="news" onClick={() => newest.show()}>
          <span aria-hidden="true">↓ </span>
          {say('new_messages')}
        </button>
      )}
    </div>
  );
}

interface SaidProps {
  line: Line;
  session: Session;
  children?: Child;
}

function Said({ line, session, children }: SaidProps) {
  const { say } = session.words;
  if (line.role === 'system') {
    return (
      <p key={line.key} class="system">
        <span class="hidden">{say('system')}: </span>
        <span dir="auto">{line.text}</span>
      </p>
    );
  }
  const isOwn = line.role === 'customer';
  return (
    <div key={line.key} class={`message ${line.role}`}>
      <p class="who">
        <span class={isOwn ? 'hidden' : line.role}>{who(line, session)}</span>{' '}
        <time dateTime={line.at.toISOString()}>{session.words.moment(line.at, new Date())}</time>
      </p>
      <div class={`bubble ${line.role} ${line.state}`} dir="auto">
        {isOwn ? line.text : <Marked text={line.text} />}
      </div>
      {line.files && (session.files?.shown(line.files) ?? session.attach())}
      {line.state !== 'sent' && <Sending line={line} session={session} />}
      {line.citations.length > 0 && (
        <ul class="sources" aria-label={say('sources')}>
          {line.citations.map((citation) => (
            <li>
              <button type="button" class="link" onClick={() => session.reader.open(citation)}>
                {say('source', { title: citation.title })}
              </button>
            </li>
          ))}
        </ul>
      )}
      {children}
    </div>
  );
}

/** Each line says who speaks; the assistant's say that it is automated (P44). */
function who(line: Line, { words: { say } }: Session): string {
  if (line.role === 'customer') return say('you');
  if (line.role === 'agent') return line.agent?.name ?? say('person');
  return say('automated_short');
}

function Sending({ line, session }: { line: Line; session: Session }) {
  const { say } = session.words;
  if (line.state === 'sending') return <p class="who">{say('sending')}</p>;
  return (
    <p class="who">
      {say(line.state === 'delayed' ? 'not_sent' : 'failed')}{' '}
      <button type="button" class="link" onClick={() => session.retry(line.key)}>
        {say('retry')}
      </button>
    </p>
  );
}
