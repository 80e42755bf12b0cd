import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';

/** Another has the lock. */
export class LockedError extends Error {
  constructor(name: string) {
    super(`${name} is locked by another.`);
    this.name = 'LockedError';
  }
}

export interface Held {
  /**
   * Grows with every holder. What is guarded keeps the highest it has seen and refuses a lower one
   * (`UPDATE … WHERE fence <= $fence`): a holder that paused too long writes nothing over its successor.
   */
  fence: number;
  /** Aborts when the time is over, and with it the right to go on. */
  signal: AbortSignal;
}

const acquire = `
  if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return false end
  return redis.call('INCR', KEYS[2])`;

const release = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;

/** Runs something while holding a lock for at most `ttlMs`. Throws LockedError when another has it. */
export async function withLock<T>(redis: Redis, name: string, ttlMs: number, run: (held: Held) => Promise<T>): Promise<T> {
  const owner = randomUUID();
  // The braces keep both keys on one node of a cluster. Measured from before the request: the lock ends after the signal.
  const [lock, counter] = [`lock:{${name}}`, `fence:{${name}}`];
  const signal = AbortSignal.timeout(ttlMs);
  const fence = await redis.eval(acquire, 2, lock, counter, owner, ttlMs);
  if (typeof fence !== 'number') throw new LockedError(name);
  try {
    return await run({ fence, signal });
  } finally {
    // Only one's own lock: after the time is over it may be another's. When Redis does not answer, the time ends it.
    await redis.eval(release, 1, lock, owner).catch(() => undefined);
  }
}
