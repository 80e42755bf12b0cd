import { type Api, type Place } from '../../server/core/model/api.ts';
import { defineApiRule, type ApiProblem } from '../../server/core/rule.ts';
import { nearest } from '../../server/core/structure/nearest.ts';
import page from './security-defined.md';

export default defineApiRule<string | undefined>({
  page,
  theme: 'security',
  severity: 'error',
  // AsyncAPI 3 refers to schemes with `$ref`.
  formats: ['openapi', 'asyncapi2'],
  replaces: [
    'oas2-operation-security-defined',
    'oas3-operation-security-defined',
    'asyncapi-operation-security',
    'asyncapi-server-security',
  ],
  *check(api) {
    const schemes = api.isSwagger ? api.root.child('securityDefinitions') : api.get('components').child('securitySchemes');
    // Where the schemes lie behind a broken reference, nobody knows their names.
    if (schemes.exists && !schemes.deref().isObject) return;
    if (!schemes.exists && api.root.child('components').exists && !api.get('components').isObject) return;
    const scopeless = new Map<string, Place[]>();
    for (const owner of ownersOf(api)) {
      yield undefined;
      for (const requirement of owner.get('security').items()) {
        for (const written of requirement.entries()) {
          yield* problemsOf(api, written, schemes);
          const [scope] = isScopeless(api, schemes.get(written.key)) ? written.items() : [];
          if (scope) scopeless.set(written.key, [...(scopeless.get(written.key) ?? []), scope]);
        }
      }
    }
    for (const [name, scopes] of scopeless) yield* withoutScopes(api, name, schemes.get(name).get('type').string ?? '', scopes);
  },
  fix: {
    safety: 'suggestion',
    apply({ at, data: meant }, edit) {
      if (meant === undefined) return undefined;
      if (at.path.at(-2) === undefined || typeof at.path.at(-1) === 'number') edit(at).set(at.path, meant);
      else edit(at).rename(at.path, meant);
      return `Rename to \`${meant}\``;
    },
  },
});

function* ownersOf(api: Api): Iterable<Place> {
  yield api.root;
  if (api.format.kind === 'openapi') {
    for (const { place } of api.operations) yield place;
    return;
  }
  for (const server of [...api.get('servers').entries(), ...api.get('components', 'servers').entries()]) yield server.deref();
  for (const channel of api.get('channels').entries()) for (const action of ['publish', 'subscribe']) yield channel.get(action);
}

function* problemsOf(api: Api, written: Place, schemes: Place): Iterable<ApiProblem<string | undefined>> {
  const name = written.key;
  const scheme = schemes.get(name);
  if (!schemes.has(name)) {
    // From 3.2 on a requirement may name a scheme by its URI.
    if (/[#/]/.test(name)) return;
    const meant = nearest(
      name,
      schemes.entries().map(({ key }) => key),
    );
    const where = api.isSwagger ? 'securityDefinitions' : 'components/securitySchemes';
    const hint = meant === undefined ? '; define it there' : `; did you mean \`${meant}\``;
    yield { at: written, message: `\`${where}\` has no \`${name}\`${hint}${meant === undefined ? '.' : '?'}`, data: meant };
    return;
  }
  if (scheme.get('type').string === 'oauth2') yield* unknownScopes(written.items(), scheme, name);
}

function isScopeless(api: Api, scheme: Place): boolean {
  const type = scheme.get('type').string;
  return type !== undefined && type !== 'oauth2' && type !== 'openIdConnect' && !namesRoles(api);
}

/** More are a habit of the document, which is said once. */
const mostSlips = 3;

function* withoutScopes(
  api: Api,
  name: string,
  type: string,
  scopes: readonly Place[],
): Iterable<ApiProblem<string | undefined>> {
  const message =
    scopes.length > mostSlips
      ? `${scopes.length} requirements, of which this is the first, list scopes of \`${name}\`, which is of the type \`${type}\` and has none; leave the lists empty.`
      : `\`${name}\` is of the type \`${type}\`, which has no scopes; leave the list empty.`;
  for (const at of scopes.length > mostSlips ? scopes.slice(0, 1) : scopes) {
    yield { at, target: 'value', message, ...(api.format.kind === 'openapi' ? { severity: 'warn' as const } : {}) };
  }
}

/** From OpenAPI 3.1 on the list names roles where the type has no scopes. */
function namesRoles({ format }: Api): boolean {
  return format.kind === 'openapi' && !/^(?:2\.|3\.0)/.test(format.version);
}

function* unknownScopes(scopes: readonly Place[], scheme: Place, name: string): Iterable<ApiProblem<string | undefined>> {
  const flows = [scheme, ...scheme.get('flows').entries()].map((flow) => flow.get('scopes')).filter((each) => each.isObject);
  if (flows.length === 0) return;
  const known = flows.flatMap((each) => each.entries().map(({ key }) => key));
  for (const scope of scopes) {
    if (scope.string === undefined || known.includes(scope.string)) continue;
    const meant = nearest(scope.string, known);
    const hint = meant === undefined ? '; define it there.' : `; did you mean \`${meant}\`?`;
    yield {
      at: scope,
      target: 'value',
      message: `The security scheme \`${name}\` has no scope \`${scope.string}\`${hint}`,
      data: meant,
    };
  }
}
