import type { IncomingHttpHeaders } from 'node:http';
import { verifyKey } from 'discord-interactions';

const TOLERANCE_SECONDS = 300; // ${1}

/**
 * Verifies an interaction or event of Discord (Ed25519) with Discord's library, and its time. `rawBody` is the body as
 * received, not parsed and written again; `publicKey` is the application's, in hexadecimal. Answer a bad signature with
 * 401: Discord sends some on purpose, and removes an address that takes them.
 */
export async function verifyDiscordRequest(
  rawBody: Buffer | string,
  headers: IncomingHttpHeaders,
  publicKey: string,
  nowSeconds = Date.now() / 1000,
): Promise<boolean> {
  // The library takes every key, and with a wrong one answers that nothing is Discord's.
  if (!/^[\da-f]{64}$/i.test(publicKey)) throw new Error('The public key is not 32 bytes in hexadecimal.');

  const { 'x-signature-ed25519': signature, 'x-signature-timestamp': timestamp } = headers;
  if (typeof signature !== 'string' || typeof timestamp !== 'string') return false;
  if (!/^\d+$/.test(timestamp) || Math.abs(nowSeconds - Number(timestamp)) > TOLERANCE_SECONDS) return false;

  return verifyKey(rawBody, signature, timestamp, publicKey);
}
