// What was said. A log for screen readers: new lines are read once, old ones and
// drafts are not. The newest line stays in sight by the layout (a reversed column),
// so that neither a growing composer nor a card below pushes it away.

import { Component, type ComponentChildren, createRef } from 'preact';
import type * as Later from './later';
import type { Session } from './models/session';
import type { Line } from './models/transcript';
import { Marked } from './Marked';

interface State {
  /** Something new was said below what is being read. */
  hasNews: boolean;
}

/** Nearer to the end than this counts as being there. */
const NEAR_PX = 60;

interface Props {
  session: Session;
  later: typeof Later | null;
  /** An article stands before it. */
  isHidden: boolean;
}

export class Lines extends Component<Props, State> {
  override state = { hasNews: false };
  scroll = createRef<HTMLDivElement>();
  /** What the customer has seen arrive; a screen reader need not read it all at once. */
  count = 0;

  override componentDidUpdate(): void {
    const { session } = this.props;
    const lines = session.transcript.lines(session.view?.id ?? null);
    const isNew = lines.length > this.count && this.count > 0;
    this.count = lines.length;
    if (!isNew) return;
    if (lines.at(-1)?.role === 'customer') this.toEnd();
    else if (!this.isAtEnd()) this.setState({ hasNews: true });
  }

  isAtEnd(): boolean {
    // In a reversed column the end is 0 and everything above is negative.
    return (this.scroll.current?.scrollTop ?? 0) > -NEAR_PX;
  }

  toEnd(): void {
    this.scroll.current?.scrollTo({ top: 0 });
  }

  override render({ session, later, isHidden }: Props, { hasNews }: State) {
    const { say } = session.words;
    const lines = session.transcript.lines(session.view?.id ?? null);
    return (
      <div class="lines" hidden={isHidden}>
        <div
          class="scroll reversed"
          ref={this.scroll}
          tabIndex={0}
          role="region"
          aria-label={say('frame')}
          onScroll={() => hasNews && this.isAtEnd() && this.setState({ hasNews: false })}
        >
          <div>
            {later && <later.Language session={session} />}
            <div role="log" aria-live={this.count ? 'polite' : 'off'} aria-relevant="additions">
              {lines.map((line) => (
                <Said key={line.key} line={line} session={session}>
                  {later && <later.Asked session={session} lines={lines} line={line} />}
                </Said>
              ))}
            </div>
            {!lines.length && (session.loaded ? <p class="system">{say('empty')}</p> : <Loading session={session} />)}
            {later && <later.Coming session={session} />}
          </div>
        </div>
        {hasNews && (
          <button type="button" class="news" onClick={() => this.toEnd()}>
            <span aria-hidden="true">↓ </span>
            {say('new_messages')}
          </button>
        )}
      </div>
    );
  }
}

function Loading({ session }: { session: Session }) {
  return (
    <p class="system">
      <span class="dots" aria-hidden="true" />
      {session.words.say('loading')}
    </p>
  );
}

interface SaidProps {
  line: Line;
  session: Session;
  children?: ComponentChildren;
}

function Said({ line, session, children }: SaidProps) {
  const { say } = session.words;
  if (line.role === 'system') {
    return (
      <p class="system">
        <span class="hidden">{say('system')}: </span>
        <span dir="auto">{line.text}</span>
      </p>
    );
  }
  const isOwn = line.role === 'customer';
  return (
    <div class={`message ${line.role}`}>
      <p class="who">
        <span class={isOwn ? 'hidden' : line.role}>{who(line, session)}</span>{' '}
        <time dateTime={line.at.toISOString()}>{session.words.moment(line.at, new Date())}</time>
      </p>
      <div class={`bubble ${line.role} ${line.state}`} dir="auto">
        {isOwn ? line.text : <Marked text={line.text} />}
      </div>
      {line.state !== 'sent' && <Sending line={line} session={session} />}
      {line.citations.length > 0 && (
        <ul class="sources" aria-label={say('sources')}>
          {line.citations.map((citation) => (
            <li key={citation.article_id}>
              <button type="button" class="link" onClick={() => void session.reader.open(citation)}>
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
