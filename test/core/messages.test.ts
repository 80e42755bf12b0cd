/** What small applications send and receive, by library: where, what, in which direction, and what is said to be unseen. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rules } from '../../rulesets/index.ts';
import { defaultConfig } from '../../server/core/config.ts';
import { createLintel } from '../../server/core/create.ts';
import { parseApiDocument } from '../../server/core/document.ts';
import type { EventFact } from '../../server/core/generate/events.ts';
import type { Shape } from '../../server/core/generate/facts.ts';
import { memoryHost } from '../../server/core/host.ts';
import { readMessages } from '../../server/core/typescript/messages.ts';

type Files = Record<string, string>;

const hostOf = (files: Files) =>
  memoryHost(Object.fromEntries(Object.entries(files).map(([name, text]) => [`file:///app/${name}`, text])));

const read = (files: Files) => {
  const host = hostOf(files);
  return readMessages(['file:///app'], host, host.read);
};

/** A message in one line: `kafka send orders.{REGION} [OrderCreated] {id! total} key=string reply={ok!}`. */
function line({ protocol, action, address, title, message }: EventFact): string {
  const { name, payload, key, reply } = message;
  const where = address?.text ?? `“${title}”`;
  return [
    protocol ?? '?',
    action,
    where,
    name && `[${name}]`,
    payload ? word(payload) : '_',
    key && `key=${word(key)}`,
    reply && `reply=${word(reply)}`,
  ]
    .filter(Boolean)
    .join(' ');
}

function word({ ref, type, properties, required, items, format, enum: values, anyOf }: Shape): string {
  if (ref) return `<${ref}>`;
  if (anyOf) return `anyOf(${anyOf.map(word).join(' ')})`;
  if (items) return `[${word(items)}]`;
  if (!properties) return values ? values.join('|') : (format ?? type ?? '_');
  const inner = Object.entries(properties).map(([name, shape]) => {
    const deep = shape.properties || shape.ref || shape.enum ? `:${word(shape)}` : '';
    return `${name}${required?.includes(name) ? '!' : ''}${deep}`;
  });
  return `{${inner.join(' ')}}`;
}

const lines = (files: Files | string) => read(typeof files === 'string' ? { 'index.ts': files } : files).events.map(line);
const notes = (files: Files | string) =>
  read(typeof files === 'string' ? { 'index.ts': files } : files).notes.map(({ message }) => message);

const kafka = `import { Kafka } from 'kafkajs'; const kafka = new Kafka({ brokers: ['kafka:9092'] }); const producer = kafka.producer();`;

test('kafkajs: literals, enums, templates of settings, keys, batches, what a consumer parses', () => {
  const files = {
    'topics.ts': `export enum Topic { Created = 'orders.created' } export const topics = { paid: 'orders.paid' } as const;`,
    'order.ts': `export interface Order { id: string; at: Date; note?: string }`,
    'index.ts': `${kafka} import { Topic, topics } from './topics'; import type { Order } from './order';
export async function send(order: Order, other: any) {
  await producer.send({ topic: Topic.Created, messages: [{ key: order.id, value: JSON.stringify(order) }] });
  await producer.send({ topic: topics.paid, messages: orders.map((one: Order) => ({ value: JSON.stringify({ id: one.id, paid: true }) })) });
  await producer.send({ topic: \`\${process.env.PREFIX ?? 'dev'}.audit\`, messages: [{ value: Buffer.from('text') }] });
  await producer.sendBatch({ topicMessages: [{ topic: 'a', messages: [{ value: JSON.stringify({ a: 1 }) }] }, { topic: 'b', messages: [{ value: JSON.stringify({ b: 'x' }) }] }] });
}
const consumer = kafka.consumer({ groupId: 'billing' });
export async function start() {
  await consumer.subscribe({ topic: topics.paid });
  await consumer.run({ eachMessage: async ({ message }) => handle(JSON.parse(message.value!.toString())) });
}
function handle(paid: { id: string; paid: boolean }) {}`,
  };
  assert.deepEqual(lines(files), [
    'kafka send orders.created <Order> key=string',
    'kafka send orders.paid {id! paid!}',
    'kafka send {PREFIX}.audit string',
    'kafka send a {a!}',
    'kafka send b {b!}',
    'kafka receive orders.paid {id! paid!}',
  ]);
  const { events, brokers, types } = read(files);
  assert.deepEqual(events[2]?.address?.parameters, [{ name: 'PREFIX', description: 'The setting `PREFIX`.', otherwise: 'dev' }]);
  assert.deepEqual(events[5]?.operation, { groupId: { type: 'string', enum: ['billing'] } });
  assert.deepEqual(events[0]?.message.contentType, 'application/json');
  assert.deepEqual(types.get('Order')?.required, ['id', 'at']);
  assert.deepEqual(brokers[0]?.host?.text, 'kafka:9092');
});

test('a wrapper is read where it is called; every caller is a message of its own', () => {
  const files = {
    'bus.ts': `${kafka} export async function publish<T>(topic: string, payload: T) { await producer.send({ topic, messages: [{ value: JSON.stringify(payload) }] }); }`,
    'users.ts': `import { publish } from './bus'; export const signUp = (email: string) => publish('users.signed-up', { email });`,
    'orders.ts': `import { publish } from './bus'; const TOPIC = 'orders.paid'; class Orders { pay(id: string) { return this.emit(TOPIC, { id }); } private emit(topic: string, data: { id: string }) { return publish(topic, data); } }`,
  };
  assert.deepEqual(lines(files), ['kafka send orders.paid {id!}', 'kafka send users.signed-up {email!}']);
  const { events, notes: gaps } = read(files);
  assert.deepEqual(gaps, []);
  // The evidence is the call that names the channel.
  const { evidence } = events[1] as EventFact;
  assert.equal(files['users.ts'].slice(evidence.start, evidence.end), `publish('users.signed-up', { email })`);
  assert.equal(evidence.confidence, 'typed');
});

test('a publisher that its subclasses complete, with the payload their type arguments name', () => {
  const files = {
    'publisher.ts': `import type { NatsConnection } from 'nats';
interface Event { subject: string; data: unknown }
export abstract class Publisher<T extends Event> { abstract subject: T['subject']; constructor(private client: NatsConnection) {}
  publish(data: T['data']) { this.client.publish(this.subject, JSON.stringify(data)); } }`,
    'tickets.ts': `import { Publisher } from './publisher';
interface TicketCreated { subject: 'ticket:created'; data: { id: string; price: number } }
export class TicketPublisher extends Publisher<TicketCreated> { subject = 'ticket:created' as const; }`,
    'queue.ts': `import { Queue } from 'bullmq';
class Base { private queue: Queue; constructor(readonly name: string) { this.queue = new Queue(name); } add(data: { id: string }) { return this.queue.add('run', data); } }
export class Mails extends Base { constructor() { super('mails'); } }`,
  };
  assert.deepEqual(lines(files).sort(), ['nats send ticket:created {id! price!}', 'redis send mails [run] {id!}']);
});

test('BullMQ: queues that are made when they are first asked for, and workers that wrap their processors', () => {
  const files = {
    'queues.ts': `import { Queue } from 'bullmq'; export interface Mail { to: string } export interface Jobs { report: { id: string } }
let mails: Queue<Mail> | null = null;
export function getMails(): Queue<Mail> { if (!mails) { mails = new Queue<Mail>('mails', { connection: {} }); } return mails; }
export class Reports { private static instance: Queue<Jobs['report']> | null = null;
  static getInstance(): Queue<Jobs['report']> | null { if (Reports.instance) return Reports.instance;
    const options = optionsOf(); Reports.instance = options ? new Queue<Jobs['report']>('reports', options) : null; return Reports.instance; } }
const all: Record<string, Queue> = {};
export const named = (name: string) => (all[name] ??= new Queue(name));`,
    'send.ts': `import { getMails, named, Reports } from './queues';
export async function send(id: string, key: string) { const queue = getMails(); await queue.add('welcome', { to: 'a' });
  await Reports.getInstance()?.add('daily', { id }); await named(key).add('x', { id }); }`,
    'work.ts': `import { Job, Processor, Worker } from 'bullmq'; import type { Jobs } from './queues';
class Workers { static measured(processor: Processor): Processor { return async (job: Job) => { count(job.data.user); return await processor(job); }; }
  static start(name: string, processor: Processor) { return new Worker(name, Workers.measured(processor)); } }
const report = async (job: Job<Jobs['report']>) => {}; Workers.start('reports', report);`,
  };
  assert.deepEqual(lines(files).sort(), [
    'redis receive reports {id!}',
    'redis send mails [welcome] {to!}',
    'redis send reports [daily] {id!}',
  ]);
});

test('a bus that names its exchanges after the classes of its messages', () => {
  const files = {
    'events.ts': `export class OrderPlaced { id: string; total?: number; constructor(partial?: Partial<OrderPlaced>) { Object.assign(this, partial); } }
export class OrderPaid { id: string; }`,
    'text.ts': `export const typeName = <T>(instance: T): string => { if (instance?.constructor) { return instance.constructor.name; } else { return typeof instance; } };
export const toJson = (value: any): string => { try { return JSON.stringify(value); } catch (error) { throw new Error('no'); } };
export const fromJson = <T>(text: string): T => JSON.parse(text) as T;`,
    'bus.ts': `import { Channel } from 'amqplib'; import { snakeCase } from 'lodash'; import retry from 'async-retry'; import { fromJson, toJson, typeName } from './text';
export interface IPublisher { publish<T>(message: T): Promise<void>; }
export class Publisher implements IPublisher { constructor(private readonly channel: Channel) {}
  async publish<T>(message: T): Promise<void> { await retry(async () => {
    const exchange = snakeCase(typeName(message)); const text = toJson(message);
    await this.channel.assertExchange(exchange, 'fanout'); this.channel.publish(exchange, '', Buffer.from(text)); }); } }
export class Consumer<T> { constructor(private readonly channel: Channel) {}
  async consume<T>(type: T, handler: (message: T) => void): Promise<void> {
    const exchange = snakeCase(typeName(type)); const q = await this.channel.assertQueue('', { exclusive: true }); await this.channel.bindQueue(q.queue, exchange, '');
    await this.channel.consume(q.queue, (message) => { if (message !== null) { const content = message?.content?.toString(); handler(fromJson<T>(content)); } }); } }`,
    'orders.ts': `import { IPublisher, Consumer } from './bus'; import { OrderPaid, OrderPlaced } from './events';
export class Orders { constructor(private readonly publisher: IPublisher, private readonly consumer: Consumer<any>) {}
  async place(order: any) { await this.publisher.publish(new OrderPlaced(order)); }
  async start() { await this.consumer.consume<OrderPaid>(new OrderPaid(), () => {}); } }`,
  };
  assert.deepEqual(lines(files), ['amqp send order_placed <OrderPlaced>', 'amqp receive order_paid <OrderPaid>']);
  const bull = `import { Queue } from 'bullmq'; import { kebabCase } from 'change-case'; class SendMail { to: string; static queue = kebabCase('SendMail'); }
const queue = new Queue(SendMail.queue); queue.add(SendMail.name, { to: 'a' });`;
  assert.deepEqual(lines(bull), ['redis send send-mail [SendMail] {to!}']);
});

test('amqplib: queues, exchanges, what they are declared as, what a consumer is bound to', () => {
  const files = `import amqp from 'amqplib';
async function run() {
  const connection = await amqp.connect('amqps://user:secret@rabbit:5671/vhost'); const channel = await connection.createChannel();
  await channel.assertQueue('tasks', { durable: true }); await channel.assertExchange('events', 'topic', { durable: false });
  channel.sendToQueue('tasks', Buffer.from(JSON.stringify({ job: 1 })), { persistent: true });
  channel.publish('events', 'user.created', Buffer.from(JSON.stringify({ id: 'a' })), { type: 'UserCreated' });
  channel.publish('logs', '', Buffer.from('x'));
  channel.consume('tasks', (message) => { const { job, retry } = JSON.parse(message.content.toString()); }, { noAck: false });
  const { queue } = await channel.assertQueue('', { exclusive: true }); await channel.bindQueue(queue, 'events', 'user.*');
  channel.consume(queue, (message) => { const user: { id: string } = JSON.parse(message.content.toString()); }, { noAck: true });
}`;
  assert.deepEqual(lines(files), [
    'amqp send tasks {job!}',
    'amqp send user.created [UserCreated] {id!}',
    'amqp send logs string',
    'amqp receive tasks {job retry}',
    'amqp receive user.* {id!}',
  ]);
  const { events, brokers } = read({ 'index.ts': files });
  assert.deepEqual(events[0]?.channel, { is: 'queue', queue: { name: 'tasks', durable: true } });
  assert.deepEqual(events[0]?.operation, { deliveryMode: 2 });
  assert.deepEqual(events[1]?.channel, { is: 'routingKey', exchange: { name: 'events', type: 'topic', durable: false } });
  assert.deepEqual(events[4]?.operation, { ack: false });
  assert.deepEqual([brokers[0]?.host?.text, brokers[0]?.isSecure], ['rabbit:5671', true]);
});

test('SQS and SNS: URLs and ARNs, settings, FIFO queues, batches, Lambda', () => {
  const files = `import { SQSClient, SendMessageCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs'; import { SNSClient, PublishCommand } from '@aws-sdk/client-sns'; import type { SQSHandler } from 'aws-lambda';
const sqs = new SQSClient({ region: 'eu-west-1' }); const sns = new SNSClient({});
interface Job { id: string }
export async function run(job: Job) {
  await sqs.send(new SendMessageCommand({ QueueUrl: 'https://sqs.eu-west-1.amazonaws.com/1/jobs.fifo', MessageBody: JSON.stringify(job), MessageGroupId: 'a' }));
  await sqs.send(new SendMessageBatchCommand({ QueueUrl: process.env.JOBS_URL, Entries: [{ Id: '1', MessageBody: JSON.stringify({ n: 1 }) }] }));
  await sns.send(new PublishCommand({ TopicArn: 'arn:aws:sns:eu-west-1:1:alerts', Message: JSON.stringify({ text: 'x' }) }));
  await sns.send(new PublishCommand({ PhoneNumber: '+1', Message: 'x' }));
}
export const handler: SQSHandler = async (event) => { for (const record of event.Records) { const job = JSON.parse(record.body) as Job; } };`;
  assert.deepEqual(lines(files), [
    'sqs send jobs.fifo <Job>',
    'sqs send {JOBS_URL} {n!}',
    'sns send alerts {text!}',
    'sqs receive “The queue that triggers handler” <Job>',
  ]);
  assert.deepEqual(read({ 'index.ts': files }).events[0]?.channel, { queue: { name: 'jobs.fifo', fifoQueue: true } });
  assert.deepEqual(notes(files), ['“The queue that triggers handler” has no address that the code shows.']);
});

test('kafkajs: one handler of several topics, by its branches or for all of them', () => {
  const consumer = (topics: string, body: string) => `${kafka} import { z } from 'zod';
interface Paid { id: string; amount: number } interface Placed { id: string } const Closed = z.object({ reason: z.string() });
const consumer = kafka.consumer({ groupId: 'g' }); ${topics}
await consumer.run({ eachMessage: async ({ topic, message }) => { ${body} } });`;
  const branches = `const data = JSON.parse(message.value.toString());
switch (topic) { case 'orders.placed': placed(data as Placed); break; case 'orders.closed': Closed.parse(data); break; default: }
if (topic === 'orders.paid') { const paid: Paid = JSON.parse(message.value!.toString()); }`;
  const several = `await consumer.subscribe({ topics: ['orders.placed', 'orders.paid', 'orders.closed', 'orders.else'] });`;
  assert.deepEqual(lines({ 'index.ts': consumer(several, branches) }), [
    'kafka receive orders.placed <Placed>',
    'kafka receive orders.paid <Paid>',
    'kafka receive orders.closed {reason!}',
    'kafka receive orders.else _',
  ]);
  const each = `await consumer.subscribe({ topic: 'a' }); await consumer.subscribe({ topic: 'b' });`;
  assert.deepEqual(lines({ 'index.ts': consumer(each, 'save(JSON.parse(message.value.toString()) as Placed);') }), [
    'kafka receive a <Placed>',
    'kafka receive b <Placed>',
  ]);
  const read = 'const event = JSON.parse(message.value.toString()); const { id, data: more } = event; log(event.kind);';
  assert.deepEqual(lines({ 'index.ts': consumer(each, read) }), [
    'kafka receive a {id data kind}',
    'kafka receive b {id data kind}',
  ]);
});

test('JetStream: consumers of a stream, by their filter or the subjects of the stream; codecs with a type', () => {
  const files = {
    'index.ts': `import { connect, JSONCodec } from 'nats'; interface Order { id: string; total?: number }
const nc = await connect(); const jsm = await nc.jetstreamManager(); const js = nc.jetstream(); const codec = JSONCodec<Order>();
await jsm.streams.add({ name: 'ORDERS', subjects: ['orders.*', 'returns.*'] });
await jsm.consumers.add('ORDERS', { durable_name: 'billing', filter_subject: 'orders.paid' });
async function bill() { const consumer = await js.consumers.get('ORDERS', 'billing'); const messages = await consumer.consume();
  for await (const m of messages) { const order = codec.decode(m.data); charge(order.id); m.ack(); } }
async function all() { const consumer = await js.consumers.get('ORDERS', 'all'); const m = await consumer.next(); save(m.json<{ kind: string }>()); }`,
  };
  assert.deepEqual(lines(files), [
    'nats receive orders.paid <Order>',
    'nats receive orders.* {kind!}',
    'nats receive returns.* {kind!}',
  ]);
});

test('JetStream: streams and consumers that another file adds; names that settings declare', () => {
  const files = {
    'setup.ts': `export async function setup(jsm) { await jsm.streams.add({ name: 'ORDERS', subjects: ['orders.paid'] }); }`,
    'settings.ts': `import convict from 'convict'; export const config = convict({ nats: { subject: { format: String, env: 'SUBJECT', default: 'mail.sent' } } });`,
    'index.ts': `import { connect } from 'nats'; import { setup } from './setup'; import { config } from './settings';
const nc = await connect(); const js = nc.jetstream(); await setup(await nc.jetstreamManager());
async function run() { const consumer = await js.consumers.get('ORDERS', 'all'); const m = await consumer.next(); save(m.json<{ kind: string }>()); }
nc.publish(config.get('nats.subject'), JSON.stringify({ id: 'a' }));`,
  };
  assert.deepEqual(lines(files), ['nats receive orders.paid {kind!}', 'nats send {SUBJECT} {id!}']);
});

test('NATS: codecs, requests, loops over subscriptions', () => {
  const files = `import { connect, JSONCodec } from 'nats';
const jc = JSONCodec<{ id: string }>();
async function run() {
  const nc = await connect({ servers: 'nats://one:4222' });
  nc.publish('users.created', jc.encode({ id: 'a' }));
  await nc.request('users.get', JSON.stringify({ id: 'a' }));
  const sub = nc.subscribe('users.*', { queue: 'workers' });
  for await (const m of sub) { const user = jc.decode(m.data) as { id: string; name: string }; }
}`;
  assert.deepEqual(lines(files), [
    'nats send users.created {id!}',
    'nats send users.get {id!} reply=_',
    'nats receive users.* {id! name!}',
  ]);
  assert.deepEqual(read({ 'index.ts': files }).events[2]?.operation, { queue: 'workers' });
});

test('BullMQ, Bull and their Nest decorators: job names, types of queues and jobs, queues that functions make', () => {
  const files = {
    'bullmq.ts': `import { Queue, Worker, type Job } from 'bullmq';
const QUEUE = 'mail'; export const mails = new Queue<{ to: string }>(QUEUE);
mails.add('welcome', { to: 'a@example.com' }); mails.addBulk(many);
new Worker(QUEUE, async (job: Job<{ to: string }>) => {});`,
    'made.ts': `import Bull from 'bull'; const make = (name: string) => new Bull(name); let cached: ReturnType<typeof make> | undefined;
export const reports = () => { if (!cached) cached = make('reports'); return cached; };`,
    'use.ts': `import { reports } from './made'; reports().add({ id: 1 }); reports().process(async (job) => { const { id } = job.data; });`,
    'nest.ts': `import { InjectQueue, Processor, WorkerHost } from '@nestjs/bullmq'; import { Queue, Job } from 'bullmq';
class Sender { constructor(@InjectQueue('audio') private queue: Queue) {} play(file: string) { return this.queue.add('play', { file }); } }
@Processor('audio') class Player extends WorkerHost { async process(job: Job<{ file: string }>) {} }`,
  };
  assert.deepEqual(lines(files), [
    'redis send mail [welcome] {to!}',
    'redis send mail {to!}',
    'redis receive mail {to!}',
    'redis send audio [play] {file!}',
    'redis receive audio {file!}',
    'redis send reports {id!}',
    'redis receive reports {id}',
  ]);
});

test('Nest: patterns by transport, envelopes, replies, clients by their token', () => {
  const files = {
    'main.ts': `import { NestFactory } from '@nestjs/core'; import { Transport } from '@nestjs/microservices';
NestFactory.createMicroservice(AppModule, { transport: Transport.RMQ, options: { urls: [process.env.RABBIT_URL], queue: 'cats' } });`,
    'module.ts': `import { ClientsModule, Transport } from '@nestjs/microservices';
ClientsModule.register([{ name: 'ORDERS', transport: Transport.KAFKA, options: { client: { brokers: ['k:9092'] } } }, { name: 'MATH', transport: Transport.TCP }]);`,
    'cats.ts': `import { Controller, Inject } from '@nestjs/common'; import { ClientProxy, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
class CreateCat { name: string }
@Controller() export class Cats {
  constructor(@Inject('ORDERS') private orders: ClientProxy, @Inject('MATH') private math: ClientProxy) {}
  @EventPattern('cat.created') created(@Payload() cat: CreateCat) { this.orders.emit('orders', { key: cat.name, value: { cat } }); }
  @MessagePattern({ cmd: 'sum' }) sum(data: number[]): number { this.math.send({ role: 'math', cmd: 'add' }, { a: 1 }); return 1; }
}`,
  };
  assert.deepEqual(lines(files), [
    'amqp receive cats [cat.created] {pattern!:cat.created data:<CreateCat>}',
    'kafka send orders {cat!:<CreateCat>}',
    'amqp receive cats [{"cmd":"sum"}] {pattern!:{"cmd":"sum"} data id!} reply=number',
    'tcp send “{"cmd":"add","role":"math"}” {pattern!:{"cmd":"add","role":"math"} data:{a!} id!} reply=_',
  ]);
});

test('Nest: each application of a repository has its own transports; a hybrid one has its handlers on all of them', () => {
  const listen = (options: string) => `import { Transport } from '@nestjs/microservices'; app.connectMicroservice(${options});`;
  const handle = (pattern: string) => `import { EventPattern, Payload } from '@nestjs/microservices';
class Handlers { @EventPattern('${pattern}') on(@Payload() data: { id: string }) {} }`;
  const files = {
    'apps/audit/main.ts': listen(`{ transport: Transport.RMQ, options: { queue: 'audit' } }`),
    'apps/audit/src/audit.ts': handle('order.paid'),
    'apps/mail/main.ts': `${listen(`{ transport: Transport.RMQ, options: { queue: 'mail' } }`)}
app.connectMicroservice({ transport: Transport.KAFKA, options: { client: { brokers: ['k:9092'] } } });`,
    'apps/mail/src/mail.ts': handle('user.created'),
    'libs/shared.ts': handle('ping'),
  };
  assert.deepEqual(lines(files), [
    'amqp receive audit [order.paid] {pattern!:order.paid data:{id!}}',
    'amqp receive mail [user.created] {pattern!:user.created data:{id!}}',
    'kafka receive user.created {id!}',
    '? receive ping {id!}',
  ]);
});

test('Nest: clients that a factory makes, a wrapper around any of them, records with headers', () => {
  const files = {
    'module.ts': `import { ClientProxyFactory, ClientsModule, Transport } from '@nestjs/microservices'; import { BILLING } from './tokens';
ClientsModule.registerAsync([{ name: BILLING, useFactory: (config) => ({ transport: Transport.RMQ, options: { queue: 'billing' } }) }]);
export const math = { provide: 'MATH', useFactory: () => ClientProxyFactory.create({ transport: Transport.NATS }) };`,
    'tokens.ts': `export const BILLING = 'billing-service';`,
    'client.ts': `import { ClientProxy, NatsRecordBuilder } from '@nestjs/microservices';
export class Client {
  ask(proxy: Pick<ClientProxy, 'send'>, cmd: string, payload: any) {
    const record = new NatsRecordBuilder(payload).setHeaders(headers()).build();
    return proxy.send({ cmd }, record);
  }
}`,
    'use.ts': `import { Inject } from '@nestjs/common'; import { ClientProxy } from '@nestjs/microservices';
import { Client } from './client'; import { BILLING } from './tokens';
class Service {
  constructor(@Inject(BILLING) private billing: ClientProxy, @Inject('MATH') private math: ClientProxy, private client: Client) {}
  pay(id: string) { this.billing.emit('pay', { id }); this.math.send('sum', [1]); }
  get(id: string) { return this.client.ask(this.math, 'get', { id }); }
}`,
  };
  assert.deepEqual(lines(files), [
    'amqp send billing [pay] {pattern!:pay data:{id!}}',
    'nats send sum {pattern!:sum data id!} reply=_',
    'nats send “{"cmd":"get"}” {pattern!:{"cmd":"get"} data:{id!} id!} reply=_',
  ]);
});

test('Nest: options that a service or a constant holds, clients that a class makes for itself', () => {
  const files = {
    'rmq.ts': `import { Transport } from '@nestjs/microservices';
export class Rmq { constructor(private config: ConfigService) {}
  options(name: string) { return { transport: Transport.RMQ, options: { queue: this.config.get<string>(\`RMQ_\${name}_QUEUE\`) } }; } }`,
    'main.ts': `import { NestFactory } from '@nestjs/core'; import { Rmq } from './rmq';
async function bootstrap() { const app = await NestFactory.create(AppModule); const rmq = app.get<Rmq>(Rmq);
  app.connectMicroservice(rmq.options('ORDERS')); }`,
    'orders.ts': `import { ClientProxy, ClientProxyFactory, Client, EventPattern, Transport } from '@nestjs/microservices';
const toMail = { transport: Transport.RMQ, options: { queue: 'mail' } } as const;
class Orders {
  private mail: ClientProxy; @Client({ transport: Transport.REDIS }) cache: ClientProxy;
  constructor() { this.mail = ClientProxyFactory.create(toMail); }
  @EventPattern('paid') paid(data: { id: string }) { this.mail.emit('send', { to: data.id }); this.cache.emit('drop', { key: 'x' }); }
}`,
  };
  assert.deepEqual(lines(files), [
    'amqp receive {RMQ_ORDERS_QUEUE} [paid] {pattern!:paid data:{id!}}',
    'amqp send mail [send] {pattern!:send data:{to!}}',
    'redis send drop {pattern!:drop data:{key!}}',
  ]);
  // AsyncAPI has no binding for a queue that has no name yet.
  assert.deepEqual(
    read(files).events.map(({ channel }) => channel),
    [undefined, { is: 'queue', queue: { name: 'mail' } }, undefined],
  );
});

test('Nest: clients of a module that is given their names', () => {
  const files = {
    'rmq.module.ts': `import { ClientsModule, Transport } from '@nestjs/microservices';
export class RmqModule { static register({ name }: { name: string }) { return { module: RmqModule, imports: [ClientsModule.registerAsync([
  { name, useFactory: (config: ConfigService) => ({ transport: Transport.RMQ, options: { queue: config.get(\`\${name}_QUEUE\`) } }) }])] }; } }`,
    'app.module.ts': `import { RmqModule } from './rmq.module'; export const imports = [RmqModule.register({ name: 'MAIL' }), RmqModule.register({ name: 'BILLING' })];`,
    'use.ts': `import { Inject } from '@nestjs/common'; import { ClientProxy } from '@nestjs/microservices';
class Use { constructor(@Inject('MAIL') private mail: ClientProxy, @Inject('BILLING') private billing: ClientProxy) {}
  run(id: string) { this.mail.emit('welcome', { id }); this.billing.emit('open', { id }); } }`,
  };
  assert.deepEqual(lines(files), [
    'amqp send {MAIL_QUEUE} [welcome] {pattern!:welcome data:{id!}}',
    'amqp send {BILLING_QUEUE} [open] {pattern!:open data:{id!}}',
  ]);
});

test('kafkajs: a wrapper that is given the whole list of messages', () => {
  const files = `${kafka} import type { Message } from 'kafkajs'; interface Order { id: string; total: number }
async function produce(topic: string, messages: Message[]) {
  try { await producer.send({ topic, messages }); } catch { await produce(topic, messages); }
}
export const sendAll = (orders: Order[]) => produce('orders', orders.map((order) => ({ key: order.id, value: JSON.stringify(order) })));`;
  assert.deepEqual(lines(files), ['kafka send orders <Order> key=string']);
});

test('SQS: a queue whose URL is asked for by its name, through functions', () => {
  const files = {
    'urls.ts': `import { GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs';
export async function urlOf(client: SQSClient, name: string) {
  const command = new GetQueueUrlCommand({ QueueName: name }); const { QueueUrl: url } = await client.send(command);
  if (!url) throw new Error(); return url;
}`,
    'index.ts': `import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'; import { Consumer } from 'sqs-consumer'; import { urlOf } from './urls';
const sqs = new SQSClient({});
const send = (url: string, order: { id: string }) => sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: JSON.stringify(order) }));
export async function start() {
  const url = await urlOf(sqs, 'orders'); await send(url, { id: 'a' });
  Consumer.create({ queueUrl: await urlOf(sqs, process.env.INVOICES!), handleMessage: async (m) => { const { total } = JSON.parse(m.Body!); } });
}`,
  };
  assert.deepEqual(lines(files), ['sqs send orders {id!}', 'sqs receive {INVOICES} {total}']);
});

test('RabbitMQ: the queue of a subscription that nobody makes is not made up', () => {
  const files = `import { connect } from 'amqplib';
export async function listen(options: { queue: string }) { const channel = await (await connect('amqp://a')).createChannel();
  const { queue } = await channel.assertQueue(options.queue || ''); await channel.consume(queue, (m) => {}); }`;
  assert.deepEqual(lines(files), []);
  assert.match(notes(files).join(), /^The queue is not known/);
});

test('events within the program: emitters, classes that extend one, Nest decorators; the noise of streams is none', () => {
  const files = `import { EventEmitter } from 'node:events'; import { OnEvent } from '@nestjs/event-emitter'; import { createReadStream } from 'node:fs';
class Bus extends EventEmitter { paid(id: string) { this.emit('paid', { id }); } }
const bus = new Bus(); bus.on('paid', (event: { id: string }) => {}); bus.on('error', () => {});
const plain = new EventEmitter(); plain.emit('moved', 1, 'x');
createReadStream('a').on('data', () => {}); document.on('click', () => {});
class Listener { @OnEvent('order.created') handle(event: { id: string }) {} }`;
  assert.deepEqual(lines(files), [
    'in-process send paid {id!}',
    'in-process receive paid {id!}',
    'in-process send moved [anyOf(number string)]',
    'in-process receive order.created {id!}',
  ]);
});

test('what cannot be seen is said, with its place, and not made up', () => {
  const files = `${kafka} export async function relay(request: any) {
  await producer.send({ topic: request.params.topic, messages: [{ value: JSON.stringify(request.body) }] });
  await producer.send({ topic: 'known', messages: [{ value: JSON.stringify(request.body) }] });
}`;
  assert.deepEqual(lines(files), ['kafka send known _']);
  const gaps = read({ 'index.ts': files }).notes;
  assert.deepEqual(
    gaps.map(({ start, end, message }) => [files.slice(start, end).slice(0, 22), message]),
    [
      ['request.params.topic', 'The topic is not known before the program runs, so what is sent to it is missing.'],
      ['producer.send({ topic:', 'The payload of “known” is left open: its type cannot be seen.'],
    ],
  );
  assert.match(notes('export const a = 1;').join(), /^Nothing here sends or receives messages/);
});

test('the document: channels, operations, messages and servers that hold together, the same each time', async () => {
  const files = {
    'package.json': JSON.stringify({
      name: 'shop',
      version: '2.0.0',
      description: 'Events of the shop.',
      license: 'MIT',
      author: 'Shop <shop@example.com> (https://example.com)',
    }),
    'index.ts': `import { Kafka } from 'kafkajs';
const kafka = new Kafka({ brokers: [process.env.BROKER!], ssl: true, sasl: { mechanism: 'scram-sha-512', username: 'u', password: 'p' } });
const producer = kafka.producer(); const consumer = kafka.consumer({ groupId: 'g' }); const admin = kafka.admin();
interface Paid { orderId: string; amount: string }
export async function run(paid: Paid) {
  await admin.createTopics({ topics: [{ topic: 'orders.paid', numPartitions: 6, replicationFactor: 3 }] });
  await producer.send({ topic: 'orders.paid', messages: [{ key: paid.orderId, value: JSON.stringify(paid) }] });
  await consumer.subscribe({ topic: 'orders.paid' });
  await consumer.run({ eachMessage: async ({ message }) => { const { orderId } = JSON.parse(String(message.value)); } });
}`,
  };
  const generate = () => createLintel(hostOf(files), rules).generateAsyncApi(['file:///app/index.ts']);
  const { text, operations, notes: gaps } = await generate();
  assert.equal((await generate()).text, text);
  assert.deepEqual([operations, gaps], [2, []]);
  const data = parseApiDocument('file:///asyncapi.yaml', text).data as Record<string, Record<string, unknown>>;
  assert.deepEqual(data.servers, {
    kafka: {
      host: '{BROKER}',
      protocol: 'kafka-secure',
      variables: { BROKER: { description: 'The setting `BROKER`.' } },
      security: [{ $ref: '#/components/securitySchemes/scramSha512' }],
    },
  });
  assert.deepEqual(data.channels, {
    ordersPaid: {
      address: 'orders.paid',
      messages: { Paid: { $ref: '#/components/messages/Paid' } },
      bindings: { kafka: { partitions: 6, replicas: 3 } },
    },
  });
  assert.deepEqual(Object.keys(data.operations as object), ['sendOrdersPaid', 'receiveOrdersPaid']);
  const lintel = createLintel(memoryHost({ 'file:///asyncapi.yaml': text }), rules);
  const findings = await lintel.check('file:///asyncapi.yaml', defaultConfig);
  // What is found is what the code lacks, a place for messages that cannot be handled, and that 3.1 is there.
  assert.deepEqual(findings.map(({ rule }) => rule).sort(), ['asyncapi-latest-version', 'dead-letter-required']);
});

test('the document: one message where sender and receiver tell the same, one by its name, one by its type', async () => {
  const host = hostOf({
    'package.json': '{}',
    'jobs.ts': `import { Queue, Worker } from 'bullmq'; interface Mail { to: string }
const mails = new Queue('mails'); export const send = (to: string) => mails.add('welcome', { to });
new Worker<Mail>('mails', async (job) => deliver(job.data));`,
  });
  const { text } = await createLintel(host, []).generateAsyncApi(['file:///app/jobs.ts']);
  const data = parseApiDocument('file:///app/a.yaml', text).data as Record<string, Record<string, Record<string, unknown>>>;
  assert.deepEqual(data.channels?.mails?.messages, { Welcome: { $ref: '#/components/messages/Welcome' } });
  assert.deepEqual(data.components?.messages, {
    Welcome: { name: 'welcome', contentType: 'application/json', payload: { $ref: '#/components/schemas/Mail' } },
  });
});

test('the document: what a server asks for is there, also where no client is made', async () => {
  const host = hostOf({
    'index.ts': `import type { SQSHandler } from 'aws-lambda';
export const handler: SQSHandler = async (event) => { for (const record of event.Records) work(record.body); };`,
  });
  const { text } = await createLintel(host, rules).generateAsyncApi(['file:///app/index.ts']);
  const data = parseApiDocument('file:///app/a.yaml', text).data as Record<string, Record<string, Record<string, unknown>>>;
  assert.deepEqual(data.servers?.sqs?.security, [{ $ref: '#/components/securitySchemes/sigV4' }]);
  assert.ok(data.components?.securitySchemes?.sigV4);
});

test('a folder is read with what is called build, unless a compiler wrote it', () => {
  const files = {
    'package.json': '{}',
    'src/build/done.ts': `import { Kafka } from 'kafkajs'; const producer = new Kafka({ brokers: ['k:9092'] }).producer();
producer.send({ topic: 'build.done', messages: [{ value: JSON.stringify({ id: 'a' }) }] });`,
    'build/done.js': `const { Kafka } = require('kafkajs'); const producer = new Kafka({ brokers: ['k:9092'] }).producer();
producer.send({ topic: 'old.done', messages: [{ value: JSON.stringify({ id: 'a' }) }] });`,
    'build/done.d.ts': 'export {};',
  };
  assert.deepEqual(lines(files), ['kafka send build.done {id!}']);
});

test('Nest on Kafka: of an object that is a record by its type, the value is the payload', () => {
  const files = {
    'index.ts': `import { ClientKafka } from '@nestjs/microservices';
interface Record { key: string; value: { id: string }; headers?: object }
export class Producer {
  constructor(private readonly client: ClientKafka) {}
  send(record: Record) { return this.client.emit('orders.created', record); }
  plain(order: { id: string; total: number }) { return this.client.emit('orders.paid', order); }
}`,
  };
  assert.deepEqual(lines(files), ['kafka send orders.created {id!}', 'kafka send orders.paid {id! total!}']);
});

test('BullMQ: a queue that a class keeps to itself and hands out', () => {
  const files = {
    'queue.ts': `import { Queue } from 'bullmq';
export class MailQueue {
  private static instance: Queue<{ to: string }> | null = null;
  static get(): Queue<{ to: string }> | null {
    if (MailQueue.instance) return MailQueue.instance;
    const redis = connect();
    MailQueue.instance = redis ? new Queue<{ to: string }>('mail', { connection: redis }) : null;
    return MailQueue.instance;
  }
}`,
    'use.ts': `import { MailQueue } from './queue'; export const send = async () => { await MailQueue.get()?.add('welcome', { to: 'a' }); };`,
  };
  assert.deepEqual(lines(files), ['redis send mail [welcome] {to!}']);
});

test('a channel that is one of several: turns of loops, branches of conditions, members of tables', () => {
  const files = {
    'topics.ts': `export const topics = { created: 'orders.created', paid: 'orders.paid' } as const; export enum Audit { In = 'audit.in', Out = 'audit.out' }`,
    'index.ts': `${kafka} import { topics, Audit } from './topics'; const consumer = kafka.consumer({ groupId: 'g' });
const send = (topic: string, data: { id: string }) => producer.send({ topic, messages: [{ value: JSON.stringify(data) }] });
export async function start() { for (const topic of ['a', 'b']) await consumer.subscribe({ topic }); }
export async function conditional(urgent: boolean) { await send(urgent ? 'mails.urgent' : 'mails.later', { id: '1' }); }
export async function computed(kind: keyof typeof topics) { await producer.send({ topic: topics[kind], messages: [{ value: JSON.stringify({ n: 1 }) }] }); }
function topicFor(kind: string) { switch (kind) { case 'old': return 'archive'; default: return 'live'; } }
export async function answered(kind: string) { await send(topicFor(kind), { id: '1' }); }
export async function all() { await Promise.all(Object.values(Audit).map((topic) => send(\`eu.\${topic}\`, { id: '1' }))); }`,
  };
  assert.deepEqual(lines(files), [
    'kafka receive a _',
    'kafka receive b _',
    'kafka send mails.urgent {id!}',
    'kafka send mails.later {id!}',
    'kafka send orders.created {n!}',
    'kafka send orders.paid {n!}',
    'kafka send archive {id!}',
    'kafka send live {id!}',
    'kafka send eu.audit.in {id!}',
    'kafka send eu.audit.out {id!}',
  ]);
  assert.deepEqual(
    notes(files).filter((note) => /not known/.test(note)),
    [],
  );
  // Who calls says which member it is.
  assert.deepEqual(
    lines(`${kafka} const topics = { created: 'orders.created', paid: 'orders.paid' } as const;
const send = (kind: keyof typeof topics) => producer.send({ topic: topics[kind], messages: [{ value: JSON.stringify({ n: 1 }) }] }); export const pay = () => send('paid');`),
    ['kafka send orders.paid {n!}'],
  );
});

test('consumers that a caller lists, with a handler each, through a wrapper', () => {
  const files = {
    'consumer.ts': `import { Kafka } from 'kafkajs'; export class Consumers { private kafka = new Kafka({ brokers: ['k:1'] });
  async one(groupId: string, topic: string, handle: (message: any) => void) { const consumer = this.kafka.consumer({ groupId }); await consumer.subscribe({ topic });
    await consumer.run({ eachMessage: async ({ message }) => { let parsed; try { parsed = JSON.parse(message.value!.toString()); } catch { return; } handle(parsed); } }); }
  all(configs: { topic: string; handle: any }[]) { return Promise.all(configs.map((config) => this.one('g', config.topic, config.handle))); } }`,
    'orders.ts': `import { Consumers } from './consumer'; interface Paid { id: string } interface Sent { parcel: string }
export class Orders { constructor(private consumers: Consumers) {} start() { return this.consumers.all([{ topic: 'paid', handle: this.onPaid.bind(this) }, { topic: 'sent', handle: (sent: Sent) => {} }]); } onPaid(paid: Paid) {} }`,
  };
  assert.deepEqual(lines(files), ['kafka receive paid <Paid>', 'kafka receive sent <Sent>']);
});

test('BullMQ: queues chosen by a condition or out of a table, workers of a queue that is asked for its name, jobs handed on by their names', () => {
  assert.deepEqual(
    lines({
      'faxes.ts': `import { Queue } from 'bullmq'; export const faxes = new Queue('faxes');`,
      'index.ts': `import { Queue, Worker, type Job } from 'bullmq'; import { faxes } from './faxes'; const mails = new Queue('mails'); const letters = new Queue('letters'); const queues = { mails, letters };
export const send = (paper: boolean) => { const queue = paper ? letters : mails; return queue.add('send', { id: '1' }); };
export const clear = (name: 'mails' | 'letters') => queues[name].add('clear', { days: 1 });
export const stop = (kind: string) => { const queue = kind === 'a' ? mails : kind === 'b' ? letters : faxes; return queue.add('stop', {}); };
interface Send { id: string } interface Clear { days: number }
async function process(job: Job) { switch (job.name) { case 'send': return deliver(job as any); default: return clean(job as any); } }
async function deliver(job: Job<Send>) {} async function clean(job: Job<Clear>) {}
new Worker(mails.name, (job: any) => process(job));`,
    }),
    [
      'redis send letters [send] {id!}',
      'redis send mails [send] {id!}',
      'redis send mails [clear] {days!}',
      'redis send letters [clear] {days!}',
      'redis send mails [stop] {}',
      'redis send letters [stop] {}',
      'redis send faxes [stop] {}',
      'redis receive mails anyOf(<Send> <Clear>)',
    ],
  );
});

test('a message is what a guard finds it to be, or what a caller states for the functions that parse it', () => {
  const files = {
    'guarded.ts': `import * as amqp from 'amqplib'; interface Order { id: string } function isOrder(value: unknown): value is Order { return true; }
export async function start() { const channel = await (await amqp.connect('amqp://h')).createChannel();
  await channel.consume('orders', (message) => { let parsed: unknown; try { parsed = JSON.parse(message!.content.toString()); } catch { return; } if (!isOrder(parsed)) return; }); }`,
    'bus.ts': `import { ReceiveMessageCommand, SQSClient, type Message } from '@aws-sdk/client-sqs';
interface Subscription<T> { url: string; handle: (payload: T) => Promise<void> }
export class Bus { private sqs = new SQSClient({});
  subscribe<T>(subscription: Subscription<T>) { return this.poll(subscription); }
  private async poll<T>(subscription: Subscription<T>) { const { Messages } = await this.sqs.send(new ReceiveMessageCommand({ QueueUrl: subscription.url })); for (const message of Messages ?? []) await this.handle(subscription, message); }
  private async handle<T>(subscription: Subscription<T>, message: Message) { const payload = this.parse<T>(message); await subscription.handle(payload); }
  private parse<T>(message: Message): T { return JSON.parse(message.Body ?? '') as T; } }`,
    'paid.ts': `import type { Bus } from './bus'; interface Paid { order: string } export class Payments { constructor(private readonly bus: Bus) {}
  start() { return this.bus.subscribe<Paid>({ url: process.env.PAID_QUEUE_URL!, handle: async (paid) => {} }); }
  // What is handled is not said.
  more() { return this.bus.subscribe({ url: process.env.MORE_QUEUE_URL!, handle: async (more) => {} }); } }`,
  };
  assert.deepEqual(lines(files), [
    'amqp receive orders <Order>',
    'sqs receive {PAID_QUEUE_URL} <Paid>',
    'sqs receive {MORE_QUEUE_URL} _',
  ]);
});

test('of an object that a wrapper is given, the member counts that is sent', () => {
  const files = {
    'sns.ts': `import { PublishCommand, SNSClient } from '@aws-sdk/client-sns'; export class Topics { private sns = new SNSClient({});
  async publish<T>(given: { arn: string; message: T }) { await this.sns.send(new PublishCommand({ TopicArn: given.arn, Message: JSON.stringify(given.message) })); } }`,
    'orders.ts': `import { Topics } from './sns'; interface Paid { paid: string } interface Sent { sent: string }
export class Orders { constructor(private topics: Topics, private readonly config: { arn: string }) {} pay() { const event: Paid = { paid: '1' }; return this.emit(event); } send() { const event: Sent = { sent: '1' }; return this.emit(event); }
  private async emit(event: any) { await this.topics.publish({ arn: process.env.ORDERS_ARN ?? this.config.arn, message: event }); } }`,
  };
  assert.deepEqual(lines(files), ['sns send {ORDERS_ARN} <Paid>', 'sns send {ORDERS_ARN} <Sent>']);
});

test('what is read of a message counts in the functions that it is handed on to, too; those of a handler are no handlers', () => {
  const files = {
    'bus.js': `const amqp = require('amqplib'); let channel; async function connect() { channel = await (await amqp.connect('amqp://h')).createChannel(); }
async function respond(queue, handle) { channel.consume(queue, async (message) => { const data = JSON.parse(message.content.toString()); const answer = await handle(data); }); } module.exports = { respond };`,
    'rooms.js': `const { respond } = require('./bus'); const find = async ({ building, floor }) => []; const add = async (room) => { const { name } = room; return save(room.building, name); };
respond('rooms.find', async (data) => find(data)); respond('rooms.add', add); respond('rooms.list', async () => []);`,
    'lambdas/send-mail/index.ts': `import type { SQSEvent } from 'aws-lambda'; const fail = (event: SQSEvent, error: Error) => event.Records.map(({ messageId }) => messageId);
export const handler = async (event: SQSEvent) => { try { for (const { body } of event.Records) send(JSON.parse(body)); } catch (error) { return fail(event, error as Error); } }; function send(mail: any) { mail.to.trim(); return mail.subject; }`,
  };
  assert.deepEqual(lines(files), [
    'sqs receive “The queue that triggers send-mail” {to subject}',
    'amqp receive rooms.find {building floor}',
    'amqp receive rooms.add {name building}',
    'amqp receive rooms.list _',
  ]);
});

test('Nest: a topic that is injected is what a module provides for its token, where one does', () => {
  const files = {
    'orders.ts': `import { Inject, Injectable } from '@nestjs/common'; import { Kafka, type Producer } from 'kafkajs'; export const PAID = Symbol('PAID');
@Injectable() export class Orders { private producer: Producer; constructor(@Inject('CREATED') private readonly created: string, @Inject(PAID) private readonly paid: string, @Inject('TWICE') private readonly twice: string) { this.producer = new Kafka({ brokers: ['k:1'] }).producer(); }
  async send(order: { id: string }) { for (const topic of [this.created, this.paid, this.twice]) await this.producer.send({ topic, messages: [{ value: JSON.stringify(order) }] }); } }`,
    'module.ts': `import { Module } from '@nestjs/common'; import { Orders, PAID } from './orders';
@Module({ providers: [Orders, { provide: 'CREATED', useValue: 'orders.created' }, { provide: PAID, useFactory: () => process.env.PAID_TOPIC ?? 'orders.paid' }, { provide: 'TWICE', useValue: 'a' }, { provide: 'TWICE', useValue: 'b' }] }) export class App {}`,
  };
  assert.deepEqual(lines(files), ['kafka send orders.created {id!}', 'kafka send {PAID_TOPIC} {id!}']);
  assert.deepEqual(notes(files), ['The topic is not known before the program runs, so what is sent to it is missing.']);
});

test('what a class fills by itself is not said to be open wherever it is made', () => {
  const files = {
    'events.ts': `${kafka} export class Events { private events: { name: string; data: object }[] = []; add(name: string, data: object) { this.events.push({ name, data }); }
  fire() { return Promise.all(this.events.map((event) => producer.send({ topic: event.name, messages: [{ value: JSON.stringify(event.data) }] }))); } }`,
    'a.ts': `import { Events } from './events'; export const a = () => new Events().fire();`,
    'b.ts': `import { Events } from './events'; export const b = () => new Events().fire();`,
  };
  assert.deepEqual(notes(files), ['The topic is not known before the program runs, so what is sent to it is missing.']);
});

test('settings that Zod schemas declare, put together and renamed', () => {
  const files = {
    'config.ts': `import { z } from 'zod'; const Broker = z.object({ BROKERS: z.string() }); export const Topics = z.object({ ORDER_TOPIC: z.string().default('orders') }).transform((env) => ({ orderTopic: env.ORDER_TOPIC }));
const Config = Broker.and(Topics).and(z.object({ AUDIT_TOPIC: z.string() })).refine(() => true).transform((env) => { return { ...env, auditTopic: env.AUDIT_TOPIC, prefixed: 'a.' + env.AUDIT_TOPIC }; });
export const config = Config.parse(process.env); export const more = Broker.extend({ MORE_TOPIC: z.string() }).parse(process.env);`,
    'index.ts': `${kafka} import { config, more } from './config'; const consumer = kafka.consumer({ groupId: 'g' });
export async function start() { await consumer.subscribe({ topics: [config.orderTopic, config.auditTopic, config.AUDIT_TOPIC, more.MORE_TOPIC] }); await consumer.subscribe({ topic: config.prefixed }); }`,
  };
  assert.deepEqual(lines(files), [
    'kafka receive {ORDER_TOPIC} _',
    'kafka receive {AUDIT_TOPIC} _',
    'kafka receive {MORE_TOPIC} _',
  ]);
  assert.deepEqual(read(files).events[0]?.address?.parameters[0]?.otherwise, 'orders');
});

test('BullMQ: a queue that listens from the start, and an injected one that a method is given', () => {
  assert.deepEqual(
    lines(`import { getQueueToken, InjectQueue } from '@nestjs/bullmq'; import { Inject } from '@nestjs/common'; import { Queue } from 'bullmq'; const name = 'mails';
export class Mails { private queue: Queue; constructor() { this.queue = new Queue(name, {}).on('error', (error) => {}).on('ioredis:close', () => {}); } send(mail: { to: string }) { return this.queue.add('send', mail); } }
export class Faxes { @Inject(getQueueToken('faxes')) private readonly faxes: Queue; send(to: string) { return this.faxes.add('send', { to }); } }
export class Texts { constructor(@InjectQueue('texts') private readonly texts: Queue) {} send(text: { to: string }) { return this.later(this.texts, text); }
  private later(queue: Queue, data: { to: string }) { return queue.add('send', data); } }`),
    ['redis send mails [send] {to!}', 'redis send faxes [send] {to!}', 'redis send texts [send] {to!}'],
  );
});

test('payloads are what validators let through that answer with a result', () => {
  const files = {
    'index.ts': `${kafka} import { z } from 'zod'; import Joi from 'joi'; const consumer = kafka.consumer({ groupId: 'g' });
const Order = z.object({ id: z.string() }); const Bill = Joi.object({ total: Joi.number().required() });
export async function start() {
  await consumer.subscribe({ topic: 'orders' });
  await consumer.run({ eachMessage: async ({ message }) => { const result = Order.safeParse(JSON.parse(message.value!.toString())); if (result.success) handle(result.data); } });
}
const bills = kafka.consumer({ groupId: 'b' });
export async function more() {
  await bills.subscribe({ topic: 'bills' });
  await bills.run({ eachMessage: async ({ message }) => { const payload = JSON.parse(message.value!.toString()); const { error, value } = Bill.validate(payload); if (!error) handle(value); } });
}
const others = kafka.consumer({ groupId: 'o' });
export async function other() {
  await others.subscribe({ topic: 'others' });
  await others.run({ eachMessage: async ({ message }) => { handle(Joi.attempt(JSON.parse(message.value!.toString()), Bill)); } });
}`,
  };
  assert.deepEqual(lines(files), ['kafka receive orders {id!}', 'kafka receive bills {total!}', 'kafka receive others {total!}']);
});

test('BullMQ: the jobs of a flow, each for a queue that it names, also where a method is given the flow', () => {
  const files = {
    'flows.ts': `import { FlowProducer, FlowJob } from 'bullmq'; import { Injectable } from '@nestjs/common';
@Injectable() export class Flows {
  constructor(private readonly flows: FlowProducer) {}
  start(flow: FlowJob) { return this.flows.add(flow); }
  mail(id: string) { return this.start({ name: 'parent', queueName: 'notices', data: { id } }); }
}
const flows = new FlowProducer();
export const ship = (order: { id: string; total: number }) =>
  flows.add({ name: 'ship', queueName: 'orders', data: order, children: [{ name: 'pack', queueName: 'parcels', data: { orderId: order.id } }] });`,
  };
  assert.deepEqual(lines(files).sort(), [
    'redis send notices [parent] {id!}',
    'redis send orders [ship] {id! total!}',
    'redis send parcels [pack] {orderId!}',
  ]);
});

test('kafkajs: what a registry of schemas encodes', () => {
  const files = `${kafka} import { SchemaRegistry } from '@kafkajs/confluent-schema-registry'; const registry = new SchemaRegistry({ host: 'http://registry' });
export async function send(order: { id: string; total: number }) {
  const value = await registry.encode(7, order);
  await producer.send({ topic: 'orders', messages: [{ key: order.id, value }] });
}`;
  assert.deepEqual(lines(files), ['kafka send orders {id! total!} key=string']);
});

test('BullMQ: jobs that a scheduler repeats; SQS: queues whose URL a table has by the names of constants', () => {
  const files = {
    'clean.ts': `import { Queue } from 'bullmq'; const queue = new Queue('cleanup');
await queue.upsertJobScheduler('nightly', { pattern: '0 3 * * *' }, { name: 'sweep', data: { days: 30 } });
await queue.upsertJobScheduler('hourly', { every: 3600000 });`,
    'queues.ts': `import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'; const client = new SQSClient({});
const jobs = { plan: 'plan-bundle', post: 'post-bundle' } as const; type Messages = { [jobs.plan]: { planId: string }; [jobs.post]: { bundle: number } };
const urlOf = (job: keyof Messages) => { const urls = { [jobs.plan]: process.env.PLAN_URL, [jobs.post]: process.env.POST_URL }; const url = urls[job]; if (!url) throw new Error(job); return url; };
const enqueue = async <T extends keyof Messages>(job: T, message: Messages[T]) => client.send(new SendMessageCommand({ QueueUrl: urlOf(job), MessageBody: JSON.stringify(message) }));
export const plan = (planId: string) => enqueue(jobs.plan, { planId });`,
  };
  assert.deepEqual(read(files).events.map(line).sort(), [
    'redis send cleanup [hourly] _',
    'redis send cleanup [sweep] {days!}',
    'sqs send {PLAN_URL} {planId!}',
  ]);
});

test('Nest: of several applications, those whose modules hold a handler listen for it', () => {
  const files = {
    'main.ts': `import { NestFactory } from '@nestjs/core'; import { Transport } from '@nestjs/microservices'; import { JobsModule } from './jobs'; import { CacheModule } from './cache';
NestFactory.createMicroservice(JobsModule, { transport: Transport.RMQ, options: { queue: 'jobs' } }); NestFactory.createMicroservice(CacheModule, { transport: Transport.REDIS, options: { host: 'r' } });`,
    'jobs.ts': `import { Controller, Module } from '@nestjs/common'; import { EventPattern } from '@nestjs/microservices';
@Controller() class Jobs { @EventPattern('job.done') on(data: { id: string }) {} } @Module({ controllers: [Jobs] }) export class JobsModule {}`,
    'cache.ts': `import { Controller, Module } from '@nestjs/common'; import { EventPattern } from '@nestjs/microservices';
@Controller() class Keys { @EventPattern('key.gone') on(data: { key: string }) {} } @Module({ controllers: [Keys] }) class KeysModule {}
@Module({ imports: [KeysModule] }) export class CacheModule {}`,
    'other.ts': `import { EventPattern } from '@nestjs/microservices'; class Other { @EventPattern('seen') on(data: { at: string }) {} }`,
  };
  assert.deepEqual(lines(files), [
    'redis receive key.gone {pattern!:key.gone data:{key!}}',
    'amqp receive jobs [job.done] {pattern!:job.done data:{id!}}',
    'amqp receive jobs [seen] {pattern!:seen data:{at!}}',
    'redis receive seen {pattern!:seen data:{at!}}',
  ]);
});

test('Nest: handlers that decorators of the project make; settings that a configuration requires name a channel', () => {
  const files = {
    'own.ts': `import { applyDecorators } from '@nestjs/common'; import { EventPattern } from '@nestjs/microservices'; import { RabbitSubscribe } from '@golevelup/nestjs-rabbitmq';
export const Consumes = (options: { queue: string; exchange: string }) => applyDecorators(RabbitSubscribe({ queue: options.queue, exchange: options.exchange }));
export const Unrelated = (options: { queue: string }) => applyDecorators(SetMetadata('queue', options.queue));`,
    'use.ts': `import { Consumes, Unrelated } from './own'; class Orders {
  @Consumes({ exchange: 'all', queue: 'orders' }) on(order: { id: string }) {} @Unrelated({ queue: 'none' }) off(order: { id: string }) {} }`,
    'publish.ts': `import { PublishCommand, SNSClient } from '@aws-sdk/client-sns'; const client = new SNSClient({});
export async function publisher({ config }) { const topic = await config.requireString('TOPIC_ARN');
  return { publish: (order: { id: string }) => client.send(new PublishCommand({ TopicArn: topic, Message: JSON.stringify(order) })) }; }`,
  };
  assert.deepEqual(lines(files), ['sns send {TOPIC_ARN} {id!}', 'amqp receive orders {id!}']);
});

test('kafkajs: topics that a list gets on a condition, and what it gets that nobody knows', () => {
  const files = `${kafka} import { more } from './settings'; const consumer = kafka.consumer({ groupId: 'mail' });
export async function start(isPaid: boolean) {
  const topics = ['orders'];
  if (isPaid) topics.push('payments');
  topics.push(...more);
  for (const topic of topics) await consumer.subscribe({ topic });
  await consumer.run({ eachMessage: async ({ message }) => { const { id } = JSON.parse(message.value!.toString()) as { id: string }; } });
}`;
  assert.deepEqual(lines(files), ['kafka receive orders {id!}', 'kafka receive payments {id!}']);
  assert.deepEqual(notes(files), ['What is added to this list while the program runs is not known, so it is missing.']);
});

test('NATS: a client that a class of a package is given is said, and one that a class at hand is given is followed', () => {
  const files = {
    'events.ts': `import { Publisher } from '@acme/common'; import type { Stan } from 'node-nats-streaming';
export class Created extends Publisher<{ id: string }> { subject = 'created' as const; }
export class Gone { constructor(private client: Stan) {} publish(id: string) { this.client.publish('gone', JSON.stringify({ id })); } }`,
    'index.ts': `import { connect } from 'node-nats-streaming'; import { Created, Gone } from './events'; import { Health } from '@acme/health';
class Wrapper { private stan?: Stan; get client() { return this.stan!; } } import type { Stan } from 'node-nats-streaming'; const wrapper = new Wrapper();
export const stan = connect('c', 'id', { url: 'nats://nats:4222' }); new Gone(stan).publish('1'); new Created(wrapper.client).publish({ id: '1' }); new Created(stan); new Health({ url: 'http://x' });`,
  };
  assert.deepEqual(lines(files), ['nats send gone {id!}']);
  const message =
    '`Publisher` of `@acme/common` is given a client and is not among these files, so what it sends or receives is missing.';
  assert.deepEqual(notes(files), [message, message]);
});

test('Nest: SQS queues by the names that a module registers them under', () => {
  const files = {
    'module.ts': `import { SqsModule } from '@ssut/nestjs-sqs';
SqsModule.registerAsync({ useFactory: () => ({ consumers: [{ name: 'orders', queueUrl: 'https://sqs.eu-west-1.amazonaws.com/1/orders-v2' }], producers: [{ name: process.env.MAILS, queueUrl: process.env.MAILS_URL }] }) });`,
    'orders.ts': `import { SqsMessageHandler, SqsService } from '@ssut/nestjs-sqs'; import type { Message } from '@aws-sdk/client-sqs';
class Orders { constructor(private readonly sqs: SqsService) {}
  @SqsMessageHandler('orders', false) async on(message: Message) { const { id } = JSON.parse(message.Body!) as { id: string; total: number }; await this.sqs.send(process.env.MAILS!, { id, body: JSON.stringify({ to: id, text: 'x' }) }); }
  @SqsMessageHandler('elsewhere') async other(message: Message) { const { at } = JSON.parse(message.Body!) as { at: string }; } }`,
  };
  assert.deepEqual(lines(files), [
    'sqs receive orders-v2 {id! total!}',
    'sqs send {MAILS_URL} {to! text!}',
    'sqs receive “The queue that is registered as elsewhere” {at!}',
  ]);
});

test('kafkajs: a field that the constructor declares is what the one who makes the class hands on', () => {
  const files = {
    'producer.ts': `${kafka} export class TopicProducer { constructor(private readonly topic: string, private readonly brokers: string[]) {}
  async produce(message: { id: string }) { await producer.send({ topic: this.topic, messages: [{ value: JSON.stringify(message) }] }); } }`,
    'pool.ts': `import { TopicProducer } from './producer'; class Settings { get kafka() { return { topic: process.env.TOPIC || 'orders' }; } }
export class Pool { private readonly all = new Map<string, TopicProducer>(); constructor(private readonly settings: Settings) {}
  private async of(topic: string) { let one = this.all.get(topic); if (!one) { one = new TopicProducer(topic, []); this.all.set(topic, one); } return one; }
  async send(id: string) { const { topic } = this.settings.kafka; await (await this.of(topic)).produce({ id }); await this.of('fixed'); } }`,
  };
  assert.deepEqual(lines(files), ['kafka send {TOPIC} {id!}', 'kafka send fixed {id!}']);
  const nobody = { 'producer.ts': files['producer.ts'] };
  assert.deepEqual(lines(nobody), []);
  assert.deepEqual(notes(nobody), ['The topic is not known before the program runs, so what is sent to it is missing.']);
});
