/** Types to shapes: what a value of a type is once it is JSON, with a name for every type the code names. */
import ts from 'ts6';
import { isUnknown, type Shape } from '../generate/facts.ts';
import { decorated, inverseOf, isExposed, isHidden, isOptional, nameInJson, relationOf } from './decorators.ts';
import { anyOf } from './schema-libraries.ts';
import { type Declared, enumShape, exposed, type Loads, type Member, type Type, withLoads } from './type-model.ts';
import { loadedRelations } from './typeorm.ts';
import type { Types } from './types.ts';

const maxDepth = 12;

/** The shapes of one reading; every named type is written once. */
export class Shapes {
  /** Shapes of the types that have a name, by that name. */
  readonly named = new Map<string, Shape>();
  readonly #types: Types;
  #loaded: ReadonlySet<ts.Node> | undefined;
  readonly #names = new Map<string, string>();
  /** Types without a name that are being read. */
  readonly #unnamed = new Set<string>();

  constructor(types: Types) {
    this.#types = types;
    types.shapeOf = (type) => this.of(type);
  }

  /** The JSON a value of the type becomes; empty where nothing is known of it. */
  of(type: Type, depth = 0): Shape {
    if (depth > maxDepth) return {};
    switch (type.kind) {
      case 'shape':
      case 'schema':
        return type.shape;
      case 'array':
        return { type: 'array', items: this.of(type.of, depth + 1) };
      case 'tuple':
        return { type: 'array', items: anyOf(type.items.map((item) => this.of(item, depth + 1))) };
      case 'union':
        return this.#union(type, depth);
      case 'alias':
        return this.#alias(type, depth);
      case 'declared':
        return this.#declared(type, depth);
      case 'object':
        return type.name
          ? this.#name(`prisma ${type.name}`, type.name, depth, [], (at) => this.#object(type, at))
          : this.#object(type, depth);
      case 'enum':
        return enumShape(type.node);
      default:
        return {};
    }
  }

  #union(type: Type & { kind: 'union' }, depth: number): Shape {
    const parts = type.of.filter((part) => part.kind !== 'undefined' && part.kind !== 'function' && !isResponse(part));
    const shapes = parts.map((part) => this.of(part, depth + 1));
    const booleans = shapes.filter((shape) => shape.type === 'boolean');
    const rest = shapes.filter((shape) => shape.type !== 'boolean');
    const both = booleans.length > 1 ? [{ type: 'boolean' as const }] : booleans;
    return anyOf([...rest, ...both]);
  }

  #alias(type: Type & { kind: 'alias' }, depth: number): Shape {
    const { node, args } = type;
    let target: Type = type.type;
    while (target.kind === 'alias') target = target.type;
    const isNamed = target.kind === 'object' || (target.kind === 'declared' && ts.isTypeLiteralNode(target.node));
    if (!isNamed) return this.of(type.type, depth + 1);
    return this.#name(node, node.name.text, depth, args, (at) => this.#object(target, at));
  }

  #declared(whole: Declared, depth: number): Shape {
    const type = whole.isExposed && !this.#isPartlyExposed(whole) ? { ...whole, isExposed: false } : whole;
    const { node, args } = type;
    const text = ts.isTypeLiteralNode(node) ? undefined : node.name?.text;
    const json = this.#types.membersOf(type)?.get('toJSON');
    const read = (at: number) => {
      const method = json?.type();
      if (method?.kind === 'function') return this.of(this.#types.result(method), at + 1);
      return this.#types.schemaExtended(node, type.scope) ?? this.#object(type, at);
    };
    if (!text) return this.#object(type, depth);
    const other = `${this.#otherLoads(type)}${type.isExposed ? 'Exposed' : ''}`;
    if (other === '') return this.#name(node, text, depth, args, read);
    return this.#name(`${node.getSourceFile().fileName}#${node.pos} ${other}`, text + other, depth, args, read);
  }

  /** A reference to the named type, which is read when it is first met; one of types without a name has none, either. */
  #name(of: ts.Node | string, text: string, depth: number, args: readonly Type[], read: (depth: number) => Shape): Shape {
    const given = args.map((argument) => this.of(argument, depth + 1));
    const place = typeof of === 'string' ? of : `${of.getSourceFile().fileName}#${of.pos}`;
    const key = `${place}<${JSON.stringify(given)}>`;
    const known = this.#names.get(key);
    if (known) return { ref: known };
    if (given.some(isAnonymous)) {
      if (this.#unnamed.has(key)) return {};
      this.#unnamed.add(key);
      const shape = read(depth);
      this.#unnamed.delete(key);
      return shape;
    }
    const label = given.length === 0 ? text : text + given.map(labelOf).join('');
    let name = label;
    for (let count = 2; this.named.has(name); count++) name = `${label}${count}`;
    this.#names.set(key, name);
    this.named.set(name, {});
    const shape = read(0);
    if (isUnknown(shape)) {
      this.named.delete(name);
      this.#names.delete(key);
      return {};
    }
    this.named.set(name, { ...shape, ...(typeof of !== 'string' && commentOf(of)) });
    return { ref: name };
  }

  /** Is class-transformer told to expose some of the members, and not the others? Else the class is written as it always is. */
  #isPartlyExposed(type: Declared): boolean {
    const members = [...(this.#types.membersOf(type)?.values() ?? [])].filter(({ isBehaviour }) => !isBehaviour);
    const shown = members.filter(({ node }) => isExposed(node)).length;
    return !isExposed(type.node) && shown > 0 && shown < members.length;
  }

  /** Is a relation in the JSON? What no query tells is as it usually is in the project. */
  #isLoaded(name: string, { node }: Member, owner: Type): boolean {
    const relation = relationOf(node);
    if (!node || !relation) return true;
    const loads = owner.kind === 'declared' ? owner.loads : undefined;
    if (loads?.back === name && relation !== 'eager') return false;
    if (loads && loads.back === undefined)
      return (relation === 'eager' && loads.hasEager) || loads.paths.some((path) => path.split('.')[0] === name);
    this.#loaded ??= loadedRelations(this.#types);
    return relation === 'eager' || this.#loaded.has(node);
  }

  /** How the relations that a query loaded differ from those that values of the type usually carry: `WithPosts`. */
  #otherLoads(type: Declared): string {
    if (!type.loads) return '';
    const usual = { ...type, loads: undefined };
    const label = (paths: readonly string[]) =>
      paths.map((path) => path.replaceAll(/(?:^|\.)(\w)/g, (_, first: string) => first.toUpperCase())).join('And');
    const more = label(this.#lacking(usual, type, []).filter((path) => !path.includes('.')));
    const less = label(this.#lacking(type, usual, []));
    const below = label(type.loads.paths.filter((path) => path.includes('.')));
    return `${more && `With${more}`}${less && `Without${less}`}${below && `Of${below}`}`;
  }

  /** The relations that values of one type lack and those of another carry, of an entity and of those it is loaded with. */
  #lacking(one: Declared, other: Declared, above: readonly ts.Node[]): string[] {
    const found: string[] = [];
    for (const [name, member] of this.#types.membersOf(one) ?? []) {
      if (!relationOf(member.node) || !this.#isLoaded(name, member, other)) continue;
      if (!this.#isLoaded(name, member, one)) {
        found.push(name);
        continue;
      }
      const [ours, theirs] = [one, other].map((type) => entityOf(withLoads(member.type(), loadsBelow(type, name, member))));
      if (!ours || !theirs || above.includes(ours.node)) continue;
      found.push(...this.#lacking(ours, theirs, [...above, one.node, ours.node]).map((path) => `${name}.${path}`));
    }
    return found;
  }

  #object(type: Type, depth: number): Shape {
    const properties: [string, Shape][] = [];
    const required: string[] = [];
    for (const [name, member] of this.#types.membersOf(type) ?? []) {
      if (member.isBehaviour || isHidden(member.node) || !this.#isLoaded(name, member, type)) continue;
      const isOnly = type.kind === 'declared' && type.isExposed === true;
      if (isOnly && !isExposed(member.node)) continue;
      const loaded = withLoads(member.type(), loadsBelow(type, name, member));
      const own = isOnly ? exposed(loaded) : loaded;
      if (own.kind === 'function' || own.kind === 'undefined' || own.kind === 'class') continue;
      const shape = decorated(
        { values: this.#types.values, types: this.#types, shapes: this },
        member.node,
        this.of(own, depth + 1),
      );
      const key = nameInJson(member.node) ?? name;
      properties.push([key, { ...shape, ...commentOf(member.node) }]);
      const isSometimes =
        member.optional ||
        member.mayLack?.() ||
        isOptional(member.node) ||
        relationOf(member.node) === 'asked' ||
        (own.kind === 'union' && own.of.some(isAbsent));
      // What nothing is known of may be undefined.
      if (!isSometimes && !isUnknown(shape)) required.push(key);
    }
    const index = this.#types.indexOf(type);
    return {
      type: 'object',
      ...((properties.length > 0 || !index) && { properties: Object.fromEntries(properties) }),
      ...(required.length > 0 && { required }),
      ...(index && { additional: this.of(index, depth + 1) }),
    };
  }
}

/** The relations loaded below one of the entity's; where no query tells, those that usually are but the one that leads back. */
function loadsBelow(type: Type, name: string, { node }: Member): Loads | undefined {
  const loads = type.kind === 'declared' ? type.loads : undefined;
  if (!loads || loads.back !== undefined) {
    const back = inverseOf(node);
    return back === undefined ? undefined : { paths: [], hasEager: true, back };
  }
  const paths = loads.paths.flatMap((path) => (path.startsWith(`${name}.`) ? [path.slice(name.length + 1)] : []));
  return { ...loads, paths };
}

/** The entity that a relation leads to, one or many. */
function entityOf(type: Type): Declared | undefined {
  if (type.kind === 'declared') return type;
  if (type.kind === 'array') return entityOf(type.of);
  return type.kind === 'union' ? type.of.map(entityOf).find((part) => part !== undefined) : undefined;
}

/** What stands for a body is not in one: where a function gives either, this is what it gives when it has not answered. */
function isResponse(type: Type): boolean {
  return type.kind === 'external' && type.name === 'NextResponse' && type.module === 'next/server';
}

function isAbsent(type: Type): boolean {
  return type.kind === 'undefined';
}

/** An object that the code does not name, or a list of such. */
function isAnonymous({ ref, type, properties, items }: Shape): boolean {
  return items ? isAnonymous(items) : !ref && type === 'object' && properties !== undefined;
}

function labelOf(shape: Shape): string {
  if (shape.ref) return shape.ref;
  if (shape.type === 'array' && shape.items) return `${labelOf(shape.items)}List`;
  return shape.type ? shape.type.charAt(0).toUpperCase() + shape.type.slice(1) : '';
}

/** The comment on a declaration. */
export function commentOf(node: ts.Node | undefined): Pick<Shape, 'description' | 'deprecated'> {
  const doc = node && ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc).at(-1);
  if (!doc) return {};
  const description = (ts.getTextOfJSDocComment(doc.comment) ?? '').trim();
  const deprecated = doc.tags?.some((tag) => tag.tagName.text === 'deprecated');
  return { ...(description && { description }), ...(deprecated && { deprecated }) };
}
