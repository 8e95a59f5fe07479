// Time, chance and the network's own opinion of itself, passed in as arguments so
// that models can be tested without waiting and without dice.

export interface World {
  /** Milliseconds since 1970. */
  now(): number;
  /** 0 up to 1. */
  random(): number;
  /** Calls back once after `ms`; returns how to call it off. */
  after(ms: number, call: () => void): () => void;
}

export const realWorld: World = {
  now: () => Date.now(),
  random: () => Math.random(),
  after(ms, call) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

/** An id of 128 random bits. `crypto.randomUUID` is missing on plain-http pages. */
export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
