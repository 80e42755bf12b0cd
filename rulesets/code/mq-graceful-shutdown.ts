import { defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, ts } from '../../server/core/typescript/code.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { boundTo, isMemberName } from '../../server/core/typescript/syntax.ts';
import { kafkaOrigin } from './messaging.ts';
import page from './mq-graceful-shutdown.md';

interface Library {
  /** Origin of what makes the consumer. */
  readonly makes: RegExp;
  /** The method that makes it take messages; undefined where it begins at once. */
  readonly starts?: RegExp;
  readonly close: string;
  readonly otherwise: string;
}

const libraries: readonly Library[] = [
  {
    makes: /^bullmq:Worker$/,
    close: 'close()',
    otherwise: 'the jobs it works on when the process ends are taken for stalled and are done again from the start',
  },
  {
    makes: /^kafkajs:Kafka\(\)\.consumer$/,
    starts: /^run$/,
    close: 'disconnect()',
    otherwise:
      'the group waits for it until its session times out when the process ends, and its messages are read by nobody meanwhile',
  },
];

/**
 * Evidence: a BullMQ worker or a running kafkajs consumer that the file keeps to itself (it is bound to nothing, or to a
 * variable whose every use calls one of its methods), and never closes.
 */
export default defineCodeRule({
  page,
  severity: 'hint',
  *check(file) {
    if (!file.words.has(/^consumer$|\bWorker\b/m)) return;
    for (const made of file.calls) {
      const from = /Worker|consumer$/.test(made.expression.getText()) ? kafkaOrigin(file, made.expression) : undefined;
      const library = from === undefined ? undefined : libraries.find(({ makes }) => makes.test(from));
      if (!library || !isKept(file, made, library)) continue;
      yield {
        at: made.expression,
        evidence: made,
        message: `\`${made.expression.getText()}\` is never closed: ${library.otherwise}; call \`${library.close}\` on SIGTERM, which lets the work in hand finish first.`,
      };
    }
  },
});

/** Nobody else can close it, and nobody does. */
function isKept(file: CodeFile, made: ts.CallExpression | ts.NewExpression, { starts }: Library): boolean {
  if (ts.isExpressionStatement(made.parent)) return starts === undefined;
  const declaration = boundTo(made);
  const name = declaration?.name;
  if (!declaration || !name || !ts.isIdentifier(name) || isExported(declaration)) return false;
  const uses = file
    .nodes(ts.SyntaxKind.Identifier)
    .filter((use) => use !== name && use.text === name.text && !isMemberName(use) && declarationOf(use) === declaration);
  const methods = uses.map(({ parent }) =>
    ts.isPropertyAccessExpression(parent) && ts.isCallExpression(parent.parent) ? parent.name.text : undefined,
  );
  if (methods.some((method) => method === undefined || /^(?:close|disconnect|stop)$/.test(method))) return false;
  return starts === undefined || methods.some((method) => method !== undefined && starts.test(method));
}

function isExported(declaration: ts.VariableDeclaration): boolean {
  const statement = declaration.parent.parent;
  return (
    ts.isVariableStatement(statement) && statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true
  );
}
