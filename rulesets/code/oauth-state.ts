import type { Span } from '../../server/core/finding.ts';
import { type CodeFix, type CodeProblem, defineCodeRule } from '../../server/core/rule.ts';
import {
  type CodeFile,
  descendants,
  enclosingFunction,
  type FunctionNode,
  indentAt,
  isFunctionNode,
  spanOf,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { constantText, valueOf } from '../../server/core/typescript/constants.ts';
import { definitionOf } from '../../server/core/typescript/definitions.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { boundTo, callsOf, isWithin, optionState, optionValue } from '../../server/core/typescript/syntax.ts';
import { newline } from './edits.ts';
import { httpCalls } from './http-clients.ts';
import page from './oauth-state.md';

const endpoint = /https?:\/\/[^\s'"`?]+\/(?:authorize|oauth2?(?:\/v\d)?\/auth|o\/oauth2(?:\/v\d)?\/auth)(?=$|[?'"`])/;

/** GitHub and Slack know no other type than a code, and ask for none. */
const untyped = /^https:\/\/(?:github|slack)\.com\//;

/** `client_id=` and `response_type=` in one text: an authorization request written out, wherever its address stands. */
const asked = /response_type=(?:code|token)\b/;

/** `response_type: 'install'`: a page of the provider that is no authorization request. */
const otherType = /response_type['"]?\s*[:,]\s*['"](?!code|token|id_token)/;

interface Asked {
  readonly options: ts.ObjectLiteralExpression;
}

/** Strategies of Passport that ask without `state` unless they are told to. */
const strategies =
  /^passport-(?:oauth2|google-oauth2|google-oauth20|github2?|facebook|gitlab2|discord|linkedin-oauth2|spotify|microsoft|bitbucket-oauth2|slack-oauth2):(?:(?:OAuth2)?Strategy)?$/;

/**
 * Evidence: the address of an authorization endpoint, and in its function (or that which names the constant or the field it is)
 * `response_type` and `client_id`, but no word of `state` or PKCE; or a strategy of Passport, in a package with sessions, whose options and
 * whose file say nothing of either, or whose store takes every `state`; or a library's function that
 * makes the address, without a `state` in its options, behind a redirect.
 */
export default defineCodeRule<Asked>({
  page,
  severity: 'error',
  snippet: 'oauth2-pkce',
  *check(file) {
    yield* unguarded(file);
    yield* acceptedAll(file);
    yield* madeByLibrary(file);
    if (!file.words.has(/authorize|oauth|response_type/i)) return;
    yield* writtenAsObject(file);
    const literals = [
      ...file.nodes(ts.SyntaxKind.StringLiteral),
      ...file.nodes(ts.SyntaxKind.NoSubstitutionTemplateLiteral),
      ...file.nodes(ts.SyntaxKind.TemplateHead),
    ];
    for (const literal of literals) {
      const address = endpoint.exec(literal.text)?.[0];
      if (isMetadata(literal)) continue;
      if (!address) {
        const scope = enclosingFunction(literal);
        if (!ts.isSourceFile(scope)) yield* written(file, literal, scope);
        continue;
      }
      for (const { at, whole, text, scope } of placesOf(file, literal, address)) {
        const isTyped = /response_type/.test(text) || untyped.test(address);
        if (!isTyped || !/client_id/.test(text) || guarded.test(text) || otherType.test(text)) continue;
        if (isOnlyRequested(file, whole) || isAddedElsewhere(file, scope)) continue;
        yield {
          at,
          evidence: scope,
          message: `\`${address}\` is called without \`state\` or PKCE, so an attacker can have a victim finish the attacker's sign-in; send a random \`state\` kept in the session (and \`code_challenge\`) and compare it on return.`,
        };
      }
    }
  },
  fix({ data }, file) {
    return data && ask(data.options, file);
  },
});

/** `new GoogleStrategy({ clientID, clientSecret, callbackURL }, …)` where a session could keep the `state`. */
function* unguarded(file: CodeFile): Iterable<CodeProblem<Asked>> {
  const sessions = ['express-session', 'cookie-session'].some(
    (name) => file.modules.has(name) || file.package?.installed.has(name),
  );
  if (!sessions || ![...file.modules].some((name) => name.startsWith('passport-')) || guarded.test(file.text)) return;
  for (const made of file.nodes(ts.SyntaxKind.NewExpression)) {
    const [options] = made.arguments ?? [];
    if (!options || !ts.isObjectLiteralExpression(options)) continue;
    const isBare =
      optionState(options, ['state', 'store', 'pkce']) === 'absent' && optionValue(options, 'callbackURL') !== undefined;
    if (!isBare || !strategies.test(origin(file, made.expression) ?? '')) continue;
    yield {
      at: made.expression,
      evidence: made,
      severity: 'warn',
      message: `\`${made.expression.getText()}\` asks without \`state\`, so an attacker can have a victim finish the attacker's sign-in; set \`state: true\`, and Passport keeps it in the session and compares it on return.`,
      data: { options },
    };
  }
}

/** `jwt.verify(req.query.state, key)`: the answer is looked at elsewhere. */
const checked = /\b(?:verify|check|validate|decrypt|consume)\w*\([^()]*\.state\b/i;

/** `store: { verify(req, state, done) { done(null, true); } }`: a `state` is sent, and whatever comes back is taken for it. */
function* acceptedAll(file: CodeFile): Iterable<CodeProblem<Asked>> {
  if (!file.words.has(/^store$/m) || ![...file.modules].some((name) => name.startsWith('passport-'))) return;
  for (const property of file.nodes(ts.SyntaxKind.PropertyAssignment)) {
    if (property.name.getText() !== 'store' || !optionValue(property.parent, 'callbackURL')) continue;
    const verify = verifierOf(file, property.initializer);
    if (!verify || !saysYes(verify) || checked.test(file.text)) continue;
    yield {
      at: verify.name && isWithin(verify, property) ? verify.name : property,
      evidence: property,
      severity: 'warn',
      message:
        "`verify` accepts every `state`, so an attacker can have a victim finish the attacker's sign-in; keep what was sent in a cookie or the session, and compare it on return.",
    };
  }
}

/** The function of a store that is asked for the `state` which came back. */
function verifierOf(file: CodeFile, store: ts.Expression): FunctionNode | undefined {
  const made = valueOf(store);
  const holder = ts.isNewExpression(made) ? definitionOf(file, made.expression)?.node : made;
  if (!holder || !(ts.isClassLike(holder) || ts.isObjectLiteralExpression(holder))) return undefined;
  for (const member of ts.isClassLike(holder) ? holder.members : holder.properties) {
    if (member.name?.getText() !== 'verify') continue;
    if (ts.isMethodDeclaration(member)) return member;
    const value = ts.isPropertyAssignment(member) || ts.isPropertyDeclaration(member) ? member.initializer : undefined;
    return value && isFunctionNode(value) ? value : undefined;
  }
  return undefined;
}

/** Calls its callback with `true`, asks nothing, and lets nothing else decide. */
function saysYes({ parameters, body }: FunctionNode): boolean {
  const done = parameters.at(-1)?.name.getText();
  const nodes = body ? [body, ...descendants(body)] : [];
  const answers = nodes.filter(
    (node): node is ts.CallExpression => ts.isCallExpression(node) && node.expression.getText() === done,
  );
  const asks = nodes.some((node) => ts.isIfStatement(node) || ts.isConditionalExpression(node) || ts.isFunctionLike(node));
  return !asks && answers.length > 0 && answers.every((call) => call.arguments[1]?.kind === ts.SyntaxKind.TrueKeyword);
}

interface Place {
  readonly at: Span;
  /** The text that the address begins. */
  readonly whole: ts.Node;
  /** What says which request it is. */
  readonly text: string;
  readonly scope: ts.Node;
}

/** Where a request is made of the address: in the function it stands in, or in those that name the constant or the field which holds it. */
function placesOf(file: CodeFile, literal: ts.LiteralLikeNode, address: string): Place[] {
  const scope = enclosingFunction(literal);
  const whole = ts.isTemplateHead(literal) ? literal.parent : literal;
  if (!ts.isSourceFile(scope)) {
    const start = literal.getStart() + literal.getText().indexOf(address);
    return [{ at: { start, end: start + address.length }, whole, text: scope.getText(), scope }];
  }
  const { parent: holder } = whole;
  if (!ts.isVariableDeclaration(holder) && !ts.isPropertyDeclaration(holder)) return [];
  const uses = ts.isIdentifier(holder.name) ? file.named(holder.name.text).flatMap((name) => useOf(name, holder)) : [];
  return uses.flatMap((use): Place[] => {
    const user = enclosingFunction(use);
    if (ts.isSourceFile(user)) return [];
    const { parent } = use;
    const text = `${holder.getText()} ${user.getText()}`;
    return [{ at: spanOf(use), whole: ts.isTemplateSpan(parent) ? parent.parent : use, text, scope: user }];
  });
}

/** `this.address`, or the constant, where the name stands for it. */
function useOf(name: ts.Identifier, holder: ts.VariableDeclaration | ts.PropertyDeclaration): ts.Expression[] {
  const { parent } = name;
  if (ts.isVariableDeclaration(holder)) return name !== holder.name && declarationOf(name) === holder ? [name] : [];
  const isOwn =
    ts.isPropertyAccessExpression(parent) &&
    parent.name === name &&
    (parent.expression.kind === ts.SyntaxKind.ThisKeyword || parent.expression.getText() === holder.parent.name?.text);
  return isOwn && isWithin(name, holder.parent) ? [parent] : [];
}

/** Functions of libraries that make the address of an authorization request out of options. */
const makers =
  /^(?:google-auth-library:(?:auth\.)?OAuth2Client\(\)\.generateAuthUrl|googleapis:google\.auth\.OAuth2\(\)\.generateAuthUrl|simple-oauth2:AuthorizationCode\(\)\.authorizeURL|hubspot:(?:Hubspot)?\(\)\.oauth\.getAuthorizationUrl|@azure\/msal-node:ConfidentialClientApplication\(\)\.getAuthCodeUrl|client-oauth2:(?:ClientOAuth2)?\(\)\.code\.getUri)$/;
const making = /\.(?:generateAuthUrl|authorizeURL|getAuthorizationUrl|getAuthCodeUrl|code\.getUri)$/;

/** `response.redirect(client.generateAuthUrl({ scope }))`: a person is sent there, and comes back with any answer. */
function* madeByLibrary(file: CodeFile): Iterable<CodeProblem<Asked>> {
  if (!file.words.has(/^(?:generateAuthUrl|authorizeURL|getAuthorizationUrl|getAuthCodeUrl|getUri)$/m)) return;
  for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
    const scope = enclosingFunction(call);
    if (!making.test(call.expression.getText()) || ts.isSourceFile(scope)) continue;
    if (!makers.test(origin(file, call.expression) ?? '')) continue;
    if (optionState(call.arguments[0], ['state', 'code_challenge'], file) !== 'absent') continue;
    if (!/\bredirect\b/.test(scope.getText()) || guarded.test(scope.getText())) continue;
    yield {
      at: call.expression,
      evidence: scope,
      severity: 'warn',
      message: `\`${call.expression.getText()}\` asks without \`state\`, so an attacker can have a victim finish the attacker's sign-in; send a random \`state\` kept in the session (and \`code_challenge\`) and compare it on return.`,
    };
  }
}

function ask(options: ts.ObjectLiteralExpression, file: CodeFile): CodeFix | undefined {
  const last = options.properties.at(-1);
  if (!last) return undefined;
  const isOneLine = !file.text.slice(options.getStart(), options.getEnd()).includes('\n');
  const newText = isOneLine ? ', state: true' : `,${newline(file)}${indentAt(file, last.getStart())}state: true`;
  return { title: 'Set state: true', safety: 'suggestion', edits: [{ start: last.getEnd(), end: last.getEnd(), newText }] };
}

/** `authorization_endpoint: '…'`: what a client library is told, which then builds the request itself. */
function isMetadata({ parent }: ts.Node): boolean {
  return ts.isPropertyAssignment(parent) && /^['"]?authoriz\w*(?:_?endpoint|_?url)['"]?$/i.test(parent.name.getText());
}

/** `await axios.get(authorizationUrl)`, and nobody is sent there: the program tries its settings out. */
function isOnlyRequested(file: CodeFile, address: ts.Node): boolean {
  const isRequested = (node: ts.Node) =>
    httpCalls(file).some(({ call, kind }) => kind === 'send' && call.arguments.some((each) => each === node));
  const declaration = ts.isExpression(address) ? boundTo(address) : undefined;
  if (!declaration || !ts.isIdentifier(declaration.name)) return isRequested(address);
  const { name } = declaration;
  const uses = descendants(enclosingFunction(declaration)).filter(
    (node) => ts.isIdentifier(node) && node !== name && node.text === name.text && declarationOf(node) === declaration,
  );
  return uses.length > 0 && uses.every(isRequested);
}

/** Who calls the function adds the `state` to what it answers, or hands it further parameters: `{ client_id, ...extra }`. */
function isAddedElsewhere(file: CodeFile, scope: ts.Node): boolean {
  if (!ts.isFunctionLike(scope)) return false;
  const callers = callsOf(file, scope as FunctionNode).map((call) => enclosingFunction(call));
  if (callers.some((caller) => !ts.isSourceFile(caller) && guarded.test(caller.getText()))) return true;
  return descendants(scope).some((node) => {
    const spread = ts.isSpreadAssignment(node) && /client_id/.test(node.parent.getText()) ? unwrap(node.expression) : undefined;
    const declaration = spread && ts.isIdentifier(spread) ? declarationOf(spread) : undefined;
    return declaration !== undefined && ts.isParameter(declaration);
  });
}

/** A scope such as `user-read-playback-state` is none. */
const guarded = /(?<!-)\bstate|_state\b|State|code_challenge|nonce/;

/**
 * `new URLSearchParams({ client_id, redirect_uri, response_type: 'code' })`, `url.searchParams.set('response_type', 'code')`, wherever the address
 * stands, in a function that redirects: these three make an authorization request.
 */
function* writtenAsObject(file: CodeFile): Iterable<CodeProblem<Asked>> {
  if (!file.words.has(/^response_type$/m)) return;
  for (const call of file.calls) {
    const type = typeAsked(call);
    const scope = enclosingFunction(call);
    if (!type || ts.isSourceFile(scope)) continue;
    const text = scope.getText();
    // Who is given the address may add to it; where a literal one stands beside it, that is marked.
    if (!/\bredirect\(/.test(text)) continue;
    if (!/client_id/.test(text) || !/redirect_uri/.test(text) || guarded.test(text) || endpoint.test(text)) continue;
    yield {
      at: type,
      evidence: scope,
      message: `\`${type.getText()}\` is asked for without \`state\` or PKCE, so an attacker can have a victim finish the attacker's sign-in; send a random \`state\` kept in the session (and \`code_challenge\`) and compare it on return.`,
    };
  }
}

/** What says that a code or a token is asked for, in a query that is put together and seen whole. */
function typeAsked({
  expression: callee,
  arguments: given = [] as never,
}: ts.CallExpression | ts.NewExpression): ts.Node | undefined {
  const [first, second] = given;
  const isCode = (value: ts.Expression | undefined) => value !== undefined && /^(?:code|token)$/.test(constantText(value) ?? '');
  if (!first) return undefined;
  if (/\.(?:set|append)$/.test(callee.getText()))
    return constantText(first) === 'response_type' && isCode(second) ? second : undefined;
  if (!/(?:^|\.)(?:URLSearchParams|stringify)$/.test(callee.getText())) return undefined;
  const type = optionValue(first, 'response_type');
  return isCode(type) && optionState(first, ['state', 'code_challenge', 'nonce']) === 'absent' ? type?.parent : undefined;
}

/** `${address}?client_id=${id}&redirect_uri=${uri}&response_type=code`. */
function* written(file: CodeFile, literal: ts.Node, scope: ts.Node): Iterable<CodeProblem<Asked>> {
  const whole = ts.isTemplateHead(literal) ? literal.parent : literal;
  const text = whole.getText();
  const found = asked.exec(text);
  if (!found || !/client_id=/.test(text) || !/redirect_uri=/.test(text) || guarded.test(scope.getText())) return;
  if (isOnlyRequested(file, whole) || isAddedElsewhere(file, scope)) return;
  const start = whole.getStart() + found.index;
  yield {
    at: { start, end: start + found[0].length },
    evidence: scope,
    message: `\`${found[0]}\` is asked for without \`state\` or PKCE, so an attacker can have a victim finish the attacker's sign-in; send a random \`state\` kept in the session (and \`code_challenge\`) and compare it on return.`,
  };
}
