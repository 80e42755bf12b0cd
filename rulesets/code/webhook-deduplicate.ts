import { defineCodeRule } from '../../server/core/rule.ts';
import { calleeOf, type CodeFile, constantText, descendants, methodOf, origin, ts } from '../../server/core/typescript/code.ts';
import { isWithin } from '../../server/core/typescript/syntax.ts';
import { databaseCalls } from './databases.ts';
import { isLog } from './messaging.ts';
import page from './webhook-deduplicate.md';
import { receivers } from './webhook-receivers.ts';
import { verificationIn } from './webhook-verification.ts';

/** Anything that may tell a second delivery from the first. */
const told =
  /event\??\.id\b|evt\??\.id\b|event_?id|webhook-?_?id|svix-id|delivery|idempot|dedup|duplicate|\bprocessed|already|exist|find(?:Unique|First|One|By)|upsert|on ?conflict|unique|P2002|jobId|\block|\.has\(|\bnew Set\b|\bcount\(/i;

/**
 * Evidence: a function that checks a signature and then, itself or in a function it calls, adds a row, adds to a number or
 * sends a mail, and in neither of them a word of the event's id, of duplicates or of a look-up.
 */
export default defineCodeRule({
  page,
  severity: 'hint',
  *check(file) {
    if (!/signature|verif|constructEvent|hmac/i.test(file.text)) return;
    for (const { node } of receivers(file)) {
      const check = verificationIn(file, node);
      if (!check || tells(file, node)) continue;
      const effect = effectIn(file, node) ?? effectBehind(file, node, check);
      if (!effect) continue;
      yield {
        at: effect,
        evidence: node,
        message: `\`${effect.getText()}\` happens again when the webhook is delivered again, which every provider does after a slow answer or a lost one; store the event's id first, under a unique key, and stop where it is there already.`,
      };
    }
  },
});

const words = new WeakMap<ts.Node, string>();

/** Code and text of a function; what a log line or a comment says is no look-up. */
function tells(file: CodeFile, node: ts.Node): boolean {
  let text = words.get(node);
  if (text === undefined) {
    const logs = [...descendants(node)].filter((inner) => isLog(inner) || isRefusal(inner));
    text = file.text.slice(node.getStart(), node.getEnd());
    for (const log of logs) text = text.replace(log.getText(), '');
    text = text.replace(/\/\*[^]*?\*\/|\/\/.*$/gm, '');
    words.set(node, text);
  }
  return told.test(text);
}

/** `throw new Error('…')`. */
function isRefusal(node: ts.Node): boolean {
  return ts.isNewExpression(node) && /Error$/.test(node.expression.getText());
}

/** An effect in a function of this file that is called after the check, where neither that function nor what it calls tells. */
function effectBehind(file: CodeFile, node: ts.Node, check: ts.Node): ts.Node | undefined {
  for (const call of descendants(node)) {
    if (!ts.isCallExpression(call) || call.pos < check.end) continue;
    const callee = calleeOf(file, call) ?? methodOf(file, call);
    if (!callee || callee.file !== file || callee.node === node || tells(file, callee.node)) continue;
    const effect = effectIn(file, callee.node);
    if (effect) return effect;
  }
  return undefined;
}

/** The first thing that is not the same when done twice. */
function effectIn(file: CodeFile, node: ts.Node): ts.Node | undefined {
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
