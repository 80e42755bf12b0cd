import type { CodeFix } from '../../server/core/rule.ts';
import { defineCodeRule } from '../../server/core/rule.ts';
import {
  type CodeFile,
  constantText,
  declarationOf,
  indentAt,
  origin,
  statementOf,
  ts,
} from '../../server/core/typescript/code.ts';
import { boundTo } from '../../server/core/typescript/syntax.ts';
import { newline } from './edits.ts';
import page from './db-pool-error-handler.md';

/**
 * Evidence: a pg pool that a file binds to a constant of its own and does not export or hand on, whose `error` event nothing
 * in the file listens to, and that is not ended there.
 */
export default defineCodeRule<{ declaration: ts.VariableDeclaration }>({
  page,
  severity: 'warn',
  snippet: 'pg-pool',
  *check(file) {
    for (const made of file.nodes(ts.SyntaxKind.NewExpression)) {
      const declaration = boundTo(made);
      if (!declaration || !ts.isIdentifier(declaration.name) || !isTopLevel(declaration)) continue;
      if (!/^(?:pg:(?:native\.)?Pool|pg-pool:(?:Pool)?)$/.test(origin(file, made.expression) ?? '')) continue;
      if (!isOnlyQueried(file, declaration.name, declaration)) continue;
      yield {
        at: made.expression,
        evidence: made,
        message: `\`${declaration.name.text}\` emits \`error\` when an idle connection is lost (a restart or failover of the database), and without a listener that ends the process; add \`${declaration.name.text}.on('error', …)\`.`,
        data: { declaration },
      };
    }
  },
  fix({ data }, file) {
    return data && listen(data.declaration, file);
  },
});

function isTopLevel(declaration: ts.VariableDeclaration): boolean {
  const statement = statementOf(declaration);
  return statement !== undefined && ts.isSourceFile(statement.parent);
}

/**
 * Every use calls a method that is neither `end` nor may listen to errors. A pool that goes elsewhere may be listened to there; one
 * exported as it is seldom is.
 */
function isOnlyQueried(file: CodeFile, name: ts.Identifier, declaration: ts.Node): boolean {
  return file
    .nodes(ts.SyntaxKind.Identifier)
    .filter((use) => use.text === name.text && use !== name && declarationOf(use) === declaration)
    .every(
      ({ parent }) =>
        ts.isExportSpecifier(parent) ||
        ts.isExportAssignment(parent) ||
        (ts.isPropertyAccessExpression(parent) &&
          (/^(?:query|connect|totalCount|idleCount|waitingCount)$/.test(parent.name.text) || isOtherEvent(parent))),
    );
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
  const end = statement.getEnd();
  const newText = `${newline(file)}${indentAt(file, statement.getStart())}${name}.on('error', (error) => console.error('Idle database connection lost', error));`;
  return { title: "Listen to the pool's errors", safety: 'suggestion', edits: [{ start: end, end, newText }] };
}
