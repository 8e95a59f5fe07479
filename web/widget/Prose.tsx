// Draws Markdown as elements; there is no HTML on the way (see models/blocks.ts).

import { Marked } from './Marked';
import { blocks } from './models/blocks';

/** The text of an article, below a title of level 2. */
export function Prose({ text, title }: { text: string; title: string }) {
  return (
    <>
      {blocks(text).map((block, n) => {
        if (block.kind === 'list') {
          const items = block.items.map((item, n) => (
            <li key={n}>
              <Marked text={item} />
            </li>
          ));
          return block.start === null ? <ul key={n}>{items}</ul> : <ol key={n} start={block.start}>{items}</ol>;
        }
        if (block.kind === 'code') return <pre key={n}>{block.text}</pre>;
        if (block.kind === 'paragraph') {
          return (
            <p key={n}>
              <Marked text={block.text} />
            </p>
          );
        }
        // Articles begin with their own title.
        return block.text === title ? null : <h3 key={n}>{block.text}</h3>;
      })}
    </>
  );
}
