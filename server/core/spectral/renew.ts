/**
 * What references lead to, after an edit that changed no reference: values that hold nothing changed stay the same
 * objects, so that whoever kept an answer about one knows that it still counts.
 */
import { memberOf } from '../model/api.ts';
import {
  copy,
  isObject,
  type OpenFile,
  type Resolution,
  type Resolved,
  type SourceFile,
  type Target,
  type TargetNode,
  valueAt,
} from './resolve.ts';

/** A value that is no longer what it was, by its way from the root of its file. */
interface Dirty {
  readonly below: Map<string, Dirty>;
  /** As it is written now, and was; undefined where nothing stands. */
  readonly written: unknown;
  readonly old: unknown;
  /** As it was with references replaced. */
  readonly before: unknown;
  /** As it is with references replaced, once that has been asked. */
  made?: { readonly value: unknown } | 'being made';
}

/** A resolution that can be brought up to date. It is changed in place. */
export class Kept {
  readonly resolution: Resolution;
  readonly #files: ReadonlyMap<string, OpenFile>;
  /** Targets by file and way, for files whose targets have been asked for. */
  readonly #targets = new Map<OpenFile, Map<string, TargetNode[]>>();

  private constructor({ resolution, files }: Resolved) {
    this.resolution = resolution;
    this.#files = files;
  }

  /** Keeps a resolution; undefined for one whose references lead through one another in ways that only a fresh look follows. */
  static of(resolved: Resolved): Kept | undefined {
    if (resolved.isShared) return undefined;
    for (const file of resolved.files.values()) {
      for (const target of file.targets.values()) if (!isDirect(target)) return undefined;
    }
    return new Kept(resolved);
  }

  /**
   * Takes the files as they are now. Answers whether the resolution is right again; it is not where a reference has
   * changed, and then it is of no use any more.
   */
  renew(now: ReadonlyMap<string, SourceFile>): boolean {
    const roots = new Map<OpenFile, Dirty>();
    for (const file of this.#files.values()) {
      const next = now.get(file.source);
      if (!next) return false;
      if (next.data !== file.data) roots.set(file, dirty(next.data, file.data, file.root));
    }
    for (const [file, root] of [...roots]) {
      this.#noteReferences(file, '', roots);
      if (!this.#compare(file, file.data, root.written, [], roots)) return false;
      for (const { path, lead } of file.targets.values()) {
        if ((valueAt(root.written, path) === undefined) !== (lead?.written === undefined)) return false;
      }
    }
    try {
      for (const [file, root] of roots) this.#finish(file, root, roots);
    } catch (error) {
      // References that hold one another, or a chain that is too long.
      if (error instanceof RangeError) return false;
      throw error;
    }
    for (const file of roots.keys()) Object.assign(file, now.get(file.source));
    const [main] = this.#files.values();
    Object.assign(this.resolution, { resolved: main?.root });
    return true;
  }

  /** Notes what differs. Answers whether the references are the same. */
  #compare(file: OpenFile, before: unknown, after: unknown, path: string[], roots: Map<OpenFile, Dirty>): boolean {
    if (before === after) return true;
    const ref = referenceOf(before);
    if (ref !== referenceOf(after)) return false;
    this.#note(file, path, roots);
    if (ref !== undefined) {
      this.#replaceHolder(file, before as object, after as object);
      return true;
    }
    if (!isObject(before) || !isObject(after) || Array.isArray(before) !== Array.isArray(after)) {
      return !holdsReference(before) && !holdsReference(after);
    }
    const [old, now] = [before as Record<string, unknown>, after as Record<string, unknown>];
    for (const key of Object.keys(old)) {
      path.push(key);
      const same = Object.hasOwn(now, key)
        ? this.#compare(file, old[key], now[key], path, roots)
        : !holdsReference(old[key]) && this.#note(file, path, roots);
      path.pop();
      if (!same) return false;
    }
    return Object.keys(now).every((key) => Object.hasOwn(old, key) || !holdsReference(now[key]));
  }

  #replaceHolder(file: OpenFile, before: object, after: object): void {
    const { targets, unread } = this.resolution as unknown as { targets: Map<object, Target>; unread: Set<object> };
    if (unread.delete(before)) unread.add(after);
    const reference = file.references.get(before);
    if (!reference) return;
    file.references.delete(before);
    file.references.set(after, Object.assign(reference, { holder: after }));
    const target = targets.get(before);
    if (target && targets.delete(before)) targets.set(after, target);
  }

  /** Notes a value and all that hold it, in its own file and behind references. */
  #note(file: OpenFile, path: readonly string[], roots: Map<OpenFile, Dirty>): true {
    let known = roots.get(file);
    if (!known) {
      roots.set(file, (known = dirty(file.data, file.data, file.root)));
      this.#noteReferences(file, '', roots);
    }
    let at: Dirty = known;
    let way = '';
    for (const key of path) {
      way += `\0${key}`;
      let next = at.below.get(key);
      if (!next) {
        at.below.set(key, (next = dirty(memberOf(at.written, key), memberOf(at.old, key), memberOf(at.before, key))));
        this.#noteReferences(file, way, roots);
      }
      at = next;
    }
    return true;
  }

  #noteReferences(file: OpenFile, way: string, roots: Map<OpenFile, Dirty>): void {
    for (const { references } of this.#targetsOf(file).get(way) ?? []) {
      for (const reference of references) if (reference.isReplaced) this.#note(reference.file, reference.path, roots);
    }
  }

  #targetsOf(file: OpenFile): Map<string, TargetNode[]> {
    let known = this.#targets.get(file);
    if (!known) {
      known = new Map();
      for (const target of file.targets.values()) {
        const way = target.path.map((key) => `\0${key}`).join('');
        known.set(way, [...(known.get(way) ?? []), target]);
      }
      this.#targets.set(file, known);
    }
    return known;
  }

  #finish(file: OpenFile, root: Dirty, roots: ReadonlyMap<OpenFile, Dirty>): void {
    for (const target of file.targets.values()) {
      const at = dirtyAt(root, target.path);
      if (at && target.lead) Object.assign(target.lead, { written: at.written, resolved: made(file, at, roots) });
    }
    file.root = made(file, root, roots);
  }
}

function dirty(written: unknown, old: unknown, before: unknown): Dirty {
  return { below: new Map(), written, old, before };
}

function dirtyAt(root: Dirty, path: readonly string[]): Dirty | undefined {
  let at: Dirty | undefined = root;
  for (const key of path) at = at?.below.get(key);
  return at;
}

/** The value with references replaced. Throws a RangeError where it would hold itself. */
function made(file: OpenFile, at: Dirty, roots: ReadonlyMap<OpenFile, Dirty>): unknown {
  if (at.made === 'being made') throw new RangeError('A value holds itself.');
  if (at.made) return at.made.value;
  at.made = 'being made';
  const value = make(file, at, roots);
  at.made = { value };
  return value;
}

function make(file: OpenFile, { below, written, old, before }: Dirty, roots: ReadonlyMap<OpenFile, Dirty>): unknown {
  if (!isObject(written)) return written;
  const reference = file.references.get(written);
  if (reference) {
    const { target, isReplaced } = reference;
    if (!isReplaced) return written;
    const root = roots.get(target.file);
    const at = root && dirtyAt(root, target.path);
    return at ? made(target.file, at, roots) : target.lead?.resolved;
  }
  // Nothing below it was replaced.
  if (before === old) return written;
  const value = copy(written) as Record<string, unknown>;
  for (const key of Object.keys(value)) {
    const child = below.get(key);
    if (child) value[key] = made(file, child, roots);
    else if (Object.hasOwn(before as object, key)) value[key] = (before as Record<string, unknown>)[key];
  }
  return value;
}

/** Leads the way to a target through no other reference, and not to the whole of the file it is written in? */
function isDirect({ file, path, lead, references }: TargetNode): boolean {
  if (!lead || (lead.written === undefined && lead.resolved !== undefined)) return false;
  if (path.length === 0 && references.some((reference) => reference.file === file)) return false;
  // A reference into another file that led on when it was taken, and was not followed.
  if (isObject(lead.written) && lead.resolved === lead.written && file.references.get(lead.written)?.isReplaced) return false;
  let value = file.data;
  for (const key of path) {
    if (referenceOf(value) !== undefined) return false;
    value = memberOf(value, key);
  }
  return true;
}

function referenceOf(value: unknown): string | undefined {
  const ref = isObject(value) ? (value as { $ref?: unknown }).$ref : undefined;
  return typeof ref === 'string' ? ref : undefined;
}

function holdsReference(value: unknown): boolean {
  if (!isObject(value)) return false;
  return referenceOf(value) !== undefined || Object.values(value).some(holdsReference);
}
