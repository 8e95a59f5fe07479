// The keyboard paths: which key does what, and when it is left alone.

export type Act =
  | 'accept'
  | 'decline'
  | 'next'
  | 'previous'
  | 'reply'
  | 'note'
  | 'introduction_edit'
  | 'introduction_send'
  | 'resolve'
  | 'why'
  | 'search'
  | 'help'
  | 'send'
  | 'leave_field';

/** What of a keystroke matters. */
export interface Stroke {
  key: string;
  ctrl: boolean;
  meta: boolean;
  alt: boolean;
  /** Where it was struck. */
  at: 'composer' | 'field' | 'dialog' | 'elsewhere';
  /** An input method is putting a character together. */
  composing: boolean;
}

const LETTERS: Record<string, Act> = {
  a: 'accept',
  d: 'decline',
  j: 'next',
  k: 'previous',
  r: 'reply',
  n: 'note',
  i: 'introduction_edit',
  I: 'introduction_send',
  e: 'resolve',
  w: 'why',
  '/': 'search',
  '?': 'help',
};

/** As the list of keys shows them. */
export const KEYS: [keys: string[], words: string][] = [
  [['a'], 'key_accept'],
  [['d'], 'key_decline'],
  [['j', 'k'], 'key_step'],
  [['i'], 'key_introduction_edit'],
  [['Shift+I'], 'key_introduction_send'],
  [['r'], 'key_reply'],
  [['n'], 'key_note'],
  [['Ctrl+Enter'], 'key_send'],
  [['Esc'], 'key_leave'],
  [['e'], 'key_resolve'],
  [['w'], 'key_why'],
  [['/'], 'key_search'],
  [['?'], 'key_help'],
];

/** What a keystroke asks for. Nothing is taken from who types in a field. */
export function actOf(stroke: Stroke, letters: boolean): Act | null {
  if (stroke.alt || stroke.composing) return null;
  if (stroke.at === 'composer') {
    if (stroke.key === 'Enter' && (stroke.ctrl || stroke.meta)) return 'send';
    return stroke.key === 'Escape' ? 'leave_field' : null;
  }
  if (stroke.at !== 'elsewhere' || stroke.ctrl || stroke.meta || !letters) return null;
  return LETTERS[stroke.key] ?? null;
}
