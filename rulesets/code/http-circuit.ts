import { defineCodeRule } from '../../server/core/rule.ts';
import { calleeOf, methodOf } from '../../server/core/typescript/classes.ts';
import { type CodeFile, descendants, enclosingFunction, type FunctionNode, ts } from '../../server/core/typescript/code.ts';
import { isPromised } from '../../server/core/typescript/syntax.ts';
import page from './http-circuit.md';
import { consumers } from './messaging.ts';
import { givenToRetry, type Retry, retries } from './retry-loops.ts';
import { answering } from './serverless.ts';

/** What opens when the other side is down, by its usual names. */
const breaker = /circuit|breaker|half_?-?open|bulkhead|cockatiel|opossum/i;
const breakers = ['opossum', 'cockatiel', 'brakes', 'mollitia', 'levee', 'hystrixjs'];
/** Calls of what handlers always have at hand. */
const framework = /^(?:req|request|res|response|reply|ctx|c|next|console|logger|this\.logger|Promise|JSON|prisma|db|redis)\b/;
/** A loop of retries has one of these words, or is none that a person would take for one. */
const retrying = /retr|attempt|tries|backoff/i;

/**
 * Evidence: a retry of an HTTP request with a pause between the attempts, in a function that answers requests or takes messages, or in
 * one that such a function calls and waits for; and no word of a breaker in either file or among the dependencies.
 */
export default defineCodeRule({
  page,
  severity: 'hint',
  *check(file) {
    const serving = servers(file);
    if (serving.size === 0 || !mayRetry(file)) return;
    if (breakers.some((name) => file.package?.installed.has(name)) || breaker.test(file.text)) return;
    const told = new Set<FunctionNode>();
    for (const [node, who] of serving) {
      const own = waitingIn(file, node);
      if (own) {
        yield { at: own.at, evidence: own.evidence, message: messageOf(own, who) };
        continue;
      }
      for (const call of descendants(node, (inner) => !isDetached(inner)).filter(ts.isCallExpression)) {
        if (!ts.isAwaitExpression(call.parent) || framework.test(call.expression.getText())) continue;
        const callee = calleeOf(file, call) ?? methodOf(file, call);
        if (!callee || told.has(callee.node) || !retrying.test(callee.file.text) || breaker.test(callee.file.text)) continue;
        const retry = waitingIn(callee.file, callee.node);
        if (!retry) continue;
        told.add(callee.node);
        yield { at: call.expression, evidence: node, message: messageOf(retry, who, call.expression.getText()) };
      }
    }
  },
});

/** Following every call is dear: the texts of this file and of those it imports say whether one of them may lead to a retry. */
function mayRetry(file: CodeFile): boolean {
  if (isOfRetries((pattern) => file.words.has(pattern))) return true;
  return [...file.modules].some((name) => {
    const other = /^[.~@#]/.test(name) ? file.load(name, file.uri) : undefined;
    if (!other) return false;
    let may = retriesIn.get(other);
    if (may === undefined) retriesIn.set(other, (may = isOfRetries((pattern) => pattern.test(other.text))));
    return may;
  });
}

/** By the texts of imported files, which stay the same while this one is typed in. */
const retriesIn = new WeakMap<CodeFile, boolean>();

function isOfRetries(speaksOf: (pattern: RegExp) => boolean): boolean {
  return speaksOf(retrying) && speaksOf(/fetch|axios|\bgot\b|request|http/i);
}

/** Functions of this file that others wait for. */
function servers(file: CodeFile): Map<FunctionNode, 'request' | 'message'> {
  const found = new Map<FunctionNode, 'request' | 'message'>();
  for (const { handler } of consumers(file)) found.set(handler, 'message');
  for (const node of answering(file)) found.set(node, 'request');
  return found;
}

/** `setImmediate(async () => …)`, `waitUntil(…)`: whoever is answered does not wait for that. */
function isDetached({ parent }: ts.Node): boolean {
  return (
    ts.isCallExpression(parent) &&
    /(?:^|\.)(?:setImmediate|setTimeout|queueMicrotask|nextTick|waitUntil|after|defer)$/.test(parent.expression.getText())
  );
}

/** `setTimeout(() => deliver(id), pause)`: tried again when the function is long over. */
function isLater(again: ts.Node, node: FunctionNode): boolean {
  for (let inner = enclosingFunction(again); inner !== node && !ts.isSourceFile(inner); inner = enclosingFunction(inner))
    if (isDetached(inner)) return !isPromised(inner, node);
  return false;
}

/** A retry with a pause between its attempts, in this function itself; its place is where it stands, or what it is given to. */
function waitingIn(file: CodeFile, node: FunctionNode): Retry | undefined {
  return (
    retries(file).find(
      ({ at, request, wait }) =>
        wait.kind !== 'none' && enclosingFunction(request) === node && !('kind' in at && isLater(at, node)),
    ) ?? givenToRetry(file).find(({ evidence, wait }) => wait.kind !== 'none' && enclosingFunction(evidence) === node)
  );
}

function messageOf({ name }: Retry, who: string, through?: string): string {
  const what = through
    ? `\`${through}\` sends \`${name}\` again and again while it fails`
    : `\`${name}\` is sent again while it fails`;
  return `${what}, so as long as the other side is down every ${who} waits for all attempts; put a circuit breaker around it (opossum, cockatiel) that fails at once after a few failures.`;
}
