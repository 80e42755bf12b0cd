/** Which calls run SQL text, by driver, and how each takes values apart from the text. */
import { type CodeFile, type Expression, origin, ts } from '../../server/core/typescript/code.ts';

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
      `^(?:mysql2?|mysql2/promise|promise-mysql|mariadb):(?:createPool|createConnection|Pool|Connection|PoolConnection)\\(\\)(?:\\.promise\\(\\))?(?:\\.getConnection\\(\\))?\\.${end}`,
    ),
    placeholder: '?',
    values: '{}',
  },
  {
    name: 'Sequelize',
    runs: /^(?:sequelize|sequelize-typescript|@sequelize\/core):Sequelize\(\)\.query$/,
    placeholder: '$',
    values: '{ bind: {} }',
  },
  {
    name: 'TypeORM',
    runs: /^typeorm:(?:(?:DataSource|Connection|EntityManager|QueryRunner|Repository)\(\)(?:\.(?:manager|createQueryRunner\(\)|getRepository\(\)))*|getManager\(\)|getConnection\(\)(?:\.manager)?|getRepository\(\))\.query$/,
    placeholder: '$',
    values: '{}',
  },
  {
    name: 'Knex',
    runs: /^knex:(?:knex|Knex)?\(\)(?:\(\)|\.\w+\(\)|\.transaction=>0)*\.(?:raw|whereRaw|havingRaw|orderByRaw|joinRaw|fromRaw)$/,
  },
  {
    name: 'Prisma',
    runs: /^@prisma\/client:PrismaClient\(\)(?:\.\$transaction=>0)?\.\$(?:query|execute)RawUnsafe$/,
    placeholder: '$',
    values: '...{}',
  },
  { name: 'Drizzle', runs: /^drizzle-orm:sql\.raw$/ },
  { name: 'better-sqlite3', runs: /^better-sqlite3:(?:Database)?\(\)\.(?:prepare|exec)$/ },
  { name: 'sqlite3', runs: /^sqlite3:Database\(\)\.(?:all|get|run|each|exec|prepare)$/ },
  {
    name: 'mssql',
    runs: /^mssql:(?:Request\(\)|(?:connect|ConnectionPool)\(\)(?:\.connect\(\))?\.request\(\)|query)?\.?(?:query|batch)?$/,
  },
];

/** The driver whose function runs the SQL text in a call's first argument. */
export function sqlDriver(file: CodeFile, call: ts.CallExpression): SqlDriver | undefined {
  const callee = call.expression;
  if (!ts.isPropertyAccessExpression(callee)) return undefined;
  const from = origin(file, callee);
  return from === undefined ? undefined : drivers.find(({ runs }) => runs.test(from));
}

/** The SQL text of a call, whoever's it is: the first argument. */
export function sqlArgument(call: ts.CallExpression): Expression | undefined {
  const [first] = call.arguments;
  return first && !ts.isSpreadElement(first) ? first : undefined;
}
