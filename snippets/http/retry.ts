import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

const ATTEMPTS = 5; // ${1}
const TIMEOUT_MS = 10_000; // ${2}
const BASE_MS = 200; // ${3}
const CAP_MS = 20_000; // ${4}
const IDEMPOTENT_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
const RETRIED_STATUSES = new Set([408, 429, 500, 502, 503, 504]);

export interface RetryOptions {
  /** True when the API honours `Idempotency-Key`: one key is sent with every attempt, so POST and PATCH can be retried too. */
  idempotencyKey?: boolean;
  /** How long one attempt may take, its body included. */
  timeoutMs?: number;
  /** Waits that many milliseconds; rejects when the signal aborts. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

/**
 * Fetches, and tries again after a failure that may pass, when repeating the request is safe.
 * Returns the last response, whatever its status; throws the last network error or timeout.
 */
export async function fetchWithRetry(url: string | URL, init: RequestInit = {}, options: RetryOptions = {}): Promise<Response> {
  const { timeoutMs = TIMEOUT_MS, sleep = (ms, signal) => delay(ms, undefined, { signal }) } = options;
  const request = new Request(url, init);
  if (options.idempotencyKey && !request.headers.has('Idempotency-Key')) {
    request.headers.set('Idempotency-Key', `"${randomUUID()}"`);
  }
  const repeatable = IDEMPOTENT_METHODS.has(request.method) || request.headers.has('Idempotency-Key');
  const attempts = repeatable ? ATTEMPTS : 1;

  for (let attempt = 1; ; attempt++) {
    let wait = fullJitter(attempt);
    try {
      const signal = AbortSignal.any([request.signal, AbortSignal.timeout(timeoutMs)]);
      const response = await fetch(request.clone(), { signal });
      if (attempt >= attempts || !RETRIED_STATUSES.has(response.status)) return response;
      // A date is by the server's clock, which the answer tells.
      const now = Date.parse(response.headers.get('Date') ?? '') || Date.now();
      const pause = retryAfterMs(response.headers.get('Retry-After'), now) ?? 0;
      // The server asks for a longer pause than this caller can wait: coming back sooner would only add load.
      if (pause > CAP_MS) return response;
      // Later by chance: all who were told the same would come back at the same moment.
      wait += pause;
      await response.body?.cancel();
    } catch (error) {
      if (attempt >= attempts || request.signal.aborted) throw error;
    }
    await sleep(wait, request.signal);
  }
}

/** A random wait between zero and a bound that doubles with every attempt, up to the cap. */
function fullJitter(attempt: number): number {
  return Math.random() * Math.min(CAP_MS, BASE_MS * 2 ** (attempt - 1));
}

/** Reads `Retry-After`, seconds or an HTTP date, as milliseconds from now; undefined when absent or malformed. */
export function retryAfterMs(value: string | null, now = Date.now()): number | undefined {
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  // The oldest of the three forms a date may have names no zone, and means UTC.
  const date = /^[A-Z][a-z]+,? /.test(value) ? Date.parse(value.endsWith(' GMT') ? value : `${value} GMT`) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
