import { defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, descendants, type Expression, enclosingFunction, ts, unwrap } from '../../server/core/typescript/code.ts';
import { constantText, sources, valueOf } from '../../server/core/typescript/constants.ts';
import { definitionOf } from '../../server/core/typescript/definitions.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { optionValue } from '../../server/core/typescript/syntax.ts';
import { httpCalls } from './http-clients.ts';
import page from './http-secret-in-url.md';

const secretName = /^(?:client_secret|secret|secret_key|private_key|password|passwd|pwd)$/i;
/** A name and its value as they stand in a query. */
const inQuery = /(?:^|[?&])(client_secret|secret|secret_key|private_key|password|passwd|pwd)=$/i;
/** Gemini takes its key in `x-goog-api-key`, as its own libraries send it. */
const takesKeyInHeader = /^https:\/\/generativelanguage\.googleapis\.com\//;
/** APIs that take an access token in `Authorization`; Google's `tokeninfo` asks for it in the query. */
const takesHeader = /^https:\/\/(?:(?:www|openidconnect|people)\.googleapis\.com\/(?!.*tokeninfo)|api\.github\.com\/)/;

/**
 * Evidence: a parameter named for a secret, filled at run time, in the URL (or the query options) of an HTTP call: of a known client, or
 * of a function named for one that is given a written address. Or an access token in the URL of an API that takes it in a header.
 */
export default defineCodeRule({
  page,
  severity: 'error',
  roles: ['server', 'script'],
  *check(file) {
    if (!file.words.has(secretOrToken)) return;
    const seen = new Set<number>();
    for (const [call, { name, start, end }] of [...sentTo(file), ...givenToWrappers(file)]) {
      if (seen.has(start)) continue;
      seen.add(start);
      yield {
        at: { start, end },
        evidence: call,
        message: `\`${name}\` goes into the URL of \`${call.expression.getText()}\`, which proxies, servers and error reports write into their logs; send it in the body or a header.`,
      };
    }
  },
});

/** The option by which a client is given the query as an object. */
const queryOptions: Readonly<Record<string, string>> = {
  axios: 'params',
  got: 'searchParams',
  ky: 'searchParams',
  request: 'qs',
  'request-promise': 'qs',
};

/** In the URL or the query options of a known client's call. */
function* sentTo(file: CodeFile): Iterable<[ts.CallExpression, Named]> {
  for (const { client, call, kind, optionsAt } of httpCalls(file)) {
    const [first] = call.arguments;
    if (kind === 'make' || !first) continue;
    const url = optionValue(first, 'url') ?? optionValue(first, 'uri') ?? first;
    const option = queryOptions[client.name];
    const query = option && optionValue(call.arguments[optionsAt], option);
    const names = [...namesInUrl(file, url, call), ...(query ? namesInObject(query) : [])];
    if (names.length > 0 && !demandsIt(file, url, call)) for (const each of names) yield [call, each];
  }
}

/** In a written address that a function named for a client's is given. */
function* givenToWrappers(file: CodeFile): Iterable<[ts.CallExpression, Named]> {
  if (!file.words.has(/https?:\/\//) || !file.words.has(inQueryOfAny)) return;
  for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
    const [url] = call.arguments;
    if (!url || !isWrapper(call) || !isWritten(url)) continue;
    const names = [...namesInUrl(file, url, call)];
    if (names.length > 0 && !demandsIt(file, url, call)) for (const each of names) yield [call, each];
  }
}

/** One of the names that are looked for, wherever it stands in a word. */
const secretOrToken = /secret|private_key|passw|pwd|access_token|generativelanguage/i;
const inQueryOfAny = /(?:client_secret|secret|secret_key|private_key|password|passwd|pwd|access_token)=/i;

/** `this.fetch(url)`, `http.get(url)`: another function's business, but its name and its first argument say what becomes of it. */
function isWrapper({ expression }: ts.CallExpression): boolean {
  return /(?:^|\.)(?:fetch|get|post|put|request)$/.test(expression.getText());
}

/** An address that begins with its scheme, as a template or a sum. */
function isWritten(url: Expression): boolean {
  const node = unwrap(url);
  return (ts.isTemplateExpression(node) || ts.isBinaryExpression(node)) && /^[`'"]https?:\/\//.test(node.getText());
}

/** Where the provider documents the secret in the query of its token endpoint, and nothing else: Meta, WeChat, QQ. */
const documented =
  /^.?https:\/\/(?:graph\.(?:facebook|instagram|threads)\.(?:com|net)\b[^]*\baccess_token\b|api\.weixin\.qq\.com\/|graph\.qq\.com\/oauth2)/;

function demandsIt(file: CodeFile, url: Expression, call: ts.CallExpression): boolean {
  if (/\b(?:fb|ig|th)_exchange_token\b/.test(enclosingFunction(call).getText())) return true;
  // The address, or what it begins with, may be another file's constant.
  const parts = [...sources(url)];
  const elsewhere = [url, ...parts.filter(ts.isIdentifier)].flatMap((each) => definitionOf(file, each)?.node ?? []);
  return [...parts, ...elsewhere].some((part) => documented.test(part.getText()));
}

interface Named {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

function* namesInUrl(file: CodeFile, url: Expression, call: ts.CallExpression): Iterable<Named> {
  for (const node of sources(url)) {
    if (ts.isTemplateExpression(node)) {
      const texts = [node.head, ...node.templateSpans.map((span) => span.literal)];
      const known = takesHeader.test(node.head.text)
        ? /[?&](access_token)=$/
        : takesKeyInHeader.test(node.head.text)
          ? /[?&](key)=$/
          : undefined;
      for (const [index, span] of node.templateSpans.entries()) {
        const before = texts[index] as ts.TemplateHead | ts.TemplateMiddle;
        const name = inQuery.exec(before.text)?.[1] ?? known?.exec(before.text)?.[1];
        if (!name || constantText(span.expression) !== undefined) continue;
        const start = before.getStart() + before.getText().lastIndexOf(name);
        yield { name, start, end: start + name.length };
      }
    } else if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
      const left = ts.isBinaryExpression(node.left) ? node.left.right : node.left;
      const name = ts.isStringLiteralLike(left) ? inQuery.exec(left.text)?.[1] : undefined;
      if (name && constantText(node.right) === undefined) {
        const start = left.getStart() + left.getText().lastIndexOf(name);
        yield { name, start, end: start + name.length };
      }
    } else if (ts.isNewExpression(node) && node.expression.getText() === 'URLSearchParams' && node.arguments?.[0]) {
      yield* namesInObject(node.arguments[0]);
    }
  }
  if (file.words.has(/^(?:set|append)$/m)) yield* namesSet(url, call);
}

function* namesInObject(query: Expression): Iterable<Named> {
  const literal = valueOf(query);
  if (!ts.isObjectLiteralExpression(literal)) return;
  for (const property of literal.properties) {
    const name = property.name?.getText().replace(/^['"]|['"]$/g, '') ?? '';
    const isFilled =
      ts.isShorthandPropertyAssignment(property) ||
      (ts.isPropertyAssignment(property) && constantText(property.initializer) === undefined);
    if (property.name && secretName.test(name) && isFilled)
      yield { name, start: property.name.getStart(), end: property.name.getEnd() };
  }
}

/** `url.searchParams.set('client_secret', secret)`, `params.append(…)` on what the URL that is called is made of. */
function* namesSet(url: Expression, call: ts.CallExpression): Iterable<Named> {
  const scope = enclosingFunction(call);
  const owners = new Set<string>();
  for (const part of [url, ...sources(url)]) {
    for (const node of [part, ...descendants(part)]) {
      const declaration = ts.isIdentifier(node) ? declarationOf(node) : undefined;
      if (!declaration || !ts.isIdentifier(node) || enclosingFunction(declaration) !== scope) continue;
      const made = valueOf(node);
      const isQuery = ts.isNewExpression(made) && made.expression.getText() === 'URLSearchParams';
      owners.add(isQuery ? node.text : `${node.text}.searchParams`);
    }
  }
  if (owners.size === 0) return;
  for (const node of descendants(scope)) {
    if (
      !ts.isCallExpression(node) ||
      !ts.isPropertyAccessExpression(node.expression) ||
      !/^(?:set|append)$/.test(node.expression.name.text)
    )
      continue;
    if (!owners.has(node.expression.expression.getText())) continue;
    const [name, value] = node.arguments;
    if (name && value && ts.isStringLiteralLike(name) && secretName.test(name.text) && constantText(value) === undefined)
      yield { name: name.text, start: name.getStart(), end: name.getEnd() };
  }
}
