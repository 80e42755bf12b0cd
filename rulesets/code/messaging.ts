/** Who takes messages from a broker and who gives them to one: consumer callbacks and publishing calls, by library. */
import { calleeOf, classAround, functionBehind, methodOf } from '../../server/core/typescript/classes.ts';
import {
  type CodeFile,
  descendants,
  enclosingFunction,
  type Expression,
  type FunctionNode,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { constantText, onlyAnswer, propertiesOf, valueOf } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { isAwsSend, type Publisher, publisherOf } from '../../server/core/typescript/publishers.ts';
import { calleeName, isMemberName, isWithin, optionState, optionValue } from '../../server/core/typescript/syntax.ts';
import { isHttp, registeredFunction, registrations } from './azure-functions.ts';

/** What calls a function of Azure with messages. */
type AzureSource = 'Service Bus' | 'Queue Storage';

/** What calls a Lambda function with messages. */
type LambdaSource = 'SQS' | 'SNS' | 'EventBridge' | 'S3' | 'DynamoDB Streams' | 'Kinesis';

/** A callback that a library calls with messages. */
export interface Consumer {
  readonly broker: 'RabbitMQ' | 'Pub/Sub' | 'Kafka' | 'BullMQ' | 'Bull' | 'pg-boss' | 'sqs-consumer' | AzureSource | LambdaSource;
  readonly handler: FunctionNode;
  /** The call that registers it; undefined for a Lambda function, which AWS registers, and for what another file registers. */
  readonly call: ts.CallExpression | ts.NewExpression | undefined;
}

/** Does a queue of jobs feed it, where what a function throws fails the job, and the queue tries it again? */
export function isOfJobs({ broker }: Consumer): boolean {
  return broker === 'BullMQ' || broker === 'Bull' || broker === 'pg-boss';
}

/** Does the handler itself say what becomes of a message, by `ack` and `nack`? */
export function isAcknowledged({ broker }: Consumer): boolean {
  return broker === 'RabbitMQ' || broker === 'Pub/Sub';
}

const consumersByFile = new WeakMap<CodeFile, readonly Consumer[]>();

/** Every consumer callback written in the file. */
export function consumers(file: CodeFile): readonly Consumer[] {
  const known = consumersByFile.get(file);
  if (known) return known;
  const raw = handed(file).flatMap(({ consumer, isRaw }) => (isRaw ? [consumer] : []));
  const found = [...registered(file), ...raw, ...azure(file), ...lambdas(file)];
  consumersByFile.set(file, found);
  return found;
}

const brokerText =
  /\b(?:consume|eachMessage|eachBatch|Worker|WorkerHost|handleMessage|handleMessageBatch|process|Process|PgBoss|boss|Processor|Job|JobWithMetadata)\b|[sS]ubscription\b/;

function* registered(file: CodeFile): Iterable<Consumer> {
  if (!file.words.has(brokerText)) return;
  for (const call of file.calls) {
    for (const [broker, callback] of callbacks(file, call)) {
      const handler = callback && handlerOf(file, callback);
      if (handler) yield { broker, handler, call };
    }
  }
  for (const node of file.nodes(ts.SyntaxKind.MethodDeclaration)) {
    const owner = node.parent;
    const base = ts.isClassLike(owner) ? owner.heritageClauses?.[0]?.types[0]?.expression : undefined;
    if (node.body && base && node.name.getText() === 'process' && origin(file, base) === '@nestjs/bullmq:WorkerHost')
      yield { broker: 'BullMQ', handler: node, call: undefined };
    else if (node.body && isBullProcess(file, node)) yield { broker: 'Bull', handler: node, call: undefined };
  }
  yield* typed(file);
}

/** What functions are called that take a handler of messages. */
const takers = /consume|subscribe|listen|receive|onMessage/i;

/** What a file hands to a function of the project that has a broker call it. */
export interface Handed {
  readonly consumer: Consumer;
  /** The broker's library calls it with its messages, not the function that took it with what it made of them. */
  readonly isRaw: boolean;
}

const handedByFile = new WeakMap<CodeFile, readonly Handed[]>();

/** `await broker.subscribe('orders', async (order) => …)` of the project's own `subscribe`, which gives it to a consumer, or calls it in one and waits. */
export function handed(file: CodeFile): readonly Handed[] {
  const known = handedByFile.get(file);
  if (known) return known;
  const found = file.words.has(takers)
    ? file
        .nodes(ts.SyntaxKind.CallExpression)
        .flatMap((call) => (takers.test(calleeName(call)) ? (handedBy(file, call) ?? []) : []))
    : [];
  handedByFile.set(file, found);
  return found;
}

function handedBy(file: CodeFile, call: ts.CallExpression): Handed | undefined {
  const place = call.arguments.findIndex((each) => handlerOf(file, each) !== undefined);
  const argument = call.arguments[place];
  const handler = argument && handlerOf(file, argument);
  const inner = handler && (methodOf(file, call) ?? calleeOf(file, call));
  const parameter = inner?.node.parameters[place];
  if (!handler || !inner?.node.body || !parameter) return undefined;
  const isIt = (node: ts.Node) => ts.isIdentifier(node) && declarationOf(node) === parameter;
  for (const each of inner.file.calls.filter((one) => isWithin(one, inner.node))) {
    for (const [broker, callback] of callbacks(inner.file, each)) {
      if (!callback || (broker === 'RabbitMQ' && acknowledges({ broker, handler, call: each }) !== true)) continue;
      const consumer = { broker, handler, call: undefined };
      if (isIt(unwrap(callback))) return { consumer, isRaw: true };
      const caller = handlerOf(inner.file, callback);
      const called = caller && descendants(caller).find((node) => ts.isCallExpression(node) && isIt(node.expression));
      if (!called || !ts.isAwaitExpression(called.parent)) continue;
      // Whoever acknowledges before loses the message either way.
      const isSettledBehind = [...channelCalls(caller, /^ack$/)].some((ack) => ack.pos > called.end);
      if (!isAcknowledged(consumer) || isSettledBehind) return { consumer, isRaw: false };
    }
  }
  return undefined;
}

const queues = { bullmq: 'BullMQ', bull: 'Bull', 'pg-boss': 'pg-boss' } as const;

/** Functions that another file gives to a queue, as their types say: `const send: Processor = …`, `static async handle(job: Job)`. */
function* typed(file: CodeFile): Iterable<Consumer> {
  if (!Object.keys(queues).some((name) => file.modules.has(name))) return;
  for (const handler of file.nodes(
    ts.SyntaxKind.ArrowFunction,
    ts.SyntaxKind.FunctionExpression,
    ts.SyntaxKind.FunctionDeclaration,
    ts.SyntaxKind.MethodDeclaration,
  )) {
    const declared = ts.isVariableDeclaration(handler.parent) ? handler.parent : undefined;
    const [job] = handler.parameters;
    const ofProcessor = queueOf(file, declared?.type, /^Processor$/);
    const ofJob = isEntry(handler, declared) ? queueOf(file, job?.type, /^Job(?:WithMetadata)?$/) : undefined;
    const broker = ofProcessor ?? ofJob;
    if (broker && handler.body) yield { broker, handler, call: undefined };
  }
}

/** The queue whose package a type comes from, where it has such a name there; of `Job[]`, which pg-boss hands over, too. */
function queueOf(file: CodeFile, type: ts.TypeNode | undefined, named: RegExp) {
  const one = type && ts.isArrayTypeNode(type) ? type.elementType : type;
  if (!one || !ts.isTypeReferenceNode(one)) return undefined;
  const { typeName } = one;
  const from = ts.isIdentifier(typeName) ? origin(file, typeName) : undefined;
  const [module = '', name = ''] = from?.split(':') ?? [];
  return named.test(name) ? queues[module as keyof typeof queues] : undefined;
}

/** What a file hands out by default, or a member or an export that is called for doing the work: what only helps with it is none. */
function isEntry(handler: FunctionNode, declared: ts.VariableDeclaration | undefined): boolean {
  if (ts.isMethodDeclaration(handler)) return /^(?:handle|process|perform|run|execute|work)$/.test(handler.name.getText());
  const statement = declared ? declared.parent.parent : handler;
  const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
  const has = (kind: ts.SyntaxKind) => modifiers.some((each) => each.kind === kind);
  if (ts.isExportAssignment(handler.parent) || has(ts.SyntaxKind.DefaultKeyword)) return true;
  const name = declared ? declared.name.getText() : ts.isFunctionDeclaration(handler) ? (handler.name?.text ?? '') : '';
  return has(ts.SyntaxKind.ExportKeyword) && /(?:Processor|Handler|Worker)$|^process(?:[A-Z]|$)/.test(name);
}

/** `app.storageQueue('orders', { queueName, handler })`; one that settles its messages itself goes by rules of its own. */
function* azure(file: CodeFile): Iterable<Consumer> {
  for (const each of registrations(file)) {
    const behind = isHttp(each) ? undefined : registeredFunction(file, each);
    if (behind?.file !== file || (each.options && optionValue(each.options, 'autoCompleteMessages'))) continue;
    const broker = each.trigger === 'storageQueue' ? 'Queue Storage' : 'Service Bus';
    yield { broker, handler: behind.node, call: each.call };
  }
}

/** `@Process('mail')` of @nestjs/bull. */
function isBullProcess(file: CodeFile, node: ts.MethodDeclaration): boolean {
  if (!file.modules.has('@nestjs/bull')) return false;
  return (ts.getDecorators(node) ?? []).some(({ expression }) => {
    const callee = ts.isCallExpression(expression) ? expression.expression : expression;
    return ts.isIdentifier(callee) && origin(file, callee) === '@nestjs/bull:Process';
  });
}

function* callbacks(file: CodeFile, call: Consumer['call'] & {}): Iterable<[Consumer['broker'], Expression | undefined]> {
  const [first, second] = call.arguments ?? [];
  if (ts.isNewExpression(call)) {
    if (second && origin(file, call.expression) === 'bullmq:Worker') yield ['BullMQ', second];
    return;
  }
  const last = call.arguments?.at(-1);
  if (!ts.isPropertyAccessExpression(call.expression)) return;
  const { text } = call.expression.name;
  if (text === 'consume' && isChannelCall(file, call)) yield ['RabbitMQ', second];
  if (text === 'on' && first && constantText(first) === 'message' && pubSub.test(origin(file, call.expression) ?? ''))
    yield ['Pub/Sub', second];
  if (text === 'process' && last && /^bull:(?:Queue)?\(\)\.process$/.test(origin(file, call.expression) ?? ''))
    yield ['Bull', last];
  if (text === 'work' && last && /^pg-boss:(?:PgBoss)?\(\)\.work$/.test(origin(file, call.expression) ?? ''))
    yield ['pg-boss', last];
  if (text === 'create' && origin(file, call.expression) === 'sqs-consumer:Consumer.create')
    yield* named(first, ['handleMessage', 'handleMessageBatch'], 'sqs-consumer');
  if (text !== 'run') return;
  const from = kafkaOrigin(file, call.expression);
  // A consumer from where it cannot be followed: nobody else is run with such options.
  const isGiven =
    from === undefined && ['kafkajs', '@confluentinc/kafka-javascript'].some((name) => file.package?.installed.has(name));
  if (!isGiven && !/^kafkajs:(?:Kafka\(\)\.consumer|Consumer)\(\)\.run$/.test(from ?? '')) return;
  yield* named(first, ['eachMessage', 'eachBatch'], 'Kafka');
}

/** `subscription.on` of Google Cloud Pub/Sub. */
const pubSub = /^@google-cloud\/pubsub:(?:.*\.subscription|Subscription)\(\)\.on$/;

/** The callbacks among options, by their names. */
function* named(
  options: Expression | undefined,
  names: readonly string[],
  broker: Consumer['broker'],
): Iterable<[Consumer['broker'], Expression | undefined]> {
  const found = propertiesOf(options);
  for (const name of names) {
    const option = found?.get(name);
    if (option && ts.isMethodDeclaration(option)) yield [broker, option as unknown as Expression];
    else if (option && ts.isPropertyAssignment(option)) yield [broker, option.initializer];
  }
}

/** `origin`, where Confluent's client, which has the interface of kafkajs, reads as kafkajs. */
export function kafkaOrigin(file: CodeFile, expression: Expression): string | undefined {
  return origin(file, expression)?.replace(/^@confluentinc\/kafka-javascript:KafkaJS\./, 'kafkajs:');
}

/** Is this a method of a RabbitMQ channel: amqplib's own, or one that amqp-connection-manager sets up? */
export function isChannelCall(file: CodeFile, call: ts.CallExpression): boolean {
  const from = origin(file, call.expression);
  if (from === undefined) return isGivenChannel(file, call);
  return /^(?:amqplib(?:\/callback_api)?:|amqp-connection-manager:(?:.*=>setup\.0|(?:Confirm)?Channel\(\))\.)/.test(from);
}

const channelMethods = /^(?:assert|check|bind|purge|delete)(?:Queue|Exchange)$|^sendToQueue$/;
const channelsByFile = new WeakMap<CodeFile, ReadonlySet<string>>();

/**
 * A channel that is handed in from where it cannot be followed: in a package that has amqplib, something that the file asks what only a
 * channel is asked (`assertQueue`, `sendToQueue`), or that it makes by `createChannel`.
 */
function isGivenChannel(file: CodeFile, { expression }: ts.CallExpression): boolean {
  if (!ts.isPropertyAccessExpression(expression) || !file.package?.installed.has('amqplib')) return false;
  let known = channelsByFile.get(file);
  if (!known) {
    const asked = file.nodes(ts.SyntaxKind.CallExpression).flatMap(({ expression: callee }) => {
      if (!ts.isPropertyAccessExpression(callee)) return [];
      return channelMethods.test(callee.name.text) && origin(file, callee) === undefined ? [callee.expression.getText()] : [];
    });
    channelsByFile.set(file, (known = new Set(asked)));
  }
  return known.has(expression.expression.getText());
}

/** The callback's function: written in place, named, a method of the class, also bound or wrapped in one call. */
function handlerOf(file: CodeFile, callback: Expression): FunctionNode | undefined {
  if (ts.isMethodDeclaration(callback)) return callback;
  const value = unwrap(callback);
  if (ts.isPropertyAccessExpression(value) && value.expression.kind === ts.SyntaxKind.ThisKeyword) return ownMethod(value);
  if (ts.isCallExpression(value) && ts.isPropertyAccessExpression(value.expression) && value.expression.name.text === 'bind')
    return handlerOf(file, value.expression.expression);
  const found = functionBehind(file, value);
  return found?.file === file ? (passedTo(found.node) ?? found.node) : undefined;
}

/** The method that is all of `(message) => this.handle(message)`. */
function passedTo({ parameters: [message, more], body }: FunctionNode): FunctionNode | undefined {
  const call = body && ts.isExpression(body) ? unwrap(body) : undefined;
  if (!message || more || !call || !ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression))
    return undefined;
  if (call.expression.expression.kind !== ts.SyntaxKind.ThisKeyword) return undefined;
  return call.arguments[0]?.getText() === message.name.getText() ? ownMethod(call.expression) : undefined;
}

function ownMethod({ name, parent }: ts.PropertyAccessExpression): FunctionNode | undefined {
  const found = classAround(parent)?.members.find((part) => part.name?.getText() === name.text);
  return found && ts.isMethodDeclaration(found) && found.body ? found : undefined;
}

/** Lambda functions fed with messages: by the type of their event, or exported handlers that read what only one source sends. */
function* lambdas(file: CodeFile): Iterable<Consumer> {
  if (!file.words.has(lambdaText)) return;
  for (const handler of file.nodes(
    ts.SyntaxKind.ArrowFunction,
    ts.SyntaxKind.FunctionExpression,
    ts.SyntaxKind.FunctionDeclaration,
    ts.SyntaxKind.MethodDeclaration,
  )) {
    const broker = handler.body ? sourceOf(handler) : undefined;
    if (broker) yield { broker, handler, call: undefined };
  }
}

const lambdaText = /\b(?:SQSEvent|SQSHandler|SQSBatchResponse|Records|EventBridge(?:Event|Handler))\b|^detail$/m;

/** The sources by the names that `aws-lambda` gives their events, and by what a record of theirs alone holds. */
const lambdaSources: readonly { readonly broker: LambdaSource; readonly type: string; readonly record: RegExp }[] = [
  {
    broker: 'SQS',
    type: 'SQS',
    record: /(?:\b(?:record|message|msg|rec|item|event|r)|\bRecords\[\w+\])\.(?:body|receiptHandle|messageAttributes)\b/,
  },
  { broker: 'SNS', type: 'SNS', record: /\.Sns\b/ },
  { broker: 'S3', type: 'S3', record: /\.s3\.|\[['"]s3['"]\]/ },
  { broker: 'DynamoDB Streams', type: 'DynamoDBStream', record: /\.dynamodb\b/ },
  { broker: 'Kinesis', type: 'KinesisStream', record: /\.kinesis\b/ },
  { broker: 'EventBridge', type: 'EventBridge', record: /(?!)/ },
];

function sourceOf(
  handler: ts.ArrowFunction | ts.FunctionExpression | ts.FunctionDeclaration | ts.MethodDeclaration,
): LambdaSource | undefined {
  const [event] = handler.parameters;
  if (!event) return undefined;
  const typed = (type: string) =>
    lambdaSources.find((source) => new RegExp(`^(?:Handler<)?${source.type}(?:Event|Handler)\\b`).test(type))?.broker;
  if (event.type && event.type.kind !== ts.SyntaxKind.AnyKeyword) return typed(event.type.getText());
  if (ts.isMethodDeclaration(handler)) return undefined;
  const declared = ts.isVariableDeclaration(handler.parent) ? handler.parent.type?.getText() : undefined;
  const source = declared && typed(declared);
  if (source) return source;
  const name = ts.isVariableDeclaration(handler.parent) ? handler.parent.name.getText() : handler.name?.getText();
  const isExport = name !== undefined && /^(?:handler|lambdaHandler)$/.test(name);
  const isCommonJs =
    ts.isBinaryExpression(handler.parent) &&
    /^(?:module\.)?exports\.(?:handler|lambdaHandler)$/.test(handler.parent.left.getText());
  if (!isExport && !isCommonJs && !(isHandedOut(handler) && event.name.getText() === 'event')) return undefined;
  const text = handler.getText();
  const given = event.name.getText();
  const reads = (member: string) =>
    (given.startsWith('{')
      ? new RegExp(`\\b${member}\\b`)
      : new RegExp(`\\b${given}(?:\\??\\.${member}\\b|\\[['"]${member}['"]\\])`)
    ).test(text);
  if (reads('Records')) return lambdaSources.find(({ record }) => record.test(text))?.broker;
  return (isExport || isCommonJs) && given === 'event' && reads('detail') ? 'EventBridge' : undefined;
}

/** `export const name = …`, `export function name`, `exports.name = …`: what a template may name as a handler, whatever it is called. */
function isHandedOut({ parent, modifiers }: ts.ArrowFunction | ts.FunctionExpression | ts.FunctionDeclaration): boolean {
  if (ts.isBinaryExpression(parent)) return /^(?:module\.)?exports\.\w+$/.test(parent.left.getText());
  const statement = ts.isVariableDeclaration(parent) ? parent.parent.parent : undefined;
  const all = statement && ts.isVariableStatement(statement) ? statement.modifiers : modifiers;
  return all?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
}

/** Functions of the file that a function calls by name. */
export function calledBy(file: CodeFile, node: FunctionNode): Set<FunctionNode> {
  const found = new Set<FunctionNode>();
  for (const call of descendants(node)) {
    if (!ts.isCallExpression(call) || !ts.isIdentifier(call.expression)) continue;
    const called = functionBehind(file, call.expression);
    if (called?.file === file && called.node !== node) found.add(called.node);
  }
  return found;
}

/** The first parameter's name, when it is one. */
export function messageName({ handler }: Consumer): ts.Identifier | undefined {
  const name = handler.parameters[0]?.name;
  return name && ts.isIdentifier(name) ? name : undefined;
}

/** The options of `consume(queue, callback, options)`, and what they say about acknowledging. */
export function acknowledges({ call }: Consumer): boolean | undefined {
  const options = call?.arguments?.[2];
  if (!options) return true;
  if (!ts.isObjectLiteralExpression(valueOf(options))) return undefined;
  const noAck = optionValue(options, 'noAck');
  if (!noAck) return propertiesOf(options) ? true : undefined;
  const { kind } = valueOf(noAck);
  return kind === ts.SyntaxKind.TrueKeyword ? false : kind === ts.SyntaxKind.FalseKeyword ? true : undefined;
}

/** Calls of a method on the channel inside a node: `ack`, `nack`, `reject`. */
export function* channelCalls(within: ts.Node, names: RegExp): Iterable<ts.CallExpression> {
  for (const node of descendants(within)) {
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) continue;
    if (names.test(node.expression.name.text)) yield node;
  }
}

/** May a call publish something, by its name or by what it is called on: `this.orderProducer.cancelled(order)`? Only these are looked into. */
export function mayPublish(call: ts.CallExpression): boolean {
  if (publishNames.test(calleeName(call))) return true;
  const callee = unwrap(call.expression);
  const owner = ts.isPropertyAccessExpression(callee) ? unwrap(callee.expression) : undefined;
  const name = owner && (ts.isPropertyAccessExpression(owner) ? owner.name : owner);
  return name !== undefined && /(?:producer|publisher|broker|(?:event|message)s?bus)(?:Service)?$/i.test(name.getText());
}

const publishNames =
  /^(?:publish\w*|send\w*|emit\w*|putEvents|add|addBulk|addJob|enqueue\w*|dispatch\w*|produce\w*|notify\w*|schedule\w*|\w+(?:Producer|Publisher))$/;

/** What a call publishes to: a known library's call, or a method or function of the project that makes one, two calls away. */
export function publishes(file: CodeFile, call: ts.CallExpression, hops = 2): Publisher | undefined {
  const callee = unwrap(call.expression);
  if (!mayPublish(call)) return undefined;
  const from = kafkaOrigin(file, callee);
  if (from !== undefined) {
    const found = publisherOf(from, () => call.arguments[0] && origin(file, call.arguments[0]));
    if (found || isAwsSend(from)) return found;
  }
  const inner = hops > 0 ? (methodOf(file, call) ?? calleeOf(file, call)) : undefined;
  if (!inner) return publishesThrough(file, call);
  if (inner.node === enclosingFunction(call) || !inner.node.body) return undefined;
  const { body } = inner.node;
  for (const node of [body, ...descendants(body, (each) => !ts.isFunctionLike(each) || isEach(each) || isWaitedFor(each))]) {
    const found = ts.isCallExpression(node) ? publishes(inner.file, node, hops - 1) : undefined;
    if (found) return found;
  }
  return undefined;
}

/** A callback that runs for each element of a list, at once. */
function isEach({ parent }: ts.Node): boolean {
  const callee = ts.isCallExpression(parent) ? parent.expression : undefined;
  return callee !== undefined && ts.isPropertyAccessExpression(callee) && /^(?:map|forEach)$/.test(callee.name.text);
}

/** `await retry(async () => …)`: a callback of a call that is waited for. */
function isWaitedFor({ parent }: ts.Node): boolean {
  return ts.isCallExpression(parent) && ts.isAwaitExpression(parent.parent);
}

const nats = ['nats', 'node-nats-streaming'];

/**
 * `new OrderPlaced(client).publish(order)`: a publisher of some package that is made for the client of a broker, or for one that a listener
 * has from its base, in a file that names what the broker's own package hands it.
 */
function publishesThrough(file: CodeFile, call: ts.CallExpression): Publisher | undefined {
  const callee = unwrap(call.expression);
  const made = ts.isPropertyAccessExpression(callee) && callee.name.text === 'publish' ? valueOf(callee.expression) : undefined;
  if (!made || !ts.isNewExpression(made)) return undefined;
  for (const given of made.arguments ?? []) {
    const isInherited = /^this\.\w+$/.test(unwrap(given).getText()) && nats.some((name) => file.modules.has(name));
    const from = origin(file, given) ?? (isInherited ? `${nats[0]}:` : undefined);
    const found = from === undefined ? undefined : publisherOf(`${from}.publish`, () => undefined);
    if (found) return found;
  }
  return undefined;
}

/** Does a call delete a message of SQS, itself or as all that a function of the project does? */
export function deletesMessage(file: CodeFile, call: ts.CallExpression, hops = 1): boolean {
  const name = calleeName(call);
  if (name === 'deleteMessage' || name === 'send') {
    const from = origin(file, call.expression) ?? '';
    if (/^(?:@aws-sdk\/client-sqs:SQS|aws-sdk(?:\/clients\/sqs)?:(?:SQS)?)\(\)\.deleteMessage$/.test(from)) return true;
    const [command] = call.arguments;
    if (isAwsSend(from)) return command !== undefined && origin(file, command) === '@aws-sdk/client-sqs:DeleteMessageCommand()';
  }
  const inner = hops > 0 && /delete|ack|remove/i.test(name) ? (methodOf(file, call) ?? calleeOf(file, call)) : undefined;
  const waits = inner ? descendants(inner.node).filter(ts.isAwaitExpression) : [];
  const [only, another] = waits;
  return (
    inner !== undefined &&
    only !== undefined &&
    another === undefined &&
    descendants(inner.node).some((each) => ts.isCallExpression(each) && deletesMessage(inner.file, each, hops - 1))
  );
}

/** `message` of `message.ReceiptHandle`, and of `{ Body, ReceiptHandle }` what was taken out of the message with it. */
export function ownersOfHandle(node: ts.Node): string[] {
  if (ts.isPropertyAccessExpression(node) && node.name.text === 'ReceiptHandle')
    return ts.isIdentifier(node.expression) ? [node.expression.text] : [];
  if (!ts.isIdentifier(node) || isMemberName(node)) return [];
  // A function of the project is given the message.
  if (ts.isCallExpression(node.parent) && node.parent.expression !== node) return [node.text];
  const declaration = declarationOf(node);
  if (!declaration || !ts.isBindingElement(declaration) || !ts.isObjectBindingPattern(declaration.parent)) return [];
  const isHandle = (declaration.propertyName ?? declaration.name).getText() === 'ReceiptHandle';
  return isHandle ? declaration.parent.elements.flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : [])) : [];
}

/** The text of a queue's name, where it is constant. */
export function queueName(queue: Expression | undefined): string | undefined {
  return queue && constantText(queue);
}

/** Is a queue for replies? Whoever asked has no use for one that comes again; the broker's own queue for them even demands `noAck`. */
export function isForReplies(queue: Expression): boolean {
  return (
    queueName(queue) === 'amq.rabbitmq.reply-to' ||
    // Requests of the same file say that answers go there.
    queue.getSourceFile().text.includes(`replyTo: ${queue.getText()}`) ||
    /repl(?:y|ies)|callback_?queue|rpc_?response/i.test(queueName(queue) ?? valueOf(queue).getText())
  );
}

/** A queue of this process alone, which goes when it goes: exclusive, deleted with its consumer, or named by the broker. */
export function isOwnQueue(file: CodeFile, queue: Expression): boolean {
  const name = valueOf(queue);
  const made = ts.isPropertyAccessExpression(name) && name.name.text === 'queue' ? answerOf(name.expression) : answerOf(name);
  if (made) return isOwn(made);
  return file
    .nodes(ts.SyntaxKind.CallExpression)
    .some((call) => call.arguments[0] && valueOf(call.arguments[0]).getText() === name.getText() && isOwn(call));
}

/** The call whose answer a value is, or is a part of: `const { queue } = await assertQueue(…)`, or the argument of its callback. */
function answerOf(value: Expression): ts.CallExpression | undefined {
  const node = valueOf(value);
  if (ts.isCallExpression(node)) return node;
  let owner = ts.isIdentifier(node) ? declarationOf(node) : undefined;
  while (owner && (ts.isBindingElement(owner) || ts.isObjectBindingPattern(owner))) owner = owner.parent;
  if (!owner) return undefined;
  // In the callback API the queue is what the callback of `assertQueue` is called with.
  if (ts.isParameter(owner)) return ts.isCallExpression(owner.parent.parent) ? owner.parent.parent : undefined;
  const made = ts.isVariableDeclaration(owner) && owner.initializer ? unwrap(owner.initializer) : undefined;
  return made && ts.isCallExpression(made) ? made : undefined;
}

function isOwn(call: ts.CallExpression): boolean {
  if (!ts.isPropertyAccessExpression(call.expression) || call.expression.name.text !== 'assertQueue') return false;
  const [name, options] = call.arguments;
  return !name || queueName(name) === '' || ['exclusive', 'autoDelete'].some((option) => isOn(options, option));
}

/** Is an option set, and not to `false`? */
export function isOn(options: Expression | undefined, name: string): boolean {
  const value = optionValue(options, name);
  return value ? valueOf(value).kind !== ts.SyntaxKind.FalseKeyword : optionState(options, [name]) === 'set';
}

/** The assertion of a queue or exchange under this name in the file: the first, or the one in the same function. */
export function assertionOf(file: CodeFile, method: 'assertQueue' | 'assertExchange', name: Expression) {
  const called = (expression: Expression) => queueName(expression) ?? valueOf(expression).getText();
  // `assertQueue(name, options, (error, { queue }) => …)`
  const made = answerOf(name);
  if (made && ts.isPropertyAccessExpression(made.expression) && made.expression.name.text === method && isChannelCall(file, made))
    return made;
  const all = file.nodes(ts.SyntaxKind.CallExpression).filter((call) => {
    if (!ts.isPropertyAccessExpression(call.expression) || call.expression.name.text !== method) return false;
    const [asserted] = call.arguments;
    return asserted !== undefined && called(asserted) === called(name) && isChannelCall(file, call);
  });
  // Of parameters that are called alike, the very one.
  const same = (asserted: Expression | undefined) =>
    asserted && ts.isIdentifier(asserted) && ts.isIdentifier(name) && declarationOf(asserted) === declarationOf(name);
  return all.find((call) => same(call.arguments[0])) ?? all[0];
}

/** Is nothing done but to read the message and to write it into a log? There is no work to be lost. */
export function isOnlyLook(work: ts.Node): boolean {
  return [work, ...descendants(work, (node) => !isLog(node))].every(
    (node) =>
      !(ts.isCallExpression(node) || ts.isNewExpression(node)) ||
      isLog(node) ||
      /^(?:JSON\.\w+|String|Buffer\.from)$|\.toString$/.test(node.expression.getText()),
  );
}

/** A call that only tells a person: `console.error(…)`, `this.logger.warn(…)`, `Sentry.captureException(…)`. */
export function isLog(node: ts.Node): boolean {
  if (!ts.isCallExpression(node)) return false;
  return /^(?:console|(?:this\.)?#?_?(?:\w*logger|log|logging|winston|pino|debug|tracer|span|sentry|signale|consola|datadog|newrelic|Logger)\w*)(?:\(\))?(?:\.\w+)*$|^(?:invocationC|c)ontext\.(?:log(?:\.\w+)?|error|warn|info|debug|trace)$/i.test(
    node.expression.getText(),
  );
}

/** A loop or a choice in which nothing is done but to log. */
export function isTold(statement: ts.Statement): boolean {
  if (ts.isBlock(statement)) return statement.statements.every(isTold);
  if (ts.isIfStatement(statement))
    return isTold(statement.thenStatement) && (!statement.elseStatement || isTold(statement.elseStatement));
  if (ts.isForOfStatement(statement)) return isTold(statement.statement);
  if (!ts.isExpressionStatement(statement) || !ts.isCallExpression(statement.expression)) return isNothing(statement);
  const { expression: callee, arguments: given } = statement.expression;
  const [callback] = given;
  const isEach = ts.isPropertyAccessExpression(callee) && callee.name.text === 'forEach';
  if (!isEach || !callback || !(ts.isArrowFunction(callback) || ts.isFunctionExpression(callback))) return isNothing(statement);
  return ts.isBlock(callback.body) ? isTold(callback.body) : isLog(callback.body);
}

/** Logs, acknowledges, returns nothing a broker would understand, or does nothing. */
export function isNothing(statement: ts.Statement): boolean {
  if (ts.isEmptyStatement(statement) || ts.isContinueStatement(statement)) return true;
  if (ts.isReturnStatement(statement)) {
    const expression = statement.expression && unwrap(statement.expression);
    if (!expression || isNoValue(expression) || isLog(expression)) return true;
    return (
      ts.isObjectLiteralExpression(expression) &&
      expression.properties.every(({ name }) => answerNames.test(name?.getText() ?? ''))
    );
  }
  if (ts.isVariableStatement(statement))
    return !descendants(statement, (each) => !ts.isFunctionLike(each)).some(
      (each) => ts.isAwaitExpression(each) || ts.isNewExpression(each),
    );
  if (!ts.isExpressionStatement(statement)) return false;
  const expression = ts.isAwaitExpression(statement.expression) ? statement.expression.expression : statement.expression;
  return isLog(expression) || (ts.isCallExpression(expression) && /\.(?:ack|ackAll)$/.test(expression.expression.getText()));
}

/** What an answer says that no broker reads: it is an answer all the same, and so a success. */
const answerNames = /^(?:statusCode|body|headers|success|ok|status|error|errors|message)$/;

/** `null`, `undefined`, `false`. */
function isNoValue(value: Expression): boolean {
  return /^(?:null|undefined|false|void 0)$/.test(value.getText());
}

/** A callback of a function of the project that hands on what RabbitMQ delivers, and hands with it a way to put the message back. */
export interface Returning {
  readonly handler: FunctionNode;
  /** The calls in the handler that put the message back. */
  readonly calls: readonly ts.CallExpression[];
}

/**
 * `rabbit.consume('orders', async (order, ack, nack) => …)`, where `consume` calls amqplib's with a callback that calls this one with
 * `(requeue) => channel.nack(message, false, requeue)`.
 */
export function* returningHandlers(file: CodeFile): Iterable<Returning> {
  for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
    const place = call.arguments.findIndex((each) => ts.isArrowFunction(each) || ts.isFunctionExpression(each));
    const handler = call.arguments[place];
    if (!handler || !takers.test(calleeName(call)) || (handler as ts.ArrowFunction).parameters.length < 2) continue;
    const inner = methodOf(file, call) ?? calleeOf(file, call);
    const parameter = inner?.node.parameters[place];
    const consumer =
      inner && consumers(inner.file).find((each) => each.broker === 'RabbitMQ' && isWithin(each.handler, inner.node));
    if (!parameter || !consumer) continue;
    const handed = descendants(consumer.handler).find(
      (node): node is ts.CallExpression =>
        ts.isCallExpression(node) && ts.isIdentifier(node.expression) && declarationOf(node.expression) === parameter,
    );
    const calls = (handed?.arguments ?? []).flatMap((given, index) => {
      const way = valueOf(given);
      const name = (handler as ts.ArrowFunction).parameters[index]?.name;
      return name && ts.isIdentifier(name) && ts.isArrowFunction(way) ? callsThatReturn(handler, name.text, way) : [];
    });
    if (calls.length > 0) yield { handler: handler as ts.ArrowFunction, calls };
  }
}

/** The calls of a name that put the message back by what is behind it: `nack(true)` of `(requeue = false) => channel.nack(m, false, requeue)`. */
function callsThatReturn(handler: ts.Node, name: string, way: ts.ArrowFunction): ts.CallExpression[] {
  const settled = onlyAnswer(way);
  const call = settled && unwrap(settled);
  if (!call || !ts.isCallExpression(call) || !/^(?:nack|reject)$/.test(calleeName(call))) return [];
  const requeue = call.arguments[calleeName(call) === 'nack' ? 2 : 1];
  const [own] = way.parameters;
  const isOwn = requeue && own && ts.isIdentifier(requeue) && declarationOf(requeue) === own;
  return descendants(handler).filter((node): node is ts.CallExpression => {
    if (!ts.isCallExpression(node) || node.expression.getText() !== name) return false;
    const given = isOwn ? (node.arguments[0] ?? own.initializer) : requeue;
    return !given || valueOf(given).kind === ts.SyntaxKind.TrueKeyword;
  });
}
