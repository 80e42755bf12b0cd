import { defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, type FunctionNode, ts, unwrap } from '../../server/core/typescript/code.ts';
import { constantText, propertiesOf } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { optionState, optionValue } from '../../server/core/typescript/syntax.ts';
import { answersWholeTable } from './databases.ts';
import { type MappedResolver, mappedResolvers, takesArguments } from './graphql-resolvers.ts';
import page from './graphql-pagination.md';

/**
 * Evidence: a query of Nest, type-graphql, Nexus or a map of resolvers that gives a list and takes no arguments, and returns every row
 * of a table, itself or through a method of the project that it calls.
 */
export default defineCodeRule({
  page,
  severity: 'hint',
  *check(file) {
    for (const { at, name, node, file: owner } of listQueries(file)) {
      if (!answersWholeTable(owner, node)) continue;
      yield {
        at,
        evidence: owner === file ? node : at,
        message: `\`${name}\` answers with every row of the table, and each of them may ask for its own fields: the answer grows until it no longer fits; take \`first\` and \`after\` and give a page.`,
      };
    }
  },
});

/** Queries without arguments: decorated for a list, in a map of resolvers, or a list of Nexus. */
function* listQueries(file: CodeFile): Iterable<Omit<MappedResolver, 'type'>> {
  for (const method of file.words.has(/^Query$/m) ? file.nodes(ts.SyntaxKind.MethodDeclaration) : [])
    if (isListQuery(file, method) && !hasArguments(method))
      yield { at: method.name, name: method.name.getText(), node: method, file };
  for (const resolver of mappedResolvers(file)) if (resolver.type === 'Query' && !takesArguments(resolver.node)) yield resolver;
  for (const call of file.modules.has('nexus') ? file.nodes(ts.SyntaxKind.CallExpression) : []) {
    const [name, options] = call.arguments;
    if (!name || !/\.list\b.*\.field$/.test(call.expression.getText()) || optionState(options, ['args']) !== 'absent') continue;
    const resolve = options && propertiesOf(options)?.get('resolve');
    const node = resolve && ts.isPropertyAssignment(resolve) ? unwrap(resolve.initializer) : resolve;
    if (node && ts.isFunctionLike(node) && isOfQuery(call))
      yield { at: name, name: name.getText().replace(/['"]/g, ''), node: node as FunctionNode, file };
  }
}

/** `objectType({ name: 'Query', definition(t) { … } })`, `queryType({ … })`. */
function isOfQuery(call: ts.Node): boolean {
  for (let outer = call.parent; outer; outer = outer.parent) {
    if (!ts.isCallExpression(outer)) continue;
    const type = outer.expression.getText();
    const name = optionValue(outer.arguments[0], 'name');
    return /^(?:queryType|queryField)$/.test(type) || (name !== undefined && constantText(name) === 'Query');
  }
  return false;
}

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
