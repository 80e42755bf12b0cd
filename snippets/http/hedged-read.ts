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
  const [first, second] = [new AbortController(), new AbortController()];
  const start = async (own: AbortController, other: AbortController, waitMs: number) => {
    const signal = options.signal ? AbortSignal.any([options.signal, own.signal]) : own.signal;
    if (waitMs > 0) await sleep(waitMs, signal);
    const result = await read(signal);
    // The winner is let be, as its body may yet have to be read; one that has lost ends nothing.
    if (!own.signal.aborted) other.abort();
    return result;
  };
  try {
    return await Promise.any([start(first, second, 0), start(second, first, delayMs)]);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error instanceof AggregateError ? error.errors.at(-1) : error;
  }
}
