import { type CodeProblem, defineCodeRule } from '../../server/core/rule.ts';
import {
  type CodeFile,
  descendants,
  enclosingFunction,
  type Expression,
  isAssignment,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { propertiesOf, valueOf } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { calleeName, majorOf, outermostFunction } from '../../server/core/typescript/syntax.ts';
import { isMongoCollection } from './databases.ts';
import page from './mongo-operator-injection.md';
import { stepsTo } from './mounts.ts';
import { flowsFromRequest, hasNoValidator, isRequest } from './request.ts';

const queries =
  /^(?:find|findOne|findOneAndUpdate|findOneAndDelete|findOneAndReplace|update|updateOne|updateMany|replaceOne|remove|deleteOne|deleteMany|countDocuments|exists)$/;
const checks =
  /sanitiz|validat|celebrate|\bjoi\b|\bzod\b|\bz\.|\byup\b|\bajv\b|safeParse|\.parse\(|typeof|isString|\bcheck\(|\bbody\(/i;

/**
 * Evidence: a query of mongoose or mongodb whose filter compares with a member of an Express body (or is the body), as it
 * came, in a handler that the same file registers, that the application registers bare, or of a package without validators. Silent where anything in the file checks or cleans input. Or a `$where` that is put
 * together of what a request carries, or of a text that a function is given, whoever's the collection is.
 */
export default defineCodeRule<{ value: Expression }>({
  page,
  severity: 'warn',
  *check(file) {
    yield* programs(file);
    if (!file.words.has(/^(?:body|query)$/m) || isCleaned(file)) return;
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      const { expression } = call;
      const [filter] = call.arguments;
      if (!filter || !ts.isPropertyAccessExpression(expression) || !queries.test(expression.name.text)) continue;
      const given = compared(filter).filter((value) => isFromBody(file, value));
      if (given.length === 0 || !isMongoCollection(file, expression.expression)) continue;
      if (looksAtInput(file)) return;
      for (const value of given) {
        yield {
          at: value,
          evidence: enclosingFunction(call),
          message: isWhole(value)
            ? `\`${value.getText()}\` is a whole filter that the sender wrote: operators such as \`$where\` and \`$gt\` make \`${expression.getText()}\` match what they like; build the filter from the fields you expect.`
            : `\`${value.getText()}\` is whatever JSON the sender wrote: an object such as \`{ "$ne": null }\` is an operator in \`${expression.getText()}\` and matches every document; compare with \`{ $eq: … }\`, or check that it is a string.`,
          data: { value },
        };
      }
    }
  },
  fix({ data }) {
    const value = data?.value;
    if (!value || isWhole(value)) return undefined;
    const text = `{ $eq: ${value.getText()} }`;
    const newText = ts.isShorthandPropertyAssignment(value.parent) ? `${value.getText()}: ${text}` : text;
    return {
      title: 'Compare with $eq',
      safety: 'suggestion',
      edits: [{ start: value.getStart(), end: value.getEnd(), newText }],
    };
  },
});

/** Does anything in a file check or clean input? What a comment says of it does not count. */
function looksAtInput({ text }: CodeFile): boolean {
  return checks.test(text) && checks.test(text.replace(/\/\*[^]*?\*\/|(?<!:)\/\/[^\n]*/g, ''));
}

/** The database runs `$where` as JavaScript, so what is put into its text is run as well. */
function* programs(file: CodeFile): Iterable<CodeProblem<{ value: Expression }>> {
  if (!file.text.includes('$where')) return;
  for (const property of file.nodes(ts.SyntaxKind.PropertyAssignment)) {
    if (!/^['"]?\$where['"]?$/.test(property.name.getText())) continue;
    if (!mayBeProgram(file, property.initializer)) continue;
    const hole = holesOf(unwrap(property.initializer)).find(
      (each) => !isPlain(each) && (isGivenText(each) || flowsFromRequest(file, each)),
    );
    if (!hole) continue;
    yield {
      at: hole,
      evidence: property,
      severity: 'error',
      message: `\`${hole.getText()}\` becomes part of a program that the database runs (\`$where\`), so whoever sends it can read every document, or keep the database busy; compare a field instead.`,
    };
  }
}

const mongo = /mongo|^(?:monk|marsdb|nedb|@seald-io\/nedb)$/;

/** Other services have a `$where` too, which is a condition of their own language: Socrata's, OData's. */
function mayBeProgram({ modules, package: found }: CodeFile, text: Expression): boolean {
  const isScript = /\bthis\b|[=!]=|=>|\bfunction\b/.test(text.getText());
  return isScript || [...modules, ...(found?.installed.keys() ?? [])].some((name) => mongo.test(name));
}

/** A parameter that may hold any text: who calls the function cannot know that it becomes a program. */
function isGivenText(hole: Expression): boolean {
  const node = valueOf(hole);
  const declaration = ts.isIdentifier(node) ? declarationOf(node) : undefined;
  if (!declaration || !ts.isParameter(declaration)) return false;
  return !declaration.type || /^(?:string|any|unknown)$/.test(declaration.type.getText());
}

/** What a template or a sum is filled with. */
function holesOf(text: Expression): Expression[] {
  if (ts.isTemplateExpression(text)) return text.templateSpans.map(({ expression }) => expression);
  if (!ts.isBinaryExpression(text) || text.operatorToken.kind !== ts.SyntaxKind.PlusToken) return [];
  return [text.left, text.right]
    .map((side) => unwrap(side))
    .flatMap((side) => (ts.isBinaryExpression(side) ? holesOf(side) : ts.isStringLiteralLike(side) ? [] : [side]));
}

/** A number, or a text that something was taken out of; of two, both. */
function isPlain(hole: Expression): boolean {
  const value = valueOf(hole);
  if (ts.isConditionalExpression(value)) return isPlain(value.whenTrue) && isPlain(value.whenFalse);
  if (ts.isPrefixUnaryExpression(value)) return true;
  return (
    ts.isCallExpression(value) &&
    /^(?:Number|parseInt|parseFloat|JSON\.stringify)$|\.replace(?:All)?$|escape|sanitiz|ObjectId/i.test(
      value.expression.getText(),
    )
  );
}

/** Middleware of another file may clean every body. */
function isCleaned({ package: found }: CodeFile): boolean {
  return ['express-mongo-sanitize', 'mongo-sanitize', 'mongoose-sanitize', '@exortek/express-mongo-sanitize'].some((name) =>
    found?.installed.has(name),
  );
}

/** The values a filter compares its fields with: the filter itself, where it is no literal. */
function compared(filter: Expression): Expression[] {
  const members = propertiesOf(filter);
  if (!members) return [unwrap(filter)];
  return [
    ...addedTo(filter),
    ...[...members.values()].flatMap((member) =>
      ts.isPropertyAssignment(member)
        ? [unwrap(member.initializer)]
        : ts.isShorthandPropertyAssignment(member)
          ? [member.name]
          : [],
    ),
  ];
}

/** `filter.status = req.query.status`, of a filter that is put together before it is asked with. */
function addedTo(filter: Expression): Expression[] {
  const declaration = ts.isIdentifier(filter) ? declarationOf(filter) : undefined;
  if (!declaration) return [];
  return descendants(enclosingFunction(filter)).flatMap((node) => {
    if (!isAssignment(node) || node.end > filter.pos || !ts.isPropertyAccessExpression(node.left)) return [];
    const owner = node.left.expression;
    return ts.isIdentifier(owner) && declarationOf(owner) === declaration ? [unwrap(node.right)] : [];
  });
}

/** `req.body`, `req.body.email`, or `email` of `const { email } = req.body`; the query, too, where it may hold objects. */
function isFromBody(file: CodeFile, value: Expression): boolean {
  const node = valueOf(value);
  if (ts.isIdentifier(node)) {
    const declaration = declarationOf(node);
    const pattern = declaration && ts.isBindingElement(declaration) && !declaration.initializer ? declaration.parent : undefined;
    const owner = pattern?.parent;
    return (
      owner !== undefined &&
      ts.isVariableDeclaration(owner) &&
      owner.initializer !== undefined &&
      (isBody(file, owner.initializer) || isQuery(file, owner.initializer))
    );
  }
  if (isBody(file, node) || isCarried(file, node, 'query')) return true;
  return ts.isPropertyAccessExpression(node) && (isBody(file, node.expression) || isQuery(file, node.expression));
}

/** `a[$ne]=1` is an object to Express 4 and a string to Express 5. */
function isQuery(file: CodeFile, expression: Expression): boolean {
  return (majorOf(file, 'express') ?? 5) < 5 && isCarried(file, unwrap(valueOf(expression)), 'query');
}

function isBody(file: CodeFile, expression: Expression): boolean {
  return isCarried(file, unwrap(valueOf(expression)), 'body');
}

/**
 * A part of a request whose middleware can be seen, since this file registers the handler or has no types for it; or of a package that
 * has nothing by which a middleware could look at it.
 */
function isCarried(file: CodeFile, node: Expression, part: 'body' | 'query'): boolean {
  return (
    ts.isPropertyAccessExpression(node) &&
    node.name.text === part &&
    isRequest(file, node.expression) &&
    (/^$|=>/.test(origin(file, node.expression) ?? '') || hasNoValidator(file) || isMountedBare(file, node))
  );
}

/** Middleware that looks at what comes in, by what it is called. */
const looks = /valid|sanit|schema|celebrate|\bzod\b|\bjoi\b|\bajv\b/i;

/**
 * `app.patch('/reviews', guard, updateReviews())`: the application registers the function that this one is written in, with nothing beside it
 * that looks at a body, nor before all routes.
 */
function isMountedBare(file: CodeFile, node: ts.Node): boolean {
  const name = exportAround(node);
  if (name === undefined) return false;
  const [found] = stepsTo(file).flatMap(({ file: home }) => {
    const registration = registrationOf(home, name);
    return registration ? [{ home, registration }] : [];
  });
  return (
    found !== undefined &&
    !found.registration.arguments.some((each) => looks.test(each.getText())) &&
    !found.home
      .nodes(ts.SyntaxKind.CallExpression)
      .some((call) => calleeName(call) === 'use' && call.arguments.some((each) => looks.test(each.getText())))
  );
}

/** The name under which the outermost function around a node is exported. */
function exportAround(node: ts.Node): string | undefined {
  const outermost = outermostFunction(node);
  if (!ts.isFunctionDeclaration(outermost)) return undefined;
  const isExport = outermost.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
  return isExport ? outermost.name?.text : undefined;
}

/** Where a file registers a handler by this name: itself, what it makes, or what is wrapped around it. */
function registrationOf(file: CodeFile, name: string): ts.CallExpression | undefined {
  for (const use of file.named(name)) {
    for (let node: ts.Node = use.parent; ts.isCallExpression(node); node = node.parent) {
      if (/^(?:get|post|put|patch|delete|all)$/.test(calleeName(node)) && node.arguments.length > 1) return node;
    }
  }
  return undefined;
}

function isWhole(value: Expression): boolean {
  return !ts.isPropertyAssignment(value.parent) && !ts.isShorthandPropertyAssignment(value.parent) && !isAssignment(value.parent);
}
