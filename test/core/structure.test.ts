/** Structural findings: each small document marks with «» what must be found, in order, with the message. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { rules } from '../../rulesets/index.ts';
import { defaultConfig } from '../../server/core/config.ts';
import { applyEdits, createLintel } from '../../server/core/create.ts';
import { parseApiDocument, rangeAt } from '../../server/core/document.ts';
import { memoryHost } from '../../server/core/host.ts';
import { Api } from '../../server/core/model/api.ts';
import { type ApiRule, matchesFormat, problemsIn } from '../../server/core/rule.ts';
import { inspect } from '../../server/core/structure/inspect.ts';
import { nearest } from '../../server/core/structure/nearest.ts';
import { documentShape } from '../../server/core/structure/specification.ts';

const structural = rules.filter((rule): rule is ApiRule => rule.on === 'api' && rule.replaces !== undefined);
const folder = 'file:///project/';

interface Found {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** What the rules on structure say of the first file; the others can be referred to. */
function check(files: Readonly<Record<string, string>>): Found[] {
  const load = (uri: string) => {
    const text = files[uri.slice(folder.length)];
    return text === undefined ? undefined : parseApiDocument(uri, text);
  };
  const [main = ''] = Object.keys(files);
  const doc = load(folder + main);
  assert.ok(doc?.format);
  assert.deepEqual(doc.tree.errors, []);
  const api = new Api(doc, doc.format, load);
  return structural
    .filter((rule) => matchesFormat(rule.formats, api.format))
    .flatMap((rule) =>
      problemsIn(rule.check(api, {})).map(({ at, target, message }) => ({
        file: at.doc.uri.slice(folder.length),
        ...rangeAt(at.doc, at.path, target ?? 'key'),
        text: `${rule.id}: ${message}`,
      })),
    )
    .sort((a, b) => a.start - b.start || (a.text < b.text ? -1 : 1));
}

/** Takes the marks out of a document. */
function marked(text: string): { text: string; spans: { start: number; end: number }[] } {
  const spans: { start: number; end: number }[] = [];
  let plain = '';
  for (const part of text.split(/(«|»)/)) {
    if (part === '«') spans.push({ start: plain.length, end: -1 });
    else if (part === '»') (spans.findLast(({ end }) => end < 0) as { end: number }).end = plain.length;
    else plain += part;
  }
  return { text: plain, spans };
}

function expectFindings(document: string, messages: readonly string[], others: Readonly<Record<string, string>> = {}): void {
  const { text, spans } = marked(document);
  const found = check({ 'api.yaml': text, ...others });
  const own = found.filter(({ file }) => file === 'api.yaml');
  assert.deepEqual(
    found.map((each) => each.text),
    messages,
  );
  assert.deepEqual(
    own.map(({ start, end }) => text.slice(start, end)),
    spans.map(({ start, end }) => text.slice(start, end)),
  );
  assert.deepEqual(
    own.map(({ start, end }) => ({ start, end })),
    spans,
  );
}

const head = (version: string) => `openapi: ${version}\ninfo: {title: a, version: '1'}\n`;
const v2 = `swagger: '2.0'\ninfo: {title: a, version: '1'}\n`;
const events = (version: string) => `asyncapi: ${version}\ninfo: {title: a, version: '1'}\n`;

const cases: Readonly<Record<string, readonly [document: string, ...messages: string[]][]>> = {
  'fields of an object': [
    [
      `openapi: 3.1.0\ninfo:\n  title: a\n  «verison»: '1'\npaths: {}\n`,
      'structure: `verison` is not a field of the Info Object; did you mean `version`?',
    ],
    [`openapi: 3.0.3\n«info»:\n  title: a\npaths: {}\n`, 'structure: `version` is missing; the Info Object requires it. Add it.'],
    [
      `openapi: 3.1.0\n«info»: {}\npaths: {}\n`,
      'structure: `title` and `version` are missing; the Info Object requires them. Add them.',
    ],
    [
      `openapi: 3.1.0\ninfo:\n  title: a\n  version: «1.0»\npaths: {}\n`,
      'structure: `version` is the number `1`; it must be a string. Put it in quotes.',
    ],
    [
      `${head('3.1.0')}paths: {}\ncomponents:\n  schemas:\n    A: {type: string, pattern: ^A, example: «''»}\n`,
      "example-matches-schema: `example` is `''`; it must match `^A`.",
    ],
    [`${head('3.1.0')}«pahts»: {}\n`, 'structure: `pahts` is not a field of the OpenAPI Object; did you mean `paths`?'],
    [
      `«openapi»: 3.1.0\ninfo: {title: a, version: '1'}\n`,
      'structure: The OpenAPI Object has none of `paths`, `components` and `webhooks`; add one of them.',
    ],
    [`${v2}paths:\n  «pets»: {}\n`, 'structure: `pets` cannot be a key of the Paths Object; its keys begin with `/`.'],
    [
      `${head('3.1.0')}paths:\n  /a:\n    get:\n      responses:\n        «20»: {description: b}\n`,
      'structure: `20` cannot be a key of the Responses Object; its keys are statuses such as `200`, ranges such as `2XX`, or `default`.',
    ],
    [
      `${head('3.0.3')}paths: {}\ncomponents:\n  schemas:\n    «Page<Pet>»: {type: object}\n`,
      'structure: `Page<Pet>` cannot be a name here; names have only letters, digits, `.`, `-` and `_`.',
    ],
    [
      `${head('3.1.0')}paths: {}\ntags:\n  - name: pets\n  - name: «pets»\n    description: twice\n`,
      'structure: `pets` is in the list already; remove one of the two.',
    ],
    [
      `${head('3.1.0')}paths: {}\n«externalDocs»:\n  openapi: 3.1.0\n  paths: {}\n  tags: []\n  servers: []\n`,
      'structure: `externalDocs` has no field of the External Documentation Object, such as `description` or `url`; an object of another kind stands here.',
    ],
  ],
  'the branch that was meant': [
    [
      `${head('3.0.3')}paths:\n  /a:\n    parameters:\n      - name: q\n        in: «queri»\n        schema: {}\n`,
      'structure: `in` is `queri`; it must be one of `path`, `query`, `header` or `cookie`.',
    ],
    [
      `${head('3.0.3')}paths:\n  /a:\n    parameters:\n      - «$rf»: '#/components/parameters/b'\n`,
      'structure: `$rf` is not a field of the Parameter Object; did you mean `$ref`?',
    ],
    [
      `${v2}paths:\n  /a:\n    post:\n      parameters:\n        - {«name»: b, in: body}\n      responses: {'200': {description: c}}\n`,
      'structure: `schema` is missing; the Parameter Object requires it. Add it.',
    ],
    [
      `${v2}paths:\n  /a:\n    get:\n      parameters:\n        - {name: b, in: query, type: «strin»}\n      responses: {'200': {description: c}}\n`,
      'structure: `type` is `strin`; it must be one of `string`, `number`, `boolean`, `integer` or `array`.',
    ],
    [
      `${head('3.1.0')}paths: {}\ncomponents:\n  securitySchemes:\n    «a»: {type: oauth2}\n    b: {type: apiKey, name: c, in: «body»}\n    c: {«typ»: http, scheme: basic}\n`,
      'structure: `flows` is missing; the Security Scheme Object requires it where `type` is `oauth2`. Add it.',
      'structure: `in` is `body`; it must be one of `query`, `header` or `cookie` where `type` is `apiKey`.',
      'structure: `typ` is not a field of the Security Scheme Object; did you mean `type`?',
    ],
    [
      `${head('3.1.0')}paths: {}\ncomponents:\n  securitySchemes:\n    a:\n      type: http\n      scheme: basic\n      «flows»: {}\n`,
      'structure: `flows` is a field of the Security Scheme Object only where `type` is `oauth2`.',
    ],
    [
      `${head('3.1.0')}paths: {}\ncomponents:\n  parameters:\n    a:\n      name: b\n      in: query\n      schema: {}\n      «content»: {text/plain: {}}\n`,
      'structure: `schema` and `content` exclude each other; keep one of them.',
    ],
    [
      `${head('3.2.0')}paths: {}\ncomponents:\n  examples:\n    a:\n      value: 1\n      «dataValue»: 1\n`,
      'structure: `value` and `dataValue` exclude each other; keep one of them.',
    ],
    [
      `${events('2.6.0')}channels: {}\ncomponents:\n  securitySchemes:\n    a: {type: «plane»}\n`,
      'structure: `type` is `plane`; it must be one of `userPassword`, `apiKey`, `X509`, `symmetricEncryption`, `asymmetricEncryption`, `http`, `httpApiKey`, `oauth2`, `openIdConnect`, `plain`, `scramSha256`, `scramSha512` or `gssapi`.',
    ],
  ],
  'a branch without a name, and what is wrong below the one that was meant': [
    [
      `${events('2.5.0')}channels: {}\ncomponents:\n  messages:\n    A:\n      «FetchA»: {payload: {}}\n`,
      'structure: `FetchA` is not a field of the Message Object.',
    ],
    [
      `${events('2.1.0')}channels:\n  a:\n    subscribe:\n      message:\n        oneOf:\n          - {«sumary»: b}\n          - {summary: c, «titel»: d}\n`,
      'structure: `sumary` is not a field of the Message Object; did you mean `summary`?',
      'structure: `titel` is not a field of the Message Object; did you mean `title`?',
    ],
    [
      `${events('2.1.0')}channels:\n  a:\n    subscribe:\n      message:\n        name: b\n        «oneOf»:\n          - {summary: c}\n`,
      'structure: `name` and `oneOf` exclude each other; keep one of them.',
    ],
    [`${events('3.0.0')}components:\n  schemas:\n    Any: true\n    None: false\n    Text: {type: string}\n`],
    [
      `${events('3.0.0')}components:\n  schemas:\n    A: «text»\n`,
      'structure: `A` is the string `text`; it must be an object or a boolean.',
    ],
  ],
  'lists and names in schemas': [
    [
      `${head('3.0.3')}paths: {}\ncomponents:\n  schemas:\n    A: {type: array, items: «[]»}\n    B: {required: «[]»}\n    C: {properties: {d: {type: string, required: «true»}}}\n`,
      'structure: `items` is a list; write one schema for all items.',
      'structure: `required` is empty, which it can be from OpenAPI 3.1 on; leave it out where nothing is required.',
      'structure: `required` is `true`; to require a property, name it in the `required` list of the object that has it.',
    ],
    [
      `${head('3.1.0')}paths: {}\ncomponents:\n  schemas:\n    A: {type: array, items: «[{}]»}\n    B: {required: []}\n`,
      'structure: `items` is a list; schemas for one place each are `prefixItems`.',
    ],
  ],
  'Schema Objects by version': [
    [
      `${head('3.0.3')}paths: {}\ncomponents:\n  schemas:\n    A:\n      type: string\n      «const»: a\n`,
      'structure: `const` is not a field of the Schema Object before OpenAPI 3.1; write an `enum` of one value.',
    ],
    [
      `${head('3.1.0')}paths: {}\ncomponents:\n  schemas:\n    A:\n      type: [string, 'null']\n      const: a\n      whatever: {}\n`,
    ],
    [
      `${head('3.1.0')}paths: {}\ncomponents:\n  schemas:\n    A:\n      type: «text»\n`,
      'structure: `type` is `text`; it must be one of `array`, `boolean`, `integer`, `null`, `number`, `object` or `string`.',
    ],
    [
      `${head('3.1.0')}jsonSchemaDialect: https://json-schema.org/draft/2020-12/schema\npaths: {}\ncomponents:\n  schemas:\n    A: {discriminator: a, minLength: «b»}\n`,
      'structure: `minLength` is the string `b`; it must be a whole number.',
    ],
    [`${head('3.1.0')}jsonSchemaDialect: https://example.com/own\npaths: {}\ncomponents:\n  schemas:\n    A: {type: text}\n`],
    [
      `${head('3.1.0')}paths: {}\ncomponents:\n  schemas:\n    A:\n      $schema: http://json-schema.org/draft-07/schema#\n      discriminator: a\n      dependencies: {a: [b]}\n      items: «1»\n`,
      'structure: `items` is the number `1`; it must be an object, a boolean or a list.',
    ],
  ],
  'what the texts say beside the schemas': [
    [
      `${head('3.0.3')}paths: {}\ncomponents:\n  schemas:\n    «A»: {type: array}\n    B: {type: array, items: {}}\n    C: {type: array, allOf: [{$ref: '#/components/schemas/B'}]}\n`,
      'structure: `items` is missing; the Schema Object requires it where `type` is `array`. Add it.',
    ],
    [`${head('3.1.0')}paths: {}\ncomponents:\n  schemas:\n    A: {type: array}\n  callbacks:\n    a: {x-b: c}\n`],
    [
      `${head('3.1.0')}paths: {}\ncomponents:\n  callbacks:\n    a: {b: «c»}\n`,
      'structure: `b` is the string `c`; it must be an object, the Path Item Object.',
    ],
    [
      `swagger: '2.0'\ninfo: {title: a, version: b}\npaths:\n  /a:\n    get:\n      parameters: [{«name»: b, in: query, type: array}]\n      responses: {default: {description: c}}\n`,
      'structure: `items` is missing; the Parameter Object requires it where `type` is `array`. Add it.',
    ],
  ],
  'what was meant': [
    [
      `${head('3.1.0')}paths: {}\ncomponents:\n  schemas:\n    A: {type: [string, «null»]}\n    B: {type: «null»}\n    C: {title: «null»}\n`,
      "structure: `type[1]` is null, not the text; put it in quotes: `'null'`.",
      "structure: `type` is null, not the text; put it in quotes: `'null'`.",
      'structure: `title` is empty; it must be a string.',
    ],
    [
      `${head('3.1.0')}paths: {}\ncomponents:\n  schemas:\n    A: {properties: {name: «string», required: «[name]», items: «[]»}}\n`,
      'structure: `name` is the string `string`; it must be an object or a boolean. Write `type: string` in it.',
      'structure: `required` is a list; it must be an object or a boolean. To require properties, it stands beside `properties`, not in it.',
      'structure: `items` is a list; it must be an object or a boolean.',
    ],
  ],
  bindings: [
    [
      `${events('2.0.0')}channels:\n  a:\n    publish:\n      bindings:\n        mqtt: {qos: «7», bindingVersion: 0.1.0}\n      message: {payload: {type: string}}\n`,
      'structure: `qos` is `7`; it must be one of `0`, `1` or `2`.',
    ],
    [
      `${events('2.6.0')}channels:\n  a:\n    bindings:\n      kafka:\n        bindingVersion: 0.3.0\n        partitions: «many»\n`,
      'structure: `partitions` is the string `many`; it must be a whole number.',
    ],
    // Only the version that has the field may use it.
    [`${events('2.6.0')}channels:\n  a:\n    bindings:\n      kafka: {bindingVersion: 0.4.0, topicConfiguration: {}}\n`],
    [
      `${events('2.6.0')}channels:\n  a:\n    bindings:\n      kafka: {bindingVersion: 0.3.0, «topicConfiguration»: {}}\n`,
      'structure: `topicConfiguration` is not a field of the Kafka Channel Binding Object. What else it may have: `topic`, `partitions` and `replicas`.',
    ],
    // Without a version, whatever any version allows.
    [`${events('2.6.0')}channels:\n  a:\n    bindings:\n      kafka: {topicConfiguration: {}}\n`],
    [
      `${events('3.0.0')}channels:\n  a:\n    bindings:\n      sqs: {queue: {name: b, fifoQueue: «'yes'»}}\n`,
      'structure: `fifoQueue` is the string `yes`; it must be `true` or `false`.',
    ],
    // What AsyncAPI 3 says beside its schemas: `headers` are an object's, these protocols and versions exist.
    [
      `${events('3.0.0')}channels:\n  a: {messages: {b: {bindings: {http: {headers: {type: «array»}}}}}}\n`,
      'structure: `type` is `array`; it must be `object`.',
    ],
    [
      `${events('3.0.0')}channels: {a: {bindings: {mercure: {}, sqs: {queue: {name: b, fifoQueue: true}, bindingVersion: 0.3.0}}}}\nservers: {a: {host: b, protocol: mqtt, bindings: {mqtt5: {sessionExpiryInterval: 60}, mqtt: {bindingVersion: latest, x-b: 1}}}}\n`,
    ],
    [
      `${events('3.0.0')}channels: {a: {bindings: {kafka: {bindingVersion: «9.9.9»}}}}\nservers: {a: {host: b, protocol: mqtt, bindings: {mqtt5: {«sessionExpiryIntervall»: 60}}}}\n`,
      'structure: `bindingVersion` is `9.9.9`; it must be one of `0.5.0`, `0.4.0`, `0.3.0` or `latest`.',
      'structure: `sessionExpiryIntervall` is not a field of the MQTT 5 Server Binding Object; did you mean `sessionExpiryInterval`?',
    ],
    [
      `${events('3.1.0')}channels: {a: {}}\noperations:\n  a: {action: send, channel: {$ref: '#/channels/a'}, bindings: {ros2: {role: publisher, node: /b, qosPolicies: {reliability: reliable}}, solace: {x-b: 1}}}\n  b: {action: send, channel: {$ref: '#/channels/a'}, bindings: {ros2: {role: publisher, node: /b, qosPolicies: {reliability: «fast»}}}}\n`,
      'structure: `reliability` is `fast`; it must be one of `best_effort` or `reliable`.',
    ],
    // Two mistakes in a message make it no list of messages.
    [
      `${events('2.6.0')}channels:\n  a:\n    subscribe:\n      message:\n        summary: b\n        contentType: a/b\n        payload: {type: object}\n        bindings: {kafka: {key: {type: string}}}\n        examples: [{payload: {}, «c»: 1}, {payload: {}, «d»: 1}]\n`,
      'structure: `c` is not a field of the Message Example Object. What else it may have: `name`, `summary` and `headers`.',
      'structure: `d` is not a field of the Message Example Object. What else it may have: `name`, `summary` and `headers`.',
    ],
    [
      `${events('2.1.0')}channels: {}\ncomponents:\n  messages:\n    b: {examples: [{payload: {}}, «{}», {«c»: 1, headers: {}}, {«name»: d}]}\n  messageTraits:\n    b: {examples: [{«name»: d}]}\n`,
      'structure: The Message Example Object has none of `payload` and `headers`; add one of them.',
      'structure: `c` is not a field of the Message Example Object. What else it may have: `name`, `summary` and `payload`.',
      'structure: The Message Example Object has none of `payload` and `headers`; add one of them.',
      'structure: The Message Example Object has none of `payload` and `headers`; add one of them.',
    ],
    [
      `${events('3.0.0')}components: «none»\nchannels:\n  a: {messages: {b: {$ref: '#/components/messages/b'}, c: {$ref: '#/components/messages/c'}}}\n`,
      'structure: `components` is the string `none`; it must be an object, the Components Object.',
    ],
    // A protocol nobody knows is the document's own business.
    [`${events('2.6.0')}channels:\n  a:\n    bindings:\n      pigeon: {qos: 7}\n`],
  ],
  references: [
    // A message with a mistake is a message.
    [
      `${events('2.6.0')}channels:\n  a:\n    subscribe: {message: {$ref: '#/components/messages/b'}}\ncomponents:\n  messages:\n    b: {summary: c, bindings: {mqtt: {«qos»: 1}}}\n`,
      'structure: `qos` is not a field of the MQTT Message Binding Object. What else it may have: `payloadFormatIndicator`, `correlationData`, `contentType`, `responseTopic` and `bindingVersion`.',
    ],
    // What stands beside a reference is reached before what it leads to.
    [
      `${head('3.1.0')}paths: {}\ncomponents:\n  schemas:\n    A: {$ref: '#/components/schemas/A/$defs/b', $defs: {b: {type: string}}}\n    B: {$ref: '#/components/schemas/C'}\n    C: {properties: {c: {type: string}}}\n    D: {$ref: '#/components/schemas/B/properties/c'}\n`,
    ],
    // A schema that refers to itself by a property is no circle.
    [
      `${head('3.1.0')}paths: {}\ncomponents:\n  schemas:\n    A: {$ref: «'#/components/schemas/B'»}\n    B: {$ref: «'#/components/schemas/A'»}\n    C: {properties: {c: {$ref: '#/components/schemas/C'}}}\n    D: {$ref: '#/components/schemas/C'}\n`,
      'reference: `#/components/schemas/B` leads round in a circle, to references alone; write out what one of them stands for.',
      'reference: `#/components/schemas/A` leads round in a circle, to references alone; write out what one of them stands for.',
    ],
    [
      `${head('3.0.3')}paths: {}\ncomponents:\n  schemas:\n    A: {$ref: «components/schemas/B»}\n    B: {type: object}\n    C: {$ref: «B»}\n    D: {$ref: «E»}\n`,
      'reference: `components/schemas/B` leads nowhere: the file `components/schemas/B` does not exist or cannot be read; did you mean `#/components/schemas/B`?',
      'reference: `B` leads nowhere: the file `B` does not exist or cannot be read; did you mean `#/components/schemas/B`?',
      'reference: `E` leads nowhere: the file `E` does not exist or cannot be read.',
    ],
    [
      `${head('3.1.0')}externalDocs: {url: «'https://example.com/a b'»}\npaths: {}\n`,
      'structure: `url` is `https://example.com/a b`; a URI has no spaces: write them as `%20`.',
    ],
    [
      `${head('3.0.3')}paths: {}\ncomponents:\n  schemas:\n    Pet: {type: object}\n    Pets: {type: array, items: {$ref: «'#/components/schemas/Pat'»}}\n`,
      'reference: `#/components/schemas/Pat` leads nowhere: `components/schemas` has no `Pat`; did you mean `Pet`?',
    ],
    [
      `${head('3.1.0')}paths:\n  /a:\n    get:\n      parameters:\n        - $ref: «'#/components/schemas/Id'»\ncomponents:\n  schemas:\n    Id: {type: string}\n`,
      'reference: `#/components/schemas/Id` leads to the Schema Object; a Parameter Object must stand here.',
    ],
    [
      `${head('3.1.0')}paths: {}\ncomponents:\n  schemas:\n    A: {$ref: «'#b'»}\n    C: {$anchor: c, properties: {d: {$ref: '#c'}}}\n`,
      'reference: `#b` leads nowhere: nothing has the anchor `b`. A pointer begins with `#/`.',
    ],
    [
      `${events('3.0.0')}channels:\n  a:\n    messages:\n      b: {payload: {type: string}}\noperations:\n  c:\n    action: send\n    channel: {$ref: «'#/channels/a/messages/b'»}\n`,
      'reference: `#/channels/a/messages/b` leads to the Message Object; a Channel Object must stand here.',
    ],
    [
      `${head('3.1.0')}paths: {}\ncomponents:\n  schemas:\n    A: {$ref: «'#/'»}\n`,
      'reference: `#/` leads nowhere: nothing is named behind the `/`.',
    ],
    [
      `${head('3.0.3')}paths: {}\ncomponents:\n  schemas: {«$ref»: '#/x-schemas'}\nx-schemas: {A: {type: string}}\n`,
      'structure: A `$ref` cannot stand for all of `schemas`: only tools that bundle the files first read it. Give each entry a `$ref` of its own.',
    ],
    [
      `${head('3.1.0')}paths: {}\ncomponents:\n  parameters: {«$ref»: '#/x-parameters'}\nx-parameters: {A: {name: a, in: query, schema: {type: string}}}\n`,
      'structure: A `$ref` cannot stand for all of `parameters`: only tools that bundle the files first read it. Give each entry a `$ref` of its own.',
    ],
    // A name like another.
    [`${head('3.0.3')}paths: {}\ncomponents:\n  schemas:\n    A: {type: object, properties: {$ref: {type: string}}}\n`],
    // What is not there is told once where many references need it, what is misspelt each time.
    [
      `${head('3.0.3')}paths: {}\ncomponents:\n  schemas:\n    A: {$ref: «'#/x-types/Q'»}\n    B: {$ref: '#/x-types/Q'}\n    C: {$ref: '#/x-types/R'}\n    D: {$ref: '#/x-types/Q/items'}\n`,
      'reference: `#/x-types/Q` leads nowhere: the document has no `x-types`; 4 references, of which this is the first, need it.',
    ],
    [
      `${head('3.0.3')}paths: {}\ncomponents:\n  schemas:\n    A: {$ref: «'./none.yaml#/A'»}\n    B: {$ref: ./none.yaml#/B}\n    C: {$ref: ./none.yaml}\n    D: {$ref: './none.yaml#/D'}\n`,
      'reference: `./none.yaml#/A` leads nowhere: the file `./none.yaml` does not exist or cannot be read; 4 references, of which this is the first, need it.',
    ],
    [
      `${head('3.0.3')}paths: {}\ncomponents:\n  schemas:\n    Pet: {type: object}\n${['A', 'B', 'C', 'D'].map((name) => `    ${name}: {$ref: «'#/components/schemas/Pat'»}\n`).join('')}`,
      ...Array.from(
        { length: 4 },
        () => 'reference: `#/components/schemas/Pat` leads nowhere: `components/schemas` has no `Pat`; did you mean `Pet`?',
      ),
    ],
    // What lies elsewhere, or under names of its own, is not judged.
    [
      `${head('3.1.0')}paths: {}\ncomponents:\n  schemas:\n    A: {$ref: https://example.com/a.json}\n    B: {$id: https://example.com/b, properties: {c: {$ref: c.json}}}\n`,
    ],
    [
      `${head('3.1.0')}paths: {}\ncomponents:\n  schemas:\n    A: {$ref: '#/components/schemas/A~1B%20C'}\n    A~: {}\n`,
      'reference: `#/components/schemas/A~1B%20C` leads nowhere: `components/schemas` has no `A/B C`.',
    ].map((each, index) =>
      index === 0
        ? each.replace("'#/components/schemas/A~1B%20C'", "«'#/components/schemas/A~1B%20C'»").replace('    A~: {}\n', '')
        : each,
    ) as [string, string],
  ],
  'paths and parameters': [
    [
      `${head('3.1.0')}paths:\n  «/a/{id}»:\n    get: {}\n    put: {}\n`,
      'path-params: No parameter declares `{id}` of the path `/a/{id}`; add one with `in: path`.',
    ],
    [
      `${head('3.1.0')}paths:\n  /a/{id}:\n    «get»: {}\n    put:\n      parameters: [{name: id, in: path, required: true, schema: {}}]\n`,
      'path-params: No parameter declares `{id}` of the path `/a/{id}`; add one with `in: path`.',
    ],
    [
      `${head('3.1.0')}paths:\n  /a/{id}:\n    get:\n      parameters: [{name: «petId», in: path, required: true, schema: {}}]\n`,
      'path-params: The path `/a/{id}` has no `{petId}`; did you mean `id`?',
    ],
    [
      `${head('3.1.0')}paths:\n  /a/{b}:\n    parameters: [{name: b, in: path, required: true, schema: {}}]\n  «/a/{c}»:\n    parameters: [{name: c, in: path, required: true, schema: {}}]\n`,
      'path-params: `/a/{c}` is the same path as `/a/{b}`; put its operations there.',
    ],
    // A parameter that cannot be read may be the one that is missing.
    [`${head('3.1.0')}paths:\n  /a/{id}:\n    parameters: [{$ref: https://example.com/id.yaml}]\n    get: {}\n`],
    [
      `${head('3.1.0')}paths:\n  /a/{proxy+}:\n    parameters: [{name: proxy, in: path, required: true, schema: {}}]\n    get: {}\n`,
    ],
    [
      `${head('3.1.0')}paths:\n  /a:\n    parameters:\n      - {name: X-A, in: header, schema: {}}\n      - {name: «x-a», in: header, schema: {}}\n    get: {}\n`,
      'operation-parameters: The header parameter `x-a` is listed twice; remove one of the two.',
    ],
  ],
  'ids, security, servers, channels': [
    [
      `${events('2.6.0')}channels:\n  a:\n    publish: {operationId: x}\n  b:\n    «subscribe»:\n      traits: [{$ref: '#/components/operationTraits/t'}]\n  c:\n    publish:\n      traits: [{$ref: '#/components/operationTraits/t'}]\ncomponents:\n  operationTraits:\n    t: {operationId: y}\n`,
      'operation-operationId-unique: `y` already names SUBSCRIBE b; give this operation an id of its own.',
    ].map((each) => each.replace('«subscribe»', 'subscribe').replace('  c:\n    publish:', '  c:\n    «publish»:')) as [
      string,
      string,
    ],
    [
      `${head('3.0.3')}paths: {}\nsecurity:\n  - token: [«admin»]\ncomponents:\n  securitySchemes:\n    token: {type: http, scheme: bearer}\n`,
      'security-defined: `token` is of the type `http`, which has no scopes; leave the list empty.',
    ],
    [
      `${head('3.1.0')}paths: {}\nsecurity:\n  - token: [admin]\ncomponents:\n  securitySchemes:\n    token: {type: http, scheme: bearer}\n`,
    ],
    [`${head('3.2.0')}paths: {}\nsecurity:\n  - ./schemes.yaml#/token: []\n`],
    [`${v2}paths: {}\nsecurity:\n  - «key»: []\n`, 'security-defined: `securityDefinitions` has no `key`; define it there.'],
    [
      `${events('2.6.0')}channels: {}\nservers:\n  a:\n    url: «'{host}:{port}'»\n    protocol: mqtt\n    variables:\n      port: {enum: ['1883'], default: «'1884'»}\n`,
      'server-variables: `variables` does not define `{host}`; add it with its default.',
      'server-variables: `1884` is not in the `enum` of the variable; use `1883`.',
    ],
    [
      `${events('3.0.0')}channels:\n  a:\n    address: «b#c»\n`,
      'channel-address: The address `b#c` has a query or fragment; put what varies into the bindings of the channel.',
    ],
    [
      `${events('2.6.0')}servers:\n  production: {url: a, protocol: kafka}\nchannels:\n  a:\n    servers: [«prodution»]\n`,
      'channel-address: `servers` has no `prodution`; did you mean `production`?',
    ],
    [
      `${v2}paths: {}\ndefinitions:\n  Pet:\n    type: object\n    discriminator: «kind»\n    properties: {kind: {type: string}}\n`,
      'discriminator-defined: `kind` tells kinds apart, so every object needs it; add it to `required`.',
    ],
    [
      `${head('3.1.0')}paths: {}\ncomponents:\n  schemas:\n    Pet:\n      discriminator: {propertyName: kind, mapping: {cat: «Catt»}}\n      properties: {kind: {}, discriminator: {}}\n    Cat: {}\n`,
      'discriminator-defined: `components/schemas` has no `Catt`; did you mean `Cat`?',
    ],
  ],
  'examples and defaults': [
    [
      `${head('3.0.3')}paths: {}\ncomponents:\n  schemas:\n    A: {type: string, nullable: true, enum: [a], example: null}\n    B: {type: integer, minimum: 1, exclusiveMinimum: true, example: «1»}\n    C: {type: string, format: date, example: «2024-02-30»}\n`,
      'example-matches-schema: `example` is `1`; it must be more than 1.',
      'example-matches-schema: `example` is `2024-02-30`, which is not a date such as `2024-12-31`.',
    ],
    // From 3.1 on a reference may have texts of its own.
    [
      `${head('3.1.0')}paths:\n  /a:\n    parameters:\n      - {$ref: '#/components/parameters/b', summary: c, description: «[d]»}\ncomponents:\n  parameters:\n    b: {name: b, in: query, schema: {type: string}}\n`,
      'structure: `description` is a list; it must be a string.',
    ],
    // From 3.1 on null is a type.
    [
      `${head('3.1.0')}paths: {}\ncomponents:\n  schemas:\n    A: {type: string, nullable: true, examples: [«null»]}\n    C: {type: string, format: date, example: «tomorrow»}\n    D: {type: string, format: uuid, example: «'1'»}\n    E: {type: string, format: hostname, example: '-'}\n`,
      'example-matches-schema: `examples[0]` is empty; it must be a string.',
      'example-matches-schema: `example` is `tomorrow`, which is not a date such as `2024-12-31`.',
      'example-matches-schema: `example` is `1`, which is not a UUID.',
    ],
    // What is there to be refused.
    [
      `${head('3.1.0')}paths:\n  /a:\n    post:\n      requestBody:\n        content:\n          application/json:\n            schema: {type: string, format: email}\n            examples: {right: {value: b@example.com}, invalidMail: {value: b}, other: {summary: An invalid one, value: b}, wrong: {value: «b»}}\n      responses:\n        '200': {description: c}\n`,
      'example-matches-schema: `value` is `b`, which is not an email address.',
    ],
    [
      `${head('3.0.3')}paths:\n  /a:\n    post:\n      requestBody:\n        content:\n          application/json:\n            schema: {$ref: '#/components/schemas/A'}\n            example: {b: c}\n      responses:\n        '200':\n          description: d\n          content:\n            application/json:\n              schema: {$ref: '#/components/schemas/A'}\n              «example»: {b: c}\ncomponents:\n  schemas:\n    A: {type: object, required: [id], properties: {id: {type: string, readOnly: true}}}\n`
        .replace('«example»: {b: c}', 'example: «{b: c}»')
        .replace('«{b: c}»', '«{b: c}»'),
      'example-matches-schema: `id` is missing; this object requires it. Add it.',
    ].map((each) => each.replace('example: «{b: c}»', '«example»: {b: c}')) as [string, string],
    [
      `${head('3.0.3')}paths: {}\ncomponents:\n  schemas:\n    Pet:\n      oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]\n      discriminator: {propertyName: kind, mapping: {meow: '#/components/schemas/Cat'}}\n      example: {kind: meow, lives: «nine»}\n    Cat: {type: object, properties: {kind: {type: string}, lives: {type: integer}}}\n    Dog: {type: object, properties: {kind: {type: string}}}\n`,
      'example-matches-schema: `lives` is the string `nine`; it must be a whole number.',
    ],
    // XML is given as one text, and a reference in an example means what it leads to.
    [
      `${head('3.0.3')}paths: {}\ncomponents:\n  responses:\n    A:\n      description: a\n      content:\n        application/xml: {schema: {type: object}, example: <a/>}\n        application/json: {schema: {type: string}, example: {$ref: ./a.json}}\n`,
    ],
    [
      `${events('2.6.0')}channels: {}\ncomponents:\n  messages:\n    a:\n      payload: {type: object, properties: {b: {type: string}}}\n      examples: [{payload: {b: «1»}}]\n    c: {schemaFormat: application/vnd.apache.avro;version=1.9.0, payload: {type: string}, examples: [{payload: 1}]}\n`,
      'example-matches-schema: `b` is the number `1`; it must be a string. Put it in quotes.',
    ],
  ],
};

for (const [theme, documents] of Object.entries(cases)) {
  describe(theme, () => {
    for (const [index, [document, ...messages]] of documents.entries()) {
      test(`${index + 1}: ${messages[0] ?? 'nothing'}`, () => expectFindings(document, messages));
    }
  });
}

test('what a reference leads to is held against what must stand there, in its own file', () => {
  const main = `${head('3.1.0')}paths:\n  /a: {$ref: paths/a.yaml}\n`;
  const { text, spans } = marked(
    'get:\n  responses:\n    "200":\n      «descripton»: b\n      content:\n        text/plain:\n          schema: {$ref: ../api.yaml#/x}\n',
  );
  const found = check({ 'api.yaml': main, 'paths/a.yaml': text });
  assert.deepEqual(found, [
    {
      file: 'paths/a.yaml',
      ...spans[0],
      text: 'structure: `descripton` is not a field of the Response Object; did you mean `description`?',
    },
    { file: 'paths/a.yaml', start: 109, end: 123, text: 'reference: `../api.yaml#/x` leads nowhere: the document has no `x`.' },
  ]);
});

test('a pointer to a key without a name is told from one that leads nowhere', () => {
  const main = `${head('3.1.0')}paths: {}\ncomponents:\n  schemas:\n    A: {$ref: 'pet.yaml#/'}\n`;
  const text =
    'reference: `pet.yaml#/` is the whole document for some readers only, for others a key without a name. Write `pet.yaml`.';
  assert.deepEqual(
    check({ 'api.yaml': main, 'pet.yaml': 'type: object\n' }).map((each) => each.text),
    [text],
  );
});

test('references that go in circles end', () => {
  expectFindings(
    `${head('3.1.0')}paths: {}\ncomponents:\n  schemas:\n    C: {allOf: [{$ref: '#/components/schemas/C'}], example: 1}\n`,
    [],
  );
});

test('files that are references to themselves, or to one another, end, and are told', () => {
  const answer = (schema: string) => `{get: {responses: {'200': {description: d, content: {a/b: {schema: {$ref: ${schema}}}}}}}}`;
  const main = `${head('3.1.0')}paths:\n  /a: ${answer('self.yaml')}\n  /b: ${answer('one.yaml')}\n`;
  const files = { 'self.yaml': '$ref: self.yaml\n', 'one.yaml': '$ref: two.yaml\n', 'two.yaml': '$ref: one.yaml\n' };
  assert.deepEqual(
    check({ 'api.yaml': main, ...files }).map(({ file, text }) => [file, text]),
    ['self.yaml', 'one.yaml'].map((file) => [
      'api.yaml',
      `reference: \`${file}\` leads round in a circle, to references alone; write out what one of them stands for.`,
    ]),
  );
});

test('a version that nobody knows is said, once', () => {
  expectFindings(`openapi: «3.9.0»\ninfo: 1\n`, [
    'structure: `openapi` is `3.9.0`, a version that is not checked; Lintel knows 2.0, 3.0, 3.1 and 3.2.',
  ]);
});

test('what an edit leaves alone is not looked at again', () => {
  const doc = parseApiDocument(
    'file:///a.yaml',
    `${head('3.1.0')}paths:\n  /a: {get: {responses: {'200': {descripton: b}}}}\n  /b: {get: {}}\n`,
  );
  const shape = documentShape({ kind: 'openapi', version: '3.1' }, doc.data);
  assert.ok(shape);
  const data = doc.data as Record<string, Record<string, unknown>>;
  const before = inspect(shape, data);
  const after = inspect(shape, { ...data, paths: { ...data.paths, '/b': { get: { responses: {} } } } });
  const at = (result: typeof before, path: string) => result.children.get('paths')?.children.get(path);
  assert.ok(at(before, '/a'));
  assert.equal(at(after, '/a'), at(before, '/a'));
  assert.equal(at(before, '/b'), undefined);
  assert.ok(at(after, '/b'));
});

const names: readonly [name: string, candidates: readonly string[], meant: string | undefined][] = [
  ['descripton', ['description', 'deprecated'], 'description'],
  ['operationID', ['operationId'], 'operationId'],
  ['base_path', ['basePath'], 'basePath'],
  ['get', ['put', 'post'], undefined],
  ['foo', ['for', 'fob'], undefined],
  ['tilte', ['title'], 'title'],
  ['x', ['in', 'y'], undefined],
];
for (const [name, candidates, meant] of names) {
  test(`\`${name}\` means ${meant ?? 'nothing'} of ${candidates.join(', ')}`, () =>
    assert.equal(nearest(name, candidates), meant));
}

const uri = `${folder}api.yaml`;

async function codes(files: Readonly<Record<string, string>>): Promise<string[]> {
  const lintel = createLintel(memoryHost(files), rules);
  return (await lintel.check(uri, defaultConfig)).map(({ rule }) => rule);
}

test('with Spectral’s own rules in the ruleset, the same is not said twice', async () => {
  const text = `${head('3.1.0')}paths:\n  /a:\n    get:\n      responses:\n        '200': {descripton: b}\n`;
  const both = ['structure', 'oas3-schema'];
  const said = async (ruleset?: string) => {
    const files = { [uri]: text, ...(ruleset === undefined ? {} : { [`${folder}.spectral.yaml`]: ruleset }) };
    return (await codes(files)).filter((code) => both.includes(code));
  };
  assert.deepEqual(await said(), ['structure']);
  assert.deepEqual(await said('rules: {}'), ['structure']);
  assert.deepEqual(await said('extends: lintel:openapi'), ['structure']);
  assert.deepEqual([...new Set(await said('extends: spectral:oas'))], ['oas3-schema']);
  assert.deepEqual(await said('extends: [spectral:oas, lintel:openapi]'), ['structure']);
  assert.deepEqual(await said('extends: spectral:oas\nrules: {oas3-schema: off}'), [], 'who switches it off means it');
  assert.deepEqual(await said('extends: spectral:asyncapi'), ['structure']);
});

test('quick fixes rename what was misspelt and mend references', async () => {
  const text = `${head('3.1.0')}pahts: # all\n  /a:\n    $ref: '#/components/pathItem/A' # here\ncomponents:\n  pathItems:\n    A: {}\n`;
  const lintel = createLintel(memoryHost({ [uri]: text }), rules);
  const [finding] = (await lintel.check(uri, defaultConfig)).filter(({ fix }) => fix);
  assert.equal(finding?.fix?.title, 'Rename to `paths`');
  const renamed = applyEdits(text, finding.fix.edits());
  assert.equal(renamed, text.replace('pahts', 'paths'));
  const next = createLintel(memoryHost({ [uri]: renamed }), rules);
  const [broken] = (await next.check(uri, defaultConfig)).filter(({ fix, rule }) => fix && rule === 'reference');
  assert.equal(broken?.fix?.title, 'Refer to `#/components/pathItems/A`');
  assert.equal(applyEdits(renamed, broken.fix.edits()), renamed.replace('pathItem/A', 'pathItems/A'));
});

test('the schemas are what the script makes of the official ones', () => {
  const script = new URL('../../scripts/schemas.ts', import.meta.url);
  execFileSync(process.execPath, [fileURLToPath(script), '--check'], { stdio: 'pipe' });
  assert.match(readFileSync(new URL('../../server/core/structure/schemas/openapi.ts', import.meta.url), 'utf8'), /Apache-2\.0/);
});

test('a reference where the specification knows none is said as one, and what it leads to is looked at', () => {
  const document = `openapi: 3.0.3
info: { title: A, version: 1.0.0 }
paths:
  /a:
    get: { «$ref»: get.yaml }
`;
  expectFindings(
    document,
    [
      'structure: `responses` is missing; the Operation Object requires it. Add it.',
      'structure: A `$ref` cannot stand for the Operation Object: only tools that bundle the files first read it. Write the object here.',
    ],
    { 'get.yaml': 'description: No answer.\n' },
  );
});

test('what stands beside a reference where none can stand is not taken for all there is', () => {
  const document = (operation: string) => `openapi: 3.0.3
info: { title: A, version: 1.0.0 }
paths:
  /a:
    get: { ${operation}, «$ref»: get.yaml }
`;
  const misplaced =
    'structure: A `$ref` cannot stand for the Operation Object: only tools that bundle the files first read it. Write the object here.';
  const files = { 'get.yaml': "responses: { '200': { description: All. } }\n" };
  expectFindings(document('operationId: a'), [misplaced], files);
  expectFindings(
    document('«sumary»: b'),
    ['structure: `sumary` is not a field of the Operation Object; did you mean `summary`?', misplaced],
    files,
  );
  const properties = (written: string) =>
    `${head('3.0.3')}paths: {}\ncomponents:\n  schemas:\n    A: { type: object }\n    B: { properties: { ${written} } }\n`;
  expectFindings(properties("«$ref»: '#/components/schemas/A', b: { type: «text» }"), [
    'structure: A `$ref` cannot stand for all of `properties`: only tools that bundle the files first read it. Give each entry a `$ref` of its own.',
    'structure: `type` is `text`; it must be one of `array`, `boolean`, `integer`, `number`, `object` or `string`.',
  ]);
  expectFindings(properties('$ref: { type: string }, b: { type: string }'), []);
});

test('a reference to a key with a slash is told how it is written, unless the key itself is wrong', () => {
  const paths = (ref: string) =>
    `${head('3.1.0')}paths:\n  /a: { get: { responses: { '200': { description: b } } } }\n  /b: { $ref: ${ref} }\n`;
  expectFindings(paths("«'#/paths//a'»"), [
    "reference: `#/paths//a` leads nowhere: `paths` has no `''`; its key `/a` is written `~1a` in a reference.",
  ]);
  expectFindings(paths("'#/paths/~1a'"), []);
  const schemas = `${head('3.1.0')}paths: {}\ncomponents:\n  schemas:\n    «a/b»: { type: string }\n    c: { $ref: '#/components/schemas/a/b' }\n`;
  expectFindings(schemas, ['structure: `a/b` cannot be a name here; names have only letters, digits, `.`, `-` and `_`.']);
});

test('of a reference where none can stand it is not said that it leads to another kind, but that it leads nowhere', () => {
  const document = (content: string) => `openapi: 3.0.3
info: { title: A, version: 1.0.0 }
paths:
  /a:
    get:
      responses:
        '200': { description: All., content: ${content} }
components:
  schemas:
    A: { type: object }
`;
  const misplaced =
    'structure: A `$ref` cannot stand for all of `content`: only tools that bundle the files first read it. Give each entry a `$ref` of its own.';
  expectFindings(document("{ «$ref»: '#/components/schemas/A' }"), [misplaced]);
  expectFindings(document("{ «$ref»: «'#/components/schemas/B'» }"), [
    misplaced,
    'reference: `#/components/schemas/B` leads nowhere: `components/schemas` has no `B`.',
  ]);
});

test('a reference where a text must stand is said as one, and once', () => {
  const tags = (...descriptions: string[]) =>
    `openapi: 3.0.3\ninfo: { title: A, version: 1.0.0 }\npaths: {}\ntags:\n${descriptions.map((one, index) => `  - { name: t${index}, description: ${one} }\n`).join('')}`;
  const files = { 'a.md': 'A text.\n' };
  expectFindings(
    tags('«{ $ref: a.md }»'),
    [
      'structure: `description` must be a string, for which a `$ref` cannot stand: only tools that bundle the files first read it. Write the value here.',
    ],
    files,
  );
  expectFindings(
    tags('«{ $ref: a.md }»', ...Array<string>(4).fill('{ $ref: a.md }')),
    [
      'structure: 5 values that must each be a string, of which this is the first, are `$ref`s, which cannot stand for them: only tools that bundle the files first read them. Write the values here.',
    ],
    files,
  );
});

test('what a whole document does is said once', () => {
  const [first, ...others] = ['a', 'b', 'c', 'd'].map((name) => `  /${name}: { get: { $ref: get.yaml } }\n`) as [
    string,
    ...string[],
  ];
  const document = `openapi: 3.0.3
info: { title: A, version: 1.0.0 }
paths:
${first.replace('$ref', '«$ref»')}${others.join('')}`;
  expectFindings(
    document,
    [
      'structure: 4 Operation Objects, of which this is the first, are `$ref`s, which cannot stand for them: only tools that bundle the files first read them. Write the objects here.',
    ],
    { 'get.yaml': 'responses: { "200": { description: An answer. } }\n' },
  );
  const operations = ['a', 'b', 'c', 'd'].map(
    (name, index) =>
      `  /${name}: { get: { security: [{ token: [${index === 0 ? '«read»' : 'read'}] }], responses: { "200": { description: An answer. } } } }\n`,
  );
  expectFindings(
    `openapi: 3.0.3
info: { title: A, version: 1.0.0 }
paths:
${operations.join('')}components:
  securitySchemes: { token: { type: http, scheme: bearer } }
`,
    [
      'security-defined: 4 requirements, of which this is the first, list scopes of `token`, which is of the type `http` and has none; leave the lists empty.',
    ],
  );
});
