/**
 * How the providers of webhooks sign them. Rules read this table; none knows a provider by itself.
 * Sources: the providers' documentation and official libraries; RFC-like: standardwebhooks.com.
 */
import { type CodeFile, ts } from '../../server/core/typescript/code.ts';

export interface Provider {
  readonly name: string;
  /** Headers that carry the signature and what belongs to it, in lower case. */
  readonly headers: readonly string[];
  /** The member of the body that carries the signature, where no header does. */
  readonly member?: string;
  /** `hmac` over text; `token`: a shared secret that is sent along; `public`: an asymmetric signature. */
  readonly kind: 'hmac' | 'token' | 'public';
  readonly algorithm?: 'sha1' | 'sha256' | 'sha512';
  readonly encoding?: 'hex' | 'base64';
  /** What stands before the signature in its header. */
  readonly prefix?: string;
  /** The name its secret goes by in the environment; its own name with `_WEBHOOK_SECRET` where there is none. */
  readonly secretName?: string;
  /** What is signed, with `{raw}` for the body as it was received, `{t}` for the timestamp; undefined: not the body. */
  readonly signs?: string;
  /** Headers that name the event or its delivery, in lower case: who reads one receives this provider's webhooks. */
  readonly events?: readonly string[];
  /** Names of its events, where no other provider has such. */
  readonly eventNames?: RegExp;
  /** Members of its events, where no other provider has such. */
  readonly members?: RegExp;
  /** What its webhooks are answered with, where no other provider takes such. */
  readonly answers?: RegExp;
  /** The member of its events that says what each is, in programs that have its package. */
  readonly typeMember?: string;
  readonly package?: string;
  /** Its key is sent in base64 behind `whsec_`, and signs only when decoded. */
  readonly encodedKey?: boolean;
  /** Where the timestamp stands that is signed along, and its unit. */
  readonly timestamp?: { readonly header: string; readonly unit: 's' | 'ms' };
}

/** The table. */
export const providers: readonly Provider[] = [
  {
    name: 'Stripe',
    headers: ['stripe-signature'],
    eventNames:
      /^(?:checkout\.session\.(?:completed|expired|async_payment_\w+)|payment_intent\.(?:succeeded|payment_failed|canceled)|invoice\.(?:paid|payment_succeeded|payment_failed)|customer\.subscription\.(?:created|updated|deleted|trial_will_end)|charge\.(?:refunded|succeeded|failed|dispute\.created))$/,
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signs: '{t}.{raw}',
    timestamp: { header: 'stripe-signature', unit: 's' },
  },
  // Whose headers are also another's stands before it: the header alone is taken for the other's.
  {
    name: 'Meta',
    prefix: 'sha256=',
    secretName: 'META_APP_SECRET',
    headers: ['x-hub-signature-256'],
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signs: '{raw}',
  },
  { name: 'Clerk', headers: ['svix-signature'], kind: 'hmac', encodedKey: true },
  {
    name: 'GitHub',
    prefix: 'sha256=',
    headers: ['x-hub-signature-256'],
    events: ['x-github-event', 'x-github-delivery'],
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signs: '{raw}',
  },
  {
    name: 'Slack',
    headers: ['x-slack-signature', 'x-slack-request-timestamp'],
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signs: 'v0:{t}:{raw}',
    timestamp: { header: 'x-slack-request-timestamp', unit: 's' },
  },
  {
    name: 'Shopify',
    secretName: 'SHOPIFY_API_SECRET',
    headers: ['x-shopify-hmac-sha256', 'shopify-hmac-sha256'],
    events: ['x-shopify-topic', 'x-shopify-webhook-id'],
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'base64',
    signs: '{raw}',
  },
  {
    name: 'Twilio',
    headers: ['x-twilio-signature'],
    members: /^(?:Message|Sms|Call|Recording|Conference)Sid$/,
    answers: /^\s*(?:<\?xml[^>]*>\s*)?<Response\b/,
    kind: 'hmac',
    algorithm: 'sha1',
    encoding: 'base64',
  },
  {
    name: 'Square',
    headers: ['x-square-hmacsha256-signature'],
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'base64',
    signs: '{url}{raw}',
  },
  {
    name: 'Paddle',
    headers: ['paddle-signature'],
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signs: '{t}:{raw}',
    timestamp: { header: 'paddle-signature', unit: 's' },
  },
  {
    name: 'Standard Webhooks',
    headers: ['webhook-signature', 'webhook-id', 'webhook-timestamp', 'svix-signature', 'svix-id', 'svix-timestamp'],
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'base64',
    signs: '{id}.{t}.{raw}',
    encodedKey: true,
    timestamp: { header: 'webhook-timestamp', unit: 's' },
  },
  {
    name: 'Zendesk',
    headers: ['x-zendesk-webhook-signature', 'x-zendesk-webhook-signature-timestamp'],
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'base64',
    signs: '{t}{raw}',
    timestamp: { header: 'x-zendesk-webhook-signature-timestamp', unit: 's' },
  },
  {
    name: 'HubSpot',
    headers: ['x-hubspot-signature-v3', 'x-hubspot-request-timestamp'],
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'base64',
    signs: '{method}{url}{raw}{t}',
    timestamp: { header: 'x-hubspot-request-timestamp', unit: 'ms' },
  },
  { name: 'Discord', headers: ['x-signature-ed25519', 'x-signature-timestamp'], kind: 'public', signs: '{t}{raw}' },
  {
    name: 'SendGrid',
    headers: ['x-twilio-email-event-webhook-signature', 'x-twilio-email-event-webhook-timestamp'],
    kind: 'public',
    signs: '{t}{raw}',
  },
  {
    name: 'PayPal',
    headers: ['paypal-transmission-sig', 'paypal-transmission-id', 'paypal-cert-url'],
    eventNames: /^(?:PAYMENT\.(?:CAPTURE|SALE)|BILLING\.SUBSCRIPTION|CHECKOUT\.ORDER)\.[A-Z_.-]+$/,
    kind: 'public',
  },
  {
    name: 'Linear',
    headers: ['linear-signature'],
    events: ['linear-event', 'linear-delivery'],
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signs: '{raw}',
  },
  // Intercom, Meta and GitHub send SHA-1 under this name, Fireflies SHA-256.
  { name: 'Intercom', headers: ['x-hub-signature'], kind: 'hmac', encoding: 'hex', signs: '{raw}' },
  {
    name: 'Paystack',
    secretName: 'PAYSTACK_SECRET_KEY',
    headers: ['x-paystack-signature'],
    eventNames: /^(?:charge\.success|transfer\.(?:success|failed|reversed)|subscription\.(?:not_renew|expiring_cards))$/,
    kind: 'hmac',
    algorithm: 'sha512',
    encoding: 'hex',
    signs: '{raw}',
  },
  {
    name: 'Razorpay',
    headers: ['x-razorpay-signature'],
    events: ['x-razorpay-event-id'],
    eventNames:
      /^(?:payment\.(?:captured|authorized)|order\.paid|payment_link\.paid|subscription\.(?:charged|activated|halted))$/,
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signs: '{raw}',
  },
  {
    name: 'LINE',
    secretName: 'LINE_CHANNEL_SECRET',
    headers: ['x-line-signature'],
    members: /^replyToken$/,
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'base64',
    signs: '{raw}',
  },
  {
    name: 'Coinbase Commerce',
    headers: ['x-cc-webhook-signature'],
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signs: '{raw}',
  },
  { name: 'Adyen', headers: ['hmacsignature'], kind: 'hmac', algorithm: 'sha256', encoding: 'base64', signs: '{raw}' },
  { name: 'Dropbox', headers: ['x-dropbox-signature'], kind: 'hmac', algorithm: 'sha256', encoding: 'hex', signs: '{raw}' },
  {
    name: 'Zoom',
    headers: ['x-zm-signature', 'x-zm-request-timestamp'],
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signs: 'v0:{t}:{raw}',
    timestamp: { header: 'x-zm-request-timestamp', unit: 's' },
  },
  {
    name: 'Typeform',
    prefix: 'sha256=',
    headers: ['typeform-signature'],
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'base64',
    signs: '{raw}',
  },
  {
    name: 'Calendly',
    headers: ['calendly-webhook-signature'],
    eventNames: /^invitee(?:_no_show)?\.(?:created|canceled|deleted)$/,
    kind: 'hmac',
    algorithm: 'sha256',
    encoding: 'hex',
    signs: '{t}.{raw}',
    timestamp: { header: 'calendly-webhook-signature', unit: 's' },
  },
  { name: 'GitLab', headers: ['x-gitlab-token'], events: ['x-gitlab-event', 'x-gitlab-event-uuid'], kind: 'token' },
  { name: 'Plaid', headers: ['plaid-verification'], kind: 'public', typeMember: 'webhook_type', package: 'plaid' },
  // Signed with the key of the certificate at `SigningCertURL`, over members of the body.
  {
    name: 'Amazon SNS',
    headers: [],
    member: 'Signature',
    events: ['x-amz-sns-message-type', 'x-amz-sns-message-id', 'x-amz-sns-topic-arn', 'x-amz-sns-subscription-arn'],
    eventNames: /^(?:Subscription|Unsubscribe)Confirmation$/,
    kind: 'public',
  },
  { name: 'Vercel', headers: ['x-vercel-signature'], kind: 'hmac', algorithm: 'sha1', encoding: 'hex', signs: '{raw}' },
];

const byHeader = new Map(providers.flatMap((provider) => provider.headers.map((header) => [header, provider] as const)));

/** The provider whose signature, or what belongs to it, a header carries. */
export function providerOf(header: string): Provider | undefined {
  return byHeader.get(header.toLowerCase());
}

/** A provider by its name, in whatever case. */
export function providerNamed(name: string): Provider | undefined {
  return providers.find((provider) => provider.name.toLowerCase() === name.toLowerCase());
}

/** Providers whose events say by one member what they are, and whose package a program has. */
export function providersInstalled({ package: found }: CodeFile): readonly Provider[] {
  return providers.filter(({ package: name, typeMember }) => typeMember && name && found?.installed.has(name));
}

const byEvent = new Map(providers.flatMap((provider) => (provider.events ?? []).map((header) => [header, provider] as const)));

/** The provider that a text is about: the name of a header that says which event it is, or the name of an event. */
export function providerOfEvent(text: string): Provider | undefined {
  return byEvent.get(text.toLowerCase()) ?? providers.find(({ eventNames }) => eventNames?.test(text));
}

/** The provider that alone has such a member in its events, or takes such an answer. */
export function providerOfPart(kind: 'members' | 'answers', text: string): Provider | undefined {
  return providers.find((provider) => provider[kind]?.test(text));
}

const anyEvent = new RegExp(
  [
    ...byEvent.keys(),
    '(?:Message|Sms|Call|Recording|Conference)Sid\\b',
    '\\breplyToken\\b',
    '\\binvitee(?:_no_show)?\\.',
    '<Response\\b',
    'checkout\\.session',
    'payment_intent',
    'invoice\\.',
    'customer\\.subscription',
    'charge\\.',
    'PAYMENT\\.',
    'BILLING\\.',
    'CHECKOUT\\.',
    'transfer\\.',
    'payment\\.',
    'order\\.paid',
    'payment_link',
    'subscription\\.',
    'twiml',
    'url_verification',
    'verify_token',
    '(?:Subscription|Unsubscribe)Confirmation',
  ].join('|'),
  'i',
);

const speaking = new WeakMap<CodeFile, boolean>();

/** May a file speak of a provider's events? A quick look. */
export function maySpeakOfEvents(file: CodeFile): boolean {
  let may = speaking.get(file);
  if (may === undefined) speaking.set(file, (may = file.words.has(anyEvent)));
  return may;
}

/** Providers whose header names are written in a file, as text. */
export function providersIn(file: CodeFile): readonly Provider[] {
  const found = new Set<Provider>();
  for (const literal of file.nodes(ts.SyntaxKind.StringLiteral)) {
    const provider = byHeader.get(literal.text.toLowerCase());
    if (provider) found.add(provider);
  }
  return [...found];
}
