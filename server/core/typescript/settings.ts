/** Settings that a program declares with a library: what an environment variable is where nothing sets it. */
import ts from 'ts6';
import { plainText, propertyIn, strip } from './plain.ts';
import type { Value, Values } from './values.ts';

type Made = Value & { kind: 'made' };

/** A setting by the name that the environment has for it, and its text where that says nothing. */
export interface Setting {
  readonly name: string;
  readonly otherwise?: string;
}

/**
 * What a thing that a library made says of a setting: `convict({ kafka: { topic: { env, default } } })` of `kafka.topic`,
 * `cleanEnv(process.env, { TOPIC: str({ default }) })`, `z.object({ TOPIC: z.string().default(…) })` of `TOPIC`.
 */
export function settingIn(made: Made, path: string, values: Values): Setting | undefined {
  const [first, second] = made.call.arguments ?? [];
  const { name: module, member } = made;
  const objectOf = (node: ts.Expression | undefined) => {
    const value = node && values.of(node, made.env);
    return value?.kind === 'object' ? value.node : undefined;
  };
  if (module === 'convict') {
    const at = path
      .split('.')
      .reduce<ts.Expression | undefined>((node, name) => objectOf(propertyIn(node, name)), objectOf(first));
    if (!at || !(propertyIn(at, 'format') ?? propertyIn(at, 'default'))) return undefined;
    return setting(plainText(propertyIn(at, 'env')) ?? path, plainText(propertyIn(at, 'default')));
  }
  const isOf = /^zod(?:\/|$)/.test(module) && /(?:^|\.)(?:object|strictObject|looseObject)$/.test(member);
  const holders =
    module === 'envalid' && /(?:^|\.)cleanEnv$/.test(member)
      ? [objectOf(second)]
      : /^@t3-oss\/env-/.test(module)
        ? ['server', 'client', 'shared'].map((name) => objectOf(propertyIn(objectOf(first), name)))
        : isOf
          ? [objectOf(first)]
          : [];
  for (const holder of holders) {
    const declared = propertyIn(holder, path);
    if (declared) return setting(path, defaultIn(declared));
  }
  return undefined;
}

function setting(name: string, otherwise: string | undefined): Setting {
  return { name, ...(otherwise !== undefined && { otherwise }) };
}

/** `z.string().min(1).default('orders')`, `str({ default: 'orders' })`. */
function defaultIn(node: ts.Expression): string | undefined {
  const bare = strip(node);
  if (!ts.isCallExpression(bare)) return undefined;
  const [first] = bare.arguments;
  const callee = strip(bare.expression);
  if (ts.isPropertyAccessExpression(callee)) {
    if (callee.name.text === 'default' || callee.name.text === 'catch') return plainText(first);
    const before = defaultIn(callee.expression);
    if (before !== undefined) return before;
  }
  return plainText(propertyIn(first, 'default'));
}
