import type { Message } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { addHeaders, messageKind, namesIn } from './message.ts';
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
        const names = messageKind(message.name) === 'event' ? namesIn(message.place) : undefined;
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
      for (const { place, missing } of data) {
        addHeaders(
          edit,
          place,
          metadata.filter(({ what }) => missing.includes(what)).map(({ header, schema }) => [header, schema]),
        );
      }
      return 'Add the event metadata';
    },
  },
});

function missingFrom(names: readonly string[]): string[] {
  return metadata.filter((item) => !names.some((known) => item.names.test(known))).map((item) => item.what);
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
