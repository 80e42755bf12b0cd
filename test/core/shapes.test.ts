/** What the types of the code say of a response: each case is what a handler answers, and the schema it becomes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Facts, Shape } from '../../server/core/generate/facts.ts';
import { memoryHost } from '../../server/core/host.ts';
import { readApplication } from '../../server/core/typescript/application.ts';

const read = (files: Record<string, string>): Facts => {
  const host = memoryHost(Object.fromEntries(Object.entries(files).map(([name, text]) => [`file:///app/${name}`, text])));
  return readApplication(['file:///app/index.ts'], host, host.read);
};

/** The shape of `res.json(expression)`, references replaced by what they mean, after these statements. */
function answered(statements: string, expression: string, files: Record<string, string> = {}): unknown {
  const text = `import express from 'express';\n${statements}\nconst app = express();
app.get('/', async (req, res) => { res.json(${expression}); });`;
  const { operations, types } = read({ ...files, 'index.ts': text });
  return plain(inlined(operations[0]?.responses[0]?.shape ?? {}, types));
}

function inlined(shape: Shape, types: Facts['types']): Shape {
  const whole = shape.ref ? { ...types.get(shape.ref), ...shape, ref: undefined } : shape;
  const properties = Object.entries(whole.properties ?? {}).map(([name, value]) => [name, inlined(value, types)]);
  return {
    ...whole,
    ...(whole.properties && { properties: Object.fromEntries(properties) }),
    ...(whole.items && { items: inlined(whole.items, types) }),
    ...(whole.additional && { additional: inlined(whole.additional, types) }),
    ...(whole.anyOf && { anyOf: whole.anyOf.map((part) => inlined(part, types)) }),
  };
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const string = { type: 'string' };
const number = { type: 'number' };
const object = (properties: Record<string, unknown>, required = Object.keys(properties)) => ({
  type: 'object',
  properties,
  ...(required.length > 0 && { required }),
});
const list = (items: unknown) => ({ type: 'array', items });

const record = (additional: unknown) => ({ type: 'object', additional });

const cases: [name: string, statements: string, expression: string, expected: unknown][] = [
  [
    'conditional types, for every part of a union, and what they infer',
    `type Json<T> = T extends Date ? string : T extends (infer U)[] ? Json<U>[] : T extends object ? { [K in keyof T]: Json<T[K]> } : T;
interface A { at: Date; tag?: string; all: { when: Date | null }[] }`,
    '{} as Json<A>',
    object({ at: string, tag: string, all: list(object({ when: { ...string, nullable: true } })) }, ['at', 'all']),
  ],
  [
    'mapped types keep what is optional, and rename',
    'interface A { a: string; b?: number } type All = { [K in keyof A]: A[K] } & { [K in keyof A as `x_${string & K}`]-?: A[K] };',
    '{} as { [K in keyof A]-?: A[K] }',
    object({ a: string, b: number }),
  ],
  [
    'objects under names that are not known: fromEntries, reduce, assignments, computed names, groupBy',
    `interface U { id: string; age: number } declare const users: U[]; const counts = {}; for (const one of users) counts[one.id] = one.age;
const byId = Object.fromEntries(users.map((user) => [user.id, user.age])); const sums = users.reduce((all, one) => { all[one.id] = one.age; return all; }, {});`,
    '{ counts, byId, sums, one: { [users[0].id]: true }, ages: Object.fromEntries(Object.entries(byId).filter(([, age]) => age > 3)), groups: Object.groupBy(users, (u) => u.id) }',
    object({
      counts: record(number),
      byId: record(number),
      sums: record(number),
      one: { type: 'object', additional: { type: 'boolean' } },
      ages: record(number),
      groups: record(list(object({ id: string, age: number }))),
    }),
  ],
  [
    'an interface and what it extends',
    'interface A { id: number } interface B extends A { tag?: string }',
    '{} as B',
    object({ id: number, tag: string }, ['id']),
  ],
  ['a type alias, an intersection', 'type A = { a: string } & { b: number };', '{} as A', object({ a: string, b: number })],
  [
    'a class without its methods',
    'class A { a = 1; static s = 1; constructor(public b: string) {} c() {} get d() { return 1; } }',
    'new A("x")',
    object({ a: number, b: string }),
  ],
  ['what toJSON gives', 'class A { secret = 1; toJSON() { return { open: "x" }; } }', 'new A()', object({ open: string })],
  [
    'generics',
    'interface Page<T> { items: T[] } interface A { id: number }',
    '{} as Page<A>',
    object({ items: list(object({ id: number })) }),
  ],
  [
    'Pick, Omit, Partial, Record',
    'interface A { a: string; b: number; c: Date }',
    '{ p: {} as Pick<A, "a">, o: {} as Omit<A, "a" | "c">, q: {} as Partial<A>, r: {} as Record<string, A["b"]> }',
    object({
      p: object({ a: string }),
      o: object({ b: number }),
      q: object({ a: string, b: number, c: { type: 'string', format: 'date-time' } }, []),
      r: { type: 'object', additional: number },
    }),
  ],
  [
    'unions of literals, null, enums',
    'enum E { A, B = 5, C } enum F { X = "x" } interface A { u: "a" | "b"; n: string | null; e: E; f: F.X }',
    '{} as A',
    object({
      u: { type: 'string', enum: ['a', 'b'] },
      n: { type: 'string', nullable: true },
      e: { type: 'number', enum: [0, 5, 6] },
      f: { type: 'string', enum: ['x'] },
    }),
  ],
  [
    'one of several objects',
    'interface A { a: string } interface B { b: string }',
    'Math.random() > 1 ? ({} as A) : ({} as B)',
    { anyOf: [object({ a: string }), object({ b: string })] },
  ],
  ['mapped types', 'type A = { [K in "a" | "b"]?: number };', '{} as A', object({ a: number, b: number }, [])],
  [
    'what a function returns, declared or not',
    'async function f(): Promise<{ a: string }> { return x; } const g = () => ({ b: f().a });',
    '{ f: await f(), g: g() }',
    object({ f: object({ a: string }), g: object({ b: string }) }),
  ],
  [
    'the type argument a call infers',
    'class A { id = 1 } declare class Repo<T> { all(): T[] } const repo = <T>(c: new () => T): Repo<T> => x;',
    'repo(A).all()',
    list(object({ id: number })),
  ],
  [
    'callbacks of lists',
    'const xs: { id: number; name: string }[] = [];',
    'xs.filter((x) => x.id > 1).map(({ id, name }) => ({ id, label: name }))',
    list(object({ id: number, label: string })),
  ],
  [
    'spread, rest and shorthand',
    'const a = { x: 1, y: "y" }; const { x, ...rest } = a;',
    '{ x, ...rest, z: true }',
    object({ x: number, y: string, z: { type: 'boolean' } }),
  ],
  [
    'Promise.all',
    'const f = async () => "a"; const g = async () => 1; const [a, b] = await Promise.all([f(), g()]);',
    '{ a, b }',
    object({ a: string, b: number }),
  ],
  ['an alternative that is unknown says nothing', 'const known = { a: 1 };', 'globalThis.cache ?? known', object({ a: number })],
  [
    'comments',
    'interface A {\n/** Never twice. */\nid: number;\n/** @deprecated */\nold: string }',
    '{} as A',
    object({ id: { ...number, description: 'Never twice.' }, old: { ...string, deprecated: true } }),
  ],
  [
    'Zod',
    'import { z } from "zod"; const A = z.object({ e: z.string().email().max(9), n: z.number().int().min(1).default(2), k: z.enum(["a", "b"]).optional(), l: z.array(z.string().uuid()).nullable() });',
    'A.parse(x)',
    object(
      {
        e: { type: 'string', format: 'email', maxLength: 9 },
        n: { type: 'integer', minimum: 1, default: 2 },
        k: { type: 'string', enum: ['a', 'b'] },
        l: { ...list({ type: 'string', format: 'uuid' }), nullable: true },
      },
      ['e', 'l'],
    ),
  ],
  [
    'Valibot',
    'import * as v from "valibot"; const A = v.object({ e: v.pipe(v.string(), v.email(), v.maxLength(9)), n: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 2), k: v.picklist(["a", "b"]), l: v.nullable(v.array(v.string())) }); type T = v.InferOutput<typeof A>;',
    'v.parse(A, x)',
    object(
      {
        e: { type: 'string', format: 'email', maxLength: 9 },
        n: { type: 'integer', minimum: 1, default: 2 },
        k: { type: 'string', enum: ['a', 'b'] },
        l: { ...list(string), nullable: true },
      },
      ['e', 'k', 'l'],
    ),
  ],
  [
    'ArkType',
    'import { type } from "arktype"; const A = type({ e: "string.email", "n?": "number.integer | null", k: "\'a\' | \'b\'", l: "string[]", o: { d: "Date" } });',
    '{} as typeof A.infer',
    object(
      {
        e: { type: 'string', format: 'email' },
        n: { type: 'integer', nullable: true },
        k: { type: 'string', enum: ['a', 'b'] },
        l: list(string),
        o: object({ d: { type: 'string', format: 'date-time' } }),
      },
      ['e', 'k', 'l', 'o'],
    ),
  ],
  [
    'Zod composed',
    'import * as z from "zod"; const A = z.object({ a: z.string(), b: z.number() }); const B = A.omit({ b: true }).extend({ c: z.boolean() }).partial(); type T = z.infer<typeof B>;',
    '{} as T',
    object({ a: string, c: { type: 'boolean' } }, []),
  ],
  [
    'TypeBox',
    'import { Type, type Static } from "@sinclair/typebox"; const A = Type.Object({ a: Type.String({ minLength: 1 }), b: Type.Optional(Type.Integer()) });',
    '{} as Static<typeof A>',
    object({ a: { type: 'string', minLength: 1 }, b: { type: 'integer' } }, ['a']),
  ],
  [
    'what a Result holds, told apart by a property that only one of its parts has',
    'type Result<T, E = Error> = { ok: true; data: T } | { ok: false; error: E }; const ok = <T, E>(data: T): Result<T, E> => ({ ok: true, data }); const err = <E>(error: E): Result<never, E> => ({ ok: false, error });\nconst load = async () => { if (x) return err("no"); return ok({ id: 1 }); }; const made = () => (x ? { error: "e" } : { value: { a: "x" } });',
    '{ loaded: (await load()).data, made: made().value }',
    object({ loaded: object({ id: number }), made: object({ a: string }) }),
  ],
  [
    'what an envelope leaves open, the literal taken for it fills, and leaves out what the call does not give',
    'interface Envelope<T = { [key: string]: unknown }> { data: T; meta?: { total?: number } } const wrap = ({ data, meta }: { data: Object; meta?: Record<string, unknown> }) => ({ data, meta }) as Envelope; const whole = ({ data, meta }: { data: any; meta?: any }) => ({ data, meta }) as Envelope;',
    '{ one: whole({ data: { id: 1 } }), two: whole({ data: { id: 1 }, meta: { total: 1 } }) }',
    object({
      one: object({ data: object({ id: number }) }),
      two: object({ data: object({ id: number }), meta: object({ total: number }) }),
    }),
  ],
  [
    'functions that a package remembers the results of',
    'import { cache } from "react"; import memoize from "lodash/memoize"; const a = cache(async () => ({ a: 1 })); const b = memoize(() => ({ b: "x" }));',
    '{ ...(await a()), ...b() }',
    object({ a: number, b: string }),
  ],
  [
    'what a wrapper gives its callback',
    'interface Session { user: { id: number; name: string } } declare function withSession<T>(options: { run: (given: { session: Session }) => T }): T; const found = withSession({ run: ({ session }) => ({ name: session.user.name }) });',
    'found',
    object({ name: string }),
  ],
  [
    'an object that is put together',
    'const present = (full: boolean): Record<string, unknown> => { const body: Record<string, unknown> = { id: 1, at: undefined }; if (full) { body.at = "x"; body.extra = { n: 1 }; } return body; };',
    'present(true)',
    object({ id: number, at: string, extra: object({ n: number }) }, ['id']),
  ],
  [
    'beside other lists an empty one says nothing',
    'const xs: { id: number | null }[] = [];',
    '{ flat: xs.flatMap((x) => { if (!x.id) return []; return [{ id: x.id }]; }), either: x ? [] : ["a"] }',
    object({ flat: list(object({ id: { ...number, nullable: true } })), either: list(string) }),
  ],
  [
    'Zod through a function of the project',
    'import { z } from "zod"; const loose = <T extends z.ZodRawShape>(schema: z.ZodObject<T>): z.ZodObject<{ [K in keyof T]: z.ZodOptional<T[K]> }> => schema.partial(); const A = loose(z.object({ a: z.string(), b: z.cuid2() })).extend({ c: z.number() });',
    'A.parse(x)',
    object({ a: string, b: string, c: number }, ['c']),
  ],
  ['nothing where nothing can be seen', 'import { other } from "package";', 'other(1)', {}],
  ['a type that contains itself', 'interface Node { id: number }', '{} as Node', object({ id: number })],
];

for (const [name, statements, expression, expected] of cases) {
  test(`shapes: ${name}`, () => assert.deepEqual(answered(statements, expression), expected));
}

test('a type that contains itself is named and referred to', () => {
  const { operations, types } = read({
    'index.ts': `import express from 'express'; import type { Tree } from './tree'; const app = express();
app.get('/', (req, res) => res.json({} as Tree));`,
    'tree.ts': 'export interface Tree { id: number; children: Tree[] }',
  });
  assert.deepEqual(operations[0]?.responses[0]?.shape, { ref: 'Tree' });
  assert.deepEqual(plain(types.get('Tree')), object({ id: number, children: list({ ref: 'Tree' }) }));
});

test('Prisma queries give the models of schema.prisma, as select and include choose', () => {
  const schema = `model User {\n  id Int @id\n  name String?\n  posts Post[]\n  role Role // the role\n}
model Post {\n  id Int @id\n  at DateTime\n  author User @relation(fields: [authorId], references: [id])\n  authorId Int\n}\nenum Role {\n  USER\n  ADMIN\n}`;
  const files = { 'prisma/schema.prisma': schema };
  const client = 'import { PrismaClient } from "@prisma/client"; const db = new PrismaClient();';
  const role = { type: 'string', enum: ['USER', 'ADMIN'] };
  const post = object({ id: { type: 'integer' }, at: { type: 'string', format: 'date-time' }, authorId: { type: 'integer' } });
  const user = { id: { type: 'integer' }, name: { type: 'string', nullable: true } };
  assert.deepEqual(answered(client, 'await db.post.findMany()', files), list(post));
  assert.deepEqual(
    answered(client, 'await db.user.create({ data: {}, include: { posts: true } })', files),
    object({ ...user, posts: list(post), role }),
  );
  assert.deepEqual(
    answered(client, 'await db.post.findFirstOrThrow({ select: { id: true, author: { select: { name: true } } } })', files),
    object({ id: { type: 'integer' }, author: object({ name: user.name }) }),
  );
  // A schema that is made from tables has their names.
  const tables = { 'prisma/schema.prisma': 'model audit_logs {\n  id Int @id\n}' };
  assert.deepEqual(answered(client, 'await db.audit_logs.findMany()', tables), list(object({ id: { type: 'integer' } })));
});

test('JSON columns of Prisma are what comments say, where a generator of types for them is there', () => {
  const client = 'import { PrismaClient } from "@prisma/client"; const db = new PrismaClient();';
  const model =
    'model User {\n  id Int @id\n  /// The person. [Settings]\n  a Json\n  /// [Settings]\n  b Json?\n  c Json[] /// [Tag]\n}';
  const generator = 'generator json {\n  provider = "prisma-json-types-generator"\n  namespace = "PJ"\n}';
  const types =
    'import type { Theme } from "./theme"; declare global { namespace PJ { type Settings = { theme: Theme }; interface Tag { name: string } } } export {};';
  const files = { 'package.json': '{}', 'theme.ts': 'export type Theme = "dark" | "light";', 'types.d.ts': types };
  const find = 'await db.user.findFirstOrThrow()';
  const settings = object({ theme: { type: 'string', enum: ['dark', 'light'] } });
  assert.deepEqual(answered(client, find, { ...files, 'prisma/schema.prisma': `${generator}\n${model}` }), {
    ...object({
      id: { type: 'integer' },
      a: {},
      b: { ...settings, nullable: true },
      c: list(object({ name: { type: 'string' } })),
    }),
    required: ['id', 'b', 'c'],
  });
  assert.deepEqual(answered(client, find, { ...files, 'prisma/schema.prisma': model }), {
    ...object({ id: { type: 'integer' }, a: {}, b: {}, c: list({}) }),
    required: ['id', 'c'],
  });
});

test('a Prisma client is known wherever it is generated to, and by the names of its types', () => {
  const files = {
    'package.json': '{ "workspaces": ["packages/*"] }',
    'packages/db/package.json': '{ "name": "@shop/db", "exports": { ".": "./src/index.ts" } }',
    'packages/db/schema/main.prisma':
      'generator client {\n  provider = "prisma-client"\n  output   = "../generated/prisma"\n}\nmodel Order {\n  id Int @id\n  state State\n  secret String\n  lines Line[]\n}',
    'packages/db/schema/line.prisma':
      'model Line {\n  id Int @id\n  order Order @relation(fields: [orderId], references: [id])\n  orderId Int\n}\nenum State {\n  OPEN\n  PAID\n}',
    'packages/db/src/index.ts':
      'import { PrismaClient } from "../generated/prisma/client"; export * from "../generated/prisma/enums"; export { Prisma, type Order } from "../generated/prisma/client"; export const db: PrismaClient = globalThis.db ?? new PrismaClient();',
  };
  const uses = `import { db, Prisma, State, type Order } from '@shop/db'; import { z } from 'zod';
const withLines = Prisma.validator<Prisma.OrderDefaultArgs>()({ include: { lines: { select: { id: true } } } });`;
  const state = { type: 'string', enum: ['OPEN', 'PAID'] };
  const id = { type: 'integer' };
  const order = { id, state, secret: string };
  assert.deepEqual(answered(uses, 'await db.order.findMany({ omit: { secret: true } })', files), list(object({ id, state })));
  assert.deepEqual(answered(uses, '{} as Omit<Order, "secret">', files), object({ id, state }));
  assert.deepEqual(
    answered(uses, '{} as Prisma.OrderGetPayload<typeof withLines>', files),
    object({ ...order, lines: list(object({ id })) }),
  );
  assert.deepEqual(answered(uses, '{ is: State.OPEN, some: z.enum(State).parse(x) }', files), {
    ...object({ is: { type: 'string', enum: ['OPEN'] }, some: state }),
  });
  assert.deepEqual(
    answered(
      `${uses} const [orders, total] = await db.$transaction([db.order.findMany({ select: { id: true, secret: false } }), db.order.count()]);`,
      '{ orders, total }',
      files,
    ),
    object({ orders: list(object({ id })), total: number }),
  );
});

test('Drizzle queries give the columns of their tables, as they choose', () => {
  const files = {
    'schema.ts': `import { boolean, integer, jsonb, pgEnum, pgTable, serial, text, timestamp } from 'drizzle-orm/pg-core';
export const role = pgEnum('role', ['admin', 'guest']);
export const users = pgTable('users', { id: serial('id').primaryKey(), name: text('name').notNull(), nick: text('nick'), role: role('role').notNull(), tags: text('tags').array().notNull(), settings: jsonb('settings').$type<{ dark: boolean }>().notNull(), at: timestamp('at').defaultNow().notNull() });
export const posts = pgTable('posts', { id: serial('id').primaryKey(), by: integer('by').notNull(), open: boolean('open') });`,
    'db.ts': `import { drizzle } from 'drizzle-orm/node-postgres'; import * as schema from './schema'; export const db = drizzle(pool, { schema });`,
  };
  const uses = `import { count, type InferSelectModel } from 'drizzle-orm'; import { db } from './db'; import { posts, users } from './schema';`;
  const id = { type: 'integer' };
  const nick = { type: 'string', nullable: true };
  const post = object({ id, by: id, open: { type: 'boolean', nullable: true } });
  const user = object({
    id,
    name: string,
    nick,
    role: { type: 'string', enum: ['admin', 'guest'] },
    tags: list(string),
    settings: object({ dark: { type: 'boolean' } }),
    at: { type: 'string', format: 'date-time' },
  });
  assert.deepEqual(answered(uses, 'await db.select().from(users).where(x).limit(1)', files), list(user));
  assert.deepEqual(
    answered(
      `${uses} const load = async () => { const [one] = await db.select().from(posts); return one; };`,
      'await load()',
      files,
    ),
    post,
  );
  assert.deepEqual(
    answered(uses, 'await db.select({ id: users.id, post: posts, total: count() }).from(users).innerJoin(posts, x)', files),
    list(object({ id, post, total: {} }, ['id', 'post'])),
  );
  assert.deepEqual(
    answered(uses, 'await db.select({ open: posts.id }).from(users).leftJoin(posts, x)', files),
    list(object({ open: { ...id, nullable: true } })),
  );
  // Below the names of the tables in the database, which is not followed.
  assert.deepEqual(answered(uses, 'await db.select().from(users).leftJoin(posts, x)', files), list({}));
  assert.deepEqual(
    answered(uses, 'await db.query.users.findFirst({ columns: { name: true, nick: true } })', files),
    object({ name: string, nick }),
  );
  assert.deepEqual(
    answered(uses, 'await db.query.posts.findMany({ columns: { open: false }, with: { author: true } })', files),
    list(object({ id, by: id, author: {} }, ['id', 'by'])),
  );
  assert.deepEqual(
    answered(uses, 'await db.transaction(async (tx) => tx.insert(posts).values(x).returning({ id: posts.id }))', files),
    list(object({ id })),
  );
  assert.deepEqual(
    answered(uses, '{ a: {} as typeof posts.$inferSelect, b: {} as InferSelectModel<typeof posts> }', files),
    object({ a: post, b: post }),
  );
});

test('what a module exports by default is read, a call too', () => {
  const files = {
    'wrap.ts': 'export const wrap = (name: string) => <F extends (...given: any[]) => any>(target: F): F => target;',
    'present.ts': `import { wrap } from './wrap'; function present(): { id: number } { return x; } export default wrap('present')(present);`,
  };
  assert.deepEqual(answered(`import present from './present';`, 'present()', files), object({ id: number }));
});

test('below what a query of TypeORM loads comes what is eager; where no query tells, nothing that leads back', () => {
  const entities = `import { Column, Entity, ManyToOne, OneToMany, getRepository } from 'typeorm';
@Entity() class Team { @Column() id: number; @ManyToOne(() => Team) parent: Team }
@Entity() class Post { @Column() id: number; @ManyToOne(() => Team) team: Team; @OneToMany(() => Note, (note) => note.post, { eager: true }) notes: Note[] }
@Entity() class Note { @Column() text: string; @ManyToOne(() => Post, (post) => post.notes) post: Post }
const notes = getRepository(Note).find({ relations: { post: true } }), teams = getRepository(Team).find({ relations: ['parent'] });
declare const kept: Post;`;
  const notes = list(object({ text: { type: 'string' } }));
  assert.deepEqual(
    answered(entities, 'await getRepository(Post).findOneOrFail({ relations: { team: true } })'),
    object({ id: number, team: object({ id: number }), notes }, ['id', 'notes']),
  );
  const queries = '{ kept, team: await getRepository(Team).findOneOrFail({ relations: { parent: true } }) }';
  const usual = answered(entities, queries) as Shape;
  assert.deepEqual(usual.properties?.kept?.properties?.notes, notes);
});

test('Supabase: rows of the generated types, columns that a query names, tables that are related', () => {
  const client = `import { createClient } from '@supabase/supabase-js'; import type { SupabaseClient } from '@supabase/supabase-js';
interface Database { public: { Tables: {
  posts: { Row: { id: number; title: string | null }; Relationships: [{ foreignKeyName: 'a'; columns: ['by']; referencedRelation: 'users' }] };
  users: { Row: { id: number; name: string }; Relationships: [] } }; Views: { totals: { Row: { sum: number } } } } }
const typed = createClient<Database>('', ''); const plain: SupabaseClient = createClient('', ''); const names = 'id, name';`;
  const text = { type: 'string' };
  const title = { ...text, nullable: true };
  const cases: [string, unknown][] = [
    [`(await typed.from('posts').select().eq('id', 1).order('id')).data`, list(object({ id: number, title }))],
    [`(await typed.from('totals').select('*').single()).data`, object({ sum: number })],
    [`(await typed.from('users').insert({ name: 'a' }).select('id').maybeSingle()).data`, object({ id: number })],
    [
      `(await typed.from('posts').select('text:title, author:users!by(name)').single()).data`,
      object({ text: title, author: { ...object({ name: text }), nullable: true } }),
    ],
    [
      `(await typed.from('users').select('id, posts(id)').single()).data`,
      object({ id: number, posts: list(object({ id: number })) }),
    ],
    [`(await plain.from('users').select(names).single()).data`, object({ id: {}, name: {} }, [])],
    [`(await plain.from('users').select('*').single()).data`, {}],
  ];
  for (const [expression, expected] of cases) assert.deepEqual(answered(client, expression), expected, expression);
});

test('what maps keep, methods that give their own object back, schemas of which one is chosen, and lists in promises', () => {
  const code = `import { z } from 'zod'; interface Item { id: number } class Base { of(tenant: string): this { return this; } } class Items extends Base { async get(): Promise<Item> { return find(); } }
class Store { private kept = new Map<string, { item: Item }>(); list() { return [...this.kept.entries()].map(([key, { item }]) => ({ key, item })); } all() { return Array.from(this.kept.values()); } }
const cached = async <T>(load: () => Promise<T>): Promise<T | Response> => { try { return await load(); } catch { return new Response(); } };
const Leaf = z.object({ a: z.number() }); function either(depth = 0): z.ZodType<unknown> { if (depth > 3) return Leaf; return z.object({ b: z.number() }); } const Any = either();`;
  const item = object({ id: number });
  assert.deepEqual(answered(code, 'new Store().list()'), list(object({ key: { type: 'string' }, item })));
  assert.deepEqual(answered(code, 'new Store().all()'), list(object({ item })));
  assert.deepEqual(answered(code, `await new Items().of('a').get()`), item);
  assert.deepEqual(answered(code, 'await cached(async () => [1].map((id) => ({ id })))'), list(item));
  assert.deepEqual(answered(code, 'Any.parse(text)'), { anyOf: [object({ a: number }), object({ b: number })] });
});

test('TypeORM entities carry the columns that are selected and the relations that are loaded', () => {
  const entities = `import { Column, Entity, OneToMany, ManyToOne } from 'typeorm';
@Entity() class User { @Column() id: number; @Column({ select: false }) password: string; @OneToMany(() => Post, (p) => p.author) posts: Post[] }
@Entity() class Post { @Column() id: number; @ManyToOne(() => User, (u) => u.posts) author: User }
import { getRepository } from 'typeorm';`;
  const user = object({ id: number });
  assert.deepEqual(answered(entities, 'await getRepository(User).find()'), list(user));
  assert.deepEqual(
    answered(entities, 'await getRepository(Post).findOneOrFail({ relations: { author: true } })'),
    object({ id: number, author: user }, ['id']),
  );
  assert.deepEqual(
    answered(entities, `await getRepository(User).createQueryBuilder('u').leftJoinAndSelect('u.posts', 'p').getOneOrFail()`),
    object({ id: number, posts: list(object({ id: number })) }, ['id']),
  );
  const eager = `import { Column, Entity, OneToOne } from 'typeorm'; import { getRepository } from 'typeorm';
@Entity() class Settings { @Column() theme: string }
@Entity() class Owner { @Column() id: number; @OneToOne(() => Settings, { eager: true }) settings: Settings }`;
  // A query builder loads what it joins and nothing else.
  assert.deepEqual(
    answered(
      eager,
      `{ found: await getRepository(Owner).find(), built: await getRepository(Owner).createQueryBuilder('o').getMany() }`,
    ),
    object({ found: list(object({ id: number, settings: object({ theme: string }) })), built: list(object({ id: number })) }),
  );
});

test('Mongoose gives documents as their schemas say, as queries choose', () => {
  const files = {
    'user.ts': `import mongoose, { Schema } from 'mongoose';
const address = new Schema({ city: { type: String, required: true } }, { _id: false });
const userSchema = new Schema({ name: { type: String, required: true }, age: Number, role: { type: String, enum: ['admin', 'guest'], default: 'guest' },
  password: { type: String, select: false }, secret: String, hash: String, tags: [String], address, at: { when: Date }, any: {}, counts: { type: Map, of: Number } }, { timestamps: true });
userSchema.set('toJSON', { transform: (doc, ret) => { delete ret.secret; return ret; } });
userSchema.methods.toJSON = function () { const { hash, ...rest } = this.toObject(); return rest; };
export const User = mongoose.model('User', userSchema);`,
    'post.ts': `const mongoose = require('mongoose');
const postSchema = new mongoose.Schema({ title: { type: String, required: [true, 'title'] }, author: { type: mongoose.Schema.Types.ObjectId, ref: 'User', required: true }, readers: [{ type: mongoose.Types.ObjectId, ref: 'User' }] });
module.exports = mongoose.models.Post || mongoose.model('Post', postSchema);`,
  };
  const uses = `import { User } from './user'; const Post = require('./post');`;
  const date = { type: 'string', format: 'date-time' };
  const times = { createdAt: date, updatedAt: date };
  const user = object(
    {
      _id: string,
      name: string,
      age: number,
      role: { type: 'string', enum: ['admin', 'guest'] },
      tags: list(string),
      address: object({ city: string }),
      at: object({ when: date }, []),
      any: {},
      counts: record(number),
      ...times,
    },
    ['_id', 'name', 'role', 'tags', 'createdAt', 'updatedAt'],
  );
  const post = (author: unknown, reader: unknown = string) =>
    object({ _id: string, title: string, author, readers: list(reader) });
  const says = (expression: string, statements = '') => answered(`${uses} ${statements}`, expression, files);
  assert.deepEqual(says('await User.find({ age: 3 }).sort("-age").limit(3).lean()'), list(user));
  assert.deepEqual(says('await User.create(req.body)'), user);
  assert.deepEqual(
    says(
      'one',
      'const make = async () => { const user = new User({}); await user.save(); return user; }; const one = await make();',
    ),
    user,
  );
  assert.deepEqual(says('await Post.findById(id)'), post(string));
  assert.deepEqual(
    says('await Post.find().populate("author", "name").populate({ path: "readers" }).exec()'),
    list(post(user, user)),
  );
  assert.deepEqual(says('await Post.find().select("title -_id")'), list(object({ title: string })));
  assert.deepEqual(
    says('await User.findOne().select("-tags -address -at -any -counts -role -age").exec()'),
    object({ _id: string, name: string, ...times }),
  );
  assert.deepEqual(says('{ total: await User.countDocuments() }'), object({ total: number }));
});

test('class-transformer writes what a class exposes, where it is told to write nothing else', () => {
  const dto = `import { Expose, Type, plainToInstance } from 'class-transformer';
class Town { @Expose() name: string; secret: number } class Person { @Expose() id: string; hash: string; @Expose() @Type(() => Town) town: Town }`;
  const town = object({ name: string, secret: number });
  assert.deepEqual(answered(dto, 'plainToInstance(Person, row)'), object({ id: string, hash: string, town }));
  assert.deepEqual(
    answered(dto, 'plainToInstance(Person, [row], { excludeExtraneousValues: true })'),
    list(object({ id: string, town: object({ name: string }) })),
  );
});

test('managers of TypeORM give what they are told', () => {
  const statements = `import { Column, Entity, EntityManager, getManager } from 'typeorm'; @Entity() class User { @Column() id: string }
declare const manager: EntityManager; const first = async () => manager.transaction(async (tx) => tx.findOneOrFail(User, { where: { id: '1' } }));`;
  const user = object({ id: string });
  assert.deepEqual(answered(statements, 'await getManager().find(User)'), list(user));
  assert.deepEqual(answered(statements, 'await first()'), user);
  assert.deepEqual(answered(statements, "await manager.createQueryBuilder(User, 'u').where('x').getMany()"), list(user));
});

test('Kysely: rows of the tables that a database names, as queries choose, join and return them', () => {
  const files = {
    'index.ts': `import express from 'express'; import { Kysely, sql } from 'kysely'; import { jsonArrayFrom } from 'kysely/helpers/postgres'; import type { Database, Person } from './db';
const app = express(); const db = new Kysely<Database>({ dialect });
app.get('/one', async (req, res) => res.json(await db.selectFrom('person').selectAll().where('id', '=', 1).executeTakeFirstOrThrow()));
app.get('/some', async (req, res) => res.json(await db.selectFrom('person as p').leftJoin('pet', 'pet.owner_id', 'p.id').select(['p.id', 'p.first_name as name', 'pet.id as petId', 'pet.species']).select(sql<string>\`now()\`.as('at')).execute()));
app.get('/nested', async (req, res) => res.json(await db.selectFrom('person').select((eb) => ['id', eb.fn.countAll().as('total'), jsonArrayFrom(eb.selectFrom('pet').select(['pet.id', 'species'])).as('pets')]).execute()));
app.post('/made', async (req, res) => { const made = await db.transaction().execute(async (trx) => trx.insertInto('person').values(req.body).returning(['id', 'created_at']).executeTakeFirstOrThrow()); res.status(201).json(made); });
app.get('/said', async (req, res) => { const person: Person = await load(); res.json(person); });`,
    'db.ts': `import type { ColumnType, Generated, Selectable } from 'kysely';
type Made<T> = T extends ColumnType<infer S, infer I, infer U> ? ColumnType<S, I | undefined, U> : ColumnType<T, T | undefined, T>;
export interface Database { person: PersonTable; pet: PetTable }
interface PersonTable { id: Generated<number>; first_name: string; created_at: ColumnType<Date, string | undefined, never> }
interface PetTable { id: Made<string>; owner_id: number; species: 'cat' | 'dog' }
export type Person = Selectable<PersonTable>;`,
  };
  const { operations, types } = read(files);
  const shapes = operations.map(({ responses }) => {
    const { shape } = responses.find(({ status }) => status.startsWith('2')) ?? {};
    const whole = shape?.ref ? types.get(shape.ref) : shape;
    const of = whole?.items?.ref ? types.get(whole.items.ref) : (whole?.items ?? whole);
    return Object.entries(of?.properties ?? {})
      .map(([name, one]) => `${name}:${one.format ?? one.type ?? '_'}${one.nullable ? '?' : ''}`)
      .join(' ');
  });
  assert.deepEqual(shapes, [
    'id:number first_name:string created_at:date-time',
    'id:number name:string petId:string? species:string? at:string',
    'id:number total:number pets:array',
    'id:number created_at:date-time',
    'id:number first_name:string created_at:date-time',
  ]);
});

test('queries in SQL give rows with the columns that the text names', () => {
  const pg = `import { Pool } from 'pg'; const pool = new Pool(); interface Row { id: number }`;
  const rows = (query: string) => answered(pg, `(await pool.query(${query})).rows`);
  const row = (...names: string[]) => list({ type: 'object', properties: Object.fromEntries(names.map((name) => [name, {}])) });
  assert.deepEqual(
    rows("'SELECT u.id, u.Name AS full_name, count(*), sum(a + b) total, x::int FROM users u WHERE id = $1', [1]"),
    row('id', 'full_name', 'count', 'total', 'x'),
  );
  assert.deepEqual(
    rows('`WITH n AS (SELECT 1) SELECT DISTINCT id, (SELECT max(at) FROM posts) AS "lastAt" FROM n`'),
    row('id', 'lastAt'),
  );
  assert.deepEqual(rows("{ text: 'UPDATE users SET a = 1 WHERE b IN (SELECT c FROM d) RETURNING id', values: [] }"), row('id'));
  assert.deepEqual(rows("'SELECT * FROM users'"), list({}));
  assert.deepEqual(answered(pg, "(await pool.query('SELECT id FROM users')).rows[0] as Row"), object({ id: { type: 'number' } }));
  assert.deepEqual(rows('`SELECT id, ${more} FROM users`'), list({}));
  assert.deepEqual(
    answered(pg, "(await (await pool.connect()).query<Row>('SELECT * FROM users')).rows"),
    list(object({ id: { type: 'number' } })),
  );
  const sqlite = `import Database from 'better-sqlite3'; const db = new Database('x');`;
  assert.deepEqual(answered(sqlite, "db.prepare('SELECT id, userName FROM users').all()"), row('id', 'userName'));
  assert.deepEqual(answered(sqlite, "db.prepare('SELECT count(*) FROM users').all()"), list({}));
  const mysql = `import mysql from 'mysql2/promise'; const db = mysql.createPool({});`;
  assert.deepEqual(answered(mysql, "(await db.execute('SELECT id FROM users'))[0]"), row('id'));
  const postgres = `import postgres from 'postgres'; const sql = postgres('x');`;
  assert.deepEqual(answered(postgres, 'await sql`select id, title from posts where id = ${1}`'), row('id', 'title'));
});

test('tables of Drizzle that a schema, a creator or a function of columns declares', () => {
  const files = {
    'schema.ts': `import { integer, pgSchema, pgTable, pgTableCreator, serial, text } from 'drizzle-orm/pg-core';
const shop = pgSchema('shop'); export const state = shop.enum('state', ['new', 'paid']); export const createTable = pgTableCreator((name) => \`app_\${name}\`);
export const orders = shop.table('orders', { id: serial('id').primaryKey(), state: state('state').notNull() });
export const users = createTable('users', { id: integer('id').notNull(), name: text('name').notNull() }, (t) => []);
export const posts = pgTable('posts', (t) => ({ id: t.integer().notNull(), title: t.text().notNull() }));`,
    'db.ts': `import { drizzle } from 'drizzle-orm/node-postgres'; import * as schema from './schema'; export const db = drizzle(pool, { schema });`,
  };
  const uses = `import { db } from './db'; import { orders, posts, users } from './schema';`;
  const id = { type: 'integer' };
  const rows = (table: string) => answered(uses, `await db.select().from(${table})`, files);
  assert.deepEqual(rows('orders'), list(object({ id, state: { type: 'string', enum: ['new', 'paid'] } })));
  assert.deepEqual(rows('users'), list(object({ id, name: string })));
  assert.deepEqual(rows('posts'), list(object({ id, title: string })));
});

test('models of sequelize-typescript have a key and the times of a row, where nothing says otherwise', () => {
  const files = {
    'models.ts': `import { Column, DataType, Model, PrimaryKey, Table } from 'sequelize-typescript';
@Table export class Channel extends Model { @Column(DataType.STRING) declare name: string; }
@Table({ timestamps: false }) export class Code extends Model { @PrimaryKey @Column(DataType.STRING) declare code: string; }`,
    'manager.ts': `import { Attributes, CreationAttributes } from 'sequelize'; import { Model, ModelCtor } from 'sequelize-typescript'; import { Channel } from './models';
class Manager<T extends Model> { constructor(protected model: ModelCtor<T>) {} async one(id: string): Promise<CreationAttributes<T>> { return this.model.findByPk(id) as any; } async all() { return this.model.findAll(); } }
export class Channels extends Manager<Channel> { constructor() { super(Channel); } }`,
  };
  const uses = `import { Channel, Code } from './models'; import { Channels } from './manager';`;
  const at = { type: 'string', format: 'date-time' };
  const channel = object({ id: { type: 'integer' }, createdAt: at, updatedAt: at, name: string });
  const ask = (query: string) => answered(uses, query, files);
  assert.deepEqual(ask('await Channel.findAll()'), list(channel));
  assert.deepEqual(ask("await new Channels().one('a')"), channel);
  assert.deepEqual(ask('await new Channels().all()'), list(channel));
  assert.deepEqual(ask('await Code.findAll()'), list(object({ code: string })));
});

test('Sequelize queries give the columns of models that classes, `init` or `define` declare, as they choose', () => {
  const files = {
    'models.ts': `import { CreationOptional, DataTypes, HasManyGetAssociationsMixin, InferAttributes, InferCreationAttributes, Model, NonAttribute, Sequelize } from 'sequelize';
export const sequelize = new Sequelize('x');
export class User extends Model<InferAttributes<User>, InferCreationAttributes<User>> {
  declare static associations: object; declare id: CreationOptional<number>; declare name: string; declare nick: string | null;
  declare posts?: NonAttribute<object[]>; declare getPosts: HasManyGetAssociationsMixin<object>; get label(): string { return this.name; }
}
export class Post extends Model {}
Post.init({ id: { type: DataTypes.UUID, primaryKey: true }, title: { type: DataTypes.STRING(99), allowNull: false }, state: DataTypes.ENUM('new', 'old') }, { sequelize, timestamps: false });
export const Tag = sequelize.define('Tag', { label: { type: DataTypes.STRING, allowNull: false }, sizes: { type: DataTypes.ARRAY(DataTypes.INTEGER), allowNull: false } });`,
  };
  const uses = `import { Post, Tag, User } from './models';`;
  const user = object({ id: { type: 'number' }, name: string, nick: { type: 'string', nullable: true } });
  const post = object({
    id: { type: 'string', format: 'uuid' },
    title: string,
    state: { type: 'string', enum: ['new', 'old'], nullable: true },
  });
  const at = { type: 'string', format: 'date-time' };
  const ask = (query: string) => answered(uses, query, files);
  assert.deepEqual(ask('await User.findAll({ where: { id: 1 } })'), list(user));
  assert.deepEqual(ask('(await User.findByPk(1))!.toJSON()'), user);
  assert.deepEqual(ask('(await User.findOne())!.get({ plain: true })'), user);
  assert.deepEqual(
    ask("await User.findAll({ attributes: ['id', 'name'] })"),
    list(object({ id: { type: 'number' }, name: string })),
  );
  assert.deepEqual(
    ask("(await User.findAndCountAll({ attributes: { exclude: ['nick'] } })).rows"),
    list(object({ id: { type: 'number' }, name: string })),
  );
  assert.deepEqual(ask('await Post.create({})'), post);
  assert.deepEqual(
    ask('await Tag.findAll()'),
    list(object({ id: { type: 'integer' }, label: string, sizes: list({ type: 'integer' }), createdAt: at, updatedAt: at })),
  );
});
