import { defineCodeRule } from '../../server/core/rule.ts';
import {
  ancestorsInFunction,
  type CodeFile,
  descendants,
  enclosingFunction,
  ts,
  unwrap,
} from '../../server/core/typescript/code.ts';
import { constantText, propertiesOf } from '../../server/core/typescript/constants.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { boundTo, inOneLine, isWithin, optionValue } from '../../server/core/typescript/syntax.ts';
import { type DatabaseCall, databaseCalls, readsWholeTable } from './databases.ts';
import page from './db-query-bounded.md';

/**
 * Evidence: a query for all rows of a table (no filter, no limit, nothing chained that could bring them in), whose rows are
 * then gone through one by one with awaited work for each, of which nothing is gathered for an answer; or of which nothing is used but what
 * `filter`, `find`, `reduce` or their number tells.
 */
export default defineCodeRule({
  page,
  severity: 'hint',
  *check(file) {
    for (const query of databaseCalls(file)) {
      if (query.kind !== 'read' || !readsWholeTable(query)) continue;
      const name = inOneLine(query.at);
      if (isSifted(file, query.call) && !short.test(tableOf(query))) {
        yield {
          at: query.at,
          evidence: enclosingFunction(query.call),
          message: `\`${name}\` reads the whole table to pick out of it in memory: time and memory grow with the table, whatever is wanted of it; let the database filter, count or sum.`,
        };
        continue;
      }
      if (isOfKeys(query.call) || !isGoneThrough(file, query.call)) continue;
      yield {
        at: query.at,
        evidence: enclosingFunction(query.call),
        message: `\`${name}\` reads the whole table before the work on its first row begins: memory grows with the table, and what fails half-way begins again; read it in portions, by key (\`take\`, \`cursor\`) or as a stream.`,
      };
    }
  },
});

/** Tables that stay short by what they are. */
const short =
  /categor|role|permission|countr|currenc|language|locale|setting|config|status|tag|plan\b|plans|feature|flag|region|provider|template|type|unit|menu|version|migration|setup|option/i;

function tableOf({ driver, given, receiver }: DatabaseCall): string {
  const [first] = given;
  const isNamed = first && /^(?:SQL|Knex|Drizzle)$/.test(driver);
  return `${receiver.getText()} ${isNamed ? given.map((each) => constantText(each) ?? each.getText()).join(' ') : ''}`;
}

const sifts = /^(?:filter|find|findLast|findIndex|some|every)$/;

/** Of the rows nothing is used but what a test picks out of them, what they come to together, or how many they are. */
function isSifted(file: CodeFile, call: ts.CallExpression): boolean {
  const declaration = boundTo(call);
  const uses = declaration ? namesOf(file, declaration) : [outermost(call)];
  return (
    uses.length > 0 &&
    uses.every(({ parent }) => {
      if (!ts.isPropertyAccessExpression(parent)) return false;
      if (parent.name.text === 'length') return true;
      const each = parent.parent;
      if (!ts.isCallExpression(each) || each.expression !== parent) return false;
      // What is put together into an object is wanted whole; a sum is not.
      return sifts.test(parent.name.text) || (parent.name.text === 'reduce' && /^\d+$/.test(each.arguments[1]?.getText() ?? ''));
    })
  );
}

/** `select: { id: true }`: a list of keys is small, and what is worked on is read one by one. */
function isOfKeys({ arguments: [options] }: ts.CallExpression): boolean {
  const columns = [...(propertiesOf(optionValue(options, 'select'))?.keys() ?? [])];
  return columns.length === 1 && /id$/i.test(columns[0] ?? '');
}

/** `for (const row of await query) await …`, also through a name; or a callback of `map` that awaits. */
function isGoneThrough(file: CodeFile, call: ts.CallExpression): boolean {
  const declaration = boundTo(call);
  const uses = declaration ? namesOf(file, declaration) : [outermost(call)];
  return uses.some((use) => {
    const { parent } = use;
    if (ts.isForOfStatement(parent) && parent.expression === use) return awaits(parent.statement) && !gathers(parent.statement);
    if (!ts.isPropertyAccessExpression(parent) || !/^(?:map|forEach)$/.test(parent.name.text)) return false;
    const each = parent.parent;
    const callback = ts.isCallExpression(each) ? each.arguments[0] : undefined;
    return callback !== undefined && ts.isFunctionLike(callback) && awaits(callback) && isDropped(each);
  });
}

/** `stats.push(…)`: what comes out of each row is put together. */
function gathers(statement: ts.Node): boolean {
  return [...descendants(statement)].some(
    (node) =>
      ts.isCallExpression(node) &&
      ts.isPropertyAccessExpression(node.expression) &&
      /^(?:push|set|add)$/.test(node.expression.name.text) &&
      ts.isExpressionStatement(node.parent),
  );
}

/** `await Promise.all(rows.map(…));`, of which nobody keeps what comes out. */
function isDropped(mapped: ts.Node): boolean {
  const all = ts.isCallExpression(mapped.parent) ? mapped.parent : mapped;
  return ts.isExpressionStatement(ts.isAwaitExpression(all.parent) ? all.parent.parent : all.parent);
}

/** Through `await` and parentheses around it. */
function outermost(call: ts.Expression): ts.Expression {
  let node = call;
  while (ts.isExpression(node.parent) && unwrap(node.parent) === call) node = node.parent;
  return node;
}

/** Uses of the rows: of the name, or of `rows` of an answer of pg. */
function namesOf(file: CodeFile, declaration: ts.VariableDeclaration): ts.Node[] {
  const { name } = declaration;
  const bound = ts.isIdentifier(name) ? name : ts.isObjectBindingPattern(name) ? name.elements[0]?.name : undefined;
  if (!bound || !ts.isIdentifier(bound)) return [];
  const owner = ts.isIdentifier(name) ? declaration : bound.parent;
  return file
    .nodes(ts.SyntaxKind.Identifier)
    .filter((use) => use.text === bound.text && use !== bound && declarationOf(use) === owner)
    .map((use) => (ts.isPropertyAccessExpression(use.parent) && use.parent.name.text === 'rows' ? use.parent : use));
}

function awaits(node: ts.Node): boolean {
  return [...descendants(node)].some(
    (inner) =>
      ts.isAwaitExpression(inner) &&
      ![...ancestorsInFunction(inner)].some((each) => ts.isCatchClause(each) && isWithin(each, node)),
  );
}
