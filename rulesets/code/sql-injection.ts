import type { CodeFix } from '../../server/core/rule.ts';
import { defineCodeRule } from '../../server/core/rule.ts';
import { calleeOf, methodOf, valueOfField } from '../../server/core/typescript/classes.ts';
import { type CodeFile, descendants, type Expression, enclosingFunction, ts, unwrap } from '../../server/core/typescript/code.ts';
import { constantText, onlyAnswer, valueOf, writesTo } from '../../server/core/typescript/constants.ts';
import { definitionOf } from '../../server/core/typescript/definitions.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { declarationOfType, elementTypeOf, memberTypeOf, type Written } from '../../server/core/typescript/written-types.ts';
import {
  calleeName,
  givenFor,
  isElsewhere,
  isFallback,
  leaves,
  membersOfType,
  mentions,
  optionValue,
  takenOut,
} from '../../server/core/typescript/syntax.ts';
import { isNothing } from '../../server/core/typescript/plain.ts';
import { resultsOf } from '../../server/core/typescript/plain.ts';
import { saidBySchema } from './open-limits.ts';
import { flowsFromRequest, isRequest } from './request.ts';
import { type SqlDriver, sqlArgument, sqlDriver } from './sql-drivers.ts';
import page from './sql-injection.md';

/** A part of an SQL text: what is written, or a hole that is filled at run time. */
type Piece = { readonly text: string } | { readonly hole: Expression };

interface Statement {
  readonly call: ts.CallExpression;
  readonly driver: SqlDriver | undefined;
  readonly sql: Expression;
  /** Holes that may be filled with SQL. */
  readonly open: readonly Expression[];
  /** One of them stands where no parameter can: in place of a name, or in a statement that takes none. */
  readonly isName: boolean;
  /** One of them stands where a value or a name may: `LOWER(${by})`. */
  readonly isEither?: boolean;
  /** It sets what the application keeps in the session: `SET app.tenant_id = '…'`. */
  readonly isSetting?: boolean;
}

/**
 * Evidence: a function of a known driver (or any `query` that gets SQL made of the request) runs a text with a hole that
 * stands where a value stands and is neither constant, nor a number, nor escaped, nor held against what is allowed. Names of
 * tables, slots and databases, which no parameter can hold, are a program's own business: of these only what comes from a
 * request counts.
 */
export default defineCodeRule<Statement>({
  page,
  severity: 'error',
  *check(file) {
    const told = new Set<ts.Node>();
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      const statement = readStatement(file, call);
      const first = statement?.open[0];
      // A function that runs what it is given is looked at with each call of it, and each call with that function.
      if (!first || told.has(first)) continue;
      told.add(first);
      const names = [...new Set(statement.open.map((hole) => `\`${hole.getText()}\``))];
      const verb = names.length === 1 ? 'becomes' : 'become';
      yield {
        at: first,
        evidence: call,
        message: `${list(names)} ${verb} part of the SQL text, so whoever chooses the value can change the statement; ${remedy(statement)}.`,
        data: statement,
      };
    }
  },
  fix({ data }) {
    return data && !data.isName && !data.isEither && !data.isSetting ? parametrise(data) : undefined;
  },
});

function remedy({ call, driver, isName, isSetting, open }: Statement): string {
  if (isSetting) return "`SET` takes no parameter, `SELECT set_config('name', $1, true)` does";
  if (isName) return 'no parameter can stand there, so take it from a list of what is allowed';
  // Sequelize fills in what it is given so itself, by other signs than those of the database.
  const replaced = optionValue(call.arguments[1], 'replacements');
  if (replaced) return `give it to \`replacements\` (\`${ts.isArrayLiteralExpression(valueOf(replaced)) ? '?' : ':name'}\`)`;
  if (open.every(isJoined))
    return driver?.placeholder
      ? `pass each of its values as a parameter (\`${driver.placeholder === '$' ? '$1, $2' : '?, ?'}\`)`
      : 'bind each of its values as a parameter';
  return driver?.placeholder
    ? `pass it as a parameter (\`${driver.placeholder === '$' ? '$1' : '?'}\`)`
    : 'bind it as a parameter';
}

/** `ids.join(', ')`: one text of many values. */
function isJoined(hole: Expression): boolean {
  const value = valueOf(hole);
  return ts.isCallExpression(value) && calleeName(value) === 'join';
}

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

const dml = /^\s*(?:--[^\n]*\n\s*)*(?:SELECT|INSERT\s+INTO|UPDATE|DELETE\s+FROM|WITH|MERGE|REPLACE\s+INTO|CALL)\b/i;

/** What a piece of SQL asks or calls. */
const condition = /[=<>]|\b(?:LIKE|IN|EXISTS|BETWEEN)\b|\w\s*\(/i;

/** Statements that take no parameters. */
const utility =
  /^\s*(?:CREATE|ALTER|DROP|TRUNCATE|GRANT|REVOKE|PREPARE|COMMIT|ROLLBACK|SET|USE|LISTEN|NOTIFY|UNLISTEN|VACUUM|COPY|LOCK|REINDEX)\b/i;
/** A setting of the application's own, whose value is one: `SET LOCAL app.tenant_id = '…'`. */
const ownSetting = /^\s*SET\s+(?:LOCAL\s+|SESSION\s+)?\w+\.\w+\s*(?:=|TO\b)\s*'/i;
/** What is looked up there are names: of tables, sequences, databases, slots. */
const catalogue =
  /\b(?:pg_(?!(?:try_)?advisory|sleep|notify)\w+|information_schema|sqlite_(?:master|schema)|pragma_\w+|setval|nextval|currval|sys\.\w+)\b/i;

function readStatement(file: CodeFile, call: ts.CallExpression): Statement | undefined {
  const callee = call.expression;
  if (ts.isIdentifier(callee) && callee.text === 'Raw') return readCondition(file, call);
  const isFunction = ts.isIdentifier(callee) && /^(?:raw|literal|\w*[qQ]uery|\w*[sS]ql|execute|run)$/.test(callee.text);
  if (!isFunction && !ts.isPropertyAccessExpression(callee)) return undefined;
  if (
    !/quer|exec|sql|raw|literal|where|having|unsafe|command|run|all|get|any|one|none|many|prepare|batch|result|each/i.test(
      calleeName(call),
    )
  )
    return undefined;
  const sql = sqlArgument(call);
  if (sql && isWholeRequest(file, call, sql)) return { call, driver: undefined, sql, open: [sql], isName: true };
  if (!sql || !mayHaveHoles(sql)) return undefined;
  let found: Statement | undefined;
  for (const pieces of textsOf(file, sql)) {
    found = judge(file, call, sql, pieces);
    if (found && found.open.length > 0) break;
  }
  return found;
}

/** `pool.query(req.body.sql)`: all of the statement is what the sender of a request wrote. */
function isWholeRequest(file: CodeFile, call: ts.CallExpression, sql: Expression): boolean {
  const value = valueOf(sql);
  return (
    wholeStatements.test(calleeName(call)) &&
    (ts.isPropertyAccessExpression(value) || ts.isElementAccessExpression(value)) &&
    (isRequest(file, value.expression) || flowsFromRequest(file, value)) &&
    !isOfProject(file, value) &&
    sqlDriver(file, call) !== undefined
  );
}

/** `built.list.sql` of `built = buildList({ query })`: what a function of the project has made of the request is that one's. */
function isOfProject(file: CodeFile, member: Expression): boolean {
  let root = unwrap(member);
  while (ts.isPropertyAccessExpression(root) || ts.isElementAccessExpression(root)) root = unwrap(root.expression);
  const made = valueOf(root);
  return ts.isCallExpression(made) && calleeOf(file, made) !== undefined;
}

/** Methods that are given a whole statement, and no object that stands for one. */
const wholeStatements = /^(?:query|execute|exec|raw|unsafe|prepare|\$(?:query|execute)RawUnsafe)$/;

function judge(file: CodeFile, call: ts.CallExpression, sql: Expression, pieces: readonly Piece[]): Statement | undefined {
  const method = calleeName(call);
  const text = pieces.map((piece) => ('text' in piece ? piece.text : '?')).join('');
  const isFragment = /raw$|^literal$|where$|having$/i.test(method);
  // A text in quotes alone is a value that a helper makes of its own words.
  if (/^literal$/i.test(method) && !condition.test(text)) return undefined;
  const isSetting = ownSetting.test(text);
  const isUtility = !isSetting && utility.test(text);
  if (pieces.length < 2 || !(dml.test(text) || isFragment || isSetting || isUtility)) return undefined;
  const driver = sqlDriver(file, call);
  // Without a driver in sight, only a plain statement made of the request is proof enough.
  const isQuery = ts.isPropertyAccessExpression(call.expression) && /^(?:query|execute)$/.test(method);
  if (!driver && !(isQuery && /\b(?:FROM|INTO|SET)\b/i.test(text))) return undefined;
  // The query language of Google Ads only reads, and knows no parameters.
  if (!driver && /^google-ads-api:/.test(origin(file, call.expression) ?? '')) return undefined;
  const isOwn = driver === undefined || isUtility || catalogue.test(text);
  const open = openHoles(file, pieces, isOwn).filter(
    ({ hole, isQuoted }) =>
      !isSafe(hole) &&
      !isConstantElsewhere(file, hole) &&
      !isChecked(hole) &&
      !isNumberElsewhere(file, hole) &&
      !isOwnText(file, hole) &&
      !isMadeWithValues(call, hole) &&
      !isOfTable(file, hole) &&
      !isFewBySchema(file, hole) &&
      !placeholderName.test(hole.getText()) &&
      !isEnumArgument(file, hole) &&
      !(!isQuoted && isOfRows(hole) && (isReadBefore(file, hole) || !flowsFromRequest(file, hole))),
  );
  return {
    call,
    driver,
    sql,
    open: open.map(({ hole }) => hole),
    isName: open.some(({ isName }) => isUtility || isName),
    isEither: open.some(({ isEither }) => isEither),
    isSetting,
  };
}

/** `Raw((alias) => `${alias} > '${value}'`)`: a condition of TypeORM's that is SQL. */
function readCondition(file: CodeFile, call: ts.CallExpression): Statement | undefined {
  const [given] = call.arguments;
  const sql = given && ts.isArrowFunction(given) ? onlyAnswer(given) : given;
  if (!given || !sql || !mayHaveHoles(sql) || origin(file, call.expression) !== 'typeorm:Raw') return undefined;
  const open = openHoles(file, piecesOf(sql, { file }), false).filter(
    ({ hole }) => !isSafe(hole) && !isConstantElsewhere(file, hole) && !isNumberElsewhere(file, hole),
  );
  return { call, driver: undefined, sql, open: open.map(({ hole }) => hole), isName: false };
}

/** `AND org = ${orgParam}`: where the parameter stands, as the caller says. */
const placeholderName = /^\w+(?:Param|Placeholder)$/;

/** `const { clauses, params } = where(filters); client.query(`… ${clauses.join(' AND ')}`, params)`: who made one made the other. */
function isMadeWithValues(call: ts.CallExpression, hole: Expression): boolean {
  const node = unwrap(hole);
  const callee = ts.isCallExpression(node) ? unwrap(node.expression) : undefined;
  const made = callee && ts.isPropertyAccessExpression(callee) && callee.name.text === 'join' ? unwrap(callee.expression) : node;
  const pattern = patternOf(made);
  return pattern !== undefined && call.arguments.slice(1).some((given) => patternOf(given) === pattern);
}

/** The pattern by which a name is taken out of what a call answers. */
function patternOf(name: Expression): ts.Node | undefined {
  const declaration = ts.isIdentifier(name) ? declarationOf(name) : undefined;
  const pattern = declaration && ts.isBindingElement(declaration) ? declaration.parent : undefined;
  const owner = pattern?.parent;
  const value = owner && ts.isVariableDeclaration(owner) && owner.initializer ? unwrap(owner.initializer) : undefined;
  return value && ts.isCallExpression(value) ? pattern : undefined;
}

/** `if (!allowed.test(key)) throw …`, `tables.includes(name)`: held against what is allowed. */
function isChecked(hole: Expression): boolean {
  const text = unwrap(hole).getText();
  const scope = enclosingFunction(hole);
  const isHeld = (node: ts.Node) =>
    ts.isCallExpression(node) &&
    node.pos < hole.pos &&
    ts.isPropertyAccessExpression(node.expression) &&
    /^(?:test|includes|has)$/.test(node.expression.name.text) &&
    isWritten(node.arguments[0], text);
  return descendants(scope).some((node) => isHeld(node) || isRefused(node, hole));
}

/** What functions are called that say whether a text has a form, or is one of those that are allowed. */
const formats = /^(?:is(?:Valid|ISO|Iso|UUID|Uuid|Date|Int|Num|Alpha|Hex|Safe|Allowed|Known|Identifier)|matches)/;

/** `by !== 'name' && by !== 'age'`: whoever goes on has one of these. */
function isOtherThan(condition: Expression, text: string): boolean {
  const node = unwrap(condition);
  if (!ts.isBinaryExpression(node)) return false;
  if (node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken)
    return isOtherThan(node.left, text) && isOtherThan(node.right, text);
  return /^!==?$/.test(node.operatorToken.getText()) && isWritten(node.left, text) && constantText(node.right) !== undefined;
}

/** `if (!isISODuration(text)) throw …`, also of what a value is made of: `const days = text.slice(1)`. */
function isRefused(node: ts.Node, hole: Expression): boolean {
  if (!ts.isIfStatement(node) || node.end > hole.pos || !leaves(node.thenStatement)) return false;
  const test = unwrap(node.expression);
  if (isOtherThan(test, unwrap(hole).getText())) return true;
  const asked =
    ts.isPrefixUnaryExpression(test) && test.operator === ts.SyntaxKind.ExclamationToken ? unwrap(test.operand) : undefined;
  const [given] = asked && ts.isCallExpression(asked) ? asked.arguments : [];
  if (!asked || !given || !ts.isCallExpression(asked) || !ts.isIdentifier(given) || !formats.test(calleeName(asked)))
    return false;
  return mentions(valueOf(hole), new Set([given.text]));
}

function mayHaveHoles(sql: Expression): boolean {
  const node = unwrap(sql);
  return (
    ts.isTemplateExpression(node) ||
    ts.isBinaryExpression(node) ||
    ts.isIdentifier(node) ||
    ts.isCallExpression(node) ||
    builtBy(node) !== undefined
  );
}

/** `query.text`, or `text` of `const { text, values } = search(name)`: a member of what a function puts together. */
function builtBy(node: Expression): { readonly call: ts.CallExpression; readonly member: string } | undefined {
  const taken = takenOut(node);
  const owner = taken?.from ?? (ts.isPropertyAccessExpression(node) ? node.expression : undefined);
  const call = owner && valueOf(owner);
  const member = taken?.name ?? (ts.isPropertyAccessExpression(node) ? node.name.text : undefined);
  return call && member !== undefined && ts.isCallExpression(call) ? { call, member } : undefined;
}

/** The text of which only white space is changed: `text.trim()`, `text.replaceAll(/\s+/g, ' ')`. */
function tidied(node: Expression): Expression | undefined {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined;
  const [what, by] = node.arguments;
  const { expression, name } = node.expression;
  if (/^trim(?:Start|End)?$/.test(name.text) && !what) return expression;
  const isSpace = what && /^\/(?:\\[snrt]|[ +*|^$(){}\d,])+\/[gm]*$/.test(what.getText());
  return /^replace(?:All)?$/.test(name.text) && isSpace && by && /^\s*$/.test(constantText(by) ?? '-') ? expression : undefined;
}

/** The texts that an expression may be: one, or of a variable that branches assign, one for each of them. */
function textsOf(file: CodeFile, sql: Expression): (readonly Piece[])[] {
  const node = unwrap(sql);
  const declaration = ts.isIdentifier(node) ? declarationOf(node) : undefined;
  if (declaration && ts.isParameter(declaration)) return givenFor(file, declaration).map((given) => piecesOf(given, { file }));
  const built = declaration && ts.isVariableDeclaration(declaration) ? buildingOf(declaration) : undefined;
  if (!built || !declaration || built.starts.length < 2) return [piecesOf(sql, { file })];
  return built.starts.map((start) =>
    [start, ...built.grows.filter((grown) => grown.pos > start.pos && !isElsewhere(grown, start))].flatMap((part) =>
      piecesOf(part, { file, around: new Set([declaration]) }, 1),
    ),
  );
}

/** How a variable comes to its text: what it begins with or is assigned, and what is added; undefined where that is no text in sight. */
function buildingOf(
  declaration: ts.VariableDeclaration,
): { readonly starts: readonly Expression[]; readonly grows: readonly Expression[] } | undefined {
  const starts: Expression[] = declaration.initializer && !isNothing(declaration.initializer) ? [declaration.initializer] : [];
  const grows: Expression[] = [];
  const names = new Set([declaration.name.getText()]);
  for (const write of writesTo(declaration)) {
    if (isCut(write, declaration)) continue;
    const { kind } = (write.parent as ts.BinaryExpression).operatorToken;
    const isAdded = kind === ts.SyntaxKind.PlusEqualsToken || mentions(write, names);
    (isAdded ? grows : starts).push(write);
  }
  const isWritten = starts.length > 0 && starts.every(isText) && grows.every((each) => isText(each) || isPlusEquals(each));
  return isWritten ? { starts, grows } : undefined;
}

/** `sql = sql.slice(0, -1)`: the last comma goes, and nothing is added. */
function isCut(write: Expression, declaration: ts.VariableDeclaration): boolean {
  const node = unwrap(write);
  return (
    ts.isCallExpression(node) &&
    /^(?:slice|substring|substr|trim(?:End)?)$/.test(calleeName(node)) &&
    isMemberOf(node, declaration)
  );
}

/** Written as a text, or chosen among such. */
function isText(value: Expression): boolean {
  const node = unwrap(value);
  if (ts.isConditionalExpression(node)) return isText(node.whenTrue) && isText(node.whenFalse);
  return (
    ts.isStringLiteralLike(node) ||
    ts.isTemplateExpression(node) ||
    (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) ||
    joinedParts(node) !== undefined
  );
}

function isPlusEquals({ parent }: Expression): boolean {
  return ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.PlusEqualsToken;
}

/** What `conditions.join(' AND ')` is made of, where the list is written out and added to in one function, and holds texts. */
function joinedParts(node: Expression): readonly Expression[] | undefined {
  const callee = ts.isCallExpression(node) ? unwrap(node.expression) : undefined;
  if (!callee || !ts.isPropertyAccessExpression(callee) || callee.name.text !== 'join') return undefined;
  const list = unwrap(callee.expression);
  const declaration = ts.isIdentifier(list) ? declarationOf(list) : undefined;
  const first = declaration && ts.isVariableDeclaration(declaration) && declaration.initializer;
  const start = first && unwrap(first);
  if (!declaration || !start || !ts.isArrayLiteralExpression(start)) return undefined;
  const added = descendants(enclosingFunction(declaration)).flatMap((each) =>
    ts.isCallExpression(each) && calleeName(each) === 'push' && isMemberOf(each, declaration) ? [...each.arguments] : [],
  );
  const parts = [...start.elements, ...added];
  return parts.length > 0 && parts.every(isText) ? parts : undefined;
}

function isMemberOf({ expression }: ts.CallExpression, declaration: ts.Node): boolean {
  const owner = ts.isPropertyAccessExpression(expression) ? unwrap(expression.expression) : undefined;
  return owner !== undefined && ts.isIdentifier(owner) && declarationOf(owner) === declaration;
}

/** How far a text is followed. */
interface Reading {
  /** The file that names in it are looked up in; without one only what stands there counts. */
  readonly file: CodeFile;
  /** The variables whose text this is a part of: `sql = sql + '…'` adds to what was there. */
  readonly around?: ReadonlySet<ts.Node>;
}

/**
 * The parts of a text: of sums and templates, and, with a file, through constants, variables and lists that are only given texts, and
 * functions that put texts together.
 */
function piecesOf(expression: Expression, reading?: Reading, depth = 0): Piece[] {
  const node = unwrap(expression);
  const inner = (part: Expression) => piecesOf(part, reading, depth + 1);
  const whole = [{ hole: node }];
  const withText = (parts: Piece[]) => (parts.some((part) => 'text' in part) ? parts : whole);
  if (depth > 12) return whole;
  if (ts.isStringLiteralLike(node)) return [{ text: node.text }];
  const written = tidied(node);
  if (written) return withText(inner(written));
  if (ts.isTemplateExpression(node)) {
    return [
      { text: node.head.text },
      ...node.templateSpans.flatMap((span) => [...inner(span.expression), { text: span.literal.text }]),
    ];
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken)
    return withText([...inner(node.left), ...inner(node.right)]);
  if (!reading || (!ts.isIdentifier(node) && isSafe(node))) return whole;
  if (ts.isConditionalExpression(node) && isText(node)) return [...inner(node.whenTrue), { text: ' ' }, ...inner(node.whenFalse)];
  const joined = joinedParts(node);
  if (joined) return joined.flatMap((part) => [...inner(part), { text: ' AND ' }]);
  if (ts.isCallExpression(node)) return withText(made(node, reading, depth));
  const built = builtBy(node);
  if (built) return withText(made(built.call, reading, depth, built.member));
  const declaration = ts.isIdentifier(node) ? declarationOf(node) : undefined;
  if (!declaration) return whole;
  if (reading.around?.has(declaration)) return [{ text: '' }];
  const building = ts.isVariableDeclaration(declaration) ? buildingOf(declaration) : undefined;
  if (!building) return whole;
  const around = new Set([...(reading.around ?? []), declaration]);
  return [...building.starts, ...building.grows].flatMap((part) => piecesOf(part, { ...reading, around }, depth + 1));
}

/**
 * The text that a function of the project makes of what a call gives it: `byName(name)` of `(name) => `name = '${name}'``. What it puts in of
 * its own is its file's affair. With a `member`, the text is that of what the function answers.
 */
function made(call: ts.CallExpression, { file, around }: Reading, depth: number, member?: string): Piece[] {
  const maker = calleeOf(file, call) ?? methodOf(file, call);
  const whole = maker && onlyAnswer(maker.node);
  const answer = whole && member !== undefined ? optionValue(whole, member) : whole;
  if (!maker || !answer) return [];
  return piecesOf(answer, { file: maker.file, around }, depth + 1).map((piece) => {
    if ('text' in piece) return piece;
    const parameter = ts.isIdentifier(piece.hole) ? declarationOf(piece.hole) : undefined;
    const index = parameter && ts.isParameter(parameter) ? maker.node.parameters.indexOf(parameter) : -1;
    const given = call.arguments[index];
    if (given && !ts.isSpreadElement(given)) return isSafe(piece.hole) ? { text: '0' } : { hole: given };
    return maker.file === file ? piece : { text: '0' };
  });
}

interface Hole {
  readonly hole: Expression;
  /** It stands in place of a name. */
  readonly isName: boolean;
  readonly isQuoted: boolean;
  /** It may stand in place of a name or of a value. */
  readonly isEither: boolean;
}

/** Holes where a value stands, inside quotes or behind `=`, `LIKE`, `IN (`, `VALUES (`; and what comes from a request, anywhere. */
function openHoles(file: CodeFile, pieces: readonly Piece[], onlyFromRequest: boolean): Hole[] {
  const found: Hole[] = [];
  let before = '';
  for (const [index, piece] of pieces.entries()) {
    if ('text' in piece) {
      before += piece.text;
      continue;
    }
    const next = pieces[index + 1];
    const after = next && 'text' in next ? next.text : '';
    // `'$${index}:raw'`, whose number is that of a parameter, quoted or not.
    const isQuoted = !before.endsWith('$') && !jsonKey.test(before) && (isInQuotes(before) || quotesItems(piece.hole));
    const isValue =
      isQuoted ||
      (doubleQuoted.test(before) && /^[^"]*"(?!\s*\.)/.test(after) && isMySql(file)) ||
      (valuePosition.test(before) && !/^(?:\w|\s*[.(])/.test(after));
    const isOutside = !/[$:@]$/.test(before) && (onlyFromRequest || !isValue) && flowsFromRequest(file, piece.hole);
    if ((isValue && !onlyFromRequest) || isOutside)
      found.push({
        hole: piece.hole,
        isName: !isValue && (namePosition.test(before) || isPartOfName(before, after)),
        isQuoted,
        isEither: !isValue && !/\b(?:LIMIT|OFFSET|BETWEEN|TOP)\s*\(?\s*$/i.test(before),
      });
    before += '\uE000';
  }
  return found;
}

/** `${state}_total`, `count_${state}`: no value, but a part of a name. */
function isPartOfName(before: string, after: string): boolean {
  return /\w$/.test(before) || /^\w/.test(after);
}

/** `names.map((name) => `'${name}'`).join(', ')`: values that are put in quotes one by one. */
function quotesItems(hole: Expression): boolean {
  const join = ts.isCallExpression(hole) ? unwrap(hole.expression) : undefined;
  if (!join || !ts.isPropertyAccessExpression(join) || join.name.text !== 'join') return false;
  const mapped = valueOf(join.expression);
  const callback = ts.isCallExpression(mapped) ? mapped.arguments.find(ts.isArrowFunction) : undefined;
  const written = callback && onlyAnswer(callback);
  return (
    written !== undefined &&
    ts.isTemplateExpression(written) &&
    written.head.text.endsWith("'") &&
    written.templateSpans.some(({ expression }) => !isSafe(expression))
  );
}

const valuePosition = /(?:[=<>]|\bI?LIKE|\bIN\s*\(|\bVALUES\s*\(|\b(?:VALUES|IN)\s*\([^()]*,)\s*$/i;

/** `name = "`: a text in MySQL, elsewhere the name of a column. */
const doubleQuoted = /(?:[=<>]|\bLIKE|\b(?:VALUES|IN)\s*\((?:[^()]*,)?)\s*"[^"]*$/i;

function isMySql({ package: found }: CodeFile): boolean {
  return ['mysql', 'mysql2', 'mariadb'].some((name) => found?.installed.has(name)) && !found?.installed.has('pg');
}

const namePosition = /\b(?:FROM|JOIN|INTO|UPDATE|TABLE|BY|ASC|DESC)\s+(?:[\w.]+\s*,\s*)*["`[]?$|\bBY\s+\uE000\s+$/i;

/** `data->>'`, `jsonb_set(data, '{`, `JSON_EXTRACT(data, '$.`: what names a member of JSON is a name, though it stands in quotes. */
const jsonKey = /(?:->>?|#>>?|#-|\bjsonb?_(?:set|insert|extract\w*|remove|replace|value|query\w*)\s*\([^()']*,)\s*'[^']*$/i;

function isInQuotes(before: string): boolean {
  return before.split("'").length % 2 === 0;
}

/** Cannot carry SQL: constant, a number, a truth value, escaped, a list of placeholders, or from the program's own settings. */
function isSafe(expression: Expression): boolean {
  const node = valueOf(expression);
  if (constantText(node) !== undefined || isSetting(node)) return true;
  if (ts.isConditionalExpression(node))
    return (isAllowed(node.condition, node.whenTrue) || isSafe(node.whenTrue)) && isSafe(node.whenFalse);
  // `AND id = $${values.length}`
  if (ts.isTemplateExpression(node)) return node.templateSpans.every(({ expression: hole }) => isSafe(hole));
  if (ts.isBinaryExpression(node)) return isSafeOperation(node);
  if (ts.isPrefixUnaryExpression(node)) return true;
  if (
    node.kind === ts.SyntaxKind.TrueKeyword ||
    node.kind === ts.SyntaxKind.FalseKeyword ||
    node.kind === ts.SyntaxKind.NullKeyword
  )
    return true;
  if (ts.isCallExpression(node)) return isSafeCall(node);
  if (ts.isElementAccessExpression(node)) return isOfConstants(node.expression);
  if (ts.isPropertyAccessExpression(node)) return counts.test(node.name.text) || hasSafeType(node) || isOfConstantField(node);
  return ts.isIdentifier(node) && isSafeName(node);
}

/** Members that are numbers, of lists and of what drivers answer. */
const counts = /^(?:length|size|rowCount|affectedRows|changes|lastInsertRowid)$/;

/** `columns.includes(sort)`, also as one of several conditions that all have to hold. */
function isAllowed(condition: Expression, value: Expression): boolean {
  const node = unwrap(condition);
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken)
    return isAllowed(node.left, value) || isAllowed(node.right, value);
  return (
    ts.isCallExpression(node) &&
    ts.isPropertyAccessExpression(node.expression) &&
    /^(?:test|includes|has)$/.test(node.expression.name.text) &&
    isWritten(node.arguments[0], unwrap(value).getText())
  );
}

/** Is an argument this text, whatever type is asserted of it? */
function isWritten(given: Expression | undefined, text: string): boolean {
  return given !== undefined && unwrap(given).getText() === text;
}

/** `units[text]`, where whatever `units` has is written out, also as one of two. */
function isOfConstants(object: Expression): boolean {
  const literal = valueOf(object);
  if (ts.isConditionalExpression(literal)) return isOfConstants(literal.whenTrue) && isOfConstants(literal.whenFalse);
  if (ts.isArrayLiteralExpression(literal)) return literal.elements.length > 0 && literal.elements.every(isSafe);
  return (
    ts.isObjectLiteralExpression(literal) &&
    literal.properties.length > 0 &&
    literal.properties.every((property) => ts.isPropertyAssignment(property) && isSafe(property.initializer))
  );
}

/** `this.retentionDays`, a field that is given its value once; or `this.fallback.name`, of an object that one is given, written out. */
function isOfConstantField(node: ts.PropertyAccessExpression): boolean {
  const { expression: owner, name } = node;
  const given = valueOfField(node);
  if (given && isSafe(given)) return true;
  const literal = ts.isPropertyAccessExpression(owner) ? valueOfField(owner) : undefined;
  const value = literal && optionValue(literal, name.text);
  return value !== undefined && isSafe(value);
}

/**
 * A text that the program makes of its own: a function of the project answers it, made of constants and of what this call gives it that is
 * safe (`since('1 day')`); or a parameter that nobody else can fill, and is given such wherever the function is called.
 */
function isOwnText(file: CodeFile, hole: Expression, depth = 0): boolean {
  if (depth > 3) return false;
  const node = valueOf(hole);
  if (ts.isIdentifier(node)) return isGivenSafe(file, node, depth);
  const maker = ts.isCallExpression(node) ? (calleeOf(file, node) ?? methodOf(file, node)) : undefined;
  if (!ts.isCallExpression(node) || !maker?.node.body || maker.node.asteriskToken) return false;
  const isOwn = (part: Expression): boolean => {
    const bare = unwrap(part);
    const parameter = ts.isIdentifier(bare) ? declarationOf(bare) : undefined;
    if (parameter && ts.isParameter(parameter) && parameter.parent === maker.node) {
      const given = node.arguments[maker.node.parameters.indexOf(parameter)] ?? parameter.initializer;
      return given !== undefined && (isSafe(given) || isOwnText(file, given, depth + 1));
    }
    if (ts.isTemplateExpression(bare)) return bare.templateSpans.every(({ expression }) => isOwn(expression));
    if (ts.isConditionalExpression(bare)) return isOwn(bare.whenTrue) && isOwn(bare.whenFalse);
    return isSafe(bare) || isOwnText(maker.file, bare, depth + 1);
  };
  const answers = resultsOf(maker.node.body as ts.ConciseBody);
  return answers.length > 0 && answers.every(isOwn);
}

/** What zod lets through there can carry no SQL. */
const fewBySchema = /^(?:enum|nativeEnum|literal|number|int|bigint|boolean|date|uuid|guid|cuid2?|ulid)$/;

/** `sort` of `const { sort } = Query.parse(req.query)`, where the schema says that it is one of a few words, or a number. */
function isFewBySchema(file: CodeFile, hole: Expression): boolean {
  const node = unwrap(hole);
  const callee = ts.isCallExpression(node) ? unwrap(node.expression) : undefined;
  if (callee && ts.isPropertyAccessExpression(callee))
    return /^to(?:Upper|Lower)Case$/.test(callee.name.text) && isFewBySchema(file, callee.expression);
  const member =
    takenOut(node) ?? (ts.isPropertyAccessExpression(node) ? { name: node.name.text, from: node.expression } : undefined);
  const said = member && saidBySchema(file, member.from, member.name);
  return (
    said !== undefined &&
    said.some((each) => fewBySchema.test(each)) &&
    !said.some((each) => /^(?:or|transform|pipe)$/.test(each))
  );
}

/** `row.step` of `row = steps[wanted] ?? steps.day` or of `steps.find(…)`, where all rows of the table are written out, here or in another file. */
function isOfTable(file: CodeFile, hole: Expression): boolean {
  const node = unwrap(hole);
  return ts.isPropertyAccessExpression(node) && isRowOfConstants(file, node.expression, node.name.text);
}

function isRowOfConstants(file: CodeFile, row: Expression, member: string, depth = 0): boolean {
  if (depth > 3) return false;
  const value = valueOf(row);
  if (ts.isBinaryExpression(value))
    return isFallback(value) && [value.left, value.right].every((side) => isRowOfConstants(file, side, member, depth + 1));
  if (ts.isCallExpression(value)) {
    const callee = unwrap(value.expression);
    if (ts.isPropertyAccessExpression(callee) && /^(?:find|at)$/.test(callee.name.text)) {
      const rows = writtenOut(file, callee.expression);
      return rows !== undefined && ts.isArrayLiteralExpression(rows) && areCells(rows.elements, member);
    }
    const maker = calleeOf(file, value);
    const answers = maker?.node.body ? resultsOf(maker.node.body as ts.ConciseBody) : [];
    return (
      maker !== undefined &&
      answers.length > 0 &&
      answers.every((answer) => isRowOfConstants(maker.file, answer, member, depth + 1))
    );
  }
  if (!ts.isElementAccessExpression(value)) return false;
  const rows = writtenOut(file, value.expression);
  if (!rows || !ts.isObjectLiteralExpression(rows)) return false;
  const written = rows.properties.map((each) => (ts.isPropertyAssignment(each) ? each.initializer : undefined));
  return areCells(written, member);
}

/** A list or an object where it is written out, here or in another file. */
function writtenOut(file: CodeFile, table: Expression): ts.Node | undefined {
  const value = valueOf(table);
  return ts.isArrayLiteralExpression(value) || ts.isObjectLiteralExpression(value) ? value : definitionOf(file, table)?.node;
}

/** Have all rows a constant for a member, or nothing? */
function areCells(rows: readonly (Expression | undefined)[], member: string): boolean {
  const isCell = (value: Expression | undefined) =>
    value !== undefined && (constantText(value) !== undefined || isNothing(value));
  return rows.length > 0 && rows.every((row) => isCell(optionValue(row, member)));
}

/** A parameter of a private method, or of a function that its file keeps to itself, which all calls give what is safe. */
function isGivenSafe(file: CodeFile, name: ts.Identifier, depth: number): boolean {
  const parameter = declarationOf(name);
  if (!parameter || !ts.isParameter(parameter)) return false;
  const owner = parameter.parent;
  const isPrivate =
    ts.isMethodDeclaration(owner) &&
    (ts.isPrivateIdentifier(owner.name) || ts.getModifiers(owner)?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword));
  const isLocal = ts.isFunctionDeclaration(owner) && !owner.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
  if (!isPrivate && !(isLocal && !/\bexports\b|\bexport\s*(?:default|\{)/.test(file.text))) return false;
  const given = givenFor(file, parameter);
  return given.length > 0 && given.every((each) => isSafe(each) || isOwnText(file, each, depth + 1));
}

/** A member of an object of constants, or a constant of another file; or each of a list of such: `KINDS.map((kind) => …)`. */
function isConstantElsewhere(file: CodeFile, expression: Expression): boolean {
  const declaration = ts.isIdentifier(expression) ? declarationOf(expression) : undefined;
  const each = declaration && ts.isParameter(declaration) ? eachOf(declaration) : undefined;
  const list = each && definitionOf(file, each)?.node;
  if (list && ts.isExpression(list)) return isConstantList(list);
  const found = definitionOf(file, expression);
  return found !== undefined && ts.isExpression(found.node) && constantText(found.node) !== undefined;
}

/** A number by the type that another file writes for it (`filter.kind` of a class of input), or a list of such. */
function isNumberElsewhere(file: CodeFile, hole: Expression, depth = 0): boolean {
  if (depth > 6) return false;
  const node = valueOf(hole);
  const isNumber = (part: Expression) => isSafe(part) || isNumberElsewhere(file, part, depth + 1);
  if (ts.isConditionalExpression(node)) return isNumber(node.whenTrue) && isNumber(node.whenFalse);
  if (ts.isTemplateExpression(node)) return node.templateSpans.every(({ expression }) => isNumber(expression));
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken)
    return isNumber(node.left) && isNumber(node.right);
  const type = memberTypeOf(file, node);
  if (type) return isFew(type);
  const made = madeMember(node);
  if (made) return isNumber(made);
  // A key of what a package's class describes: `user.id` of a model, of which nothing here says that it is text.
  if (ts.isPropertyAccessExpression(node) && /(?:^id|Id|_id)$/.test(node.name.text) && ts.isIdentifier(node.expression))
    return /^[^.]*:\w+\(\)$/.test(origin(file, node.expression) ?? '') && !isRequest(file, node.expression);
  const callee = ts.isCallExpression(node) ? unwrap(node.expression) : undefined;
  if (!callee || !ts.isPropertyAccessExpression(callee) || !/^(?:join|toString)$/.test(callee.name.text)) return false;
  return isListOf(file, callee.expression, isNumber);
}

/** What `link.pet` is in `links.map((link) => link.pet)`, where `links = pets.map((pet) => ({ pet, owner }))`. */
function madeMember(node: Expression): Expression | undefined {
  if (!ts.isPropertyAccessExpression(node) || !ts.isIdentifier(node.expression)) return undefined;
  const declaration = declarationOf(node.expression);
  let list = declaration && ts.isParameter(declaration) ? eachOf(declaration) : undefined;
  for (let steps = 0; list && steps < 6; steps++) {
    const call = valueOf(list);
    const callee = ts.isCallExpression(call) ? unwrap(call.expression) : undefined;
    if (!ts.isCallExpression(call) || !callee || !ts.isPropertyAccessExpression(callee)) return undefined;
    const [callback] = call.arguments;
    const answer = callback && ts.isArrowFunction(callback) ? onlyAnswer(callback) : undefined;
    if (callee.name.text === 'map') return answer && optionValue(answer, node.name.text);
    list = /^(?:filter|slice|sort)$/.test(callee.name.text) ? callee.expression : undefined;
  }
  return undefined;
}

/** Is every element of a list what `is` says: of one that is written out, mapped, or of a type? */
function isListOf(file: CodeFile, list: Expression, is: (element: Expression) => boolean): boolean {
  let bare = list;
  while (ts.isParenthesizedExpression(bare)) bare = bare.expression;
  // `(filter.kinds as number[]).join(',')`
  if (ts.isAsExpression(bare)) return isListOfFew({ type: bare.type, file });
  const node = valueOf(list);
  if (ts.isArrayLiteralExpression(node))
    return [...node.elements, ...addedTo(list)].every((each) =>
      ts.isSpreadElement(each) ? isListOf(file, each.expression, is) : is(each),
    );
  // `Array.from(new Set(ids))`: the same elements.
  const [only] = ts.isCallExpression(node) || ts.isNewExpression(node) ? (node.arguments ?? []) : [];
  if (only && /^(?:Array\.from|new Set)$/.test(node.getText().replace(/\([^]*/, '')))
    return (node as ts.CallExpression).arguments.length === 1 && isListOf(file, only, is);
  const callee = ts.isCallExpression(node) ? unwrap(node.expression) : undefined;
  if (ts.isCallExpression(node) && callee && ts.isPropertyAccessExpression(callee)) {
    if (/^(?:filter|slice|sort)$/.test(callee.name.text)) return isListOf(file, callee.expression, is);
    const [callback] = node.arguments;
    const answer = callback && ts.isArrowFunction(callback) ? onlyAnswer(callback) : undefined;
    return callee.name.text === 'map' && answer !== undefined && is(answer);
  }
  const typed = memberTypeOf(file, list);
  return typed !== undefined && isListOfFew(typed);
}

/** Numbers, or a few words, by the type of the list: also `number | number[]`. */
function isListOfFew(list: Written): boolean {
  const parts = ts.isUnionTypeNode(list.type) ? list.type.types.map((type) => ({ type, file: list.file })) : [list];
  return parts.every((part) => isFew(elementTypeOf(part) ?? part));
}

/** A number, or one of a few words, by its type, also where that is an enum or has a name. */
function isFew(written: Written, hops = 2): boolean {
  if (isSafeType(written.type)) return true;
  if (ts.isUnionTypeNode(written.type)) return written.type.types.every((type) => isFew({ ...written, type }, hops));
  if (isOfConstantList(written)) return true;
  const found = hops > 0 ? declarationOfType(written) : undefined;
  if (!found) return false;
  if (ts.isTypeAliasDeclaration(found.node)) return isFew({ type: found.node.type, file: found.file }, hops - 1);
  return ts.isEnumDeclaration(found.node);
}

/** `typeof COVER`, `(typeof MEDIA_TYPES)[number]` of `MEDIA_TYPES = ['photo', 'video'] as const`. */
function isOfConstantList({ type, file }: Written): boolean {
  if (ts.isTypeQueryNode(type)) return new RegExp(`\\bconst ${type.exprName.getText()} = ['"][^'"]*['"]`).test(file.text);
  const list = ts.isIndexedAccessTypeNode(type) ? type.objectType : undefined;
  const query = list && ts.isParenthesizedTypeNode(list) ? list.type : list;
  return (
    query !== undefined &&
    ts.isTypeQueryNode(query) &&
    new RegExp(`\\bconst ${query.exprName.getText()} = \\[[^\\]]*\\] as const`).test(file.text)
  );
}

/**
 * Keys of rows, `order.id` or `ids.join(',')`, of what was awaited: what stands outside quotes is a number where the statement works at
 * all, and no sender of a request chose it.
 */
function isOfRows(hole: Expression): boolean {
  const node = unwrap(hole);
  if (ts.isConditionalExpression(node)) return [node.whenTrue, node.whenFalse].every((each) => isOfRows(each) || isSafe(each));
  if (ts.isArrayLiteralExpression(node)) return node.elements.every(isSafe);
  if (ts.isBinaryExpression(node)) return isFallback(node) && isOfRows(node.left) && (isSafe(node.right) || isOfRows(node.right));
  if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node) || ts.isCallExpression(node)) {
    const callee = ts.isCallExpression(node) ? unwrap(node.expression) : node;
    if (!ts.isPropertyAccessExpression(callee) && !ts.isElementAccessExpression(callee)) return false;
    return isAwaited(callee.expression) || isOfRows(callee.expression);
  }
  const declaration = ts.isIdentifier(node) ? declarationOf(node) : undefined;
  if (declaration && ts.isParameter(declaration)) return isParent(declaration) && isKeyOf(node);
  if (declaration && ts.isBindingElement(declaration)) return isRows(declaration);
  if (!declaration || !ts.isVariableDeclaration(declaration)) return false;
  const loop = declaration.parent.parent;
  if (ts.isForOfStatement(loop)) return isOfRows(loop.expression) || isSetOfKeys(loop.expression);
  const values = [...(declaration.initializer ? [declaration.initializer] : []), ...writesTo(declaration)].filter(
    (value) => !isNothing(value),
  );
  return values.length > 0 && values.every((value) => isAwaited(value) || (value !== node && isOfRows(value)));
}

/** Keys of what the database was asked for before, whatever was asked with: `known.filter((id) => !sent.includes(id)).join(',')`. */
function isReadBefore(file: CodeFile, keys: Expression, around: readonly ts.Node[] = []): boolean {
  const node = unwrap(keys);
  if (around.length > 6) return false;
  if (ts.isCallExpression(node) && sqlDriver(file, node)) return true;
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    const { name, expression: list } = node.expression;
    const isSame = /^(?:filter|slice|sort|join|toString)$/.test(name.text);
    return (isSame || (name.text === 'map' && takesMember(node.arguments[0]))) && isReadBefore(file, list, around);
  }
  const declaration = ts.isIdentifier(node) ? declarationOf(node) : undefined;
  if (!declaration || !(ts.isVariableDeclaration(declaration) || ts.isBindingElement(declaration))) return false;
  // `ids = ids.map((row) => row.id)` is made of what was there.
  if (around.includes(declaration)) return true;
  const owner = ts.isBindingElement(declaration) ? declaration.parent.parent : declaration;
  if (!ts.isVariableDeclaration(owner) || !owner.initializer) return false;
  if (ts.isBindingElement(declaration) && !isRows(declaration)) return false;
  return [owner.initializer, ...writesTo(declaration)].every((value) => isReadBefore(file, value, [...around, declaration]));
}

/** `(row) => row.id` */
function takesMember(callback: Expression | undefined): boolean {
  const answer = callback && ts.isArrowFunction(callback) ? onlyAnswer(callback) : undefined;
  return (
    answer !== undefined &&
    ts.isPropertyAccessExpression(answer) &&
    answer.expression.getText() === (callback as ts.ArrowFunction).parameters[0]?.name.getText()
  );
}

/** `const [rows] = await query(…)` of mysql2, `const { rows } = await query(…)` of pg. */
function isRows({ parent, propertyName, name }: ts.BindingElement): boolean {
  const isAll = ts.isArrayBindingPattern(parent) || (propertyName ?? name).getText() === 'rows';
  const made = ts.isVariableDeclaration(parent.parent) ? parent.parent.initializer : undefined;
  return isAll && made !== undefined && isAwaited(made);
}

/** `await rows()`, also in parentheses and with a type written for it; `db.prepare(sql).all()` of SQLite, which nobody waits for. */
function isAwaited(value: Expression): boolean {
  let bare = value;
  while (ts.isParenthesizedExpression(bare) || ts.isAsExpression(bare)) bare = bare.expression;
  if (ts.isAwaitExpression(bare)) return true;
  if (!ts.isCallExpression(bare) || !/^(?:all|get)$/.test(calleeName(bare))) return false;
  const prepared = ts.isPropertyAccessExpression(bare.expression) ? valueOf(bare.expression.expression) : bare;
  return ts.isCallExpression(prepared) && calleeName(prepared) === 'prepare';
}

/** The parent of a field of GraphQL: the first parameter of its `resolve`. */
function isParent({ parent: resolver }: ts.ParameterDeclaration): boolean {
  const named = ts.isMethodDeclaration(resolver) ? resolver : resolver.parent;
  const isResolver = (ts.isMethodDeclaration(named) || ts.isPropertyAssignment(named)) && named.name.getText() === 'resolve';
  return isResolver && resolver.parameters.length > 1;
}

/** `pet.id`, `pet.ownerId`. */
function isKeyOf({ parent }: ts.Node): boolean {
  return ts.isPropertyAccessExpression(parent) && /(?:^id|Id|_id)$/.test(parent.name.text);
}

/**
 * `args.kind`, or each of `args.kinds`, of a resolver: GraphQL lets nothing through but what the schema says, which this file
 * writes out (`kind: { type: PetKind }`) as an enum, a number or a truth value.
 */
function isEnumArgument(file: CodeFile, hole: Expression): boolean {
  if (!file.modules.has('graphql')) return false;
  const node = unwrap(hole);
  const declaration = ts.isIdentifier(node) ? declarationOf(node) : undefined;
  const list = declaration && ts.isParameter(declaration) ? eachOf(declaration) : undefined;
  if (list) return isEnumArgument(file, list);
  if (!ts.isPropertyAccessExpression(node) || node.expression.getText() !== 'args') return false;
  const types = file.nodes(ts.SyntaxKind.PropertyAssignment).flatMap(({ name, initializer }) => {
    const type = name.getText() === node.name.text ? optionValue(initializer, 'type') : undefined;
    return type ?? [];
  });
  return types.length > 0 && types.every((type) => fewTypes.test(origin(file, namedType(type)) ?? ''));
}

const fewTypes = /^graphql:GraphQL(?:EnumType\(\)|Int|Float|Boolean)$/;

/** `PetKind` of `new GraphQLNonNull(new GraphQLList(PetKind))`. */
function namedType(type: Expression): Expression {
  const node = unwrap(type);
  const [inner] = ts.isNewExpression(node) || ts.isCallExpression(node) ? (node.arguments ?? []) : [];
  return inner ? namedType(inner) : node;
}

/** `done.add(order.id)`, of a set that begins empty. */
function isSetOfKeys(list: Expression): boolean {
  const set = valueOf(list);
  const name = unwrap(list);
  if (!ts.isNewExpression(set) || set.expression.getText() !== 'Set' || set.arguments?.length || !ts.isIdentifier(name))
    return false;
  const declaration = declarationOf(name);
  const added = declaration
    ? descendants(enclosingFunction(declaration)).filter(
        (node): node is ts.CallExpression =>
          ts.isCallExpression(node) && calleeName(node) === 'add' && isMemberOf(node, declaration),
      )
    : [];
  return (
    added.length > 0 &&
    added.every(
      ({ arguments: [given] }) =>
        given !== undefined && ts.isPropertyAccessExpression(given) && /(?:^id|Id|_id)$/.test(given.name.text),
    )
  );
}

function isSafeOperation(node: ts.BinaryExpression): boolean {
  const { kind } = node.operatorToken;
  if (kind === ts.SyntaxKind.QuestionQuestionToken || kind === ts.SyntaxKind.BarBarToken || kind === ts.SyntaxKind.PlusToken)
    return isSafe(node.left) && isSafe(node.right);
  return kind !== ts.SyntaxKind.EqualsToken;
}

/** A helper that puts SQL together, by its name of constants alone, or of a whole piece: `when(all, 'AND deleted IS NULL')`. */
function makesSql({ arguments: given, expression }: ts.CallExpression): boolean {
  if (!ts.isIdentifier(expression) || given.length === 0) return false;
  if (/sql|json|clause|column|where|orderBy|condition/i.test(expression.text) && given.every(isConstant)) return true;
  return given.some((argument) => sqlPiece.test(constantText(argument) ?? ''));
}

const sqlPiece = /^\s*(?:(?:AND|OR|WHERE|ORDER BY|GROUP BY|HAVING|LIMIT|SELECT|(?:LEFT |RIGHT |INNER |CROSS |FULL )?JOIN)\s)/;

/** A text in which nothing changes but the item. */
function isMadeOf(body: ts.Node, item: string): boolean {
  return ts.isTemplateExpression(body) && body.templateSpans.every(({ expression }) => expression.getText() === item);
}

/** A constant, or a list of them. */
function isConstant(expression: Expression): boolean {
  const value = valueOf(expression);
  if (constantText(value) !== undefined) return true;
  return ts.isArrayLiteralExpression(value) && value.elements.every(isConstant);
}

/** `text.replace(/'/g, "''")`, `text.replace(/[^a-z]/g, '')`. */
function isCleaned({ expression, arguments: [what, by] }: ts.CallExpression): boolean {
  if (!ts.isPropertyAccessExpression(expression) || !/^replace(?:All)?$/.test(expression.name.text) || !what || !by) return false;
  const replacement = constantText(by);
  return (replacement === "''" && what.getText().includes("'")) || (replacement === '' && what.getText().startsWith('/[^'));
}

const safeCalls =
  /^Math\.\w+$|(?:^|\.)(?:Number|parseInt|parseFloat|BigInt|Boolean|String\.raw|escape\w*|quote\w*|literal|ident|toISO(?:String|Date|Time)?|toUnixInteger|toMillis|toFixed|getTime|now|floor|ceil|round|abs|min|max|trunc|count(?:By|Documents)?|randomUUID|uuid\w*|nanoid|placeholders?|getQuery|getSql|toQuery|toSQL)$/i;

/** Text made of what is safe: `date.toISOString().slice(0, 10)`, `'?,'.repeat(ids.length).slice(0, -1)`; a date in a form that is written out or its library's own: `moment(x).format('YYYY-MM-DD')`. */
function isPartOfSafe({ expression, arguments: given }: ts.CallExpression): boolean {
  const callee = unwrap(expression);
  if (!ts.isPropertyAccessExpression(callee)) return false;
  if (/^(?:slice|substring|substr|trim|toLowerCase|toUpperCase|padStart|padEnd|repeat)$/.test(callee.name.text))
    return isSafe(callee.expression);
  return (
    /^(?:format|toFormat|toString|toJSON)$/.test(callee.name.text) &&
    given.every(isConstant) &&
    /^(?:moment|dayjs|DateTime|new Date)\b/.test(valueOf(callee.expression).getText())
  );
}

function isSafeCall(call: ts.CallExpression): boolean {
  const callee = call.expression.getText();
  // What puts values into the form of one database or another knows how: `this.dialect.toTimestamp(start)`.
  if (/dialect(?:\(\))?\.\w+$/i.test(callee)) return true;
  // `getPlaceholder()`: what the driver wants a parameter to be written as.
  if (safeCalls.test(callee) || /placeholder/i.test(calleeName(call)) || makesSql(call) || isCleaned(call) || isPartOfSafe(call))
    return true;
  // `ids.map(() => '?').join(', ')`: as many placeholders as there are values.
  const join = unwrap(call.expression);
  if (!ts.isPropertyAccessExpression(join) || join.name.text !== 'join') return false;
  let mapped = valueOf(join.expression);
  while (
    ts.isCallExpression(mapped) &&
    ts.isPropertyAccessExpression(mapped.expression) &&
    /^(?:filter|slice)$/.test(mapped.expression.name.text)
  )
    mapped = valueOf(mapped.expression.expression);
  if (isChosen(mapped) && !isGrown(join.expression)) return true;
  if (ts.isArrayLiteralExpression(mapped) && isGrownOfAllowed(join.expression, mapped)) return true;
  if (isOfAllowed(join.expression) || isValidated(mapped)) return true;
  if (!ts.isCallExpression(mapped) || !/\.(?:map|from|fill)$/.test(mapped.expression.getText())) return false;
  const callback = mapped.arguments.find(ts.isFunctionLike);
  if (!callback) return mapped.arguments.every((argument) => constantText(argument) !== undefined || ts.isIdentifier(argument));
  const [item] = (callback as ts.ArrowFunction).parameters;
  const written = onlyAnswer(callback as ts.ArrowFunction) ?? (callback as ts.ArrowFunction).body;
  const list = mapped.expression;
  // `ids.map((id) => Number(id)).join(',')`
  if (ts.isExpression(written) && ts.isCallExpression(unwrap(written)) && isSafe(written)) return true;
  const isOwn = ts.isPropertyAccessExpression(list) && (isConstant(list.expression) || isSetting(list.expression));
  if (isOwn && item && isMadeOf(written, item.name.getText())) return true;
  const body = written.getText();
  return !item || !ts.isIdentifier(item.name) || !mentions(written, new Set([item.name.text])) || /[$:@]\$\{/.test(body);
}

/** `validateVector(vector)`, waited for in whatever way: it answers what it has looked at. */
function isValidated(value: Expression): boolean {
  const bare = ts.isYieldExpression(value) && value.expression ? value.expression : value;
  const call = ts.isAwaitExpression(bare) ? bare.expression : bare;
  return ts.isCallExpression(call) && /^(?:validate|sanitize)/.test(calleeName(call));
}

/** What looks through the names that somebody sent, by what it is called. */
const looksThrough = /valid|allow|permit|filter|pick|sanitiz|whitelist|parse/i;

/**
 * Names that were held against what is allowed, each alone or in a text of its own: `Object.keys(body).filter((key) => columns.includes(key))`,
 * `.map((key) => `${key} = ?`)` behind it; or those of what a function has looked through: `Object.keys(pickColumns(body))`.
 */
function isOfAllowed(list: Expression): boolean {
  const call = valueOf(list);
  if (!ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression)) return false;
  const { expression: inner, name } = call.expression;
  const [first] = call.arguments;
  if (name.text === 'keys' && inner.getText() === 'Object') {
    const owner = first && valueOf(first);
    return owner !== undefined && ts.isCallExpression(owner) && looksThrough.test(calleeName(owner));
  }
  const item = first && ts.isArrowFunction(first) ? first.parameters[0]?.name : undefined;
  const answer = first && ts.isArrowFunction(first) ? onlyAnswer(first) : undefined;
  if (!item || !ts.isIdentifier(item) || !answer) return false;
  if (name.text === 'filter') return isAllowed(answer, item as Expression) || isOfAllowed(inner);
  return name.text === 'map' && (answer.getText() === item.text || isMadeOf(answer, item.text)) && isOfAllowed(inner);
}

/** Is a list added to after it was written out? */
function isGrown(list: Expression): boolean {
  return addedTo(list).length > 0;
}

/** What is added to a list after it was written out. */
function addedTo(list: Expression): readonly Expression[] {
  const name = unwrap(list);
  const declaration = ts.isIdentifier(name) ? declarationOf(name) : undefined;
  if (!declaration) return [];
  return descendants(enclosingFunction(declaration)).flatMap((node) =>
    ts.isCallExpression(node) && /^(?:push|unshift|splice)$/.test(calleeName(node)) && isMemberOf(node, declaration)
      ? node.arguments.slice(calleeName(node) === 'splice' ? 2 : 0)
      : [],
  );
}

/** `if (/^[a-z_]+$/.test(column)) columns.push(column)`: a list to which only what was held against what is allowed is added. */
function isGrownOfAllowed(list: Expression, start: ts.ArrayLiteralExpression): boolean {
  const added = addedTo(list);
  const isOne = (each: Expression): boolean => {
    const text = unwrap(each);
    if (ts.isTemplateExpression(text)) return text.templateSpans.every(({ expression }) => isOne(expression));
    return isSafe(each) || isChecked(each);
  };
  return added.length > 0 && [...start.elements, ...added].every(isOne);
}

/** Constants, of which conditions choose: `[all && 'owner', 'pet'].filter(Boolean)`, `compact([…])`. */
function isChosen(list: Expression): boolean {
  const inner = ts.isCallExpression(list) && /(?:^|\.)compact$/.test(list.expression.getText()) ? list.arguments[0] : list;
  const value = inner && valueOf(inner);
  const isOne = (element: Expression): boolean => {
    const node = unwrap(element);
    const isAnd = ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken;
    return constantText(isAnd ? node.right : node) !== undefined;
  };
  return value !== undefined && ts.isArrayLiteralExpression(value) && value.elements.length > 0 && value.elements.every(isOne);
}

/** The variables whose values are being looked at: `part = `(${part.slice(1)})`` adds nothing to what was there. */
const lookedAt = new Set<ts.Node>();

function areSafe(declaration: ts.Node, values: readonly Expression[]): boolean {
  if (lookedAt.has(declaration)) return true;
  lookedAt.add(declaration);
  try {
    return values.every(isSafe);
  } finally {
    lookedAt.delete(declaration);
  }
}

/** Annotated as a number, a truth value or one of a few words; or a loop over constants. */
function isSafeName(name: ts.Identifier): boolean {
  const declaration = declarationOf(name);
  if (!declaration) return false;
  if (hasSafeType(declaration) || isNumberByDefault(declaration)) return true;
  if (ts.isVariableDeclaration(declaration)) {
    const loop = declaration.parent.parent;
    if (ts.isForOfStatement(loop)) return isConstantList(loop.expression);
    if (ts.isForStatement(loop)) return true;
    const writes = writesTo(declaration);
    const values = [...(declaration.initializer ? [declaration.initializer] : []), ...writes];
    return writes.length > 0 && areSafe(declaration, values);
  }
  if (ts.isParameter(declaration)) {
    const list = eachOf(declaration);
    return list !== undefined && (isConstantList(list) || isKeysOfConstant(list, 'keys'));
  }
  if (ts.isBindingElement(declaration) && ts.isObjectBindingPattern(declaration.parent)) return isOfList(declaration);
  // `Object.entries(columns).map(([name, value]) => …)`
  if (!ts.isBindingElement(declaration) || !ts.isArrayBindingPattern(declaration.parent)) return false;
  const { elements, parent: owner } = declaration.parent;
  // `for (const [model, period] of PERIODS)`, whose rows are written out.
  const rows =
    ts.isVariableDeclaration(owner) && ts.isForOfStatement(owner.parent.parent) ? owner.parent.parent.expression : undefined;
  if (rows && isTable(rows, elements.indexOf(declaration))) return true;
  const list = elements[0] === declaration && ts.isParameter(owner) ? eachOf(owner) : undefined;
  return list !== undefined && isKeysOfConstant(list, 'entries');
}

/** `state = 1` of a function in TypeScript, which takes no text then. */
function isNumberByDefault(declaration: ts.Node): boolean {
  if (!ts.isParameter(declaration) || declaration.type || !declaration.initializer) return false;
  const { fileName } = declaration.getSourceFile();
  return /\.[cm]?tsx?$/.test(fileName) && /^(?:-?[\d.]+|true|false)$/.test(declaration.initializer.getText());
}

/** Is a place in every row of a list that is written out safe? */
function isTable(list: Expression, place: number): boolean {
  const value = valueOf(list);
  return (
    ts.isArrayLiteralExpression(value) &&
    value.elements.length > 0 &&
    value.elements.every((row) => {
      const element = ts.isArrayLiteralExpression(row) ? row.elements[place] : undefined;
      return element !== undefined && isSafe(element);
    })
  );
}

/** `for (const { table } of tables)`, `tables.map(({ table }) => …)`: a member of objects that are written out. */
function isOfList({ parent, propertyName, name }: ts.BindingElement): boolean {
  const owner = parent.parent;
  const loop = owner.parent.parent;
  const list = ts.isParameter(owner) ? eachOf(owner) : ts.isForOfStatement(loop) ? loop.expression : undefined;
  const literal = list && valueOf(list);
  return (
    literal !== undefined &&
    ts.isArrayLiteralExpression(literal) &&
    literal.elements.length > 0 &&
    literal.elements.every((element) => {
      const value = optionValue(element, (propertyName ?? name).getText());
      return value !== undefined && isSafe(value);
    })
  );
}

/** The list whose elements a callback's parameter is given, one after the other. */
function eachOf(parameter: ts.ParameterDeclaration): Expression | undefined {
  const call = parameter.parent.parent;
  const callee = ts.isCallExpression(call) ? call.expression : undefined;
  const isEach = callee && ts.isPropertyAccessExpression(callee) && /^(?:map|forEach|flatMap)$/.test(callee.name.text);
  return isEach ? callee.expression : undefined;
}

/** `Object.keys(columns)`, where the object is written out and nothing else is spread into it. */
function isKeysOfConstant(list: Expression, of: 'keys' | 'entries'): boolean {
  const call = valueOf(list);
  if (!ts.isCallExpression(call) || call.expression.getText() !== `Object.${of}`) return false;
  const object = call.arguments[0] && valueOf(call.arguments[0]);
  return (
    object !== undefined &&
    ts.isObjectLiteralExpression(object) &&
    object.properties.every(({ name }) => name !== undefined && !ts.isComputedPropertyName(name))
  );
}

function hasSafeType(node: ts.Node): boolean {
  const type = writtenType(node);
  return type !== undefined && isSafeType(type);
}

/** The type that this file writes for a declaration, or for a member of what is declared. */
function writtenType(node: ts.Node | undefined): ts.TypeNode | undefined {
  if (!node) return undefined;
  if (ts.isParameter(node) || ts.isVariableDeclaration(node)) {
    const value = node.type || !node.initializer ? undefined : unwrap(node.initializer);
    // `const { id } = options`, of a parameter that says what it holds.
    return value && ts.isIdentifier(value) && !writesOver(node) ? writtenType(declarationOf(value)) : node.type;
  }
  if (ts.isBindingElement(node) && !node.dotDotDotToken && ts.isObjectBindingPattern(node.parent))
    return memberType(writtenType(node.parent.parent), (node.propertyName ?? node.name).getText());
  if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression))
    return memberType(writtenType(declarationOf(node.expression)), node.name.text);
  return undefined;
}

function writesOver(node: ts.ParameterDeclaration | ts.VariableDeclaration): boolean {
  return ts.isParameter(node) || writesTo(node).length > 0;
}

function memberType(owner: ts.TypeNode | undefined, name: string): ts.TypeNode | undefined {
  const member = owner && membersOfType(owner)?.find((each) => each.name?.getText() === name);
  return member && ts.isPropertySignature(member) ? member.type : undefined;
}

function isSafeType(type: ts.TypeNode): boolean {
  if (ts.isUnionTypeNode(type)) return type.types.every(isSafeType);
  // `keyof Pet`: the names of members that the program writes out.
  if (ts.isTypeOperatorNode(type) && type.operator === ts.SyntaxKind.KeyOfKeyword)
    return ts.isTypeReferenceNode(type.type) && !/^(?:Record|Map)$/.test(type.type.typeName.getText());
  // `keyof Pet & string`
  if (ts.isIntersectionTypeNode(type)) return type.types.some(isSafeType);
  if (ts.isLiteralTypeNode(type)) return true;
  // `Number`, as some write it.
  if (ts.isTypeReferenceNode(type)) return /^(?:Number|BigInt|Boolean)$/.test(type.typeName.getText());
  return [
    ts.SyntaxKind.NumberKeyword,
    ts.SyntaxKind.BigIntKeyword,
    ts.SyntaxKind.BooleanKeyword,
    ts.SyntaxKind.UndefinedKeyword,
  ].includes(type.kind);
}

function isConstantList(expression: Expression): boolean {
  const node = valueOf(expression);
  return ts.isArrayLiteralExpression(node) && node.elements.every((element) => constantText(element) !== undefined);
}

/** The program's own: `process.env.X`, `config.x`, `SCHEMA`, a member of an enum. */
function isSetting(node: Expression): boolean {
  let root: ts.Node = node;
  while (ts.isPropertyAccessExpression(root) || ts.isElementAccessExpression(root)) root = unwrap(root.expression);
  if (root.kind === ts.SyntaxKind.ThisKeyword) return /^this\.(?:options|opts|config\w*|settings)\./.test(node.getText());
  if (!ts.isIdentifier(root)) return false;
  return (
    /^[A-Z][A-Z0-9_]+$/.test(root.text) ||
    (root !== node && /^(?:[A-Z]\w*|process|env|config\w*|settings|constants)$/.test(root.text))
  );
}

/** Rewrites the statement with placeholders and hands the values over apart. */
function parametrise({ call, driver, sql, open }: Statement): CodeFix | undefined {
  if (!driver?.placeholder || !driver.values || call.arguments[0] !== sql || call.arguments.some(ts.isSpreadElement))
    return undefined;
  const given = call.arguments[1];
  const isList = driver.values === '{}';
  if (given && !(isList && ts.isArrayLiteralExpression(given) && call.arguments.length === 2)) return undefined;
  const written = writtenAt(call, sql);
  if (!written) return undefined;
  const existing = given && ts.isArrayLiteralExpression(given) ? given.elements.map((element) => element.getText()) : [];
  const pieces = piecesOf(written);
  const holes: Expression[] = [];
  const marked = pieces
    .map((piece) => ('text' in piece ? piece.text.replaceAll('\\', '\\\\') : `\uE000${holes.push(piece.hole) - 1}\uE001`))
    .join('');
  // What is made elsewhere would stay as it is, and no parameter stands in double quotes, or for a list of values.
  if (!open.every((hole) => holes.includes(hole)) || /"%?\uE000/.test(marked)) return undefined;
  if (open.some(isJoined) || /\bIN\s*\(\s*\uE000\d+\uE001\s*\)/i.test(marked)) return undefined;
  const isOpen = (index: string) => open.includes(holes[Number(index)] as Expression);
  const passed = [...existing];
  const add = (value: string) => {
    passed.push(value);
    return driver.placeholder === '$' ? `$${passed.length}` : '?';
  };
  const holeText = (index: string) => holes[Number(index)]?.getText() ?? '';
  // A text in quotes with such a hole in it is one value; a hole alone needs no text around it.
  const values = /'((?:[^'\uE000]|\uE000\d+\uE001)*)'|\uE000(\d+)\uE001/g;
  let isSql = false;
  const filled = marked.replace(values, (all: string, inner: string | undefined, single: string | undefined, at: number) => {
    if (single !== undefined) {
      const hole = holes[Number(single)];
      // What a function puts together is a part of the statement where no value stands.
      isSql ||=
        isOpen(single) && hole !== undefined && ts.isCallExpression(unwrap(hole)) && !valuePosition.test(marked.slice(0, at));
      return isOpen(single) ? add(holeText(single)) : all;
    }
    const inside = [...(inner ?? '').matchAll(/\uE000(\d+)\uE001/g)].map((match) => match[1] as string);
    if (!inside.some(isOpen)) return all;
    // PostgreSQL takes a type before a text only: `INTERVAL $1` is none.
    const typed = driver.placeholder === '$' ? '\uE002' : '';
    return (
      typed + add(inner === `\uE000${inside[0]}\uE001` ? holeText(inside[0] as string) : `\`${fill(inner ?? '', holeText)}\``)
    );
  });
  const bound = filled
    .replace(
      /\b(interval|date|time|timestamp(?:tz)?)\s+\uE002(\$\d+)/gi,
      (_, type: string, name: string) => `${name}::${type.toLowerCase()}`,
    )
    .replaceAll('\uE002', '');
  if (isSql || (driver.placeholder === '?' && existing.length > 0)) return undefined;
  if (/'[^']*\uE000[^']*'/.test(bound) || passed.length === existing.length) return undefined;
  const passedText = driver.values.replace(/(\.\.\.)?\{\}/, (_, spread) =>
    spread ? passed.join(', ') : `[${passed.join(', ')}]`,
  );
  const valuesEdit = given
    ? { start: given.getStart(), end: given.getEnd(), newText: passedText }
    : { start: sql.getEnd(), end: sql.getEnd(), newText: `, ${passedText}` };
  return {
    title: 'Pass the values as parameters',
    safety: 'suggestion',
    edits: [{ start: written.getStart(), end: written.getEnd(), newText: quote(written, bound, holeText) }, valuesEdit],
  };
}

/** Where the text is written: the argument, or the constant of the same function that only this call uses. */
function writtenAt(call: ts.CallExpression, sql: Expression): Expression | undefined {
  const node = unwrap(sql);
  if (!ts.isIdentifier(node)) return node;
  const declaration = declarationOf(node);
  if (!declaration || !ts.isVariableDeclaration(declaration) || !declaration.initializer || writesTo(declaration).length > 0)
    return undefined;
  const scope = enclosingFunction(call);
  if (enclosingFunction(declaration) !== scope) return undefined;
  const uses = call.getSourceFile().text.match(new RegExp(`\\b${node.text}\\b`, 'g'))?.length ?? 0;
  return uses === 2 ? declaration.initializer : undefined;
}

/** The new text as a literal in the style of the old one. */
function quote(written: Expression, marked: string, holeText: (index: string) => string): string {
  const isTemplate = ts.isTemplateExpression(unwrap(written)) || /[\n\uE000]/.test(marked);
  if (isTemplate) return `\`${fill(marked.replace(/`|\$\{/g, '\\$&'), holeText)}\``;
  const mark = /^["']/.exec(written.getText())?.[0] ?? "'";
  return `${mark}${marked.replaceAll(mark, `\\${mark}`)}${mark}`;
}

/** Holes written as those of a template. */
function fill(marked: string, holeText: (index: string) => string): string {
  return marked.replace(/\uE000(\d+)\uE001/g, (_, index: string) => `\${${holeText(index)}}`);
}
