import type { Api, Place } from '../../server/core/model/api.ts';
import { type ApiProblem, defineApiRule } from '../../server/core/rule.ts';
import page from './oauth-flow-safe.md';
import { localHost } from './server-https.ts';

const retired: Readonly<Record<string, string>> = {
  implicit: 'puts the token into a URL; use `authorizationCode` with PKCE',
  password: "hands the user's password to the client; use `authorizationCode` with PKCE",
};

export default defineApiRule<'url' | 'flow'>({
  page,
  theme: 'security',
  severity: 'warn',
  formats: ['openapi'],
  *check(api) {
    for (const scheme of schemesOf(api)) {
      for (const flow of api.isSwagger ? [scheme.child('flow')] : scheme.get('flows').entries()) {
        const name = api.isSwagger ? (flow.string ?? '') : flow.key;
        const why = Object.hasOwn(retired, name) ? retired[name] : undefined;
        const target = api.isSwagger ? 'value' : 'key';
        if (why) yield { at: flow, target, message: `The OAuth flow \`${name}\` ${why}.`, data: 'flow' };
        yield* plainUrls(api.isSwagger ? scheme : flow);
      }
    }
  },
  fix: {
    safety: 'suggestion',
    apply({ at, data }, edit) {
      if (data === 'url') {
        edit(at).set(at.path, (at.string ?? '').replace(/^http:/i, 'https:'));
        return 'Use https';
      }
      // Another flow needs URLs that nobody has written down, unless it is there already.
      if (at.parent.key !== 'flows' || !at.parent.has('authorizationCode')) return undefined;
      edit(at).remove(at.path);
      return `Remove the flow ${at.key}`;
    },
  },
});

function schemesOf(api: Api): Place[] {
  const schemes = api.isSwagger ? api.get('securityDefinitions') : api.get('components', 'securitySchemes');
  return schemes
    .entries()
    .map((scheme) => scheme.deref())
    .filter((scheme) => scheme.get('type').string === 'oauth2');
}

function* plainUrls(flow: Place): Iterable<ApiProblem<'url'>> {
  for (const key of ['authorizationUrl', 'tokenUrl', 'refreshUrl']) {
    const at = flow.get(key);
    const host = /^http:\/\/(\[[^\]]*\]|[^/:?#]*)/i.exec(at.string ?? '')?.[1];
    if (host === undefined || localHost.test(host)) continue;
    yield { at, target: 'value', message: `Codes and tokens travel to \`${host}\` in plain text; use \`https\`.`, data: 'url' };
  }
}
