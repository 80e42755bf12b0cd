/** Where AsyncAPI messages keep what rules look for, the same in 2.x and 3.x. */
import type { Place } from '../../server/core/model/api.ts';

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

/** Words that tell of what has happened, where the participle does not end in `ed`. */
const irregular =
  /^(?:sent|paid|made|done|lost|found|begun|built|sold|bought|left|read|set|put|cut|taken|given|written|broken|chosen|withdrawn|overdue)$/;

/**
 * What a message is by its name: an event tells of what has happened (`OrderPlaced`, `user.signedup`, `LightMeasuredEvent`),
 * a call asks for something or answers (`SumRequest`, `sum.reply`). Undefined for anything else: a measurement, a feed.
 */
export function messageKind(name: string): 'event' | 'call' | undefined {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '' && !/^(?:v?\d+|message|msg|payload)$/.test(word));
  if (words.some((word) => /^(?:command|cmd|request|req|response|res|reply|query|ack)$/.test(word))) return 'call';
  const last = words.at(-1) ?? '';
  if (words.includes('event') || words.includes('events')) return 'event';
  return /[a-z]{2}ed(?:up|in|out|off)?$/.test(last) && !/^(?:feed|speed|need|seed|bleed|breed)$/.test(last)
    ? 'event'
    : irregular.test(last) && words.length > 1
      ? 'event'
      : undefined;
}
