import { defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, constantText, ts, valueOf } from '../../server/core/typescript/code.ts';
import { chainFrom, isWithin } from '../../server/core/typescript/syntax.ts';
import { type DatabaseCall, databaseCalls, sqlText } from './databases.ts';
import { type Handler, handlers } from './handlers.ts';
import page from './list-paginated.md';
import { sqlArgument } from './sql-drivers.ts';

/** Lists that stay short by what they are. */
const short =
  /categor|role|permission|countr|currenc|language|locale|setting|config|status|tag|plan\b|plans|feature|flag|region|provider|template|type|unit|menu|team|member/i;

/** Evidence: a handler of GET that reads a table with a known driver, without a condition and without a limit. */
export default defineCodeRule({
  page,
  severity: 'hint',
  *check(file) {
    for (const handler of handlers(file)) {
      if (handler.method !== 'GET' || handler.file !== file || handler.path?.includes(':') || isShort(handler)) continue;
      for (const read of databaseCalls(file)) {
        if (read.kind !== 'read' || !isWithin(read.call, handler.node) || !isWholeTable(file, read)) continue;
        if (short.test(read.receiver.getText())) continue;
        yield {
          at: read.call.expression,
          evidence: handler.node,
          message: `\`${read.call.expression.getText()}\` reads the whole table for one answer, which grows with the data until it times out; page it: take a limit with a maximum, order the rows, and hand out a cursor.`,
        };
      }
    }
  },
});

function isShort({ path }: Handler): boolean {
  return path !== undefined && short.test(path);
}

function isWholeTable(file: CodeFile, { call, driver, method }: DatabaseCall): boolean {
  if (driver === 'SQL') {
    // A text with holes may get its limit there.
    const sql = sqlText(file, call) === undefined ? undefined : sqlArgument(call);
    const text = sql && constantText(sql);
    return (
      text !== undefined &&
      /^\s*select\s+(?!count\b|max\b|min\b|sum\b|distinct\b)[^]*\bfrom\b/i.test(text) &&
      !/\b(?:where|limit|fetch|top|join|group)\b/i.test(text)
    );
  }
  if (!/^(?:findMany|find|findAll)$/.test(method)) return false;
  if (chainFrom(call).names.some((name) => /^(?:limit|skip|cursor|where|countDocuments|paginate)$/.test(name))) return false;
  const [first] = call.arguments;
  if (!first) return true;
  const options = valueOf(first);
  if (!ts.isObjectLiteralExpression(options)) return false;
  // These take the condition itself, the others options.
  if (driver === 'Mongoose' || driver === 'MongoDB') return options.properties.length === 0;
  return options.properties.every(
    (property) =>
      property.name !== undefined && /^(?:include|select|orderBy|order|relations|attributes)$/.test(property.name.getText()),
  );
}
