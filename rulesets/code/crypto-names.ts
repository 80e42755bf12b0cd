/** How node's crypto functions are called in a file: the names a fix may use, and the import it must add. */
import type { CodeFix } from '../../server/core/rule.ts';
import { calleeOf, methodOf } from '../../server/core/typescript/classes.ts';
import { type CodeFile, type Expression, type FunctionNode, ts, unwrap } from '../../server/core/typescript/code.ts';
import { constantText, sources, valueOf, writesTo } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { resultsOf } from '../../server/core/typescript/plain.ts';
import { calleeName, optionValue } from '../../server/core/typescript/syntax.ts';

export interface CryptoName {
  /** What to write for the function: `timingSafeEqual`, or `crypto.timingSafeEqual`. */
  readonly name: string;
  /** The import to add, if any. */
  readonly edits: CodeFix['edits'];
}

/** The name of an export of node's crypto in this file; undefined when the file imports crypto in no way we can extend. */
function cryptoName(file: CodeFile, exported: string): CryptoName | undefined {
  for (const statement of file.ast.statements) {
    if (ts.isImportDeclaration(statement) && isCrypto(statement.moduleSpecifier)) {
      const clause = statement.importClause;
      const bindings = clause?.namedBindings;
      if (clause?.name) return { name: `${clause.name.text}.${exported}`, edits: [] };
      if (bindings && ts.isNamespaceImport(bindings)) return { name: `${bindings.name.text}.${exported}`, edits: [] };
      if (bindings && ts.isNamedImports(bindings)) {
        const known = bindings.elements.find((element) => (element.propertyName ?? element.name).text === exported);
        if (known) return { name: known.name.text, edits: [] };
        const last = bindings.elements.at(-1);
        if (last) return { name: exported, edits: [{ start: last.getEnd(), end: last.getEnd(), newText: `, ${exported}` }] };
      }
    }
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name, initializer } of statement.declarationList.declarations) {
      const isRequire =
        initializer &&
        ts.isCallExpression(initializer) &&
        initializer.expression.getText() === 'require' &&
        isCrypto(initializer.arguments[0]);
      if (!isRequire) continue;
      if (ts.isIdentifier(name)) return { name: `${name.text}.${exported}`, edits: [] };
      if (!ts.isObjectBindingPattern(name)) continue;
      const known = name.elements.find((element) => (element.propertyName ?? element.name).getText() === exported);
      if (known) return { name: known.name.getText(), edits: [] };
      const last = name.elements.at(-1);
      if (last) return { name: exported, edits: [{ start: last.getEnd(), end: last.getEnd(), newText: `, ${exported}` }] };
    }
  }
  return undefined;
}

/** What to write for several exports of node's crypto: as the file calls it, or with an import of its own. */
export function importCrypto(
  file: CodeFile,
  exported: readonly string[],
): { readonly names: readonly string[]; readonly edits: CodeFix['edits'] } | undefined {
  const known = exported.map((each) => cryptoName(file, each));
  if (known.every((each) => each !== undefined)) {
    const added = exported.filter((_, index) => known[index]?.edits.length);
    const [first] = known.flatMap(({ edits }) => edits);
    return {
      names: known.map(({ name }) => name),
      edits: first ? [{ ...first, newText: added.map((each) => `, ${each}`).join('') }] : [],
    };
  }
  const [statement] = file.ast.statements;
  if (!statement || file.nodes(ts.SyntaxKind.Identifier).some(({ text }) => exported.includes(text))) return undefined;
  const at = statement.getStart();
  const end = file.text.includes('\r\n') ? '\r\n' : '\n';
  const list = `{ ${exported.join(', ')} }`;
  const isModule = /\.m?tsx?$|\.mjs$/.test(file.uri) || ts.isExternalModule(file.ast);
  const line = isModule ? `import ${list} from 'node:crypto';${end}` : `const ${list} = require('node:crypto');${end}`;
  const newText = ts.isImportDeclaration(statement) || /^(?:const|var) .*require\(/.test(statement.getText()) ? line : line + end;
  return { names: exported, edits: [{ start: at, end: at, newText }] };
}

function isCrypto(node: ts.Node | undefined): boolean {
  return node !== undefined && ts.isStringLiteralLike(node) && /^(?:node:)?crypto$/.test(node.text);
}

/** The call that makes the HMAC a value is made from: `digest()` of a `createHmac`, `sign` of Web Crypto, a function of crypto-js. */
export function hmacDigest(file: CodeFile, expression: Expression): ts.CallExpression | undefined {
  for (const source of makings(expression)) {
    if (!ts.isCallExpression(source)) continue;
    if (signsWithHmac(file, source)) return source;
    if (!ts.isPropertyAccessExpression(source.expression) || source.expression.name.text !== 'digest') continue;
    if (isHmac(file, source.expression.expression)) return source;
  }
  return undefined;
}

/** Everything a value is made of, also where branches write it: `let digest; if (isOld) digest = …; else digest = …;`. */
function* makings(expression: Expression): Iterable<Expression> {
  for (const source of sources(expression)) {
    yield source;
    const declaration = ts.isIdentifier(source) ? declarationOf(source) : undefined;
    if (!declaration || !ts.isVariableDeclaration(declaration) || declaration.initializer) continue;
    for (const write of writesTo(declaration)) yield* sources(write);
  }
}

/** Names of what only the two sides of a signature know; a user's password is not among them. */
const secretName =
  /secret|(?<!public_?)(?:api|app|auth|hash|mac|md5|merchant|private|security|shared|sign(?:ing|ature)?|webhook)_?(?:key|token|pass(?:word|wd|phrase)?)$/i;
const plainHash = /^(?:crypto:|global:crypto\.)createHash\(\)(?:\.update\(\))*$/;
const hashPackage =
  /^(?:md5|js-md5|blueimp-md5|sha1|js-sha1|js-sha256|crypto-js(?:\/(?:md5|sha\d+))?):(?:\w+\.)?(?:md5|sha\d+|MD5|SHA\d+)?$/;

/** What names a secret in the text of a hash: a MAC made by hand, `createHash('md5').update(orderId + secret).digest('hex')`. */
export function keyedHash(file: CodeFile, expression: Expression, hops = 1): { readonly secret: string } | undefined {
  for (const source of makings(expression)) {
    const called = hops > 0 ? signerCalled(file, source) : undefined;
    const answer = called && resultsOf(called.node.body).map((each) => keyedHash(called.file, each, 0));
    // For each of the schemes it knows, or it may answer what is compared with nothing that was sent.
    if (answer && answer.length > 0 && answer.every((each) => each !== undefined)) return answer[0];
    if (!mayHashSecret(file)) continue;
    const texts = ts.isCallExpression(source) ? hashedBy(file, source) : [];
    const names = texts.flatMap((text) =>
      [...sources(text)].flatMap((part) => [part, ...joined(part)].flatMap((each) => nameIn(each) ?? [])),
    );
    const secret = names.find((name) => secretName.test(name));
    // Of a secret alone, or with its salt, it is a key, or what is stored of one.
    if (secret !== undefined && names.some((name) => !secretName.test(name) && !/salt$/i.test(name))) return { secret };
  }
  return undefined;
}

const hashing = new WeakMap<CodeFile, boolean>();

/** May a secret be hashed in this file? Asked for every comparison. */
function mayHashSecret(file: CodeFile): boolean {
  let may = hashing.get(file);
  if (may === undefined) {
    may = file.words.has(/^(?:createHash|md5|MD5|sha\d+|SHA\d+)$/m) && file.words.has(/secret|key|token|pass/i);
    hashing.set(file, may);
  }
  return may;
}

/** The texts that a call makes a hash over, which is no HMAC. */
function hashedBy(file: CodeFile, call: ts.CallExpression): Expression[] {
  const callee = unwrap(call.expression);
  if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== 'digest') {
    const [text] = call.arguments;
    return text && /md5|sha\d/i.test(callee.getText()) && hashPackage.test(origin(file, callee) ?? '') ? [text] : [];
  }
  if (!plainHash.test(origin(file, callee.expression) ?? '')) return [];
  const texts: Expression[] = [];
  let chain: Expression = unwrap(callee.expression);
  while (
    ts.isCallExpression(chain) &&
    ts.isPropertyAccessExpression(chain.expression) &&
    chain.expression.name.text === 'update'
  ) {
    texts.push(...chain.arguments.slice(0, 1));
    chain = valueOf(chain.expression.expression);
  }
  return texts;
}

/** `[secret, timestamp, nonce].sort().join('')`: what is strung together. */
function joined(part: Expression): readonly Expression[] {
  let node = valueOf(part);
  if (!ts.isCallExpression(node) || calleeName(node) !== 'join') return [];
  while (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) node = valueOf(node.expression.expression);
  return ts.isArrayLiteralExpression(node) ? node.elements : [];
}

/** The name of a variable, or of a member. */
function nameIn(part: Expression): string | undefined {
  if (ts.isIdentifier(part)) return part.text;
  return ts.isPropertyAccessExpression(part) ? part.name.text : undefined;
}

/** May an HMAC be made in this file? A quick look. */
export function mayMakeHmac({ words }: CodeFile): boolean {
  return words.has(/createHmac|subtle\b|\bHmac[A-Z]/);
}

/** Is this a function of Web Crypto, also where Node's module has it? */
export function isSubtleCall(file: CodeFile, call: ts.CallExpression, name: 'sign' | 'verify'): boolean {
  if (!ts.isPropertyAccessExpression(call.expression) || call.expression.name.text !== name) return false;
  const from = /^(?:global:(?:globalThis\.|self\.)?crypto\.|crypto:)(?:webcrypto\.)?subtle\.(\w+)$/.exec(
    origin(file, call.expression) ?? '',
  );
  return from?.[1] === name;
}

/** The text that a call makes an HMAC over, or holds against one: `hmac.update(text)`, `subtle.sign('HMAC', key, text)`. */
export function hmacText(file: CodeFile, call: ts.CallExpression): Expression | undefined {
  const callee = call.expression;
  if (!ts.isPropertyAccessExpression(callee)) return signsWithHmac(file, call) ? call.arguments[0] : undefined;
  if (callee.name.text === 'update') return isHmac(file, unwrap(callee.expression)) ? call.arguments[0] : undefined;
  if (isSubtleCall(file, call, 'verify')) return isOfHmac(call) ? call.arguments[3] : undefined;
  return signsWithHmac(file, call) ? call.arguments[callee.name.text === 'sign' ? 2 : 0] : undefined;
}

/** `'HMAC'`, `{ name: 'HMAC' }`. */
function isOfHmac({ arguments: [algorithm] }: ts.CallExpression): boolean {
  return algorithm !== undefined && constantText(optionValue(algorithm, 'name') ?? algorithm) === 'HMAC';
}

/** `crypto.subtle.sign('HMAC', key, body)`, `CryptoJS.HmacSHA256(body, secret)`. */
function signsWithHmac(file: CodeFile, call: ts.CallExpression): boolean {
  if (isSubtleCall(file, call, 'sign')) return isOfHmac(call);
  if (!/Hmac/i.test(call.expression.getText()) || !file.text.includes('crypto-js')) return false;
  return /^crypto-js(?:\/hmac-\w+)?:(?:\w+\.)?(?:Hmac\w+)?$/.test(origin(file, call.expression) ?? '');
}

/** What functions are called that may answer with the digest of an HMAC: only these are looked into. */
const signers = /hmac|hash|sign|digest|checksum|token|mac\b/i;

/** Is a value what a function of the project answers, and that the digest of an HMAC, at least for one of the schemes it knows? */
export function answersHmac(file: CodeFile, expression: Expression): boolean {
  return strung(expression).some((part) => {
    const called = signerCalled(file, part);
    return called !== undefined && resultsOf(called.node.body).some((answer) => hmacDigest(called.file, answer) !== undefined);
  });
}

/** What a text is strung together of: `'sha256=' + digestOf(body)`, the same as a template; anything else alone. */
function strung(expression: Expression): Expression[] {
  const node = valueOf(expression);
  if (ts.isTemplateExpression(node)) return node.templateSpans.flatMap((span) => strung(span.expression));
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken)
    return [node.left, node.right].flatMap(strung);
  return [node];
}

/** The function of the project that a value is what it answers, where its name says that it signs or hashes. */
function signerCalled(file: CodeFile, value: Expression): { node: FunctionNode; file: CodeFile } | undefined {
  const node = ts.isAwaitExpression(value) ? unwrap(value.expression) : value;
  if (!ts.isCallExpression(node) || !signers.test(calleeName(node))) return undefined;
  return calleeOf(file, node) ?? methodOf(file, node);
}

const hmac = /^(?:crypto:|global:crypto\.)createHmac\(\)(?:\.update\(\))*$/;

/** Is this a `createHmac` of node's crypto, behind any number of `update`s? Global `crypto` reads as the module. */
export function isHmac(file: CodeFile, expression: Expression): boolean {
  const from = origin(file, expression);
  if (from !== undefined) return hmac.test(from);
  // `mac = mac.update(more)`: it stays what it is.
  const declaration = ts.isIdentifier(expression) ? declarationOf(expression) : undefined;
  if (!declaration || !ts.isVariableDeclaration(declaration) || !declaration.initializer) return false;
  const name = declaration.name.getText();
  const writes = writesTo(declaration);
  return (
    writes.length > 0 &&
    writes.every((write) => write.getText().startsWith(`${name}.update(`)) &&
    hmac.test(origin(file, declaration.initializer) ?? '')
  );
}

/** Does a call run this function of node's crypto (or of the global `crypto`)? */
export function isCryptoCall(file: CodeFile, call: ts.CallExpression | ts.NewExpression, exported: string): boolean {
  const from = origin(file, call.expression);
  return from === `crypto:${exported}` || from === `global:crypto.${exported}`;
}

/** A name declared nowhere in this file. */
export function isGlobal(expression: Expression, name: string): boolean {
  const node = unwrap(expression);
  return ts.isIdentifier(node) && node.text === name && declarationOf(node) === undefined;
}
