/** Documents and parts of documents that a person starts from, by a few answers. What they make passes `lintel:strict`. */
import { printYaml } from '../tree/print.ts';
import { capital } from './names.ts';

type Json = Record<string, unknown>;

/** What is to be made. Names are as people say them: `order items`, `order.paid`. */
export type Scaffold =
  | { readonly kind: 'openapi'; readonly title: string; readonly version?: '3.1' | '3.2'; readonly resource?: string }
  | { readonly kind: 'asyncapi'; readonly title: string; readonly event?: string }
  /** Five operations on a collection and its items. */
  | { readonly kind: 'resource'; readonly name: string }
  | { readonly kind: 'webhook'; readonly event: string }
  | { readonly kind: 'event'; readonly event: string; readonly action?: 'send' | 'receive' };

/** A whole document (YAML) that holds what was asked for; a part of one is merged into a document that is there. */
export function scaffold(wanted: Scaffold): string {
  switch (wanted.kind) {
    case 'openapi':
      return printYaml(openApi(wanted.title, wanted.version ?? '3.1', [resource(wanted.resource ?? 'things')]));
    case 'resource':
      return printYaml(openApi('New API', '3.1', [resource(wanted.name)]));
    case 'webhook':
      return printYaml(openApi('New API', '3.1', [webhook(wanted.event)]));
    case 'asyncapi':
      return printYaml(asyncApi(wanted.title, wanted.event ?? 'thing created', 'send'));
    case 'event':
      return printYaml(asyncApi('New events', wanted.event, wanted.action ?? 'send'));
  }
}

// Names

const wordsOf = (text: string) =>
  text
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== '');
const pascal = (words: readonly string[]) => words.map(capital).join('');
const camel = (words: readonly string[]) => words.map((word, index) => (index === 0 ? word : capital(word))).join('');

/** `order items` is one `order item`; `status` and `news` stay. */
function singular(word: string): string {
  if (/(?:ss|us|is|news)$/.test(word) || word.length < 4) return word;
  return word
    .replace(/ies$/, 'y')
    .replace(/(x|ch|sh|ss)es$/, '$1')
    .replace(/s$/, '');
}

function plural(word: string): string {
  if (singular(word) !== word) return word;
  if (/[^aeiou]y$/.test(word)) return word.replace(/y$/, 'ies');
  return /(?:s|x|ch|sh)$/.test(word) ? `${word}es` : `${word}s`;
}

interface Names {
  /** `order-items` */
  readonly path: string;
  /** `order item`, and `order items` */
  readonly one: string;
  readonly many: string;
  /** `OrderItem`, `OrderItems` */
  readonly type: string;
  readonly types: string;
  /** `orderItemId` */
  readonly id: string;
}

function namesOf(text: string): Names {
  const words = wordsOf(text);
  const given = words.length > 0 ? words : ['things'];
  const head = given.slice(0, -1);
  const last = given.at(-1) as string;
  const [one, many] = [
    [...head, singular(last)],
    [...head, plural(last)],
  ];
  return {
    path: many.join('-'),
    one: one.join(' '),
    many: many.join(' '),
    type: pascal(one),
    types: pascal(many),
    id: `${camel(one)}Id`,
  };
}

// OpenAPI

interface Part {
  readonly tag: { readonly name: string; readonly description: string };
  readonly paths?: Json;
  readonly webhooks?: Json;
  readonly components: Readonly<Record<string, Json>>;
}

const contact = { name: 'The team that answers', url: 'https://example.com/support', email: 'support@example.com' };
const license = { name: 'Apache 2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' };

function openApi(title: string, version: '3.1' | '3.2', parts: readonly Part[]): Json {
  const components: Record<string, Json> = {
    securitySchemes: {
      bearer: {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description: 'A JWT of the identity provider, signed with RS256 or ES256; iss, aud and exp are checked.',
      },
    },
  };
  for (const part of parts) {
    for (const [kind, group] of Object.entries(part.components)) components[kind] = { ...components[kind], ...group };
  }
  const webhooks = Object.assign({}, ...parts.map((part) => part.webhooks)) as Json;
  return {
    openapi: version === '3.1' ? '3.1.1' : '3.2.0',
    info: {
      title,
      version: '0.1.0',
      description: 'What this API is for, in a sentence or two.',
      contact,
      license,
    },
    servers: [{ url: 'https://api.example.com/v1', description: 'Production.' }],
    security: [{ bearer: [] }],
    tags: parts.map(({ tag }) => tag),
    paths: Object.assign({}, ...parts.map(({ paths }) => paths)) as Json,
    ...(Object.keys(webhooks).length > 0 && { webhooks }),
    components,
  };
}

const ref = (kind: string, name: string) => ({ $ref: `#/components/${kind}/${name}` });
const schema = (name: string) => ref('schemas', name);
const jsonOf = (name: string) => ({ 'application/json': { schema: schema(name) } });

function resource(name: string): Part {
  const { path, one, many, type, types, id } = namesOf(name);
  const errors = (...statuses: string[]) =>
    Object.fromEntries(statuses.map((status) => [status, ref('responses', problems[status] as string)]));
  const tags = [path];
  const item = { name: id, in: 'path', required: true, description: `Which ${one}.`, schema: { type: 'string', format: 'uuid' } };
  const always = ['401', '403', '429', '500'];
  return {
    tag: { name: path, description: `What there is to do with ${many}.` },
    paths: {
      [`/${path}`]: {
        get: {
          operationId: `list${types}`,
          tags,
          summary: `Lists ${many}`,
          description: `The newest first, page by page; follow \`next\` until it is absent.`,
          parameters: [ref('parameters', 'Cursor'), ref('parameters', 'Limit')],
          responses: {
            200: { description: `A page of ${many}.`, headers: limitHeaders, content: jsonOf(`${type}Page`) },
            ...errors('400', ...always),
          },
        },
        post: {
          operationId: `create${type}`,
          tags,
          summary: `Creates one ${one}`,
          description: 'Sent again with the same key it answers the same and creates nothing.',
          parameters: [ref('parameters', 'IdempotencyKey')],
          requestBody: { required: true, description: `The new ${one}.`, content: jsonOf(`${type}Create`) },
          responses: {
            201: {
              description: `The ${one} was created.`,
              headers: { Location: ref('headers', 'Location'), ETag: ref('headers', 'ETag'), ...limitHeaders },
              content: jsonOf(type),
            },
            ...errors('400', '401', '403', '409', '422', '429', '500'),
          },
        },
      },
      [`/${path}/{${id}}`]: {
        parameters: [item],
        get: {
          operationId: `get${type}`,
          tags,
          summary: `Answers one ${one}`,
          description: `Its \`ETag\` is what a change has to come with.`,
          responses: {
            200: {
              description: `The ${one}.`,
              headers: { ETag: ref('headers', 'ETag'), ...limitHeaders },
              content: jsonOf(type),
            },
            ...errors('400', '401', '403', '404', '429', '500'),
          },
        },
        patch: {
          operationId: `update${type}`,
          tags,
          summary: `Changes one ${one}`,
          description: 'What is absent stays as it is. A change by somebody else in between is answered with 412.',
          parameters: [ref('parameters', 'IfMatch'), ref('parameters', 'IdempotencyKey')],
          requestBody: {
            required: true,
            description: 'What is to be different.',
            content: { 'application/merge-patch+json': { schema: schema(`${type}Patch`) } },
          },
          responses: {
            200: {
              description: `The ${one} as it is now.`,
              headers: { ETag: ref('headers', 'ETag'), ...limitHeaders },
              content: jsonOf(type),
            },
            ...errors('400', '401', '403', '404', '409', '412', '422', '429', '500'),
          },
        },
        delete: {
          operationId: `delete${type}`,
          tags,
          summary: `Deletes one ${one}`,
          description: 'Sent again, it answers 404.',
          parameters: [ref('parameters', 'IfMatch')],
          responses: {
            204: { description: `The ${one} is gone.`, headers: limitHeaders },
            ...errors('400', '401', '403', '404', '412', '429', '500'),
          },
        },
      },
    },
    components: {
      parameters: {
        Cursor: {
          name: 'cursor',
          in: 'query',
          description: 'Where the page begins: `next` of the page before.',
          schema: { type: 'string', maxLength: 512 },
        },
        Limit: {
          name: 'limit',
          in: 'query',
          description: 'How many there are on a page.',
          schema: { type: 'integer', format: 'int32', minimum: 1, maximum: 100, default: 20 },
        },
        IdempotencyKey: {
          name: 'Idempotency-Key',
          in: 'header',
          required: true,
          description: 'Made once for one wish, and sent with every attempt at it.',
          schema: { type: 'string', minLength: 16, maxLength: 64 },
        },
        IfMatch: {
          name: 'If-Match',
          in: 'header',
          required: true,
          description: 'The `ETag` of what the change was made from.',
          schema: { type: 'string', maxLength: 128 },
        },
      },
      headers: sharedHeaders,
      responses: sharedResponses,
      schemas: {
        [type]: {
          type: 'object',
          description: `One ${one}.`,
          required: ['id', 'name', 'createdAt', 'updatedAt'],
          properties: {
            id: { type: 'string', format: 'uuid', description: 'Never changes.' },
            name: { type: 'string', maxLength: 200, description: 'What people call it.' },
            createdAt: { type: 'string', format: 'date-time', description: 'When it was created.' },
            updatedAt: { type: 'string', format: 'date-time', description: 'When it was last changed.' },
          },
        },
        [`${type}Create`]: {
          type: 'object',
          description: `What a new ${one} is made of.`,
          required: ['name'],
          properties: { name: { type: 'string', minLength: 1, maxLength: 200, description: 'What people call it.' } },
        },
        [`${type}Patch`]: {
          type: 'object',
          description: `What is to be different about one ${one}; what is absent stays.`,
          properties: { name: { type: 'string', minLength: 1, maxLength: 200, description: 'What people call it.' } },
        },
        [`${type}Page`]: {
          type: 'object',
          description: `A page of ${many}.`,
          required: ['items'],
          properties: {
            items: { type: 'array', maxItems: 100, description: 'The newest first.', items: schema(type) },
            next: { type: 'string', maxLength: 512, description: 'The cursor of the next page; absent on the last.' },
          },
        },
        Problem: problem,
      },
    },
  };
}

const limitHeaders = { RateLimit: ref('headers', 'RateLimit'), 'RateLimit-Policy': ref('headers', 'RateLimitPolicy') };

const sharedHeaders: Json = {
  Location: { description: 'Where the new resource is.', schema: { type: 'string', format: 'uri-reference' } },
  ETag: { description: 'The version of what is answered.', schema: { type: 'string' } },
  RetryAfter: {
    description: 'Seconds to wait before the next attempt.',
    schema: { type: 'integer', format: 'int32', minimum: 0 },
  },
  RateLimit: {
    description: 'What is left of the quota, and when it is renewed (an Internet-Draft of the IETF).',
    schema: { type: 'string' },
  },
  RateLimitPolicy: {
    description: 'The quota and its window (an Internet-Draft of the IETF).',
    schema: { type: 'string' },
  },
};

const problems: Readonly<Record<string, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  412: 'PreconditionFailed',
  422: 'UnprocessableContent',
  429: 'TooManyRequests',
  500: 'InternalServerError',
};

const sentences: Readonly<Record<string, string>> = {
  400: 'The request is malformed; `errors` says where.',
  401: 'The request does not say who sends it, or not in a valid way.',
  403: 'The sender may not do this.',
  404: 'There is no such thing, or the sender may not know of it.',
  409: 'The request contradicts what is there, or its key is in use.',
  412: 'Somebody else has changed it in between; read it again.',
  422: 'The request is well-formed and cannot be; `errors` says why.',
  429: 'Too many requests; wait as long as `Retry-After` says.',
  500: 'Something is broken here; try again later.',
};

const sharedResponses: Json = Object.fromEntries(
  Object.entries(problems).map(([status, name]) => [
    name,
    {
      description: sentences[status],
      headers: {
        ...limitHeaders,
        ...(status === '429' && { 'Retry-After': ref('headers', 'RetryAfter') }),
      },
      content: { 'application/problem+json': { schema: schema('Problem') } },
    },
  ]),
);

const problem: Json = {
  type: 'object',
  description: 'What went wrong, as RFC 9457 has it.',
  required: ['type', 'title', 'status'],
  properties: {
    type: { type: 'string', format: 'uri-reference', description: 'Which kind of problem: a URL that explains it.' },
    title: { type: 'string', description: 'The kind in a few words.' },
    status: { type: 'integer', format: 'int32', minimum: 100, maximum: 599, description: 'The status of the answer.' },
    detail: { type: 'string', description: 'This occurrence, for a person.' },
    instance: { type: 'string', format: 'uri-reference', description: 'This occurrence, for those who look into it.' },
    errors: {
      type: 'array',
      maxItems: 100,
      description: 'Each part of the request that is wrong.',
      items: {
        type: 'object',
        required: ['pointer', 'detail'],
        properties: {
          pointer: { type: 'string', description: 'Where in the body: a JSON Pointer.' },
          detail: { type: 'string', description: 'What is wrong there.' },
        },
      },
    },
  },
};

function webhook(event: string): Part {
  const words = wordsOf(event);
  const name = words.length > 0 ? words : ['thing', 'created'];
  const type = `${pascal(name)}Event`;
  const header = (title: string, description: string) => ({
    name: title,
    in: 'header',
    required: true,
    description,
    schema: { type: 'string' },
  });
  return {
    tag: { name: 'webhooks', description: 'What subscribers are told.' },
    webhooks: {
      [name.join('.')]: {
        post: {
          operationId: `on${pascal(name)}`,
          tags: ['webhooks'],
          summary: `Says that: ${name.join(' ')}`,
          description:
            'Signed as Standard Webhooks has it. Sent again with growing pauses until it is answered with a 2xx status within 15 seconds; a receiver drops an id it has seen.',
          security: [],
          parameters: [
            header('webhook-id', 'Unique to the event; the same for every attempt.'),
            header('webhook-timestamp', 'When this attempt was made, in seconds since 1970; older than five minutes is refused.'),
            header('webhook-signature', 'HMAC SHA-256 of id, timestamp and body: `v1,` and its base64.'),
          ],
          requestBody: { required: true, description: 'The event.', content: jsonOf(type) },
          responses: {
            204: { description: 'The event is taken; it is worked on later.' },
            400: ref('responses', 'BadRequest'),
            401: ref('responses', 'Unauthorized'),
            429: ref('responses', 'TooManyRequests'),
            500: ref('responses', 'InternalServerError'),
          },
        },
      },
    },
    components: {
      headers: Object.fromEntries(Object.entries(sharedHeaders).filter(([key]) => /^R/.test(key))),
      responses: Object.fromEntries(
        Object.entries(sharedResponses).filter(([key]) => /^(?:BadRequest|Unauthorized|TooMany|Internal)/.test(key)),
      ),
      schemas: {
        [type]: {
          type: 'object',
          description: `That: ${name.join(' ')}.`,
          required: ['id', 'type', 'timestamp', 'data'],
          properties: {
            id: { type: 'string', format: 'uuid', description: 'Unique to the event.' },
            type: { type: 'string', const: name.join('.'), description: 'What has happened.' },
            timestamp: { type: 'string', format: 'date-time', description: 'When it happened.' },
            data: {
              type: 'object',
              description: 'What it happened to.',
              required: ['id'],
              properties: { id: { type: 'string', format: 'uuid', description: 'Of what it happened to.' } },
            },
          },
        },
        Problem: problem,
      },
    },
  };
}

// AsyncAPI

function asyncApi(title: string, event: string, action: 'send' | 'receive'): Json {
  const words = wordsOf(event);
  const name = words.length > 0 ? words : ['thing', 'created'];
  const subject = name.length > 1 ? name.slice(0, -1) : name;
  const verb = name.length > 1 ? (name.at(-1) as string) : 'created';
  const type = pascal([...subject, verb]);
  const key = camel([...subject, verb]);
  const address = [...subject.slice(0, -1), plural(subject.at(-1) as string), verb].join('.');
  const id = `${camel(subject)}Id`;
  const sentence = `A ${subject.join(' ')} was ${verb}`;
  const deadLetter = `${key}DeadLetter`;
  const isReceived = action === 'receive';
  return {
    asyncapi: '3.1.0',
    info: {
      title,
      version: '0.1.0',
      description: 'Which events these are, in a sentence or two.',
      contact,
      license,
      tags: [{ name: 'events', description: 'What has happened.' }],
    },
    defaultContentType: 'application/json',
    servers: {
      production: {
        host: 'broker.example.com:9093',
        protocol: 'kafka-secure',
        description: 'The production cluster.',
        security: [ref('securitySchemes', 'scram')],
      },
    },
    channels: {
      [key]: {
        address: `${address}.v1`,
        description: `${sentence}; the events of one ${subject.join(' ')} in order.`,
        messages: { [key]: ref('messages', type) },
        bindings: { kafka: { partitions: 12, replicas: 3 } },
      },
      ...(isReceived && {
        [deadLetter]: {
          address: `${address}.v1.dead-letter`,
          description: 'What could not be handled after five attempts, for a person to look at.',
          messages: { [key]: ref('messages', type) },
          bindings: { kafka: { partitions: 3, replicas: 3 } },
        },
      }),
    },
    operations: {
      [`${action}${type}`]: {
        action,
        summary: isReceived ? `Hears that: ${sentence.toLowerCase()}` : `Says that: ${sentence.toLowerCase()}`,
        description: isReceived
          ? 'An event that was seen is dropped by its id; one that cannot be handled goes to the dead-letter topic.'
          : 'Sent once for each, after it was stored; consumers drop an id they have seen.',
        channel: { $ref: `#/channels/${key}` },
        ...(isReceived && { bindings: { kafka: { groupId: { type: 'string', enum: [`${subject.join('-')}-consumer`] } } } }),
      },
      ...(isReceived && {
        [`send${capital(deadLetter)}`]: {
          action: 'send',
          summary: 'Puts away what cannot be handled',
          description: 'After five attempts with growing pauses.',
          channel: { $ref: `#/channels/${deadLetter}` },
        },
      }),
    },
    components: {
      securitySchemes: { scram: { type: 'scramSha512', description: 'A user for each application.' } },
      messages: {
        [type]: {
          name: type,
          title: sentence,
          summary: `${sentence}.`,
          contentType: 'application/json',
          correlationId: { location: '$message.header#/correlationId', description: 'The same for all that one request caused.' },
          headers: {
            type: 'object',
            required: ['ce_id', 'ce_source', 'ce_specversion', 'ce_type', 'ce_time', 'correlationId'],
            properties: {
              ce_id: { type: 'string', description: 'Unique with ce_source; consumers drop an id they have seen.' },
              ce_source: { type: 'string', format: 'uri-reference', description: 'The application that says it.' },
              ce_specversion: { type: 'string', const: '1.0', description: 'Of CloudEvents.' },
              ce_type: {
                type: 'string',
                examples: [`com.example.${address}.v1`],
                description: 'What has happened, and the version of its payload.',
              },
              ce_time: { type: 'string', format: 'date-time', description: 'When it happened.' },
              ce_dataschema: { type: 'string', format: 'uri', description: "The version of the payload's schema." },
              correlationId: { type: 'string', description: 'The same for all that one request caused.' },
            },
          },
          payload: schema(type),
          bindings: { kafka: { key: { type: 'string', description: `The ${id}, so that the events of one stay in order.` } } },
        },
      },
      schemas: {
        [type]: {
          type: 'object',
          description: `${sentence}.`,
          required: [id],
          properties: { [id]: { type: 'string', format: 'uuid', description: `Which ${subject.join(' ')}.` } },
        },
      },
    },
  };
}
