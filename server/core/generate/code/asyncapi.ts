/** The operations of an AsyncAPI document to TypeScript: types, the interface of their handlers, and a publisher. */
import { isRecord } from '../../model/api.ts';
import { unused } from '../names.ts';
import { consumerRuntime, publisherRuntime } from './messaging-runtime.ts';
import { camel, type CodeFile, globals, importTypes, made, type NamedOperation, type OperationName } from './parts.ts';
import { comment, propertyName, SchemaTypes, typeName } from './schema-types.ts';

type Json = Record<string, unknown>;

interface Message {
  readonly name: string;
  readonly value: Json;
  readonly mediaType: string;
}

interface Operation {
  readonly id: string;
  /** From the application's view. */
  readonly action: 'send' | 'receive';
  /** Absent where it is known only at run time. */
  readonly address: string | undefined;
  /** The parameters of the address, by name. */
  readonly parameters: Json;
  readonly messages: readonly Message[];
  /** Absent where nothing is replied; empty where the description leaves open what. */
  readonly reply: readonly Message[] | undefined;
  readonly about: string;
}

/** The names by which `codeOfAsyncApi` knows the operations of a document. */
export function messageOperationNames(data: Json): NamedOperation[] {
  return operationsOf(data, new SchemaTypes(data, [])).map(({ id, action, address }) => ({
    name: id,
    title: address === undefined ? action : `${action} ${address}`,
  }));
}

/** Files for one operation, or for all; `base` is what their names begin with. Empty where there is no such operation. */
export function codeOfAsyncApi(data: Json, base: string, only?: OperationName): CodeFile[] {
  const operations = operationsOf(data, new SchemaTypes(data, [])).filter(({ id }) => only === undefined || id === only);
  if (operations.length === 0) return [];
  const own = operations.flatMap(({ id, reply }) => [`${typeName(id)}Message`, ...(reply ? [`${typeName(id)}Reply`] : [])]);
  const types = new SchemaTypes(data, [...own, ...reserved, ...globals]);
  const parts = operations.map((operation) => typesOf(operation, types));
  return [
    { name: `${base}.types.ts`, text: [types.declarations(), ...parts].filter((part) => part !== '').join('\n') },
    { name: `${base}.handlers.ts`, text: handlers(operations, own, base, types) },
    { name: `${base}.publisher.ts`, text: publisher(operations, own, base, types) },
  ];
}

/** Names that the made files declare themselves. */
const reserved = [
  ...['Handlers', 'Delivery', 'Received', 'Consumer', 'ConsumerOptions', 'PoisonMessageError'],
  ...['Publisher', 'PublisherOptions', 'Outgoing', 'Transport', 'Contents'],
];

// Operations

function operationsOf(data: Json, types: SchemaTypes): Operation[] {
  const isThird = typeof data.asyncapi === 'string' && data.asyncapi.startsWith('3');
  return isThird ? operationsOfThird(data, types) : operationsOfSecond(data, types);
}

function operationsOfThird(data: Json, types: SchemaTypes): Operation[] {
  const taken = new Set<string>();
  return recordsOf(data.operations, types).flatMap(([key, value]): Operation[] => {
    const channel = types.resolve(value.channel);
    const { action } = value;
    if (!isRecord(channel) || (action !== 'send' && action !== 'receive')) return [];
    const reply = types.resolve(value.reply);
    const replyChannel = isRecord(reply) ? types.resolve(reply.channel) : undefined;
    const address = typeof channel.address === 'string' ? channel.address : undefined;
    return [
      {
        id: unused(camel(key), taken),
        action,
        address,
        parameters: isRecord(channel.parameters) ? channel.parameters : {},
        messages: messagesOf(value.messages, channel, data, types),
        reply: isRecord(reply) ? messagesOf(reply.messages, isRecord(replyChannel) ? replyChannel : {}, data, types) : undefined,
        about: aboutOf(value, `\`${action}\` on \`${address ?? 'an address that is known only at run time'}\`.`),
      },
    ];
  });
}

/** The messages an operation names, or else all of its channel. */
function messagesOf(list: unknown, channel: Json, data: Json, types: SchemaTypes): Message[] {
  const all = isRecord(channel.messages) ? Object.entries(channel.messages) : [];
  const named = Array.isArray(list) ? list.map((one) => [lastPart(one), one] as const) : all;
  return named.flatMap(([key, one]) => {
    const value = types.resolve(one);
    return isRecord(value) ? [message(value, key, data, types)] : [];
  });
}

function lastPart(reference: unknown): string {
  const text = isRecord(reference) && typeof reference.$ref === 'string' ? reference.$ref : '';
  return decodeURIComponent(text.slice(text.lastIndexOf('/') + 1)) || 'message';
}

/** AsyncAPI 2: what clients `publish` the application receives, and what they `subscribe` to it sends. */
function operationsOfSecond(data: Json, types: SchemaTypes): Operation[] {
  const taken = new Set<string>();
  return recordsOf(data.channels, types).flatMap(([address, channel]) =>
    (['publish', 'subscribe'] as const).flatMap((verb): Operation[] => {
      const value = types.resolve(channel[verb]);
      if (!isRecord(value)) return [];
      const action = verb === 'publish' ? 'receive' : 'send';
      const id = typeof value.operationId === 'string' ? value.operationId : `${action} ${address}`;
      const written = types.resolve(value.message);
      const all = isRecord(written) && Array.isArray(written.oneOf) ? written.oneOf : [value.message];
      const messages = all.flatMap((one) => {
        const own = types.resolve(one);
        return isRecord(own) ? [message(own, isRecord(one) && one.$ref ? lastPart(one) : id, data, types)] : [];
      });
      const parameters = isRecord(channel.parameters) ? channel.parameters : {};
      const about = aboutOf(value, `\`${action}\` on \`${address}\`.`);
      return [{ id: unused(camel(id), taken), action, address, parameters, messages, reply: undefined, about }];
    }),
  );
}

function recordsOf(value: unknown, types: SchemaTypes): [string, Json][] {
  return Object.entries(isRecord(value) ? value : {}).flatMap(([key, one]): [string, Json][] => {
    const own = types.resolve(one);
    return isRecord(own) ? [[key, own]] : [];
  });
}

function aboutOf({ summary, description }: Json, line: string): string {
  return [line, summary, description].filter((text) => typeof text === 'string' && text !== '').join('\n\n');
}

function message(value: Json, key: string, data: Json, types: SchemaTypes): Message {
  const traits = Array.isArray(value.traits) ? value.traits.map((trait) => types.resolve(trait)).filter(isRecord) : [];
  const whole: Json = Object.assign({}, ...traits, value);
  const said = [whole.contentType, data.defaultContentType].find((one) => typeof one === 'string');
  const name = typeof whole.name === 'string' ? whole.name : key;
  return { name, value: whole, mediaType: (said as string | undefined) ?? 'application/json' };
}

const isJson = ({ mediaType }: Message) => /^[\w.*+/-]*(?:\/|\+)json\b/.test(mediaType);

// Types

/** The schema of a payload; nothing where it is not JSON Schema. */
function payloadSchema({ value }: Message): unknown {
  const payload = isRecord(value.payload) && 'schemaFormat' in value.payload ? value.payload : undefined;
  const format = payload?.schemaFormat ?? value.schemaFormat;
  const isKnown = format === undefined || /schema\+|asyncapi|openapi/.test(String(format));
  return isKnown ? (payload ? payload.schema : value.payload) : undefined;
}

function typesOf({ id, address, parameters, messages, reply }: Operation, types: SchemaTypes): string {
  const extra = parametersType(address, parameters, types);
  const all = contentsType(`${typeName(id)}Message`, messages, extra, types);
  return reply ? `${all}\n${contentsType(`${typeName(id)}Reply`, reply, '', types)}` : all;
}

function parametersType(address: string | undefined, parameters: Json, types: SchemaTypes): string {
  if (address === undefined) return '  /** Where it goes, or came from. */\n  address: string;\n';
  const fields = parametersIn(address).map((name) => {
    const parameter = types.resolve(parameters[name]);
    const value = isRecord(parameter) ? parameter : {};
    const type = types.of(value.schema ?? (Array.isArray(value.enum) ? { enum: value.enum } : { type: 'string' }), '    ');
    return `${comment(value.description, '    ')}    ${propertyName(name)}: ${type};\n`;
  });
  return fields.length === 0 ? '' : `  /** Of the address. */\n  parameters: {\n${fields.join('')}  };\n`;
}

const parametersIn = (address: string) => [...address.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] as string);

/** One message is an interface; several are told apart by their names. */
function contentsType(name: string, messages: readonly Message[], extra: string, types: SchemaTypes): string {
  if (messages.length === 0) return `export interface ${name} {\n${extra}  payload?: unknown;\n}\n`;
  const parts = messages.map((one) => {
    const { value } = one;
    const isNamed = messages.length > 1;
    const schema = isJson(one) ? payloadSchema(one) : { type: 'string' };
    const kafka = isRecord(value.bindings) && isRecord(value.bindings.kafka) ? value.bindings.kafka : {};
    return [
      isNamed ? `  name: ${JSON.stringify(one.name).replaceAll('"', "'")};\n` : '',
      extra,
      kafka.key === undefined ? '' : '  /** Messages with the same key stay in order. */\n  key?: string;\n',
      headersIn(one, types) ? `  headers?: ${optional(types.of(value.headers, '  '), idHeader(one))};\n` : '',
      `  payload: ${schema === undefined ? 'unknown' : types.of(schema, '  ')};\n`,
    ].join('');
  });
  const [only, ...others] = parts;
  const about = messages.length === 1 ? comment(messages[0]?.value.summary ?? messages[0]?.value.description) : '';
  if (others.length === 0) return `${about}export interface ${name} {\n${only}}\n`;
  return `export type ${name} =${parts.map((part) => `\n  | {\n${part.replaceAll(/^/gm, '    ').replace(/ +$/, '')}    }`).join('')};\n`;
}

/** The publisher gives a message its id where the caller gives none. */
function optional(type: string, header: string): string {
  return /^\{\n/.test(type)
    ? type.replace(new RegExp(`^( *)${propertyName(header)}: `, 'm'), `$1${propertyName(header)}?: `)
    : type;
}

/** What a header, which is text, is declared to be; `unknown` is what no text becomes by itself. */
const kindsOfHeaders: Readonly<Record<string, string>> = {
  string: 'String',
  integer: 'Number',
  number: 'Number',
  boolean: 'Boolean',
};

/** The declared headers of a message and their kinds; undefined where none are declared. */
function headersIn({ value }: Message, types: SchemaTypes): [name: string, kind: string][] | undefined {
  const headers = types.resolve(value.headers);
  const properties = isRecord(headers) && isRecord(headers.properties) ? headers.properties : undefined;
  return (
    properties &&
    Object.entries(properties).map(([name, written]) => {
      const property = types.resolve(written);
      return [name, (isRecord(property) && kindsOfHeaders[String(property.type)]) || 'unknown'];
    })
  );
}

/** The header that holds the id of a message: a declared one, or one of this code's own. */
function idHeader({ value }: Message): string {
  const properties = isRecord(value.headers) && isRecord(value.headers.properties) ? value.headers.properties : {};
  const declared = Object.keys(properties).find((name) =>
    /^(?:ce[_-]?)?id$|^(?:message|event|idempotency)[_-]?(?:id|key)$/i.test(name),
  );
  return declared ?? 'message-id';
}

/** The property whose constant tells the payloads of several messages apart. */
function discriminator(messages: readonly Message[], types: SchemaTypes): [property: string, values: string[]] | undefined {
  const constants = messages.map((one) => constantsOf(payloadSchema(one), types));
  const [first] = constants;
  for (const property of first?.keys() ?? []) {
    const values = constants.flatMap((one) => one.get(property) ?? []);
    if (values.length === messages.length && new Set(values).size === values.length) return [property, values];
  }
  return undefined;
}

function constantsOf(schema: unknown, types: SchemaTypes, depth = 0): Map<string, string> {
  const own = types.resolve(schema);
  const found = new Map<string, string>();
  if (!isRecord(own) || depth > 4) return found;
  for (const part of Array.isArray(own.allOf) ? own.allOf : []) {
    for (const [name, value] of constantsOf(part, types, depth + 1)) found.set(name, value);
  }
  for (const [name, written] of Object.entries(isRecord(own.properties) ? own.properties : {})) {
    const property = types.resolve(written);
    const [only, ...more] = isRecord(property) && Array.isArray(property.enum) ? property.enum : [];
    const value = isRecord(property) && 'const' in property ? property.const : more.length === 0 ? only : undefined;
    if (typeof value === 'string') found.set(name, value);
  }
  return found;
}

// Files

const quoted = (text: string) => `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;

function importsOf(text: string, own: readonly string[], base: string): string {
  const used = [...own].sort().filter((name) => new RegExp(`\\b${name}\\b`).test(text));
  return used.length > 0 ? importTypes(used, base) : '';
}

function handlers(operations: readonly Operation[], own: readonly string[], base: string, types: SchemaTypes): string {
  const result = ({ id, reply }: Operation) => (reply ? `${typeName(id)}Reply` : 'void');
  const methods = operations.map((operation) => {
    const { id, about } = operation;
    const parameters = `message: ${typeName(id)}Message, delivery: Delivery`;
    return `${comment(about, '  ')}  ${id}(${parameters}): Promise<${result(operation)}>;\n`;
  });
  const calls = operations.map((operation) => {
    const { id, messages, reply } = operation;
    const type = `${typeName(id)}Message`;
    const given = reply ? `Promise<${typeName(id)}Reply | undefined>` : 'Promise<void>';
    return `${comment(`Handles a message of \`${id}\`${reply ? '; what it gives back is the reply, nothing where the message came again' : ''}.`, '  ')}  async ${id}(received: Received): ${given} {
    ${reply ? 'return' : 'await'} consume(
      this.#options,
      received,
      ${quoted(messages[0] ? idHeader(messages[0]) : 'message-id')},
      () => ${reading(messages, operation.address, type, types, '      ')},
      (message, delivery) => this.#handlers.${id}(message, delivery),
    );
  }
`;
  });
  const body = `
/** One method for each operation: a class that implements them all takes whatever the channels bring. */
export interface Handlers {
${methods.join('\n')}}

${consumerRuntime(calls.join('\n'))}`;
  return `${made('What receives the messages.')}${importsOf(body, own, base)}${body}`;
}

/** The expression that makes the message of what came, at some indentation. */
function reading(
  messages: readonly Message[],
  address: string | undefined,
  type: string,
  types: SchemaTypes,
  indent: string,
): string {
  const [first] = messages;
  const fields: string[] = [];
  if (messages.length > 1) {
    const told = discriminator(messages, types);
    const names = messages.map(({ name }, index) => `${quoted(told?.[1][index] ?? name)}: ${quoted(name)}`);
    fields.push(`name: nameOf(received, ${told ? quoted(told[0]) : 'undefined'}, { ${names.join(', ')} })`);
  }
  if (address === undefined) fields.push('address: received.address');
  else if (parametersIn(address).length > 0) fields.push(`parameters: parametersOf(${quoted(address)}, received)`);
  const headers = messages.flatMap((one) => headersIn(one, types) ?? []);
  if (headers.length > 0) {
    const kinds = headers.flatMap(([name, kind]) =>
      kind === 'Number' || kind === 'Boolean' ? [`${quoted(name)}: ${kind}`] : [],
    );
    const isText = headers.every(([, kind]) => kind === 'String');
    fields.push(
      isText ? 'headers: received.headers as unknown' : `headers: headersOf(received, { ${[...new Set(kinds)].join(', ')} })`,
    );
  }
  fields.push(`payload: ${!first || isJson(first) ? 'json(received)' : 'received.body'}`);
  return `({\n${fields.map((field) => `${indent}  ${field},\n`).join('')}${indent}}) as ${type}`;
}

function publisher(operations: readonly Operation[], own: readonly string[], base: string, types: SchemaTypes): string {
  const methods = operations.map((operation) => {
    const { id, address, messages, reply, about } = operation;
    const where =
      address === undefined
        ? 'message.address'
        : parametersIn(address).length === 0
          ? quoted(address)
          : `\`${address.replaceAll(/[`\\]/g, '\\$&').replaceAll(/\{([^}]+)\}/g, (_, name: string) => `\${message.parameters${access(name)}}`)}\``;
    const [first] = messages;
    const named = messages.length > 1 && !discriminator(messages, types) ? ', message.name' : '';
    const out = `outgoing(${where}, message, ${quoted(first ? idHeader(first) : 'message-id')}, ${quoted(first?.mediaType ?? 'application/json')}${named})`;
    const text = comment(`Publishes for \`${id}\`: ${about.charAt(0) === '`' ? about : about.toLowerCase()}`, '  ');
    const head = `${text}  async ${id}(message: ${typeName(id)}Message, signal?: AbortSignal)`;
    if (!reply) {
      return `${head}: Promise<void> {
    const sent = ${out};
    await publish(this.#options, (deadline) => this.#transport.send(sent, deadline), signal);
  }
`;
    }
    return `${head}: Promise<${typeName(id)}Reply> {
    const sent = ${out};
    const received = await publish(this.#options, (deadline) => this.#transport.request(sent, deadline), signal);
    return ${reading(reply, '', `${typeName(id)}Reply`, types, '    ')};
  }
`;
  });
  const text = methods.join('\n');
  const body = `\n${publisherRuntime(text)}`;
  return `${made('Publishes the messages.')}${importsOf(body, own, base)}${body}`;
}

function access(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${quoted(name)}]`;
}
