import { groupBy } from '../../server/core/group.ts';
import type { Api, Operation, Place } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { nameOf, parametersIn, securityOf, served } from './http.ts';
import page from './security-required.md';

/** Paths that are open by nature: one logs in there, or asks whether the service is up. */
const open =
  /\/(?:health[a-z]*|ready|readiness|live|liveness|ping|status|version|metrics|log-?in|sign-?(?:in|up)|register|tokens?|oauth2?|authorize|\.well-known|openapi|swagger|docs)(?:[/.]|$)/i;
/** Headers that carry credentials without being described as a scheme. */
const credentials = /^authorization$|api-?key|(?:auth|access)-?token/;

export default defineApiRule<readonly Operation[]>({
  page,
  theme: 'security',
  severity: 'warn',
  formats: ['openapi'],
  *check(api) {
    yield* findingsOf(api, {
      among: served(api).filter(({ path }) => !open.test(path)),
      keeps: (operation) => securityOf(api, operation) !== undefined || takesCredentials(operation),
      placeOf: ({ place }) => place,
      one: (operation) => `${nameOf(operation)} does not say who may call it; declare \`security\`, \`[]\` if everybody may.`,
      many: (amount, first) =>
        `${amount} operations, such as ${nameOf(first)}, do not say who may call them; declare \`security\`, \`[]\` if everybody may.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit, api) {
      const requirement = usualRequirement(api);
      if (requirement === undefined) return undefined;
      const whole = served(api).every(({ place, path }) => place.has('security') || !open.test(path));
      if (whole && !api.root.has('security')) {
        edit(api.root).set(['security'], requirement, { before: 'paths' });
      } else {
        for (const { place } of data) edit(place).set([...place.path, 'security'], requirement);
      }
      return 'Require the usual credentials';
    },
  },
});

function takesCredentials(operation: Operation): boolean {
  return [...parametersIn(operation, 'header').keys()].some((name) => credentials.test(name));
}

/** What most secured operations require; else the only scheme there is. */
function usualRequirement(api: Api): unknown {
  const own = served(api)
    .map(({ place }) => place.get('security'))
    .filter((security) => security.items().length > 0);
  const groups = [...groupBy(own, ({ value }) => JSON.stringify(value)).values()];
  const [usual] = groups.reduce((most, group) => (group.length > most.length ? group : most), [] as Place[]);
  if (usual) return usual.value;
  const schemes = api.isSwagger ? api.get('securityDefinitions') : api.get('components', 'securitySchemes');
  const [only, ...others] = schemes.entries();
  return only && others.length === 0 ? [{ [only.key]: [] }] : undefined;
}
