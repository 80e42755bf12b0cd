import type { Place } from '../../server/core/model/api.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { propertiesOf } from '../schema.ts';
import { headersOf, messageKind, payloadOf, traitsOf } from './message.ts';
import page from './message-event-metadata.md';

/** What an event says about itself: names it goes by, in CloudEvents and elsewhere, and the header the fix adds. */
const metadata = [
  { what: 'id', names: /^(?:event|message|msg)?(?:id|uuid)$/, header: 'eventId', schema: { type: 'string' } },
  {
    what: 'time',
    names: /^(?:event|message|sent|created|occurred|emitted|published|produced)?(?:time|timestamp|datetime|date|at|on)$/,
    header: 'eventTime',
    schema: { type: 'string', format: 'date-time' },
  },
  { what: 'type', names: /^(?:event|message|msg)?(?:type|name|kind)$|^event$/, header: 'eventType', schema: { type: 'string' } },
  {
    what: 'version',
    names: /^(?:event|message|schema|data|dataschema|spec|type|event)?(?:schema)?version$|^dataschema$/,
    header: 'eventVersion',
    schema: { type: 'string' },
  },
] as const;

/** Objects that carry metadata inside a payload. */
const envelope = /^(?:meta|metadata|header|headers|envelope|context|event)$/i;

export default defineApiRule<readonly string[]>({
  page,
  severity: 'warn',
  formats: ['asyncapi'],
  *check(api) {
    for (const { place, name } of api.messages) {
      if (messageKind(name) !== 'event') continue;
      const names = namesOf(place);
      if (!names) continue;
      const missing = metadata.filter((item) => !names.some((known) => item.names.test(known))).map((item) => item.what);
      if (missing.length === 0) continue;
      const message = `Event \`${name}\` does not carry its ${list(missing)}; add what is missing to its headers.`;
      yield { at: place, message, data: missing };
    }
  },
  fix: {
    safety: 'suggestion',
    apply({ at, data = [] }, edit) {
      const added = metadata.filter((item) => data.includes(item.what)).map((item) => [item.header, item.schema] as const);
      const headers = headersOf(at);
      if (!headers.isObject) edit(at).set([...at.path, 'headers'], { type: 'object', properties: Object.fromEntries(added) });
      else if (!headers.has('properties')) edit(headers).set([...headers.path, 'properties'], Object.fromEntries(added));
      else for (const [name, schema] of added) edit(headers).set([...headers.get('properties').path, name], schema);
      return 'Add the event metadata';
    },
  },
});

/** Names of all headers and properties, in lower case without separators; undefined where not all can be seen. */
function namesOf(message: Place): string[] | undefined {
  const payload = payloadOf(message);
  const inPayload = propertiesOf(payload);
  if (!payload.isObject || inPayload.byName.size === 0) return undefined;
  const schemas = [message, ...traitsOf(message)].map(headersOf);
  for (const [name, property] of inPayload.byName) if (envelope.test(name)) schemas.push(property);
  const found = [inPayload, ...schemas.filter((schema) => schema.exists).map(propertiesOf)];
  if (found.some(({ complete }) => !complete) || hasBrokenReference(message)) return undefined;
  return found.flatMap(({ byName }) => [...byName.keys()].map(plainName));
}

/** A reference that leads nowhere: what stands behind it is not known. */
function hasBrokenReference(message: Place): boolean {
  return ['headers', 'payload'].some((part) => message.child(part).exists && !message.get(part).exists);
}

function plainName(name: string): string {
  return name
    .toLowerCase()
    .replace(/^(?:x-|ce[-_]|cloudevents[:_-])/, '')
    .replaceAll(/[-_.:]/g, '');
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
