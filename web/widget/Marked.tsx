// Bold, code and links as elements; there is no HTML on the way (see models/markdown.ts).

import { h } from './draw';
import { inline } from './models/markdown';

export function Marked({ text }: { text: string }) {
  return inline(text).map((part) => {
    if (typeof part === 'string') return part;
    if (part.kind === 'strong') return <strong>{part.text}</strong>;
    if (part.kind === 'code') return <code>{part.text}</code>;
    return (
      <a href={part.href} target="_blank" rel="noopener noreferrer nofollow">
        {part.text}
      </a>
    );
  });
}
