import type { Place } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { hostOf, isLocal } from './channels.ts';
import page from './server-tls.md';

/** What the protocol with TLS is called. */
const secured: Readonly<Record<string, string>> = {
  kafka: 'kafka-secure',
  amqp: 'amqps',
  mqtt: 'mqtts',
  ws: 'wss',
  http: 'https',
  stomp: 'stomps',
};

export default defineApiRule<readonly Place[]>({
  page,
  theme: 'security',
  severity: 'warn',
  formats: ['asyncapi'],
  *check(api) {
    yield* findingsOf(api, {
      among: api
        .get('servers')
        .entries()
        .map((server) => server.deref())
        .filter((server) => !isLocal(server)),
      keeps: (server) => securedName(server) === undefined || speaksOfTls(server),
      placeOf: (server) => server.get('protocol'),
      target: 'value',
      one: (server) =>
        `Messages to \`${hostOf(server)}\` travel in plain \`${server.get('protocol').string}\`; use \`${securedName(server)}\`.`,
      many: (amount, server) =>
        `${amount} servers, such as \`${hostOf(server)}\`, are reached in plain \`${server.get('protocol').string}\`; use \`${securedName(server)}\`.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit) {
      const protocols = new Set<string>();
      for (const server of data) {
        const name = securedName(server);
        const protocol = server.get('protocol');
        if (name === undefined) continue;
        edit(protocol).set(protocol.path, name);
        protocols.add(name);
        const url = server.get('url');
        if (url.string !== undefined)
          edit(url).set(url.path, url.string.replace(/^(?:kafka|amqp|mqtt|ws|http|stomp):/, `${name}:`));
      }
      return `Use ${[...protocols].join(' and ')}`;
    },
  },
});

function securedName(server: Place): string | undefined {
  const protocol = server.get('protocol').string?.toLowerCase() ?? '';
  return Object.hasOwn(secured, protocol) ? secured[protocol] : undefined;
}

/** Kafka and others are also reached with TLS under the plain name, and a scheme, port or description says so. */
function speaksOfTls(server: Place): boolean {
  const security = server
    .get('security')
    .items()
    .map((item) => JSON.stringify([item.child('$ref').value, item.deref().value]));
  const { security: _, ...rest } = server.value as Record<string, unknown>;
  return /\b(?:tls|ssl|mtls|x509|8883)\b|sasl[-_]ssl|"X509"/i.test(
    `${JSON.stringify(rest)} ${security.join(' ')}`.replaceAll(/[_-]/g, ' '),
  );
}
