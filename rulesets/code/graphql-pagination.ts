import { defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, descendants, type FunctionNode, methodOf, origin, ts } from '../../server/core/typescript/code.ts';
import { databaseCalls, readsWholeTable } from './databases.ts';
import page from './graphql-pagination.md';

/**
 * Evidence: a query of Nest or type-graphql that gives a list and takes no arguments, and returns every row of a table,
 * itself or through a method of the project that it calls.
 */
export default defineCodeRule({
  page,
  severity: 'hint',
  *check(file) {
    if (!/@Query\(/.test(file.text)) return;
    for (const method of file.nodes(ts.SyntaxKind.MethodDeclaration)) {
      if (!isListQuery(file, method) || hasArguments(method) || !returnsTable(file, method)) continue;
      yield {
        at: method.name,
        evidence: method,
        message: `\`${method.name.getText()}\` answers with every row of the table, and each of them may ask for its own fields: the answer grows until it no longer fits; take \`first\` and \`after\` and give a page.`,
      };
    }
  },
});

/** `@Query(() => [Pet])`. */
function isListQuery(file: CodeFile, method: ts.MethodDeclaration): boolean {
  return (ts.getDecorators(method) ?? []).some(({ expression }) => {
    if (!ts.isCallExpression(expression)) return false;
    const [type] = expression.arguments;
    const isList = type !== undefined && ts.isArrowFunction(type) && ts.isArrayLiteralExpression(type.body);
    return isList && /^(?:@nestjs\/graphql|type-graphql):Query$/.test(origin(file, expression.expression) ?? '');
  });
}

function hasArguments({ parameters }: ts.MethodDeclaration): boolean {
  return parameters.some((parameter) =>
    (ts.getDecorators(parameter) ?? []).some(({ expression }) => /^Args?\b/.test(expression.getText())),
  );
}

/** `return query`, or `return this.service.method()` whose method does. */
function returnsTable(file: CodeFile, method: FunctionNode, hops = 1): boolean {
  const queries = databaseCalls(file).filter(readsWholeTable);
  return [...descendants(method)].some((node) => {
    const value = ts.isReturnStatement(node) ? node.expression : undefined;
    if (!value) return false;
    const call = ts.isAwaitExpression(value) ? value.expression : value;
    if (!ts.isCallExpression(call)) return false;
    if (queries.some((query) => query.call === call)) return true;
    const called = hops > 0 ? methodOf(file, call) : undefined;
    return called !== undefined && called.node !== method && returnsTable(called.file, called.node, hops - 1);
  });
}
