/** Channels, what is done with them, and the servers they are on: the same for AsyncAPI 2.x and 3.x. */
import type { Api, Place } from '../../server/core/model/api.ts';
import { localHost } from '../openapi/server-https.ts';

export interface Channel {
  /** Where the document names it. */
  readonly written: Place;
  readonly place: Place;
  readonly name: string;
  /** The topic, queue or path; in 3.x not always the channel's name, and sometimes unknown. */
  readonly address: string;
  readonly servers: readonly Place[];
  /** The protocols of its servers, else of its bindings, as `familyOf` names them. */
  readonly protocols: readonly string[];
}

/** What the application does with a channel. */
export interface Action {
  readonly action: 'send' | 'receive';
  readonly place: Place;
  readonly channel: Channel;
  /** The messages, dereferenced. */
  readonly messages: readonly Place[];
}

/** The channels of the document. */
export function channelsOf(api: Api): readonly Channel[] {
  return api.derived(listChannels);
}

function listChannels(api: Api): readonly Channel[] {
  const written = api.get('channels').entries();
  return written.filter(({ key }) => !key.startsWith('x-')).map((channel) => channelOf(api, channel));
}

function channelOf(api: Api, written: Place): Channel {
  const place = written.deref();
  const servers = serversOf(api, place);
  const ofServers = servers.map((server) => familyOf(server.get('protocol').string ?? ''));
  const ofBindings = place
    .get('bindings')
    .entries()
    .map(({ key }) => familyOf(key));
  return {
    written,
    place,
    name: written.key,
    address: place.get('address').string ?? written.key,
    servers,
    protocols: servers.length > 0 ? ofServers : ofBindings,
  };
}

/** The servers a channel is on: those it names, else all. */
function serversOf(api: Api, channel: Place): Place[] {
  const all = api.get('servers').entries();
  const named = channel.get('servers').items();
  if (named.length === 0) return all.map((server) => server.deref());
  // 2.x names servers, 3.x refers to them.
  return named
    .map((server) => (server.string === undefined ? server.deref() : api.get('servers', server.string)))
    .filter((server) => server.isObject);
}

/** Everything the application sends and receives. In 2.x `publish` is what others do: the application receives. */
export function actionsOf(api: Api): readonly Action[] {
  return api.derived(listActions);
}

function listActions(api: Api): readonly Action[] {
  return api.format.version.startsWith('2') ? [...actionsOf2(api)] : [...actionsOf3(api)];
}

function* actionsOf2(api: Api): Iterable<Action> {
  for (const channel of channelsOf(api)) {
    for (const [key, action] of [
      ['publish', 'receive'],
      ['subscribe', 'send'],
    ] as const) {
      const place = channel.place.child(key);
      if (!place.isObject) continue;
      const message = place.get('message');
      const oneOf = message.get('oneOf');
      const messages = oneOf.isArray ? oneOf.items().map((item) => item.deref()) : [message];
      yield { action, place, channel, messages: messages.filter(({ isObject }) => isObject) };
    }
  }
}

function* actionsOf3(api: Api): Iterable<Action> {
  const byPlace = new Map(channelsOf(api).map((channel) => [channel.place, channel]));
  for (const written of api.get('operations').entries()) {
    const place = written.deref();
    const action = place.get('action').string;
    const channel = byPlace.get(place.get('channel'));
    if (!channel || (action !== 'send' && action !== 'receive')) continue;
    const own = place.get('messages').items();
    const messages = own.length > 0 ? own : channel.place.get('messages').entries();
    yield { action, place, channel, messages: messages.map((item) => item.deref()).filter(({ isObject }) => isObject) };
  }
}

/** One name for a protocol, with and without TLS: `kafka-secure` is `kafka`, `wss` is `ws`. */
export function familyOf(protocol: string): string {
  return protocol
    .toLowerCase()
    .replace(/^secure-|-secure$/, '')
    .replace(/^(amqp|mqtt|ws|http|stomp)s$/, '$1')
    .replace(/^mqtt5$/, 'mqtt');
}

/** The host of a server, without port; in 2.x of its URL. */
export function hostOf(server: Place): string {
  const text = server.get('host').string ?? server.get('url').string ?? '';
  return text
    .replace(/^[a-z0-9+.-]*:\/\//i, '')
    .replace(/^[^/@]*@/, '')
    .replace(/(?::(?:\d+|\{[^}]*\}))?(?:\/.*)?$/, '');
}

/** Is the server on the local machine or network? */
export function isLocal(server: Place): boolean {
  const host = hostOf(server);
  return host === '' || (!host.includes('{') && localHost.test(host));
}

/** A binding of a channel, operation or message, by protocol; a missing place when there is none. */
export function bindingOf(place: Place, protocol: string): Place {
  return place.get('bindings', protocol);
}
