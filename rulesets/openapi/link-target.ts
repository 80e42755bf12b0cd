import { type Api, httpMethods, type Operation, type Place } from '../../server/core/model/api.ts';
import { type ApiProblem, defineApiRule } from '../../server/core/rule.ts';
import { writeName } from '../../server/core/structure/mend.ts';
import { nearest } from '../../server/core/structure/nearest.ts';
import { follow } from '../../server/core/structure/reference.ts';
import { linksOf } from './links.ts';
import page from './link-target.md';

export default defineApiRule<string | undefined>({
  page,
  theme: 'structure',
  severity: 'warn',
  formats: ['openapi3'],
  *check(api) {
    for (const link of linksOf(api)) {
      if (!link) yield undefined;
      else yield* mistakesOf(api, link);
    }
  },
  fix: writeName,
});

function* mistakesOf(api: Api, link: Place): Iterable<ApiProblem<string | undefined>> {
  const [id, ref] = [link.child('operationId'), link.child('operationRef')];
  if (id.string !== undefined) {
    const operation = api.operations.find(({ place }) => place.child('operationId').string === id.string);
    if (operation) yield* parametersAgainst(link, operation, id.string);
    else if (isComplete(api)) yield unknownId(api, id, id.string);
  } else if (ref.string !== undefined) {
    const outcome = follow(api, ref.doc, ref.string);
    if ('message' in outcome) yield { at: ref, target: 'value', message: outcome.message, data: outcome.meant };
    if (!('target' in outcome)) return;
    const operation = api.operations.find(({ place }) => place === outcome.target);
    if (operation) yield* parametersAgainst(link, operation, ref.string);
    else if (!standsAsOperation(outcome.target)) {
      yield { at: ref, target: 'value', message: `\`${ref.string}\` leads to no operation; an operation must stand there.` };
    }
  }
}

/** Also one that the document does not serve, as those of `components.pathItems`. */
function standsAsOperation({ key, path }: Place): boolean {
  return (httpMethods as readonly string[]).includes(key) || path.at(-2) === 'additionalOperations';
}

function unknownId(api: Api, at: Place, id: string): ApiProblem<string | undefined> {
  const known = api.operations.flatMap(({ place }) => place.child('operationId').string ?? []);
  const meant = nearest(id, known);
  const hint = meant === undefined ? '; name one of this description.' : `; did you mean \`${meant}\`?`;
  return { at, target: 'value', message: `No operation has the \`operationId\` \`${id}\`${hint}`, data: meant };
}

/** Can all operations be seen? Not where one stands behind a reference that leads nowhere, or waits among the components. */
function isComplete(api: Api): boolean {
  const items = [...api.get('paths').entries(), ...api.get('webhooks').entries()];
  const unused = ['pathItems', 'callbacks'].some((key) => api.get('components').has(key));
  return !unused && items.every((item) => item.key.startsWith('x-') || item.deref().isObject);
}

function* parametersAgainst(link: Place, { place, pathItem, parameters }: Operation, name: string) {
  const written = [pathItem, place].flatMap((owner) => owner.get('parameters').items());
  if (written.some((parameter) => parameter.deref().child('name').string === undefined)) return;
  const names = parameters.flatMap((parameter) => {
    const [own, location] = [parameter.get('name').string as string, parameter.get('in').string];
    return [own, `${location}.${own}`];
  });
  for (const at of link.get('parameters').entries()) {
    if (names.includes(at.key) || at.key.startsWith('x-')) continue;
    const meant = nearest(at.key, names);
    const hint = meant === undefined ? '; describe it there, or leave it out.' : `; did you mean \`${meant}\`?`;
    yield { at, target: 'key', message: `The operation \`${name}\` has no parameter \`${at.key}\`${hint}`, data: meant } as const;
  }
}
