import { type Api, isRecord } from '../../server/core/model/api.ts';
import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { gathered, hasType, type Property, samplesOf } from '../schema.ts';
import { sentProperties } from './http.ts';
import page from './input-bounded.md';

export default defineApiRule<readonly Property[]>({
  page,
  theme: 'security',
  severity: 'info',
  optIn: true,
  formats: ['openapi'],
  *check(api) {
    yield* findingsOf(api, {
      among: yield* gathered(yield* sentProperties(api), (property) => boundOf(property) !== undefined),
      keeps: (property) => property.schema.has(boundOf(property) ?? ''),
      placeOf: ({ written }) => written,
      one: (property) => `A request may send \`${property.name}\` of any size; give it \`${boundOf(property)}\`.`,
      many: (amount, { name }) =>
        `${amount} strings and lists of requests, such as \`${name}\`, may have any size; give them \`maxLength\` or \`maxItems\`.`,
    });
  },
  fix: {
    safety: 'suggestion',
    apply({ data = [] }, edit, api) {
      const shown = sizesOf(api);
      for (const property of data) {
        const bound = boundOf(property);
        const { name, schema } = property;
        if (!bound || schema.has(bound)) continue;
        const own = Math.max(0, ...samplesOf(schema).map(sizeOf));
        const longest = Math.ceil(Math.max(own, shown.get(name) ?? 0) / 100) * 100;
        edit(schema).set([...schema.path, bound], Math.max(longest, bound === 'maxItems' ? 100 : 255));
      }
      return 'Bound the input';
    },
  },
});

/** The keyword that bounds the size; undefined where another keyword does, or nothing has to. */
function boundOf({ schema }: Property): 'maxLength' | 'maxItems' | undefined {
  if (['enum', 'const', 'pattern', 'readOnly'].some((key) => schema.has(key))) return undefined;
  if (hasType(schema, 'array')) return 'maxItems';
  // A format that is checked has an end of its own; text of `byte` and `binary` has none.
  const format = schema.get('format').string;
  return hasType(schema, 'string') && (format === undefined || /^(?:byte|binary|password)$/.test(format))
    ? 'maxLength'
    : undefined;
}

function sizeOf(value: unknown): number {
  return typeof value === 'string' || Array.isArray(value) ? value.length : 0;
}

/** How long the strings and lists are that the document's examples show, by the names of their properties. */
function sizesOf(api: Api): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  const look = (value: unknown, name: string, isExample: boolean): void => {
    if (isExample) sizes.set(name, Math.max(sizes.get(name) ?? 0, sizeOf(value)));
    if (Array.isArray(value)) for (const item of value) look(item, name, isExample);
    if (!isRecord(value)) return;
    for (const [key, below] of Object.entries(value)) look(below, key, isExample || /^examples?$/.test(key));
  };
  look(api.root.value, '', false);
  return sizes;
}
