export interface CacheOptions {
  ttlMs: number;
  maxEntries?: number;
  /** A clock that never jumps, in milliseconds. */
  now?: () => number;
}

export interface Cache<Key, Value> {
  get(key: Key): Promise<Value>;
  /** Forgets a value, also one that is just being loaded: it may have been read before the change. */
  forget(key: Key): void;
}

/**
 * Reads through a cache: all who ask for a value while it is loaded wait for the one load. Failures are not kept. Keys are
 * compared as by a `Map`.
 */
export function readThrough<Key, Value>(load: (key: Key) => Promise<Value>, options: CacheOptions): Cache<Key, Value> {
  const { ttlMs, maxEntries = 1_000, now = () => performance.now() } = options;
  // In the order of their last use: the first is the one to go.
  const entries = new Map<Key, { value: Promise<Value>; expires: number }>();

  return {
    get(key) {
      const known = entries.get(key);
      if (known && known.expires > now()) {
        entries.delete(key);
        entries.set(key, known);
        return known.value;
      }
      const entry = { value: load(key), expires: Number.POSITIVE_INFINITY };
      entries.delete(key);
      entries.set(key, entry);
      for (const oldest of entries.keys()) {
        if (entries.size <= maxEntries) break;
        entries.delete(oldest);
      }
      entry.value.then(
        () => (entry.expires = now() + ttlMs),
        () => entries.get(key) === entry && entries.delete(key),
      );
      return entry.value;
    },
    forget: (key) => void entries.delete(key),
  };
}
