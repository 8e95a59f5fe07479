// What an article is made of; the marks within a block are read by markdown.ts.

export type Block =
  | { kind: 'heading' | 'paragraph'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'list'; start: number | null; items: string[] };

/** Headings, lists, fenced code and paragraphs. */
export function blocks(text: string): Block[] {
  const found: Block[] = [];
  /** The block that the next line may continue. */
  let open: Block | null = null;
  const begin = (block: Block) => found.push((open = block));
  for (const line of text.split(/\r?\n/)) {
    const current = open as Block | null;
    const words = line.trim();
    const item = /^(?:[-*+]|(\d{1,4})[.)])\s+(.*)/.exec(words);
    const heading = /^#{1,6}\s+(.+?)\s*#*$/.exec(words);
    if (words.startsWith('```')) {
      if (current?.kind === 'code') open = null;
      else begin({ kind: 'code', text: '' });
    } else if (current?.kind === 'code') {
      current.text += `${line}\n`;
    } else if (heading) {
      found.push({ kind: 'heading', text: heading[1]! });
      open = null;
    } else if (item) {
      const start = item[1] ? Number(item[1]) : null;
      const list = current?.kind === 'list' ? current : null;
      if (list && (list.start === null) === (start === null)) list.items.push(item[2]!);
      else begin({ kind: 'list', start, items: [item[2]!] });
    } else if (!words) {
      // A blank line between items does not end their list.
      if (current?.kind !== 'list') open = null;
    } else if (current?.kind === 'list' && /^\s/.test(line)) {
      current.items.push(`${current.items.pop()} ${words}`);
    } else if (current?.kind === 'paragraph') {
      current.text += ` ${words}`;
    } else {
      begin({ kind: 'paragraph', text: words });
    }
  }
  return found;
}
