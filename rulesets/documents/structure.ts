import { defineApiRule } from '../../server/core/rule.ts';
import { writeMeant } from '../../server/core/structure/mend.ts';
import { structureInSteps, type StructureProblem } from '../../server/core/structure/structure.ts';
import { writeForEdition } from '../../server/core/structure/editions.ts';
import { writeForVersion } from '../../server/core/structure/versions.ts';
import page from './structure.md';

export default defineApiRule<Pick<StructureProblem, 'meant' | 'instead'>>({
  page,
  theme: 'structure',
  severity: 'error',
  formats: ['openapi', 'asyncapi'],
  structural: true,
  replaces: ['oas2-schema', 'oas3-schema', 'asyncapi-schema', 'asyncapi-3-document-resolved', 'asyncapi-3-document-unresolved'],
  absorbs: [
    'oas3-examples-value-or-externalValue',
    'array-items',
    'openapi-tags-uniqueness',
    'asyncapi-payload',
    'asyncapi-headers-schema-type-object',
    'asyncapi-3-headers-schema-type-object',
    'asyncapi-tags-uniqueness',
    'asyncapi-3-tags-uniqueness',
  ],
  *check(api) {
    const { violations } = yield* structureInSteps(api);
    for (const { at, target, message, meant, instead } of violations) yield { at, target, message, data: { meant, instead } };
  },
  fix: {
    safety: 'suggestion',
    apply({ at, data: { meant, instead } = {} }, edit, api) {
      if (instead) return writeMeant(at, instead, edit);
      if (meant === undefined) return writeForVersion(api, at, edit) ?? writeForEdition(api, at, edit);
      // OpenAPI 3.0 has one example where JSON Schema has a list of them.
      if (meant === 'example' && at.step === 'examples' && at.isArray) {
        const [first] = at.items();
        if (!first) return undefined;
        edit(at).rename(at.path, meant).set(at.path, first.value);
        return 'Keep the first as `example`';
      }
      edit(at).rename(at.path, meant);
      return `Rename to \`${meant}\``;
    },
  },
});
