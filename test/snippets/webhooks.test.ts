/** Receiving webhooks: every verifier against signatures that were not made by it, and every framework over HTTP. */
import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject, sign as signWith, webcrypto } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { after, before, describe, mock, test } from 'node:test';
import { getRequestListener } from '@hono/node-server';
import { Paddle } from '@paddle/paddle-node-sdk';
import { EventWebhook } from '@sendgrid/eventwebhook';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import 'reflect-metadata';
import { verifyAdyenItem } from '../../snippets/webhooks/webhook-adyen.ts';
import { verifyCalendlyWebhook } from '../../snippets/webhooks/webhook-calendly.ts';
import { verifyDiscordRequest } from '../../snippets/webhooks/webhook-discord.ts';
import { answerDropboxChallenge, verifyDropboxWebhook } from '../../snippets/webhooks/webhook-dropbox.ts';
import { verifyGitHubWebhook } from '../../snippets/webhooks/webhook-github.ts';
import { verifyGitLabWebhook } from '../../snippets/webhooks/webhook-gitlab.ts';
import { verifyHubSpotWebhook } from '../../snippets/webhooks/webhook-hubspot.ts';
import { verifyIntercomWebhook } from '../../snippets/webhooks/webhook-intercom.ts';
import { verifyLinearWebhook } from '../../snippets/webhooks/webhook-linear.ts';
import { verifyMailgunWebhook } from '../../snippets/webhooks/webhook-mailgun.ts';
import { verifyPaddleWebhook } from '../../snippets/webhooks/webhook-paddle.ts';
import { verifyPayPalWebhook } from '../../snippets/webhooks/webhook-paypal.ts';
import { webhookRoute as expressRoute } from '../../snippets/webhooks/webhook-raw-express.ts';
import { receiveWebhooks as receiveWithFastify } from '../../snippets/webhooks/webhook-raw-fastify.ts';
import { receiveWebhooks as receiveWithHono } from '../../snippets/webhooks/webhook-raw-hono.ts';
import { WebhookGuard } from '../../snippets/webhooks/webhook-raw-nest.ts';
import { webhookRoute as nextRoute } from '../../snippets/webhooks/webhook-raw-next.ts';
import { verifySendGridWebhook } from '../../snippets/webhooks/webhook-sendgrid.ts';
import { verifyShopifyWebhook } from '../../snippets/webhooks/webhook-shopify.ts';
import { verifySlackRequest } from '../../snippets/webhooks/webhook-slack.ts';
import { verifySquareWebhook } from '../../snippets/webhooks/webhook-square.ts';
import { verifyStandardWebhook } from '../../snippets/webhooks/webhook-standard.ts';
import { verifyStripeWebhook } from '../../snippets/webhooks/webhook-stripe.ts';
import { verifyTwilioWebhook } from '../../snippets/webhooks/webhook-twilio.ts';
import { verifyTypeformWebhook } from '../../snippets/webhooks/webhook-typeform.ts';
import { verifyVercelWebhook } from '../../snippets/webhooks/webhook-vercel.ts';
import { verifyZendeskWebhook } from '../../snippets/webhooks/webhook-zendesk.ts';
import { answerZoomChallenge, verifyZoomWebhook } from '../../snippets/webhooks/webhook-zoom.ts';
import { close, listen } from './support.ts';

/** An HMAC by the Web Crypto API, so that signatures do not come from the functions under test. */
async function hmac(key: Uint8Array<ArrayBuffer>, message: string, hash = 'SHA-256'): Promise<Buffer> {
  const imported = await webcrypto.subtle.importKey('raw', key, { name: 'HMAC', hash }, false, ['sign']);
  return Buffer.from(await webcrypto.subtle.sign('HMAC', imported, new TextEncoder().encode(message)));
}

const NOW = 1_700_000_000;

/** The clock of those libraries that cannot be given a time, within a suite. */
function stopClock(): void {
  before(() => mock.timers.enable({ apis: ['Date'], now: NOW * 1000 }));
  after(() => mock.timers.reset());
}

const BODY = '{"amount": 10.0, "name": "é"}';

describe('Standard Webhooks', () => {
  stopClock();
  const secret = `whsec_${btoa('0123456789abcdef01234567')}`;
  const sign = async (timestamp: number | string, body = BODY) =>
    `v1,${(await hmac(new TextEncoder().encode('0123456789abcdef01234567'), `msg_1.${timestamp}.${body}`)).toString('base64')}`;
  const verify = (signature: string | undefined, timestamp: number | string = NOW, body: string | Buffer = BODY) =>
    verifyStandardWebhook(
      body,
      { 'webhook-id': 'msg_1', 'webhook-timestamp': String(timestamp), 'webhook-signature': signature },
      secret,
    );

  test('accepts a signature, alone or among others, of text and of bytes', async () => {
    const good = await sign(NOW);
    assert.equal(verify(good), true);
    assert.equal(verify(good, NOW, Buffer.from(BODY)), true);
    assert.equal(verify(`v1,AAAA ${await sign(NOW, 'other')} v1a,zzz ${good}`), true);
  });

  test('accepts what comes by Svix, under its own names', async () => {
    const named = async (body: string) => ({
      'svix-id': 'msg_1',
      'svix-timestamp': String(NOW),
      'svix-signature': await sign(NOW, body),
    });
    assert.equal(verifyStandardWebhook(BODY, await named(BODY), secret), true);
    assert.equal(verifyStandardWebhook(BODY, await named('other'), secret), false);
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
    assert.throws(() => verifyStandardWebhook(BODY, {}, 'whsec_'), /can't be empty/);
  });
});

describe('Stripe', () => {
  const secret = 'whsec_dGVzdA';
  const sign = async (timestamp: number | string, body = BODY) =>
    `v1=${(await hmac(new TextEncoder().encode(secret), `${timestamp}.${body}`)).toString('hex')}`;
  const verify = (header: string | undefined, body: string | Buffer = BODY) =>
    verifyStripeWebhook(body, header, secret, NOW * 1000);

  test('accepts a signature, alone or among others, of text and of bytes', async () => {
    const good = await sign(NOW);
    assert.equal(await verify(`t=${NOW},${good}`), true);
    assert.equal(await verify(`t=${NOW},${good}`, Buffer.from(BODY)), true);
    assert.equal(await verify(`t=${NOW},${await sign(NOW, 'other')},v1=ab,${good},v0=ff`), true);
  });

  test('refuses what was changed', async () => {
    const good = await sign(NOW);
    assert.equal(await verify(`t=${NOW},${good}`, `${BODY} `), false);
    assert.equal(await verify(`t=${NOW + 1},${good}`), false);
    assert.equal(await verify(`t=${NOW},${good.replace('v1=', 'v0=')}`), false);
    assert.equal(await verify(good), false);
  });

  for (const header of [
    undefined,
    '',
    't=',
    `t=${NOW}`,
    `t=${NOW},v1=`,
    `t=${NOW},v1=ab`,
    `t=${NOW},v1=${'zz'.repeat(32)}`,
    `t=${NOW},v1=${'é'.repeat(64)}`,
  ]) {
    test(`refuses the header ${header} without throwing`, async () => assert.equal(await verify(header), false));
  }

  for (const [offset, accepted] of [
    [-300, true],
    [300, true],
    [-301, false],
  ] as const) {
    test(`${offset} seconds away: ${accepted}`, async () => {
      assert.equal(await verify(`t=${NOW + offset},${await sign(NOW + offset)}`), accepted);
    });
  }

  test('thin events and events, with or without a body that is JSON', async () => {
    for (const body of ['{"object":"v2.core.event"}', '{"object":"event"}', 'no JSON']) {
      assert.equal(await verify(`t=${NOW},${await sign(NOW, body)}`, body), true);
    }
  });

  test('an empty secret is a mistake of the caller, never a key', async () => {
    await assert.rejects(verifyStripeWebhook(BODY, undefined, ''), /secret is empty/);
  });
});

test('the examples that Slack, GitHub and Adyen publish are accepted', async () => {
  const slack =
    'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar' +
    '&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com' +
    '%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
  const headers = {
    'x-slack-request-timestamp': '1531420618',
    'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
  };
  assert.equal(verifySlackRequest(slack, headers, '8f742231b10e8888abcd99yyyzzz85a5', 1531420618_000), true);

  const github = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
  assert.equal(await verifyGitHubWebhook('Hello, World!', github, "It's a Secret to Everybody"), true);

  const item = {
    pspReference: '7914073381342284',
    merchantAccountCode: 'TestMerchant',
    merchantReference: 'TestPayment-1407325143704',
    amount: { value: 1130, currency: 'EUR' },
    eventCode: 'AUTHORISATION',
    success: 'true',
    additionalData: { hmacSignature: 'coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0=' },
  };
  const key = '44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056';
  assert.equal(verifyAdyenItem(item, key), true);
  assert.equal(verifyAdyenItem({ ...item, success: 'false' }, key), false);
  assert.equal(verifyAdyenItem({ ...item, amount: { value: 113, currency: 'EUR' } }, key), false);
  assert.equal(verifyAdyenItem({ ...item, additionalData: {} }, key), false);
  assert.throws(() => verifyAdyenItem(item, 'no key'), /not hexadecimal/);
});

/**
 * Of libraries too large to install for one function: made by HubSpot's and Adyen's, accepted by Square's and
 * Shopify's (`@hubspot/api-client` 14.0.1, `@adyen/api-library` 32.1.0, `square` 46.0.0, `@shopify/shopify-api` 15.0.0).
 */
test('what the libraries of HubSpot, Adyen, Square and Shopify make or accept is accepted', () => {
  const hubspot = {
    'x-hubspot-signature-v3': 's50EUS/ECazLzJ+d99DBAYGeHshEkmLUvwvxvETfbwM=',
    'x-hubspot-request-timestamp': String(NOW * 1000),
  };
  assert.equal(verifyHubSpotWebhook('POST', url, BODY, hubspot, 'secret', NOW * 1000), true);
  const item = {
    pspReference: '7914073381342284',
    originalReference: 'x',
    merchantAccountCode: 'TestMerchant',
    merchantReference: 'a:b\\c',
    amount: { value: 1130, currency: 'EUR' },
    eventCode: 'AUTHORISATION',
    success: 'true',
    additionalData: { hmacSignature: 'trNfuil68wMkiOVEfi5dzPsYp4XSSlfGw1h0gTu3k2M=' },
  };
  assert.equal(verifyAdyenItem(item, '44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056'), true);
  assert.equal(verifySquareWebhook(BODY, '2/QrgcNtt5o2eqduJTBm6Hk/Z992pJWPXAJKmFTImN0=', 'secret', url), true);
  assert.equal(verifyShopifyWebhook(BODY, 'Jdqr0b7gTh86QNWxwpssDYVNA92FDss5/7PmwWMruUo=', 'secret'), true);
});

/** How a provider signs, said once more and independently, and how its verifier is called. */
interface Scheme {
  /** What is signed, of a body and a time in milliseconds. */
  signed: (body: string, ms: number) => string;
  encoding: 'hex' | 'base64';
  verify: (
    body: string | Buffer,
    signature: string | undefined,
    ms: number,
    now: number,
    secret: string,
  ) => boolean | Promise<boolean>;
  /** How far a time may be off, in milliseconds; undefined where none is signed. */
  toleranceMs?: number;
  /** Where only what is too old is refused: a time in the future is the provider's, too. */
  isFutureFine?: true;
  hash?: 'SHA-1';
}

const seconds = (ms: number) => Math.floor(ms / 1000);
const sent = (headers: Record<string, string | undefined>): IncomingHttpHeaders => headers;
const url = 'https://example.com/hooks?x=1';

const schemes: Record<string, Scheme> = {
  GitHub: {
    signed: (body) => body,
    encoding: 'hex',
    verify: (body, signature, _ms, _now, secret) => verifyGitHubWebhook(body, signature && `sha256=${signature}`, secret),
  },
  Slack: {
    signed: (body, ms) => `v0:${seconds(ms)}:${body}`,
    encoding: 'hex',
    toleranceMs: 300_000,
    isFutureFine: true,
    verify: (body, signature, ms, now, secret) =>
      verifySlackRequest(
        body,
        sent({ 'x-slack-signature': signature && `v0=${signature}`, 'x-slack-request-timestamp': String(seconds(ms)) }),
        secret,
        now,
      ),
  },
  Zoom: {
    signed: (body, ms) => `v0:${seconds(ms)}:${body}`,
    encoding: 'hex',
    toleranceMs: 300_000,
    verify: (body, signature, ms, now, secret) =>
      verifyZoomWebhook(
        body,
        sent({ 'x-zm-signature': signature && `v0=${signature}`, 'x-zm-request-timestamp': String(seconds(ms)) }),
        secret,
        now / 1000,
      ),
  },
  Intercom: {
    signed: (body) => body,
    encoding: 'hex',
    hash: 'SHA-1',
    verify: (body, signature, _ms, _now, secret) => verifyIntercomWebhook(body, signature && `sha1=${signature}`, secret),
  },
  Vercel: {
    signed: (body) => body,
    encoding: 'hex',
    hash: 'SHA-1',
    verify: (body, signature, _ms, _now, secret) => verifyVercelWebhook(body, signature, secret),
  },
  Typeform: {
    signed: (body) => body,
    encoding: 'base64',
    verify: (body, signature, _ms, _now, secret) => verifyTypeformWebhook(body, signature && `sha256=${signature}`, secret),
  },
  Dropbox: {
    signed: (body) => body,
    encoding: 'hex',
    verify: (body, signature, _ms, _now, secret) => verifyDropboxWebhook(body, signature, secret),
  },
  Shopify: {
    signed: (body) => body,
    encoding: 'base64',
    verify: (body, signature, _ms, _now, secret) => verifyShopifyWebhook(body, signature, secret),
  },
  Square: {
    signed: (body) => url + body,
    encoding: 'base64',
    verify: (body, signature, _ms, _now, secret) => verifySquareWebhook(body, signature, secret, url),
  },
  Zendesk: {
    signed: (body, ms) => new Date(ms).toISOString() + body,
    encoding: 'base64',
    toleranceMs: 300_000,
    verify: (body, signature, ms, now, secret) =>
      verifyZendeskWebhook(
        body,
        sent({
          'x-zendesk-webhook-signature': signature,
          'x-zendesk-webhook-signature-timestamp': new Date(ms).toISOString(),
        }),
        secret,
        now,
      ),
  },
  HubSpot: {
    signed: (body, ms) => `POST${url}${body}${ms}`,
    encoding: 'base64',
    toleranceMs: 300_000,
    verify: (body, signature, ms, now, secret) =>
      verifyHubSpotWebhook(
        'POST',
        url,
        body,
        sent({ 'x-hubspot-signature-v3': signature, 'x-hubspot-request-timestamp': String(ms) }),
        secret,
        now,
      ),
  },
  Paddle: {
    signed: (body, ms) => `${seconds(ms)}:${body}`,
    encoding: 'hex',
    toleranceMs: 30_000,
    verify: (body, signature, ms, now, secret) =>
      verifyPaddleWebhook(body, signature && `ts=${seconds(ms)};h1=00;h1=${signature}`, secret, now / 1000),
  },
  Calendly: {
    signed: (body, ms) => `${seconds(ms)}.${body}`,
    encoding: 'hex',
    toleranceMs: 180_000,
    verify: (body, signature, ms, now, secret) =>
      verifyCalendlyWebhook(body, signature && `t=${seconds(ms)},v1=${signature}`, secret, now / 1000),
  },
};

for (const [name, { signed, encoding, verify, toleranceMs, isFutureFine = false, hash }] of Object.entries(schemes)) {
  describe(name, () => {
    const ms = NOW * 1000;
    const sign = async (body = BODY, at = ms) =>
      (await hmac(new TextEncoder().encode('secret'), signed(body, at), hash)).toString(encoding);

    test('accepts what is signed, as text and as bytes', async () => {
      const good = await sign();
      assert.equal(await verify(BODY, good, ms, ms, 'secret'), true);
      assert.equal(await verify(Buffer.from(BODY), good, ms, ms, 'secret'), true);
    });

    test('refuses another body, another secret, another encoding, and no signature', async () => {
      const good = await sign();
      assert.equal(await verify(`${BODY} `, good, ms, ms, 'secret'), false);
      assert.equal(await verify(BODY, good, ms, ms, 'other'), false);
      const other = Buffer.from(good, encoding).toString(encoding === 'hex' ? 'base64' : 'hex');
      for (const bad of [undefined, '', other, good.slice(2), `00${good}`, 'é'.repeat(good.length)]) {
        assert.equal(await verify(BODY, bad, ms, ms, 'secret'), false, bad);
      }
    });

    test('an empty secret is a mistake of the caller, never a key', async () => {
      await assert.rejects(async () => verify(BODY, '', ms, ms, ''), /secret is empty/);
    });

    if (toleranceMs !== undefined) {
      test('refuses a time that is too far away, or is another than the one signed', async () => {
        for (const sign of [1, -1]) {
          assert.equal(await accepted(ms + sign * toleranceMs), true);
          assert.equal(await accepted(ms + sign * (toleranceMs + 1000)), isFutureFine && sign === 1);
        }
        assert.equal(await verify(BODY, await sign(BODY, ms), ms + 1000, ms, 'secret'), false);
      });
      const accepted = async (at: number) => verify(BODY, await sign(BODY, at), at, ms, 'secret');
    }
  });
}

test('Zoom: the answer to the challenge, which signs no webhook for whoever asks', async () => {
  const expected = (await hmac(new TextEncoder().encode('secret'), 'plain')).toString('hex');
  assert.deepEqual(answerZoomChallenge('plain', 'secret'), { plainToken: 'plain', encryptedToken: expected });
  assert.throws(() => answerZoomChallenge(`v0:${NOW}:${BODY}`, 'secret'), /no token of Zoom/);
});

test('HubSpot: some escapes of the address are signed decoded, the others as they stand', async () => {
  const ms = NOW * 1000;
  const asked = 'https://example.com/card?mail=a%40b.example&name=A%20%26%20%C3%A9&at=10%3a00%2C%21%24%27%28%29%2A%2F%3B%3F';
  const signed = "https://example.com/card?mail=a@b.example&name=A%20%26%20%C3%A9&at=10:00,!$'()*/;?";
  const signature = (await hmac(new TextEncoder().encode('secret'), `GET${signed}${ms}`)).toString('base64');
  const headers = { 'x-hubspot-signature-v3': signature, 'x-hubspot-request-timestamp': String(ms) };
  assert.equal(verifyHubSpotWebhook('GET', asked, '', headers, 'secret', ms), true);
  assert.equal(verifyHubSpotWebhook('GET', asked.replace('A%20', 'B%20'), '', headers, 'secret', ms), false);
});

test('GitLab: the token, the whole token, and none other', () => {
  assert.equal(verifyGitLabWebhook('secret', 'secret'), true);
  for (const bad of [undefined, '', 'secre', 'secrets', 'Secret']) assert.equal(verifyGitLabWebhook(bad, 'secret'), false, bad);
  assert.throws(() => verifyGitLabWebhook('', ''), /secret token is empty/);
});

test('Dropbox: the challenge comes back as text that no browser runs', () => {
  assert.deepEqual(answerDropboxChallenge(new URLSearchParams({ challenge: '<script>' })), {
    headers: { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff' },
    body: '<script>',
  });
  assert.equal(answerDropboxChallenge(new URLSearchParams()), undefined);
});

test('Paddle: its library accepts and refuses the same', async () => {
  const now = Date.now();
  const paddle = new Paddle('key').webhooks;
  const event = JSON.stringify({ event_id: 'evt_1', event_type: 'x', data: {} });
  const h1 = (await hmac(new TextEncoder().encode('secret'), `${seconds(now)}:${event}`)).toString('hex');
  const header = `ts=${seconds(now)};h1=${h1}`;
  for (const [sent, good] of [
    [event, true],
    [`${event} `, false],
  ] as const) {
    assert.equal(await paddle.isSignatureValid(sent, 'secret', header), good);
    assert.equal(verifyPaddleWebhook(sent, header, 'secret', now / 1000), good);
  }
});

describe('Linear', () => {
  stopClock();
  const sign = async (body: string) => (await hmac(new TextEncoder().encode('secret'), body)).toString('hex');
  const at = async (webhookTimestamp: unknown) => {
    const body = JSON.stringify({ action: 'create', webhookTimestamp });
    return verifyLinearWebhook(body, await sign(body), 'secret');
  };

  test('accepts what is signed, as text and as bytes, and refuses the rest', async () => {
    const body = JSON.stringify({ action: 'create', name: 'é', webhookTimestamp: NOW * 1000 });
    const good = await sign(body);
    assert.equal(verifyLinearWebhook(body, good, 'secret'), true);
    assert.equal(verifyLinearWebhook(Buffer.from(body), good, 'secret'), true);
    assert.equal(verifyLinearWebhook(`${body} `, good, 'secret'), false);
    assert.equal(verifyLinearWebhook(body, good, 'other'), false);
    for (const bad of [undefined, '', '00', good.slice(2), 'é'.repeat(64)]) {
      assert.equal(verifyLinearWebhook(body, bad, 'secret'), false, bad);
    }
  });

  test('the time in the body counts', async () => {
    assert.equal(await at(NOW * 1000 - 60_000), true);
    assert.equal(await at(NOW * 1000 + 60_001), false);
    assert.equal(await at(undefined), false);
    assert.equal(await at(String(NOW * 1000)), false);
    assert.equal(verifyLinearWebhook('no JSON', await sign('no JSON'), 'secret'), false);
  });

  test('an empty secret is a mistake of the caller, never a key', () => {
    assert.throws(() => verifyLinearWebhook('{}', '', ''), /non-empty/);
  });
});

test('Mailgun: a signature is good once, and only while it is fresh', async () => {
  const seen = new Set<string>();
  const isNew = async (token: string) => seen.size < seen.add(token).size;
  const signature = (await hmac(new TextEncoder().encode('secret'), `${NOW}token`)).toString('hex');
  const sent = { timestamp: String(NOW), token: 'token', signature };
  assert.equal(await verifyMailgunWebhook({ ...sent, token: 'other' }, 'secret', isNew, NOW), false);
  assert.equal(await verifyMailgunWebhook(sent, 'other', isNew, NOW), false);
  assert.equal(await verifyMailgunWebhook(sent, 'secret', isNew, NOW + 36_001), false);
  assert.deepEqual([...seen], [], 'what is not signed takes no token away');
  // The last attempt, hours later; the time may be a number, as Mailgun's own table has it.
  assert.equal(await verifyMailgunWebhook({ ...sent, timestamp: NOW }, 'secret', isNew, NOW + 28_800), true);
  assert.equal(await verifyMailgunWebhook(sent, 'secret', isNew, NOW), false);
});

const signForTwilio = async (signed: string) =>
  (await hmac(new TextEncoder().encode('secret'), signed, 'SHA-1')).toString('base64');

describe('Twilio', () => {
  const address = 'https://example.com/sms?a=1';
  const form = new URLSearchParams([
    ['To', '+1'],
    ['Body', 'é b'],
    ['From', ''],
    ['Media', 'b'],
    ['Media', 'a'],
    ['Media', 'a'],
  ]);
  // Names in order, each value once and in order.
  const parameters = 'Bodyé bFromMediaaMediabTo+1';

  test('accepts forms as Twilio signs them', async () => {
    const signature = await signForTwilio(address + parameters);
    const withPort = await signForTwilio(address.replace('.com', '.com:443') + parameters);
    assert.equal(verifyTwilioWebhook(address, form, withPort, 'secret'), true);
    assert.equal(verifyTwilioWebhook(address, form, signature, 'secret'), true);
    assert.equal(verifyTwilioWebhook(`${address}&b=2`, form, signature, 'secret'), false);
    assert.equal(verifyTwilioWebhook(address, new URLSearchParams({ To: '+1' }), signature, 'secret'), false);
    assert.equal(verifyTwilioWebhook(address, form, signature, 'other'), false);
    for (const bad of [undefined, '', 'x', 'é'.repeat(28)])
      assert.equal(verifyTwilioWebhook(address, form, bad, 'secret'), false);
  });

  test('accepts other bodies by their hash in the address', async () => {
    const hash = Buffer.from(await webcrypto.subtle.digest('SHA-256', Buffer.from(BODY))).toString('hex');
    const signed = `${address}&bodySHA256=${hash}`;
    const signature = await signForTwilio(signed);
    assert.equal(verifyTwilioWebhook(signed, BODY, signature, 'secret'), true);
    assert.equal(verifyTwilioWebhook(signed, `${BODY} `, signature, 'secret'), false);
    const without = await signForTwilio(address);
    assert.equal(verifyTwilioWebhook(address, BODY, without, 'secret'), false);
  });

  test('an empty token is a mistake of the caller, never a key', () => {
    assert.throws(() => verifyTwilioWebhook(address, form, '', ''), /token is empty/);
  });
});

describe('public keys', () => {
  const spki = (key: KeyObject) => key.export({ format: 'der', type: 'spki' });

  test('Discord: accepts what is signed, and holds the window', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const hex = spki(publicKey).subarray(-32).toString('hex');
    const signature = signWith(null, Buffer.from(`${NOW}${BODY}`), privateKey).toString('hex');
    const headers = (changed = {}) => ({
      'x-signature-ed25519': signature,
      'x-signature-timestamp': String(NOW),
      ...changed,
    });
    assert.equal(await verifyDiscordRequest(BODY, headers(), hex, NOW), true);
    assert.equal(await verifyDiscordRequest(Buffer.from(BODY), headers(), hex, NOW + 300), true);
    assert.equal(await verifyDiscordRequest(BODY, headers(), hex, NOW + 301), false);
    assert.equal(await verifyDiscordRequest(`${BODY} `, headers(), hex, NOW), false);
    assert.equal(await verifyDiscordRequest(BODY, headers({ 'x-signature-timestamp': String(NOW + 1) }), hex, NOW), false);
    for (const bad of [undefined, '', 'zz', '0'.repeat(128)]) {
      assert.equal(await verifyDiscordRequest(BODY, headers({ 'x-signature-ed25519': bad }), hex, NOW), false);
    }
    await assert.rejects(verifyDiscordRequest(BODY, headers(), 'short', NOW), /public key/);
  });

  test('SendGrid: agrees with its library, and holds the window', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const key = spki(publicKey).toString('base64');
    const body = `${BODY}\r\n`;
    const signature = signWith('sha256', Buffer.from(`${NOW}${body}`), privateKey).toString('base64');
    const headers = (changed = {}) => ({
      'x-twilio-email-event-webhook-signature': signature,
      'x-twilio-email-event-webhook-timestamp': String(NOW),
      ...changed,
    });
    const official = new EventWebhook();
    assert.equal(official.verifySignature(official.convertPublicKeyToECDSA(key), body, signature, String(NOW)), true);
    assert.equal(verifySendGridWebhook(body, headers(), key, NOW), true);
    assert.equal(verifySendGridWebhook(Buffer.from(body), headers(), key, NOW + 600), true);
    assert.equal(verifySendGridWebhook(body, headers(), key, NOW + 601), false);
    assert.equal(verifySendGridWebhook(BODY, headers(), key, NOW), false);
    for (const bad of [undefined, '', 'zz', btoa('0'.repeat(70))]) {
      assert.equal(verifySendGridWebhook(body, headers({ 'x-twilio-email-event-webhook-signature': bad }), key, NOW), false);
    }
    assert.throws(() => verifySendGridWebhook(body, headers(), 'x', NOW));
  });
});

/** A double of PayPal's API: it says SUCCESS of one transmission and one body, byte for byte. */
describe('PayPal, against a double of its API', () => {
  const asked: string[] = [];
  let status = 200;
  const api = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    asked.push(body);
    const known = body.endsWith(`,"webhook_event":${BODY}}`) && JSON.parse(body).transmission_sig === 'good';
    assert.equal(request.headers.authorization, 'Bearer token');
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ verification_status: known ? 'SUCCESS' : 'FAILURE' }));
  });
  let address = '';
  before(async () => void (address = await listen(api)));
  after(() => close(api));
  const verify = (body: string | Buffer, signature: string) =>
    verifyPayPalWebhook(body, { 'paypal-transmission-sig': signature }, { webhookId: 'wh', accessToken: 'token', api: address });

  test('asks with the bytes that came, and says what PayPal says', async () => {
    assert.equal(await verify(Buffer.from(BODY), 'good'), true);
    assert.equal(JSON.parse(asked[0]!).webhook_id, 'wh');
    assert.equal(await verify(BODY, 'bad'), false);
  });

  test('does not let a body speak for itself', async () => {
    asked.length = 0;
    for (const body of ['{},"transmission_sig":"good"', '1', '', '[]']) assert.equal(await verify(body, 'good'), false);
    assert.deepEqual(asked, []);
  });

  test('says no where PayPal calls it malformed, and throws where PayPal cannot be asked', async () => {
    status = 400;
    assert.equal(await verify(BODY, 'good'), false);
    status = 503;
    await assert.rejects(verify(BODY, 'good'), /503/);
  });
});

/** What a provider sends now, and its verifier as a receiver calls it. */
interface Sender {
  body?: string;
  type?: string;
  headers: (body: string) => Record<string, string> | Promise<Record<string, string>>;
  verify: (rawBody: Buffer, headers: IncomingHttpHeaders) => boolean | Promise<boolean>;
}

const mac = async (message: string, encoding: 'hex' | 'base64' = 'hex', hash?: string) =>
  (await hmac(new TextEncoder().encode('secret'), message, hash)).toString(encoding);
const signForGitHub = async (body: string) => `sha256=${await mac(body)}`;
const nowMs = Date.now();
const now = String(seconds(nowMs));
const discord = generateKeyPairSync('ed25519');
const sendGrid = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const standardSecret = `whsec_${btoa('0123456789abcdef01234567')}`;
const adyenItem = {
  pspReference: '7914073381342284',
  merchantAccountCode: 'TestMerchant',
  merchantReference: 'TestPayment-1407325143704',
  amount: { value: 1130, currency: 'EUR' },
  eventCode: 'AUTHORISATION',
  success: 'true',
  additionalData: { hmacSignature: 'coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0=' },
};

/** All providers but PayPal, which is asked and not computed. */
const senders: Record<string, Sender> = {
  Stripe: {
    headers: async (body) => ({ 'stripe-signature': `t=${now},v1=${await mac(`${now}.${body}`)}` }),
    verify: (raw, headers) => verifyStripeWebhook(raw, headers['stripe-signature'], 'secret'),
  },
  GitHub: {
    headers: async (body) => ({ 'x-hub-signature-256': await signForGitHub(body) }),
    verify: (raw, headers) => verifyGitHubWebhook(raw, headers['x-hub-signature-256'], 'secret'),
  },
  'Slack, a form': {
    body: 'token=x&text=%C3%A9+b',
    type: 'application/x-www-form-urlencoded',
    headers: async (body) => ({
      'x-slack-signature': `v0=${await mac(`v0:${now}:${body}`)}`,
      'x-slack-request-timestamp': now,
    }),
    verify: (raw, headers) => verifySlackRequest(raw, headers, 'secret'),
  },
  Shopify: {
    headers: async (body) => ({ 'x-shopify-hmac-sha256': await mac(body, 'base64') }),
    verify: (raw, headers) => verifyShopifyWebhook(raw, headers['x-shopify-hmac-sha256'], 'secret'),
  },
  'Twilio, a form': {
    body: 'To=%2B1&Body=%C3%A9+b',
    type: 'application/x-www-form-urlencoded',
    headers: async () => ({ 'x-twilio-signature': await signForTwilio(`${url}Bodyé bTo+1`) }),
    verify: (raw, headers) =>
      verifyTwilioWebhook(url, new URLSearchParams(raw.toString()), headers['x-twilio-signature'], 'secret'),
  },
  Square: {
    headers: async (body) => ({ 'x-square-hmacsha256-signature': await mac(url + body, 'base64') }),
    verify: (raw, headers) => verifySquareWebhook(raw, headers['x-square-hmacsha256-signature'], 'secret', url),
  },
  Paddle: {
    headers: async (body) => ({ 'paddle-signature': `ts=${now};h1=${await mac(`${now}:${body}`)}` }),
    verify: (raw, headers) => verifyPaddleWebhook(raw, headers['paddle-signature'], 'secret', Number(now)),
  },
  'Standard Webhooks': {
    headers: async (body) => {
      const key = new TextEncoder().encode('0123456789abcdef01234567');
      const signature = (await hmac(key, `msg_1.${now}.${body}`)).toString('base64');
      return { 'webhook-id': 'msg_1', 'webhook-timestamp': now, 'webhook-signature': `v1,${signature}` };
    },
    verify: (raw, headers) => verifyStandardWebhook(raw, headers, standardSecret),
  },
  Zendesk: {
    headers: async (body) => ({
      'x-zendesk-webhook-signature': await mac(new Date(nowMs).toISOString() + body, 'base64'),
      'x-zendesk-webhook-signature-timestamp': new Date(nowMs).toISOString(),
    }),
    verify: (raw, headers) => verifyZendeskWebhook(raw, headers, 'secret'),
  },
  HubSpot: {
    headers: async (body) => ({
      'x-hubspot-signature-v3': await mac(`POST${url}${body}${nowMs}`, 'base64'),
      'x-hubspot-request-timestamp': String(nowMs),
    }),
    verify: (raw, headers) => verifyHubSpotWebhook('POST', url, raw, headers, 'secret'),
  },
  Discord: {
    headers: (body) => ({
      'x-signature-ed25519': signWith(null, Buffer.from(now + body), discord.privateKey).toString('hex'),
      'x-signature-timestamp': now,
    }),
    verify: (raw, headers) => {
      const key = discord.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
      return verifyDiscordRequest(raw, headers, key);
    },
  },
  SendGrid: {
    body: '[{"event":"open"}]\r\n',
    headers: (body) => ({
      'x-twilio-email-event-webhook-signature': signWith('sha256', Buffer.from(now + body), sendGrid.privateKey).toString(
        'base64',
      ),
      'x-twilio-email-event-webhook-timestamp': now,
    }),
    verify: (raw, headers) => {
      const key = sendGrid.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
      return verifySendGridWebhook(raw, headers, key);
    },
  },
  Linear: {
    body: JSON.stringify({ action: 'create', webhookTimestamp: nowMs }),
    headers: async (body) => ({ 'linear-signature': await mac(body) }),
    verify: (raw, headers) => verifyLinearWebhook(raw, headers['linear-signature'], 'secret'),
  },
  Intercom: {
    headers: async (body) => ({ 'x-hub-signature': `sha1=${await mac(body, 'hex', 'SHA-1')}` }),
    verify: (raw, headers) => verifyIntercomWebhook(raw, headers['x-hub-signature'], 'secret'),
  },
  'Adyen, in the body': {
    body: JSON.stringify({ notificationItems: [{ NotificationRequestItem: adyenItem }] }),
    headers: () => ({}),
    verify: (raw) =>
      verifyAdyenItem(
        JSON.parse(raw.toString()).notificationItems[0].NotificationRequestItem,
        '44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056',
      ),
  },
  'Mailgun, in the body': {
    body: JSON.stringify({
      signature: { timestamp: now, token: 'token', signature: await mac(`${now}token`) },
      'event-data': { amount: 1130 },
    }),
    headers: () => ({}),
    verify: (raw) => verifyMailgunWebhook(JSON.parse(raw.toString()).signature, 'secret', async () => true),
  },
  Dropbox: {
    headers: async (body) => ({ 'x-dropbox-signature': await mac(body) }),
    verify: (raw, headers) => verifyDropboxWebhook(raw, headers['x-dropbox-signature'], 'secret'),
  },
  Zoom: {
    headers: async (body) => ({ 'x-zm-signature': `v0=${await mac(`v0:${now}:${body}`)}`, 'x-zm-request-timestamp': now }),
    verify: (raw, headers) => verifyZoomWebhook(raw, headers, 'secret'),
  },
  Typeform: {
    headers: async (body) => ({ 'typeform-signature': `sha256=${await mac(body, 'base64')}` }),
    verify: (raw, headers) => verifyTypeformWebhook(raw, headers['typeform-signature'], 'secret'),
  },
  Calendly: {
    headers: async (body) => ({ 'calendly-webhook-signature': `t=${now},v1=${await mac(`${now}.${body}`)}` }),
    verify: (raw, headers) => verifyCalendlyWebhook(raw, headers['calendly-webhook-signature'], 'secret'),
  },
  'GitLab, a token': {
    headers: () => ({ 'x-gitlab-token': 'secret' }),
    verify: (_raw, headers) => verifyGitLabWebhook(headers['x-gitlab-token'], 'secret'),
  },
  Vercel: {
    headers: async (body) => ({ 'x-vercel-signature': await mac(body, 'hex', 'SHA-1') }),
    verify: (raw, headers) => verifyVercelWebhook(raw, headers['x-vercel-signature'], 'secret'),
  },
};

/** What Next.js calls is a function from Request to Response, so it is called as that; the others are served. */
const frameworks: Record<string, (receiver: Parameters<typeof expressRoute>[0]) => Promise<RequestListener>> = {
  Express: async (receiver) => {
    const app = express();
    app.set('env', 'test');
    return app.post('/hook', expressRoute(receiver)).use(express.json());
  },
  Fastify: async (receiver) => {
    const app = fastify();
    receiveWithFastify(app, '/hook', receiver);
    app.post('/json', async (request) => request.body);
    await app.ready();
    return (request, response) => app.routing(request, response);
  },
  Hono: async (receiver) => {
    const app = new Hono();
    app.onError((error, context) => (error instanceof HTTPException ? error.getResponse() : context.text('', 500)));
    receiveWithHono(app, '/hook', receiver);
    return getRequestListener(app.fetch);
  },
  'Next.js': async (receiver) => {
    const route = nextRoute(receiver);
    return getRequestListener((request) => route(request).catch(() => new Response(null, { status: 500 })));
  },
  NestJS: async ({ verify, accept }) => {
    const { Controller, HttpCode, Module, Post, Req, UseGuards } = await import('@nestjs/common');
    const { NestFactory } = await import('@nestjs/core');
    class Routes {
      hook(request: { rawBody?: Buffer; headers: IncomingHttpHeaders }): Promise<object | void> {
        return accept(request.rawBody!, request.headers);
      }
    }
    // What decorators on members do, which Node cannot read.
    const descriptor = Object.getOwnPropertyDescriptor(Routes.prototype, 'hook')!;
    for (const decorate of [Post('hook'), HttpCode(200), UseGuards(new WebhookGuard(verify))]) {
      decorate(Routes.prototype, 'hook', descriptor);
    }
    Req()(Routes.prototype, 'hook', 0);
    Controller()(Routes);
    class App {}
    Module({ controllers: [Routes] })(App);
    const app = await NestFactory.create(App, { logger: false, rawBody: true });
    await app.init();
    return app.getHttpAdapter().getInstance() as RequestListener;
  },
};

for (const [name, create] of Object.entries(frameworks)) {
  describe(`webhooks in ${name}`, () => {
    const accepted: string[] = [];
    let isDown = false;
    const server = createServer();
    let address = '';
    const gitHub = senders.GitHub!;
    let sender = gitHub;
    before(async () => {
      const verify = (rawBody: Buffer, headers: IncomingHttpHeaders) => sender.verify(rawBody, headers);
      const accept = async (rawBody: Buffer) => {
        if (isDown) throw new Error('down');
        const body = rawBody.toString();
        accepted.push(body);
        return body.includes('"url_verification"') ? { challenge: JSON.parse(body).challenge } : undefined;
      };
      server.on('request', await create({ verify, accept }));
      address = await listen(server);
    });
    after(() => close(server));
    const post = async (body: string, signed = body, type = 'application/json') => {
      // What is refused before it was read is a connection that no other request gets.
      const Connection = body.length > 1_000_000 ? 'close' : 'keep-alive';
      const headers = { 'Content-Type': type, 'X-Hub-Signature-256': await signForGitHub(signed), Connection };
      return (await fetch(`${address}/hook`, { method: 'POST', headers, body })).status;
    };

    test('keeps the bytes that were signed, and answers 200', async () => {
      const body = '{ "amount": 10.0, "name": "\\u00e9 é" }\n';
      assert.equal(await post(body), 200);
      assert.deepEqual(accepted.splice(0), [body]);
    });

    for (const [provider, each] of Object.entries(senders)) {
      test(`lets through what ${provider} sends, and not without its signature`, async () => {
        sender = each;
        const { body = ' { "amount": 10.0, "name": "\\u00e9 é" }\n', type = 'application/json', headers } = each;
        const send = async (headers: Record<string, string>, body: string) => {
          const all = { 'Content-Type': type, ...headers };
          return (await fetch(`${address}/hook`, { method: 'POST', headers: all, body })).status;
        };
        const signed = await headers(body);
        const statuses = [
          await send(signed, body),
          await send({}, body.replace('"token":"token"', '"token":"other"').replace('1130', '1131')),
        ];
        sender = gitHub;
        assert.deepEqual(statuses, [200, 401]);
        assert.deepEqual(accepted.splice(0), [body]);
      });
    }

    test('answers a challenge with what it is accepted with, and an event with nothing', async () => {
      const answerTo = async (body: string) => {
        const headers = { 'Content-Type': 'application/json', 'X-Hub-Signature-256': await signForGitHub(body) };
        const response = await fetch(`${address}/hook`, { method: 'POST', headers, body });
        return [response.status, response.headers.get('content-type')?.split(';')[0], await response.text()];
      };
      const challenge = '{"type":"url_verification","challenge":"abc"}';
      assert.deepEqual(await answerTo(challenge), [200, 'application/json', '{"challenge":"abc"}']);
      assert.deepEqual((await answerTo('{"type":"event"}')).filter(Boolean), [200]);
      accepted.length = 0;
    });

    test('answers 401 to what is not signed, and keeps nothing', async () => {
      assert.equal(await post('{"a":1}', '{"a":2}'), 401);
      assert.deepEqual(accepted, []);
    });

    if (name !== 'NestJS') {
      test('takes any content type, and refuses what is too large', async () => {
        assert.equal(await post('a=1&b=2', undefined, 'application/x-www-form-urlencoded'), 200);
        assert.equal(await post('<xml/>', undefined, 'text/xml'), 200);
        assert.equal(await post(`"${'x'.repeat(1_100_000)}"`), 413);
        accepted.length = 0;
      });
    }

    test('an event that could not be kept is no success', async () => {
      isDown = true;
      assert.equal(await post('{}'), 500);
      isDown = false;
    });
  });
}

test('Express: a body parsed before it was verified is an error that says so', async () => {
  const errors: string[] = [];
  const app = express();
  app.use(express.json());
  app.post('/hook', expressRoute({ verify: () => true, accept: async () => {} }));
  app.use(((error, _request, response, _next) => {
    errors.push(error.message);
    response.status(500).end();
  }) as express.ErrorRequestHandler);
  const server = createServer(app);
  const headers = { 'Content-Type': 'application/json' };
  const { status } = await fetch(`${await listen(server)}/hook`, { method: 'POST', headers, body: '{"a":1}' });
  close(server);
  assert.equal(status, 500);
  assert.match(errors[0]!, /before express.json/);
});
