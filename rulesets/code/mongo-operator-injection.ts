import { defineCodeRule } from '../../server/core/rule.ts';
import {
  type CodeFile,
  declarationOf,
  enclosingFunction,
  type Expression,
  origin,
  propertiesOf,
  ts,
  unwrap,
  valueOf,
} from '../../server/core/typescript/code.ts';
import { isRequest } from './request.ts';
import page from './mongo-operator-injection.md';

const queries =
  /^(?:find|findOne|findOneAndUpdate|findOneAndDelete|findOneAndReplace|updateOne|updateMany|replaceOne|deleteOne|deleteMany|countDocuments|exists)$/;
const collections =
  /^(?:mongoose:(?:mongoose\.)?(?:model\(\)|connection\.model\(\)|Model|Model\(\)|models\.\w+)|mongodb:(?:MongoClient\(\)(?:\.connect\(\))?\.db\(\)\.collection\(\)|Collection\(\)))\.\w+$/;
const checks =
  /sanitiz|validat|celebrate|\bjoi\b|\bzod\b|\bz\.|\byup\b|\bajv\b|safeParse|\.parse\(|typeof|isString|\bcheck\(|\bbody\(/i;

/**
 * Evidence: a query of mongoose or mongodb whose filter compares with a member of an Express body (or is the body), as it
 * came, in a handler that the same file registers. Silent where anything in the file checks or cleans input.
 */
export default defineCodeRule<{ value: Expression }>({
  page,
  severity: 'warn',
  *check(file) {
    if (!/\.(?:body|query)\b/.test(file.text) || checks.test(file.text) || isCleaned(file)) return;
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      const { expression } = call;
      const [filter] = call.arguments;
      if (!filter || !ts.isPropertyAccessExpression(expression) || !queries.test(expression.name.text)) continue;
      const given = compared(filter).filter((value) => isFromBody(file, value));
      if (given.length === 0 || !collections.test(origin(file, expression) ?? '')) continue;
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
  return [...members.values()].flatMap((member) =>
    ts.isPropertyAssignment(member)
      ? [unwrap(member.initializer)]
      : ts.isShorthandPropertyAssignment(member)
        ? [member.name]
        : [],
  );
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
  return (
    /^[\^~]?[34]\b/.test(file.package?.installed.get('express') ?? '') && isCarried(file, unwrap(valueOf(expression)), 'query')
  );
}

function isBody(file: CodeFile, expression: Expression): boolean {
  return isCarried(file, unwrap(valueOf(expression)), 'body');
}

/** A part of a request whose handler is registered in this file, or is no place for types: its middleware can be seen. */
function isCarried(file: CodeFile, node: Expression, part: 'body' | 'query'): boolean {
  return (
    ts.isPropertyAccessExpression(node) &&
    node.name.text === part &&
    isRequest(file, node.expression) &&
    /^$|=>/.test(origin(file, node.expression) ?? '')
  );
}

function isWhole(value: Expression): boolean {
  return !ts.isPropertyAssignment(value.parent) && !ts.isShorthandPropertyAssignment(value.parent);
}
