import { groupBy } from '../../server/core/group.ts';
import type { Api, Place } from '../../server/core/model/api.ts';
import { type ApiProblem, defineApiRule } from '../../server/core/rule.ts';
import { isJsonMediaType, propertiesOf } from '../schema.ts';
import page from './error-problem-details.md';

const problemType = 'application/problem+json';

/** The JSON body of an error response: the media type's place under `content`. */
type Body = Place;
type Data = readonly Body[];

export default defineApiRule<Data>({
  page,
  severity: 'warn',
  formats: ['openapi3'],
  optionsSchema: {
    type: 'object',
    properties: { envelope: { type: 'string', description: 'Name of the component schema that all error bodies use instead.' } },
    additionalProperties: false,
  },
  *check(api, options) {
    const envelope = typeof options.envelope === 'string' ? options.envelope : undefined;
    const wanted = envelope ?? problemType;
    for (const bodies of groups(errorBodies(api, envelope))) yield problemOf(bodies, wanted);
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit, api, options) {
      if (data.some((body) => body.doc.uri !== api.document.uri)) return undefined;
      const envelope = typeof options.envelope === 'string' ? options.envelope : undefined;
      const name = envelope ?? problemSchemaName(api);
      if (name === undefined) return undefined;
      const known = api.get('components', 'schemas', name).exists;
      if (!known && envelope !== undefined) return undefined;
      const editor = edit(api.root);
      for (const body of data) {
        if (envelope === undefined) editor.rename(body.path, problemType);
        if (envelope === undefined && isProblemSchema(body.get('schema'))) continue;
        editor.set([...body.path, 'schema'], { $ref: `#/components/schemas/${name}` });
        for (const key of ['example', 'examples']) if (body.has(key)) editor.remove([...body.path, key]);
      }
      const needed = data.some((body) => !isProblemSchema(body.get('schema')));
      if (!known && needed) editor.set(['components', 'schemas', name], problemSchema);
      return envelope === undefined ? 'Use problem details' : `Use ${envelope}`;
    },
  },
});

/** Each JSON body of a 4xx or 5xx response that is not as wanted, once. */
function errorBodies(api: Api, envelope: string | undefined): Body[] {
  const found = new Map<string, Body>();
  for (const operation of api.operations) {
    if (operation.kind === 'webhook') continue;
    for (const { status, response } of operation.responses) {
      if (!/^[45](?:\d\d|XX)$/i.test(status)) continue;
      const bodies = response
        .get('content')
        .entries()
        .filter(({ key }) => isJsonMediaType(key));
      if (envelope === undefined && bodies.some(({ key }) => key.toLowerCase().startsWith(problemType))) continue;
      for (const body of bodies) if (!isAsWanted(body, envelope)) found.set(body.id, body);
    }
  }
  return [...found.values()];
}

function isAsWanted(body: Body, envelope: string | undefined): boolean {
  // JSON:API prescribes error objects of its own.
  if (envelope === undefined) return /^application\/vnd\.api\+json/i.test(body.key);
  return body.get('schema').key === envelope;
}

/** Bodies that refer to the same shared schema have one cause. */
function groups(bodies: Body[]): Body[][] {
  return [...groupBy(bodies, (body) => (isShared(body) ? body.get('schema').id : body.id)).values()];
}

function isShared(body: Body): boolean {
  return body.get('schema').id !== body.deref().child('schema').id;
}

function problemOf(bodies: Body[], wanted: string): ApiProblem<Data> {
  const [first] = bodies as [Body];
  if (bodies.length === 1) {
    return { at: first, message: `This error body is \`${first.key}\` of its own shape; use \`${wanted}\`.`, data: bodies };
  }
  const at = first.get('schema');
  return {
    at,
    message: `\`${at.key}\` is the JSON body of ${bodies.length} error responses; use \`${wanted}\`.`,
    related: bodies.map((body) => ({ at: body, message: 'Used here.' })),
    data: bodies,
  };
}

function isProblemSchema(schema: Place): boolean {
  const { byName } = propertiesOf(schema);
  return ['type', 'title', 'status', 'detail'].every((name) => byName.has(name));
}

/** The component that already describes problem details, else a name that is free. */
function problemSchemaName(api: Api): string | undefined {
  const schemas = api.get('components', 'schemas');
  const known = schemas.entries().find(isProblemSchema);
  return known?.key ?? ['Problem', 'ProblemDetails', 'HttpProblem'].find((name) => !schemas.has(name));
}

const problemSchema = {
  description: 'What went wrong, as RFC 9457 has it.',
  type: 'object',
  properties: {
    type: { type: 'string', format: 'uri-reference' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string', format: 'uri-reference' },
  },
};
