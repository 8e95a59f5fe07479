// What the loader on the customer's site and the widget in its frame say to each
// other. Both check the other's origin; nothing else is understood.

export type ToFrame = { segue: 'shown' } | { segue: 'hidden' };
export type FromFrame = { segue: 'close' } | { segue: 'unread'; count: number } | { segue: 'brand'; brand: string; ink: string; label: string };
