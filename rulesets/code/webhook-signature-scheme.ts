import { defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, descendants, type Expression, enclosingFunction, ts, unwrap } from '../../server/core/typescript/code.ts';
import { constantText, sources, valueOf } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { isCryptoCall } from './crypto-names.ts';
import { isRequest } from './request.ts';
import { type Provider, providerOf } from './webhook-providers.ts';
import page from './webhook-signature-scheme.md';
import { verificationIn } from './webhook-verification.ts';

interface Wrong {
  readonly at: ts.Node;
  readonly message: string;
  /** What to write in its place; undefined where the mend is no replacement of a literal. */
  readonly newText?: string;
}

/**
 * Evidence: an HMAC that is compared, the header of exactly one provider in its function (or, for a helper, in its file), and a
 * constant algorithm, encoding or form of the signed text, or a key, that is not this provider's.
 */
export default defineCodeRule<Wrong>({
  page,
  severity: 'error',
  *check(file) {
    if (!file.text.includes('createHmac')) return;
    for (const create of file.nodes(ts.SyntaxKind.CallExpression)) {
      if (!isCryptoCall(file, create, 'createHmac')) continue;
      const scope = enclosingFunction(create);
      if (ts.isSourceFile(scope) || !verificationIn(file, scope, 0)) continue;
      const provider = onlyProvider(file, scope);
      if (!provider || provider.kind !== 'hmac' || isOfQuery(scope)) continue;
      for (const wrong of mistakes(file, create, provider)) {
        yield { at: wrong.at, evidence: scope, message: wrong.message, data: wrong };
      }
    }
  },
  fix({ data }) {
    if (data?.newText === undefined) return undefined;
    const { at, newText } = data;
    return {
      title: `Write ${newText}`,
      safety: 'suggestion',
      edits: [{ start: at.getStart(), end: at.getEnd(), newText }],
    };
  },
});

function onlyProvider(file: CodeFile, scope: ts.Node): Provider | undefined {
  const within = new Set<Provider>();
  const around = new Set<Provider>();
  for (const literal of file.nodes(ts.SyntaxKind.StringLiteral, ts.SyntaxKind.NoSubstitutionTemplateLiteral)) {
    const provider = providerOf(literal.text);
    // A signature the table does not know may be the one that is computed here.
    if (!provider && /^[\w-]*-(?:signature|hmac)[\w-]*$/i.test(literal.text)) return undefined;
    if (!provider) continue;
    around.add(provider);
    if (literal.pos >= scope.pos && literal.end <= scope.end) within.add(provider);
  }
  const found = within.size > 0 ? within : around;
  return found.size === 1 ? [...found][0] : undefined;
}

/** Shopify signs the query of its OAuth calls by another scheme. */
function isOfQuery(scope: ts.Node): boolean {
  return /query|searchParams/i.test(scope.getText());
}

function* mistakes(file: CodeFile, create: ts.CallExpression, provider: Provider): Iterable<Wrong> {
  const [algorithm, key] = create.arguments;
  const { name } = provider;
  const used = algorithm && constantText(algorithm)?.toLowerCase().replace('-', '');
  if (algorithm && used && provider.algorithm && used !== provider.algorithm) {
    yield {
      at: algorithm,
      message: `${name} signs with HMAC-${provider.algorithm.toUpperCase()}, not \`${algorithm.getText()}\`, so every real webhook is refused; use \`'${provider.algorithm}'\`.`,
      newText: ts.isStringLiteral(unwrap(algorithm)) ? `'${provider.algorithm}'` : undefined,
    };
  }
  const { digest, updates } = chainOf(create);
  const encoding = digest?.arguments[0];
  const encoded = encoding && constantText(encoding)?.toLowerCase();
  if (encoding && encoded && /^(?:hex|base64)$/.test(encoded) && provider.encoding && encoded !== provider.encoding) {
    yield {
      at: encoding,
      message: `${name} sends its signature in ${provider.encoding}, not \`${encoding.getText()}\`, so every real webhook is refused; use \`'${provider.encoding}'\`.`,
      newText: ts.isStringLiteral(unwrap(encoding)) ? `'${provider.encoding}'` : undefined,
    };
  }
  const [signed] = updates;
  const wrong = signed && updates.length === 1 && provider.signs ? wrongText(file, signed, provider.signs) : undefined;
  if (signed && wrong) yield { at: signed, message: `${name} signs \`${written(provider.signs ?? '')}\`, ${wrong}` };
  if (key && provider.encodedKey && isPlainSecret(file, key)) {
    yield {
      at: key,
      message: `\`${key.getText()}\` is the secret as it is written, but ${name} signs with the bytes it stands for; drop \`whsec_\` and decode the rest: \`Buffer.from(secret.slice(6), 'base64')\`.`,
    };
  }
  if (key && name === 'Stripe' && isDecoded(key)) {
    yield {
      at: key,
      message: `\`${key.getText()}\` is decoded, but Stripe signs with the secret as it is written, \`whsec_\` included; pass it unchanged.`,
    };
  }
}

/** `createHmac(…).update(x).digest('hex')`, also where the HMAC has a name and is called in statements. */
function chainOf(create: ts.CallExpression): { digest: ts.CallExpression | undefined; updates: Expression[] } {
  const updates: Expression[] = [];
  let digest: ts.CallExpression | undefined;
  const take = (call: ts.CallExpression, name: string) => {
    if (name === 'update' && call.arguments[0]) updates.push(call.arguments[0]);
    else if (name === 'digest') digest = call;
  };
  let end: ts.Expression = create;
  while (ts.isPropertyAccessExpression(end.parent) && ts.isCallExpression(end.parent.parent)) {
    take(end.parent.parent, end.parent.name.text);
    end = end.parent.parent;
  }
  const { parent } = end;
  if (!ts.isVariableDeclaration(parent) || !ts.isIdentifier(parent.name) || digest) return { digest, updates };
  for (const node of descendants(enclosingFunction(create))) {
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) continue;
    let root = node.expression.expression;
    while (ts.isCallExpression(root) && ts.isPropertyAccessExpression(root.expression)) root = root.expression.expression;
    if (root.getText() === parent.name.text) take(node, node.expression.name.text);
  }
  return { digest, updates };
}

/** What is wrong with the text that is signed; undefined where it fits or its parts cannot be seen. */
function wrongText(file: CodeFile, signed: Expression, signs: string): string | undefined {
  const value = valueOf(signed);
  const expected = signs.split(/\{\w+\}/);
  if (ts.isTemplateExpression(value)) {
    const pieces = [value.head.text, ...value.templateSpans.map(({ literal }) => literal.text)];
    if (pieces.length !== expected.length || pieces.every((piece, index) => piece === expected[index])) return undefined;
    // Text of the parts themselves (`v0` in a variable) may stand between the holes.
    if (value.templateSpans.some(({ expression }) => constantText(expression) !== undefined)) return undefined;
    return `not \`${value.getText().slice(1, -1)}\`, so every real webhook is refused; put the parts together as it does.`;
  }
  if (!signs.includes('{t}') || !isBody(file, value)) return undefined;
  return `not \`${signed.getText()}\` alone, so every real webhook is refused; put the timestamp before it.`;
}

/** The body of a request and nothing else. */
function isBody(file: CodeFile, value: Expression): boolean {
  if (ts.isPropertyAccessExpression(value))
    return /^(?:body|rawBody)$/.test(value.name.text) && isRequest(file, value.expression);
  return ts.isCallExpression(value) && /^req(?:uest)?\.text$/.test(value.expression.getText());
}

function written(signs: string): string {
  return signs.replace('{t}', '{timestamp}').replace('{raw}', '{body}');
}

/** `process.env.X`, undecoded. */
function isPlainSecret(file: CodeFile, key: Expression): boolean {
  const from = origin(file, key);
  return from !== undefined && /^global:process\.env\.\w+$/.test(from);
}

function isDecoded(key: Expression): boolean {
  return [...sources(key)].some(
    (node) =>
      ts.isCallExpression(node) &&
      node.expression.getText() === 'Buffer.from' &&
      node.arguments[1] !== undefined &&
      constantText(node.arguments[1]) === 'base64',
  );
}
