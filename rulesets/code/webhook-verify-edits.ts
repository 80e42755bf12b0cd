/** Writes the check of a webhook's signature into a handler that has none, where its shape lets it be right. */
import type { CodeFix } from '../../server/core/rule.ts';
import { type CodeFile, descendants, type Expression, indentAt, ts } from '../../server/core/typescript/code.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { importCrypto } from './crypto-names.ts';
import { newline } from './edits.ts';
import type { Handler } from './handlers.ts';
import type { Provider } from './webhook-providers.ts';

type Edits = CodeFix['edits'];

/** How a handler gets at the body as it was received. */
interface Raw {
  /** What makes the bytes available. */
  readonly edits: Edits;
  /** The bytes or the text. */
  readonly text: string;
  /** A statement that reads them first. */
  readonly read?: string;
  /** A header of the request. */
  readonly header: (name: string) => string;
  /** Statements that refuse, one a line. */
  readonly refuse: readonly string[];
  /** What follows a check that passed. */
  readonly parsed?: string;
}

const ownNames = /^(?:raw|signature|expected|secret)$/;

/** The edits that verify; undefined where the provider signs otherwise, or the raw body cannot be had by changing this file. */
export function verifyEdits({ file, node, ...handler }: Handler, provider: Provider): Edits | undefined {
  const body = node.body;
  if (!body || !ts.isBlock(body) || !body.statements[0]) return undefined;
  if (descendants(node).some((inner) => ts.isIdentifier(inner) && ownNames.test(inner.text))) return undefined;
  const raw =
    handler.framework === 'Next.js'
      ? ofNext(file, node)
      : handler.framework === 'Express'
        ? ofExpress(node, handler.beside)
        : undefined;
  if (!raw) return undefined;
  const stripe = provider.name === 'Stripe' ? stripeOf(file) : undefined;
  const lines = stripe ? bySdk(stripe, raw) : byHmac(file, provider, raw);
  if (!lines) return undefined;
  const at = body.statements[0].getStart();
  const end = newline(file);
  const indent = indentAt(file, at);
  const secret = provider.secretName ?? `${provider.name.toUpperCase().replace(/\W+/g, '_')}_WEBHOOK_SECRET`;
  const text = [
    ...(raw.read ? [raw.read] : []),
    `const secret = process.env.${secret};`,
    `if (!secret) throw new Error('${secret} is not set');`,
    ...lines.statements,
  ];
  return [...lines.edits, ...raw.edits, { start: at, end: at, newText: text.map((line) => line + end + indent).join('') }];
}

interface Lines {
  readonly statements: readonly string[];
  readonly edits: Edits;
}

/** Stripe's library looks at the timestamp too, and gives the event back. */
function bySdk(stripe: string, raw: Raw): Lines {
  const verify = `${stripe}.webhooks.constructEvent(${raw.text}, ${raw.header('stripe-signature')}, secret)`;
  const kept = raw.parsed === undefined ? verify : `req.body = ${verify}`;
  return { statements: ['try {', `  ${kept};`, '} catch {', ...raw.refuse.map((line) => `  ${line}`), '}'], edits: [] };
}

function byHmac(file: CodeFile, provider: Provider, raw: Raw): Lines | undefined {
  const { kind, algorithm, encoding, signs, prefix = '', headers } = provider;
  if (kind !== 'hmac' || !algorithm || !encoding || signs !== '{raw}') return undefined;
  const crypto = importCrypto(file, ['createHmac', 'timingSafeEqual']);
  const [hmac, equal] = crypto?.names ?? [];
  if (!crypto || !hmac || !equal) return undefined;
  const digest = `${hmac}('${algorithm}', secret).update(${raw.text}).digest('${encoding}')`;
  return {
    edits: crypto.edits,
    statements: [
      `const expected = Buffer.from(${prefix ? `\`${prefix}\${${digest}}\`` : digest});`,
      `const signature = Buffer.from(${raw.header(headers[0] as string)});`,
      `if (signature.length !== expected.length || !${equal}(signature, expected)) {`,
      ...raw.refuse.map((line) => `  ${line}`),
      '}',
      ...(raw.parsed ? [raw.parsed] : []),
    ],
  };
}

/** The name of Stripe's client in this file. */
function stripeOf(file: CodeFile): string | undefined {
  for (const { name, initializer } of file.nodes(ts.SyntaxKind.VariableDeclaration)) {
    if (ts.isIdentifier(name) && initializer && /^stripe:(?:Stripe)?\(\)$/.test(origin(file, initializer) ?? ''))
      return name.text;
  }
  return undefined;
}

/** `await request.json()`, once: the text is read before, and parsed there. */
function ofNext(file: CodeFile, node: Handler['node']): Raw | undefined {
  const [request] = node.parameters;
  if (!request || !ts.isIdentifier(request.name)) return undefined;
  const name = request.name.text;
  const reads = descendants(node).filter(
    (inner): inner is ts.CallExpression =>
      ts.isCallExpression(inner) && /^(?:json|text|formData|arrayBuffer)$/.test(memberOf(inner.expression, name) ?? ''),
  );
  const [read] = reads;
  if (!read || reads.length > 1 || memberOf(read.expression, name) !== 'json' || !ts.isAwaitExpression(read.parent))
    return undefined;
  const response = /^import\b[^;]*\bNextResponse\b/m.test(file.text) ? 'NextResponse' : 'Response';
  return {
    edits: [{ start: read.parent.getStart(), end: read.parent.getEnd(), newText: 'JSON.parse(raw)' }],
    text: 'raw',
    read: `const raw = await ${name}.text();`,
    header: (header) => `${name}.headers.get('${header}') ?? ''`,
    refuse: [`return new ${response}(null, { status: 401 });`],
  };
}

function memberOf(callee: Expression, owner: string): string | undefined {
  return ts.isPropertyAccessExpression(callee) && callee.expression.getText() === owner ? callee.name.text : undefined;
}

/** The parser beside the handler gives way to one that keeps the bytes. */
function ofExpress(node: Handler['node'], beside: Handler['beside']): Raw | undefined {
  const [request, response] = node.parameters;
  const parser = beside.find((each) => /^(?:express|bodyParser)\.json\(/.test(each.getText()));
  if (!parser || request?.name.getText() !== 'req' || !response || !ts.isIdentifier(response.name)) return undefined;
  const owner = parser.getText().slice(0, parser.getText().indexOf('.'));
  return {
    edits: [{ start: parser.getStart(), end: parser.getEnd(), newText: `${owner}.raw({ type: 'application/json' })` }],
    text: 'req.body',
    header: (header) => `String(req.headers['${header}'])`,
    refuse: [`${response.name.text}.sendStatus(401);`, 'return;'],
    parsed: 'req.body = JSON.parse(String(req.body));',
  };
}
