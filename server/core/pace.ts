/** Long work in slices, so that a key, a hover or a cancellation never waits for its end. */

/** Asks to pause, or throws, when it is time to. */
export type Pace = () => Promise<void> | undefined;

/** Milliseconds of work between two turns of the event loop. */
const slice = 2;

/** The first turn reads what has come in, the second begins to answer it: with one alone a whole slice came between the two. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Gives the event loop its turn every few milliseconds, and throws when the work is no longer wanted. */
export function pacer(signal: AbortSignal | undefined): Pace {
  let begun = performance.now();
  return () => {
    if (performance.now() - begun < slice) return undefined;
    return turn()
      .then(turn)
      .then(() => {
        signal?.throwIfAborted();
        begun = performance.now();
      });
  };
}
