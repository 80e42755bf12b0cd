import { defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, enclosingFunction, type Expression, ts } from '../../server/core/typescript/code.ts';
import { valueOf } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { optionState, optionValue } from '../../server/core/typescript/syntax.ts';
import page from './graphql-limits.md';
import { madeBy } from './nest-options.ts';

interface Server {
  readonly makes: RegExp;
  /** Which argument has the options; the first where none is named. */
  readonly at?: number;
  /** Options through which a limit comes in. */
  readonly options: readonly string[];
}

const servers: readonly Server[] = [
  {
    makes: /^(?:@apollo\/server|apollo-server(?:-\w+)?):ApolloServer$/,
    options: ['validationRules', 'plugins', 'gateway', 'persistedQueries'],
  },
  { makes: /^graphql-yoga:(?:createYoga|createServer)$/, options: ['plugins', 'validationRules'] },
  {
    makes: /^@nestjs\/graphql:GraphQLModule\.forRoot(?:Async)?$/,
    options: ['validationRules', 'plugins', 'gateway', 'queryDepth', 'persistedQueries'],
  },
  { makes: /^(?:express-graphql:(?:graphqlHTTP)?|graphql-http\/lib\/use\/[\w/-]+:createHandler)$/, options: ['validationRules'] },
];
/** What Fastify registers: `app.register(mercurius, { schema })`. */
const mercurius: Server = {
  makes: /^mercurius:(?:mercurius)?$/,
  at: 1,
  options: ['queryDepth', 'validationRules', 'gateway', 'onlyPersisted', 'persistedQueries', 'persistedQueryProvider'],
};
const names = /(?:ApolloServer|createYoga|createServer|GraphQLModule\.forRoot(?:Async)?|graphqlHTTP|createHandler)$/;

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
    if (!file.words.has(/ApolloServer|createYoga|createServer|GraphQLModule|graphqlHTTP|graphql-http|mercurius/)) return;
    for (const call of file.calls) {
      const server = serverOf(file, call);
      const options = server && madeBy(call.arguments?.[server.at ?? 0]);
      if (!server || !options || ts.isFunctionLike(options) || isMadeElsewhere(options)) continue;
      const asked = hasOnlyOwnPlugins(options) ? server.options.filter((name) => name !== 'plugins') : server.options;
      if (optionState(options, asked) !== 'absent' || isLimited(file)) continue;
      // A subgraph is asked by its gateway.
      if (/Federation/.test(optionValue(options, 'driver')?.getText() ?? '')) continue;
      const name = server === mercurius ? 'mercurius' : call.expression.getText();
      yield {
        at: server === mercurius ? (call.arguments?.[0] ?? call.expression) : call.expression,
        evidence: enclosingFunction(call),
        message: `\`${name}\` takes queries of any depth and cost: one request that asks for the friends of friends of friends keeps the database busy for minutes; limit depth or cost (\`validationRules\`, or a plugin such as GraphQL Armor), or accept known queries only.`,
      };
    }
  },
});

/** `forRootAsync({ useClass })`, `forRootAsync({ useFactory: makeOptions })`. */
function isMadeElsewhere(options: Expression): boolean {
  return optionState(options, ['useClass', 'useExisting', 'useFactory']) !== 'absent';
}

/** Plugins of Apollo's own that show a page, report, or end connections. */
const limitNothing =
  /^ApolloServerPlugin(?:LandingPage\w*|DrainHttpServer|UsageReporting\w*|InlineTrace\w*|SchemaReporting\w*|CacheControl\w*)\(/;

function hasOnlyOwnPlugins(options: Expression): boolean {
  const plugins = optionValue(options, 'plugins');
  const list = plugins && valueOf(plugins);
  return (
    list !== undefined && ts.isArrayLiteralExpression(list) && list.elements.every((each) => limitNothing.test(each.getText()))
  );
}

function serverOf(file: CodeFile, call: ts.CallExpression | ts.NewExpression): Server | undefined {
  const callee = call.expression.getText();
  const plugin = /\.register$/.test(callee) ? call.arguments?.[0] : undefined;
  if (plugin) return mercurius.makes.test(origin(file, plugin) ?? '') ? mercurius : undefined;
  const from = names.test(callee) ? origin(file, call.expression) : undefined;
  return from === undefined ? undefined : servers.find(({ makes }) => makes.test(from));
}

function isLimited(file: CodeFile): boolean {
  return [...file.modules, ...(file.package?.installed.keys() ?? [])].some((name) => limiters.test(name));
}
