/** Long work in slices, so that a key, a hover or a cancellation never waits for its end. */

/** Asks to pause, or throws, when it is time to. */
export type Pace = () => Promise<void> | undefined;

/** Milliseconds of work between two turns of the event loop, and where nobody can take the work back, as on the command line. */
const slice = 2;
const longSlice = 20;

/** The first turn reads what has come in, the second begins to answer it: with one alone a whole slice came between the two. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Gives the event loop its turn every few milliseconds, and throws when the work is no longer wanted. */
export function pacer(signal: AbortSignal | undefined): Pace {
  const most = signal ? slice : longSlice;
  let begun = performance.now();
  return () => {
    if (performance.now() - begun < most) return undefined;
    return turn()
      .then(turn)
      .then(() => {
        signal?.throwIfAborted();
        begun = performance.now();
      });
  };
}
