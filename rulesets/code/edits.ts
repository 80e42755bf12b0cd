/** Small edits of code that keep its layout. */
import type { CodeFix } from '../../server/core/rule.ts';
import { type CodeFile, descendants, indentAt, ts } from '../../server/core/typescript/code.ts';

type Edit = CodeFix['edits'][number];

/**
 * Adds a property to an object literal: in place of one of its name that is there and `undefined`, else at the end, in the literal's own
 * layout (one line, or a line of its own).
 */
export function addProperty(file: CodeFile, literal: ts.ObjectLiteralExpression, property: string): Edit {
  const last = literal.properties.at(-1);
  if (!last) return { start: literal.getStart(), end: literal.getEnd(), newText: `{ ${property} }` };
  const name = /^\w+(?=:)/.exec(property)?.[0];
  const unset = literal.properties.find((each) => each.name?.getText() === name);
  if (name !== undefined && unset) return { start: unset.getStart(), end: unset.getEnd(), newText: property };
  const at = last.getEnd();
  const isOneLine = !file.text.slice(literal.getStart(), last.getStart()).includes('\n');
  if (isOneLine) return { start: at, end: at, newText: `, ${property}` };
  return { start: at, end: at, newText: `,${newline(file)}${indentAt(file, last.getStart())}${property}` };
}

/** Adds an argument at the end of a call. */
export function addArgument(call: ts.CallExpression | ts.NewExpression, argument: string): Edit {
  const last = call.arguments?.at(-1);
  const at = last ? last.getEnd() : call.getEnd() - 1;
  return { start: at, end: at, newText: last ? `, ${argument}` : argument };
}

/** Adds a statement on a line of its own below another. A comment at the end of that one's line stays where it is. */
export function addBelow(file: CodeFile, statement: ts.Node, added: string): Edit {
  const end = statement.getEnd();
  const comment = /^[ \t]*(?:\/\/[^\r\n]*|\/\*(?:(?!\*\/)[^\r\n])*\*\/[ \t]*(?=\r?\n))/.exec(file.text.slice(end))?.[0] ?? '';
  const at = end + comment.length;
  return { start: at, end: at, newText: `${newline(file)}${indentAt(file, statement.getStart())}${added}` };
}

/** The end of line this file uses. */
export function newline(file: CodeFile): string {
  return file.text.includes('\r\n') ? '\r\n' : '\n';
}

/**
 * The whole lines of a statement, with the comments on the lines above it and the end of its last line; undefined where other
 * code stands on them.
 */
export function linesOf(file: CodeFile, statement: ts.Statement): { readonly start: number; readonly end: number } | undefined {
  const { text } = file;
  const before = text.lastIndexOf('\n', statement.getStart() - 1) + 1;
  const next = text.indexOf('\n', statement.getEnd());
  const behind = text.slice(statement.getEnd(), next < 0 ? text.length : next).trim();
  const isAlone = text.slice(before, statement.getStart()).trim() === '' && (behind === '' || behind.startsWith('//'));
  if (!isAlone || next < 0) return undefined;
  // A comment at the end of the line before belongs to that line.
  const above = ts.getLeadingCommentRanges(text, statement.getFullStart()) ?? [];
  const own = above.find(({ pos }) => text.slice(text.lastIndexOf('\n', pos - 1) + 1, pos).trim() === '');
  return { start: own ? text.lastIndexOf('\n', own.pos - 1) + 1 : before, end: next + 1 };
}

/** What a block's statements are indented by. */
export function stepOf(file: CodeFile, block: ts.Block): string {
  const [first] = block.statements;
  const inner = first ? indentAt(file, first.getStart()) : '';
  return inner.startsWith('\t') ? '\t' : inner.slice(indentAt(file, block.getEnd() - 1).length) || '  ';
}

/** Whole lines, one step further in; undefined where a template spans lines, whose text would change with them. */
export function indentMore(lines: string, step: string): string | undefined {
  return /`[^`]*\n/.test(lines) ? undefined : lines.replace(/^(?=[^\r\n])/gm, step);
}

/** The names that a statement declares in its block. */
export function declaredBy(statement: ts.Statement): string[] {
  const named = ts.isVariableStatement(statement)
    ? statement.declarationList.declarations
    : ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)
      ? [statement]
      : [];
  return named.flatMap(({ name }) => (name ? [name, ...descendants(name)].filter(ts.isIdentifier).map(({ text }) => text) : []));
}

/** The statement that awaits a call and does nothing else. */
export function awaitedBy({ parent }: ts.CallExpression): ts.ExpressionStatement | undefined {
  return ts.isAwaitExpression(parent) && ts.isExpressionStatement(parent.parent) ? parent.parent : undefined;
}
