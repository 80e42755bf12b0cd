/** Settings that a program declares with a library: what an environment variable is where nothing sets it. */
import ts from 'ts6';
import { plainText, propertyIn, strip } from './plain.ts';
import { packageOf } from './loader.ts';
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
  const chained = /^zod(?:\/|$)/.test(module) ? chainsSchema.exec(member.replace(/^.*\./, ''))?.[0] : undefined;
  if (chained) return chainedSetting(made, chained, path, values);
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

/** A setting of the package `config`, `config.get('server.path')`: what the files say that hold where no other is chosen. */
export function settingInFiles(path: string, from: string, values: Values): Setting | undefined {
  const folder = `${packageOf(from, values)}/config`;
  const text = values.host.read(`${folder}/default.json`);
  if (text === undefined) return undefined;
  try {
    const found = path.split('.').reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], JSON.parse(text));
    return typeof found === 'string' || typeof found === 'number' ? setting(path, String(found)) : undefined;
  } catch {
    return undefined;
  }
}

/** The methods that make a schema of Zod of another. */
export const chainsSchema =
  /^(?:and|merge|extend|safeExtend|transform|refine|superRefine|check|strict|strip|passthrough|loose|catchall|partial|required|readonly|brand|describe|meta)$/;

/** A setting of a schema that is made of others: `Kafka.and(Topics)`, `.extend({ … })`, `.transform((env) => ({ topic: env.TOPIC }))`. */
function chainedSetting({ call, env }: Made, method: string, path: string, values: Values): Setting | undefined {
  const [first] = call.arguments ?? [];
  const callee = strip(call.expression);
  const inner = (node: ts.Expression | undefined, name: string) => {
    const value = node && values.of(node, env);
    return value?.kind === 'made' ? settingIn(value, name, values) : undefined;
  };
  const before = ts.isPropertyAccessExpression(callee) ? callee.expression : undefined;
  if (method === 'and' || method === 'merge') return inner(first, path) ?? inner(before, path);
  if (/[eE]xtend$/.test(method)) {
    const declared = propertyIn(first, path);
    return declared ? setting(path, defaultIn(declared)) : inner(before, path);
  }
  const given = method === 'transform' && first ? values.of(first, env) : undefined;
  if (method !== 'transform') return inner(before, path);
  const result = given?.kind === 'function' ? objectGiven(given.node) : undefined;
  const parameter = given?.kind === 'function' ? given.node.parameters[0]?.name.getText() : undefined;
  const member = propertyIn(result, path);
  const from = member && strip(member);
  if (from && ts.isPropertyAccessExpression(from) && from.expression.getText() === parameter)
    return inner(before, from.name.text);
  const isHandedOn = result?.properties.some((one) => ts.isSpreadAssignment(one) && one.expression.getText() === parameter);
  return !member && isHandedOn ? inner(before, path) : undefined;
}

/** The object that a function gives back, where it gives one. */
function objectGiven({ body }: { readonly body?: ts.ConciseBody }): ts.ObjectLiteralExpression | undefined {
  const returned = body && ts.isBlock(body) ? body.statements.find(ts.isReturnStatement)?.expression : body;
  const result = returned && !ts.isBlock(returned) ? strip(returned) : undefined;
  return result && ts.isObjectLiteralExpression(result) ? result : undefined;
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
