// Where in the console one is. The address says it after the `#`, so that a reload,
// a bookmark and the browser's back button find the place again.

/** On a narrow screen: which half of a conversation is in front. */
export type Half = 'package' | 'talk';

export type Place =
  | { kind: 'floor' }
  /** `at` is the number of a message that is to be shown. */
  | { kind: 'talk'; id: string; half: Half; at?: number }
  | { kind: 'why'; id: string }
  /** The search over all conversations; `query` is what is wanted, as in an address. */
  | { kind: 'search'; query: string }
  /** The policy lab: a page of it, and of the trials one. */
  | { kind: 'lab'; page: 'write' | 'trials' | 'versions'; id: string }
  /** A view of the measures with its filters, as the address says them: `causes?days=90`. */
  | { kind: 'measures'; rest: string }
  /** Contacts: one of them, or those that are looked for, as an address says it. */
  | { kind: 'contacts'; id: string; query: string }
  /**
   * A page of the settings; none is the list, or the first where there is room for both. What
   * it is narrowed to stands behind it, as the address says it.
   */
  | { kind: 'settings'; page: string; query?: string };

export function placeOf(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const [first = '', second = '', third = ''] = path.split('/');
  if (first === 'conversations' && /^\w+$/.test(second)) {
    if (third === 'why') return { kind: 'why', id: second };
    const at = Number(new URLSearchParams(query).get('at'));
    return { kind: 'talk', id: second, half: 'package', ...(Number.isInteger(at) && at > 0 ? { at } : {}) };
  }
  if (first === 'settings') {
    const page = /^[a-z-]+$/.test(second) ? second : '';
    return page && query ? { kind: 'settings', page, query } : { kind: 'settings', page };
  }
  if (first === 'contacts') return /^\w+$/.test(second) ? { kind: 'contacts', id: second, query: '' } : { kind: 'contacts', id: '', query };
  if (first === 'lab') {
    const page = second === 'trials' || second === 'versions' ? second : 'write';
    return { kind: 'lab', page, id: page === 'trials' && /^\w+$/.test(third) ? third : '' };
  }
  // Where the articles stood before they moved.
  if (first === 'knowledge') return { kind: 'settings', page: 'articles' };
  // The list of all conversations was called history before one could search it.
  if (first === 'search' || first === 'history') return { kind: 'search', query };
  if (first === 'measures') return { kind: 'measures', rest: (/^[a-z]*$/.test(second) ? second : '') + (query && `?${query}`) };
  return { kind: 'floor' };
}

export function hashOf(place: Place): string {
  if (place.kind === 'talk') return `#/conversations/${place.id}${place.at ? `?at=${place.at}` : ''}`;
  if (place.kind === 'why') return `#/conversations/${place.id}/why`;
  if (place.kind === 'settings') return ['#/settings', place.page && `/${place.page}`, place.query && `?${place.query}`].filter(Boolean).join('');
  if (place.kind === 'contacts') return ['#/contacts', place.id && `/${place.id}`, place.query && `?${place.query}`].filter(Boolean).join('');
  if (place.kind === 'search') return place.query ? `#/search?${place.query}` : '#/search';
  if (place.kind === 'lab') return ['#', 'lab', place.page === 'write' ? '' : place.page, place.id].filter(Boolean).join('/');
  if (place.kind === 'measures') return `#/measures${place.rest && (place.rest.startsWith('?') ? '' : '/')}${place.rest}`;
  return '#/';
}

/** A one-time link to join or to a new password, `#/link/TOKEN`. */
export function linkTokenOf(hash: string): string | null {
  return /^#\/link\/([^/\s]+)$/.exec(hash)?.[1] ?? null;
}

/** The one-time link of the first start, `#/setup/TOKEN`. */
export function setupTokenOf(hash: string): string | null {
  return /^#\/setup\/([^/\s]+)$/.exec(hash)?.[1] ?? null;
}
