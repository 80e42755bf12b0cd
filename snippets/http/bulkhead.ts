/** No place is left, neither at work nor in the queue. Answer 503 with `Retry-After`. */
export class BulkheadFullError extends Error {
  constructor() {
    super('Too many calls of this service are under way.');
    this.name = 'BulkheadFullError';
  }
}

export interface BulkheadOptions {
  /** How many calls may be under way at once. */
  concurrent?: number;
  /** How many more may wait for a place. */
  waiting?: number;
}

/**
 * Makes a bulkhead for the calls of one service, so that a slow one cannot take all sockets and memory:
 * `const stock = bulkhead(); await stock(() => fetchStock(id), signal)`. A call whose signal aborts leaves the queue.
 */
export function bulkhead({ concurrent = 10, waiting = 20 }: BulkheadOptions = {}) {
  let running = 0;
  const queue: (() => void)[] = [];

  return async <T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
    signal?.throwIfAborted();
    if (running >= concurrent) {
      if (queue.length >= waiting) throw new BulkheadFullError();
      await turn(signal);
    } else {
      running++;
    }
    try {
      return await call();
    } finally {
      // A place goes straight to the next in the queue: nobody who comes now can take it.
      const next = queue.shift();
      if (next) next();
      else running--;
    }
  };

  function turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        queue.splice(queue.indexOf(enter), 1);
        reject(signal?.reason);
      };
      queue.push(enter);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }
}
