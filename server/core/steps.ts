/** Long work that stops between its steps: at once where nobody waits, else with turns for the event loop and an end on demand. */
import { pacer } from './pace.ts';

/** Work in steps; what it yields is what it is at, for people. */
export type Steps<T> = Generator<string, T, void>;

/** How a long piece of work is watched. */
export interface Watch {
  /** Ends the work; the promise then rejects with its reason. */
  readonly signal?: AbortSignal;
  /** Is told what the work is at, now and then. */
  report?(at: string): void;
}

/** Does all steps at once. */
export function atOnce<T>(steps: Generator<unknown, T, void>): T {
  for (let step = steps.next(); ; step = steps.next()) if (step.done) return step.value;
}

/** Does the steps one by one; between them the event loop has its turn, the signal its say and the watcher a word. */
export async function stepByStep<T>(steps: Steps<T>, { signal, report }: Watch = {}): Promise<T> {
  const pace = pacer(signal);
  signal?.throwIfAborted();
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) return step.value;
    const pause = pace();
    if (!pause) continue;
    report?.(step.value);
    await pause;
  }
}
