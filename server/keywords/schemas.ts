/**
 * The official schemas, made fit for completion and explanation: what only serves validation goes, every keyword gets
 * the specification's sentence and the link to where it stands.
 */
import type { Format } from '../core/document.ts';
import { isRecord } from '../core/model/api.ts';
import { asyncapi, openapi } from './sentences.ts';

/** A JSON Schema; `$ref`s lead into its own `$defs`. */
export type Schema = Readonly<Record<string, unknown>>;

/** The official schema by format; JSON modules have it as their default export. */
const official: Readonly<Record<string, () => Promise<unknown>>> = {
  'openapi 2.0': () =>
    withDraft(import('@seriousme/openapi-schema-validator/schemas/v2.0/schema.json', { with: { type: 'json' } })),
  'openapi 3.0': () => import('@seriousme/openapi-schema-validator/schemas/v3.0/schema.json', { with: { type: 'json' } }),
  'openapi 3.1': () =>
    withDialect(import('@seriousme/openapi-schema-validator/schemas/v3.1/schema.json', { with: { type: 'json' } })),
  'openapi 3.2': () =>
    withDialect(import('@seriousme/openapi-schema-validator/schemas/v3.2/schema.json', { with: { type: 'json' } }), {
      discriminator: { defaultMapping: text },
      xml: { nodeType: { enum: ['element', 'attribute', 'text', 'cdata', 'none'] } },
    }),
  'asyncapi 2.0': () => import('@asyncapi/specs/schemas/2.0.0-without-$id.json', { with: { type: 'json' } }),
  'asyncapi 2.1': () => import('@asyncapi/specs/schemas/2.1.0-without-$id.json', { with: { type: 'json' } }),
  'asyncapi 2.2': () => import('@asyncapi/specs/schemas/2.2.0-without-$id.json', { with: { type: 'json' } }),
  'asyncapi 2.3': () => import('@asyncapi/specs/schemas/2.3.0-without-$id.json', { with: { type: 'json' } }),
  'asyncapi 2.4': () => import('@asyncapi/specs/schemas/2.4.0-without-$id.json', { with: { type: 'json' } }),
  'asyncapi 2.5': () => import('@asyncapi/specs/schemas/2.5.0-without-$id.json', { with: { type: 'json' } }),
  'asyncapi 2.6': () => import('@asyncapi/specs/schemas/2.6.0-without-$id.json', { with: { type: 'json' } }),
  'asyncapi 3.0': () => import('@asyncapi/specs/schemas/3.0.0-without-$id.json', { with: { type: 'json' } }),
  'asyncapi 3.1': () => import('@asyncapi/specs/schemas/3.1.0-without-$id.json', { with: { type: 'json' } }),
};

/** The formats that have a schema. */
export const formats: readonly Format[] = Object.keys(official).map((name) => {
  const [kind, version] = name.split(' ') as [Format['kind'], string];
  return { kind, version };
});

/** The specifications as they are published on the web. */
const published: Readonly<Record<string, string>> = { '2.0': '2.0', '3.0': '3.0.4', '3.1': '3.1.1', '3.2': '3.2.0' };

/** Markdown that leads to where the specification tells of an object. */
function linkTo(object: string, { kind, version }: Format): string {
  const words = object.split(' ');
  const bindings = 'https://github.com/asyncapi/bindings';
  if (object === 'Bindings') return `[Bindings](${bindings})`;
  if (object.endsWith(' binding')) return `[${object}](${bindings}/tree/master/${words[0]})`;
  if (kind === 'asyncapi') {
    const anchor =
      object === 'AsyncAPI'
        ? 'A2S'
        : words.map((word, at) => (at === 0 ? word.toLowerCase() : word.replace('ID', 'Id'))).join('');
    return `[${object} Object](https://www.asyncapi.com/docs/reference/specification/v${version}.0#${anchor}Object)`;
  }
  const anchor = object === 'OpenAPI' && version === '2.0' ? 'swagger' : words.join('-').toLowerCase();
  return `[${object} Object](https://spec.openapis.org/oas/v${published[version]}.html#${anchor}-object)`;
}

/** The schema of a format; undefined for versions that nobody has published. */
export async function schemaOf(format: Format): Promise<Schema | undefined> {
  const load = official[`${format.kind} ${format.version}`];
  return load && prepare(defaultOf(await load()), format);
}

/** Rewrites an official schema; whatever its references reach goes to `$defs`. */
function prepare(schema: unknown, format: Format): Schema {
  const sentences = format.kind === 'openapi' ? openapi : asyncapi;
  const objects = new Map(Object.keys(sentences).map((name) => [plain(name), name]));
  const root = format.kind === 'openapi' ? 'OpenAPI' : 'AsyncAPI';
  const definitions: Record<string, unknown> = {};

  /** The specification's name of the object a pointer leads into. */
  const objectAt = (pointer: string) => {
    const binding = /\/bindings-(\w+)-/.exec(pointer)?.[1];
    if (binding) return `${binding} binding`;
    const names = [...pointer.matchAll(/\/(?:\$defs|definitions)\/([^/]+)/g)].map(([, name]) => plain(name as string));
    const named = (name: string) => objects.get(name) ?? aliases.find(([pattern]) => pattern.test(name))?.[1];
    return names.reverse().map(named).find(Boolean) ?? root;
  };

  const describe = (keyword: string, value: unknown, object: string): unknown => {
    if (!isRecord(value)) return describe(keyword, {}, object);
    const { description, ...rest } = value;
    const sentence = description ?? sentences[object]?.[keyword] ?? sentences['']?.[keyword];
    return sentence
      ? {
          ...rest,
          markdownDescription: `${String(sentence).trim()}

${linkTo(object, format)}`,
        }
      : rest;
  };

  /** Numbers name the definitions: readers of `$ref` differ on what they make of a pointer within a pointer. */
  const numbers = new Map<string, number>();
  const define = (name: string, make: () => unknown) => {
    const number = numbers.get(name) ?? numbers.size;
    if (!numbers.has(name)) {
      numbers.set(name, number);
      definitions[number] = make();
    }
    return { $ref: `#/$defs/${number}` };
  };

  const refer = (ref: string) => {
    const pointer = ref === '#meta' ? '#/$defs/schema' : ref;
    return define(pointer, () => convert(valueAt(schema, pointer), objectAt(pointer)));
  };

  /** An object in whose place a reference may stand: also `$ref` is one of its keywords. */
  const orReference = (value: unknown, object: string) => {
    const $ref = describe('$ref', { type: 'string' }, 'Reference');
    const target = isRecord(value) && typeof value.$ref === 'string' ? value.$ref : undefined;
    if (target === undefined) return { allOf: [convert(value, object), { properties: { $ref } }] };
    return define(`${target} or reference`, () => {
      const { $ref: further, ...rest } = convert(valueAt(schema, target), objectAt(target)) as Record<string, unknown>;
      const known = isRecord(rest.properties) ? rest.properties : {};
      return { ...rest, ...(further ? { allOf: [{ $ref: further }] } : {}), properties: { ...known, $ref } };
    });
  };

  const members = (map: unknown, object: string) =>
    Object.entries(isRecord(map) ? map : {}).map(([key, value]) => [key, convert(value, object)] as const);

  function convert(value: unknown, object: string): unknown {
    if (Array.isArray(value)) return value.map((item) => convert(item, object));
    if (!isRecord(value)) return value;
    const alternative = besideReference(value);
    if (alternative !== undefined) return { ...orReference(alternative, object), ...pick(value, ['description']) };
    const result: Record<string, unknown> = pick(value, ['type', 'enum', 'const', 'required', 'description', 'pattern']);
    const keywords = { ...listed(value.patternProperties), ...(value.properties as object) };
    if (Object.keys(keywords).length > 0) {
      result.properties = Object.fromEntries(
        members(keywords, object).map(([name, made]) => [name, describe(name, made, object)]),
      );
    }
    const all: unknown[] = [];
    for (const [key, part] of Object.entries(value)) {
      if (key === 'patternProperties') result.patternProperties = Object.fromEntries(members(part, object));
      else if (key === 'dependentSchemas') all.push(...members(part, object).map(([, made]) => made));
      else if (key === '$ref' || key === '$dynamicRef') all.push(refer(String(part)));
      else if (key === 'allOf') all.push(...(convert(part, object) as unknown[]));
      else if (key === 'anyOf' || key === 'oneOf') {
        const choices = (part as unknown[]).filter((choice) => !onlyRequires(choice));
        if (choices.length > 0) result[key] = convert(choices, object);
      } else if (key === 'default' && typeof part !== 'object') result.default = part;
      else if (nested.has(key) && part !== false) result[key] = convert(part, object);
    }
    const annotated = Object.keys(result).every((key) => key === 'description' || key === 'default');
    if (all.length === 1 && annotated) return { ...(all[0] as object), ...result };
    return all.length > 0 ? { ...result, allOf: all } : result;
  }

  const top = convert(schema, root) as Record<string, unknown>;
  const whole = { ...top, $defs: definitions };
  for (const definition of Object.values(definitions)) offerAlternatives(definition, whole);
  return whole;
}

/**
 * A keyword by whose value alternatives are told apart (`in` of a parameter) is offered with the values of all of them,
 * also while what is written fits only one.
 */
function offerAlternatives(definition: unknown, whole: Schema): void {
  if (!isRecord(definition)) return;
  const [first, ...others] = alternatives(definition, whole);
  const properties = Object.entries(first?.properties ?? {}).flatMap(([name, property]) => {
    const values = [property, ...others.map((other) => (other.properties as Record<string, unknown>)?.[name])].map(valuesOf);
    return values.every((each) => each.length > 0) && others.length > 0
      ? [[name, { ...(property as object), enum: [...new Set(values.flat())] }]]
      : [];
  });
  const known = isRecord(definition.properties) ? definition.properties : {};
  if (properties.length > 0) definition.properties = { ...Object.fromEntries(properties), ...known };
}

/** The schemas among which an object is one, through nested choices. */
function alternatives(schema: unknown, whole: Schema): Record<string, unknown>[] {
  const target = isRecord(schema) && typeof schema.$ref === 'string' ? valueAt(whole, schema.$ref) : schema;
  if (!isRecord(target)) return [];
  const choices = target.oneOf ?? target.anyOf;
  return Array.isArray(choices) ? choices.flatMap((choice) => alternatives(choice, whole)) : [target];
}

function valuesOf(property: unknown): unknown[] {
  if (!isRecord(property)) return [];
  return Array.isArray(property.enum) ? property.enum : 'const' in property ? [property.const] : [];
}

/** Members whose pattern only lists names: the operations of an OpenAPI 3.0 path are given so. */
function listed(patterns: unknown): Record<string, unknown> {
  const members = Object.entries(isRecord(patterns) ? patterns : {}).flatMap(([pattern, member]) => {
    const names = /^\^\((\w+(?:\|\w+)*)\)\$$/.exec(pattern)?.[1]?.split('|') ?? [];
    return names.map((name) => [name, member] as const);
  });
  return Object.fromEntries(members);
}

/** Keywords whose value is a schema and that matter here; what else there is only serves validation. */
const nested = new Set(['items', 'prefixItems', 'additionalProperties', 'if', 'then', 'else', 'not']);

/** Definitions of the official schemas that are not called as the specification calls the object. */
const aliases: readonly (readonly [RegExp, string])[] = [
  [/^externaldocs$/, 'External Documentation'],
  [/parametersubschema$|^(?:body|nonbody)parameter$|^parameterlocation$|^explodeforform$/, 'Parameter'],
  [/^(?:fileschema|anyschema|jsonschemadraft07schema|openapischema30)$/, 'Schema'],
  [/^primitivesitems$/, 'Items'],
  [/^jsonreference$/, 'Reference'],
  [/^examples$/, 'Media Type'],
  [/^oauth2flows$/, 'Security Scheme'],
  [/oauth2?flow$|^clientcredentialsflow$/, 'OAuth Flow'],
  [/^(?:implicit|password|clientcredentials|authorizationcode|deviceauthorization)$/, 'OAuth Flow'],
  [/securityscheme$|^(?:basicauthentication|apikey|oauth2\w+)security$/, 'Security Scheme'],
  [/^(?:userpassword|apikey|x509|symmetricencryption|asymmetricencryption|openidconnect)$/, 'Security Scheme'],
  [/bindings$/, 'Bindings'],
];

/** In the official schemas, the schema of the object that may be given in place of a reference; undefined elsewhere. */
function besideReference(value: Record<string, unknown>): unknown {
  if (isRecord(value.if) && JSON.stringify(value.if.required) === '["$ref"]') return value.else;
  const choices = value.oneOf ?? value.anyOf;
  if (!Array.isArray(choices) || choices.length !== 2) return undefined;
  const isReference = (choice: unknown) => isRecord(choice) && /\/(?:json)?reference$/i.test(String(choice.$ref));
  return choices.some(isReference) ? choices.find((choice) => !isReference(choice)) : undefined;
}

function onlyRequires(value: unknown): boolean {
  return isRecord(value) && Object.keys(value).every((key) => key === 'required' || key === 'not');
}

/** OpenAPI 2.0 refers to the meta-schema of JSON Schema; drafts 4 and 7 say the same of the keywords it has. */
async function withDraft(module: Promise<unknown>): Promise<unknown> {
  const draft = defaultOf(await import('ajv/dist/refs/json-schema-draft-07.json', { with: { type: 'json' } })) as Record<
    string,
    object
  >;
  const schema = JSON.stringify(defaultOf(await module))
    .replaceAll('http://json-schema.org/draft-04/schema#/definitions/positiveInteger', '#/definitions/nonNegativeInteger')
    .replaceAll('http://json-schema.org/draft-04/schema#/definitions/', '#/definitions/')
    .replaceAll('http://json-schema.org/draft-04/schema#/', '#/definitions/draft/');
  const { definitions, ...rest } = JSON.parse(schema) as Record<string, object>;
  return { ...rest, definitions: { ...draft.definitions, ...definitions, draft: { properties: draft.properties } } };
}

/**
 * OpenAPI 3.1 and 3.2 leave the Schema Object to a dialect: JSON Schema 2020-12 and four keywords of their own. `later`:
 * what the objects of two of these gained since 3.1.
 */
async function withDialect(
  module: Promise<unknown>,
  later: { readonly discriminator?: object; readonly xml?: object } = {},
): Promise<unknown> {
  const modules = await Promise.all([
    import('ajv/dist/refs/json-schema-2020-12/meta/core.json', { with: { type: 'json' } }),
    import('ajv/dist/refs/json-schema-2020-12/meta/applicator.json', { with: { type: 'json' } }),
    import('ajv/dist/refs/json-schema-2020-12/meta/unevaluated.json', { with: { type: 'json' } }),
    import('ajv/dist/refs/json-schema-2020-12/meta/validation.json', { with: { type: 'json' } }),
    import('ajv/dist/refs/json-schema-2020-12/meta/meta-data.json', { with: { type: 'json' } }),
    import('ajv/dist/refs/json-schema-2020-12/meta/format-annotation.json', { with: { type: 'json' } }),
    import('ajv/dist/refs/json-schema-2020-12/meta/content.json', { with: { type: 'json' } }),
  ]);
  const schema = defaultOf(await module) as { readonly $defs: object };
  const vocabularies = modules.map((each) => defaultOf(each) as { readonly properties: object; readonly $defs?: object });
  const properties = Object.assign({}, ...vocabularies.map((each) => each.properties), {
    discriminator: { $ref: '#/$defs/discriminator' },
    example: {},
    externalDocs: { $ref: '#/$defs/external-documentation' },
    xml: { $ref: '#/$defs/xml' },
  });
  return {
    ...schema,
    $defs: {
      ...Object.assign({}, ...vocabularies.map((each) => each.$defs)),
      ...schema.$defs,
      schema: { type: ['object', 'boolean'], properties },
      discriminator: {
        type: 'object',
        required: ['propertyName'],
        properties: {
          propertyName: text,
          mapping: { type: 'object', additionalProperties: text },
          ...later.discriminator,
        },
      },
      xml: {
        type: 'object',
        properties: { name: text, namespace: text, prefix: text, attribute: flag, wrapped: flag, ...later.xml },
      },
    },
  };
}

const text = { type: 'string' };
const flag = { type: 'boolean', default: false };

/** The value of a JSON module, however it was bundled. */
function defaultOf(module: unknown): unknown {
  return isRecord(module) && 'default' in module ? module.default : module;
}

function valueAt(schema: unknown, pointer: string): unknown {
  const steps = decodeURIComponent(pointer).split('/').slice(1);
  return steps.reduce<unknown>((value, step) => {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    return Array.isArray(value) ? value[Number(key)] : isRecord(value) ? value[key] : undefined;
  }, schema);
}

function pick(value: Record<string, unknown>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(keys.filter((key) => Object.hasOwn(value, key)).map((key) => [key, value[key]]));
}

/** A name without what the schemas write differently: `path-item`, `pathItem`, `PathItem`, `pathItemObject`. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]|object$/g, '');
}
