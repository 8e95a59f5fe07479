// What was said. A log for screen readers: new lines are read, old ones are not.

import { Component, createRef } from 'preact';
import { humanComes, type Session } from './models/session';
import type { Line } from './models/transcript';

export class Lines extends Component<{ session: Session }> {
  log = createRef<HTMLDivElement>();
  seen = '';

  override componentDidMount(): void {
    this.follow();
  }

  override componentDidUpdate(): void {
    this.follow();
  }

  /** Keeps the newest line in sight when something new was said. */
  follow(): void {
    const { transcript, view } = this.props.session;
    const newest = `${transcript.lines(view?.id ?? null).length} ${transcript.preview?.text} ${transcript.typing?.who}`;
    if (newest === this.seen) return;
    this.seen = newest;
    this.log.current?.scrollTo({ top: this.log.current.scrollHeight });
  }

  override render() {
    const { session } = this.props;
    const { say } = session.words;
    const { preview, typing } = session.transcript;
    const lines = session.transcript.lines(session.view?.id ?? null);
    const lastAttempt = lines.findLast((line) => line.attempt_id)?.key;
    const lastOffer = lines.findLast((line) => line.offers_person)?.key;
    return (
      <div class="log" ref={this.log} role="log" tabIndex={0} aria-label={document.title}>
        {!lines.length && session.loaded && <p class="quiet">{say('empty')}</p>}
        {lines.map((line) => (
          <Message
            key={line.key}
            line={line}
            session={session}
            asksHelped={line.key === lastAttempt}
            offers={line.key === lastOffer}
          />
        ))}
        {preview && <p class="bubble assistant">{preview.text}</p>}
        {typing && !preview && (
          <p class="quiet">
            {typing.who === 'agent' ? say('typing_agent', { agent: typing.name ?? '' }) : say('typing_assistant')}
          </p>
        )}
      </div>
    );
  }
}

interface MessageProps {
  line: Line;
  session: Session;
  asksHelped: boolean;
  offers: boolean;
}

function Message({ line, session, asksHelped, offers }: MessageProps) {
  const { say } = session.words;
  if (line.role === 'system') {
    return (
      <p class="system">
        <span class="hidden">{say('system')}: </span>
        {line.text}
      </p>
    );
  }
  return (
    <div class={`message ${line.role}`}>
      <p class="who">
        {who(line, session)} <time dateTime={line.at.toISOString()}>{session.words.time(line.at)}</time>
      </p>
      <div class={`bubble ${line.role}`} dir="auto">
        {line.text}
      </div>
      <Sending line={line} session={session} />
      {line.citations.length > 0 && (
        <ul class="sources" aria-label={say('sources')}>
          {line.citations.map((citation) => (
            <li key={citation.article_id}>
              <button type="button" class="link" onClick={() => void session.read(citation)}>
                {say('source', { title: citation.title })}
              </button>
            </li>
          ))}
        </ul>
      )}
      {asksHelped && line.attempt_id && <Helped id={line.attempt_id} session={session} />}
      {offers && <Offer line={line} session={session} />}
    </div>
  );
}

function who(line: Line, { words: { say } }: Session): string {
  if (line.role === 'customer') return say('you');
  if (line.role === 'agent') return line.agent?.name ?? say('person');
  return say('automated_short');
}

function Sending({ line, session }: { line: Line; session: Session }) {
  const { say } = session.words;
  if (line.state === 'sent') return null;
  if (line.state === 'sending') return <p class="quiet">{say('sending')}</p>;
  const entry = session.outbox.all.find((pending) => pending.client_message_id === line.key);
  return (
    <p class="quiet">
      {line.state === 'delayed' ? say('not_sent') : say('failed')}{' '}
      {entry && (
        <button type="button" class="link" onClick={() => session.retry(entry)}>
          {say('retry')}
        </button>
      )}
    </p>
  );
}

/** "Did this help?" under the last suggestion (P18, P24). */
function Helped({ id, session }: { id: string; session: Session }) {
  const { say } = session.words;
  const outcome = session.transcript.outcome(id);
  if (outcome === 'helped' || outcome === 'did_not_help') return <p class="quiet">{say('helped_thanks')}</p>;
  if (session.view?.state !== 'with_assistant') return null;
  return (
    <div class="choice" role="group" aria-label={say('helped_question')}>
      <span>{say('helped_question')}</span>
      <button type="button" onClick={() => void session.judge(id, true)}>
        {say('helped_yes')}
      </button>
      <button type="button" onClick={() => void session.judge(id, false)}>
        {say('helped_no')}
      </button>
    </div>
  );
}

/** A person is offered (P21). */
function Offer({ line, session }: { line: Line; session: Session }) {
  const { say } = session.words;
  if (humanComes(session.view) || session.declined.has(line.key)) return null;
  if (session.view?.state !== 'with_assistant') return null;
  return (
    <div class="choice">
      <button type="button" class="primary" onClick={() => session.askForPerson()}>
        {say('talk_to_person')}
      </button>
      <button type="button" onClick={() => session.declineOffer(line.key)}>
        {say('no_thanks')}
      </button>
    </div>
  );
}
