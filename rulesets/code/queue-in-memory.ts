import { defineCodeRule } from '../../server/core/rule.ts';
import { type CodeFile, enclosingFunction, ts } from '../../server/core/typescript/code.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { handlerAround } from './handlers.ts';
import page from './queue-in-memory.md';

/** Evidence: an array of the module that a request's handler pushes onto, and that something outside of handlers takes from. */
export default defineCodeRule({
  page,
  severity: 'info',
  *check(file) {
    if (!file.text.includes('.push(') || !file.words.has(/^(?:shift|splice)$/m)) return;
    for (const call of file.nodes(ts.SyntaxKind.CallExpression)) {
      const queue = arrayOf(file, call, 'push');
      const handler = queue && handlerAround(file, call);
      if (!queue || !handler || handler.method === 'GET' || !isDrained(file, queue)) continue;
      yield {
        at: call.expression,
        evidence: handler.node,
        message: `\`${call.expression.getText()}\` keeps work in the memory of this process after the request was answered: a restart or a second instance loses it; put it into a queue or a table that outlives the process.`,
      };
    }
  },
});

/** The array of the module that a call of this method changes. */
function arrayOf(file: CodeFile, call: ts.CallExpression, method: string): ts.VariableDeclaration | undefined {
  const callee = call.expression;
  if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== method || !ts.isIdentifier(callee.expression))
    return undefined;
  const declaration = declarationOf(callee.expression);
  if (!declaration || !ts.isVariableDeclaration(declaration) || enclosingFunction(declaration) !== file.ast) return undefined;
  const { initializer } = declaration;
  return initializer && ts.isArrayLiteralExpression(initializer) && initializer.elements.length === 0 ? declaration : undefined;
}

/** Somewhere that is no handler, the first are taken off. */
function isDrained(file: CodeFile, queue: ts.VariableDeclaration): boolean {
  return file
    .nodes(ts.SyntaxKind.CallExpression)
    .some(
      (call) =>
        (arrayOf(file, call, 'shift') === queue || arrayOf(file, call, 'splice') === queue) &&
        handlerAround(file, call) === undefined,
    );
}
