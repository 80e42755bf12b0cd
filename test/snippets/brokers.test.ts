/**
 * Producers and consumers. RabbitMQ, NATS and Redis (for BullMQ) are real servers, where they are installed. SQS is a double on
 * the wire, behind the real client. Kafka is a double of the client library's interface, as no broker comes as a package.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { createServer } from 'node:http';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { SQSClient } from '@aws-sdk/client-sqs';
import { type JetStreamClient, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect as connectNats, type NatsConnection } from '@nats-io/transport-node';
import amqp, { type ChannelModel, type ConfirmChannel, type ConsumeMessage } from 'amqplib';
import { UnrecoverableError, Worker } from 'bullmq';
import type { Consumer, Kafka, Producer } from 'kafkajs';
import * as amqpConsumer from '../../snippets/messaging/amqp-consumer.ts';
import { createPublisher } from '../../snippets/messaging/amqp-publisher.ts';
import * as bull from '../../snippets/messaging/bullmq.ts';
import * as kafkaConsumer from '../../snippets/messaging/kafka-consumer.ts';
import { createProducer, publish as publishToKafka } from '../../snippets/messaging/kafka-producer.ts';
import * as nats from '../../snippets/messaging/nats-jetstream.ts';
import { consume as consumeSqs, lagOf as lagOfSqs, type ReceivedEvent } from '../../snippets/messaging/sqs-consumer.ts';
import { sendEvents } from '../../snippets/messaging/sqs-producer.ts';
import { skipWithout, startServer } from './servers.ts';
import { close, deferred, listen } from './support.ts';

const event = (data: unknown, id: string = randomUUID()) => ({
  id,
  type: 'order.placed',
  source: '/orders',
  time: '2024-01-01T00:00:00Z',
  data,
});

/** Asks until the answer is true. */
async function until(ask: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await ask())) await turn();
}

describe('RabbitMQ', { skip: skipWithout('rabbitmq') }, () => {
  let server: Awaited<ReturnType<typeof startServer>>;
  let connection: ChannelModel;
  let channel: ConfirmChannel;
  let publish: ReturnType<typeof createPublisher>;
  let queue = '';
  before(async () => {
    server = await startServer('rabbitmq');
    connection = await amqp.connect(`amqp://127.0.0.1:${server.port}`);
  });
  after(async () => {
    await connection.close();
    await server.stop();
  });
  beforeEach(async () => {
    channel = await connection.createConfirmChannel();
    queue = randomUUID();
    await amqpConsumer.declareQueue(channel, queue, 'events', [queue], 20);
    publish = createPublisher(channel, 'events');
  });
  const dead = async () => {
    let message = await channel.get(`${queue}.dead`, { noAck: true });
    while (!message) message = await channel.get(`${queue}.dead`, { noAck: true });
    return message;
  };
  const depth = async (name = queue) => (await channel.checkQueue(name)).messageCount;
  const noCancel = () => assert.fail('was cancelled');

  test('publishes what survives a restart, with its metadata, and rejects what no queue wants', async () => {
    await publish(queue, event({ n: 1 }, 'id-1'));
    const message = await channel.get(queue, { noAck: true });
    assert.ok(message);
    const { messageId, type, appId, timestamp, deliveryMode, contentType } = message.properties;
    assert.deepEqual(
      [messageId, type, appId, timestamp, deliveryMode, contentType],
      ['id-1', 'order.placed', '/orders', 1_704_067_200, 2, 'application/json'],
    );
    await assert.rejects(publish('nobody', event({})), /No queue is bound/);
    await publish(queue, event({}));
  });

  test('a publication that is not confirmed when the channel ends is rejected', async () => {
    const pending = publish(queue, event({}));
    await channel.close();
    await Promise.allSettled([pending]);
    await assert.rejects(async () => publish(queue, event({})), /closed/i);
  });

  test('handles each message, and acknowledges it after', async () => {
    const seen: unknown[] = [];
    const consumption = await amqpConsumer.consume(channel, queue, async (id, data) => void seen.push([id, data]), noCancel);
    await publish(queue, event({ n: 1 }, 'a'));
    await publish(queue, event({ n: 2 }, 'b'));
    await until(() => seen.length === 2);
    assert.deepEqual(seen, [
      ['a', { n: 1 }],
      ['b', { n: 2 }],
    ]);
    await consumption.stop();
    await channel.close();
    channel = await connection.createConfirmChannel();
    assert.equal(await depth(), 0);
  });

  test('what fails comes again after a while, and is buried after five attempts', async () => {
    let attempts = 0;
    const fail = async () => {
      attempts++;
      throw new Error('down');
    };
    await amqpConsumer.consume(channel, queue, fail, noCancel);
    await publish(queue, event({ n: 1 }, 'a'));
    const { properties, content } = await dead();
    assert.equal(attempts, 5);
    assert.deepEqual(JSON.parse(content.toString()), { n: 1 });
    assert.equal(properties.messageId, 'a');
    assert.equal(properties.headers?.['x-failure'], 'down');
    assert.equal(properties.headers?.['x-routing-key'], queue);
  });

  test('a failure that passes is handled in the end', async () => {
    const done = deferred<string>();
    let attempts = 0;
    await amqpConsumer.consume(
      channel,
      queue,
      async (id) => {
        if (++attempts < 3) throw new Error('down');
        done.resolve(id);
      },
      noCancel,
    );
    await publish(queue, event({}, 'a'));
    assert.equal(await done.promise, 'a');
  });

  test('tells the lag', async () => {
    assert.deepEqual(await amqpConsumer.lagOf(channel, queue), { ready: 0, waiting: 0, dead: 0 });
    for (const id of ['a', 'b']) await publish(queue, event({}, id));
    const consumption = await amqpConsumer.consume(
      channel,
      queue,
      () => Promise.reject(new amqpConsumer.PoisonMessageError('no')),
      noCancel,
    );
    await until(async () => (await amqpConsumer.lagOf(channel, queue)).dead === 2);
    await consumption.stop();
    await publish(queue, event({}, 'c'));
    await until(async () => (await amqpConsumer.lagOf(channel, queue)).ready === 1);
  });

  test('poison is buried at once, and those behind it go on', async () => {
    const seen: string[] = [];
    await amqpConsumer.consume(channel, queue, async (id) => void seen.push(id), noCancel);
    channel.publish('events', queue, Buffer.from('{'), { messageId: 'a' });
    channel.publish('events', queue, Buffer.from('{}'), {});
    await publish(queue, event({}, 'c'));
    assert.equal((await dead()).properties.headers?.['x-failure'], 'The message is no JSON.');
    assert.equal((await dead()).properties.headers?.['x-failure'], 'The message has no id.');
    await until(() => seen.length === 1);
    assert.deepEqual(seen, ['c']);
  });

  test('what is buried does not expire among the dead, and is published in nobody else’s name', async () => {
    channel.publish('events', queue, Buffer.from('{'), { messageId: 'a', expiration: 500, userId: 'guest' });
    await amqpConsumer.consume(channel, queue, async () => {}, noCancel);
    await until(async () => (await depth(`${queue}.dead`)) === 1);
    const { expiration, userId } = (await dead()).properties;
    assert.deepEqual([expiration, userId], [undefined, undefined]);
  });

  test('stopping waits for what is under way, which is acknowledged', async () => {
    const [begun, end] = [deferred(), deferred()];
    const consumption = await amqpConsumer.consume(
      channel,
      queue,
      async () => {
        begun.resolve();
        await end.promise;
      },
      noCancel,
    );
    await publish(queue, event({}));
    await begun.promise;
    const stopping = consumption.stop();
    await publish(queue, event({}));
    end.resolve();
    await stopping;
    await channel.close();
    channel = await connection.createConfirmChannel();
    assert.equal(await depth(), 1);
  });

  test('a channel that breaks gives the message to another, and ends nothing', async () => {
    const [begun, end] = [deferred(), deferred()];
    const consumption = await amqpConsumer.consume(
      channel,
      queue,
      async () => {
        begun.resolve();
        await end.promise;
      },
      noCancel,
    );
    await publish(queue, event({}, 'a'));
    await begun.promise;
    await channel.close();
    end.resolve();
    await consumption.stop().catch(() => undefined);
    channel = await connection.createConfirmChannel();
    const again = deferred<ConsumeMessage>();
    await amqpConsumer.consume(channel, queue, async (_id, _data, message) => again.resolve(message), noCancel);
    const { properties, fields } = await again.promise;
    assert.equal(properties.messageId, 'a');
    assert.equal(fields.redelivered, true);
  });

  test('a queue that is deleted is said', async () => {
    const cancelled = deferred();
    await amqpConsumer.consume(channel, queue, async () => {}, cancelled.resolve);
    await channel.deleteQueue(queue);
    await cancelled.promise;
  });
});

describe('NATS JetStream', { skip: skipWithout('nats') }, () => {
  let server: Awaited<ReturnType<typeof startServer>>;
  let connection: NatsConnection;
  let stream = '';
  before(async () => {
    server = await startServer('nats');
    connection = await connectNats({ servers: `127.0.0.1:${server.port}` });
  });
  after(async () => {
    await connection.close();
    await server.stop();
  });
  beforeEach(async () => {
    stream = `s${randomUUID().replaceAll('-', '')}`;
    const manager = await jetstreamManager(connection);
    await nats.declareStream(manager, stream, 'worker');
    await nats.declareStream(manager, stream, 'worker');
  });
  const js = () => jetstream(connection);
  async function consume(handle: (id: string, data: unknown) => Promise<void>, client = js()) {
    const consumer = await js().consumers.get(stream, 'worker');
    const messages = await consumer.consume();
    const logged: unknown[] = [];
    const done = nats.consume(client, messages, handle, (error) => logged.push(error), 1);
    return { consumer, logged, stop: async () => void (await messages.close(), await done) };
  }
  const stored = async (subject: string) =>
    (await jetstreamManager(connection)).streams.getMessage(stream, { last_by_subj: subject });

  test('an event published twice under one id is handled once, and acknowledged', async () => {
    const seen: unknown[] = [];
    await nats.publish(js(), `${stream}.events.order`, 'a', { n: 1 });
    await nats.publish(js(), `${stream}.events.order`, 'a', { n: 1 });
    await nats.publish(js(), `${stream}.events.order`, 'b', { n: 2 });
    const lag = async () => nats.lagOf(await jetstreamManager(connection), stream, 'worker');
    assert.deepEqual(await lag(), { pending: 2, open: 0 });
    const { stop } = await consume(async (id, data) => void seen.push([id, data]));
    await until(async () => {
      const { pending, open } = await lag();
      return pending === 0 && open === 0 && seen.length >= 2;
    });
    assert.deepEqual(seen, [
      ['a', { n: 1 }],
      ['b', { n: 2 }],
    ]);
    await stop();
  });

  test('what fails comes again, and is buried after five attempts, while others go on', async () => {
    const attempts: string[] = [];
    await nats.publish(js(), `${stream}.events.order`, 'a', { n: 1 });
    await nats.publish(js(), `${stream}.events.order`, 'b', { n: 2 });
    const { consumer, stop } = await consume(async (id) => {
      attempts.push(id);
      if (id === 'a') throw new Error('down');
    });
    await until(async () => (await stored(`${stream}.dead.order`)) !== null);
    await until(async () => (await consumer.info()).num_ack_pending === 0);
    assert.equal(attempts.filter((id) => id === 'a').length, 5);
    assert.equal(attempts.filter((id) => id === 'b').length, 1);
    const message = await stored(`${stream}.dead.order`);
    assert.deepEqual(message?.json(), { n: 1 });
    assert.equal(message?.header.get('x-failure'), 'down');
    assert.equal(message?.header.get('x-message-id'), 'a');
    await stop();
  });

  test('poison is buried at once', async () => {
    await js().publish(`${stream}.events.order`, '{', { msgID: 'a' });
    const { stop } = await consume(async () => assert.fail('must not be handled'));
    await until(async () => (await stored(`${stream}.dead.order`)) !== null);
    assert.equal((await stored(`${stream}.dead.order`))?.header.get('x-failure'), 'The message is no JSON.');
    await stop();
  });

  test('what cannot be buried comes again, is not handled again, and holds up no other', async () => {
    const flaky: JetStreamClient = Object.create(js());
    let refusals = 3;
    flaky.publish = async (...given) => {
      if (refusals-- > 0) throw new Error('no responders');
      return js().publish(...given);
    };
    await js().publish(`${stream}.events.order`, '{', { msgID: 'a' });
    await nats.publish(js(), `${stream}.events.order`, 'b', {});
    const seen: string[] = [];
    const { logged, stop } = await consume(async (id) => void seen.push(id), flaky);
    await until(async () => (await stored(`${stream}.dead.order`)) !== null);
    await stop();
    assert.deepEqual([seen, logged.length], [['b'], 3]);
  });

  test('what ended the process with every attempt is buried unhandled', async () => {
    await nats.publish(js(), `${stream}.events.order`, 'a', {});
    const consumer = await js().consumers.get(stream, 'worker');
    for (let attempt = 1; attempt <= 5; attempt++) (await consumer.next())?.nak();
    const { stop } = await consume(async () => assert.fail('must not be handled'));
    await until(async () => (await stored(`${stream}.dead.order`)) !== null);
    await stop();
  });

  test('closing ends with the message under way, which is acknowledged', async () => {
    const [begun, end] = [deferred(), deferred()];
    await nats.publish(js(), `${stream}.events.order`, 'a', {});
    const { consumer, stop } = await consume(async () => {
      begun.resolve();
      await end.promise;
    });
    await begun.promise;
    const stopping = stop();
    end.resolve();
    await stopping;
    assert.equal((await consumer.info()).num_ack_pending, 0);
  });
});

describe('BullMQ', { skip: skipWithout('redis') }, () => {
  let server: Awaited<ReturnType<typeof startServer>>;
  before(async () => void (server = await startServer('redis')));
  after(() => server.stop());
  const connection = () => ({ host: '127.0.0.1', port: server.port });

  function make(handle: (id: string, attempt: number) => Promise<void>) {
    const name = randomUUID();
    const queue = bull.createQueue<{ n: number }>(name, connection());
    const dead = bull.createQueue(`${name}-dead`, connection());
    const logged: string[] = [];
    const worker = bull.createWorker<{ n: number }>(name, connection(), {
      handle: (job) => handle(job.id ?? '', job.attemptsMade + 1),
      dead,
      log: (error) => logged.push(error.message),
    });
    const end = () => Promise.all([worker.close(), queue.close(), dead.close()]);
    return { queue, dead, worker, logged, end };
  }

  test('a job added twice under one id is done once', async () => {
    const seen: string[] = [];
    const { queue, worker, end } = make(async (id) => void seen.push(id));
    const drained = new Promise((resolve) => worker.once('drained', () => resolve(0)));
    await bull.addJob(queue, 'order', 'a', { n: 1 });
    await bull.addJob(queue, 'order', 'a', { n: 1 });
    await drained;
    await until(() => seen.length > 0);
    await bull.addJob(queue, 'order', 'a', { n: 1 });
    assert.deepEqual(await bull.lagOf(queue), { waiting: 0, delayed: 0 });
    assert.deepEqual(seen, ['a']);
    await end();
  });

  test('what fails is tried five times, then buried', async () => {
    const attempts: number[] = [];
    const { queue, dead, logged, end } = make(async (_id, attempt) => {
      attempts.push(attempt);
      throw new Error('down');
    });
    await bull.addJob(queue, 'order', 'a', { n: 1 });
    // Its waits are passed over: a delayed job can be promoted.
    await until(async () => {
      for (const job of await queue.getDelayed()) await job.promote().catch(() => undefined);
      return (await dead.getJobCounts('waiting')).waiting === 1;
    });
    assert.deepEqual(attempts, [1, 2, 3, 4, 5]);
    const [job] = await dead.getWaiting();
    assert.deepEqual(job?.data, { queue: queue.name, id: 'a', data: { n: 1 }, failure: 'down' });
    await until(() => logged.length === 5);
    await end();
  });

  test('poison is buried at once', async () => {
    const { queue, dead, end } = make(async () => {
      throw new UnrecoverableError('no such order');
    });
    await bull.addJob(queue, 'order', 'a', { n: 1 });
    await until(async () => (await dead.getJobCounts('waiting')).waiting === 1);
    await until(async () => (await queue.getJobCounts('failed')).failed === 1);
    await end();
  });

  test('a job whose process dies twice is buried, and not handled a third time', { timeout: 30_000 }, async () => {
    const seen: string[] = [];
    const { queue, dead, worker, end } = make(async (id) => void seen.push(id));
    await worker.pause();
    // It takes jobs and never finishes one; the other one looks for stalled jobs as the snippet's worker does, but sooner.
    const dying = new Worker(queue.name, null, { connection: connection(), lockDuration: 20 });
    const { maxStalledCount } = worker.opts;
    const looking = new Worker(queue.name, null, { connection: connection(), maxStalledCount, stalledInterval: 25 });
    await looking.startStalledCheckTimer();
    await bull.addJob(queue, 'order', 'a', { n: 1 });
    for (const token of ['first', 'second']) {
      await until(async () => (await dying.getNextJob(token)) !== undefined);
      await until(async () => (await queue.getJobCounts('waiting')).waiting === 1);
    }
    worker.resume();
    await until(async () => (await dead.getJobCounts('waiting')).waiting === 1);
    await until(async () => (await queue.getJobCounts('failed')).failed === 1);
    const [job] = await dead.getWaiting();
    assert.deepEqual(job?.data, { queue: queue.name, id: 'a', data: { n: 1 }, failure: 'The job stalled too often.' });
    assert.deepEqual(seen, []);
    await Promise.all([dying.close(), looking.close(), end()]);
  });

  test('what cannot be buried is tried again until it can', { timeout: 30_000 }, async () => {
    const attempts: number[] = [];
    const { queue, dead, logged, end } = make(async (_id, attempt) => {
      attempts.push(attempt);
      throw new UnrecoverableError('no such order');
    });
    const add = dead.add.bind(dead);
    dead.add = async (...given) => {
      dead.add = add;
      throw new Error(`down at ${given[0]}`);
    };
    await bull.addJob(queue, 'order', 'a', { n: 1 });
    await until(async () => (await queue.getJobCounts('delayed')).delayed === 1);
    assert.deepEqual(logged, [`The job a of ${queue.name} cannot be buried.`]);
    for (const job of await queue.getDelayed()) await job.promote();
    await until(async () => (await dead.getJobCounts('waiting')).waiting === 1);
    await until(async () => (await queue.getJobCounts('failed')).failed === 1);
    assert.deepEqual(attempts, [1, 1]);
    await end();
  });

  test('closing waits for the job under way', async () => {
    const [begun, finish] = [deferred(), deferred()];
    let done = false;
    const { queue, worker, end } = make(async () => {
      begun.resolve();
      await finish.promise;
      done = true;
    });
    await bull.addJob(queue, 'order', 'a', { n: 1 });
    await begun.promise;
    const closing = worker.close();
    finish.resolve();
    await closing;
    assert.equal(done, true);
    await end();
  });
});

describe('SQS, against a double on the wire', () => {
  interface Stored {
    body: string;
    received: number;
    hidden: boolean;
    group?: string;
  }
  const stored = new Map<string, Stored>();
  const requests: { action: string; body: Record<string, unknown> }[] = [];
  let failing: number | 'reset' | undefined;
  const refuse = new Set<string>();

  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const action = String(request.headers['x-amz-target']).replace('AmazonSQS.', '');
    const body = JSON.parse(text);
    requests.push({ action, body });
    if (failing === 'reset') return void request.socket.destroy();
    if (failing) return void response.writeHead(failing).end('{}');
    response.setHeader('Content-Type', 'application/x-amz-json-1.0');
    response.end(JSON.stringify(answer(action, body)));
  });
  function answer(action: string, body: any): object {
    const entries: { Id: string; MessageBody: string; MessageGroupId?: string; ReceiptHandle: string }[] = body.Entries ?? [];
    const accepted = entries.filter(({ Id }) => !refuse.has(Id));
    const failed = entries
      .filter(({ Id }) => refuse.has(Id))
      .map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false }));
    if (action === 'SendMessageBatch') {
      for (const { MessageBody, MessageGroupId: group } of accepted) {
        stored.set(randomUUID(), { body: MessageBody, received: 0, hidden: false, group });
      }
      return { Successful: accepted.map(({ Id }) => ({ Id, MessageId: Id, MD5OfMessageBody: '' })), Failed: failed };
    }
    if (action === 'DeleteMessageBatch') {
      for (const { ReceiptHandle } of accepted) stored.delete(ReceiptHandle);
      return { Successful: accepted.map(({ Id }) => ({ Id })), Failed: failed };
    }
    if (action === 'ChangeMessageVisibility') return {};
    if (action === 'GetQueueAttributes') {
      const hidden = [...stored.values()].filter((message) => message.hidden).length;
      const counts: Record<string, string> = {
        ApproximateNumberOfMessages: String(stored.size - hidden),
        ApproximateNumberOfMessagesNotVisible: String(hidden),
        ApproximateNumberOfMessagesDelayed: '0',
      };
      return { Attributes: Object.fromEntries(body.AttributeNames.map((name: string) => [name, counts[name]])) };
    }
    const messages = [...stored].filter(([, message]) => !message.hidden).slice(0, body.MaxNumberOfMessages);
    return {
      Messages: messages.map(([id, message]) => {
        message.hidden = true;
        message.received++;
        return {
          MessageId: id,
          ReceiptHandle: id,
          Body: message.body,
          Attributes: { ApproximateReceiveCount: String(message.received), MessageGroupId: message.group },
        };
      }),
    };
  }

  let client: SQSClient;
  let queueUrl = '';
  before(async () => {
    const endpoint = await listen(server);
    queueUrl = `${endpoint}/1/orders`;
    const credentials = { accessKeyId: 'x', secretAccessKey: 'x' };
    client = new SQSClient({ endpoint, region: 'eu-west-1', credentials, maxAttempts: 1, md5: false });
  });
  after(() => {
    client.destroy();
    close(server);
  });
  beforeEach(() => {
    stored.clear();
    refuse.clear();
    requests.length = 0;
    failing = undefined;
  });
  const show = () => {
    for (const message of stored.values()) message.hidden = false;
  };

  function start(handle: (event: ReceivedEvent) => Promise<void>, url = queueUrl) {
    const controller = new AbortController();
    const logged: unknown[] = [];
    const consumption = consumeSqs(client, {
      queueUrl: url,
      handle,
      log: (error) => logged.push(error),
      signal: controller.signal,
      sleep: () => turn(),
    });
    return { logged, stop: async () => void (controller.abort(), await consumption) };
  }

  test('sends ten to a request, and says which were refused after sending the others', async () => {
    const events = Array.from({ length: 12 }, (_, n) => event({ n }, `id-${n}`));
    refuse.add('1');
    await assert.rejects(sendEvents(client, queueUrl, events), /SQS refused id-1, id-11/);
    assert.deepEqual(
      requests.map(({ body }) => (body.Entries as unknown[]).length),
      [10, 2],
    );
    assert.equal(stored.size, 10);
    refuse.clear();
    await sendEvents(client, `${queueUrl}.fifo`, [{ ...event({}, 'a'), group: 'order-1' }]);
    const [entry] = requests.at(-1)!.body.Entries as Record<string, unknown>[];
    assert.deepEqual([entry?.MessageDeduplicationId, entry?.MessageGroupId], ['a', 'order-1']);
  });

  test('in a FIFO queue nothing of a group is sent after what was refused of it', async () => {
    const grouped = (id: string, group: string) => ({ ...event({}, id), group });
    requests.length = 0;
    // Of each request the first.
    refuse.add('0');
    const events = [grouped('a1', 'a'), grouped('b1', 'b'), grouped('a2', 'a'), grouped('b2', 'b'), grouped('c1', 'c')];
    await assert.rejects(sendEvents(client, `${queueUrl}.fifo`, events), /SQS refused a1, a2, b2\./);
    refuse.clear();
    const ids = ({ body }: (typeof requests)[0]) =>
      (body.Entries as { MessageDeduplicationId: string }[]).map((entry) => entry.MessageDeduplicationId);
    assert.deepEqual(requests.map(ids), [['a1', 'b1', 'c1'], ['b2']]);
    stored.clear();
  });

  test('tells the lag', async () => {
    await sendEvents(client, queueUrl, [event({}, 'a'), event({}, 'b')]);
    stored.values().next().value!.hidden = true;
    assert.deepEqual(await lagOfSqs(client, queueUrl), { waiting: 1, hidden: 1, delayed: 0 });
  });

  test('handles each event and removes it after', async () => {
    await sendEvents(client, queueUrl, [event({ n: 1 }, 'a'), event({ n: 2 }, 'b')]);
    const seen: string[] = [];
    const { stop } = start(async ({ id }) => void seen.push(id));
    await until(() => stored.size === 0);
    await stop();
    assert.deepEqual(seen, ['a', 'b']);
  });

  test('what fails, and what is no JSON, stays and is hidden longer each time; the others go', async (t) => {
    t.mock.method(Math, 'random', () => 1);
    await sendEvents(client, queueUrl, [event({}, 'a'), event({}, 'b')]);
    stored.set('poison', { body: '{', received: 0, hidden: false });
    const { logged, stop } = start(async ({ id }) => {
      if (id === 'a') throw new Error('down');
    });
    const hidden = () =>
      requests.filter(({ action }) => action === 'ChangeMessageVisibility').map(({ body }) => body.VisibilityTimeout);
    await until(() => stored.size === 2 && hidden().length === 2);
    show();
    await until(() => hidden().length === 4);
    await stop();
    assert.deepEqual(hidden(), [20, 20, 40, 40]);
    assert.equal(logged.length, 4);
  });

  test('in a FIFO queue a group keeps its order, also behind one that fails, and other groups go on', async () => {
    const url = `${queueUrl}.fifo`;
    const events = ['a1', 'b1', 'a2', 'b2', 'a3'].map((id) => ({ ...event({}, id), group: id[0] as string }));
    await sendEvents(client, url, events);
    const seen: string[] = [];
    let isDown = true;
    const { stop } = start(async ({ id }) => {
      await turn();
      if (id === 'a2' && isDown) throw new Error('down');
      seen.push(id);
    }, url);
    await until(() => stored.size === 2);
    assert.deepEqual(seen.toSorted(), ['a1', 'b1', 'b2']);
    isDown = false;
    show();
    await until(() => stored.size === 0);
    await stop();
    assert.deepEqual(seen.slice(3), ['a2', 'a3']);
  });

  test('what is done stays hidden until the batch is removed', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    await sendEvents(client, queueUrl, [event({}, 'quick'), event({}, 'slow')]);
    const [quick, end] = [deferred(), deferred()];
    const { stop } = start(async ({ id }) => (id === 'quick' ? quick.resolve() : end.promise));
    await quick.promise;
    await turn();
    t.mock.timers.tick(30_000);
    const renewed = () => requests.filter(({ action }) => action === 'ChangeMessageVisibility').length;
    await until(() => renewed() === 2);
    end.resolve();
    await until(() => stored.size === 0);
    await stop();
  });

  test('SQS that is slow to come back, and resets, is asked again', async () => {
    failing = 503;
    const seen: string[] = [];
    const { logged, stop } = start(async ({ id }) => void seen.push(id));
    await until(() => logged.length > 0);
    failing = 'reset';
    const count = logged.length;
    await until(() => logged.length > count + 1);
    failing = undefined;
    await sendEvents(client, queueUrl, [event({}, 'a')]);
    await until(() => seen.length === 1);
    await stop();
  });

  test('one that is done but not removed comes again, and is handled again', async () => {
    await sendEvents(client, queueUrl, [event({}, 'a')]);
    const seen: string[] = [];
    refuse.add('0');
    const { logged, stop } = start(async ({ id }) => void seen.push(id));
    await until(() => logged.length === 1);
    refuse.clear();
    show();
    await until(() => stored.size === 0);
    await stop();
    assert.deepEqual(seen, ['a', 'a']);
  });

  test('an abort waits for what is under way, and removes it', async () => {
    await sendEvents(client, queueUrl, [event({}, 'a')]);
    const [begun, end] = [deferred(), deferred()];
    const { stop } = start(async () => {
      begun.resolve();
      await end.promise;
    });
    await begun.promise;
    const stopping = stop();
    end.resolve();
    await stopping;
    assert.equal(stored.size, 0);
  });
});

/**
 * A double of kafkajs with one partition for each topic: a handler that returns commits, one that throws gets the same
 * message again, as kafkajs restarts its consumer.
 */
function fakeKafka() {
  type Sent = Parameters<Producer['send']>[0];
  const topics = new Map<string, Sent['messages']>();
  const sends: Sent[] = [];
  const options: unknown[] = [];
  let refusals = 0;
  let heartbeats = 0;
  const producer = {
    async send(record: Sent) {
      sends.push(record);
      if (refusals > 0) {
        refusals--;
        throw new Error('not enough replicas');
      }
      topics.set(record.topic, [...(topics.get(record.topic) ?? []), ...record.messages]);
    },
  } as unknown as Producer;

  function consumer() {
    const emitter = new EventEmitter();
    let isRunning = true;
    let running = Promise.resolve();
    let committed = 0;
    let topic = '';
    const bytes = (value: unknown) => (value === undefined || value === null ? null : Buffer.from(value as string));
    const result = {
      events: { END_BATCH_PROCESS: 'end', CRASH: 'crash' },
      on: (name: string, listener: (event: object) => void) => emitter.on(name, listener),
      connect: async () => {},
      subscribe: async (subscription: { topic: string }) => void (topic = subscription.topic),
      run: async ({ eachMessage }: NonNullable<Parameters<Consumer['run']>[0]>) => {
        running = (async () => {
          while (isRunning) {
            await turn();
            const messages = topics.get(topic) ?? [];
            const message = messages[committed];
            if (!message) continue;
            try {
              await eachMessage?.({
                topic,
                partition: 0,
                heartbeat: async () => void heartbeats++,
                pause: () => () => {},
                message: {
                  key: bytes(message.key),
                  value: bytes(message.value),
                  offset: String(committed),
                  headers: Object.fromEntries(Object.entries(message.headers ?? {}).map(([k, v]) => [k, bytes(v) ?? undefined])),
                  timestamp: '0',
                  attributes: 0,
                } as never,
              });
              committed++;
              emitter.emit('end', { payload: { partition: 0, offsetLag: String(messages.length - committed) } });
            } catch {
              // The same message again.
            }
          }
        })();
      },
      disconnect: async () => {
        isRunning = false;
        await running;
      },
    };
    const crash = (restart: boolean) => void emitter.emit('crash', { payload: { error: new Error('not authorized'), restart } });
    return { consumer: result as unknown as Consumer, committed: () => committed, crash };
  }
  return {
    kafka: { producer: (given: unknown) => (options.push(given), producer) } as unknown as Kafka,
    producer,
    consumer,
    topics,
    sends,
    options,
    refuse: (times: number) => void (refusals = times),
    heartbeats: () => heartbeats,
  };
}

describe('Kafka, against a double of the client', () => {
  const order = (id: string, data: unknown = {}) => ({ ...event(data, id), key: 'order-1' });
  async function start(
    fake: ReturnType<typeof fakeKafka>,
    handle: (id: string, data: unknown) => Promise<void>,
    lags: number[] = [],
  ) {
    const { consumer, committed, crash } = fake.consumer();
    const crashes: string[] = [];
    const stop = await kafkaConsumer.consume(consumer, {
      topic: 'orders',
      handle,
      producer: fake.producer,
      onLag: (_partition, messages) => lags.push(messages),
      onCrash: ({ message }) => crashes.push(message),
      sleep: () => turn(),
    });
    return { stop, committed, crash, crashes };
  }

  test('publishes to all replicas, keyed, with metadata', async () => {
    const fake = fakeKafka();
    await publishToKafka(createProducer(fake.kafka), 'orders', [order('a', { n: 1 })]);
    assert.deepEqual(fake.options, [{ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false }]);
    const [{ acks, messages }] = fake.sends as [(typeof fake.sends)[0]];
    assert.equal(acks, -1);
    assert.equal(messages[0]?.key, 'order-1');
    assert.equal(messages[0]?.headers?.ce_id, 'a');
    assert.equal(messages[0]?.value, '{"n":1}');
  });

  test('handles in order, commits after, and tells the lag', async () => {
    const fake = fakeKafka();
    await publishToKafka(
      fake.producer,
      'orders',
      ['a', 'b', 'c'].map((id) => order(id)),
    );
    const [seen, lags]: [string[], number[]] = [[], []];
    const { stop, committed } = await start(fake, async (id) => void seen.push(id), lags);
    await until(() => committed() === 3);
    await stop();
    assert.deepEqual(
      [seen, lags],
      [
        ['a', 'b', 'c'],
        [2, 1, 0],
      ],
    );
  });

  test('what fails is tried again with heartbeats, then buried, and the partition goes on', async () => {
    const fake = fakeKafka();
    await publishToKafka(fake.producer, 'orders', [order('a', { n: 1 }), order('b')]);
    const seen: string[] = [];
    const { stop, committed } = await start(fake, async (id) => {
      seen.push(id);
      if (id === 'a') throw new Error('down');
    });
    await until(() => committed() === 2);
    await stop();
    assert.deepEqual(seen, ['a', 'a', 'a', 'a', 'b']);
    assert.equal(fake.heartbeats(), 3);
    const [dead] = fake.topics.get('orders.dead')!;
    assert.equal(dead?.headers?.['x-failure'], 'down');
    assert.equal(dead?.headers?.['x-from'], 'orders/0/0');
    assert.equal(String(dead?.value), '{"n":1}');
    assert.equal(String(dead?.headers?.ce_id), 'a');
  });

  test('poison is buried at once; one that cannot be buried is not committed', async () => {
    const fake = fakeKafka();
    fake.topics.set('orders', [
      { value: '{', headers: { ce_id: 'a' } },
      { value: '{}', headers: {} },
    ]);
    fake.refuse(2);
    const { stop, committed } = await start(fake, async () => assert.fail('must not be handled'));
    await until(() => committed() === 2);
    await stop();
    assert.deepEqual(
      fake.topics.get('orders.dead')!.map(({ headers }) => headers?.['x-failure']),
      ['The message is no JSON.', 'The message has no id.'],
    );
    assert.equal(fake.sends.length, 4);
  });

  test('a consumer that has ended for good is said, one that kafkajs starts again is not', async () => {
    const { stop, crash, crashes } = await start(fakeKafka(), async () => {});
    crash(true);
    assert.deepEqual(crashes, []);
    crash(false);
    assert.deepEqual(crashes, ['not authorized']);
    await stop();
  });

  test('stopping in the middle of attempts leaves the message to the next', async () => {
    const fake = fakeKafka();
    await publishToKafka(fake.producer, 'orders', [order('a')]);
    const [begun, end] = [deferred(), deferred()];
    const { stop, committed } = await start(fake, async () => {
      begun.resolve();
      await end.promise;
      throw new Error('down');
    });
    await begun.promise;
    const stopping = stop();
    end.resolve();
    await stopping;
    assert.equal(committed(), 0);
    assert.equal(fake.topics.has('orders.dead'), false);
  });
});
