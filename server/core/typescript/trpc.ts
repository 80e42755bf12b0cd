/** What procedures of tRPC give back to a caller on the server: `createCaller(context).posts.list()`. */
import type ts from 'ts6';
import { type External, type Scope, shaped, type Type, unknown } from './type-model.ts';
import type { Types } from './types.ts';

/** The package of routers and procedures. */
export const trpc = '@trpc/server';

const value = (name: string, ...args: Type[]): External => ({ kind: 'external', module: trpc, name, args });

/** `initTRPC.create()`, with whatever stands between. */
export function callOfTrpc(member: string): Type {
  return member.startsWith('initTRPC.') ? value('Root') : unknown;
}

/** What the makers give that a program takes from `t`: `const router = t.router`. */
export function propertyOfTrpc(types: Types, { name, args }: External, key: string): Type {
  if (name === 'Root')
    return (
      (
        { router: value('RouterMaker'), procedure: value('Procedure'), createCallerFactory: value('CallerMaker') } as Record<
          string,
          Type
        >
      )[key] ?? unknown
    );
  if (name !== 'Caller') return unknown;
  const member = types.property(args[0] ?? unknown, key);
  // A router in a router, also one that is written as a plain object.
  if (member.kind === 'object') return value('Caller', member);
  return member.kind === 'external' && member.name === 'Router' ? value('Caller', ...member.args) : unknown;
}

/** What a call of a maker gives. */
export function calledOfTrpc(types: Types, { name, args }: External, call: ts.CallExpression, scope: Scope): Type {
  const given = call.arguments[0] ? types.of(call.arguments[0], scope) : unknown;
  if (name === 'RouterMaker') return value('Router', given);
  if (name === 'CallerMaker')
    return given.kind === 'external' && given.name === 'Router' ? value('CallerFactory', ...given.args) : unknown;
  return name === 'CallerFactory' ? value('Caller', ...args) : unknown;
}

/** What a method of a root, a router, a procedure or a caller gives. */
export function methodOfTrpc(types: Types, owner: External, name: string, call: ts.CallExpression, scope: Scope): Type {
  const [first] = call.arguments;
  if (owner.name === 'Root') {
    const maker = propertyOfTrpc(types, owner, name);
    return maker.kind === 'external'
      ? calledOfTrpc(types, maker, call, scope)
      : /^(?:context|meta|create)$/.test(name)
        ? owner
        : unknown;
  }
  if (owner.name === 'Router') return name === 'createCaller' ? value('Caller', ...owner.args) : unknown;
  if (owner.name === 'Procedure') {
    const schema = name === 'output' && first ? types.of(first, scope) : unknown;
    if (schema.kind === 'schema') return value('Procedure', shaped(schema.shape));
    return /^(?:query|mutation)$/.test(name) ? value('Endpoint', owner.args[0] ?? types.callback(first, scope)) : owner;
  }
  if (owner.name !== 'Caller') return unknown;
  const endpoint = types.property(owner.args[0] ?? unknown, name);
  return endpoint.kind === 'external' && endpoint.name === 'Endpoint' ? (endpoint.args[0] ?? unknown) : unknown;
}
