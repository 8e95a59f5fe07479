// Where the customer writes. What is being typed outlives a reload.

import { Component, createRef } from 'preact';
import type { Session } from './models/session';

interface Props {
  session: Session;
}

/** The field grows with its text up to here. */
const TALLEST_PX = 132;

export class Composer extends Component<Props, { text: string }> {
  override state = { text: this.props.session.outbox.draft };
  field = createRef<HTMLTextAreaElement>();

  override componentDidMount(): void {
    this.fit();
  }

  override componentDidUpdate(): void {
    this.fit();
  }

  fit(): void {
    const field = this.field.current;
    if (!field) return;
    field.style.height = 'auto';
    field.style.height = `${Math.min(field.scrollHeight + 2, TALLEST_PX)}px`;
  }

  write(text: string): void {
    this.props.session.outbox.draft = text;
    this.setState({ text });
  }

  send(): void {
    const { session } = this.props;
    const text = this.state.text.trim();
    if (!text || session.tooLong(text)) return;
    session.say(text);
    this.write('');
    this.field.current?.focus();
  }

  override render({ session }: Props, { text }: { text: string }) {
    const { say } = session.words;
    const max = session.tooLong(text.trim());
    return (
      <form
        class="composer"
        onSubmit={(event) => {
          event.preventDefault();
          this.send();
        }}
      >
        <textarea
          ref={this.field}
          rows={1}
          value={text}
          dir="auto"
          enterkeyhint="send"
          aria-label={say('message_label')}
          placeholder={say('message_placeholder')}
          aria-invalid={!!max}
          aria-describedby="too-long"
          onInput={(event) => {
            this.write(event.currentTarget.value);
            session.typing();
          }}
          onKeyDown={(event) => {
            // Enter also ends the choice of a Japanese or Chinese word.
            if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            this.send();
          }}
        />
        <button type="submit" class="send" aria-label={say('send')} disabled={!text.trim() || !!max}>
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d="M12 20V5m-7 7 7-7 7 7" />
          </svg>
        </button>
        <p id="too-long" class="fault" role="status">
          {max && say('too_long', { max })}
        </p>
      </form>
    );
  }
}
