/** Receiving webhooks: every verifier against signatures that were not made by it. */
import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { describe, test } from 'node:test';
import { verifyStandardWebhook } from '../../snippets/webhooks/webhook-standard.ts';
import { verifyStripeWebhook } from '../../snippets/webhooks/webhook-stripe.ts';

/** An HMAC by the Web Crypto API, so that signatures do not come from the functions under test. */
async function hmac(key: Uint8Array<ArrayBuffer>, message: string): Promise<Buffer> {
  const imported = await webcrypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return Buffer.from(await webcrypto.subtle.sign('HMAC', imported, new TextEncoder().encode(message)));
}

const NOW = 1_700_000_000;
const BODY = '{"amount": 10.0, "name": "é"}';

describe('Standard Webhooks', () => {
  const secret = `whsec_${btoa('0123456789abcdef01234567')}`;
  const sign = async (timestamp: number | string, body = BODY) =>
    `v1,${(await hmac(new TextEncoder().encode('0123456789abcdef01234567'), `msg_1.${timestamp}.${body}`)).toString('base64')}`;
  const verify = (signature: string | undefined, timestamp: number | string = NOW, body: string | Buffer = BODY) =>
    verifyStandardWebhook(
      body,
      { 'webhook-id': 'msg_1', 'webhook-timestamp': String(timestamp), 'webhook-signature': signature },
      secret,
      NOW,
    );

  test('accepts a signature, alone or among others, of text and of bytes', async () => {
    const good = await sign(NOW);
    assert.equal(verify(good), true);
    assert.equal(verify(good, NOW, Buffer.from(BODY)), true);
    assert.equal(verify(`v1,AAAA ${await sign(NOW, 'other')} v1a,zzz ${good}`), true);
  });

  test('refuses what was changed', async () => {
    const good = await sign(NOW);
    assert.equal(verify(good, NOW, `${BODY} `), false);
    assert.equal(verify(good, NOW + 1), false);
    assert.equal(verify(good.replace('v1,', 'v2,')), false);
    assert.equal(verify(await sign(NOW, 'other')), false);
  });

  for (const signature of [undefined, '', 'v1,', 'v1,AAAA', 'v1', ' ', `v1,${'A'.repeat(200)}`]) {
    test(`refuses the signature ${signature} without throwing`, () => assert.equal(verify(signature), false));
  }

  for (const [offset, accepted] of [
    [-300, true],
    [300, true],
    [-301, false],
    [301, false],
  ] as const) {
    test(`${offset} seconds away: ${accepted}`, async () =>
      assert.equal(verify(await sign(NOW + offset), NOW + offset), accepted));
  }

  for (const timestamp of ['', 'NaN', '1e9', `${NOW}.5`, 'Infinity']) {
    test(`refuses the timestamp "${timestamp}"`, async () => assert.equal(verify(await sign(timestamp), timestamp), false));
  }

  test('an empty secret is a mistake of the caller, never a key', () => {
    assert.throws(() => verifyStandardWebhook(BODY, {}, 'whsec_'), /secret is empty/);
  });
});

describe('Stripe', () => {
  const secret = 'whsec_dGVzdA';
  const sign = async (timestamp: number | string, body = BODY) =>
    `v1=${(await hmac(new TextEncoder().encode(secret), `${timestamp}.${body}`)).toString('hex')}`;
  const verify = (header: string | undefined, body: string | Buffer = BODY) => verifyStripeWebhook(body, header, secret, NOW);

  test('accepts a signature, alone or among others, of text and of bytes', async () => {
    const good = await sign(NOW);
    assert.equal(verify(`t=${NOW},${good}`), true);
    assert.equal(verify(`t=${NOW},${good}`, Buffer.from(BODY)), true);
    assert.equal(verify(`t=${NOW},${await sign(NOW, 'other')},v1=ab,${good},v0=ff`), true);
  });

  test('refuses what was changed', async () => {
    const good = await sign(NOW);
    assert.equal(verify(`t=${NOW},${good}`, `${BODY} `), false);
    assert.equal(verify(`t=${NOW + 1},${good}`), false);
    assert.equal(verify(`t=${NOW},${good.replace('v1=', 'v0=')}`), false);
    assert.equal(verify(good), false);
  });

  for (const header of [undefined, '', 't=', `t=${NOW}`, `t=${NOW},v1=`, `t=${NOW},v1=ab`, `t=${NOW},v1=${'zz'.repeat(32)}`]) {
    test(`refuses the header ${header} without throwing`, () => assert.equal(verify(header), false));
  }

  for (const [offset, accepted] of [
    [-300, true],
    [300, true],
    [-301, false],
    [301, false],
  ] as const) {
    test(`${offset} seconds away: ${accepted}`, async () => {
      assert.equal(verify(`t=${NOW + offset},${await sign(NOW + offset)}`), accepted);
    });
  }

  test('an empty secret is a mistake of the caller, never a key', () => {
    assert.throws(() => verifyStripeWebhook(BODY, undefined, ''), /secret is empty/);
  });
});
