import { type CodeFix, defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, type Expression, ts, unwrap } from '../../server/core/typescript/code.ts';
import page from './grpc-retry-status.md';

/** Statuses that say the request is wrong, or that the state it meets will not change by itself. */
const final =
  /^(?:OK|INVALID_ARGUMENT|NOT_FOUND|ALREADY_EXISTS|PERMISSION_DENIED|UNAUTHENTICATED|FAILED_PRECONDITION|OUT_OF_RANGE|UNIMPLEMENTED|DATA_LOSS)$/;

/**
 * Evidence: `retryableStatusCodes` of a retry policy of gRPC (`retryPolicy` of a service config), or `retryableStatuses` of
 * nice-grpc, with a status that stays the same however often the call is made.
 */
export default defineCodeRule<Expression>({
  page,
  severity: 'warn',
  *check(file) {
    if (!file.words.has(/retryable(?:StatusCodes|Statuses)/) || !file.words.has(/grpc/i)) return;
    for (const property of file.nodes(ts.SyntaxKind.PropertyAssignment)) {
      for (const status of statuses(file, property)) {
        const name = nameOf(status);
        if (name === undefined || !final.test(name)) continue;
        yield {
          at: status,
          evidence: property.parent,
          message: `\`${name}\` will be the same each time, so the call is made again in vain and the caller waits for all attempts; retry \`UNAVAILABLE\`, and what your server says may be tried again.`,
          data: status,
        };
      }
    }
  },
  fix({ data }) {
    return data && without(data);
  },
});

/** The statuses a policy lists. */
function statuses({ modules }: CodeFile, { name, initializer, parent }: ts.PropertyAssignment): readonly Expression[] {
  const list = unwrap(initializer);
  if (!ts.isArrayLiteralExpression(list)) return [];
  const isPolicy =
    name.getText() === 'retryableStatusCodes' && parent.properties.some((each) => each.name?.getText() === 'maxAttempts');
  const isMiddleware = name.getText() === 'retryableStatuses' && [...modules].some((module) => module.startsWith('nice-grpc'));
  return isPolicy || isMiddleware ? list.elements : [];
}

/** `'NOT_FOUND'`, `Status.NOT_FOUND`. */
function nameOf(status: Expression): string | undefined {
  if (ts.isStringLiteralLike(status)) return status.text.toUpperCase();
  return ts.isPropertyAccessExpression(status) ? status.name.text : undefined;
}

/** Out of the list, where others stay in it: an empty one is no policy. */
function without(status: Expression): CodeFix | undefined {
  const list = status.parent;
  if (!ts.isArrayLiteralExpression(list)) return undefined;
  const index = list.elements.indexOf(status);
  const [before, after] = [list.elements[index - 1], list.elements[index + 1]];
  const rest = list.elements.filter((each) => !final.test(nameOf(each) ?? ''));
  if (rest.length === 0) return undefined;
  const start = before ? before.getEnd() : status.getStart();
  const end = before ? status.getEnd() : (after?.getStart() ?? status.getEnd());
  return { title: `Do not retry ${nameOf(status)}`, safety: 'suggestion', edits: [{ start, end, newText: '' }] };
}
