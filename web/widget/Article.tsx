// A cited article, read inside the widget, with the way back.

import { Component, createRef } from 'preact';
import type { Screen } from './models/reader';
import type { Session } from './models/session';
import { Prose } from './Prose';

interface Props {
  session: Session;
  screen: Extract<Screen, { kind: 'article' }>;
}

export class Article extends Component<Props> {
  back = createRef<HTMLButtonElement>();

  /** The citation that was clicked; the keyboard is there again on the way back. */
  from = document.activeElement;

  override componentDidMount(): void {
    this.back.current?.focus();
  }

  override componentWillUnmount(): void {
    const { from } = this;
    setTimeout(() => from instanceof HTMLElement && from.focus());
  }

  override render({ session, screen }: Props) {
    const { say } = session.words;
    const { citation, text, failed } = screen;
    return (
      <article class="scroll article" tabIndex={0} aria-label={citation.title}>
        <button type="button" class="link" ref={this.back} onClick={() => session.reader.close()}>
          <span aria-hidden="true">‹ </span>
          {say('article_close')}
        </button>
        <h2 dir="auto">{citation.title}</h2>
        <div dir="auto">{text && <Prose text={text} title={citation.title} />}</div>
        {failed && (
          <p role="alert">
            {say('failed')}{' '}
            <button type="button" class="link" onClick={() => void session.reader.open(citation)}>
              {say('retry')}
            </button>
          </p>
        )}
        {!text && !failed && <p class="dots" role="img" aria-label={say('loading')} />}
      </article>
    );
  }
}
