/** Where AsyncAPI messages keep what rules look for, the same in 2.x and 3.x. */
import type { Place } from '../../server/core/model/api.ts';
import type { TreeEditors } from '../../server/core/rule.ts';
import { propertiesOf } from '../schema.ts';

/** The traits of a message, dereferenced. */
export function traitsOf(message: Place): Place[] {
  return message
    .get('traits')
    .items()
    .map((trait) => trait.deref());
}

/** The schema of the headers; a missing place when there is none. */
export function headersOf(message: Place): Place {
  return schemaOf(message.get('headers'));
}

/** The schema of the payload; a missing place when there is none. */
export function payloadOf(message: Place): Place {
  return schemaOf(message.get('payload'));
}

/** 3.x may wrap a schema to name its format. */
function schemaOf(place: Place): Place {
  return place.has('schemaFormat') ? place.get('schema') : place;
}

/** What a message is called in the document: its `name`, else the key it is written under. */
export function nameOfMessage(message: Place): string {
  return message.get('name').string ?? (message.key === 'message' ? String(message.path.at(-3) ?? '') : message.key);
}

/** Adds headers to a message, to the schema of its headers where it has one. */
export function addHeaders(edit: TreeEditors, message: Place, added: readonly (readonly [name: string, schema: object])[]): void {
  const headers = headersOf(message);
  if (!headers.isObject) {
    edit(message).set([...message.path, 'headers'], { type: 'object', properties: Object.fromEntries(added) });
  } else if (!headers.has('properties')) {
    edit(headers).set([...headers.path, 'properties'], Object.fromEntries(added));
  } else {
    for (const [name, schema] of added) edit(headers).set([...headers.get('properties').path, name], schema);
  }
}

/** Objects that carry metadata inside a payload. */
const envelope = /^(?:meta|metadata|header|headers|envelope|context|event)$/i;

/**
 * Names of all headers and properties of a message, those of its envelope included, in lower case without separators;
 * undefined where not all can be seen.
 */
export function namesIn(message: Place): string[] | undefined {
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

const correlating = /^(?:x-?)?(?:correlation|trace|request)-?_?id$|^traceparent$/i;

/** Where a header or property already carries what correlates, as a runtime expression. */
export function correlationIn(message: Place): string | undefined {
  for (const [part, schemas] of [
    ['header', [message, ...traitsOf(message)].map(headersOf)],
    ['payload', [payloadOf(message)]],
  ] as const) {
    const names = schemas.flatMap((schema) => [...propertiesOf(schema).byName.keys()]);
    const known = names.find((name) => correlating.test(name));
    if (known !== undefined) return `$message.${part}#/${known}`;
  }
  return undefined;
}

/** Gives a message its correlation id: in a header or property that it has for it, else in a new header. */
export function addCorrelationId(edit: TreeEditors, message: Place): void {
  const known = correlationIn(message);
  edit(message).set([...message.path, 'correlationId'], { location: known ?? '$message.header#/correlationId' });
  if (known !== undefined) return;
  addHeaders(edit, message, [['correlationId', { type: 'string' }]]);
}

/** Words that tell of what has happened, where the participle does not end in `ed`. */
const irregular =
  /^(?:sent|paid|made|done|lost|found|begun|built|sold|bought|left|read|set|put|cut|taken|given|written|broken|chosen|withdrawn|overdue)$/;

/**
 * What a message is by its name: an event tells of what has happened (`OrderPlaced`, `user.signedup`, `LightMeasuredEvent`),
 * a call asks for something or answers (`SumRequest`, `sum.reply`). Undefined for anything else: a measurement, a feed.
 */
export function messageKind(name: string): 'event' | 'call' | undefined {
  const words = wordsOf(name);
  if (words.some((word) => /^(?:command|cmd|request|req|response|res|reply|query|ack)$/.test(word))) return 'call';
  const last = words.at(-1) ?? '';
  if (words.includes('event') || words.includes('events')) return 'event';
  return /[a-z]{2}ed(?:up|in|out|off)?$/.test(last) && !/^(?:feed|speed|need|seed|bleed|breed)$/.test(last)
    ? 'event'
    : irregular.test(last) && words.length > 1
      ? 'event'
      : undefined;
}

/** The words of a message's name, in lower case; versions and words like `message` left out. */
export function wordsOf(name: string): string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '' && !/^(?:v?\d+|message|msg|payload)$/.test(word));
}
