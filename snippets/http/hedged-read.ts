import { setTimeout as delay } from 'node:timers/promises';

export interface HedgeOptions {
  /** How long the first request may take before a second is sent: about the 95th percentile of the service's answers. */
  delayMs: number;
  /** The caller's signal; it ends both. */
  signal?: AbortSignal;
  /** Waits that many milliseconds; rejects when the signal aborts. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Reads, and when no answer is there after a while reads a second time; the first success counts, the other is aborted.
 * `read` hands its signal to the request. When both fail, throws the last error. Only for reads: both may take effect.
 */
export async function hedged<T>(read: (signal: AbortSignal) => Promise<T>, options: HedgeOptions): Promise<T> {
  const { delayMs, sleep = (ms, signal) => delay(ms, undefined, { signal }) } = options;
  const done = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, done.signal]) : done.signal;
  const second = async () => {
    await sleep(delayMs, signal);
    return read(signal);
  };
  try {
    return await Promise.any([read(signal), second()]);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error instanceof AggregateError ? error.errors.at(-1) : error;
  } finally {
    done.abort();
  }
}
