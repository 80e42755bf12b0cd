import { type CodeProblem, defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, descendants, type Expression, ts, unwrap } from '../../server/core/typescript/code.ts';
import { constantText, valueOf } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { majorOf, nameElsewhere, optionState, optionValue, takenOut } from '../../server/core/typescript/syntax.ts';
import { addArgument, addProperty } from './edits.ts';
import page from './jwt-verify-algorithms.md';

/**
 * Evidence: jsonwebtoken's `verify` whose options are in sight and name no algorithms. A hint where version 9 restricts them by
 * the key's type; a warning for older versions and for a key that a callback chooses. Also express-jwt before 6, which asked for none
 * (CVE-2020-15084).
 */
export default defineCodeRule<ts.CallExpression>({
  page,
  severity: 'warn',
  snippet: 'jwt-verify',
  *check(file) {
    yield* middleware(file);
    if (!file.text.includes('verify')) return;
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      if (!/verif/i.test(nameElsewhere(call.expression) ?? 'verify')) continue;
      if (origin(file, call.expression) !== 'jsonwebtoken:verify' || call.arguments.some(ts.isSpreadElement)) continue;
      const [token, key, options] = call.arguments;
      const chosen = token && chosenByToken(token, optionValue(options, 'algorithms'));
      if (chosen) {
        yield {
          at: chosen,
          evidence: call,
          message: `\`${chosen.getText()}\` comes out of the token that \`${call.expression.getText()}\` is to verify, so whoever writes the token chooses how it is checked; name the algorithms that its issuer uses.`,
        };
        continue;
      }
      if (!key || (options && !ts.isFunctionLike(options) && optionState(options, ['algorithms']) !== 'absent')) continue;
      const name = call.expression.getText();
      yield {
        at: call.expression,
        evidence: call,
        severity: isRestricted(file) && !ts.isFunctionLike(valueOf(key)) ? 'hint' : undefined,
        message: `\`${name}\` accepts every algorithm that fits its key, so the token's header has a say in how it is checked; pass \`{ algorithms: [...] }\` with the one you sign with.`,
        data: call,
      };
    }
  },
  fix({ data }, file) {
    const algorithm = data && algorithmOf(file, data);
    const [, , options] = data?.arguments ?? [];
    if (!data || !algorithm) return undefined;
    const property = `algorithms: ['${algorithm}']`;
    const edit =
      options && ts.isObjectLiteralExpression(options)
        ? addProperty(file, options, property)
        : options
          ? { start: options.getStart(), end: options.getStart(), newText: `{ ${property} }, ` }
          : addArgument(data, `{ ${property} }`);
    const isWritten = !options || ts.isObjectLiteralExpression(options) || ts.isFunctionLike(options);
    return isWritten ? { title: `Accept ${algorithm} only`, safety: 'suggestion', edits: [edit] } : undefined;
  },
});

/** express-jwt of a version that takes any algorithm. */
function* middleware(file: CodeFile): Iterable<CodeProblem<ts.CallExpression>> {
  if (!file.modules.has('express-jwt') || (majorOf(file, 'express-jwt') ?? 6) >= 6) return;
  for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
    if (!/^express-jwt:\w*$/.test(origin(file, call.expression) ?? '')) continue;
    if (optionState(call.arguments[0], ['secret']) === 'absent' || optionState(call.arguments[0], ['algorithms']) !== 'absent')
      continue;
    // A key made on the spot is nobody's, and no public one.
    const key = optionValue(call.arguments[0], 'secret');
    if (key && /random/i.test(valueOf(key).getText())) continue;
    const name = call.expression.getText();
    yield {
      at: call.expression,
      evidence: call,
      message: `\`${name}\` accepts every algorithm before version 6 of express-jwt, so with a public key as \`secret\` anybody signs tokens with that key; update it, and pass \`algorithms: [...]\` with the one you sign with.`,
    };
  }
}

/** `algorithms: [header.alg]`, where the header was read from the same token. */
function chosenByToken(token: Expression, algorithms: Expression | undefined): Expression | undefined {
  const list = algorithms && unwrap(algorithms);
  const values = !list ? [] : ts.isArrayLiteralExpression(list) ? list.elements : [list];
  return values.find((value) => {
    const read = ownerOfAlg(value);
    return (
      read !== undefined &&
      [read, ...descendants(read)].some(
        (node) =>
          ts.isCallExpression(node) &&
          /header|decode|parse/i.test(node.expression.getText()) &&
          [node, ...descendants(node)].some((inner) => inner.getText() === unwrap(token).getText()),
      )
    );
  });
}

/** What `alg` is a member of, as it was made: `decode(token)` of `const { alg } = decode(token)` and of `decoded.header.alg`. */
function ownerOfAlg(value: Expression): Expression | undefined {
  let node = unwrap(value);
  const taken = takenOut(node);
  if (taken) return taken.name === 'alg' ? taken.from : undefined;
  node = valueOf(node);
  if (!ts.isPropertyAccessExpression(node) || node.name.text !== 'alg') return undefined;
  while (ts.isPropertyAccessExpression(node)) node = unwrap(node.expression);
  return takenOut(node)?.from ?? valueOf(node);
}

/** What the file signs with; jsonwebtoken's own HS256 where the key is a shared secret. */
function algorithmOf(file: CodeFile, { arguments: [, key] }: ts.CallExpression): string | undefined {
  const signs = file.calls.filter((call) => origin(file, call.expression) === 'jsonwebtoken:sign');
  const options = signs.map((call) => call.arguments?.[2]);
  if (options.some((each) => optionState(each, ['algorithm']) === 'unknown')) return undefined;
  const named = options.flatMap((each) => optionValue(each, 'algorithm') ?? []).map((value) => constantText(value));
  if (named.length > 0) return named.every((each) => each === named[0]) ? named[0] : undefined;
  return key && /secret/i.test(key.getText()) && !/public|cert|pem/i.test(key.getText()) ? 'HS256' : undefined;
}

/** jsonwebtoken 9 allows only algorithms of the key's own kind; unknown versions count as new. */
function isRestricted(file: CodeFile): boolean {
  return (majorOf(file, 'jsonwebtoken') ?? 9) >= 9;
}
