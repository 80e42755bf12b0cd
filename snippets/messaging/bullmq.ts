import { type ConnectionOptions, type Job, Queue, UnrecoverableError, Worker } from 'bullmq';

const ATTEMPTS = 5; // ${1}
const CONCURRENCY = 10; // ${2}

/** The queue of a kind of job, for those who add to it. Close it at the end. */
export function createQueue<Data>(name: string, connection: ConnectionOptions): Queue<Data> {
  return new Queue<Data>(name, {
    connection,
    defaultJobOptions: {
      attempts: ATTEMPTS,
      backoff: { type: 'exponential', delay: 1_000, jitter: 0.5 },
      // Kept for a while: a job with the id of one that is still there is not added.
      removeOnComplete: { age: 86_400 },
      removeOnFail: { age: 14 * 86_400 },
    },
  });
}

/** Adds a job; the same id twice is one job. An id has no colon, which BullMQ keeps for itself. */
export async function addJob<Data>(queue: Queue<Data>, name: string, id: string, data: Data): Promise<void> {
  await (queue as Queue).add(name, data, { jobId: id });
}

export interface WorkerOptions<Data> {
  /** Called with each job at least once; deduplicates by its id. Throws an UnrecoverableError for what will not get better. */
  handle: (job: Job<Data>) => Promise<void>;
  /** Where jobs go that failed for good. */
  dead: Queue;
  log: (error: Error) => void;
}

/** Works on a queue. `worker.close()` takes no more jobs and waits for those under way. */
export function createWorker<Data>(
  name: string,
  connection: ConnectionOptions,
  { handle, dead, log }: WorkerOptions<Data>,
): Worker<Data> {
  const process = async (job: Job<Data>) => {
    try {
      await handle(job);
    } catch (error) {
      const isLast = error instanceof UnrecoverableError || job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
      // Before the job fails, so that one whose burial fails is tried again.
      if (isLast) await bury(job, error);
      throw error;
    }
  };
  const bury = (job: Job<Data>, error: unknown) =>
    dead.add(
      job.name,
      { queue: name, id: job.id, data: job.data, failure: String(error instanceof Error ? error.message : error) },
      { jobId: `${name}-${job.id}`, removeOnComplete: false },
    );
  const worker = new Worker<Data>(name, process, { connection, concurrency: CONCURRENCY, maxStalledCount: 1 });
  // Without a listener an error of the connection ends the process.
  worker.on('error', log);
  worker.on('failed', (_job, error) => log(error));
  return worker;
}

/** How far a queue is behind: jobs that wait, and jobs that wait for another attempt. */
export async function lagOf(queue: Queue): Promise<{ waiting: number; delayed: number }> {
  const { waiting = 0, delayed = 0 } = await queue.getJobCounts('waiting', 'delayed');
  return { waiting, delayed };
}
