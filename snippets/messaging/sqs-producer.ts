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

/** Sends events, ten to a request; throws with the ids of those that SQS refused, after all others have been sent. */
export async function sendEvents(sqs: SQSClient, queueUrl: string, events: readonly EventMessage[]): Promise<void> {
  const isFifo = queueUrl.endsWith('.fifo');
  const refused: string[] = [];
  for (let start = 0; start < events.length; start += 10) {
    const batch = events.slice(start, start + 10);
    const { Failed = [] } = await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: queueUrl,
        Entries: batch.map(({ id, type, source, time, group, data }, index) => ({
          Id: String(index),
          MessageBody: JSON.stringify({ specversion: '1.0', id, type, source, time, data }),
          MessageAttributes: { type: { DataType: 'String', StringValue: type } },
          ...(isFifo && { MessageDeduplicationId: id, MessageGroupId: group ?? id }),
        })),
      }),
      { abortSignal: AbortSignal.timeout(10_000) },
    );
    // A batch is answered with 200 even when some of it, or all, is refused.
    refused.push(...Failed.map(({ Id }) => batch[Number(Id)]?.id ?? ''));
  }
  if (refused.length > 0) throw new Error(`SQS refused ${refused.join(', ')}.`);
}
