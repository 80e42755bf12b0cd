import type { CodeFix } from '../../server/core/rule.ts';
import { defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, descendants, type FunctionNode, indentAt, statementOf, ts } from '../../server/core/typescript/code.ts';
import { isAsync } from '../../server/core/typescript/syntax.ts';
import { newline } from './edits.ts';
import type { Span } from '../../server/core/finding.ts';
import { changesOf, type SchemaChange } from './sql-changes.ts';
import { type Change, changes, hasNoWayBack, isLastOfFolder, type Migration, migrationRoles, migrations } from './migrations.ts';
import page from './migration-reversible.md';

interface OneWay {
  readonly migration: Migration;
  readonly made: readonly Change[];
}

/**
 * Evidence: a migration whose `up` creates tables or adds columns, and whose `down` is missing or empty. Silent where the
 * empty body says why, in a comment, and of all but the last of a folder: a release is rolled back by what came with it.
 */
export default defineCodeRule<OneWay>({
  page,
  severity: 'hint',
  roles: migrationRoles,
  *check(file) {
    for (const migration of migrations(file)) {
      const { up, down, hasDown } = migration;
      if (down ? !isEmpty(down, file) || saysWhy(down, file) : hasDown || oneWay.test(file.text)) continue;
      const made = changes(migration, up).filter(({ kind }) => kind === 'createTable' || kind === 'addColumn');
      if (made.length === 0 || !isLastOfFolder(file) || (!down && hasNoWayBack(file))) continue;
      const name = down ? (down.name ?? down) : (up.name ?? nameOf(up));
      yield {
        at: name,
        evidence: up,
        message: `This migration cannot be taken back: ${down ? '`down` does nothing' : 'it has no `down`'}, so what \`up\` makes stays when the release is rolled back, and \`up\` fails when it runs again; undo it, or say in a comment why not.`,
        data: { migration, made },
      };
    }
  },
  *checkSql({ down, isLast, text, up }) {
    if (!isLast || !down || down.statements.length > 0 || down.saysWhy) return;
    const made = up.flatMap(changesOf).filter(({ kind }) => kind === 'createTable' || kind === 'addColumn');
    if (made.length === 0) return;
    yield {
      at: down.at,
      message: `This migration cannot be taken back: nothing stands below this mark, so what it makes stays when the release is rolled back, and it fails when it runs again; undo it, or say in a comment why not.`,
      fix: made.length === up.length ? undoSql(made, down.at.end, text) : undefined,
    };
  },
  fix({ data }, file) {
    return data && undo(data, file);
  },
});

/** Statements that undo those of the file, behind its mark; names stay written as they are. */
function undoSql(made: readonly (SchemaChange & { readonly at: Span })[], start: number, text: string): CodeFix | undefined {
  const created = new Set(made.filter(({ kind }) => kind === 'createTable').map(({ table }) => table));
  const undone = made.map(({ kind, table, name, at }) => {
    if (kind !== 'createTable' && created.has(table)) return '';
    const quoted = (each: string) =>
      new RegExp(`(?:"\\w+"\\.|\\w+\\.)?(["\`]?)\\b${each}\\b\\1`, 'i').exec(text.slice(at.start, at.end))?.[0];
    const whole = quoted(kind === 'createTable' ? table : (name ?? ''));
    if (kind === 'createTable') return whole && `DROP TABLE ${whole};`;
    const before = /alter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?([\w."`]+)\s+(?:add[^;]*)?$/i.exec(
      text.slice(0, at.start),
    )?.[1];
    return whole && before && `ALTER TABLE ${before} DROP COLUMN ${whole};`;
  });
  if (undone.some((statement) => statement === undefined)) return undefined;
  const nl = text.includes('\r\n') ? '\r\n' : '\n';
  const newText = undone
    .filter(Boolean)
    .reverse()
    .map((statement) => `${nl}${statement}`)
    .join('');
  return { title: 'Undo it below the mark', safety: 'suggestion', edits: [{ start, end: start, newText }] };
}

/** What an exported function is called by. */
function nameOf(up: FunctionNode): ts.Node {
  const { parent } = up;
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)) return parent.name;
  return ts.isBinaryExpression(parent) ? parent.left : up;
}

/** A comment that says of a migration that there is no way back. */
const oneWay =
  /(?:\/\/|\*)[^\n]*\b(?:irreversible|one[- ]way|forward[- ]only|no (?:way back|rollback|down\b)|(?:can ?not|can't|never) be (?:undone|reverted|reversed|rolled back))/i;

/** The comment stands above `down`. */
function saysWhy(down: FunctionNode, file: CodeFile): boolean {
  const statement = statementOf(down) ?? down;
  return [down, statement].some((node) => oneWay.test(file.text.slice(node.getFullStart(), node.getStart())));
}

/** No statement and no comment. */
function isEmpty({ body }: FunctionNode, file: CodeFile): boolean {
  if (!body || !ts.isBlock(body)) return body !== undefined && /^(?:Promise\.resolve\(\)|undefined|null)$/.test(body.getText());
  const isNothing = body.statements.every((statement) =>
    /^return(?: Promise\.resolve\(\)| null| undefined)?;?$/.test(statement.getText()),
  );
  return isNothing && !/\/[/*]/.test(file.text.slice(body.getStart(), body.getEnd()));
}

/** Statements that undo everything `up` does, where all of it is understood. */
function undo({ migration, made }: OneWay, file: CodeFile): CodeFix | undefined {
  const { down, tool, up } = migration;
  const handle = up.parameters[0]?.name;
  if (!down || !down.body || !ts.isBlock(down.body) || down.body.statements.length > 0) return undefined;
  if (!handle || !ts.isIdentifier(handle) || steps(up, handle.text) !== made.length) return undefined;
  const given = down.parameters[0]?.name.getText();
  if (given !== handle.text || !made.every((change) => isNamedPlainly(change, tool))) return undefined;
  const created = new Set(made.filter(({ kind }) => kind === 'createTable').map(({ table }) => table));
  const undone = made
    .filter(({ kind, table }) => kind === 'createTable' || !created.has(table))
    .map((change) => `await ${reverse(change, tool, given)};`)
    .reverse();
  if (!isAsync(down)) return undefined;
  const outer = indentAt(file, down.getStart());
  const inner = `${outer}${indentAt(file, up.body && ts.isBlock(up.body) ? (up.body.statements[0]?.getStart() ?? 0) : 0).slice(outer.length)}`;
  const nl = newline(file);
  const newText = `{${nl}${undone.map((statement) => `${inner}${statement}${nl}`).join('')}${outer}}`;
  return {
    title: 'Undo it in down',
    safety: 'suggestion',
    edits: [{ start: down.body.getStart(), end: down.body.getEnd(), newText }],
  };
}

/** How many calls `up` makes on what it is given, along its members and chains. */
function steps(up: FunctionNode, handle: string): number {
  return [...descendants(up)].filter(
    (node) => ts.isCallExpression(node) && new RegExp(`^${handle}(?![\\w$])`).test(node.expression.getText()),
  ).length;
}

/** SQL text can be turned round where its names are quoted, so that they mean the same again, and have no schema. */
function isNamedPlainly({ at, name = '', table, kind }: Change, tool: Migration['tool']): boolean {
  if (ts.isPropertyAccessExpression(at)) return true;
  const text = at.getText();
  const names = kind === 'createTable' ? [table] : [table, name];
  return tool === 'TypeORM' && !text.includes('".') && names.every((each) => text.includes(`"${each}"`));
}

function reverse({ at, kind, name, table }: Change, tool: Migration['tool'], handle: string): string {
  if (tool === 'Knex') {
    return kind === 'createTable'
      ? `${handle}.schema.dropTable('${table}')`
      : `${handle}.schema.alterTable('${table}', (table) => table.dropColumn('${name}'))`;
  }
  // What SQL text made goes by it.
  if (!ts.isPropertyAccessExpression(at)) {
    const sql = kind === 'createTable' ? `DROP TABLE "${table}"` : `ALTER TABLE "${table}" DROP COLUMN "${name}"`;
    return `${handle}.query('${sql}')`;
  }
  const method = tool === 'TypeORM' ? 'dropColumn' : 'removeColumn';
  return kind === 'createTable' ? `${handle}.dropTable('${table}')` : `${handle}.${method}('${table}', '${name}')`;
}
