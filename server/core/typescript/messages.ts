/**
 * Reads what an application sends and receives through brokers, without running it. The calls of client libraries are
 * known to `brokers.ts`; here they are found, and what a wrapper's parameters leave open is looked up at its callers.
 */
import ts from 'ts6';
import type { BrokerFact, EventFact, EventFacts } from '../generate/events.ts';
import type { Note } from '../generate/facts.ts';
import { byPlace } from '../generate/notes.ts';
import type { Host } from '../host.ts';
import { atOnce, type Steps } from '../steps.ts';
import {
  brokerOf,
  type Declared,
  type Draft,
  draftsOfCall,
  draftsOfClass,
  draftsOfFunction,
  isClient,
  messagingText,
  type Client,
  type Server,
  listeningIn,
  makesClient,
  transportIn,
  type Transports,
} from './brokers.ts';
import { type CodeFile, codeOf, type Expression } from './code.ts';
import { filesOf, sourcesIn } from './files.ts';
import { evidenceAt } from './evidence.ts';
import { assignedTo, Look, type Project } from './look.ts';
import { isTestFile } from './role.ts';
import { Shapes } from './shapes.ts';
import type { Scope, Type } from './type-model.ts';
import { Types } from './types.ts';
import { isNothing, propertyIn } from './plain.ts';
import { baseOf, type Env, type FunctionNode, resultsOf, strip, type Value, Values } from './values.ts';

/**
 * The facts of the messages in these files and their imports; a folder stands for all the source files in it, tests
 * and what is built or installed left out. `read` gives the text that counts (an open buffer's before the disk's).
 */
export function readMessages(entries: readonly string[], host: Host, read: (uri: string) => string | undefined): EventFacts {
  return atOnce(messageSteps(entries, host, read));
}

/** The same file by file. */
export function messageSteps(
  entries: readonly string[],
  host: Host,
  read: (uri: string) => string | undefined,
): Steps<EventFacts> {
  return new Reader(host, read).facts(entries);
}

/** One binding of what a wrapper leaves open: a function by a call, a class by a `new` or by a class that extends it. */
interface Step {
  readonly owner: FunctionNode | ts.ClassLikeDeclaration;
  readonly via: ts.CallExpression | ts.NewExpression | ts.ClassLikeDeclaration;
}

/** One of the things that an expression may be: what it is in a turn of a loop, in a branch of a condition. */
interface Turn {
  /** What is one of several things, and the how manieth of them this is. */
  readonly key: ts.Node;
  readonly index: number;
  /** The function or file in which that holds. */
  readonly owner: ts.Node;
  readonly values: readonly (readonly [ts.Node, Value])[];
  /** The expression that stands for another, where one does. */
  readonly given?: readonly [ts.Node, Expression];
}

/** What is bound around a call, the innermost first. */
type Path = readonly (Step | Turn)[];

const isStep = (one: Step | Turn): one is Step => 'via' in one;

type Read = (look: Look) => Iterable<Draft | Declared>;

/** A wrapper of a wrapper of a wrapper is followed; nobody reads further. */
const maxSteps = 3;
const maxCallers = 1000;

/** How many things one expression may be, and how often one of several is chosen on the way to a call. */
const maxChoices = 50;
const maxTurns = 3;

/** The methods of a list that call a function with each of its items. */
const iterates = /^(?:map|forEach|flatMap|some|every)$/;

class Reader {
  readonly #project: Project;
  #files: readonly ts.SourceFile[] = [];
  readonly #codes = new WeakMap<ts.SourceFile, CodeFile>();
  readonly #notes = new Map<string, Note>();
  readonly #events: EventFact[] = [];
  readonly #brokers: BrokerFact[] = [];
  readonly #declared = new Map<string, Declared['binding']>();
  readonly #callers = new Map<string, readonly ts.CallExpression[]>();
  #classes: readonly ts.ClassLikeDeclaration[] | undefined;
  #made: readonly ts.NewExpression[] | undefined;

  constructor(host: Host, read: (uri: string) => string | undefined) {
    const values = new Values(host, read);
    const types = new Types(values);
    this.#project = { values, types, shapes: new Shapes(types), code: (ast) => this.#code(ast) };
  }

  *#read(entries: readonly string[]): Steps<readonly ts.SourceFile[]> {
    const { values } = this.#project;
    const { host } = values;
    const folders = entries.filter((uri) => host.isDirectory(uri));
    const files = entries.filter((uri) => !folders.includes(uri));
    for (const uri of files) if (!values.file(uri)) this.#note({ uri, start: 0, end: 0 }, 'The file cannot be read.');
    const found = new Set<ts.SourceFile>();
    for (const file of filesOf(values, files)) {
      found.add(file);
      yield file.fileName;
    }
    for (const uri of folders.flatMap((folder) => [...sourcesIn(host, folder)])) {
      const file = values.file(uri);
      if (file) found.add(file);
      yield uri;
    }
    return [...found].filter(({ fileName }) => !isTestFile(fileName));
  }

  *facts(entries: readonly string[]): Steps<EventFacts> {
    this.#files = yield* this.#read(entries);
    const own = ownDecorators(this.#files);
    const files = this.#files
      .filter(({ text }) => messagingText.test(text) || usesClient.test(text) || own?.test(text))
      .map((ast) => this.#code(ast));
    const transports = this.#transports();
    for (const file of files) {
      yield file.ast.fileName;
      this.#readFile(file, transports);
    }
    for (const node of this.#derived()) this.#handedOn(node);
    const first = this.#files[0];
    if (this.#events.length === 0 && this.#notes.size === 0 && first)
      this.#note({ uri: first.fileName, start: 0, end: 0 }, nothingFound);
    const events = this.#events.map((event) => this.#completed(event));
    const notes = [...this.#notes.values()].sort(byPlace);
    return { events: distinct(events), brokers: this.#brokers, types: this.#project.shapes.named, notes };
  }

  #code(ast: ts.SourceFile): CodeFile {
    let code = this.#codes.get(ast);
    if (!code) {
      const { values } = this.#project;
      const load = (specifier: string, from: string) => {
        const uri = values.resolve(specifier, from);
        const target = uri === undefined ? undefined : values.file(uri);
        return target && this.#code(target);
      };
      code = codeOf(ast, load);
      this.#codes.set(ast, code);
    }
    return code;
  }

  #readFile(file: CodeFile, transports: Transports): void {
    const root = this.#look(file, []);
    for (const call of file.calls) {
      const broker = brokerOf(call, root);
      if (broker) this.#brokers.push(broker);
      this.#attempt(file, (look) => draftsOfCall(call, look, transports), []);
    }
    for (const node of file.nodes(
      ts.SyntaxKind.ArrowFunction,
      ts.SyntaxKind.FunctionExpression,
      ts.SyntaxKind.FunctionDeclaration,
    ))
      this.#attempt(file, (look) => draftsOfFunction(node, look), []);
    for (const node of file.nodes(ts.SyntaxKind.ClassDeclaration))
      this.#attempt(file, (look) => draftsOfClass(node, look, transports), []);
  }

  /** Where a class that extends one of a package is given a client: what the package does with it is not to be seen. */
  #handedOn(node: ts.ClassLikeDeclaration): void {
    const base = baseOf(node)?.expression;
    const look = this.#look(this.#code(node.getSourceFile()), []);
    const [, library, name] = /^([^:.][^:]*):([\w$.]+)$/.exec((base && look.origin(base)) ?? '') ?? [];
    if (!base || !library || !name || messagingText.test(library) || look.value(base)?.kind === 'class') return;
    const message = `\`${name}\` of \`${library}\` is given a client and is not among these files, so what it sends or receives is missing.`;
    for (const { via } of this.#newOf(node)) {
      const at = this.#look(this.#code(via.getSourceFile()), []);
      if (!ts.isClassLike(via) && via.arguments?.some((one) => isClient(at.origin(one)))) this.#note(via, message);
    }
  }

  /** What the modules of Nest say of their brokers. */
  #transports(): Transports {
    const clients: Client[] = [];
    const servers: Server[] = [];
    for (const ast of this.#files) {
      const uri = ast.fileName;
      const file = this.#code(ast);
      const root = this.#look(file, []);
      for (const call of /Microservice[<(]/.test(ast.text) ? file.calls : []) {
        const { node, look, controllers } = listeningIn(call, root) ?? {};
        const found = node && look && transportIn(node, look);
        if (!found) continue;
        servers.push({ ...found.transport, uri, ...(controllers && { controllers }) });
        this.#brokers.push(found.broker);
      }
      for (const node of ast.text.includes('Transport.') ? file.nodes(ts.SyntaxKind.ObjectLiteralExpression) : [])
        for (const [look, at] of this.#looksAtClient(file, node, root)) {
          const { transport, token, broker } = transportIn(node, look) ?? {};
          const isMade = ts.isCallExpression(node.parent) && makesClient.test(node.parent.expression.getText());
          if (!transport || !broker || !(token || isMade)) continue;
          clients.push({ ...transport, ...(token && { token }), uri: at.getSourceFile().fileName });
          this.#brokers.push(broker);
        }
    }
    return { clients, servers };
  }

  /** Where the options of a client stand in a module that its callers name, `RmqModule.register({ name: 'MAIL' })`: at each of them. */
  #looksAtClient(file: CodeFile, node: ts.ObjectLiteralExpression, root: Look): readonly (readonly [Look, ts.Node])[] {
    const name = transportIn(node, root)?.name;
    const owner = name && root.text(name) === undefined ? this.#openIn(name, []) : undefined;
    const callers = owner ? this.#callersOf(owner) : [];
    return owner && !ts.isClassLike(owner) ? callers.map((step) => [this.#look(file, [step]), step.via]) : [[root, node]];
  }

  /** Reads a call in a context; where that leaves a channel or a payload to a parameter or to a choice, reads it for each. */
  #attempt(file: CodeFile, read: Read, path: Path): void {
    const look = this.#look(file, path);
    const hasSteps = path.filter(isStep).length < maxSteps;
    for (const draft of read(look)) {
      if ('binding' in draft) {
        const owner = draft.declares === undefined && hasSteps && this.#openIn(draft.nameNode, path);
        for (const step of owner ? this.#callersOf(owner) : []) this.#attempt(file, read, [...path, step]);
        if (draft.declares !== undefined) this.#declared.set(draft.declares, draft.binding);
        continue;
      }
      const isUnnamed = !draft.address && !draft.title;
      const fork = draft.channelNode && this.#forkIn(draft.channelNode, path);
      const open = isUnnamed ? draft.channelNode : draft.message.payload ? undefined : draft.payloadNode;
      const owner = open && !fork && this.#openIn(open, path);
      const callers = owner && hasSteps ? this.#callersOf(owner) : [];
      const further = fork ? fork.turns.map((turn) => path.toSpliced(fork.at, 0, turn)) : callers.map((step) => [...path, step]);
      // One call may make several drafts; they share their parameters.
      if (further.length > 0) {
        for (const one of further) this.#attempt(file, read, one);
        return;
      }
      this.#accept(draft, path);
    }
  }

  #accept(draft: Draft, path: Path): void {
    const { protocol, node, channelNode, payloadNode: _, gap, ...fact } = draft;
    const outermost = path.findLast(isStep)?.via;
    const at = outermost ?? node;
    const place = outermost ?? channelNode ?? node;
    if (!draft.address && !draft.title) {
      const uses = draft.action === 'send' ? 'what is sent to it' : 'what is received from it';
      this.#note(place, `The ${draft.noun} is not known before the program runs, so ${uses} is missing.`);
      return;
    }
    const called = draft.title ?? draft.address?.text ?? '';
    if (protocol === undefined)
      this.#note(at, `Which transport carries “${called}” cannot be seen, so it stands without a server.`);
    if (!draft.message.payload) {
      const reason = gap ?? (draft.action === 'send' ? 'its type cannot be seen' : 'the handler does not show its type');
      this.#note(at, `The payload of “${called}” is left open: ${reason}.`);
    }
    if (draft.title && !draft.address) this.#note(at, `“${called}” has no address that the code shows.`);
    const confidence = draft.message.payload ? (hasType(draft.message.payload) ? 'typed' : 'seen') : 'seen';
    this.#events.push({ ...fact, ...(protocol && { protocol }), evidence: evidenceAt(at, confidence) });
  }

  /** Where an expression is one of several things that are all written down, and in which part of the path that is. */
  #forkIn(node: Expression, path: Path, at = 0, depth = 0): { at: number; turns: readonly Turn[] } | undefined {
    const bare = strip(node);
    const turned = path.filter((one): one is Turn => !isStep(one));
    if (depth > 16 || turned.length >= maxTurns) return undefined;
    const { values } = this.#project;
    const { env } = this.#context(path.slice(at));
    const within = (one: Expression | undefined, from = at) => one && this.#forkIn(one, path, from, depth + 1);
    const chosen = turned.find(({ key }) => key === bare)?.given?.[1];
    if (chosen) return within(chosen);
    const fork = (key: ts.Node, owner: ts.Node, choices: readonly Pick<Turn, 'values' | 'given'>[] | undefined) =>
      choices && choices.length > 0 && choices.length <= maxChoices
        ? { at, turns: choices.map((choice, index) => ({ key, index, owner, ...choice })) }
        : undefined;
    const bound = (value: Value | undefined) => (value ? [[bare, value] as const] : []);
    if (ts.isIdentifier(bare)) {
      let declaration = values.declarationOf(bare);
      while (declaration && ts.isBindingElement(declaration)) declaration = declaration.parent.parent;
      if (!declaration || !(ts.isParameter(declaration) || ts.isVariableDeclaration(declaration))) return undefined;
      const parameter = ts.isParameter(declaration) ? declaration : undefined;
      const step = path.findIndex((one) => parameter && isStep(one) && one.owner === calledFor(parameter));
      const given = step < 0 || !parameter ? undefined : argumentsOf(path[step] as Step)[indexOf(parameter)];
      if (given) return within(given, step + 1);
      const over = iteratedBy(declaration);
      if (!over) return ts.isVariableDeclaration(declaration) ? within(declaration.initializer) : undefined;
      if (turned.some(({ key }) => key === declaration)) return undefined;
      const owner = parameter ? parameter.parent : declaration.parent.parent;
      const turns = values.turns(over, declaration, env) ?? [];
      for (const { call, isKnown } of turns.length > 0 ? values.pushes(over, env) : [])
        if (!isKnown) this.#note(call, 'What is added to this list while the program runs is not known, so it is missing.');
      const choices = turns.map((all) => ({ values: all }));
      return fork(declaration, owner, choices) ?? within(over);
    }
    if (ts.isConditionalExpression(bare)) {
      const { whenTrue, whenFalse } = bare;
      const only = isNothing(whenFalse) ? whenTrue : isNothing(whenTrue) ? whenFalse : undefined;
      if (only || values.of(bare, env)) return within(only);
      const choices = [whenTrue, whenFalse];
      return fork(
        bare,
        ownerOf(bare),
        choices.map((choice) => ({ values: bound(values.of(choice, env)), given: [bare, choice] })),
      );
    }
    if (ts.isElementAccessExpression(bare)) {
      const key = bare.argumentExpression;
      if (values.text(key, env) !== undefined) return within(bare.expression);
      const inner = within(key) ?? within(bare.expression);
      // Who calls says more.
      const owner = inner ? undefined : this.#openIn(key, path.slice(at));
      if (inner || (owner && path.filter(isStep).length < maxSteps && this.#callersOf(owner).length > 0)) return inner;
      const members = values.entriesIn(values.of(bare.expression, env))?.map(([, value]) => ({ values: bound(value) }));
      return turned.some((one) => one.key === bare) ? undefined : fork(bare, ownerOf(bare), members);
    }
    if (ts.isPropertyAccessExpression(bare)) {
      const owner = bare.expression.kind === ts.SyntaxKind.ThisKeyword ? ts.findAncestor(bare, ts.isClassLike) : undefined;
      for (const value of owner ? assignedTo(owner, bare.name.text) : [bare.expression]) {
        const found = within(value);
        if (found) return found;
      }
      return undefined;
    }
    if (ts.isCallExpression(bare)) {
      // `topicFor(kind)`, of which nothing says what it answers this time.
      const target = bare.arguments.some((one) => values.text(one, env) !== undefined)
        ? undefined
        : values.of(bare.expression, env);
      const results = target?.kind === 'function' ? resultsOf(target.node.body) : [];
      if (target?.kind !== 'function' || results.length < 2 || turned.some(({ key }) => key === bare)) return undefined;
      const inner = values.call(bare, target, env);
      const answers = results.map((result) => values.of(result, inner));
      const isKnown = answers.every((answer) => answer?.kind === 'text');
      return isKnown
        ? fork(
            bare,
            ownerOf(bare),
            answers.map((answer) => ({ values: bound(answer) })),
          )
        : undefined;
    }
    let found: ReturnType<typeof within>;
    if (ts.isTemplateExpression(bare)) for (const span of bare.templateSpans) found ??= within(span.expression);
    if (ts.isBinaryExpression(bare)) found = within(bare.left) ?? within(bare.right);
    return found;
  }

  /** The function or class whose parameters an expression is made of, past those that the path binds. */
  #openIn(node: Expression, path: Path, depth = 0): Step['owner'] | undefined {
    const bare = strip(node);
    if (depth > 16) return undefined;
    if (ts.isIdentifier(bare)) {
      const declaration = this.#project.values.declarationOf(bare);
      return declaration && this.#openDeclaration(declaration, path, depth);
    }
    if (ts.isPropertyAccessExpression(bare)) {
      if (bare.expression.kind === ts.SyntaxKind.ThisKeyword) return this.#openField(bare, path, depth);
      // Of an object that is given, the member that is meant.
      const member = propertyIn(this.#givenFor(bare.expression, path), bare.name.text);
      if (member) return this.#openIn(member, path, depth + 1);
    }
    let found: Step['owner'] | undefined;
    ts.forEachChild(bare, (child) => {
      if (ts.isFunctionLike(child)) return;
      const isOpen = ts.isExpression(child) || ts.isTemplateSpan(child) || ts.isObjectLiteralElementLike(child);
      if (isOpen) found ??= this.#openIn(openPart(child), path, depth + 1);
    });
    return found;
  }

  /** What a caller on the path gives for a parameter. */
  #givenFor(node: Expression, path: Path): Expression | undefined {
    const declaration = ts.isIdentifier(node) ? this.#project.values.declarationOf(node) : undefined;
    if (!declaration || !ts.isParameter(declaration)) return undefined;
    const step = path.filter(isStep).find((one) => one.owner === calledFor(declaration));
    return step && argumentsOf(step)[indexOf(declaration)];
  }

  #openDeclaration(declaration: ts.Node, path: Path, depth: number): Step['owner'] | undefined {
    if (ts.isVariableDeclaration(declaration)) {
      const source = declaration.initializer ?? iteratedBy(declaration);
      return source && this.#openIn(source, path, depth + 1);
    }
    let outer = declaration;
    while (ts.isBindingElement(outer)) outer = outer.parent.parent;
    if (ts.isVariableDeclaration(outer)) return this.#openDeclaration(outer, path, depth + 1);
    if (!ts.isParameter(outer)) return undefined;
    const over = iteratedBy(outer);
    if (over) return this.#openIn(over, path, depth + 1);
    const owner = calledFor(outer);
    const step = path.filter(isStep).find((one) => one.owner === owner);
    if (!step) return owner;
    const argument = argumentsOf(step)[indexOf(outer)];
    return argument && this.#openIn(argument, path, depth + 1);
  }

  /** `this.topic`: given to the constructor, assigned from a parameter, or left to the classes that extend this one. */
  #openField(node: ts.PropertyAccessExpression, path: Path, depth: number): Step['owner'] | undefined {
    const owner = ts.findAncestor(node, ts.isClassLike);
    if (!owner) return undefined;
    const maker = owner.members.find(ts.isConstructorDeclaration);
    const own = maker?.parameters.find(
      (one) => ts.isParameterPropertyDeclaration(one, maker) && one.name.getText() === node.name.text,
    );
    const given = own && this.#openDeclaration(own, path, depth);
    if (given) return given;
    const values = [...assignedTo(owner, node.name.text)];
    for (const value of values) {
      const found = this.#openIn(value, path, depth + 1);
      if (found) return found;
    }
    // What the class gives it itself, no other class does: `#events = []`.
    if (values.some((value) => !isNothing(value))) return undefined;
    return path.some((one) => isStep(one) && one.owner === owner) ? undefined : owner;
  }

  #callersOf(owner: Step['owner']): readonly Step[] {
    if (ts.isClassLike(owner)) {
      const extending = this.#extending(owner);
      const made = this.#newOf(owner);
      return [...extending, ...made].slice(0, maxCallers);
    }
    const name = nameOf(owner);
    if (!name) return [];
    const calls = this.#callsNamed(name).filter((call) => this.#calls(call, owner));
    return calls.slice(0, maxCallers).map((via) => ({ owner, via }));
  }

  #callsNamed(name: string): readonly ts.CallExpression[] {
    let found = this.#callers.get(name);
    if (!found) {
      found = this.#files
        .filter(({ text }) => text.includes(name))
        .flatMap((ast) => this.#code(ast).nodes(ts.SyntaxKind.CallExpression))
        .filter(({ expression }) => {
          const callee = strip(expression);
          return ts.isPropertyAccessExpression(callee)
            ? callee.name.text === name
            : ts.isIdentifier(callee) && callee.text === name;
        });
      this.#callers.set(name, found);
    }
    return found;
  }

  /** Does a call run this function: by its name, by a class's method, or by the interface that the class implements? */
  #calls(call: ts.CallExpression, owner: FunctionNode): boolean {
    const { values, types } = this.#project;
    const value = values.of(call.expression, values.root);
    if (value?.kind === 'function') return value.node === owner || this.#overrides(owner, value.node);
    const callee = strip(call.expression);
    if (!ts.isMethodDeclaration(owner) || !ts.isPropertyAccessExpression(callee)) return false;
    const receiver = types.of(callee.expression);
    if (receiver.kind !== 'declared' || ts.isTypeLiteralNode(receiver.node)) return false;
    if (receiver.node === owner.parent) return true;
    const wanted = receiver.node.name?.text;
    const bases = ts.isClassLike(owner.parent)
      ? (owner.parent.heritageClauses ?? []).flatMap(({ types: list }) => [...list])
      : [];
    return wanted !== undefined && bases.some(({ expression }) => expression.getText() === wanted);
  }

  /** Is a method the abstract one that another class fills? */
  #overrides(owner: FunctionNode, declared: FunctionNode): boolean {
    if (declared.body || !ts.isMethodDeclaration(owner) || !ts.isClassLike(owner.parent)) return false;
    const value =
      baseOf(owner.parent) &&
      this.#project.values.of((baseOf(owner.parent) as ts.ExpressionWithTypeArguments).expression, this.#project.values.root);
    return value?.kind === 'class' && value.node === declared.parent;
  }

  #extending(owner: ts.ClassLikeDeclaration): readonly Step[] {
    const { values } = this.#project;
    return this.#derived()
      .filter((node) => {
        const base = baseOf(node);
        const value = base && values.of(base.expression, values.root);
        return value?.kind === 'class' && value.node === owner;
      })
      .map((via) => ({ owner, via }));
  }

  /** The classes of files in which some class extends another. */
  #derived(): readonly ts.ClassLikeDeclaration[] {
    this.#classes ??= this.#files
      .filter(({ text }) => text.includes('extends'))
      .flatMap((ast) => this.#code(ast).nodes(ts.SyntaxKind.ClassDeclaration));
    return this.#classes;
  }

  #newOf(owner: ts.ClassLikeDeclaration): readonly Step[] {
    const name = owner.name?.text;
    if (!name) return [];
    this.#made ??= this.#files.flatMap((ast) => this.#code(ast).nodes(ts.SyntaxKind.NewExpression));
    const { values } = this.#project;
    return this.#made
      .filter((node) => {
        if (!node.expression.getText().endsWith(name)) return false;
        const value = values.of(node.expression, values.root);
        return value?.kind === 'class' && value.node === owner;
      })
      .map((via) => ({ owner, via }));
  }

  /** The view in which what the path binds is bound. */
  #look(file: CodeFile, path: Path): Look {
    const { env, scope } = this.#context(path);
    const given = new Map<ts.Node, Expression>(
      path.flatMap((one) => (isStep(one) ? givenBy(one) : one.given ? [one.given] : [])),
    );
    return new Look(this.#project, file, env, scope, given);
  }

  /** What the path binds, the outermost first: what it gives feeds the inner ones. */
  #context(path: Path): { env: Env; scope: Scope } {
    const { values, types } = this.#project;
    let { env, scope }: { env: Env; scope: Scope } = { env: values.root, scope: types.root };
    for (const one of path.toReversed()) {
      if (!isStep(one)) {
        env = values.enter(one.key, `turn ${one.index}`, one.owner, env, env, new Map(one.values));
        continue;
      }
      const bound = this.#bind(one, env, scope);
      env = values.enter(one.via, `step ${one.owner.pos}`, one.owner, env, env, bound.values);
      scope = types.scope(bound.types, scope);
    }
    return { env, scope };
  }

  #bind(step: Step, env: Env, scope: Scope) {
    const { values, types } = this.#project;
    const bound = new Map<ts.Node, Value>();
    const typed = new Map<ts.Node, Type>();
    const { owner, via } = step;
    const isStated = !ts.isClassLike(via) && via.typeArguments !== undefined;
    for (const [parameter, argument] of givenBy(step)) {
      const value = values.of(argument, env);
      if (value) bound.set(parameter, value);
      // `subscribe<Order>(options)`: what is stated says more than what is given.
      if (isStated && ts.isParameter(parameter) && parameter.type) continue;
      const type = types.of(argument, scope);
      if (type.kind !== 'unknown' && (type.kind !== 'package' || type.module !== '')) typed.set(parameter, type);
    }
    if (!ts.isClassLike(owner)) this.#bindTypes(step, owner, typed, scope);
    if (ts.isClassLike(via)) {
      bound.set(owner, { kind: 'instance', node: via, env: values.root });
      typed.set(owner, { kind: 'declared', node: via, scope, args: [] });
      const given = baseOf(via)?.typeArguments ?? [];
      for (const [index, parameter] of ((owner as ts.ClassLikeDeclaration).typeParameters ?? []).entries()) {
        const argument = given[index];
        if (argument) typed.set(parameter, types.ofNode(argument, scope));
      }
    } else if (ts.isMethodDeclaration(owner) && ts.isClassLike(owner.parent) && ts.isPropertyAccessExpression(via.expression)) {
      const receiver = values.of(via.expression.expression, env);
      if (receiver?.kind === 'instance' && receiver.node !== owner.parent) bound.set(owner.parent, receiver);
    }
    return { values: bound, types: typed };
  }

  /** The type parameters of a function: stated by the call, or those of the arguments that have them for their types. */
  #bindTypes({ via }: Step, owner: FunctionNode, typed: Map<ts.Node, Type>, scope: Scope): void {
    const { types, values } = this.#project;
    const stated = ts.isClassLike(via) ? [] : (via.typeArguments ?? []);
    const shown = ts.isCallExpression(via)
      ? types.scopeOf({ kind: 'function', node: owner, env: values.root }, via, scope)
      : undefined;
    for (const [index, parameter] of (owner.typeParameters ?? []).entries()) {
      const argument = stated[index];
      const holder = owner.parameters.find(({ type }) => type?.getText() === parameter.name.text);
      const given = holder ? typed.get(holder) : shown?.bindings.get(parameter);
      const type = argument ? types.ofNode(argument, scope) : given;
      if (type && type.kind !== 'unknown') typed.set(parameter, type);
    }
  }

  /** What a queue, an exchange or a topic is declared as joins what is known of its channel. */
  #completed(event: EventFact): EventFact {
    const { channel, protocol, address } = event;
    if (protocol === 'kafka' && address) {
      const found = this.#declared.get(`kafka ${address.text}`);
      return found ? { ...event, channel: { ...channel, ...found } } : event;
    }
    for (const kind of ['queue', 'exchange']) {
      const own = channel?.[kind] as { name?: string } | undefined;
      const found = protocol === 'amqp' && own?.name ? this.#declared.get(`amqp ${kind} ${own.name}`) : undefined;
      if (found) return { ...event, channel: { ...channel, [kind]: { ...own, ...found } } };
    }
    return event;
  }

  #note(place: ts.Node | Pick<Note, 'uri' | 'start' | 'end'>, message: string): void {
    const at = 'uri' in place ? place : { uri: place.getSourceFile().fileName, start: place.getStart(), end: place.getEnd() };
    this.#notes.set(`${at.uri}#${at.start} ${message}`, { ...at, message });
  }
}

/** The use of decorators of the project that may apply those of a messaging library. */
function ownDecorators(files: readonly ts.SourceFile[]): RegExp | undefined {
  const names = files
    .filter(({ text }) => text.includes('applyDecorators(') && messagingText.test(text))
    .flatMap(({ text }) => [...text.matchAll(/\b(?:const|function) (\w+)/g)].map(([, name]) => name));
  return names.length > 0 ? new RegExp(`@(?:${names.join('|')})\\(`) : undefined;
}

/** A call that may be a client's, made elsewhere. */
const usesClient =
  /\.(?:send|sendBatch|publish|request|sendToQueue|subscribe|consume|add|addBulk|upsertJobScheduler|process|emit|emitAsync|on|once)\(/;

const nothingFound =
  'Nothing here sends or receives messages in a way that Lintel reads: kafkajs, amqplib, SQS, SNS, NATS, BullMQ, NestJS, EventEmitter.';

/** Who is called, or made, when a parameter is given something. */
function calledFor({ parent }: ts.ParameterDeclaration): Step['owner'] {
  return ts.isConstructorDeclaration(parent) ? (parent.parent as ts.ClassLikeDeclaration) : (parent as FunctionNode);
}

function indexOf(parameter: ts.ParameterDeclaration): number {
  return parameter.parent.parameters.indexOf(parameter);
}

/** The list whose items a variable or a parameter is, one after the other: `for (const item of list)`, `list.map((item) => …)`. */
function iteratedBy(node: ts.VariableDeclaration | ts.ParameterDeclaration): Expression | undefined {
  const around = node.parent.parent;
  if (ts.isVariableDeclaration(node))
    return ts.isForOfStatement(around) || ts.isForInStatement(around) ? around.expression : undefined;
  if (!ts.isCallExpression(around) || around.arguments[0] !== node.parent || indexOf(node) > 0) return undefined;
  const callee = around.expression;
  return ts.isPropertyAccessExpression(callee) && iterates.test(callee.name.text) ? callee.expression : undefined;
}

/** The function or file around an expression. */
function ownerOf(node: ts.Node): ts.Node {
  return ts.findAncestor(node, ts.isFunctionLike) ?? node.getSourceFile();
}

/** The arguments a step binds parameters to: of the call, of `new`, of the extending class's `super(…)`. */
function argumentsOf({ via }: Step): readonly Expression[] {
  if (!ts.isClassLike(via)) return via.arguments ?? [];
  let found: readonly Expression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.SuperKeyword) found = node.arguments;
    ts.forEachChild(node, visit);
  };
  const maker = via.members.find(ts.isConstructorDeclaration);
  if (maker) visit(maker);
  return found;
}

/** The parameters a step binds, and what they are given. */
function givenBy(step: Step): readonly (readonly [ts.Node, Expression])[] {
  const { owner } = step;
  const maker = ts.isClassLike(owner) ? owner.members.find(ts.isConstructorDeclaration) : owner;
  return argumentsOf(step).flatMap((argument, index) => {
    const parameter = maker?.parameters[index];
    return parameter ? [[parameter, argument] as const] : [];
  });
}

/** The expression of a template's span or a property, for those that are no expression themselves. */
function openPart(node: ts.Node): Expression {
  if (ts.isTemplateSpan(node)) return node.expression;
  if (ts.isPropertyAssignment(node)) return node.initializer;
  if (ts.isShorthandPropertyAssignment(node)) return node.name;
  return ts.isSpreadAssignment(node) ? node.expression : (node as Expression);
}

function nameOf(node: FunctionNode): string | undefined {
  if (node.name) return node.name.getText();
  const { parent } = node;
  const isNamed = ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent);
  return isNamed ? parent.name.getText() : undefined;
}

/** Is the type of any part of a payload known? A handler that reads properties shows only their names. */
function hasType(shape: NonNullable<EventFact['message']['payload']>): boolean {
  if (shape.ref || shape.type !== 'object') return true;
  return Object.values(shape.properties ?? {}).some((property) => Object.keys(property).length > 0);
}

/** The same message on the same channel is one fact: the first. */
function distinct(events: readonly EventFact[]): EventFact[] {
  const seen = new Map<string, EventFact>();
  for (const event of events) {
    const { evidence: _, ...rest } = event;
    const key = JSON.stringify(rest);
    if (!seen.has(key)) seen.set(key, event);
  }
  return [...seen.values()].sort((a, b) => byPlace(a.evidence, b.evidence));
}
