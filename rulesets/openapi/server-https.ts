import type { Api, Place } from '../../server/core/model/api.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import page from './server-https.md';

const plainUrl = /^http:\/\/(\[[^\]]*\]|[^/:?#]*)(:[^/?#]*)?/i;
/** Hosts of the local machine or network, which no certificate is issued for. */
export const localHost =
  /^(?:\[.*\]|[^.]*|127\.[\d.]+|10\.[\d.]+|192\.168\.[\d.]+|172\.(?:1[6-9]|2\d|3[01])\.[\d.]+|169\.254\.[\d.]+|0\.0\.0\.0|.*\.(?:local|localhost|internal|test|lan))$/i;

export default defineApiRule<'server' | 'scheme'>({
  page,
  theme: 'security',
  severity: 'warn',
  formats: ['openapi'],
  *check(api) {
    if (api.isSwagger) yield* plainSchemes(api);
    else yield* plainServers(api);
  },
  fix: {
    safety: 'suggestion',
    apply(problem, edit) {
      const { at } = problem;
      if (problem.data === 'scheme') {
        edit(at).set(at.path, 'https');
        return 'Use https';
      }
      const port = plainUrl.exec(at.string ?? '')?.[2];
      // Another port than 80 speaks another protocol there; which port has TLS is not written anywhere.
      if (port !== undefined && port !== ':80') return undefined;
      edit(at).set(at.path, (at.string ?? '').replace(plainUrl, 'https://$1'));
      return 'Use https';
    },
  },
});

function* plainServers(api: Api) {
  const owners = [api.root];
  const seen = new Set<Place>();
  for (const operation of api.operations) if (operation.kind === 'path') owners.push(operation.pathItem, operation.place);
  for (const owner of owners) {
    for (const written of owner.get('servers').items()) {
      const server = written.deref();
      const at = server.get('url');
      if (seen.has(at)) continue;
      seen.add(at);
      const host = plainUrl.exec(withDefaults(at.string ?? '', server))?.[1];
      if (!plainUrl.test(at.string ?? '') || host === undefined || host.includes('{') || localHost.test(host)) continue;
      yield { at, target: 'value', message: message(host), data: 'server' } as const;
    }
  }
}

/** The URL that a client gets when it leaves every server variable as it is. */
function withDefaults(url: string, server: Place): string {
  return url.replace(/\{([^{}]+)\}/g, (written, name: string) => server.get('variables', name, 'default').string ?? written);
}

function* plainSchemes(api: Api) {
  const host = api.get('host').string?.replace(/:\d+$/, '');
  if (host === undefined || localHost.test(host)) return;
  for (const owner of [api.root, ...api.operations.map((operation) => operation.place)]) {
    const schemes = owner.get('schemes').items();
    // A list with both is how an API that redirects to https is described; only one without https forces plain text.
    if (schemes.some((scheme) => scheme.string === 'https')) continue;
    const at = schemes.find((scheme) => scheme.string === 'http');
    if (at) yield { at, target: 'value', message: message(host), data: 'scheme' } as const;
  }
}

function message(host: string): string {
  return `Requests to \`${host}\` travel in plain text; use \`https\`.`;
}
