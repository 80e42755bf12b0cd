/** What stoker's helpers state of a route of @hono/zod-openapi: bodies, schemas that many routes need, statuses by name. */
import ts from 'ts6';
import type { Shape } from '../generate/facts.ts';
import type { Project } from './handler.ts';
import { schemaShape } from './json-schema.ts';
import { statusByName } from './statuses.ts';
import { strip } from './values.ts';

/** What is stated of a body, and the text that describes it: `jsonContent(Schema, 'The user')`. */
export function stokerContent(
  node: ts.Expression,
  project: Project,
): { readonly shape: Shape | undefined; readonly description: ts.Expression | undefined } | undefined {
  const [schema, description] = argumentsOf(node, helpers, /^jsonContent(?:Required)?$/, project) ?? [];
  return schema && { shape: stokerShape(schema, project) ?? schemaShape(project, schema), description };
}

const helpers = 'stoker/openapi/helpers';
const schemas = 'stoker/openapi/schemas';

/** The shape of a schema that stoker has, or makes: `IdParamsSchema`, `createErrorSchema(Schema)`. */
export function stokerShape(node: ts.Expression, project: Project): Shape | undefined {
  const value = project.values.of(node, project.values.root);
  if (value?.kind === 'package' && value.name === schemas) return ready[value.member];
  if (argumentsOf(node, schemas, /^createMessageObjectSchema$/, project)) return objectOf({ message: { type: 'string' } });
  if (!argumentsOf(node, schemas, /^createErrorSchema$/, project)) return undefined;
  const path: Shape = { type: 'array', items: { anyOf: [{ type: 'string' }, { type: 'number' }] } };
  const issue = objectOf({ code: { type: 'string' }, path, message: { type: 'string' } }, ['code', 'path']);
  const error = objectOf({ issues: { type: 'array', items: issue }, name: { type: 'string' } });
  return objectOf({ success: { type: 'boolean' }, error });
}

const ready: Readonly<Record<string, Shape>> = {
  IdParamsSchema: objectOf({ id: { type: 'number' } }),
  IdUUIDParamsSchema: objectOf({ id: { type: 'string', format: 'uuid' } }),
  SlugParamsSchema: objectOf({ slug: { type: 'string', pattern: '^[\\w-]+$' } }),
};

function objectOf(properties: Readonly<Record<string, Shape>>, required = Object.keys(properties)): Shape {
  return { type: 'object', properties, required };
}

/** What a function of one of stoker's modules is given. */
function argumentsOf(
  node: ts.Expression,
  module: string,
  name: RegExp,
  { values }: Project,
): readonly ts.Expression[] | undefined {
  const made = values.of(node, values.root);
  return made?.kind === 'made' && made.name === module && name.test(made.member) ? made.call.arguments : undefined;
}

/** The responses whose status a constant of a package names: `[HttpStatusCodes.NOT_FOUND]: …`. */
export function responsesByName(
  responses: ts.Expression,
  { values }: Project,
): readonly { readonly status: string; readonly stated: ts.Expression }[] {
  const value = values.of(responses, values.root);
  if (value?.kind !== 'object') return [];
  return value.node.properties.flatMap((one) => {
    if (!ts.isPropertyAssignment(one) || !ts.isComputedPropertyName(one.name)) return [];
    const key = strip(one.name.expression);
    const isForeign = values.of(key, value.env)?.kind === 'package';
    const status = isForeign && ts.isPropertyAccessExpression(key) ? statusByName(key.name.text) : undefined;
    return status ? [{ status, stated: one.initializer }] : [];
  });
}
