/** Values of samples to shapes. Types, formats and names are kept; a value never is. */
import type { Shape } from '../facts.ts';

const maxDepth = 24;

/** The shape of one JSON value. */
export function shapeOf(value: unknown, depth = 0): Shape {
  if (value === null) return { type: 'null' };
  if (typeof value === 'string') return shapeOfText(value);
  if (typeof value === 'number') return { type: Number.isInteger(value) ? 'integer' : 'number' };
  if (typeof value === 'boolean') return { type: 'boolean' };
  if (depth > maxDepth || typeof value !== 'object') return {};
  if (Array.isArray(value)) {
    const items = value.map((item) => shapeOf(item, depth + 1)).reduce<Shape | undefined>(together, undefined);
    // One item does not tell what may be absent.
    return { type: 'array', ...(items && { items: value.length > 1 ? items : withoutRequired(items) }) };
  }
  const entries = Object.entries(value);
  if (entries.some(([key]) => isKey(key)) || isTable(entries)) {
    const additional = entries.map(([, item]) => shapeOf(item, depth + 1)).reduce<Shape | undefined>(together, undefined);
    return { type: 'object', ...(additional && { additional }) };
  }
  return {
    type: 'object',
    properties: Object.fromEntries(entries.map(([key, item]) => [key, shapeOf(item, depth + 1)])),
    required: entries.map(([key]) => key),
  };
}

const formats: readonly (readonly [string, RegExp])[] = [
  ['date-time', /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/],
  ['date', /^\d{4}-(?:0\d|1[0-2])-(?:[0-2]\d|3[01])$/],
  ['uuid', /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i],
  ['email', /^[\w.!#$%&'*+/=?^`{|}~-]+@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/i],
  ['uri', /^[a-z][a-z0-9+.-]*:\/\/[^\s<>"{}|\\^`]+$/i],
  ['uri-template', /^[a-z][a-z0-9+.-]*:\/\/(?:[^\s<>"{}|\\^`]|\{[^\s{}]+\})+$/i],
];

function shapeOfText(text: string): Shape {
  const format = formats.find(([, form]) => form.test(text))?.[0];
  return { type: 'string', ...(format && { format }) };
}

/** A text from a URL or a form, which has no types of its own. */
export function shapeOfField(value: string | undefined): Shape {
  if (value === undefined || /^\{.*\}$/.test(value)) return { type: 'string' };
  if (/^-?(?:0|[1-9]\d{0,14})$/.test(value)) return { type: 'integer' };
  if (/^-?\d+\.\d+$/.test(value)) return { type: 'number' };
  return /^(?:true|false)$/.test(value) ? { type: 'boolean' } : shapeOfText(value);
}

/** The shape that both values have: what only one has is optional, what is null in one is nullable. */
export function together(a: Shape | undefined, b: Shape | undefined): Shape {
  if (!a || !b) return a ?? b ?? {};
  if (a.type === 'null') return b.type === 'null' ? a : nullableOf(b);
  if (b.type === 'null') return nullableOf(a);
  const nullable = a.nullable || b.nullable ? { nullable: true } : {};
  if (a.anyOf || b.anyOf || a.type !== b.type) return { ...alternatives(a, b), ...nullable };
  const common = { type: a.type, ...(a.format && a.format === b.format && { format: a.format }), ...nullable };
  if (a.type === 'array') {
    const items = a.items && b.items ? together(a.items, b.items) : (a.items ?? b.items);
    return { ...common, ...(items && { items }) };
  }
  return a.type === 'object' ? { ...common, ...objects(a, b) } : common;
}

function objects(a: Shape, b: Shape): Shape {
  if (a.additional || b.additional) {
    const values = [a, b].flatMap((one) => [...(one.additional ? [one.additional] : []), ...Object.values(one.properties ?? {})]);
    return { additional: values.reduce<Shape | undefined>(together, undefined) ?? {} };
  }
  const names = new Set([...Object.keys(a.properties ?? {}), ...Object.keys(b.properties ?? {})]);
  const property = (name: string): Shape => {
    const [one, other] = [a.properties?.[name], b.properties?.[name]];
    return one && other ? together(one, other) : withoutRequired((one ?? other) as Shape);
  };
  return {
    properties: Object.fromEntries([...names].map((name) => [name, property(name)])),
    required: (a.required ?? []).filter((name) => b.required?.includes(name)),
  };
}

function alternatives(a: Shape, b: Shape): Shape {
  const isNumber = (shape: Shape) => shape.type === 'integer' || shape.type === 'number';
  if (isNumber(a) && isNumber(b)) return { type: 'number' };
  let parts: readonly Shape[] = a.anyOf ?? [plain(a)];
  for (const part of b.anyOf ?? [plain(b)]) {
    const same = parts.find((one) => one.type === part.type || (isNumber(one) && isNumber(part)));
    parts = same ? parts.map((one) => (one === same ? together(one, part) : one)) : [...parts, part];
  }
  return parts.length === 1 ? (parts[0] as Shape) : { anyOf: parts };
}

function plain({ nullable: _, ...shape }: Shape): Shape {
  return shape;
}

function nullableOf(shape: Shape): Shape {
  return shape.type === undefined && !shape.anyOf ? shape : { ...shape, nullable: true };
}

/** A shape that says `required` nowhere: one sample does not tell what may be absent. */
export function withoutRequired(shape: Shape): Shape {
  const { required: _, properties, items, anyOf, additional, ...rest } = shape;
  return {
    ...rest,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, withoutRequired(one)])),
    }),
    ...(items && { items: withoutRequired(items) }),
    ...(anyOf && { anyOf: anyOf.map(withoutRequired) }),
    ...(additional && { additional: withoutRequired(additional) }),
  };
}

/** Are none of the names those of properties: files by their names, labels by their addresses, things by their ids? */
function isTable(entries: readonly (readonly [string, unknown])[]): boolean {
  const isName = ([key, value]: readonly [string, unknown]) =>
    isObject(value) ? /^[\w$-]*$/.test(key) && !idShape(key) : !/[/:\s]/.test(key);
  return entries.length > 0 && !entries.some(isName);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A name that is data: an id, an address, a token. Such a key belongs to a dictionary. */
export function isKey(text: string): boolean {
  return (idShape(text) !== undefined && !isWords(text, 2)) || /@/.test(text) || text.length > 64;
}

/** The shape of a text that looks like an id; undefined for words. */
export function idShape(text: string): Shape | undefined {
  if (/^\d{1,19}$/.test(text)) return { type: 'integer' };
  const { format } = shapeOfText(text);
  if (format === 'uuid' || format === 'date' || format === 'email') return { type: 'string', format };
  const isHex = /^(?=.*\d)[0-9a-f]{12,}$/i.test(text);
  const isUlid = /^[0-9A-HJKMNP-TV-Z]{26}$/.test(text);
  const isPrefixed =
    /^[a-z]{1,8}_(?=.*\d)[A-Za-z0-9_]{6,}$/.test(text) || /^[a-z]{1,8}_(?=.*[A-Z])(?=.*[a-z])[A-Za-z0-9]{10,}$/.test(text);
  const isCapital = /^(?=(?:.*\d){2})(?=(?:.*[A-Z]){2})[A-Z0-9]{9,}$/.test(text);
  const isToken = /^(?=.*\d)(?=.*[A-Za-z])[\w.~:-]{16,}$/.test(text) && !/^v\d/.test(text);
  if (isHex || isUlid || isCapital) return { type: 'string' };
  return (isPrefixed || isToken) && !isWords(text, 3) ? { type: 'string' } : undefined;
}

/**
 * At least so many words, with numbers among them: `address_line1_check`, `image_128x128`, `report-2024-06`, `useThreeDS2Challenge`. Random letters
 * have many short words among them, and ids more digits than letters.
 */
function isWords(text: string, least: number): boolean {
  const parts = text.replaceAll(/([a-z0-9])(?=[A-Z])/g, '$1_').split(/[_.:-]+/);
  const words = parts.filter((part) => /^(?:[A-Za-z]+\d{0,4}|\d{1,2}[A-Za-z]+|[A-Za-z]+\d{1,2}[A-Za-z]+|\d+x\d+)$/.test(part));
  const numbers = parts.filter((part) => /^\d{1,4}$/.test(part));
  const sizeOf = (some: readonly string[]) => some.join('').length;
  const isAll = words.length + numbers.length === parts.length;
  const isMixed = /[a-z0-9][A-Z]/.test(text);
  return (
    isAll && parts.length >= least && sizeOf(words) >= (isMixed ? 4 : 3) * words.length && sizeOf(words) >= 2 * sizeOf(numbers)
  );
}
