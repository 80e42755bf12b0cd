/** The specifications' own schemas, unpacked when the first document of the kind is looked at. */
import type { Format } from '../document.ts';
import { isRecord } from '../model/api.ts';
import asyncapi from './schemas/asyncapi.ts';
import openapi from './schemas/openapi.ts';
import { type Raw, type Scope, type Shape, shapeOf } from './shape.ts';

interface Schemas {
  readonly roots: Readonly<Record<string, Raw>>;
  readonly definitions: readonly Raw[];
}

const texts = { openapi, asyncapi };
const unpacked = new Map<string, Schemas>();

function schemas(kind: Format['kind']): Schemas {
  let known = unpacked.get(kind);
  if (!known) unpacked.set(kind, (known = JSON.parse(texts[kind]) as Schemas));
  return known;
}

const scopes = new Map<string, Scope>();

/** The dialects of Schema Objects that Lintel knows, by the URI without version, fragment and last slash. */
const dialects: readonly (readonly [RegExp, root: string])[] = [
  [/^https?:\/\/json-schema\.org\/draft\/2020-12\/schema$/, 'https://json-schema.org/draft/2020-12/schema'],
  [/^https?:\/\/json-schema\.org\/draft-0[67]\/schema$/, 'http://json-schema.org/draft-07/schema'],
  [/^https:\/\/spec\.openapis\.org\/oas\/3\.1\/dialect\//, 'https://spec.openapis.org/oas/3.1/dialect/base'],
  [/^https:\/\/spec\.openapis\.org\/oas\/3\.2\/dialect\//, 'https://spec.openapis.org/oas/3.2/dialect/base'],
];

function rootOf(uri: string): Raw | undefined {
  const plain = uri.replace(/#?\/?$/, '');
  const found = dialects.find(([pattern]) => pattern.test(plain));
  return found && schemas('openapi').roots[`dialect ${found[1]}`];
}

/**
 * The scope of a specification's schema. With `dialect`, Schema Objects without a `$schema` are of that dialect; one that
 * Lintel does not know is not checked.
 */
function scopeOf(kind: Format['kind'], version: string, dialect: string | undefined): Scope {
  // While its URI is typed every letter makes another that Lintel does not know.
  const key = `${kind} ${version} ${dialect === undefined ? '' : rootOf(dialect) ? dialect : 'unknown'}`;
  const known = scopes.get(key);
  if (known) return known;
  const { definitions, roots } = schemas(kind);
  const own = roots[`dialect https://spec.openapis.org/oas/${version}/dialect/base`];
  const ownNumber = isRecord(own) ? own.$ref : undefined;
  const scope: Scope = {
    formats: true,
    said: new WeakMap(),
    resolve(ref) {
      const raw = dialect !== undefined && ref === ownNumber ? (rootOf(dialect) ?? true) : definitions[Number(ref)];
      return raw === undefined ? undefined : { raw, scope };
    },
    dialect(uri) {
      const raw = rootOf(uri);
      return raw === undefined ? undefined : shapeOf(raw, scopeOf('openapi', '3.1', undefined));
    },
  };
  scopes.set(key, scope);
  return scope;
}

/** The shape of a whole document of a format; undefined for versions that Lintel does not know. */
export function documentShape({ kind, version }: Format, data: unknown): Shape | undefined {
  const root = schemas(kind).roots[`${kind} ${version}`];
  if (root === undefined) return undefined;
  const dialect = isRecord(data) && typeof data.jsonSchemaDialect === 'string' ? data.jsonSchemaDialect : undefined;
  const isOwn = dialect === undefined || dialect.startsWith(`https://spec.openapis.org/oas/${version}/dialect/`);
  return shapeOf(root, scopeOf(kind, version, isOwn ? undefined : dialect));
}
