import { defineApiRule } from '../../server/core/rule.ts';
import { structureInSteps } from '../../server/core/structure/structure.ts';
import page from './reference.md';

export default defineApiRule<string | undefined>({
  page,
  theme: 'structure',
  severity: 'error',
  formats: ['openapi', 'asyncapi'],
  structural: true,
  replaces: ['invalid-ref'],
  *check(api) {
    const { references } = yield* structureInSteps(api);
    for (const { at, target, message, meant } of references) yield { at, target, message, data: meant };
  },
  fix: {
    safety: 'suggestion',
    apply({ at, data: meant }, edit) {
      if (meant === undefined) return undefined;
      edit(at).set(at.path, meant);
      return `Refer to \`${meant}\``;
    },
  },
});
