import { defineCodeRule } from '../../server/core/rule.ts';
import {
  descendants,
  enclosingFunction,
  type Expression,
  type FunctionNode,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { propertiesOf, valueOf } from '../../server/core/typescript/constants.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { optionValue } from '../../server/core/typescript/syntax.ts';
import { consumers, kafkaOrigin } from './messaging.ts';
import page from './mq-offset-commit.md';

/**
 * Evidence: a kafkajs consumer that runs with `autoCommit: false`, in a file that neither commits nor seeks, and whose
 * handler hands its payload to nobody; or `commitOffsets`, or a transaction's `sendOffsets`, with the offset of the message itself.
 */
export default defineCodeRule<{ offset: Expression } | undefined>({
  page,
  severity: 'warn',
  *check(file) {
    if (!file.words.has(/\b(?:autoCommit|commitOffsets|sendOffsets)\b/)) return;
    for (const { broker, call, handler } of consumers(file)) {
      const autoCommit = broker === 'Kafka' ? optionValue(call?.arguments?.[0], 'autoCommit') : undefined;
      if (!autoCommit || valueOf(autoCommit).kind !== ts.SyntaxKind.FalseKeyword) continue;
      if (/commitOffsets|\.seek\(|sendOffsets/.test(file.text) || isHandedOn(handler)) continue;
      yield {
        at: autoCommit.parent,
        evidence: enclosingFunction(autoCommit),
        message:
          '`autoCommit: false` leaves committing to the handler, and nothing here commits: after each restart or rebalance every message since the beginning comes again; call `commitOffsets` after the work, or leave `autoCommit` on.',
      };
    }
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      const commit =
        commits(call) && /^kafkajs:.*\.(?:commit|send)Offsets$/.test(kafkaOrigin(file, call.expression) ?? '')
          ? call.arguments[0]
          : undefined;
      for (const offset of commit ? ownOffsets(commit) : []) {
        yield {
          at: offset,
          evidence: enclosingFunction(call),
          message: ts.isBinaryExpression(offset)
            ? `An offset is a text, and \`${offset.getText()}\` writes a \`1\` behind it: after \`41\` comes \`411\`, and the messages between are skipped; count with \`BigInt\`.`
            : `\`${offset.getText()}\` is the message that is done, and a committed offset is the next one to read: this message comes again after each restart or rebalance; commit its offset plus one.`,
          data: { offset },
        };
      }
    }
  },
  fix({ data }) {
    if (!data) return undefined;
    const { offset } = data;
    const own = ts.isBinaryExpression(offset) ? offset.left : offset;
    const newText = `(BigInt(${own.getText()}) + 1n).toString()`;
    const edits = [{ start: offset.getStart(), end: offset.getEnd(), newText }];
    return { title: 'Commit the next offset', safety: 'suggestion', edits };
  },
});

function commits({ expression }: ts.CallExpression): boolean {
  return ts.isPropertyAccessExpression(expression) && /^(?:commit|send)Offsets$/.test(expression.name.text);
}

/**
 * `[{ topic, partition, offset: message.offset }]`, or `{ topics: [{ topic, partitions: [{ partition, offset: message.offset }] }] }` of a
 * transaction: the offsets that are those of a message, or one joined with a number.
 */
function ownOffsets(given: Expression): Expression[] {
  const list = valueOf(given);
  const inner = optionValue(list, 'topics') ?? optionValue(list, 'partitions');
  if (inner) return ownOffsets(inner);
  if (!ts.isArrayLiteralExpression(list)) return [];
  return list.elements.flatMap((element) => {
    if (optionValue(element, 'partitions')) return ownOffsets(element);
    const offset = propertiesOf(element) && optionValue(element, 'offset');
    const value = offset && unwrap(offset);
    return value && /^(?:message|msg)\.offset(?: \+ 1)?$/.test(value.getText()) ? [value] : [];
  });
}

/** The whole payload goes to another function, which may commit. */
function isHandedOn(handler: FunctionNode): boolean {
  const [payload] = handler.parameters;
  if (!payload || !ts.isIdentifier(payload.name)) return payload?.name.getText().includes('...') ?? false;
  return [...descendants(handler)].some(
    (node) =>
      ts.isIdentifier(node) &&
      node !== payload.name &&
      declarationOf(node) === payload &&
      !(ts.isPropertyAccessExpression(node.parent) && node.parent.expression === node) &&
      !ts.isVariableDeclaration(node.parent),
  );
}
