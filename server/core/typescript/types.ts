/**
 * What the type of an expression is, as far as the source says it: annotations, interfaces, classes, generics, what
 * functions return, and a few libraries. Syntax only, no type checker and no installed packages; what cannot be followed is
 * unknown, never guessed. A promise of a value reads as the value, so `await` and `async` need no care.
 */
import ts from 'ts6';
import type { Shape } from '../generate/facts.ts';
import { nameShape } from '../generate/named.ts';
import { type Env, isContainer, isRequire, nameText, propertyIn, returnsOf, strip, type Value, type Values } from './values.ts';
import { isAssignment } from './code.ts';
import { isConstant, isExports, namesOfExports } from './plain.ts';
import { anyOf, isSchemaLibrary } from './schema-libraries.ts';
import { isSupabase, propertyOfSupabase } from './supabase.ts';
import { callOfLibrary, memberOfLibrary, neverthrow, typeOfLibrary } from './library-types.ts';
import {
  addedTo,
  assignedByKey,
  constant,
  type DeclaredNode,
  elementOf,
  emptyList,
  enumShape,
  isPresent,
  isSame,
  type Member,
  type Members,
  never,
  nil,
  nothing,
  number,
  present,
  type Scope,
  shaped,
  type SignatureNode,
  text,
  textsOf,
  truth,
  type Type,
  union,
  unknown,
} from './type-model.ts';
import { addedBySequelize } from './sequelize.ts';
import { calledOfDrizzle, drizzle, isDrizzle, propertyOfDrizzle } from './drizzle.ts';
import { givenByKysely, kysely } from './kysely.ts';
import { inputOfMongoose, mongoose, schemaOfMongoose } from './mongoose.ts';
import { calledOfTrpc, propertyOfTrpc, trpc } from './trpc.ts';
import { isPrismaClient, prismaEnum, prismaInput } from './prisma.ts';
import { isSqlDriver, taggedBy } from './raw-sql.ts';
import { prismaClient } from './prisma-schema.ts';
import { exportedName, member as memberOfModule, named, type Named } from './names.ts';

const maxDepth = 48;
/** How deep conditional types are followed into one another. */
const maxConditions = 6;
/** How often a function is looked into that leads to itself. */
const maxTurns = 3;
/** How deep generic types of the project are looked into for what they were given. */
const maxInferences = 4;
/** How far members that are written out of others are asked whether they may lack. */
const maxLacking = 8;
/** Of how many uses of a generic type the scope is kept. */
const maxInstances = 64;

/** A function and what the names around it stand for. */
interface Signature {
  readonly node: SignatureNode;
  readonly scope: Scope;
}

/** `Schema.shape`, `Schema.element`: schemas that a schema is made of. */
function partOfSchema({ properties, required, items, ...rest }: Shape, name: string): Type {
  if (name === 'element' && items) return { kind: 'schema', shape: items };
  // `typeof User.infer` of ArkType.
  if (name === 'infer' || name === 'inferIn' || name === 'inferOut') return shaped({ properties, required, items, ...rest });
  if (!properties || !/^(?:shape|entries|properties)$/.test(name)) return unknown;
  const part = (key: string, shape: Shape): [string, Member] => [
    key,
    { type: () => ({ kind: 'schema', shape, optional: !required?.includes(key) }), optional: false },
  ];
  return { kind: 'object', members: new Map(Object.entries(properties).map(([key, shape]) => part(key, shape))) };
}

/** The types of one reading of a project. */
export class Types {
  readonly values: Values;
  readonly root: Scope = { id: 0, bindings: new Map(), memo: new Map() };
  /** What a value of a type is in JSON, as whoever writes types says: for validators that name a type, `z.custom<Money>()`. */
  shapeOf: (type: Type) => Shape = () => ({});
  /** The scopes of environments, by their numbers. */
  readonly #environments = new Map<number, Scope>();
  /** How deep the types that arguments tell are looked for in one another. */
  #inferences = 0;
  #scopes = 0;
  #depth = 0;
  #conditions = 0;
  /** How many members are asked whether they may lack because one is that was written out of another. */
  #lacking = 0;
  /** How often the results of functions are being looked for. */
  readonly #inferring = new Map<SignatureNode, number>();
  /** What functions give back to calls that give them nothing, by scope. */
  readonly #results = new Map<SignatureNode, Map<number, Map<string, Type>>>();
  /** The scopes of generic declarations by their arguments. */
  readonly #instances = new Map<ts.Node, { readonly args: readonly Type[]; readonly scope: Scope }[]>();

  constructor(values: Values) {
    this.values = values;
  }

  scope(bindings: ReadonlyMap<ts.Node, Type>, parent: Scope): Scope {
    return { id: ++this.#scopes, bindings, parent, memo: new Map() };
  }

  /** The type of an expression. */
  of(node: ts.Expression, scope: Scope = this.root): Type {
    return this.#once(node, scope, () => this.#expression(node, scope));
  }

  /** The type an annotation means. */
  ofNode(node: ts.TypeNode, scope: Scope = this.root): Type {
    return this.#once(node, scope, () => this.#annotation(node, scope));
  }

  /** Every node once per scope; one that needs its own type has none. */
  #once(node: ts.Node, scope: Scope, read: () => Type): Type {
    const known = scope.memo.get(node);
    if (known) return known;
    if (this.#depth > maxDepth) return unknown;
    this.#depth++;
    scope.memo.set(node, unknown);
    try {
      const type = read();
      scope.memo.set(node, type);
      return type;
    } finally {
      this.#depth--;
    }
  }

  // Expressions

  #expression(whole: ts.Expression, scope: Scope): Type {
    if (ts.isAsExpression(whole) || ts.isTypeAssertionExpression(whole)) return this.#asserted(whole, scope);
    if (ts.isParenthesizedExpression(whole) || ts.isNonNullExpression(whole) || ts.isAwaitExpression(whole))
      return this.of(whole.expression, scope);
    if (ts.isSatisfiesExpression(whole)) return this.of(whole.expression, scope);
    const node = whole;
    if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) return text;
    if (ts.isNumericLiteral(node)) return number;
    if (ts.isIdentifier(node)) return this.#identifier(node, scope);
    if (ts.isPropertyAccessExpression(node)) return this.#accessed(node, scope);
    if (ts.isElementAccessExpression(node)) return this.#element(node, scope);
    if (ts.isCallExpression(node)) return this.#call(node, scope);
    if (ts.isNewExpression(node)) return this.#created(node, scope);
    if (ts.isTaggedTemplateExpression(node)) {
      const owner = this.of(node.tag, scope);
      return owner.kind === 'external' && isSqlDriver(owner.module) ? taggedBy(this, owner, node) : unknown;
    }
    if (ts.isObjectLiteralExpression(node)) return this.#literal(node, scope);
    if (ts.isArrayLiteralExpression(node)) return this.#list(node, scope);
    if (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) return { kind: 'function', node, scope };
    if (ts.isClassExpression(node)) return { kind: 'class', node, scope };
    if (ts.isConditionalExpression(node)) {
      const isSo = this.#switched(node.condition, scope);
      if (isSo !== undefined) return this.of(isSo ? node.whenTrue : node.whenFalse, scope);
      return union([this.of(node.whenTrue, scope), this.of(node.whenFalse, scope)]);
    }
    if (ts.isBinaryExpression(node)) return this.#binary(node, scope);
    if (ts.isPrefixUnaryExpression(node)) return node.operator === ts.SyntaxKind.ExclamationToken ? truth : number;
    if (ts.isPostfixUnaryExpression(node)) return number;
    if (ts.isTypeOfExpression(node)) return text;
    if (ts.isVoidExpression(node)) return nothing;
    return this.#keyword(node, scope);
  }

  /** What a switch of a function is, `{ strict = false }`, `{ strict }: Options = { strict: false }`: as it was given, or by default. */
  #switched(condition: ts.Expression, scope: Scope): boolean | undefined {
    const bare = strip(condition);
    const found = ts.isIdentifier(bare) ? named(this.values, bare, 'value') : undefined;
    const node = found?.kind === 'node' ? found.node : undefined;
    if (!node || !(ts.isParameter(node) || ts.isBindingElement(node))) return undefined;
    const bound = boundIn(scope, node);
    if (bound) {
      if (bound.kind === 'undefined') return false;
      const [value, ...more] = (bound.kind === 'shape' && bound.shape.enum) || [];
      return typeof value === 'boolean' && more.length === 0 ? value : undefined;
    }
    const owner = ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent) ? node.parent.parent : undefined;
    const whole = owner && ts.isParameter(owner) && !boundIn(scope, owner) ? owner.initializer : undefined;
    const key = ts.isBindingElement(node) ? (node.propertyName ?? node.name).getText() : '';
    const kind = (propertyIn(whole, key) ?? node.initializer)?.kind;
    return kind === ts.SyntaxKind.TrueKeyword ? true : kind === ts.SyntaxKind.FalseKeyword ? false : undefined;
  }

  #accessed(node: ts.PropertyAccessExpression, scope: Scope): Type {
    if (isExports(node)) return { kind: 'file', uri: node.getSourceFile().fileName };
    const type = this.property(this.of(node.expression, scope), node.name.text);
    if (type.kind !== 'unknown') return type;
    const owner = strip(node.expression);
    return ts.isPropertyAccessExpression(owner) && owner.name.text === 'var' ? this.#contextVariable(node, node.name.text) : type;
  }

  /** `c.var.api` of Hono: what the middlewares of the project set, `c.set('api', …)`. */
  #contextVariable(at: ts.Node, name: string): Type {
    if (!/\bhono\b/.test(at.getSourceFile().text)) return unknown;
    const found = this.values.files().flatMap((file) => settersIn(file).filter(([key]) => key === name));
    return found.length > 0 ? union(found.map(([, value]) => this.of(value))) : unknown;
  }

  /** `c.get('db')` of Hono, where `c` is what a function is given. */
  #contextValue({ expression, name }: ts.PropertyAccessExpression, { arguments: [key] }: ts.CallExpression): Type {
    const owner = strip(expression);
    if (name.text !== 'get' || !key || !ts.isStringLiteralLike(key) || !ts.isIdentifier(owner)) return unknown;
    const declared = this.values.declarationOf(owner);
    return declared && ts.isParameter(declared) ? this.#contextVariable(owner, key.text) : unknown;
  }

  #keyword(node: ts.Expression, scope: Scope): Type {
    if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword) return truth;
    if (node.kind === ts.SyntaxKind.NullKeyword) return nil;
    const owner = ts.findAncestor(node, ts.isClassLike);
    const base = owner && node.kind === ts.SyntaxKind.SuperKeyword ? this.#extended(owner) : undefined;
    if (base) return this.base(base, scope);
    return node.kind === ts.SyntaxKind.ThisKeyword ? this.#self(owner, scope) : unknown;
  }

  /** What `this` is in a class. */
  #self(owner: ts.ClassLikeDeclaration | undefined, scope: Scope): Type {
    return owner ? (boundIn(scope, owner) ?? { kind: 'declared', node: owner, scope, args: [] }) : unknown;
  }

  #asserted(node: ts.AsExpression | ts.TypeAssertion, scope: Scope): Type {
    const isConst = ts.isTypeReferenceNode(node.type) && node.type.getText() === 'const';
    const type = isConst ? unknown : this.ofNode(node.type, scope);
    if (type.kind === 'unknown') return this.of(node.expression, scope);
    // What a query chooses is better known than what its result is taken for.
    const bare = strip(node.expression);
    if (ts.isObjectLiteralExpression(bare)) {
      const written = this.of(bare, scope);
      const filled = this.#filled(type, written);
      // What is kept under a name may be given more later.
      return ts.isVariableDeclaration(node.parent) ? filled : this.#trimmed(filled, written);
    }
    if (ts.isStringLiteralLike(bare)) return type;
    const own = present(this.of(bare, scope));
    if (own.kind === 'schema') return own;
    // A row of which only the names of its columns are known says less.
    const isSaid = own.kind === 'object' && [...own.members.values()].some((member) => member.type().kind !== 'unknown');
    return isSaid ? own : type;
  }

  /** What a literal is that is taken for a type: `{ data } as Envelope`. What the type leaves open, the literal fills. */
  #filled(type: Type, literal: Type): Type {
    const [said, written] = [this.membersOf(type), this.membersOf(literal)];
    if (!said || !written || written.size === 0) return type;
    const filled = [...written].filter(([name, { type: of }]) => {
      const before = said.get(name);
      const isFilled = before && (this.#isOpen(before.type()) || before.optional || !isPresent(of()));
      return isFilled && !this.#isOpen(of());
    });
    const isMore = ([name, { type: of }]: [string, Member]) =>
      !isPresent(of()) || this.#isOpen((said.get(name) as Member).type());
    if (!filled.some(isMore)) return type;
    return { kind: 'object', members: new Map([...said, ...filled]) };
  }

  /** A type without the optional members that a value written out, `{ data }`, does not have. */
  #trimmed(type: Type, literal: Type): Type {
    const parts = literal.kind === 'union' ? literal.of.filter(isPresent) : [literal];
    const [said, written] = [this.membersOf(type), this.membersOf(literal)];
    if (!said || !written?.size || !parts.every((part) => part.kind === 'object' && part.isWhole)) return type;
    const lacking = [...said].filter(([name, { optional }]) => optional && !isSet(written.get(name))).map(([name]) => name);
    if (lacking.length === 0) return type;
    const rest = this.without(type, new Set(lacking));
    if (rest.kind !== 'object') return rest;
    // What is written is there.
    const isThere = (name: string) => isSet(written.get(name)) && !written.get(name)?.optional;
    const members = [...rest.members].map(
      ([name, member]) => [name, isThere(name) ? { ...member, optional: false } : member] as const,
    );
    return { ...rest, members: new Map(members) };
  }

  #identifier(node: ts.Identifier, scope: Scope): Type {
    if (node.text === 'undefined') return nothing;
    const found = named(this.values, node, 'value');
    return found ? this.#meant(found, scope) : { kind: 'package', module: '', member: node.text };
  }

  #meant(found: Named, scope: Scope): Type {
    if (found.kind === 'file') return found;
    if (found.kind === 'package') return found;
    return this.declared(found.node, scope);
  }

  /** The type of what a declaration declares. */
  declared(node: ts.Node, scope: Scope): Type {
    // What is kept of a class is what `this` is in it.
    const bound = ts.isClassLike(node) ? undefined : boundIn(scope, node);
    if (bound) return bound;
    // `export default wrap(handler)`
    if (ts.isExpression(node) && !ts.isClassLike(node)) return this.of(node, scope);
    return this.#once(node, scope, () => this.#declaration(node, scope));
  }

  #declaration(node: ts.Node, scope: Scope): Type {
    if (ts.isVariableDeclaration(node)) return this.#variable(node, scope);
    if (ts.isParameter(node)) return this.#parameter(node, scope);
    if (ts.isBindingElement(node)) return this.#bindingElement(node, scope);
    if (ts.isFunctionDeclaration(node)) return { kind: 'function', node, scope };
    if (ts.isClassLike(node)) return { kind: 'class', node, scope };
    if (ts.isEnumDeclaration(node)) return { kind: 'enum', node };
    return unknown;
  }

  #variable(node: ts.VariableDeclaration, scope: Scope): Type {
    const file = node.getSourceFile();
    const isTop = node.parent.parent.parent === file;
    if (isTop && namesOfExports(file).has(node.name.getText())) return { kind: 'file', uri: file.fileName };
    const written = node.type ? this.ofNode(node.type, scope) : unknown;
    const isOpenList = written.kind === 'array' && this.#isOpen(written.of);
    const saysLess = isOpenList || this.#isOpenObject(written) || isTypeOfSchema(written) || isOfMongoose(written);
    if (written.kind !== 'unknown' && !saysLess) return this.#completed(node, written, scope);
    if (node.initializer) {
      const type = this.#filledList(node, this.#built(node, this.of(node.initializer, scope), scope), scope);
      if (isOpenList && (type === emptyList || type.kind === 'unknown')) return written;
      if (type.kind === 'unknown') return this.#isOpenObject(written) ? type : written;
      if (type.kind === 'schema' && scope === this.root && ts.isIdentifier(node.name)) nameShape(type.shape, node.name.text);
      return type;
    }
    if (written.kind !== 'unknown') return written;
    const list = node.parent.parent;
    if (ts.isForOfStatement(list)) return elementOf(this.of(list.expression, scope));
    if (!ts.isIdentifier(node.name)) return unknown;
    const assigned = firstAssignment(node.getSourceFile(), node.name.text);
    return assigned ? this.of(assigned, scope) : unknown;
  }

  /** What a variable is declared to be, with what it is given where its type is of a package, or names nothing of what is in it. */
  #completed(node: ts.VariableDeclaration, written: Type, scope: Scope): Type {
    if (!node.type || !node.initializer) return written;
    const isDictionary = ts.isObjectLiteralExpression(strip(node.initializer)) && this.isDictionary(written);
    if (!isDictionary && !this.#isOutOfSight(node.type, scope)) return written;
    const given = this.#built(node, this.of(node.initializer, scope), scope);
    if (!this.membersOf(given)?.size) return written;
    return isDictionary && given.kind === 'object' ? { ...given, index: this.indexOf(written), isWhole: false } : given;
  }

  /** Does a type consist of what nobody sees? `{ rows: (Account & { isNew: boolean })[] }`, where `Account` is of a package. */
  #isOutOfSight(node: ts.TypeNode, scope: Scope): boolean {
    if (ts.isParenthesizedTypeNode(node)) return this.#isOutOfSight(node.type, scope);
    if (ts.isArrayTypeNode(node)) return this.#isOutOfSight(node.elementType, scope);
    if (ts.isIntersectionTypeNode(node)) return node.types.some((one) => this.#isOutOfSight(one, scope));
    if (ts.isTypeLiteralNode(node))
      return node.members.some((one) => ts.isPropertySignature(one) && one.type && this.#isOutOfSight(one.type, scope));
    const type = ts.isTypeReferenceNode(node) ? this.ofNode(node, scope) : undefined;
    return type?.kind === 'unknown' || (type?.kind === 'external' && !this.membersOf(type));
  }

  /** A list that is filled later: `const rows = []; for (…) rows.push({ id });`. */
  #filledList(node: ts.VariableDeclaration, start: Type, scope: Scope): Type {
    if (start !== emptyList || !ts.isIdentifier(node.name)) return start;
    const items = addedTo(node).map((one) =>
      ts.isSpreadElement(one) ? elementOf(this.of(one.expression, scope)) : this.of(one, scope),
    );
    const known = items.filter((one) => one.kind !== 'unknown');
    return known.length > 0 ? { kind: 'array', of: union(known) } : start;
  }

  /** `Record<string, unknown>`, `object`: says nothing of what is in it. */
  #isOpenObject(type: Type): boolean {
    if (type.kind === 'shape') return type.shape.type === 'object' && !type.shape.properties && !type.shape.additional;
    return this.indexOf(type)?.kind === 'unknown' && this.membersOf(type)?.size === 0;
  }

  /** An object that is put together: `const body: Record<string, unknown> = { id }; if (full) body.rest = rest;`. */
  #built(node: ts.VariableDeclaration, start: Type, scope: Scope): Type {
    const literal = node.initializer && strip(node.initializer);
    if (
      start.kind !== 'object' ||
      start.name ||
      !literal ||
      !ts.isObjectLiteralExpression(literal) ||
      !ts.isIdentifier(node.name)
    )
      return start;
    const members = new Map(start.members);
    for (const [name, value] of assignedMembers(node)) {
      const before = members.get(name);
      const types = () => [before?.type() ?? nothing, this.of(value, scope)];
      members.set(name, { type: () => union(types().filter(isPresent)), optional: true, node: before?.node });
    }
    const keyed = assignedByKey(node);
    const index = start.index ?? (keyed.length > 0 ? union(keyed.map((value) => this.of(value, scope))) : undefined);
    return { ...start, members, ...(index && { index, isWhole: false }) };
  }

  #parameter(node: ts.ParameterDeclaration, scope: Scope): Type {
    const written = node.type ? this.ofNode(node.type, scope) : unknown;
    if (written.kind !== 'unknown') return written;
    if (node.initializer) return this.of(node.initializer, scope);
    const given = this.#contextualParameter(node, scope);
    return given.kind === 'unknown' ? this.#expectedParameter(node, scope) : given;
  }

  /** What a callback is given where it is expected to be of a function type: `route({ handler: ({ user }) => … })`. */
  #expectedParameter(node: ts.ParameterDeclaration, scope: Scope): Type {
    const turn = node.parent;
    if (!ts.isArrowFunction(turn) && !ts.isFunctionExpression(turn) && !isMethodOfLiteral(turn)) return unknown;
    const expected = present(ts.isMethodDeclaration(turn) ? this.#expectedMethod(turn, scope) : this.expected(turn, scope));
    const type = expected.kind === 'alias' ? expected.type : expected;
    const parameter = type.kind === 'function' ? type.node.parameters[turn.parameters.indexOf(node)] : undefined;
    return type.kind === 'function' && parameter && ts.isParameter(parameter) && parameter.type && !parameter.dotDotDotToken
      ? this.ofNode(parameter.type, type.scope)
      : unknown;
  }

  #expectedMethod(node: ts.MethodDeclaration, scope: Scope): Type {
    const name = nameText(node.name);
    const owner = node.parent as ts.ObjectLiteralExpression;
    return name === undefined ? unknown : this.property(this.expected(owner, scope), name);
  }

  /** `list.map((item) => …)`, `value.then((it) => …)`: what the owner of the method gives its callback. */
  #contextualParameter(node: ts.ParameterDeclaration, scope: Scope): Type {
    const turn = node.parent;
    const call = ts.isArrowFunction(turn) || ts.isFunctionExpression(turn) ? parentCall(turn) : undefined;
    if (!call || !ts.isPropertyAccessExpression(call.expression)) return unknown;
    const name = call.expression.name.text;
    const index = turn.parameters.indexOf(node);
    const owner = this.of(call.expression.expression, scope);
    if (name === 'then' || name === '$transaction') return index === 0 ? owner : unknown;
    if (owner.kind === 'external' && owner.module === kysely) return index === 0 ? givenByKysely(owner, name) : unknown;
    const isClient = owner.kind === 'external' && (owner.module === drizzle || owner.module === 'typeorm');
    if (name === 'transaction' && isClient)
      return index === 0 ? (owner.module === drizzle ? owner : this.property(owner, 'manager')) : unknown;
    if (/^(?:reduce|reduceRight)$/.test(name)) {
      if (index === 1) return elementOf(owner);
      return index === 0 && call.arguments[1] ? this.of(call.arguments[1], scope) : unknown;
    }
    if (name === 'sort' || name === 'toSorted') return elementOf(owner);
    if (!callbackMethods.has(name)) return unknown;
    if (index === 0) return elementOf(owner);
    return index === 1 ? number : unknown;
  }

  #bindingElement(node: ts.BindingElement, scope: Scope): Type {
    const owner = this.declared(node.parent.parent, scope);
    if (ts.isArrayBindingPattern(node.parent)) {
      const index = node.parent.elements.indexOf(node);
      return node.dotDotDotToken ? owner : owner.kind === 'tuple' ? (owner.items[index] ?? unknown) : elementOf(owner);
    }
    if (node.dotDotDotToken) {
      const taken = node.parent.elements.flatMap((item) => nameText(item.propertyName as ts.PropertyName) ?? item.name.getText());
      return this.without(owner, new Set(taken));
    }
    const key = node.propertyName ?? node.name;
    const name = ts.isIdentifier(key) || ts.isStringLiteral(key) ? key.text : undefined;
    const type = name === undefined ? unknown : this.property(owner, name);
    if (owner.kind === 'object' && owner.isWhole && name !== undefined && !owner.members.has(name) && !node.initializer)
      return nothing;
    return type.kind === 'unknown' && node.initializer ? this.of(node.initializer, scope) : type;
  }

  #element(node: ts.ElementAccessExpression, scope: Scope): Type {
    const owner = this.of(node.expression, scope);
    const key = strip(node.argumentExpression);
    if (ts.isStringLiteralLike(key)) return this.property(owner, key.text);
    if (owner.kind === 'tuple' && ts.isNumericLiteral(key)) return owner.items[Number(key.text)] ?? unknown;
    const element = elementOf(owner);
    return element.kind === 'unknown' ? (this.indexOf(owner) ?? unknown) : element;
  }

  #binary(node: ts.BinaryExpression, scope: Scope): Type {
    const { kind } = node.operatorToken;
    if (kind === ts.SyntaxKind.QuestionQuestionToken || kind === ts.SyntaxKind.BarBarToken) {
      const sides = [present(this.of(node.left, scope)), this.of(node.right, scope)];
      return union(sides.filter(({ kind }) => kind !== 'unknown' && kind !== 'package'));
    }
    if (kind === ts.SyntaxKind.AmpersandAmpersandToken)
      return this.of(node.left, scope).kind === 'undefined' ? nothing : this.of(node.right, scope);
    if (kind === ts.SyntaxKind.CommaToken || kind === ts.SyntaxKind.EqualsToken) return this.of(node.right, scope);
    if (comparisons.has(kind)) return truth;
    if (kind !== ts.SyntaxKind.PlusToken) return number;
    const sides = [this.of(node.left, scope), this.of(node.right, scope)];
    if (sides.some((side) => side.kind === 'shape' && side.shape.type === 'string')) return text;
    return sides.every((side) => side.kind === 'shape' && side.shape.type === 'number') ? number : unknown;
  }

  #list(node: ts.ArrayLiteralExpression, scope: Scope): Type {
    if (node.elements.length === 0) return emptyList;
    const items = node.elements.map((item) =>
      ts.isSpreadElement(item) ? elementOf(this.of(item.expression, scope)) : this.of(item, scope),
    );
    return { kind: 'array', of: union(items) };
  }

  #literal(node: ts.ObjectLiteralExpression, scope: Scope): Type {
    const members = new Map<string, Member>();
    const indexes: Type[] = [];
    let isWhole = true;
    for (const property of node.properties) {
      if (ts.isSpreadAssignment(property)) {
        const spread = this.of(property.expression, scope);
        const index = this.indexOf(present(spread));
        if (index) indexes.push(index);
        isWhole &&= isWholeObject(spread);
        for (const [name, member] of this.membersOf(present(spread)) ?? []) {
          const before = members.get(name);
          // `{ a, ...rest }`: an optional part leaves what was there.
          members.set(name, before && member.optional ? { ...member, optional: before.optional } : member);
        }
        continue;
      }
      const name = nameText(property.name) ?? this.#computedName(property.name);
      if (name === undefined) {
        isWhole = false;
        if (ts.isPropertyAssignment(property)) indexes.push(this.of(property.initializer, scope));
        continue;
      }
      if (ts.isPropertyAssignment(property)) {
        const { initializer } = property;
        const mayLack = () => this.#mayLack(initializer, scope);
        members.set(name, { type: () => this.of(initializer, scope), optional: false, mayLack, node: property });
      } else if (ts.isShorthandPropertyAssignment(property)) {
        const mayLack = () => this.#mayLack(property.name, scope);
        members.set(name, { type: () => this.#shorthand(property, scope), optional: false, mayLack, node: property });
      } else if (ts.isMethodDeclaration(property)) {
        members.set(name, { type: () => ({ kind: 'function', node: property, scope }), optional: false, isBehaviour: true });
      }
    }
    return { kind: 'object', members, isWhole, ...(indexes.length > 0 && { index: union(indexes) }) };
  }

  /** Is a value the optional member of something, `order.note`, also by a name? `order.note!` says that it is there. */
  #mayLack(node: ts.Expression, scope: Scope, hops = 3): boolean {
    if (ts.isParenthesizedExpression(node)) return this.#mayLack(node.expression, scope, hops);
    if (ts.isPropertyAccessExpression(node)) return this.#isOptional(this.of(node.expression, scope), node.name.text);
    const declared = ts.isIdentifier(node) && hops > 0 ? this.values.declarationOf(node) : undefined;
    if (!declared || boundIn(scope, declared)) return false;
    if (ts.isVariableDeclaration(declared) && !declared.type && declared.initializer && isConstant(declared))
      return this.#mayLack(declared.initializer, scope, hops - 1);
    if (!ts.isBindingElement(declared) || !ts.isObjectBindingPattern(declared.parent)) return false;
    const name = nameText((declared.propertyName ?? declared.name) as ts.PropertyName);
    if (declared.initializer || declared.dotDotDotToken || name === undefined) return false;
    return this.#isOptional(this.declared(declared.parent.parent, scope), name);
  }

  #isOptional(owner: Type, name: string): boolean {
    if (owner.kind === 'alias') return this.#isOptional(owner.type, name);
    const whole = present(owner);
    // Of several types it is the one that has the member.
    if (whole.kind === 'union') return whole.of.some((part) => this.#isOptional(part, name));
    const member = this.membersOf(whole)?.get(name);
    if (!member || member.optional) return member !== undefined;
    // Objects that are written out of each other have no end.
    if (this.#lacking >= maxLacking) return false;
    this.#lacking++;
    try {
      return member.mayLack?.() === true;
    } finally {
      this.#lacking--;
    }
  }

  /** `[Key.NAME]: …`, where what the brackets hold is known. */
  #computedName(name: ts.PropertyName | undefined): string | undefined {
    return name && ts.isComputedPropertyName(name) ? this.values.text(name.expression, this.values.root) : undefined;
  }

  #shorthand(property: ts.ShorthandPropertyAssignment, scope: Scope): Type {
    const found = named(this.values, property.name, 'value');
    return found ? this.#meant(found, scope) : unknown;
  }

  #created(node: ts.NewExpression, scope: Scope): Type {
    const maker = this.of(node.expression, scope);
    if (maker.kind === 'class') return this.#constructed(maker, node, scope);
    // `new User({ … })` of a model of Mongoose.
    if (maker.kind === 'external' && maker.module === mongoose && maker.name === 'Model') return maker.args[0] ?? unknown;
    if (maker.kind !== 'package') return unknown;
    const schema = maker.module === mongoose ? schemaOfMongoose(this, maker.member, node, scope) : undefined;
    if (schema) return schema;
    const args = node.typeArguments?.map((argument) => this.ofNode(argument, scope)) ?? [];
    const [target] = node.arguments ?? [];
    if (maker.module === '' && maker.member === 'Proxy' && target) return this.of(target, scope);
    if (maker.module === '') return typeOfLibrary(this, '', maker.member, args);
    return { kind: 'external', module: maker.module, name: maker.member, args, from: maker.from };
  }

  /**
   * What a class makes for these arguments: its type parameters are what they show, and so are parameters of its constructor that say
   * nothing of what they take, which fields are set to.
   */
  #constructed(maker: Type & { kind: 'class' }, call: Construction, scope: Scope): Type {
    const { node, scope: own } = maker;
    const constructor = node.members.find(ts.isConstructorDeclaration);
    const untyped = constructor?.parameters.filter(({ type }) => !type) ?? [];
    if (!constructor || call.typeArguments || !(node.typeParameters || untyped.length > 0))
      return this.#instance(maker, call.typeArguments, scope);
    const inner = this.#callScope({ node: constructor, scope: own }, call, scope, node.typeParameters);
    const boundTo = (one: ts.Node) => inner.bindings.get(one) ?? unknown;
    const [types, values] = [(node.typeParameters ?? []).map(boundTo), untyped.map(boundTo)];
    // A mere text or number seldom tells one from another, and would be a part of its name.
    const telling = [...types, ...values.filter((type) => !isPlain(type))];
    const all = telling.length > 0 ? telling : values;
    const args = all.every(({ kind }) => kind === 'unknown') ? [] : all;
    return { kind: 'declared', node, scope: inner, args };
  }

  #instance({ node, scope: own }: Type & { kind: 'class' }, given: readonly ts.TypeNode[] | undefined, scope: Scope): Type {
    const args = (given ?? []).map((argument) => this.ofNode(argument, scope));
    return { kind: 'declared', node, scope: this.#generic(node.typeParameters, args, own), args };
  }

  /** The scope of a generic declaration of a file with these arguments; the same for the same. */
  #instantiated(node: ts.TypeAliasDeclaration | ts.InterfaceDeclaration | ts.ClassLikeDeclaration, args: readonly Type[]): Scope {
    if (!node.typeParameters?.length) return this.root;
    const known = this.#instances.get(node) ?? [];
    this.#instances.set(node, known);
    const found = known.find(
      (one) => one.args.length === args.length && one.args.every((type, at) => isSame(type, args[at] as Type)),
    );
    if (found) return found.scope;
    const scope = this.#generic(node.typeParameters, args, this.root);
    if (known.length < maxInstances) known.push({ args, scope });
    return scope;
  }

  /** The scope in which type parameters stand for these arguments, or for their defaults. */
  #generic(parameters: readonly ts.TypeParameterDeclaration[] | undefined, args: readonly Type[], scope: Scope): Scope {
    if (!parameters?.length) return scope;
    const bindings = new Map<ts.Node, Type>();
    const inner = this.scope(bindings, scope);
    for (const [index, parameter] of parameters.entries()) {
      const type = args[index] ?? (parameter.default && this.ofNode(parameter.default, inner));
      if (type) bindings.set(parameter, type);
    }
    return inner;
  }

  #call(node: ts.CallExpression, scope: Scope): Type {
    const callee = strip(node.expression);
    if (ts.isPropertyAccessExpression(callee)) {
      const owner = this.of(callee.expression, scope);
      const own = this.property(owner, callee.name.text);
      if (own.kind === 'function')
        return own.node.type?.kind === ts.SyntaxKind.ThisType ? owner : this.#returned(own, node, scope);
      const kept = owner.kind === 'unknown' ? this.#contextValue(callee, node) : unknown;
      if (kept.kind !== 'unknown') return kept;
      const made = isContainer(callee.expression, callee.name.text) ? this.#resolved(node, scope) : unknown;
      if (made.kind !== 'unknown') return made;
      if (own.kind !== 'package') return memberOfLibrary(this, present(owner), callee.name.text, node, scope);
      return callOfLibrary(this, own.module, own.member, node, scope);
    }
    if (isRequire(node)) return this.#required(node, scope);
    const target = this.of(callee, scope);
    if (target.kind === 'function') return this.#returned(target, node, scope);
    if (target.kind === 'package') return callOfLibrary(this, target.module, target.member, node, scope);
    const [first] = node.arguments;
    if (target.kind === 'external' && target.module === drizzle) return calledOfDrizzle(this, target, node, scope);
    if (target.kind === 'external' && target.module === trpc) return calledOfTrpc(this, target, node, scope);
    if (target.kind === 'external' && target.name === 'Prisma.validator' && first) return this.of(first, scope);
    return unknown;
  }

  /** What CommonJS's `require` gives: the members of a file, or what it exports in one. */
  #required(node: ts.CallExpression, scope: Scope): Type {
    const [specifier] = node.arguments;
    const found = specifier && memberOfModule(this.values, specifier, node.getSourceFile().fileName, '*', 'value');
    const file = found?.kind === 'file' ? this.values.file(found.uri) : undefined;
    const isWhole = file && exportsWhole(file);
    const whole = isWhole ? exportedName(this.values, file.fileName, 'default', 'value') : undefined;
    return whole ? this.#meant(whole, this.root) : found ? this.#meant(found, scope) : unknown;
  }

  /** `container.get(OrderService)`, `container.get<Logger>('logger')`: what a container makes. */
  #resolved(call: ts.CallExpression, scope: Scope): Type {
    const [stated] = call.typeArguments ?? [];
    const [token] = call.arguments;
    return stated ? this.ofNode(stated, scope) : token ? instanceOf(this.of(token, scope)) : unknown;
  }

  /** What a function gives back: as declared, else as its body says. */
  #returned(target: Type & { kind: 'function' }, call: ts.CallExpression, scope: Scope): Type {
    const { node, scope: own } = target;
    const inner = this.#callScope(target, call, scope);
    const result = this.#result(node, inner);
    const { body } = node as ts.FunctionLikeDeclaration;
    if (!body || !(node.typeParameters || this.isWeak(result))) return result;
    const refined = this.isWeak(result) ? this.#refined(result, node, call, scope, own) : result;
    // An envelope has what the function puts in: `{ data }` of `{ data?: T; error?: Failure }`.
    const isOpen = node.type && [...(this.membersOf(refined)?.values() ?? [])].some(({ optional }) => optional);
    return isOpen ? this.#trimmed(refined, this.#inferred(node, inner)) : refined;
  }

  /** The scope of what runs in an environment: what the calls that led there gave the functions around it. */
  within({ id, owner, parent, caller, call, bindings }: Env): Scope {
    const known = this.#environments.get(id);
    if (known) return known;
    const outer = parent ? this.within(parent) : this.root;
    this.#environments.set(id, outer);
    if (!call || !caller || !owner || !ts.isFunctionLike(owner)) {
      // A turn of a loop: what its variable stands for is written out in the list.
      const isItem = (node: ts.Node) => ts.isVariableDeclaration(node) || (ts.isParameter(node) && node.parent === owner);
      const items = [...bindings].flatMap(([node, value]): [ts.Node, Type][] =>
        value.kind === 'object' && isItem(node) ? [[node, this.of(value.node, this.within(value.env))]] : [],
      );
      if (items.length > 0) this.#environments.set(id, this.scope(new Map(items), outer));
      return this.#environments.get(id) as Scope;
    }
    const scope = this.#callScope({ node: owner, scope: outer }, call, this.within(caller));
    this.#environments.set(id, scope);
    return scope;
  }

  /** The scope of one call of a function that is generic. */
  scopeOf({ node, env }: Value & { kind: 'function' }, call: ts.CallExpression, scope: Scope): Scope {
    const around = this.within(env);
    const callee = strip(call.expression);
    const on = ts.isClassLike(node.parent) && ts.isPropertyAccessExpression(callee) ? callee.expression : undefined;
    const isSuper = on?.kind === ts.SyntaxKind.SuperKeyword;
    const receiver = on ? (isSuper ? this.#self(ts.findAncestor(on, ts.isClassLike), scope) : this.of(on, scope)) : unknown;
    // What was made with arguments that tell more than its class.
    const isMore = receiver.kind === 'declared' && receiver.scope !== this.root;
    const outer = isMore ? this.scope(new Map([...receiver.scope.bindings, [node.parent, receiver]]), around) : around;
    return node.typeParameters ? this.#callScope({ node, scope: outer }, call, scope) : outer;
  }

  /** The parameters, or parts of one, that a call leaves out and that have no default: `{ meta }` where `{ data }` is given. */
  absentIn(parameter: ts.ParameterDeclaration, call: Construction, scope: Scope): ts.Node[] {
    const { parent } = parameter;
    const given: readonly ts.Expression[] = call.arguments ?? [];
    if (parameter.initializer || parameter.dotDotDotToken || given.some(ts.isSpreadElement)) return [];
    const argument = given[parent.parameters.indexOf(parameter as ts.ParameterDeclaration & ts.JSDocParameterTag)];
    if (!argument) return isAsGiven(parameter, parent) ? [parameter] : [];
    const pattern = ts.isObjectBindingPattern(parameter.name) ? parameter.name : undefined;
    const parts = pattern?.elements.filter((one) => isAsGiven(one, parent)) ?? [];
    const members = parts.length > 0 ? this.#allMembers(this.of(argument, scope)) : undefined;
    return members ? parts.filter((one) => !members.has(nameText(one.propertyName) ?? one.name.getText())) : [];
  }

  /** All that a value has; undefined where it may have more than is known. */
  #allMembers(type: Type): Members | undefined {
    if (type.kind === 'alias') return this.#allMembers(type.type);
    if (type.kind === 'union') return type.of.every((part) => this.#allMembers(part)) ? this.#unionMembers(type) : undefined;
    const isKnown = type.kind === 'object' ? type.isWhole : type.kind === 'declared' && !ts.isClassLike(type.node);
    const members = isKnown && !this.indexOf(type) ? this.membersOf(type) : undefined;
    return members?.size ? members : undefined;
  }

  /** The scope in which type parameters and untyped parameters stand for what one call gives them. */
  #callScope(
    { node, scope: own }: Signature,
    call: Construction,
    scope: Scope,
    parameters: readonly ts.TypeParameterDeclaration[] = node.typeParameters ?? [],
  ): Scope {
    const bindings = new Map<ts.Node, Type>();
    const inner = this.scope(bindings, own);
    // A function that is called by a name of another type has other type parameters than that.
    const stated = parameters.slice(call.typeArguments?.length).every((one) => one.default) ? (call.typeArguments ?? []) : [];
    for (const [index, parameter] of parameters.entries()) {
      const given = stated[index];
      if (given) bindings.set(parameter, this.ofNode(given, scope));
    }
    for (const [index, parameter] of node.parameters.entries()) {
      const argument = call.arguments?.[index];
      if (!ts.isParameter(parameter)) continue;
      for (const absent of this.absentIn(parameter, call, scope)) bindings.set(absent, nothing);
      if (!argument || ts.isSpreadElement(argument)) continue;
      if (!parameter.type || parameter.type.kind === ts.SyntaxKind.AnyKeyword) {
        const type = this.of(argument, scope);
        if (type.kind !== 'unknown') bindings.set(parameter, type);
      } else if (isTypeOfSchema(this.ofNode(parameter.type, own))) {
        const type = this.of(argument, scope);
        if (type.kind !== 'schema') continue;
        bindings.set(parameter, type);
        // `named<T extends ZodType>(name: string, schema: T): T`
        this.#infer(parameter.type, () => type, bindings);
      } else {
        const type = this.#moreOf(this.ofNode(parameter.type, own), argument, scope);
        if (type) bindings.set(parameter, type);
        if (parameters.length > 0 && stated.length === 0) this.#infer(parameter.type, () => this.of(argument, scope), bindings);
      }
    }
    for (const parameter of parameters) {
      const otherwise = parameter.default ?? parameter.constraint;
      if (!bindings.has(parameter)) bindings.set(parameter, otherwise ? this.ofNode(otherwise, inner) : unknown);
    }
    return inner;
  }

  /** Is a function wanted that may give back anything: `(req: Request) => Promise<any>`? The one that is given says more. */
  #leavesOpen(type: Type): boolean {
    const own = type.kind === 'alias' ? type.type : type;
    if (own.kind !== 'function' || !ts.isFunctionTypeNode(own.node)) return false;
    const result = this.ofNode(own.node.type, own.scope);
    return (result.kind === 'union' ? result.of : [result]).every((one) => this.#isOpen(one) || isResponse(one));
  }

  /**
   * What an argument says more than the type that is wanted: a class, `Base(User)` of `dto: Type<T>`; a function, or functions of an
   * object, that leave open what they give back.
   */
  #moreOf(wanted: Type, argument: ts.Expression, scope: Scope): Type | undefined {
    if (this.#leavesOpen(wanted)) {
      const type = this.of(argument, scope);
      return type.kind === 'function' ? type : undefined;
    }
    if (ts.isIdentifier(argument)) {
      const type = this.of(argument, scope);
      return type.kind === 'class' ? type : undefined;
    }
    if (!ts.isObjectLiteralExpression(argument)) return undefined;
    const members = [...(this.membersOf(wanted) ?? [])];
    if (!members.some(([, member]) => this.#leavesOpen(member.type()))) return undefined;
    const given = this.membersOf(this.of(argument, scope));
    const own = members.map(([name, member]): [string, Member] => [
      name,
      (this.#leavesOpen(member.type()) && given?.get(name)) || member,
    ]);
    return { kind: 'object', members: new Map(own) };
  }

  /** Does a type leave open what some of its members are? `{ data: any }`, an envelope. */
  isWeak(type: Type): boolean {
    return [...(this.membersOf(type)?.values() ?? [])].some((member) => !member.isBehaviour && this.#isOpen(member.type()));
  }

  /** Is nothing known of a value but that it is an object? */
  #isOpen(type: Type): boolean {
    const own = present(type);
    return own.kind === 'unknown' || this.#isOpenObject(own);
  }

  /** Is it said of an object what is in it, but of no name that it is there? `Record<string, string | number>` */
  isDictionary(type: Type): boolean {
    return this.indexOf(type) !== undefined && this.membersOf(type)?.size === 0;
  }

  /**
   * What a constructor makes where its parameters stand for what the scope says: the fields whose declarations leave open what
   * they hold, with what is assigned to them.
   */
  made(maker: ts.ConstructorDeclaration, scope: Scope): Type | undefined {
    const owner = maker.parent;
    const members = new Map(this.membersOf({ kind: 'declared', node: owner, scope: this.root, args: [] }) ?? []);
    let isMore = false;
    for (const [name, value] of fieldsAssigned(maker)) {
      const before = members.get(name);
      if (before && !this.#isOpen(before.type()) && !this.isDictionary(before.type())) continue;
      members.set(name, {
        type: () => (ts.isParameter(value) ? this.declared(value, scope) : this.of(value, scope)),
        optional: false,
      });
      isMore = true;
    }
    return isMore ? { kind: 'object', members } : undefined;
  }

  /** What an envelope holds in one call: what its declaration leaves open, as its body fills it with the arguments. */
  #refined(weak: Type, node: SignatureNode, call: ts.CallExpression, scope: Scope, own: Scope): Type {
    const bindings = new Map<ts.Node, Type>();
    for (const [index, parameter] of node.parameters.entries()) {
      const argument = call.arguments[index];
      if (!argument || ts.isSpreadElement(argument) || !ts.isParameter(parameter) || parameter.dotDotDotToken) continue;
      const written = parameter.type ? this.ofNode(parameter.type, own) : unknown;
      if (this.#isOpen(written) || this.isWeak(written)) bindings.set(parameter, this.of(argument, scope));
    }
    return bindings.size === 0 ? weak : this.#filled(weak, this.#inferred(node, this.scope(bindings, own)));
  }

  /** What a callback gives back. */
  callback(node: ts.Expression | undefined, scope: Scope): Type {
    const type = node ? this.of(node, scope) : unknown;
    return type.kind === 'function' ? this.#result(type.node, type.scope) : unknown;
  }

  /** What a function gives back when its parameters stand for what the scope says. */
  result(type: Type & { kind: 'function' }): Type {
    return this.#result(type.node, type.scope);
  }

  #result(node: SignatureNode, scope: Scope): Type {
    const written = node.type ? this.ofNode(node.type, scope) : unknown;
    // `z.ZodObject<…>` says less of a schema than the code that makes it.
    const isOpen = written.kind === 'unknown' || isTypeOfSchema(written) || this.#isOpenObject(written);
    return isOpen ? this.#inferred(node, scope) : written;
  }

  /** What the body of a function returns; one that calls itself is followed a few times. */
  #inferred(node: SignatureNode, scope: Scope): Type {
    const body = (node as ts.FunctionLikeDeclaration).body;
    const turns = this.#inferring.get(node) ?? 0;
    if (!body || turns >= maxTurns) return unknown;
    // Calls that give a function nothing are one; of functions that lead to one another, as far as they have led.
    const isAlike = scope.parent !== undefined && scope.bindings.size === 0 && this.#depth < maxDepth / 2;
    const known = isAlike ? this.#alike(node, scope.parent) : undefined;
    const way = isAlike
      ? [...this.#inferring].map(([one, count]) => `${one.getSourceFile().fileName}#${one.pos}*${count}`).join()
      : '';
    const before = known?.get(way);
    if (before) return before;
    this.#inferring.set(node, turns + 1);
    try {
      const type = this.#returnedBy(body, scope);
      known?.set(way, type);
      return type;
    } finally {
      if (turns > 0) this.#inferring.set(node, turns);
      else this.#inferring.delete(node);
    }
  }

  #returnedBy(body: ts.ConciseBody, scope: Scope): Type {
    if (!ts.isBlock(body)) return this.of(body, scope);
    const returned = returnsOf(body);
    const results = union(returned.map((expression) => this.of(expression, scope)));
    return returned.length === 0 ? nothing : eitherSchema(results);
  }

  /** What a function was found to give back in a scope by calls that give it nothing, by the functions that led there. */
  #alike(node: SignatureNode, scope: Scope): Map<string, Type> {
    const all = this.#results.get(node) ?? new Map<number, Map<string, Type>>();
    this.#results.set(node, all);
    const found = all.get(scope.id) ?? new Map<string, Type>();
    all.set(scope.id, found);
    return found;
  }

  /** Binds the type parameters a parameter's annotation mentions to what the argument shows of them. */
  #infer(node: ts.TypeNode | ts.InterfaceDeclaration, argument: () => Type, bindings: Map<ts.Node, Type>): void {
    if (ts.isArrayTypeNode(node)) {
      this.#infer(node.elementType, () => elementOf(argument()), bindings);
    } else if (ts.isTypeReferenceNode(node) && ts.isIdentifier(node.typeName)) {
      const found = named(this.values, node.typeName, 'type');
      if (found?.kind === 'node' && ts.isTypeParameterDeclaration(found.node)) {
        const type = argument();
        if (!bindings.has(found.node) && type.kind !== 'unknown') bindings.set(found.node, type);
        return;
      }
      const declared = found?.kind === 'node' ? found.node : undefined;
      const isOwn = declared && (ts.isTypeAliasDeclaration(declared) || ts.isInterfaceDeclaration(declared));
      if (isOwn && declared.typeParameters && this.#inferDeclared(declared, node.typeArguments ?? [], argument, bindings)) return;
      // Whose members do not tell is not what it is a type of.
      if (isOwn && (ts.isInterfaceDeclaration(declared) || ts.isTypeLiteralNode(declared.type))) return;
      for (const inner of node.typeArguments ?? []) {
        this.#infer(
          inner,
          () => {
            const type = argument();
            if (type.kind === 'class') return instanceOf(type);
            // A promise of a list reads as the list.
            if (promises.test(node.typeName.getText())) return type;
            if (type.kind === 'array') return type.of;
            return type.kind === 'external' ? (type.args[0] ?? unknown) : type;
          },
          bindings,
        );
      }
    } else if (ts.isConstructorTypeNode(node)) {
      this.#infer(node.type, () => instanceOf(argument()), bindings);
    } else if (ts.isUnionTypeNode(node) || ts.isIntersectionTypeNode(node)) {
      for (const part of node.types) this.#infer(part, argument, bindings);
    } else if (ts.isTypeLiteralNode(node) || ts.isInterfaceDeclaration(node)) {
      // `{ schema: S; handler: (input: Output<S>) => T }`: a function shows what it gives back, not what it is given.
      for (const item of node.members) {
        const name = nameText(item.name);
        if (!ts.isPropertySignature(item) || !item.type || name === undefined) continue;
        this.#infer(item.type, () => this.property(argument(), name), bindings);
      }
    } else if (ts.isFunctionTypeNode(node)) {
      const result = () => {
        const type = argument();
        return type.kind === 'function' ? this.result(type) : unknown;
      };
      this.#infer(node.type, result, bindings);
    }
  }

  /** What a generic type of the project, `Endpoint<Body, Answer>`, is given, by what its members are; false where they do not tell. */
  #inferDeclared(
    node: ts.TypeAliasDeclaration | ts.InterfaceDeclaration,
    given: readonly ts.TypeNode[],
    argument: () => Type,
    bindings: Map<ts.Node, Type>,
  ): boolean {
    if (this.#inferences > maxInferences) return false;
    const own = new Map<ts.Node, Type>();
    const type = argument();
    if ((type.kind === 'declared' || type.kind === 'alias') && type.node === node) {
      for (const [index, parameter] of (node.typeParameters ?? []).entries()) {
        const known = type.args[index];
        if (known) own.set(parameter, known);
      }
    } else {
      this.#inferences++;
      this.#infer(ts.isInterfaceDeclaration(node) ? node : node.type, argument, own);
      this.#inferences--;
    }
    for (const [index, parameter] of (node.typeParameters ?? []).entries()) {
      const [known, inner] = [own.get(parameter), given[index]];
      if (known && inner) this.#infer(inner, () => known, bindings);
    }
    return own.size > 0;
  }

  // Annotations

  #annotation(node: ts.TypeNode, scope: Scope): Type {
    const keyword = keywords.get(node.kind);
    if (keyword) return keyword;
    if (ts.isLiteralTypeNode(node)) return literalType(node.literal);
    if (ts.isArrayTypeNode(node)) return { kind: 'array', of: this.ofNode(node.elementType, scope) };
    if (ts.isTupleTypeNode(node)) {
      const items = node.elements.map((item) => this.ofNode(ts.isNamedTupleMember(item) ? item.type : item, scope));
      return { kind: 'tuple', items };
    }
    if (ts.isParenthesizedTypeNode(node)) return this.ofNode(node.type, scope);
    if (ts.isUnionTypeNode(node)) return union(this.#besideAnswers(node).map((part) => this.ofNode(part, scope)));
    if (ts.isIntersectionTypeNode(node)) return this.#intersection(node.types.map((part) => this.ofNode(part, scope)));
    if (ts.isTypeLiteralNode(node)) return { kind: 'declared', node, scope, args: [] };
    if (ts.isFunctionTypeNode(node) || ts.isConstructorTypeNode(node)) return { kind: 'function', node, scope };
    if (ts.isTypePredicateNode(node)) return truth;
    if (ts.isTemplateLiteralTypeNode(node)) return text;
    if (ts.isTypeReferenceNode(node)) return this.#reference(node.typeName, node.typeArguments, scope);
    if (ts.isTypeQueryNode(node)) {
      const of = this.#queried(node.exprName, scope);
      if (of.kind !== 'package' || !isDrizzle(of.module)) return of;
      const args = (node.typeArguments ?? []).map((argument) => this.ofNode(argument, scope));
      return { kind: 'external', module: drizzle, name: of.member, args };
    }
    if (ts.isTypeOperatorNode(node))
      return node.operator === ts.SyntaxKind.KeyOfKeyword
        ? this.#keys(this.ofNode(node.type, scope))
        : this.ofNode(node.type, scope);
    if (ts.isIndexedAccessTypeNode(node)) return this.#indexed(node, scope);
    if (ts.isMappedTypeNode(node)) return this.#mapped(node, scope);
    if (ts.isConditionalTypeNode(node)) return this.#conditional(node, scope);
    if (ts.isImportTypeNode(node)) return this.#importType(node);
    if (ts.isOptionalTypeNode(node) || ts.isRestTypeNode(node)) return this.ofNode(node.type, scope);
    return unknown;
  }

  /** The parts of a union beside the platform's `Response`: what goes on is what a function gives when it has not answered. */
  #besideAnswers({ types }: ts.UnionTypeNode): readonly ts.TypeNode[] {
    const others = types.filter((part) => {
      const name = ts.isTypeReferenceNode(part) && ts.isIdentifier(part.typeName) ? part.typeName : undefined;
      return name?.text !== 'Response' || named(this.values, name, 'type') !== undefined;
    });
    return others.length > 0 ? others : types;
  }

  /** The type a name means: declared in the project, or known of a package or of the language. */
  #reference(name: ts.EntityName, given: readonly ts.TypeNode[] | undefined, scope: Scope): Type {
    const args = () => (given ?? []).map((argument) => this.ofNode(argument, scope));
    const found = ts.isIdentifier(name) ? named(this.values, name, 'type') : this.#qualified(name);
    if (!found) return ts.isIdentifier(name) ? typeOfLibrary(this, '', name.text, args()) : unknown;
    if (found.kind === 'package') return typeOfLibrary(this, found.module, found.member, args(), found.from);
    if (found.kind === 'file') return unknown;
    return this.#declaredType(found.node, args, scope);
  }

  #declaredType(node: ts.Node, args: () => Type[], scope: Scope): Type {
    const bound = ts.isClassLike(node) ? undefined : boundIn(scope, node);
    if (bound) return bound;
    if (ts.isTypeParameterDeclaration(node)) return node.constraint ? this.ofNode(node.constraint, scope) : unknown;
    if (ts.isInterfaceDeclaration(node) || ts.isClassLike(node)) {
      const given = args();
      return { kind: 'declared', node, scope: this.#instantiated(node, given), args: given };
    }
    if (ts.isTypeAliasDeclaration(node)) {
      const given = args();
      const inner = this.#instantiated(node, given);
      const type = this.ofNode(node.type, inner);
      return type.kind === 'unknown' ? unknown : { kind: 'alias', node, args: given, type };
    }
    if (ts.isEnumDeclaration(node)) return shaped(enumShape(node));
    if (ts.isEnumMember(node)) return shaped(enumShape(node.parent, node));
    return unknown;
  }

  #qualified(name: ts.QualifiedName): Named | undefined {
    const left = ts.isIdentifier(name.left) ? named(this.values, name.left, 'type') : this.#qualified(name.left);
    const right = name.right.text;
    if (left?.kind === 'file') return exportedName(this.values, left.uri, right, 'type');
    if (left?.kind === 'package') {
      const isWhole = left.member === '*' || left.member === 'default';
      return { ...left, member: isWhole ? right : `${left.member}.${right}` };
    }
    if (left?.kind === 'node' && ts.isEnumDeclaration(left.node)) {
      const node = left.node.members.find((item) => nameText(item.name) === right);
      return node && { kind: 'node', node };
    }
    if (left?.kind === 'node' && ts.isModuleDeclaration(left.node) && left.node.body && ts.isModuleBlock(left.node.body)) {
      const found = left.node.body.statements.find(
        (item) => (ts.isInterfaceDeclaration(item) || ts.isTypeAliasDeclaration(item)) && item.name.text === right,
      );
      return found && { kind: 'node', node: found };
    }
    return undefined;
  }

  #queried(name: ts.EntityName, scope: Scope): Type {
    if (ts.isIdentifier(name)) return this.#identifier(name, scope);
    return this.property(this.#queried(name.left, scope), name.right.text);
  }

  #intersection(parts: readonly Type[]): Type {
    const known = parts.filter((part) => part.kind !== 'unknown');
    if (known.length === 1) return known[0] as Type;
    const members = new Map<string, Member>();
    for (const part of known) for (const [name, member] of this.membersOf(part) ?? []) members.set(name, member);
    return members.size > 0 ? { kind: 'object', members } : unknown;
  }

  #keys(type: Type): Type {
    const members = this.membersOf(type);
    return members && members.size > 0 ? shaped({ type: 'string', enum: [...members.keys()] }) : text;
  }

  #indexed(node: ts.IndexedAccessTypeNode, scope: Scope): Type {
    const owner = this.ofNode(node.objectType, scope);
    const index = this.ofNode(node.indexType, scope);
    if (index.kind === 'shape' && index.shape.type === 'number' && !index.shape.enum) return elementOf(owner);
    const names = textsOf(index);
    if (names.length > 0) return union(names.map((name) => this.property(owner, name)));
    return this.indexOf(owner) ?? unknown;
  }

  /** `{ [K in keyof T]?: … }` and `{ [K in 'a' | 'b']: … }`; over the members of a type, what was optional stays so. */
  #mapped(node: ts.MappedTypeNode, scope: Scope): Type {
    const { constraint } = node.typeParameter;
    const over = constraint && this.ofNode(constraint, scope);
    const value = node.type;
    if (!over || !value) return unknown;
    const isKeys = ts.isTypeOperatorNode(constraint) && constraint.operator === ts.SyntaxKind.KeyOfKeyword;
    const of = isKeys ? this.ofNode(constraint.type, scope) : unknown;
    if (isList(of)) return { kind: 'array', of: this.ofNode(value, this.scope(new Map([[node.typeParameter, number]]), scope)) };
    const before = this.membersOf(of);
    const at = (key: Type) => this.ofNode(value, this.scope(new Map([[node.typeParameter, key]]), scope));
    const keyed = (name: string) => shaped({ type: 'string', enum: [name] });
    const sign = node.questionToken?.kind;
    const names = textsOf(over);
    if (names.length === 0) return { kind: 'object', members: new Map(), index: at(text) };
    const members = names.flatMap((name): [string, Member][] => {
      const renamed = node.nameType
        ? textsOf(this.ofNode(node.nameType, this.scope(new Map([[node.typeParameter, keyed(name)]]), scope)))
        : [name];
      const known = before?.get(name);
      if (known?.isBehaviour) return [];
      const optional = sign === ts.SyntaxKind.MinusToken ? false : sign !== undefined || known?.optional === true;
      return renamed.map((own) => [own, { type: () => at(keyed(name)), optional, node: known?.node }]);
    });
    return { kind: 'object', members: new Map(members) };
  }

  /** `T extends Date ? string : T`: for every part of a union by itself; unknown where that cannot be told. */
  #conditional(node: ts.ConditionalTypeNode, scope: Scope): Type {
    // Types that compute lead deep, and wide.
    if (this.#conditions >= maxConditions) return unknown;
    this.#conditions++;
    try {
      return this.#decided(node, scope);
    } finally {
      this.#conditions--;
    }
  }

  #isColumn(node: ts.TypeNode): boolean {
    const name = ts.isTypeReferenceNode(node) && ts.isIdentifier(node.typeName) ? node.typeName : undefined;
    const found = name?.text === 'ColumnType' ? named(this.values, name, 'type') : undefined;
    return found?.kind === 'package' && found.module === kysely;
  }

  #decided(node: ts.ConditionalTypeNode, scope: Scope): Type {
    const { checkType } = node;
    const parameter =
      ts.isTypeReferenceNode(checkType) && ts.isIdentifier(checkType.typeName)
        ? named(this.values, checkType.typeName, 'type')
        : undefined;
    const isNaked = parameter?.kind === 'node' && ts.isTypeParameterDeclaration(parameter.node);
    const whole = this.ofNode(checkType, scope);
    const checked = whole.kind === 'alias' && whole.type.kind === 'union' ? whole.type : whole;
    const parts = isNaked && checked.kind === 'union' ? checked.of : [checked];
    const results = parts.map((part) => {
      const bindings = new Map<ts.Node, Type>(isNaked ? [[parameter.node, part]] : []);
      const inner = this.scope(bindings, scope);
      // A column of Kysely is what it is read as, and no `ColumnType` any more.
      const isSo = this.#isColumn(node.extendsType) ? false : this.#extends(part, node.extendsType, inner, bindings);
      return isSo === undefined ? unknown : this.ofNode(isSo ? node.trueType : node.falseType, inner);
    });
    return results.some(({ kind }) => kind === 'unknown') ? unknown : union(results);
  }

  /** Is a value of a type one of another, as far as the kinds of both tell? What `infer` names is bound. */
  #extends(type: Type, node: ts.TypeNode, scope: Scope, bindings: Map<ts.Node, Type>): boolean | undefined {
    const bare = type.kind === 'alias' ? type.type : type;
    const infers = (one: ts.TypeNode, is: Type): boolean => {
      if (!ts.isInferTypeNode(one)) return false;
      bindings.set(one.typeParameter, is);
      return true;
    };
    const name = ts.isTypeReferenceNode(node) && ts.isIdentifier(node.typeName) ? node.typeName.text : '';
    const [argument] = ts.isTypeReferenceNode(node) ? (node.typeArguments ?? []) : [];
    const item = ts.isArrayTypeNode(node) ? node.elementType : /^(?:Readonly)?Array$/.test(name) ? argument : undefined;
    const element = item && ts.isParenthesizedTypeNode(item) ? item.type : item;
    if (bare.kind === 'unknown' || bare.kind === 'external') return undefined;
    if (element) {
      if (!isList(bare)) return false;
      const isAny = element.kind === ts.SyntaxKind.AnyKeyword || element.kind === ts.SyntaxKind.UnknownKeyword;
      return infers(element, elementOf(bare)) || isAny || undefined;
    }
    // A promise reads as its value.
    if (/^Promise(?:Like)?$/.test(name)) return argument && infers(argument, type) ? true : undefined;
    if (name === 'Function' || ts.isFunctionTypeNode(node))
      return bare.kind === 'function' ? (node.kind === ts.SyntaxKind.FunctionType ? undefined : true) : false;
    const isDate = bare.kind === 'shape' && bare.shape.format === 'date-time';
    if (name === 'Date') return isDate;
    if (bare.kind === 'function') return false;
    const other = this.ofNode(node, scope);
    if (other.kind === 'undefined') return bare.kind === 'undefined';
    if (bare.kind === 'undefined') return false;
    if (node.kind === ts.SyntaxKind.ObjectKeyword || name === 'Record')
      return bare.kind !== 'shape' || isDate || bare.shape.type === 'object' || bare.shape.type === 'array';
    if (other.kind !== 'shape' || other.shape.properties) {
      const isPlain = bare.kind === 'shape' && bare.shape.type !== 'object' && !isDate;
      return isPlain && other.kind !== 'unknown' && other.kind !== 'union' ? false : undefined;
    }
    // A `Date` is written as a text, and is none.
    if (isDate || bare.kind !== 'shape') return false;
    if (bare.shape.type !== other.shape.type) return false;
    const values = other.shape.enum;
    return !values || (bare.shape.enum?.every((one) => values.includes(one)) ?? false);
  }

  // Members

  /** What a value of a type has by name; behaviour of classes included. Undefined where the type is no object. */
  membersOf(type: Type): Members | undefined {
    if (type.kind === 'object') return type.members;
    if (type.kind === 'alias') return this.membersOf(type.type);
    if (type.kind === 'declared') return this.#declaredMembers(type.node, type.scope);
    if (type.kind === 'shape' && type.shape.properties) {
      const { properties, required = [] } = type.shape;
      return new Map(
        Object.entries(properties).map(([name, shape]) => [
          name,
          { type: () => shaped(shape), optional: !required.includes(name) },
        ]),
      );
    }
    if (type.kind === 'union') return this.#unionMembers(type);
    if (type.kind === 'file') {
      const names = this.values
        .exportsOf(type.uri)
        .map((name): [string, Member] => [name, { type: () => this.property(type, name), optional: false }]);
      return new Map(names);
    }
    return undefined;
  }

  /** What all the parts of a union have, each name once; optional where a part lacks it. */
  #unionMembers(type: Type & { kind: 'union' }): Members | undefined {
    const parts = type.of.filter(isPresent).map((part) => this.membersOf(part));
    if (parts.length === 0 || parts.includes(undefined)) return undefined;
    const members = new Map<string, Member>();
    for (const name of new Set(parts.flatMap((part) => [...(part as Members).keys()]))) {
      const found = parts.flatMap((part) => part?.get(name) ?? []);
      const isEverywhere = found.length === parts.length && type.of.every(isPresent);
      members.set(name, {
        ...(found[0] as Member),
        type: () => union(found.map((one) => one.type())),
        optional: !isEverywhere || found.some((one) => one.optional),
      });
    }
    return members;
  }

  #declaredMembers(node: DeclaredNode, scope: Scope): Members {
    const members = new Map<string, Member>();
    if (!ts.isTypeLiteralNode(node)) {
      for (const clause of node.heritageClauses ?? []) {
        if (clause.token !== ts.SyntaxKind.ExtendsKeyword && ts.isClassLike(node)) continue;
        for (const base of clause.types) {
          const type = this.base(base, scope);
          const kept = ts.isClassLike(node) ? addedBySequelize(type, node) : [];
          for (const [name, member] of this.membersOf(type) ?? kept) members.set(name, member);
        }
      }
    }
    for (const item of node.members) for (const [name, member] of this.#member(item, scope)) members.set(name, member);
    if (ts.isClassLike(node))
      for (const [name, value] of setByConstructor(node))
        if (!members.has(name)) members.set(name, { type: () => this.of(value, scope), optional: false });
    return members;
  }

  /** The instance that a class extends, with what its type parameters stand for there. */
  base(node: ts.ExpressionWithTypeArguments, scope: Scope): Type {
    const name = entityName(node.expression);
    const type = name ? this.#reference(name, node.typeArguments, scope) : unknown;
    if (type.kind !== 'unknown') return type;
    // `extends PartialType(User)`: a call that makes a class.
    const made = this.of(node.expression, scope);
    const stated = this.#madeBy(made);
    if (stated) return stated.kind === 'schema' ? shaped(stated.shape) : stated;
    return made.kind === 'class' ? this.#instance(made, node.typeArguments, scope) : made;
  }

  /** What `new` makes of a value: as its type says, `{ new (): T }`; of a class without fields that holds a schema, what that lets in. */
  #madeBy(type: Type): Type | undefined {
    if (type.kind === 'alias') return this.#madeBy(type.type);
    if (type.kind === 'schema') return type;
    if (type.kind === 'function') return ts.isConstructorTypeNode(type.node) ? this.result(type) : undefined;
    if (type.kind === 'class') {
      const fields = type.node.members.filter(ts.isPropertyDeclaration);
      const held = fields.every(isStatic) ? fields.map((field) => this.#propertyType(field, type.scope)) : [];
      const [schema, ...more] = held.filter(({ kind }) => kind === 'schema');
      return more.length === 0 && !this.#extended(type.node) ? schema : undefined;
    }
    if (type.kind !== 'declared' || ts.isClassLike(type.node)) return undefined;
    const maker = type.node.members.find(ts.isConstructSignatureDeclaration);
    return maker?.type && this.ofNode(maker.type, type.scope);
  }

  /** What a schema lets in, of a class that has no fields of its own and extends what is made of the schema. */
  schemaExtended(node: DeclaredNode, scope: Scope): Shape | undefined {
    if (!ts.isClassLike(node) || node.members.some((one) => ts.isPropertyDeclaration(one) && !isStatic(one))) return undefined;
    const base = this.#extended(node);
    const type = base && ts.isCallExpression(base.expression) ? this.base(base, scope) : unknown;
    return type.kind === 'shape' ? type.shape : undefined;
  }

  *#member(item: ts.TypeElement | ts.ClassElement, scope: Scope): Iterable<[string, Member]> {
    if (ts.isConstructorDeclaration(item)) {
      for (const parameter of item.parameters) {
        if (!ts.isParameterPropertyDeclaration(parameter, item) || !ts.isIdentifier(parameter.name)) continue;
        const optional = parameter.questionToken !== undefined;
        yield [parameter.name.text, { type: () => this.declared(parameter, scope), optional, node: parameter }];
      }
      return;
    }
    const name = nameText(item.name);
    if (name === undefined || (item.name && ts.isPrivateIdentifier(item.name)) || isStatic(item)) return;
    const optional = (item as ts.PropertySignature).questionToken !== undefined;
    if (ts.isPropertySignature(item) || ts.isPropertyDeclaration(item)) {
      yield [name, { type: () => this.#propertyType(item, scope), optional, node: item }];
    } else if (ts.isMethodSignature(item) || ts.isMethodDeclaration(item)) {
      yield [name, { type: () => ({ kind: 'function', node: item, scope }), optional, node: item, isBehaviour: true }];
    } else if (ts.isGetAccessor(item)) {
      yield [name, { type: () => this.#result(item, scope), optional, node: item, isBehaviour: !isShown(item) }];
    }
  }

  #propertyType(item: ts.PropertySignature | ts.PropertyDeclaration, scope: Scope): Type {
    const written = item.type ? this.ofNode(item.type, scope) : unknown;
    const owner = ts.isPropertyDeclaration(item) && ts.isClassLike(item.parent) ? item.parent : undefined;
    const value =
      (item as ts.PropertyDeclaration).initializer ?? (owner && setByConstructor(owner).get(nameText(item.name) ?? ''));
    return written.kind === 'unknown' && value ? this.of(value, scope) : written;
  }

  /** The type of a property (or method) of a value of a type. */
  property(type: Type, name: string): Type {
    if (type.kind === 'union') return this.#propertyOfUnion(type.of.filter(isPresent), name);
    if (type.kind === 'alias' && !this.membersOf(type)) return this.property(type.type, name);
    if (type.kind === 'file') {
      const found = exportedName(this.values, type.uri, name, 'value');
      return found ? this.#meant(found, this.root) : unknown;
    }
    if (type.kind === 'package') {
      const value = type.module === prismaClient ? prismaEnum(this, type.member, type.from) : undefined;
      if (value?.enum?.includes(name)) return shaped({ type: 'string', enum: [name] });
      const isWhole = type.member === '*' || type.member === 'default';
      return { ...type, member: isWhole && type.module !== '' ? name : `${type.member}.${name}` };
    }
    if (type.kind === 'schema') return partOfSchema(type.shape, name);
    if (type.kind === 'external' && type.module === drizzle) return propertyOfDrizzle(this, type, name);
    if (type.kind === 'external' && isSupabase(type.module)) return propertyOfSupabase(type, name);
    if (type.kind === 'external' && type.module === 'typeorm' && name === 'manager')
      return { ...type, name: 'EntityManager', args: [] };
    // What a result of neverthrow holds, of a value and an error.
    if (type.kind === 'external' && type.module === neverthrow && /^(?:value|error)$/.test(name))
      return type.args[name === 'value' ? 0 : 1] ?? unknown;
    if (type.kind === 'external' && type.module === trpc) return propertyOfTrpc(this, type, name);
    if (type.kind === 'external' && isPrismaClient(type)) return { kind: 'delegate', model: name, from: type.from };
    if (type.kind === 'enum') {
      const found = type.node.members.find((item) => nameText(item.name) === name);
      return found ? shaped(enumShape(type.node, found)) : unknown;
    }
    if (type.kind === 'class') return this.#staticMember(type, name);
    if (type.kind === 'array' || type.kind === 'tuple') return name === 'length' ? number : unknown;
    if (type.kind === 'shape' && type.shape.type === 'string') return name === 'length' ? number : unknown;
    const own = this.membersOf(type)?.get(name)?.type() ?? this.indexOf(type);
    if (own || type.kind !== 'declared' || !ts.isClassLike(type.node)) return own ?? unknown;
    // `class Database extends PrismaClient`
    const base = this.#extended(type.node);
    const outer = base ? this.base(base, type.scope) : unknown;
    return outer.kind === 'external' ? this.property(outer, name) : unknown;
  }

  /** A property that only some of the parts have is read where a value is one of these: `if (result.ok) result.data`. */
  #propertyOfUnion(parts: readonly Type[], name: string): Type {
    const having = parts.filter((part) => {
      const members = this.membersOf(part);
      return !members || members.has(name) || this.indexOf(part) !== undefined;
    });
    return union((having.length > 0 ? having : parts).map((part) => this.property(part, name)));
  }

  #extended(node: ts.ClassLikeDeclaration): ts.ExpressionWithTypeArguments | undefined {
    return node.heritageClauses?.find(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)?.types[0];
  }

  #staticMember({ node, scope }: Type & { kind: 'class' }, name: string): Type {
    const item = node.members.find((one) => isStatic(one) && nameText(one.name) === name);
    if (item && ts.isMethodDeclaration(item)) return { kind: 'function', node: item, scope };
    if (item && ts.isPropertyDeclaration(item)) return this.#propertyType(item, scope);
    if (item && ts.isGetAccessor(item)) return this.#result(item, scope);
    const base = this.#extended(node);
    const parent = base && this.of(base.expression, scope);
    return parent?.kind === 'class' ? this.#staticMember(parent, name) : unknown;
  }

  /** The type of values under names that are not known: `Record<string, T>`, an index signature. */
  indexOf(type: Type): Type | undefined {
    if (type.kind === 'object') return type.index;
    if (type.kind === 'alias') return this.indexOf(type.type);
    if (type.kind === 'shape') return type.shape.additional && shaped(type.shape.additional);
    if (type.kind !== 'declared') return undefined;
    const signature = type.node.members.find(ts.isIndexSignatureDeclaration);
    return signature?.type && this.ofNode(signature.type, type.scope);
  }

  /** A type with only these members, or with all but these. */
  only(type: Type, names: ReadonlySet<string>): Type {
    const members = this.membersOf(type);
    return members ? { kind: 'object', members: new Map([...members].filter(([name]) => names.has(name))) } : unknown;
  }

  without(type: Type, names: ReadonlySet<string>): Type {
    const members = this.membersOf(type);
    return members ? { kind: 'object', members: new Map([...members].filter(([name]) => !names.has(name))) } : unknown;
  }

  /** A type whose members are all optional, or all required. */
  withOptional(type: Type, optional: boolean): Type {
    const members = this.membersOf(type);
    if (!members) return unknown;
    return { kind: 'object', members: new Map([...members].map(([name, member]) => [name, { ...member, optional }])) };
  }

  /** What a value is expected to be where it is used: assigned, passed on, returned. Unknown where nothing says so. */
  expected(node: ts.Expression, scope: Scope): Type {
    const { parent } = node;
    if (ts.isSpreadAssignment(parent)) {
      // `{ ...body, ownerId: user.id }`: what stands beside it is not the body's.
      const beside = new Set(parent.parent.properties.flatMap(({ name }) => nameText(name) ?? []));
      return this.without(this.withOptional(present(this.expected(parent.parent, scope)), true), beside);
    }
    if (ts.isParenthesizedExpression(parent) || ts.isNonNullExpression(parent) || ts.isAwaitExpression(parent))
      return this.expected(parent, scope);
    if (ts.isAsExpression(parent) || ts.isSatisfiesExpression(parent) || ts.isTypeAssertionExpression(parent)) {
      const stated = this.ofNode(parent.type, scope);
      return this.#isOpen(stated) ? this.expected(parent, scope) : stated;
    }
    if (ts.isBinaryExpression(parent)) {
      const { kind } = parent.operatorToken;
      if (kind === ts.SyntaxKind.EqualsToken) return parent.right === node ? this.of(parent.left, scope) : unknown;
      const isChoice = kind === ts.SyntaxKind.QuestionQuestionToken || kind === ts.SyntaxKind.BarBarToken;
      return isChoice ? this.expected(parent, scope) : unknown;
    }
    if (ts.isConditionalExpression(parent)) return parent.condition === node ? unknown : this.expected(parent, scope);
    if (ts.isVariableDeclaration(parent) || ts.isPropertyDeclaration(parent) || ts.isParameter(parent))
      return parent.type ? this.ofNode(parent.type, scope) : unknown;
    if (ts.isArrayLiteralExpression(parent)) return elementOf(present(this.expected(parent, scope))) ?? unknown;
    if (ts.isArrowFunction(parent)) return parent.type ? this.ofNode(parent.type, scope) : unknown;
    if (ts.isPropertyAssignment(parent) && parent.initializer === node) {
      const name = nameText(parent.name);
      return name === undefined ? unknown : this.property(this.expected(parent.parent, scope), name);
    }
    if (ts.isShorthandPropertyAssignment(parent)) return this.property(this.expected(parent.parent, scope), parent.name.text);
    if (ts.isCallExpression(parent) || ts.isNewExpression(parent)) return this.#expectedArgument(node, parent, scope);
    if (ts.isReturnStatement(parent)) {
      const owner = ts.findAncestor(parent, ts.isFunctionLike);
      return owner?.type ? this.ofNode(owner.type, scope) : unknown;
    }
    return unknown;
  }

  #expectedArgument(node: ts.Expression, call: ts.CallExpression | ts.NewExpression, scope: Scope): Type {
    const index = call.arguments?.indexOf(node) ?? -1;
    if (index < 0) return unknown;
    const callee = strip(call.expression);
    if (ts.isCallExpression(call) && ts.isPropertyAccessExpression(callee) && writes.test(callee.name.text)) {
      const written = this.#written(this.of(callee.expression, scope), callee.name.text, index, call);
      if (written) return written;
    }
    const target = this.of(call.expression, scope);
    if (target.kind === 'external' && target.module === mongoose)
      return inputOfMongoose(this, target, undefined, index) ?? unknown;
    if (target.kind === 'package') {
      // `Object.assign(target, body)`, `merge(target, body)`: the body is a part of the target.
      const isMerge = /^(?:Object\.assign|merge|defaultsDeep|assign)$/.test(target.member);
      const into = call.arguments?.[0];
      if (!isMerge || index === 0 || !into || target.module === 'zod') return unknown;
      return this.withOptional(this.of(into, scope), true);
    }
    const made = target.kind === 'class' && ts.isNewExpression(call) ? this.#maker(target.node, target.scope) : undefined;
    const signature: Signature | undefined = target.kind === 'function' ? target : made;
    const parameter = signature?.node.parameters[index];
    if (!signature || !parameter || !ts.isParameter(parameter) || !parameter.type) return unknown;
    if (!signature.node.typeParameters || !ts.isCallExpression(call)) return this.ofNode(parameter.type, signature.scope);
    const type = this.ofNode(parameter.type, this.#callScope(signature, call, scope));
    return this.#isOpen(type) ? (this.#expectedThrough(signature, parameter.type, call, scope) ?? type) : type;
  }

  /** `save(clean(body))` of `clean<T>(value: T): Omit<T, 'id'>`: what is wanted of the result is wanted of the argument. */
  #expectedThrough(
    { node, scope: own }: Signature,
    wanted: ts.TypeNode,
    call: ts.CallExpression,
    scope: Scope,
  ): Type | undefined {
    const name = ts.isTypeReferenceNode(wanted) ? wanted.typeName.getText() : undefined;
    const parameter = node.typeParameters?.find((one) => one.name.text === name);
    const outer = parameter && node.type ? this.expected(call, scope) : unknown;
    if (!parameter || !node.type || this.#isOpen(outer)) return undefined;
    return this.ofNode(node.type, this.scope(new Map([[parameter, outer]]), own));
  }

  /** What a query that writes is given: by a model of Prisma or of Mongoose. */
  #written(owner: Type, method: string, index: number, call: ts.CallExpression): Type | undefined {
    if (owner.kind === 'delegate') return index === 0 ? prismaInput(this, owner, method, call) : undefined;
    const isModel = owner.kind === 'external' && owner.module === mongoose;
    return isModel ? inputOfMongoose(this, owner, method, index) : undefined;
  }

  /** The constructor of a class, or of the class it extends, with what the type parameters stand for there. */
  #maker(node: ts.ClassLikeDeclaration, scope: Scope): { node: ts.ConstructorDeclaration; scope: Scope } | undefined {
    const own = node.members.find(ts.isConstructorDeclaration);
    if (own) return { node: own, scope };
    const base = this.#extended(node);
    const parent = base && this.of(base.expression, scope);
    if (parent?.kind !== 'class') return undefined;
    const args = (base?.typeArguments ?? []).map((argument) => this.ofNode(argument, scope));
    return this.#maker(parent.node, this.#generic(parent.node.typeParameters, args, parent.scope));
  }

  /** The exported type that an `import` within an annotation names. */
  #importType({ argument, qualifier }: ts.ImportTypeNode): Type {
    const specifier = ts.isLiteralTypeNode(argument) ? argument.literal : undefined;
    if (!specifier || !ts.isStringLiteral(specifier) || !qualifier || !ts.isIdentifier(qualifier)) return unknown;
    const found = memberOfModule(this.values, specifier, specifier.getSourceFile().fileName, qualifier.text, 'type');
    return found?.kind === 'node' ? this.#declaredType(found.node, () => [], this.root) : unknown;
  }
}

/** Methods of models that write what they are given. */
const writes = /^(?:create|update|upsert|find(?:One|ById)AndUpdate)/;

const keywords = new Map<ts.SyntaxKind, Type>([
  [ts.SyntaxKind.StringKeyword, text],
  [ts.SyntaxKind.NumberKeyword, number],
  [ts.SyntaxKind.BooleanKeyword, truth],
  [ts.SyntaxKind.BigIntKeyword, shaped({ type: 'integer' })],
  [ts.SyntaxKind.UndefinedKeyword, nothing],
  [ts.SyntaxKind.VoidKeyword, nothing],
  [ts.SyntaxKind.NeverKeyword, never],
  [ts.SyntaxKind.ObjectKeyword, shaped({ type: 'object' })],
]);

const comparisons = new Set([
  ts.SyntaxKind.EqualsEqualsToken,
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
  ts.SyntaxKind.LessThanToken,
  ts.SyntaxKind.LessThanEqualsToken,
  ts.SyntaxKind.GreaterThanToken,
  ts.SyntaxKind.GreaterThanEqualsToken,
  ts.SyntaxKind.InKeyword,
  ts.SyntaxKind.InstanceOfKeyword,
]);

/** A call that gives a function, or the constructor of a class, its arguments. */
type Construction = ts.CallExpression | ts.NewExpression;

/** A text, a number or the like, or what is not known: nothing with properties. */
function isPlain(type: Type): boolean {
  if (type.kind === 'union') return type.of.every(isPlain);
  return (
    type.kind === 'unknown' || type.kind === 'undefined' || (type.kind === 'shape' && !type.shape.properties && !type.shape.items)
  );
}

const setFields = new WeakMap<ts.Node, ReadonlyMap<string, ts.Expression>>();

/** What the constructor of a class sets fields of it to, by name: `this.data = data`. */
function setByConstructor(node: ts.ClassLikeDeclaration): ReadonlyMap<string, ts.Expression> {
  const known = setFields.get(node);
  if (known) return known;
  const maker = node.members.find(ts.isConstructorDeclaration);
  const assigned = maker ? [...fieldsAssigned(maker)] : [];
  const found = new Map(
    assigned.flatMap(([name, value]) => (ts.isParameter(value) || name.startsWith('#') ? [] : [[name, value] as const])),
  );
  setFields.set(node, found);
  return found;
}

export function boundIn(scope: Scope, node: ts.Node): Type | undefined {
  for (let at: Scope | undefined = scope; at; at = at.parent) {
    const bound = at.bindings.get(node);
    if (bound) return bound;
  }
  return undefined;
}

/** Methods of lists that call back with an item and its index. */
const callbackMethods = new Set(['map', 'flatMap', 'filter', 'find', 'findLast', 'forEach', 'some', 'every', 'findIndex']);

/** What a class makes. */
function instanceOf(type: Type): Type {
  return type.kind === 'class' ? { kind: 'declared', node: type.node, scope: type.scope, args: [] } : unknown;
}

function literalType(node: ts.LiteralTypeNode['literal']): Type {
  if (node.kind === ts.SyntaxKind.NullKeyword) return nil;
  if (node.kind === ts.SyntaxKind.TrueKeyword) return shaped({ type: 'boolean', enum: [true] });
  if (node.kind === ts.SyntaxKind.FalseKeyword) return shaped({ type: 'boolean', enum: [false] });
  const value = ts.isExpression(node) ? constant(node) : undefined;
  if (value === undefined) return unknown;
  return shaped({ type: typeof value === 'string' ? 'string' : 'number', enum: [value] });
}

function entityName(node: ts.Expression): ts.EntityName | undefined {
  if (ts.isIdentifier(node)) return node;
  if (!ts.isPropertyAccessExpression(node) || !ts.isIdentifier(node.name)) return undefined;
  // An access `a.b` reads like the qualified name `a.b`; only `left` and `right` are looked at.
  const left = entityName(node.expression);
  return left && ({ kind: ts.SyntaxKind.QualifiedName, left, right: node.name } as unknown as ts.QualifiedName);
}

function isList(type: Type): boolean {
  const bare = type.kind === 'alias' ? type.type : type;
  return bare.kind === 'array' || bare.kind === 'tuple' || (bare.kind === 'shape' && bare.shape.type === 'array');
}

const promises = /^(?:Promise(?:Like)?|Awaited)$/;

/** One of several schemas lets in what any of them does. */
function eitherSchema(type: Type): Type {
  const shapes = type.kind === 'union' ? type.of.flatMap((part) => (part.kind === 'schema' ? [part.shape] : [])) : [];
  return type.kind === 'union' && shapes.length === type.of.length ? { kind: 'schema', shape: anyOf(shapes) } : type;
}

/** `z.ZodObject<…>`: a schema library's own type of schemas. */
function isTypeOfSchema(type: Type): boolean {
  return type.kind === 'external' && isSchemaLibrary(type.module);
}

/** `Model<User>`, `Schema<User>`: what makes it says more. */
function isOfMongoose(type: Type): boolean {
  return type.kind === 'external' && type.module === mongoose && /^(?:Model|Schema)$/.test(type.name);
}

function isMethodOfLiteral(node: ts.Node): node is ts.MethodDeclaration {
  return ts.isMethodDeclaration(node) && ts.isObjectLiteralExpression(node.parent);
}

/** Fetch's `Response`: a body of its own. */
function isResponse(type: Type): boolean {
  return type.kind === 'package' && /^(?:Next)?Response$/.test(type.member);
}

/** A getter that class-transformer writes out, or that is said to be in the answer. */
function isShown(item: ts.GetAccessorDeclaration): boolean {
  return ts.getDecorators(item)?.some(({ expression }) => /^(?:Expose|ApiProperty\w*)\b/.test(expression.getText())) ?? false;
}

/** Is a member of a class one of the class itself? */
function isStatic(node: ts.Node): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword);
}

/** Is all known that an object has? One of several such objects counts. */
function isWholeObject(type: Type): boolean {
  if (type.kind === 'union') return type.of.every(isWholeObject);
  return type.kind === 'undefined' || (type.kind === 'object' && type.isWhole === true);
}

/** Does a member have a value? */
function isSet(member: Member | undefined): boolean {
  return member !== undefined && member.type().kind !== 'undefined';
}

/** Does a parameter, or a part of one, stand for what a call gives it and nothing else? */
function isAsGiven({ name, initializer, dotDotDotToken }: ts.ParameterDeclaration | ts.BindingElement, owner: ts.Node): boolean {
  return ts.isIdentifier(name) && !initializer && !dotDotDotToken && !reassignedIn(owner).has(name.text);
}

const wholes = new WeakMap<ts.SourceFile, boolean>();

/** Does a file export one thing: `module.exports = router`? */
function exportsWhole(file: ts.SourceFile): boolean {
  const known = wholes.get(file) ?? /(?:^|\n)\s*(?:exports\s*=\s*)?module\.exports\s*=/.test(file.text);
  wholes.set(file, known);
  return known;
}

const reassigned = new WeakMap<ts.Node, ReadonlySet<string>>();

/** The names that something in a function is assigned to. */
function reassignedIn(node: ts.Node): ReadonlySet<string> {
  const known = reassigned.get(node);
  if (known) return known;
  const names = new Set<string>();
  const visit = (child: ts.Node): void => {
    if (isAssignment(child) && ts.isIdentifier(child.left)) names.add(child.left.text);
    ts.forEachChild(child, visit);
  };
  visit(node);
  reassigned.set(node, names);
  return names;
}

function parentCall(node: ts.Expression): ts.CallExpression | undefined {
  const { parent } = node;
  return ts.isCallExpression(parent) && parent.arguments.includes(node) ? parent : undefined;
}

const setters = new WeakMap<ts.SourceFile, (readonly [name: string, value: ts.Expression])[]>();

/** What is set on a context by name in a file: `c.set('user', user)`. */
function settersIn(file: ts.SourceFile): (readonly [name: string, value: ts.Expression])[] {
  let found = setters.get(file);
  if (found) return found;
  found = [];
  setters.set(file, found);
  if (!/\.set\(\s*['"]/.test(file.text) || !/\bhono\b/.test(file.text)) return found;
  const all = found;
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === 'set') {
      const [name, value] = node.arguments;
      if (name && value && ts.isStringLiteralLike(name)) all.push([name.text, value]);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

const built = new WeakMap<ts.Node, readonly (readonly [name: string, value: ts.Expression])[]>();

/** What a constructor gives its fields: `this.data = data`, `constructor(private data)`. */
function* fieldsAssigned({
  parameters,
  body,
}: ts.ConstructorDeclaration): Iterable<[string, ts.Expression | ts.ParameterDeclaration]> {
  for (const parameter of parameters)
    if (ts.isParameterPropertyDeclaration(parameter, parameter.parent)) yield [parameter.name.getText(), parameter];
  for (const statement of body?.statements ?? []) {
    if (!ts.isExpressionStatement(statement) || !ts.isBinaryExpression(statement.expression)) continue;
    const { left, right, operatorToken } = statement.expression;
    const isField = ts.isPropertyAccessExpression(left) && left.expression.kind === ts.SyntaxKind.ThisKeyword;
    if (isField && operatorToken.kind === ts.SyntaxKind.EqualsToken) yield [left.name.text, right];
  }
}

/** What is assigned to the members of a variable in the block that declares it: `body.total = 3`. */
function assignedMembers(node: ts.VariableDeclaration): readonly (readonly [name: string, value: ts.Expression])[] {
  const known = built.get(node);
  if (known) return known;
  const found: (readonly [string, ts.Expression])[] = [];
  const name = node.name.getText();
  const visit = (child: ts.Node): void => {
    const isSet = ts.isBinaryExpression(child) && child.operatorToken.kind === ts.SyntaxKind.EqualsToken;
    if (isSet && ts.isPropertyAccessExpression(child.left) && ts.isIdentifier(child.left.expression)) {
      if (child.left.expression.text === name) found.push([child.left.name.text, child.right]);
    }
    ts.forEachChild(child, visit);
  };
  const block = ts.findAncestor(node, ts.isBlock);
  if (block) visit(block);
  built.set(node, found);
  return found;
}

const assigned = new WeakMap<ts.SourceFile, Map<string, ts.Expression>>();

/** The first value assigned to a name that is declared without one. */
function firstAssignment(file: ts.SourceFile, name: string): ts.Expression | undefined {
  let known = assigned.get(file);
  if (!known) {
    known = new Map();
    const found = known;
    const visit = (node: ts.Node): void => {
      const isAssignment = ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken;
      if (isAssignment && ts.isIdentifier(node.left) && !found.has(node.left.text)) found.set(node.left.text, node.right);
      ts.forEachChild(node, visit);
    };
    visit(file);
    assigned.set(file, known);
  }
  return known.get(name);
}
