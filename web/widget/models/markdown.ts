// The little Markdown that answers use, read into plain data; Marked.tsx draws it. There
// is no way from here to HTML: tags are text, and a link goes to http, https or mailto
// only.

export type Inline =
  | string
  | { kind: 'strong'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'link'; text: string; href: string };

/** `**strong**`, `code`, `[a link](https://…)`, and addresses that stand by themselves. */
const MARKS = /\*\*(.+?)\*\*|`([^`]+)`|!?\[([^\]]*)\]\(([^)\s]+)[^)]*\)|https?:\/\/[^\s<>"')\]]*[^\s<>"')\].,;:!?]/g;

export function inline(text: string): Inline[] {
  const found: Inline[] = [];
  let from = 0;
  for (const hit of text.matchAll(MARKS)) {
    const [whole, strong, code, label, target] = hit;
    found.push(text.slice(from, hit.index));
    from = hit.index + whole.length;
    if (strong) found.push({ kind: 'strong', text: strong });
    else if (code) found.push({ kind: 'code', text: code });
    else if (!target) found.push({ kind: 'link', text: whole, href: whole });
    else if (/^(https?:\/\/|mailto:)/i.test(target)) found.push({ kind: 'link', text: label || target, href: target });
    else found.push(label ?? '');
  }
  found.push(text.slice(from));
  return found.filter(Boolean);
}
