import { defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, enclosingFunction, type Expression, origin } from '../../server/core/typescript/code.ts';
import { optionState } from '../../server/core/typescript/syntax.ts';
import page from './graphql-limits.md';

interface Server {
  readonly makes: RegExp;
  /** Options through which a limit comes in. */
  readonly options: readonly string[];
}

const servers: readonly Server[] = [
  {
    makes: /^(?:@apollo\/server|apollo-server(?:-\w+)?):ApolloServer$/,
    options: ['validationRules', 'plugins', 'gateway', 'persistedQueries'],
  },
  { makes: /^graphql-yoga:(?:createYoga|createServer)$/, options: ['plugins', 'validationRules'] },
];

/** Packages that limit queries, wherever they are put to work. */
const limiters =
  /^(?:graphql-depth-limit|graphql-query-complexity|graphql-cost-analysis|graphql-validation-complexity|@escape\.tech\/graphql-armor.*|@envelop\/(?:depth-limit|resource-limitations|rate-limiter)|graphql-rate-limit.*|@graphile\/depth-limit|graphql-limits?|.*persisted-operations?)$/;

/**
 * Evidence: a GraphQL server made with options in sight that bring in neither rules nor plugins, in a package that depends
 * on nothing that limits queries.
 */
export default defineCodeRule({
  page,
  severity: 'hint',
  *check(file) {
    if (!/ApolloServer|createYoga|createServer/.test(file.text)) return;
    for (const call of file.calls) {
      const from = /(?:ApolloServer|createYoga|createServer)$/.test(call.expression.getText())
        ? origin(file, call.expression)
        : undefined;
      const server = from === undefined ? undefined : servers.find(({ makes }) => makes.test(from));
      const options: Expression | undefined = call.arguments?.[0];
      if (!server || !options || optionState(options, server.options) !== 'absent' || isLimited(file)) continue;
      yield {
        at: call.expression,
        evidence: enclosingFunction(call),
        message: `\`${call.expression.getText()}\` takes queries of any depth and cost: one request that asks for the friends of friends of friends keeps the database busy for minutes; limit depth or cost (\`validationRules\`, or a plugin such as GraphQL Armor), or accept known queries only.`,
      };
    }
  },
});

function isLimited(file: CodeFile): boolean {
  return [...file.modules, ...(file.package?.installed.keys() ?? [])].some((name) => limiters.test(name));
}
