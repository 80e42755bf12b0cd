/** What is known of the types of an application's values, and what can be asked of them without reading more source. */
import ts from 'ts6';
import type { Shape } from '../generate/facts.ts';
import { strip } from './values.ts';

/** What the parameters of functions and generics stand for, in one call or one use of a generic type. */
export interface Scope {
  readonly id: number;
  readonly bindings: ReadonlyMap<ts.Node, Type>;
  readonly parent?: Scope;
  readonly memo: Map<ts.Node, Type>;
}

export interface Member {
  readonly type: () => Type;
  readonly optional: boolean;
  /** It is given what may not be there: the optional member of something else. */
  readonly mayLack?: () => boolean;
  /** Its declaration, for comments and decorators. */
  readonly node?: ts.Node;
  /** Part of a class, not of its values: a method or an accessor. */
  readonly isBehaviour?: boolean;
}

export type Members = ReadonlyMap<string, Member>;

/** A value of an interface, a class or a type literal. */
export interface Declared {
  readonly kind: 'declared';
  readonly node: DeclaredNode;
  readonly scope: Scope;
  readonly args: readonly Type[];
  /** Of an entity that a query gives: what the query loaded of its relations. */
  readonly loads?: Loads;
  /** Only members that class-transformer is told to expose are in the JSON. */
  readonly isExposed?: boolean;
}

export interface Loads {
  /** `comments`, `comments.user`. */
  readonly paths: readonly string[];
  /** Relations that are declared eager came too: not by a query builder. */
  readonly hasEager: boolean;
  /** No query tells: the relations that values usually carry came, but this one, which leads back to where they hang. */
  readonly back?: string;
}

export type DeclaredNode = ts.InterfaceDeclaration | ts.ClassLikeDeclaration | ts.TypeLiteralNode;
export interface External {
  readonly kind: 'external';
  readonly module: string;
  readonly name: string;
  readonly args: readonly Type[];
  /** The file that imports the type. */
  readonly from?: string;
  /** Of a query builder: the paths of what it joins, by alias. */
  readonly joins?: Readonly<Record<string, string>>;
}

export type SignatureNode = ts.SignatureDeclaration;

export type Type =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'undefined' }
  | { readonly kind: 'shape'; readonly shape: Shape }
  | { readonly kind: 'array'; readonly of: Type }
  | { readonly kind: 'tuple'; readonly items: readonly Type[] }
  | { readonly kind: 'union'; readonly of: readonly Type[] }
  /** `name` is what a generated type is called: a model of Prisma. */
  | {
      readonly kind: 'object';
      readonly members: Members;
      readonly index?: Type;
      readonly name?: string;
      /** All it has is known: a literal without spreads that could not be followed. */
      readonly isWhole?: boolean;
    }
  | Declared
  | { readonly kind: 'alias'; readonly node: ts.TypeAliasDeclaration; readonly args: readonly Type[]; readonly type: Type }
  | { readonly kind: 'function'; readonly node: SignatureNode; readonly scope: Scope }
  | { readonly kind: 'class'; readonly node: ts.ClassLikeDeclaration; readonly scope: Scope }
  | { readonly kind: 'enum'; readonly node: ts.EnumDeclaration }
  | { readonly kind: 'file'; readonly uri: string }
  /** A member of a package: `typeorm`, `getRepository`. */
  | { readonly kind: 'package'; readonly module: string; readonly member: string; readonly from?: string }
  /** A value of a package's type: `typeorm`, `Repository`, [User]. */
  | External
  /** `prisma.user`: what queries of a model start at. */
  | { readonly kind: 'delegate'; readonly model: string; readonly from?: string }
  /** A validator: what it lets in. */
  | { readonly kind: 'schema'; readonly shape: Shape; readonly optional?: boolean };

export const unknown: Type = { kind: 'unknown' };
export const nothing: Type = { kind: 'undefined' };
/** No value at all: beside others it says nothing. */
export const never: Type = { kind: 'union', of: [] };
export const shaped = (shape: Shape): Type => ({ kind: 'shape', shape });
export const text = shaped({ type: 'string' });
export const number = shaped({ type: 'number' });
export const truth = shaped({ type: 'boolean' });
export const nil = shaped({ type: 'null' });
export const date = shaped({ type: 'string', format: 'date-time' });

/** What `[]` is: a list of anything. */
export const emptyList: Type = { kind: 'array', of: unknown };

/** One of several types; equal ones once. Beside another list, an empty one says nothing. */
export function union(types: readonly Type[]): Type {
  const all = types.flatMap((type) => (type.kind === 'union' ? type.of : [type]));
  const hasList = all.some((type) => type !== emptyList && (type.kind === 'array' || type.kind === 'tuple'));
  const parts = hasList ? all.filter((type) => type !== emptyList) : all;
  const distinct = parts.filter((part, index) => parts.findIndex((other) => isSame(part, other)) === index);
  if (distinct.length === 1) return distinct[0] as Type;
  if (distinct.length === 0) return types.length > 0 ? never : unknown;
  return { kind: 'union', of: distinct };
}

/** Are two types one, as far as that is seen at once? */
export function isSame(a: Type, b: Type): boolean {
  if (a === b) return true;
  if (a.kind === 'shape' && b.kind === 'shape') return a.shape === b.shape || textOfShape(a.shape) === textOfShape(b.shape);
  if (a.kind === 'schema' && b.kind === 'schema') return a.shape === b.shape && a.optional === b.optional;
  if (a.kind === 'declared' && b.kind === 'declared')
    return (
      a.node === b.node &&
      a.isExposed === b.isExposed &&
      JSON.stringify(a.loads) === JSON.stringify(b.loads) &&
      a.args.length === 0 &&
      b.args.length === 0
    );
  if (a.kind === 'alias' && b.kind === 'alias') return a.node === b.node && a.args.length === 0 && b.args.length === 0;
  if (a.kind === 'array' && b.kind === 'array') return isSame(a.of, b.of);
  if (a.kind === 'external' && b.kind === 'external') {
    const isAlike = a.module === b.module && a.name === b.name && a.args.length === b.args.length && a.joins === b.joins;
    return isAlike && a.args.every((argument, index) => isSame(argument, b.args[index] as Type));
  }
  return a.kind === b.kind && (a.kind === 'unknown' || a.kind === 'undefined');
}

const shapeTexts = new WeakMap<Shape, string>();

function textOfShape(shape: Shape): string {
  const known = shapeTexts.get(shape) ?? JSON.stringify(shape);
  shapeTexts.set(shape, known);
  return known;
}

export function isPresent(type: Type): boolean {
  return type.kind !== 'undefined' && !(type.kind === 'shape' && type.shape.type === 'null');
}

/** A type without `null` and `undefined`. */
export function present(type: Type): Type {
  return type.kind === 'union' ? union(type.of.filter(isPresent)) : type;
}

/** The type of the items of a list. */
export function elementOf(type: Type): Type {
  if (type.kind === 'array') return type.of;
  if (type.kind === 'tuple') return union(type.items);
  if (type.kind === 'alias') return elementOf(type.type);
  if (type.kind === 'shape') return type.shape.items ? shaped(type.shape.items) : unknown;
  if (type.kind === 'union') return union(type.of.filter(isPresent).map(elementOf));
  if (type.kind === 'external' && type.module === '') {
    const [first = unknown, second = unknown] = type.args;
    return type.name === 'Map' ? { kind: 'tuple', items: [first, second] } : type.name === 'Set' ? first : unknown;
  }
  return unknown;
}

/** The texts a type allows, where it allows only certain ones. */
export function textsOf(type: Type): string[] {
  if (type.kind === 'alias') return textsOf(type.type);
  if (type.kind === 'union') {
    const parts = type.of.map(textsOf);
    return parts.every((part) => part.length > 0) ? parts.flat() : [];
  }
  if (type.kind !== 'shape') return [];
  return type.shape.enum?.every((value) => typeof value === 'string') ? (type.shape.enum as string[]) : [];
}

/** The values of an enum, or of one of its members. */
export function enumShape(node: ts.EnumDeclaration, only?: ts.EnumMember): Shape {
  const values: (string | number)[] = [];
  let next: number | undefined = 0;
  for (const item of node.members) {
    const value: string | number | undefined = item.initializer ? constant(item.initializer) : next;
    next = typeof value === 'number' ? value + 1 : undefined;
    if (value === undefined) return {};
    if (!only || only === item) values.push(value);
  }
  const type = values.every((value) => typeof value === 'string') ? 'string' : 'number';
  return values.every((value) => typeof value === type) ? { type, enum: values } : {};
}

export function constant(node: ts.Expression): string | number | undefined {
  const bare = strip(node);
  if (ts.isStringLiteralLike(bare)) return bare.text;
  if (ts.isNumericLiteral(bare)) return Number(bare.text);
  if (ts.isPrefixUnaryExpression(bare) && bare.operator === ts.SyntaxKind.MinusToken) {
    const value = constant(bare.operand);
    return typeof value === 'number' ? -value : undefined;
  }
  if (!ts.isBinaryExpression(bare)) return undefined;
  const [left, right] = [constant(bare.left), constant(bare.right)];
  if (typeof left !== 'number' || typeof right !== 'number') return undefined;
  if (bare.operatorToken.kind === ts.SyntaxKind.LessThanLessThanToken) return left << right;
  return bare.operatorToken.kind === ts.SyntaxKind.BarToken ? left | right : undefined;
}

/** A type of entities of which a query loaded these relations; undefined where that is not known. */
export function withLoads(type: Type, loads: Loads | undefined): Type {
  if (!loads) return type;
  if (type.kind === 'declared') return { ...type, loads };
  if (type.kind === 'array') return { kind: 'array', of: withLoads(type.of, loads) };
  return type.kind === 'union' ? { kind: 'union', of: type.of.map((part) => withLoads(part, loads)) } : type;
}

/** A type of classes of which only what is exposed is written. */
export function exposed(type: Type): Type {
  if (type.kind === 'declared') return ts.isClassLike(type.node) ? { ...type, isExposed: true } : type;
  if (type.kind === 'array') return { kind: 'array', of: exposed(type.of) };
  return type.kind === 'union' ? { kind: 'union', of: type.of.map(exposed) } : type;
}

const keyed = new WeakMap<ts.Node, readonly ts.Expression[]>();

/** What is assigned to a variable under names that are no names: `counts[user.id] = 3`, in the block that declares it. */
export function assignedByKey(node: ts.VariableDeclaration | ts.ParameterDeclaration): readonly ts.Expression[] {
  const name = node.name.getText();
  return givenTo(node, keyed, [`${name}[`], (child) => {
    const isSet = ts.isBinaryExpression(child) && child.operatorToken.kind === ts.SyntaxKind.EqualsToken;
    if (!isSet || !ts.isElementAccessExpression(child.left) || !ts.isIdentifier(child.left.expression)) return [];
    const isOwn = child.left.expression.text === name && !ts.isStringLiteralLike(child.left.argumentExpression);
    // A value that is made of what was there before says nothing new.
    return isOwn && !child.right.getText().includes(`${name}[`) ? [child.right] : [];
  });
}

const added = new WeakMap<ts.Node, readonly ts.Expression[]>();

/** What is put into the list that a variable holds, `rows.push(row)`, in the block that declares it. */
export function addedTo(node: ts.VariableDeclaration): readonly ts.Expression[] {
  const name = node.name.getText();
  return givenTo(node, added, [`${name}.push(`, `${name}.unshift(`], (child) => {
    const callee = ts.isCallExpression(child) ? child.expression : undefined;
    if (!ts.isCallExpression(child) || !callee || !ts.isPropertyAccessExpression(callee)) return [];
    const isOwn = ts.isIdentifier(callee.expression) && callee.expression.text === name;
    return isOwn && /^(?:push|unshift)$/.test(callee.name.text) ? child.arguments : [];
  });
}

/** What nodes of the block that declares a variable give it, each block once; `signs` are in the text of every such block. */
function givenTo(
  node: ts.VariableDeclaration | ts.ParameterDeclaration,
  all: WeakMap<ts.Node, readonly ts.Expression[]>,
  signs: readonly string[],
  given: (child: ts.Node) => readonly ts.Expression[],
): readonly ts.Expression[] {
  const known = all.get(node);
  if (known) return known;
  const found: ts.Expression[] = [];
  const visit = (child: ts.Node): void => {
    found.push(...given(child));
    ts.forEachChild(child, visit);
  };
  const block = ts.isParameter(node) ? node.parent : ts.findAncestor(node, (one) => ts.isBlock(one) || ts.isSourceFile(one));
  const isSeen = (sign: string) => {
    const at = block ? node.getSourceFile().text.indexOf(sign, block.pos) : -1;
    return block !== undefined && at >= 0 && at < block.end;
  };
  if (block && signs.some(isSeen)) visit(block);
  all.set(node, found);
  return found;
}
