import { defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, descendants, enclosingFunction, type Expression, ts, unwrap } from '../../server/core/typescript/code.ts';
import { constantText, valueOf } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { isWithin, mentions } from '../../server/core/typescript/syntax.ts';
import { databaseCalls } from './databases.ts';
import page from './etl-row-validated.md';

const parsers = /^(?:csv-parser|csv-parse(?:\/\w+)?|csv|fast-csv|@fast-csv\/parse|csvtojson|neat-csv):(?:\w+\.)*\w*(?:\(\))+$/;

/** Anything that may look at a row, or make other values of its texts. */
const looked =
  /valid|schema|\bzod\b|\bjoi\b|\bajv\b|yup|sanitiz|normali[sz]|transform|coerce|clean|cast|convert|\bassert|isNaN|Number\(|parse(?:Int|Float|Date)\(|\.trim\(|new Date\(|\?\s*[^.?]|\bif\s*\(|\?\?|\|\|/i;

/**
 * Evidence: the rows of a CSV parser, taken one by one, whose members a known database driver writes in the same callback or
 * loop, which holds no condition, no conversion and no word of a check.
 */
export default defineCodeRule({
  page,
  severity: 'hint',
  roles: ['server', 'script'],
  *check(file) {
    if (!file.words.has(/csv/i)) return;
    for (const { row, body } of rows(file)) {
      if (looked.test(workOf(body))) continue;
      const names = new Set([row, ...descendants(row)].flatMap((node) => (ts.isIdentifier(node) ? [node.text] : [])));
      for (const each of descendants(body)) {
        if (!ts.isVariableDeclaration(each) || !each.initializer || !mentions(each.initializer, names)) continue;
        for (const node of [each.name, ...descendants(each.name)]) if (ts.isIdentifier(node)) names.add(node.text);
      }
      const write = databaseCalls(file).find(
        ({ call, kind, given }) =>
          kind === 'write' && isWithin(call, body) && given.some((argument) => mentions(argument, names)),
      );
      if (!write) continue;
      yield {
        at: write.at,
        evidence: enclosingFunction(row),
        message: `\`${write.at.getText()}\` stores each row as the file has it: a shifted column, an empty cell or a date of another format becomes data, and is found when somebody counts; hold the row against a schema first, and report what does not fit.`,
      };
    }
  },
});

/** What is done with a row: the text without what happens when that fails, and without texts, in which `?` is a placeholder. */
function workOf(body: ts.Node): string {
  return body
    .getText()
    .replace(/\bcatch\b[^]*$/, '')
    .replace(/'[^'\n]*'|"[^"\n]*"|`[^`$]*`/g, "''");
}

/** Where a file takes the rows of a parser: `for await (const row of parser)`, `parser.on('data', (row) => …)`. */
function* rows(file: CodeFile): Iterable<{ row: ts.Node; body: ts.Node }> {
  for (const loop of file.nodes(ts.SyntaxKind.ForOfStatement)) {
    const row = ts.isVariableDeclarationList(loop.initializer) ? loop.initializer.declarations[0]?.name : undefined;
    if (row && isParser(file, loop.expression)) yield { row, body: loop.statement };
  }
  for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
    const [event, callback] = call.arguments;
    const callee = call.expression;
    if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== 'on' || !event || !callback) continue;
    if (constantText(event) !== 'data' || !(ts.isArrowFunction(callback) || ts.isFunctionExpression(callback))) continue;
    const row = callback.parameters[0]?.name;
    if (row && isParser(file, callee.expression)) yield { row, body: callback.body };
  }
}

/** A parser, or a stream that is piped into one, whatever is chained to it. */
function isParser(file: CodeFile, stream: Expression): boolean {
  let node = valueOf(stream);
  for (let steps = 0; steps < 12; steps++) {
    if (parsers.test(origin(file, node) ?? '')) return true;
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return false;
    const [into] = node.arguments;
    if (node.expression.name.text === 'pipe' && into && parsers.test(origin(file, into) ?? '')) return true;
    node = valueOf(unwrap(node.expression.expression));
  }
  return false;
}
