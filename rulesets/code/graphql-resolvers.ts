/** Resolvers that are written as a map of types and fields: `{ Query: { pets: (parent, args, context) => … }, Pet: { owner: … } }`. */
import { type CodeFile, type FunctionNode, functionBehind, ts, unwrap } from '../../server/core/typescript/code.ts';
import { mentions } from '../../server/core/typescript/syntax.ts';

export interface MappedResolver {
  /** The type whose field it resolves; `Query` for what is asked for first. */
  readonly type: string;
  /** The name of the field. */
  readonly at: ts.Node;
  readonly node: FunctionNode;
}

/** Every resolver of a map that is written in this file. */
export function* mappedResolvers(file: CodeFile): Iterable<MappedResolver> {
  if (!/resolver|graphql|apollo/i.test(file.text)) return;
  for (const map of file.nodes(ts.SyntaxKind.ObjectLiteralExpression)) {
    if (!isResolverMap(map)) continue;
    for (const [type, fields] of members(map)) {
      const literal = unwrap(fields);
      if (!/^[A-Z]/.test(type) || !ts.isObjectLiteralExpression(literal)) continue;
      for (const field of literal.properties) {
        const node = ts.isMethodDeclaration(field) ? field : ts.isPropertyAssignment(field) ? written(file, field) : undefined;
        if (node && field.name) yield { type, at: field.name, node };
      }
    }
  }
}

function written(file: CodeFile, { initializer }: ts.PropertyAssignment): FunctionNode | undefined {
  const found = functionBehind(file, initializer);
  return found?.file === file ? found.node : undefined;
}

function members(map: ts.ObjectLiteralExpression): [string, ts.Expression][] {
  return map.properties.flatMap((property) =>
    ts.isPropertyAssignment(property) ? [[property.name.getText(), property.initializer]] : [],
  );
}

/** Called `resolvers`, or with a member for what is asked for first. */
function isResolverMap(map: ts.ObjectLiteralExpression): boolean {
  const owner = map.parent;
  const named = ts.isVariableDeclaration(owner) || ts.isPropertyAssignment(owner) ? owner.name.getText() : '';
  const types = members(map).map(([type]) => type);
  const isAsked = types.some((type) => /^(?:Query|Mutation|Subscription)$/.test(type));
  return /resolvers?$/i.test(named) ? types.some((type) => /^[A-Z]/.test(type)) : isAsked && ts.isExportAssignment(owner);
}

/** Does the resolver look at the arguments of its field? */
export function takesArguments({ parameters: [, given], body }: FunctionNode): boolean {
  if (!given || !body) return false;
  if (!ts.isIdentifier(given.name)) return true;
  return mentions(body, new Set([given.name.text]));
}
