import { createHash, randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';

/** How long an answer is kept. */
const KEPT_MS = 86_400_000; // ${1}
/** How long a request may be under way; handlers have to be done before. */
const LEASE_MS = 60_000; // ${2}

/** A response that can be given again. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

export interface IdempotentRequest {
  /** Whoever is signed in, so that no one reads another's answers. */
  scope: string;
  /** The `Idempotency-Key` header; an API that requires it answers its absence with 400. */
  key: string | undefined;
  method: string;
  path: string;
  rawBody: Buffer | string;
}

interface Entry {
  fingerprint: string;
  /** Names the attempt that is under way. */
  owner: string;
  answer?: Answer;
}

const replaceOwn = `
  local entry = redis.call('GET', KEYS[1])
  if not entry or cjson.decode(entry).owner ~= ARGV[1] then return 0 end
  if ARGV[2] == '' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
  return 1`;

/**
 * Handles a request once: the same key with the same request gets the same answer, 409 while the first is under way, and
 * 422 for another request. What `handle` throws is not kept, so that the client may try again.
 */
export async function handleOnce(redis: Redis, request: IdempotentRequest, handle: () => Promise<Answer>): Promise<Answer> {
  const { scope, key, method, path, rawBody } = request;
  if (!key || key.length > 255) return refusal(400, 'The request needs an Idempotency-Key of 1 to 255 characters.');
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([method, path]))
    .update(rawBody)
    .digest('base64');
  const name = `idempotency:${JSON.stringify([scope, key])}`;
  const owner = randomUUID();

  const own: Entry = { fingerprint, owner };
  if ((await redis.set(name, JSON.stringify(own), 'PX', LEASE_MS, 'NX')) === null) {
    const stored = await redis.get(name);
    const known = stored === null ? undefined : (JSON.parse(stored) as Entry);
    if (known && known.fingerprint !== fingerprint) return refusal(422, 'This Idempotency-Key was used for another request.');
    return known?.answer ?? refusal(409, 'A request with this Idempotency-Key is under way.');
  }

  let answer: Answer;
  try {
    answer = await handle();
  } catch (error) {
    // When Redis does not answer, the lease ends it: what went wrong first is what counts.
    await redis.eval(replaceOwn, 1, name, owner, '').catch(() => undefined);
    throw error;
  }
  const entry: Entry = { ...own, answer };
  // The work is done, and the client is told so though the answer cannot be kept: an error would make it come again.
  await redis.eval(replaceOwn, 1, name, owner, JSON.stringify(entry), KEPT_MS).catch(() => undefined);
  return answer;
}

function refusal(status: number, detail: string): Answer {
  const body = JSON.stringify({ type: 'about:blank', title: 'Idempotency-Key', status, detail });
  return { status, headers: { 'Content-Type': 'application/problem+json' }, body };
}
