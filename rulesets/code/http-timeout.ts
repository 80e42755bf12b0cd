import { defineCodeRule } from '../../server/core/rule.ts';
import { runBy } from '../../server/core/typescript/classes.ts';
import { ancestorsInFunction, type CodeFile, descendants, enclosingFunction, ts } from '../../server/core/typescript/code.ts';
import { constantText, valueOf } from '../../server/core/typescript/constants.ts';
import { definitionOf } from '../../server/core/typescript/definitions.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import {
  boundTo,
  chainFrom,
  inOneLine,
  inSameFunction,
  isWithin,
  membersOfType,
  optionState,
  optionStateByCalls,
  optionValue,
} from '../../server/core/typescript/syntax.ts';
import { addArgument, addProperty } from './edits.ts';
import { hasNoHost, type HttpCall, httpCalls, isUrl, madeRequest, readsOwnFile } from './http-clients.ts';
import page from './http-timeout.md';

/**
 * Evidence: a call of a known HTTP client whose options can be seen whole and hold nothing that bounds its time; for a
 * client made once (`axios.create`), the place where it is made; for Nest's `HttpModule`, the module that imports it as it is, with
 * such a call in a class of that module.
 */
export default defineCodeRule<{ http: HttpCall } | { module: ts.Identifier }>({
  page,
  severity: 'warn',
  snippet: 'retry',
  *check(file) {
    for (const http of httpCalls(file)) {
      const { client, call } = http;
      if (http.made || client.bounds.length === 0 || isBounded(file, http)) continue;
      const name = inOneLine(call.expression);
      yield {
        at: call.expression,
        evidence: call,
        message:
          http.kind === 'make'
            ? `\`${name}\` makes a client without a deadline: when the other side hangs, every call of it hangs, and what waits for it; set \`${client.deadline}\`.`
            : `\`${name}\` has no deadline: when the other side hangs, so do this call and all that wait for it; pass \`${client.deadline}\`.`,
        data: { http },
      };
    }
    for (const http of handedOver(file)) {
      yield {
        at: http.call.expression,
        evidence: http.call,
        message: `\`${inOneLine(http.call.expression)}\` makes a client without a deadline: when the other side hangs, every call of it hangs, and what waits for it; set \`${http.client.deadline}\`.`,
        data: { http },
      };
    }
    for (const module of plainHttpModules(file)) {
      const found = injectedCalls(file, module).find(({ owner, http }) => !isBounded(owner, http));
      if (!found) continue;
      yield {
        at: module,
        message: `\`HttpModule\` gives \`${found.name}\` a client without a deadline: when the other side hangs, so do \`${inOneLine(found.http.call.expression)}\` and all that wait for it; import \`HttpModule.register({ timeout: 10_000 })\`.`,
        data: { module },
      };
    }
  },
  fix({ data }, file) {
    if (!data) return undefined;
    if ('module' in data) {
      const at = data.module.getEnd();
      return {
        title: 'Add timeout: 10_000',
        safety: 'suggestion',
        edits: [{ start: at, end: at, newText: '.register({ timeout: 10_000 })' }],
      };
    }
    const { client, call, optionsAt } = data.http;
    const title = `Add ${client.deadline}`;
    // A signal ends the body as well, however much of a stream is still to come.
    if (client.deadline.startsWith('signal') && streams.test(enclosingFunction(call).getText())) return undefined;
    if (client.name === 'superagent')
      return {
        title,
        safety: 'suggestion',
        edits: [{ start: call.getEnd(), end: call.getEnd(), newText: `.${client.deadline}` }],
      };
    const options = call.arguments[optionsAt];
    const literal = options && valueOf(options);
    if (literal && ts.isObjectLiteralExpression(literal)) {
      // A signal made once and for all would be over when the second call begins; one behind `...options` would take the caller's place.
      if (literal !== options && !inSameFunction(call, literal)) return undefined;
      if (optionState(literal, client.bounds, file) !== 'absent') return undefined;
      return { title, safety: 'suggestion', edits: [addProperty(file, literal, client.deadline)] };
    }
    if (options || call.arguments.some(ts.isSpreadElement)) return undefined;
    const missing = 'undefined, '.repeat(optionsAt - call.arguments.length);
    return { title, safety: 'suggestion', edits: [addArgument(call, `${missing}{ ${client.deadline} }`)] };
  },
});

const streams = /text\/event-stream|\bstream['"]?\s*:\s*true|\.getReader\(|\bTextDecoderStream\b/;

function isBounded(file: CodeFile, http: HttpCall): boolean {
  const { client, call, optionsAt } = http;
  if (call.arguments.some(ts.isSpreadElement)) return true;
  if (client.name === 'superagent') {
    const { end, names } = chainFrom(call);
    // What is not awaited may be given its deadline by whoever holds it.
    const isHeld = !ts.isAwaitExpression(end.parent) && (boundTo(end) !== undefined || ts.isReturnStatement(end.parent));
    return names.includes('timeout') || isHeld;
  }
  const options = call.arguments[optionsAt];
  const isSeen = options === undefined || isCallback(options) || hasNoRoomFor(options, client.bounds);
  if (!isSeen && (optionStateByCalls(options, client.bounds, file) !== 'absent' || isSetLater(file, options, client.bounds)))
    return true;
  // `http-timeout-ignored` speaks of that one.
  if (client.name === 'fetch' && optionState(options, ['timeout']) === 'set') return true;
  if (client.name === 'http') return isBoundedRequest(call);
  if (http.kind === 'make' && isBoundedByCalls(file, http)) return true;
  if (isOfNest(file, call) && isBoundedInNest(file, http)) return true;
  if (isBoundedByAgent(file, options) || (client.name === 'axios' && !http.made && isOfPage(file, call))) return true;
  if (client.name === 'axios' && /\baxios\.defaults\.timeout\s*=/.test(file.text)) return true;
  if (client.name === 'fetch' && file.text.includes('setGlobalDispatcher')) return true;
  return (!client.rejects && optionsAt === 1 && isRequestObject(file, call)) || isRaced(call);
}

/** A function, also that by which a promise is kept: `new Promise((resolve) => https.get(url, resolve))`. */
function isCallback(given: ts.Expression): boolean {
  if (ts.isFunctionLike(given)) return true;
  const declaration = ts.isIdentifier(given) ? declarationOf(given) : undefined;
  const made = declaration && ts.isParameter(declaration) ? declaration.parent.parent : undefined;
  return made !== undefined && ts.isNewExpression(made) && made.expression.getText() === 'Promise';
}

/** `options.timeout = 5_000`, on the variable or the field that holds the options. */
function isSetLater(file: CodeFile, options: ts.Expression, bounds: readonly string[]): boolean {
  if (!ts.isIdentifier(options) && !ts.isPropertyAccessExpression(options)) return false;
  const name = options.getText().replace(/[$#.]/g, '\\$&');
  return new RegExp(`${name}\\.(?:${bounds.join('|')})\\s*=[^=]`).test(file.text);
}

/** A parameter whose type, written out in this file, has no member that bounds the time. */
function hasNoRoomFor(options: ts.Expression, bounds: readonly string[]): boolean {
  const declaration = ts.isIdentifier(options) ? declarationOf(options) : undefined;
  const members = declaration && ts.isParameter(declaration) && declaration.type ? membersOfType(declaration.type) : undefined;
  return (
    members !== undefined &&
    members.length > 0 &&
    members.every((member) => ts.isPropertySignature(member) && !bounds.includes(member.name.getText())) &&
    !members.some(({ parent }) => ts.isInterfaceDeclaration(parent) && parent.heritageClauses)
  );
}

/** `http.request`: a URL that may hold options, or a request that is given a timeout afterwards. */
function isBoundedRequest(call: ts.CallExpression): boolean {
  const visible = call.arguments.some((argument) => ts.isObjectLiteralExpression(valueOf(argument)));
  if (!visible && !(call.arguments[0] && isUrl(call.arguments[0]))) return true;
  if (chainFrom(call).names.includes('setTimeout')) return true;
  return descendants(enclosingFunction(call)).some((node) => {
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
    const { text } = node.expression.name;
    const [event] = node.arguments;
    if (/^(?:destroy|abort)$/.test(text)) return isInTimer(node, call);
    return text === 'setTimeout' || (/^(?:on|once)$/.test(text) && event !== undefined && constantText(event) === 'timeout');
  });
}

/** `setTimeout(() => request.destroy(), 5_000)`, in the function that sends the request. */
function isInTimer(node: ts.Node, request: ts.CallExpression): boolean {
  const timed = enclosingFunction(node);
  const timer = ts.isSourceFile(timed) ? undefined : timed.parent;
  return (
    timer !== undefined &&
    ts.isCallExpression(timer) &&
    timer.expression.getText() === 'setTimeout' &&
    enclosingFunction(timer) === enclosingFunction(request)
  );
}

/** `fetch(request)`: the signal, if any, is the request's. A path without a host is for a page. */
function isRequestObject(file: CodeFile, call: ts.CallExpression): boolean {
  const [first] = call.arguments;
  if (!first) return true;
  const made = madeRequest(file, call);
  const init = made?.arguments?.[1];
  if (made && !hasNoHost(made) && (!init || optionState(init, ['signal', 'dispatcher'], file) === 'absent')) return false;
  const from = origin(file, first);
  if (from !== undefined && /(?:^|[:.])Request\(\)(?:\.clone\(\))?$/.test(from)) return true;
  const value = valueOf(first);
  if (readsOwnFile(call) || hasNoHost(call)) return true;
  const name = ts.isCallExpression(value) ? value.expression : value;
  return ts.isObjectLiteralExpression(value) || /(?:^|\.)\w*req(?:uest)?$/i.test(name.getText());
}

/** `axios.get('/orders')`: a path without a host is for a page. */
function isOfPage(file: CodeFile, { arguments: [url] }: ts.CallExpression): boolean {
  if (!url) return false;
  const found = definitionOf(file, url)?.node;
  const value = valueOf(found && ts.isExpression(found) ? found : url);
  return (ts.isTemplateExpression(value) ? value.head.text : constantText(value))?.startsWith('/') === true;
}

/** An agent of agentkeepalive: it ends a request that is silent for its `timeout`, for eight seconds unless it is told otherwise. */
function isBoundedByAgent(file: CodeFile, options: ts.Expression | undefined): boolean {
  if (file.modules.has('agentkeepalive') && /\.defaults\.https?Agent\s*=[^=]/.test(file.text)) return true;
  return ['httpsAgent', 'httpAgent', 'agent'].some((name) => {
    const agent = optionValue(options, name);
    return agent !== undefined && /^agentkeepalive:[\w.]*\(\)$/.test(origin(file, agent) ?? '') && !isSwitchedOff(agent);
  });
}

/** `new Agent({ timeout: 0 })`. */
function isSwitchedOff(agent: ts.Expression): boolean {
  const made = valueOf(agent);
  const timeout = ts.isNewExpression(made) ? optionValue(made.arguments?.[0], 'timeout') : undefined;
  return timeout !== undefined && constantText(timeout) === '0';
}

/** Names by which a client is told what it calls. */
const base = /^(?:base_?ur[il]|prefix_?ur[il])$/i;

/** `super({ baseURL })`, `makeClient({ baseURL })`: options that a function of another file makes its client with, as they are. */
function* handedOver(file: CodeFile): Iterable<HttpCall> {
  if (!file.words.has(/(?:base|prefix)_?ur[il]/i) || /\btimeout\b/i.test(file.text)) return;
  for (const call of file.calls) {
    const optionsAt = (call.arguments ?? []).findIndex((argument) => {
      const literal = valueOf(argument);
      return ts.isObjectLiteralExpression(literal) && literal.properties.some(({ name }) => name && base.test(name.getText()));
    });
    const behind = optionsAt < 0 ? undefined : runBy(file, call);
    const parameter = behind?.node.parameters[optionsAt];
    if (!behind || !parameter || behind.file === file || /\.defaults\.timeout\s*=/.test(behind.file.text)) continue;
    const made = httpCalls(behind.file).find(
      (http) =>
        http.kind === 'make' &&
        isWithin(http.call, behind.node) &&
        isHandedOn(behind.file, http, parameter) &&
        optionState(call.arguments?.[optionsAt], http.client.bounds, file) === 'absent',
    );
    if (made) yield { ...made, call: call as ts.CallExpression, optionsAt };
  }
}

/** A client whose options are this parameter, alone or among others that bring no deadline. */
function isHandedOn(file: CodeFile, { client, call, optionsAt }: HttpCall, wanted: ts.ParameterDeclaration): boolean {
  let isSeen = false;
  const state = optionState(call.arguments[optionsAt], client.bounds, file, 2, (parameter) => {
    isSeen ||= parameter === wanted;
    return parameter === wanted ? 'absent' : 'unknown';
  });
  return isSeen && state === 'absent' && !isBoundedByAgent(file, call.arguments[optionsAt]);
}

/** `@Module({ imports: [HttpModule] })`, by the name it is imported with. */
function* plainHttpModules(file: CodeFile): Iterable<ts.Identifier> {
  if (!file.text.includes('HttpModule') || !file.modules.has('@nestjs/axios')) return;
  for (const { expression } of file.nodes(ts.SyntaxKind.Decorator)) {
    if (!ts.isCallExpression(expression) || expression.expression.getText() !== 'Module') continue;
    const list = optionValue(expression.arguments[0], 'imports');
    if (!list || !ts.isArrayLiteralExpression(list)) continue;
    for (const each of list.elements) if (ts.isIdentifier(each) && origin(file, each) === '@nestjs/axios:HttpModule') yield each;
  }
}

interface Injected {
  /** The class that sends. */
  readonly name: string;
  readonly http: HttpCall;
  /** The file it is written in. */
  readonly owner: CodeFile;
}

/** What the classes of a Nest module send with the client that an import of this module gives them. */
function injectedCalls(file: CodeFile, imported: ts.Node): Injected[] {
  const options = imported.parent.parent.parent;
  if (!ts.isObjectLiteralExpression(options)) return [];
  return ['providers', 'controllers'].flatMap((name) => {
    const list = optionValue(options, name);
    return list ? listed(file, list) : [];
  });
}

/** What the classes of a list send, also of a list that is spread into it. */
function listed(file: CodeFile, list: ts.Expression): Injected[] {
  if (!ts.isArrayLiteralExpression(list)) return [];
  return list.elements.flatMap((each) => {
    const found = definitionOf(file, ts.isSpreadElement(each) ? each.expression : each);
    if (!found) return [];
    const { node, file: owner } = found;
    if (ts.isSpreadElement(each)) return ts.isExpression(node) ? listed(owner, node) : [];
    if (!ts.isClassDeclaration(node)) return [];
    return httpCalls(owner).flatMap((http) =>
      http.kind === 'send' && isWithin(http.call, node) && isOfNest(owner, http.call)
        ? { name: each.getText(), http, owner }
        : [],
    );
  });
}

/** Of Nest's `HttpService`, or its module. */
function isOfNest(file: CodeFile, { expression }: ts.CallExpression): boolean {
  return file.modules.has('@nestjs/axios') && origin(file, expression)?.startsWith('@nestjs/axios:') === true;
}

/** A call whose observable ends in time (`timeout` of RxJS), a client with a default; a module all of whose calls are bounded. */
function isBoundedInNest(file: CodeFile, { kind, call }: HttpCall): boolean {
  if (/\.defaults\.timeout\s*=/.test(file.text)) return true;
  if (kind === 'make') {
    const calls = injectedCalls(file, call);
    return calls.length > 0 && calls.every(({ owner, http }) => isBounded(owner, http));
  }
  return /\btimeout(?:With)?\(/.test(enclosingFunction(call).getText());
}

/** Its time is bounded from outside: `Promise.race([call, …])`, `pTimeout(call, …)`, or so where the promise has a name. */
function isRaced(call: ts.CallExpression): boolean {
  const isIn = (value: ts.Node) =>
    [...ancestorsInFunction(value)].some(
      (node) => ts.isCallExpression(node) && node !== call && /(?:\.race|timeout|deadline)$/i.test(node.expression.getText()),
    );
  if (isIn(call)) return true;
  const promise = ts.isVariableDeclaration(call.parent) && ts.isIdentifier(call.parent.name) ? call.parent.name : undefined;
  return (
    promise !== undefined &&
    descendants(enclosingFunction(call)).some(
      (node) =>
        ts.isIdentifier(node) &&
        node !== promise &&
        node.text === promise.text &&
        isIn(node) &&
        declarationOf(node) === call.parent,
    )
  );
}

/** A client whose every call in sight brings a deadline of its own. */
function isBoundedByCalls(file: CodeFile, { client }: HttpCall): boolean {
  const calls = httpCalls(file).filter((other) => other.made && other.client === client);
  return (
    calls.length > 0 && calls.every(({ call, optionsAt }) => optionState(call.arguments[optionsAt], client.bounds) === 'set')
  );
}
