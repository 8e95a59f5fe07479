// Draws Markdown as elements; there is no HTML on the way (see models/blocks.ts).

import { h } from './draw';
import { Marked } from './Marked';
import { type Block, blocks } from './models/blocks';

/** The text of an article, below a title of level 2. */
export function Prose({ text, title }: { text: string; title: string }) {
  // Articles begin with their own title.
  return blocks(text).map((block) => block.kind === 'heading' && block.text === title ? null : drawn(block));
}

function drawn(block: Block) {
  if (block.kind === 'list') {
    const items = block.items.map((item) => (
      <li>
        <Marked text={item} />
      </li>
    ));
    return block.start === null ? <ul>{items}</ul> : <ol start={block.start}>{items}</ol>;
  }
  if (block.kind === 'code') return <pre>{block.text}</pre>;
  if (block.kind === 'heading') return <h3>{block.text}</h3>;
  return (
    <p>
      <Marked text={block.text} />
    </p>
  );
}
