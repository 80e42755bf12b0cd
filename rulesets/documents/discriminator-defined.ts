import { type Api, isRecord, type Place } from '../../server/core/model/api.ts';
import { type ApiProblem, defineApiRule } from '../../server/core/rule.ts';
import { nearest } from '../../server/core/structure/nearest.ts';
import { follow } from '../../server/core/structure/reference.ts';
import { type Elsewhere, fromSought } from '../../server/core/structure/sought.ts';
import { propertiesOf } from '../schema.ts';
import page from './discriminator-defined.md';

export default defineApiRule({
  page,
  theme: 'structure',
  severity: 'error',
  formats: ['openapi', 'asyncapi'],
  replaces: ['oas2-discriminator'],
  *check(api) {
    yield* fromSought(api, mistakes);
  },
});

/** What it reads may stand behind references, so all of it is read as what stands elsewhere. */
function mistakes(api: Api, at: Place, names: ReadonlySet<string>, elsewhere: Elsewhere): Iterable<ApiProblem<undefined>> {
  return at.step === 'discriminator' && names.has('Schema Object') ? elsewhere(() => [...mistakesOf(api, at)]) : [];
}

function* mistakesOf(api: Api, at: Place): Iterable<ApiProblem<undefined>> {
  const schema = at.parent;
  if (api.isSwagger || api.format.kind === 'asyncapi') {
    if (at.string !== undefined) yield* ownProperty(schema, at, at.string);
  } else if (isRecord(at.value)) {
    const name = at.child('propertyName');
    if (name.string !== undefined) yield* propertyOfEach(schema, name, name.string);
    for (const mapped of at.get('mapping').entries()) yield* mapping(api, mapped);
  }
}

/** OpenAPI 2 and AsyncAPI: the schema itself has the property, and requires it. */
function* ownProperty(schema: Place, at: Place, name: string): Iterable<ApiProblem<undefined>> {
  const { byName, complete } = propertiesOf(schema);
  if (!byName.has(name)) {
    if (complete) yield { at, target: 'value', message: absent(name, byName.keys()) };
    return;
  }
  if (mayRequire(schema, name)) return;
  yield { at, target: 'value', message: `\`${name}\` tells kinds apart, so every object needs it; add it to \`required\`.` };
}

/** Does a schema require a property, or each of those that are chosen between? What is inherited is taken to. */
function mayRequire(schema: Place, name: string): boolean {
  const isNamed = (each: Place) =>
    each
      .get('required')
      .items()
      .some(({ value }) => value === name) || each.get('allOf').items().length > 0;
  const choices = ['oneOf', 'anyOf'].map((key) => schema.get(key).items()).filter((branches) => branches.length > 0);
  return isNamed(schema) || choices.some((branches) => branches.every((branch) => isNamed(branch)));
}

/** OpenAPI 3: some schema that is chosen between must have the property, or nothing can be told apart. */
function* propertyOfEach(schema: Place, at: Place, name: string): Iterable<ApiProblem<undefined>> {
  const branches = ['oneOf', 'anyOf'].flatMap((key) => schema.get(key).items());
  const all = (branches.length > 0 ? [...branches, schema] : [schema]).map((each) => propertiesOf(each));
  if (all.some(({ byName, complete }) => !complete || byName.has(name))) return;
  // A schema without any property is open: what it is for is said elsewhere.
  if (all.every(({ byName }) => byName.size === 0)) return;
  yield {
    at,
    target: 'value',
    message: absent(
      name,
      all.flatMap(({ byName }) => [...byName.keys()]),
    ),
  };
}

function absent(name: string, others: Iterable<string>): string {
  const meant = nearest(name, others);
  return `The schema has no property \`${name}\`${meant === undefined ? '; define it and require it.' : `; did you mean \`${meant}\`?`}`;
}

/** A mapping leads to a schema: by a reference, or by the name of one in the components. */
function* mapping(api: Api, at: Place): Iterable<ApiProblem<undefined>> {
  const target = at.string;
  if (target === undefined) return;
  const schemas = api.get('components', 'schemas');
  if (schemas.has(target) || (/^[a-zA-Z0-9._-]+$/.test(target) && at.doc.uri !== api.uri)) return;
  if (/[#/]|\.(?:ya?ml|json)$/.test(target)) {
    const outcome = follow(api, at.doc, target);
    if ('message' in outcome) yield { at, target: 'value', message: outcome.message };
    return;
  }
  const meant = nearest(
    target,
    schemas.entries().map(({ key }) => key),
  );
  const hint = meant === undefined ? '; name one, or write a reference.' : `; did you mean \`${meant}\`?`;
  yield { at, target: 'value', message: `\`components/schemas\` has no \`${target}\`${hint}` };
}
