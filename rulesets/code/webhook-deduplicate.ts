import { defineCodeRule } from '../../server/core/rule.ts';
import { calleeOf, methodOf } from '../../server/core/typescript/classes.ts';
import { type CodeFile, descendants, ts } from '../../server/core/typescript/code.ts';
import { constantText } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { inOneLine, isWithin } from '../../server/core/typescript/syntax.ts';
import { databaseCalls } from './databases.ts';
import { isLog } from './messaging.ts';
import page from './webhook-deduplicate.md';
import { receivers } from './webhook-receivers.ts';
import { verificationIn } from './webhook-verification.ts';

/** Anything that may tell a second delivery from the first. */
const told =
  /event\??\.id\b|evt\??\.id\b|event_?id|webhook-?_?id|svix-id|delivery|idempot|dedup|duplicate|\bprocessed|already|\bseen|exist|find(?:Unique|First|One|By)|upsert|on ?conflict|unique|P2002|jobId|\block|\.has\(|\bnew Set\b|\bcount\(/i;

/**
 * Evidence: a function that checks a signature and then, itself or in a function it calls, of this file or another, adds a row, adds to a number or
 * sends a mail (or does so in one that that calls), and in none of them a word of the event's id, of duplicates or of a look-up.
 */
export default defineCodeRule({
  page,
  severity: 'hint',
  *check(file) {
    if (!file.words.has(/signature|verif|constructEvent|hmac/i)) return;
    for (const { node } of receivers(file)) {
      const check = verificationIn(file, node);
      // What a schedule calls, with a secret of its own, is no event.
      if (!check || /\bcron|Cron|CRON/.test(node.getText()) || tells(node)) continue;
      const own = effectIn(file, node);
      const found = own ? { effect: own, at: own } : effectBehind(file, node, check);
      if (!found) continue;
      const { at, effect } = found;
      const behind = at === effect ? '' : ` in \`${inOneLine(at)}\``;
      yield {
        at,
        evidence: node,
        message: `\`${inOneLine(effect)}\`${behind} happens again when the webhook is delivered again, which every provider does after a slow answer or a lost one; store the event's id first, under a unique key, and stop where it is there already.`,
      };
    }
  },
});

/** `create({ data: { id, status } })`: under a key that comes from outside, which is there only once. */
const keyed = /[{,]\s*_?id\s*(?:[,}]|:\s*[\w.?!]+\s*(?:as\s+\w+\s*)?[,}])/;

const words = new WeakMap<ts.Node, string>();

/** Code and text of a function; what a log line or a comment says is no look-up. */
function tells(node: ts.Node): boolean {
  let text = words.get(node);
  if (text === undefined) {
    const logs = [...descendants(node)].filter((inner) => isLog(inner) || isRefusal(inner));
    text = node.getText();
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

/** What happens, and what of this file is marked: the thing itself, or the call that leads to another file. */
interface Effect {
  readonly effect: ts.Node;
  readonly at: ts.Node;
}

/** An effect in a function that is called after the check, or in one that that calls, of which none tells. */
function effectBehind(file: CodeFile, node: ts.Node, check: ts.Node | undefined, hops = 2): Effect | undefined {
  for (const call of descendants(node)) {
    if (!ts.isCallExpression(call) || (check && call.pos < check.end)) continue;
    const callee = calleeOf(file, call) ?? methodOf(file, call);
    if (!callee || callee.node === node || tells(callee.node)) continue;
    const own = effectIn(callee.file, callee.node);
    const found = own
      ? { effect: own, at: own }
      : hops > 1
        ? effectBehind(callee.file, callee.node, undefined, hops - 1)
        : undefined;
    if (found) return { effect: found.effect, at: callee.file === file ? found.at : call.expression };
  }
  return undefined;
}

/** SQL that is not the same when run twice: `INSERT …`, `UPDATE … SET credits = credits + $1`. */
const added = /^\s*insert\b|\bset\s+(?:\w+\s*=\s*[^,]+,\s*)*(\w+)\s*=\s*(?:\w+\.)?\1\s*[+-]/i;

/** The first thing that is not the same when done twice. */
function effectIn(file: CodeFile, node: ts.Node): ts.Node | undefined {
  for (const { call, at, given, kind, method } of databaseCalls(file)) {
    if (kind !== 'write' || !isWithin(call, node)) continue;
    if (/^(?:create|insert|insertOne|save)$/.test(method) && given.some((argument) => keyed.test(argument.getText()))) continue;
    if (/^(?:create|createMany|insert|insertMany|save|bulkCreate|increment|decrement)$/.test(method)) return call.expression;
    const [first] = call.arguments;
    if (first && added.test(constantText(first) ?? '')) return call.expression;
    const isAdded = given.some((argument) =>
      /\b(?:increment|decrement|\$inc|\$push)\s*:|\bsql`[^`]*[+-][^`]*`/.test(argument.getText()),
    );
    if (isAdded) return call.expression === at ? call.expression : at;
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
