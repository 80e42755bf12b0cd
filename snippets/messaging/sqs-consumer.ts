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
 * queue's redrive policy moves it to the dead-letter queue after `maxReceiveCount`. Of a FIFO queue the messages of a group are
 * handled one after the other, and none before one that failed.
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
          MessageSystemAttributeNames: ['ApproximateReceiveCount', 'MessageGroupId'],
        }),
        { abortSignal: signal },
      ));
    } catch (error) {
      if (signal.aborted) return;
      log(error);
      await sleep(Math.random() * 5_000);
      continue;
    }
    await settle(messages);
  }

  async function settle(messages: readonly Message[]): Promise<void> {
    // What waits for its turn, and what is done and not removed yet, is nobody else's either.
    const held = new Set(messages);
    const renew = () => {
      for (const message of held) hide(message, VISIBILITY_SECONDS);
    };
    const renewal = setInterval(renew, (VISIBILITY_SECONDS * 1000) / 2);
    try {
      const done = (await Promise.all(inGroups(messages).map((group) => settleInOrder(group, held)))).flat();
      if (done.length > 0) await remove(done);
    } catch (error) {
      log(error);
    } finally {
      clearInterval(renewal);
    }
  }

  /** The messages that are done, which are the first of the group; the others shall come again. */
  async function settleInOrder(group: readonly Message[], held: Set<Message>): Promise<Message[]> {
    for (const [index, message] of group.entries()) {
      try {
        await handle(JSON.parse(message.Body ?? '') as ReceivedEvent);
      } catch (error) {
        log(error);
        const received = Number(message.Attributes?.ApproximateReceiveCount ?? 1);
        const seconds = Math.ceil(Math.random() * Math.min(MAX_RETRY_SECONDS, 10 * 2 ** received));
        for (const later of group.slice(index)) {
          held.delete(later);
          hide(later, seconds);
        }
        return group.slice(0, index);
      }
    }
    return [...group];
  }

  function inGroups(messages: readonly Message[]): Message[][] {
    if (!queueUrl.endsWith('.fifo')) return messages.map((message) => [message]);
    const groups = new Map<string | undefined, Message[]>();
    for (const message of messages) {
      const group = message.Attributes?.MessageGroupId;
      groups.set(group, [...(groups.get(group) ?? []), message]);
    }
    return [...groups.values()];
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
