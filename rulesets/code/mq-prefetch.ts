import type { CodeFix } from '../../server/core/rule.ts';
import { defineCodeRule } from '../../server/core/rule.ts';
import { calleeOf, methodOf } from '../../server/core/typescript/classes.ts';
import {
  type CodeFile,
  enclosingFunction,
  type FunctionNode,
  indentAt,
  statementOf,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { valueOf } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { isAsync } from '../../server/core/typescript/syntax.ts';
import { newline } from './edits.ts';
import { acknowledges, channelCalls, consumers } from './messaging.ts';
import page from './mq-prefetch.md';

/**
 * Evidence: an amqplib consumer with acknowledgements and asynchronous work, on a channel that this file creates and hands
 * to nobody, with no `prefetch` in the file.
 */
export default defineCodeRule<{ call: ts.CallExpression }>({
  page,
  severity: 'warn',
  *check(file) {
    if (file.words.has(/\bprefetch/i)) return;
    for (const consumer of consumers(file)) {
      const { call, broker, handler } = consumer;
      if (broker !== 'RabbitMQ' || !call || !ts.isCallExpression(call) || acknowledges(consumer) !== true) continue;
      if (!worksLater(handler) || !isMadeHere(file, call)) continue;
      yield {
        at: call.expression,
        evidence: enclosingFunction(call),
        message: `\`${call.expression.getText()}\` takes as many messages as the queue holds: without \`prefetch\` the broker sends them all at once, and their work starts at once; limit it, as in \`prefetch(10)\`.`,
        data: { call },
      };
    }
  },
  fix({ data }, file) {
    return data && limit(data.call, file);
  },
});

/** An async function, or one that acknowledges in a callback: `setTimeout(() => channel.ack(message))`. */
function worksLater(handler: FunctionNode): boolean {
  return isAsync(handler) || [...channelCalls(handler, /^ack$/)].some((ack) => enclosingFunction(ack) !== handler);
}

function isMadeHere(file: CodeFile, { expression }: ts.CallExpression): boolean {
  return (
    ts.isPropertyAccessExpression(expression) &&
    ((/\.create(?:Confirm)?Channel(?:\(\)|=>1)$/.test(origin(file, expression.expression) ?? '') &&
      !isLimitedElsewhere(file, expression.expression)) ||
      isAssignedHere(file, unwrap(expression.expression)))
  );
}

/** `await openChannel()` of another file, which sets the limit. */
function isLimitedElsewhere(file: CodeFile, channel: ts.Expression): boolean {
  const value = valueOf(channel);
  const call = ts.isAwaitExpression(value) ? unwrap(value.expression) : value;
  const maker = ts.isCallExpression(call) ? (methodOf(file, call) ?? calleeOf(file, call)) : undefined;
  return maker !== undefined && maker.file.words.has(/\bprefetch/i);
}

/** `this.channel = await connection.createChannel()`, of a field or variable whose type says that it is a channel. */
function isAssignedHere(file: CodeFile, channel: ts.Expression): boolean {
  const declaration = ts.isIdentifier(channel) ? declarationOf(channel) : undefined;
  if (declaration && !ts.isVariableDeclaration(declaration)) return false;
  const name = channel.getText().replace(/[$?.]/g, '\\$&');
  return new RegExp(`(?<![\\w.])${name}\\s*=\\s*[^;=\\n]+\\.create(?:Confirm)?Channel\\(`).test(file.text);
}

function limit(call: ts.CallExpression, file: CodeFile): CodeFix | undefined {
  const channel = ts.isPropertyAccessExpression(call.expression) ? unwrap(call.expression.expression) : undefined;
  const statement = statementOf(call);
  if (!channel || !statement || !ts.isBlock(statement.parent)) return undefined;
  const isAwaited = ts.isAwaitExpression(call.parent);
  const start = statement.getStart();
  return {
    title: 'Take ten messages at a time',
    safety: 'suggestion',
    edits: [
      {
        start,
        end: start,
        newText: `${isAwaited ? 'await ' : ''}${channel.getText()}.prefetch(10);${newline(file)}${indentAt(file, start)}`,
      },
    ],
  };
}
