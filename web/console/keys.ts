// The keyboard paths. Nothing is taken from who types in a field.

import type { Desk } from './models/desk';

export const KEYS: [string, string][] = [
  ['a', 'key_accept'],
  ['d', 'key_decline'],
  ['j / k', 'key_step'],
  ['r', 'key_reply'],
  ['i', 'key_introduction_edit'],
  ['Shift+I', 'key_introduction_send'],
  ['n', 'key_note'],
  ['e', 'key_resolve'],
  ['Ctrl+Enter', 'key_send'],
  ['?', 'key_help'],
];

export function press(desk: Desk, event: KeyboardEvent): void {
  if (desk.page.kind !== 'desk' || event.altKey || event.metaKey) return;
  const target = event.target as HTMLElement | null;
  const types = target?.closest('input, textarea, select, dialog');
  if (event.key === 'Enter' && event.ctrlKey && target?.id === 'composer') {
    event.preventDefault();
    void desk.send();
    return;
  }
  if (types || event.ctrlKey) return;
  const act = ACTS[event.key];
  if (!act) return;
  event.preventDefault();
  act(desk);
}

const ACTS: Record<string, (desk: Desk) => void> = {
  a: (desk) => withInvitation(desk, (item) => void desk.accept(item)),
  d: (desk) => withInvitation(desk, (item) => void desk.decline(item)),
  j: (desk) => desk.step(1),
  k: (desk) => desk.step(-1),
  r: (desk) => compose(desk, false),
  n: (desk) => compose(desk, true),
  i: (desk) => {
    if (!desk.open?.introduction || !desk.mine) return;
    desk.write(desk.open.item.conversation_id, { text: desk.open.introduction.text, private: false });
    compose(desk, false);
  },
  I: (desk) => {
    if (desk.open?.introduction && desk.mine) void desk.send(desk.open.introduction.text);
  },
  e: (desk) => desk.mine && desk.set({ dialog: 'resolve' }),
  '?': (desk) => desk.set({ dialog: 'keys' }),
};

function withInvitation(desk: Desk, act: (item: NonNullable<Desk['floor']>['queue'][number]) => void): void {
  const first = desk.floor?.invitations[0];
  if (first) act(first);
}

function compose(desk: Desk, isPrivate: boolean): void {
  if (!desk.open) return;
  desk.write(desk.open.item.conversation_id, { private: isPrivate });
  desk.set({ tab: 'talk' });
  setTimeout(() => document.getElementById('composer')?.focus());
}
