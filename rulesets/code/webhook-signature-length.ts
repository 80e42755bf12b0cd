import { type CodeProblem, defineCodeRule } from '../../server/core/rule.ts';
import { calleeOf } from '../../server/core/typescript/classes.ts';
import {
  ancestorsInFunction,
  type CodeFile,
  descendants,
  type Expression,
  enclosingFunction,
  type FunctionNode,
  ts,
} from '../../server/core/typescript/code.ts';
import { constantText, sources, valueOf } from '../../server/core/typescript/constants.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { calleeName, mentions } from '../../server/core/typescript/syntax.ts';
import { answersHmac, hmacDigest, isCryptoCall, keyedHash } from './crypto-names.ts';
import page from './webhook-signature-length.md';

/** Evidence: `timingSafeEqual` of node's crypto on a digest and something of unknown length, outside `try`, no length looked at. */
export default defineCodeRule<{ call: ts.CallExpression }>({
  page,
  severity: 'error',
  *check(file) {
    yield* givenToComparison(file);
    if (!file.text.includes('timingSafeEqual')) return;
    for (const call of file.calls) {
      if (!ts.isCallExpression(call) || !isCryptoCall(file, call, 'timingSafeEqual')) continue;
      const [a, b] = call.arguments;
      if (!a || !b || ts.isSpreadElement(a) || ts.isSpreadElement(b)) continue;
      const lengths = [digestLength(file, a), digestLength(file, b)];
      // Both of known length: equal digests, or a mistake that every call shows.
      if (lengths.every((length) => length === undefined) || lengths.every((length) => length !== undefined)) continue;
      if (isGuarded(call) || isCaughtByCallers(file, call)) continue;
      const unknown = lengths[0] === undefined ? a : b;
      yield {
        at: call.expression,
        evidence: enclosingFunction(call),
        message: `\`${call.expression.getText()}\` throws when \`${unknown.getText()}\` has another length than the digest, and whoever sends the signature chooses it; compare the lengths first.`,
        data: { call },
      };
    }
  },
  fix({ data }) {
    const [a, b] = data?.call.arguments ?? [];
    if (!data || !a || !b) return undefined;
    const [left, right] = [a.getText(), b.getText()];
    const { call } = data;
    const needsParentheses =
      !ts.isReturnStatement(call.parent) && !ts.isParenthesizedExpression(call.parent) && !ts.isIfStatement(call.parent);
    const guarded = `${left}.length === ${right}.length && ${call.getText()}`;
    return {
      title: 'Compare the lengths first',
      safety: 'safe',
      edits: [{ start: call.getStart(), end: call.getEnd(), newText: needsParentheses ? `(${guarded})` : guarded }],
    };
  },
});

/** `compareSignatures(digest, signature)` of another file, which only gives both to `timingSafeEqual`. */
function* givenToComparison(file: CodeFile): Iterable<CodeProblem<{ call: ts.CallExpression }>> {
  if (!file.words.has(/compare|equal|match|same/i) || !/hmac|digest|sign/i.test(file.text)) return;
  for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
    const [a, b, more] = call.arguments;
    if (!a || !b || more || !/compare|equal|match|same/i.test(calleeName(call)) || isTried(call)) continue;
    const lengths = [digestLength(file, a), digestLength(file, b)];
    if (lengths.filter((length) => length === 'hmac').length !== 1 || lengths.includes('constant')) continue;
    const behind = calleeOf(file, call);
    if (!behind || behind.file === file || !behind.file.text.includes('timingSafeEqual')) continue;
    const names = behind.node.parameters.map(({ name }) => name.getText());
    const inner = descendants(behind.node).find(
      (node): node is ts.CallExpression => ts.isCallExpression(node) && isCryptoCall(behind.file, node, 'timingSafeEqual'),
    );
    // Digests of both, as `safeCompare` functions take them, are equally long whatever was given.
    const isGivenBoth =
      inner?.arguments.length === 2 &&
      inner.arguments.every(
        (argument) => mentions(valueOf(argument), new Set(names)) && digestLength(behind.file, argument) === undefined,
      );
    if (!inner || !isGivenBoth || isGuarded(inner)) continue;
    yield {
      at: call.expression,
      evidence: call,
      message: `\`${call.expression.getText()}\` gives both to \`timingSafeEqual\`, which throws when \`${(lengths[0] === 'hmac' ? b : a).getText()}\` has another length than the digest, and whoever sends the signature chooses it; compare the lengths there first.`,
    };
  }
}

/** Something that tells digests of one length: the digest it is made of; undefined for what others may choose. */
function digestLength(file: CodeFile, expression: Expression): string | undefined {
  const value = valueOf(expression);
  if (constantText(value) !== undefined) return 'constant';
  const digest = hmacDigest(file, value);
  if (digest || keyedHash(file, value) || [...sources(value)].some((source) => answersHmac(file, source))) return 'hmac';
  for (const node of [value, ...descendants(value)]) {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === 'digest')
      return 'hash';
  }
  return undefined;
}

/** A `try` around the call, or a length compared anywhere in the function before it. */
function isGuarded(call: ts.CallExpression): boolean {
  if (isTried(call)) return true;
  for (const node of descendants(enclosingFunction(call))) {
    if (ts.isPropertyAccessExpression(node) && /^(?:length|byteLength)$/.test(node.name.text) && node.getStart() < call.getEnd())
      return true;
    if (ts.isCallExpression(node) && node.getEnd() < call.getStart() && isHeldAgainstForm(node, call)) return true;
  }
  return false;
}

/** `/^[0-9a-f]{64}$/.test(signature)`: what has this form has its length. */
function isHeldAgainstForm({ expression: callee, arguments: [given] }: ts.CallExpression, call: ts.CallExpression): boolean {
  if (!given || !ts.isIdentifier(given) || !ts.isPropertyAccessExpression(callee) || callee.name.text !== 'test') return false;
  const form = valueOf(callee.expression);
  return (
    ts.isRegularExpressionLiteral(form) &&
    /^\/\^[^|]*\{\d+\}\)?\$\/\w*$/.test(form.text) &&
    call.arguments.some((argument) => mentions(valueOf(argument), new Set([given.text])))
  );
}

function isTried(node: ts.Node): boolean {
  return [...ancestorsInFunction(node)].some(
    (outer) =>
      ts.isBlock(outer) && ts.isTryStatement(outer.parent) && outer.parent.tryBlock === outer && outer.parent.catchClause,
  );
}

/** In a function that only this file can call, also in a callback there, and that it calls in a `try` each time. */
function isCaughtByCallers(file: CodeFile, call: ts.CallExpression): boolean {
  let scope = enclosingFunction(call);
  while (!ts.isSourceFile(scope) && ts.isCallExpression(scope.parent)) {
    if (isTried(scope)) return true;
    scope = enclosingFunction(scope);
  }
  const isOwn =
    (ts.isFunctionDeclaration(scope) && !ts.getModifiers(scope)?.some(isExport)) ||
    (ts.isMethodDeclaration(scope) && ts.getModifiers(scope)?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword));
  const { name } = scope as FunctionNode;
  if (!isOwn || !name) return false;
  const uses = file
    .nodes(ts.SyntaxKind.Identifier)
    .filter((use) => use !== name && use.text === name.getText() && (isOwnMember(use) || declarationOf(use) === scope))
    .map((use) => (isOwnMember(use) ? use.parent : use));
  return uses.length > 0 && uses.every((use) => ts.isCallExpression(use.parent) && use.parent.expression === use && isTried(use));
}

/** `this.name`. */
function isOwnMember({ parent }: ts.Identifier): boolean {
  return ts.isPropertyAccessExpression(parent) && parent.expression.kind === ts.SyntaxKind.ThisKeyword;
}

function isExport({ kind }: ts.Node): boolean {
  return kind === ts.SyntaxKind.ExportKeyword;
}
