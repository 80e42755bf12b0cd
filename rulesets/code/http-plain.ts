import { defineCodeRule } from '../../server/core/rule.ts';
import { type Expression, ts } from '../../server/core/typescript/code.ts';
import { valueOf } from '../../server/core/typescript/constants.ts';
import { optionValue } from '../../server/core/typescript/syntax.ts';
import { httpCalls } from './http-clients.ts';
import page from './http-plain.md';

interface Plain {
  readonly start: number;
  /** node's `http` refuses `https:` addresses. */
  readonly mendable: boolean;
}

const address = /^http:\/\/([^/?#:@\s]+)(?=[/?#:]|$)/i;
/** Names and addresses that only one machine or one network knows. */
const inside =
  /^(?:localhost|127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.|100\.100\.100\.200$|0\.0\.0\.0|\[)|^[^.]+$|\.(?:local|localhost|internal|svc|lan|test|home|arpa|consul|invalid|localdomain|corp|intranet)$|\.svc\.|^metadata\./i;

/** Evidence: the address of an HTTP call (or of a client) begins with `http://` and a public host, written out. */
export default defineCodeRule<Plain>({
  page,
  severity: 'warn',
  roles: ['server', 'script'],
  *check(file) {
    const seen = new Set<number>();
    for (const { client, call, kind, optionsAt } of httpCalls(file)) {
      const options = call.arguments[optionsAt];
      const named =
        options && (optionValue(options, 'baseURL') ?? optionValue(options, 'prefixUrl') ?? optionValue(options, 'url'));
      const url = kind === 'make' || optionsAt === 0 ? named : call.arguments[0];
      const literal = url && firstText(url);
      const host = literal && address.exec(literal.text)?.[1];
      if (!literal || !host || inside.test(host) || literal.getSourceFile() !== file.ast) continue;
      const start = literal.getStart() + 1;
      if (seen.has(start)) continue;
      seen.add(start);
      yield {
        at: { start, end: start + 'http://'.length + host.length },
        evidence: call,
        message: `\`http://${host}\` is called in plain text, so everybody on the way reads the request and may change the answer; use \`https://\`.`,
        data: { start, mendable: client.name !== 'http' },
      };
    }
  },
  fix({ data }) {
    if (!data?.mendable) return undefined;
    const { start } = data;
    return {
      title: 'Use https',
      safety: 'suggestion',
      edits: [{ start: start + 'http'.length, end: start + 'http'.length, newText: 's' }],
    };
  },
});

type Text = ts.StringLiteralLike | ts.TemplateHead;

/** The literal an address begins with. */
function firstText(url: Expression): Text | undefined {
  const value = valueOf(url);
  if (ts.isStringLiteralLike(value)) return value;
  if (ts.isTemplateExpression(value)) {
    if (value.head.text !== '') return value.head;
    const [first] = value.templateSpans;
    return first && firstText(first.expression);
  }
  if (ts.isBinaryExpression(value) && value.operatorToken.kind === ts.SyntaxKind.PlusToken) return firstText(value.left);
  const [first] = ts.isNewExpression(value) && value.expression.getText() === 'URL' ? (value.arguments ?? []) : [];
  return first && firstText(first);
}
