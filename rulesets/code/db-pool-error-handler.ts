import type { CodeFix } from '../../server/core/rule.ts';
import { defineCodeRule } from '../../server/core/rule.ts';
import { classAround } from '../../server/core/typescript/classes.ts';
import {
  type CodeFile,
  descendants,
  enclosingFunction,
  isAssignment,
  statementOf,
  ts,
} from '../../server/core/typescript/code.ts';
import { constantText } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { boundTo } from '../../server/core/typescript/syntax.ts';
import { addBelow } from './edits.ts';
import page from './db-pool-error-handler.md';

/**
 * Evidence: a pg pool that a file binds to a constant of its own, or to a variable when somebody first asks for it, or a class to a field,
 * and hands on to nobody but its exports, Drizzle and Kysely, which do not listen; whose `error` event nothing in the file listens to, and that is not ended there.
 */
export default defineCodeRule<{ declaration: ts.VariableDeclaration } | undefined>({
  page,
  severity: 'warn',
  snippet: 'pg-pool',
  *check(file) {
    for (const made of file.nodes(ts.SyntaxKind.NewExpression)) {
      if (isOfField(file, made)) {
        yield { at: made.expression, evidence: made, message: message(fieldBound(made)?.text ?? '') };
        continue;
      }
      const own = boundTo(made);
      const declaration = own ?? madeLater(made);
      if (!declaration || !ts.isIdentifier(declaration.name) || !isTopLevel(declaration)) continue;
      if (!pools.test(origin(file, made.expression) ?? '')) continue;
      if (!isOnlyQueried(file, declaration.name, declaration, own ? undefined : made) || (!own && isListenedTo(file))) continue;
      yield {
        at: made.expression,
        evidence: made,
        message: message(declaration.name.text),
        data: own && { declaration: own },
      };
    }
  },
  fix({ data }, file) {
    return data && listen(data.declaration, file);
  },
});

const pools = /^(?:pg:(?:native\.)?Pool|pg-pool:(?:Pool)?)$/;

function message(name: string): string {
  return `\`${name}\` emits \`error\` when an idle connection is lost (a restart or failover of the database), and without a listener that ends the process; add \`${name}.on('error', …)\`.`;
}

/** `let pool; … pool = new Pool()`: the variable that gets it when somebody first asks. */
function madeLater({ parent }: ts.NewExpression): ts.VariableDeclaration | undefined {
  const declaration = isAssignment(parent) && ts.isIdentifier(parent.left) ? declarationOf(parent.left) : undefined;
  return declaration && ts.isVariableDeclaration(declaration) ? declaration : undefined;
}

/** Whatever listens to errors in the file may do so to the pool that a function hands out. */
function isListenedTo(file: CodeFile): boolean {
  return /\.(?:on|once|addListener)\(\s*['"`]error/.test(file.text);
}

/** The field that a pool becomes, and what the class calls it: `private pool = new Pool()`, `this.pool = new Pool()`. */
function fieldBound(made: ts.NewExpression): { readonly text: string; readonly owner: ts.ClassLikeDeclaration } | undefined {
  const { parent } = made;
  const written =
    isAssignment(parent) &&
    parent.right === made &&
    ts.isPropertyAccessExpression(parent.left) &&
    parent.left.expression.kind === ts.SyntaxKind.ThisKeyword;
  const text = written
    ? parent.left.getText()
    : ts.isPropertyDeclaration(parent) && !ts.getModifiers(parent)?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword)
      ? `this.${parent.name.getText()}`
      : undefined;
  const owner = classAround(made);
  return text !== undefined && owner ? { text, owner } : undefined;
}

/** Is a pool the field of a class that only queries it, and gives it to nobody? */
function isOfField(file: CodeFile, made: ts.NewExpression): boolean {
  const field = fieldBound(made);
  if (!field || !pools.test(origin(file, made.expression) ?? '')) return false;
  const uses = descendants(field.owner).filter(
    (node) =>
      ts.isPropertyAccessExpression(node) && node.getText() === field.text && node !== (made.parent as ts.BinaryExpression).left,
  );
  const isQueried = (use: ts.Node) =>
    ts.isPropertyAccessExpression(use.parent) &&
    use.parent.expression === use &&
    (/^(?:query|connect|end|totalCount|idleCount|waitingCount)$/.test(use.parent.name.text) || isOtherEvent(use.parent));
  return uses.some((use) => isQueried(use)) && uses.every((use) => isQueried(use) || isAsked(use));
}

/** `if (!this.pool)`. */
function isAsked({ parent }: ts.Node): boolean {
  return (
    ts.isPrefixUnaryExpression(parent) ||
    ts.isIfStatement(parent) ||
    (ts.isBinaryExpression(parent) && /^[!=]==?$/.test(parent.operatorToken.getText()))
  );
}

function isTopLevel(declaration: ts.VariableDeclaration): boolean {
  const statement = statementOf(declaration);
  return statement !== undefined && ts.isSourceFile(statement.parent);
}

/**
 * Every use calls a method that is neither `end` nor may listen to errors. A pool that goes elsewhere may be listened to there; one
 * exported as it is seldom is.
 */
function isOnlyQueried(file: CodeFile, name: ts.Identifier, declaration: ts.Node, later?: ts.NewExpression): boolean {
  return file
    .nodes(ts.SyntaxKind.Identifier)
    .filter((use) => use.text === name.text && use !== name && declarationOf(use) === declaration)
    .every(
      (use) =>
        ts.isExportSpecifier(use.parent) ||
        ts.isExportAssignment(use.parent) ||
        isExport(use.parent) ||
        isGivenToOrm(file, use.parent) ||
        (later !== undefined && isKept(use, later)) ||
        (ts.isPropertyAccessExpression(use.parent) &&
          (/^(?:query|connect|totalCount|idleCount|waitingCount)$/.test(use.parent.name.text) || isOtherEvent(use.parent))),
    );
}

/**
 * `if (!pool) pool = new Pool()`, `return pool`: what is done with one that is made when it is needed. It may be ended by another function than
 * the one that made it.
 */
function isKept(use: ts.Node, made: ts.NewExpression): boolean {
  const value = ts.isNonNullExpression(use.parent) ? use.parent : use;
  const { parent } = value;
  return (
    isAsked(value) ||
    ts.isReturnStatement(parent) ||
    (isAssignment(parent) && parent.left === value) ||
    (ts.isPropertyAccessExpression(parent) &&
      (/^(?:query|connect)$/.test(parent.name.text) ||
        (parent.name.text === 'end' && enclosingFunction(use) !== enclosingFunction(made))))
  );
}

/** `module.exports = pool`, `exports.pool = pool`, `module.exports = { pool }`. */
function isExport(parent: ts.Node): boolean {
  const isMember = ts.isShorthandPropertyAssignment(parent) || ts.isPropertyAssignment(parent);
  const assigned = isMember ? parent.parent.parent : parent;
  return isAssignment(assigned) && /^(?:module\.)?exports\b/.test(assigned.left.getText());
}

/** `drizzle(pool)`, `drizzle({ client: pool })`, `new PostgresDialect({ pool })`: neither listens to what the pool emits. */
function isGivenToOrm(file: CodeFile, parent: ts.Node): boolean {
  const isMember = ts.isShorthandPropertyAssignment(parent) || ts.isPropertyAssignment(parent);
  const call = isMember ? parent.parent.parent : parent;
  if (!ts.isCallExpression(call) && !ts.isNewExpression(call)) return false;
  return /^(?:drizzle-orm\/node-postgres:drizzle|kysely:PostgresDialect)$/.test(origin(file, call.expression) ?? '');
}

/** `pool.on('connect', …)` */
function isOtherEvent({ name, parent }: ts.PropertyAccessExpression): boolean {
  const [event] = name.text === 'on' && ts.isCallExpression(parent) ? parent.arguments : [];
  return event !== undefined && /^(?:connect|acquire|release|remove)$/.test(constantText(event) ?? '');
}

function listen(declaration: ts.VariableDeclaration, file: CodeFile): CodeFix | undefined {
  const statement = statementOf(declaration);
  if (!statement) return undefined;
  const name = declaration.name.getText();
  const added = `${name}.on('error', (error) => console.error('Idle database connection lost', error));`;
  return { title: "Listen to the pool's errors", safety: 'suggestion', edits: [addBelow(file, statement, added)] };
}
