import { defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, type Expression, ts, unwrap } from '../../server/core/typescript/code.ts';
import { propertiesOf, valueOf } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { declarationOfType } from '../../server/core/typescript/written-types.ts';
import { nameText } from '../../server/core/typescript/plain.ts';
import { chainFrom, membersOfType, optionState } from '../../server/core/typescript/syntax.ts';
import page from './jwt-no-expiry.md';
import { stepsTo } from './mounts.ts';

/** Evidence: a token signed with jsonwebtoken, jose, hono or Fastify's plugin, its claims (or their type) and options in sight, and neither says when it ends. */
export default defineCodeRule({
  page,
  severity: 'warn',
  *check(file) {
    if (!file.words.has(/^(?:sign|SignJWT|jwtSign)$/m)) return;
    for (const call of file.calls) {
      const from = origin(file, call.expression);
      const [claims, second, third] = call.arguments ?? [];
      const options = from !== undefined && ofFastify.test(from) ? second : third;
      if (from === undefined || !claims || call.arguments?.some(ts.isSpreadElement)) continue;
      const remedy = remedyOf(from, call, options);
      if (
        !remedy ||
        (ofFastify.test(from) && isSetForAll(file)) ||
        !(saysNothing(claims) || isTypedWithout(file, claims)) ||
        lastsOnPurpose.test(`${valueOf(claims).getText()} ${call.arguments?.[1]?.getText()} ${file.uri}`)
      )
        continue;
      yield {
        at: call.expression,
        evidence: call,
        message: `\`${call.expression.getText()}\` makes a token that is valid for ever, so one that leaks can only be stopped by changing the key for everybody; ${remedy}.`,
      };
    }
  },
});

/** What to write; undefined where the call signs no token, or says when it ends. */
function remedyOf(from: string, call: ts.CallExpression | ts.NewExpression, options: Expression | undefined): string | undefined {
  if (from === 'jsonwebtoken:sign') {
    const isCallback = options !== undefined && ts.isFunctionLike(options);
    if (options && ts.isIdentifier(options) && new RegExp(`\\b${options.text}\\.expiresIn\\b`).test(call.getSourceFile().text))
      return undefined;
    return isCallback || optionState(options, ['expiresIn']) === 'absent' ? "pass `{ expiresIn: '15m' }`" : undefined;
  }
  if (ofFastify.test(from)) return optionState(options, ['expiresIn']) === 'absent' ? "pass `{ expiresIn: '15m' }`" : undefined;
  if (from === 'hono/jwt:sign') return 'put `exp` into its claims';
  if (from !== 'jose:SignJWT') return undefined;
  const { names } = chainFrom(call as ts.CallExpression);
  return names.includes('sign') && !names.includes('setExpirationTime') ? "call `.setExpirationTime('15m')`" : undefined;
}

/** What `@fastify/jwt` hangs on the application and on answers. */
const ofFastify = /^fastify:(?:\w+)?\(\)(?:\.register=>\d)?(?:\.jwt\.sign|\.jwtSign)$/;

/** `register(jwt, { sign: { expiresIn } })`, here or where the application is put together; or nobody sees where that is. */
function isSetForAll(file: CodeFile): boolean {
  const files = [file, ...stepsTo(file).map((step) => step.file)];
  return !files.some(({ text }) => /\bregister\(\s*\w*jwt/i.test(text)) || files.some(({ text }) => /\bexpiresIn\b/.test(text));
}

/** What stands in mails and may not run out. */
const lastsOnPurpose = /unsubscribe/i;

/** A time of its own, by whatever name: the program may hold the token against it; or what is signed is a document. */
const time = /^exp|expir|createdAt|issuedAt|validUntil|^(?:checksum|digest|hash)$/i;

/** Claims that come from a caller, whose type is written out and has neither `exp` nor another time: `(payload: TokenPayload) => sign(payload, key)`. */
function isTypedWithout(file: CodeFile, claims: Expression): boolean {
  const value = unwrap(claims);
  const declaration = ts.isIdentifier(value) ? declarationOf(value) : undefined;
  if (!declaration || !ts.isParameter(declaration) || !declaration.type) return false;
  const named = declarationOfType({ type: declaration.type, file })?.node;
  // What is extended may have it.
  if (named && ts.isInterfaceDeclaration(named) && named.heritageClauses?.length) return false;
  const members =
    named && ts.isInterfaceDeclaration(named)
      ? named.members
      : membersOfType(named && ts.isTypeAliasDeclaration(named) ? named.type : declaration.type);
  return (
    members !== undefined &&
    members.length > 0 &&
    members.every((member) => ts.isPropertySignature(member) && !time.test(nameText(member.name) ?? 'exp'))
  );
}

/** Claims that are written out and hold neither `exp` nor another time; with `aud` and `typ` they are a document for somebody else. */
function saysNothing(claims: Expression): boolean {
  const properties = propertiesOf(claims);
  return (
    ts.isObjectLiteralExpression(valueOf(claims)) &&
    properties !== undefined &&
    !(properties.has('aud') && properties.has('typ')) &&
    ![...properties.keys()].some((name) => time.test(name))
  );
}
