// A cited article, read inside the widget, with the way back.

import { h } from './draw';
import type { Screen } from './models/reader';
import type { Session } from './models/session';
import { Prose } from './Prose';

interface Props {
  session: Session;
  screen: Extract<Screen, { kind: 'article' }>;
}

export function Article({ session: { reader, words }, screen }: Props) {
  const { say } = words;
  const { citation, text, failed } = screen;
  return (
    <article class="scroll article" tabIndex={0} aria-label={citation.title}>
      <button type="button" class="link" autofocus onClick={() => reader.close()}>
        <span aria-hidden="true">‹ </span>
        {say('article_close')}
      </button>
      <h2 dir="auto">{citation.title}</h2>
      <div dir="auto">{text && <Prose text={text} title={citation.title} />}</div>
      {failed && (
        <p role="alert">
          {say('failed')}{' '}
          <button type="button" class="link" onClick={() => reader.open(citation)}>
            {say('retry')}
          </button>
        </p>
      )}
      {!text && !failed && <p class="dots" role="img" aria-label={say('loading')} />}
    </article>
  );
}
