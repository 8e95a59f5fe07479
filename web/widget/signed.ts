// A customer whom the site's server vouches for, fetched only where it does. The token
// comes by message and stands in no address; the server turns it into a key, and what the
// customer has here stands in a place of their own, so that nobody who comes after them in
// this browser finds it.

import type { FromFrame, ToFrame } from '../shared/frame';
import type { Api } from './models/api';
import type { Shelf } from './models/shelf';

// Nothing but types is imported: what both parts used would become a third.

/** Where a visitor's things stand; by default the anonymous one's of this inbox. */
type PlaceOf = (room?: string) => Shelf;

const asked = new URLSearchParams(location.search);
const inbox = asked.get('inbox') ?? '';
/** The page that holds the frame. */
const host = asked.get('host') ?? '';

const AGAIN_MS = 3_000;

/** Waits for the page's word, and begins with the customer it names or, where it does not hold, with the anonymous visitor. */
export async function enter(api: Api, placeOf: PlaceOf, begin: (place: Shelf) => void): Promise<void> {
  let last: MessageEvent<ToFrame> | undefined;
  let told: (token: string) => void;
  const token = new Promise<string>((resolve) => (told = resolve));
  const hear = (event: MessageEvent<ToFrame>) => {
    if (event.origin !== host || event.source !== window.parent || !event.data?.segue) return;
    last = event;
    told(event.data.user);
  };
  addEventListener('message', hear);
  const hello: FromFrame = { segue: 'news', unread: 0, brand: '' };
  window.parent.postMessage(hello, host);
  const place = await placeFor(await token, api, placeOf);
  removeEventListener('message', hear);
  begin(place);
  // The chat was not there yet to hear whether it is shown.
  const { data, origin, source } = last!;
  dispatchEvent(new MessageEvent('message', { data, origin, source }));
}

/**
 * The place of a customer, with their key in it. What this browser began anonymously on
 * this site goes along; browsers keep apart what a frame stores under different sites, so
 * no other site can take it.
 */
async function placeFor(token: string, api: Api, placeOf: PlaceOf): Promise<Shelf> {
  const before = placeOf().get('token');
  const anew = api.newVisitor.bind(api);
  for (;;) {
    const known = await exchange(token, before);
    if (known === 'refused') return placeOf();
    if (known !== 'later') {
      const own = placeOf(`${inbox}.${known.contact_id}`);
      own.put('token', known.token);
      // The key ends after a day; the site's word may hold longer.
      api.newVisitor = async () => {
        const again = await exchange(token, null);
        return typeof again === 'string' ? anew() : again.token;
      };
      return own;
    }
    await new Promise((passed) => setTimeout(passed, AGAIN_MS));
  }
}

interface Known {
  token: string;
  contact_id: string;
}

/** Has the server turn the site's word into a key. */
async function exchange(token: string, before: string | null): Promise<Known | 'refused' | 'later'> {
  const headers: Record<string, string> = { 'Content-Type': 'application/json' };
  if (before) headers['Authorization'] = `Bearer ${before}`;
  try {
    const answer = await fetch('/api/widget/identity', { method: 'POST', headers, body: JSON.stringify({ inbox, token }) });
    if (answer.ok) return (await answer.json()) as Known;
    return answer.status === 429 || answer.status >= 500 ? 'later' : 'refused';
  } catch {
    return 'later';
  }
}
