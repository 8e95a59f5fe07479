// What is about to be said: a draft of an answer, or a sign that somebody writes. It is
// lossy, and no screen reader reads a draft; the message itself is read when it comes.

import { h } from './draw';
import { Marked } from './Marked';
import type { Session } from './models/session';

export function Coming({ session }: { session: Session }) {
  const { say } = session.words;
  const { preview, typing } = session.transcript;
  if (preview) {
    return (
      <div class="message assistant" aria-hidden="true">
        <p class="who">{say('automated_short')}</p>
        <div class="bubble assistant" dir="auto">
          <Marked text={preview.text} />
        </div>
      </div>
    );
  }
  if (!typing) return null;
  return (
    <p class="who">
      <span class="dots" aria-hidden="true" />
      {typing.who === 'agent' ? say('typing_agent', { agent: typing.name ?? '' }) : say('typing_assistant')}
    </p>
  );
}
