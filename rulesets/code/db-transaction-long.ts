import { defineCodeRule } from '../../server/core/rule.ts';
import { calleeOf, methodOf } from '../../server/core/typescript/classes.ts';
import {
  ancestorsInFunction,
  type CodeFile,
  descendants,
  enclosingFunction,
  type FunctionNode,
  ts,
} from '../../server/core/typescript/code.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { calleeName, isPromised, isWithin, optionValue } from '../../server/core/typescript/syntax.ts';
import { openTransactions, type Transaction, transactionOver, transactions } from './databases.ts';
import { httpCalls } from './http-clients.ts';
import { isChannelCall } from './messaging.ts';
import page from './db-transaction-long.md';

/**
 * Evidence: a request of a known HTTP client, of the SDK of a service, or of Nest's `ClientProxy`, in the callback of a database transaction
 * or between the begin and the commit of one that is begun by hand, or in a function of the project that is waited for there, two calls
 * away; a hint where that function does not send it on every way.
 */
export default defineCodeRule({
  page,
  severity: 'warn',
  *check(file) {
    if (transactions(file).length === 0 && openTransactions(file).length === 0) return;
    const direct = new Set<ts.Node>(requests(file));
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      const isDirect = direct.has(call);
      if (!isDirect && !ts.isAwaitExpression(call.parent)) continue;
      const transaction = transactionOver(file, call);
      if (!transaction || transaction.call === call) continue;
      const behind = isDirect ? undefined : requestBehind(file, call);
      if ((!isDirect && !behind) || isStillToBegin(file, transaction, call)) continue;
      yield {
        at: call.expression,
        evidence: transaction.callback,
        severity: behind && isOnOneWay(behind) ? 'hint' : undefined,
        message: `\`${call.expression.getText()}\` keeps the transaction open while another system answers${behind ? ` \`${behind.expression.getText()}\`` : ''}: its locks and its connection are held all the while, and a rollback cannot take the request back; send it before or after the transaction.`,
        related: [{ at: transaction.call.expression, message: 'The transaction.' }],
      };
    }
  },
});

/** A transaction of MongoDB begins with the first operation that is told its session. */
function isStillToBegin(file: CodeFile, { call, callback, receiver }: Transaction, request: ts.CallExpression): boolean {
  if (!/^mongo(?:db|ose):/.test(origin(file, call.expression) ?? '')) return false;
  // The function that begins one by hand is given something else.
  const given = isWithin(call, callback) ? [] : callback.parameters.map(({ name }) => name.getText());
  const handles = new Set([receiver.getText(), ...given]);
  return !descendants(callback).some(
    (node) =>
      node.pos > call.expression.end &&
      node.end < request.expression.end &&
      handles.has(node.getText()) &&
      !ts.isParameter(node.parent) &&
      !(ts.isPropertyAccessExpression(node.parent) && node.parent.expression === node),
  );
}

const requestsByFile = new WeakMap<CodeFile, readonly ts.CallExpression[]>();

/** The calls of a file whose answer comes from another system. */
function requests(file: CodeFile): readonly ts.CallExpression[] {
  const known = requestsByFile.get(file);
  if (known) return known;
  const found = [
    ...httpCalls(file).flatMap(({ call, kind }) => (kind === 'send' ? [call] : [])),
    ...asked(file),
    ...served(file),
  ];
  requestsByFile.set(file, found);
  return found;
}

/** `lastValueFrom(this.users.send('find', id))`: what Nest asks another service over a broker or TCP. */
function asked(file: CodeFile): ts.CallExpression[] {
  if (!file.modules.has('@nestjs/microservices')) return [];
  return file.nodes(ts.SyntaxKind.CallExpression).filter((call) => {
    const [given] = /^(?:last|first)ValueFrom$/.test(calleeName(call)) ? call.arguments : [];
    if (!given) return false;
    return [given, ...descendants(given)].some(
      (node) =>
        ts.isCallExpression(node) &&
        calleeName(node) === 'send' &&
        /^@nestjs\/microservices:Client\w+\(\)\.send$/.test(origin(file, node.expression) ?? ''),
    );
  });
}

/**
 * Calls of SDKs that ask a service over the network: payments, e-mail and messages to people, files, models. What goes to a broker is
 * another rule's.
 */
const services = new RegExp(
  `^(?:${[
    // What only computes or checks a signature stays here.
    'stripe:(?:Stripe)?\\(\\)\\.(?!webhooks\\b)[\\w.]+\\.\\w+',
    '(?:nodemailer:(?:createTransport|Transporter)|@nestjs-modules/mailer:MailerService)\\(\\)\\.sendMail',
    '@sendgrid/mail:(?:MailService\\(\\)\\.)?send(?:Multiple)?',
    'resend:Resend\\(\\)\\.(?:emails|batch)\\.send',
    'postmark:ServerClient\\(\\)\\.sendEmail\\w*',
    'twilio:(?:Twilio)?\\(\\)\\.[\\w.]+\\.create',
    '@slack/(?:web-api:WebClient|webhook:IncomingWebhook)\\(\\)\\.[\\w.]+',
    'openai:(?:OpenAI)?\\(\\)\\.[\\w.]+\\.(?:create|generate|parse)',
    '@anthropic-ai/sdk:(?:Anthropic)?\\(\\)\\.messages\\.create',
    'razorpay:\\(\\)\\.\\w+\\.\\w+',
    '(?:nats|@nats-io/[\\w-]+):(?:connect|NatsConnection)\\(\\)\\.request',
    'minio:Client\\(\\)\\.\\w+Object',
    '@aws-sdk/client-(?!(?:sqs|sns|eventbridge|kinesis|dynamodb)\\b)[\\w-]+:\\w+\\(\\)\\.send',
    'aws-sdk:(?:S3|SES|SESV2|Lambda|CognitoIdentityServiceProvider)\\(\\)\\.\\w+\\(\\)\\.promise',
  ].join('|')})$`,
);
const serviceModules =
  /^(?:stripe|nodemailer|@nestjs-modules|@sendgrid|resend|postmark|twilio|@slack|openai|@anthropic-ai|razorpay|nats|@nats-io|minio|@aws-sdk|aws-sdk)\b/;

/** The calls of a file that ask a service by its SDK, and are waited for. */
function served(file: CodeFile): ts.CallExpression[] {
  const isNear = [...file.modules].some((name) => serviceModules.test(name)) || file.words.has(serviceWords);
  if (!isNear) return [];
  return file
    .nodes(ts.SyntaxKind.CallExpression)
    .filter(
      (call) =>
        ts.isPropertyAccessExpression(call.expression) && isWaitedFor(call) && services.test(origin(file, call.expression) ?? ''),
    );
}

/** Names that such a client has where another file makes it. */
const serviceWords = /^_?(?:stripe|mailer|transporter|resend|twilio|sendgrid|slack|openai|s3|s3Client|sendMail)$/im;

/** The request that a function of the project waits for, itself or in another one. */
function requestBehind(file: CodeFile, call: ts.CallExpression, hops = 2): ts.CallExpression | undefined {
  const inner = hops > 0 ? (methodOf(file, call) ?? calleeOf(file, call)) : undefined;
  if (!inner?.node.body) return undefined;
  const { node, file: home } = inner;
  const own =
    requests(home).find((each) => isWithin(each, node) && enclosingFunction(each) === node && isWaitedFor(each)) ??
    questionIn(home, node);
  if (own) return own;
  for (const each of descendants(inner.node, (part) => !ts.isFunctionLike(part))) {
    const found = ts.isCallExpression(each) && isWaitedFor(each) ? requestBehind(home, each, hops - 1) : undefined;
    if (found) return found;
  }
  return undefined;
}

/** `channel.sendToQueue(queue, question, { replyTo, correlationId })` in a promise that the answer keeps. */
function questionIn(file: CodeFile, node: FunctionNode): ts.CallExpression | undefined {
  if (!file.words.has(/^replyTo$/m)) return undefined;
  return descendants(node).find(
    (each): each is ts.CallExpression =>
      ts.isCallExpression(each) &&
      /^(?:sendToQueue|publish)$/.test(calleeName(each)) &&
      optionValue(each.arguments.at(-1), 'replyTo') !== undefined &&
      isPromised(each, node) &&
      isChannelCall(file, each),
  );
}

/** Awaited, or answered to who waits. */
function isWaitedFor({ parent }: ts.Node): boolean {
  return ts.isAwaitExpression(parent) || ts.isReturnStatement(parent) || ts.isArrowFunction(parent);
}

/** Under a condition, behind an early answer, or in a `catch`: a cache may have known. */
function isOnOneWay(call: ts.CallExpression): boolean {
  const scope = enclosingFunction(call);
  const isAsked = [...ancestorsInFunction(call)].some(
    (node) => ts.isIfStatement(node) || ts.isConditionalExpression(node) || ts.isCatchClause(node) || ts.isSwitchStatement(node),
  );
  return (
    isAsked ||
    descendants(scope).some(
      (node) => ts.isReturnStatement(node) && node.pos < call.pos && enclosingFunction(node) === scope && !isWithin(call, node),
    )
  );
}
