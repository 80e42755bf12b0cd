import { defineCodeRule } from '../../server/core/rule.ts';
import { calleeOf, methodOf } from '../../server/core/typescript/classes.ts';
import { type CodeFile, descendants, enclosingFunction, ts } from '../../server/core/typescript/code.ts';
import { constantText } from '../../server/core/typescript/constants.ts';
import { isWithin } from '../../server/core/typescript/syntax.ts';
import { databaseCalls } from './databases.ts';
import { httpCalls } from './http-clients.ts';
import { cacheMethod, redisMethod } from './redis.ts';
import page from './cache-stampede.md';

/**
 * Evidence: one function reads a constant key from Redis or a cache-manager, awaits a query or a request, and sets the same key with an
 * expiry, in a file that speaks of nothing that keeps the others waiting.
 */
export default defineCodeRule({
  page,
  severity: 'hint',
  *check(file) {
    if (!file.words.has(/^set(?:ex)?$/im) || waits.test(file.text)) return;
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      const method = /\.set(?:ex)?$/i.test(call.expression.getText()) ? commandOf(file, call) : undefined;
      const [key] = call.arguments;
      const name = method && key && constantText(key);
      if (!method || name === undefined || !(method === 'setex' || /\b(?:EX|PX|ex|px)\b/.test(call.getText()))) continue;
      const scope = enclosingFunction(call);
      if (ts.isSourceFile(scope) || !isReadFirst(file, scope, call, name) || !isMadeThere(file, scope, call)) continue;
      yield {
        at: call.expression,
        evidence: scope,
        message: `When \`${name}\` expires, every request that comes until \`${call.expression.getText()}\` has run makes the value anew, all at once and at the busiest time; let one make it (a lock, a shared promise) or renew it before it expires.`,
      };
    }
  },
});

const waits = /lock|mutex|semaphore|single-?flight|in-?flight|pending|dedup|stampede|stale|\bNX\b|p-memoize|cacheable|jitter/i;

/** The command of a call on Redis, or on a cache-manager. */
function commandOf(file: CodeFile, call: ts.CallExpression): string | undefined {
  return redisMethod(file, call) ?? cacheMethod(file, call);
}

/** `get` of the same key before. */
function isReadFirst(file: CodeFile, scope: ts.Node, set: ts.CallExpression, name: string): boolean {
  return [...descendants(scope)].some((node) => {
    if (!ts.isCallExpression(node) || node.pos >= set.pos || !/\.get$/.test(node.expression.getText())) return false;
    const [key] = node.arguments;
    return key !== undefined && constantText(key) === name && commandOf(file, node) === 'get';
  });
}

/** A query or a request in between, in the same function or in one of the project that it waits for. */
function isMadeThere(file: CodeFile, scope: ts.Node, set: ts.CallExpression): boolean {
  const work = [...databaseCalls(file).filter(({ kind }) => kind === 'read'), ...httpCalls(file)];
  if (work.some(({ call }) => call.pos < set.pos && enclosingFunction(call) === scope)) return true;
  return [...descendants(scope)].some((node) => {
    if (!ts.isAwaitExpression(node) || node.pos >= set.pos || !ts.isCallExpression(node.expression)) return false;
    const callee = calleeOf(file, node.expression) ?? methodOf(file, node.expression);
    if (!callee || enclosingFunction(node) !== scope || commandOf(file, node.expression) !== undefined) return false;
    const reads = databaseCalls(callee.file).filter(({ kind }) => kind === 'read');
    return [...reads, ...httpCalls(callee.file)].some(({ call }) => isWithin(call, callee.node));
  });
}
