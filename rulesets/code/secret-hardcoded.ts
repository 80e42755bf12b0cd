import { defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, constantText, type Expression, origin, ts, unwrap, valueOf } from '../../server/core/typescript/code.ts';
import { optionValue } from '../../server/core/typescript/syntax.ts';
import page from './secret-hardcoded.md';

/** Where a secret goes: origin of the function, and the argument or option that takes it. */
const sinks: readonly {
  readonly calls: RegExp;
  readonly at: number;
  readonly option?: string;
  readonly fallbackOnly?: boolean;
}[] = [
  { calls: /^jsonwebtoken:(?:sign|verify)$/, at: 1 },
  { calls: /^crypto:createHmac$|^global:crypto\.createHmac$/, at: 1, fallbackOnly: true },
  { calls: /^@nestjs\/jwt:JwtModule\.register$/, at: 0, option: 'secret' },
  { calls: /^express-session:(?:session)?$/, at: 0, option: 'secret' },
  { calls: /^cookie-session:$/, at: 0, option: 'secret' },
  { calls: /^cookie-parser:$/, at: 0 },
  { calls: /^passport-jwt:Strategy$/, at: 0, option: 'secretOrKey' },
  { calls: /^hono\/jwt:(?:jwt)$/, at: 0, option: 'secret' },
];

/** Evidence: a constant, or `setting || constant`, where a known function takes the key that tokens or sessions are signed with. */
export default defineCodeRule({
  page,
  severity: 'error',
  *check(file) {
    for (const { call, found } of constantsInSinks(file)) {
      const name = call.expression.getText();
      yield {
        at: found.constant,
        evidence: call,
        severity: found.empty ? 'warn' : undefined,
        message: found.setting
          ? `\`${name}\` falls back to ${found.empty ? 'an empty key' : 'a key that stands in the source'} when \`${found.setting.getText()}\` is not set, and then anybody can sign; refuse to start without it.`
          : `\`${name}\` uses a key that stands in the source, so whoever can read the code can sign; read it from the environment or a secret store.`,
      };
    }
  },
});

/** Every constant that a known function is given as its key. */
export function* constantsInSinks(file: CodeFile): Iterable<{ call: ts.CallExpression | ts.NewExpression; found: Found }> {
  // The names of the functions, and of the modules that are functions themselves.
  if (!/\b(?:sign|verify|createHmac|JwtModule|Strategy|jwt)\b|session|cookie/i.test(file.text)) return;
  for (const call of file.calls) {
    const from = origin(file, call.expression);
    const sink = from === undefined ? undefined : sinks.find(({ calls }) => calls.test(from));
    const argument = sink && call.arguments?.[sink.at];
    const secret = argument && (sink.option ? optionValue(argument, sink.option) : argument);
    if (!sink || !secret || ts.isSpreadElement(secret)) continue;
    const found = constantSecret(secret);
    if (found && !(sink.fallbackOnly && !found.setting) && !isGuarded(file)) yield { call, found };
  }
}

interface Found {
  readonly constant: Expression;
  /** What the constant stands in for. */
  readonly setting?: Expression;
  readonly empty: boolean;
}

function constantSecret(expression: Expression): Found | undefined {
  const node = valueOf(expression);
  if (ts.isBinaryExpression(node)) {
    const { kind } = node.operatorToken;
    if (kind !== ts.SyntaxKind.BarBarToken && kind !== ts.SyntaxKind.QuestionQuestionToken) return undefined;
    const text = constantText(node.right);
    const setting = unwrap(node.left);
    if (text === undefined || !/\benv\b|config|secret/i.test(setting.getText())) return undefined;
    return { constant: node.right, setting, empty: text === '' };
  }
  const text = constantText(node);
  if (text === undefined || text === '' || /-----BEGIN (?:RSA )?PUBLIC KEY|-----BEGIN CERTIFICATE/.test(text)) return undefined;
  return { constant: expression, empty: false };
}

/** The file refuses to run in production without its settings. */
export function isGuarded(file: CodeFile): boolean {
  return /NODE_ENV\s*[!=]==?\s*['"](?:production|development|test)['"]/.test(file.text);
}
