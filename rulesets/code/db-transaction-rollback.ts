import { defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, declarationOf, descendants, enclosingFunction, origin, ts } from '../../server/core/typescript/code.ts';
import { sqlText } from './databases.ts';
import page from './db-transaction-rollback.md';

/** Calls that begin a transaction by hand, and those that end it well and badly; `sql` where they are SQL text. */
const drivers: readonly { readonly begins: RegExp; readonly commits: RegExp; readonly undoes: RegExp }[] = [
  {
    begins: /^(?:mysql2?|mysql2\/promise|mariadb):.*\.beginTransaction$/,
    commits: /^commit$/,
    undoes: /^(?:rollback|destroy|end)$/,
  },
  {
    begins: /^typeorm:.*(?:createQueryRunner|QueryRunner)\(\)\.startTransaction$/,
    commits: /^commitTransaction$/,
    undoes: /^rollbackTransaction$/,
  },
  {
    begins: /^mongodb:(?:MongoClient\(\)\.startSession|ClientSession)\(\)\.startTransaction$/,
    commits: /^commitTransaction$/,
    undoes: /^(?:abortTransaction|endSession)$/,
  },
];
const clients =
  /^(?:pg|pg-pool|@neondatabase\/serverless):(?:native\.)?(?:Pool\(\)\.connect|Client|PoolClient|ClientBase|\(\)\.connect)\(\)\.query$/;

/**
 * Evidence: one function begins a transaction by hand on a client it names, and commits it, and neither rolls it back nor
 * throws the connection away, nor hands the client to a function that may.
 */
export default defineCodeRule({
  page,
  severity: 'error',
  *check(file) {
    if (!/\b(?:BEGIN|START TRANSACTION|beginTransaction|startTransaction)\b/i.test(file.text)) return;
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      const { expression } = call;
      if (!ts.isPropertyAccessExpression(expression) || !ts.isIdentifier(expression.expression)) continue;
      const client = expression.expression;
      const undone = begun(file, call) && isCommitted(file, client, call);
      if (!undone) continue;
      yield {
        at: expression,
        evidence: enclosingFunction(call),
        message: `The transaction that \`${call.getText()}\` begins is not rolled back when something throws before it commits: the connection goes back with it open, holding its locks, and the next caller's statements land in it; roll back in a \`catch\`.`,
      };
    }
  },
});

type Driver = (typeof drivers)[number] | 'sql';

function begun(file: CodeFile, call: ts.CallExpression): Driver | undefined {
  const name = (call.expression as ts.PropertyAccessExpression).name.text;
  if (!/^(?:query|beginTransaction|startTransaction)$/.test(name)) return undefined;
  const from = origin(file, call.expression) ?? '';
  if (name !== 'query') return drivers.find(({ begins }) => begins.test(from));
  return clients.test(from) && /^\s*(?:BEGIN|START TRANSACTION)\b[^;]*;?\s*$/i.test(sqlText(file, call) ?? '')
    ? 'sql'
    : undefined;
}

/** Committed in the same function, with work in between, and on no way undone. */
function isCommitted(file: CodeFile, client: ts.Identifier, begin: ts.CallExpression): boolean {
  const driver = begun(file, begin);
  const scope = enclosingFunction(begin);
  if (!driver || ts.isSourceFile(scope)) return false;
  const declaration = declarationOf(client);
  let commits = false;
  let works = false;
  for (const node of descendants(scope)) {
    if (
      !ts.isIdentifier(node) ||
      node.text !== client.text ||
      declarationOf(node) !== declaration ||
      node === declarationName(declaration)
    )
      continue;
    const { parent } = node;
    const call = parent.parent;
    const isCall =
      ts.isPropertyAccessExpression(parent) &&
      parent.expression === node &&
      ts.isCallExpression(call) &&
      call.expression === parent;
    // Handed on, stored or returned: others may roll it back.
    if (!isCall) {
      if (ts.isPropertyAccessExpression(parent) && parent.expression === node) continue;
      return false;
    }
    const { text } = parent.name;
    if (driver === 'sql') {
      const sql = text === 'query' ? sqlText(file, call) : undefined;
      if (text === 'query' && (sql === undefined || /\brollback\b/i.test(sql))) return false;
      if ((text === 'release' && call.arguments.length > 0) || text === 'end') return false;
      commits ||= sql !== undefined && /^\s*(?:commit|end)\b/i.test(sql);
      works ||= sql !== undefined && /^\s*(?:insert|update|delete|with|select)\b/i.test(sql);
    } else {
      if (driver.undoes.test(text)) return false;
      commits ||= driver.commits.test(text);
      works = true;
    }
  }
  return commits && works;
}

function declarationName(declaration: ts.Node | undefined): ts.Node | undefined {
  return declaration && (ts.isVariableDeclaration(declaration) || ts.isParameter(declaration)) ? declaration.name : undefined;
}
