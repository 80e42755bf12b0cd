import type { CodeFix } from '../../server/core/rule.ts';
import { defineCodeRule } from '../../server/core/rule.ts';
import {
  type CodeFile,
  descendants,
  enclosingFunction,
  type FunctionNode,
  statementOf,
  ts,
} from '../../server/core/typescript/code.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { boundTo } from '../../server/core/typescript/syntax.ts';
import page from './http-abort-cleared.md';

interface Timer {
  readonly call: ts.CallExpression;
  readonly name: ts.Identifier | undefined;
  readonly controller: ts.VariableDeclaration & { name: ts.Identifier };
  readonly scope: FunctionNode;
  readonly clears: readonly ts.CallExpression[];
}

/**
 * Evidence: `setTimeout(() => controller.abort(), …)` on a controller of the same function, whose signal an awaited call is given,
 * and a `clearTimeout` that a rejection passes by, or none.
 */
export default defineCodeRule<Timer>({
  page,
  severity: 'info',
  *check(file) {
    if (!file.text.includes('AbortController')) return;
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      const timer = timerOf(file, call);
      if (!timer || !isLeftRunning(timer)) continue;
      const when = timer.clears.length === 0 ? 'when the call is over' : 'when the call fails';
      yield {
        at: call.expression,
        evidence: timer.scope,
        message: `\`${call.expression.getText()}\` keeps running ${when}, which keeps the process alive and adds up under load; clear it in \`finally\`, or pass \`AbortSignal.timeout(…)\`, which needs no clearing.`,
        data: timer,
      };
    }
  },
  fix({ data }, file) {
    return data && useTimeoutSignal(data, file);
  },
});

function timerOf(file: CodeFile, call: ts.CallExpression): Timer | undefined {
  const [callback] = call.arguments;
  const scope = enclosingFunction(call);
  if (!callback || !ts.isArrowFunction(callback) || ts.isSourceFile(scope)) return undefined;
  if (!/^global:(?:globalThis\.)?setTimeout$/.test(origin(file, call.expression) ?? '')) return undefined;
  const abort = onlyCall(callback.body);
  if (!abort || !ts.isPropertyAccessExpression(abort.expression) || abort.expression.name.text !== 'abort') return undefined;
  const owner = abort.expression.expression;
  if (!ts.isIdentifier(owner) || origin(file, owner) !== 'global:AbortController()') return undefined;
  const controller = declarationOf(owner);
  if (!controller || !ts.isVariableDeclaration(controller) || enclosingFunction(controller) !== scope) return undefined;
  const declaration = boundTo(call);
  const isStatement = ts.isExpressionStatement(call.parent);
  if (!isStatement && !(declaration && ts.isIdentifier(declaration.name))) return undefined;
  const name = declaration?.name as ts.Identifier | undefined;
  const uses = name ? usesOf(scope, name) : [];
  const clears = uses.flatMap(({ parent }) =>
    ts.isCallExpression(parent) && /(?:^|\.)clearTimeout$/.test(parent.expression.getText()) ? [parent] : [],
  );
  // Handed elsewhere, or told not to hold the process.
  if (clears.length !== uses.length) return undefined;
  return { call, name, controller: controller as Timer['controller'], scope, clears };
}

function onlyCall(body: ts.ConciseBody): ts.CallExpression | undefined {
  if (!ts.isBlock(body)) return ts.isCallExpression(body) ? body : undefined;
  const [only] = body.statements;
  if (body.statements.length !== 1 || !only || !ts.isExpressionStatement(only)) return undefined;
  return ts.isCallExpression(only.expression) ? only.expression : undefined;
}

function usesOf(scope: ts.Node, name: ts.Identifier): ts.Identifier[] {
  return [...descendants(scope)].filter(
    (node): node is ts.Identifier =>
      ts.isIdentifier(node) && node !== name && node.text === name.text && declarationOf(node) === declarationOf(name),
  );
}

/** A call with its signal is awaited, and neither a `finally` nor each way out clears the timer. */
function isLeftRunning({ call, controller, scope, clears }: Timer): boolean {
  const signals = usesOf(scope, controller.name).filter(({ parent }) => isSignal(parent));
  const awaited = signals.find((signal) => signal.pos > call.end && isAwaited(signal, scope));
  if (!awaited || signals.some((signal) => signal.pos < call.pos)) return false;
  if (clears.some((clear) => isInFinally(clear, scope))) return false;
  const attempt = tryAround(awaited, scope);
  const inCatch = clears.some(
    (clear) => attempt?.catchClause && clear.pos >= attempt.catchClause.pos && clear.end <= attempt.end,
  );
  const behind = attempt && clears.some((clear) => clear.pos >= attempt.end && enclosingFunction(clear) === scope);
  return !inCatch && !behind;
}

function isSignal(parent: ts.Node): boolean {
  return ts.isPropertyAccessExpression(parent) && parent.name.text === 'signal';
}

function isAwaited(node: ts.Node, scope: ts.Node): boolean {
  for (let outer = node.parent; outer && outer !== scope; outer = outer.parent) {
    if (ts.isAwaitExpression(outer)) return true;
    if (ts.isFunctionLike(outer) || ts.isStatement(outer)) return false;
  }
  return false;
}

function isInFinally(node: ts.Node, scope: ts.Node): boolean {
  for (let inner: ts.Node = node; inner.parent && inner !== scope; inner = inner.parent) {
    if (ts.isTryStatement(inner.parent) && inner.parent.finallyBlock === inner) return true;
    if (ts.isCallExpression(inner.parent) && /\.finally$/.test(inner.parent.expression.getText())) return true;
  }
  return false;
}

function tryAround(node: ts.Node, scope: ts.Node): ts.TryStatement | undefined {
  for (let inner: ts.Node = node; inner.parent && inner !== scope; inner = inner.parent)
    if (ts.isTryStatement(inner.parent) && inner.parent.tryBlock === inner) return inner.parent;
  return undefined;
}

/** Replaces controller and timer by `AbortSignal.timeout`, where they do nothing else. */
function useTimeoutSignal({ call, controller, scope, clears }: Timer, file: CodeFile): CodeFix | undefined {
  const length = call.arguments[1];
  const uses = usesOf(scope, controller.name).filter((use) => use.pos < call.pos || use.end > call.end);
  const [signal] = uses;
  if (!length || !signal || uses.length !== 1 || !isSignal(signal.parent) || /AbortError/.test(scope.getText())) return undefined;
  const statements = [statementOf(controller), statementOf(call), ...clears.map(statementOf)];
  const lines: { start: number; end: number; newText: string }[] = [];
  for (const statement of statements) {
    const isAlone =
      statement &&
      (!ts.isVariableStatement(statement) || statement.declarationList.declarations.length === 1) &&
      (ts.isBlock(statement.parent) || ts.isSourceFile(statement.parent));
    const line = isAlone ? lineOf(file, statement) : undefined;
    if (!line) return undefined;
    lines.push({ ...line, newText: '' });
  }
  const { parent } = signal;
  const newText = `AbortSignal.timeout(${length.getText()})`;
  return {
    title: 'Pass AbortSignal.timeout',
    safety: 'suggestion',
    edits: [...lines, { start: parent.getStart(), end: parent.getEnd(), newText }],
  };
}

/** The line of a statement that stands alone on it, with its end of line. */
function lineOf({ text }: CodeFile, statement: ts.Statement): { start: number; end: number } | undefined {
  const start = text.lastIndexOf('\n', statement.getStart() - 1) + 1;
  const next = text.indexOf('\n', statement.getEnd());
  const end = next < 0 ? text.length : next + 1;
  const isAlone = text.slice(start, statement.getStart()).trim() === '' && text.slice(statement.getEnd(), end).trim() === '';
  return isAlone && !text.slice(statement.getStart(), statement.getEnd()).includes('//') ? { start, end } : undefined;
}
