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
