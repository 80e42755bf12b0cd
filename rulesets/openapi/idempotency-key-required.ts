import type { Api, Operation } from '../../server/core/model/api.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { isJsonMediaType, propertiesOf } from '../schema.ts';
import page from './idempotency-key-required.md';

/** A POST to one of these asks or acts; sending it twice creates nothing twice. */
const notCreating =
  /^(?:log-?in|log-?out|sign-?in|sign-?out|auth(?:enticate|orize)?|tokens?|oauth2?|refresh|sessions?|search|find|filter|query|lookup|validate|verify|check|preview|estimate|calculate|graphql|introspect|revoke)$/i;

export default defineApiRule({
  page,
  severity: 'warn',
  formats: ['openapi'],
  *check(api) {
    for (const operation of api.operations) {
      if (operation.kind !== 'path' || operation.method !== 'post') continue;
      if (!creates(api, operation) || takesKey(operation)) continue;
      const message = `A retry of POST \`${operation.path}\` creates twice; accept the \`Idempotency-Key\` header.`;
      yield { at: operation.place, message };
    }
  },
  fix: {
    safety: 'suggestion',
    apply({ at }, edit, api) {
      const head = {
        name: 'Idempotency-Key',
        in: 'header',
        description: 'Makes a retry safe, a new value for each new request.',
      };
      const parameter = api.isSwagger
        ? { ...head, type: 'string', maxLength: 255 }
        : { ...head, schema: { type: 'string', maxLength: 255 } };
      edit(at).append([...at.path, 'parameters'], parameter);
      return 'Add the Idempotency-Key header';
    },
  },
});

function creates(api: Api, { path, responses }: Operation): boolean {
  const last = path.split(/[/:]/).at(-1) ?? '';
  if (last.endsWith('}') || notCreating.test(last)) return false;
  if (responses.some(({ status }) => status === '201')) return true;
  return responses.some(({ status }) => /^2/.test(status)) && hasMembers(api, path);
}

/** Is `/pets` a collection: does the document also serve `/pets/{id}`? */
function hasMembers(api: Api, path: string): boolean {
  return api
    .get('paths')
    .entries()
    .some(({ key }) => key.startsWith(`${path}/{`) && !key.slice(path.length + 1).includes('/'));
}

function takesKey({ parameters, place }: Operation): boolean {
  const isKey = (name: string | undefined) => name !== undefined && /idempoten/i.test(name);
  if (parameters.some((parameter) => isKey(parameter.get('name').string))) return true;
  const bodies = place
    .get('requestBody', 'content')
    .entries()
    .filter(({ key }) => isJsonMediaType(key));
  const schemas = [
    ...bodies.map((body) => body.get('schema')),
    ...parameters.filter((parameter) => parameter.get('in').string === 'body').map((parameter) => parameter.get('schema')),
  ];
  return schemas.some((schema) => [...propertiesOf(schema).byName.keys()].some(isKey));
}
