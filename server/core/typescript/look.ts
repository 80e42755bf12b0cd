/** What is seen of the expressions around a messaging call, in one context: wrappers' parameters bound, or not. */
import ts from 'ts6';
import type { AddressFact, Binding } from '../generate/events.ts';
import { isUnknown, mergeShapes, type Shape } from '../generate/facts.ts';
import type { CodeFile, Expression } from './code.ts';
import { valueOf, writesTo } from './constants.ts';
import { origin } from './origins.ts';
import { type Decorator, decoratorsFor } from './decorators.ts';
import type { Project as Application } from './handler.ts';
import { isNothing } from './plain.ts';
import { present, type Scope } from './type-model.ts';
import { type Env, type FunctionNode, nameText, propertyIn, resultsOf, strip, type Value } from './values.ts';

/** What a codec or a serializer was given, and the media type it makes. */
export interface Sent {
  readonly node: Expression;
  readonly contentType?: string;
}

/** An application whose files are code models, too. */
export interface Project extends Application {
  code(ast: ts.SourceFile): CodeFile;
}

/** The methods of emitters that give the emitter again. */
const listens = /^(?:on|once|off|addListener|removeListener|prependListener|setMaxListeners)$/;

/** How many wrappers may hand on what they are given. */
const maxGiven = 8;

export class Look {
  readonly file: CodeFile;
  readonly env: Env;
  readonly scope: Scope;
  readonly #project: Project;
  readonly #given: ReadonlyMap<ts.Node, Expression> | undefined;

  /** `given` is what parameters of wrappers are given, and which branch a condition takes. */
  constructor(project: Project, file: CodeFile, env: Env, scope: Scope, given?: ReadonlyMap<ts.Node, Expression>) {
    this.#project = project;
    this.#given = given;
    this.file = file;
    this.env = env;
    this.scope = scope;
  }

  /** The same view where other parameters are bound. */
  within(env: Env): Look {
    return new Look(this.#project, this.file, env, this.scope, this.#given);
  }

  /** The decorators of a member, those that functions of the project apply included, and the view their arguments are seen in. */
  decorators(node: ts.Node): readonly { readonly decorator: Decorator; readonly look: Look }[] {
    return decoratorsFor(node, this.#project).map((decorator) => ({
      decorator,
      look: decorator.env ? this.within(decorator.env) : this,
    }));
  }

  /** The calls of what is written like this, in this file and then in all of the application that have a word. */
  callsNamed(callee: RegExp, word: string): readonly (ts.CallExpression | ts.NewExpression)[] {
    const others = this.#project.values.files().filter(({ text }) => text.includes(word));
    const files = [this.file, ...others.map((file) => this.#project.code(file))];
    return files.flatMap(({ calls }) => calls.filter((one) => callee.test(one.expression.getText())));
  }

  value(node: Expression | undefined): Value | undefined {
    return node && this.#project.values.of(node, this.env);
  }

  text(node: Expression | undefined): string | undefined {
    return node && this.address(node)?.parameters.length === 0 ? this.address(node)?.text : undefined;
  }

  /** The text an expression is, with `{name}` for what is known only at run time; undefined where nothing of it is known. */
  address(node: Expression | undefined): AddressFact | undefined {
    const value = this.value(node);
    if (value?.kind === 'text') return { text: value.text, parameters: [] };
    // `options.queue || ''` says nothing.
    const isOpen =
      value?.kind === 'pattern' &&
      value.parts.every((part) => typeof part !== 'string' && !part.isEnvironment && !part.otherwise);
    if (value?.kind !== 'pattern' || isOpen) return undefined;
    const parameters = new Map<string, AddressFact['parameters'][number]>();
    const parts = value.parts.map((part) => {
      if (typeof part === 'string') return part;
      const name = part.name.replaceAll(/[^\w-]+/g, '_');
      const description = part.isEnvironment
        ? `The setting \`${part.name}\`.`
        : `Known at run time: \`${part.node.getText().replaceAll(/\s+/g, ' ').slice(0, 80)}\`.`;
      parameters.set(name, { name, description, ...(part.otherwise !== undefined && { otherwise: part.otherwise }) });
      return `{${name}}`;
    });
    return { text: parts.join(''), parameters: [...parameters.values()] };
  }

  /** The object literal an expression stands for. */
  #object(node: Expression | undefined): Expression | undefined {
    const value = this.value(node);
    return value?.kind === 'object' ? value.node : node && valueOf(node);
  }

  /** A property of the object an expression stands for. */
  option(node: Expression | undefined, name: string): Expression | undefined {
    return propertyIn(this.#object(node), name);
  }

  /** A method or function under a name of an object. */
  method(node: Expression | undefined, name: string): FunctionNode | undefined {
    const object = this.#object(node);
    const found =
      object && ts.isObjectLiteralExpression(object) ? object.properties.find((item) => nameText(item.name) === name) : undefined;
    if (found && ts.isMethodDeclaration(found)) return found;
    return this.functionOf(this.option(node, name));
  }

  /** `true` and `false`, also through a constant. */
  flag(node: Expression | undefined): boolean | undefined {
    const kind = node && valueOf(node).kind;
    return kind === ts.SyntaxKind.TrueKeyword ? true : kind === ts.SyntaxKind.FalseKeyword ? false : undefined;
  }

  number(node: Expression | undefined): number | undefined {
    const value = node && valueOf(node);
    return value && ts.isNumericLiteral(value) ? Number(value.text) : undefined;
  }

  /** Flags, numbers and texts among options, under the names a binding has for them. */
  binding(options: Expression | undefined, names: Readonly<Record<string, string>>): Binding {
    const found = Object.entries(names).map(([name, key]) => {
      const node = this.option(options, name);
      return [key, this.flag(node) ?? this.number(node) ?? this.text(node)] as const;
    });
    return Object.fromEntries(found.filter(([, value]) => value !== undefined));
  }

  /** The items of a list: written one by one, or made by one callback of `map`. */
  items(node: Expression | undefined): readonly Expression[] {
    const value = this.value(node);
    if (value?.kind === 'list') return value.items;
    const bare = node && valueOf(node);
    if (!bare) return [];
    const argument = this.argument(bare);
    if (argument !== bare) return this.items(argument);
    if (ts.isArrayLiteralExpression(bare)) return bare.elements;
    const isMap =
      ts.isCallExpression(bare) && ts.isPropertyAccessExpression(bare.expression) && bare.expression.name.text === 'map';
    const callback = isMap ? this.functionOf(bare.arguments[0]) : undefined;
    if (!callback?.body) return [];
    return ts.isBlock(callback.body) ? returnedBy(callback.body) : [callback.body];
  }

  /** What callers give for an expression that is a parameter of a wrapper; else the expression. */
  argument(node: Expression, depth = 0): Expression {
    const declaration = ts.isIdentifier(node) ? this.#project.values.declarationOf(node) : undefined;
    const given = declaration && this.#given?.get(declaration);
    if (!given) return node;
    // A wrapper may call itself with what it was given.
    return depth < maxGiven ? this.argument(strip(given), depth + 1) : node;
  }

  /** The function an expression is: written there or elsewhere in the project, a method, also bound. */
  functionOf(node: Expression | undefined): FunctionNode | undefined {
    const bare = node && strip(node);
    if (!bare) return undefined;
    const isBound =
      ts.isCallExpression(bare) && ts.isPropertyAccessExpression(bare.expression) && bare.expression.name.text === 'bind';
    if (isBound) return this.functionOf((bare.expression as ts.PropertyAccessExpression).expression);
    const value = this.value(bare);
    if (value?.kind === 'function') return value.node;
    const type = this.#project.types.of(bare, this.scope);
    return type.kind === 'function' && 'body' in type.node ? (type.node as FunctionNode) : undefined;
  }

  /** Where a value comes from (see `code.ts`), by what is written or else by the type of what it is a member of. */
  origin(node: Expression, depth = 0): string | undefined {
    const known = origin(this.#project.code(node.getSourceFile()), node);
    const bare = strip(node);
    if (known || depth > 8) return known;
    const value = this.value(bare);
    if (value?.kind === 'made') return `${value.name}:${isWhole(value.member) ? '' : value.member}()`;
    const type = present(this.#project.types.of(bare, this.scope));
    if (type.kind === 'external' && type.module !== '') return `${type.module}:${isWhole(type.name) ? '' : type.name}()`;
    if (ts.isCallExpression(bare)) {
      const callee = this.origin(bare.expression, depth + 1);
      return callee && `${callee}()`;
    }
    if (ts.isIdentifier(bare)) {
      const single = valueOf(bare);
      return single === bare ? undefined : this.origin(single, depth + 1);
    }
    const several = this.#oneOf(bare);
    const [first, ...others] = several.map((one) => this.origin(one, depth + 1));
    if (several.length > 0) return others.every((other) => other === first) ? first : undefined;
    if (!ts.isPropertyAccessExpression(bare)) return undefined;
    const owner = this.origin(bare.expression, depth + 1);
    return owner && (owner.endsWith(':') ? `${owner}${bare.name.text}` : `${owner}.${bare.name.text}`);
  }

  /**
   * The call or `new` that made what a name or a field holds, or what a function of the project gives: one that makes it when it is
   * first asked for, too.
   */
  maker(node: Expression, depth = 0): ts.CallExpression | ts.NewExpression | undefined {
    if (depth > 8) return undefined;
    const bare = valueOf(node);
    if (ts.isNewExpression(bare)) return bare;
    // `new Queue('mails').on('error', log)` is the queue.
    const callee = ts.isCallExpression(bare) ? bare.expression : undefined;
    if (callee && ts.isPropertyAccessExpression(callee) && listens.test(callee.name.text))
      return this.maker(callee.expression, depth + 1);
    const given = this.#givenTo(bare).filter((value) => !isNothing(value));
    for (const value of given) {
      const found = this.maker(value, depth + 1);
      if (found) return found;
    }
    const value = ts.isIdentifier(bare) ? this.value(bare) : undefined;
    if (value?.kind === 'made') return value.call;
    return ts.isCallExpression(bare) ? bare : undefined;
  }

  /** The branches of a condition, or the members of a table whose key is not known. */
  #oneOf(node: Expression): readonly Expression[] {
    if (ts.isConditionalExpression(node)) return [node.whenTrue, node.whenFalse].filter((branch) => !isNothing(branch));
    const table =
      ts.isElementAccessExpression(node) && !this.text(node.argumentExpression) ? this.value(node.expression) : undefined;
    return table?.kind === 'object'
      ? table.node.properties.flatMap((one) => propertyIn(table.node, nameText(one.name) ?? '') ?? [])
      : [];
  }

  /** Is an expression one of several things, and not decided which? */
  isOpen(node: Expression): boolean {
    const bare = valueOf(node);
    const chosen = this.#given?.get(bare);
    if (chosen) return this.isOpen(chosen);
    return this.#oneOf(bare).length > 1 && this.value(bare) === undefined;
  }

  /** The values that an expression may have, as far as they are written elsewhere. */
  #givenTo(node: Expression): readonly Expression[] {
    if (ts.isConditionalExpression(node)) {
      const chosen = this.#given?.get(node);
      return chosen ? [chosen] : [node.whenTrue, node.whenFalse];
    }
    if (ts.isBinaryExpression(node)) return /^(?:\?\?|\|\|)=?$|^=$/.test(node.operatorToken.getText()) ? [node.right] : [];
    if (ts.isCallExpression(node)) return resultsOf(this.functionOf(node.expression)?.body);
    if (ts.isIdentifier(node)) {
      const declaration = this.#project.values.declarationOf(node);
      return declaration && ts.isVariableDeclaration(declaration) ? writesTo(declaration) : [];
    }
    if (!ts.isPropertyAccessExpression(node)) return [];
    const { name, expression } = node;
    const owner =
      expression.kind === ts.SyntaxKind.ThisKeyword ? ts.findAncestor(node, ts.isClassLike) : this.#classOf(expression);
    return owner ? [...assignedTo(owner, name.text)] : [];
  }

  #classOf(node: Expression): ts.ClassLikeDeclaration | undefined {
    const value = this.value(node);
    return value?.kind === 'class' ? value.node : undefined;
  }

  /** The declaration behind a name or `this.x`: a parameter or a property. */
  declared(node: Expression): ts.Declaration | undefined {
    const bare = strip(node);
    if (ts.isIdentifier(bare)) return this.#project.values.declarationOf(bare) as ts.Declaration | undefined;
    if (!ts.isPropertyAccessExpression(bare) || bare.expression.kind !== ts.SyntaxKind.ThisKeyword) return undefined;
    const owner = ts.findAncestor(bare, ts.isClassLike);
    for (const member of owner?.members ?? []) {
      if (ts.isPropertyDeclaration(member) && nameText(member.name) === bare.name.text) return member;
      const parameter = ts.isConstructorDeclaration(member)
        ? member.parameters.find((one) => ts.isIdentifier(one.name) && one.name.text === bare.name.text)
        : undefined;
      if (parameter) return parameter;
    }
    return undefined;
  }

  /** What a type argument of the annotation of a value says: `Queue<Job>`, and of `new Queue<Job>()`. */
  typeArgument(node: Expression, index = 0): Shape | undefined {
    const type = present(this.#project.types.of(node, this.scope));
    const argument = type.kind === 'external' ? type.args[index] : undefined;
    const shape = argument && this.#project.shapes.of(argument);
    return isUnknown(shape) ? undefined : shape;
  }

  shape(node: Expression): Shape | undefined {
    const shape = this.#project.shapes.of(this.#project.types.of(node, this.scope));
    return isUnknown(shape) ? undefined : shape;
  }

  /** A property of an object, also of one whose type has a name. */
  propertyOf(shape: Shape | undefined, name: string): Shape | undefined {
    const whole = shape?.ref ? this.#project.shapes.named.get(shape.ref) : shape;
    return whole?.properties?.[name];
  }

  annotated(node: ts.TypeNode | undefined): Shape | undefined {
    const shape = node && this.#project.shapes.of(this.#project.types.ofNode(node, this.scope));
    return isUnknown(shape) ? undefined : shape;
  }

  /** What a function answers. */
  result(node: FunctionNode): Shape | undefined {
    const type = this.#project.types.result({ kind: 'function', node, scope: this.scope });
    // What a stream hands on one by one.
    const inner = type.kind === 'external' && /^(?:Observable|AsyncGenerator)$/.test(type.name) ? type.args[0] : type;
    const shape = inner && this.#project.shapes.of(inner);
    return isUnknown(shape) ? undefined : shape;
  }

  /** What goes over the wire, before it was serialized. */
  sent(node: Expression | undefined, depth = 0): Sent | undefined {
    const bare = node && strip(node);
    if (!bare || depth > 8) return bare && { node: bare };
    if (ts.isIdentifier(bare)) {
      const value = valueOf(bare);
      return value === bare || !(ts.isCallExpression(value) || ts.isNewExpression(value))
        ? { node: bare }
        : { ...this.#serialized(value, depth, bare) };
    }
    return ts.isCallExpression(bare) || ts.isNewExpression(bare) ? this.#serialized(bare, depth, bare) : { node: bare };
  }

  #serialized(call: ts.CallExpression | ts.NewExpression, depth: number, otherwise: Expression): Sent {
    const callee = call.expression.getText();
    const [first] = call.arguments ?? [];
    if (first && /^(?:JSON\.stringify|(?:\w+\.)*(?:superjson|SuperJSON|devalue)\.stringify)$/.test(callee))
      return { node: strip(first), contentType: 'application/json' };
    const isCodec = /(?:^|\.)encode$/.test(callee);
    // A registry of schemas is told the schema first: `registry.encode(id, order)`.
    const registered = isCodec && /schema-registry/.test(this.origin(call.expression) ?? '') ? call.arguments?.[1] : undefined;
    if (registered) return { node: strip(registered) };
    if (first && (isCodec || /^(?:Buffer\.from|new Uint8Array|Uint8Array\.from)$/.test(callee))) {
      const inner = this.sent(first, depth + 1) ?? { node: first };
      const isJson = isCodec && /json|\bjc\b/i.test(this.origin(call.expression) ?? callee);
      return isJson ? { ...inner, contentType: 'application/json' } : inner;
    }
    if (ts.isCallExpression(call) && ts.isPropertyAccessExpression(call.expression) && /\.toString$/.test(callee))
      return this.sent(call.expression.expression, depth + 1) ?? { node: otherwise };
    const data = recordData(call);
    if (data) return this.sent(data, depth + 1) ?? { node: data };
    return this.#serializedBy(call, depth) ?? { node: otherwise };
  }

  /** What a function of the project serializes of what it is given: `const toJson = (value) => JSON.stringify(value)`. */
  #serializedBy(call: ts.CallExpression | ts.NewExpression, depth: number): Sent | undefined {
    const serializer = ts.isCallExpression(call) ? this.functionOf(call.expression) : undefined;
    if (!serializer?.body || depth > 2) return undefined;
    const [made] = resultsOf(serializer.body)
      .flatMap((result) => this.sent(result, depth + 1) ?? [])
      .filter(({ contentType }) => contentType);
    const index = serializer.parameters.findIndex(({ name }) => ts.isIdentifier(name) && name.text === made?.node.getText());
    const given = made && call.arguments?.[index];
    return given && { ...made, node: strip(given) };
  }

  /**
   * What a handler takes a message for: the type the decoded value is given or expected to have, else the properties
   * the handler reads. `isDecoded` tells the expressions that stand for the message's content.
   */
  received(
    body: ts.Node | undefined,
    isDecoded = (node: Expression): boolean => this.#isParsed(node),
    hops = 1,
  ): Shape | undefined {
    if (!body) return undefined;
    let found: Shape | undefined;
    let read: Shape | undefined;
    const calls: ts.CallExpression[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isExpression(node) && isDecoded(node)) {
        found ??= this.#taken(node);
        read = mergeShapes(read, this.#read(node));
      } else if (ts.isCallExpression(node)) calls.push(node);
      ts.forEachChild(node, visit);
    };
    visit(body);
    if (found ?? read) return found ?? read;
    for (const call of hops > 0 ? calls : []) {
      const inner = this.functionOf(call.expression)?.body;
      const deeper = inner && inner !== body ? this.#inside(call).received(inner, isDecoded, hops - 1) : undefined;
      if (deeper) return deeper;
    }
    return undefined;
  }

  /** The view of what a call runs. */
  #inside(call: ts.CallExpression): Look {
    const target = this.value(call.expression);
    if (target?.kind !== 'function') return this;
    const { values, types } = this.#project;
    const scope = target.node.typeParameters ? types.scopeOf(target, call, this.scope) : this.scope;
    return new Look(this.#project, this.file, values.call(call, target, this.env), scope, this.#given);
  }

  /** What a value is taken for where it stands: asserted, assigned, checked by a validator, passed on. */
  #taken(node: Expression): Shape | undefined {
    return this.#takenFor(node) ?? (ts.isCallExpression(node) ? this.#decoded(node) : undefined);
  }

  #takenFor(node: Expression, depth = 0): Shape | undefined {
    const { types, shapes } = this.#project;
    const stated = ts.isCallExpression(node) ? this.annotated(node.typeArguments?.[0]) : undefined;
    if (stated) return stated;
    const expected = shapes.of(types.expected(node, this.scope));
    if (!isUnknown(expected) && !isBare(expected)) return expected;
    const outer = wrapped(node);
    const { parent } = outer;
    if (ts.isCallExpression(parent) && parent.arguments.includes(outer)) {
      const checked = types.of(parent, this.scope);
      const name = parent.expression.getText();
      const shape = /(?:^|\.)(?:parse|parseAsync|assert|cast|create|validateSync|plainToInstance|plainToClass)$/.test(name)
        ? shapes.of(checked)
        : this.#checkedBy(parent, outer);
      return isUnknown(shape) ? this.annotated(this.#takerOf(outer)?.type) : shape;
    }
    const holder = depth > 0 ? undefined : this.#holderOf(outer);
    const uses = holder ? usesOf(holder, holder.name.getText()) : [];
    const found = oneOf(uses.flatMap((use) => this.#foundToBe(use) ?? []));
    if (found) return found;
    for (const use of uses) {
      const shape = this.#takenFor(use, depth + 1);
      if (shape && !isBare(shape)) return shape;
    }
    return isUnknown(expected) ? undefined : expected;
  }

  /** What a validator lets through that answers with a result: `schema.safeParse(value)`, `Joi.attempt(value, schema)`. */
  #checkedBy({ expression, arguments: given }: ts.CallExpression, value: ts.Node): Shape | undefined {
    const { types } = this.#project;
    const callee = strip(expression);
    if (!ts.isPropertyAccessExpression(callee) || !/^(?:safeParse|spa|validate|attempt)(?:Async)?$/.test(callee.name.text))
      return undefined;
    const others = given.filter((one) => one !== value && !ts.isSpreadElement(one));
    const schema = [callee.expression, ...others].map((one) => types.of(one, this.scope)).find(({ kind }) => kind === 'schema');
    return schema?.kind === 'schema' ? schema.shape : undefined;
  }

  /** What a function finds a value to be that it is given: `(value): value is Order`. */
  #foundToBe(use: ts.Identifier): Shape | undefined {
    const { parent } = use;
    const index = ts.isCallExpression(parent) ? parent.arguments.indexOf(use) : -1;
    const target = index < 0 ? undefined : this.functionOf((parent as ts.CallExpression).expression);
    const type = target?.type && ts.isTypePredicateNode(target.type) ? target.type : undefined;
    return type?.parameterName.getText() === target?.parameters[index]?.name.getText() ? this.annotated(type?.type) : undefined;
  }

  /** The variable that an expression is the value of, or is assigned to. */
  #holderOf(node: Expression): ts.VariableDeclaration | undefined {
    const { parent } = node;
    const isAssigned =
      ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken && parent.right === node;
    const target = isAssigned && ts.isIdentifier(parent.left) ? this.#project.values.declarationOf(parent.left) : parent;
    return target && ts.isVariableDeclaration(target) && ts.isIdentifier(target.name) ? target : undefined;
  }

  /** Is this the decoded content of a message, by the name of what decodes it or by what made that? */
  #isParsed(node: Expression): boolean {
    if (isParsed(node)) return true;
    if (!ts.isCallExpression(node)) return false;
    if (this.#isParser(node)) return true;
    if (!ts.isPropertyAccessExpression(node.expression)) return false;
    const { expression: codec, name } = node.expression;
    return name.text === 'decode' && /(?:^|\.)JSONCodec$/.test(this.maker(codec)?.expression.getText() ?? '');
  }

  /** A function of the project that gives what it parses. */
  #isParser({ expression }: ts.CallExpression): boolean {
    return resultsOf(this.functionOf(expression)?.body).some((result) => isParsed(strip(result)));
  }

  /** What a codec decodes: `JSONCodec<Order>().decode(…)`. */
  #decoded({ expression }: ts.CallExpression): Shape | undefined {
    const isDecode = ts.isPropertyAccessExpression(expression) && expression.name.text === 'decode';
    return isDecode ? this.annotated(this.maker(expression.expression)?.typeArguments?.[0]) : undefined;
  }

  /**
   * What a handler of several channels takes the messages of one of them for: `branches` are the parts of it that run for
   * this channel, in which also a variable of the handler stands for the decoded content.
   */
  receivedIn(branches: readonly ts.Node[]): Shape | undefined {
    const isDecoded = (node: Expression): boolean => {
      if (this.#isParsed(node)) return true;
      const declaration = ts.isIdentifier(node) ? this.#project.values.declarationOf(node) : undefined;
      if (!declaration || declaration === node.parent || !ts.isVariableDeclaration(declaration) || !declaration.initializer)
        return false;
      return this.#isParsed(valueOf(declaration.initializer));
    };
    for (const branch of branches) {
      const shape = this.received(branch, isDecoded);
      if (shape) return shape;
    }
    return undefined;
  }

  /** The properties that are read of a value: seen, and none of them known to be required. */
  #read(node: Expression): Shape | undefined {
    const names = this.#namesRead(node);
    if (names.length === 0) return undefined;
    return { type: 'object', properties: Object.fromEntries(names.map((name) => [name, {}])) };
  }

  /** The names that are read of a value where it stands, where a variable holds it, and in functions that it is handed on to. */
  #namesRead(node: Expression, hops = 2): readonly string[] {
    const outer = wrapped(node);
    const { parent } = outer;
    if (ts.isPropertyAccessExpression(parent) && parent.expression === outer)
      return ts.isCallExpression(parent.parent) && parent.parent.expression === parent ? [] : [parent.name.text];
    if (ts.isVariableDeclaration(parent) && ts.isObjectBindingPattern(parent.name)) return namesIn(parent.name);
    const holder = this.#holderOf(outer) ?? (hops > 0 ? this.#takerOf(outer) : undefined);
    if (!holder) return [];
    if (ts.isObjectBindingPattern(holder.name)) return namesIn(holder.name);
    if (!ts.isIdentifier(holder.name)) return [];
    const left = ts.isParameter(holder) ? hops - 1 : hops;
    return usesOf(holder, holder.name.text).flatMap((use) => (use.parent === parent ? [] : this.#namesRead(use, left)));
  }

  /** The parameter of a function of the project that an argument is given to. */
  #takerOf(node: Expression): ts.ParameterDeclaration | undefined {
    const { parent } = node;
    const index = ts.isCallExpression(parent) ? parent.arguments.indexOf(node) : -1;
    return index < 0
      ? undefined
      : this.functionOf(this.argument(strip((parent as ts.CallExpression).expression)))?.parameters[index];
  }
}

/** The names that are taken out of a value: `{ id, total }`. */
function namesIn(pattern: ts.ObjectBindingPattern): string[] {
  return pattern.elements.flatMap((item) => {
    const name = item.dotDotDotToken ? undefined : nameText((item.propertyName ?? item.name) as ts.PropertyName);
    return name ?? [];
  });
}

/** A value with the parentheses, `await` and `!` around it. */
function wrapped(node: Expression): Expression {
  let outer = node;
  while (ts.isParenthesizedExpression(outer.parent) || ts.isAwaitExpression(outer.parent) || ts.isNonNullExpression(outer.parent))
    outer = outer.parent;
  return outer;
}

/** What Nest's `new NatsRecordBuilder(data).setHeaders(headers).build()` carries. */
function recordData(call: ts.CallExpression | ts.NewExpression): Expression | undefined {
  const isBuild = ts.isPropertyAccessExpression(call.expression) && call.expression.name.text === 'build';
  let at: Expression = isBuild ? (call.expression as ts.PropertyAccessExpression).expression : call;
  while (ts.isCallExpression(at) && ts.isPropertyAccessExpression(at.expression)) {
    if (at.expression.name.text === 'setData') return at.arguments[0];
    at = at.expression.expression;
  }
  const isRecord = ts.isNewExpression(at) && /^(?:Nats|Rmq|Mqtt)Record(?:Builder)?$/.test(at.expression.getText());
  return isRecord ? (at as ts.NewExpression).arguments?.[0] : undefined;
}

/** One of several shapes; undefined where there is none. */
export function oneOf(shapes: readonly Shape[]): Shape | undefined {
  const distinct = [...new Map(shapes.map((shape) => [JSON.stringify(shape), shape])).values()];
  return distinct.length > 1 ? { anyOf: distinct } : distinct[0];
}

/** Is it said that a value is an object, and nothing of what is in it? */
function isBare({ type, ref, properties, additional }: Shape): boolean {
  return type === 'object' && !ref && !properties && isUnknown(additional);
}

function isWhole(member: string): boolean {
  return member === 'default' || member === '*';
}

/** `JSON.parse(…)`, and what codecs and clients that know JSON decode. */
function isParsed(node: Expression): boolean {
  if (!ts.isCallExpression(node)) return false;
  const callee = node.expression.getText();
  return /^JSON\.parse$|^(?:.*\.)?(?:jc|json\w*)\.decode$|^\w+\.json$/i.test(callee);
}

/** The uses of a variable or a parameter in the function or file that declares it. */
export function usesOf(declaration: ts.VariableDeclaration | ts.ParameterDeclaration, name: string): ts.Identifier[] {
  const owner = ts.findAncestor(declaration, (node) => ts.isFunctionLike(node) || ts.isSourceFile(node));
  const found: ts.Identifier[] = [];
  const visit = (node: ts.Node): void => {
    const isName = ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;
    if (ts.isIdentifier(node) && node.text === name && node.parent !== declaration && !isName) found.push(node);
    ts.forEachChild(node, visit);
  };
  if (owner) ts.forEachChild(owner, visit);
  return found;
}

/** What a class gives a field: at its declaration and by assignments. */
export function* assignedTo(owner: ts.ClassLikeDeclaration, name: string): Iterable<ts.Expression> {
  const found: ts.Expression[] = [];
  const places = [`this.${name}`, ...(owner.name ? [`${owner.name.text}.${name}`] : [])];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyDeclaration(node) && nameText(node.name) === name && node.initializer) found.push(node.initializer);
    const isAssignment = ts.isBinaryExpression(node) && /^(?:\?\?|\|\|)?=$/.test(node.operatorToken.getText());
    if (isAssignment && places.includes(node.left.getText())) found.push(node.right);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(owner, visit);
  yield* found;
}

function returnedBy(body: ts.Block): ts.Expression[] {
  return body.statements.flatMap((statement) =>
    ts.isReturnStatement(statement) && statement.expression ? [statement.expression] : [],
  );
}
