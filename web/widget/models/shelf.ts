// What survives a reload. Private windows and strict browsers refuse localStorage;
// then the memory of the page has to do, and nothing else changes.

export interface Shelf {
  get(key: string): string | null;
  put(key: string, value: string): void;
  remove(key: string): void;
  /** Keys that begin with `prefix`, in order. */
  keys(prefix: string): string[];
}

/** A shelf in memory. */
export function memoryShelf(): Shelf {
  const kept = new Map<string, string>();
  return {
    get: (key) => kept.get(key) ?? null,
    put: (key, value) => void kept.set(key, value),
    remove: (key) => void kept.delete(key),
    keys: (prefix) => [...kept.keys()].filter((key) => key.startsWith(prefix)).sort(),
  };
}

/**
 * A shelf in the browser's storage, for one inbox. What storage refuses (private
 * mode, quota) is kept in memory.
 */
export function browserShelf(inbox: string, storage: () => Storage): Shelf {
  const room = `segue.${inbox}.`;
  const memory = memoryShelf();
  const attempt = <T>(act: (real: Storage) => T, instead: T): T => {
    try {
      return act(storage());
    } catch {
      return instead;
    }
  };
  return {
    get: (key) => memory.get(key) ?? attempt((real) => real.getItem(room + key), null),
    put(key, value) {
      const stored = attempt((real) => (real.setItem(room + key, value), true), false);
      if (stored) memory.remove(key);
      else memory.put(key, value);
    },
    remove(key) {
      memory.remove(key);
      attempt((real) => real.removeItem(room + key), undefined);
    },
    keys(prefix) {
      const stored = attempt((real) => Object.keys(real), [])
        .filter((key) => key.startsWith(room + prefix))
        .map((key) => key.slice(room.length));
      return [...new Set([...stored, ...memory.keys(prefix)])].sort();
    },
  };
}
