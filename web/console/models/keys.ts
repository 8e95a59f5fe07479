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
  | 'pass_on'
  | 'hand_back'
  | 'take_over'
  | 'why'
  | 'search'
  | 'find'
  | 'list'
  | 'canned'
  | 'help_articles'
  | 'undo'
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
  p: 'pass_on',
  b: 'hand_back',
  t: 'take_over',
  w: 'why',
  c: 'canned',
  o: 'help_articles',
  u: 'undo',
  v: 'list',
  s: 'find',
  '/': 'search',
  '?': 'help',
};

type Explained = [keys: string[], words: string];

/** As the list of keys shows them, by what they are for. */
export const KEY_GROUPS: [title: string, keys: Explained[]][] = [
  [
    'keys_lists',
    [
      [['j', 'k'], 'key_step'],
      [['v'], 'key_list'],
      [['/'], 'key_search'],
      [['s'], 'key_find'],
      [['a'], 'key_accept'],
      [['d'], 'key_decline'],
    ],
  ],
  [
    'keys_conversation',
    [
      [['r'], 'key_reply'],
      [['n'], 'key_note'],
      [['i'], 'key_introduction_edit'],
      [['Shift+I'], 'key_introduction_send'],
      [['c'], 'key_canned'],
      [['o'], 'key_articles'],
      [['u'], 'key_undo'],
      [['e'], 'key_resolve'],
      [['p'], 'key_pass_on'],
      [['b'], 'key_hand_back'],
      [['t'], 'key_take_over'],
      [['w'], 'key_why'],
    ],
  ],
  [
    'keys_writing',
    [
      [['Ctrl+Enter'], 'key_send'],
      [['/'], 'key_slash'],
      [['Esc'], 'key_leave'],
    ],
  ],
  ['keys_everywhere', [[['?'], 'key_help']]],
];

export const KEYS: Explained[] = KEY_GROUPS.flatMap(([, keys]) => keys);

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
