import { type ConnectionOptions, DelayedError, type Job, Queue, UnrecoverableError, Worker } from 'bullmq';

const ATTEMPTS = 5; // ${1}
const CONCURRENCY = 10; // ${2}
const STALLS = 1; // ${3}

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
  const process = async (job: Job<Data>, token?: string) => {
    try {
      // Counted here: BullMQ fails a job that stalls too often without running this, and nobody would bury it.
      if (job.stalledCounter > STALLS) throw new UnrecoverableError('The job stalled too often.');
      await handle(job);
    } catch (error) {
      const isLast = error instanceof UnrecoverableError || job.attemptsMade + 1 >= (job.opts.attempts ?? 1);
      if (isLast) await bury(job, error, token);
      throw error;
    }
  };
  /** Before the job fails for good; one that cannot be buried now is tried again, which is no attempt. */
  const bury = async (job: Job<Data>, error: unknown, token?: string) => {
    const failure = String(error instanceof Error ? error.message : error);
    try {
      const buried = { queue: name, id: job.id, data: job.data, failure };
      await dead.add(job.name, buried, { jobId: `${name}-${job.id}`, removeOnComplete: false });
    } catch (cause) {
      log(new Error(`The job ${job.id} of ${name} cannot be buried.`, { cause }));
      // Where this fails as well, the job is neither done nor failed, and stalls.
      await job.moveToDelayed(Date.now() + 10_000, token).catch(log);
      throw new DelayedError();
    }
  };
  const options = { connection, concurrency: CONCURRENCY, maxStalledCount: Number.MAX_SAFE_INTEGER };
  const worker = new Worker<Data>(name, process, options);
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
