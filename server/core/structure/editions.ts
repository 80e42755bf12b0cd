/**
 * What Swagger 2.0 and OpenAPI 3, and AsyncAPI 2 and 3, say in different words (https://spec.openapis.org/oas/v2.0,
 * https://spec.openapis.org/oas/v3.0.3, https://www.asyncapi.com/docs/migration/migrating-to-v3): descriptions that went from one to
 * the other keep some of the old ones.
 */
import type { Api, Place } from '../model/api.ts';
import type { TreeEditors } from '../rule.ts';
import { nodeAt } from '../tree/tree.ts';
import type { Problem } from './inspect.ts';
import { namesAt } from './standing.ts';

/** Fields by object, each with what the other version has instead. */
type Elsewhere = Readonly<Record<string, Readonly<Record<string, string>>>>;

const schemaFields =
  'type format items default enum maximum exclusiveMaximum minimum exclusiveMinimum maxLength minLength pattern maxItems minItems ' +
  'uniqueItems multipleOf';
const belowSchema = each(schemaFields, (field) => `\`${field}\` below \`schema\``);
const mediaTypes = 'the media types below `content`';
const servers = '`servers`, each with its whole URL';

const inOpenApi3: Elsewhere = {
  'OpenAPI Object': {
    ...each('host basePath schemes', () => servers),
    ...each('consumes produces', () => mediaTypes),
    definitions: '`components.schemas`',
    parameters: '`components.parameters`',
    responses: '`components.responses`',
    securityDefinitions: '`components.securitySchemes`',
  },
  'Operation Object': { ...each('consumes produces', () => mediaTypes), schemes: servers },
  'Parameter Object': { ...belowSchema, collectionFormat: '`style` and `explode`' },
  'Header Object': { ...belowSchema, collectionFormat: '`style` and `explode`' },
  'Response Object': each('schema examples', (field) => `\`${field}\` below \`content\` and a media type`),
  'Security Scheme Object': each('flow authorizationUrl tokenUrl scopes', () => '`flows`'),
};

const inSwagger2: Elsewhere = {
  'Swagger Object': {
    servers: '`host`, `basePath` and `schemes`',
    components: '`definitions`, `parameters`, `responses` and `securityDefinitions`',
  },
  'Operation Object': { requestBody: 'a parameter with `in: body`, or some with `in: formData`' },
  'Parameter Object': { schema: 'the type beside `in` where that is not `body`' },
  'Header Object': { schema: '`type` in the Header Object itself' },
  'Response Object': { content: '`schema` in the response, and media types in `produces`' },
  'Security Scheme Object': { flows: '`flow`' },
};

const inAsyncApi3: Elsewhere = {
  'AsyncAPI Object': each('tags externalDocs', (field) => `\`${field}\` in \`info\``),
  'Server Object': { url: '`host` and `pathname`' },
  'Channel Object': {
    publish: '`operations` at the root, here one with `action: receive`',
    subscribe: '`operations` at the root, here one with `action: send`',
  },
  'Operation Object': {
    operationId: 'the key of the operation for that',
    message: '`messages`, a list of references to those of the channel',
  },
  'Message Object': { messageId: 'the key of the message for that', schemaFormat: '`schemaFormat` beside `schema` in `payload`' },
};

const inAsyncApi2: Elsewhere = {
  'AsyncAPI Object': { operations: '`publish` and `subscribe` in each channel' },
  'Info Object': each('tags externalDocs', (field) => `\`${field}\` at the root`),
  'Server Object': each('host pathname', () => '`url`'),
  'Channel Item Object': { address: 'the key of the channel for that', messages: '`message` in `publish` and `subscribe`' },
  'Operation Object': {
    messages: '`message`',
    channel: 'the channel it stands in for that',
    action: '`publish` and `subscribe`',
  },
};

/** What a format is called where its editions differ, and what it has instead of what the other one has. */
interface Edition {
  readonly here: string;
  readonly there: string;
  readonly fields: Elsewhere;
}

function editionOf({ kind, version }: Api['format']): Edition {
  const isOld = version < '3.0';
  if (kind === 'asyncapi') {
    return isOld
      ? { here: 'AsyncAPI 2', there: 'AsyncAPI 3', fields: inAsyncApi2 }
      : { here: 'AsyncAPI 3', there: 'AsyncAPI 2', fields: inAsyncApi3 };
  }
  return isOld
    ? { here: 'Swagger 2.0', there: 'OpenAPI 3', fields: inSwagger2 }
    : { here: 'OpenAPI 3', there: 'Swagger 2.0', fields: inOpenApi3 };
}

/** What may stand in a field, by field and value, with what OpenAPI 3 has instead. */
const valuesInOpenApi3: Elsewhere = {
  in: {
    body: '`requestBody`',
    formData: '`requestBody` with `multipart/form-data` or `application/x-www-form-urlencoded`',
  },
  type: { file: '`type: string` with `format: binary`', basic: '`type: http` with `scheme: basic`' },
};

function each(fields: string, say: (field: string) => string): Readonly<Record<string, string>> {
  return Object.fromEntries(fields.split(' ').map((field) => [field, say(field)]));
}

/** Several fields that say one thing, the first of which the finding marks. */
const ofServers = ['host', 'basePath', 'schemes'];
const ofSchema = [...schemaFields.split(' '), 'collectionFormat'];
const ofHost = ['host', 'pathname'];

/** What is said of a field or value that the other version has; `many` where there is no mend, so that once is enough. */
export function saidOfEditions(
  { format }: Api,
  at: Place,
  { kind, key, object = '' }: Problem,
): { readonly message: string; readonly many?: (amount: number) => string } | undefined {
  const isOld = format.version < '3.0';
  const { here, there, fields } = editionOf(format);
  if (kind === 'unknown' || (kind === 'excluded' && key !== undefined)) {
    const instead = own(fields[object], String(key));
    if (instead === undefined) return undefined;
    const say = (where: string) => `\`${key}\` is a field of ${there}${where}; ${here} has ${instead}.`;
    const isMended = !isOld && ofSchema.includes(String(key));
    return { message: say(''), ...(!isMended && { many: (amount) => say(`, in ${amount} places`) }) };
  }
  if (isOld || format.kind !== 'openapi') return undefined;
  const name = String(at.step);
  const value = at.string;
  if (value === undefined) return undefined;
  if (name === 'discriminator' && kind === 'type' && object === 'Discriminator Object') {
    return { message: `\`discriminator\` is a text in Swagger 2.0; OpenAPI 3 has an object with \`propertyName\`.` };
  }
  const instead = own(valuesInOpenApi3[name], value);
  const isMeant =
    instead !== undefined && isIn(at, ...(name === 'in' ? ['Parameter Object'] : ['Schema Object', 'Security Scheme Object']));
  return isMeant ? { message: `\`${name}: ${value}\` is of Swagger 2.0; OpenAPI 3 has ${instead}.` } : undefined;
}

function own<T>(table: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return table && Object.hasOwn(table, key) ? table[key] : undefined;
}

function isIn(at: Place, ...names: readonly string[]): boolean {
  const known = namesAt(at.parent);
  return names.some((name) => known.has(name));
}

/** Does it follow from another mistake of this kind in the same object, which is told? */
export function followsFromEditions({ format }: Api, at: Place, { kind, key, object = '', wants = [] }: Problem): boolean {
  if (format.kind === 'asyncapi') {
    if (object !== 'Server Object') return false;
    if (kind === 'missing')
      return (wants.includes('host') && at.has('url')) || (wants.includes('url') && standing(ofHost, at).length > 0);
    return kind === 'unknown' && key === 'pathname' && at.parent.has('host');
  }
  const isParameter = object === 'Parameter Object' || object === 'Header Object';
  if (format.version < '3.0') return isParameter && kind === 'missing' && wants.includes('type') && at.has('schema');
  const holder = kind === 'missing' ? at : at.parent;
  // A parameter that is a body is none.
  const isBody = isParameter && own(valuesInOpenApi3.in, holder.child('in').string ?? '') !== undefined;
  if (kind === 'missing') {
    return isParameter && wants.includes('schema') && (isBody || standing(ofSchema, holder).length > 0);
  }
  if (kind !== 'unknown' || own(inOpenApi3[object], String(key)) === undefined) return false;
  const fields = isParameter ? ofSchema : object === 'OpenAPI Object' ? ofServers : [];
  return isBody || (fields.includes(String(key)) && standing(fields, holder)[0] !== key);
}

function standing(fields: readonly string[], holder: Place): readonly string[] {
  return fields.filter((field) => holder.has(field));
}

/** Writes as this edition says it what the one before says otherwise; undefined where it cannot. */
export function writeForEdition({ format }: Api, at: Place, edit: TreeEditors): string | undefined {
  if (format.version < '3.0') return undefined;
  const name = String(at.step);
  if (format.kind === 'asyncapi') {
    if (name === 'url' && isIn(at, 'Server Object')) return writeHost(at, edit);
    return /^(?:tags|externalDocs)$/.test(name) && isIn(at, 'AsyncAPI Object') ? moveIntoInfo(at, edit) : undefined;
  }
  const beside = (key: string) => [...at.path.slice(0, -1), key];
  if (name === 'discriminator' && at.string !== undefined) {
    edit(at).set(at.path, { propertyName: at.string });
    return 'Write an object with `propertyName`';
  }
  if (name === 'type' && at.string === 'file' && isIn(at, 'Schema Object')) {
    edit(at).set(at.path, 'string').set(beside('format'), 'binary');
    return 'Write `type: string` with `format: binary`';
  }
  if (name === 'type' && at.string === 'basic' && isIn(at, 'Security Scheme Object')) {
    edit(at).set(at.path, 'http').set(beside('scheme'), 'basic');
    return 'Write `type: http` with `scheme: basic`';
  }
  if (isIn(at, 'OpenAPI Object')) return name === 'host' ? writeServers(at, edit) : undefined;
  return ofSchema.includes(name) && isIn(at, 'Parameter Object', 'Header Object') ? moveBelowSchema(at, edit) : undefined;
}

/** `mqtt://broker.example:1883/path`: the host with its port, and what stands behind. */
function writeHost(at: Place, edit: TreeEditors): string | undefined {
  const [, host, pathname] = /^(?:[a-z][\w+.-]*:\/\/)?([^/\s]+)(\/\S*)?$/i.exec(at.string ?? '') ?? [];
  const beside = (key: string) => [...at.path.slice(0, -1), key];
  if (host === undefined || standing(ofHost, at.parent).length > 0) return undefined;
  edit(at).rename(at.path, 'host').set(at.path, host);
  if (pathname !== undefined && pathname !== '/') edit(at).set(beside('pathname'), pathname);
  return 'Write `host`';
}

function moveIntoInfo(at: Place, edit: TreeEditors): string | undefined {
  const name = String(at.step);
  const info = at.parent.child('info');
  if (!info.isObject || info.has(name) || hasComment(at)) return undefined;
  edit(at)
    .set([...info.path, name], at.value)
    .remove(at.path);
  return 'Move it into `info`';
}

function writeServers(at: Place, edit: TreeEditors): string | undefined {
  const root = at.parent;
  const base = root.child('basePath').string ?? '';
  const schemes = root
    .child('schemes')
    .items()
    .map(({ string }) => string ?? 'https');
  const isLost = standing(ofServers, root).some((field) => hasComment(root.child(field)));
  if (root.has('servers') || at.string === undefined || isLost) return undefined;
  const urls = (schemes.length > 0 ? schemes : ['https']).map((scheme) => `${scheme}://${at.string}${base.replace(/\/$/, '')}`);
  edit(root).set(
    [...root.path, 'servers'],
    urls.map((url) => ({ url })),
    { before: 'host' },
  );
  for (const field of standing(ofServers, root)) edit(root).remove([...root.path, field]);
  return 'Write `servers`';
}

function moveBelowSchema(at: Place, edit: TreeEditors): string | undefined {
  const holder = at.parent;
  const fields = standing(ofSchema, holder);
  const schema = holder.child('schema');
  const lists = holder.child('collectionFormat');
  const isFree = !schema.exists || (schema.isObject && !['$ref', ...fields].some((field) => schema.has(field)));
  const style = lists.exists ? styleOf(lists.string, holder.child('in').string) : {};
  if (!isFree || !style || holder.has('content') || fields.some((field) => hasComment(holder.child(field)))) return undefined;
  const kept = fields.filter((field) => field !== 'collectionFormat');
  const value = Object.fromEntries(kept.map((field) => [field, holder.child(field).value]));
  const editor = edit(holder);
  const below = (key: string) => [...holder.path, key];
  if (schema.exists) for (const field of kept) editor.set([...below('schema'), field], value[field]);
  else if (kept.length > 0) editor.set(below('schema'), value, { before: fields[0] });
  for (const [key, said] of Object.entries(style)) editor.set(below(key), said);
  for (const field of fields) editor.remove(below(field));
  return 'Move it below `schema`';
}

/** How OpenAPI 3 says a `collectionFormat`; undefined where it cannot. */
function styleOf(format: string | undefined, where: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (where !== 'query') return format === 'csv' ? {} : undefined;
  if (format === 'csv') return { explode: false };
  if (format === 'multi') return { explode: true };
  if (format === 'ssv') return { style: 'spaceDelimited', explode: false };
  return format === 'pipes' ? { style: 'pipeDelimited', explode: false } : undefined;
}

/** A comment stands in the entry or behind it, and would be lost where its value goes elsewhere. */
function hasComment({ doc: { tree }, path }: Place): boolean {
  const node = nodeAt(tree, path);
  if (!node || tree.language === 'json') return false;
  const lineEnd = tree.text.lineStart(tree.text.lineOf(node.end) + 1);
  return /(?:^|\s)#/.test(tree.text.slice(node.start, Math.max(node.end, lineEnd)));
}
