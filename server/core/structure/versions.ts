/** Fields and values that another version of OpenAPI has: since when, and how this version says the same. */
import type { Api, Place } from '../model/api.ts';
import type { TreeEditors } from '../rule.ts';
import type { Problem } from './inspect.ts';
import { namesAt } from './standing.ts';

/** Fields by object, with the version they came with (https://spec.openapis.org/oas/v3.0.3 and those after it). */
const since: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '3.0': {
    'Path Item Object': 'description servers summary trace',
    'Operation Object': 'callbacks servers',
    'Parameter Object': 'allowReserved deprecated example examples explode style',
    'Response Object': 'links',
    'Schema Object': 'anyOf deprecated not nullable oneOf writeOnly',
  },
  '3.1': {
    'OpenAPI Object': 'jsonSchemaDialect webhooks',
    'Info Object': 'summary',
    'License Object': 'identifier',
    'Components Object': 'pathItems',
    'Schema Object':
      '$anchor $comment $defs $dynamicAnchor $dynamicRef $id $schema $vocabulary const contains contentEncoding contentMediaType ' +
      'contentSchema dependentRequired dependentSchemas else examples if maxContains minContains patternProperties prefixItems ' +
      'propertyNames then unevaluatedItems unevaluatedProperties',
  },
  '3.2': {
    'OpenAPI Object': '$self',
    'Server Object': 'name',
    'Components Object': 'mediaTypes',
    'Path Item Object': 'additionalOperations query',
    'Response Object': 'summary',
    'Media Type Object': 'itemEncoding itemSchema prefixEncoding',
    'Encoding Object': 'encoding itemEncoding prefixEncoding',
    'Example Object': 'dataValue serializedValue',
    'Tag Object': 'kind parent summary',
    'Discriminator Object': 'defaultMapping',
    'XML Object': 'nodeType',
    'OAuth Flows Object': 'deviceAuthorization',
    'Security Scheme Object': 'deprecated oauth2MetadataUrl',
  },
};

/** What to say instead of that a field or value is not allowed; undefined where no other version has it. */
export function saidOfVersions(api: Api, at: Place, { kind, key, object }: Problem): string | undefined {
  const { kind: format, version } = api.format;
  if (format !== 'openapi') return undefined;
  if (kind === 'unknown') {
    const later = Object.keys(since).find(
      (each) => each > version && since[each]?.[object ?? '']?.split(' ').includes(String(key)),
    );
    if (later === undefined) return undefined;
    const instead = version < '3.1' && at.step === 'const' ? '; write an `enum` of one value' : '';
    return `\`${key}\` is not a field of the ${object} before OpenAPI ${later}${instead}.`;
  }
  if (!isInSchema(at)) return undefined;
  const name = String(at.step);
  const hasNullable = version === '3.0';
  if (version < '3.1' && name === 'type' && at.isArray) {
    const rest = hasNullable ? ', and `nullable: true` for `null`' : '';
    return `\`type\` is a list, which it can be from OpenAPI 3.1 on; write one type${rest}.`;
  }
  if (name === 'required' && typeof at.value === 'boolean') {
    return `\`required\` is \`${at.value}\`; to require a property, name it in the \`required\` list of the object that has it.`;
  }
  if (version < '3.1' && kind === 'count' && name === 'required') {
    return '`required` is empty, which it can be from OpenAPI 3.1 on; leave it out where nothing is required.';
  }
  if (name === 'items' && at.isArray) {
    const instead = version < '3.1' ? 'write one schema for all items' : 'schemas for one place each are `prefixItems`';
    return `\`items\` is a list; ${instead}.`;
  }
  if (hasNullable && name === 'type' && at.string === 'null') {
    return 'OpenAPI has no type `null` before 3.1; write `nullable: true` beside the type that the value has otherwise.';
  }
  const limit = limits[name];
  if (limit === undefined) return undefined;
  if (version < '3.1' && typeof at.value === 'number') {
    return `\`${name}\` is a number from OpenAPI 3.1 on; write the number as \`${limit}\`, and \`${name}: true\`.`;
  }
  if (version >= '3.1' && typeof at.value === 'boolean') {
    return `\`${name}\` is \`true\` or \`false\` before OpenAPI 3.1; write the limit itself here, in place of \`${limit}\`.`;
  }
  return undefined;
}

function isInSchema(at: Place): boolean {
  return namesAt(at.parent).has('Schema Object');
}

const limits: Readonly<Record<string, string>> = { exclusiveMinimum: 'minimum', exclusiveMaximum: 'maximum' };

/** Writes as this version says it what another one would; undefined where it cannot. */
export function writeForVersion(api: Api, at: Place, edit: TreeEditors): string | undefined {
  if (api.format.kind !== 'openapi' || !isInSchema(at)) return undefined;
  const name = String(at.step);
  const limit = limits[name];
  const beside = (key: string) => [...at.path.slice(0, -1), key];
  const isOld = api.format.version < '3.1';
  if (isOld && name === 'const' && !at.parent.has('enum')) {
    edit(at).rename(at.path, 'enum').set(at.path, [at.value]);
    return 'Write an `enum` of one value';
  }
  if (!isOld && name === 'items' && at.isArray && !at.parent.has('prefixItems')) {
    edit(at).rename(at.path, 'prefixItems');
    return 'Rename to `prefixItems`';
  }
  if (isOld && name === 'required' && at.isArray && at.items().length === 0) {
    edit(at).remove(at.path);
    return 'Remove `required`';
  }
  if (isOld && name === 'type' && at.isArray) {
    const types = at.items().map(({ value }) => value);
    const others = types.filter((type) => type !== 'null');
    const isNullable = others.length < types.length;
    if (others.length !== 1 || (isNullable && api.format.version !== '3.0')) return undefined;
    edit(at).set(at.path, others[0]);
    if (isNullable && !at.parent.has('nullable')) edit(at).set(beside('nullable'), true);
    return isNullable ? 'Write `nullable: true`' : 'Write the one type';
  }
  if (limit === undefined) return undefined;
  const other = at.parent.child(limit);
  if (isOld && typeof at.value === 'number' && !other.exists) {
    edit(at).set(beside(limit), at.value, { before: name });
    edit(at).set(at.path, true);
    return `Write the number as \`${limit}\``;
  }
  if (!isOld && at.value === true && typeof other.value === 'number') {
    edit(at).set(at.path, other.value).remove(other.path);
    return `Write the limit as \`${name}\``;
  }
  if (!isOld && at.value === false) {
    edit(at).remove(at.path);
    return `Remove \`${name}\``;
  }
  return undefined;
}
