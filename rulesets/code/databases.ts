/** How the database libraries of Node are called: which call reads or writes rows, and which callback is a transaction. */
import { calleeOf, functionBehind, methodOf } from '../../server/core/typescript/classes.ts';
import {
  ancestorsInFunction,
  type CodeFile,
  descendants,
  type Expression,
  enclosingFunction,
  type FunctionNode,
  isAssignment,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { constantText, onlyAnswer, propertiesOf, valueOf, writesTo } from '../../server/core/typescript/constants.ts';
import { definitionOf } from '../../server/core/typescript/definitions.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf, takenFrom } from '../../server/core/typescript/scopes.ts';
import { isNothing } from '../../server/core/typescript/plain.ts';
import {
  boundTo,
  calleeName,
  chainFrom,
  isWithin,
  leaves,
  optionState,
  optionValue,
  takenOut,
} from '../../server/core/typescript/syntax.ts';
import { mayRunSql, sqlArgument, sqlDriver } from './sql-drivers.ts';

export interface DatabaseCall {
  /** The whole call; of a query that is put together, the last call of the chain. */
  readonly call: ts.CallExpression;
  /** What names it: `prisma.user.findMany`, the head of a chain (`db.select`). */
  readonly at: Expression;
  /** Everything it is called with, along the chain. */
  readonly given: readonly Expression[];
  readonly driver:
    | 'Prisma'
    | 'TypeORM'
    | 'MikroORM'
    | 'Sequelize'
    | 'Mongoose'
    | 'MongoDB'
    | 'Knex'
    | 'Objection'
    | 'Drizzle'
    | 'Kysely'
    | 'SQL';
  readonly kind: 'read' | 'write';
  readonly method: string;
  /** What the method is called on: `prisma.user`, `this.users`, `pool`. */
  readonly receiver: Expression;
}

const prismaReads = /^(?:find(?:Many|Unique|First)(?:OrThrow)?|count|aggregate|groupBy)$/;
const prismaWrites = /^(?:create|createMany|createManyAndReturn|update|updateMany|upsert|delete|deleteMany)$/;
const typeormReads =
  /^(?:find|findBy|findOne|findOneBy|findOneOrFail|findOneByOrFail|findAndCount|findAndCountBy|count|countBy|exists|existsBy)$/;
const typeormWrites = /^(?:save|insert|update|upsert|delete|remove|softDelete|softRemove|restore|increment|decrement)$/;
const sequelizeReads = /^(?:findAll|findOne|findByPk|findAndCountAll|count|max|min|sum)$/;
const sequelizeWrites = /^(?:create|bulkCreate|update|destroy|upsert|findOrCreate|increment|decrement)$/;
/** What a row of Sequelize, itself a model, does with itself. */
const sequelizeRowWrites = /^(?:save|update|destroy|increment|decrement)$/;
const mikroReads = /^(?:find|findOne|findOneOrFail|findAll|findAndCount|count)$/;
const mikroWrites =
  /^(?:flush|persistAndFlush|removeAndFlush|native(?:Insert|Update|Delete)|insert|insertMany|upsert|upsertMany)$/;
const mongooseReads = /^(?:find|findOne|findById|countDocuments|exists|distinct|aggregate)$/;
const mongooseWrites =
  /^(?:create|insertMany|updateOne|updateMany|replaceOne|deleteOne|deleteMany|findByIdAndUpdate|findByIdAndDelete|findOneAndUpdate|findOneAndDelete|bulkWrite)$/;
const mongoReads = /^(?:find|findOne|countDocuments|estimatedDocumentCount|distinct|aggregate)$/;
const mongoWrites =
  /^(?:insert|insertOne|insertMany|update|updateOne|updateMany|replaceOne|remove|deleteOne|deleteMany|findOneAndUpdate|findOneAndReplace|findOneAndDelete|bulkWrite)$/;

const sequelizeModel =
  '(?:sequelize|sequelize-typescript|@sequelize\\/core):(?:Model|(?:Sequelize)?\\(\\)\\.(?:define\\(\\)|models\\.\\w+))';
const sequelizeModels = new RegExp(`^${sequelizeModel}$`);
const sequelizeRows = new RegExp(`^${sequelizeModel}(?:\\(\\)|\\.(?:findOne|findByPk|create|build)\\(\\))$`);
/** Managers and repositories of MikroORM, also where something waits to be flushed: `em.persist(order)`. */
const mikroManagers =
  /^@mikro-orm\/[\w-]+:\w*Entity(?:Manager|Repository)\(\)(?:\.(?:fork|getRepository|getEntityManager|persist|remove)\(\)|\.transactional=>0)*$/;
/** Models of mongoose. */
const mongooseModel =
  '(?:mongoose:(?:mongoose\\.)?(?:(?:connection\\.|(?:createConnection|Connection)\\(\\)\\.)?model\\(\\)|Model|Model\\(\\)|models\\.\\w+)|@typegoose/typegoose:(?:getModelForClass|ReturnModelType)\\(\\))';
const mongooseModels = new RegExp(`^${mongooseModel}$`);
/**
 * Documents of them, which save themselves: `new Order()`, `await Order.findById(id)`, and what a function that its schema gives a model
 * answers, as `Order.build()` or `await Order.findCurrent(id)`.
 */
const mongooseDocuments = new RegExp(
  `^${mongooseModel}(?:\\(\\)|\\.\\w+\\(\\))(?:\\.(?:populate|select|session|exec|set|save)\\(\\))*$`,
);
/** Collections of the driver itself, and of MarsDB, which has its interface. */
const mongoCollections =
  /^(?:mongodb:(?:(?:MongoClient(?:(?:\.connect)?\(\)(?:\.connect\(\))?|\.connect=>1)\.db|Db)\(\)\.collection\(\)|Collection\(\))|marsdb:(?:\w+\.)?Collection\(\))$/;

/** Is this what documents are asked of by filters that may hold operators? */
export function isMongoCollection(file: CodeFile, receiver: Expression): boolean {
  const from = origin(file, receiver);
  return from === undefined ? isNamedCollection(file, receiver) : mongooseModels.test(from) || mongoCollections.test(from);
}

/** `db.collection('orders')` of whatever `db`, also behind a name, in a package that has the driver. */
function isNamedCollection(file: CodeFile, receiver: Expression): boolean {
  const node = valueOf(receiver);
  return (
    ts.isCallExpression(node) &&
    node.arguments.length > 0 &&
    ts.isPropertyAccessExpression(node.expression) &&
    node.expression.name.text === 'collection' &&
    ['mongodb', 'mongoose'].some((name) => file.package?.installed.has(name)) &&
    ![...file.modules].some((name) => /firebase|firestore/i.test(name))
  );
}

/** `manager.getRepository(Order)` of whatever `manager`, in a file that imports TypeORM, which alone hands out repositories of classes. */
function isRepositoryOf(file: CodeFile, receiver: Expression): boolean {
  const node = valueOf(receiver);
  const [entity] = ts.isCallExpression(node) && calleeName(node) === 'getRepository' ? node.arguments : [];
  return entity !== undefined && ts.isIdentifier(entity) && /^[A-Z]/.test(entity.text) && file.modules.has('typeorm');
}

/** Of pg-promise and SQLite, too, whose names many other methods have. */
const sqlMethods = /^(?:query|execute|run|all|get|each|any|one|none|many|oneOrNone|manyOrNone)$/;

const methodNames = new RegExp(
  [
    prismaReads,
    prismaWrites,
    typeormReads,
    typeormWrites,
    sequelizeReads,
    sequelizeWrites,
    mikroReads,
    mikroWrites,
    mongooseReads,
    mongooseWrites,
    mongoReads,
    mongoWrites,
    sqlMethods,
  ]
    .map(({ source }) => source)
    .join('|'),
);

const callsByFile = new WeakMap<CodeFile, readonly DatabaseCall[]>();

/** Every call of the file that reads or writes rows. */
export function databaseCalls(file: CodeFile): readonly DatabaseCall[] {
  const known = callsByFile.get(file);
  if (known) return known;
  const found = file.nodes(ts.SyntaxKind.CallExpression).flatMap((call) => databaseCall(file, call) ?? []);
  callsByFile.set(file, found);
  return found;
}

function databaseCall(file: CodeFile, call: ts.CallExpression): DatabaseCall | undefined {
  const callee = unwrap(call.expression);
  const head = mayBuild(file)
    ? (drizzleHead(file, call) ?? kyselyHead(file, call) ?? knexHead(file, call) ?? objectionHead(file, call))
    : undefined;
  if (head) return chained(call, head);
  if (ts.isIdentifier(callee)) return sentBy(file, call, callee);
  if (!ts.isPropertyAccessExpression(callee)) return undefined;
  if (!methodNames.test(callee.name.text)) return sentBy(file, call, callee.expression);
  const receiver = callee.expression;
  const method = callee.name.text;
  const as = (driver: DatabaseCall['driver'], kind: DatabaseCall['kind'] | undefined) =>
    kind && { call, at: call.expression, given: call.arguments, driver, kind, method, receiver };
  if (sqlMethods.test(method)) return withInputs(as('SQL', sqlKind(file, call)));
  if (isPrismaModel(file, receiver, method)) return as('Prisma', kindOf(method, prismaReads, prismaWrites));
  const from = receiverOrigin(file, receiver);
  if (from === undefined && method === 'save' && isDocument(file, receiver)) return as('Mongoose', 'write');
  if (from === undefined && isRepositoryOf(file, receiver)) return as('TypeORM', kindOf(method, typeormReads, typeormWrites));
  if (from === undefined)
    return isNamedCollection(file, receiver) ? as('MongoDB', kindOf(method, mongoReads, mongoWrites)) : undefined;
  if (from.startsWith('typeorm:') && !/QueryBuilder/.test(from))
    return as('TypeORM', kindOf(method, typeormReads, typeormWrites));
  if (mikroManagers.test(from)) return as('MikroORM', kindOf(method, mikroReads, mikroWrites));
  if (sequelizeModels.test(from)) return as('Sequelize', kindOf(method, sequelizeReads, sequelizeWrites));
  if (sequelizeRowWrites.test(method) && sequelizeRows.test(from)) return as('Sequelize', 'write');
  if (mongooseModels.test(from)) return as('Mongoose', kindOf(method, mongooseReads, mongooseWrites));
  if (method === 'save' && mongooseDocuments.test(from)) return as('Mongoose', 'write');
  if (mongoCollections.test(from)) return as('MongoDB', kindOf(method, mongoReads, mongoWrites));
  return undefined;
}

/** `pool.request().input('id', sql.Int, id).query('SELECT …')` of mssql, whose values stand in front. */
function withInputs(found: DatabaseCall | undefined): DatabaseCall | undefined {
  const call = found && unwrap(found.receiver);
  if (!call || !ts.isCallExpression(call) || !/^(?:input|output)$/.test(calleeName(call))) return found;
  const { expression: receiver } = call.expression as ts.PropertyAccessExpression;
  return withInputs({ ...found, receiver, given: [...found.given, ...call.arguments] });
}

/** `query('SELECT …')`, `db.queryAll('SELECT …')`: a function that runs the text, whatever it is called; most are the project's own. */
function sentBy(file: CodeFile, call: ts.CallExpression, receiver: Expression): DatabaseCall | undefined {
  const kind = mayRunSql.test(calleeName(call)) ? sqlKind(file, call) : undefined;
  return kind && { call, at: call.expression, given: call.arguments, driver: 'SQL', kind, method: 'query', receiver };
}

/** `let order = await Order.findOne(…); order ??= await Order.create(…)`: a document, whichever it is. */
function isDocument(file: CodeFile, receiver: Expression): boolean {
  const name = unwrap(receiver);
  const declaration = ts.isIdentifier(name) ? declarationOf(name) : undefined;
  if (!declaration || !ts.isVariableDeclaration(declaration)) return false;
  const values = [...(declaration.initializer ? [declaration.initializer] : []), ...writesTo(declaration)];
  const made = values.filter((value) => !isNothing(value));
  return made.length > 1 && made.every((value) => mongooseDocuments.test(origin(file, value) ?? ''));
}

type Head = Pick<DatabaseCall, 'driver' | 'kind' | 'method' | 'receiver'>;

const builders = /drizzle|knex|kysely|objection/i;
const query = /\.(?:related)?query\((?:\w*|['"]\w+['"](?:, ?\w+)?)\)\s*\./i;
const building = new WeakMap<CodeFile, boolean>();

/** Does the file speak of a library whose queries are put together, or as such a query does, whoever makes the client? */
function mayBuild(file: CodeFile): boolean {
  let may = building.get(file);
  if (may === undefined) {
    const { words } = file;
    const isBuilt =
      (words.has(/^insert$/m) && words.has(/^values$/m)) ||
      (words.has(/^select$/m) && words.has(/^from$/m) && words.has(/^where$/m));
    building.set(file, (may = isBuilt || words.has(builders) || (words.has(/query$/im) && query.test(file.text))));
  }
  return may;
}
const drizzle = /^drizzle-orm\/[\w/-]+:(?:drizzle|\w*Database|\w*Transaction)\(\)(?:\.transaction=>0)*$/;

/** `db.select()`, `db.insert(users)`, `db.query.users.findFirst(…)` on a Drizzle database or transaction. */
function drizzleHead(file: CodeFile, call: ts.CallExpression): Head | undefined {
  const callee = unwrap(call.expression);
  if (!ts.isPropertyAccessExpression(callee)) return undefined;
  const method = callee.name.text;
  const receiver = callee.expression;
  if (/^(?:find(?:Many|First))$/.test(method)) {
    const table = unwrap(receiver);
    const query = ts.isPropertyAccessExpression(table) ? unwrap(table.expression) : undefined;
    const isQuery = query && ts.isPropertyAccessExpression(query) && query.name.text === 'query';
    return isQuery && drizzle.test(origin(file, query.expression) ?? '')
      ? { driver: 'Drizzle', kind: 'read', method, receiver }
      : undefined;
  }
  const kind = /^select(?:Distinct|DistinctOn)?$/.test(method)
    ? 'read'
    : /^(?:insert|update|delete)$/.test(method)
      ? 'write'
      : undefined;
  return kind && drizzle.test(origin(file, receiver) ?? '') ? { driver: 'Drizzle', kind, method, receiver } : undefined;
}

export const kyselyQuery = /^(?:selectFrom|(?:insert|replace|merge)Into|updateTable|deleteFrom)$/;

/** `db.selectFrom('users')` of Kysely or of a transaction of it, where that is run. */
function kyselyHead(file: CodeFile, call: ts.CallExpression): Head | undefined {
  const callee = unwrap(call.expression);
  if (!ts.isPropertyAccessExpression(callee) || !kyselyQuery.test(callee.name.text)) return undefined;
  const receiver = callee.expression;
  const [method = ''] = /^[a-z]+/.exec(callee.name.text) ?? [];
  if (!isRunByKysely(call) || !kysely.test(origin(file, receiver) ?? '')) return undefined;
  return { driver: 'Kysely', kind: method === 'select' ? 'read' : 'write', method, receiver };
}

/** Queries are built anywhere, and sent where they are executed. */
export function isRunByKysely(call: ts.CallExpression): boolean {
  return chainFrom(call).names.some((name) => /^(?:execute(?:TakeFirst(?:OrThrow)?)?|stream)$/.test(name));
}

const kysely = /^kysely:(?:Kysely|Transaction)\(\)(?:\.transaction\(\)\.execute=>0)*$/;

/** `knex('users')`, whose methods say what it does. */
function knexHead(file: CodeFile, call: ts.CallExpression): Head | undefined {
  if (call.arguments.length !== 1) return undefined;
  const { names } = chainFrom(call);
  const writes = names.find((name) => /^(?:insert|update|del|delete|increment|decrement|truncate|upsert)$/.test(name));
  // A part of another query, or one that is finished elsewhere.
  if (!writes && !names.some((name) => /^(?:select|first|pluck|count|where\w*|join\w*|leftJoin)$/.test(name))) return undefined;
  if (!/^knex:(?:knex|Knex)?\(\)(?:\.transaction=>0|\(\))?$/.test(origin(file, call.expression) ?? '')) return undefined;
  return { driver: 'Knex', kind: writes ? 'write' : 'read', method: writes ?? 'select', receiver: call.expression };
}

/** `User.query()`, `User.relatedQuery('pets')` of a model of Objection, whose methods say what it does. */
function objectionHead(file: CodeFile, call: ts.CallExpression): Head | undefined {
  const callee = unwrap(call.expression);
  if (!ts.isPropertyAccessExpression(callee) || !/^(?:related)?[qQ]uery$/.test(callee.name.text)) return undefined;
  if (!/^objection:Model\.(?:query|relatedQuery)$/.test(origin(file, callee) ?? '')) return undefined;
  const { names } = chainFrom(call);
  const writes = names.find((name) =>
    /^(?:(?:insert|upsert)(?:Graph)?(?:AndFetch)?|(?:patch|update)(?:AndFetch(?:ById)?)?|delete(?:ById)?|del|increment|decrement|relate|unrelate|truncate)$/.test(
      name,
    ),
  );
  const reads = names.find((name) => /^(?:findById|findByIds|findOne)$/.test(name));
  return {
    driver: 'Objection',
    kind: writes ? 'write' : 'read',
    method: writes ?? reads ?? 'select',
    receiver: callee.expression,
  };
}

/** A query that is put together: the head, and all that is chained to it. */
function chained(call: ts.CallExpression, head: Head): DatabaseCall {
  const given: Expression[] = [...call.arguments];
  let last = call;
  for (let node: ts.Node = call; ts.isPropertyAccessExpression(node.parent) && node.parent.expression === node; node = last) {
    const { parent } = node.parent;
    // What is done with the answer is no part of the question.
    if (
      !ts.isCallExpression(parent) ||
      parent.expression !== node.parent ||
      /^(?:then|catch|finally)$/.test(node.parent.name.text)
    )
      break;
    given.push(...parent.arguments);
    last = parent;
  }
  return { ...head, call: last, at: call.expression, given };
}

function kindOf(method: string, reads: RegExp, writes: RegExp): DatabaseCall['kind'] | undefined {
  return reads.test(method) ? 'read' : writes.test(method) ? 'write' : undefined;
}

function sqlKind(file: CodeFile, call: ts.CallExpression): DatabaseCall['kind'] | undefined {
  const text = textInSight(call);
  const kind = text !== undefined && kindOf(text, /^\s*(?:select|with)\b/i, /^\s*(?:insert|update|delete|merge)\b/i);
  return kind && sqlDriver(file, call) ? kind : undefined;
}

/** How the SQL text of a known driver's call begins; undefined for other calls and for text that is not in sight. */
export function sqlText(file: CodeFile, call: ts.CallExpression): string | undefined {
  const text = textInSight(call);
  return text !== undefined && sqlDriver(file, call) ? text : undefined;
}

function textInSight(call: ts.CallExpression): string | undefined {
  const sql = sqlArgument(call);
  const value = sql && valueOf(sql);
  return value && (ts.isStringLiteralLike(value) ? value.text : ts.isTemplateExpression(value) ? value.head.text : undefined);
}

/** `prisma.user`: a member of a Prisma client, of what `$transaction` hands over, or of something named for it. */
function isPrismaModel(file: CodeFile, model: Expression, method: string): boolean {
  const node = unwrap(model);
  if (!ts.isPropertyAccessExpression(node) || !(prismaReads.test(method) || prismaWrites.test(method))) return false;
  return isPrisma(file, node.expression);
}

/** Is this a Prisma client, or the one of a transaction? */
export function isPrisma(file: CodeFile, client: Expression): boolean {
  const from = origin(file, client);
  // What Nitro and Nuxt import by themselves is a name that nobody declares.
  if (from !== undefined && /^global:(?:use|get)Prisma(?:Client)?\(\)$/.test(from))
    return file.package?.installed.has('@prisma/client') ?? false;
  if (from !== undefined)
    return /(?:PrismaClient\(\)(?:\.\$extends\(\))*|\.\$transaction=>0|TransactionClient\(\)|[:.]prisma)$/.test(from);
  const name = unwrap(client);
  // `import { prisma as db } from './prisma'`
  const declaration = ts.isIdentifier(name) ? declarationOf(name) : undefined;
  const original = declaration && ts.isImportSpecifier(declaration) ? declaration.propertyName?.text : undefined;
  const last = ts.isPropertyAccessExpression(name) ? name.name.text : ts.isIdentifier(name) ? (original ?? name.text) : '';
  return /^_?prisma(?:Client|Service)?$/i.test(last);
}

/** `origin`, and models of Sequelize as its own tools write them: made by the functions of other files, kept in one object. */
function receiverOrigin(file: CodeFile, receiver: Expression): string | undefined {
  const from = origin(file, receiver);
  // What a file of the project answers is another's where it can be followed further.
  if (from !== undefined && !from.startsWith('project:')) return from;
  const made = definitionOf(file, receiver);
  if (!made) return isKeptModel(file, receiver) || isGivenModel(file, receiver) ? 'sequelize:Model' : undefined;
  const factory = ts.isCallExpression(made.node) ? functionBehind(made.file, made.node.expression) : undefined;
  const answer = factory && onlyAnswer(factory.node);
  const model = answer && valueOf(answer);
  return model && ts.isCallExpression(model) && model.expression.getText() === 'sequelize.define'
    ? 'sequelize:Sequelize().define()'
    : undefined;
}

/** `db.User`, or `User` of a file of models, where that file fills its object with every model of the folder. */
function isKeptModel(file: CodeFile, receiver: Expression): boolean {
  const node = unwrap(receiver);
  const owner = takenFrom(node);
  const kept =
    owner && !/^sequelize$/i.test(ts.isPropertyAccessExpression(node) ? node.name.text : node.getText())
      ? definitionOf(file, owner)
      : undefined;
  return (
    kept !== undefined &&
    kept.file !== file &&
    kept.file.modules.has('sequelize') &&
    /\[model\.name\]\s*=\s*model/.test(kept.file.text)
  );
}

/** `models.User.findAll()` of what a function is given, in a package that has Sequelize, which alone calls its methods so. */
function isGivenModel(file: CodeFile, receiver: Expression): boolean {
  const node = unwrap(receiver);
  const { parent } = receiver;
  return (
    ts.isPropertyAccessExpression(node) &&
    /^[A-Z]/.test(node.name.text) &&
    ts.isPropertyAccessExpression(parent) &&
    /^(?:findAll|findByPk|findAndCountAll|bulkCreate|findOrCreate)$/.test(parent.name.text) &&
    (file.package?.installed.has('sequelize') ?? false)
  );
}

/** Does a query ask for every row of a table: no condition and no limit, in options that are in sight? */
export function readsWholeTable({ call, driver, given, method }: DatabaseCall): boolean {
  const [options] = given;
  const bare = (names: readonly string[]) => given.length <= 1 && optionState(options, names) === 'absent';
  if (ts.isPropertyAccessExpression(call.parent) && !/^(?:Drizzle|Kysely|Knex|Objection|MongoDB)$/.test(driver)) return false;
  switch (driver) {
    case 'Prisma':
      return method === 'findMany' && bare(['where', 'take', 'cursor', 'distinct']);
    case 'TypeORM':
      // Once, conditions stood where the options are.
      return method === 'find' && bare(['where', 'take']) && hasOnly(options, typeormOptions);
    case 'MikroORM': {
      // A manager is told the entity first.
      const [asked, ...more] = options && /^[A-Z]/.test(options.getText()) ? given.slice(1) : given;
      return method === 'findAll' && more.length === 0 && optionState(asked, ['where', 'limit']) === 'absent';
    }
    case 'Kysely':
      return /^[\w.#]+\.selectFrom\([^()]*\)(?:\.(?:select|selectAll|orderBy)\([^()]*\))+\.execute\(\)$/.test(chainText(call));
    case 'Sequelize':
      return method === 'findAll' && bare(['where', 'limit', 'group', 'having']) && !isNarrowedByJoin(options);
    case 'Mongoose':
      return method === 'find' && (!options || isEmptyLiteral(options));
    case 'MongoDB':
      return (
        method === 'find' &&
        (!options || isEmptyLiteral(options)) &&
        chainFrom(call).names.every((name) => /^(?:toArray|sort|project|then|catch)$/.test(name))
      );
    case 'Drizzle':
      return method === 'select' && /^[^]*\.select\([^()]*\)\.from\([\w.#]+\)$/.test(chainText(call));
    case 'Knex':
      return /^[\w.#]+\([^()]*\)\.select\([^()]*\)$/.test(chainText(call));
    case 'Objection':
      return /^[\w.#]+\.query\(\w*\)(?:\.(?:select|orderBy|withGraphFetched)\([^()]*\))*$/.test(chainText(call));
    case 'SQL': {
      const sql = sqlArgument(call);
      const text = sql && constantText(sql);
      return (
        text !== undefined &&
        /^\s*select\s[^()]+\sfrom\s+["\w.]+\s*(?:order\s+by\s[^()]+)?;?\s*$/i.test(text) &&
        !/\blimit\b/i.test(text)
      );
    }
  }
}

const typeormOptions =
  /^(?:select|relations|join|order|skip|cache|lock|withDeleted|loadRelationIds|loadEagerRelations|relationLoadStrategy|comment|transaction)$/;

/** Has an object that is written out no other members? */
function hasOnly(value: Expression | undefined, names: RegExp): boolean {
  return [...(propertiesOf(value)?.keys() ?? [])].every((name) => names.test(name));
}

/** The text of a query that is put together, as if it stood on one line. */
export function chainText(call: ts.CallExpression): string {
  return call.getText().replace(/\s*\n\s*\./g, '.');
}

/** `{}`, also as a constant to which nothing is sure to be added: `filter.status = …` under a condition may not run. */
export function isEmptyLiteral(value: Expression): boolean {
  const node = valueOf(value);
  return ts.isObjectLiteralExpression(node) && node.properties.length === 0 && !isFilled(value);
}

/** `const filter = {}; filter.owner = id;`, `applyScope(filter)`, or each branch of an `if` adds something. */
function isFilled(value: Expression): boolean {
  const declaration = ts.isIdentifier(value) ? declarationOf(value) : undefined;
  const block = declaration && ts.isVariableDeclaration(declaration) ? declaration.parent.parent.parent : undefined;
  return block !== undefined && ts.isBlock(block) && block.statements.some((statement) => adds(statement, value.getText()));
}

function adds(statement: ts.Statement, name: string): boolean {
  if (ts.isBlock(statement)) return statement.statements.some((each) => adds(each, name));
  if (ts.isIfStatement(statement))
    return statement.elseStatement !== undefined && adds(statement.thenStatement, name) && adds(statement.elseStatement, name);
  const step = ts.isExpressionStatement(statement) ? unwrap(statement.expression) : undefined;
  if (!step) return false;
  if (ts.isCallExpression(step))
    return (
      !/\blog|\bconsole\b/i.test(step.expression.getText()) && step.arguments.some((argument) => argument.getText() === name)
    );
  const target = isAssignment(step) ? step.left : undefined;
  return (
    target !== undefined &&
    (ts.isPropertyAccessExpression(target) || ts.isElementAccessExpression(target)) &&
    target.expression.getText() === name
  );
}

/** `include: [{ model: Lecture, where: { course } }]`: Sequelize joins, and answers only with what has such a row. */
export function isNarrowedByJoin(options: Expression | undefined): boolean {
  const include = optionValue(options, 'include');
  return (
    include !== undefined &&
    [include, ...descendants(include)].some(
      (node) =>
        ts.isObjectLiteralExpression(node) &&
        optionState(node, ['where']) === 'set' &&
        optionValue(node, 'required')?.kind !== ts.SyntaxKind.FalseKeyword,
    )
  );
}

/** The query whose rows a value is: `{ rows }` or `[orders]` taken out of what it gives, `result.rows`, or what is mapped of them. */
function queryBehind(answer: Expression): Expression {
  const value = unwrap(valueOf(answer));
  const declaration = ts.isIdentifier(value) ? declarationOf(value) : undefined;
  const isFirst =
    declaration !== undefined &&
    ts.isBindingElement(declaration) &&
    ts.isArrayBindingPattern(declaration.parent) &&
    declaration.parent.elements[0] === declaration;
  const taken = takenOut(value);
  if (taken && (isFirst || taken.name === 'rows')) return queryBehind(taken.from);
  if (ts.isPropertyAccessExpression(value) && value.name.text === 'rows') return queryBehind(value.expression);
  const { expression: callee } = ts.isCallExpression(value) ? value : { expression: undefined };
  const isMapped = callee !== undefined && ts.isPropertyAccessExpression(callee) && callee.name.text === 'map';
  return isMapped ? queryBehind(callee.expression) : value;
}

/**
 * Does a function return every row of a table: `return query`, or `return this.service.method()` whose method does? A table that a
 * statement names is one that the same file adds rows to: others, of countries or chapters of a norm, do not grow.
 */
export function answersWholeTable(file: CodeFile, method: FunctionNode, hops = 1): boolean {
  const queries = databaseCalls(file).filter((query) => readsWholeTable(query) && grows(file, query));
  const concise = ts.isArrowFunction(method) && !ts.isBlock(method.body) ? [method.body] : [];
  const returned = [...descendants(method)].flatMap((node) => (ts.isReturnStatement(node) ? (node.expression ?? []) : []));
  return [...concise, ...returned].some((answer) => {
    const call = queryBehind(answer);
    if (!ts.isCallExpression(call)) return false;
    if (queries.some((query) => query.call === call)) return true;
    const called = hops > 0 ? methodOf(file, call) : undefined;
    return called !== undefined && called.node !== method && answersWholeTable(called.file, called.node, hops - 1);
  });
}

function grows(file: CodeFile, { driver, call }: DatabaseCall): boolean {
  const sql = driver === 'SQL' ? sqlArgument(call) : undefined;
  const [, table] = /\bfrom\s+["`]?([\w.]+)/i.exec((sql && constantText(sql)) ?? '') ?? [];
  return table === undefined || new RegExp(`\\binsert\\s+into\\s+["\`]?${table}\\b`, 'i').test(file.text);
}

/** A function that a library runs inside a transaction. */
export interface Transaction {
  readonly call: ts.CallExpression;
  readonly callback: FunctionNode;
  /** What the transaction is begun on: `this.prisma`. */
  readonly receiver: Expression;
}

const transactionCalls =
  /^(?:typeorm|knex|objection|sequelize|sequelize-typescript|@sequelize\/core|drizzle-orm\/[\w/-]+|kysely):.*\.(?:transaction|transaction\(\)(?:\.set\w+\(\))*\.execute)$/;
const handleNames = /^(?:tx|trx|t|transaction|manager|\w*[mM]anager|em|session)$/;

const transactionsByFile = new WeakMap<CodeFile, readonly Transaction[]>();
/** What functions of a project are called that run another in a transaction. */
const wrapperNames = /transaction|atomic|unitOfWork|(?:^|[a-z])tx$|^wrap$/i;
const transactionWords = new RegExp(`ransaction|${wrapperNames.source}`, 'im');

/** Every transaction callback written in the file. */
export function transactions(file: CodeFile): readonly Transaction[] {
  const known = transactionsByFile.get(file);
  if (known) return known;
  const calls = file.words.has(transactionWords) ? file.nodes(ts.SyntaxKind.CallExpression) : [];
  const own = calls.flatMap((call) => transactionOf(file, call) ?? []);
  // A function that wraps one may stand in the same file, or in one that leads back to it.
  transactionsByFile.set(file, own);
  const calledOwn = new Set(own.map(({ call }) => call));
  const wrapped = calls.flatMap((call) => (calledOwn.has(call) ? [] : (wrappedTransaction(file, call) ?? [])));
  const found = wrapped.length > 0 ? [...own, ...wrapped] : own;
  transactionsByFile.set(file, found);
  return found;
}

function callbackOf(call: ts.CallExpression): FunctionNode | undefined {
  return call.arguments.map(unwrap).find((each) => ts.isArrowFunction(each) || ts.isFunctionExpression(each)) as
    FunctionNode | undefined;
}

/**
 * `withTransaction(async (client) => …)` of a function of the project that runs what it is given in a transaction: hands it to the
 * library's own, or calls it between the begin and the commit.
 */
function wrappedTransaction(file: CodeFile, call: ts.CallExpression): Transaction | undefined {
  const callback = wrapperNames.test(calleeName(call)) ? callbackOf(call) : undefined;
  const inner = callback && (methodOf(file, call) ?? calleeOf(file, call));
  const parameter = inner?.node.parameters[call.arguments.findIndex((each) => unwrap(each) === callback)];
  if (!callback || !inner?.node.body || !parameter || !ts.isIdentifier(parameter.name)) return undefined;
  const isGiven = (node: ts.Node) => ts.isIdentifier(node) && declarationOf(node) === parameter;
  const callee = unwrap(call.expression);
  const begun = transactions(inner.file).find((each) => isWithin(each.call, inner.node))?.receiver;
  const handed = begun && ts.isIdentifier(begun) ? inner.node.parameters.findIndex((each) => declarationOf(begun) === each) : -1;
  const receiver = call.arguments[handed] ?? (ts.isPropertyAccessExpression(callee) ? callee.expression : callee);
  const runs = descendants(inner.node).some(
    (node) =>
      ts.isCallExpression(node) &&
      (isGiven(node.expression)
        ? transactionOver(inner.file, node) !== undefined
        : /^\$?(?:with)?transaction$/i.test(calleeName(node)) && node.arguments.some(isGiven)),
  );
  return runs ? { call, callback, receiver } : undefined;
}

function transactionOf(file: CodeFile, call: ts.CallExpression): Transaction | undefined {
  const callee = unwrap(call.expression);
  if (!ts.isPropertyAccessExpression(callee)) return undefined;
  const callback = callbackOf(call);
  if (!callback) return undefined;
  const found = { call, callback, receiver: callee.expression };
  // Names that no other library gives to a method with a callback.
  if (/^(?:\$transaction|withTransaction|transactional)$/.test(callee.name.text)) return found;
  if (!/^(?:transaction|execute)$/.test(callee.name.text)) return undefined;
  const from = origin(file, callee);
  // `db.transaction().setIsolationLevel('serializable').execute(…)` of Kysely is begun on `db`.
  if (from?.startsWith('kysely:')) return transactionCalls.test(from) ? { ...found, receiver: rootOfCalls(callee) } : undefined;
  if (from !== undefined) return transactionCalls.test(from) || isTransacted(found) ? found : undefined;
  const handle = found.callback.parameters[0]?.name.getText();
  return callee.name.text === 'transaction' && handle !== undefined && handleNames.test(handle) ? found : undefined;
}

/** `db` of `db.transaction().execute`. */
function rootOfCalls(callee: ts.PropertyAccessExpression): Expression {
  const owner = unwrap(callee.expression);
  const next = ts.isCallExpression(owner) ? unwrap(owner.expression) : undefined;
  return next && ts.isPropertyAccessExpression(next) ? rootOfCalls(next) : owner;
}

/** Does a query in the callback say `.transacting(trx)`? Of all libraries only Knex calls it so, from wherever the client comes. */
export function isTransacted({ callback }: Transaction): boolean {
  const handle = callback.parameters[0]?.name;
  return (
    handle !== undefined &&
    callback.body !== undefined &&
    descendants(callback.body).some(
      (node) =>
        ts.isCallExpression(node) && calleeName(node) === 'transacting' && node.arguments[0]?.getText() === handle.getText(),
    )
  );
}

const eachMethods = /^(?:map|forEach|flatMap|reduce|filter|all|allSettled)$/;

/** The transaction whose callback a node runs in: directly, or in callbacks over the elements of an array. */
export function transactionAround(file: CodeFile, node: ts.Node): Transaction | undefined {
  const all = transactions(file);
  if (all.length === 0) return undefined;
  for (let scope = enclosingFunction(node); !ts.isSourceFile(scope); scope = enclosingFunction(scope)) {
    const found = all.find(({ callback }) => callback === scope);
    if (found) return found;
    if (!isEachCallback(scope)) return undefined;
  }
  return undefined;
}

/** A transaction that a function has begun by hand, and the part of it in which that is open. */
export interface OpenTransaction {
  /** The call that begins it. */
  readonly begin: ts.CallExpression;
  /** What the call runs, as an origin. */
  readonly from: string;
  /** The client it is begun on, or the handle that the call answers. */
  readonly handle: Expression;
  readonly scope: FunctionNode;
  readonly start: number;
  readonly end: number;
  /** Where it is over before: behind the commit or rollback of a branch that leaves. */
  readonly closed: readonly { readonly start: number; readonly end: number }[];
}

const beginnings =
  /^(?:(?:mysql2?|mysql2\/promise|mariadb):.*\.beginTransaction|typeorm:.*(?:createQueryRunner|QueryRunner)\(\)\.startTransaction|(?:mongoose|mongodb):.*(?:startSession|ClientSession)\(\)\.startTransaction)$/;
const handBeginnings =
  /^(?:(?:sequelize|sequelize-typescript|@sequelize\/core):.*\.transaction|knex:.*\.transaction|objection:.*\.(?:transaction|startTransaction))$/;
const openByFile = new WeakMap<CodeFile, readonly OpenTransaction[]>();

/** Every transaction that a function of the file begins and commits by hand. */
export function openTransactions(file: CodeFile): readonly OpenTransaction[] {
  const known = openByFile.get(file);
  if (known) return known;
  const mayCommit = file.words.has(/commit/i);
  const found = mayCommit ? file.nodes(ts.SyntaxKind.CallExpression).flatMap((call) => opened(file, call) ?? []) : [];
  openByFile.set(file, found);
  return found;
}

function opened(file: CodeFile, call: ts.CallExpression): OpenTransaction | undefined {
  const name = calleeName(call);
  const callee = unwrap(call.expression);
  const scope = enclosingFunction(call);
  if (!/^(?:query|execute|transaction|beginTransaction|startTransaction)$/.test(name) || ts.isSourceFile(scope)) return undefined;
  if (!ts.isPropertyAccessExpression(callee) || call.arguments.some(ts.isFunctionLike)) return undefined;
  const isText = name === 'query' || name === 'execute';
  if (isText && !/^\s*(?:BEGIN|START TRANSACTION)\b[^;]*;?\s*$/i.test(sqlText(file, call) ?? '')) return undefined;
  const from = isText ? 'sql' : (origin(file, callee) ?? '');
  const bound = handBeginnings.test(from) ? (boundTo(call)?.name ?? assignedTo(call)) : undefined;
  const handle = bound ?? (isText || beginnings.test(from) ? unwrap(callee.expression) : undefined);
  if (!handle || ts.isObjectBindingPattern(handle) || ts.isArrayBindingPattern(handle)) return undefined;
  const ends = descendants(scope).filter(
    (node): node is ts.CallExpression =>
      ts.isCallExpression(node) &&
      node.pos > call.end &&
      ts.isPropertyAccessExpression(node.expression) &&
      node.expression.expression.getText() === handle.getText() &&
      endOf(file, node, isText) !== undefined,
  );
  const commits = ends.filter((node) => endOf(file, node, isText) === 'commit');
  // A branch that ends the transaction and leaves ends it for itself.
  const commit = commits.find((node) => !branchLeft(node, call)) ?? commits.at(-1);
  const closed = ends.flatMap((node) => {
    const branch = node === commit ? undefined : branchLeft(node, call);
    return branch ? [{ start: node.end, end: branch.end }] : [];
  });
  return commit && { begin: call, from, handle, scope, start: call.end, end: commit.pos, closed };
}

/** How a call ends the transaction that is open on what it is called on. */
function endOf(file: CodeFile, call: ts.CallExpression, isText: boolean): 'commit' | 'rollback' | undefined {
  const said = isText ? (sqlText(file, call) ?? '') : calleeName(call);
  if (isText ? /^\s*(?:COMMIT|END)\b/i.test(said) : /^commit(?:Transaction)?$/.test(said)) return 'commit';
  return (isText ? /^\s*ROLLBACK\b(?!\s+TO\b)/i.test(said) : /^(?:rollback|abort)(?:Transaction)?$/.test(said))
    ? 'rollback'
    : undefined;
}

/** The branch in which a call stands that began after another one, where the function leaves at its end. */
function branchLeft(node: ts.Node, begun: ts.Node): ts.Block | undefined {
  return [...ancestorsInFunction(node)].find(
    (each): each is ts.Block => ts.isBlock(each) && ts.isIfStatement(each.parent) && each.pos > begun.end && leaves(each),
  );
}

/** `t` of `t = await sequelize.transaction()`. */
function assignedTo(call: ts.CallExpression): Expression | undefined {
  let node: ts.Node = call;
  while (ts.isAwaitExpression(node.parent) || ts.isParenthesizedExpression(node.parent)) node = node.parent;
  const { parent } = node;
  return isAssignment(parent) && parent.right === node ? parent.left : undefined;
}

/** Does a node stand in the part of a function in which its transaction is open? */
export function isOpenAt({ start, end, closed }: Pick<OpenTransaction, 'start' | 'end' | 'closed'>, node: ts.Node): boolean {
  return node.pos >= start && node.end <= end && !closed.some((part) => node.pos >= part.start && node.end <= part.end);
}

/** The transaction that is open where a node runs: its callback is around it, or the function has begun it by hand before. */
export function transactionOver(file: CodeFile, node: ts.Node): Transaction | undefined {
  const around = transactionAround(file, node);
  const open = around
    ? undefined
    : openTransactions(file).find((each) => isOpenAt(each, node) && runsIn(node, each.scope) && !isCaught(node, each.scope));
  return around ?? (open && { call: open.begin, callback: open.scope, receiver: open.handle });
}

/** In a function itself, or in a callback over a list: what `then` is given, or a timer, runs when the rest may be over. */
export function runsIn(call: ts.Node, scope: ts.Node): boolean {
  if (!isWithin(call, scope)) return false;
  let inner = enclosingFunction(call);
  while (inner !== scope && isWithin(inner, scope) && isEachCallback(inner)) inner = enclosingFunction(inner);
  return isWithin(scope, inner);
}

/** In a `catch`, where the transaction is over. */
export function isCaught(call: ts.Node, scope: ts.Node): boolean {
  for (let node = call; node !== scope && node.parent; node = node.parent) if (ts.isCatchClause(node)) return true;
  return false;
}

/** A callback over the elements of an array, which runs where it is handed over. */
export function isEachCallback({ parent }: ts.Node): boolean {
  return (
    parent !== undefined &&
    ts.isCallExpression(parent) &&
    ts.isPropertyAccessExpression(parent.expression) &&
    eachMethods.test(parent.expression.name.text)
  );
}

/** `{ session }`, `.session(session)`: a query of MongoDB or Mongoose that is told its session, and does not keep it. */
export function isSessionOfQuery(use: ts.Identifier): boolean {
  const { parent } = use;
  if (ts.isShorthandPropertyAssignment(parent)) return use.text === 'session';
  if (ts.isPropertyAssignment(parent)) return parent.name.getText() === 'session' && parent.initializer === use;
  return ts.isCallExpression(parent) && calleeName(parent) === 'session' && parent.arguments[0] === use;
}
