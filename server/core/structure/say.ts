/** The sentences of structural findings: what is wrong, and what is allowed. */
import type { JsonType, Shape } from './shape.ts';

type Sentence = (label: string, object: string | undefined) => string;

const typeNames: Record<JsonType, string> = {
  null: 'null',
  boolean: 'a boolean',
  number: 'a number',
  integer: 'a whole number',
  string: 'a string',
  array: 'a list',
  object: 'an object',
};

/** `a, b or c`. */
export function list(items: readonly string[], word: 'or' | 'and'): string {
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} ${word} ${items.at(-1)}`;
}

/** A value as it is shown in a sentence: short, in backticks. */
export function quote(value: unknown): string {
  const text = typeof value === 'string' ? value || "''" : JSON.stringify(value);
  const line = text.replace(/\s+/g, ' ');
  const short = line.length > 60 ? `${line.slice(0, 57)}…` : line;
  return short.includes('`') ? `"${short}"` : `\`${short}\``;
}

function the(object: string | undefined): string {
  return object === undefined ? 'this object' : `the ${object}`;
}

export function text(sentence: string): Sentence {
  return () => sentence;
}

function kinds(types: readonly JsonType[]): string {
  const sorted = [...new Set(types)].sort((a, b) => Number(a === 'null') - Number(b === 'null'));
  const names = sorted.map((each) => typeNames[each]);
  return types.length === 1 && types[0] === 'boolean' ? '`true` or `false`' : list(names, 'or');
}

export function type(types: readonly JsonType[], value: unknown): Sentence {
  const wanted = kinds(types);
  return (label, object) => {
    const what = types.length === 1 && types[0] === 'object' && object ? `an object, the ${object}` : wanted;
    return `${label} is ${kindOf(value)}; it must be ${what}.${mend(types, value) || mendSchema(label, types, object, value)}`;
  };
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') return `the string ${quote(value)}`;
  return typeof value === 'number' ? `the number ${quote(value)}` : quote(value);
}

function mend(types: readonly JsonType[], value: unknown): string {
  if (types.includes('string') && (typeof value === 'number' || typeof value === 'boolean')) return ' Put it in quotes.';
  if (typeof value !== 'string') return '';
  const bare = types.some((each) => each === 'integer' || each === 'number')
    ? /^-?\d+(\.\d+)?$/
    : types.includes('boolean')
      ? /^(?:true|false)$/
      : undefined;
  return bare?.test(value) ? ' Take it out of the quotes.' : '';
}

/** What was meant by something else in place of a schema: its type alone, or a keyword that stands one level too deep. */
function mendSchema(label: string, types: readonly JsonType[], object: string | undefined, value: unknown): string {
  const isSchema = object === 'Schema Object' || (types.length === 2 && types.includes('object') && types.includes('boolean'));
  if (!isSchema || !types.includes('object')) return '';
  if (typeof value === 'string' && Object.hasOwn(typeNames, value)) return ` Write \`type: ${value}\` in it.`;
  return Array.isArray(value) && label === '`required`'
    ? ' To require properties, it stands beside `properties`, not in it.'
    : '';
}

/** YAML's null where JSON Schema wants its name. */
export function quotedNull(): Sentence {
  return (label) => `${label} is null, not the text; put it in quotes: \`'null'\`.`;
}

export function onlyReference(name: string | undefined): Sentence {
  return (label) => `${label} must be a reference${name ? ` to a ${name}` : ''}: an object with \`$ref\`.`;
}

export function value(values: readonly unknown[], is: unknown, where: string): Sentence {
  const allowed = values.length > 20 ? [...values.slice(0, 20).map(quote), '…'] : values.map(quote);
  const must = values.length === 1 ? `must be ${allowed[0]}` : `must be one of ${list(allowed, 'or')}`;
  return (label) => `${label} is ${typeof is === 'object' && is !== null ? kindOf(is) : quote(is)}; it ${must}${where}.`;
}

export function refused(is: unknown): Sentence {
  return (label) => `${label} cannot be ${typeof is === 'object' && is !== null ? kindOf(is) : quote(is)} here.`;
}

export function unknown(key: string, fields: readonly string[]): Sentence {
  const few =
    fields.length > 0 && fields.length <= 12
      ? ` What else it may have: ${list(
          fields.map((field) => `\`${field}\``),
          'and',
        )}.`
      : '';
  return (_, object) => `\`${key}\` is not a field of ${the(object)}.${few}`;
}

export function otherKind(fields: readonly string[]): Sentence {
  const some = list(
    fields.slice(0, 6).map((field) => `\`${field}\``),
    'or',
  );
  return (label, object) => `${label} has no field of ${the(object)}, such as ${some}; an object of another kind stands here.`;
}

/** A reference where the specification knows none. */
export function noReference(): Sentence {
  return (_, object) =>
    `A \`$ref\` cannot stand for ${the(object)}: only tools that bundle the files first read it. Write the object here.`;
}

/** The same for a map of names that is no object of the specification. */
export function noReferenceForMap(): Sentence {
  return (label) =>
    `A \`$ref\` cannot stand for all of ${label}: only tools that bundle the files first read it. Give each entry a \`$ref\` of its own.`;
}

export function noReferences(amount: number, object: string): string {
  return `${amount} ${object}s, of which this is the first, are \`$ref\`s, which cannot stand for them: only tools that bundle the files first read them. Write the objects here.`;
}

/** The same where no object may stand at all, as for `description`. */
export function noReferenceForValue(types: readonly JsonType[]): Sentence {
  return (label) =>
    `${label} must be ${kinds(types)}, for which a \`$ref\` cannot stand: only tools that bundle the files first read it. Write the value here.`;
}

export function noReferencesForValues(amount: number, types: readonly JsonType[]): string {
  return `${amount} values that must each be ${kinds(types)}, of which this is the first, are \`$ref\`s, which cannot stand for them: only tools that bundle the files first read them. Write the values here.`;
}

/** Fields that one part of an `allOf` names and another refuses. */
export function refusedByPart(keys: readonly string[]): Sentence {
  const some = keys.length > 4 ? [...keys.slice(0, 3), ''] : keys;
  const names = some.map((key) => (key === '' ? `${keys.length - 3} more` : `\`${key}\``));
  return (label) =>
    `${label} has ${list(names, 'and')}, which one part of its schema names and another refuses with \`additionalProperties: false\`; take that out of what stands in \`allOf\`.`;
}

export function misspelt(key: string, meant: string): Sentence {
  return (_, object) => `\`${key}\` is not a field of ${the(object)}; did you mean \`${meant}\`?`;
}

export function missing(key: string, where: string, values: readonly unknown[] | undefined): Sentence {
  const allowed = values && values.length > 0 && values.length <= 12 ? ` with ${list(values.map(quote), 'or')}` : '';
  return (_, object) => `\`${key}\` is missing; ${the(object)} requires it${where}. Add it${allowed}.`;
}

export function allMissing(keys: readonly string[]): Sentence {
  const names = list(
    keys.map((key) => `\`${key}\``),
    'and',
  );
  return (_, object) => `${names} are missing; ${the(object)} requires them. Add them.`;
}

export function oneMissing(keys: readonly string[]): Sentence {
  const names = keys.map((key) => `\`${key}\``);
  return (_, object) => `${capital(the(object))} has none of ${list(names, 'and')}; add one of them.`;
}

export function exclusive(keys: readonly string[]): Sentence {
  return () =>
    `${list(
      keys.map((key) => `\`${key}\``),
      'and',
    )} exclude each other; keep one of them.`;
}

export function ambiguous(names: readonly string[]): Sentence {
  return (label, object) =>
    `${label} reads as more than one kind of ${names.length > 1 ? list(names, 'and') : (object ?? 'object')} at once; leave only what one of them has.`;
}

export function notAllowed(where: string): Sentence {
  return (label) => `${label} is not allowed here${where}; remove it.`;
}

export function fieldNotAllowed(key: string, where: string): Sentence {
  return (_, object) => `\`${key}\` cannot stand in ${the(object)}${where}; remove it.`;
}

export function onlyWhere(key: string, conditions: readonly string[]): Sentence {
  return (_, object) => `\`${key}\` is a field of ${the(object)} only${list([...new Set(conditions)], 'or')}.`;
}

const forms: Record<string, string> = {
  '^/': 'begin with `/`',
  '^\\/': 'begin with `/`',
  '^[a-zA-Z0-9._-]+$': 'have only letters, digits, `.`, `-` and `_`',
  '^[a-zA-Z0-9\\.\\-_]+$': 'have only letters, digits, `.`, `-` and `_`',
  '^[\\w\\d\\.\\-_]+$': 'have only letters, digits, `.`, `-` and `_`',
  '^[1-5](?:\\d{2}|XX)$': 'are statuses such as `200`, ranges such as `2XX`, or `default`',
  '^[1-5](?:[0-9]{2}|XX)$': 'are statuses such as `200`, ranges such as `2XX`, or `default`',
  '^([0-9]{3})$|^(default)$': 'are statuses such as `200`, or `default`',
  "^[a-zA-Z0-9!#$%&'*+.^_`|~-]+$": 'are HTTP methods',
};

/** A key of a map of names that has not the form of one. */
export function keyForm(key: string, patterns: readonly string[], also: readonly string[]): Sentence {
  const form = patterns.map((pattern) => forms[pattern] ?? `match \`${pattern}\``);
  const extra = also.length > 0 && !form.some((each) => each.includes(also[0] as string)) ? `, or are \`${also[0]}\`` : '';
  return (_, object) => `\`${key}\` cannot be a key of ${the(object)}; its keys ${list(form, 'or')}${extra}.`;
}

/** A key that the schema of names refuses. */
export function name(key: string, shape: Shape): Sentence {
  const { patterns, formats } = shape.facets;
  const [pattern] = patterns;
  if (key === '') return (_, object) => `A key of ${the(object)} is empty; name it.`;
  if (pattern && !pattern.regex.test(key))
    return () => `\`${key}\` cannot be a name here; names ${forms[pattern.source] ?? `match \`${pattern.source}\``}.`;
  if (formats.includes('media-range')) return () => `\`${key}\` is not a media type such as \`application/json\`.`;
  if (formats.includes('uri-template')) return () => `\`${key}\` is not a URI template; a brace is not closed.`;
  return (_, object) => `\`${key}\` cannot be a key of ${the(object)}.`;
}

export function pattern(source: string, is: string): Sentence {
  return (label) => `${label} is ${quote(is)}; it must match \`${source}\`.`;
}

export function format(is: string, what: string): Sentence {
  return (label) => `${label} is ${quote(is)}, which is not ${what}.`;
}

/** A URI that would be one without spaces. */
export function spaces(is: string): Sentence {
  return (label) => `${label} is ${quote(is)}; a URI has no spaces: write them as \`%20\`.`;
}

export function tooShort(limit: number, is: number): Sentence {
  if (limit === 1) return (label) => `${label} is empty; it must say something.`;
  return (label) => `${label} has ${is} character${is === 1 ? '' : 's'}; it must have at least ${limit}.`;
}

export function tooLong(limit: number, is: number): Sentence {
  return (label) => `${label} has ${is} characters; it must have at most ${limit}.`;
}

export function number(keyword: string, limit: number, is: number): Sentence {
  const must: Record<string, string> = {
    minimum: `at least ${limit}`,
    maximum: `at most ${limit}`,
    exclusiveMinimum: `more than ${limit}`,
    exclusiveMaximum: `less than ${limit}`,
    multipleOf: `a multiple of ${limit}`,
  };
  return (label) => `${label} is ${quote(is)}; it must be ${must[keyword]}.`;
}

export function contrary(most: string, high: number, least: string, low: number): Sentence {
  return () => `\`${most}\` is ${high}, less than \`${least}\`, which is ${low}: no value fits. Correct one of the two.`;
}

export function requiredAndRefused(name: string, meant: string | undefined): Sentence {
  const hint = meant === undefined ? '; describe it there.' : `; did you mean ${quote(meant)}?`;
  return () =>
    `${quote(name)} is required, but \`properties\` lacks it and \`additionalProperties: false\` refuses it: no object fits${hint}`;
}

export function tooFew(limit: number, what: 'item' | 'field'): Sentence {
  return (label) => `${label} needs at least ${limit} ${what}${limit === 1 ? '' : 's'}.`;
}

export function tooMany(limit: number, is: number, what: 'item' | 'field'): Sentence {
  return (label) => `${label} has ${is} ${what}s; it must have at most ${limit}.`;
}

export function contains(min: number, max: number, is: number): Sentence {
  if (is < min) return (label) => `${label} has ${is} of the items it needs; it must have at least ${min}.`;
  return (label) => `${label} has ${is} items of a kind of which ${max} may stand together.`;
}

export function repeated(is: unknown): Sentence {
  return () => `${typeof is === 'object' ? 'This item' : quote(is)} is in the list already; remove one of the two.`;
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}
