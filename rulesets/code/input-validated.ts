import { defineCodeRule } from '../../server/core/rule.ts';
import {
  type CodeFile,
  descendants,
  type Expression,
  enclosingFunction,
  type FunctionNode,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { boundTo, isMemberName } from '../../server/core/typescript/syntax.ts';
import { databaseCalls } from './databases.ts';
import { type Handler, handlers, writtenHandlers } from './handlers.ts';
import page from './input-validated.md';
import { consumers } from './messaging.ts';
import { poisonedParse } from './mq-poison-message.ts';
import { hasNoValidator, isRequest } from './request.ts';
import { handlersOfAll } from './serverless.ts';

/** Anything that may look at what came in. */
const validation =
  /valid|schema|\bzod\b|\bjoi\b|\bajv\b|yup|superstruct|valibot|typebox|typia|celebrate|sanitiz|coerce|\bassert|\bis[A-Z]\w*\(|\.(?:parse|safeParse|decode|check|guard|pick|omit)(?:Async)?\(|\bpick\(|instanceof|typeof/i;

/**
 * Evidence: a message that a consumer parses, or a body that a handler of HTTP (or a Lambda function behind a gateway) is sent, used without any word of a schema, a
 * check or a condition on it: members of the message read, the body written to a database by a known driver.
 */
export default defineCodeRule({
  page,
  severity: 'warn',
  *check(file) {
    for (const consumer of consumers(file)) {
      const { handler } = consumer;
      for (const parse of parses(handler)) {
        // Where it throws already at what is no JSON, `mq-poison-message` says so, and one finding is enough.
        if (parse === poisonedParse(file, consumer)) continue;
        yield {
          at: parse,
          evidence: handler,
          severity: 'hint',
          message: `\`${parse.getText()}\` is used as it came: a message of another shape or an older version fails somewhere further on, or is stored half; hold it against a schema first and park what does not fit.`,
        };
      }
    }
    // What stands beside a handler that another file registers may look at its body.
    const mayStore = hasNoValidator(file) && databaseCalls(file).some(({ kind }) => kind === 'write');
    const written = mayStore ? writtenHandlers(file) : [];
    const called = mayParse(file) ? handlersOfAll(file) : handlers(file);
    for (const handler of [...called, ...written]) {
      const found = handler.file === file && handler.framework !== 'NestJS' ? storedBody(handler) : undefined;
      if (!found) continue;
      yield {
        at: found.use,
        evidence: handler.node,
        severity: found.whole ? undefined : 'hint',
        message: found.whole
          ? `\`${found.use.getText()}\` is stored as it came, so a caller may set every column, those for roles and owners included; hold it against a schema that names what may be set.`
          : `\`${found.use.getText()}\` is stored as it came, whatever its type and length; hold the body against a schema first and answer 400 or 422.`,
      };
    }
  },
});

/** `JSON.parse` of something whose members are read in a function, and which nothing there looks at first. */
function* parses(handler: FunctionNode): Iterable<ts.CallExpression> {
  for (const call of descendants(handler)) {
    if (
      !ts.isCallExpression(call) ||
      call.expression.getText() !== 'JSON.parse' ||
      !/body|value|content|data/.test(call.getText())
    )
      continue;
    const declaration = boundTo(call);
    const scope = enclosingFunction(call);
    if (!declaration || ts.isSourceFile(scope) || validation.test(bodyText(scope).replaceAll('JSON.parse(', ''))) continue;
    const uses = usesOf(scope, declaration);
    const isRead = ts.isObjectBindingPattern(declaration.name) || uses.some(isMemberRead);
    if (isRead && !uses.some(isHandedOn) && !uses.some(isCondition)) yield call;
  }
}

function bodyText(scope: FunctionNode): string {
  return scope.body?.getText() ?? '';
}

/** Every later mention of the names a declaration binds. */
function usesOf(scope: ts.Node, declaration: ts.VariableDeclaration): ts.Identifier[] {
  const names = new Set(
    [declaration.name, ...descendants(declaration.name)].flatMap((node) => (ts.isIdentifier(node) ? [node.text] : [])),
  );
  return [...descendants(scope)].filter(
    (node): node is ts.Identifier =>
      ts.isIdentifier(node) && names.has(node.text) && !isMemberName(node) && node.pos >= declaration.end,
  );
}

function isMemberRead({ parent }: ts.Node): boolean {
  return ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent);
}

/** Given whole to a function, which may look at it. */
function isHandedOn(use: ts.Node): boolean {
  const { parent } = use;
  const isArgument = ts.isCallExpression(parent) && parent.expression !== use;
  return (
    (isArgument && !/^(?:console\.|log|logger\.|JSON\.stringify)/.test(parent.expression.getText())) ||
    ts.isReturnStatement(parent)
  );
}

function isCondition(use: ts.Node): boolean {
  for (let node = use; node.parent && !ts.isFunctionLike(node) && !ts.isBlock(node); node = node.parent) {
    const { parent } = node;
    if ((ts.isIfStatement(parent) || ts.isSwitchStatement(parent)) && parent.expression === node) return true;
    if (ts.isConditionalExpression(parent) && parent.condition === node) return true;
  }
  return false;
}

interface Stored {
  readonly use: Expression;
  /** The body itself, not members of it. */
  readonly whole: boolean;
}

/** The first part of a body that a handler writes to its database and nothing looks at. */
function storedBody({ node, file, beside }: Handler): Stored | undefined {
  if (beside.some((each) => validation.test(each.getText())) || validation.test(bodyText(node).replaceAll('JSON.parse(', '')))
    return undefined;
  const writes = databaseCalls(file).filter(
    ({ call, kind }) =>
      kind === 'write' &&
      call.pos >= node.pos &&
      call.end <= node.end &&
      !/delete|destroy|remove/i.test(call.expression.getText()),
  );
  for (const { call } of writes) {
    for (const inner of call.arguments.flatMap((argument) => [
      argument,
      ...descendants(argument, (node) => !isCriterion(node)),
    ])) {
      if (ts.isExpression(inner) && isBody(file, inner)) {
        const member =
          ts.isPropertyAccessExpression(inner.parent) && inner.parent.expression === inner ? inner.parent : undefined;
        if (member && isLookedAt(node, member)) return undefined;
        return { use: member ?? inner, whole: !member };
      }
      const stored = ts.isIdentifier(inner) && !isMemberName(inner) ? named(file, node, inner) : undefined;
      if (stored) return stored;
    }
  }
  return undefined;
}

/** `where: { id }`: which rows are meant is no part of what is stored in them. */
function isCriterion(node: ts.Node): boolean {
  return ts.isPropertyAssignment(node) && /^(?:where|select|include)$/.test(node.name.getText());
}

/** `req.body`, `await request.json()`, `c.req.json()`, `JSON.parse(event.body)` of a Lambda function. */
function isBody(file: CodeFile, node: Expression): boolean {
  if (ts.isPropertyAccessExpression(node) && node.name.text === 'body') return isRequest(file, node.expression);
  if (!ts.isCallExpression(node)) return false;
  return /^(?:req|request|c\.req|ctx\.req)\.json$/.test(node.expression.getText()) || isParsedEvent(file, node);
}

function mayParse({ words }: CodeFile): boolean {
  return words.has(/^parse$/m) && words.has(/^event$/m) && words.has(/^body$/m);
}

/** `JSON.parse(event.body)`, `JSON.parse(event.body ?? '{}')` of the first parameter of a function that a platform calls. */
function isParsedEvent(file: CodeFile, { arguments: [given], expression }: ts.CallExpression): boolean {
  if (!given || expression.getText() !== 'JSON.parse') return false;
  const either = unwrap(given);
  const body =
    ts.isBinaryExpression(either) && /^(?:\|\||\?\?)$/.test(either.operatorToken.getText()) ? unwrap(either.left) : either;
  if (!ts.isPropertyAccessExpression(body) || body.name.text !== 'body') return false;
  const event = unwrap(body.expression);
  const declaration = ts.isIdentifier(event) ? declarationOf(event) : undefined;
  return declaration !== undefined && handlersOfAll(file).some(({ node }) => node.parameters[0] === declaration);
}

/** A name the body, or a part of it, was given. */
function named(file: CodeFile, handler: ts.Node, name: ts.Identifier): Stored | undefined {
  const declaration = declarationOf(name);
  const isPart = declaration !== undefined && ts.isBindingElement(declaration);
  const owner = isPart ? declaration.parent.parent : declaration;
  if (!owner || !ts.isVariableDeclaration(owner) || !owner.initializer || !isBody(file, unwrap(owner.initializer)))
    return undefined;
  // What stands in a condition may be checked there.
  if (usesOf(handler, owner).some((use) => isCondition(use))) return undefined;
  const isCalled = ts.isCallExpression(name.parent.parent) && name.parent.parent.expression === name.parent;
  const member = isMemberRead(name) && !isCalled ? (name.parent as Expression) : undefined;
  return { use: member ?? name, whole: !isPart && !member };
}

function isLookedAt(handler: ts.Node, member: ts.PropertyAccessExpression): boolean {
  const text = member.getText();
  return [...descendants(handler)].some((node) => node.getText() === text && isCondition(node));
}
