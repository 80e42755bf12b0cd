/**
 * What is wrong with the structure of a description: every document it is made of, each part held against the kind of
 * object that stands there, also in files that only references lead to; and references that lead nowhere or to
 * something else than what must stand there.
 */
import type { ApiDocument } from '../document.ts';
import type { Path } from '../finding.ts';
import { type Api, isRecord, type Place } from '../model/api.ts';
import { groupBy, inMap } from '../group.ts';
import { inspect, type Problem, type Result } from './inspect.ts';
import { type Culprit, follow, type Outcome } from './reference.ts';
import type { Meant } from './mend.ts';
import { quote } from './say.ts';
import type { Shape } from './shape.ts';
import { atOnce } from '../steps.ts';
import { documentShape } from './specification.ts';
import { followsFromEditions, saidOfEditions } from './editions.ts';
import { saidOfVersions } from './versions.ts';
import { keptDepth } from './sought.ts';
import { isConditionalAny, namesAt, namesOf, partsOf, standingAt } from './standing.ts';

export interface StructureProblem {
  readonly at: Place;
  readonly target: 'key' | 'value';
  readonly message: string;
  /** The key or the reference that was meant instead of the one that stands there. */
  readonly meant?: string;
  /** The value that was meant. */
  readonly instead?: Meant;
  /** Says it of several at once: of those that have the same message, or the same cause. */
  readonly many?: (amount: number) => string;
  readonly cause?: string;
  /** Of a reference: what keeps it from leading anywhere. */
  readonly culprit?: Culprit;
  /** Of a reference: it leads to something, of another kind. */
  readonly isOfOtherKind?: true;
}

export interface Structure {
  /** Against the specification's schema. */
  readonly violations: readonly StructureProblem[];
  /** References that lead nowhere, or to the wrong kind of object. */
  readonly references: readonly StructureProblem[];
  /** References to files of other hosts that are not here. */
  readonly remote: readonly { readonly at: Place; readonly uri: string }[];
}

/** The structure of a description; the same object as long as nothing changes. */
export function structureOf(api: Api): Structure {
  return api.derived(examine);
}

/** The same; `undefined` where others may have their turn while it is made. */
export function structureInSteps(api: Api): Generator<undefined, Structure> {
  return api.derivedInSteps(examine, examineInSteps);
}

/** The way to a value, from the inside out: most ways are never asked for. */
interface Way {
  readonly key: string | number;
  readonly above: Way | undefined;
}

function pathOf(way: Way | undefined): Path {
  const path: (string | number)[] = [];
  for (let each = way; each; each = each.above) path.push(each.key);
  return path.reverse();
}

function wayTo(path: Path): Way | undefined {
  let way: Way | undefined;
  for (const key of path) way = { key, above: way };
  return way;
}

/** A value that was held against a shape: a document, or what only references lead to. */
interface Part {
  readonly doc: ApiDocument;
  readonly way: Way | undefined;
  readonly value: unknown;
  readonly result: Result;
}

/** What a reference must lead to; `true`: to anything. */
type Wanted = Shape | true;

/** References by what they must lead to, each text once. */
type References = ReadonlyMap<Wanted, ReadonlySet<string>>;

type Wrong = Pick<StructureProblem, 'message' | 'meant' | 'culprit' | 'isOfOtherKind'> | { readonly remote: string };

function examine(api: Api): Structure {
  return atOnce(examineInSteps(api, false));
}

function* examineInSteps(api: Api, isFirst: boolean): Generator<undefined, Structure> {
  const root = documentShape(api.format, api.document.data);
  if (!root) return { violations: [unknownVersion(api)], references: [], remote: [] };
  const violations: StructureProblem[] = [];
  const references: StructureProblem[] = [];
  const remote: { at: Place; uri: string }[] = [];
  const { data } = api.document;
  // What is found in a part is kept with it, and the whole is then put together.
  for (const { place, standing } of isFirst ? partsOf(api.root) : []) {
    for (const shape of standing.shapes) inspect(shape, place.identity);
    yield undefined;
  }
  const parts: Part[] = [{ doc: api.document, way: undefined, value: data, result: inspect(root, data) }];
  const visited = new Map<Place, Set<string | undefined>>();
  const followed = new Map<ApiDocument, Map<string, Outcome>>();
  const right = rightReferences(api);

  /**
   * What is wrong with the references of this text, or that they are right whatever else is in the document. What they lead
   * to is looked at where the document does not hold it.
   */
  function judge(doc: ApiDocument, ref: string, wanted: Wanted): Wrong | 'right' | undefined {
    const outcome = inMap(
      inMap(followed, doc, () => new Map()),
      ref,
      () => follow(api, doc, ref),
    );
    if ('message' in outcome || 'remote' in outcome) return outcome;
    if (!('target' in outcome)) return undefined;
    const { target } = outcome;
    if (wanted === true) return 'right';
    const seen = inMap(visited, target, () => new Set<string | undefined>());
    if (seen.has(wanted.name)) return undefined;
    const standing = target.doc.format ? namesAt(target) : new Set<string>();
    const names = namesOf(wanted);
    if ([...names].some((name) => standing.has(name))) {
      right.note(target);
      return 'right';
    }
    const part = { doc: target.doc, way: wayTo(target.path), value: target.value };
    if (isChain(target)) {
      // References can lead round in a circle.
      seen.add(wanted.name);
      if (standing.size === 0) parts.push({ ...part, result: leading(wanted) });
      return undefined;
    }
    const result = inspect(wanted, target.value);
    if (result.weight > 0 && (standing.size > 0 || !isRecord(target.value))) {
      const kind = standing.size > 0 ? `the ${[...standing][0]}` : 'a value that is no object';
      const must = names.size > 0 ? `a ${[...names][0]} must` : 'something else must';
      return {
        message: `${quote(ref)} leads to ${kind}; ${must} stand here.`,
        isOfOtherKind: true,
        ...(!isRecord(target.value) && { culprit: { at: target } }),
      };
    }
    seen.add(wanted.name);
    parts.push({ ...part, result });
    return undefined;
  }

  /** Looks at all references in a value. Answers whether they are right until something else than the value changes. */
  function* areRight({ doc, way, value, result }: Part, depth = 0): Generator<undefined, boolean> {
    if (right.results.has(result)) return true;
    let isRight = true;
    const isSplit = depth < keptDepth;
    const wrong = new Map<Wanted, Map<string, Wrong>>();
    const known = inMap(right.texts, doc.uri, () => new Map<Wanted, Set<string>>());
    for (const [wanted, refs] of referencesIn(value, result, !isSplit)) {
      const rightOnes = inMap(known, wanted, () => new Set<string>());
      for (const ref of refs) {
        if (rightOnes.has(ref)) continue;
        const verdict = judge(doc, ref, wanted);
        if (verdict === 'right') rightOnes.add(ref);
        else isRight = false;
        if (typeof verdict === 'object') inMap(wrong, wanted, () => new Map<string, Wrong>()).set(ref, verdict);
      }
    }
    for (const [at, ref, wanted] of wrong.size > 0 ? sitesIn(way, value, result, !isSplit) : []) {
      const mistake = wrong.get(wanted)?.get(ref);
      if (mistake) tell(api.placeAt(doc, [...pathOf(at), '$ref']), mistake);
    }
    for (const [key, child] of isSplit ? result.children : []) {
      if (right.results.has(child)) continue;
      const below = { doc, way: { key, above: way }, value: (value as Readonly<Record<string | number, unknown>>)[key] };
      if (!(yield* areRight({ ...below, result: child }, depth + 1))) isRight = false;
    }
    if (isRight) right.results.add(result);
    yield undefined;
    return isRight;
  }

  function tell(at: Place, mistake: Wrong): void {
    if ('remote' in mistake) remote.push({ at, uri: mistake.remote });
    else references.push({ at, target: 'value', ...mistake });
  }

  for (const part of parts) {
    const { doc, way, result } = part;
    for (const [at, problem] of problemsIn(way, result)) {
      const violation = violationOf(api, doc, pathOf(at), problem);
      if (violation) violations.push(violation);
    }
    yield* areRight(part);
  }
  return { violations: habits(unique(violations)), references: habits(unique(causes(references, violations))), remote };
}

/**
 * Without the references that lead nowhere because of what is said of a value or key already: it has the wrong type or name. Nor
 * does it matter what one leads to that is said to stand where none can.
 */
function causes(references: readonly StructureProblem[], violations: readonly StructureProblem[]): readonly StructureProblem[] {
  if (references.length === 0 || violations.length === 0) return references;
  const said = new Map<Place, Set<string | undefined>>();
  const misplaced = new Set<Place>();
  for (const { at, target, meant } of violations) {
    if (meant !== undefined) inMap(said, at.parent, () => new Set()).add(meant);
    else if (target === 'value') inMap(said, at, () => new Set()).add(undefined);
    else if (at.key === '$ref') misplaced.add(at);
    else inMap(said, at.parent, () => new Set()).add(at.key);
  }
  return references.filter(({ at, culprit, isOfOtherKind }) => {
    if (isOfOtherKind && misplaced.has(at)) return false;
    return !culprit || !said.get(culprit.at)?.has(culprit.key);
  });
}

/** What was found right; it stays so as long as every reference leads where it led, and what stands there is called the same. */
class Right {
  readonly frame: object;
  /** By file, and by what they must lead to. */
  readonly texts = new Map<string, Map<Wanted, Set<string>>>();
  /** Of values in which all references are right. */
  readonly results = new WeakSet<Result>();
  readonly #standing = new Map<Place, readonly Shape[]>();

  constructor(frame: object) {
    this.frame = frame;
  }

  /** Notes where a right reference leads: what stands there follows from what may stand above, for all targets there. */
  note(target: Place): void {
    const { parent } = target;
    const { shapes } = standingAt(parent);
    const place = isConditionalAny(shapes) ? target : parent;
    if (!this.#standing.has(place)) this.#standing.set(place, standingAt(place).shapes);
  }

  stands(frame: object): boolean {
    return this.frame === frame && [...this.#standing].every(([place, shapes]) => standingAt(place).shapes === shapes);
  }
}

const found = new WeakMap<Api, Right>();

function rightReferences(api: Api): Right {
  let known = found.get(api);
  if (!known?.stands(api.frame)) found.set(api, (known = new Right(api.frame)));
  return known;
}

/** What is found in a reference that nothing is wrong with. */
function leading(wanted: Wanted): Result {
  return { problems: [], children: new Map(), leads: wanted, weight: 0 };
}

function* problemsIn(way: Way | undefined, { problems, children, weight }: Result): Iterable<[Way | undefined, Problem]> {
  if (weight === 0) return;
  for (const problem of problems) yield [way, problem];
  for (const [key, child] of children) yield* problemsIn({ key, above: way }, child);
}

/** The references of a value and, if `deep`, of all below: what they must lead to, and where they stand. */
function* sitesIn(
  way: Way | undefined,
  value: unknown,
  { leads, children }: Result,
  deep: boolean,
): Iterable<[Way | undefined, string, Wanted]> {
  if (leads !== undefined) yield [way, (value as { $ref: string }).$ref, leads];
  for (const [key, child] of deep ? children : [])
    yield* sitesIn({ key, above: way }, (value as Record<string | number, unknown>)[key], child, deep);
}

/** The same, each text once. */
function referencesIn(value: unknown, result: Result, deep: boolean): References {
  const found = new Map<Wanted, Set<string>>();
  const gather = (value: unknown, { leads, children }: Result): void => {
    if (leads !== undefined) inMap(found, leads, () => new Set<string>()).add((value as { $ref: string }).$ref);
    if (deep) for (const [key, child] of children) gather((value as Record<string | number, unknown>)[key], child);
  };
  gather(value, result);
  return found;
}

/** More of one kind are a habit of the document and no slips. */
const mostSlips = 3;

/** What a whole document does is said once, at the first place. */
function habits(problems: readonly StructureProblem[]): StructureProblem[] {
  const alike = groupBy(
    problems.filter(({ many }) => many !== undefined),
    causeOf,
  );
  const said = new Set<string>();
  return problems.flatMap((problem): StructureProblem[] => {
    const cause = causeOf(problem);
    const amount = problem.many ? (alike.get(cause)?.length ?? 0) : 0;
    if (!problem.many || amount <= mostSlips) return [problem];
    if (said.has(cause)) return [];
    said.add(cause);
    return [{ ...problem, message: problem.many(amount) }];
  });
}

function causeOf({ cause, message }: StructureProblem): string {
  return cause ?? message;
}

/** A reference that leads to another one: in a whole document that one is a site of its own. */
function isChain({ value }: Place): boolean {
  return isRecord(value) && typeof value.$ref === 'string' && Object.keys(value).length === 1;
}

function unknownVersion(api: Api): StructureProblem {
  const key = ['openapi', 'swagger', 'asyncapi'].find((each) => api.root.has(each)) ?? 'openapi';
  const at = api.root.child(key);
  const versions = api.format.kind === 'openapi' ? '2.0, 3.0, 3.1 and 3.2' : '2.0 to 2.6, 3.0 and 3.1';
  return {
    at,
    target: 'value',
    message: `\`${key}\` is ${quote(at.value)}, a version that is not checked; Lintel knows ${versions}.`,
  };
}

function violationOf(api: Api, doc: ApiDocument, path: Path, problem: Problem): StructureProblem | undefined {
  const { kind, key, mark, object, meant, instead, many } = problem;
  // What is missing is nowhere: the object that lacks it is marked.
  const at = api.placeAt(doc, key === undefined || kind === 'missing' ? path : [...path, key]);
  if (followsFromEditions(api, at, problem)) return undefined;
  const ofEditions = saidOfEditions(api, at, problem);
  if (ofEditions) return { at, target: mark, ...ofEditions };
  return {
    at,
    target: mark,
    message: (meant === undefined && saidOfVersions(api, at, problem)) || problem.say(labelOf(path), object),
    ...(meant === undefined ? {} : { meant }),
    ...(instead && { instead }),
    ...(many && { many }),
  };
}

/** What a sentence calls the value at a path. */
export function labelOf(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return 'The document';
  if (typeof last === 'string') return `\`${last}\``;
  const list = path.findLast((key) => typeof key === 'string');
  return list === undefined ? `Item ${last + 1}` : `\`${list}[${last}]\``;
}

function unique(problems: readonly StructureProblem[]): StructureProblem[] {
  const seen = new Map<Place, Set<string>>();
  return problems.filter(({ at, message }) => {
    const said = inMap(seen, at, () => new Set<string>());
    return said.size < said.add(message).size;
  });
}
