// The whole window: head, conversation or article, what stands above the composer,
// composer. It draws what the session says and keeps nothing but what is being typed.

import { Component, createRef } from 'preact';
import { Article } from './Article';
import { Lines } from './Lines';
import { Panel } from './Panel';
import { humanComes, type Session } from './models/session';

interface Props {
  session: Session;
  framed: boolean;
  onClose(): void;
}

export function Chat({ session, framed, onClose }: Props) {
  const { say } = session.words;
  const company = session.config?.company ?? '';
  return (
    <main class="chat">
      <header class="head">
        <div class="head-words">
          <h1>{company ? say('title', { company }) : say('talk_to_person')}</h1>
          <p class="quiet">{standing(session)}</p>
        </div>
        {framed && (
          <button type="button" class="icon" aria-label={say('close')} onClick={onClose}>
            <span aria-hidden="true">✕</span>
          </button>
        )}
      </header>
      {session.closedForGood ? (
        <p class="notice">{say('unavailable')}</p>
      ) : session.article ? (
        <Article session={session} article={session.article} />
      ) : (
        <Lines session={session} />
      )}
      <p class="trouble" role="status">
        {trouble(session)}
      </p>
      {!session.closedForGood && <Panel session={session} />}
      <PersonControl session={session} />
      {!session.closedForGood && !session.article && <Composer session={session} />}
    </main>
  );
}

/** Who answers, in a line. */
function standing({ view, words: { say } }: Session): string {
  if (view?.state === 'with_agent') return say('with_agent', { agent: view.agent?.name ?? '' });
  if (view?.state === 'by_email') return say('by_email');
  return say('automated');
}

function trouble({ reach, trouble, words: { say }, loaded }: Session): string {
  if (reach === 'no') return say('offline');
  if (reach === 'unknown') return say('reconnecting');
  if (trouble) return say(trouble);
  return loaded ? '' : say('loading');
}

/** "Talk to a person": there in every state until a human has it or is coming (P19). */
function PersonControl({ session }: { session: Session }) {
  const { say } = session.words;
  if (humanComes(session.view)) return null;
  return (
    <div class="person">
      <button type="button" class="wide" onClick={() => session.askForPerson()} aria-busy={session.wantsPerson}>
        {session.wantsPerson ? say('talk_to_person_busy') || say('talk_to_person') : say('talk_to_person')}
      </button>
    </div>
  );
}

class Composer extends Component<{ session: Session }, { text: string }> {
  override state = { text: '' };
  field = createRef<HTMLTextAreaElement>();

  override componentDidUpdate(): void {
    const area = this.field.current;
    if (!area) return;
    area.style.height = 'auto';
    area.style.height = `${Math.min(area.scrollHeight, 120)}px`;
  }

  send(): void {
    const { session } = this.props;
    const text = this.state.text.trim();
    if (!text || session.tooLong(text)) return;
    session.say(text);
    this.setState({ text: '' });
    this.field.current?.focus();
  }

  override render() {
    const { session } = this.props;
    const { text } = this.state;
    const { say } = session.words;
    const max = session.tooLong(text);
    return (
      <form
        class="composer"
        onSubmit={(event) => {
          event.preventDefault();
          this.send();
        }}
      >
        <label class="hidden" for="message">
          {say('message_label')}
        </label>
        <textarea
          id="message"
          ref={this.field}
          rows={1}
          value={text}
          dir="auto"
          placeholder={say('message_placeholder')}
          aria-invalid={!!max}
          aria-describedby="too-long"
          onInput={(event) => {
            this.setState({ text: event.currentTarget.value });
            session.typing();
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            this.send();
          }}
        />
        <button type="submit" class="primary" disabled={!text.trim() || !!max}>
          {say('send') || '➤'}
        </button>
        <p id="too-long" class="fault">
          {max ? say('too_long', { max }) : ''}
        </p>
      </form>
    );
  }
}
