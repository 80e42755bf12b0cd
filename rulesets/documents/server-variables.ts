import type { Api, Place } from '../../server/core/model/api.ts';
import { type ApiProblem, defineApiRule } from '../../server/core/rule.ts';
import { isMisspelt, nearest } from '../../server/core/structure/nearest.ts';
import { list, quote } from '../../server/core/structure/say.ts';
import page from './server-variables.md';

export default defineApiRule({
  page,
  theme: 'structure',
  severity: 'error',
  formats: ['openapi3', 'asyncapi'],
  replaces: ['oas3-server-variables', 'asyncapi-server-variables'],
  *check(api) {
    const seen = new Set<Place>();
    for (const written of serversOf(api)) {
      const server = written.deref();
      if (!server.isObject || seen.has(server)) continue;
      seen.add(server);
      yield* variablesAgainst(api, server);
      for (const variable of server.get('variables').entries()) yield* valuesAgainst(variable.deref());
    }
    for (const variable of api.get('components', 'serverVariables').entries()) yield* valuesAgainst(variable.deref());
  },
});

function* serversOf(api: Api): Iterable<Place> {
  if (api.format.kind === 'asyncapi') {
    yield* api.get('servers').entries();
    yield* api.get('components', 'servers').entries();
    return;
  }
  yield* api.get('servers').items();
  for (const { pathItem, place } of api.operations) {
    yield* pathItem.get('servers').items();
    yield* place.get('servers').items();
  }
}

function* variablesAgainst(api: Api, server: Place): Iterable<ApiProblem<undefined>> {
  const variables = server.child('variables');
  if ((variables.exists && !variables.deref().isObject) || isMisspelt(server, 'variables')) return;
  const templates = ['url', 'host', 'pathname'].map((key) => server.child(key)).filter((place) => place.string !== undefined);
  const used = templates.flatMap((at) =>
    [...(at.string as string).matchAll(/\{([^{}]+)\}/g)].map(([, name]) => ({ at, name: name as string })),
  );
  const names = variables
    .entries()
    .map(({ key }) => key)
    .filter((key) => !key.startsWith('x-'));
  // AsyncAPI does not demand what OpenAPI does.
  const milder = api.format.kind === 'asyncapi' ? { severity: 'warn' as const } : {};
  const explained = new Set<string>();
  for (const { at, name } of used) {
    if (names.includes(name)) continue;
    const meant = nearest(
      name,
      names.filter((each) => !used.some((other) => other.name === each)),
    );
    if (meant !== undefined) explained.add(meant);
    const hint = meant === undefined ? '; add it with its default.' : `; did you mean \`{${meant}}\`?`;
    yield { at, target: 'value', message: `\`variables\` does not define \`{${name}}\`${hint}`, ...milder };
  }
  if (templates.length === 0) return;
  for (const variable of variables.entries()) {
    if (!names.includes(variable.key) || explained.has(variable.key) || used.some(({ name }) => name === variable.key)) continue;
    yield {
      at: variable,
      message: `No template \`{${variable.key}}\` uses this variable; use it or remove it.`,
      severity: 'warn',
    };
  }
}

function* valuesAgainst(variable: Place): Iterable<ApiProblem<undefined>> {
  const allowed = variable
    .get('enum')
    .items()
    .map(({ value }) => value);
  if (allowed.length === 0) return;
  for (const at of [variable.child('default'), ...variable.get('examples').items()]) {
    // That each is a string, `structure` says.
    if (!at.exists || allowed.some((value) => String(value) === String(at.value))) continue;
    yield {
      at,
      target: 'value',
      message: `${quote(at.value)} is not in the \`enum\` of the variable; use ${list(allowed.map(quote), 'or')}.`,
    };
  }
}
