/** Supabase's client: its queries answer with what went wrong, `{ data, error }`, where other drivers throw it. */
import { type CodeFile, type Expression, ts, unwrap } from '../../server/core/typescript/code.ts';
import { valueOf } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { declarationOf } from '../../server/core/typescript/scopes.ts';
import { takenOut } from '../../server/core/typescript/syntax.ts';

const query = /^@supabase\/[\w-]+:\w*Client\(\)(?:\.schema\(\))?\.(from|rpc)\b/;

/** What a call asks the database for: rows of a table or view (`from`), or what a function of it answers (`rpc`). */
export function supabaseQuery(file: CodeFile, call: ts.CallExpression): 'from' | 'rpc' | undefined {
  return query.exec(origin(file, call.expression) ?? '')?.[1] as 'from' | 'rpc' | undefined;
}

/** What went wrong with a query of rows, in PostgreSQL's words: `error` of `const { error } = await client.from(…)…`, also `result.error`. */
export function isErrorOfSupabase(file: CodeFile, node: Expression): boolean {
  const taken = ts.isPropertyAccessExpression(node) ? { name: node.name.text, from: node.expression } : takenOut(node);
  if (taken?.name !== 'error') return false;
  const asked = begunWith(taken.from);
  return ts.isCallExpression(asked) && supabaseQuery(file, asked) === 'from';
}

/** The query that a name stands for; of one that is put together (`query = query.eq(…)`), what it began with. */
function begunWith(name: Expression): Expression {
  const value = valueOf(name);
  const declaration = ts.isIdentifier(value) ? declarationOf(value) : undefined;
  return declaration && ts.isVariableDeclaration(declaration) && declaration.initializer
    ? unwrap(declaration.initializer)
    : value;
}
