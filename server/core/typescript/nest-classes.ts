/** Classes that a Nest application puts in front of its handlers: guards, interceptors, filters, and where they are on. */
import ts from 'ts6';
import type { Decorator } from './decorators.ts';
import type { Project } from './handler.ts';
import { baseOf, nameText, strip } from './values.ts';

/** A method of the class that an expression names, makes or asks a container for, also one that a class of the project hands down. */
export function memberOf(node: ts.Expression, name: string, project: Project): ts.MethodDeclaration | undefined {
  const methods = classesOf(node, project).flatMap(({ members }) => members.filter(ts.isMethodDeclaration));
  return methods.find((item) => nameText(item.name) === name);
}

/** The class that an expression names, makes or asks a container for, and the classes of the project that it extends. */
export function classesOf(node: ts.Expression, { types }: Project): ts.ClassLikeDeclaration[] {
  const bare = strip(node);
  const isGotten = ts.isCallExpression(bare) && /\.(?:get|resolve)$/.test(bare.expression.getText());
  const found: ts.ClassLikeDeclaration[] = [];
  let value = types.of(ts.isNewExpression(bare) ? bare.expression : isGotten ? (bare.arguments[0] ?? bare) : bare);
  while (value.kind === 'class' && !found.includes(value.node)) {
    found.push(value.node);
    const base = baseOf(value.node);
    if (base) value = types.of(base.expression);
  }
  return found;
}

/** Is a guard or interceptor on for a route with these decorators? `@Public()` may take one out, as it says itself. */
export function isOnFor(method: ts.MethodDeclaration, decorators: readonly Decorator[], project: Project): boolean {
  let isOn = true;
  const visit = (node: ts.Node): void => {
    const call = node;
    if (
      ts.isCallExpression(call) &&
      /\breflector\??\.(?:get|getAllAndOverride|getAllAndMerge)$/.test(call.expression.getText())
    ) {
      const [key] = call.arguments;
      const isMarked = key !== undefined && decorators.some((one) => keyOf(one, project) === keyText(key, project));
      // `if (isPublic) return true`, or `if (!roles) return true`; of an interceptor, `return next.handle()`.
      const name = ts.findAncestor(call, ts.isVariableDeclaration)?.name.getText();
      const passing =
        name && new RegExp(`if\\s*\\((!?)\\s*${name}\\b[^)]*\\)\\s*\\{?\\s*return (?:true|\\w+\\.handle\\(\\)\\s*[;}])`);
      const test = passing && passing.exec(method.getText());
      if (test && (test[1] === '!' ? !isMarked : isMarked)) isOn = false;
    }
    ts.forEachChild(node, visit);
  };
  if (method.body) visit(method.body);
  return isOn;
}

/** The key of the metadata that a decorator of the project sets: `const Public = () => SetMetadata(IS_PUBLIC, true)`. */
function keyOf({ node }: Decorator, project: Project): string | undefined {
  const expression = ts.isCallExpression(node.expression) ? node.expression.expression : node.expression;
  if (ts.isCallExpression(node.expression) && expression.getText() === 'SetMetadata')
    return node.expression.arguments[0] && keyText(node.expression.arguments[0], project);
  const value = project.values.of(expression, project.values.root);
  const body = value?.kind === 'function' ? value.node.body : undefined;
  let found: string | undefined;
  const visit = (at: ts.Node): void => {
    const isSetter = ts.isCallExpression(at) && at.expression.getText() === 'SetMetadata';
    if (isSetter && at.arguments[0]) found ??= keyText(at.arguments[0], project);
    ts.forEachChild(at, visit);
  };
  if (body) visit(body);
  if (!found && value?.kind === 'made' && value.member === 'SetMetadata' && value.call.arguments?.[0])
    found = keyText(value.call.arguments[0], project);
  return found;
}

function keyText(node: ts.Expression, project: Project): string {
  return project.values.text(node, project.values.root) ?? node.getText();
}
