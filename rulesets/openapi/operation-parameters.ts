import type { Api, Operation, Place } from '../../server/core/model/api.ts';
import { type ApiProblem, defineApiRule } from '../../server/core/rule.ts';
import page from './operation-parameters.md';

export default defineApiRule({
  page,
  theme: 'structure',
  severity: 'error',
  formats: ['openapi'],
  replaces: ['operation-parameters'],
  *check(api) {
    const owners = new Set(api.operations.flatMap(({ pathItem, place }) => [pathItem, place]));
    for (const owner of owners) {
      yield undefined;
      const seen = new Map<string, Place>();
      for (const written of owner.child('parameters').items()) {
        const parameter = written.deref();
        const [name, location] = [parameter.child('name').string, parameter.child('in').string];
        if (name === undefined || location === undefined) continue;
        // Names of headers are equal in any case.
        const key = `${location} ${location === 'header' ? name.toLowerCase() : name}`;
        const first = seen.get(key);
        seen.set(key, written);
        if (!first) continue;
        const at = fieldOf(written, 'name');
        const message = `The ${location} parameter \`${name}\` is listed twice; remove one of the two.`;
        yield { at, target: 'value', message, related: [{ at: first, message: 'The first one.' }] };
      }
    }
    if (!api.isSwagger) return;
    const said = new Set<Place>();
    for (const operation of api.operations) {
      yield undefined;
      for (const problem of bodiesOf(api, operation)) {
        // A parameter of a path item is that of each of its operations.
        if (said.has(problem.at)) continue;
        said.add(problem.at);
        yield problem;
      }
    }
  },
});

/** Types of forms, those of vendors too. */
const isForm = /\bform-data\b|\bx-www-form-urlencoded\b/i;

/** In Swagger 2.0 what is sent is one parameter, or a form of several; files are sent in a form. */
function* bodiesOf(api: Api, { pathItem, place }: Operation): Iterable<ApiProblem> {
  const bodies = new Map<string, Place>();
  const fields = new Map<string, Place>();
  for (const owner of [pathItem, place]) {
    for (const written of owner.child('parameters').items()) {
      const parameter = written.deref();
      const name = parameter.child('name').string;
      const location = parameter.child('in').string;
      if (name !== undefined && location === 'body') bodies.set(name, written);
      if (name !== undefined && location === 'formData') fields.set(name, written);
    }
  }
  const [body, second] = [...bodies.values()];
  const [field] = [...fields.values()];
  if (body && second) {
    const message = 'An operation has one body parameter, and this is the second; describe both in one schema.';
    yield { at: fieldOf(second, 'in'), target: 'value', message, related: [{ at: body, message: 'The first one.' }] };
  }
  if (body && field) {
    const message = 'An operation takes either a body or the fields of a form; remove the one or the other.';
    yield { at: fieldOf(field, 'in'), target: 'value', message, related: [{ at: body, message: 'The body.' }] };
  }
  const consumes = [place, api.root].map((owner) => owner.child('consumes')).find(({ exists }) => exists);
  if (consumes?.items().some(({ string }) => isForm.test(string ?? ''))) return;
  for (const written of fields.values()) {
    if (written.deref().child('type').string !== 'file') continue;
    const message = 'A file is sent in a form, and `consumes` names none; add `multipart/form-data`.';
    yield { at: fieldOf(written, 'type'), target: 'value', message };
  }
}

/** A field of a parameter, or the reference to it. */
function fieldOf(written: Place, field: string): Place {
  const parameter = written.deref();
  return written.is(parameter) ? parameter.child(field) : written;
}
