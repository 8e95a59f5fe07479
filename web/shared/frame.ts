// What the loader on the customer's site and the widget in its frame say to each
// other. Both check the other's origin; nothing else is understood.

/** `user` is the token by which the site's server says who its user is; empty where it does not. */
export type ToFrame = { segue: 'shown' | 'hidden'; user: string };

/** `brand` is empty as long as it is not known. */
export type FromFrame = { segue: 'close' } | { segue: 'news'; unread: number; brand: string };
