import { type CodeProblem, defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, type Expression, enclosingFunction, ts, unwrap } from '../../server/core/typescript/code.ts';
import { constantText } from '../../server/core/typescript/constants.ts';
import { calleeName } from '../../server/core/typescript/syntax.ts';
import { answersHmac, hmacDigest, importCrypto, keyedHash, mayMakeHmac } from './crypto-names.ts';
import { flowsFromRequest } from './request.ts';
import page from './webhook-signature-timing.md';
import { isSought } from './webhook-verification.ts';

const equality: ReadonlySet<string> = new Set(['===', '!==', '==', '!=']);

/** Where the text of a file has none of these, no HMAC is compared in it. */
const hint = /hmac|hash|sign|digest|md5|sha\d/i;

interface Compared {
  /** The comparison, and its sides. */
  readonly node: ts.BinaryExpression | ts.CallExpression;
  readonly left: Expression;
  readonly right: Expression;
}

/**
 * Evidence: one side is made from an HMAC of node's `createHmac`, Web Crypto or crypto-js, or is a hash of a secret beside something else; the
 * other is neither constant nor a length, and in the latter case a signature by its name or out of a request.
 */
export default defineCodeRule<Compared>({
  page,
  severity: 'error',
  *check(file) {
    if (!file.words.has(hint)) return;
    for (const node of file.nodes(ts.SyntaxKind.BinaryExpression)) {
      if (!equality.has(node.operatorToken.getText())) continue;
      if (!isText(node.left) || !isText(node.right) || isPassword(node.left) || isPassword(node.right)) continue;
      const isHmac = isCompared(file, node.left, node.right) || isCompared(file, node.right, node.left);
      const keyed = isHmac ? undefined : (madeByHand(file, node.left, node.right) ?? madeByHand(file, node.right, node.left));
      if (!isHmac && !keyed) continue;
      const made = keyed ? `a hash of \`${keyed.secret}\`` : 'an HMAC';
      yield {
        at: node.operatorToken,
        evidence: enclosingFunction(node),
        message: `\`${node.operatorToken.getText()}\` on ${made} stops at the first wrong byte, so its time gives the signature away; ${remedyOf(file)}.`,
        data: { node, left: node.left, right: node.right },
      };
    }
    if (mayMakeHmac(file)) yield* comparedBuffers(file);
  },
  fix({ data }, file) {
    // Where Web Crypto is used there may be no Node, and its own `verify` needs another key.
    const equal = file.text.includes('subtle') ? undefined : importCrypto(file, ['timingSafeEqual']);
    if (!data || !equal || !isPlain(data.left) || !isPlain(data.right)) return undefined;
    const { node, left, right } = data;
    const isBuffers = ts.isCallExpression(node);
    if (isBuffers && calleeName(node) !== 'equals') return undefined;
    const [a, b] = [left, right].map((side) => (isBuffers ? side.getText() : `Buffer.from(${side.getText()})`));
    const same = `${a}.length === ${b}.length && ${equal.names[0]}(${a}, ${b})`;
    const isNegated = ts.isBinaryExpression(node) && node.operatorToken.getText().startsWith('!');
    return {
      title: 'Compare with timingSafeEqual',
      safety: 'suggestion',
      edits: [...equal.edits, { start: node.getStart(), end: node.getEnd(), newText: isNegated ? `!(${same})` : `(${same})` }],
    };
  },
});

/** What compares in constant time where this file runs. */
function remedyOf(file: CodeFile): string {
  return file.text.includes('subtle') && !file.text.includes('createHmac')
    ? 'let `crypto.subtle.verify` compare'
    : 'compare with `timingSafeEqual`';
}

/** `sent.equals(digest)`, `Buffer.compare(sent, digest)`, `signatures.includes(digest)`: quick where it can be. */
function* comparedBuffers(file: CodeFile): Iterable<CodeProblem<Compared>> {
  for (const node of file.nodes(ts.SyntaxKind.CallExpression)) {
    const { arguments: given, expression: callee } = node;
    if (!ts.isPropertyAccessExpression(callee) || !/^(?:equals|compare|includes)$/.test(callee.name.text)) continue;
    if (callee.name.text === 'includes' && !isSought(file, node)) continue;
    const isCompare = callee.name.text === 'compare' && callee.expression.getText() === 'Buffer';
    const [left, right] = isCompare ? given : [callee.expression, given[0]];
    if (!left || !right || given.length !== (isCompare ? 2 : 1)) continue;
    if (!hmacDigest(file, left) && !hmacDigest(file, right)) continue;
    yield {
      at: callee.name,
      evidence: enclosingFunction(node),
      message: `\`${callee.name.text}\` on an HMAC stops at the first wrong byte, so its time gives the signature away; ${remedyOf(file)}.`,
      data: { node, left, right },
    };
  }
}

/** What is sent to be compared is called a signature, or for how it is made. */
const signature = /sig|hmac|hash|digest|checksum|mac\b|header|received|provided|given|actual|expected/i;

/**
 * Is one side an HMAC; if a function of the project makes it, one that is compared with what somebody sent as a signature? Where both are,
 * what was sent is hashed too, and no time tells of its bytes.
 */
function isCompared(file: CodeFile, made: Expression, other: Expression): boolean {
  const isMade = (side: Expression) => (mayMakeHmac(file) && hmacDigest(file, side) !== undefined) || answersHmac(file, side);
  if (isMade(made) && isMade(other)) return false;
  if (mayMakeHmac(file) && hmacDigest(file, made)) return true;
  const isNamed = signature.test(other.getText()) || (ts.isIdentifier(unwrap(other)) && /token$/i.test(other.getText()));
  return answersHmac(file, made) && (isNamed || flowsFromRequest(file, other));
}

/** A hash of a secret beside something else, which is compared with what a request carries, or with a signature by its name. */
function madeByHand(file: CodeFile, made: Expression, other: Expression): { readonly secret: string } | undefined {
  const keyed = keyedHash(file, made);
  return keyed &&
    (/sig(?:n|nature)?(?:$|[^a-z])|sign(?:$|_|[A-Z])|checksum|\bmac\b/i.test(other.getText()) || flowsFromRequest(file, other))
    ? keyed
    : undefined;
}

/** Could this be a signature: not a constant, `undefined`, `typeof x`, nor a length. */
function isText(expression: Expression): boolean {
  const node = unwrap(expression);
  if (constantText(node) !== undefined || ts.isTypeOfExpression(node)) return false;
  if (
    node.kind === ts.SyntaxKind.NullKeyword ||
    node.kind === ts.SyntaxKind.TrueKeyword ||
    node.kind === ts.SyntaxKind.FalseKeyword
  )
    return false;
  if (ts.isIdentifier(node) && node.text === 'undefined') return false;
  return !(ts.isPropertyAccessExpression(node) && /^(?:length|byteLength)$/.test(node.name.text));
}

/** `user.password === digest`: nobody chooses the first bytes of the digest of a password. */
function isPassword(expression: Expression): boolean {
  const node = unwrap(expression);
  return (
    ts.isPropertyAccessExpression(node) &&
    /^(?:hashed_?)?(?:password|passwd|pwd|passphrase)(?:_?(?:hash|digest))?$/i.test(node.name.text)
  );
}

/** May be written twice without doing anything twice. */
function isPlain(expression: Expression): boolean {
  const node = unwrap(expression);
  return (
    ts.isIdentifier(node) || ts.isTemplateExpression(node) || (ts.isPropertyAccessExpression(node) && isPlain(node.expression))
  );
}
