import {
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

/** How long a message under way is hidden from others; renewed while `handle` works. */
const VISIBILITY_SECONDS = 60; // ${1}
const MAX_RETRY_SECONDS = 900; // ${2}

/** An event as `sqs-producer` sends it. */
export interface ReceivedEvent {
  id: string;
  type: string;
  data: unknown;
}

export interface ConsumeOptions {
  queueUrl: string;
  /** Called with each event at least once; deduplicates by its id. */
  handle: (event: ReceivedEvent) => Promise<void>;
  log: (error: unknown) => void;
  /** Ends the consumption, once what is under way is done. */
  signal: AbortSignal;
  /** Waits after SQS could not be asked. */
  sleep: (ms: number) => Promise<unknown>;
}

/**
 * Consumes a queue until the signal aborts. What `handle` throws at stays in the queue and comes again, later each time; the
 * queue's redrive policy moves it to the dead-letter queue after `maxReceiveCount`.
 */
export async function consume(sqs: SQSClient, { queueUrl, handle, log, signal, sleep }: ConsumeOptions): Promise<void> {
  while (!signal.aborted) {
    let messages: Message[] = [];
    try {
      ({ Messages: messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: 10,
          WaitTimeSeconds: 20,
          VisibilityTimeout: VISIBILITY_SECONDS,
          MessageSystemAttributeNames: ['ApproximateReceiveCount'],
        }),
        { abortSignal: signal },
      ));
    } catch (error) {
      if (signal.aborted) return;
      log(error);
      await sleep(Math.random() * 5_000);
      continue;
    }
    const done = (await Promise.all(messages.map(settle))).filter((message) => message !== undefined);
    if (done.length > 0) await remove(done).catch(log);
  }

  /** The message when it is done; undefined when it shall come again. */
  async function settle(message: Message): Promise<Message | undefined> {
    const renewal = setInterval(() => hide(message, VISIBILITY_SECONDS), (VISIBILITY_SECONDS * 1000) / 2);
    try {
      await handle(JSON.parse(message.Body ?? '') as ReceivedEvent);
      return message;
    } catch (error) {
      log(error);
      const received = Number(message.Attributes?.ApproximateReceiveCount ?? 1);
      hide(message, Math.ceil(Math.random() * Math.min(MAX_RETRY_SECONDS, 10 * 2 ** received)));
      return undefined;
    } finally {
      clearInterval(renewal);
    }
  }

  function hide({ ReceiptHandle }: Message, seconds: number): void {
    const command = new ChangeMessageVisibilityCommand({ QueueUrl: queueUrl, ReceiptHandle, VisibilityTimeout: seconds });
    sqs.send(command, { abortSignal: AbortSignal.timeout(10_000) }).catch(log);
  }

  async function remove(messages: readonly Message[]): Promise<void> {
    const { Failed = [] } = await sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: queueUrl,
        Entries: messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
      }),
      { abortSignal: AbortSignal.timeout(10_000) },
    );
    // They come again, and `handle` knows their ids.
    if (Failed.length > 0) throw new Error(`${Failed.length} messages are done but could not be removed.`);
  }
}

/** How far a queue is behind: about how many messages wait, are hidden while under way, and wait for their delay. */
export async function lagOf(sqs: SQSClient, queueUrl: string): Promise<{ waiting: number; hidden: number; delayed: number }> {
  const { Attributes: counts = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: queueUrl,
      AttributeNames: [
        'ApproximateNumberOfMessages',
        'ApproximateNumberOfMessagesNotVisible',
        'ApproximateNumberOfMessagesDelayed',
      ],
    }),
    { abortSignal: AbortSignal.timeout(10_000) },
  );
  return {
    waiting: Number(counts.ApproximateNumberOfMessages),
    hidden: Number(counts.ApproximateNumberOfMessagesNotVisible),
    delayed: Number(counts.ApproximateNumberOfMessagesDelayed),
  };
}
