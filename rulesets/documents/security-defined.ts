import { inMap } from '../../server/core/group.ts';
import { type Api, type Place } from '../../server/core/model/api.ts';
import { oneOfThem, mostSlips } from '../../server/core/model/habit.ts';
import { defineApiRule, type ApiProblem } from '../../server/core/rule.ts';
import { isMisspelt, nearest } from '../../server/core/structure/nearest.ts';
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
    if (isMisspelt(schemes.parent, schemes.key) || isMisspelt(schemes.parent.parent, schemes.parent.key)) return;
    const scopeless = new Map<string, Place[]>();
    const missing = new Map<string, Missing[]>();
    for (const owner of ownersOf(api)) {
      yield undefined;
      for (const requirement of owner.get('security').items()) {
        for (const written of requirement.entries()) {
          for (const each of missingIn(api, written, schemes)) inMap(missing, each.what, () => []).push(each);
          const [scope] = isScopeless(api, schemes.get(written.key)) ? written.items() : [];
          if (scope) scopeless.set(written.key, [...(scopeless.get(written.key) ?? []), scope]);
        }
      }
    }
    for (const same of missing.values()) yield* told(same);
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

/** A name that a requirement has and the document does not define. */
interface Missing {
  readonly at: Place;
  readonly target: 'key' | 'value';
  /** What is missing, as a sentence begins: "`components/securitySchemes` has no `apikey`". */
  readonly what: string;
  readonly meant: string | undefined;
}

function* missingIn(api: Api, written: Place, schemes: Place): Iterable<Missing> {
  const name = written.key;
  const scheme = schemes.get(name);
  if (!schemes.has(name)) {
    // From 3.2 on a requirement may name a scheme by its URI.
    if (/[#/]/.test(name)) return;
    const known = schemes.entries().map(({ key }) => key);
    const where = api.isSwagger ? 'securityDefinitions' : 'components/securitySchemes';
    yield { at: written, target: 'key', what: `\`${where}\` has no \`${name}\``, meant: nearest(name, known) };
    return;
  }
  if (scheme.get('type').string === 'oauth2') yield* unknownScopes(written.items(), scheme, name);
}

/** Of a misspelt name every place is to be mended; what is defined nowhere lacks one definition, whoever names it. */
function* told(same: readonly Missing[]): Iterable<ApiProblem<string | undefined>> {
  for (const { at, target, what, meant } of same) {
    if (meant !== undefined) yield { at, target, message: `${what}; did you mean \`${meant}\`?`, data: meant };
    else if (same.length <= mostSlips) yield { at, target, message: `${what}; define it there.`, data: undefined };
    else {
      const related = oneOfThem(same.slice(1).map((other) => other.at));
      const message = `${what}, which ${same.length} requirements name, of which this is the first; define it there.`;
      yield { at, target, message, related, data: undefined };
      return;
    }
  }
}

function isScopeless(api: Api, scheme: Place): boolean {
  const type = scheme.get('type').string;
  return type !== undefined && type !== 'oauth2' && type !== 'openIdConnect' && !namesRoles(api);
}

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

function* unknownScopes(scopes: readonly Place[], scheme: Place, name: string): Iterable<Missing> {
  const flows = [scheme, ...scheme.get('flows').entries()].map((flow) => flow.get('scopes')).filter((each) => each.isObject);
  if (flows.length === 0) return;
  const known = flows.flatMap((each) => each.entries().map(({ key }) => key));
  for (const at of scopes) {
    const scope = at.string;
    if (scope === undefined || known.includes(scope)) continue;
    const what = `The security scheme \`${name}\` has no scope \`${scope}\``;
    yield { at, target: 'value', what, meant: nearest(scope, known) };
  }
}
