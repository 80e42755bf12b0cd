import { type Api, isRecord, type Place } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { formatProblem } from '../../server/core/structure/format.ts';
import { payloadOf } from '../asyncapi/message.ts';
import { gathered, hasType, propertiesWithin, type Property, samplesOf } from '../schema.ts';
import { allProperties } from '../openapi/http.ts';
import page from './timestamp-date-time.md';

/** Names that mean a point in time; a bare `date` or `time` may be a day, a time of day or a duration. */
const instant =
  /(?:[a-z0-9]At|_at|(?:^|_)timestamp|[a-z]Timestamp|(?:^|_)date_?time|[a-z]Date_?Time)$|^(?:created|updated|modified|deleted|expires?|expired|issued|sent|paid|completed|occurred|published|received|last_?(?:seen|modified|updated|login))_?(?:on|On|time|Time)$/;
const day = /^(?:date_of_birth|birth_?(?:date|day)|dateOfBirth|birthDate|birthday|dob)$|(?:[a-z]Date|_date)$/;
/** What a description says of another notation than that of RFC 3339. */
const otherNotation = /2822|2616|822\b|epoch|unix|seconds|millis|YYYYMM|MM[/.]|DD[/.-]MM|cron|relative|HTTP[- ]date/i;

export default defineApiRule<readonly Property[]>({
  page,
  theme: 'data',
  severity: 'info',
  formats: ['openapi', 'asyncapi'],
  *check(api) {
    yield* findingsOf(api, {
      among: yield* gathered(yield* propertiesOf(api), ({ name, schema }) => formatFor(name, schema) !== undefined),
      keeps: ({ schema }) => schema.has('format'),
      placeOf: ({ written }) => written,
      one: ({ name, schema }) =>
        `\`${name}\` is a ${formatFor(name, schema) === 'date' ? 'day' : 'point in time'} written as any string; add \`format: ${formatFor(name, schema)}\`.`,
      many: (amount, { name, schema }) =>
        `${amount} points in time, such as \`${name}\`, are written as any string; add \`format: ${formatFor(name, schema)}\`.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit) {
      const formats = new Set<string>();
      for (const { name, schema } of data) {
        const format = schema.has('format') ? undefined : formatFor(name, schema);
        if (!format) continue;
        edit(schema).set([...schema.path, 'format'], format, { before: 'description' });
        formats.add(format);
      }
      return `Add format ${[...formats].join(' and ')}`;
    },
  },
});

function* propertiesOf(api: Api): Generator<undefined, readonly Property[]> {
  if (api.format.kind === 'openapi') return yield* allProperties(api);
  return yield* gathered(propertiesWithin(api.messages.map(({ place }) => payloadOf(place))));
}

/** The format a string of this name should have; undefined where it means something else, or is restricted otherwise. */
function formatFor(name: string, schema: Place): 'date-time' | 'date' | undefined {
  if (!hasType(schema, 'string') || !isRecord(schema.value)) return undefined;
  if (['pattern', 'enum', 'const', 'maxLength'].some((key) => schema.has(key))) return undefined;
  if (otherNotation.test(schema.get('description').string ?? '')) return undefined;
  const samples = samplesOf(schema).filter((sample) => typeof sample === 'string');
  const areAll = (format: string) => samples.every((sample) => formatProblem(format, sample) === undefined);
  if (instant.test(name)) return areAll('date-time') ? 'date-time' : undefined;
  // Only an example tells whether a date is a day or has a time.
  if (!day.test(name) || samples.length === 0) return undefined;
  if (areAll('date')) return 'date';
  return areAll('date-time') ? 'date-time' : undefined;
}
