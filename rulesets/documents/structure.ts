import { defineApiRule } from '../../server/core/rule.ts';
import { structureOf } from '../../server/core/structure/structure.ts';
import page from './structure.md';

export default defineApiRule<string | undefined>({
  page,
  theme: 'structure',
  severity: 'error',
  formats: ['openapi', 'asyncapi'],
  structural: true,
  replaces: ['oas2-schema', 'oas3-schema', 'asyncapi-schema', 'asyncapi-3-document-resolved', 'asyncapi-3-document-unresolved'],
  absorbs: [
    'oas3-examples-value-or-externalValue',
    'openapi-tags-uniqueness',
    'asyncapi-payload',
    'asyncapi-headers-schema-type-object',
    'asyncapi-3-headers-schema-type-object',
    'asyncapi-tags-uniqueness',
    'asyncapi-3-tags-uniqueness',
  ],
  *check(api) {
    for (const { at, target, message, meant } of structureOf(api).violations) yield { at, target, message, data: meant };
  },
  fix: {
    safety: 'suggestion',
    apply({ at, data: meant }, edit) {
      if (meant === undefined) return undefined;
      edit(at).rename(at.path, meant);
      return `Rename to \`${meant}\``;
    },
  },
});
