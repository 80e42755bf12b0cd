/** Migrations of Knex, Sequelize and TypeORM, and what they do to a schema: by the tool's own methods, or as SQL text. */
import type { Severity } from '../../server/core/finding.ts';
import { isLastNumber, type SqlMigration } from '../../server/core/sql/migration.ts';
import { statementsOf } from '../../server/core/sql/statements.ts';
import { functionBehind } from '../../server/core/typescript/classes.ts';
import { type CodeFile, descendants, type Expression, type FunctionNode, ts } from '../../server/core/typescript/code.ts';
import { constantText, propertiesOf, valueOf } from '../../server/core/typescript/constants.ts';
import { exportOf } from '../../server/core/typescript/definitions.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { defaultExportIn } from '../../server/core/typescript/plain.ts';
import { chainFrom, optionState, optionValue } from '../../server/core/typescript/syntax.ts';
import { changesOf, type SchemaChange } from './sql-changes.ts';
import type { FileRole } from '../../server/core/typescript/role.ts';

export type Dialect = 'PostgreSQL' | 'MySQL' | 'SQLite';

export interface Migration {
  readonly tool: 'Knex' | 'Sequelize' | 'TypeORM';
  readonly up: FunctionNode;
  readonly down: FunctionNode | undefined;
  /** There is a `down`, a function in sight or not: `export const down = dropTable('pets')`. */
  readonly hasDown: boolean;
  /** The class or object that holds both; undefined where they are exported one by one. */
  readonly owner: ts.ClassLikeDeclaration | ts.ObjectLiteralExpression | undefined;
}

/** One change of a schema, and what makes it. */
export interface Change extends SchemaChange {
  readonly at: ts.Node;
}

/** Files that may hold a migration, wherever they lie. */
export const migrationRoles: readonly FileRole[] = ['migration', 'server', 'script'];

/** What every migration names: its tool's interface, the schema it changes, or the SQL that it sends. */
const signs = /\b(?:MigrationInterface|queryRunner|QueryRunner|queryInterface|QueryInterface)\b|^(?:schema|raw)$/m;

const migrationsByFile = new WeakMap<CodeFile, readonly Migration[]>();

/** The migrations of a file: seldom more than one. */
export function migrations(file: CodeFile): readonly Migration[] {
  const known = migrationsByFile.get(file);
  if (known) return known;
  const found = file.words.has(signs) ? [...typeorm(file), ...exported(file)] : [];
  migrationsByFile.set(file, found);
  return found;
}

/** The migration says that it runs without a transaction, or ends the one it is in. */
export function isOutsideTransaction(file: CodeFile, { tool, owner }: Migration): boolean {
  if (/\bcommit(?:Transaction)?\b/i.test(file.text)) return true;
  if (tool === 'TypeORM')
    return (
      (owner as ts.ClassLikeDeclaration | undefined)?.members.some((part) => part.name?.getText() === 'transaction') ?? false
    );
  return (
    tool === 'Knex' &&
    (exportOf(file, 'config') !== undefined || /\bexports\.config\b|\btransaction\s*:\s*false\b/.test(file.text))
  );
}

function* typeorm(file: CodeFile): Iterable<Migration> {
  if (!file.text.includes('MigrationInterface') && !file.modules.has('typeorm')) return;
  for (const owner of file.nodes(ts.SyntaxKind.ClassDeclaration)) {
    const isMigration = owner.heritageClauses?.some(({ types }) =>
      types.some(({ expression }) => origin(file, expression) === 'typeorm:MigrationInterface'),
    );
    const method = (name: string) =>
      owner.members.find((part): part is ts.MethodDeclaration => ts.isMethodDeclaration(part) && part.name.getText() === name);
    const up = method('up');
    const [runner] = up?.parameters ?? [];
    // In JavaScript nothing but the name says what it is called with.
    if (up?.body && (isMigration || runner?.name.getText() === 'queryRunner'))
      yield {
        tool: 'TypeORM',
        up,
        down: method('down'),
        hasDown: owner.members.some(({ name }) => name?.getText() === 'down'),
        owner,
      };
  }
}

function* exported(file: CodeFile): Iterable<Migration> {
  const owner = exportedObject(file);
  const named = (name: string): FunctionNode | undefined => {
    const member = owner && propertiesOf(owner)?.get(name);
    if (member && ts.isMethodDeclaration(member)) return member;
    if (member && ts.isPropertyAssignment(member)) return functionBehind(file, member.initializer)?.node;
    if (member && ts.isShorthandPropertyAssignment(member)) return functionBehind(file, member.name)?.node;
    return exportedFunction(file, name);
  };
  const up = named('up');
  const tool = up && toolOf(file, up);
  if (!up || !tool) return;
  const hasDown =
    (owner && propertiesOf(owner)?.has('down')) === true ||
    exportOf(file, 'down') !== undefined ||
    /\bexports\.down\b/.test(file.text);
  yield { tool, up, down: named('down'), hasDown, owner };
}

/** `module.exports = { up, down }`, `export default { … }`. */
function exportedObject(file: CodeFile): ts.ObjectLiteralExpression | undefined {
  for (const statement of file.ast.statements) {
    const value = defaultExportIn(statement);
    const literal = value && valueOf(value);
    if (literal && ts.isObjectLiteralExpression(literal)) return literal;
  }
  return undefined;
}

/** `export async function up`, `export const up = …`, `exports.up = …`. */
function exportedFunction(file: CodeFile, name: string): FunctionNode | undefined {
  const node = exportOf(file, name);
  if (node && ts.isFunctionDeclaration(node)) return node;
  if (node && ts.isVariableDeclaration(node) && node.initializer) return functionBehind(file, node.initializer)?.node;
  for (const statement of file.ast.statements) {
    if (!ts.isExpressionStatement(statement) || !ts.isBinaryExpression(statement.expression)) continue;
    const { left, right } = statement.expression;
    if (new RegExp(`^(?:module\\.)?exports\\.${name}$`).test(left.getText())) return functionBehind(file, right)?.node;
  }
  return undefined;
}

function toolOf(file: CodeFile, up: FunctionNode): Migration['tool'] | undefined {
  const [first] = up.parameters;
  if (!first) return undefined;
  const typed = origin(file, first.name as ts.Identifier) ?? '';
  if (/\bqueryInterface\b/.test(first.name.getText()) || /^sequelize:QueryInterface/.test(typed)) return 'Sequelize';
  const used = file.package?.installed.has('knex') ? '(?:schema|raw)' : 'schema';
  return /^knex:/.test(typed) ||
    (ts.isIdentifier(first.name) && new RegExp(`\\b${first.name.text}\\.${used}\\b`).test(up.getText()))
    ? 'Knex'
    : undefined;
}

/** Has the folder no later migration, or none that came long after, so that this one may still be changed? Those before it have run. */
export function isLastOfFolder({ uri, list }: CodeFile): boolean {
  return isLastNumber(
    uri.slice(uri.lastIndexOf('/') + 1),
    list('.').filter((name) => /\.[cm]?[jt]s$/.test(name)),
  );
}

/** None of the migrations of a folder of several has a way back: nobody goes one. */
export function hasNoWayBack(file: CodeFile): boolean {
  const others = file.list('.').filter((name) => /^\d.*\.[cm]?[jt]s$/.test(name));
  return others.length > 2 && others.every((name) => !/\bdown\b/.test(file.load(`./${name}`, file.uri)?.text ?? 'down'));
}

const providers: Readonly<Record<string, Dialect>> = {
  postgresql: 'PostgreSQL',
  pg: 'PostgreSQL',
  mysql: 'MySQL',
  sqlite: 'SQLite',
};

/**
 * The database a migration is for: by its tool's configuration, its SQL, its folder, or the only driver of its package;
 * undefined where it may be several.
 */
export function dialectOf(file: CodeFile | SqlMigration): Dialect | undefined {
  if ('provider' in file && file.provider !== undefined) return providers[file.provider];
  const folders = file.uri.toLowerCase().split('/').slice(-4).join('/');
  const told = dialects.find(({ sql, folder }) => folder.test(folders) || sql.test(file.text));
  if (told) return told.name;
  const dependencies = 'package' in file ? file.package?.dependencies : undefined;
  const used = dialects.filter(({ drivers }) => drivers.some((driver) => dependencies?.has(driver)));
  return used.length === 1 ? used[0]?.name : undefined;
}

interface DialectSigns {
  readonly name: Dialect;
  readonly folder: RegExp;
  /** Words that no other of them understands. */
  readonly sql: RegExp;
  readonly drivers: readonly string[];
}

const dialects: readonly DialectSigns[] = [
  {
    name: 'MySQL',
    folder: /mysql|mariadb/,
    sql: /\bENGINE\s*=|\bAUTO_INCREMENT\b|ALTER TABLE \\?`/,
    drivers: ['mysql', 'mysql2', 'mariadb'],
  },
  {
    name: 'SQLite',
    folder: /sqlite/,
    sql: /\bAUTOINCREMENT\b|datetime\('now'\)/,
    drivers: ['sqlite3', 'better-sqlite3', 'sql.js'],
  },
  {
    name: 'PostgreSQL',
    folder: /postgres/,
    sql: /\bcharacter varying\b|\bjsonb\b|\btimestamptz\b|\bwith time zone\b|\buuid_generate_v4\(|\bgen_random_uuid\(|\bbytea\b|"public"\.|\bconcurrently\b/i,
    drivers: ['pg', 'postgres', 'pg-promise', '@mikro-orm/postgresql'],
  },
];

/** What a function of a migration does to the schema, in the order of the text. */
export function changes({ tool }: Migration, within: FunctionNode): Change[] {
  const found: Change[] = [];
  for (const node of descendants(within)) {
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) continue;
    const method = node.expression.name.text;
    if (/^(?:query|raw)$/.test(method)) found.push(...sqlChanges(node));
    else if (tool === 'Knex') found.push(...knexChanges(node, method));
    else found.push(...methodChanges(node, method));
  }
  return found.sort((a, b) => a.at.pos - b.at.pos);
}

/** The changes in the SQL text of a call. */
function sqlChanges(call: ts.CallExpression): Change[] {
  const [at] = call.arguments;
  const text = at && sqlOf(at);
  if (!at || text === undefined) return [];
  return statementsOf(text).flatMap((statement) => changesOf(statement).map((change) => ({ ...change, at })));
}

/** The text; `_` for what a template is filled with at run time: values, or names that are not looked at. */
function sqlOf(expression: Expression): string | undefined {
  const node = valueOf(expression);
  if (ts.isTemplateExpression(node))
    return node.templateSpans.reduce(
      (text, { expression, literal }) => `${text}${constantText(expression) ?? '_'}${literal.text}`,
      node.head.text,
    );
  return constantText(expression);
}

/** The methods of Sequelize's `queryInterface` and of TypeORM's `queryRunner`. */
function methodChanges(call: ts.CallExpression, method: string): Change[] {
  const [first, second, third] = call.arguments;
  const table = first && (constantText(first) ?? textOf(optionValue(first, 'tableName')) ?? nameIn(first));
  if (!first || table === undefined) return [];
  const at = call.expression;
  switch (method) {
    case 'createTable':
      return [{ kind: 'createTable', table, at }];
    case 'dropTable':
      return [{ kind: 'dropTable', table, at }];
    case 'renameTable':
      return [{ kind: 'rename', table, at }];
    case 'renameColumn': {
      const name = second && (constantText(second) ?? nameIn(second));
      return name === undefined ? [] : [{ kind: 'rename', table, name, at }];
    }
    case 'addColumn': {
      const name = second && (constantText(second) ?? nameIn(second));
      const column = third ?? (second && columnOf(second));
      return name === undefined
        ? []
        : [{ kind: 'addColumn', table, name, lacksValue: isRequired(column, third === undefined), at }];
    }
    case 'removeColumn':
    case 'dropColumn': {
      const name = second && (constantText(second) ?? nameIn(second));
      return name === undefined ? [] : [{ kind: 'dropColumn', table, name, at }];
    }
    case 'addIndex': {
      const options = third ?? (second && ts.isObjectLiteralExpression(valueOf(second)) ? second : undefined);
      const isConcurrent = optionState(options, ['concurrently']) !== 'absent';
      return [{ kind: 'createIndex', table, isConcurrent, at }];
    }
    default:
      return [];
  }
}

const textOf = (expression: Expression | undefined) => expression && constantText(expression);

/** `new TableColumn({ … })`: its options. */
function columnOf(expression: Expression): Expression | undefined {
  const node = valueOf(expression);
  return ts.isNewExpression(node) ? node.arguments?.[0] : undefined;
}

function nameIn(expression: Expression): string | undefined {
  return textOf(optionValue(columnOf(expression), 'name'));
}

/** A column's options: TypeORM's columns must have a value unless they say otherwise, Sequelize's need not. */
function isRequired(options: Expression | undefined, isTypeorm: boolean): boolean {
  if (
    optionState(options, ['defaultValue', 'default', 'autoIncrement', 'isGenerated', 'generationStrategy', 'asExpression']) !==
    'absent'
  )
    return false;
  const allows = optionValue(options, isTypeorm ? 'isNullable' : 'allowNull');
  if (!allows) return isTypeorm && optionState(options, ['isNullable']) === 'absent';
  return valueOf(allows).kind === ts.SyntaxKind.FalseKeyword;
}

/** `knex.schema.alterTable('pets', (table) => { table.string('name').notNullable(); })`. */
function knexChanges(call: ts.CallExpression, method: string): Change[] {
  const [first, build] = call.arguments;
  const table = textOf(first);
  if (table === undefined) return [];
  if (/^createTable(?:IfNotExists)?$/.test(method)) return [{ kind: 'createTable', table, at: call.expression }];
  if (/^dropTable(?:IfExists)?$/.test(method)) return [{ kind: 'dropTable', table, at: call.expression }];
  if (method === 'renameTable') return [{ kind: 'rename', table, at: call.expression }];
  if (!/^(?:alterTable|table)$/.test(method) || !build || !ts.isFunctionLike(build)) return [];
  const builder = build.parameters[0]?.name.getText();
  return [...descendants(build)].flatMap((node): Change[] => {
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return [];
    if (node.expression.expression.getText() !== builder) return [];
    const kind = node.expression.name.text;
    const [given] = node.arguments.map(textOf);
    // `increments()` is the id.
    const name = given ?? (/^(?:big)?increments$/i.test(kind) && node.arguments.length === 0 ? 'id' : undefined);
    const at = node.expression;
    const { names } = chainFrom(node);
    if (/^dropColumns?$/.test(kind)) return name === undefined ? [] : [{ kind: 'dropColumn', table, name, at }];
    if (kind === 'renameColumn') return name === undefined ? [] : [{ kind: 'rename', table, name, at }];
    if (/^(?:index|unique)$/.test(kind)) return [{ kind: 'createIndex', table, isConcurrent: false, at }];
    if (/^(?:drop|foreign|primary|set|rename|comment|check|references)/.test(kind) || name === undefined) return [];
    // Knex has the type written out where only a default or NULL is changed.
    if (names.includes('alter'))
      return names.some((each) => /^(?:notNullable|nullable|defaultTo)$/.test(each))
        ? []
        : [
            {
              kind: 'changeType',
              table,
              name,
              ...(kind === 'string' && { length: Number(node.arguments[1]?.getText() ?? 255) }),
              at,
            },
          ];
    const isGiven =
      /^(?:increments|bigIncrements|timestamps)$/.test(kind) || names.some((each) => /^(?:defaultTo|nullable)$/.test(each));
    return [{ kind: 'addColumn', table, name, lacksValue: names.includes('notNullable') && !isGiven, at }];
  });
}

/**
 * A problem as it is said of a migration: of those before the last of their folder, which have run and which nobody mends, a hint where it
 * is a warning, and nothing where it is a hint.
 */
export function asOf<P extends { readonly severity?: Severity | undefined }>(problem: P, isLast: boolean): P | undefined {
  if (isLast) return problem;
  return problem.severity === undefined ? { ...problem, severity: 'hint' } : undefined;
}
