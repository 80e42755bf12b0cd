import { defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, descendants, enclosingFunction, type Expression, ts } from '../../server/core/typescript/code.ts';
import { constantText, valueOf } from '../../server/core/typescript/constants.ts';
import { boundTo, mentions, optionState } from '../../server/core/typescript/syntax.ts';
import { redisMethod } from './redis.ts';
import page from './redis-no-expiry.md';

/**
 * Evidence: a Redis client sets a key that is made of a variable and named for something that passes (a cache, a session, a
 * code, a lock), without an expiry in the call, in a file that sets none elsewhere.
 */
export default defineCodeRule({
  page,
  severity: 'hint',
  *check(file) {
    if (!file.words.has(/^set(?:nx)?$/im) || /\.p?expire(?:at)?\(|\.(?:set|pset)ex\(/i.test(file.text)) return;
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      const [key] = call.arguments;
      const what = key && (passing(key) ?? (isReadBefore(file, call, key) ? 'cache' : undefined));
      if (!what || call.arguments.some(ts.isSpreadElement)) continue;
      const method = /\.set(?:nx)?$/i.test(call.expression.getText()) ? redisMethod(file, call) : undefined;
      if ((method !== 'set' && method !== 'setnx') || expires(call)) continue;
      yield {
        at: call.expression,
        evidence: enclosingFunction(call),
        message: what.startsWith('lock')
          ? `The lock that \`${call.expression.getText()}\` sets has no expiry: when the process ends before it gives it back, nobody gets it any more; set one (\`EX\`, \`PX\`) longer than the work takes.`
          : `What \`${call.expression.getText()}\` keeps under ${key.getText()} has no expiry: it outlives what it is for, and the database grows until it is full; set one (\`EX\`, \`PX\`).`,
      };
    }
  },
});

/** The word in the constant part of a key that says it passes; the rest of the key differs each time. */
function passing(key: Expression): string | undefined {
  const node = valueOf(key);
  const constant = ts.isTemplateExpression(node)
    ? [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join(' ')
    : ts.isBinaryExpression(node) && ts.isStringLiteralLike(node.left)
      ? node.left.text
      : undefined;
  return /(?:^|[^a-z])(cache[ds]?|sess(?:ion)?s?|otp|verification|reset|nonce|csrf|lock(?:s|ed)?|rate-?limit\w*)(?![a-z])/i
    .exec(constant ?? '')?.[1]
    ?.toLowerCase();
}

/** The same function looks for the key first, answers with what it finds, and else keeps what it makes: a cache by its shape. */
function isReadBefore(file: CodeFile, set: ts.CallExpression, key: Expression): boolean {
  if (!isVariable(key) || !/\bJSON\.stringify\(/.test(set.getText())) return false;
  const before = [...descendants(enclosingFunction(set))].filter((node) => node.end <= set.pos);
  return before.some((node) => {
    if (!ts.isCallExpression(node) || !/\.get$/.test(node.expression.getText())) return false;
    const [read] = node.arguments;
    const found = boundTo(node)?.name;
    const isSame = read !== undefined && valueOf(read).getText() === valueOf(key).getText() && redisMethod(file, node) === 'get';
    return isSame && found !== undefined && ts.isIdentifier(found) && before.some((each) => answersWith(each, found.text));
  });
}

/** `if (hit) return …`; who leaves where nothing was found, changes what was. */
function answersWith(node: ts.Node, name: string): boolean {
  if (!ts.isIfStatement(node) || !mentions(node.expression, new Set([name]))) return false;
  if (new RegExp(`^!\\s*${name}$|^${name}\\s*={2,3}\\s*(?:null|undefined)$`).test(node.expression.getText())) return false;
  return [node.thenStatement, ...descendants(node.thenStatement)].some((inner) => ts.isReturnStatement(inner));
}

/** Not the same key each time. */
function isVariable(key: Expression): boolean {
  const node = valueOf(key);
  return ts.isTemplateExpression(node) || (ts.isBinaryExpression(node) && constantText(node) === undefined);
}

const expiries = ['EX', 'PX', 'EXAT', 'PXAT', 'KEEPTTL', 'ex', 'px', 'exat', 'pxat', 'keepTtl', 'expiration'];

/** Written out as an argument (`'EX', 60`), an option, or not in sight. */
function expires({ arguments: given }: ts.CallExpression): boolean {
  return given.slice(2).some((argument) => {
    const value = valueOf(argument);
    if (ts.isStringLiteralLike(value)) return expiries.includes(value.text.toUpperCase());
    return !ts.isObjectLiteralExpression(value) || optionState(value, expiries) !== 'absent';
  });
}
