import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';

const LIMIT = 100; // ${1}
const WINDOW_SECONDS = 60; // ${2}

export interface RateLimit {
  allowed: boolean;
  remaining: number;
  /** Seconds until a request is allowed again, or until the window is empty of the oldest. */
  resetSeconds: number;
}

// By the clock of Redis: those of many servers never agree. Only what is allowed counts.
const script = `
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local window = ARGV[2] * 1000
  redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, now - window)
  local count = redis.call('ZCARD', KEYS[1])
  local allowed = 0
  if count < tonumber(ARGV[1]) then
    redis.call('ZADD', KEYS[1], now, ARGV[3])
    redis.call('PEXPIRE', KEYS[1], window)
    count = count + 1
    allowed = 1
  end
  local oldest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
  return { allowed, math.max(0, ARGV[1] - count), oldest + window - now }`;

/** Counts a request of a user within a window that slides: in no minute, wherever it begins, are there more than the limit. */
export async function takeTurn(redis: Redis, user: string, limit = LIMIT, windowSeconds = WINDOW_SECONDS): Promise<RateLimit> {
  const answer = await redis.eval(script, 1, `rate:${user}`, limit, windowSeconds, randomUUID());
  const [allowed, remaining, resetMs] = answer as [number, number, number];
  return { allowed: allowed === 1, remaining, resetSeconds: Math.max(1, Math.ceil(resetMs / 1000)) };
}

/** The headers of the answer, whichever it is; of a refusal, which is 429, `Retry-After` as well. */
export function rateLimitHeaders(
  { allowed, remaining, resetSeconds }: RateLimit,
  limit = LIMIT,
  windowSeconds = WINDOW_SECONDS,
): Record<string, string> {
  return {
    'RateLimit-Policy': `"default";q=${limit};w=${windowSeconds}`,
    RateLimit: `"default";r=${remaining};t=${resetSeconds}`,
    ...(!allowed && { 'Retry-After': String(resetSeconds) }),
  };
}
