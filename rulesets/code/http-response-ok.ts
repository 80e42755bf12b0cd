import type { CodeFix } from '../../server/core/rule.ts';
import { defineCodeRule } from '../../server/core/rule.ts';
import {
  type CodeFile,
  descendants,
  enclosingFunction,
  type FunctionNode,
  statementOf,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { onlyAnswer } from '../../server/core/typescript/constants.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { boundTo, calleeName, inOneLine, isWithin, leaves, mentions, missingIn } from '../../server/core/typescript/syntax.ts';
import { addBelow } from './edits.ts';
import { hasNoHost, httpCalls, readsOwnFile } from './http-clients.ts';
import page from './http-response-ok.md';

interface Read {
  /** The name the response has. */
  readonly response: string;
  /** `response.json()`. */
  readonly read: ts.CallExpression;
  /** Where a check can be put: the statement that binds the response, or the callback that gets it. */
  readonly home: ts.Statement | ts.ArrowFunction | undefined;
}

const reads = new Set(['json', 'text', 'arrayBuffer', 'blob', 'bytes', 'formData', 'buffer']);
const checks = new Set(['ok', 'status', 'statusCode', 'redirected', 'type', 'clone', 'body']);

/** Evidence: the response of a client that does not reject on 4xx and 5xx, its body read, and its status never looked at. */
export default defineCodeRule<Read>({
  page,
  severity: 'warn',
  *check(file) {
    for (const { client, call, kind } of httpCalls(file)) {
      if (kind === 'make' || client.rejects || client.name === 'http' || client.name === 'undici') continue;
      if (readsOwnFile(call) || hasNoHost(call)) continue;
      const found = readOf(call) ?? thenRead(call);
      if (!found || looksInside(found.read)) continue;
      const read = found.read.expression as ts.PropertyAccessExpression;
      // With the request in it, broken over lines, only its end says what is done.
      const isBroken = !ts.isIdentifier(read.expression) && read.getText().includes('\n');
      const name = isBroken
        ? `(await ${inOneLine(call.expression)}(…)).${read.name.text}`
        : ts.isIdentifier(read.expression)
          ? inOneLine(read)
          : read.getText();
      yield {
        at: isBroken ? read.name : read,
        evidence: enclosingFunction(call),
        severity: isValidated(found.read) || isDemanded(found.read) ? 'hint' : undefined,
        message: `\`${name}\` reads the body whatever the status: \`${inOneLine(call.expression)}\` does not reject on 4xx and 5xx, so an error's body passes for data; check \`${found.response}.ok\` first.`,
        data: found,
      };
    }
  },
  fix({ data }, file) {
    return data && addCheck(data, file);
  },
});

/** `const response = await fetch(…); … response.json()`. */
function readOf(call: ts.CallExpression): Read | undefined {
  const declaration = boundTo(call) ?? slotOf(call);
  if (!declaration) {
    const later = assignedRead(call);
    if (later) return later;
    const read = methodCall(unparenthesised(call));
    return read && { response: 'response', read, home: undefined };
  }
  if (!ts.isIdentifier(declaration.name)) return undefined;
  const { name } = declaration;
  const uses = usesOf(name, enclosingFunction(call), declaration);
  const read = firstRead(uses);
  return read && { response: name.text, read, home: statementOf(declaration) };
}

/** `let response; try { response = await fetch(…) } catch { … } … response.json()`: a name that is given its value once. */
function assignedRead(call: ts.CallExpression): Read | undefined {
  const value = ts.isAwaitExpression(call.parent) ? call.parent : undefined;
  const assignment = value?.parent;
  if (!assignment || !ts.isBinaryExpression(assignment) || assignment.operatorToken.kind !== ts.SyntaxKind.EqualsToken)
    return undefined;
  const name = assignment.left;
  if (assignment.right !== value || !ts.isIdentifier(name) || !ts.isExpressionStatement(assignment.parent)) return undefined;
  const declaration = declarationOf(name);
  if (!declaration || !ts.isVariableDeclaration(declaration) || declaration.initializer) return undefined;
  const scope = enclosingFunction(call);
  if (enclosingFunction(declaration) !== scope) return undefined;
  const uses = usesOf(name, scope, declaration).filter((use) => use !== declaration.name);
  const read = firstRead(uses);
  if (!read) return undefined;
  const block = assignment.parent.parent;
  const attempt = ts.isBlock(block) && ts.isTryStatement(block.parent) ? block.parent : undefined;
  const isAfter = attempt && read.getStart() >= attempt.getEnd();
  return { response: name.text, read, home: isAfter ? attempt : assignment.parent };
}

/** `const [one, two] = await Promise.all([fetch(…), fetch(…)])`. */
function slotOf(call: ts.CallExpression): ts.BindingElement | undefined {
  const list = call.parent;
  const all = ts.isArrayLiteralExpression(list) ? list.parent : undefined;
  if (!ts.isArrayLiteralExpression(list) || !all || !ts.isCallExpression(all) || all.expression.getText() !== 'Promise.all')
    return undefined;
  const pattern = boundTo(ts.isAwaitExpression(all.parent) ? all.parent : all)?.name;
  const slot = pattern && ts.isArrayBindingPattern(pattern) ? pattern.elements[list.elements.indexOf(call)] : undefined;
  return slot && ts.isBindingElement(slot) ? slot : undefined;
}

/** `fetch(…).then((response) => response.json())`. */
function thenRead(call: ts.CallExpression): Read | undefined {
  const { parent } = call;
  if (!ts.isPropertyAccessExpression(parent) || parent.name.text !== 'then' || !ts.isCallExpression(parent.parent))
    return undefined;
  const callback = parent.parent.arguments[0];
  if (!callback || !ts.isArrowFunction(callback)) return undefined;
  const [parameter] = callback.parameters;
  if (!parameter || !ts.isIdentifier(parameter.name)) return undefined;
  const read = firstRead(usesOf(parameter.name, callback, parameter));
  return read && { response: parameter.name.text, read, home: callback };
}

/** `(await fetch(url)).json()`: up from the call to the member that is called on it. */
function unparenthesised(call: ts.Expression): ts.Expression {
  let node = call;
  while (ts.isAwaitExpression(node.parent) || ts.isParenthesizedExpression(node.parent)) node = node.parent;
  return node;
}

function methodCall(value: ts.Expression): ts.CallExpression | undefined {
  if (!ts.isParenthesizedExpression(value)) return undefined;
  const { parent } = value;
  const isRead = ts.isPropertyAccessExpression(parent) && reads.has(parent.name.text) && ts.isCallExpression(parent.parent);
  return isRead ? (parent.parent as ts.CallExpression) : undefined;
}

function usesOf(name: ts.Identifier, scope: FunctionNode | ts.SourceFile, declaration: ts.Node): ts.Identifier[] {
  return [...descendants(scope)].filter(
    (node): node is ts.Identifier =>
      ts.isIdentifier(node) &&
      node !== name &&
      node.text === name.text &&
      !(ts.isPropertyAssignment(node.parent) && node.parent.name === node) &&
      declarationOf(node) === declaration,
  );
}

/** The first read of the body; undefined where the status is looked at, or the response goes elsewhere. */
function firstRead(uses: readonly ts.Identifier[]): ts.CallExpression | undefined {
  const found: ts.CallExpression[] = [];
  for (const use of uses) {
    const { parent } = use;
    if (!ts.isPropertyAccessExpression(parent) || parent.expression !== use || checks.has(parent.name.text)) return undefined;
    if (reads.has(parent.name.text) && ts.isCallExpression(parent.parent)) found.push(parent.parent);
  }
  return found[0];
}

/** The name that a body is read into, and where it is used. */
interface Body {
  readonly name: ts.BindingName;
  readonly scope: ts.Node;
}

/** `const body = await response.json()`, or what the next `then` is given, or what all of them answer. */
function bodyOf(read: ts.CallExpression): Body | undefined {
  const bound = boundTo(read);
  if (bound) return { name: bound.name, scope: enclosingFunction(read) };
  let call = answeredBy(read)?.parent;
  while (call && ts.isCallExpression(call)) {
    const next = ts.isPropertyAccessExpression(call.parent) && call.parent.expression === call ? call.parent : undefined;
    if (!next || !ts.isCallExpression(next.parent)) break;
    const [callback] = next.parent.arguments;
    const [given] = callback && ts.isFunctionLike(callback) ? callback.parameters : [];
    if (next.name.text === 'then') return callback && given && { name: given.name, scope: callback };
    call = next.parent;
  }
  const kept = call && ts.isCallExpression(call) ? boundTo(call) : undefined;
  return kept && { name: kept.name, scope: enclosingFunction(kept) };
}

/** The function that a `then` is given and that answers with the body: `(response) => response.json()`. */
function answeredBy(read: ts.CallExpression): ts.ArrowFunction | undefined {
  const callback = enclosingFunction(read);
  if (!ts.isArrowFunction(callback) || !ts.isCallExpression(callback.parent)) return undefined;
  const answer = onlyAnswer(callback);
  return answer && unwrap(answer) === read && calleeName(callback.parent) === 'then' ? callback : undefined;
}

/**
 * The body has a word of its own on success, and the program looks at it: `ok: false` of Slack, `error`, a member that is to be `true`, a
 * text that is to be in it, a part that a function takes out of a text; or it asks which members there are (`'message' in body`).
 */
function looksInside(read: ts.CallExpression): boolean {
  const body = bodyOf(read);
  if (!body) return isTakenApart(read);
  const word = /^(?:ok|errors?|error_?(?:id|code|message)|err(?:code|no)|success|status|code)$/i;
  if (ts.isObjectBindingPattern(body.name))
    return body.name.elements.some((element) => word.test((element.propertyName ?? element.name).getText()));
  const name = body.name.getText();
  return (
    descendants(body.scope).some(
      (node) =>
        (ts.isPropertyAccessExpression(node) &&
          node.expression.getText() === name &&
          (word.test(node.name.text) || isVerdict(node) || isTextSought(node))) ||
        (ts.isBinaryExpression(node) &&
          node.operatorToken.kind === ts.SyntaxKind.InKeyword &&
          ts.isStringLiteralLike(node.left) &&
          node.right.getText() === name),
    ) || isTakenApart(read, name)
  );
}

/** `text.includes('ok')`. */
function isTextSought({ name, parent }: ts.PropertyAccessExpression): boolean {
  return /^(?:includes|indexOf|startsWith)$/.test(name.text) && ts.isCallExpression(parent);
}

/** `const [code, message] = parse(text); if (code !== '0') throw …`: a text that a function takes apart, and a part that decides. */
function isTakenApart(read: ts.CallExpression, body?: string): boolean {
  if (!ts.isPropertyAccessExpression(read.expression) || read.expression.name.text !== 'text') return false;
  const scope = [...descendants(enclosingFunction(read))];
  const parts = scope.flatMap((node) =>
    ts.isVariableDeclaration(node) &&
    node.initializer &&
    ts.isCallExpression(unwrap(node.initializer)) &&
    (body === undefined ? isWithin(read, node.initializer) : mentions(node.initializer, new Set([body])))
      ? [node.name, ...descendants(node.name)].flatMap((each) => (ts.isIdentifier(each) ? [each.text] : []))
      : [],
  );
  const names = new Set(parts);
  return (
    names.size > 0 &&
    scope.some((node) => ts.isIfStatement(node) && leaves(node.thenStatement) && mentions(node.expression, names))
  );
}

/** `result.authorised === true`. */
function isVerdict({ parent }: ts.PropertyAccessExpression): boolean {
  if (!ts.isBinaryExpression(parent) || !/^[!=]==?$/.test(parent.operatorToken.getText())) return false;
  const { FalseKeyword, TrueKeyword } = ts.SyntaxKind;
  return [parent.left.kind, parent.right.kind].some((kind) => kind === TrueKeyword || kind === FalseKeyword);
}

/** The body goes through a schema before it is used: what an error sends will not pass. */
function isValidated(read: ts.CallExpression): boolean {
  const validates = /\.(?:parse|safeParse|parseAsync|safeParseAsync|validate|check|decode|assert|is)$/;
  const body = bodyOf(read);
  if (!body) {
    let outer: ts.Node = read;
    while (ts.isAwaitExpression(outer.parent) || ts.isParenthesizedExpression(outer.parent) || ts.isAsExpression(outer.parent))
      outer = outer.parent;
    return ts.isCallExpression(outer.parent) && validates.test(outer.parent.expression.getText());
  }
  const name = body.name.getText();
  return descendants(body.scope).some(
    (node) =>
      ts.isCallExpression(node) &&
      validates.test(node.expression.getText()) &&
      node.arguments.some((argument) => argument.getText() === name),
  );
}

/** `if (!tokens.access_token) throw …`, `if (answer.shop) { … }` around all that is done with it: a body that lacks what is wanted is not used. */
function isDemanded(read: ts.CallExpression): boolean {
  const body = bodyOf(read);
  if (!body || !ts.isIdentifier(body.name)) return false;
  const { text } = body.name;
  const within = descendants(body.scope);
  const isMember = (node: ts.Node) => ts.isPropertyAccessExpression(node) && node.expression.getText() === text;
  const uses = within.filter((node) => ts.isIdentifier(node) && node.text === text && node !== body.name);
  return within
    .filter(ts.isIfStatement)
    .some(
      ({ expression, thenStatement }) =>
        (leaves(thenStatement) && missingIn(expression).some(isMember)) ||
        (isMember(unwrap(expression)) && uses.every((use) => isWithin(use, expression) || isWithin(use, thenStatement))),
    );
}

function addCheck({ response, read, home }: Read, file: CodeFile): CodeFix | undefined {
  const check = `if (!${response}.ok) throw new Error(\`\${${response}.url} answered \${${response}.status}\`);`;
  const title = `Check ${response}.ok`;
  if (!home) return undefined;
  if (ts.isArrowFunction(home)) {
    if (home.body !== read) return undefined;
    const newText = `{ ${check} return ${read.getText()}; }`;
    return { title, safety: 'suggestion', edits: [{ start: read.getStart(), end: read.getEnd(), newText }] };
  }
  if (!ts.isBlock(home.parent) && !ts.isSourceFile(home.parent)) return undefined;
  return { title, safety: 'suggestion', edits: [addBelow(file, home, check)] };
}
