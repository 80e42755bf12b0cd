import { defineCodeRule } from '../../server/core/rule.ts';
import { enclosingFunction, ts } from '../../server/core/typescript/code.ts';
import { calleeName } from '../../server/core/typescript/syntax.ts';
import { redisMethod } from './redis.ts';
import page from './redis-keys-command.md';

/** Evidence: `keys(pattern)` of a client that ioredis, redis or @upstash/redis made. */
export default defineCodeRule({
  page,
  severity: 'warn',
  *check(file) {
    if (!file.words.has(/^keys$/m)) return;
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      if (calleeName(call).toLowerCase() !== 'keys') continue;
      const [, callback] = call.arguments;
      if (call.arguments.length !== (callback && ts.isFunctionLike(callback) ? 2 : 1) || redisMethod(file, call) !== 'keys')
        continue;
      yield {
        at: call.expression,
        evidence: enclosingFunction(call),
        message: `\`${call.expression.getText()}\` walks over every key of the database, and Redis answers nobody else meanwhile; go through them in portions with \`SCAN\`, or keep the names in a set.`,
      };
    }
  },
});
