// The little Markdown that articles and answers use, read into plain data; drawing
// it is for view/prose.tsx. There is no way from here to HTML: tags are text, and a
// link goes to http, https and mailto only.

export type Inline =
  | string
  | { kind: 'strong' | 'em' | 'code'; inner: Inline[] }
  | { kind: 'link'; href: string; inner: Inline[] };

export type Block =
  | { kind: 'heading'; level: number; inner: Inline[] }
  | { kind: 'paragraph'; inner: Inline[] }
  | { kind: 'list'; ordered: boolean; start: number; items: Inline[][] }
  | { kind: 'code'; text: string };

export function blocks(text: string): Block[] {
  const found: Block[] = [];
  let paragraph: string[] = [];
  let code: string[] | null = null;
  const flush = () => {
    if (paragraph.length) found.push({ kind: 'paragraph', inner: inline(paragraph.join('\n')) });
    paragraph = [];
  };
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*(```|~~~)/.test(line)) {
      flush();
      if (code) found.push({ kind: 'code', text: code.join('\n') });
      code = code ? null : [];
      continue;
    }
    if (code) {
      code.push(line);
      continue;
    }
    const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
    const item = /^\s*(?:[-*+]|(\d{1,4})[.)])\s+(.*)$/.exec(line);
    const last = found.at(-1);
    if (heading) {
      flush();
      found.push({ kind: 'heading', level: heading[1]!.length, inner: inline(heading[2]!) });
    } else if (item) {
      const ordered = item[1] !== undefined;
      flush();
      const list = found.at(-1);
      if (list?.kind === 'list' && list.ordered === ordered) list.items.push(inline(item[2]!));
      else {
        const start = Number(item[1] ?? 1);
        found.push({ kind: 'list', ordered, start, items: [inline(item[2]!)] });
      }
    } else if (!line.trim() || /^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) {
      flush();
    } else if (/^\s+\S/.test(line) && last?.kind === 'list' && !paragraph.length) {
      // The item goes on in an indented line.
      last.items.at(-1)!.push('\n', ...inline(line.trim()));
    } else {
      paragraph.push(line.replace(/^\s*>\s?/, ''));
    }
  }
  flush();
  if (code) found.push({ kind: 'code', text: code.join('\n') });
  return found;
}

const MARKS =
  /`([^`]+)`|\*\*(?=\S)(.+?)\*\*|(?<![\w*])[*_](?=\S)([^*_\n]+?)[*_](?!\w)|!?\[([^\]]*)\]\(\s*<?([^\s)>]+)>?[^)]*\)|https?:\/\/[^\s<>()"']*[^\s<>()"'.,;:!?]/;

/** Marks inside one line of text; a bare address becomes a link too. */
export function inline(text: string): Inline[] {
  const found: Inline[] = [];
  let rest = text;
  for (let hit = MARKS.exec(rest); hit; hit = MARKS.exec(rest)) {
    if (hit.index) found.push(rest.slice(0, hit.index));
    const [whole, code, strong, em, label, target] = hit;
    if (code !== undefined) found.push({ kind: 'code', inner: [code] });
    else if (strong !== undefined) found.push({ kind: 'strong', inner: inline(strong) });
    else if (em !== undefined) found.push({ kind: 'em', inner: inline(em) });
    else if (target === undefined) found.push({ kind: 'link', href: whole, inner: [whole] });
    else if (whole.startsWith('!')) found.push(label!);
    else found.push(link(target, label!));
    rest = rest.slice(hit.index + whole.length);
  }
  if (rest) found.push(rest);
  return found;
}

/** Only bare addresses become links: for people's own words, which are not Markdown. */
export function plain(text: string): Inline[] {
  return text
    .split(/(https?:\/\/[^\s<>()"']*[^\s<>()"'.,;:!?])/)
    .flatMap((part, index): Inline[] => {
      if (index % 2) return [{ kind: 'link', href: part, inner: [part] }];
      return part ? [part] : [];
    });
}

function link(target: string, label: string): Inline {
  const safe = /^(https?:\/\/|mailto:)/i.test(target);
  if (!safe) return label;
  // The label of a link is text: links do not nest.
  return { kind: 'link', href: target, inner: [label] };
}
