/** Keywords behind a worker thread, which starts with the first question. */
import { Worker } from 'node:worker_threads';
import type { KeywordQuestion, Keywords } from '../core/keywords.ts';
import { outlineAt } from '../core/tree/outline.ts';
import type { Reply, Task } from './worker.ts';

/** Text in which nothing can be left out is only looked at up to this size, in UTF-16 code units. */
const largest = 2_000_000;

interface Waiting {
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

/**
 * Answers by the thread whose program is at `program`. A question goes there with no more text than it takes; one that
 * is aborted before its turn never goes. A thread that dies fails its questions, and the next question starts another.
 */
export function createKeywords(program: URL): Keywords {
  let worker: Worker | undefined;
  let count = 0;
  let last: Promise<unknown> = Promise.resolve();
  const waiting = new Map<number, Waiting>();

  const ended = (dead: Worker, error: Error) => {
    if (worker !== dead) return;
    worker = undefined;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };

  const start = () => {
    const started = new Worker(program, { stdout: true });
    started.unref();
    // The process writes the protocol to stdout; what a library prints there goes nowhere.
    started.stdout.resume();
    started.on('message', (reply: Reply) => {
      waiting.get(reply.id)?.resolve(reply);
      waiting.delete(reply.id);
    });
    started.on('error', (error: Error) => ended(started, error));
    started.on('exit', () => ended(started, new Error('The thread that knows the keywords ended.')));
    return started;
  };

  const send = (kind: Task['kind'], question: KeywordQuestion) =>
    new Promise<Reply>((resolve, reject) => {
      worker ??= start();
      const id = ++count;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, kind, question } satisfies Task);
    });

  /** One question at a time, so that a burst of keys leaves no queue of answers that nobody waits for. */
  const ask = async (kind: Task['kind'], question: KeywordQuestion, signal: AbortSignal): Promise<Reply> => {
    const turn = last.then(async () => {
      signal.throwIfAborted();
      return send(kind, question);
    });
    last = turn.catch(() => undefined);
    const reply = await turn;
    signal.throwIfAborted();
    if (reply.error !== undefined) throw new Error(reply.error);
    return reply;
  };

  return {
    async complete(question, signal) {
      const part = partOf(question);
      if (!part) return [];
      const { completions = [] } = await ask('complete', part.question, signal);
      return completions.map((item) => ({ ...item, start: item.start + part.shift, end: item.end + part.shift }));
    },
    async explain(question, signal) {
      const part = partOf(question);
      if (!part) return undefined;
      const { explanation } = await ask('explain', part.question, signal);
      return explanation && { ...explanation, start: explanation.start + part.shift, end: explanation.end + part.shift };
    },
    async close() {
      await worker?.terminate();
    },
  };
}

/** The part of a text the answer depends on, and how far offsets in it are from those in the whole. */
function partOf(question: KeywordQuestion): { question: KeywordQuestion; shift: number } | undefined {
  const { language, text, offset } = question;
  const outline = language === 'yaml' ? outlineAt(text, offset) : 'flow';
  if (outline === undefined) return undefined;
  if (outline === 'flow') return text.length > largest ? undefined : { question, shift: 0 };
  return { question: { ...question, text: outline.text, offset: outline.offset }, shift: offset - outline.offset };
}
