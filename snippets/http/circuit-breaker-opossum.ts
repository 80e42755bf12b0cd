import CircuitBreaker from 'opossum';

const WINDOW_MS = 10_000; // ${1}
const PAUSE_MS = 30_000; // ${2}

/**
 * Guards the calls of one service: `const stock = guard(fetchStock, isFailure, log); await stock.fire(id)`.
 * `call` brings a deadline of its own, as opossum's would leave the request running. `isFailure` tells errors that are
 * the service's fault from refusals of one request (4xx). Make one guard for a service, not one for a request.
 */
export function guard<Args extends unknown[], Result>(
  call: (...args: Args) => Promise<Result>,
  isFailure: (error: unknown) => boolean,
  log: (message: string) => void,
): CircuitBreaker<Args, Result> {
  const breaker = new CircuitBreaker<Args, Result>(call, {
    timeout: false,
    rollingCountTimeout: WINDOW_MS,
    // Of few calls no share means anything.
    volumeThreshold: 10,
    errorThresholdPercentage: 50,
    resetTimeout: PAUSE_MS,
    errorFilter: (error: unknown) => !isFailure(error),
  });
  breaker.on('open', () => log(`${call.name}: the circuit is open.`));
  breaker.on('halfOpen', () => log(`${call.name}: one call is let through.`));
  breaker.on('close', () => log(`${call.name}: the circuit is closed.`));
  return breaker;
}
