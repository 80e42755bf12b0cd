import { defineCodeRule } from '../../server/core/rule.ts';
import { constantText, descendants, origin, ts } from '../../server/core/typescript/code.ts';
import { isWithin } from '../../server/core/typescript/syntax.ts';
import { databaseCalls } from './databases.ts';
import { type Handler, handlers } from './handlers.ts';
import page from './webhook-deduplicate.md';
import { verificationIn } from './webhook-verification.ts';

/** Anything that may tell a second delivery from the first. */
const told =
  /event\??\.id\b|event_?id|webhook-?_?id|svix-id|delivery|idempot|dedup|duplicate|processed|handled|already|exist|find(?:Unique|First|One|By)|upsert|on ?conflict|unique|P2002|jobId|lock/i;

/** Evidence: a handler that checks a signature and then adds a row, adds to a number or sends a mail, and no word of the event's id. */
export default defineCodeRule({
  page,
  severity: 'hint',
  *check(file) {
    if (!/signature|verif|constructEvent|hmac/i.test(file.text) || told.test(file.text)) return;
    for (const handler of handlers(file)) {
      if (handler.file !== file || !verificationIn(file, handler.node)) continue;
      const effect = effectIn(handler);
      if (!effect) continue;
      yield {
        at: effect,
        evidence: handler.node,
        message: `\`${effect.getText()}\` happens again when the webhook is delivered again, which every provider does after a slow answer or a lost one; store the event's id first, under a unique key, and stop where it is there already.`,
      };
    }
  },
});

/** The first thing that is not the same when done twice. */
function effectIn({ node, file }: Handler): ts.Node | undefined {
  for (const { call, kind, method } of databaseCalls(file)) {
    if (kind !== 'write' || !isWithin(call, node)) continue;
    if (/^(?:create|createMany|insert|insertMany|save|bulkCreate|increment|decrement)$/.test(method)) return call.expression;
    const [first] = call.arguments;
    if (first && /^\s*insert\b/i.test(constantText(first) ?? '')) return call.expression;
    const isAdded = call.arguments.some((argument) => /\b(?:increment|decrement|\$inc|\$push)\s*:/.test(argument.getText()));
    if (isAdded) return call.expression;
  }
  for (const call of descendants(node)) {
    if (!ts.isCallExpression(call)) continue;
    const from = origin(file, call.expression);
    if (
      from !== undefined &&
      /^(?:nodemailer:createTransport\(\)\.sendMail|resend:Resend\(\)\.emails\.send|@sendgrid\/mail:send)$/.test(from)
    )
      return call.expression;
  }
  return undefined;
}
