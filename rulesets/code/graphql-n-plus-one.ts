import { defineCodeRule } from '../../server/core/rule.ts';
import { methodOf } from '../../server/core/typescript/classes.ts';
import { type CodeFile, descendants, type FunctionNode, ts } from '../../server/core/typescript/code.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { inOneLine, mentions } from '../../server/core/typescript/syntax.ts';
import { type DatabaseCall, databaseCalls } from './databases.ts';
import page from './graphql-n-plus-one.md';
import { mappedResolvers, takesArguments } from './graphql-resolvers.ts';

/**
 * Evidence: a field resolver of Nest, type-graphql or a map of resolvers that reads from a database by a value of its parent, itself or in a
 * method it calls with one. Silent where a loader is spoken of, and for reads that Prisma gathers.
 */
export default defineCodeRule({
  page,
  severity: 'hint',
  *check(file) {
    for (const { node, parent, at, owner } of fieldResolvers(file)) {
      if (loads.test(file.text)) return;
      const query = !isForOne(node, parent) && !isBrought(node, parent) ? queryPerParent(owner, node, parent) : undefined;
      if (!query) continue;
      yield {
        at: owner === file ? query : at,
        evidence: owner === file ? node : at,
        message: `\`${inOneLine(query)}\` runs once for each parent in the answer: a list of a hundred makes a hundred queries; gather the keys of one request with a \`DataLoader\` and read the rows at once.`,
      };
    }
  },
});

/** What gathers keys; no file that is uploaded. */
const loads = /(?<!(?:up|down))loader|batch/i;

interface FieldResolver {
  readonly node: FunctionNode;
  /** What it calls its parent. */
  readonly parent: ReadonlySet<string>;
  /** Where this file names it. */
  readonly at: ts.Node;
  /** The file it is written in. */
  readonly owner: CodeFile;
}

/** Resolvers of a type's fields that take no arguments of their own, and what they call their parent. */
function* fieldResolvers(file: CodeFile): Iterable<FieldResolver> {
  for (const method of file.words.has(/\b(?:ResolveField|FieldResolver)\b/) ? file.nodes(ts.SyntaxKind.MethodDeclaration) : []) {
    const parent = isFieldResolver(file, method) && !isPaged(method) ? parentName(file, method) : undefined;
    if (parent) yield { node: method, parent, at: method.name, owner: file };
  }
  for (const { type, at, node, file: owner } of mappedResolvers(file)) {
    const [parent] = node.parameters;
    if (/^(?:Query|Mutation|Subscription)$/.test(type) || !parent || takesArguments(node)) continue;
    if (owner === file || !loads.test(owner.text)) yield { node, parent: namesIn(parent), at, owner };
  }
}

function isFieldResolver(file: CodeFile, method: ts.MethodDeclaration): boolean {
  return (ts.getDecorators(method) ?? []).some(({ expression }) => {
    const callee = ts.isCallExpression(expression) ? expression.expression : expression;
    return /^(?:@nestjs\/graphql:ResolveField|type-graphql:FieldResolver)$/.test(origin(file, callee) ?? '');
  });
}

/** The parameter that is the parent: `@Parent() user`, `@Root() user`, or the first where none says what it is. */
function parentName(file: CodeFile, { parameters }: ts.MethodDeclaration): ReadonlySet<string> | undefined {
  const parent = parameters.find((parameter) =>
    (ts.getDecorators(parameter) ?? []).some(({ expression }) => {
      const callee = ts.isCallExpression(expression) ? expression.expression : expression;
      return /^(?:@nestjs\/graphql:(?:Parent|Root)|type-graphql:Root)$/.test(origin(file, callee) ?? '');
    }),
  );
  const [first] = parameters;
  if (parent) return namesIn(parent);
  return first && parameters.every((each) => ts.getDecorators(each) === undefined) ? namesIn(first) : undefined;
}

/** What a parameter is called, or its parts are. */
function namesIn({ name }: ts.ParameterDeclaration): ReadonlySet<string> {
  return new Set(ts.isIdentifier(name) ? [name.text] : [...descendants(name)].filter(ts.isIdentifier).map(({ text }) => text));
}

/** With arguments of its own each parent has its own question, a page of its children for instance. */
function isPaged({ parameters }: ts.MethodDeclaration): boolean {
  return parameters.some((parameter) =>
    (ts.getDecorators(parameter) ?? []).some(({ expression }) => /^(?:\w+\.)?Args?\b/.test(expression.getText())),
  );
}

/** Compares the parent with who asks: there is one of them. */
function isForOne(method: FunctionNode, parent: ReadonlySet<string>): boolean {
  return [...descendants(method)].some(
    (node) =>
      ts.isIfStatement(node) &&
      /[!=]==/.test(node.expression.getText()) &&
      mentions(node.expression, parent) &&
      /\b(?:user|me|viewer|current|requesting)/i.test(node.expression.getText()),
  );
}

/** `if (order.lines) return order.lines;`: who asks for many may have brought it along. */
function isBrought(method: FunctionNode, parent: ReadonlySet<string>): boolean {
  return [...descendants(method)].some((node) => {
    const answer = ts.isReturnStatement(node) ? node.expression : undefined;
    return (
      answer !== undefined &&
      ts.isPropertyAccessExpression(answer) &&
      ts.isIdentifier(answer.expression) &&
      parent.has(answer.expression.text)
    );
  });
}

/** The call that reads once for each parent: a query that names the parent, or a method given a part of it that makes one. */
function queryPerParent(file: CodeFile, method: FunctionNode, parent: ReadonlySet<string>): ts.Expression | undefined {
  const own = within(file, method).find((query) => isPlainRead(query) && query.given.some((each) => mentions(each, parent)));
  if (own) return own.at;
  for (const call of descendants(method)) {
    if (!ts.isCallExpression(call) || !call.arguments.some((argument) => mentions(argument, parent))) continue;
    const called = methodOf(file, call);
    if (!called || called.node === method || /loader|batch|cache/i.test(called.node.getText())) continue;
    const given = new Set(called.node.parameters.flatMap((parameter) => [...namesIn(parameter)]));
    const query = within(called.file, called.node).find(
      (each) => isPlainRead(each) && each.given.some((argument) => mentions(argument, given)),
    );
    if (query) return call.expression;
  }
  return undefined;
}

function within(file: CodeFile, scope: FunctionNode): DatabaseCall[] {
  return databaseCalls(file).filter(({ call }) => call.pos >= scope.pos && call.end <= scope.end);
}

/** One that a query for many parents can ask: Prisma gathers `findUnique` by itself, and a page is each parent's own. */
function isPlainRead({ call, driver, kind, method }: DatabaseCall): boolean {
  if (kind !== 'read' || (driver === 'Prisma' && method.startsWith('findUnique'))) return false;
  return !/\b(?:take|skip|limit|cursor)\b/i.test(call.getText());
}
