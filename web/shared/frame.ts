// What the loader on the customer's site and the widget in its frame say to each
// other. Both check the other's origin; nothing else is understood.

export type ToFrame = { segue: 'shown' } | { segue: 'hidden' };

/** `brand` is empty as long as it is not known. */
export type FromFrame = { segue: 'close' } | { segue: 'news'; unread: number; brand: string };
