/** What readers of contracts have in common: objects that are written out, by the names of what they hold. */
import ts from 'ts6';
import type { Project } from './handler.ts';
import { type Env, nameText, type Value } from './values.ts';
import { initializerOf } from './plain.ts';

/** An expression, and what its names stand for. */
export interface Written {
  readonly node: ts.Expression;
  readonly env: Env;
}

/** The members of an object that is written out, those of objects that are spread into it included. */
export function* membersOf({ node, env }: Value & { kind: 'object' }, project: Project): Iterable<[string, Written]> {
  for (const property of node.properties) {
    const spread = ts.isSpreadAssignment(property) ? project.values.of(property.expression, env) : undefined;
    if (spread?.kind === 'object') yield* membersOf(spread, project);
    const name = nameText(property.name);
    const given = initializerOf(property);
    if (name !== undefined && given) yield [name, { node: given, env }];
  }
}

/** The members of an object that is written out, by name. */
export function optionsOf(node: ts.Expression | undefined, env: Env, project: Project): (name: string) => Written | undefined {
  const value = node && project.values.of(node, env);
  const members = value?.kind === 'object' ? new Map(membersOf(value, project)) : undefined;
  return (name) => members?.get(name);
}
