import { type CodeProblem, defineCodeRule } from '../../server/core/rule.ts';
import { baseClass, calleeOf, classOf, methodOf } from '../../server/core/typescript/classes.ts';
import {
  ancestorsInFunction,
  type CodeFile,
  descendants,
  enclosingFunction,
  type Expression,
  type FunctionNode,
  isAssignment,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { constantText, valueOf } from '../../server/core/typescript/constants.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import {
  boundTo,
  calleeName,
  inOneLine,
  isAsync,
  isMemberName,
  isWithin,
  mentions,
  optionValue,
} from '../../server/core/typescript/syntax.ts';
import { chainText, type DatabaseCall, databaseCalls } from './databases.ts';
import page from './db-n-plus-one.md';
import { redisMethod } from './redis.ts';

/** Code that runs once for each element of a list. */
interface Round {
  /** The loop, or the call of `map` or `forEach`. */
  readonly node: ts.Node;
  readonly body: ts.Node;
  readonly list: ts.Expression;
  /** Names that differ from one round to the next. */
  readonly changing: ReadonlySet<string>;
  /** Those of them that stand for the element. */
  readonly own: ReadonlySet<string>;
}

/**
 * Evidence: an awaited query of a known library in a loop over a list that is not written out in the code, whose filter
 * is made of the loop's variable, or of nothing that changes in the loop; or a call there of a function of the project that does
 * nothing but such a query by what it is given. Silent for chunks, pages and retries, for loops that leave early or pause on purpose,
 * and for the first query of a chain that each round needs.
 */
export default defineCodeRule({
  page,
  severity: 'warn',
  *check(file) {
    for (const asked of databaseCalls(file)) {
      const query = withoutCallback(asked);
      const isWaited = isAwaited(wholeOf(query));
      const round = isWaited || isAnswered(query) || query !== asked ? roundOf(query.call) : undefined;
      if (!round || isDeliberate(round) || isOfMigrations(query) || isLast(query.call, round.body)) continue;
      if (isRemembered(query.call, round.body)) continue;
      const found = judge(file, query, round);
      if (!found) continue;
      // What nobody waits for, all rounds send at once.
      yield { at: query.at, evidence: enclosingFunction(query.call), ...found, ...(isWaited ? {} : { severity: 'hint' }) };
    }
    yield* populated(file);
    yield* ofRedis(file);
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      const round = behindNames.test(calleeName(call)) && isAwaited(call) ? roundOf(call) : undefined;
      if (!round || !call.arguments.some((given) => mentions(given, round.changing)) || isDeliberate(round)) continue;
      if (goesOn(call.arguments, round) || isRemembered(call, round.body)) continue;
      const found = isLast(call, round.body) ? undefined : queryBehind(file, call, round);
      if (!found) continue;
      const { query, batch } = found;
      yield {
        at: call.expression,
        evidence: enclosingFunction(call),
        message: `\`${inOneLine(call.expression)}\` runs \`${inOneLine(query.at)}\` once for each of \`${list(round)}\`, a round trip each; ${batch ?? together(query)}.`,
        severity: batch !== undefined || hasOtherWork(call, round) || ts.isCallExpression(round.node) ? 'hint' : undefined,
      };
    }
  },
});

/** `for (const order of orders) await order.populate('owner')`, of documents of mongoose that one query has found. */
function* populated(file: CodeFile): Iterable<CodeProblem<undefined>> {
  if (!file.words.has(/^populate$/m)) return;
  const finds = databaseCalls(file).filter(({ driver, method }) => driver === 'Mongoose' && method === 'find');
  if (finds.length === 0) return;
  for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
    const callee = unwrap(call.expression);
    const row = ts.isPropertyAccessExpression(callee) && callee.name.text === 'populate' ? unwrap(callee.expression) : undefined;
    const round = row && ts.isIdentifier(row) && isAwaited(call) ? roundOf(call) : undefined;
    const found = round && awaitedValue(round.list);
    const find = found && finds.find((each) => wholeOf(each) === found);
    if (!row || !round || !find || !round.changing.has(row.getText())) continue;
    yield {
      at: call.expression,
      evidence: enclosingFunction(call),
      message: `\`${inOneLine(call.expression)}\` asks once for each of \`${list(round)}\`, a round trip each; chain \`populate\` to \`${inOneLine(find.at)}\`, which reads them all with one query.`,
      severity: hasOtherWork(call, round) || ts.isCallExpression(round.node) ? 'hint' : undefined,
    };
  }
}

/** Commands of Redis that ask for what one key holds. */
const redisReads = /^(?:get|hget|hgetall|exists|sismember|smembers|zscore|ttl)$/i;
/** What functions are called that ask Redis for something. */
const redisNames = /^_?(?:get|find|load|fetch|read|lookup|is|has|exists|check|count)/;

/** `for (const id of ids) await redis.get(id)`, also as all that a function of the project does. */
function* ofRedis(file: CodeFile): Iterable<CodeProblem<undefined>> {
  const mayAsk = ['ioredis', 'redis', '@redis/client', '@upstash/redis'].some(
    (name) => file.modules.has(name) || file.package?.installed.has(name),
  );
  if (!mayAsk) return;
  for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
    const name = calleeName(call);
    const mayLead = redisNames.test(name);
    // What `map` sends at once, a client sends together.
    if ((!mayLead && !redisReads.test(name)) || !ts.isAwaitExpression(call.parent)) continue;
    const round = roundOf(call);
    if (!round || ts.isCallExpression(round.node) || !call.arguments.some((given) => mentions(given, round.changing))) continue;
    if (isDeliberate(round) || isLast(call, round.body) || goesOn(call.arguments, round)) continue;
    const command = redisReads.test(redisMethod(file, call) ?? '') ? call : mayLead ? commandBehind(file, call) : undefined;
    if (!command) continue;
    const asks = command === call ? 'asks Redis' : `runs \`${inOneLine(command.expression)}\``;
    yield {
      at: call.expression,
      evidence: enclosingFunction(call),
      severity: 'hint',
      message: `\`${inOneLine(call.expression)}\` ${asks} once for each of \`${list(round)}\`, a round trip each; send all of them together, in a pipeline${/^get$/i.test(calleeName(command)) ? ' or as one `MGET`' : ''}.`,
    };
  }
}

/** The one command that a function of the project sends to Redis, and all that it waits for. */
function commandBehind(file: CodeFile, call: ts.CallExpression): ts.CallExpression | undefined {
  const inner = methodOf(file, call) ?? calleeOf(file, call);
  const asked = inner?.node.body ? descendants(inner.node).filter(ts.isAwaitExpression) : [];
  const [only, another] = asked;
  const command = only && unwrap(only.expression);
  if (!inner || !command || another || !ts.isCallExpression(command) || roundOf(command)) return undefined;
  return redisReads.test(redisMethod(inner.file, command) ?? '') ? command : undefined;
}

/** `Order.find()` of `const orders = await Order.find()`. */
function awaitedValue(value: Expression): Expression | undefined {
  const node = unwrap(value);
  const declaration = ts.isIdentifier(node) ? declarationOf(node) : undefined;
  const made = declaration && ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
  return made && ts.isAwaitExpression(made) ? unwrap(made.expression) : undefined;
}

/** What functions are called that look something up, or change it. */
const behindNames = /^_?(?:get|find|load|fetch|read|select|lookup|query|update|set|mark|delete|remove)/;
/** How one query answers for all rounds. */
function together({ method }: DatabaseCall): string {
  return /^(?:count|aggregate)/.test(method)
    ? 'ask for all of them with one query, grouped by the key (`GROUP BY`)'
    : 'read all the rows with one query before the loop (`IN`) and look them up by key';
}

/**
 * The query of a function of the project that awaits nothing else, remembers nothing, and asks for rows by what this call gives it that
 * differs from round to round; or changes them all alike, and then how that is done for all.
 */
function queryBehind(
  file: CodeFile,
  call: ts.CallExpression,
  round: Round,
  isHandedOn = false,
): { readonly query: DatabaseCall; readonly batch?: string } | undefined {
  const { changing } = round;
  const inner = methodOf(file, call) ?? calleeOf(file, call);
  const { node } = inner ?? {};
  if (!inner || !node?.body || /cache|memo|loader|redis/i.test(node.getText())) return undefined;
  const [query, another] = databaseCalls(inner.file).filter((each) => isWithin(each.call, node));
  if (!query) return isHandedOn ? undefined : queryOfRepository(inner.file, node, given(node, call, changing), round);
  if (another || enclosingFunction(query.call) !== node || roundOf(query.call)) return undefined;
  const whole = wholeOf(query);
  if (!isAwaited(whole) || descendants(node).some((each) => !isWithin(whole, each) && waits(inner.file, each))) return undefined;
  if (knowsBefore(node, query.call)) return undefined;
  const keys = given(node, call, changing);
  if (query.kind === 'write') {
    if (isHandedOn) return undefined;
    const batch = isOnlyChange(call, round) && !isConditional(query.call, node) ? alike(query, keys) : undefined;
    return batch === undefined ? undefined : { query, batch };
  }
  if (isBatchedByPrisma(query, round)) return undefined;
  const names = new Set(keys);
  for (const each of descendants(node.body)) if (ts.isVariableDeclaration(each)) bind(each.name, names);
  return query.given.some((each) => mentions(each, keys)) && isByKey(query, names) ? { query } : undefined;
}

/** The names in a function of what a call gives it that differs from round to round. */
function given(node: FunctionNode, call: ts.CallExpression, changing: ReadonlySet<string>): Set<string> {
  const names = new Set<string>();
  for (const [index, { name }] of node.parameters.entries()) {
    const argument = call.arguments[index];
    if (argument && mentions(argument, changing)) bind(name, names);
  }
  return names;
}

/** `getOrder(id) { return this.orders.findById(id); }` of a service: the query of all that it waits for, to which it hands its key on. */
function queryOfRepository(file: CodeFile, node: FunctionNode, changing: Set<string>, round: Round) {
  const call = descendants(node).find(
    (each): each is ts.CallExpression =>
      ts.isCallExpression(each) &&
      behindNames.test(calleeName(each)) &&
      each.arguments.some((value) => mentions(value, changing)),
  );
  if (!call || enclosingFunction(call) !== node || roundOf(call) || !isAwaited(call) || knowsBefore(node, call)) return undefined;
  // `await` and `return` around it are no others.
  const isOther = (each: ts.Node) => !isWithin(call, each) && waits(file, each);
  return descendants(node).some(isOther) ? undefined : queryBehind(file, call, { ...round, changing }, true);
}

/** `if (known[id]) return known[id];`: what it has answered before, it does not ask again. */
function knowsBefore(node: FunctionNode, query: ts.Node): boolean {
  return descendants(node, (each) => !ts.isFunctionLike(each)).some(
    (each) => ts.isReturnStatement(each) && each.end < query.pos && each.expression !== undefined && isKept(each.expression),
  );
}

/** `byId[id] ??= await find(id)`, `if (!byId[id]) byId[id] = await find(id)`, `if (byId.has(id)) continue;`: each key is asked for once. */
function isRemembered(call: ts.Node, body: ts.Node): boolean {
  let value: ts.Node = call;
  while (ts.isAwaitExpression(value.parent) || ts.isParenthesizedExpression(value.parent)) value = value.parent;
  const { parent } = value;
  const kept = isAssignment(parent) && ts.isElementAccessExpression(parent.left) ? parent.left.getText() : undefined;
  if (kept !== undefined && /^(?:\?\?|\|\|)=$/.test((parent as ts.BinaryExpression).operatorToken.getText())) return true;
  if (descendants(body).some((node) => ts.isIfStatement(node) && node.end <= call.pos && passesKnown(node, body))) return true;
  return [...ancestorsInFunction(call)].some((node) => {
    if (!isWithin(node, body) || !ts.isIfStatement(node) || !isWithin(call, node.thenStatement)) return false;
    const asked = node.expression.getText();
    const isMap = /^!?\s*(\w[\w.]*)\.(?:has|get)\(/.exec(asked)?.[1];
    return (
      (kept !== undefined && asked.includes(kept)) ||
      (isMap !== undefined && node.thenStatement.getText().includes(`${isMap}.set(`))
    );
  });
}

/** `if (byId[id]) continue;`, `if (byId.has(id)) continue;` of what the rounds fill. */
function passesKnown({ expression, thenStatement }: ts.IfStatement, body: ts.Node): boolean {
  const [only] = ts.isBlock(thenStatement) ? thenStatement.statements : [thenStatement];
  if (!only || !(ts.isContinueStatement(only) || ts.isReturnStatement(only))) return false;
  const [, name] = /([\w.]+)(?:\[|\.(?:has|get)\()/.exec(expression.getText()) ?? [];
  if (name === undefined) return false;
  return descendants(body).some((node) =>
    isAssignment(node)
      ? ts.isElementAccessExpression(node.left) && node.left.expression.getText() === name
      : ts.isCallExpression(node) && node.expression.getText() === `${name}.set`,
  );
}

/** A value that was there: no `null`, no empty list, nothing written out. */
function isKept(value: Expression): boolean {
  const node = unwrap(value);
  const member = ts.isCallExpression(node) ? unwrap(node.expression) : node;
  return (
    ts.isElementAccessExpression(member) ||
    ts.isPropertyAccessExpression(member) ||
    (ts.isIdentifier(node) && node.text !== 'undefined')
  );
}

/** Waits for something, or hands out what another asynchronous function of the project answers. */
function waits(file: CodeFile, node: ts.Node): boolean {
  if (ts.isAwaitExpression(node)) return true;
  const answer = ts.isReturnStatement(node) && node.expression ? unwrap(node.expression) : undefined;
  const called = answer && ts.isCallExpression(answer) ? (methodOf(file, answer) ?? calleeOf(file, answer)) : undefined;
  return called !== undefined && isAsync(called.node);
}

/** Is it all that each round does, but to tell of it, whatever it answers? */
function isOnlyChange(call: ts.CallExpression, round: Round): boolean {
  if (boundTo(call) || isUsed(round.node) || isConditional(call, round.body)) return false;
  return descendants(round.body).every(
    (node) => !ts.isCallExpression(node) || isWithin(call, node) || isWithin(node, call) || tells.test(node.expression.getText()),
  );
}

const tells = /log|console|metric|(?:^|\.)push$/i;

/** How one call changes all the rows that this one changes alike, each by its key. */
function alike({ driver, given, method }: DatabaseCall, changing: ReadonlySet<string>): string | undefined {
  const [first, second] = given;
  const isDelete = /^(?:delete|destroy|softDelete|deleteOne|findByIdAndDelete|findOneAndDelete)$/.test(method);
  if (!first || given.length > 2 || (!isDelete && !/^(?:update|updateOne|findByIdAndUpdate|findOneAndUpdate)$/.test(method)))
    return undefined;
  const where =
    driver === 'Prisma' || driver === 'Sequelize'
      ? optionValue(driver === 'Prisma' || isDelete ? first : (second ?? first), 'where')
      : first;
  const data = driver === 'Prisma' ? optionValue(first, 'data') : driver === 'Sequelize' ? first : second;
  if (!where || !mentions(where, changing) || (!isDelete && (!data || mentions(data, changing)))) return undefined;
  switch (driver) {
    case 'Prisma':
      return /\b(?:connect|create|set|include|select)\b/.test(first.getText())
        ? undefined
        : `\`${method}Many\` takes all the keys (\`in\`)`;
    case 'TypeORM':
      return `\`${method}\` takes all the keys (\`In\`)`;
    case 'Sequelize':
      return '`where` takes all the keys';
    case 'Mongoose':
    case 'MongoDB':
      return `\`${isDelete ? 'delete' : 'update'}Many\` takes all the keys (\`$in\`)`;
    default:
      return undefined;
  }
}

const list = (round: Round) => round.list.getText().replace(/\s+/g, ' ');

/** In a branch that ends the loop by throwing, so that it runs once at most: to say what is wrong. */
function isLast(call: ts.Node, body: ts.Node): boolean {
  return [...ancestorsInFunction(call)].some((node) => {
    const last = ts.isBlock(node) && node !== body && isWithin(node, body) ? node.statements.at(-1) : undefined;
    return last !== undefined && ts.isThrowStatement(last) && !isUnder(last, body, ts.isTryStatement);
  });
}

/** Each migration is asked for when those before it have run. */
function isOfMigrations({ given }: DatabaseCall): boolean {
  return given[0] !== undefined && /\bmigrations?\b|_migrations\b/i.test(given[0].getText());
}

function judge(file: CodeFile, query: DatabaseCall, round: Round): { message: string; severity?: 'hint' } | undefined {
  const { at, call, given, kind } = query;
  const name = inOneLine(at);
  if (kind === 'write') {
    const batch = batchOf(file, query, round);
    return batch
      ? { message: `\`${name}\` runs once for each of \`${list(round)}\`, a round trip each; ${batch}.`, severity: 'hint' }
      : undefined;
  }
  if (given.length === 0 || given.some(ts.isSpreadElement)) return undefined;
  if (given.some((argument) => mentions(argument, round.changing))) {
    if (!isByKey(query, round.changing) || isBatchedByPrisma(query, round) || goesOn(given, round)) return undefined;
    return {
      message: `\`${name}\` runs once for each of \`${list(round)}\`, a round trip each; ${together(query)}.`,
      severity: hasOtherWork(call, round) || ts.isCallExpression(round.node) ? 'hint' : undefined,
    };
  }
  if (mentions(query.receiver, round.changing) || changesData(query, round)) return undefined;
  return {
    message: `\`${name}\` asks the same for each of \`${list(round)}\`: nothing in it changes from one round to the next; run it once, before the loop.`,
  };
}

/** A way through a tree: what is asked for is what the round before has found, `parent = folder.id`. */
function goesOn(given: readonly Expression[], { body, node: loop }: Round): boolean {
  return descendants(body).some(
    (node) =>
      ts.isBinaryExpression(node) &&
      node.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
      ts.isIdentifier(node.left) &&
      !isWithin(declarationOf(node.left) ?? loop, loop) &&
      given.some((each) => mentions(each, new Set([node.left.getText()]))),
  );
}

/** Does a query ask for rows in a way that `IN` can ask for all of them at once? */
function isByKey(query: DatabaseCall, changing: ReadonlySet<string>): boolean {
  const isOneOf =
    /^(?:findUnique|findUniqueOrThrow|findByPk|findById|findOneBy|findOneByOrFail|findOne|findFirst|findMany|find|findAll|findBy|query|any|one|oneOrNone|many|manyOrNone|get|all|select|count|countBy|countDocuments)$/;
  // Rows of many tables are many questions.
  const table = /^(?:Knex|Kysely)$/.test(query.driver) ? query.given[0] : query.receiver;
  // One row, as each round may see it, is a question of its own.
  const [key] = query.given;
  if (/^findBy(?:Pk|Id)$/.test(query.method) && key && !mentions(key, changing)) return false;
  const isAsked = isOneOf.test(query.method) || (query.driver === 'Prisma' && query.method === 'aggregate');
  return isAsked && !(table && mentions(table, changing)) && !isOwnQuestion(query, changing);
}

/** Sorted, limited, locked or compared in a way that `IN` cannot ask for. */
function isOwnQuestion(query: DatabaseCall, changing: ReadonlySet<string>): boolean {
  const { driver, given } = query;
  if (driver === 'SQL') {
    const text = given[0]?.getText() ?? '';
    // `SELECT * FROM book($1)`: what a function of the database does, no list of keys can ask for. Of rows that are asked for by their key, in
    // no order, the first is as good as any: is there one?
    return /\b(?:order by|limit|group by|like|for (?:update|share)|between|from\s+[\w."]+\s*\()|[<>]|^.\s*select\s+\w+\s*\([^)]*\)(?:\s+(?:as\s+)?\w+)?\s*.$/i.test(
      text.replace(/\blimit\s+1\b(?!\s*(?:,|offset))/i, ''),
    );
  }
  const whole = wholeOf(query);
  if (driver === 'Kysely' && isCompared(whole, changing)) return true;
  if (asksMore(query).test(whole.getText().replace('.limit(1)', ''))) return true;
  // What is compared with the same for all of them, `at: { gte: start }`, can be asked for all of them.
  return descendants(whole).some(
    (node) =>
      (ts.isPropertyAssignment(node)
        ? comparisons.test(node.name.getText())
        : ts.isCallExpression(node) && comparisons.test(calleeName(node))) && mentions(node, changing),
  );
}

/** `.where('price', '>', pet.price)` of Kysely: what is no equality is a question of its own. */
function isCompared(query: ts.CallExpression, changing: ReadonlySet<string>): boolean {
  return descendants(query).some((node) => {
    const [, operator, value] = ts.isCallExpression(node) && calleeName(node) === 'where' ? node.arguments : [];
    return value !== undefined && mentions(value, changing) && operator?.getText().slice(1, -1) !== '=';
  });
}

/**
 * What asks for more than rows by their key. The order in which all rows of a key come, they keep when those of all keys are read, and what
 * Prisma and Sequelize read beside them comes all the same.
 */
function asksMore({ driver, method }: DatabaseCall): RegExp {
  if (driver !== 'Prisma' && driver !== 'Sequelize') return ordered;
  return /^find(?:Many|All)$/.test(method) ? limited : orderedAlone;
}

const limited = /\b(?:groupBy|group|take|limit|skip|offset|distinct|lock|OR)\b(?!\.)/;
const orderedAlone = /\b(?:orderBy|order|groupBy|group|take|limit|skip|offset|distinct|lock|OR)\b(?!\.)/;
const ordered = /\b(?:orderBy|order|sort|groupBy|take|limit|skip|lock|include|OR)\b(?!\.)/;
const comparisons = /^(?:\[Op\.)?(?:contains|startsWith|endsWith|[gl]te?|[iI]?[lL]ike|\$regex|\$[gl]te?)\]?$/;

/** With what is chained to it: `Pet.findById(id).populate('owner').lean()` of Mongoose. */
function wholeOf({ call, driver }: DatabaseCall): ts.CallExpression {
  let whole = call;
  while (
    driver === 'Mongoose' &&
    ts.isPropertyAccessExpression(whole.parent) &&
    !/^(?:then|catch|finally)$/.test(whole.parent.name.text) &&
    ts.isCallExpression(whole.parent.parent)
  )
    whole = whole.parent.parent;
  return whole;
}

/** Prisma gathers the `findUnique` of one tick into one query. */
function isBatchedByPrisma({ driver, method }: DatabaseCall, { node }: Round): boolean {
  return driver === 'Prisma' && method.startsWith('findUnique') && ts.isCallExpression(node);
}

/** How many rows are written at once, where the library offers it for what this call does. */
function batchOf(file: CodeFile, query: DatabaseCall, round: Round): string | undefined {
  const { call, driver, given, method } = query;
  const { node, body, changing } = round;
  const same = isOnlyChange(call, round) ? alike(query, changing) : undefined;
  if (same !== undefined) return same;
  if (driver === 'SQL') return isAlone(query, body, changing) && !isUsed(node) ? sqlBatch(query) : undefined;
  const [first, ...rest] =
    driver === 'Drizzle' || driver === 'Kysely' || driver === 'Knex' || (driver === 'Objection' && given.length > 1)
      ? given.slice(1)
      : given;
  // What Sequelize is told beside the row, as the transaction, it is told of all of them.
  const isOptions = driver === 'Sequelize' && rest.length === 1 && rest[0] !== undefined && !mentions(rest[0], changing);
  if (!first || (rest.length > 0 && !isOptions) || !mentions(first, changing) || boundTo(call) || isUsed(node)) return undefined;
  if (driver === 'TypeORM' && /^(?:save|remove|softRemove)$/.test(method) && isRow(unwrap(first)))
    return isUnder(call, body, ts.isTryStatement) ? undefined : `\`${method}\` takes the whole array`;
  if (isConditional(call, body)) return undefined;
  if (method === 'insert' && /^[\w.#]+\([^()]*\)\.(?:values|insert)\([^]*?\)(?:\.(?:run|execute)\(\))?$/.test(chainText(call))) {
    if (driver === 'Drizzle' || driver === 'Kysely') return '`values` takes the whole array';
    if (driver === 'Knex') return '`insert` takes the whole array';
  }
  if (driver === 'MikroORM' && /^(?:persist|remove)AndFlush$/.test(method))
    return `\`${method.replace('AndFlush', '')}\` in the loop and one \`flush\` behind it send all of them together`;
  if (driver === 'Objection' && method === 'insert' && /\.query\(\w*\)\.insert\([^]*\)$/.test(chainText(call)))
    return '`insert` takes the whole array';
  if (driver === 'Sequelize' && method === 'create')
    return hasHooks(file, query) ? undefined : '`bulkCreate` takes the whole array';
  if (driver === 'Mongoose' && method === 'create') return '`insertMany` takes the whole array';
  // Only what is written out can be seen to hold no other rows.
  const data = optionValue(first, 'data');
  const isFlat =
    data &&
    ts.isObjectLiteralExpression(data) &&
    !/\b(?:connect|create|connectOrCreate|include|select)\s*:|\.\.\./.test(first.getText());
  if (driver === 'Prisma' && method === 'create' && isFlat) return '`createMany` takes the whole array';
  return undefined;
}

/** A row that has a name, or that the repository makes on the spot. */
function isRow(given: Expression): boolean {
  return ts.isIdentifier(given) || (ts.isCallExpression(given) && calleeName(given) === 'create');
}

/** Does the model do something with each row that is made, which `bulkCreate` leaves out? */
function hasHooks(file: CodeFile, { receiver }: DatabaseCall): boolean {
  for (let owner = classOf(file, receiver); owner; owner = baseClass(owner.file, owner.node)) {
    const isHook = ({ expression }: ts.Decorator) => /^(?:Before|After)(?:Create|Save|Validate)\b/.test(expression.getText());
    if (owner.node.members.some((part) => ts.canHaveDecorators(part) && (ts.getDecorators(part) ?? []).some(isHook))) return true;
  }
  return false;
}

/** A plain statement that each round runs, of which it wants nothing back. */
function isAlone({ call, given }: DatabaseCall, body: ts.Node, changing: ReadonlySet<string>): boolean {
  const [sql, ...values] = given;
  return (
    sql !== undefined &&
    constantText(optionValue(sql, 'text') ?? optionValue(sql, 'sql') ?? sql) !== undefined &&
    [sql, ...values].some((each) => mentions(each, changing)) &&
    !boundTo(call) &&
    !isConditional(call, body)
  );
}

/** How one statement of SQL does for all rows what this one does for each. */
function sqlBatch({ given: [sql] }: DatabaseCall): string | undefined {
  const text = sql && constantText(optionValue(sql, 'text') ?? optionValue(sql, 'sql') ?? sql);
  if (text === undefined || /\breturning\b/i.test(text)) return undefined;
  if (/^\s*insert\s+into\b[^;]*\bvalues\s*\(/i.test(text)) return '`VALUES` takes many rows';
  if (!byEquals.test(text)) return undefined;
  if (/^\s*delete\s+from\b[^;]*$/i.test(text)) return '`WHERE … IN` takes all the keys';
  if (/^\s*update\b[^;]*$/i.test(text)) return 'an `UPDATE` joined with `VALUES` takes many rows';
  return undefined;
}

const equals = String.raw`[\w."\`]+\s*(?:=\s*(?:\$\d+|\?|'[^']*'|\d+|true|false)(?:::\w+)?|is\s+(?:not\s+)?null)`;
/** `WHERE id = $1 AND tenant_id = $2`. */
const byEquals = new RegExp(String.raw`\bwhere\s+${equals}(?:\s+and\s+${equals})*\s*;?\s*$`, 'i');

/** What is made only if something is missing, or may fail alone, is made one by one. */
function isConditional(call: ts.Node, body: ts.Node): boolean {
  return isUnder(call, body, (node) => ts.isIfStatement(node) || ts.isTryStatement(node) || ts.isSwitchStatement(node));
}

function isUnder(call: ts.Node, body: ts.Node, is: (node: ts.Node) => boolean): boolean {
  return [...ancestorsInFunction(call)].some((node) => isWithin(node, body) && is(node));
}

/** What the rounds return together is used: `const rows = await Promise.all(list.map(…))`. */
function isUsed(node: ts.Node): boolean {
  if (!ts.isCallExpression(node)) return false;
  let outer: ts.Node = node;
  while (ts.isCallExpression(outer.parent) || ts.isAwaitExpression(outer.parent)) outer = outer.parent;
  return !ts.isExpressionStatement(outer.parent);
}

/** Awaited on the spot, or returned from the callback to be awaited together, with what is done when it has come. */
function isAwaited(call: ts.CallExpression): boolean {
  let node: ts.Node = call;
  while (ts.isParenthesizedExpression(node.parent) || ts.isAsExpression(node.parent) || isFollowed(node))
    node = isFollowed(node) ? node.parent.parent : node.parent;
  return (
    ts.isAwaitExpression(node.parent) ||
    ts.isReturnStatement(node.parent) ||
    (ts.isArrowFunction(node.parent) && node.parent.body === node)
  );
}

/** `query.then(…)`, `query.catch(…)`. */
function isFollowed({ parent }: ts.Node): boolean {
  return (
    ts.isPropertyAccessExpression(parent) &&
    /^(?:then|catch|finally)$/.test(parent.name.text) &&
    ts.isCallExpression(parent.parent)
  );
}

/** `Pet.findById(id).then((pet) => …);`: nobody waits, but somebody is told. */
function isAnswered(query: DatabaseCall): boolean {
  const { parent } = wholeOf(query);
  return ts.isPropertyAccessExpression(parent) && parent.name.text === 'then' && ts.isCallExpression(parent.parent);
}

/** The query without what its answer is given to: `pool.query(sql, [id], (error, rows) => …)`. */
function withoutCallback(query: DatabaseCall): DatabaseCall {
  const last = query.given.at(-1);
  const isCallback =
    last !== undefined && (ts.isArrowFunction(last) || ts.isFunctionExpression(last)) && last.parameters.length > 1;
  return isCallback && query.call.arguments.at(-1) === last ? { ...query, given: query.given.slice(0, -1) } : query;
}

function roundOf(call: ts.Node): Round | undefined {
  for (const node of ancestorsInFunction(call)) {
    if (ts.isForOfStatement(node) && isWithin(call, node.statement)) {
      const { initializer, expression, statement } = node;
      // What comes piece by piece is not there before the loop.
      if (node.awaitModifier && !isList(expression)) return undefined;
      return round(node, statement, expression, ts.isVariableDeclarationList(initializer) ? initializer.declarations : []);
    }
    if (ts.isForStatement(node) && isWithin(call, node.statement)) return counted(node);
    // `for (const key in counts)` goes through the keys of an object.
    if (ts.isForInStatement(node) && isWithin(call, node.statement)) {
      const { initializer, expression, statement } = node;
      return round(node, statement, expression, ts.isVariableDeclarationList(initializer) ? initializer.declarations : []);
    }
    if (ts.isWhileStatement(node) || ts.isDoStatement(node)) return undefined;
    // A branch taken once in a while is not once for each element.
    if (ts.isCatchClause(node)) return undefined;
  }
  const callback = enclosingFunction(call);
  const each = ts.isSourceFile(callback) ? undefined : callback.parent;
  if (!each || !ts.isCallExpression(each) || !ts.isPropertyAccessExpression(each.expression)) return undefined;
  if (!/^(?:map|forEach)$/.test(each.expression.name.text) || !isPlainCallback(callback as FunctionNode)) return undefined;
  const body = (callback as FunctionNode).body;
  return body && round(each, body, each.expression.expression, (callback as FunctionNode).parameters);
}

/** A list that stands there, which `for await` goes through like any other: written out, made of another, or what a query answered. */
function isList(list: Expression): boolean {
  const node = unwrap(list);
  const declaration = ts.isIdentifier(node) ? declarationOf(node) : undefined;
  if (declaration && ts.isParameter(declaration)) return declaration.type !== undefined && ts.isArrayTypeNode(declaration.type);
  const value = declaration && ts.isVariableDeclaration(declaration) && declaration.initializer ? declaration.initializer : node;
  const made = ts.isAwaitExpression(value) ? unwrap(value.expression) : valueOf(value);
  if (!ts.isCallExpression(made)) return ts.isArrayLiteralExpression(made);
  return (ts.isAwaitExpression(value) ? answersList : makesList).test(calleeName(made));
}

const makesList = /^(?:map|filter|flatMap|keys|values|entries|sort|uniq|uniqBy)$/;
/** Calls that, awaited, are a list in every library: MongoDB's `find` is none. */
const answersList = /^(?:findMany|findAll|findBy|findByIds|getMany|getRawMany|toArray|all|allSettled)$/;

/** `array.map(async (x) => …)`; two parameters and more may be somebody else's `map`. */
function isPlainCallback(callback: FunctionNode): boolean {
  return (
    (ts.isArrowFunction(callback) || ts.isFunctionExpression(callback)) &&
    callback.parameters.length > 0 &&
    callback.parameters.length < 3
  );
}

/** `for (let i = 0; i < list.length; i++)`. */
function counted(loop: ts.ForStatement): Round | undefined {
  const { condition, initializer, incrementor, statement } = loop;
  if (!condition || !ts.isBinaryExpression(condition) || !initializer || !ts.isVariableDeclarationList(initializer))
    return undefined;
  const bound = unwrap(condition.right);
  if (!ts.isPropertyAccessExpression(bound) || bound.name.text !== 'length' || !incrementor?.getText().endsWith('++'))
    return undefined;
  return round(loop, statement, bound.expression, initializer.declarations);
}

/** Loops whose rounds were looked at: each query in them asks. */
const rounds = new WeakMap<ts.Node, Round>();

function round(node: ts.Node, body: ts.Node, list: ts.Expression, declared: readonly { readonly name: ts.BindingName }[]): Round {
  const known = rounds.get(node);
  if (known) return known;
  const changing = new Set<string>();
  for (const { name } of declared) bind(name, changing);
  const own = new Set(changing);
  // What the body declares or assigns differs as well.
  for (const inner of descendants(body)) {
    if (ts.isVariableDeclaration(inner) || ts.isParameter(inner)) bind(inner.name, changing);
    const isStep = ts.isPostfixUnaryExpression(inner) || ts.isPrefixUnaryExpression(inner);
    if (isStep && ts.isIdentifier(inner.operand)) changing.add(inner.operand.text);
    const root = isAssignment(inner) ? rootOf(inner.left) : undefined;
    if (root) changing.add(root.text);
  }
  const found = { node, body, list, changing, own };
  rounds.set(node, found);
  return found;
}

/** Adds the names that a declaration binds. */
function bind(name: ts.BindingName, names: Set<string>): void {
  if (ts.isIdentifier(name)) names.add(name.text);
  else for (const element of name.elements) if (ts.isBindingElement(element)) bind(element.name, names);
}

function rootOf(target: ts.Expression): ts.Identifier | undefined {
  let node = target;
  while (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) node = node.expression;
  return ts.isIdentifier(node) ? node : undefined;
}

const portions = /chunk|slice|attempt|retr/i;
/** What is a portion where it is used as a list, and a thing of its own (a group of people, a page of a wiki) where it is not. */
const maybePortions = /(?:batch|page|group)(?!_?(?:id|name|key)s?\b)/i;
/** What is read under a lock of its own is read when that is held. */
const locks = /\b(?:acquire|try|with|take)?_?[lL]ock\w*\s*\(|lock\.acquire\(/;
const pauses = /\b(?:sleep|delay|setTimeout|wait\w*|throttle\w*|limiter|rateLimit\w*)\s*\(/i;

/** Few rounds, portions of a list, a loop that ends when it has found something, or one that takes its time. */
function isDeliberate({ node, body, list, changing, own }: Round): boolean {
  const written = valueOf(list);
  if (
    (ts.isArrayLiteralExpression(written) && !written.elements.some(ts.isSpreadElement)) ||
    portions.test(list.getText()) ||
    [...changing].some((name) => portions.test(name)) ||
    [list.getText(), ...changing].some((name) => maybePortions.test(name) && isMadeOfPortions(own, body))
  )
    return true;
  if (isConstant(list) || pauses.test(body.getText()) || locks.test(body.getText())) return true;
  if (ts.isCallExpression(node)) return false;
  for (const inner of descendants(body, (each) => !ts.isFunctionLike(each))) {
    const leavesLoop = ts.isReturnStatement(inner) || (ts.isBreakStatement(inner) && (inner.label || broken(inner) === node));
    if (leavesLoop && !givesUp(inner, body, changing)) return true;
  }
  return false;
}

function isMadeOfPortions(own: ReadonlySet<string>, body: ts.Node): boolean {
  return /\.sp?lice\(/.test(body.getText()) || [...own].some((name) => isUsedAsList(name, body));
}

/** Is a value gone through, counted, spread or handed on as a whole, or is that done with a member of it: `group.ids`? */
function isUsedAsList(name: string, body: ts.Node): boolean {
  return descendants(body).some((node) => {
    if (!ts.isIdentifier(node) || node.text !== name || isMemberName(node)) return false;
    const { parent } = node;
    const isMember = ts.isPropertyAccessExpression(parent) && parent.expression === node;
    return isWhole(node) || (isMember && (listMembers.test(parent.name.text) || isWhole(parent, true)));
  });
}

const listMembers =
  /^(?:map|filter|flatMap|forEach|reduce|some|every|find|slice|join|length|includes|at|entries|values|keys|size|get|has|push)$/;

/** Handed on as it is; of a member, only as what many keys are asked for by: `in: group.ids`. */
function isWhole(node: ts.Expression, isMember = false): boolean {
  const { parent } = node;
  if (ts.isForOfStatement(parent)) return parent.expression === node;
  if (ts.isSpreadElement(parent) || ts.isElementAccessExpression(parent)) return true;
  if (ts.isPropertyAccessExpression(parent) && parent.expression === node) return listMembers.test(parent.name.text);
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node && (!isMember || manyKeys.test(parent.name.getText()));
  if (ts.isCallExpression(parent) && parent.expression !== node) return !isMember || manyKeys.test(calleeName(parent));
  // `WHERE id = ANY($1)` is given `[batch]`.
  return !isMember && (ts.isShorthandPropertyAssignment(parent) || ts.isArrayLiteralExpression(parent));
}

const manyKeys = /^(?:\$?in|In|inArray|whereIn|\[Op\.in\])$/;

/** What a `break` without a label leaves: the closest loop or `switch`. */
function broken(leave: ts.BreakStatement): ts.Node | undefined {
  return [...ancestorsInFunction(leave)].find((node) => ts.isIterationStatement(node, false) || ts.isSwitchStatement(node));
}

/**
 * Leaves because something failed, not because it was found: in a `catch`, where what the round has read is not there (`if (!row) return rows`),
 * or with an answer such as `return res.status(404).json(…)` or `return { success: false }`.
 */
function givesUp(leave: ts.ReturnStatement | ts.BreakStatement, body: ts.Node, changing: ReadonlySet<string>): boolean {
  const value = ts.isReturnStatement(leave) ? leave.expression : undefined;
  // A name that nobody has yet is found when there is no row.
  const isNoFind = !(value && mentions(value, changing));
  for (let outer: ts.Node = leave; outer !== body; outer = outer.parent)
    if (ts.isCatchClause(outer) || (isNoFind && ts.isIfStatement(outer) && isMissing(outer.expression, body))) return true;
  const answer = value?.getText();
  if (!value || answer === undefined) return false;
  if (ts.isObjectLiteralExpression(unwrap(value))) return isFailure(value);
  return /^(?:await )?(?:res|reply|response|c|ctx)\.(?:status|code|json|send\w*|throw)\(/.test(answer);
}

/** `!row`, `!rows.length`, `rowCount === 0`, `rows[0] === undefined` of what is read in the loop. */
function isMissing(condition: Expression, body: ts.Node): boolean {
  const node = unwrap(condition);
  const isNegated = ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken;
  const isNothing =
    ts.isBinaryExpression(node) && /^===?$/.test(node.operatorToken.getText()) && nothing.test(node.right.getText());
  let read = isNegated ? unwrap(node.operand) : isNothing ? unwrap(node.left) : undefined;
  while (read && (ts.isPropertyAccessExpression(read) || ts.isElementAccessExpression(read))) read = unwrap(read.expression);
  let declaration: ts.Node | undefined = read && ts.isIdentifier(read) ? declarationOf(read) : undefined;
  while (declaration && ts.isBindingElement(declaration)) declaration = declaration.parent.parent;
  const made = declaration && ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
  return made !== undefined && ts.isAwaitExpression(made) && isWithin(made, body);
}

const nothing = /^(?:0|null|undefined)$/;

/** `{ success: false }`, `{ status: 404, message }`. */
function isFailure(answer: Expression): boolean {
  const told = ['success', 'ok'].some((name) => optionValue(answer, name)?.kind === ts.SyntaxKind.FalseKeyword);
  return told || ['status', 'statusCode'].some((name) => /^[45]\d\d$/.test(optionValue(answer, name)?.getText() ?? ''));
}

/** `Object.values(Kind)`, `KINDS`: as long as the code says. */
function isConstant(list: ts.Expression): boolean {
  const node = valueOf(list);
  if (ts.isCallExpression(node) && /^Object\.(?:keys|values|entries)$/.test(node.expression.getText())) {
    const [of] = node.arguments;
    const value = of && valueOf(of);
    return !value || ts.isObjectLiteralExpression(value) || /^[A-Z]/.test(value.getText());
  }
  return ts.isIdentifier(node) && (/^[A-Z][A-Z0-9_]+$/.test(node.text) || isImported(node));
}

function isImported(name: ts.Identifier): boolean {
  const declaration = declarationOf(name);
  return declaration !== undefined && (ts.isImportSpecifier(declaration) || ts.isImportClause(declaration));
}

/** Each round awaits more than databases: the query is not what takes the time. */
function hasOtherWork(call: ts.CallExpression, { body }: Round): boolean {
  for (const node of descendants(body)) {
    if (ts.isAwaitExpression(node) && !isWithin(call, node)) return true;
  }
  return false;
}

/** Something is written in the loop: the same question may have another answer. */
function changesData({ call }: DatabaseCall, { body }: Round): boolean {
  for (const node of descendants(body)) {
    if (!ts.isCallExpression(node) || node === call || !ts.isPropertyAccessExpression(node.expression)) continue;
    if (
      /^(?:create|insert|update|save|delete|remove|destroy|upsert|set|push|add|increment|decrement)\w*$/i.test(
        node.expression.name.text,
      )
    ) {
      if (!ts.isAwaitExpression(node.parent)) continue;
      return true;
    }
  }
  return false;
}
