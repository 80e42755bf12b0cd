/** Where a snippet goes in a file of TypeScript: its imports to those that are there, the rest between statements. */
import type { Span } from '../finding.ts';
import { escapeSnippet, plainText, type SnippetEdit } from '../snippet.ts';
import { plainModule, ts } from './code.ts';

/** A snippet's text, with tab stops. */
export interface SnippetText {
  /** Its import declarations, each beginning a line; may be empty. */
  readonly imports: string;
  /** All else. */
  readonly body: string;
}

/**
 * The edits that put a snippet into a file, first to last. Names are added to the imports of their modules, other imports
 * follow the last one; what is imported already is not imported again. The body takes the place of `at`, or follows the
 * statement in which `at` lies; without it, it ends the file.
 */
export function placeSnippet(uri: string, text: string, snippet: SnippetText, at?: Span): SnippetEdit[] {
  return place(parse(uri, text), snippet, at);
}

/** The edits that add each of these imports to a file, by itself; what `placeSnippet` makes of them, without a body. */
export function placeImports(uri: string, text: string, each: readonly string[]): SnippetEdit[][] {
  const file = parse(uri, text);
  return each.map((imports) => place(file, { imports }));
}

function place(file: ts.SourceFile, { imports, body }: Partial<SnippetText> & { imports: string }, at?: Span): SnippetEdit[] {
  const { text } = file;
  const edits: Edit[] = [];
  const added = importsOf(parse('imports.ts', plainText(imports))).flatMap((wanted) => {
    const missing = addToFile(wanted, file, edits);
    if (missing.length === 0) return [];
    return missing.length === boundBy(wanted).length ? [imports.slice(...linesOf(wanted, imports))] : [declare(wanted, missing)];
  });

  const hasImports = leadingImports(file).length > 0;
  const after = importsEnd(file);
  const before = text.slice(0, after);
  const space = hasImports ? (before.endsWith('\n') ? '' : '\n') : gap(before);
  const heading = added.length === 0 ? '' : `${space}${added.join('\n')}\n`;

  const target = body === undefined ? undefined : { ...bodyPlace(file, after, at), body };
  // Two edits at one place have no order, so there they are one.
  const isOne = target?.start === after;
  const ending = !isOne && !hasImports && text.slice(after).trim() !== '' ? '\n' : '';
  if (heading !== '' && !isOne) edits.push({ start: after, end: after, snippet: heading + ending });
  if (target) {
    const { start, end } = target;
    const front = isOne ? heading : '';
    edits.push({ start, end, snippet: front + spaced(target.body, text.slice(0, start) + front, text.slice(end)) });
  }
  return edits.sort((a, b) => a.start - b.start).map((edit) => ({ ...edit, newText: plainText(edit.snippet) }));
}

type Edit = Span & { snippet: string };

/** A name an import declaration binds; `isType` where it has no value at run time. */
interface Bound {
  readonly name: string;
  readonly kind: 'default' | 'namespace' | 'named' | 'none';
  readonly isType: boolean;
  /** `a as b`, or `b`. */
  readonly text: string;
  readonly node: ts.Node;
}

function parse(uri: string, text: string): ts.SourceFile {
  // A document that was never saved has no ending.
  const kind = /\.tsx$/i.test(uri) ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  return ts.createSourceFile(uri, text, ts.ScriptTarget.ESNext, true, kind);
}

function importsOf(file: ts.SourceFile): ts.ImportDeclaration[] {
  return file.statements.filter(ts.isImportDeclaration);
}

function moduleOf({ moduleSpecifier }: ts.ImportDeclaration): string {
  return ts.isStringLiteralLike(moduleSpecifier) ? plainModule(moduleSpecifier.text) : '';
}

/** What a declaration binds; for one that only runs its module, one entry without a name. */
function boundBy(declaration: ts.ImportDeclaration): Bound[] {
  const clause = declaration.importClause;
  if (!clause) return [{ name: '', kind: 'none', isType: false, text: '', node: declaration }];
  const isType = isTypeOnly(clause);
  const bound: Bound[] = clause.name
    ? [{ name: clause.name.text, kind: 'default', isType, text: clause.name.text, node: clause.name }]
    : [];
  const bindings = clause.namedBindings;
  if (!bindings) return bound;
  if (ts.isNamespaceImport(bindings)) {
    return [...bound, { name: bindings.name.text, kind: 'namespace', isType, text: bindings.getText(), node: bindings }];
  }
  const named = bindings.elements.map((node): Bound => ({
    name: node.name.text,
    kind: 'named',
    isType: isType || node.isTypeOnly,
    text: node.getText().replace(/^type\s+(?!as\b)/, ''),
    node,
  }));
  return [...bound, ...named];
}

function isTypeOnly(clause: ts.ImportClause): boolean {
  return clause.phaseModifier === ts.SyntaxKind.TypeKeyword;
}

/** Adds what the file's own declarations of the module can take; what is left needs a declaration. */
function addToFile(wanted: ts.ImportDeclaration, file: ts.SourceFile, edits: Edit[]): Bound[] {
  const known = importsOf(file).filter((declaration) => moduleOf(declaration) === moduleOf(wanted));
  const present = known.flatMap((declaration) => boundBy(declaration).map((bound) => ({ declaration, bound })));
  const additions = new Map<ts.ImportDeclaration, Bound[]>();
  const left = boundBy(wanted).filter((bound) => {
    if (bound.kind === 'none') return known.length === 0;
    const same = present.find((other) => other.bound.name === bound.name);
    if (same && (bound.isType || !same.bound.isType)) return false;
    if (same) return !makeValue(same.declaration, same.bound, edits);
    const taker = bound.kind === 'named' ? known.find((declaration) => takes(declaration, bound)) : undefined;
    if (taker) additions.set(taker, [...(additions.get(taker) ?? []), bound]);
    return !taker;
  });
  for (const [declaration, names] of additions) edits.push(addNames(declaration, names));
  return left;
}

/** May a name stand in this declaration's braces, or in braces of its own after the default import? */
function takes({ importClause: clause }: ts.ImportDeclaration, bound: Bound): boolean {
  if (!clause || (clause.namedBindings && ts.isNamespaceImport(clause.namedBindings))) return false;
  return isTypeOnly(clause) ? bound.isType && clause.namedBindings !== undefined : true;
}

function addNames({ importClause: clause }: ts.ImportDeclaration, names: readonly Bound[]): Edit {
  if (!clause) throw new Error('Only a declaration with a clause takes names.');
  const texts = names.map(({ isType, text }) => escapeSnippet(isType && !isTypeOnly(clause) ? `type ${text}` : text));
  const bindings = clause.namedBindings as ts.NamedImports | undefined;
  if (!bindings) return { start: clause.end, end: clause.end, snippet: `, { ${texts.join(', ')} }` };
  const last = bindings.elements.at(-1);
  if (!last) return { start: bindings.getStart(), end: bindings.end, snippet: `{ ${texts.join(', ')} }` };
  const between = bindings.getFullText().includes('\n') ? `,\n${indentAt(last)}` : ', ';
  return { start: last.end, end: last.end, snippet: texts.map((text) => between + text).join('') };
}

/** Takes `type` away from a name that is needed as a value too; false where the whole declaration is of types. */
function makeValue(declaration: ts.ImportDeclaration, bound: Bound, edits: Edit[]): boolean {
  const clause = declaration.importClause;
  if (!clause) return false;
  if (!isTypeOnly(clause)) {
    const start = bound.node.getStart();
    edits.push({ start, end: start + /^type\s+/.exec(bound.node.getText())![0].length, snippet: '' });
    return true;
  }
  // A declaration of types becomes one of values, its other names types each by itself.
  const others = boundBy(declaration).filter(({ node }) => node !== bound.node);
  if (others.some(({ kind }) => kind !== 'named')) return false;
  const start = clause.getStart();
  edits.push({ start, end: start + /^type\s+/.exec(clause.getText())![0].length, snippet: '' });
  for (const { node } of others) edits.push({ start: node.getStart(), end: node.getStart(), snippet: 'type ' });
  return true;
}

/** A declaration of what is left of another. */
function declare(wanted: ts.ImportDeclaration, names: readonly Bound[]): string {
  const allTypes = names.every(({ isType }) => isType);
  const outside = names.filter(({ kind }) => kind !== 'named').map(({ text }) => text);
  const inside = names
    .filter(({ kind }) => kind === 'named')
    .map(({ isType, text }) => (isType && !allTypes ? `type ${text}` : text));
  const clause = [...outside, ...(inside.length > 0 ? [`{ ${inside.join(', ')} }`] : [])].join(', ');
  return escapeSnippet(`import ${allTypes ? 'type ' : ''}${clause} from ${wanted.moduleSpecifier.getText()};`);
}

/** The imports a file begins with. */
function leadingImports(file: ts.SourceFile): ts.Statement[] {
  const isImport = (node: ts.Statement) => ts.isImportDeclaration(node) || ts.isImportEqualsDeclaration(node);
  const first = file.statements.findIndex(isImport);
  if (first < 0) return [];
  const rest = file.statements.slice(first);
  const end = rest.findIndex((node) => !isImport(node));
  return rest.slice(0, end < 0 ? rest.length : end);
}

/** The beginning of the line that follows the imports; without any, of the one where they belong: after what heads a file. */
function importsEnd(file: ts.SourceFile): number {
  const { text } = file;
  const last = leadingImports(file).at(-1);
  if (last) return nextLine(text, last.end);
  const head = headEnd(file);
  return head === 0 ? 0 : head + /^(?:[ \t\r]*\n){0,2}/.exec(text.slice(head))![0].length;
}

/** The end of what comes before all imports: a first line for the shell, comments on the whole file, directives. */
function headEnd({ text, statements }: ts.SourceFile): number {
  const isDirective = (node: ts.Statement) => ts.isExpressionStatement(node) && ts.isStringLiteral(node.expression);
  const first = statements.findIndex((node) => !isDirective(node));
  const directive = statements[(first < 0 ? statements.length : first) - 1];
  if (directive) return directive.end;
  const start = ts.getShebang(text)?.length ?? 0;
  // A comment belongs to what follows it, unless an empty line is between.
  const isApart = ({ end }: ts.CommentRange) => statements.length === 0 || /^[ \t\r]*\n[ \t\r]*\n/.test(text.slice(end));
  return (ts.getLeadingCommentRanges(text, start) ?? []).filter(isApart).at(-1)?.end ?? start;
}

function nextLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end + 1;
}

/** The place of the body: not among the imports, and not within a statement. */
function bodyPlace(file: ts.SourceFile, first: number, at: Span | undefined): Span {
  const { text } = file;
  if (text.trim() === '') return { start: 0, end: text.length };
  if (!at) return { start: text.length, end: text.length };
  const around = file.statements.find((node) => {
    return [at.start, at.end].some((offset) => offset > startOf(node) && offset < endOf(node));
  });
  let { start, end } = around ? { start: endOf(around), end: endOf(around) } : at;
  // What indents an empty line goes with it.
  const indent = /\n[ \t]*$/.exec(text.slice(0, start));
  if (indent) start = indent.index + 1;
  while (text[end] === ' ' || text[end] === '\t') end++;
  return end < first ? { start: first, end: first } : { start: Math.max(start, first), end };
}

/** Where a statement begins, with the comments that belong to it. */
function startOf(node: ts.Statement): number {
  const { text } = node.getSourceFile();
  return (ts.getLeadingCommentRanges(text, node.pos) ?? []).reduceRight(
    (start, comment) => (/\n\s*\n/.test(text.slice(comment.end, start)) ? start : comment.pos),
    node.getStart(),
  );
}

/** Where a statement ends, with the comment behind it. */
function endOf(node: ts.Statement): number {
  const { text } = node.getSourceFile();
  return ts.getTrailingCommentRanges(text, node.end)?.at(-1)?.end ?? node.end;
}

/** A text with an empty line to each side, where there is something on that side. */
function spaced(body: string, before: string, after: string): string {
  if (after.trim() === '') return gap(before) + body + (after.includes('\n') ? '' : '\n');
  const breaks = /^(?:\r?\n){0,2}/.exec(after)![0].split('\n').length - 1;
  return gap(before) + body + '\n'.repeat(2 - breaks);
}

/** What makes an empty line after a text. */
function gap(before: string): string {
  if (before.trim() === '') return '';
  return '\n'.repeat(2 - (/(?:\r?\n){0,2}$/.exec(before)![0].split('\n').length - 1));
}

function indentAt(node: ts.Node): string {
  const { text } = node.getSourceFile();
  return /[ \t]*$/.exec(text.slice(0, node.getStart()))![0];
}

/** The lines of a declaration, in the text its plain form was parsed of: tab stops never hold a line break. */
function linesOf(declaration: ts.ImportDeclaration, text: string): [start: number, end: number] {
  const file = declaration.getSourceFile();
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  const lineOf = (offset: number) => file.getLineAndCharacterOfPosition(offset).line;
  const end = starts[lineOf(declaration.end) + 1];
  return [starts[lineOf(declaration.getStart())]!, end === undefined ? text.length : end - 1];
}
