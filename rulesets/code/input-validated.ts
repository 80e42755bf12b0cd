import { defineCodeRule } from '../../server/core/rule.ts';
import { calleeOf, methodOf } from '../../server/core/typescript/classes.ts';
import {
  type CodeFile,
  descendants,
  type Expression,
  enclosingFunction,
  type FunctionNode,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { constantText, valueOf } from '../../server/core/typescript/constants.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { boundTo, importsProject, isFallback, isMemberName, isWithin } from '../../server/core/typescript/syntax.ts';
import { azureHandlers } from './azure-functions.ts';
import { type DatabaseCall, databaseCalls } from './databases.ts';
import { type Handler, handlers, writtenHandlers } from './handlers.ts';
import page from './input-validated.md';
import { consumers } from './messaging.ts';
import { poisonedParse } from './mq-poison-message.ts';
import { hasNoValidator, isRequest } from './request.ts';
import { handlersOfAll } from './serverless.ts';
import { sqlArgument } from './sql-drivers.ts';

/** Anything that may look at what came in. */
const validation =
  /valid|schema|\bzod\b|\bjoi\b|\bajv\b|yup|superstruct|valibot|typebox|typia|celebrate|sanitize(?!Html|HTML|Filename)\w*\(|coerce|\bassert|\bis[A-Z]\w*\(|\.(?:parse|safeParse|decode|check|guard|pick|omit)(?:Async)?\(|\bpick\(|instanceof|typeof/i;

/**
 * Evidence: a message that a consumer parses, or a body that a handler of HTTP (or a Lambda function behind a gateway) is sent, used without any word of a schema, a
 * check or a condition on it: members of the message read, the body written to a database by a known driver, by the handler or, in a package
 * with nothing that checks bodies, by a function of the project that it calls.
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
    const mayHand = file.words.has(/^(?:body|json)$/m) && hasNoValidator(file);
    const mayStore = mayHand && (importsProject(file) || databaseCalls(file).some(({ kind }) => kind === 'write'));
    const written = mayStore ? writtenHandlers(file) : [];
    const called = mayParse(file) || azureHandlers(file).length > 0 ? handlersOfAll(file) : handlers(file);
    for (const handler of [...called, ...written]) {
      if (handler.file !== file || handler.framework === 'NestJS' || isLookedInto(handler)) continue;
      const found = storedBody(handler) ?? (mayHand ? handedBody(handler) : undefined);
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

/** Has a handler, or its registration, any word of a schema or a check? */
function isLookedInto({ node, beside }: Handler): boolean {
  return beside.some((each) => validation.test(each.getText())) || validation.test(bodyText(node).replaceAll('JSON.parse(', ''));
}

/** What a function writes to its database, but for rows that it takes away. */
function writesIn(file: CodeFile, node: FunctionNode): DatabaseCall[] {
  return databaseCalls(file).filter(
    ({ call, kind }) => kind === 'write' && isWithin(call, node) && !/delete|destroy|remove/i.test(call.expression.getText()),
  );
}

/** The first part of a body that a handler gives to a function of the project, which adds it to a table and does not look at it either. */
function handedBody({ node, file }: Handler): Stored | undefined {
  for (const call of descendants(node)) {
    if (!ts.isCallExpression(call)) continue;
    const given = call.arguments.map((argument) => partOf(file, node, argument));
    if (given.every((each) => each === undefined)) continue;
    const called = calleeOf(file, call) ?? methodOf(file, call);
    if (!called || validation.test(bodyText(called.node))) continue;
    for (const [index, part] of given.entries()) {
      const parameter = called.node.parameters[index];
      const kept = part && parameter ? keptOf(called.file, called.node, parameter) : undefined;
      if (part && kept) return { use: part.use, whole: part.whole && kept === 'whole' };
    }
  }
  return undefined;
}

/** A body, or a part of it, that stands as an argument, also in an object that is made for it. */
function partOf(file: CodeFile, handler: FunctionNode, argument: Expression): Stored | undefined {
  const value = unwrap(argument);
  if (isBody(file, value)) return { use: value, whole: true };
  if (ts.isIdentifier(value)) return named(file, handler, value);
  if (ts.isPropertyAccessExpression(value))
    return isBody(file, unwrap(value.expression)) && !isLookedAt(handler, value) ? { use: value, whole: false } : undefined;
  if (!ts.isObjectLiteralExpression(value)) return undefined;
  for (const property of value.properties) {
    const part = ts.isShorthandPropertyAssignment(property)
      ? named(file, handler, property.name)
      : ts.isPropertyAssignment(property)
        ? partOf(file, handler, property.initializer)
        : undefined;
    if (part) return { use: part.use, whole: false };
  }
  return undefined;
}

/** How a function adds what it is given for a parameter to a table, where no condition stands on it. */
function keptOf(file: CodeFile, node: FunctionNode, parameter: ts.ParameterDeclaration): 'whole' | 'part' | undefined {
  const uses = [...descendants(node)].filter(
    (use): use is ts.Identifier => ts.isIdentifier(use) && !isMemberName(use) && isOf(parameter, declarationOf(use)),
  );
  if (uses.some(isCondition)) return undefined;
  for (const { call, driver } of writesIn(file, node)) {
    const sql = driver === 'SQL' ? sqlArgument(call) : undefined;
    if (driver === 'SQL' && !/^\s*insert\b/i.test((sql && constantText(sql)) ?? '')) continue;
    for (const argument of call.arguments.map(valueOf)) {
      const stored = [argument, ...descendants(argument, (inner) => !isCriterion(inner))].find((inner) =>
        uses.some((use) => use === inner),
      );
      if (stored) return ts.isIdentifier(parameter.name) && !isMemberRead(stored) ? 'whole' : 'part';
    }
  }
  return undefined;
}

function isOf(parameter: ts.ParameterDeclaration, declaration: ts.Node | undefined): boolean {
  return declaration !== undefined && isWithin(declaration, parameter);
}

/** The first part of a body that a handler writes to its database and nothing looks at. */
function storedBody({ node, file }: Handler): Stored | undefined {
  for (const { call } of writesIn(file, node)) {
    for (const inner of call.arguments.flatMap((argument) => [
      argument,
      ...descendants(argument, (node) => !isCriterion(node)),
    ])) {
      if (ts.isExpression(inner) && isBody(file, inner)) {
        const member =
          ts.isPropertyAccessExpression(inner.parent) && inner.parent.expression === inner ? inner.parent : undefined;
        if (member && isLookedAt(node, member)) return undefined;
        return { use: member ?? inner, whole: !member && !isOneValue(inner) };
      }
      const stored = ts.isIdentifier(inner) && !isMemberName(inner) ? named(file, node, inner) : undefined;
      if (stored) return { ...stored, whole: stored.whole && !isOneValue(inner) };
    }
  }
  return undefined;
}

/** `JSON.stringify(body)`: all of it in one column. */
function isOneValue({ parent }: ts.Node): boolean {
  return ts.isCallExpression(parent) && parent.expression.getText() === 'JSON.stringify';
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
  const body = isFallback(either) ? unwrap(either.left) : either;
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
