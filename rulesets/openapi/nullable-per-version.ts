import type { Api, Place } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import type { TreeEditor } from '../../server/core/tree/edit.ts';
import { schemasWithin } from '../schema.ts';
import { bodiesOf } from './http.ts';
import page from './nullable-per-version.md';

export default defineApiRule<readonly Place[]>({
  page,
  theme: 'data',
  severity: 'warn',
  formats: ['openapi3'],
  *check(api) {
    // A list of types in 3.0 is a mistake of structure.
    if (api.format.version === '3.0') return;
    yield* findingsOf(api, {
      among: api.derived(schemasOf).filter((schema) => schema.child('nullable').exists || listsNull(schema)),
      keeps: (schema) => !schema.child('nullable').exists,
      placeOf: (schema) => schema.child('nullable'),
      one: () => `OpenAPI ${api.format.version} has no \`nullable\`, and tools ignore it; put \`null\` into \`type\`.`,
      many: (amount) =>
        `${amount} schemas have \`nullable\`, which OpenAPI ${api.format.version} has not and tools ignore; put \`null\` into \`type\`.`,
    });
  },
  fix: {
    safety: 'safe',
    apply({ data = [] }, edit) {
      const mended = data.filter((schema) => toNull(schema, edit(schema)));
      return mended.length > 0 ? 'Write null as this version does' : undefined;
    },
  },
});

function listsNull(schema: Place): boolean {
  const type = schema.child('type');
  return type.isArray && type.items().some(({ string }) => string === 'null');
}

/** `nullable: true` becomes `null` in `type` and, where there is one, in `enum`; false goes, for it says nothing. */
function toNull(schema: Place, editor: TreeEditor): boolean {
  const type = schema.get('type').string;
  const isNullable = schema.get('nullable').value === true;
  // Without a type, `nullable` never allowed anything, and nobody can tell what was meant.
  if (isNullable && type === undefined && !listsNull(schema)) return false;
  editor.remove([...schema.path, 'nullable'], { keepComment: true });
  if (isNullable && type !== undefined) editor.set([...schema.path, 'type'], [type, 'null']);
  const values = schema.get('enum');
  if (isNullable && values.isArray && !values.items().some(({ value }) => value === null)) editor.append(values.path, null);
  return true;
}

/** The schemas of components, parameters, headers and bodies, with all that is inside them; each once. */
function schemasOf(api: Api): Place[] {
  const roots = api.get('components', 'schemas').entries();
  for (const { parameters, responses, place } of api.operations) {
    roots.push(...parameters.map((parameter) => parameter.get('schema')));
    roots.push(
      ...place
        .get('requestBody', 'content')
        .entries()
        .map((body) => body.get('schema')),
    );
    for (const { response } of responses) {
      roots.push(
        ...response
          .get('headers')
          .entries()
          .map((header) => header.get('schema')),
      );
      roots.push(...bodiesOf(api, response).map((body) => body.get('schema')));
    }
  }
  return [...schemasWithin(roots)];
}
