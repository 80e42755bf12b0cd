import type { Api, Place } from '../../server/core/model/api.ts';
import { oneOfThem, mostSlips } from '../../server/core/model/habit.ts';
import { type ApiProblem, defineApiRule } from '../../server/core/rule.ts';
import { nearest } from '../../server/core/structure/nearest.ts';
import page from './channel-address.md';

export default defineApiRule({
  page,
  theme: 'structure',
  severity: 'error',
  formats: ['asyncapi'],
  replaces: [
    'asyncapi-channel-parameters',
    'asyncapi-channel-no-query-nor-fragment',
    'asyncapi-3-channel-no-query-nor-fragment',
    'asyncapi-channel-servers',
    'asyncapi-3-channel-servers',
  ],
  *check(api) {
    const isOld = api.format.version.startsWith('2');
    const servers = api.root.child('servers');
    for (const written of api.get('channels').entries()) {
      const channel = written.deref();
      const at = isOld ? written : channel.child('address');
      const address = isOld ? written.key : at.string;
      if (address !== undefined) {
        if (/[?#]/.test(address.replace(/\{[^{}]*\}/g, ''))) {
          const message = `The address \`${address}\` has a query or fragment; put what varies into the bindings of the channel.`;
          yield { at, target: isOld ? 'key' : 'value', message };
        }
        yield* parametersAgainst(channel, at, address, isOld);
      }
      yield* isOld ? serversAgainst(channel, servers) : serverReferences(api, channel, servers);
    }
  },
});

function* parametersAgainst(channel: Place, at: Place, address: string, isOld: boolean): Iterable<ApiProblem<undefined>> {
  const parameters = channel.child('parameters');
  if (parameters.exists && !parameters.deref().isObject) return;
  const used = [...address.matchAll(/\{([^{}]+)\}/g)].map(([, name]) => name as string);
  const names = parameters
    .entries()
    .map(({ key }) => key)
    .filter((key) => !key.startsWith('x-'));
  const explained = new Set<string>();
  for (const name of used) {
    if (names.includes(name)) continue;
    const meant = nearest(
      name,
      names.filter((each) => !used.includes(each)),
    );
    if (meant !== undefined) explained.add(meant);
    const hint = meant === undefined ? '; describe it there.' : `; did you mean \`{${meant}}\`?`;
    yield { at, target: isOld ? 'key' : 'value', message: `\`parameters\` has no \`{${name}}\`${hint}`, severity: 'warn' };
  }
  const unused = parameters.entries().filter(({ key }) => names.includes(key) && !used.includes(key) && !explained.has(key));
  const [first] = unused;
  if (first && unused.length > mostSlips) {
    const message = `The address \`${address}\` has none of ${unused.length} parameters, such as \`{${first.key}}\`; use them or remove them.`;
    const related = oneOfThem(unused);
    yield { at: parameters, message, severity: 'warn', related };
    return;
  }
  for (const parameter of unused) {
    const message = `The address \`${address}\` has no \`{${parameter.key}}\`; use it or remove it.`;
    yield { at: parameter, message, severity: 'warn' };
  }
}

function* serversAgainst(channel: Place, servers: Place): Iterable<ApiProblem<undefined>> {
  if (servers.exists && !servers.deref().isObject) return;
  const names = servers.entries().map(({ key }) => key);
  for (const server of channel.get('servers').items()) {
    if (server.string === undefined || names.includes(server.string)) continue;
    const meant = nearest(server.string, names);
    const hint = meant === undefined ? '; define it there.' : `; did you mean \`${meant}\`?`;
    yield { at: server, target: 'value', message: `\`servers\` has no \`${server.string}\`${hint}` };
  }
}

/** AsyncAPI 3: what a channel refers to is a server of the document, not one of the components. */
function* serverReferences(api: Api, channel: Place, servers: Place): Iterable<ApiProblem<undefined>> {
  const own = servers.entries();
  for (const server of channel.get('servers').items()) {
    const at = server.child('$ref');
    const target = at.string === undefined ? undefined : api.resolve(at.doc, at.string);
    if (!target || own.includes(target)) continue;
    yield { at, target: 'value', message: `\`${at.string}\` is none of \`servers\`; add it there, and refer to that.` };
  }
}
