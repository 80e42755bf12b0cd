/**
 * Writes the schemas of server/core/structure from the official ones: OpenAPI's and AsyncAPI's as npm packages carry
 * them, without prose, with the specification's names of objects, and each definition once although nine versions of
 * AsyncAPI repeat it. `--check` only says whether the files are current.
 *
 * The result is JSON Schema 2020-12 in which `$ref` is the name of a definition, and with these keywords of its own:
 * `name` (what the specification calls the object), `refOr` (a Reference Object, or this), `refTo` (a Reference Object
 * that leads to this), `beside` (texts that the Reference Object may have), `says` (the sentence for a failure), `uniqueBy` (items differ in this field), `schemaObject` (the
 * schema of a Schema Object: `$schema` in it means another dialect).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

type Json = Record<string, any>;

const require = createRequire(import.meta.url);
const folder = new URL('../server/core/structure/schemas/', import.meta.url);
const oai = '@seriousme/openapi-schema-validator/schemas';
const spectral = '@stoplight/spectral-rulesets/dist/oas/schemas/oas';
const load = (file: string): Json => structuredClone(require(file));

const asyncapiVersions = ['2.0', '2.1', '2.2', '2.3', '2.4', '2.5', '2.6', '3.0', '3.1'];

/** A schema as it is published, with the base its `$ref`s are read against and the meaning of its Schema Objects. */
interface Source {
  readonly schema: Json | boolean;
  readonly document: Json;
  /** What `$dynamicRef: '#meta'` and OpenAPI's `schema` definition mean. */
  readonly dialect: Json | undefined;
  /** Before 2019-09 a `$ref` stands alone. */
  readonly loneRef: boolean;
}

/** Published documents by the URI that references name them with. */
const published = new Map<string, Json>();

function publish(document: Json, ...uris: string[]): Json {
  for (const uri of [document.$id, ...uris]) if (uri) published.set(uri.replace(/#$/, ''), document);
  return document;
}

function openapi(): Record<string, Json> {
  for (const name of [
    'schema',
    'meta/core',
    'meta/applicator',
    'meta/unevaluated',
    'meta/validation',
    'meta/meta-data',
    'meta/format-annotation',
    'meta/content',
  ])
    publish(load(`ajv/dist/refs/json-schema-2020-12/${name}.json`));
  const json2020 = published.get('https://json-schema.org/draft/2020-12/schema') as Json;
  // Kept there for readers of old schemas only; every schema may have properties of these names.
  delete json2020.properties;
  publish(
    load('@stoplight/spectral-rulesets/dist/oas/schemas/json-schema/draft-04.json'),
    'http://json-schema.org/draft-04/schema',
  );
  const draft7 = publish(load('ajv/dist/refs/json-schema-draft-07.json'));
  const dialectOf = (version: string): Json => {
    const vocabulary = publish(load(`${spectral}/v${version}/meta.schema.json`));
    // Its three branches on the type say no more than this, and slower.
    if (vocabulary.if)
      Object.assign(vocabulary, { properties: vocabulary.then.properties, if: undefined, then: undefined, else: undefined });
    return publish({
      $id: `https://spec.openapis.org/oas/${version}/dialect/base`,
      allOf: [{ $ref: json2020.$id }, { $ref: vocabulary.$id }],
    });
  };
  const dialect31 = dialectOf('3.1');
  const dialect32 = dialectOf('3.2');
  for (const dialect of [json2020, dialect31, dialect32, draft7])
    Object.assign(dialect, { name: 'Schema Object', schemaObject: true });
  const roots: Record<string, Json> = {};
  const v2 = load(`${oai}/v2.0/schema.json`);
  nameAll(v2.definitions, names2, () => undefined);
  v2.name = 'Swagger Object';
  v2.properties.tags.uniqueBy = 'name';
  v2.definitions.oauth2Scopes.patternProperties = extensions;
  for (const name of [
    'header',
    'primitivesItems',
    ...Object.keys(v2.definitions).filter((each) => /ParameterSubSchema$/.test(each)),
  ])
    v2.definitions[name].allOf = [listNeedsItems];
  roots['openapi 2.0'] = convert({ schema: v2, document: v2, dialect: undefined, loneRef: true });
  const v3 = load(`${oai}/v3.0/schema.json`);
  nameAll(v3.definitions, names3, (name) => `${words(name)} Object`);
  v3.name = 'OpenAPI Object';
  v3.properties.openapi = wholeVersion(v3.properties.openapi.pattern, '3.0.3');
  v3.properties.tags.uniqueBy = 'name';
  v3.definitions.Schema.allOf = [listNeedsItems];
  for (const map of Object.values<Json>(v3.definitions.Components.properties)) map.propertyNames = componentName;
  roots['openapi 3.0'] = convert({ schema: v3, document: v3, dialect: undefined, loneRef: true });
  for (const [version, dialect] of [
    ['3.1', dialect31],
    ['3.2', dialect32],
  ] as const) {
    const document = load(`${oai}/v${version}/schema.json`);
    nameAll(document.$defs, {}, (_, { $comment }) => {
      const object = /#([a-z-]+-object)$/.exec($comment ?? '')?.[1];
      return object && words(object);
    });
    document.$defs['oauth-flows'].name = 'OAuth Flows Object';
    for (const flow of Object.values<Json>(document.$defs['oauth-flows'].$defs)) flow.name = 'OAuth Flow Object';
    document.$defs.schema = { $dynamicRef: '#meta' };
    document.name = 'OpenAPI Object';
    document.properties.openapi = wholeVersion(document.properties.openapi.pattern, `${version}.0`);
    document.properties.tags.uniqueBy = 'name';
    // Its extensions are beside what it refers to, where `additionalProperties` does not see them.
    document.$defs.callbacks.patternProperties = extensions;
    if (document.$defs.parameters)
      document.$defs.parameters.says =
        'Parameters with `in: query` and `in: querystring` exclude each other; describe the query string one way.';
    roots[`openapi ${version}`] = convert({ schema: document, document, dialect, loneRef: false });
  }
  const meanings: [name: string, schema: Json, dialect: Json | undefined][] = [
    ['https://json-schema.org/draft/2020-12/schema', json2020, json2020],
    ['http://json-schema.org/draft-07/schema', draft7, undefined],
    ['https://spec.openapis.org/oas/3.1/dialect/base', dialect31, dialect31],
    ['https://spec.openapis.org/oas/3.2/dialect/base', dialect32, dialect32],
  ];
  for (const [name, schema, dialect] of meanings) {
    roots[`dialect ${name}`] = { $ref: define({ schema, document: schema, dialect, loneRef: dialect === undefined }) };
  }
  return roots;
}

/** The texts demand of lists what the schemas leave out. What another schema is part of may have them from there. */
const listNeedsItems = {
  if: {
    properties: { type: { const: 'array' } },
    required: ['type'],
    not: { anyOf: ['allOf', 'anyOf', 'oneOf'].map((key) => ({ required: [key] })) },
  },
  then: { required: ['items'] },
};
const extensions = { '^x-': true };

function asyncapi(): Record<string, Json> {
  const bindings = publishBindings();
  return Object.fromEntries(
    asyncapiVersions.map((version) => {
      published.delete('http://json-schema.org/draft-07/schema');
      const document = load(`@asyncapi/specs/schemas/${version}.0.json`);
      for (const [uri, definition] of Object.entries<Json>(document.definitions)) {
        tighten(uri, definition);
        publish(definition, uri);
      }
      const own = (name: string): Json => document.definitions[`http://asyncapi.com/definitions/${version}.0/${name}.json`];
      for (const [uri, definition] of Object.entries<Json>(document.definitions)) {
        const name = asyncapiName(uri);
        if (name) definition.name = name;
      }
      document.name = 'AsyncAPI Object';
      document.properties.asyncapi = wholeVersion(`^${version.replace('.', '\\.')}\\.\\d+(?:-.+)?$`, `${version}.0`);
      const servers = own('servers') ?? document.properties.servers;
      servers.propertyNames = componentName;
      own('schema').schemaObject = true;
      // A schema may be `true` or `false`, and `required` says nothing of those.
      if (own('anySchema')) own('anySchema').if.type = 'object';
      // What AsyncAPI says of a keyword includes what draft 7 says; saying both doubles the work at each level.
      const [, { properties: redefined }] = own('schema').allOf;
      const draft7 = structuredClone(document.definitions['http://json-schema.org/draft-07/schema']);
      for (const key of Object.keys(redefined)) delete draft7.properties[key];
      forEachSchema(draft7, (schema) => {
        if (typeof schema.$ref === 'string') schema.$ref = schema.$ref.replace(/^#/, 'http://json-schema.org/draft-07/schema#');
      });
      published.set('lintel:draft7', draft7);
      own('schema').allOf[0] = { $ref: 'lintel:draft7' };
      const { properties } = own('components');
      for (const [key, map] of Object.entries<Json>(properties)) {
        // The specification demands it of every map of components; the schemas forget it in most.
        properties[key] = { allOf: [map, { propertyNames: componentName }] };
      }
      for (const definition of Object.values<Json>(document.definitions)) {
        forEachSchema(definition, (schema) => {
          if (schema.properties?.tags?.type === 'array') schema.properties.tags.uniqueBy = 'name';
        });
      }
      // A schema of another language may stand in a file of its own.
      for (const name of ['message', 'multiFormatSchema']) {
        if (!own(name)) continue;
        forEachSchema(own(name), ({ then }) => {
          for (const key of ['payload', 'schema']) {
            const schema = then?.properties?.[key];
            if (/avroSchema|openapiSchema/.test(schema?.$ref ?? '')) then.properties[key] = { refOr: schema };
          }
        });
      }
      document.properties.tags && (document.properties.tags.uniqueBy = 'name');
      if (version.startsWith('2')) referToComponents(own);
      if (version.startsWith('2')) own('parameters').propertyNames = componentName;
      if (version.startsWith('2')) {
        own('messageTrait').properties.examples = { type: 'array', items: messageExample(version) };
        forEachSchema(own('message'), ({ properties }) => {
          if (properties?.examples?.items) properties.examples.items.name = messageExample(version).name;
        });
      }
      if (version.startsWith('2')) bindByProtocol(own, bindings);
      else {
        aimReferences(own);
        bindAsTextsSay(own, version, bindings);
      }
      return [`asyncapi ${version}`, convert({ schema: document, document, dialect: undefined, loneRef: true })];
    }),
  );
}

/** Releases differ in nothing that a schema says, so any of a version will do. */
function wholeVersion(pattern: string, example: string): Json {
  return { type: 'string', pattern, says: `The version is written in whole, such as \`${example}\`.` };
}

/** Components of AsyncAPI 2 may themselves be references; early schemas leave that out. */
function referToComponents(own: (name: string) => Json): void {
  for (const name of ['operationTraits', 'messageTraits']) {
    const map = own('components').properties[name].allOf[0];
    if (map.additionalProperties?.$ref) map.additionalProperties = { refOr: map.additionalProperties };
  }
}

/** References of AsyncAPI 3 that may lead to one kind of object only; the schemas leave it open. */
function aimReferences(own: (name: string) => Json): void {
  const to = (name: string) => ({ refTo: { $ref: own(name).$id } });
  const channel = own('channel').properties;
  const operation = own('operation').properties;
  const reply = own('operationReply').properties;
  channel.servers.items = to('server');
  operation.channel = to('channel');
  reply.channel = to('channel');
  operation.messages.items = to('messageObject');
  reply.messages.items = to('messageObject');
}

type Bindings = Map<string, Map<string, string[]>>;

/** Every binding schema of the package, by kind and protocol; versions from the newest. */
function publishBindings(): Bindings {
  const bindings: Bindings = new Map();
  const files = ['3.0', '3.1'].flatMap((version) =>
    Object.entries<Json>(load(`@asyncapi/specs/schemas/${version}.0.json`).definitions),
  );
  const listed = bindingFiles.map(([protocol, version, kind]) => {
    const uri = `http://asyncapi.com/bindings/${protocol}/${version}/${kind}.json`;
    return [uri, load(`@asyncapi/specs/bindings/${protocol}/${version}/${kind}.json`)] as const;
  });
  for (const [uri, definition] of [...listed, ...files]) {
    tighten(uri, definition);
    publish(definition, uri);
    const name = asyncapiName(uri);
    if (name) definition.name = name;
    const [, protocol = '', version = '', kind = ''] = /\/bindings\/([^/]+)\/([^/]+)\/([^/]+)\.json$/.exec(uri) ?? [];
    if (!kind) continue;
    const key = protocol === 'websockets' ? 'ws' : protocol;
    const versions = getOr(
      getOr(bindings, kind, () => new Map()),
      key,
      (): string[] => [],
    );
    if (!versions.includes(version)) versions.push(version);
    versions.sort((a: string, b: string) => b.localeCompare(a, 'en', { numeric: true }));
  }
  return bindings;
}

/**
 * What the bindings' texts demand ("MUST be 0, 1 or 2", "MUST be of type object") and their schemas do not, and what the
 * schemas misspell or leave out of some bindings alone.
 */
function tighten(uri: string, definition: Json): void {
  const { properties } = definition;
  if (/\/bindings\//.test(uri) && definition.additionalProperties === false) definition.patternProperties ??= extensions;
  if (/\/ros2\/.*operation/.test(uri)) properties.qosPolicies.properties.reliability.enum = ['best_effort', 'reliable'];
  const objectSchema = (schema: Json): Json => ({ allOf: [schema, { properties: { type: { const: 'object' } } }] });
  if (/\/mqtt\/.*operation/.test(uri)) properties.qos = { type: 'integer', enum: [0, 1, 2] };
  if (/\/http\/.*operation/.test(uri) && properties.query) properties.query = objectSchema(properties.query);
  if (/\/http\/.*message/.test(uri) && properties.headers) properties.headers = objectSchema(properties.headers);
  if (/\/websockets\//.test(uri)) for (const key of ['query', 'headers']) properties[key] = objectSchema(properties[key]);
  // Any object is a schema; one without any of these is an example key that went astray.
  const keywords = ['type', 'enum', 'const', '$ref', 'properties', 'items', 'allOf', 'anyOf', 'oneOf', 'not'];
  if (/\/kafka\/.*message/.test(uri) && properties.key?.$ref) {
    properties.key = {
      allOf: [properties.key, { if: { type: 'object' }, then: { anyOf: keywords.map((each) => ({ required: [each] })) } }],
    };
  }
}

/** A binding's version that has no schema of its own is read as this one, without what ties its fields together. */
function neighbour(uri: string): Json {
  const known = published.get(`${uri}#neighbour`);
  if (known) return { $ref: `${uri}#neighbour` };
  const copy = structuredClone(published.get(uri)) as Json;
  delete copy.oneOf;
  copy.properties.bindingVersion = { type: 'string' };
  published.set(`${uri}#neighbour`, copy);
  return { $ref: `${uri}#neighbour` };
}

/** Bindings that the package carries as files beside the whole schemas: versions that only AsyncAPI 2 documents use. */
const bindingFiles = [
  ['amqp', '0.2.0', 'channel'],
  ['amqp', '0.2.0', 'message'],
  ['amqp', '0.2.0', 'operation'],
  ['googlepubsub', '0.1.0', 'channel'],
  ['googlepubsub', '0.1.0', 'message'],
  ['http', '0.1.0', 'message'],
  ['http', '0.1.0', 'operation'],
  ['kafka', '0.1.0', 'message'],
  ['kafka', '0.1.0', 'operation'],
  ['mqtt', '0.1.0', 'message'],
  ['mqtt', '0.1.0', 'operation'],
  ['mqtt', '0.1.0', 'server'],
  ['sns', '0.2.0', 'channel'],
  ['sns', '0.2.0', 'operation'],
  ['sqs', '0.3.0', 'channel'],
  ['sqs', '0.3.0', 'operation'],
] as const;

/**
 * AsyncAPI 2 documents bind to the same protocols as 3, and the schemas of 2.x say nothing about them. The version that
 * `bindingVersion` names counts. Without one the newest is meant, but documents are older than it: any known version
 * will do. One that is not published as a schema is read as its nearest neighbour.
 */
function bindByProtocol(own: (name: string) => Json, bindings: Bindings): void {
  const objects = new Map<string, Json>();
  for (const [kind, protocols] of bindings) {
    const schema: Json = { type: 'object', name: `${words(kind)} Bindings Object`, properties: {} };
    for (const [protocol, versions] of protocols) schema.properties[protocol] = binding(protocol, kind, versions);
    if (kind === 'server') schema.properties.mqtt5 = mqtt5Server();
    const uri = `lintel:${kind}Bindings`;
    publish(schema, uri);
    objects.set(kind, { refOr: { $ref: uri } });
  }
  const places: readonly [kind: string, ...definitions: string[]][] = [
    ['channel', 'channelItem'],
    ['operation', 'operation', 'operationTrait'],
    ['message', 'message', 'messageTrait'],
    ['server', 'server'],
  ];
  for (const [kind, ...definitions] of places) {
    for (const name of definitions) {
      forEachSchema(own(name), (schema) => {
        if (schema.properties?.bindings) schema.properties.bindings = objects.get(kind);
      });
    }
    const map = own('components').properties[`${kind}Bindings`]?.allOf[0];
    if (map) map.additionalProperties = objects.get(kind);
  }
}

/**
 * The schemas of AsyncAPI 3 leave out protocols that its text has, and versions that the bindings' own repository
 * publishes; `latest` is what a binding without a version is.
 */
function bindAsTextsSay(own: (name: string) => Json, version: string, bindings: Bindings): void {
  for (const [kind, protocols] of bindings) {
    const { properties } = own(`${kind}BindingsObject`);
    for (const protocol of ['mercure', 'mqtt5', 'pulsar', ...(version === '3.0' ? [] : ['ros2'])])
      properties[protocol] ??= { type: 'object' };
    if (kind === 'server') properties.mqtt5 = mqtt5Server();
    for (const [protocol, versions] of protocols) {
      const { properties: fields, allOf } = properties[protocol] ?? {};
      if (!fields?.bindingVersion?.enum) continue;
      const uri = (version: string | undefined) => bindingUri(protocol, version, kind);
      const add = (version: string, schema: Json) => {
        fields.bindingVersion.enum.push(version);
        allOf.push({ if: whereVersion({ const: version }), then: schema });
      };
      for (const each of versions) if (!fields.bindingVersion.enum.includes(each)) add(each, { $ref: uri(each) });
      const newest = neighbour(uri(versions[0]));
      add('latest', newest);
      // Published as a text alone.
      if (protocol === 'sns') add('1.0.0', newest);
    }
  }
}

/** Of MQTT 5, which no schema describes since its fields are in MQTT's, the text has one field. */
function mqtt5Server(): Json {
  const { sessionExpiryInterval } = published.get(bindingUri('mqtt', '0.2.0', 'server'))?.properties ?? {};
  const properties = { sessionExpiryInterval, bindingVersion: { type: 'string' } };
  return {
    type: 'object',
    name: 'MQTT 5 Server Binding Object',
    properties,
    patternProperties: extensions,
    additionalProperties: false,
  };
}

function bindingUri(protocol: string, version: string | undefined, kind: string): string {
  return `http://asyncapi.com/bindings/${protocol === 'ws' ? 'websockets' : protocol}/${version}/${kind}.json`;
}

const whereVersion = (bindingVersion: Json): Json => ({ properties: { bindingVersion }, required: ['bindingVersion'] });

function binding(protocol: string, kind: string, versions: readonly string[]): Json {
  const ref = (version: string | undefined) => ({ $ref: bindingUri(protocol, version, kind) });
  const where = whereVersion;
  const oldest = versions.at(-1) as string;
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(oldest) as unknown as string[];
  const older = `^(?:${Array.from({ length: Number(minor) }, (_, each) => `${major}\\.${each}\\.`).join('|') || '(?!)'})`;
  let rest: Json = { if: where({ pattern: older }), then: neighbour(ref(oldest).$ref), else: neighbour(ref(versions[0]).$ref) };
  for (const version of versions.toReversed()) rest = { if: where({ const: version }), then: ref(version), else: rest };
  return {
    type: 'object',
    if: { required: ['bindingVersion'] },
    // biome-ignore lint/suspicious/noThenProperty: JSON Schema's keyword.
    then: { if: where({ type: 'string' }), then: rest, else: { properties: { bindingVersion: { type: 'string' } } } },
    else: versions.length === 1 ? ref(versions[0]) : { anyOf: versions.map(ref) },
  };
}

/** Traits of AsyncAPI 2 have examples as messages do; the schemas of most of its versions take any object. */
function messageExample(version: string): Json {
  return {
    type: 'object',
    name: 'Message Example Object',
    properties: { name: { type: 'string' }, summary: { type: 'string' }, headers: { type: 'object' }, payload: true },
    patternProperties: { '^x-': true },
    additionalProperties: false,
    ...(version !== '2.0' && { anyOf: [{ required: ['payload'] }, { required: ['headers'] }] }),
  };
}

const componentName = { pattern: '^[a-zA-Z0-9._-]+$' };

function getOr<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/** `pathItem`, `path-item` and `PathItem` are `Path Item`. */
function words(name: string): string {
  return name
    .replace(/([a-z])(?=[A-Z])/g, '$1 ')
    .split(/[-\s]/)
    .map((word) =>
      /^(?:xml|url|id)$/i.test(word)
        ? word.toUpperCase()
        : word === 'oauth'
          ? 'OAuth'
          : word.charAt(0).toUpperCase() + word.slice(1),
    )
    .join(' ');
}

const names2: Record<string, string | undefined> = {
  ...Object.fromEntries(
    [
      'info',
      'contact',
      'license',
      'paths',
      'definitions',
      'operation',
      'pathItem',
      'responses',
      'response',
      'headers',
      'header',
      'schema',
      'securityRequirement',
      'xml',
      'tag',
      'securityDefinitions',
    ].map((name) => [name, `${words(name)} Object`]),
  ),
  parameterDefinitions: 'Parameters Definitions Object',
  responseDefinitions: 'Responses Definitions Object',
  externalDocs: 'External Documentation Object',
  examples: 'Example Object',
  ...Object.fromEntries(
    [
      'bodyParameter',
      'headerParameterSubSchema',
      'queryParameterSubSchema',
      'formDataParameterSubSchema',
      'pathParameterSubSchema',
      'nonBodyParameter',
      'parameter',
    ].map((name) => [name, 'Parameter Object']),
  ),
  fileSchema: 'Schema Object',
  primitivesItems: 'Items Object',
  ...Object.fromEntries(
    [
      'basicAuthenticationSecurity',
      'apiKeySecurity',
      'oauth2ImplicitSecurity',
      'oauth2PasswordSecurity',
      'oauth2ApplicationSecurity',
      'oauth2AccessCodeSecurity',
    ].map((name) => [name, 'Security Scheme Object']),
  ),
  oauth2Scopes: 'Scopes Object',
};

const names3: Record<string, string | undefined> = {
  XML: 'XML Object',
  ExampleXORExamples: undefined,
  SchemaXORContent: undefined,
  ParameterLocation: undefined,
  APIKeySecurityScheme: 'Security Scheme Object',
  HTTPSecurityScheme: 'Security Scheme Object',
  OAuth2SecurityScheme: 'Security Scheme Object',
  OpenIdConnectSecurityScheme: 'Security Scheme Object',
  OAuthFlows: 'OAuth Flows Object',
  ImplicitOAuthFlow: 'OAuth Flow Object',
  PasswordOAuthFlow: 'OAuth Flow Object',
  ClientCredentialsFlow: 'OAuth Flow Object',
  AuthorizationCodeOAuthFlow: 'OAuth Flow Object',
};

function nameAll(
  definitions: Json,
  table: Record<string, string | undefined>,
  otherwise: (name: string, schema: Json) => string | undefined,
): void {
  for (const [key, schema] of Object.entries<Json>(definitions)) {
    const name = key in table ? table[key] : otherwise(key, schema);
    if (name) schema.name = name;
  }
}

function asyncapiName(uri: string): string | undefined {
  const [, protocol, kind] = /\/bindings\/([^/]+)\/[^/]+\/([^/]+)\.json$/.exec(uri) ?? [];
  const protocols: Record<string, string> = {
    amqp: 'AMQP',
    anypointmq: 'Anypoint MQ',
    googlepubsub: 'Google Cloud Pub/Sub',
    http: 'HTTP',
    ibmmq: 'IBM MQ',
    jms: 'JMS',
    mqtt: 'MQTT',
    nats: 'NATS',
    ros2: 'ROS 2',
    sns: 'SNS',
    sqs: 'SQS',
    websockets: 'WebSockets',
  };
  if (protocol && kind) return `${protocols[protocol] ?? words(protocol)} ${words(kind)} Binding Object`;
  if (uri === 'http://json-schema.org/draft-07/schema') return 'Schema Object';
  const [, name] = /\/definitions\/[^/]+\/([^/]+)\.json$/.exec(uri) ?? [];
  if (
    !name ||
    /^(?:Reference|ReferenceObject|specificationExtension|anySchema|infoExtensions|schemas|messages|avroSchema_v1|securityRequirements)$/.test(
      name,
    )
  )
    return undefined;
  if (/Scheme$|^(?:userPassword|apiKey|X509|symmetricEncryption|asymmetricEncryption|oauth2Flows|openIdConnect)$/.test(name))
    return 'Security Scheme Object';
  const special: Record<string, string> = {
    messageObject: 'Message Object',
    messageExampleObject: 'Message Example Object',
    externalDocs: 'External Documentation Object',
    correlationId: 'Correlation ID Object',
    oauth2Flow: 'OAuth Flow Object',
    oauth2Scopes: 'Scopes Object',
    openapiSchema_3_0: 'Schema Object',
    channelMessages: 'Messages Object',
    multiFormatSchema: 'Multi Format Schema Object',
    SecurityRequirement: 'Security Requirement Object',
    bindingsObject: 'Bindings Object',
  };
  return special[name] ?? `${words(name.replace(/Object$/, ''))} Object`;
}

/** Calls back for a schema and everything below it. */
function forEachSchema(schema: unknown, visit: (schema: Json) => void): void {
  if (typeof schema !== 'object' || schema === null) return;
  if (!Array.isArray(schema)) visit(schema);
  for (const value of Object.values(schema)) forEachSchema(value, visit);
}

/** Formats that the specifications' own test suites break. */
const annotation = new Set(['media-range']);

const prose = new Set([
  '$id',
  'id',
  '$schema',
  '$comment',
  'title',
  'description',
  'default',
  'example',
  'examples',
  'definitions',
  '$defs',
  '$vocabulary',
  '$dynamicAnchor',
  '$anchor',
  'discriminator',
  'readOnly',
  'writeOnly',
  'deprecated',
  'dependencies',
  'additionalItems',
  'errorMessage',
]);
const maps = new Set(['properties', 'patternProperties', 'dependentSchemas']);
const single = new Set([
  'items',
  'additionalProperties',
  'unevaluatedProperties',
  'propertyNames',
  'contains',
  'not',
  'if',
  'then',
  'else',
  'refOr',
  'refTo',
]);
const lists = new Set(['allOf', 'anyOf', 'oneOf']);

/** Definitions by the published schema they come from; filled before the schema is converted, for circles. */
const definitions: { source: Source; name: string; result: Json }[] = [];

function convert(source: Source): Json {
  const { schema, document, dialect } = source;
  if (typeof schema !== 'object') return schema ? {} : { not: {} };
  const out: Json = {};
  const below = (value: Json | boolean): Json | boolean =>
    typeof value === 'boolean' ? value : convert({ ...source, schema: value });
  if (schema.$ref !== undefined) {
    const target = lookUp(schema.$ref, document);
    const isReference = isReferenceObject(target.schema);
    if (isReference) return { refOr: false };
    out.$ref = define({ ...source, ...target });
    if (source.loneRef) return out;
  }
  if (schema.$dynamicRef !== undefined && dialect)
    out.$ref = define({ schema: dialect, document: dialect, dialect, loneRef: false });
  const reference = referenceIn(source);
  if (reference) {
    const { alternative, beside } = reference;
    const named = schema.name ? { name: schema.name } : {};
    const refOr = convert({ ...source, schema: alternative });
    return {
      ...named,
      refOr: refOr.$ref === undefined && refOr.refOr === undefined ? { ...named, ...refOr } : refOr,
      ...(beside.length > 0 ? { beside } : {}),
    };
  }
  expandPatterns(schema);
  for (const [key, value] of Object.entries<any>(schema)) {
    if (
      value === undefined ||
      (key === 'format' && annotation.has(value)) ||
      prose.has(key) ||
      key === '$ref' ||
      key === '$dynamicRef'
    )
      continue;
    if (maps.has(key)) out[key] = Object.fromEntries(Object.entries<any>(value).map(([name, each]) => [name, below(each)]));
    else if (key === 'items' && Array.isArray(value)) out.prefixItems = value.map(below);
    else if (single.has(key)) out[key] = below(value);
    else if (lists.has(key)) out[key] = value.map(below);
    else if ((key === 'exclusiveMinimum' || key === 'exclusiveMaximum') && typeof value === 'boolean') {
      const limit = key === 'exclusiveMinimum' ? 'minimum' : 'maximum';
      if (value) out[key] = schema[limit];
    } else if (value !== undefined) out[key] = value;
  }
  for (const limit of ['Minimum', 'Maximum']) if (schema[`exclusive${limit}`] === true) delete out[limit.toLowerCase()];
  // The `dependencies` of the drafts in use name required fields only, as does every use in these schemas.
  if (schema.dependencies) out.dependentRequired = schema.dependencies;
  for (const key of Object.keys(out)) if (out[key] === true && single.has(key)) delete out[key];
  return out;
}

/** A pattern that is a list of names gives fields like any other: they are then known by name. */
function expandPatterns(schema: Json): void {
  for (const [pattern, value] of Object.entries<Json>(schema.patternProperties ?? {})) {
    const names = /^\^\(([a-z|]+)\)\$$/i.exec(pattern)?.[1]?.split('|') ?? [];
    if (names.length === 0 || names.some((name) => name in (schema.properties ?? {}))) continue;
    delete schema.patternProperties[pattern];
    schema.properties = { ...schema.properties, ...Object.fromEntries(names.map((name) => [name, value])) };
  }
}

/**
 * Of `oneOf: [Reference Object, …]` or `if: {required: [$ref]}, then: Reference Object, else: …` the other side, and which texts the Reference
 * Object may have.
 */
function referenceIn({ schema, document }: Source): { alternative: Json; beside: string[] } | undefined {
  if (typeof schema !== 'object') return undefined;
  const referred = (each: any) => (typeof each?.$ref === 'string' ? lookUp(each.$ref, document).schema : false);
  const isReference = (each: any) => isReferenceObject(referred(each));
  const beside = (each: Json) =>
    Object.entries<Json>((referred(each) as Json).properties ?? {}).flatMap(([name, { type }]) =>
      type === 'string' && name !== '$ref' ? [name] : [],
    );
  if (schema.then && isReference(schema.then) && schema.else) return { alternative: schema.else, beside: beside(schema.then) };
  for (const key of ['oneOf', 'anyOf'] as const) {
    const branches: Json[] = schema[key] ?? [];
    const reference = branches.find(isReference);
    if (!reference) continue;
    const rest = branches.filter((branch) => !isReference(branch));
    return { alternative: rest.length === 1 ? (rest[0] as Json) : { [key]: rest }, beside: beside(reference) };
  }
  return undefined;
}

function isReferenceObject(schema: Json | boolean): boolean {
  if (typeof schema !== 'object') return false;
  return schema.type === 'object' && (schema.required?.[0] === '$ref' || (schema.$comment ?? '').endsWith('#reference-object'));
}

function lookUp(ref: string, document: Json): Pick<Source, 'schema' | 'document'> {
  if (published.has(ref)) return { schema: published.get(ref) as Json, document: published.get(ref) as Json };
  const absolute = /^[a-z]+:/.test(ref) || ref.startsWith('#') || ref.startsWith('/') ? ref : new URL(ref, document.$id).href;
  const [uri = '', fragment = ''] = absolute.split('#');
  const base = uri === '' ? document : published.get(uri);
  if (!base) throw new Error(`No schema at ${ref}.`);
  let schema: any = base;
  for (const key of fragment.split('/').slice(1))
    schema = schema[decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~')];
  if (schema === undefined) throw new Error(`No schema at ${ref}.`);
  return { schema, document: base };
}

function define(source: Source): string {
  const known = definitions.find((each) => each.source.schema === source.schema && each.source.dialect === source.dialect);
  if (known) return known.name;
  const definition = { source, name: `#${definitions.length}`, result: {} as Json };
  definitions.push(definition);
  definition.result = convert(source);
  return definition.name;
}

/** Merges definitions that say the same, references included: they stay apart only where a difference proves it. */
function merge(roots: Record<string, Json>): { roots: Record<string, Json>; definitions: Json[] } {
  const byName = new Map(definitions.map(({ name, result }) => [name, result]));
  const write = (schema: Json, label: (name: string) => string) =>
    JSON.stringify(schema, (key, value) =>
      key === '$ref' && typeof value === 'string' && byName.has(value) ? label(value) : value,
    );
  let classes = new Map([...byName].map(([name, schema]) => [name, write(schema, () => '')]));
  for (let count = 0; ;) {
    const numbers = new Map([...new Set(classes.values())].map((text, index) => [text, String(index)]));
    if (numbers.size === count) break;
    count = numbers.size;
    const before = classes;
    const label = (name: string) => numbers.get(before.get(name) as string) as string;
    classes = new Map([...byName].map(([name, schema]) => [name, `${label(name)} ${write(schema, label)}`]));
  }
  const kept = new Map<string, string>();
  const numberOf = new Map<string, number>();
  for (const [name, text] of classes) {
    if (!kept.has(text)) kept.set(text, name);
    numberOf.set(name, [...kept.keys()].indexOf(text));
  }
  const numbered = (schema: Json): Json =>
    JSON.parse(JSON.stringify(schema), (key, value) => (key === '$ref' && byName.has(value) ? numberOf.get(value) : value));
  return {
    roots: Object.fromEntries(Object.entries(roots).map(([name, schema]) => [name, numbered(schema)])),
    definitions: [...kept.values()].map((name) => numbered(byName.get(name) as Json)),
  };
}

function main(check: boolean): void {
  for (const [name, make] of [
    ['openapi', openapi],
    ['asyncapi', asyncapi],
  ] as const) {
    definitions.length = 0;
    const text = `// Written by scripts/schemas.ts from the official schemas (Apache-2.0).\nexport default ${JSON.stringify(JSON.stringify(merge(make())))};\n`;
    const file = new URL(`${name}.ts`, folder);
    if (!check) writeFileSync(file, text);
    else if (readFileSync(file, 'utf8') !== text) {
      console.error(`${name}.ts is not what scripts/schemas.ts writes. Run \`node scripts/schemas.ts\`.`);
      process.exitCode = 1;
    }
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) main(process.argv.includes('--check'));
