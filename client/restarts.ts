/**
 * The server's process ended by itself: another is started, later each time, and the person is told once. The editor
 * sends the new process every open document as it stands.
 */

/** The world around, which tests replace. */
export interface Surroundings {
  /** Milliseconds. */
  now(): number;
  wait(milliseconds: number): Promise<void>;
  /** Tells the person. */
  say(message: string): void;
  /** Writes into the output channel. */
  log(message: string): void;
}

const firstPause = 1_000;
const longestPause = 60_000;
/** A process that lived so long is not ended by what ended the one before. */
const longLife = 120_000;

/** What to do when the server has ended: resolves when it is time to start another, however often that was. */
export function restarts({ now, wait, say, log }: Surroundings): () => Promise<void> {
  let pause = 0;
  let begun = now();
  return async () => {
    if (now() - begun > longLife) pause = 0;
    if (pause === 0) say('The server ended by itself and is started again. The output says more.');
    log(`The server ended by itself; it is started again in ${pause / 1000} s.`);
    await wait(pause);
    pause = Math.min(Math.max(pause * 2, firstPause), longestPause);
    begun = now();
  };
}
