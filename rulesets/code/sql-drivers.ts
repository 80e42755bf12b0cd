/** Which calls run SQL text, by driver, and how each takes values apart from the text. */
import { calleeOf, methodOf } from '../../server/core/typescript/classes.ts';
import { type CodeFile, descendants, type Expression, type FunctionNode, ts, unwrap } from '../../server/core/typescript/code.ts';
import { onlyAnswer, valueOf } from '../../server/core/typescript/constants.ts';
import { definitionOf } from '../../server/core/typescript/definitions.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { calleeName, optionValue, promisified } from '../../server/core/typescript/syntax.ts';

export interface SqlDriver {
  readonly name: string;
  /** Origins of the functions whose first argument is SQL text. */
  readonly runs: RegExp;
  /** How a value is written in the text: `$1`, `?`; undefined where a fix would have to rewrite more than the call. */
  readonly placeholder?: '$' | '?';
  /** The argument that carries the values; `{}` stands for the list of them. */
  readonly values?: string;
}

const end = '(?:query|execute)$';

/** The table. Origins are those of the code model (`origin` in code.ts). */
const drivers: readonly SqlDriver[] = [
  {
    name: 'pg',
    runs: /^(?:pg|@neondatabase\/serverless|@vercel\/postgres|pg-pool):(?:Pool|Client|native\.(?:Pool|Client)|PoolClient|ClientBase|createPool|createClient|db)?(?:\(\))?(?:\.connect\(\)|\.connect=>1)?\.query$/,
    placeholder: '$',
    values: '{}',
  },
  {
    name: 'pg-promise',
    runs: /^pg-promise:\(\)\(\)\.(?:any|one|none|many|manyOrNone|oneOrNone|query|result)$/,
    placeholder: '$',
    values: '{}',
  },
  {
    name: 'mysql2',
    runs: new RegExp(
      `^(?:mysql2?|mysql2/promise|promise-mysql|mariadb):(?:createPool|createConnection|Pool|Connection|PoolConnection)\\(\\)(?:\\.promise\\(\\))?(?:\\.getConnection(?:\\(\\)|=>1))?\\.${end}`,
    ),
    placeholder: '?',
    values: '{}',
  },
  {
    name: 'Sequelize',
    runs: /^(?:sequelize|sequelize-typescript|@sequelize\/core):(?:Sequelize)?\(\)\.query$/,
    placeholder: '$',
    values: '{ bind: {} }',
  },
  { name: 'Sequelize', runs: /^(?:sequelize|sequelize-typescript|@sequelize\/core):(?:Sequelize(?:\(\))?\.)?literal$/ },
  {
    name: 'TypeORM',
    runs: /^typeorm:(?:(?:DataSource|Connection|EntityManager|QueryRunner|Repository)\(\)(?:\.(?:manager|createQueryRunner\(\)|getRepository\(\)))*|getManager\(\)|getConnection\(\)(?:\.manager)?|getRepository\(\))\.query$/,
    placeholder: '$',
    values: '{}',
  },
  {
    name: 'TypeORM',
    runs: /^typeorm:(?:.*\.createQueryBuilder\(\)|\w*QueryBuilder\(\))(?:\.\w+\(\))*\.(?:where|andWhere|orWhere|having|andHaving|orHaving)$/,
  },
  {
    name: 'Knex',
    runs: /^knex:(?:knex|Knex)?\(\)(?:\(\)|\.\w+\(\)|\.\w+=>0)*\.(?:raw|(?:and|or)?(?:[wW]here|[hH]aving)Raw|(?:order|group)ByRaw|joinRaw|fromRaw)$/,
  },
  {
    name: 'Objection',
    runs: /^objection:(?:raw|Model\.(?:raw|knex\(\)\.raw|(?:query|relatedQuery)\(\)(?:\.\w+\(\))*\.\w+Raw))$/,
  },
  {
    name: 'Prisma',
    runs: /^@prisma\/client:PrismaClient\(\)(?:\.\$transaction=>0)?\.\$(?:query|execute)RawUnsafe$/,
    placeholder: '$',
    values: '...{}',
  },
  { name: 'Prisma', runs: /^@prisma\/client:Prisma\.raw$/ },
  { name: 'Drizzle', runs: /^drizzle-orm:sql\.raw$/ },
  { name: 'Kysely', runs: /^kysely:sql\.raw$/ },
  { name: 'Postgres.js', runs: /^postgres:\(\)\.unsafe$/, placeholder: '$', values: '{}' },
  { name: 'libSQL', runs: /^@libsql\/client(?:\/\w+)?:createClient\(\)\.execute$/ },
  {
    name: 'PlanetScale',
    runs: /^@planetscale\/database:(?:connect|Client)\(\)(?:\.connection\(\))?\.execute$/,
    placeholder: '?',
    values: '{}',
  },
  { name: 'node:sqlite', runs: /^sqlite:DatabaseSync\(\)\.(?:exec|prepare)$/ },
  { name: 'MikroORM', runs: /^@mikro-orm\/[\w-]+:\w*EntityManager\(\)(?:\.getConnection\(\))?\.execute$/ },
  { name: 'ClickHouse', runs: /^@clickhouse\/client(?:-web)?:createClient\(\)\.(?:query|command|exec)$/ },
  { name: 'BigQuery', runs: /^@google-cloud\/bigquery:BigQuery\(\)\.(?:query|createQueryJob)$/ },
  { name: 'better-sqlite3', runs: /^better-sqlite3:(?:Database)?\(\)\.(?:prepare|exec)$/ },
  { name: 'sqlite3', runs: /^sqlite3:(?:verbose\(\)\.)?Database\(\)\.(?:all|get|run|each|exec|prepare)$/ },
  {
    name: 'mssql',
    runs: /^mssql:(?:Request\(\)|(?:connect|ConnectionPool)\(\)(?:\.(?:connect|then|catch)\(\))*\.request\(\)(?:\.(?:input|output)\(\))*|query)?\.?(?:query|batch)?$/,
  },
];

/** The driver whose function runs the SQL text in a call's first argument. */
export function sqlDriver(file: CodeFile, call: ts.CallExpression): SqlDriver | undefined {
  const from = runOrigin(file, call);
  if (from === undefined) return runsWithin(file, call) ?? clientInHand(file, call);
  const driver = drivers.find(({ runs }) => runs.test(from));
  // What another package of the workspace exports has an origin, too.
  return driver ?? runsWithin(file, call) ?? (handlerValue.test(from) ? clientInHand(file, call) : undefined);
}

/** What a framework hands to a handler, and whatever hangs on it: `req.db.query`, `ctx.app.pool.query`. */
const handlerValue =
  /^(?:express|fastify|koa|@koa\/router|koa-router|hono|restify|@hapi\/hapi|polka)\b.*=>\d[\w.]*\.(?:query|execute)$/;
const statement = /^\s*(?:select\b[^]*\bfrom\b|insert\s+into\b|update\s+[\w."`]+\s+set\b|delete\s+from\b)/i;
const clientNames =
  /^_?(?:db|pool|client|conn|connection|database|pg|mysql|sql|sequelize|\w+(?:Pool|Client|Db|DB|Conn|Connection))$/;
const installable = [
  { module: 'pg', name: 'pg' },
  { module: 'mysql2', name: 'mysql2' },
  { module: 'mysql', name: 'mysql2' },
  { module: 'mariadb', name: 'mysql2' },
  { module: 'sequelize', name: 'Sequelize' },
];

/**
 * A client from where it cannot be followed: what is called as clients are runs text that is SQL, in a package that has a driver whose
 * method is called so. How it takes its values is not known.
 */
function clientInHand(file: CodeFile, call: ts.CallExpression): SqlDriver | undefined {
  const callee = unwrap(call.expression);
  if (!ts.isPropertyAccessExpression(callee) || !/^(?:query|execute)$/.test(callee.name.text)) return undefined;
  const owner = unwrap(callee.expression);
  const name = ts.isPropertyAccessExpression(owner) ? owner.name.text : ts.isIdentifier(owner) ? owner.text : '';
  if (!clientNames.test(name)) return undefined;
  const found = installable.find(({ module }) => file.package?.installed.has(module));
  const text = found && sqlArgument(call);
  const value = text && valueOf(text);
  const written =
    value &&
    (ts.isStringLiteralLike(value) ? value.text : ts.isTemplateExpression(value) ? value.getText().slice(1) : sumText(value));
  return found && written !== undefined && statement.test(written) ? { name: found.name, runs: /(?!)/ } : undefined;
}

/** The texts of a sum: `'SELECT … FROM t WHERE id = ' + id`. */
function sumText(value: Expression): string | undefined {
  const node = unwrap(value);
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return undefined;
  const left = sumText(node.left);
  return left === undefined ? undefined : left + (sumText(node.right) ?? '?');
}

/**
 * The driver behind a function of the project that runs the text it is given first, whatever else it does:
 * `async function query(sql, values) { const connection = await connect(); return (await connection.query(sql, values))[0]; }`.
 */
function runsWithin(file: CodeFile, call: ts.CallExpression): SqlDriver | undefined {
  const [from] = originsWithin(file, call);
  const found = from === undefined ? undefined : drivers.find(({ runs }) => runs.test(from));
  // How it takes its values is its own affair.
  return found && { name: found.name, runs: found.runs };
}

/** The origins of the drivers' functions that a function of the project gives the text to that it is given first, also by way of another. */
export function* originsWithin(file: CodeFile, call: ts.CallExpression, steps = 2): Iterable<string> {
  const inner = mayRunSql.test(calleeName(call)) ? (methodOf(file, call) ?? calleeOf(file, call)) : undefined;
  const text = inner?.node.parameters[0];
  if (!inner?.node.body || !text) return;
  for (const run of descendants(inner.node)) {
    const [first] = ts.isCallExpression(run) ? run.arguments : [];
    // `(...args) => pool.query(...args)`
    const given = first && ts.isSpreadElement(first) && text.dotDotDotToken ? first.expression : first;
    if (!ts.isCallExpression(run) || !given || !ts.isIdentifier(given) || declarationOf(given) !== text) continue;
    const from = runOrigin(inner.file, run);
    if (from !== undefined && drivers.some(({ runs }) => runs.test(from))) yield from;
    else if (steps > 0) yield* originsWithin(inner.file, run, steps - 1);
  }
}

/** What functions are called that run the SQL text they are given. */
export const mayRunSql = /query|execute|sql|^(?:run|all|get|any|one|none|many|exec)/i;

/**
 * The origin of the function a call runs, seen through one of the project that only hands its parameters on:
 * `query: (text, params) => pool.query(text, params)`, `promisify(pool.query).bind(pool)`.
 */
export function runOrigin(file: CodeFile, call: ts.CallExpression): string | undefined {
  const callee = unwrap(call.expression);
  const isMember = ts.isPropertyAccessExpression(callee);
  const from = isMember || /^(?:raw|literal)$/.test(calleeName(call)) ? origin(file, callee) : undefined;
  if (from !== undefined && !from.startsWith('util:'))
    return isMember || /^(?:objection|@?sequelize)/.test(from) ? from : undefined;
  const name = calleeName(call);
  if (!mayRunSql.test(name)) return undefined;
  const inner = methodOf(file, call) ?? calleeOf(file, call);
  const handed = inner && handedTo(inner.node);
  if (inner && handed) return origin(inner.file, handed);
  const made = definitionOf(file, callee);
  if (!made || !ts.isExpression(made.node)) return undefined;
  const bound = promisified(made.file, made.node);
  const isBound = ts.isCallExpression(made.node) && calleeName(made.node) === 'bind';
  return bound || isBound ? origin(made.file, bound ?? made.node) : undefined;
}

/** The function that is called with all parameters as they came, and whose answer is the function's own. */
function handedTo(node: FunctionNode): Expression | undefined {
  const { parameters } = node;
  if (parameters.length === 0) return undefined;
  const answer = onlyAnswer(node);
  const call = answer && valueOf(answer);
  if (!call || !ts.isCallExpression(call) || call.arguments.length !== parameters.length) return undefined;
  const isSame = parameters.every((parameter, index) => {
    const given = call.arguments[index];
    const value = given && ts.isSpreadElement(given) ? given.expression : given;
    return value !== undefined && ts.isIdentifier(value) && declarationOf(value) === parameter;
  });
  return isSame ? call.expression : undefined;
}

/** The SQL text of a call, whoever's it is: the first argument, or what it calls `text` (pg), `sql` (mysql2) or `query` (ClickHouse). */
export function sqlArgument(call: ts.CallExpression): Expression | undefined {
  const [first] = call.arguments;
  if (!first || ts.isSpreadElement(first)) return undefined;
  return optionValue(first, 'text') ?? optionValue(first, 'sql') ?? optionValue(first, 'query') ?? first;
}
