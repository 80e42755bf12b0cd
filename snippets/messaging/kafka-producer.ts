import { CompressionTypes, type Kafka, type Producer } from 'kafkajs';

/** An event on its way, with the attributes CloudEvents asks for. */
export interface EventMessage {
  /** The same however often the event is published; consumers deduplicate by it. */
  id: string;
  type: string;
  source: string;
  /** When it happened, ISO 8601. */
  time: string;
  /** What belongs in order goes to one partition: the id of the order, the account … */
  key: string;
  data: unknown;
  headers?: Record<string, string>;
}

/** A producer whose own retries neither repeat nor swap messages. Connect it at the start, disconnect it at the end. */
export function createProducer(kafka: Kafka): Producer {
  return kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false });
}

/**
 * Publishes events; resolves when all replicas in step have them. Rejects when that is not sure: publish them again, under
 * the same ids.
 */
export async function publish(producer: Producer, topic: string, events: readonly EventMessage[]): Promise<void> {
  await producer.send({
    topic,
    acks: -1,
    compression: CompressionTypes.GZIP,
    messages: events.map(({ id, type, source, time, key, data, headers }) => ({
      key,
      value: JSON.stringify(data),
      timestamp: String(Date.parse(time)),
      headers: {
        ...headers,
        'content-type': 'application/json',
        ce_specversion: '1.0',
        ce_id: id,
        ce_type: type,
        ce_source: source,
        ce_time: time,
      },
    })),
  });
}
