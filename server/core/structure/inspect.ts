/**
 * Holds a value against a shape, and says of each mistake the cause: which field is unknown, missing or wrong, in the
 * branch of the schema that was meant. The results of a subtree are kept with the value itself, so that after an edit
 * only what changed is looked at again (values keep their identity where the text did not change).
 */
import { isRecord } from '../model/api.ts';
import { formatProblem } from './format.ts';
import { type Meant, meantOfTypes, meantOfValues } from './mend.ts';
import { nearest } from './nearest.ts';
import { type Facets, hasType, type JsonType, type Shape, typeOf } from './shape.ts';
import * as say from './say.ts';

type Key = string | number;

/** A mistake in a value. */
export interface Problem {
  readonly kind: 'type' | 'value' | 'unknown' | 'missing' | 'excluded' | 'count' | 'name';
  /** The child it is about; the value itself where there is none. */
  readonly key?: Key;
  readonly mark: 'key' | 'value';
  /** The sentence; `label` names the value, `object` is what the specification calls it. */
  readonly say: (label: string, object: string | undefined) => string;
  readonly object?: string;
  /** Fields that are missing: all of them where one problem says so, or those of which one is needed. */
  readonly wants?: readonly string[];
  /** The name that was meant, for a misspelt key. */
  readonly meant?: string;
  /** The value that was meant. */
  readonly instead?: Meant;
  /** How many fields it speaks of, where it stands for all of them. */
  readonly amount?: number;
  /** What a document that does it once does everywhere: dates with times, null for what is not there. */
  readonly habit?: string;
  /** It is what a whole document does or leaves: this is said of several such objects at once. */
  readonly many?: (amount: number) => string;
}

/** What was found in a value and below it. */
export interface Result {
  readonly problems: readonly Problem[];
  readonly children: ReadonlyMap<Key, Result>;
  /** The value is a reference that must lead to this shape; `true`: to anything. */
  readonly leads: Shape | true | undefined;
  /** Mistakes here and below; missing fields weigh more, because what was meant has the fields it needs. */
  readonly weight: number;
}

const clean: Result = { problems: [], children: new Map(), leads: undefined, weight: 0 };

/** What shapes of a scope said of a value: a short list, because a map for each shape makes the garbage collector work. */
export interface Remembered {
  readonly shape: Shape;
  result: Result;
  next: Remembered | undefined;
}

/**
 * How deep results are kept: an edit looks again at what it changed and at one branch of this depth. What lies deeper,
 * or holds nothing but scalars, is looked at faster than remembered.
 */
const remembered = 7;

/** Deeper values are not looked at: nobody writes them, and the stack ends somewhere. */
export const deepest = 400;
let depth = 0;

/** Everything that is wrong with a value, by the shape it should have. */
export function inspect(shape: Shape, value: unknown): Result {
  if (shape.raw === true || depth > deepest) return clean;
  if (typeof value !== 'object' || value === null) {
    const { types } = shape.facets;
    return shape.isPlain && (!types || hasType(types, value)) ? clean : look(shape, value);
  }
  if (depth > remembered) return look(shape, value);
  const { said } = shape.scope;
  const first = said.get(value);
  for (let each = first; each; each = each.next) if (each.shape === shape) return each.result;
  if (!holdsObjects(value)) return look(shape, value);
  // A schema that leads back to itself with the same value has nothing more to say about it.
  const entry: Remembered = { shape, result: clean, next: first?.next };
  if (first) first.next = entry;
  else said.set(value, entry);
  entry.result = look(shape, value);
  return entry.result;
}

function holdsObjects(value: object): boolean {
  for (const key in value) if (typeof (value as Record<string, unknown>)[key] === 'object') return true;
  return false;
}

function look(shape: Shape, value: unknown): Result {
  if (shape.isSchemaObject && isRecord(value) && typeof value.$schema === 'string' && shape.scope.dialect) {
    const other = shape.scope.dialect(value.$schema);
    if (!other) return clean;
    if (other !== shape) return inspect(other, value);
  }
  const finding = new Finding(shape);
  depth++;
  try {
    lookInto(shape, value, finding, '');
    if (shape.name === 'Schema Object' && isRecord(value)) lookForContradictions(value, finding);
  } finally {
    depth--;
  }
  return finding.result(value);
}

const limits = [
  ['minimum', 'maximum'],
  ['minLength', 'maxLength'],
  ['minItems', 'maxItems'],
  ['minProperties', 'maxProperties'],
] as const;

/** What a schema demands and excludes at once, so that no value fits it. */
function lookForContradictions(schema: Readonly<Record<string, unknown>>, finding: Finding): void {
  for (const [least, most] of limits) {
    const [low, high] = [schema[least], schema[most]];
    if (typeof low === 'number' && typeof high === 'number' && low > high)
      finding.child(most, wrong(say.contrary(most, high, least, low)));
  }
  const { required, properties = {}, additionalProperties, patternProperties, type = 'object' } = schema;
  const isClosed = additionalProperties === false && patternProperties === undefined && isRecord(properties);
  if (!isClosed || !Array.isArray(required) || ![type].flat().includes('object')) return;
  for (const [index, name] of required.entries()) {
    if (typeof name !== 'string' || Object.hasOwn(properties, name)) continue;
    const meant = nearest(
      name,
      Object.keys(properties).filter((each) => !required.includes(each)),
    );
    const instead = meant === undefined ? undefined : { instead: { value: meant } };
    finding.child('required', holding(index, wrong(say.requiredAndRefused(name, meant), 'value', 'value', instead)));
  }
}

/** Is there nothing wrong with the value? */
export function fits(shape: Shape, value: unknown): boolean {
  return inspect(shape, value).weight === 0;
}

/** What is being found out about one value. */
class Finding {
  readonly shape: Shape;
  problems: Problem[] = [];
  children: Map<Key, Result> | undefined;
  leads: Shape | true | undefined;
  name: string | undefined;

  constructor(shape: Shape) {
    this.shape = shape;
    this.name = shape.name;
  }

  add(problem: Problem): void {
    this.problems.push(problem);
  }

  child(key: Key, result: Result): void {
    if (result === clean) return;
    this.children ??= new Map();
    const known = this.children.get(key);
    this.children.set(key, known ? merged(known, result) : result);
  }

  absorb({ problems, children, leads }: Result): void {
    this.problems.push(...problems);
    for (const [key, result] of children) this.child(key, result);
    this.leads ??= leads;
  }

  wrong(key: string): boolean {
    return (
      (this.children?.get(key)?.weight ?? 0) > 0 ||
      this.problems.some((problem) => problem.key === key || problem.wants?.includes(key))
    );
  }

  lacks(key: string): boolean {
    return this.problems.some((problem) => problem.kind === 'missing' && problem.key === key);
  }

  result(value: unknown): Result {
    if (this.problems.length > 0) this.problems = causes(this, value);
    const { problems, children, leads } = this;
    if (problems.length === 0 && !children && leads === undefined) return clean;
    let weight = 0;
    for (const { kind, key, wants = [], amount = 1 } of problems) {
      weight += kind === 'missing' ? 1.2 * (key === undefined ? 1 : wants.length) : amount;
    }
    if (children) for (const child of children.values()) weight += child.weight;
    return {
      // What a branch without a name says is said of the object that has one.
      problems: problems.map((problem) => ({ ...problem, object: problem.object ?? this.name })),
      children: children ?? clean.children,
      leads,
      weight,
    };
  }
}

function merged(a: Result, b: Result): Result {
  if (a === b) return a;
  const children = new Map(a.children);
  for (const [key, result] of b.children) {
    const known = children.get(key);
    children.set(key, known ? merged(known, result) : result);
  }
  const same = (one: Problem, other: Problem) => one.kind === other.kind && one.key === other.key;
  const problems = [...a.problems, ...b.problems.filter((problem) => !a.problems.some((known) => same(known, problem)))];
  return { problems, children, leads: a.leads ?? b.leads, weight: Math.max(a.weight, b.weight) };
}

/** Leaves of the mistakes of one value those that are causes: a wrong type explains all others, a typo a missing field. */
function causes(finding: Finding, value: unknown): Problem[] {
  const wrongType = finding.problems.find(({ kind }) => kind === 'type');
  if (wrongType) return [wrongType];
  const seen = new Set<string>();
  let problems = finding.problems.filter(({ kind, key, mark }) => {
    const id = `${kind === 'excluded' ? 'unknown' : kind} ${key} ${mark}`;
    if ((key !== undefined || kind === 'value') && seen.has(id)) return false;
    seen.add(id);
    return true;
  });
  if (problems.some(({ kind, key }) => kind === 'count' && key === undefined))
    problems = problems.filter(({ kind }) => kind !== 'missing');
  // A key that is no status, or no path, is the response or path that is missed.
  if (problems.some(({ kind }) => kind === 'name')) problems = problems.filter(({ kind }) => kind !== 'missing');
  // What lacks the field that tells kinds apart fits several of them.
  if (problems.some(({ kind }) => kind === 'missing'))
    problems = problems.filter(({ kind, key }) => kind !== 'excluded' || key !== undefined);
  if (!isRecord(value)) return joined(problems);
  // What one part of an `allOf` names and another refuses is the schema's mistake, and one.
  const own = problems.some(({ kind }) => kind === 'unknown') ? ownFields(finding.shape) : noFields;
  const refused = problems.filter(({ kind, key }) => kind === 'unknown' && own.has(String(key)));
  if (refused.length > 0) {
    const keys = refused.map(({ key }) => String(key));
    const closed: Problem = { kind: 'excluded', mark: 'key', say: say.refusedByPart(keys), amount: keys.length };
    problems = [...problems.filter((problem) => !refused.includes(problem)), closed];
  }
  // What stands beside a reference is not all that was meant.
  if (
    finding.name !== undefined &&
    isReference(value) &&
    problems.some(({ kind, key }) => kind === 'unknown' && key === '$ref')
  ) {
    problems = problems.filter(({ kind, key }) => kind !== 'missing' && key !== '$ref');
    problems.unshift(misplacedReference(finding.name));
    finding.leads ??= finding.shape;
  }
  const unknown = problems.filter(({ kind }) => kind === 'unknown');
  if (unknown.length === 0) return joined(problems);
  const every = fieldsOf(finding.shape, value);
  // Many fields, and none of those that belong here: this is an object of another kind.
  if (unknown.length > 3 && every.size > 0 && !Object.keys(value).some((key) => every.has(key))) {
    return [{ kind: 'type', mark: 'key', say: say.otherKind([...every]), amount: unknown.length }];
  }
  const missing = problems.flatMap(({ wants = [] }) => wants);
  const fields = [...every].filter((field) => !/^\$ref$|^x-/.test(field) && !Object.hasOwn(value, field));
  const explained = new Set<string>();
  const meant = new Map<Key, string>();
  for (const { key } of unknown) {
    const name = String(key);
    const free = missing.filter((field) => !explained.has(field));
    const target = nearest(name, free, true) ?? nearest(name, every.has('$ref') ? [...fields, '$ref'] : fields);
    if (target === undefined || explained.has(target)) continue;
    // A reference needs none of the other fields.
    if (target === '$ref') return [misspelt(name, target)];
    explained.add(target);
    meant.set(name, target);
  }
  return joined(problems.filter(({ kind, wants }) => !(kind === 'missing' && wants?.some((field) => explained.has(field))))).map(
    (problem) => {
      const target = problem.kind === 'unknown' ? meant.get(String(problem.key)) : undefined;
      if (problem.kind !== 'unknown' || problem.meant !== undefined) return problem;
      if (target === undefined) return { ...problem, say: say.unknown(String(problem.key), fields) };
      return { ...problem, ...misspelt(String(problem.key), target) };
    },
  );
}

function misspelt(key: string, meant: string): Problem {
  return { kind: 'unknown', key, mark: 'key', meant, say: say.misspelt(key, meant) };
}

/** Fields that the same object lacks are one mistake. */
function joined(problems: readonly Problem[]): Problem[] {
  const plain = problems.filter(({ kind, key }) => kind === 'missing' && key !== undefined);
  const [first] = plain;
  if (!first || plain.length < 2) return [...problems];
  const keys = plain.map(({ key }) => String(key));
  const all: Problem = { ...first, say: say.allMissing(keys), wants: keys };
  return problems.flatMap((problem) => (problem === first ? [all] : plain.includes(problem) ? [] : [problem]));
}

/** The fields an object of this shape may have by name: with what `value` says, or whatever it says. */
function fieldsOf(shape: Shape, value?: unknown, seen = new Set<Shape>(), into = new Set<string>()): Set<string> {
  if (seen.has(shape) || typeof shape.raw !== 'object') return into;
  seen.add(shape);
  const { facets } = shape;
  if (facets.reference !== undefined) into.add('$ref');
  for (const [field, shapes] of facets.properties) if (!shapes.some(({ never }) => never)) into.add(field);
  for (const each of inPlace(facets, value)) fieldsOf(each, value, seen, into);
  return into;
}

const noFields: ReadonlySet<string> = new Set();

/** The fields that a shape names itself, and those that every object of it has by `allOf`. */
function ownFields(shape: Shape, seen = new Set<Shape>(), into = new Set<string>()): Set<string> {
  if (seen.has(shape)) return into;
  seen.add(shape);
  const { facets } = shape;
  for (const [field, shapes] of facets.properties) if (!shapes.some(({ never }) => never)) into.add(field);
  for (const part of facets.parts) ownFields(part, seen, into);
  if (facets.reference instanceof Object && !facets.onlyReference) ownFields(facets.reference, seen, into);
  return into;
}

/** Every shape that can hold for the value itself; without one, that can ever. */
function* inPlace(facets: Facets, value: unknown): Iterable<Shape> {
  yield* facets.parts;
  for (const branches of [...facets.anyOf, ...facets.oneOf]) yield* branches;
  for (const { test, then, else: otherwise } of facets.conditions) {
    const holds = value === undefined ? undefined : fits(test, value);
    if (then && holds !== false) yield then;
    if (otherwise && holds !== true) yield otherwise;
  }
  for (const [, shape] of facets.dependents) yield shape;
  if (facets.reference instanceof Object && !facets.onlyReference) yield facets.reference;
}

/** `where` says which condition brought us here: `` where `in` is `path` ``. */
function lookInto(shape: Shape, value: unknown, finding: Finding, where: string): void {
  if (shape.raw === true) return;
  if (shape.never) {
    finding.add({ kind: 'excluded', mark: 'key', say: say.notAllowed(where) });
    return;
  }
  const { facets } = shape;
  finding.name ??= shape.name;
  if (facets.reference !== undefined) {
    if (isRecord(value) && Object.hasOwn(value, '$ref')) {
      if (typeof value.$ref === 'string') finding.leads = facets.reference;
      else finding.child('$ref', wrong(say.type(['string'], value.$ref)));
      for (const key of facets.beside) {
        if (Object.hasOwn(value, key) && typeof value[key] !== 'string')
          finding.child(key, wrong(say.type(['string'], value[key])));
      }
      return;
    }
    if (facets.onlyReference) {
      const name = facets.reference instanceof Object ? facets.reference.name : undefined;
      finding.add({ kind: 'type', mark: 'value', say: say.onlyReference(name) });
      return;
    }
    lookInto(facets.reference as Shape, value, finding, where);
    return;
  }
  if (finding.shape === shape && shape.name !== undefined && !facets.properties.has('$ref') && isBareReference(value)) {
    finding.add(misplacedReference(shape.name));
    finding.leads = shape;
    return;
  }
  if (finding.shape === shape && isMap(shape) && isReference(value) && !mayHold(facets, '$ref', value.$ref)) {
    finding.add({ kind: 'excluded', key: '$ref', mark: 'key', say: say.noReferenceForMap() });
    finding.leads = shape;
    const { $ref, ...entries } = value;
    lookIntoObject(shape, facets, entries, finding, where);
    return;
  }
  if (facets.types && !hasType(facets.types, value)) {
    if (isBareReference(value)) {
      const { types } = facets;
      const many = (amount: number) => say.noReferencesForValues(amount, types);
      finding.add({ kind: 'type', mark: 'value', say: say.noReferenceForValue(types), many });
      return;
    }
    const instead = checked(meantOfTypes(facets.types, value), [shape]);
    const habit = value === null ? { habit: 'null' } : {};
    finding.add({ kind: 'type', mark: 'value', say: say.type(facets.types, value), ...habit, ...instead });
    return;
  }
  for (const values of facets.values) {
    if (values.some((each) => equal(each, value))) continue;
    if (value === null && values.includes('null')) {
      finding.add(nullUnquoted);
      continue;
    }
    const instead = checked(meantOfValues(values, value), [shape]);
    finding.add({ kind: 'value', mark: 'value', say: say.value(values, value, where), ...instead });
  }
  if (typeof value === 'string') lookIntoText(facets, value, finding);
  else if (typeof value === 'number') lookIntoNumber(facets, value, finding);
  else if (Array.isArray(value)) lookIntoList(facets, value, finding);
  else if (isRecord(value)) lookIntoObject(shape, facets, value, finding, where);
  lookInPlace(facets, value, finding, where);
  if (facets.unevaluated && isRecord(value)) lookAtRest(shape, facets.unevaluated, value, finding);
}

const nullUnquoted: Problem = { kind: 'value', mark: 'value', say: say.quotedNull(), instead: { value: 'null' } };

/** A map of names that has no name itself, such as `schemas` of the Components Object. */
function isMap({ name, facets }: Shape): boolean {
  const { propertyNames, patternProperties, additional } = facets;
  const hasEntries = propertyNames.length > 0 || patternProperties.length > 0 || (additional !== undefined && !additional.never);
  return name === undefined && facets.properties.size === 0 && hasEntries;
}

/** May an entry of this name and value stand in a map? */
function mayHold({ propertyNames, patternProperties, additional }: Facets, key: string, value: unknown): boolean {
  const entries = patternProperties.filter(({ regex }) => regex.test(key)).map(({ shape }) => shape);
  if (entries.length === 0 && additional) entries.push(additional);
  return propertyNames.every((names) => fits(names, key)) && entries.every((entry) => fits(entry, value));
}

function isReference(value: unknown): value is { readonly $ref: string } & Record<string, unknown> {
  return isRecord(value) && typeof value.$ref === 'string';
}

/** An object that is nothing but a reference, standing where the specification knows none. */
function isBareReference(value: unknown): value is { readonly $ref: string } {
  return isReference(value) && Object.keys(value).every((key) => key === '$ref' || key.startsWith('x-'));
}

function misplacedReference(object: string): Problem {
  const many = (amount: number) => say.noReferences(amount, object);
  return { kind: 'excluded', key: '$ref', mark: 'key', say: say.noReference(), many };
}

function lookIntoText(facets: Facets, value: string, finding: Finding): void {
  const wrongText = (sentence: Problem['say'], more?: Pick<Problem, 'habit'>) =>
    finding.add({ kind: 'value', mark: 'value', say: sentence, ...more });
  // A pattern can take forever on a long text; nobody's names and versions are that long.
  for (const { source, regex } of facets.patterns)
    if (value.length < 5000 && !regex.test(value)) wrongText(facets.says ? say.text(facets.says) : say.pattern(source, value));
  for (const format of facets.formats) {
    const problem = formatProblem(format, value);
    if (!problem) continue;
    const encoded = value.trim() === value && value.replaceAll(' ', '%20');
    if (encoded && encoded !== value && /^uri/.test(format) && !formatProblem(format, encoded))
      finding.add({ kind: 'value', mark: 'value', say: say.spaces(value), instead: { value: encoded } });
    else wrongText(say.format(value, problem), { habit: format });
  }
  for (const { keyword, value: limit } of facets.limits) {
    if (keyword === 'minLength' && length(value) < limit) wrongText(say.tooShort(limit, length(value)));
    if (keyword === 'maxLength' && length(value) > limit) wrongText(say.tooLong(limit, length(value)));
  }
}

/** Characters, not UTF-16 units. */
function length(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function lookIntoNumber(facets: Facets, value: number, finding: Finding): void {
  for (const { keyword, value: limit } of facets.limits) {
    const right =
      (keyword === 'minimum' && value >= limit) ||
      (keyword === 'maximum' && value <= limit) ||
      (keyword === 'exclusiveMinimum' && value > limit) ||
      (keyword === 'exclusiveMaximum' && value < limit) ||
      (keyword === 'multipleOf' && isMultiple(value, limit)) ||
      !/inimum|aximum|multipleOf/.test(keyword);
    if (!right) finding.add({ kind: 'value', mark: 'value', say: say.number(keyword, limit, value) });
  }
}

/** Decimal fractions are not exact in binary: 0.3 is a multiple of 0.1. */
function isMultiple(value: number, unit: number): boolean {
  if (unit === 0) return true;
  const times = value / unit;
  if (!Number.isFinite(times)) return value % unit === 0;
  return Math.abs(times - Math.round(times)) <= 1e-9 * Math.max(1, Math.abs(times));
}

function lookIntoList(facets: Facets, value: readonly unknown[], finding: Finding): void {
  for (const [index, item] of value.entries()) {
    const positional = facets.prefixItems[index];
    if (positional) finding.child(index, inspect(positional, item));
    else for (const shape of facets.items) finding.child(index, inspect(shape, item));
  }
  for (const { keyword, value: limit } of facets.limits) {
    if (keyword === 'minItems' && value.length < limit)
      finding.add({ kind: 'count', mark: 'value', say: say.tooFew(limit, 'item') });
    if (keyword === 'maxItems' && value.length > limit)
      finding.add({ kind: 'count', mark: 'key', say: say.tooMany(limit, value.length, 'item') });
  }
  for (const field of facets.uniqueBy) repeated(value, (item) => (isRecord(item) ? item[field] : undefined), finding, field);
  if (facets.unique && facets.uniqueBy.length === 0) repeated(value, (item) => item, finding);
  for (const { shape, min, max } of facets.contains) {
    const count = value.filter((item) => fits(shape, item)).length;
    if (count < min || count > max)
      finding.add({ kind: 'count', mark: 'key', say: facets.says ? say.text(facets.says) : say.contains(min, max, count) });
  }
}

function repeated(items: readonly unknown[], of: (item: unknown) => unknown, finding: Finding, field?: string): void {
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    const value = of(item);
    if (value === undefined) continue;
    const text = JSON.stringify(value, sortedKeys);
    if (seen.has(text)) {
      const result = wrong(say.repeated(value), 'value');
      finding.child(index, field === undefined ? result : holding(field, result));
    }
    seen.add(text);
  }
}

function sortedKeys(_: string, value: unknown): unknown {
  return isRecord(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
}

function holding(key: Key, result: Result): Result {
  return { problems: [], children: new Map([[key, result]]), leads: undefined, weight: result.weight };
}

/** Only a value that one of the shapes takes was meant. */
function checked(instead: Meant | undefined, shapes: readonly Shape[]): Pick<Problem, 'instead'> {
  return instead && shapes.some((shape) => inspect(shape, instead.value).weight === 0) ? { instead } : {};
}

function wrong(
  sentence: Problem['say'],
  mark: Problem['mark'] = 'value',
  kind: Problem['kind'] = 'value',
  more: Pick<Problem, 'instead'> = {},
): Result {
  return { problems: [{ kind, mark, say: sentence, ...more }], children: clean.children, leads: undefined, weight: 1 };
}

/** Names that were found right: a key typed somewhere in the components leaves all of theirs as they are. */
const rightNames = new WeakMap<Shape, Set<string>>();
const mostNames = 10_000;

function lookIntoObject(shape: Shape, facets: Facets, value: Record<string, unknown>, finding: Finding, where: string): void {
  const keys = Object.keys(value);
  for (const key of keys) {
    const named = facets.properties.get(key);
    let looked = named !== undefined;
    if (named) {
      for (const each of named) {
        // What is forbidden here is said of the key: its value has no part in it.
        if (each.never) finding.add({ kind: 'excluded', key, mark: 'key', say: say.fieldNotAllowed(key, where) });
        else finding.child(key, inspectWhere(each, value[key], where));
      }
    }
    for (const { regex, shape: each } of facets.patternProperties) {
      if (!regex.test(key)) continue;
      looked = true;
      if (each.never) finding.add({ kind: 'excluded', key, mark: 'key', say: say.fieldNotAllowed(key, where) });
      else finding.child(key, inspect(each, value[key]));
    }
    if (looked || !facets.additional) continue;
    if (facets.additional.never) finding.add(unknownKey(key, facets));
    else finding.child(key, inspect(facets.additional, value[key]));
  }
  for (const key of facets.required) {
    if (!Object.hasOwn(value, key))
      finding.add({ kind: 'missing', key, mark: 'key', say: say.missing(key, where, valuesOf(shape, key)), wants: [key] });
  }
  for (const [key, others] of facets.dependentRequired) {
    if (!Object.hasOwn(value, key)) continue;
    for (const other of others) {
      if (!Object.hasOwn(value, other))
        finding.add({
          kind: 'missing',
          key: other,
          mark: 'key',
          say: say.missing(other, ` beside \`${key}\``, undefined),
          wants: [other],
        });
    }
  }
  for (const names of facets.propertyNames) {
    const right = rightNames.get(names) ?? new Set();
    rightNames.set(names, right);
    for (const key of keys) {
      if (right.has(key)) continue;
      if (inspect(names, key).weight > 0) finding.add({ kind: 'name', key, mark: 'key', say: say.name(key, names) });
      else if (right.size < mostNames) right.add(key);
    }
  }
  for (const { keyword, value: limit } of facets.limits) {
    if (keyword === 'minProperties' && keys.length < limit)
      finding.add({ kind: 'count', mark: 'value', say: say.tooFew(limit, 'field') });
    if (keyword === 'maxProperties' && keys.length > limit)
      finding.add({ kind: 'count', mark: 'key', say: say.tooMany(limit, keys.length, 'field') });
  }
  if (facets.properties.has('$ref') && typeof value.$ref === 'string') finding.leads ??= finding.shape;
}

/** As `inspect`, but what is wrong with a scalar says under which condition. */
function inspectWhere(shape: Shape, value: unknown, where: string): Result {
  if (where === '' || (typeof value === 'object' && value !== null)) return inspect(shape, value);
  const finding = new Finding(shape);
  lookInto(shape, value, finding, where);
  return finding.result(value);
}

function unknownKey(key: string, facets: Facets): Problem {
  const patterns = facets.patternProperties.map(({ source }) => source).filter((source) => !/^\^x-/.test(source));
  // Where keys are names, not fields, a key is wrong by its form.
  if (patterns.length > 0 && facets.properties.size <= 1) {
    return { kind: 'name', key, mark: 'key', say: say.keyForm(key, patterns, [...facets.properties.keys()]) };
  }
  return { kind: 'unknown', key, mark: 'key', say: say.unknown(key, []) };
}

function lookInPlace(facets: Facets, value: unknown, finding: Finding, where: string): void {
  for (const part of facets.parts) lookInto(part, value, finding, where);
  for (const { test, then, else: otherwise } of facets.conditions) {
    const holds = fits(test, value);
    // Without the field that tells which condition was meant, all of them seem to hold.
    if (holds && [...test.facets.properties.keys()].some((key) => finding.lacks(key))) continue;
    const next = holds ? then : otherwise;
    if (next) lookInto(next, value, finding, holds ? conditionOf(test, where) : where);
  }
  if (isRecord(value)) {
    for (const [key, shape] of facets.dependents)
      if (Object.hasOwn(value, key)) lookInto(shape, value, finding, ` beside \`${key}\``);
  }
  for (const branches of facets.anyOf) choose(branches, value, finding, where, false);
  for (const branches of facets.oneOf) choose(branches, value, finding, where, true);
  for (const { shape, says } of facets.not) if (fits(shape, value)) finding.add(unwanted(shape, value, says, where));
}

/** What a `not` refuses: most say which fields exclude each other. */
function unwanted(shape: Shape, value: unknown, says: string | undefined, where: string): Problem {
  if (says) return { kind: 'excluded', mark: 'key', say: say.text(says) };
  const { required, values } = shape.facets;
  const last = required.at(-1);
  if (isRecord(value) && last !== undefined) {
    if (required.length > 1) return { kind: 'excluded', key: last, mark: 'key', say: say.exclusive(required) };
    return { kind: 'excluded', key: last, mark: 'key', say: say.fieldNotAllowed(last, where) };
  }
  const [refused] = values;
  if (refused) return { kind: 'value', mark: 'value', say: say.refused(value) };
  if (isRecord(value)) return { kind: 'count', mark: 'value', say: say.tooFew(1, 'field') };
  return { kind: 'value', mark: 'value', say: say.refused(value) };
}

/** `` where `in` is `path` ``, for a condition on one field. */
function conditionOf(test: Shape, outer: string): string {
  for (const [key, shapes] of test.facets.properties) {
    const values = shapes[0]?.facets.values[0];
    // Which version of a binding counts is known to whoever wrote it.
    if (values && key !== 'bindingVersion') return ` where \`${key}\` is ${say.list(values.map(say.quote), 'or')}`;
  }
  return outer;
}

/** Finds the branch that was meant, and looks only into that one. */
function choose(branches: readonly Shape[], value: unknown, finding: Finding, where: string, exclusive: boolean): void {
  let candidates = branches.filter((branch) => hasType(allowedTypes(branch), value));
  if (candidates.length === 0) {
    if (value === null && branches.some((branch) => fits(branch, 'null') && !fits(branch, ''))) {
      finding.add(nullUnquoted);
      return;
    }
    const types = [...new Set(branches.flatMap((branch) => allowedTypes(branch)))];
    const instead = checked(meantOfTypes(types, value), branches);
    finding.add({ kind: 'type', mark: 'value', say: say.type(types, value), ...instead });
    return;
  }
  if (candidates.length > 1 && isRecord(value)) {
    for (const key of tellingKeys(branches)) {
      if (!Object.hasOwn(value, key)) continue;
      const telling = candidates.filter((branch) => {
        const values = valuesOf(branch, key);
        return values === undefined || values.some((each) => equal(each, value[key]));
      });
      if (telling.length === 0) {
        const values = [...new Set(candidates.flatMap((branch) => valuesOf(branch, key) ?? []))];
        const sentence =
          typeof value[key] === 'string' ? say.value(values, value[key], where) : say.type([typeOf(values[0])], value[key]);
        const instead = meantOfValues(values, value[key]);
        finding.child(key, wrong(sentence, 'value', 'value', instead && { instead }));
        return;
      }
      candidates = telling;
    }
  }
  const [only] = candidates;
  if (only && candidates.length === 1) return lookInto(only, value, finding, where);
  const results = candidates.map((branch) => inspect(branch, value));
  const right = results.filter(({ weight }) => weight === 0);
  if (right.length > 1 && exclusive) {
    finding.add(
      ambiguous(
        candidates.filter((_, index) => results[index]?.weight === 0),
        value,
      ),
    );
    return;
  }
  if (right.length > 0) {
    for (const result of right) finding.absorb(result);
    return;
  }
  finding.absorb(closest(candidates, results, value));
}

/** Several branches of which one must fit, and none does: the nearest; or the one thing that each of them wants. */
function closest(branches: readonly Shape[], results: readonly Result[], value: unknown): Result {
  const wanted = results.map(({ problems, children }) => {
    const [problem, ...more] = problems;
    const lone = more.length === 0 && ![...children.values()].some(({ weight }) => weight > 0);
    return lone && problem?.kind === 'missing' && problem.wants?.length === 1 ? problem.key : undefined;
  });
  const keys = [...new Set(wanted)];
  if (keys.length > 1 && !keys.includes(undefined)) {
    return {
      ...(results[0] as Result),
      problems: [{ kind: 'missing', mark: 'key', say: say.oneMissing(keys.map(String)), wants: keys.map(String) }],
    };
  }
  const common = commonlyMissing(branches, value);
  if (common) {
    const values = [...new Set(branches.flatMap((branch) => valuesOf(branch, common) ?? []))];
    return {
      ...clean,
      problems: [{ kind: 'missing', key: common, mark: 'key', say: say.missing(common, '', values), wants: [common] }],
      weight: 1.2,
    };
  }
  const apart = exclusive(results, value);
  if (apart) return apart;
  const isOwn = results.some(({ problems }) => problems.length === 0);
  let best = results[0] as Result;
  let least = Number.POSITIVE_INFINITY;
  for (const [index, result] of results.entries()) {
    // However much is wrong below fields that one branch knows, none that refuses them and wants others was meant.
    if (isOwn && isOfOtherKind(result, value)) continue;
    // Of equally near branches the one whose fields the value uses was meant.
    const used = isRecord(value)
      ? [...fieldsOf(branches[index] as Shape)].filter((field) => Object.hasOwn(value, field)).length
      : 0;
    const cost = result.weight - used / 1000;
    if (cost < least) [least, best] = [cost, result];
  }
  return best;
}

/** Two branches each of which knows what the other refuses: fields that exclude each other. */
function exclusive(results: readonly Result[], value: unknown): Result | undefined {
  const refused = results
    .filter(({ problems }) => problems.length > 0 && problems.every(({ kind }) => kind === 'unknown'))
    .map(({ problems }) => problems.map(({ key }) => String(key)));
  const [some = [], ...rest] = refused;
  const others = rest.find((keys) => !keys.some((key) => some.includes(key)));
  if (!others || !isRecord(value)) return undefined;
  const fields = Object.keys(value).filter((key) => key === some[0] || key === others[0]);
  const problem: Problem = { kind: 'excluded', key: fields[1] as string, mark: 'key', say: say.exclusive(fields) };
  return { ...clean, problems: [problem], weight: 1 };
}

/** Are the value's own fields refused: all of them, or some while others are missing? */
function isOfOtherKind({ problems }: Result, value: unknown): boolean {
  const kinds = new Set(problems.map(({ kind }) => kind));
  const refused = new Set(problems.flatMap(({ kind, key }) => (kind === 'unknown' && key !== undefined ? [String(key)] : [])));
  const isWhole = isRecord(value) && Object.keys(value).every((key) => refused.has(key));
  return kinds.has('type') || (refused.size > 0 && (isWhole || kinds.has('missing')));
}

/** The field that tells the branches apart, where it is missing: without it nothing else can be said. */
function commonlyMissing(branches: readonly Shape[], value: unknown): string | undefined {
  if (!isRecord(value)) return undefined;
  return tellingKeys(branches).find(
    (key) =>
      !Object.hasOwn(value, key) && branches.every((branch) => valuesOf(branch, key) && branch.facets.required.includes(key)),
  );
}

/** More than one branch fits where only one may: fields that exclude each other. */
function ambiguous(branches: readonly Shape[], value: unknown): Problem {
  const fields = [...new Set(branches.flatMap(({ facets }) => facets.required))].filter(
    (key) => isRecord(value) && Object.hasOwn(value, key),
  );
  const key = fields.at(-1);
  if (key !== undefined && fields.length > 1) return { kind: 'excluded', key, mark: 'key', say: say.exclusive(fields) };
  const names = [...new Set(branches.map(({ name }) => name).filter((name) => name !== undefined))];
  return { kind: 'excluded', mark: 'key', say: say.ambiguous(names) };
}

const noTypes: readonly JsonType[] = ['null', 'boolean', 'number', 'integer', 'string', 'array', 'object'];
const typesByShape = new WeakMap<Shape, readonly JsonType[]>();

/** The types a value of this shape may have, as far as can be seen at once. */
function allowedTypes(shape: Shape): readonly JsonType[] {
  if (typeof shape.raw !== 'object') return shape.raw ? noTypes : [];
  const known = typesByShape.get(shape);
  if (known) return known;
  typesByShape.set(shape, noTypes);
  const { facets } = shape;
  let types = facets.types ?? noTypes;
  if (facets.onlyReference) types = ['object'];
  else if (facets.reference instanceof Object) types = [...new Set<JsonType>(['object', ...allowedTypes(facets.reference)])];
  for (const branches of [...facets.anyOf, ...facets.oneOf]) {
    const some = new Set(branches.flatMap((branch) => allowedTypes(branch)));
    types = types.filter(
      (type) => some.has(type) || (type === 'integer' && some.has('number')) || (type === 'number' && some.has('integer')),
    );
  }
  for (const values of facets.values) types = types.filter((type) => values.some((value) => hasType([type], value)));
  for (const part of facets.parts) types = types.filter((type) => allowedTypes(part).includes(type));
  typesByShape.set(shape, types);
  return types;
}

const valuesByShape = new WeakMap<Shape, Map<string, readonly unknown[] | undefined>>();

/** The values that a field of this shape is limited to; undefined where it is not. */
function valuesOf(shape: Shape, key: string): readonly unknown[] | undefined {
  let known = valuesByShape.get(shape);
  if (!known) valuesByShape.set(shape, (known = new Map()));
  if (known.has(key)) return known.get(key);
  known.set(key, undefined);
  const values = findValues(shape, key);
  known.set(key, values);
  return values;
}

function findValues(shape: Shape, key: string): readonly unknown[] | undefined {
  if (typeof shape.raw !== 'object') return undefined;
  const { facets } = shape;
  for (const each of facets.properties.get(key) ?? []) {
    const [values] = each.facets.values;
    if (values) return values;
  }
  for (const part of facets.parts) {
    const values = valuesOf(part, key);
    if (values) return values;
  }
  if (facets.reference instanceof Object && !facets.onlyReference) return valuesOf(facets.reference, key);
  for (const branches of [...facets.oneOf, ...facets.anyOf]) {
    const each = branches.map((branch) => valuesOf(branch, key));
    if (each.length > 0 && each.every((values) => values !== undefined)) return each.flat();
  }
  return undefined;
}

const keysByBranches = new WeakMap<readonly Shape[], readonly string[]>();

/** Fields whose values tell branches apart, such as `type` and `in`. */
function tellingKeys(branches: readonly Shape[]): readonly string[] {
  const known = keysByBranches.get(branches);
  if (known) return known;
  const fields = new Set(branches.flatMap((branch) => [...fieldsOf(branch)]));
  const telling = [...fields].filter((key) => {
    const sets = branches.map((branch) => valuesOf(branch, key)).filter((values) => values !== undefined);
    return sets.length > 1 && new Set(sets.map((values) => JSON.stringify(values))).size > 1;
  });
  keysByBranches.set(branches, telling);
  return telling;
}

/** The keys that nothing has looked at, where nothing else may stand. */
function lookAtRest(shape: Shape, rest: Shape, value: Record<string, unknown>, finding: Finding): void {
  for (const key of Object.keys(value)) {
    if (evaluates(shape, value, key, new Set())) continue;
    if (!rest.never) {
      finding.child(key, inspect(rest, value[key]));
      continue;
    }
    const conditions = [...conditionsFor(shape, key, new Set())];
    // A field that another choice would allow is not wrong while the choice itself is.
    if (conditions.some(({ on }) => on.some((each) => finding.wrong(each)))) continue;
    const named = conditions.map(({ text }) => text).filter((text) => text !== '');
    if (named.length > 0) finding.add({ kind: 'excluded', key, mark: 'key', say: say.onlyWhere(key, named) });
    else finding.add(unknownKey(key, shape.facets));
  }
}

/** Does the shape, or what holds with it for this value, say something of the key? */
function evaluates(shape: Shape, value: Record<string, unknown>, key: string, seen: Set<Shape>): boolean {
  if (seen.has(shape) || typeof shape.raw !== 'object') return false;
  seen.add(shape);
  const { facets } = shape;
  if (facets.properties.has(key) || facets.additional !== undefined) return true;
  const isPart = seen.size > 1;
  if (isPart && facets.unevaluated && !facets.unevaluated.never) return true;
  if (facets.patternProperties.some(({ regex }) => regex.test(key))) return true;
  const also = (each: Shape | undefined) => each !== undefined && evaluates(each, value, key, seen);
  return (
    facets.parts.some(also) ||
    facets.dependents.some(([field, each]) => Object.hasOwn(value, field) && also(each)) ||
    facets.conditions.some(({ test, then, else: otherwise }) =>
      fits(test, value) ? also(test) || also(then) : also(otherwise),
    ) ||
    [...facets.anyOf, ...facets.oneOf].some((branches) => branches.some((branch) => fits(branch, value) && also(branch)))
  );
}

/** The conditions under which a field would be known, with the fields they look at. */
function* conditionsFor(shape: Shape, key: string, seen: Set<Shape>): Iterable<{ text: string; on: string[] }> {
  if (seen.has(shape) || typeof shape.raw !== 'object') return;
  seen.add(shape);
  const { facets } = shape;
  for (const part of facets.parts) yield* conditionsFor(part, key, seen);
  for (const { test, then, else: otherwise } of facets.conditions) {
    for (const next of [then, otherwise]) {
      if (next && mentions(next, key))
        yield { text: next === then ? conditionOf(test, '') : '', on: [...test.facets.properties.keys()] };
    }
  }
  for (const [field, next] of facets.dependents) if (mentions(next, key)) yield { text: ` beside \`${field}\``, on: [field] };
}

function mentions(shape: Shape, key: string): boolean {
  return fieldsOf(shape).has(key);
}

function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  return JSON.stringify(a, sortedKeys) === JSON.stringify(b, sortedKeys);
}
