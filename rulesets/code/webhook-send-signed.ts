import { type CodeFix, defineCodeRule } from '../../server/core/rule.ts';
import {
  calleeOf,
  type CodeFile,
  descendants,
  enclosingFunction,
  indentAt,
  methodOf,
  statementOf,
  ts,
  valueOf,
} from '../../server/core/typescript/code.ts';
import { isMemberName, optionValue } from '../../server/core/typescript/syntax.ts';
import { importCrypto } from './crypto-names.ts';
import { addProperty, newline } from './edits.ts';
import page from './webhook-send-signed.md';
import { deliveries, type Delivery } from './webhook-sending.ts';

/** Anything that lets the receiver tell who sent it. */
const proof =
  /(?<!as|de|re|con)sign(?!al|ificant|[ -]?(?:up|in)\b)|hmac|secret|svix|token|authorization|credential|headers\b.*\.\.\.|api_?key/i;

/**
 * Evidence: a delivery to a stored webhook's address whose options are in sight, and no word of a signature, a secret or a token
 * in the function, in what it calls, or among the imports of its file.
 */
export default defineCodeRule<Delivery>({
  page,
  severity: 'warn',
  *check(file) {
    for (const delivery of deliveries(file)) {
      const { http, url } = delivery;
      if (!isInSight(delivery) || mentionsProof(file, delivery)) continue;
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

/** Headers written out where the request is sent, or none at all. */
function isInSight({ http: { call, optionsAt } }: Delivery): boolean {
  const options = call.arguments[optionsAt];
  if (!options) return true;
  if (!ts.isObjectLiteralExpression(options) || options.properties.some(ts.isSpreadAssignment)) return false;
  // `headers: delivery.requestHeaders`: what was signed when it was first sent, for instance.
  const headers = optionValue(options, 'headers');
  const written = headers && valueOf(headers);
  return written === undefined || ts.isObjectLiteralExpression(written);
}

function mentionsProof(file: CodeFile, { scope }: Delivery): boolean {
  if (proof.test(scope.getText())) return true;
  for (const call of descendants(scope)) {
    if (!ts.isCallExpression(call)) continue;
    const callee = calleeOf(file, call) ?? methodOf(file, call);
    if (callee && proof.test(callee.node.getText())) return true;
  }
  return [...file.modules].some((name) => proof.test(name));
}
