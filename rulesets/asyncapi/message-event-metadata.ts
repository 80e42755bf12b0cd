import type { Message, Place } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule, type TreeEditors } from '../../server/core/rule.ts';
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

interface Event extends Message {
  /** What it does not carry, of `metadata`. */
  readonly missing: readonly string[];
}

export default defineApiRule<readonly Event[]>({
  page,
  theme: 'events',
  severity: 'warn',
  formats: ['asyncapi'],
  *check(api) {
    yield* findingsOf<Event>(api, {
      among: api.messages.flatMap((message) => {
        const names = messageKind(message.name) === 'event' ? namesOf(message.place) : undefined;
        return names ? [{ ...message, missing: missingFrom(names) }] : [];
      }),
      keeps: ({ missing }) => missing.length === 0,
      placeOf: ({ place }) => place,
      one: ({ name, missing }) => `Event \`${name}\` does not carry its ${list(missing)}; add what is missing to its headers.`,
      many: (amount, { name, missing }) =>
        `${amount} events lack metadata, \`${name}\` its ${list(missing)}; add what is missing to their headers.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit) {
      for (const { place, missing } of data) addHeaders(edit, place, missing);
      return 'Add the event metadata';
    },
  },
});

function missingFrom(names: readonly string[]): string[] {
  return metadata.filter((item) => !names.some((known) => item.names.test(known))).map((item) => item.what);
}

function addHeaders(edit: TreeEditors, message: Place, missing: readonly string[]): void {
  const added = metadata.filter((item) => missing.includes(item.what)).map((item) => [item.header, item.schema] as const);
  const headers = headersOf(message);
  if (!headers.isObject) {
    edit(message).set([...message.path, 'headers'], { type: 'object', properties: Object.fromEntries(added) });
  } else if (!headers.has('properties')) {
    edit(headers).set([...headers.path, 'properties'], Object.fromEntries(added));
  } else {
    for (const [name, schema] of added) edit(headers).set([...headers.get('properties').path, name], schema);
  }
}

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
