/** The circuit is open: the service failed too often, and is left alone until `retryAfterMs` from now. */
export class CircuitOpenError extends Error {
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super(`The service is left alone for another ${Math.ceil(retryAfterMs / 1000)} s.`);
    this.name = 'CircuitOpenError';
    this.retryAfterMs = retryAfterMs;
  }
}

export interface CircuitOptions {
  /** How many failures in a row open the circuit. */
  failures?: number;
  /** How long an open circuit lets nothing through, in milliseconds. */
  pauseMs?: number;
  /** Is this error the service's fault? A refusal of one request (4xx) says nothing about the next. */
  isFailure?: (error: unknown) => boolean;
  /** A clock that never jumps, in milliseconds. */
  now?: () => number;
}

/**
 * Makes a guard for the calls of one service: `const guarded = circuitBreaker(); await guarded(() => fetchStock(id))`.
 * After the pause one call is let through: its success closes the circuit, its failure opens it for another pause.
 */
export function circuitBreaker(options: CircuitOptions = {}): <T>(call: () => Promise<T>) => Promise<T> {
  const { failures: limit = 5, pauseMs = 30_000, isFailure = () => true, now = () => performance.now() } = options;
  let failures = 0;
  let openUntil: number | undefined;
  let isProbing = false;
  // Calls that began before the circuit last opened or closed have nothing to say about the time after.
  let period = 0;

  return async (call) => {
    if (openUntil !== undefined) {
      const wait = openUntil - now();
      if (wait > 0 || isProbing) throw new CircuitOpenError(Math.max(0, wait));
      isProbing = true;
    }
    const began = period;
    try {
      const result = await call();
      if (began === period) settle(false);
      return result;
    } catch (error) {
      if (began === period) settle(isFailure(error));
      throw error;
    }
  };

  function settle(failed: boolean): void {
    const wasProbing = isProbing;
    isProbing = false;
    failures = failed ? failures + 1 : 0;
    if (failed && (wasProbing || failures >= limit)) {
      openUntil = now() + pauseMs;
      period++;
    } else if (wasProbing) {
      openUntil = undefined;
      period++;
    }
  }
}
