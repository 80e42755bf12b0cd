import type { Api, Place } from '../../server/core/model/api.ts';
import { groupBy } from '../../server/core/group.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { isJsonMediaType, propertiesOf } from '../schema.ts';
import { component } from './components.ts';
import { errorBodies, isShared, ownEnvelope } from './errors.ts';
import { served } from './http.ts';
import page from './error-problem-details.md';

const problemType = 'application/problem+json';

/** The JSON body of an error response: the media type's place under `content`. */
type Body = Place;

export default defineApiRule<readonly Body[]>({
  page,
  theme: 'errors',
  severity: 'warn',
  formats: ['openapi3'],
  optionsSchema: {
    type: 'object',
    properties: {
      envelope: {
        type: 'string',
        description:
          'Name of the component schema that all error bodies use instead, or of the member that holds the error in it.',
      },
    },
    additionalProperties: false,
  },
  *check(api, options) {
    const envelope = envelopeOf(options);
    const wanted = envelope ?? problemType;
    const bodies = bodiesFor(api, envelope);
    if (envelope === undefined && ownEnvelope(errorBodies(api))) return;
    const bySchema = groupBy(bodies, (body) => body.get('schema').id);
    const usesOf = (body: Body) => (isShared(body) ? (bySchema.get(body.get('schema').id)?.length ?? 1) : 1);
    yield* findingsOf(api, {
      among: bodies,
      keeps: (body) => isAsWanted(body, envelope),
      placeOf: (body) => (usesOf(body) > 1 ? body.get('schema') : body),
      one: (body) => {
        const uses = usesOf(body);
        return uses > 1
          ? `\`${body.get('schema').key}\` is the JSON body of ${uses} error responses; use \`${wanted}\`.`
          : `This error body is \`${body.key}\` of its own shape; use \`${wanted}\`.`;
      },
      many: (amount, { key }) => `${amount} shapes of error body, such as this API's \`${key}\`, are its own; use \`${wanted}\`.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit, api, options) {
      const envelope = envelopeOf(options);
      const fits = (schema: Place) => (envelope === undefined ? isProblemSchema(schema) : isEnvelope(schema, envelope));
      const needed = data.filter((body) => !isAsWanted(body, envelope));
      const own = needed.filter((body) => !fits(body.get('schema')));
      // One use is a component too: the next error response will want it.
      const [name, value] = envelope === undefined ? ['Problem', problemSchema] : ['Error', envelopeSchema(envelope)];
      const schema = own.length > 0 ? component(api, edit, { kind: 'schemas', name, value, fits }, 2) : undefined;
      for (const body of needed) if (envelope === undefined) edit(body).rename(body.path, problemType);
      for (const body of own) {
        if (schema) edit(body).set([...body.path, 'schema'], schema(body));
        for (const key of ['example', 'examples']) if (body.has(key)) edit(body).remove([...body.path, key]);
      }
      return envelope === undefined ? 'Use problem details' : `Use ${envelope}`;
    },
  },
});

function envelopeOf(options: Readonly<Record<string, unknown>>): string | undefined {
  return typeof options.envelope === 'string' ? options.envelope : undefined;
}

/** Each JSON body of a 4xx or 5xx response, once; those beside a body of problem details are another choice, not a lack. */
function bodiesFor(api: Api, envelope: string | undefined): Body[] {
  const found = new Set<Body>();
  for (const { responses } of served(api)) {
    for (const { status, response } of responses) {
      if (!/^[45](?:\d\d|XX)$/i.test(status)) continue;
      const bodies = response
        .get('content')
        .entries()
        .filter(({ key }) => isJsonMediaType(key));
      const problem = bodies.find(({ key }) => key.toLowerCase().startsWith(problemType));
      for (const body of envelope === undefined && problem ? [problem] : bodies) found.add(body);
    }
  }
  return [...found];
}

function isAsWanted(body: Body, envelope: string | undefined): boolean {
  // JSON:API prescribes error objects of its own.
  if (envelope === undefined) return /^application\/(?:problem\+|vnd\.api\+)json/i.test(body.key);
  return isEnvelope(body.get('schema'), envelope);
}

/** Is it the named component, or an object that holds code and message in the named member? */
function isEnvelope(schema: Place, envelope: string): boolean {
  if (schema.key === envelope) return true;
  const error = propertiesOf(schema).byName.get(envelope);
  return error !== undefined && ['code', 'message'].every((name) => propertiesOf(error).byName.has(name));
}

function isProblemSchema(schema: Place): boolean {
  const { byName } = propertiesOf(schema);
  return ['type', 'title', 'status', 'detail'].every((name) => byName.has(name));
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

function envelopeSchema(member: string): object {
  const detail = { type: 'object', properties: { field: { type: 'string' }, message: { type: 'string' } } };
  const properties = { code: { type: 'string' }, message: { type: 'string' }, details: { type: 'array', items: detail } };
  return {
    description: 'What went wrong.',
    type: 'object',
    required: [member],
    properties: { [member]: { type: 'object', required: ['code', 'message'], properties } },
  };
}
