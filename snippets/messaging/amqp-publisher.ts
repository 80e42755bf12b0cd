import type { ConfirmChannel, Message } from 'amqplib';

/** An event on its way, with the attributes CloudEvents asks for. */
export interface EventMessage {
  /** The same however often the event is published; consumers deduplicate by it. */
  id: string;
  type: string;
  source: string;
  /** When it happened, ISO 8601. */
  time: string;
  data: unknown;
  headers?: Record<string, string>;
}

/**
 * Makes a function that publishes to an exchange and resolves when the broker has the message: written to disk, and in a
 * queue. Rejects when the broker refuses it, when no queue is bound for it, and when the connection is lost in between; it
 * may have arrived all the same, so publish it again under the same id.
 */
export function createPublisher(
  channel: ConfirmChannel,
  exchange: string,
): (routingKey: string, message: EventMessage) => Promise<void> {
  // What cannot be routed comes back before it is confirmed.
  const returned = new Set<unknown>();
  channel.on('return', (message: Message) => returned.add(message.properties.messageId));
  const pending = new Set<(error: Error) => void>();
  const failAll = (error?: Error) => {
    for (const fail of pending) fail(error ?? new Error('The channel was closed before the broker confirmed.'));
  };
  channel.on('error', failAll);
  channel.on('close', failAll);

  return (routingKey, { id, type, source, time, data, headers }) =>
    new Promise((resolve, reject) => {
      const settle = (error?: Error | null) => {
        pending.delete(settle);
        const isReturned = returned.delete(id);
        if (error) reject(error);
        else if (isReturned) reject(new Error(`No queue is bound to ${exchange} for ${routingKey}.`));
        else resolve();
      };
      pending.add(settle);
      channel.publish(
        exchange,
        routingKey,
        Buffer.from(JSON.stringify(data)),
        {
          messageId: id,
          type,
          appId: source,
          timestamp: Math.floor(Date.parse(time) / 1000),
          contentType: 'application/json',
          persistent: true,
          mandatory: true,
          headers: { ...headers, 'ce-time': time },
        },
        settle,
      );
    });
}
