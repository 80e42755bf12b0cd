import { type CodeProblem, defineCodeRule } from '../../server/core/rule.ts';
import { calleeOf, methodOf } from '../../server/core/typescript/classes.ts';
import {
  type CodeFile,
  descendants,
  enclosingFunction,
  type FunctionNode,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { constantText, valueOf } from '../../server/core/typescript/constants.ts';
import { boundTo, chainFrom, importsProject, isWithin, mentions, optionValue } from '../../server/core/typescript/syntax.ts';
import { answers } from './answers.ts';
import { answersWholeTable, type DatabaseCall, databaseCalls, isEmptyLiteral, isNarrowedByJoin, sqlText } from './databases.ts';
import { type Handler, handlers, writtenHandlers } from './handlers.ts';
import page from './list-paginated.md';
import { handlersOfAll } from './serverless.ts';
import { sqlArgument } from './sql-drivers.ts';

/** Lists that stay short by what they are. */
const short =
  /categor|role|permission|countr|currenc|language|locale|setting|config|status|tag|plan\b|plans|feature|flag|region|provider|template|type|unit|menu|team|member/i;

/**
 * Evidence: a handler of GET that reads a table with a known driver, without a condition and without a limit, itself or in the
 * function of the project whose rows it answers with; or a function written as a handler of Express, or a function behind API Gateway,
 * that answers with the rows.
 */
export default defineCodeRule({
  page,
  severity: 'hint',
  *check(file) {
    for (const handler of handlers(file)) {
      if (handler.method !== 'GET' || handler.file !== file || handler.path?.includes(':') || isShort(handler)) continue;
      const reads = wholeReads(file, handler.node);
      for (const read of reads) yield problem(read.call.expression, handler);
      const call = reads.length === 0 ? tableBehind(file, handler) : undefined;
      if (call) yield problem(call.expression, handler);
    }
    if (!databaseCalls(file).some((read) => read.kind === 'read' && isWholeTable(file, read)) && !importsProject(file)) return;
    // A function of Azure takes GET and POST where it names no method, and in its templates: only its answer tells.
    const isOpen = ({ framework, method }: Handler) => framework === 'Azure Functions' && method === 'ALL';
    const routed = new Set(handlers(file).flatMap((handler) => (isOpen(handler) ? [] : [handler.node])));
    for (const handler of [...writtenHandlers(file), ...handlersOfAll(file).filter(({ node }) => !routed.has(node))]) {
      if (
        handler.file !== file ||
        handler.path?.includes(':') ||
        isShort(handler) ||
        short.test(handler.at.getText().slice(0, 80))
      )
        continue;
      const reads = wholeReads(file, handler.node).filter((read) => isAnswered(file, read.call, handler));
      for (const read of reads) yield problem(read.call.expression, handler);
      const call = reads.length === 0 ? tableBehind(file, handler) : undefined;
      if (call) yield problem(call.expression, handler);
    }
  },
});

function problem(callee: ts.Expression, { node }: Handler): CodeProblem<undefined> {
  return {
    at: callee,
    evidence: node,
    message: `\`${callee.getText()}\` reads the whole table for one answer, which grows with the data until it times out; page it: take a limit with a maximum, order the rows, and hand out a cursor.`,
  };
}

function wholeReads(file: CodeFile, within: FunctionNode): DatabaseCall[] {
  return databaseCalls(file).filter(
    (read) =>
      read.kind === 'read' &&
      isWithin(read.call, within) &&
      isWholeTable(file, read) &&
      !short.test(read.receiver.getText()) &&
      runsIn(read.call, within),
  );
}

/** Not in a function of its own within the handler, but for what is called at once for each element. */
function runsIn(call: ts.Node, handler: FunctionNode): boolean {
  const scope = enclosingFunction(call);
  return scope === handler || (ts.isFunctionLike(scope) && ts.isCallExpression(scope.parent));
}

/** `return this.users.findAll()`, `res.json(await listUsers())`: what is answered is what a function of the project returns, every row. */
function tableBehind(file: CodeFile, handler: Handler): ts.CallExpression | undefined {
  const { node } = handler;
  if (ts.isClassLike(node.parent) && short.test(node.parent.name?.text ?? '')) return undefined;
  for (const call of descendants(node, (inner) => !ts.isFunctionLike(inner))) {
    if (!ts.isCallExpression(call) || short.test(call.expression.getText())) continue;
    const isReturned = [call.parent, call.parent.parent].some((outer) => ts.isReturnStatement(outer) || outer === node);
    if (!isReturned && !(ts.isAwaitExpression(call.parent) && isAnswered(file, call, handler))) continue;
    const called = methodOf(file, call) ?? calleeOf(file, call);
    if (called && answersWholeTable(called.file, called.node, 0)) return call;
  }
  return undefined;
}

/** Do the rows, or what they are called, stand in what is answered? */
function isAnswered(file: CodeFile, call: ts.CallExpression, { node }: Handler): boolean {
  const declaration = boundTo(chosen(chainFrom(call).end));
  const name = declaration && ts.isIdentifier(declaration.name) ? declaration.name.text : undefined;
  const holds = (body: ts.Node) => isWithin(call, body) || (name !== undefined && mentions(body, new Set([name])));
  if (answers(file).some((answer) => isWithin(answer.call, node) && holds(answer.body))) return true;
  return [...descendants(node)].some((inner) => {
    const answer = ts.isReturnStatement(inner) && inner.expression ? unwrap(inner.expression) : undefined;
    const body = answer && optionValue(answer, 'statusCode') ? optionValue(answer, 'body') : undefined;
    return body !== undefined && holds(body);
  });
}

/** `full ? await Order.findAll({ include }) : await Order.findAll()` for each of the two. */
function chosen(value: ts.Expression): ts.Expression {
  let node = value;
  while (ts.isAwaitExpression(node.parent) || ts.isParenthesizedExpression(node.parent)) node = node.parent;
  const { parent } = node;
  return ts.isConditionalExpression(parent) && node !== parent.condition ? chosen(parent) : value;
}

function isShort({ path }: Handler): boolean {
  return path !== undefined && short.test(path);
}

function isWholeTable(file: CodeFile, { call, driver, method }: DatabaseCall): boolean {
  if (driver === 'SQL') {
    // A text with holes may get its limit there.
    const sql = sqlText(file, call) === undefined ? undefined : sqlArgument(call);
    const text = sql && constantText(sql);
    return (
      text !== undefined &&
      /^\s*select\s+(?!\s|(?:(?:round|coalesce)\s*\(\s*)?(?:count|max|min|sum|avg)\b|distinct\b)[^]*\bfrom\b/i.test(text) &&
      !/\b(?:where|limit|fetch|top|join|group)\b/i.test(text)
    );
  }
  if (!/^(?:findMany|find|findAll)$/.test(method)) return false;
  if (chainFrom(call).names.some((name) => /^(?:limit|skip|cursor|where|countDocuments|paginate)$/.test(name))) return false;
  const [first] = call.arguments;
  if (!first) return true;
  const options = valueOf(first);
  if (!ts.isObjectLiteralExpression(options)) return false;
  // These take the condition itself, the others options.
  if (driver === 'Mongoose' || driver === 'MongoDB') return isEmptyLiteral(first);
  if (driver === 'Sequelize' && isNarrowedByJoin(options)) return false;
  return options.properties.every(
    (property) =>
      property.name !== undefined &&
      (/^(?:include|select|orderBy|order|relations|attributes)$/.test(property.name.getText()) ||
        (property.name.getText() === 'where' && ts.isPropertyAssignment(property) && isSameForAll(property.initializer))),
  );
}

/** What is true of a few that somebody chose: `isAdmin`, `featured`. */
const singlesOut =
  /(?:admin|founder|staff|owner|moderator|employee|internal|super_?user|default|primary|main|current|latest|root|system|builtin|built_in|featured|pinned|highlight(?:ed)?|promoted|recommended|popular|sticky|home(?:_?page)?)$/i;

/** `{ published: true }`: all that is true or false of, whoever asks, which is not fewer for long. */
function isSameForAll(where: ts.Expression): boolean {
  const condition = valueOf(where);
  return (
    ts.isObjectLiteralExpression(condition) &&
    condition.properties.length > 0 &&
    condition.properties.every(
      (each) =>
        ts.isPropertyAssignment(each) &&
        /^(?:true|false|null)$/.test(each.initializer.getText()) &&
        !short.test(each.name.getText()) &&
        !(each.initializer.kind === ts.SyntaxKind.TrueKeyword && singlesOut.test(each.name.getText())),
    )
  );
}
