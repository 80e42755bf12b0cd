import { defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, type Expression, ts, unwrap } from '../../server/core/typescript/code.ts';
import { constantText } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { isFallback } from '../../server/core/typescript/syntax.ts';
import page from './secret-fallback.md';
import { constantsInSinks, isGuarded, isStandInRefused, type StandIn, withoutStandIn } from './secret-hardcoded.ts';

/** Keys that this program signs, encrypts or checks with; a wrong credential of another system opens nothing. */
const ownKey = /(?:^|_)(?:SECRET|SECRET_KEY|(?:SIGNING|ENCRYPTION|PRIVATE|WEBHOOK|JWT|SESSION|COOKIE|HMAC)_KEY)$/;
/** Keys by which this program lets somebody in. */
const entryKey = /^(?:ADMIN|AUTHENTICATION|INTERNAL|MASTER)_(?:API_?)?(?:KEY|TOKEN)$/;
const foreign = /CLIENT_SECRET|CONSUMER_SECRET|(?:AWS|S3|SES|SQS|STRIPE|STORAGE|MINIO|TWILIO|SEED|TEST|MOCK)_/;

/** Settings of a developer's own machine, by the name of their file. */
const forDevelopment = /[/.-](?:dev|development|local)\.[cm]?[jt]s$/;

/** Members by which another system is shown who asks. */
const credential = /^(?:api_?(?:key|secret)|key_?secret|client_?secret|app_?secret|pass(?:word)?|auth\w*|access_?key\w*|token)$/i;

/** `apiKey: process.env.X || '…'`, also by way of a constant: shown to another system, which knows the true one. */
function isCredential(file: CodeFile, { parent }: ts.Node): boolean {
  if (ts.isPropertyAssignment(parent)) return credential.test(parent.name.getText());
  if (!ts.isVariableDeclaration(parent) || !ts.isIdentifier(parent.name)) return false;
  const uses = file.named(parent.name.text).filter((use) => use !== parent.name && declarationOf(use) === parent);
  return (
    uses.length > 0 &&
    uses.every(
      (use) =>
        ts.isPropertyAssignment(use.parent) && use.parent.initializer === use && credential.test(use.parent.name.getText()),
    )
  );
}

/** `function signingPublicKey() { return process.env.SIGNING_KEY || … }`: everybody may know it. */
function isPublic(node: ts.Node): boolean {
  for (let outer = node.parent; outer && !ts.isSourceFile(outer); outer = outer.parent) {
    if (ts.isPropertyAssignment(outer) || ts.isVariableDeclaration(outer) || (ts.isFunctionLike(outer) && outer.name))
      return /public/i.test(outer.name?.getText() ?? '');
  }
  return false;
}

/** `development: { key: … }`, `{ environment: 'development', key: … }`: settings of which the program takes others elsewhere. */
function isForDevelopment(node: ts.Node): boolean {
  for (let outer = node.parent; outer; outer = outer.parent) {
    if (ts.isFunctionLike(outer)) return false;
    const name = ts.isPropertyAssignment(outer) || ts.isVariableDeclaration(outer) ? outer.name.getText() : '';
    if (/^['"]?dev(?:elopment)?(?:Config|Settings|Environment)?['"]?$/i.test(name)) return true;
    const isOf = (member: ts.ObjectLiteralElementLike) =>
      ts.isPropertyAssignment(member) &&
      /^(?:node_?)?env(?:ironment)?$/i.test(member.name.getText()) &&
      /^dev/.test(constantText(member.initializer) ?? '');
    if (ts.isObjectLiteralExpression(outer) && outer.properties.some(isOf)) return true;
  }
  return false;
}

/** `process.env.NEW_NAME || process.env.OLD_NAME`: the last that is asked. */
function lastOf(node: Expression): Expression {
  const inner = unwrap(node);
  return isFallback(inner) ? unwrap(inner.right) : inner;
}

/** Evidence: an environment variable named for a key of this program's own, and a constant that stands in where it is not set. */
export default defineCodeRule<StandIn>({
  page,
  severity: 'error',
  *check(file) {
    if (!file.words.has(/^env$/m) || isGuarded(file) || forDevelopment.test(file.uri)) return;
    for (const node of file.nodes(ts.SyntaxKind.BinaryExpression)) {
      if (!isFallback(node)) continue;
      const name = /^global:process\.env\.(\w+)$/.exec(origin(file, lastOf(node.left)) ?? '')?.[1];
      const text = name === undefined ? undefined : constantText(node.right);
      if (
        !name ||
        !text ||
        !(ownKey.test(name) || entryKey.test(name)) ||
        foreign.test(name) ||
        isCredential(file, node) ||
        isPublic(node)
      )
        continue;
      if (isForDevelopment(node) || isStandInRefused(file, text, node.left.getText())) continue;
      if ([...constantsInSinks(file)].some(({ found }) => found.constant === node.right)) continue;
      yield {
        at: node.right,
        evidence: node,
        message: `\`${node.right.getText()}\` stands in for \`${name}\` when it is not set, and whoever has read this file ${entryKey.test(name) ? 'is then let in with it' : 'can then sign or decrypt as this program'}; refuse to start without it.`,
        data: { constant: node.right, name },
      };
    }
  },
  fix: ({ data }) => data && withoutStandIn(data),
});
