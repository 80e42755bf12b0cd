/**
 * The messaging calls of client libraries: what each sends or receives, where, and with what around it. A reader gets a
 * call (or a class, a function) and yields drafts; what wrappers leave open is found by whoever asks.
 */
import ts from 'ts6';
import type { AddressFact, Binding, BrokerFact, EventFact, MessageFact, Protocol } from '../generate/events.ts';
import { isUnknown, type Shape } from '../generate/facts.ts';
import { descendants, type Expression } from './code.ts';
import { decoratorsOf } from './decorators.ts';
import { evidenceAt } from './evidence.ts';
import { type Look, oneOf, usesOf } from './look.ts';
import { propertyIn } from './plain.ts';
import { isWithin } from './syntax.ts';
import { baseOf, contains, strip } from './values.ts';

type Call = ts.CallExpression | ts.NewExpression;

/** A message as one call shows it. */
export interface Draft extends Omit<EventFact, 'protocol' | 'evidence'> {
  /** Absent where the code does not say which broker it is. */
  readonly protocol?: Protocol;
  readonly node: ts.Node;
  /** What names the channel, and what is sent: to be looked for at the callers where it is a parameter. */
  readonly channelNode?: Expression;
  readonly payloadNode?: Expression;
  /** Why the payload cannot be seen, where that is more than its type. */
  readonly gap?: string;
}

/** What the code says of a queue, an exchange or a topic where it declares it, by protocol and name. */
export interface Declared {
  /** Absent where its name is known only to callers. */
  readonly declares?: string;
  readonly nameNode: Expression;
  readonly binding: Binding;
}

/** What the modules of a Nest application say of its brokers. */
export interface Transports {
  /** By the token that a client is injected under; without one where it is made by hand. */
  readonly clients: readonly Client[];
  /** What the applications listen on. */
  readonly servers: readonly Server[];
}

export interface Transport {
  readonly protocol: Protocol;
  /** The queue all messages share. */
  readonly queue?: AddressFact;
}

export interface Server extends Transport {
  /** The file that says so. */
  readonly uri: string;
  /** The controllers of the module that the application is made of. */
  readonly controllers?: ReadonlySet<ts.Node>;
}

export interface Client extends Server {
  readonly token?: string;
}

type Reader = (call: Call, look: Look, method: string, transports: Transports) => Iterable<Draft | Declared>;

const kafkaClient = '^(?:kafkajs|@confluentinc/kafka-javascript):(?:KafkaJS\\.)?';

const readers: readonly (readonly [RegExp, Reader])[] = [
  [new RegExp(`${kafkaClient}(?:Kafka\\(\\)\\.producer|Producer)\\(\\)(?:\\.transaction\\(\\))?\\.(send|sendBatch)$`), kafkaSend],
  [new RegExp(`${kafkaClient}(?:Kafka\\(\\)\\.consumer|Consumer)\\(\\)\\.(subscribe)$`), kafkaReceive],
  [new RegExp(`${kafkaClient}(?:Kafka\\(\\)\\.admin|Admin)\\(\\)\\.(createTopics)$`), kafkaTopics],
  [/^(?:amqplib(?:\/callback_api)?|amqp-connection-manager):.*\.(publish|sendToQueue)$/, amqpSend],
  [/^(?:amqplib(?:\/callback_api)?|amqp-connection-manager):.*\.(consume)$/, amqpReceive],
  [/^(?:amqplib(?:\/callback_api)?|amqp-connection-manager):.*\.(assertQueue|assertExchange)$/, amqpDeclare],
  [/^(?:nats|@nats-io\/[\w-]+|node-nats-streaming):.*\.(publish|request)$/, natsSend],
  [/^(?:nats|@nats-io\/[\w-]+|node-nats-streaming):.*\.(subscribe|queueSubscribe)$/, natsReceive],
  [/^(?:nats|@nats-io\/[\w-]+):.*\.consumers\.(get)$/, jetStreamConsumer],
  [/^@aws-sdk\/client-sqs:(SendMessage|SendMessageBatch)Command$/, sqsSend],
  [/^(?:@aws-sdk\/client-sqs|aws-sdk(?:\/clients\/sqs)?):(?:SQS)?\(\)\.(sendMessage|sendMessageBatch)$/, sqsSend],
  [/^@aws-sdk\/client-sqs:(ReceiveMessage)Command$/, sqsPoll],
  [/^(?:@aws-sdk\/client-sqs|aws-sdk(?:\/clients\/sqs)?):(?:SQS)?\(\)\.(receiveMessage)$/, sqsPoll],
  [/^sqs-consumer:Consumer\.(create)$/, sqsConsumer],
  [/^@ssut\/nestjs-sqs:SqsService\(\)\.(send)$/, nestSqsSend],
  [/^@aws-sdk\/client-sns:(Publish|PublishBatch)Command$/, snsSend],
  [/^(?:@aws-sdk\/client-sns|aws-sdk(?:\/clients\/sns)?):(?:SNS)?\(\)\.(publish|publishBatch)$/, snsSend],
  [/^(?:bullmq:Queue\(\)|bull:(?:Queue|Bull)?\(\))\.(add|addBulk|upsertJobScheduler)$/, bullSend],
  [/^bullmq:FlowProducer\(\)\.(add|addBulk)$/, bullFlow],
  [/^bullmq:(Worker)$/, bullWorker],
  [/^bull:(?:Queue|Bull)?\(\)\.(process)$/, bullProcess],
  [/^@nestjs\/microservices:Client\w+\(\)\.(emit|send)$/, nestSend],
];

const noArguments: readonly Expression[] = [];

const emitter = /^(?:(?:node:)?events|eventemitter[23]|@nestjs\/event-emitter):(?:EventEmitter[23]?)?(?:\(\))?$/;

/** Is this an instance of a client, or of a connection or channel of one? */
export function isClient(from: string | undefined): boolean {
  return from !== undefined && instance.test(from);
}

const instance =
  /^(?:kafkajs|@confluentinc\/kafka-javascript|amqplib(?:\/callback_api)?|amqp-connection-manager|nats|@nats-io\/[\w-]+|node-nats-streaming):.*\(\)$/;

/** Text of files that may have a messaging call. */
export const messagingText =
  /kafkajs|kafka-javascript|amqp|nats|client-s[qn]s|aws-sdk|sqs-consumer|nestjs-sqs|aws-lambda|SQSEvent|bull|@nestjs\/(?:microservices|event-emitter)|\bevents['"]|eventemitter|golevelup/i;

/** What a call sends, receives or declares; nothing for all other calls. */
export function* draftsOfCall(call: Call, look: Look, transports: Transports): Iterable<Draft | Declared> {
  const callee = call.expression;
  if (ts.isPropertyAccessExpression(callee) ? !methods.has(callee.name.text) : !ts.isNewExpression(call)) return;
  const from = look.origin(callee);
  for (const [calls, read] of from === undefined ? [] : readers) {
    const method = calls.exec(from as string)?.[1];
    if (method !== undefined) {
      yield* read(call, look, method, transports);
      return;
    }
  }
  if (ts.isCallExpression(call) && ts.isPropertyAccessExpression(callee)) yield* emitterEvent(call, callee, from, look);
}

const methods = new Set(
  'send sendBatch subscribe createTopics publish sendToQueue consume assertQueue assertExchange request queueSubscribe sendMessage sendMessageBatch receiveMessage create publishBatch add addBulk upsertJobScheduler process emit emitAsync on once addListener get'.split(
    ' ',
  ),
);

const json = 'application/json';
const isJsonShape = (shape: Shape | undefined) => shape !== undefined && shape.type !== 'string';

/** A message by what its sender serializes. */
function sentMessage(look: Look, node: Expression | undefined): Pick<Draft, 'message' | 'payloadNode'> {
  const sent = look.sent(node);
  if (!sent) return { message: {} };
  const payload = look.shape(sent.node);
  const isText = !sent.contentType && payload?.type === 'string';
  const contentType = sent.contentType ?? (isText ? 'text/plain' : undefined);
  const message = { ...(payload && { payload }), ...(contentType && { contentType }) };
  return { message, payloadNode: sent.node };
}

/** A message by what its receiver takes it for. */
function receivedMessage(payload: Shape | undefined): MessageFact {
  return { ...(payload && { payload }), ...(isJsonShape(payload) && { contentType: json }) };
}

const named = (name: string | undefined) => (name ? { name } : {});

// Kafka

function* kafkaSend(call: Call, look: Look, method: string): Iterable<Draft> {
  const [first] = call.arguments ?? [];
  const batches = method === 'sendBatch' ? listed(look, look.option(first, 'topicMessages')) : [first];
  for (const batch of batches) {
    const topic = look.option(batch, 'topic');
    const messages = look.items(look.option(batch, 'messages'));
    const [record] = messages;
    const { message, payloadNode } = sentMessage(look, look.option(record, 'value'));
    const keyNode = look.option(record, 'key');
    const key = keyNode && (look.shape(look.sent(keyNode)?.node ?? keyNode) ?? {});
    const headersNode = look.option(record, 'headers');
    const headers = headersNode && look.shape(headersNode);
    yield {
      protocol: 'kafka',
      action: 'send',
      noun: 'topic',
      address: look.address(topic),
      channelNode: (topic ?? batch ?? first) as Expression,
      message: { ...message, ...(key && { key }), ...(headers?.properties && { headers }) },
      payloadNode: payloadNode ?? look.option(batch, 'messages'),
      node: call,
    };
  }
}

/**
 * What one handler takes the messages of each of several channels for: what the branch for the channel does with it
 * (`if (topic === 'orders')`, `case 'orders':`); where there are no branches, it takes all of them for the same.
 */
function sharedHandler(
  body: ts.Node | undefined,
  channels: readonly (Expression | undefined)[],
  look: Look,
): (channel: Expression | undefined) => Shape | undefined {
  const names = channels.map((channel) => look.text(channel));
  const branches = new Map<string, ts.Node[]>();
  const add = (value: Expression, branch: readonly ts.Node[]): boolean => {
    const text = look.text(value);
    if (text === undefined || !names.includes(text)) return false;
    branches.set(text, [...(branches.get(text) ?? []), ...branch]);
    return true;
  };
  const visit = (node: ts.Node): void => {
    if (ts.isCaseClause(node)) {
      const { clauses } = node.parent;
      // `case 'a': case 'b': …` share what follows.
      const filled = clauses.slice(clauses.indexOf(node)).find(({ statements }) => statements.length > 0);
      add(node.expression, filled?.statements ?? []);
    }
    if (ts.isIfStatement(node) && ts.isBinaryExpression(node.expression) && isEquality(node.expression)) {
      const { left, right } = node.expression;
      if (!add(right, [node.thenStatement])) add(left, [node.thenStatement]);
    }
    ts.forEachChild(node, visit);
  };
  if (body && channels.length > 1) visit(body);
  return (channel) => {
    const name = look.text(channel);
    if (branches.size === 0) return look.received(body);
    return name === undefined ? undefined : look.receivedIn(branches.get(name) ?? []);
  };
}

function isEquality({ operatorToken: { kind } }: ts.BinaryExpression): boolean {
  return kind === ts.SyntaxKind.EqualsEqualsEqualsToken || kind === ts.SyntaxKind.EqualsEqualsToken;
}

function* kafkaReceive(call: Call, look: Look): Iterable<Draft> {
  const [first] = call.arguments ?? [];
  const list = look.option(first, 'topics');
  const topics = list ? look.items(list) : [look.option(first, 'topic')];
  const receiver = (call.expression as ts.PropertyAccessExpression).expression;
  const consumer = look.maker(receiver);
  const group = look.address(look.option(consumer?.arguments?.[0], 'groupId'));
  const operation = group?.parameters.length === 0 ? { groupId: { type: 'string', enum: [group.text] } } : undefined;
  const isOwn = (other: Call, method: string) =>
    ts.isPropertyAccessExpression(other.expression) &&
    other.expression.getText() === `${receiver.getText()}.${method}` &&
    look.declared(other.expression.expression) === look.declared(receiver);
  const others = look.file.calls.filter((other) => isOwn(other, 'subscribe'));
  const isAlone = topics.length === 1 && others.length === 1;
  const run = look.file.calls.find((other) => isOwn(other, 'run'));
  const handler = look.method(run?.arguments?.[0], 'eachMessage') ?? look.method(run?.arguments?.[0], 'eachBatch');
  const all = others.flatMap((other): readonly (Expression | undefined)[] => {
    const [given] = other.arguments ?? [];
    const several = look.option(given, 'topics');
    return several ? look.items(several) : [look.option(given, 'topic')];
  });
  const payloadOf = sharedHandler(handler?.body, all, look);
  for (const topic of topics.length > 0 ? topics : [list]) {
    yield {
      protocol: 'kafka',
      action: 'receive',
      noun: 'topic',
      address: look.address(topic),
      ...((topic ?? first) && { channelNode: topic ?? first }),
      message: receivedMessage(payloadOf(topic)),
      ...(operation && { operation }),
      ...(!isAlone && { gap: 'one handler serves several topics' }),
      node: call,
    };
  }
}

function* kafkaTopics(call: Call, look: Look): Iterable<Declared> {
  for (const item of look.items(look.option(call.arguments?.[0], 'topics'))) {
    const nameNode = look.option(item, 'topic');
    const topic = look.text(nameNode);
    const binding = look.binding(item, { numPartitions: 'partitions', replicationFactor: 'replicas' });
    if (nameNode && Object.keys(binding).length > 0) yield { ...(topic && { declares: `kafka ${topic}` }), nameNode, binding };
  }
}

// RabbitMQ

function* amqpSend(call: Call, look: Look, method: string): Iterable<Draft> {
  const [target, second, third, fourth] = call.arguments ?? [];
  const toQueue = method === 'sendToQueue' || look.text(target) === '';
  const key = method === 'sendToQueue' ? target : second;
  const options = method === 'sendToQueue' ? third : fourth;
  const exchange = look.address(target);
  const routing = look.address(key);
  const isFanout = !toQueue && routing?.text === '';
  const name = !toQueue && exchange?.parameters.length === 0 ? exchange.text : undefined;
  const persistent = look.flag(look.option(options, 'persistent')) ?? look.number(look.option(options, 'deliveryMode')) === 2;
  const type = look.text(look.option(options, 'type'));
  const address = toQueue ? queueAddress(look, key) : isFanout ? exchange : routing;
  const sent = sentMessage(look, method === 'sendToQueue' ? second : third);
  yield {
    protocol: 'amqp',
    action: 'send',
    noun: toQueue ? 'queue' : isFanout ? 'exchange' : 'routing key',
    address,
    ...(key && { channelNode: isFanout && target ? target : key }),
    ...sent,
    message: { ...named(type), ...sent.message },
    ...(toQueue ? queueBinding(address) : keyBinding(name)),
    ...(persistent && { operation: { deliveryMode: 2 } }),
    node: call,
  };
}

/** AsyncAPI wants to know the name of a queue, too; one that is known only at run time has no binding. */
const queueBinding = (address: AddressFact | undefined): Pick<Draft, 'channel'> =>
  address?.parameters.length === 0 ? { channel: { is: 'queue', queue: { name: address.text } } } : {};

/** AsyncAPI wants to know the exchange of a routing key. */
const keyBinding = (exchange: string | undefined): Pick<Draft, 'channel'> =>
  exchange ? { channel: { is: 'routingKey', exchange: { name: exchange } } } : {};

/** The name of a queue, also where `assertQueue` answered it. */
function queueAddress(look: Look, node: Expression | undefined): AddressFact | undefined {
  const known = look.address(node);
  if (known || !node) return known;
  const declared = look.declared(node);
  const whole = declared && ts.isBindingElement(declared) ? declared.parent.parent : undefined;
  const isAnswer = ts.isPropertyAccessExpression(node) && node.name.text === 'queue';
  const made = isAnswer ? node.expression : whole && ts.isVariableDeclaration(whole) ? whole.initializer : undefined;
  const asserted = made && look.maker(made);
  return asserted && /assertQueue$/.test(asserted.expression.getText()) ? look.address(asserted.arguments?.[0]) : undefined;
}

function* amqpReceive(call: Call, look: Look): Iterable<Draft> {
  const [queue, handler, options] = call.arguments ?? [];
  const bound = queue && look.file.calls.find((other) => isBinding(other, queue));
  const own = queueAddress(look, queue);
  // A queue without a name of its own is what its binding brings.
  const [, exchangeNode, pattern] = own?.text || !bound ? [] : (bound.arguments ?? []);
  const exchange = look.address(exchangeNode);
  const key = look.address(pattern);
  const isKeyed = pattern !== undefined && look.text(pattern) !== '';
  const address = own?.text ? own : isKeyed ? key : exchange;
  const naming = (isKeyed ? pattern : exchangeNode) ?? queue;
  const name = exchange?.parameters.length === 0 ? exchange.text : undefined;
  const noAck = look.flag(look.option(options, 'noAck'));
  yield {
    protocol: 'amqp',
    action: 'receive',
    noun: own?.text || !exchangeNode ? 'queue' : isKeyed ? 'routing key' : 'exchange',
    address,
    ...(naming && { channelNode: naming }),
    message: receivedMessage(look.received(look.functionOf(handler)?.body)),
    ...(exchangeNode ? keyBinding(name) : queueBinding(address)),
    operation: { ack: noAck !== true },
    node: call,
  };
}

function isBinding(call: Call, queue: Expression): boolean {
  const isBind = ts.isPropertyAccessExpression(call.expression) && call.expression.name.text === 'bindQueue';
  return isBind && call.arguments?.[0]?.getText() === queue.getText();
}

function* amqpDeclare(call: Call, look: Look, method: string): Iterable<Declared> {
  const [first, second, third] = call.arguments ?? [];
  const name = look.text(first);
  if (!first || name === '') return;
  const declares = (kind: string) => ({ ...(name && { declares: `amqp ${kind} ${name}` }), nameNode: first });
  const names = { durable: 'durable', autoDelete: 'autoDelete', exclusive: 'exclusive' };
  if (method === 'assertQueue') {
    // `durable` is true where nothing is said.
    yield { ...declares('queue'), binding: { durable: true, ...look.binding(second, names) } };
    return;
  }
  const type = look.text(second);
  const { exclusive: _, ...rest } = look.binding(third, names);
  yield { ...declares('exchange'), binding: { ...(type && { type }), durable: true, ...rest } };
}

// NATS

function* natsSend(call: Call, look: Look, method: string): Iterable<Draft> {
  const [subject, data] = call.arguments ?? [];
  const { message, payloadNode } = sentMessage(look, data);
  yield {
    protocol: 'nats',
    action: 'send',
    noun: 'subject',
    address: look.address(subject),
    ...(subject && { channelNode: subject }),
    message: method === 'request' ? { ...message, reply: {} } : message,
    ...(payloadNode && { payloadNode }),
    node: call,
  };
}

function* natsReceive(call: Call, look: Look): Iterable<Draft> {
  const [subject, second, third] = call.arguments ?? [];
  const queue =
    look.text(look.option(second, 'queue')) ?? (ts.isStringLiteralLike(second ?? call) ? look.text(second) : undefined);
  const callback = look.method(second, 'callback') ?? look.functionOf(third);
  yield {
    protocol: 'nats',
    action: 'receive',
    noun: 'subject',
    address: look.address(subject),
    ...(subject && { channelNode: subject }),
    message: receivedMessage(look.received(callback?.body ?? loopOver(call, look))),
    ...(queue && { operation: { queue } }),
    node: call,
  };
}

/**
 * `js.consumers.get('ORDERS', 'billing')` of JetStream: the subjects are its consumer's filter or all of its stream's, whichever
 * file of the application adds them.
 */
function* jetStreamConsumer(call: Call, look: Look): Iterable<Draft> {
  const [stream, durable] = call.arguments ?? [];
  const [streamName, durableName] = [look.text(stream), look.text(durable)];
  const added = (owner: string) => look.callsNamed(new RegExp(`(?:^|\\.)${owner}\\.(?:add|update)$`), owner);
  const consumer = added('consumers').find(({ arguments: [of, options] = noArguments }) => {
    const name = look.text(look.option(options, 'durable_name')) ?? look.text(look.option(options, 'name'));
    return durableName !== undefined && name === durableName && look.text(of) === streamName;
  })?.arguments?.[1];
  const source = added('streams').find((one) => look.text(look.option(one.arguments?.[0], 'name')) === streamName)
    ?.arguments?.[0];
  const filters = look.items(look.option(consumer, 'filter_subjects'));
  const filter = look.option(consumer, 'filter_subject');
  const subjects = filter ? [filter] : filters.length > 0 ? filters : look.items(look.option(source, 'subjects'));
  const around = ts.findAncestor(call, ts.isFunctionLike) ?? call.getSourceFile();
  const isAlone = look.file.calls.filter((one) => one !== call && isWithin(one, around) && isConsumer(one)).length === 0;
  const payload = isAlone ? look.received(around) : undefined;
  for (const subject of subjects.length > 0 ? subjects : [undefined]) {
    yield {
      protocol: 'nats',
      action: 'receive',
      noun: 'subject',
      address: look.address(subject),
      ...((subject ?? stream) && { channelNode: subject ?? stream }),
      message: receivedMessage(payload),
      node: call,
    };
  }
}

function isConsumer({ expression }: Call): boolean {
  return /(?:^|\.)consumers\.get$/.test(expression.getText());
}

/** `for await (const message of subscription)`, and `subscription.on('message', …)`. */
function loopOver(call: Call, look: Look): ts.Node | undefined {
  let outer: ts.Node = call.parent;
  while (ts.isAwaitExpression(outer) || ts.isParenthesizedExpression(outer)) outer = outer.parent;
  if (ts.isForOfStatement(outer)) return outer.statement;
  if (!ts.isVariableDeclaration(outer) || !ts.isIdentifier(outer.name)) return undefined;
  for (const use of usesOf(outer, outer.name.text)) {
    if (ts.isForOfStatement(use.parent) && use.parent.expression === use) return use.parent.statement;
    const access = use.parent;
    const listens = ts.isPropertyAccessExpression(access) && access.name.text === 'on' && ts.isCallExpression(access.parent);
    if (listens) return look.functionOf((access.parent as ts.CallExpression).arguments[1])?.body;
  }
  return undefined;
}

// SQS and SNS

/** The last part of a queue's URL or an ARN is the name. */
function awsAddress(look: Look, node: Expression | undefined): AddressFact | undefined {
  const address = look.address(node);
  const name = address && /(?:[/:])([^/:]+)$/.exec(address.text)?.[1];
  if (!address || !name) return address;
  return { text: name, parameters: address.parameters.filter((one) => name.includes(`{${one.name}}`)) };
}

function* awsSend(
  call: Call,
  look: Look,
  [protocol, channel, body, entries]: readonly [Protocol, string, string, string],
): Iterable<Draft> {
  const [first] = call.arguments ?? [];
  const target = look.option(first, channel);
  const address = awsAddress(look, target);
  const isNamed = address?.parameters.length === 0;
  const records = look.option(first, entries) ? listed(look, look.option(first, entries)) : [first];
  for (const record of records) {
    const isFifo = look.option(record, 'MessageGroupId') !== undefined;
    const sqs = { queue: { name: address?.text, fifoQueue: isFifo || (address?.text.endsWith('.fifo') ?? false) } };
    yield {
      protocol,
      action: 'send',
      noun: protocol === 'sqs' ? 'queue' : 'topic',
      address,
      ...((target ?? first) && { channelNode: target ?? first }),
      ...sentMessage(look, look.option(record, body)),
      ...(isNamed && { channel: protocol === 'sqs' ? sqs : { name: address.text } }),
      node: call,
    };
  }
}

function sqsSend(call: Call, look: Look): Iterable<Draft> {
  return awsSend(call, look, ['sqs', 'QueueUrl', 'MessageBody', 'Entries']);
}

function* snsSend(call: Call, look: Look): Iterable<Draft> {
  // A text message to a phone is no event.
  if (look.option(call.arguments?.[0], 'PhoneNumber')) return;
  yield* awsSend(call, look, [
    'sns',
    look.option(call.arguments?.[0], 'TargetArn') ? 'TargetArn' : 'TopicArn',
    'Message',
    'PublishBatchRequestEntries',
  ]);
}

function* sqsReceive(look: Look, node: Call, queue: Expression | undefined, body: ts.Node | undefined): Iterable<Draft> {
  const address = awsAddress(look, queue);
  const isNamed = address?.parameters.length === 0;
  yield {
    protocol: 'sqs',
    action: 'receive',
    noun: 'queue',
    address,
    ...(queue && { channelNode: queue }),
    message: receivedMessage(look.received(body)),
    ...(isNamed && { channel: { queue: { name: address.text, fifoQueue: address.text.endsWith('.fifo') } } }),
    node,
  };
}

function sqsPoll(call: Call, look: Look): Iterable<Draft> {
  const [first] = call.arguments ?? [];
  return sqsReceive(look, call, look.option(first, 'QueueUrl') ?? first, ts.findAncestor(call, ts.isFunctionLike));
}

function sqsConsumer(call: Call, look: Look): Iterable<Draft> {
  const [first] = call.arguments ?? [];
  const handler = look.method(first, 'handleMessage') ?? look.method(first, 'handleMessageBatch');
  return sqsReceive(look, call, look.option(first, 'queueUrl') ?? first, handler?.body);
}

/** The queue of a name by which a module of `@ssut/nestjs-sqs` registers its URL; where that is not seen, it has the name alone. */
function registeredQueue(look: Look, name: Expression | undefined): Pick<Draft, 'address' | 'title' | 'channelNode' | 'channel'> {
  const wanted = look.address(name)?.text;
  const modules = wanted === undefined ? [] : look.callsNamed(/\bSqsModule\.register(?:Async)?$/, 'SqsModule');
  for (const options of modules.flatMap((call) => [...descendants(call)])) {
    const url = ts.isObjectLiteralExpression(options) ? propertyIn(options, 'queueUrl') : undefined;
    if (!url || look.address(propertyIn(options as Expression, 'name'))?.text !== wanted) continue;
    const address = awsAddress(look, url);
    const queue = address?.parameters.length === 0 && { name: address.text, fifoQueue: address.text.endsWith('.fifo') };
    if (address) return { address, ...(name && { channelNode: name }), ...(queue && { channel: { queue } }) };
  }
  return {
    ...(wanted !== undefined && { title: `The queue that is registered as ${wanted}` }),
    ...(name && { channelNode: name }),
  };
}

function* nestSqsSend(call: Call, look: Look): Iterable<Draft> {
  const [name, payload] = call.arguments ?? [];
  const several = look.items(payload);
  for (const record of several.length > 0 ? several : [payload]) {
    yield {
      protocol: 'sqs',
      action: 'send',
      noun: 'queue',
      ...registeredQueue(look, name),
      ...sentMessage(look, look.option(record, 'body')),
      node: call,
    };
  }
}

/** A Lambda function that SQS feeds: by the type it gives its event or itself. */
export function* draftsOfFunction(
  node: ts.ArrowFunction | ts.FunctionExpression | ts.FunctionDeclaration,
  look: Look,
): Iterable<Draft> {
  const own = node.parameters[0]?.type?.getText();
  const outer = ts.isVariableDeclaration(node.parent) ? node.parent : undefined;
  if (own !== 'SQSEvent' && !/^(?:SQSHandler|Handler<SQSEvent\b)/.test(outer?.type?.getText() ?? '')) return;
  const name = outer ? outer.name.getText() : (node.name?.getText() ?? 'handler');
  // What the program calls itself is a part of a handler.
  if (look.file.calls.some(({ expression }) => expression.getText() === name)) return;
  yield {
    protocol: 'sqs',
    action: 'receive',
    noun: 'queue',
    title: `The queue that triggers ${name === 'handler' ? partOf(look.file.uri) : name}`,
    message: receivedMessage(look.received(node.body)),
    node: outer?.name ?? node.name ?? node,
  };
}

/** What a file is about, by its name or by that of its folder: `lambdas/send-mail/src/index.ts` sends mails. */
function partOf(uri: string): string {
  const parts = uri.replace(/^[a-z]+:\/+|\.[^./]*$/g, '').split('/');
  const isPlain = /^(?:index|main|handler|lambda|function|app|src|lib)$/;
  return parts.findLast((part) => !isPlain.test(part)) ?? 'handler';
}

// BullMQ and Bull

/** The queue behind a value: what it was made with, or the name it is injected by. */
function bullQueue(look: Look, written: Expression): Pick<Draft, 'address' | 'channelNode'> {
  const receiver = look.argument(strip(written));
  if (look.isOpen(receiver)) return { channelNode: receiver };
  const value = look.value(receiver);
  const made = value?.kind === 'made' && /^bull(?:mq)?$/.test(value.name) ? value : undefined;
  const decorators = decoratorsOf(look.declared(receiver));
  // `@Inject(getQueueToken('mails'))` is `@InjectQueue('mails')`.
  const token = decorators.find(({ name }) => name === 'Inject')?.call?.arguments[0];
  const isToken = token && ts.isCallExpression(token) && token.expression.getText() === 'getQueueToken';
  const injected = decorators.find(({ name }) => name === 'InjectQueue')?.call ?? (isToken ? token : undefined);
  const maker = made ? undefined : look.maker(receiver);
  const isQueue = maker !== undefined && /^bull(?:mq)?:(?:Queue|Bull)?$/.test(look.origin(maker.expression) ?? '');
  const [node] = made?.call.arguments ?? (isQueue ? maker : injected)?.arguments ?? [];
  const address = (made ? look.within(made.env) : look).address(node);
  // What a function that makes it was given is known to who calls that, not to who calls this.
  const around = isQueue ? ts.findAncestor(maker, ts.isFunctionLike) : undefined;
  const isElsewhere = around !== undefined && !ts.isConstructorDeclaration(around) && !contains(around, receiver);
  return { ...(address && { address }), channelNode: (isElsewhere && !address ? undefined : node) ?? receiver };
}

/** The items of a list that is written out; one of which nothing is known where it is not. */
function listed(look: Look, node: Expression | undefined): readonly (Expression | undefined)[] {
  const items = look.items(node);
  return items.length > 0 ? items : [undefined];
}

function nameOf(look: Look, node: Expression | undefined): Pick<Draft, 'address' | 'channelNode'> {
  const address = look.address(node);
  return { ...(address && { address }), ...(node && { channelNode: node }) };
}

/** The name of a queue as it is written, or of one that is asked for its name: `new Worker(mails.name, …)`. */
function bullName(look: Look, node: Expression | undefined): Pick<Draft, 'address' | 'channelNode'> {
  const direct = nameOf(look, node);
  const asked = node && !direct.address && ts.isPropertyAccessExpression(node) && node.name.text === 'name' ? node : undefined;
  const queue = asked && bullQueue(look, asked.expression);
  return queue?.address ? queue : direct;
}

function* bullSend(call: Call, look: Look, method: string): Iterable<Draft> {
  const receiver = (call.expression as ts.PropertyAccessExpression).expression;
  const queue = bullQueue(look, receiver);
  const args = call.arguments ?? [];
  const jobs =
    method === 'upsertJobScheduler'
      ? // A job that is named otherwise, or not at all: then by the scheduler's name.
        [[look.option(args[2], 'name') ?? args[0], look.option(args[2], 'data')] as const]
      : method === 'addBulk'
        ? listed(look, args[0]).map((job) => [look.option(job, 'name'), look.option(job, 'data')] as const)
        : // Bull takes jobs without a name.
          [
            look.origin(receiver)?.startsWith('bull:') && look.shape(args[0] as Expression)?.type !== 'string'
              ? ([undefined, args[0]] as const)
              : ([args[0], args[1]] as const),
          ];
  for (const [nameNode, data] of jobs) {
    yield { ...sentJob(look, nameNode, data, look.typeArgument(receiver)), ...queue, node: call };
  }
}

/** A job that is sent, by its name and its data; `stated` is what the queue says that its jobs hold. */
function sentJob(look: Look, name: Expression | undefined, data: Expression | undefined, stated?: Shape) {
  const seen = data && look.shape(data);
  const payload = seen ?? stated;
  return {
    protocol: 'redis',
    action: 'send',
    noun: 'queue',
    message: { ...named(look.text(name)), ...(payload && { payload }), contentType: json },
    ...(!seen && data && { payloadNode: data }),
  } as const;
}

/** The jobs of a flow, each for a queue that it names: `flows.add({ queueName: 'mails', data, children: [{ … }] })`. */
function* bullFlow(call: Call, look: Look, method: string): Iterable<Draft> {
  const [first] = call.arguments ?? [];
  const flows = method === 'addBulk' ? listed(look, first) : [first];
  for (const flow of flows) yield* bullJobs(call, look, flow, 0);
}

function* bullJobs(call: Call, look: Look, written: Expression | undefined, depth: number): Iterable<Draft> {
  const job = written && look.argument(strip(written));
  const queue = look.option(job, 'queueName');
  const sent = sentJob(look, look.option(job, 'name'), look.option(job, 'data'));
  yield { ...sent, ...nameOf(look, queue ?? job), node: call };
  if (depth < maxFlow)
    for (const child of look.items(look.option(job, 'children'))) yield* bullJobs(call, look, child, depth + 1);
}

/** How deep the jobs of a flow are followed to those that they wait for. */
const maxFlow = 4;

function* bullReceive(
  look: Look,
  node: ts.Node,
  queue: Pick<Draft, 'address' | 'channelNode'>,
  handler: ts.FunctionLikeDeclaration | undefined,
  job?: string,
): Iterable<Draft> {
  const [parameter] = handler?.parameters ?? [];
  const annotation = parameter?.type;
  const stated = annotation && ts.isTypeReferenceNode(annotation) ? look.annotated(annotation.typeArguments?.[0]) : undefined;
  const isData = (at: Expression) =>
    ts.isPropertyAccessExpression(at) && at.name.text === 'data' && at.expression.getText() === parameter?.name.getText();
  const payload = stated ?? jobOf(look, handler) ?? look.received(handler?.body, isData);
  yield {
    protocol: 'redis',
    action: 'receive',
    noun: 'queue',
    ...queue,
    message: { ...named(job), ...(payload && { payload }), contentType: json },
    node,
  };
}

/** The data of a job by the types that functions take it for to which a handler hands the job on: `send(job as Job<Mail>)`. */
function jobOf(look: Look, handler: ts.FunctionLikeDeclaration | undefined, hops = 2): Shape | undefined {
  const job = handler?.parameters[0]?.name.getText();
  const found: Shape[] = [];
  const visit = (node: ts.Node): void => {
    const index = ts.isCallExpression(node) ? node.arguments.findIndex((argument) => strip(argument).getText() === job) : -1;
    if (index >= 0) {
      const call = node as ts.CallExpression;
      const target = look.functionOf(call.expression);
      const [given, wanted] = [call.arguments[index], target?.parameters[index]?.type];
      const cast = given && ts.isAsExpression(given) ? given.type : undefined;
      const stated = [cast, wanted].map(
        (type) => type && ts.isTypeReferenceNode(type) && look.annotated(type.typeArguments?.[0]),
      );
      const isFirst = index === 0 && hops > 0 && target !== handler;
      const shape = stated.find((one) => one) || (isFirst ? jobOf(look, target, hops - 1) : undefined);
      if (shape) found.push(shape);
    }
    ts.forEachChild(node, visit);
  };
  if (handler?.body) visit(handler.body);
  return oneOf(found);
}

function* bullWorker(call: Call, look: Look): Iterable<Draft> {
  const [queue, processor] = call.arguments ?? [];
  const stated = look.annotated(call.typeArguments?.[0]);
  const value = look.value(processor);
  const inner = value?.kind === 'function' ? look.within(value.env) : look;
  // A path, or a URL, is a program of its own.
  for (const draft of bullReceive(inner, call, bullName(look, queue), look.functionOf(processor)))
    yield stated ? { ...draft, message: { ...draft.message, payload: stated } } : draft;
}

function bullProcess(call: Call, look: Look): Iterable<Draft> {
  const args = call.arguments ?? [];
  const handler = look.functionOf(args.at(-1));
  const job = args.length > 1 ? look.text(args[0]) : undefined;
  return bullReceive(look, call, bullQueue(look, (call.expression as ts.PropertyAccessExpression).expression), handler, job);
}

// Nest

/** What Nest wraps data into for every transport but Kafka's. */
function packet(pattern: string, data: Shape | undefined, isRequest: boolean): Shape {
  return {
    type: 'object',
    properties: { pattern: { type: 'string', enum: [pattern] }, data: data ?? {}, ...(isRequest && { id: { type: 'string' } }) },
    required: ['pattern', ...(isRequest ? ['id'] : [])],
  };
}

/** A pattern as it goes over the wire, and as a template where parts of it are open. */
function patternOf(look: Look, node: Expression | undefined): { address?: AddressFact; title?: string } {
  const value = look.value(node);
  if (value?.kind !== 'object') {
    const address = look.address(node);
    return address ? { address } : {};
  }
  const pairs = value.node.properties.map((property) => {
    const name = property.name?.getText().replace(/^['"]|['"]$/g, '') ?? '';
    return [name, look.text(look.option(value.node, name))] as const;
  });
  if (pairs.some(([name, text]) => !name || text === undefined)) return {};
  return { title: JSON.stringify(Object.fromEntries(pairs.sort(([a], [b]) => (a < b ? -1 : 1)))) };
}

function nestDraft(
  look: Look,
  [node, patternNode]: readonly [ts.Node, Expression | undefined],
  transport: Transport | undefined,
  [action, data, reply]: readonly [Draft['action'], Shape | undefined, Shape | undefined],
): Draft {
  const { address, title } = patternOf(look, patternNode);
  const pattern = title ?? address?.text ?? '';
  const isRaw = transport?.protocol === 'kafka';
  const isWrapped = !isRaw && transport !== undefined && pattern !== '';
  const payload = isWrapped ? packet(pattern, data, reply !== undefined) : data;
  const shared = transport?.protocol === 'amqp' && pattern !== '' ? transport.queue : undefined;
  // TCP has no channels; the one of RabbitMQ is a queue, which the pattern is not.
  const isTitle = pattern !== '' && (title !== undefined || /^(?:tcp|amqp)$/.test(transport?.protocol ?? ''));
  return {
    ...(transport && { protocol: transport.protocol }),
    action,
    noun: 'pattern',
    ...(shared ? { address: shared } : isTitle ? { title: pattern } : address && { address }),
    message: {
      ...(shared && { name: pattern }),
      ...(payload && { payload }),
      ...(reply && { reply }),
      contentType: json,
    },
    ...(shared && queueBinding(shared)),
    ...(patternNode && { channelNode: patternNode }),
    node,
  };
}

function* nestSend(call: Call, look: Look, method: string, transports: Transports): Iterable<Draft> {
  const [pattern, data] = call.arguments ?? [];
  const receiver = look.argument((call.expression as ts.PropertyAccessExpression).expression);
  const injected = decoratorsOf(look.declared(receiver)).find(({ name }) => name === 'Inject')?.call?.arguments[0];
  const token = look.text(injected) ?? injected?.getText();
  const own = transports.clients.filter((one) => token !== undefined && one.token === token);
  const made = madeBy(look, receiver);
  const isKafka = /ClientKafka/.test(look.origin(receiver) ?? '');
  const known = made
    ? [made]
    : own.length > 0
      ? nearest(own, look.file.uri)
      : isKafka
        ? [{ protocol: 'kafka' as const }]
        : transports.clients;
  const transport = agreed(known);
  const value = transport?.protocol === 'kafka' ? look.option(data, 'value') : undefined;
  const content = look.sent(value ?? data)?.node;
  const given = content && look.shape(content);
  // Nest takes an object that has a value for the whole record of Kafka.
  const inRecord = transport?.protocol === 'kafka' && !value ? look.propertyOf(given, 'value') : undefined;
  const shape = inRecord ?? given;
  const draft = nestDraft(look, [call, pattern], transport, ['send', shape, method === 'send' ? {} : undefined]);
  yield shape || !content ? draft : { ...draft, payloadNode: content };
}

/** Makes a client of its options where it stands: a call, a decorator. */
export const makesClient = /^(?:ClientProxyFactory\.create|Client)$/;

/** The transport of a client that a class makes for itself: `ClientProxyFactory.create(options)`, `@Client(options)`. */
function madeBy(look: Look, receiver: Expression): Transport | undefined {
  const decorator = decoratorsOf(look.declared(receiver)).find(({ name }) => name === 'Client')?.call;
  const call = decorator ?? look.maker(receiver);
  const isMade = call !== undefined && makesClient.test(call.expression.getText());
  const options = isMade ? look.value(call.arguments?.[0]) : undefined;
  return options?.kind === 'object' ? transportIn(options.node, look.within(options.env))?.transport : undefined;
}

/** The methods of a class that decorators make handlers. */
export function* draftsOfClass(node: ts.ClassLikeDeclaration, look: Look, transports: Transports): Iterable<Draft> {
  const processor = decoratorsOf(node).find(({ name }) => name === 'Processor')?.call?.arguments[0];
  const name = (processor && look.option(processor, 'name')) ?? processor;
  const queue = name && nameOf(look, name);
  const base = baseOf(node);
  const isWorker = base !== undefined && look.origin(base.expression) === '@nestjs/bullmq:WorkerHost';
  for (const member of node.members) {
    if (!ts.isMethodDeclaration(member)) continue;
    if (queue && isWorker && member.name.getText() === 'process') yield* bullReceive(look, member.name, queue, member);
    for (const { decorator, look: own } of look.decorators(member)) {
      const { name, call, node: at } = decorator;
      const [first, second] = call?.arguments ?? [];
      if (queue && name === 'Process')
        yield* bullReceive(own, at, queue, member, own.text(own.option(first, 'name')) ?? own.text(first));
      if (name === 'EventPattern' || name === 'MessagePattern')
        yield* nestReceive(own, member, name, [at, first, second], transports);
      if (name === 'OnEvent') yield nestEvent(own, member, at, first);
      if (name === 'SqsMessageHandler')
        yield {
          protocol: 'sqs',
          action: 'receive',
          noun: 'queue',
          ...registeredQueue(own, first),
          message: receivedMessage(own.received(member.body)),
          node: at,
        };
      if (name === 'RabbitSubscribe' || name === 'RabbitRPC') yield rabbitReceive(own, member, at, first);
    }
  }
}

function payloadParameter(member: ts.MethodDeclaration): ts.ParameterDeclaration | undefined {
  const marked = member.parameters.find((one) => decoratorsOf(one).some(({ name }) => name === 'Payload' || name === 'Body'));
  return marked ?? member.parameters.find((one) => decoratorsOf(one).length === 0);
}

function* nestReceive(
  look: Look,
  member: ts.MethodDeclaration,
  decorator: string,
  [at, pattern, chosen]: readonly [ts.Decorator, Expression | undefined, Expression | undefined],
  { servers }: Transports,
): Iterable<Draft> {
  const wanted = chosen && protocolOf(chosen.getText());
  const holding = servers.filter(({ controllers }) => controllers?.has(member.parent));
  // Where one application is known to have the controller, those that are known to lack it do not listen for it.
  const able =
    holding.length > 0 ? servers.filter(({ controllers = new Set([member.parent]) }) => controllers.has(member.parent)) : servers;
  const near = nearest(able, look.file.uri).filter(({ protocol }) => !wanted || protocol === wanted);
  const isOneProgram = new Set(near.map(({ uri }) => uri)).size === 1;
  // A handler that names no transport is there for all of its program.
  const all = isOneProgram ? near : [agreed(near) ?? (wanted && { protocol: wanted })];
  const data = look.annotated(payloadParameter(member)?.type);
  const reply = decorator === 'MessagePattern' ? (look.result(member) ?? {}) : undefined;
  const value = look.value(pattern);
  const patterns = value?.kind === 'list' ? value.items : [pattern];
  for (const transport of all) for (const one of patterns) yield nestDraft(look, [at, one], transport, ['receive', data, reply]);
}

/** Those that stand nearest to a file: in a repository of several applications, those of its own. */
function nearest<T extends Server>(all: readonly T[], uri: string): readonly T[] {
  const folders = uri.split('/');
  const shared = all.map((one) => {
    const parts = one.uri.split('/');
    const end = parts.findIndex((part, index) => part !== folders[index]);
    return end < 0 ? parts.length : end;
  });
  return all.filter((_, index) => shared[index] === Math.max(...shared));
}

/** What all of several transports have in common, where it is the protocol at least. */
function agreed(all: readonly Transport[]): Transport | undefined {
  const [first] = all;
  if (!first || all.some(({ protocol }) => protocol !== first.protocol)) return undefined;
  const isShared = all.every(({ queue }) => queue?.text === first.queue?.text);
  return { protocol: first.protocol, ...(isShared && first.queue && { queue: first.queue }) };
}

function nestEvent(look: Look, member: ts.MethodDeclaration, node: ts.Decorator, event: Expression | undefined): Draft {
  const payload = look.annotated(member.parameters[0]?.type);
  return {
    protocol: 'in-process',
    action: 'receive',
    noun: 'event',
    address: look.address(event),
    ...(event && { channelNode: event }),
    message: { ...(payload && { payload }) },
    node,
  };
}

function rabbitReceive(look: Look, member: ts.MethodDeclaration, node: ts.Decorator, options: Expression | undefined): Draft {
  const [queue, key, exchange] = ['queue', 'routingKey', 'exchange'].map((name) => look.option(options, name));
  const payload = look.annotated(member.parameters[0]?.type);
  const name = look.text(exchange);
  const address = look.address(key) ?? look.address(queue);
  const isKeyed = look.address(key) !== undefined;
  return {
    protocol: 'amqp',
    action: 'receive',
    noun: isKeyed ? 'routing key' : 'queue',
    address,
    ...((key ?? queue ?? options) && { channelNode: key ?? queue ?? options }),
    message: { ...(payload && { payload }), contentType: json },
    ...(isKeyed ? keyBinding(name) : queueBinding(address)),
    node,
  };
}

const transportNames: Readonly<Record<string, Protocol>> = {
  TCP: 'tcp',
  REDIS: 'redis',
  NATS: 'nats',
  MQTT: 'mqtt',
  RMQ: 'amqp',
  KAFKA: 'kafka',
};

function protocolOf(text: string): Protocol | undefined {
  return transportNames[/\bTransport\.(\w+)/.exec(text)?.[1] ?? ''];
}

/** The options of an application that is told to listen, `connectMicroservice(options)`, and the view they are seen in. */
export function listeningIn(call: Call, look: Look): Listening | undefined {
  const method = /\.(create|connect)Microservice$/.exec(call.expression.getText())?.[1];
  const value = method ? look.value(call.arguments?.[method === 'create' ? 1 : 0]) : undefined;
  if (value?.kind !== 'object') return undefined;
  const controllers = method === 'create' ? controllersOf(call.arguments?.[0], look) : undefined;
  return { node: value.node, look: look.within(value.env), ...(controllers && { controllers }) };
}

interface Listening {
  readonly node: ts.ObjectLiteralExpression;
  readonly look: Look;
  readonly controllers?: ReadonlySet<ts.Node>;
}

/** The controllers of a module of Nest and of those it imports, as far as they are written there. */
function controllersOf(
  module: Expression | undefined,
  look: Look,
  above: readonly ts.Node[] = [],
): ReadonlySet<ts.Node> | undefined {
  // `UsersModule.register({ … })`
  const bare = module && strip(module);
  const named =
    bare && ts.isCallExpression(bare) && ts.isPropertyAccessExpression(bare.expression) ? bare.expression.expression : bare;
  const value = look.value(named);
  if (value?.kind !== 'class' || above.includes(value.node)) return undefined;
  const options = decoratorsOf(value.node).find(({ name }) => name === 'Module')?.call?.arguments[0];
  const list = (name: string) => look.items(look.option(options, name));
  const found = new Set<ts.Node>();
  for (const one of list('controllers')) {
    const controller = look.value(one);
    if (controller?.kind === 'class') found.add(controller.node);
  }
  for (const one of list('imports')) for (const node of controllersOf(one, look, [...above, value.node]) ?? []) found.add(node);
  return found;
}

/** What an object literal with a `transport` says, and of whom: a client has a name. */
export function transportIn(
  node: ts.ObjectLiteralExpression,
  look: Look,
):
  | { readonly transport: Transport; readonly name?: Expression; readonly token?: string; readonly broker: BrokerFact }
  | undefined {
  const written = look.option(node, 'transport')?.getText();
  const protocol = written && protocolOf(written);
  if (!protocol) return undefined;
  const options = look.option(node, 'options');
  const queue = look.address(look.option(options, 'queue'));
  const name = look.option(node, 'name') ?? providedBy(node, look);
  const token = look.text(name) ?? name?.getText();
  const client = look.option(options, 'client') ?? options;
  const list = ['brokers', 'urls', 'servers'].map((key) => look.option(client, key)).find((one) => one !== undefined);
  const host =
    hostIn(look, (list && (look.items(list)[0] ?? list)) ?? look.option(client, 'url')).host ?? hostAndPort(look, client);
  const isSecure = look.option(client, 'ssl') !== undefined || look.option(client, 'tls') !== undefined;
  const security = saslIn(look, client);
  const broker = {
    protocol,
    ...(host && { host }),
    isSecure,
    ...(security && { security }),
    evidence: evidenceAt(node, 'declared'),
  };
  return { transport: { protocol, ...(queue && { queue }) }, ...(name && { name }), ...(token && { token }), broker };
}

/** The token of a provider that makes a client: `{ provide: TOKEN, useFactory: () => ({ transport, … }) }`. */
function providedBy(node: ts.Node, look: Look): Expression | undefined {
  const isMaking = (at: ts.Node) => ts.isObjectLiteralElementLike(at) && /^use(?:Factory|Value)$/.test(at.name?.getText() ?? '');
  const provider = ts.findAncestor(node, isMaking)?.parent as Expression | undefined;
  return look.option(provider, 'name') ?? look.option(provider, 'provide');
}

function hostAndPort(look: Look, options: Expression | undefined): AddressFact | undefined {
  const [host, port] = ['host', 'port'].map((name) => look.address(look.option(options, name)));
  if (!host) return undefined;
  const more = port ? [...port.parameters.filter((one) => !host.parameters.some(({ name }) => name === one.name))] : [];
  return { text: port ? `${host.text}:${port.text}` : host.text, parameters: [...host.parameters, ...more] };
}

function saslIn(look: Look, options: Expression | undefined): string | undefined {
  const mechanism = look.text(look.option(look.option(options, 'sasl'), 'mechanism'));
  return mechanism && saslTypes[mechanism.toLowerCase()];
}

// Events within the program

const streamEvents =
  /^(?:error|close|end|finish|data|drain|readable|exit|message|connect|disconnect|newListener|removeListener|SIG\w+|uncaughtException|unhandledRejection)$/;

function* emitterEvent(
  call: ts.CallExpression,
  callee: ts.PropertyAccessExpression,
  from: string | undefined,
  look: Look,
): Iterable<Draft> {
  const isSend = /^emit(?:Async)?$/.test(callee.name.text);
  if (!isSend && !/^(?:on|once|addListener)$/.test(callee.name.text)) return;
  const owner = from?.slice(0, -callee.name.text.length - 1);
  if (!(owner !== undefined && emitter.test(owner)) && !isEmitter(callee.expression, look)) return;
  const [event, ...rest] = call.arguments;
  const address = look.address(event);
  if (!event || (address && streamEvents.test(address.text))) return;
  const handler = isSend ? undefined : look.functionOf(rest[0]);
  const payload = isSend ? argumentsShape(rest, look) : look.annotated(handler?.parameters[0]?.type);
  yield {
    protocol: 'in-process',
    action: isSend ? 'send' : 'receive',
    noun: 'event',
    address,
    channelNode: event,
    message: { ...(payload && { payload }) },
    ...(isSend && rest.length === 1 && { payloadNode: rest[0] }),
    node: call,
  };
}

/** One argument is the payload; several are a list. */
function argumentsShape(args: readonly Expression[], look: Look): Shape | undefined {
  const [first, ...more] = args;
  if (!first) return { type: 'null' };
  if (more.length === 0) return look.shape(first);
  const items = args.map((item) => look.shape(item) ?? {});
  return {
    type: 'array',
    ...(items.every((item) => !isUnknown(item)) && { items: { anyOf: items } }),
    minItems: args.length,
    maxItems: args.length,
  };
}

/** Is a value an instance of a class of the project that extends an emitter? */
function isEmitter(receiver: Expression, look: Look): boolean {
  const value = look.value(receiver);
  for (let node = value?.kind === 'instance' ? value.node : undefined, depth = 0; node && depth < 4; depth++) {
    const base = baseOf(node);
    if (!base) return false;
    if (emitter.test(look.origin(base.expression) ?? '')) return true;
    const outer = look.value(base.expression);
    node = outer?.kind === 'class' ? outer.node : undefined;
  }
  return false;
}

// Brokers

/** The broker a call connects to. */
export function brokerOf(call: Call, look: Look): BrokerFact | undefined {
  const [first] = call.arguments ?? [];
  if (!/Kafka|connect|SQSClient|SNSClient|SQS|SNS|Queue|Worker|Bull/.test(call.expression.getText())) return undefined;
  const from = look.origin(call.expression) ?? '';
  const evidence = evidenceAt(call, 'declared');
  if (new RegExp(`${kafkaClient}Kafka$`).test(from)) {
    const options = look.option(first, 'kafkaJS') ?? first;
    const list = look.option(options, 'brokers');
    const ssl = look.option(options, 'ssl');
    const isSecure = ssl !== undefined && ssl.kind !== ts.SyntaxKind.FalseKeyword;
    const security = saslIn(look, options);
    return { protocol: 'kafka', ...hostIn(look, look.items(list)[0] ?? list), isSecure, ...(security && { security }), evidence };
  }
  if (/^(?:amqplib(?:\/callback_api)?|amqp-connection-manager):(?:\w+\.)?connect$/.test(from)) {
    const url = look.items(first)[0] ?? first;
    const address = look.address(url);
    return { protocol: 'amqp', ...hostIn(look, url), isSecure: /^amqps:/.test(address?.text ?? ''), evidence };
  }
  if (/^(?:nats|@nats-io\/[\w-]+|node-nats-streaming):connect$/.test(from)) {
    const list = look.option(first, 'servers') ?? look.option(call.arguments?.[2], 'url');
    const url = look.items(list)[0] ?? list;
    const isSecure = look.option(first, 'tls') !== undefined || /^tls:/.test(look.address(url)?.text ?? '');
    return { protocol: 'nats', ...(url ? hostIn(look, url) : {}), isSecure, evidence };
  }
  const aws = /^@aws-sdk\/client-(s[qn]s):(?:S[QN]S)(?:Client)?$/.exec(from)?.[1];
  if (!aws) return undefined;
  const region = look.address(look.option(first, 'region'));
  return {
    protocol: aws as Protocol,
    ...(region && { host: { ...region, text: `${aws}.${region.text}.amazonaws.com` } }),
    isSecure: true,
    evidence,
  };
}

const saslTypes: Readonly<Record<string, string>> = {
  plain: 'plain',
  'scram-sha-256': 'scramSha256',
  'scram-sha-512': 'scramSha512',
  oauthbearer: 'oauth2',
  gssapi: 'gssapi',
};

/** Host and port of a broker's address, without the scheme and without credentials. */
function hostIn(look: Look, node: Expression | undefined): { host?: AddressFact } {
  const address = look.address(node);
  if (!address) return {};
  const text = address.text
    .replace(/^[a-z+]+:\/\//, '')
    .replace(/^[^@/]*@/, '')
    .replace(/[/?].*$/, '');
  if (text === '') return {};
  return { host: { text, parameters: address.parameters.filter(({ name }) => text.includes(`{${name}}`)) } };
}
