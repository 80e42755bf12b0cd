/** Facts of messages to an AsyncAPI 3.0 document. */
import type { Generated, GenerateOptions } from '../lintel.ts';
import { printYaml } from '../tree/print.ts';
import type { AddressFact, Binding, BrokerFact, EventFact, EventFacts, MessageFact, Protocol } from './events.ts';
import { isUnknown, mergeShapes, type Note, type Shape } from './facts.ts';
import { capital, unused } from './names.ts';
import { gathered } from './notes.ts';
import { infoObject } from './package.ts';
import { schemaOf, schemasIn } from './schema.ts';

type Json = Record<string, unknown>;

/** A channel with all that happens on it. */
interface Channel {
  readonly id: string;
  readonly first: EventFact;
  binding: Binding;
  readonly messages: Map<string, MessageFact>;
  readonly operations: Map<EventFact['action'], Operation>;
}

interface Operation {
  readonly messages: Set<string>;
  binding: Binding;
  reply: Shape | undefined;
}

/** Writes the AsyncAPI document (YAML) that the facts support, and nothing they do not. */
export function toAsyncApi(read: EventFacts, options: GenerateOptions = {}): Generated {
  const facts = withoutCopies(read);
  const protocols = [...new Set(facts.events.flatMap(({ protocol }) => protocol ?? []))].sort();
  const notes: Note[] = [...facts.notes];
  const channels = channelsOf(facts);
  const servers = serversOf(facts, notes);
  const components = new Components();
  const channelObjects: Json = {};
  const operations: Json = {};
  for (const channel of channels) {
    const keys = new Map<string, string>();
    for (const [name, message] of channel.messages)
      keys.set(name, components.message(name, messageObject(message, channel.first)));
    channelObjects[channel.id] = channelObject(channel, keys, servers);
    for (const [action, operation] of channel.operations) {
      const id = `${action}${capital(channel.id)}`;
      operations[id] = operationObject(action, channel, operation, keys);
      if (!operation.reply) continue;
      const name = `${capital(channel.id)}Reply`;
      const key = components.message(
        name,
        messageObject({ payload: operation.reply, contentType: 'application/json' }, channel.first),
      );
      channelObjects[`${channel.id}Reply`] = {
        // Where the answer goes is said by each request.
        address: null,
        ...serversObject(channel.first.protocol, servers),
        messages: { [name]: { $ref: `#/components/messages/${key}` } },
      };
    }
  }
  const shapes = facts.events.flatMap(({ message }) => [message.payload, message.headers, message.key, message.reply]);
  const schemas = schemasIn(shapes, facts.types);
  const security = [...new Set(servers.flatMap((server) => server.security ?? []))].sort();
  const written = {
    ...(schemas.length > 0 && { schemas: Object.fromEntries(schemas) }),
    ...(components.messages.size > 0 && {
      messages: Object.fromEntries([...components.messages].sort(([a], [b]) => (a < b ? -1 : 1))),
    }),
    ...(security.length > 0 && { securitySchemes: Object.fromEntries(security.map((name) => [name, securityScheme(name)])) }),
  };
  const text = printYaml({
    asyncapi: '3.0.0',
    info: { ...infoObject(options), ...(protocols.length > 0 && { tags: protocols.map((name) => ({ name })) }) },
    ...(facts.events.some(({ message }) => message.contentType === 'application/json') && {
      defaultContentType: 'application/json',
    }),
    ...(servers.length > 0 && { servers: Object.fromEntries(servers.map(({ id, object }) => [id, object])) }),
    channels: channelObjects,
    operations,
    ...(Object.keys(written).length > 0 && { components: written }),
  });
  return { text, operations: Object.keys(operations).length, notes: gathered(notes) };
}

/** Messages that are the same under one name; others get a number. */
class Components {
  readonly messages = new Map<string, Json>();

  message(name: string, object: Json): string {
    const text = JSON.stringify(object);
    for (let count = 1; ; count++) {
      const key = count === 1 ? name : `${name}${count}`;
      const known = this.messages.get(key);
      if (known && JSON.stringify(known) !== text) continue;
      this.messages.set(key, object);
      return key;
    }
  }
}

/** Types that several parts of a program declare alike are one: the sender's and the receiver's. */
function withoutCopies(facts: EventFacts): EventFacts {
  const names = new Map<string, string>();
  for (const [name, shape] of facts.types) {
    const base = name.replace(/\d+$/, '');
    const first = facts.types.get(base);
    if (base !== name && first && JSON.stringify(first) === JSON.stringify(shape)) names.set(name, base);
  }
  if (names.size === 0) return facts;
  const rename = <T>(value: T): T =>
    JSON.parse(JSON.stringify(value), (key, item) =>
      key === 'ref' && typeof item === 'string' ? (names.get(item) ?? item) : item,
    );
  const types = [...facts.types].filter(([name]) => !names.has(name)).map(([name, shape]) => [name, rename(shape)] as const);
  return { ...facts, events: facts.events.map(rename), types: new Map(types) };
}

// Channels

function channelsOf({ events, types }: EventFacts): Channel[] {
  const channels = new Map<string, Channel>();
  const ids = new Set<string>();
  const place = (event: EventFact): Channel => {
    const exchange = (event.channel?.exchange as { name?: string } | undefined)?.name ?? '';
    const key = [event.protocol, event.address?.text ?? `?${event.title}`, event.channel?.is, exchange].join('\n');
    let channel = channels.get(key);
    if (!channel) {
      const name = camel(event.address?.text ?? event.title ?? 'channel');
      const id = unused(ids.has(name) ? name + capital(camel(event.protocol ?? '')) : name, ids);
      channel = { id, first: event, binding: {}, messages: new Map(), operations: new Map() };
      channels.set(key, channel);
    }
    channel.binding = { ...event.channel, ...channel.binding };
    return channel;
  };
  // In the order of the code, and messages that have a name or a type before those that may be the same.
  for (const event of events) place(event);
  const isSure = ({ message }: EventFact) => message.name !== undefined || message.payload?.ref !== undefined;
  for (const event of [...events.filter(isSure), ...events.filter((one) => !isSure(one))]) {
    const channel = place(event);
    const [only, ...more] = channel.messages.keys();
    const isSame = !isSure(event) && only !== undefined && more.length === 0;
    const name = isSame ? only : (sameIn(channel, event.message, types) ?? messageName(event, channel.id));
    channel.messages.set(name, mergeMessages(channel.messages.get(name), event.message));
    const operation = channel.operations.get(event.action) ?? { messages: new Set(), binding: {}, reply: undefined };
    operation.messages.add(name);
    operation.binding = { ...event.operation, ...operation.binding };
    operation.reply = mergeShapes(operation.reply, event.message.reply);
    channel.operations.set(event.action, operation);
  }
  return [...channels.values()];
}

/** The message of a channel that one side gives a name, the other only the same content. */
function sameIn({ messages }: Channel, message: MessageFact, types: EventFacts['types']): string | undefined {
  const contentOf = ({ payload }: MessageFact) => {
    const whole = payload?.ref ? types.get(payload.ref) : payload;
    const { description: _, ...rest } = whole ?? {};
    return isUnknown(rest) ? undefined : JSON.stringify(rest);
  };
  const content = contentOf(message);
  if (content === undefined) return undefined;
  for (const [name, known] of messages) {
    const isNamed = known.name !== undefined && message.name !== undefined;
    if (!isNamed && contentOf(known) === content) return name;
  }
  return undefined;
}

function messageName({ message }: EventFact, channel: string): string {
  const text = message.name ?? message.payload?.ref;
  return capital(text === undefined ? channel : camel(text));
}

function mergeMessages(known: MessageFact | undefined, message: MessageFact): MessageFact {
  if (!known) return message;
  const [payload, headers, key] = (['payload', 'headers', 'key'] as const).map((part) => mergeShapes(known[part], message[part]));
  return {
    ...message,
    ...known,
    ...(payload && { payload }),
    ...(headers && { headers }),
    ...(key && { key }),
    ...((known.contentType ?? message.contentType) && { contentType: known.contentType ?? message.contentType }),
  };
}

function channelObject(
  { id, first, binding, messages }: Channel,
  keys: ReadonlyMap<string, string>,
  servers: readonly Server[],
): Json {
  const { address, title, protocol } = first;
  const parameters = address?.parameters.map(({ name, description, otherwise }) => [
    name,
    { description, ...(otherwise !== undefined && { default: otherwise }) },
  ]);
  const bindings = protocol && bindingNames[protocol] && Object.keys(binding).length > 0;
  return {
    // What is no address that could be written is unknown to the specification.
    address: address?.text ?? null,
    ...(title && title !== id && { title }),
    ...(parameters && parameters.length > 0 && { parameters: Object.fromEntries(parameters) }),
    ...serversObject(protocol, servers),
    messages: Object.fromEntries([...messages.keys()].map((name) => [name, { $ref: `#/components/messages/${keys.get(name)}` }])),
    ...(bindings && { bindings: { [bindingNames[protocol] as string]: binding } }),
  };
}

function serversObject(protocol: Protocol | undefined, servers: readonly Server[]): Json {
  const own = servers.filter((server) => server.protocol === protocol);
  if (own.length === 0 || own.length === servers.length) return {};
  return { servers: own.map(({ id }) => ({ $ref: `#/servers/${id}` })) };
}

const bindingNames: Partial<Record<Protocol, string>> = { kafka: 'kafka', amqp: 'amqp', sqs: 'sqs', sns: 'sns', nats: 'nats' };

function operationObject(
  action: EventFact['action'],
  { id, first, messages }: Channel,
  operation: Operation,
  keys: ReadonlyMap<string, string>,
): Json {
  const name = first.protocol && bindingNames[first.protocol];
  const isAll = operation.messages.size === messages.size && keys.size === messages.size;
  return {
    action,
    description: describe(action, first),
    channel: { $ref: `#/channels/${id}` },
    ...(!isAll && { messages: [...operation.messages].map((one) => ({ $ref: `#/channels/${id}/messages/${one}` })) }),
    ...(name && Object.keys(operation.binding).length > 0 && { bindings: { [name]: operation.binding } }),
    ...(operation.reply && { reply: { channel: { $ref: `#/channels/${id}Reply` } } }),
  };
}

/** "Sends to the topic `orders.created`." */
function describe(action: EventFact['action'], { noun, address, title }: EventFact): string {
  const verb = action === 'send' ? 'Sends' : 'Receives';
  const way = noun === 'event' ? 'the event' : `${action === 'send' ? 'to' : 'from'} the ${noun}`;
  return address ? `${verb} ${way} \`${address.text}\`.` : `${verb} \`${title}\`.`;
}

function messageObject({ name, payload, headers, contentType, key }: MessageFact, { protocol }: EventFact): Json {
  return {
    ...(name && { name }),
    ...(contentType && { contentType }),
    ...(headers && { headers: schemaOf(headers) }),
    ...(payload && { payload: schemaOf(payload) }),
    ...(key && protocol === 'kafka' && { bindings: { kafka: { key: schemaOf(key) } } }),
  };
}

// Servers

interface Server {
  readonly id: string;
  readonly protocol: Protocol;
  /** The scheme that the server asks for, by its name. */
  readonly security: string | undefined;
  readonly object: Json;
}

/** The servers of the protocols that messages use: those the code connects to, else one whose host is open. */
function serversOf({ events, brokers }: EventFacts, notes: Note[]): Server[] {
  const servers: Server[] = [];
  const ids = new Set<string>();
  for (const protocol of new Set(events.flatMap((event) => event.protocol ?? []))) {
    const first = events.find((event) => event.protocol === protocol) as EventFact;
    const own = brokers.filter((broker) => broker.protocol === protocol);
    const known = distinctHosts(own.filter(({ host }) => host));
    for (const broker of known.length > 0 ? known : [own[0] ?? fallbackBroker(protocol, first)]) {
      const host = broker.host ?? openHost(protocol, first, notes);
      servers.push({
        id: unused(camel(protocol), ids),
        protocol,
        security: securityOf(broker),
        object: serverObject(broker, host),
      });
    }
  }
  return servers;
}

function distinctHosts(brokers: readonly BrokerFact[]): BrokerFact[] {
  return [...new Map(brokers.map((broker) => [broker.host?.text, broker])).values()];
}

const isAws = (protocol: Protocol) => protocol === 'sqs' || protocol === 'sns';

function fallbackBroker(protocol: Protocol, { evidence }: EventFact): BrokerFact {
  return { protocol, isSecure: isAws(protocol), evidence };
}

/** A host to be filled in, said to be open where it is not known from elsewhere. */
function openHost(protocol: Protocol, { evidence }: EventFact, notes: Note[]): AddressFact {
  if (protocol === 'in-process') return { text: 'localhost', parameters: [] };
  if (isAws(protocol)) {
    const region = { name: 'region', description: 'The AWS region.' };
    return { text: `${protocol}.{region}.amazonaws.com`, parameters: [region] };
  }
  const { uri, start, end } = evidence;
  notes.push({ uri, start, end, message: `Where the ${protocol} broker is cannot be seen, so its host is left open.` });
  const name = `${protocol}Host`;
  return { text: `{${name}}`, parameters: [{ name, description: 'Host and port of the broker; the code does not show them.' }] };
}

const secureNames: Partial<Record<Protocol, string>> = { kafka: 'kafka-secure', amqp: 'amqps', mqtt: 'mqtts', redis: 'rediss' };

function serverObject(broker: BrokerFact, host: AddressFact): Json {
  const { protocol, isSecure } = broker;
  const variables = host.parameters.map(({ name, description, otherwise }) => [
    name,
    { description, ...(otherwise !== undefined && { default: otherwise }) },
  ]);
  const security = securityOf(broker);
  return {
    host: host.text,
    protocol: (isSecure && secureNames[protocol]) || protocol,
    ...(protocol === 'in-process' && { description: 'Events within the program.' }),
    ...(variables.length > 0 && { variables: Object.fromEntries(variables) }),
    ...(security && { security: [{ $ref: `#/components/securitySchemes/${security}` }] }),
  };
}

function securityOf({ protocol, security }: BrokerFact): string | undefined {
  return isAws(protocol) ? 'sigV4' : security;
}

function securityScheme(name: string): Json {
  if (name !== 'sigV4') return { type: name };
  return { type: 'httpApiKey', in: 'header', name: 'Authorization', description: 'AWS Signature Version 4.' };
}

// Names

/** `orders.order-created` is `ordersOrderCreated`. */
function camel(text: string): string {
  const words = text.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  const joined = words.map((word, index) => (index === 0 ? plain(word) : capital(plain(word)))).join('');
  const name = joined === '' ? 'channel' : joined;
  return /^\d/.test(name) ? `channel${name}` : name.charAt(0).toLowerCase() + name.slice(1);
}

/** A word in capitals is written small: `ORDER_CREATED` is `orderCreated`. */
function plain(word: string): string {
  return /^[A-Z0-9]+$/.test(word) ? word.toLowerCase() : word;
}
