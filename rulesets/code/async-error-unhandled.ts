import type { CodeFix } from '../../server/core/rule.ts';
import { defineCodeRule } from '../../server/core/rule.ts';
import {
  calleeOf,
  type CodeFile,
  descendants,
  indentAt,
  methodOf,
  origin,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { newline } from './edits.ts';
import { type Handler, handlers } from './handlers.ts';
import page from './async-error-unhandled.md';

/**
 * Evidence: Express below version 5 by the package's own word, an async handler given to it as it is, and an `await` in it outside
 * `try` and without a `.catch`.
 */
export default defineCodeRule<Handler>({
  page,
  severity: 'warn',
  *check(file) {
    if (!isExpress4(file) || forwards(file)) return;
    for (const handler of handlers(file)) {
      if (handler.framework !== 'Express' || handler.file !== file || !isDirect(handler)) continue;
      const wait = bareAwait(file, handler.node);
      if (!wait) continue;
      yield {
        at: { start: wait.getStart(), end: wait.getStart() + 'await'.length },
        evidence: handler.node,
        message: `\`await\` may throw, and Express 4 does not see it: the request hangs, and Node ends the process on the unhandled rejection; catch it and call \`next(error)\`.`,
        data: handler,
      };
    }
  },
  fix({ data }, file) {
    return data && catchAll(data, file);
  },
});

function isExpress4(file: CodeFile): boolean {
  const range = file.package?.installed.get('express');
  return range !== undefined && /^[\^~=v\s]*4\b/.test(range);
}

const patches = /^(?:express-async-errors|express-promise-router|express-async-router|@awaitjs\/express)$/;

/** Something makes Express wait for promises. */
function forwards(file: CodeFile): boolean {
  return [...file.modules, ...(file.package?.installed.keys() ?? [])].some((name) => patches.test(name));
}

/** Async, and not inside a wrapper that may catch. */
function isDirect({ node, beside, at }: Handler): boolean {
  const isAsync =
    ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.AsyncKeyword);
  const call = at.parent;
  // A wrapped handler is listed beside itself.
  return isAsync && ts.isCallExpression(call) && beside.length < call.arguments.length;
}

/** The first `await` whose rejection leaves the handler. */
function bareAwait(file: CodeFile, node: Handler['node']): ts.AwaitExpression | undefined {
  if (!node.body) return undefined;
  for (const inner of [node.body, ...descendants(node.body, (each) => !ts.isFunctionLike(each))]) {
    if (ts.isAwaitExpression(inner) && !isCaught(inner, node) && mayReject(file, inner)) return inner;
  }
  return undefined;
}

function isCaught(inner: ts.Node, handler: ts.Node): boolean {
  for (let node: ts.Node = inner; node.parent && node !== handler; node = node.parent) {
    const { parent } = node;
    if (ts.isTryStatement(parent) && parent.tryBlock === node && parent.catchClause) return true;
    if (ts.isFunctionLike(node) && node !== handler) return true;
  }
  return false;
}

/** A call, which is neither a pause nor followed by its own `.catch`. */
function mayReject(file: CodeFile, { expression }: ts.AwaitExpression): boolean {
  const call = unwrap(expression);
  if (!ts.isCallExpression(call)) return false;
  if (/\.catch$|^Promise\.allSettled$|sleep|delay/i.test(call.expression.getText())) return false;
  const callee = calleeOf(file, call) ?? methodOf(file, call);
  return !(callee?.node.body && catchesAll(callee.node.body)) && !/^timers\/promises:/.test(origin(file, call.expression) ?? '');
}

/** A function that answers its own errors: nothing awaited or thrown but in a `try`, whose `catch` awaits and throws nothing. */
function catchesAll(body: ts.Node): boolean {
  if (!ts.isBlock(body) || !body.statements.some(ts.isTryStatement)) return false;
  return body.statements.every((statement) => {
    if (!ts.isTryStatement(statement)) return !mayFail(statement);
    const { catchClause, finallyBlock } = statement;
    return catchClause !== undefined && !mayFail(catchClause.block) && !(finallyBlock && mayFail(finallyBlock));
  });
}

function mayFail(statement: ts.Node): boolean {
  return (
    [...descendants(statement)].some((node) => ts.isAwaitExpression(node) || ts.isThrowStatement(node)) ||
    ts.isThrowStatement(statement)
  );
}

/** `try { … } catch (error) { next(error); }` around the body, one step further in. */
function catchAll({ node, file: home }: Handler, file: CodeFile): CodeFix | undefined {
  const { body, parameters } = node;
  const last = parameters.at(-1);
  if (home !== file || !body || !ts.isBlock(body) || !last || parameters.length < 2 || parameters.length > 3) return undefined;
  if (!ts.isArrowFunction(node) || !ts.isCallExpression(node.parent)) return undefined;
  const [first] = body.statements;
  const end = body.statements.at(-1);
  if (!first || !end || isSpread(body)) return undefined;
  const line = newline(file);
  const outer = indentAt(file, body.getEnd() - 1);
  const inner = indentAt(file, first.getStart());
  const step = inner.startsWith(outer) ? inner.slice(outer.length) : '';
  if (step === '' || inner.length <= outer.length) return undefined;
  const next = parameters.length === 3 ? last.name.getText() : 'next';
  const from = body.getStart() + 1;
  const lines = file.text.slice(from, body.getEnd() - 1).split(/\r?\n/);
  const kept = lines.slice(1, -1).map((each) => (each.trim() === '' ? each : `${step}${each}`));
  if (lines.length < 3 || lines[0]?.trim() !== '' || lines.at(-1)?.trim() !== '') return undefined;
  const wrapped = [
    '',
    `${inner}try {`,
    ...kept,
    `${inner}} catch (error) {`,
    `${inner}${step}${next}(error);`,
    `${inner}}`,
    outer,
  ];
  return {
    title: 'Catch it and call next',
    safety: 'suggestion',
    edits: [
      ...(parameters.length === 2 ? [{ start: last.getEnd(), end: last.getEnd(), newText: ', next' }] : []),
      { start: from, end: body.getEnd() - 1, newText: wrapped.join(line) },
    ],
  };
}

/** A text over several lines would change with its indentation. */
function isSpread(body: ts.Node): boolean {
  return [...descendants(body)].some(
    (node) => (ts.isTemplateExpression(node) || ts.isNoSubstitutionTemplateLiteral(node)) && node.getText().includes('\n'),
  );
}
