import { type CodeFix, type CodeProblem, defineCodeRule } from '../../server/core/rule.ts';
import { baseOf, classAround } from '../../server/core/typescript/classes.ts';
import { type CodeFile, descendants, type Expression, statementOf, ts, unwrap } from '../../server/core/typescript/code.ts';
import { constantText, valueOf } from '../../server/core/typescript/constants.ts';
import { definitionOf } from '../../server/core/typescript/definitions.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { isExample } from '../../server/core/typescript/role.ts';
import { isFallback, missingIn, nameElsewhere, optionValue, runsBefore } from '../../server/core/typescript/syntax.ts';
import { madeBy } from './nest-options.ts';
import { issuedSecretIn, secretMarks } from '../secrets.ts';
import page from './secret-hardcoded.md';

/** Where a secret goes: origin of the function, and the argument or option that takes it. */
const sinks: readonly {
  readonly calls: RegExp;
  readonly at: number;
  readonly option?: string;
  readonly fallbackOnly?: boolean;
}[] = [
  { calls: /^jsonwebtoken:(?:sign|verify)$/, at: 1 },
  { calls: /^crypto:createHmac$|^global:crypto\.createHmac$/, at: 1, fallbackOnly: true },
  { calls: /^@nestjs\/jwt:JwtModule\.register(?:Async)?$/, at: 0, option: 'secret' },
  { calls: /^express-session:(?:session)?$/, at: 0, option: 'secret' },
  { calls: /^cookie-session:$/, at: 0, option: 'secret' },
  { calls: /^cookie-parser:$/, at: 0 },
  { calls: /^passport-jwt:Strategy$/, at: 0, option: 'secretOrKey' },
  { calls: /^(?:hono\/jwt:jwt|koa-jwt:|express-jwt:(?:expressjwt)?)$/, at: 0, option: 'secret' },
  { calls: /^hono\/jwt:(?:sign|verify)$/, at: 1 },
  { calls: /^@nestjs\/jwt:JwtService\(\)\.(?:sign|verify)(?:Async)?$/, at: 1, option: 'secret' },
  { calls: /^jose:SignJWT\(\)(?:\.\w+\(\))*\.sign$/, at: 0 },
  { calls: /^jose:jwtVerify$/, at: 1 },
  { calls: /^next-auth(?:\/next)?:(?:NextAuth)?$/, at: 0, option: 'secret' },
  { calls: /^iron-session:getIronSession$/, at: 2, option: 'password' },
];

/** `class JwtStrategy extends PassportStrategy(Strategy) { constructor() { super({ secretOrKey }) } }`, in Nest. */
const strategy: (typeof sinks)[number] = { calls: /^passport-jwt:Strategy$/, at: 0, option: 'secretOrKey' };

/** Plugins that Fastify registers with their key. */
const plugins = /^(?:@fastify\/|fastify-)(?:jwt|cookie|session|secure-session):/;

/**
 * Evidence: a constant, or `setting || constant`, where a known function takes the key that tokens or sessions are signed with; or a text
 * in the form of an issuer's own keys.
 */
export default defineCodeRule<StandIn | undefined>({
  page,
  severity: 'error',
  *check(file) {
    const seen = new Set<ts.Node>();
    for (const { call, found } of constantsInSinks(file)) {
      if (seen.has(found.literal)) continue;
      seen.add(found.literal);
      const callee = call.expression;
      const isChained = ts.isPropertyAccessExpression(callee) && ts.isCallExpression(callee.expression);
      const name = isChained ? callee.name.text : callee.getText();
      yield {
        at: found.constant,
        evidence: call,
        severity: isExample(file) ? 'hint' : found.empty ? 'warn' : undefined,
        message: found.setting
          ? `\`${name}\` falls back to ${found.empty ? 'an empty key' : 'a key that stands in the source'} when \`${nameOf(found.setting)}\` is not set, and then anybody can sign; refuse to start without it.`
          : `\`${name}\` uses a key that stands in the source, so whoever can read the code can sign; read it from the environment or a secret store.`,
        data: spareOf(found),
      };
    }
    if (file.text.includes('passphrase')) yield* passphrases(file);
    yield* keysOfKoa(file);
    yield* issuedKeys(file, seen);
    yield* addresses(file);
    yield* mailPasswords(file);
  },
  fix: ({ data }) => data && withoutStandIn(data),
});

/** A constant and what it stands in for. */
export interface StandIn {
  readonly constant: Expression;
  readonly name: string;
}

/** Of `setting || constant`, where there is something to put in the constant's place. */
function spareOf({ constant, setting }: Found): StandIn | undefined {
  const isSpare = setting !== undefined && ts.isBinaryExpression(constant.parent);
  return isSpare ? { constant, name: /(\w+)['"\])]*$/.exec(setting.getText())?.[1] ?? setting.getText() } : undefined;
}

export function withoutStandIn({ constant, name }: StandIn): CodeFix {
  const newText = `(() => { throw new Error('${name} is not set'); })()`;
  return {
    title: 'Refuse to start without it',
    safety: 'suggestion',
    edits: [{ start: constant.getStart(), end: constant.getEnd(), newText }],
  };
}

/** `new Stripe('sk_live_…')`: a key that its issuer made, wherever it stands. Google's are shown to every browser. */
function* issuedKeys(file: CodeFile, told: ReadonlySet<ts.Node>): Iterable<CodeProblem<StandIn | undefined>> {
  if (!file.words.has(secretMarks)) return;
  const { StringLiteral, NoSubstitutionTemplateLiteral } = ts.SyntaxKind;
  for (const node of file.nodes(StringLiteral, NoSubstitutionTemplateLiteral)) {
    const secret = issuedSecretIn((node as ts.StringLiteralLike).text);
    if (!secret || secret.kind === 'a Google API key' || told.has(node)) continue;
    yield {
      at: node,
      message: `This looks like ${secret.kind} (\`${secret.text.slice(0, 4)}…\`), which whoever can read the code can use; revoke it, and read another from the environment or a secret store.`,
    };
  }
}

/** Of a database, a broker or a mail server on another host. A name without a dot is that of a container beside this one. */
const address =
  /^(?:postgres(?:ql)?|mysql|mariadb|mssql|mongodb(?:\+srv)?|rediss?|amqps?|smtps?):\/\/[^:@/\s]*:([^@/\s]+)@((?:[\w-]+\.)+[a-z]{2,})(?=[:/?,]|$)/i;
/** Names that lead nowhere, or not out of a house (RFC 2606, RFC 6762). */
const noHost = /(?:^|\.)(?:example(?:\.(?:com|net|org))?|test|invalid|local|localhost|localdomain|internal|lan|svc)$/i;
/** What stands for a password until somebody writes one. */
const placeholder =
  /^\W*(?:(?:db_?|my_?|your_?)*(?:user(?:name)?|pass(?:wor[dt]|wd)?|pwd|secret)|change-?me|x+|\*+)\W*$|[<>[\]{}$%]/i;

/** `mongodb+srv://pets:…@cluster0.mongodb.net`: who reads the code can sign in. */
function* addresses(file: CodeFile): Iterable<CodeProblem<StandIn | undefined>> {
  if (!/\b(?:postgres|mysql|mariadb|mssql|mongodb|redis|amqp|smtp)[\w+]*:\/\/[^\s@]*:[^\s@]*@/i.test(file.text)) return;
  const { StringLiteral, NoSubstitutionTemplateLiteral } = ts.SyntaxKind;
  for (const node of file.nodes(StringLiteral, NoSubstitutionTemplateLiteral)) {
    const [, password = '', host = ''] = address.exec((node as ts.StringLiteralLike).text) ?? [];
    if (password === '' || placeholder.test(password) || noHost.test(host)) continue;
    yield {
      at: node,
      severity: isExample(file) ? 'hint' : undefined,
      message: `This address holds the password for \`${host}\`, which whoever can read the code can use; change it, and read the address from the environment or a secret store.`,
    };
  }
}

/** Servers that only pretend to send. */
const pretends = /localhost|127\.0\.0\.1|ethereal|mailtrap|mailhog|mailpit|maildev/i;

/** `createTransport({ auth: { user, pass: '…' } })` of nodemailer. */
function* mailPasswords(file: CodeFile): Iterable<CodeProblem<StandIn | undefined>> {
  if (!file.words.has(/^createTransport$/m)) return;
  for (const call of file.calls) {
    if (!/^nodemailer:(?:\w+\.)?createTransport$/.test(origin(file, call.expression) ?? '')) continue;
    const [options] = call.arguments ?? [];
    const auth = options && optionValue(options, 'auth');
    const password = auth && optionValue(auth, 'pass');
    const text = password && constantText(password);
    if (!text || placeholder.test(text) || pretends.test(valueOf(options).getText())) continue;
    yield {
      at: valueOf(password),
      evidence: call,
      severity: isExample(file) ? 'hint' : undefined,
      message: `\`${call.expression.getText()}\` signs in with a password that stands in the source, so whoever can read the code can send mail in its name; change it, and read it from the environment or a secret store.`,
    };
  }
}

/** `app.keys = ['…']`: what Koa signs cookies and sessions with. */
function* keysOfKoa(file: CodeFile): Iterable<CodeProblem<StandIn | undefined>> {
  if (!file.words.has(/^keys$/m) || !file.modules.has('koa') || isGuarded(file)) return;
  for (const { left, operatorToken, right } of file.nodes(ts.SyntaxKind.BinaryExpression)) {
    if (operatorToken.kind !== ts.SyntaxKind.EqualsToken || !ts.isPropertyAccessExpression(left) || left.name.text !== 'keys')
      continue;
    if (!/^koa:(?:Koa|default)?\(\)$/.test(origin(file, left.expression) ?? '')) continue;
    const list = valueOf(right);
    const [key] = ts.isArrayLiteralExpression(list) ? list.elements : [];
    if (!key || !ts.isStringLiteralLike(key) || key.text === '') continue;
    yield {
      at: key,
      evidence: left,
      severity: isExample(file) ? 'hint' : undefined,
      message: `\`${left.getText()}\` holds a key that stands in the source, so whoever can read the code can sign; read it from the environment or a secret store.`,
    };
  }
}

/** `{ key, passphrase: '…' }`: options of a TLS connection, whose private key needs both to be stolen. */
function* passphrases(file: CodeFile): Iterable<CodeProblem<StandIn | undefined>> {
  for (const property of file.nodes(ts.SyntaxKind.PropertyAssignment)) {
    if (property.name.getText() !== 'passphrase' || !ts.isStringLiteralLike(property.initializer)) continue;
    const isOfKey = property.parent.properties.some(({ name }) => /^(?:key|pfx)$/.test(name?.getText() ?? ''));
    if (!isOfKey || property.initializer.text === '') continue;
    yield {
      at: property.initializer,
      evidence: property.parent,
      message:
        'The passphrase of a private key stands in the source, so it protects the key from nobody who can read the code; read it from the environment or a secret store.',
    };
  }
}

const keyed = /\b(?:sign|verify|createHmac|JwtModule|Strategy|PassportStrategy|NextAuth|jwt|jose)\b|session|cookie/i;

/** What those functions and methods are called. */
const takesKey = /sign|verify|hmac|register|jwt|session|auth|strategy|cookie/i;

/** Every constant that a known function is given as its key. */
export function* constantsInSinks(file: CodeFile): Iterable<{ call: ts.CallExpression | ts.NewExpression; found: Found }> {
  // The names of the functions, and of the modules that are functions themselves.
  if (!file.words.has(keyed)) return;
  for (const call of file.calls) {
    if (!takesKey.test(nameElsewhere(call.expression) ?? 'sign')) continue;
    const from = origin(file, call.expression);
    const known = from === undefined ? strategySink(file, call) : sinks.find(({ calls }) => calls.test(from));
    const sink = known ?? (from === undefined ? undefined : pluginSink(file, call));
    const argument = sink && madeBy(call.arguments?.[sink.at]);
    const secret = argument && (sink.option ? (optionValue(argument, sink.option) ?? keyIn(argument)) : argument);
    if (!sink || !secret || ts.isSpreadElement(secret) || isUnsigned(call)) continue;
    const found = constantSecret(file, secret);
    // Libraries of tokens and sessions throw for an empty key; node's HMAC takes it.
    if (found?.empty && (!sink.fallbackOnly || isRefusedBefore(file, secret, call))) continue;
    if (
      found?.setting &&
      !ts.isBindingElement(found.constant.parent) &&
      isStandInRefused(file, found.text, found.setting.getText())
    )
      continue;
    if (found && !(sink.fallbackOnly && !found.setting && !looksRandom(found.text)) && !isGuarded(file)) yield { call, found };
  }
}

/** `jwt.sign(claims, 'unused', { algorithm: 'none' })`: nothing is signed with the key. */
function isUnsigned(call: ts.CallExpression | ts.NewExpression): boolean {
  const algorithm = optionValue(call.arguments?.[2], 'algorithm');
  return algorithm !== undefined && constantText(algorithm) === 'none';
}

/** `if (!secret) throw …`: nothing is signed with the empty key. */
function isRefusedBefore(file: CodeFile, secret: Expression, call: ts.Node): boolean {
  const name = unwrap(secret).getText();
  return file.nodes(ts.SyntaxKind.IfStatement).some((choice) => {
    const { expression, thenStatement } = choice;
    const last = ts.isBlock(thenStatement) ? thenStatement.statements.at(-1) : thenStatement;
    const leaves = last !== undefined && (ts.isThrowStatement(last) || ts.isReturnStatement(last));
    return leaves && runsBefore(choice, call) && missingIn(expression).some((each) => each.getText() === name);
  });
}

/** `if (isProduction && key === 'dev') throw …`, `if (!key && isProduction) throw …`: whoever runs with the stand-in is stopped. */
export function isStandInRefused(file: CodeFile, standIn: string, setting: string): boolean {
  return file
    .nodes(ts.SyntaxKind.IfStatement)
    .some(
      ({ expression, thenStatement }) =>
        /\bthrow\b|process\.exit\(/.test(thenStatement.getText()) &&
        [expression, ...descendants(expression)].some(
          (node) =>
            (ts.isPrefixUnaryExpression(node) && node.getText() === `!${setting}`) ||
            (ts.isBinaryExpression(node) &&
              /^===?$/.test(node.operatorToken.getText()) &&
              [node.left, node.right].some((side) => ts.isStringLiteralLike(side) && side.text === standIn)),
        ),
    );
}

/** `cookieSession({ keys: ['…'] })`: the first of the keys signs. */
function keyIn(options: Expression): Expression | undefined {
  const keys = optionValue(options, 'keys');
  const list = keys && valueOf(keys);
  return list && ts.isArrayLiteralExpression(list) ? list.elements[0] : undefined;
}

/** `super({ secretOrKey: '…' })` in a class that extends Nest's `PassportStrategy` of passport-jwt. */
function strategySink(file: CodeFile, { expression }: ts.CallExpression | ts.NewExpression): (typeof sinks)[number] | undefined {
  if (expression.kind !== ts.SyntaxKind.SuperKeyword) return undefined;
  const owner = classAround(expression);
  const base = owner && baseOf(owner);
  const [made] = base && ts.isCallExpression(base) && /PassportStrategy$/.test(base.expression.getText()) ? base.arguments : [];
  return made && strategy.calls.test(origin(file, made) ?? '') ? strategy : undefined;
}

/** `app.register(jwt, { secret })`, in Fastify. */
function pluginSink(file: CodeFile, call: ts.CallExpression | ts.NewExpression): (typeof sinks)[number] | undefined {
  const { expression, arguments: [plugin] = [] } = call;
  if (!plugin || !ts.isPropertyAccessExpression(expression) || expression.name.text !== 'register') return undefined;
  return plugins.test(origin(file, plugin) ?? '') ? { calls: plugins, at: 1, option: 'secret' } : undefined;
}

/** Drawn by chance, and no name for a purpose: an HMAC under such a key is no mere fingerprint. */
function looksRandom(text: string): boolean {
  return /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[\w+/=-]{20,}$|^[\da-f]{32,}$/.test(text);
}

interface Found {
  /** Where it stands in this file: the constant itself, or its name where it is another file's. */
  readonly constant: Expression;
  /** The constant itself. */
  readonly literal: Expression;
  readonly text: string;
  /** What the constant stands in for. */
  readonly setting?: Expression;
  readonly empty: boolean;
}

function constantSecret(file: CodeFile, expression: Expression): Found | undefined {
  const node = encoded(valueOf(expression));
  const spare = standIn(node);
  if (spare) {
    const { constant, setting } = spare;
    const text = constantText(constant);
    // A salt hides what is hashed, and signs nothing.
    if (text === undefined || /salt\w*$/i.test(setting.getText())) return undefined;
    return { constant, literal: constant, text, setting, empty: text === '' };
  }
  const own = constantText(node);
  const behind = own === undefined ? definitionOf(file, node) : { node, file };
  const value = behind && ts.isExpression(behind.node) ? behind.node : undefined;
  const text = own ?? (value && constantText(value));
  if (!behind || !value || !text || isPublic(text) || isGuarded(behind.file)) return undefined;
  return { constant: behind.file === file ? value : expression, literal: value, text, empty: false };
}

/** What is taken where a setting is absent: `setting || x`, `setting ? setting : x`, `config.get('NAME', x)`, `{ NAME = x } = process.env`. */
function standIn(node: Expression): { constant: Expression; setting: Expression } | undefined {
  const isSetting = (of: ts.Node) => /\benv\b|config|secret/i.test(of.getText());
  if (isFallback(node)) return isSetting(node.left) ? { constant: node.right, setting: unwrap(node.left) } : undefined;
  if (ts.isConditionalExpression(node)) {
    const { condition, whenTrue, whenFalse } = node;
    const isAsked = isSetting(whenTrue) && condition.getText().includes(whenTrue.getText());
    return isAsked ? { constant: whenFalse, setting: unwrap(whenTrue) } : undefined;
  }
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === 'get') {
    const [name, constant] = node.arguments;
    return name && constant && /config/i.test(node.expression.expression.getText()) ? { constant, setting: name } : undefined;
  }
  const declaration = ts.isIdentifier(node) ? declarationOf(node) : undefined;
  if (!declaration || !ts.isBindingElement(declaration) || !declaration.initializer) return undefined;
  const { initializer: constant, name, parent } = declaration;
  const source = ts.isVariableDeclaration(parent.parent) ? parent.parent.initializer : undefined;
  return source && isSetting(source) && ts.isIdentifier(name) ? { constant, setting: name } : undefined;
}

/** `new TextEncoder().encode(key)`, `Buffer.from(key)`, `String(key)`, `key.trim()`. */
function encoded(node: Expression): Expression {
  if (!ts.isCallExpression(node)) return node;
  const { expression } = node;
  const isTrimmed = ts.isPropertyAccessExpression(expression) && expression.name.text === 'trim';
  const isWrapped = /^(?:new TextEncoder\(\)\.encode|Buffer\.from|String)$/.test(expression.getText());
  const inner = isTrimmed ? expression.expression : isWrapped ? node.arguments[0] : undefined;
  return inner ? encoded(valueOf(inner)) : node;
}

function nameOf(setting: Expression): string {
  return ts.isStringLiteralLike(setting) ? setting.text : setting.getText();
}

function isPublic(text: string): boolean {
  return /-----BEGIN (?:RSA )?PUBLIC KEY|-----BEGIN CERTIFICATE/.test(text);
}

const asksWhere = /NODE_ENV\s*[!=]==?\s*['"](?:production|development|test)['"]/;
/** The question alone, not all of the function that asks it: `exports.login = async () => { … }`. */
const isTheQuestion = /^[\w.?[\]'"]*NODE_ENV['"\]]*\s*[!=]==?\s*['"]\w+['"]$/;

const guarded = new WeakMap<CodeFile, boolean>();

/**
 * The file asks where it runs, and may refuse to run in production without its settings. What only another value hangs on
 * (`secure: process.env.NODE_ENV === 'production'`) refuses nothing.
 */
export function isGuarded(file: CodeFile): boolean {
  if (!asksWhere.test(file.text)) return false;
  let found = guarded.get(file);
  if (found === undefined) {
    const asking = file.nodes(ts.SyntaxKind.BinaryExpression).filter((node) => isTheQuestion.test(node.getText()));
    guarded.set(file, (found = asking.some(mayRefuse)));
  }
  return found;
}

/** A condition, of statements or of a value, on which the secret may hang; or one with a name by which it is asked for so. */
function mayRefuse(asking: ts.BinaryExpression): boolean {
  let outer: ts.Node = asking;
  while (
    ts.isBinaryExpression(outer.parent) ||
    ts.isParenthesizedExpression(outer.parent) ||
    ts.isPrefixUnaryExpression(outer.parent)
  )
    outer = outer.parent;
  const { parent } = outer;
  if (ts.isPropertyAssignment(parent)) return secretWord.test(outer.getText());
  if (ts.isIfStatement(parent) || ts.isConditionalExpression(parent)) return refusing.test(parent.getText());
  if (ts.isBindingElement(parent) || ts.isParameter(parent)) return false;
  if (
    !ts.isVariableDeclaration(parent) ||
    !ts.isIdentifier(parent.name) ||
    /^export\b/.test(statementOf(parent)?.getText() ?? '')
  )
    return true;
  const name = new RegExp(`\\b${parent.name.text}\\b`);
  return descendants(parent.getSourceFile()).some((node) => {
    const condition = ts.isIfStatement(node) ? node.expression : ts.isConditionalExpression(node) ? node.condition : undefined;
    return condition !== undefined && name.test(condition.getText()) && refusing.test(node.getText());
  });
}

const refusing = /secret|_KEY\b|throw|exit|valid|assert|ensure|\brequire(?!d)|check/i;
const secretWord = /secret|\bkeys?\b|_KEY\b|token|password|throw|exit/i;
