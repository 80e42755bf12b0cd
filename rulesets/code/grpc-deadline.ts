import type { CodeFix } from '../../server/core/rule.ts';
import { defineCodeRule } from '../../server/core/rule.ts';
import { functionBehind } from '../../server/core/typescript/classes.ts';
import { type CodeFile, enclosingFunction, type Expression, ts } from '../../server/core/typescript/code.ts';
import { valueOf } from '../../server/core/typescript/constants.ts';
import { definitionOf } from '../../server/core/typescript/definitions.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { boundTo, calleeName, givenFor, optionState, promisified } from '../../server/core/typescript/syntax.ts';
import { addProperty } from './edits.ts';
import page from './grpc-deadline.md';

interface Unlimited {
  /** A call with a callback, or the transport that all calls go through. */
  readonly call: ts.CallExpression;
  readonly callback?: Expression;
}

const messageOf = (call: ts.CallExpression) =>
  `\`${call.expression.getText()}\` has no deadline, and gRPC sets none: when the server hangs or the network swallows the answer, the call waits for ever; give it one, as in \`{ deadline: Date.now() + 5000 }\`.`;

/**
 * Evidence: a call with a callback, or a promise made of one by `promisify`, on a client that @grpc/grpc-js (or its forerunner grpc) made (of a loaded definition, or of a generated class with
 * its credentials), or a promise of what a service of Nest's client answers, whose options in sight name no deadline; or a transport of @connectrpc/connect-node without a
 * default, in a file whose calls set no time either. Silent for clients with interceptors, which may set it.
 */
export default defineCodeRule<Unlimited>({
  page,
  severity: 'warn',
  *check(file) {
    if (!file.words.has(/grpc|connect-node/i) && !packages.some((name) => file.package?.installed.has(name))) return;
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      const callback = unaryCallback(file, call);
      if (callback) {
        yield {
          at: call.expression,
          evidence: enclosingFunction(call),
          message: messageOf(call),
          data: { call, callback },
        };
      } else if (isOpenPromise(file, call)) {
        yield { at: call.expression, evidence: enclosingFunction(call), message: messageOf(call) };
      } else if (isOpenObservable(file, call)) {
        yield {
          at: call.expression,
          evidence: enclosingFunction(call),
          message: `\`${call.expression.getText()}\` has no deadline, and gRPC sets none: when the server hangs or the network swallows the answer, the promise waits for ever; end it, as in \`.pipe(timeout(5000))\`.`,
        };
      } else if (isOpenTransport(file, call)) {
        yield {
          at: call.expression,
          evidence: enclosingFunction(call),
          severity: 'hint',
          message: `Calls through \`${call.expression.getText()}\` have no deadline unless each sets one: when the server hangs, they wait for ever; set \`defaultTimeoutMs\`.`,
          data: { call },
        };
      }
    }
  },
  fix({ data }, file) {
    return data && limit(data, file);
  },
});

/** A file may call a client of another one, and not speak of gRPC at all. */
const packages = ['@grpc/grpc-js', 'grpc'];

const stub = /^(?:@grpc\/grpc-js|grpc):(?:loadPackageDefinition|load)\(\)(?:\.\w+)+\(\)\.\w+$/;
const credentials = /^(?:@grpc\/grpc-js|grpc):(?:credentials|ChannelCredentials)\.create\w+\(\)$/;
const limits = ['deadline', 'timeout', 'interceptors', 'interceptor_providers', 'parent'];

/** The callback of a call on a gRPC client that has no deadline. A call that is kept is a stream, or is cancelled by hand, unless it is only listened to. */
function unaryCallback(file: CodeFile, call: ts.CallExpression): Expression | undefined {
  const { expression, arguments: given } = call;
  const callback = given.at(-1);
  if (!ts.isPropertyAccessExpression(expression) || !callback || given.length < 2 || isWatched(call)) return undefined;
  if (/^(?:waitForReady|close|getChannel|make\w+Request|on)$/.test(expression.name.text)) return undefined;
  if (!functionBehind(file, callback) || !isClient(file, expression)) return undefined;
  return isOpen(file, given.slice(1, -1)) ? callback : undefined;
}

/** Kept to be written to or cancelled. */
function isWatched(call: ts.CallExpression): boolean {
  const kept = boundTo(call);
  if (!kept) return false;
  const name = kept.name.getText();
  const text = enclosingFunction(call).getText();
  return !text.includes(`${name}.on(`) || new RegExp(`\\b${name}\\.(?:write|end|pipe|cancel)\\b`).test(text);
}

/** Of what stands beside the message, nothing sets a time. */
function isOpen(file: CodeFile, given: readonly Expression[]): boolean {
  return given.every(
    (argument) =>
      /^(?:@grpc\/grpc-js|grpc):Metadata\(\)$/.test(origin(file, argument) ?? '') || optionState(argument, limits) === 'absent',
  );
}

/** `await getPrice({ currency })` of `const getPrice = promisify(client.getPrice).bind(client)`, also of another file. */
function isOpenPromise(file: CodeFile, call: ts.CallExpression): boolean {
  if (!ts.isAwaitExpression(call.parent) || call.arguments.length === 0 || !speaksOfPromises(file)) return false;
  const made = definitionOf(file, call.expression);
  const method = made && ts.isExpression(made.node) ? promisified(made.file, made.node) : undefined;
  return (
    made !== undefined &&
    method !== undefined &&
    ts.isPropertyAccessExpression(method) &&
    isClient(made.file, method) &&
    isOpen(file, call.arguments.slice(1))
  );
}

const nestMethod = /^@nestjs\/microservices:ClientGrpc(?:Proxy)?\(\)\.getService\(\)\.\w+$/;

/** `firstValueFrom(this.orders.find({ id }))`, `this.orders.find({ id }).toPromise()` of a service that Nest's client has made. */
function isOpenObservable(file: CodeFile, call: ts.CallExpression): boolean {
  const { parent, expression, arguments: given } = call;
  const isPromised = ts.isCallExpression(parent)
    ? /^(?:first|last)ValueFrom$/.test(calleeName(parent)) && parent.arguments[0] === call
    : ts.isPropertyAccessExpression(parent) && parent.name.text === 'toPromise';
  return (
    isPromised &&
    given.length > 0 &&
    nestMethod.test(origin(file, expression) ?? '') &&
    isOpen(file, given.slice(1)) &&
    // Somebody ends the promise instead.
    !/timeout|deadline|\.race\(/i.test(enclosingFunction(call).getText())
  );
}

const promising = new WeakMap<CodeFile, boolean>();

/** Is something made a promise's in this file, or in one that it imports? */
function speaksOfPromises(file: CodeFile): boolean {
  let known = promising.get(file);
  if (known === undefined) {
    const isOfProject = (name: string) => /promisify/.test(file.load(name, file.uri)?.text ?? '');
    known = file.words.has(/^promisify$/m) || [...file.modules].some((name) => isOfProject(name));
    promising.set(file, known);
  }
  return known;
}

/** A client without interceptors: made here with its credentials, also where a function of this file is given it, or elsewhere from a loaded definition. */
function isClient(file: CodeFile, callee: ts.PropertyAccessExpression): boolean {
  const made = valueOf(callee.expression);
  if (ts.isNewExpression(made)) return isMade(file, made);
  if (stub.test(origin(file, callee) ?? '')) return true;
  const given = givenIn(file, made);
  return given.length > 0 && given.every((each) => ts.isNewExpression(each) && isMade(file, each));
}

function isMade(file: CodeFile, made: ts.NewExpression): boolean {
  const [, second, options] = made.arguments ?? [];
  return (
    second !== undefined &&
    credentials.test(origin(file, second) ?? '') &&
    optionState(options, ['interceptors', 'interceptor_providers']) === 'absent' &&
    // What a service has agreed on may hold a timeout for each method.
    (optionState(options, ['grpc.service_config']) === 'absent' || !file.words.has(/^timeout$/m))
  );
}

/** What all calls of a function of this file give for a parameter of it. */
function givenIn(file: CodeFile, value: Expression): Expression[] {
  const parameter = ts.isIdentifier(value) ? declarationOf(value) : undefined;
  if (!parameter || !ts.isParameter(parameter) || !ts.isFunctionDeclaration(parameter.parent)) return [];
  return givenFor(file, parameter).map(valueOf);
}

function isOpenTransport(file: CodeFile, call: ts.CallExpression): boolean {
  return (
    /Transport$/.test(call.expression.getText()) &&
    /^@connectrpc\/connect-node:create(?:Connect|Grpc|GrpcWeb)Transport$/.test(origin(file, call.expression) ?? '') &&
    optionState(call.arguments[0], ['defaultTimeoutMs', 'interceptors']) === 'absent' &&
    !/timeoutMs|AbortSignal/.test(file.text)
  );
}

function limit({ call, callback }: Unlimited, file: CodeFile): CodeFix | undefined {
  if (!callback) {
    const options = call.arguments[0] && valueOf(call.arguments[0]);
    if (!options || !ts.isObjectLiteralExpression(options)) return undefined;
    return {
      title: 'Wait five seconds at most',
      safety: 'suggestion',
      edits: [addProperty(file, options, 'defaultTimeoutMs: 5000')],
    };
  }
  const options = call.arguments.slice(1, -1).find((argument) => ts.isObjectLiteralExpression(argument));
  const start = callback.getStart();
  const edit = options
    ? addProperty(file, options as ts.ObjectLiteralExpression, 'deadline: Date.now() + 5000')
    : { start, end: start, newText: '{ deadline: Date.now() + 5000 }, ' };
  return { title: 'Wait five seconds at most', safety: 'suggestion', edits: [edit] };
}
