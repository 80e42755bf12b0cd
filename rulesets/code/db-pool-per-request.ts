import { defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, descendants, enclosingFunction, type FunctionNode, ts } from '../../server/core/typescript/code.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import page from './db-pool-per-request.md';
import { isRequest } from './request.ts';

const pools =
  /^(?:(?:pg|pg-pool):(?:native\.)?(?:Pool)?|(?:mysql2?|mysql2\/promise|mariadb):createPool|(?:@prisma\/client|.*\/generated\/.*):PrismaClient|mongodb:MongoClient|typeorm:DataSource|(?:sequelize|sequelize-typescript):Sequelize|ioredis:(?:Redis)?|kafkajs:Kafka|knex:(?:knex)?)$/;

/** Evidence: a pool or client of a known library that is made in a function which is called with a request, and not closed or kept there. */
export default defineCodeRule({
  page,
  severity: 'error',
  *check(file) {
    // Most are made with `new`; the origin of every call need not be asked where no function makes one.
    const mayCall = file.words.has(/createPool|knex/i);
    for (const call of file.calls) {
      if (ts.isCallExpression(call) ? !mayCall : ts.isThrowStatement(call.parent)) continue;
      const handler = enclosingFunction(call);
      if (ts.isSourceFile(handler) || !isHandler(file, handler)) continue;
      const from = origin(file, call.expression);
      if (from === undefined || !pools.test(from) || (ts.isCallExpression(call) && !/(?:createPool|knex:(?:knex)?)$/.test(from)))
        continue;
      if (isClosedOrKept(call, handler)) continue;
      if (isWorker(file)) return;
      const name = call.expression.getText();
      yield {
        at: call.expression,
        evidence: handler,
        message: `\`${name}\` opens connections of its own for each request and nothing closes them, so the database runs out of connections; make it once, outside the handler.`,
      };
    }
  },
});

/** Workers cannot keep a connection from one request to the next. */
function isWorker(file: CodeFile): boolean {
  return (
    /\b(?:c|ctx|context)\.env\b|\benv\.(?:HYPERDRIVE|DB)\b|hyperdrive/i.test(file.text) ||
    [...file.modules].some((name) => name.startsWith('cloudflare:'))
  );
}

/** Called with a request of a known framework. */
function isHandler(file: CodeFile, { parameters }: FunctionNode): boolean {
  return parameters.some(({ name }) => ts.isIdentifier(name) && isRequest(file, name));
}

/** Ended in the handler, or stored so that the next request finds it: `global.pool ??= new Pool()`. */
function isClosedOrKept(call: ts.CallExpression | ts.NewExpression, handler: FunctionNode): boolean {
  for (let node: ts.Node = call; node.parent !== handler; node = node.parent) {
    if (ts.isBinaryExpression(node.parent) || ts.isReturnStatement(node.parent)) return true;
  }
  return [...descendants(handler)].some(
    (node) => ts.isPropertyAccessExpression(node) && /^(?:end|close|destroy|\$disconnect|disconnect|quit)$/.test(node.name.text),
  );
}
