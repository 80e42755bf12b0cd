import { createPublicKey, verify } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const TOLERANCE_SECONDS = 300; // ${1}

/**
 * Verifies an interaction or event of Discord (Ed25519). `rawBody` is the body as received, not parsed and written again;
 * `publicKey` is the application's, in hexadecimal. Answer a bad signature with 401: Discord sends some on purpose, and
 * removes an address that takes them.
 */
export function verifyDiscordRequest(
  rawBody: Buffer | string,
  headers: IncomingHttpHeaders,
  publicKey: string,
  nowSeconds = Date.now() / 1000,
): boolean {
  if (!/^[\da-f]{64}$/i.test(publicKey)) throw new Error('The public key is not 32 bytes in hexadecimal.');

  const { 'x-signature-ed25519': signature, 'x-signature-timestamp': timestamp } = headers;
  if (typeof signature !== 'string' || typeof timestamp !== 'string' || !/^[\da-f]{128}$/i.test(signature)) return false;
  if (!/^\d+$/.test(timestamp) || Math.abs(nowSeconds - Number(timestamp)) > TOLERANCE_SECONDS) return false;

  const x = Buffer.from(publicKey, 'hex').toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const signed = Buffer.concat([Buffer.from(timestamp), Buffer.from(rawBody)]);
  return verify(null, signed, key, Buffer.from(signature, 'hex'));
}
