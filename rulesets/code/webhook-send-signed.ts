import { type CodeFix, defineCodeRule } from '../../server/core/rule.ts';
import { calleeOf, methodOf } from '../../server/core/typescript/classes.ts';
import {
  type CodeFile,
  descendants,
  enclosingFunction,
  indentAt,
  isAssignment,
  statementOf,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { valueOf } from '../../server/core/typescript/constants.ts';
import { isMemberName, optionValue } from '../../server/core/typescript/syntax.ts';
import { importCrypto } from './crypto-names.ts';
import { addProperty, newline } from './edits.ts';
import page from './webhook-send-signed.md';
import { deliveries, type Delivery } from './webhook-sending.ts';

/** What says that something is signed. */
const signed = /(?<!as|de|re|con)sign(?!al|ificant|[ -]?(?:up|in)\b)|hmac|svix/i;
/** What says so only of what is sent, or of the webhook: a function has other secrets and tokens too. */
const secret = /secret|token|authorization|credential|api_?key/i;

/**
 * Evidence: a delivery to a stored webhook's address whose options are in sight, no word of a signature in the function, in what it
 * calls, or among the imports of its file, and none of a secret or a token in what is sent, or of one that the webhook has.
 */
export default defineCodeRule<Delivery>({
  page,
  severity: 'warn',
  *check(file) {
    for (const delivery of deliveries(file)) {
      const { http, url } = delivery;
      if (delivery.toChat || !isInSight(delivery) || mentionsProof(file, delivery)) continue;
      yield {
        at: http.call.expression,
        evidence: delivery.scope,
        message: `\`${http.call.expression.getText()}\` sends a webhook to \`${url.getText()}\` unsigned, so its receiver cannot tell it from a forged one; send \`webhook-id\`, \`webhook-timestamp\` and \`webhook-signature\`, an HMAC over them and the body.`,
        data: delivery,
      };
    }
  },
  fix({ data }, file) {
    const edits = data && signEdits(file, data);
    return edits && { title: 'Sign it as Standard Webhooks has it', safety: 'suggestion', edits };
  },
});

/** The body gets a name before the request, and the signature over it goes into the headers. */
function signEdits(file: CodeFile, { http: { client, call, optionsAt }, scope }: Delivery): CodeFix['edits'] | undefined {
  const options = call.arguments[optionsAt];
  const statement = statementOf(call);
  if (!/^(?:fetch|node-fetch|undici)$/.test(client.name) || !options || !ts.isObjectLiteralExpression(options)) return undefined;
  if (!statement || !ts.isBlock(statement.parent) || enclosingFunction(statement) !== enclosingFunction(call)) return undefined;
  const body = optionValue(options, 'body');
  const headers = optionValue(options, 'headers');
  if (!body || !ts.isCallExpression(body) || body.expression.getText() !== 'JSON.stringify') return undefined;
  if (headers && !(ts.isObjectLiteralExpression(headers) && headers.getStart() > options.getStart())) return undefined;
  const isTaken = descendants(scope).some(
    (node) => ts.isIdentifier(node) && /^(?:id|timestamp|body|key)$/.test(node.text) && !isMemberName(node),
  );
  const crypto = isTaken ? undefined : importCrypto(file, ['createHmac', 'randomUUID']);
  const [hmac, uuid] = crypto?.names ?? [];
  if (!crypto || !hmac || !uuid) return undefined;
  const at = statement.getStart();
  const lines = [
    `const body = ${body.getText()};`,
    `const id = ${uuid}();`,
    'const timestamp = String(Math.floor(Date.now() / 1000));',
    'const secret = process.env.WEBHOOK_SECRET;',
    "if (!secret) throw new Error('WEBHOOK_SECRET is not set');",
    "const key = Buffer.from(secret.replace('whsec_', ''), 'base64');",
    `const signature = ${hmac}('sha256', key).update(\`\${id}.\${timestamp}.\${body}\`).digest('base64');`,
  ];
  const added = "'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}`";
  const property = body.parent;
  return [
    ...crypto.edits,
    { start: at, end: at, newText: lines.map((line) => line + newline(file) + indentAt(file, at)).join('') },
    headers && ts.isObjectLiteralExpression(headers)
      ? addProperty(file, headers, added)
      : {
          start: property.getStart(),
          end: property.getStart(),
          newText: `headers: { 'content-type': 'application/json', ${added} }, `,
        },
    ts.isPropertyAssignment(property)
      ? { start: property.getStart(), end: property.getEnd(), newText: 'body' }
      : { start: body.getStart(), end: body.getEnd(), newText: 'body' },
  ];
}

/** Headers written out where the request is sent, or none at all; those that each receiver chose for itself may hold a token. */
function isInSight({ http: { call, optionsAt } }: Delivery): boolean {
  const options = call.arguments[optionsAt];
  if (!options) return true;
  if (!ts.isObjectLiteralExpression(options) || options.properties.some(ts.isSpreadAssignment)) return false;
  // `headers: delivery.requestHeaders`: what was signed when it was first sent, for instance.
  const headers = optionValue(options, 'headers');
  const written = headers && valueOf(headers);
  if (written === undefined) return true;
  return (
    ts.isObjectLiteralExpression(written) &&
    written.properties.every((each) => !ts.isSpreadAssignment(each) || ts.isObjectLiteralExpression(valueOf(each.expression)))
  );
}

function mentionsProof(file: CodeFile, { http, scope }: Delivery): boolean {
  if (signed.test(scope.getText()) || [...file.modules].some((name) => signed.test(name) || /secret/i.test(name))) return true;
  for (const node of descendants(scope)) {
    if (
      ts.isPropertyAccessExpression(node) &&
      secret.test(node.name.text) &&
      /hook|subscri|endpoint/i.test(node.expression.getText())
    )
      return true;
    const callee = ts.isCallExpression(node) ? (calleeOf(file, node) ?? methodOf(file, node)) : undefined;
    if (callee && signed.test(callee.node.getText())) return true;
  }
  const { call, optionsAt } = http;
  const headers = optionValue(call.arguments[optionsAt], 'headers');
  return (
    secret.test(call.getText()) ||
    (headers !== undefined && madeOf(headers, scope).some((node) => secret.test(node.getText()))) ||
    madeOf(call, scope).some((node) => descendants(node).some(isSecretMember))
  );
}

/** `{ token }`, `{ secret: key }`: of a body, what it is made from has tokens of its own. */
function isSecretMember(node: ts.Node): boolean {
  return (ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node)) && secret.test(node.name.getText());
}

/** A value, and what the variables in it are made of within a function: what is written to them, and to their members. */
function madeOf(value: ts.Node, scope: ts.Node): ts.Node[] {
  const found = [value];
  const names = new Set<string>();
  for (let node = found[0], next = 1; node; node = found[next++]) {
    for (const inner of [node, ...descendants(node)]) {
      if (!ts.isIdentifier(inner) || isMemberName(inner) || names.has(inner.text)) continue;
      names.add(inner.text);
      found.push(...writingTo(inner.text, scope));
    }
  }
  return found;
}

/** `const headers = …`, `headers.x = …`, `headers['x'] = …`, `headers.set('x', …)`. */
function writingTo(name: string, scope: ts.Node): ts.Node[] {
  return descendants(scope).filter((node) => {
    if (ts.isVariableDeclaration(node)) return [node.name, ...descendants(node.name)].some((each) => each.getText() === name);
    const target = ts.isCallExpression(node) ? node.expression : isAssignment(node) ? node.left : undefined;
    if (!target || (ts.isCallExpression(node) && !ts.isPropertyAccessExpression(node.expression))) return false;
    let root: ts.Expression = target;
    while (ts.isPropertyAccessExpression(root) || ts.isElementAccessExpression(root)) root = unwrap(root.expression);
    return root.getText() === name;
  });
}
