import { defineCodeRule } from '../../server/core/rule.ts';
import {
  type CodeFile,
  descendants,
  enclosingFunction,
  type Expression,
  indentAt,
  statementOf,
  ts,
} from '../../server/core/typescript/code.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { boundTo, calleeName, isMemberName, isWithin } from '../../server/core/typescript/syntax.ts';
import { isSessionOfQuery } from './databases.ts';
import { indentMore, newline } from './edits.ts';
import page from './db-client-release.md';

interface Source {
  /** Origins of the calls that take a client out of a pool. */
  readonly takes: RegExp;
  /** Methods that give it back. */
  readonly gives: readonly string[];
  /** What comes of keeping it. */
  readonly loss?: string;
}

/** The table. Origins are those of the code model (`origin` in code.ts). */
const sources: readonly Source[] = [
  { takes: /^(?:pg|pg-pool|@neondatabase\/serverless):(?:Pool|native\.Pool)?\(\)\.connect$/, gives: ['release'] },
  {
    takes: /^(?:mysql2?|mysql2\/promise|mariadb):(?:createPool|Pool)\(\)(?:\.promise\(\))?\.getConnection$/,
    gives: ['release', 'destroy'],
  },
  { takes: /^typeorm:(?:DataSource|Connection)\(\)\.createQueryRunner$/, gives: ['release'] },
  {
    takes: /^mongo(?:db:MongoClient\(\)\.|ose:(?:mongoose\.|connection\.)*)startSession$/,
    gives: ['endSession'],
    loss: 'the server keeps it until it times out, half an hour later',
  },
];

interface Leak {
  readonly declaration: ts.VariableDeclaration & { name: ts.Identifier };
  readonly release: ts.CallExpression | undefined;
  /** The method that gives it back. */
  readonly gives: string;
}

/**
 * Evidence: a client of a known pool bound to a name, used in the function, and not given back on every way out: no
 * release in a `finally`, and something that may throw between. Silent where the client leaves the function.
 */
export default defineCodeRule<Leak | undefined>({
  page,
  severity: 'error',
  *check(file) {
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      if (isThrownAway(call) && isOfPool(file, call)) {
        yield {
          at: call.expression,
          evidence: enclosingFunction(call),
          message: `\`${call.expression.getText()}\` takes a client out of the pool, and nobody has it to give it back: the pool has one less for good; a pool connects when it is asked, so leave this out, or ask it something (\`SELECT 1\`) to see whether the database is there.`,
        };
        continue;
      }
      const declaration = boundTo(call) ?? boundTo(otherwise(call));
      const source = declaration && ts.isIdentifier(declaration.name) ? sourceOf(file, call) : undefined;
      if (!source || !declaration || !ts.isIdentifier(declaration.name)) continue;
      if (isClosed(call) || isSingle(file)) continue;
      const leak = judge(declaration as Leak['declaration'], source);
      if (!leak) continue;
      const give = `${declaration.name.text}.${leak.gives}()`;
      const { loss = 'the pool runs dry' } = source;
      yield {
        at: declaration.name,
        evidence: enclosingFunction(call),
        message: leak.release
          ? isInFinally(leak.release)
            ? `\`${declaration.name.text}\` is not given back when the function leaves before the \`try\` whose \`finally\` calls \`${give}\`, and ${loss}; check first and take it then, or leave within the \`try\`.`
            : `\`${declaration.name.text}\` is not given back when something throws before \`${give}\`, and ${loss}; call it in a \`finally\`.`
          : `\`${declaration.name.text}\` is never given back, and ${loss}; call \`${give}\` in a \`finally\`.`,
        data: leak,
      };
    }
  },
  fix({ data }, file) {
    return data && !(data.release && isInFinally(data.release)) ? wrapInTry(data, file) : undefined;
  },
});

/** `pool.connect();`, `await pool.connect();`, `pool.connect().then(() => …)`: the client goes nowhere, to no callback either. */
function isThrownAway(call: ts.CallExpression): boolean {
  if (call.arguments.length > 0) return false;
  let node: ts.Node = call;
  while (ts.isAwaitExpression(node.parent)) node = node.parent;
  if (ts.isExpressionStatement(node.parent)) return true;
  const { parent } = node;
  const then = ts.isPropertyAccessExpression(parent) && parent.name.text === 'then' ? parent.parent : undefined;
  const [callback] = then && ts.isCallExpression(then) ? then.arguments : [];
  return callback !== undefined && ts.isArrowFunction(callback) && callback.parameters.length === 0;
}

function isOfPool(file: CodeFile, call: ts.CallExpression): boolean {
  const source = sourceOf(file, call);
  return source !== undefined && /connect/i.test(calleeName(call)) && !isClosed(call);
}

/** SQLite has one connection, which is never given away. */
function isSingle({ text, uri }: CodeFile): boolean {
  return /sqlite/i.test(uri) || (/['"](?:better-)?sqlite3?['"]/.test(text) && !/postgres|mysql/i.test(text));
}

function sourceOf(file: CodeFile, call: ts.CallExpression): Source | undefined {
  const name = calleeName(call);
  if (!/conn|client|runner|session/i.test(name) || call.arguments.some(ts.isFunctionLike)) return undefined;
  // Also through a function of the project that only takes it: `getClient()`.
  const from = origin(file, call)?.slice(0, -'()'.length);
  return from === undefined ? undefined : sources.find(({ takes }) => takes.test(from));
}

/** `given ? given : await pool.connect()`, `given ?? (await pool.connect())`: the client where nobody has given one. */
function otherwise(call: ts.CallExpression): Expression {
  let node: Expression = call;
  while (ts.isAwaitExpression(node.parent) || ts.isParenthesizedExpression(node.parent)) node = node.parent;
  const { parent } = node;
  const isElse =
    (ts.isConditionalExpression(parent) && parent.condition !== node) ||
    (ts.isBinaryExpression(parent) && /^(?:\?\?|\|\|)$/.test(parent.operatorToken.getText()) && parent.right === node);
  return isElse ? (parent as Expression) : call;
}

function judge(declaration: Leak['declaration'], { gives }: Source): Leak | undefined {
  const scope = enclosingFunction(declaration);
  const uses = [...descendants(scope)].filter(
    (node): node is ts.Identifier =>
      ts.isIdentifier(node) &&
      node.text === declaration.name.text &&
      node !== declaration.name &&
      !isMemberName(node) &&
      declarationOf(node) === declaration,
  );
  const releases = uses.flatMap((use) => releaseOf(use, gives) ?? []);
  const [release] = releases;
  if (uses.some(isHandedToAnEnd)) return undefined;
  if (!release)
    return uses.length === 0 || uses.some(leaves) ? undefined : { declaration, release: undefined, gives: gives[0] ?? '' };
  if (releases.some((call) => isInCallback(call, scope))) return undefined;
  const given = releases.find(isInFinally);
  if (given) return leavesBefore(declaration, given) ? { declaration, release: given, gives: gives[0] ?? '' } : undefined;
  const inCatch = releases.some((call) => isInCatch(call));
  // `catch { client.release(); throw … }`, and the caller has it otherwise.
  if (inCatch && (releases.length > 1 || uses.some(({ parent }) => ts.isReturnStatement(parent)))) return undefined;
  return uses.some((use) => use.end < release.pos && mayThrow(use)) ? { declaration, release, gives: gives[0] ?? '' } : undefined;
}

/** Between the taking and the `try` whose `finally` gives it back: something that is thrown or answered there keeps the client. */
function leavesBefore(declaration: ts.VariableDeclaration, release: ts.Node): boolean {
  const attempt = blocksAround(release)
    .map(({ parent }) => parent)
    .find(
      (parent): parent is ts.TryStatement =>
        ts.isTryStatement(parent) && parent.finallyBlock !== undefined && isWithin(release, parent.finallyBlock),
    );
  const taken = statementOf(declaration);
  const block = taken?.parent;
  if (!attempt || !taken || !block || !ts.isBlock(block) || attempt.parent !== block) return false;
  const between = block.statements.slice(block.statements.indexOf(taken) + 1, block.statements.indexOf(attempt));
  return between.some((each) =>
    [each, ...descendants(each, (node) => !ts.isFunctionLike(node))].some(
      (node) => ts.isThrowStatement(node) || ts.isReturnStatement(node),
    ),
  );
}

/** The function closes the pool itself, and its clients with it. */
function isClosed({ expression }: ts.CallExpression): boolean {
  const owner = ts.isPropertyAccessExpression(expression) ? expression.expression.getText() : '';
  return [...descendants(enclosingFunction(expression))].some(
    (node) =>
      ts.isPropertyAccessExpression(node) &&
      /^(?:destroy|end|close)$/.test(node.name.text) &&
      node.expression.getText() === owner,
  );
}

function releaseOf(use: ts.Identifier, gives: readonly string[]): ts.CallExpression | undefined {
  const { parent } = use;
  const isCall =
    ts.isPropertyAccessExpression(parent) &&
    gives.includes(parent.name.text) &&
    ts.isCallExpression(parent.parent) &&
    parent.parent.expression === parent;
  return isCall ? (parent.parent as ts.CallExpression) : undefined;
}

/** Returned, stored or handed to another function: someone else may give it back. */
function leaves(use: ts.Identifier): boolean {
  const { parent } = use;
  if (isSessionOfQuery(use)) return false;
  return !(ts.isPropertyAccessExpression(parent) && parent.expression === use) || !ts.isCallExpression(parent.parent);
}

/** `await commit(client)`: what ends the transaction may give the client back with it. */
function isHandedToAnEnd({ parent }: ts.Identifier): boolean {
  return (
    ts.isCallExpression(parent) &&
    /(?:^|\.)(?:commit|roll_?back|abort|end|finish|close|release|dispose)\w*$/i.test(parent.expression.getText())
  );
}

function mayThrow(use: ts.Identifier): boolean {
  return ts.isPropertyAccessExpression(use.parent) || (ts.isCallExpression(use.parent) && use.parent.expression !== use);
}

function isInFinally(node: ts.Node): boolean {
  return blocksAround(node).some((block) => ts.isTryStatement(block.parent) && block.parent.finallyBlock === block);
}

function isInCatch(node: ts.Node): boolean {
  return blocksAround(node).some((block) => ts.isCatchClause(block.parent));
}

function blocksAround(node: ts.Node): ts.Block[] {
  const end = enclosingFunction(node);
  const blocks: ts.Block[] = [];
  for (let outer = node.parent; outer && outer !== end; outer = outer.parent) if (ts.isBlock(outer)) blocks.push(outer);
  return blocks;
}

/** Given back by a function that is called later: `.finally(() => client.release())`, an event handler, a clean-up. */
function isInCallback(node: ts.Node, scope: ts.Node): boolean {
  return enclosingFunction(node) !== scope;
}

/** Puts what follows the declaration into `try`, the release into `finally`. */
function wrapInTry({ declaration, release, gives }: Leak, file: CodeFile) {
  const taken = statementOf(declaration);
  const given = release && statementOf(release);
  const block = taken?.parent;
  if (!taken || !block || !ts.isBlock(block)) return undefined;
  if (given && (given.parent !== block || !ts.isExpressionStatement(given))) return undefined;
  const from = block.statements.indexOf(taken) + 1;
  const to = given ? block.statements.indexOf(given) : block.statements.length;
  const inside = block.statements.slice(from, to);
  const after = block.statements.slice(to + 1);
  const [first] = inside;
  // What is declared inside would be out of sight behind the block, so what uses it comes along.
  const declared = new Set(
    inside
      .filter(ts.isVariableStatement)
      .flatMap((statement) => [...descendants(statement)].filter(ts.isIdentifier).map(({ text }) => text)),
  );
  const isUsed = after.some((statement) =>
    [...descendants(statement)].some((node) => ts.isIdentifier(node) && declared.has(node.text)),
  );
  const last = isUsed ? after.at(-1) : inside.at(-1);
  if (!first || !last) return undefined;
  if (
    isUsed &&
    given &&
    file.text.slice(lineStart(file, given.getStart()), lineEnd(file, given.getEnd())).trim() !== given.getText()
  )
    return undefined;
  const nl = newline(file);
  const indent = indentAt(file, first.getStart());
  const step = indent.startsWith('\t')
    ? '\t'
    : indent.slice(0, Math.max(2, indent.length - indentAt(file, block.getEnd() - 1).length));
  const start = lineStart(file, first.getFullStart() === taken.getEnd() ? leadingStart(file, taken, first) : first.getStart());
  const body =
    isUsed && given
      ? file.text.slice(start, lineStart(file, given.getStart())) + file.text.slice(lineEnd(file, given.getEnd()), last.getEnd())
      : file.text.slice(start, last.getEnd());
  const indented = indentMore(body, step);
  if (indented === undefined) return undefined;
  const give = given ? given.getText() : `${declaration.name.text}.${gives}();`;
  const wrapped = `${indent}try {${nl}${indented}${nl}${indent}} finally {${nl}${indent}${step}${give}${nl}${indent}}`;
  return {
    title: 'Give the client back in a finally',
    safety: 'suggestion' as const,
    edits: [{ start, end: given && !isUsed ? given.getEnd() : last.getEnd(), newText: wrapped }],
  };
}

/** Where the first statement begins with the comments on the lines before it. */
function leadingStart(file: CodeFile, before: ts.Node, first: ts.Node): number {
  const comments = ts.getLeadingCommentRanges(file.text, first.getFullStart()) ?? [];
  const own = comments.find(({ pos }) => file.text.slice(before.getEnd(), pos).includes('\n'));
  return own ? own.pos : first.getStart();
}

/** Where the next line begins. */
function lineEnd(file: CodeFile, offset: number): number {
  return file.text.indexOf('\n', offset) + 1;
}

function lineStart(file: CodeFile, offset: number): number {
  return file.text.lastIndexOf('\n', offset - 1) + 1;
}
