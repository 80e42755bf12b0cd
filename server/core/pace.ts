/** Long work in slices, so that a key, a hover or a cancellation never waits for its end. */

/** Asks to pause, or throws, when it is time to. */
export type Pace = () => Promise<void> | undefined;

/** Milliseconds of work between two turns of the event loop. */
const slice = 4;

/** Gives the event loop its turn every few milliseconds, and throws when the work is no longer wanted. */
export function pacer(signal: AbortSignal | undefined): Pace {
  let begun = performance.now();
  return () => {
    if (performance.now() - begun < slice) return undefined;
    return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      signal?.throwIfAborted();
      begun = performance.now();
    });
  };
}
