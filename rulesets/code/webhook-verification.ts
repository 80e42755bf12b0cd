/** Where a webhook's signature is checked: by a provider's library, or by hand with an HMAC. */
import { calleeOf, methodOf } from '../../server/core/typescript/classes.ts';
import {
  type CodeFile,
  descendants,
  enclosingFunction,
  type Expression,
  firstFrom,
  ts,
} from '../../server/core/typescript/code.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { calleeName, nameElsewhere, optionValue } from '../../server/core/typescript/syntax.ts';
import { answersHmac, hmacDigest, isCryptoCall, isSubtleCall, keyedHash } from './crypto-names.ts';
import { flowsFromRequest } from './request.ts';

/** Functions of the providers' libraries that check a signature, and where each is given the body as it was received. */
const verifiers: readonly { calls: RegExp; body?: number | string }[] = [
  { calls: /^stripe:(?:(?:Stripe)?\(\)\.|Stripe\.)?webhooks\.(?:constructEvent|signature\.verifyHeader)(?:Async)?$/, body: 0 },
  { calls: /^(?:svix|standardwebhooks):Webhook\(\)\.verify$/, body: 0 },
  { calls: /^@octokit\/webhooks:Webhooks\(\)\.verify$/, body: 0 },
  { calls: /^@octokit\/webhooks:Webhooks\(\)\.verifyAndReceive$/ },
  { calls: /^@octokit\/webhooks-methods:verify(?:WithFallback)?$/, body: 1 },
  { calls: /^@linear\/sdk(?:\/webhooks)?:LinearWebhookClient\(\)\.verify$/, body: 0 },
  { calls: /^discord-interactions:verifyKey$/, body: 0 },
  { calls: /^razorpay(?:\/dist\/utils\/razorpay-utils)?:(?:Razorpay\.)?validateWebhookSignature$/, body: 0 },
  { calls: /^@slack\/bolt:(?:isValidSlackRequest|verifySlackRequest)$/, body: 'body' },
  { calls: /^@paddle\/paddle-node-sdk:Paddle\(\)\.webhooks\.(?:unmarshal|isSignatureValid)$/, body: 0 },
  { calls: /^@sendgrid\/eventwebhook:EventWebhook\(\)\.verifySignature$/, body: 1 },
  { calls: /^square:WebhooksHelper\.verifySignature$/, body: 'requestBody' },
  { calls: /^openai:(?:OpenAI)?\(\)\.webhooks\.(?:unwrap|verifySignature)$/, body: 0 },
  { calls: /^resend:Resend\(\)\.webhooks\.verify$/, body: 'payload' },
  { calls: /^@polar-sh\/[\w/-]+:validateEvent$/, body: 0 },
  { calls: /^@shopify\/shopify-api:.*\.webhooks\.validate$/, body: 'rawBody' },
];

/** Of queues that sign what they call a program with: no webhook, since who takes a job may work at it as long as it likes. */
const verifiersOfJobs: typeof verifiers = [{ calls: /^@upstash\/qstash:Receiver\(\)\.verify$/, body: 'body' }];

/** What all of these are called, and those below; asking every call where it comes from is dear. */
const verifying = /verif|valid|constructEvent|unmarshal|unwrap|webhook|scmp|createHandler|parseData/i;

/** May a call be of one of them, by the name it has there? */
function mayVerify({ expression }: ts.CallExpression | ts.NewExpression): boolean {
  return verifying.test(nameElsewhere(expression) ?? 'verify');
}

/** The body whose signature a call of a provider's library checks. */
export function bodyVerifiedBy(file: CodeFile, call: ts.CallExpression): Expression | undefined {
  if (!mayVerify(call)) return undefined;
  const from = origin(file, call.expression);
  const known = from === undefined ? [] : [...verifiers, ...verifiersOfJobs];
  const place = known.find(({ calls }) => calls.test(from ?? ''))?.body;
  return typeof place === 'string' ? optionValue(call.arguments[0], place) : call.arguments[place ?? -1];
}

/** Those that only say whether the signature is right. */
const answering =
  /^(?:@octokit\/webhooks(?:-methods)?:(?:Webhooks\(\)\.)?verify(?:WithFallback)?|razorpay\b[^:]*:.*validateWebhookSignature|twilio:validateRequest\w*|discord-interactions:verifyKey|@slack\/bolt:isValidSlackRequest)$/;

/** A check whose only effect is its answer: who does not look at that has checked nothing. */
export function onlyAnswersCheck(file: CodeFile, node: ts.Node): boolean {
  if (!ts.isCallExpression(node)) return isVerification(file, node);
  const isOfCrypto = isCryptoCall(file, node, 'timingSafeEqual') || isSubtleCall(file, node, 'verify');
  return isOfCrypto || answering.test(origin(file, node.expression) ?? '');
}

/** Those that throw where the signature is wrong. */
const throwing =
  /^(?:stripe:.*\.constructEvent(?:Async)?|(?:svix|standardwebhooks):Webhook\(\)\.verify|@octokit\/webhooks:Webhooks\(\)\.verifyAndReceive|@paddle\/paddle-node-sdk:Paddle\(\)\.webhooks\.unmarshal|openai:(?:OpenAI)?\(\)\.webhooks\.\w+|resend:Resend\(\)\.webhooks\.verify|@polar-sh\/[\w/-]+:validateEvent|@clerk\/[\w-]+\/webhooks:verifyWebhook)$/;

/** A call that throws where the signature is wrong. */
export function throwingVerification(file: CodeFile, node: ts.Node): ts.CallExpression | undefined {
  return [...descendants(node)].find(
    (inner): inner is ts.CallExpression => ts.isCallExpression(inner) && throwing.test(origin(file, inner.expression) ?? ''),
  );
}

/** Further ones, whose arguments stand otherwise. */
const otherVerifiers =
  /^(?:twilio:(?:validateRequest\w*|webhook|webhooks\.\w+)|discord-interactions:verifyKey\w*|@paddle\/paddle-node-sdk:Paddle\(\)\.webhooks\.\w+|@linear\/sdk\/webhooks:.*|@linear\/sdk:LinearWebhook\w*\(\)\.\w+|@clerk\/[\w-]+\/webhooks:verifyWebhook|openai:(?:OpenAI)?\(\)\.webhooks\.\w+|@elevenlabs\/elevenlabs-js:ElevenLabsClient\(\)\.webhooks\.\w+|tsscmp:|scmp:)$/;

/** All of them in one pattern, because it is asked of every call. */
const anyVerifier = new RegExp([...verifiers.map(({ calls }) => calls), otherVerifiers].map(({ source }) => source).join('|'));

/** Is this the origin of a function of a provider's library that checks a signature? */
function isVerifier(from: string | undefined): boolean {
  return from !== undefined && anyVerifier.test(from);
}

/** Is this call or comparison itself a check of a signature? */
export function isVerification(file: CodeFile, node: ts.Node): boolean {
  if (ts.isBinaryExpression(node))
    return (
      isComparison(node) &&
      ([node.left, node.right].some((side) => hmacDigest(file, side) ?? keyedHash(file, side)) ||
        isMadeElsewhere(file, node.left, node.right) ||
        isMadeElsewhere(file, node.right, node.left))
    );
  if (!ts.isCallExpression(node)) return false;
  if (isCryptoCall(file, node, 'timingSafeEqual') || isSought(file, node) || isSubtleCall(file, node, 'verify')) return true;
  const from = origin(file, node.expression);
  if (isVerifier(from)) return true;
  // A token that carries the hash of the body.
  if (from !== undefined && /^jose:jwtVerify$/.test(from) && /createHash|subtle\.digest/.test(enclosingFunction(node).getText()))
    return true;
  return /(?:^|\.)(?:safe\w*compare|timingSafeEqual|safeEqual)$/i.test(node.expression.getText());
}

/** `digestOf(body) === headers['x-signature']`: an HMAC that a function of the project answers, and what was sent as one. */
function isMadeElsewhere(file: CodeFile, made: Expression, sent: Expression): boolean {
  if (!answersHmac(file, made)) return false;
  return /sig(?:nature)?\b|signature|hmac|hash|digest|headers?\b/i.test(sent.getText()) || flowsFromRequest(file, sent);
}

/** `signatures.includes(digest)`: one of the signatures that were sent is to be this HMAC. */
export function isSought(file: CodeFile, { expression: callee, arguments: [made, more] }: ts.CallExpression): boolean {
  if (!made || more || !ts.isPropertyAccessExpression(callee) || callee.name.text !== 'includes') return false;
  return /sig/i.test(callee.expression.getText()) && hmacDigest(file, made) !== undefined;
}

/** What methods are called that may check a signature: only these are looked for in their classes. */
const named = /verif|valid|check|signature|hmac|authentic|genuine/i;

/** A method that checks a signature by its name, or by what it does: one that compares the hashes of passwords or tokens checks none. */
function methodThatChecks(file: CodeFile, call: ts.CallExpression): ReturnType<typeof methodOf> {
  const name = calleeName(call);
  const found = named.test(name) ? methodOf(file, call) : undefined;
  const isOfSignature =
    /signature|hmac|hook/i.test(name) || /createHmac|constructEvent|subtle|signature/i.test(found?.node.getText() ?? '');
  return isOfSignature ? found : undefined;
}

const checks = new WeakMap<CodeFile, Map<ts.Node, ts.Node | undefined>>();

/** The first check of a signature within a node, or within a function that is called there and written in the project. */
export function verificationIn(file: CodeFile, node: ts.Node, hops = 1): ts.Node | undefined {
  if (hops !== 1) return findVerification(file, node, hops);
  let known = checks.get(file);
  if (!known) checks.set(file, (known = new Map()));
  if (!known.has(node)) known.set(node, findVerification(file, node, 1));
  return known.get(node);
}

/** What a password is held against; no signature is made so. */
export const derivesKey = /\b(?:scrypt|pbkdf2|argon2|bcrypt)/i;

function findVerification(file: CodeFile, node: ts.Node, hops: number): ts.Node | undefined {
  for (const inner of node.getSourceFile() === file.ast ? candidatesIn(file, node) : descendants(node)) {
    if (isVerification(file, inner)) return inner;
    if (hops === 0 || !ts.isCallExpression(inner)) continue;
    const callee = calleeOf(file, inner) ?? methodThatChecks(file, inner);
    const isSignature = callee && findVerification(callee.file, callee.node, hops - 1) && !derivesKey.test(callee.node.getText());
    if (isSignature) return inner;
  }
  return undefined;
}

/** What may be a check in a node, itself included. */
function* candidatesIn(file: CodeFile, node: ts.Node): Iterable<ts.Node> {
  const all = callsAndComparisons(file);
  for (let index = firstFrom(all, node.pos); index < all.length; index++) {
    const inner = all[index] as ts.Node;
    if (inner.pos >= node.end) return;
    if (inner.end <= node.end) yield inner;
  }
}

const candidates = new WeakMap<CodeFile, readonly ts.Node[]>();

/** What a check may be, in the order of the file, outermost first. */
function callsAndComparisons(file: CodeFile): readonly ts.Node[] {
  let known = candidates.get(file);
  if (!known) {
    const comparisons = file.nodes(ts.SyntaxKind.BinaryExpression).filter(isComparison);
    known = [...file.nodes(ts.SyntaxKind.CallExpression), ...comparisons].sort((a, b) => a.pos - b.pos || b.end - a.end);
    candidates.set(file, known);
  }
  return known;
}

function isComparison({ operatorToken: { kind } }: ts.BinaryExpression): boolean {
  const { SyntaxKind } = ts;
  return (
    kind === SyntaxKind.EqualsEqualsToken ||
    kind === SyntaxKind.EqualsEqualsEqualsToken ||
    kind === SyntaxKind.ExclamationEqualsToken ||
    kind === SyntaxKind.ExclamationEqualsEqualsToken
  );
}

const bySdk = new WeakMap<CodeFile, boolean>();

/** Does the file call a verifier of a provider's library? */
export function verifiesBySdk(file: CodeFile): boolean {
  let known = bySdk.get(file);
  if (known === undefined) {
    known =
      file.words.has(/verif|constructEvent|webhook|valid|scmp/i) &&
      file.calls.some((call) => mayVerify(call) && isVerifier(origin(file, call.expression)));
    bySdk.set(file, known);
  }
  return known;
}
