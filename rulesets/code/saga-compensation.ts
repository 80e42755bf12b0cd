import { defineCodeRule } from '../../server/core/rule.ts';
import { calleeOf, methodOf } from '../../server/core/typescript/classes.ts';
import {
  ancestorsInFunction,
  type CodeFile,
  descendants,
  enclosingFunction,
  type Node,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { valueOf } from '../../server/core/typescript/constants.ts';
import { isWithin, runsBefore } from '../../server/core/typescript/syntax.ts';
import { type HttpCall, httpCalls } from './http-clients.ts';
import page from './saga-compensation.md';

/**
 * Evidence: one function awaits a request that changes something at one service and, on every way after it, one that
 * changes something at another (each itself, or in a function of the file; the first may run once for each element of a list); no `catch` around the second asks a service again, and the file speaks of no undoing.
 */
export default defineCodeRule({
  page,
  severity: 'hint',
  *check(file) {
    const steps = stepsOf(file);
    const told = new Set<Node>();
    for (const later of steps) {
      const scope = enclosingFunction(later.call);
      const earlier = steps.find((each) => isBefore(each.call, later.call) && each.service !== later.service);
      if (!earlier || told.has(scope) || isCaught(later.call, steps)) continue;
      if (undoes.test(file.text)) return;
      told.add(scope);
      yield {
        at: later.call.expression,
        evidence: scope,
        message: `When \`${later.call.expression.getText()}\` fails, what \`${earlier.call.expression.getText()}\` did at the other service stays done, and nothing here takes it back; undo it in a \`catch\` (with a key, so that it may be repeated), or keep the state of the flow and carry it on later.`,
        related: [{ at: earlier.call.expression, message: 'The step that stays done.' }],
      };
    }
  },
});

/** A request that changes something at a service, or a call of a function of the file that makes one such request and nothing else. */
interface Step {
  readonly call: ts.CallExpression;
  readonly service: string;
}

function stepsOf(file: CodeFile): readonly Step[] {
  const own = httpCalls(file).flatMap((each) => {
    const service = isStep(each) ? serviceOf(each) : undefined;
    return service === undefined ? [] : [{ call: each.call, service }];
  });
  if (own.length === 0) return own;
  const behind = file.nodes(ts.SyntaxKind.CallExpression).flatMap((call) => {
    if (!ts.isAwaitExpression(call.parent) || harmless.test(call.expression.getText())) return [];
    const found = methodOf(file, call) ?? calleeOf(file, call);
    const [only, another] = found?.file === file ? own.filter((step) => isWithin(step.call, found.node)) : [];
    return only && !another && !isSwallowed(only.call) ? [{ call, service: only.service }] : [];
  });
  return [...own, ...behind];
}

/** A `catch` around it goes on without it. */
function isSwallowed(call: Node): boolean {
  return [...ancestorsInFunction(call)].some(
    (node) =>
      ts.isTryStatement(node) &&
      node.catchClause !== undefined &&
      isWithin(call, node.tryBlock) &&
      !descendants(node.catchClause.block).some(ts.isThrowStatement),
  );
}

/** Does a step run before another on every way, also once for each element of a list? */
function isBefore(first: Node, second: Node): boolean {
  let step = first;
  for (const node of ancestorsInFunction(first)) {
    if (isWithin(second, node)) break;
    if (ts.isIfStatement(node) || ts.isConditionalExpression(node) || ts.isCatchClause(node) || ts.isSwitchStatement(node))
      return false;
    if (ts.isForOfStatement(node)) step = node;
  }
  return runsBefore(step, second);
}

const undoes = /compensat|saga|rollback|roll_back|refund|revert|undo|outbox|workflow|temporal|release[A-Z(]|void[A-Z]/;
/** Requests that change nothing that would have to be undone, though they are no GET. */
const harmless =
  /event|token|oauth|auth|login|session|\blogs?\b|track|analytic|metric|notif|slack|hook|search|query|graphql|message|mail|sms|push|upload|validate|verify|check|preview|render|embed|completion/i;

/** Awaited, of a method that changes something, with an address in sight. */
function isStep(step: HttpCall): boolean {
  const { call, kind, method } = step;
  if (kind !== 'send' || !method || !/^(?:POST|PUT|PATCH|DELETE)$/.test(method) || !ts.isAwaitExpression(call.parent))
    return false;
  return serviceOf(step) !== undefined && !harmless.test(call.getText());
}

/** What an address begins with: a host, a variable (`${PAYMENTS_URL}/charges`), or the client made for it. */
function serviceOf({ call, made }: HttpCall): string | undefined {
  const callee = unwrap(call.expression);
  if (made && ts.isPropertyAccessExpression(callee)) return callee.expression.getText();
  const url = call.arguments[0] && valueOf(call.arguments[0]);
  if (!url) return undefined;
  if (ts.isTemplateExpression(url) && url.head.text === '') return url.templateSpans[0]?.expression.getText();
  const text = ts.isTemplateExpression(url) ? url.head.text : ts.isStringLiteralLike(url) ? url.text : '';
  return /^https?:\/\/[^/]+/.exec(text)?.[0];
}

/** A `catch` around it does more than tell. */
function isCaught(call: Node, steps: readonly Step[]): boolean {
  return [...ancestorsInFunction(call)].some((node) => {
    if (!ts.isTryStatement(node) || !node.catchClause || !isWithin(call, node.tryBlock)) return false;
    const { block } = node.catchClause;
    return (
      steps.some((step) => isWithin(step.call, block)) ||
      [...descendants(block)].some((inner) => ts.isAwaitExpression(inner) || ts.isContinueStatement(inner))
    );
  });
}
