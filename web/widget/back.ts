// A customer who kept the place comes back by the link of a mail: the server turns the link
// into a key to that one conversation. Whoever has the conversation in this browser anyway
// goes on with their own key.

import type { Shelf } from './models/shelf';

// Nothing but types is imported: what both parts used would become a third.

type PlaceOf = (room?: string) => Shelf;

const AGAIN_MS = 3_000;

interface Returned {
  token: string;
  conversation_id: string;
}

/** Begins in the place of the conversation that a link leads to, else in the visitor's own. */
export async function enter(link: string, inbox: string, placeOf: PlaceOf, begin: (place: Shelf) => void): Promise<void> {
  // Neither the next reload nor whoever looks over a shoulder needs it.
  history.replaceState(null, '', location.pathname + location.search);
  let known = await exchange(inbox, link);
  while (known === 'later') {
    await new Promise((passed) => setTimeout(passed, AGAIN_MS));
    known = await exchange(inbox, link);
  }
  const own = placeOf();
  if (known === 'over' || own.get('conversation') === known.conversation_id) return begin(own);
  const place = placeOf(`${inbox}.back`);
  for (const key of place.keys('')) place.remove(key);
  place.put('token', known.token);
  place.put('conversation', known.conversation_id);
  begin(place);
}

async function exchange(inbox: string, link: string): Promise<Returned | 'over' | 'later'> {
  const headers = { 'Content-Type': 'application/json' };
  try {
    const answer = await fetch('/api/widget/return', { method: 'POST', headers, body: JSON.stringify({ inbox, link }) });
    if (answer.ok) return (await answer.json()) as Returned;
    return answer.status === 429 || answer.status >= 500 ? 'later' : 'over';
  } catch {
    return 'later';
  }
}
