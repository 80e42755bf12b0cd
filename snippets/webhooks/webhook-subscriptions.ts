import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { parseTarget } from './webhook-target-guard.ts'; // ${1}

const MAX_FOR_OWNER = 10; // ${2}
const EVENT_TYPES = ['invoice.issued', 'invoice.paid'] as const;

/** An event the service sends. */
export type EventType = (typeof EVENT_TYPES)[number];

/** What an owner sees of a subscription. Secrets are shown once, when they are made. */
export interface Subscription {
  id: string;
  url: string;
  eventTypes: EventType[];
  /** When it was disabled, because it failed for too long or the receiver answered 410. */
  disabledAt: Date | null;
}

/** The request cannot be granted; its message is for the owner (422). */
export class SubscriptionError extends Error {}

/** Subscribes an address, in the table of `webhook-delivery`; its secret is shown this once. Throws when the address is not a public one. */
export async function subscribe(
  pool: Pool,
  owner: string,
  url: string,
  eventTypes: readonly string[],
): Promise<{ id: string; secret: string }> {
  const target = parseTarget(url).href;
  const wanted = [...new Set(eventTypes)];
  const unknown = wanted.filter((type) => !EVENT_TYPES.some((known) => known === type));
  if (wanted.length === 0 || unknown.length > 0) {
    throw new SubscriptionError(`Choose from the events ${EVENT_TYPES.join(', ')}.`);
  }
  const secret = newSecret();
  const { rows } = await pool.query<{ id: string }>(
    `INSERT INTO webhook_endpoints (owner, url, secrets, event_types)
     SELECT $1, $2, ARRAY[$3], $4 WHERE (SELECT count(*) FROM webhook_endpoints WHERE owner = $1) < $5
     RETURNING id`,
    [owner, target, secret, wanted, MAX_FOR_OWNER],
  );
  const [made] = rows;
  if (!made) throw new SubscriptionError(`There are ${MAX_FOR_OWNER} subscriptions already.`);
  return { id: made.id, secret };
}

/** The subscriptions of an owner. */
export async function subscriptionsOf(pool: Pool, owner: string): Promise<Subscription[]> {
  const { rows } = await pool.query<Subscription>(
    `SELECT id, url, event_types AS "eventTypes", disabled_at AS "disabledAt" FROM webhook_endpoints
     WHERE owner = $1 ORDER BY id`,
    [owner],
  );
  return rows;
}

/**
 * Gives a subscription a new secret, shown this once; undefined when the owner has no such subscription. Until
 * `endRotation` both sign, so that the receiver can change over at leisure.
 */
export async function rotateSecret(pool: Pool, owner: string, id: string): Promise<string | undefined> {
  const secret = newSecret();
  const { rowCount } = await pool.query(
    'UPDATE webhook_endpoints SET secrets = ARRAY[$3, secrets[1]] WHERE id = $1 AND owner = $2',
    [id, owner, secret],
  );
  return rowCount === 1 ? secret : undefined;
}

/** The old secret signs no more. */
export async function endRotation(pool: Pool, owner: string, id: string): Promise<void> {
  await pool.query('UPDATE webhook_endpoints SET secrets = secrets[1:1] WHERE id = $1 AND owner = $2', [id, owner]);
}

/** Takes a disabled subscription up again; what is still due is sent. */
export async function enable(pool: Pool, owner: string, id: string): Promise<void> {
  await pool.query('UPDATE webhook_endpoints SET disabled_at = NULL, failing_since = NULL WHERE id = $1 AND owner = $2', [
    id,
    owner,
  ]);
}

/** Ends a subscription, and with it what was still to be sent. */
export async function unsubscribe(pool: Pool, owner: string, id: string): Promise<void> {
  await pool.query('DELETE FROM webhook_endpoints WHERE id = $1 AND owner = $2', [id, owner]);
}

/** As Standard Webhooks wants it: 24 to 64 random bytes in base64. */
function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}
