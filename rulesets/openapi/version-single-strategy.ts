import { groupBy } from '../../server/core/group.ts';
import type { Api, Place } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { served } from './http.ts';
import page from './version-single-strategy.md';

const versionName = /^(?:x-?)?(?:api-?|accept-?)?version$/i;
const inUrl = /\/v\d+(?:\.\d+)?(?:\/|$)/i;

export default defineApiRule({
  page,
  theme: 'lifecycle',
  severity: 'info',
  formats: ['openapi'],
  *check(api) {
    const versioned = urlVersion(api);
    if (versioned === undefined) return;
    const parameters = served(api).flatMap((operation) =>
      operation.parameters.filter((parameter) => {
        const where = parameter.get('in').string;
        return (where === 'header' || where === 'query') && isApiVersion(parameter);
      }),
    );
    for (const uses of groupBy(parameters, (parameter) => parameter.get('name').string).values()) {
      const message = (parameter: Place) =>
        `The version stands in the URL (\`${versioned}\`) and in the ${parameter.get('in').string} parameter \`${parameter.get('name').string}\`; keep one of them.`;
      yield* findingsOf(api, {
        among: uses,
        keeps: () => false,
        placeOf: (parameter) => parameter.get('name'),
        target: 'value',
        one: message,
        many: (_, first) => message(first),
      });
    }
  },
});

/** A bare `version` may be that of a document or package. */
function isApiVersion(parameter: Place): boolean {
  const name = parameter.get('name').string ?? '';
  return (
    versionName.test(name) && (name.toLowerCase() !== 'version' || /\bAPI\b/i.test(parameter.get('description').string ?? ''))
  );
}

/** The version in the servers' URLs or in most paths. */
function urlVersion(api: Api): string | undefined {
  const servers = api.isSwagger
    ? [api.get('basePath').string]
    : api
        .get('servers')
        .items()
        .map((server) => server.get('url').string);
  const server = servers.find((url) => url !== undefined && inUrl.test(`${url}/`));
  if (server !== undefined) return server;
  const paths = [...new Set(served(api).map(({ path }) => path))];
  const versioned = paths.filter((path) => inUrl.test(path));
  return versioned.length > paths.length / 2 ? versioned[0] : undefined;
}
