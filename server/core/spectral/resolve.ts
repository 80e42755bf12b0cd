/**
 * `$ref`s led to their targets. What is resolved, what stays because it is circular, and in which order, is what
 * @stoplight/json-ref-resolver does, because rules see the result; but a target is shared, never copied, so the result
 * is as large as the documents and not as large as the tree it stands for.
 */
import { inMap } from '../group.ts';
import type { Pace } from '../pace.ts';

/** A file as the resolver sees it. */
export interface SourceFile {
  /** The name Spectral knows the file by. */
  readonly source: string;
  readonly data: unknown;
}

/** What a reference leads to. */
export interface Target {
  readonly file: SourceFile;
  readonly path: readonly string[];
  /** The path as the reference has it behind the `#`. */
  readonly fragment: string;
  /** The value as it is written; undefined where the way leads through another reference. */
  readonly written: unknown;
  /** The value with its own references resolved; undefined where there is none. */
  readonly resolved: unknown;
}

/** A reference that leads nowhere. */
export interface BrokenReference {
  readonly file: SourceFile;
  readonly path: readonly string[];
  readonly message: string;
}

export interface Resolution {
  readonly resolved: unknown;
  /** The targets of the objects that hold a `$ref`, but for those that stay because they are circular. */
  readonly targets: ReadonlyMap<object, Target>;
  readonly broken: readonly BrokenReference[];
  /** What holds a `$ref` into a file that is not there. */
  readonly unread: ReadonlySet<object>;
  /** The references that were replaced, in order. */
  readonly replaced: readonly { readonly file: SourceFile; readonly path: readonly string[]; readonly target: Target }[];
  /** Every target that is referred to, as `source#/pointer`. */
  readonly referenced: ReadonlySet<string>;
  readonly files: ReadonlyMap<string, SourceFile>;
}

/** Finds the file a reference means; `broken` says why there is none, or nothing where nothing is to be said. */
export type LoadFile = (reference: string, from: SourceFile) => SourceFile | { readonly broken: string | undefined };

export interface Reference {
  readonly file: OpenFile;
  readonly holder: object;
  readonly path: readonly string[];
  readonly target: TargetNode;
  /** The targets this reference is written inside of, from the outside in. */
  inside: readonly TargetNode[];
  /** It has been replaced by what it leads to. */
  isReplaced: boolean;
}

export interface TargetNode {
  readonly file: OpenFile;
  /** As it is written behind the `#`. */
  readonly fragment: string;
  readonly path: readonly string[];
  readonly references: Reference[];
  /** What is said of it to those who look at the result. */
  lead: { -readonly [Key in keyof Target]: Target[Key] } | undefined;
  /** The targets of what is written inside this one. */
  readonly leadsTo: Set<TargetNode>;
  /** Everything `leadsTo` leads to, when it has been asked for. */
  reach?: ReadonlySet<TargetNode>;
}

export interface OpenFile extends SourceFile {
  /** The value with its references replaced; `data` where it holds none. */
  root: unknown;
  readonly targets: Map<string, TargetNode>;
  /** By the object that holds the `$ref`. */
  readonly references: Map<object, Reference>;
  /** Values that have been searched for references. */
  readonly crawled: Set<object>;
}

/** Values so near the root are searched one by one, with pauses between them. */
const pausingDepth = 3;

/** Resolves every reference that can be reached from the root of a file, with pauses. */
export async function resolveReferences(main: SourceFile, load: LoadFile, pace: Pace): Promise<Resolved> {
  /** A value that holds references stands in two places. */
  let isShared = false;
  const files = new Map<string, OpenFile>();
  const broken: BrokenReference[] = [];
  const unread = new Set<object>();
  const order: OpenFile[] = [];

  function open(file: SourceFile): OpenFile {
    let known = files.get(file.source);
    if (!known) {
      known = { ...file, root: file.data, targets: new Map(), references: new Map(), crawled: new Set() };
      files.set(file.source, known);
    }
    return known;
  }

  function crawl(file: OpenFile, value: unknown, path: string[]): void {
    if (!isObject(value) || file.crawled.has(value)) return;
    // Values that YAML aliases share are searched wherever they stand.
    if (path.length === 0 || file !== root) file.crawled.add(value);
    const ref = (value as { $ref?: unknown }).$ref;
    if (typeof ref === 'string') {
      const known = file.references.get(value);
      // The document is searched from its root; other files refer to places in it as well.
      if (!known || known.path.length !== path.length || !startsWith(path, known.path))
        refer(file, value, withoutBlanks(ref), path);
      return;
    }
    for (const key in value) {
      const child = (value as Record<string, unknown>)[key];
      if (!isObject(child) || !Object.hasOwn(value, key)) continue;
      path.push(key);
      crawl(file, child, path);
      path.pop();
    }
  }

  async function crawlWithPauses(file: OpenFile, value: unknown, path: string[]): Promise<void> {
    if (path.length === pausingDepth || !isObject(value) || typeof (value as { $ref?: unknown }).$ref === 'string') {
      crawl(file, value, path);
      const pause = pace();
      if (pause) await pause;
      return;
    }
    if (path.length === 0) file.crawled.add(value);
    for (const key of Object.keys(value)) {
      await crawlWithPauses(file, (value as Record<string, unknown>)[key], [...path, key]);
    }
  }

  function refer(file: OpenFile, holder: object, ref: string, path: readonly string[]): void {
    const at = ref.indexOf('#');
    const name = at < 0 ? ref : ref.slice(0, at);
    const fragment = at < 0 ? '' : ref.slice(at + 1);
    let targetFile = file;
    if (name !== '') {
      const found = load(name, file);
      if ('broken' in found) {
        unread.add(holder);
        if (found.broken !== undefined) broken.push({ file, path: [...path], message: found.broken });
        return;
      }
      targetFile = open(found);
    } else if (at < 0) {
      return;
    }
    if (fragment !== '' && !fragment.startsWith('/')) {
      broken.push({ file, path: file === root ? [] : [...path], message: `'#${fragment}' JSON pointer is invalid` });
      return;
    }
    const known = targetFile.targets.get(fragment);
    // `other.yaml#/` is taken for the whole of the other file, as `other.yaml#` is.
    const isWhole = fragment === '' || (fragment === '/' && targetFile !== file);
    const targetPath = known?.path ?? (isWhole ? [] : fragment.slice(1).split('/').map(decodeToken));
    const isParent = targetFile === file && targetPath.length > 0 && startsWith(path, targetPath);
    if (isParent) return;
    const target = known ?? {
      file: targetFile,
      fragment,
      path: targetPath,
      references: [],
      leadsTo: new Set<TargetNode>(),
      lead: undefined,
    };
    if (!known) targetFile.targets.set(fragment, target);
    const reference: Reference = { file, holder, path: [...path], target, inside: [], isReplaced: false };
    target.references.push(reference);
    isShared ||= file.references.has(holder);
    file.references.set(holder, reference);
    if (targetFile !== file || file !== root) crawl(targetFile, valueAt(targetFile.data, targetPath), [...targetPath]);
    if (!order.includes(targetFile)) order.push(targetFile);
  }

  const root = open(main);
  await crawlWithPauses(root, main.data, []);
  if (!order.includes(root)) order.push(root);
  // Files that are referred to come first, the root last.
  order.splice(order.indexOf(root), 1);
  order.push(root);

  const all = [...files.values()].flatMap((file) => [...file.references.values()]);
  for (const step of [place, openWay]) {
    for (const reference of all) {
      step(reference);
      const pause = pace();
      if (pause) await pause;
    }
  }

  const targets = new Map<object, Target>();
  const led: Reference[] = [];
  const lead = (reference: Reference, target: Target) => {
    targets.set(reference.holder, target);
    if (target.resolved === undefined) return;
    reference.isReplaced = true;
    led.push(reference);
  };
  const dependants = dependantsIn([...files.values()]);
  for (const target of processingOrder(order)) {
    assign(target, lead, broken, dependants);
    const pause = pace();
    if (pause) await pause;
  }
  const putBack = (reference: Reference) => {
    const { file, holder } = reference;
    leave(reference, holder);
    reference.isReplaced = false;
    // Spectral says where one leads that it leaves between files.
    if (reference.target.file === file) targets.delete(holder);
  };
  for (const reference of circles(all)) putBack(reference);
  if (files.size > 1) await breakCircles(root, all, putBack, pace);
  const referenced = new Set<string>();
  for (const file of files.values()) {
    for (const target of file.targets.values()) referenced.add(`${file.source}#${target.fragment}`);
  }
  const replaced = led
    .filter(({ isReplaced }) => isReplaced)
    .map(({ file, path, target }) => ({ file, path, target: target.lead as Target }));
  const resolution = { resolved: root.root, targets, replaced, broken, unread, referenced, files };
  return { resolution, files, isShared };
}

/** A resolution, and the graph of references that it was made of. */
export interface Resolved {
  readonly resolution: Resolution;
  readonly files: ReadonlyMap<string, OpenFile>;
  /** A value that holds references stands in two places, by aliases of YAML. */
  readonly isShared: boolean;
}

/** Finds the targets a reference is written inside of, and notes what they lead to. */
function place(reference: Reference): void {
  const { file, path, target } = reference;
  const inside: TargetNode[] = [];
  // Only a target written without escapes is known by the path that leads to it.
  for (let length = 1, fragment = ''; length <= path.length; length++) {
    fragment += `/${path[length - 1]}`;
    const outer = file.targets.get(fragment);
    if (!outer) continue;
    inside.push(outer);
    if (length < path.length && outer !== target && partsBefore(path, target, file, length)) outer.leadsTo.add(target);
  }
  reference.inside = inside;
}

/**
 * Has the way to the reference parted from the way to its target before `length`? json-ref-resolver compares the two
 * key by key, and loses track where they have a key in common again.
 */
function partsBefore(path: readonly string[], target: TargetNode, file: OpenFile, length: number): boolean {
  if (target.file !== file) return true;
  let parted = false;
  for (let index = 0; index < length; index++) {
    if (path[index] !== target.path[index]) parted = true;
    else if (parted) return false;
  }
  return parted;
}

/** Copies the values on the way to a reference, so that it can be replaced; everything else stays shared. */
function openWay({ file, path }: Reference): void {
  if (path.length === 0) return;
  if (file.root === file.data) file.root = copy(file.data as object);
  let written = file.data as Record<string, unknown>;
  let opened = file.root as Record<string, unknown>;
  for (const key of path.slice(0, -1)) {
    written = written[key] as Record<string, unknown>;
    if (opened[key] === written) opened[key] = copy(written);
    opened = opened[key] as Record<string, unknown>;
  }
}

export function copy(value: object): object {
  return Array.isArray(value) ? [...(value as unknown[])] : { ...value };
}

/**
 * References of which json-ref-resolver loses track (`partsBefore`), and which close a circle: replaced, they would make
 * values that hold themselves, on which stock Spectral ends with an error and a walk never. Of a circle through several
 * files it is the reference that leads back into what it was come from.
 */
function circles(references: readonly Reference[]): Reference[] {
  const inside = new Map<TargetNode, Reference[]>();
  for (const reference of references) {
    if (!reference.isReplaced) continue;
    for (const outer of holdersOf(reference)) {
      const known = inside.get(outer);
      if (known) known.push(reference);
      else inside.set(outer, [reference]);
    }
  }
  const closing: Reference[] = [];
  const done = new Set<TargetNode>();
  /** How many references on the way stand in a target. */
  const open = new Map<TargetNode, number>();
  const enter = (targets: readonly TargetNode[], by: 1 | -1) => {
    for (const target of targets) open.set(target, (open.get(target) ?? 0) + by);
  };
  const visit = (target: TargetNode) => {
    done.add(target);
    for (const reference of inside.get(target) ?? []) {
      // `#` alone is the document as it is written.
      if (reference.target.path.length === 0 && reference.target.file === reference.file) continue;
      const holders = holdersOf(reference);
      enter(holders, 1);
      if (open.get(reference.target)) closing.push(reference);
      else if (!done.has(reference.target)) visit(reference.target);
      enter(holders, -1);
    }
  };
  for (const target of inside.keys()) if (!done.has(target)) visit(target);
  return closing;
}

/** A value on the way, and how far it has been looked into. */
interface Step {
  readonly value: object;
  readonly keys: readonly string[];
  next: number;
  /** The reference that led to it. */
  readonly by: Reference | undefined;
}

/**
 * Puts back, of every circle that is left, the reference that closes it: of several files a pointer can lead through a reference, and
 * so back into what it was come from, without naming it.
 */
async function breakCircles(
  main: OpenFile,
  references: readonly Reference[],
  putBack: (reference: Reference) => void,
  pace: Pace,
): Promise<void> {
  const led = new Map<unknown, Map<string, Reference>>();
  for (const reference of references) {
    const { file, path, isReplaced } = reference;
    if (isReplaced && path.length > 0)
      inMap(led, valueAt(file.root, path.slice(0, -1)), () => new Map()).set(path.at(-1) as string, reference);
  }
  const done = new Set<object>();
  const open = new Set<object>();
  const way: Step[] = [];
  const enter = (value: object, by: Reference | undefined) => {
    open.add(value);
    way.push({ value, keys: Object.keys(value), next: 0, by });
  };
  if (isObject(main.root)) enter(main.root, undefined);
  for (let step = way.at(-1); step; step = way.at(-1)) {
    const key = step.keys[step.next++];
    if (key === undefined) {
      open.delete(step.value);
      done.add(step.value);
      way.pop();
      const pause = pace();
      if (pause) await pause;
      continue;
    }
    const value = (step.value as Record<string, unknown>)[key];
    if (!isObject(value) || done.has(value)) continue;
    const by = led.get(step.value)?.get(key);
    if (!open.has(value)) {
      enter(value, by?.isReplaced ? by : undefined);
      continue;
    }
    let closing = by;
    while (!closing && way.length > 0) {
      const last = way.pop() as Step;
      open.delete(last.value);
      closing = last.by;
    }
    if (closing) putBack(closing);
  }
}

/** Puts a reference back where it stood, and in the place of those that lead to it. */
function leave({ file, path }: Reference, holder: object): void {
  const key = path.at(-1);
  if (key === undefined) file.root = holder;
  else (valueAt(file.root, path.slice(0, -1)) as Record<string, unknown>)[key] = holder;
  for (const target of file.targets.values()) {
    const stands = target.path.length === path.length && startsWith(path, target.path);
    if (!stands || !target.lead || target.lead.resolved === holder) continue;
    target.lead.resolved = holder;
    for (const other of target.references) if (other.isReplaced) leave(other, holder);
  }
}

/** The targets a reference is written inside of, the whole of its file included. */
function holdersOf({ file, inside }: Reference): readonly TargetNode[] {
  const whole = ['', '/'].map((fragment) => file.targets.get(fragment));
  return [...whole.filter((target) => target?.path.length === 0), ...inside] as TargetNode[];
}

/** Targets in an order in which a target that is a reference itself comes after its own target, in whichever file. */
function processingOrder(files: readonly OpenFile[]): ReadonlySet<TargetNode> {
  const done = new Set<TargetNode>();
  const seen = new Set<TargetNode>();
  const visit = (target: TargetNode) => {
    if (seen.has(target)) return;
    seen.add(target);
    const next = referenceAt(target)?.target;
    if (next) visit(next);
    done.add(target);
  };
  for (const { targets } of files) for (const target of targets.values()) visit(target);
  return done;
}

function assign(
  target: TargetNode,
  lead: (reference: Reference, target: Target) => void,
  broken: BrokenReference[],
  dependantsOf: (target: TargetNode) => readonly Reference[],
): void {
  const { file, path } = target;
  const written = valueAt(file.data, path);
  const found = valueAt(file.root, path);
  target.lead = { file, path, fragment: target.fragment, written, resolved: found };
  if (found === undefined) {
    for (const reference of dependantsOf(target)) {
      const { file: from, path: at } = reference;
      // Spectral looks for the place of what it finds there at the target, all the same.
      lead(reference, target.lead);
      const where = from === file ? '' : ` @ '${file.source}'`;
      broken.push({ file: from, path: at, message: `'#${target.fragment}' does not exist${where}` });
    }
    return;
  }
  for (const reference of target.references) {
    if (isCircular(reference)) continue;
    const own = path.length === 0 && reference.file === file;
    const key = reference.path.at(-1);
    if (key === undefined) {
      // A whole file that is a reference to another.
      if (reference.file === file) continue;
      reference.file.root = found;
      lead(reference, target.lead);
      continue;
    }
    const holder = valueAt(reference.file.root, reference.path.slice(0, -1)) as Record<string, unknown> | undefined;
    if (!holder) continue;
    // `#` alone is the document as it is written, or it would hold itself.
    holder[key] = own ? file.data : found;
    lead(reference, own ? { ...target.lead, resolved: file.data } : target.lead);
  }
}

/** The reference that stands at a target. */
function referenceAt({ file, path }: TargetNode): Reference | undefined {
  const value = valueAt(file.data, path);
  return isObject(value) ? file.references.get(value) : undefined;
}

/** Finds the references to a target and those to them in turn, which come first. */
function dependantsIn(files: Iterable<OpenFile>): (target: TargetNode) => readonly Reference[] {
  /** The targets that are references themselves, by these; made when first asked for. */
  let between: Map<Reference, TargetNode> | undefined;
  const find = (): Map<Reference, TargetNode> => {
    const found = new Map<Reference, TargetNode>();
    for (const { targets } of files) {
      for (const target of targets.values()) {
        const reference = referenceAt(target);
        if (reference && !found.has(reference)) found.set(reference, target);
      }
    }
    return found;
  };
  const dependantsOf = (target: TargetNode, seen: Set<TargetNode>): Reference[] => {
    if (seen.has(target)) return [];
    seen.add(target);
    return target.references.flatMap((reference) => {
      const at = (between ??= find()).get(reference);
      return [...(at ? dependantsOf(at, seen) : []), reference];
    });
  };
  return (target) => dependantsOf(target, new Set());
}

/** Is the reference written inside something that its target leads to? */
function isCircular({ inside, target }: Reference): boolean {
  if (inside.length === 0) return false;
  const reach = reachOf(target);
  return inside.some((outer) => outer !== target && reach.has(outer));
}

function reachOf(target: TargetNode): ReadonlySet<TargetNode> {
  if (target.reach) return target.reach;
  const reach = new Set<TargetNode>(target.leadsTo);
  for (const next of reach) for (const further of next.leadsTo) reach.add(further);
  target.reach = reach;
  return reach;
}

export function valueAt(data: unknown, path: readonly string[]): unknown {
  let value = data;
  for (const key of path) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function startsWith(path: readonly string[], start: readonly string[]): boolean {
  return start.length <= path.length && start.every((key, index) => path[index] === key);
}

/** A reference as the library reads it that json-ref-resolver takes it apart with (urijs). */
function withoutBlanks(ref: string): string {
  return /[\0-\x20\xa0]/.test(ref) ? ref.replace(/^[\0-\x20\xa0]+/, '').replace(/[\t\n\r]+/g, '') : ref;
}

/** A token of a pointer in a fragment; percent-encoding that cannot be read stands for itself. */
export function decodeToken(token: string): string {
  let text = token;
  try {
    text = decodeURIComponent(token);
  } catch {
    text = token.replace(/%[0-9a-f]+/gi, (octets) => {
      try {
        return decodeURIComponent(octets);
      } catch {
        return octets;
      }
    });
  }
  return text.replaceAll('~1', '/').replaceAll('~0', '~');
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
