import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';

/** An event on its way, with the attributes CloudEvents asks for. */
export interface EventMessage {
  /** The same however often the event is published; consumers deduplicate by it. */
  id: string;
  type: string;
  source: string;
  /** When it happened, ISO 8601. */
  time: string;
  /** What belongs in order; FIFO queues only. */
  group?: string;
  data: unknown;
}

/**
 * Sends events, ten to a request at most; throws with the ids of those that SQS refused, after all others have been sent. In a
 * FIFO queue what follows a refused event in its group counts as refused, too: sent, it would be before it for good.
 */
export async function sendEvents(sqs: SQSClient, queueUrl: string, events: readonly EventMessage[]): Promise<void> {
  const isFifo = queueUrl.endsWith('.fifo');
  const groupOf = ({ group, id }: EventMessage) => group ?? id;
  const refused: string[] = [];
  let waiting = events;
  while (waiting.length > 0) {
    const batch: EventMessage[] = [];
    const later: EventMessage[] = [];
    // Of a group one at a time: of two in a request, the first may be refused and the second not.
    const groups = new Set<string>();
    for (const event of waiting) {
      const isNext = batch.length < 10 && !(isFifo && groups.has(groupOf(event)));
      (isNext ? batch : later).push(event);
      groups.add(groupOf(event));
    }
    const { Failed = [] } = await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: queueUrl,
        Entries: batch.map((event, index) => ({
          Id: String(index),
          MessageBody: bodyOf(event),
          MessageAttributes: { type: { DataType: 'String', StringValue: event.type } },
          ...(isFifo && { MessageDeduplicationId: event.id, MessageGroupId: groupOf(event) }),
        })),
      }),
      { abortSignal: AbortSignal.timeout(10_000) },
    );
    // A batch is answered with 200 even when some of it, or all, is refused.
    const failed = new Set(Failed.map(({ Id }) => batch[Number(Id)]));
    const broken = new Set(isFifo ? batch.filter((event) => failed.has(event)).map(groupOf) : []);
    const lost = [...batch.filter((event) => failed.has(event)), ...later.filter((event) => broken.has(groupOf(event)))];
    refused.push(...lost.map(({ id }) => id));
    waiting = later.filter((event) => !broken.has(groupOf(event)));
  }
  if (refused.length > 0) throw new Error(`SQS refused ${refused.join(', ')}.`);
}

function bodyOf({ id, type, source, time, data }: EventMessage): string {
  return JSON.stringify({ specversion: '1.0', id, type, source, time, data });
}
