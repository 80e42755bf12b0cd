import { defineCodeRule } from '../../server/core/rule.ts';
import { calleeOf } from '../../server/core/typescript/classes.ts';
import { type CodeFile, descendants, type Expression, enclosingFunction, ts, unwrap } from '../../server/core/typescript/code.ts';
import { sources, valueOf } from '../../server/core/typescript/constants.ts';
import { definitionOf } from '../../server/core/typescript/definitions.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import page from './api-key-compare-timing.md';
import { flowsFromRequest } from './request.ts';

const secretName = /(?:SECRET|TOKEN|API_?KEY|PASSWORD|PASSPHRASE|BEARER|(?:AUTH|ACCESS|ADMIN|INTERNAL|WEBHOOK)_KEY)(?:_\w+)?$/i;

/** Evidence: `===` or `!==` between a secret of the environment, or of an `env` or settings that hold it, and something that the request carries. */
export default defineCodeRule({
  page,
  severity: 'info',
  *check(file) {
    if (!file.words.has(/^env$|(?:secret|token|api_?key|password)$/im)) return;
    for (const node of file.nodes(ts.SyntaxKind.BinaryExpression)) {
      if (!/^[!=]==?$/.test(node.operatorToken.getText())) continue;
      const secret = [node.left, node.right].find((side) => isSecret(file, side));
      const other = secret === node.left ? node.right : node.left;
      if (!secret || isSecret(file, other) || !isSent(file, other) || isHash(other) || isHandshake(node)) continue;
      yield {
        at: node.operatorToken,
        evidence: enclosingFunction(node),
        message: `\`${node.operatorToken.getText()}\` stops at the first character that differs, so the time it takes tells how much of \`${secret.getText().replaceAll('`', '')}\` was guessed; compare hashes of both with \`timingSafeEqual\`.`,
      };
    }
  },
});

/** Meta's subscription handshake: who guesses the token is sent its own challenge back, and nothing else. */
function isHandshake(node: ts.Node): boolean {
  return /\bhub[._](?:challenge|mode)\b/.test(enclosingFunction(node).getText());
}

/** Of a hash nobody can choose the first characters: its time tells nothing of the secret. */
function isHash(side: Expression): boolean {
  const value = valueOf(side);
  return ts.isCallExpression(value) && /(?:^|\.)(?:sha\d*|md5|hash\w*|digest)$|createHash\b/i.test(value.expression.getText());
}

/** `env.API_KEY`, `env().API_KEY`, `c.env.API_KEY`: settings that were read from the environment, by the names they have there. */
function nameInSettings(part: Expression): string | undefined {
  const node = valueOf(part);
  const isSetting =
    ts.isPropertyAccessExpression(node) &&
    /^[A-Z][A-Z\d_]+$/.test(node.name.text) &&
    /(?:^|\.)env(?:\(\))?$/.test(node.expression.getText());
  return isSetting ? node.name.text : undefined;
}

/** `config.adminApiKey` of an object of the project that takes it from the environment, as it is or as a text: `String(process.env.X)`, `process.env.X ?? ''`. */
function isHeldInSettings(file: CodeFile, value: Expression): boolean {
  if (!ts.isPropertyAccessExpression(value) || !secretName.test(value.name.text) || reads.test(value.getText())) return false;
  if (/^global:process\.env\.\w+$/.test(origin(file, value) ?? '')) return true;
  const held = definitionOf(file, value);
  const source = held && ts.isExpression(held.node) ? unwrap(held.node) : undefined;
  return source !== undefined && [...sources(source)].some((part) => /^process\.env\.\w+$/.test(part.getText()));
}

/** `process.env.X`, also within a text that only adds a scheme: `Bearer ${process.env.X}`. */
function isSecret(file: CodeFile, side: Expression): boolean {
  const value = valueOf(side);
  if (isHeldInSettings(file, value)) return true;
  if (!/\benv\b/.test(value.getText())) return false;
  const parts = ts.isTemplateExpression(value) ? value.templateSpans.map(({ expression }) => expression) : [value];
  return (
    parts.length === 1 &&
    parts.some((part) => {
      const name = /^global:(?:process|import\.meta)\.env\.(\w+)$/.exec(origin(file, part) ?? '')?.[1] ?? nameInSettings(part);
      return name !== undefined && secretName.test(name);
    })
  );
}

const reads = /\bheaders(?:\(\))?\)?\??\.get\(|\bheaders(?:\[|\.\w)|\bsearchParams\.get\(|\breq(?:uest)?\.(?:header|get)\(/;

/** From a request of a known framework, or read by name out of something's headers, also by a function that is given the request. */
function isSent(file: CodeFile, side: Expression): boolean {
  if (flowsFromRequest(file, side)) return true;
  return [...sources(side)].some((part) => reads.test(part.getText()) || readsForCaller(file, part));
}

/** `getApiKey(req)`, where what that function reads of the headers is what it answers. */
function readsForCaller(file: CodeFile, part: Expression): boolean {
  const callee = ts.isCallExpression(part) ? calleeOf(file, part) : undefined;
  return (
    callee !== undefined &&
    [...descendants(callee.node, (inner) => !ts.isFunctionLike(inner))].some(
      (inner) =>
        ts.isReturnStatement(inner) &&
        inner.expression !== undefined &&
        [...sources(inner.expression)].some((each) => reads.test(each.getText())),
    )
  );
}
