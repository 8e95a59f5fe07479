// Ways out of a conversation for an agent who leaves it (P45): back to the queue, to a
// colleague or a team, on by e-mail, or closed. As a select holds them: one word each.

import type { Disposition, Floor, Item, LeftHow } from '../api';

export type Way = 'queue' | 'email' | `colleague ${string}` | `team ${string}` | `close ${Disposition}`;

export const DISPOSITIONS: Disposition[] = [
  'solved',
  'workaround',
  'refunded',
  'product_problem',
  'not_solvable',
  'needless',
  'no_reply',
  'out_of_scope',
];

/** The ways that are open for a conversation, the safest first. */
export function waysFor(item: Item, floor: Floor | null, me: string | null): Way[] {
  const colleagues = (floor?.agents ?? []).filter(({ id, presence }) => presence === 'online' && id !== me);
  const byEmail = floor?.mail && item.contact.email;
  return [
    'queue',
    ...colleagues.map(({ id }): Way => `colleague ${id}`),
    ...(floor?.pass_to ?? []).map(({ id }): Way => `team ${id}`),
    ...(byEmail ? (['email'] as const) : []),
    ...DISPOSITIONS.map((disposition): Way => `close ${disposition}`),
  ];
}

/** Whether somebody gets it who wants to know more. */
export function takesNote(way: Way): boolean {
  return way.startsWith('colleague') || way.startsWith('team');
}

/** What the server is told; nothing chosen is back to the queue. */
export function readWay(way: Way = 'queue', note = ''): Omit<LeftHow, 'conversation_id'> {
  const [to, detail] = way.split(' ') as [LeftHow['to'], string | undefined];
  return {
    to,
    agent_id: (to === 'colleague' && detail) || null,
    team_id: (to === 'team' && detail) || null,
    note: (takesNote(way) && note.trim()) || null,
    disposition: ((to === 'close' && detail) || null) as Disposition | null,
  };
}
