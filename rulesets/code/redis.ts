/** Which calls are commands of a Redis client, whoever's it is. */
import { type CodeFile, ts } from '../../server/core/typescript/code.ts';
import { origin } from '../../server/core/typescript/origins.ts';

const clients =
  /^(?:ioredis:(?:Redis|default|Cluster)?\(\)|(?:redis|@redis\/client):(?:createClient|createCluster|RedisClient|RedisClientType|RedisClusterType)\(\)|@upstash\/redis(?:\/\w+)?:Redis(?:\.fromEnv)?\(\))(?:\.(?:duplicate|connect|on)\(\))*\.(\w+)$/;

/** The command of a call on a Redis client, as the method is spelt, in lower case; undefined for other calls. */
export function redisMethod(file: CodeFile, call: ts.CallExpression): string | undefined {
  if (!ts.isPropertyAccessExpression(call.expression)) return undefined;
  return clients.exec(origin(file, call.expression) ?? '')?.[1]?.toLowerCase();
}

const caches =
  /^(?:cache-manager(?:-[\w-]+)?|@nestjs\/cache-manager):(?:Cache|RedisCache|\w*Store|caching|createCache)\(\)\.(get|set)$/;

/** `get` or `set` of a cache-manager, which Nest injects; one that is set with a time to live. */
export function cacheMethod(file: CodeFile, call: ts.CallExpression): 'get' | 'setex' | undefined {
  if (!ts.isPropertyAccessExpression(call.expression)) return undefined;
  const method = caches.exec(origin(file, call.expression) ?? '')?.[1];
  return method === 'get' ? 'get' : method === 'set' && call.arguments.length === 3 ? 'setex' : undefined;
}
