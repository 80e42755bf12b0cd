/** Each framework's reader on a small application: what it serves, reads, answers and refuses. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rules } from '../../rulesets/index.ts';
import { defaultConfig } from '../../server/core/config.ts';
import { createLintel } from '../../server/core/create.ts';
import { toOpenApi } from '../../server/core/generate/openapi.ts';
import type { OperationFact, Shape } from '../../server/core/generate/facts.ts';
import { memoryHost } from '../../server/core/host.ts';
import { readApplication } from '../../server/core/typescript/application.ts';

const read = (files: Record<string, string>, entry = 'index.ts') => {
  const host = memoryHost(Object.fromEntries(Object.entries(files).map(([name, text]) => [`file:///app/${name}`, text])));
  return readApplication([`file:///app/${entry}`], host, host.read);
};

/** An operation in one line: `post /a/{id} ?page=integer body{name!} 201{id} 404`. */
function line({ method, path, parameters, bodies, responses, security }: OperationFact): string {
  const query = parameters
    .filter((one) => one.in === 'query')
    .map(({ name, required, shape }) => `?${name}${required ? '!' : ''}=${word(shape)}`);
  const headers = parameters.filter((one) => one.in === 'header').map(({ name }) => `@${name}`);
  const sent = bodies.map(({ mediaType, shape }) => `${mediaType === 'application/json' ? 'body' : mediaType}${word(shape)}`);
  const given = responses.map(({ status, shape, mediaType }) => `${status}${mediaType && shape ? word(shape) : ''}`).sort();
  const secured = security.map(({ name }) => `(${name})`);
  return [method, path, ...secured, ...query, ...headers, ...sent, ...given].join(' ');
}

function word({ ref, type, properties, required, items, format, nullable }: Shape): string {
  if (ref) return `<${ref}>`;
  if (items) return `[${word(items)}]`;
  const names = Object.keys(properties ?? {}).map((name) => `${name}${required?.includes(name) ? '!' : ''}`);
  return properties ? `{${names.join(' ')}}` : `${format ?? type ?? '_'}${nullable ? '?' : ''}`;
}

const lines = (files: Record<string, string>, entry?: string) => read(files, entry).operations.map(line);

test('Fastify: plugins with prefixes, schemas of JSON and TypeBox, handlers that return', () => {
  const files = {
    'index.ts': `import Fastify from 'fastify'; import fp from 'fastify-plugin'; import { users } from './users';
const app = Fastify(); app.register(users, { prefix: '/users' }); app.register(fp(async (f) => { f.get('/ping', async () => 'pong'); }));
app.route({ method: ['GET', 'HEAD'], url: '/health', handler: async () => ({ ok: true }) });`,
    'users.ts': `import { Type } from '@sinclair/typebox'; import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
const User = Type.Object({ id: Type.Integer(), name: Type.Optional(Type.String()) });
const params = { type: 'object', properties: { id: { type: 'integer', minimum: 1 } }, required: ['id'] };
export const users: FastifyPluginAsync = async (app) => {
  app.get('/', { schema: { tags: ['people'], summary: 'All', querystring: Type.Object({ page: Type.Integer() }), response: { 200: Type.Array(User) } } }, async (req) => list(req));
  app.get('/:id', { schema: { params } }, async (request, reply) => { if (!request.params.id) return reply.code(404).send({ error: 'x' }); return { id: 1 }; });
  app.post<{ Body: { name: string; age?: number }; Reply: { id: string } }>('/', async (request, reply) => { reply.status(201).send(make(request.body)); });
};`,
  };
  const { operations, notes } = read(files);
  assert.deepEqual(notes, []);
  assert.deepEqual(operations.map(line), [
    'get /users ?page!=integer 200[{id! name}]',
    'get /users/{id} 200{id!} 404{error!}',
    'post /users body{name! age} 201{id!}',
    'get /ping 200string',
    'get /health 200{ok!}',
    'head /health 200{ok!}',
  ]);
  assert.deepEqual([operations[0]?.summary, operations[0]?.tags], ['All', ['people']]);
  assert.equal(operations[1]?.parameters[0]?.shape.minimum, 1);
});

test('Fastify: replies by status, schemas by their $id, and plugins that share their routes and have no path', () => {
  const files = {
    'index.ts': `import Fastify from 'fastify'; import fp from 'fastify-plugin'; import { Type } from '@sinclair/typebox';
const app = Fastify();
app.addSchema(Type.Object({ id: Type.String(), name: Type.Optional(Type.String()) }, { $id: 'user' }));
app.register(fp(async (f) => { f.get('/ping', async () => 'pong'); }), { prefix: '/ignored' });
app.get('/users/:id', { schema: { response: { 200: { $ref: 'user#' } } } }, async (request) => find(request.params.id));
app.post<{ Body: { sku: string }; Reply: { 201: { id: string }; '4xx': { message: string } } }>('/orders', async (request, reply) => {
  if (!request.body.sku) return reply.code(422).send({ message: 'sku' });
  return reply.code(201).send({ id: request.body.sku });
});`,
  };
  assert.deepEqual(lines(files), [
    'get /ping 200string',
    'get /users/{id} 200{id! name}',
    'post /orders body{sku!} 201{id!} 422{message!} 4XX{message!}',
  ]);
});

test('Express: envelopes that are classes hold what they are made of, by type parameters and by constructors without types', () => {
  const files = {
    'index.ts': `import express from 'express'; import { Reply } from './reply';
class Envelope<T> { constructor(public data: T, public message = 'ok') {} send(res: express.Response, status = 200) { return res.status(status).json({ data: this.data, message: this.message }); } }
class Success<T> { private readonly body: { success: boolean; data: T }; constructor(data: T) { this.body = { success: true, data }; } send(res: express.Response) { res.json(this.body); } }
const app = express();
app.get('/sent', (req, res) => { new Envelope({ id: 1 }).send(res, 201); });
app.get('/held', (req, res) => new Success([{ sku: 'a' }]).send(res));
app.get('/whole', (req, res) => { const envelope = new Envelope(find()); res.json(envelope); });
app.get('/one', (req, res) => res.json(new Reply(200, { user: { id: 1 } }, 'done')));
app.get('/many', (req, res) => res.json(new Reply(200, [1])));
app.get('/none', (req, res) => res.json(new Reply(200, 'gone')));
function find(): { n: number }[] { return []; }`,
    'reply.js': `export class Reply { constructor(status, data, message = 'Success') { this.status = status; this.data = data; this.success = status < 400; } }`,
  };
  const { operations } = read(files);
  const bodies = operations.map(({ path, responses: [one] }) => {
    const { shape = {}, status } = one ?? {};
    return `${path} ${status} ${word(shape)} ${word(shape.properties?.data ?? {})}`;
  });
  assert.deepEqual(bodies.slice(0, 4), [
    '/sent 201 {data! message!} {id!}',
    '/held 200 {success! data!} [{sku!}]',
    '/whole 200 {data! message!} [{n!}]',
    '/one 200 {status! data! success!} {user!}',
  ]);
  const named = new Set(bodies.slice(4));
  assert.equal(named.size, 2, 'two envelopes of other contents are two');
});

test('Express: answers of a class that sends itself by what its base class does', () => {
  const text = `import express from 'express';
abstract class Base {
  constructor(protected code: string, protected status: number) {}
  protected prepare<T extends Base>(res: express.Response, response: T) { return res.status(this.status).json(Base.plain(response)); }
  send(res: express.Response) { return this.prepare(res, this); }
  private static plain<T extends Base>(response: T) { const clone = {} as T; Object.assign(clone, response); return clone; }
}
class Success<T> extends Base {
  constructor(private data: T) { super('10000', 200); }
  send(res: express.Response) { return super.prepare<Success<T>>(res, this); }
}
class Created<T> extends Base { constructor(private data: T) { super('10001', 201); } }
const app = express();
app.get('/a', (req, res) => new Success({ id: 1 }).send(res));
app.get('/b', (req, res) => new Created({ id: 1 }).send(res));`;
  assert.deepEqual(lines({ 'index.ts': text }), ['get /a 200{code! status! data!}', 'get /b 201{code! status! data!}']);
});

test('Express and Koa: what is handed back of a request is what was asked of it', () => {
  const schema = `import { z } from 'zod'; const Order = z.object({ sku: z.string(), note: z.string().optional() });`;
  const express = `${schema} import express from 'express'; const app = express();
app.put('/orders/:id', validate(Order), (req, res) => { const { sku, note } = req.body; const { id } = req.params; res.json({ id, of: req.params.id, sku, note, page: req.query.page }); });`;
  const [operation] = read({ 'index.ts': express }).operations;
  const shape = operation?.responses[0]?.shape ?? {};
  assert.equal(word(shape), '{id! of! sku! note page}');
  const types = Object.values(shape.properties ?? {}).map(({ type }) => type);
  assert.deepEqual(types, ['string', 'string', 'string', 'string', undefined]);
  const koa = `import Koa from 'koa'; import Router from '@koa/router'; const app = new Koa(); const router = new Router();
router.get('/orders/:id', (ctx) => { ctx.body = { id: ctx.params.id }; }); app.use(router.routes());`;
  assert.deepEqual(lines({ 'index.ts': koa }), ['get /orders/{id} 200{id!}']);
});

test('Express: what is handed on of an optional member may lack, and what somebody says is there does not', () => {
  const text = `import express from 'express'; const app = express();
interface Found { note?: string; sku: string; gift: string | null; }
declare function find(): Found;
app.get('/a', (req, res) => { const found = find(); res.json({ note: found.note, sku: found.sku, gift: found.gift, sure: found.note! }); });
app.get('/b', (req, res) => { const { note, sku } = find(); const kept = { note }; res.json({ note: kept.note, sku, text: note ?? '' }); });
app.get('/c', (req, res) => { const { note = 'none' } = find(); const other = find().note; res.json({ note, other }); });
app.get('/d', (req, res) => { let one = { n: 1 }; one = { n: one.n }; res.json({ n: one.n }); });`;
  assert.deepEqual(lines({ 'index.ts': text }), [
    'get /a 200{note sku! gift! sure!}',
    'get /b 200{note sku! text!}',
    'get /c 200{note! other}',
    'get /d 200{n!}',
  ]);
});

test('Express: a middleware of the application that validates an object of the parts of a request', () => {
  const text = `import express from 'express'; import { z } from 'zod';
const app = express();
const validate = (schema: z.AnyZodObject) => (req: express.Request, res: express.Response, next: express.NextFunction) => {
  const result = schema.safeParse({ body: req.body, query: req.query, params: req.params });
  if (!result.success) { res.status(400).json({ issues: result.error.issues }); return; }
  next();
};
const order = z.object({ body: z.object({ sku: z.string() }), query: z.object({ dry: z.coerce.boolean().optional() }) });
app.post('/orders', validate(order), (req, res) => { res.json({ ok: true }); });
app.put('/orders/:id', (req, res) => { const { body } = order.parse({ query: req.query, body: req.body }); res.json(body); });`;
  assert.deepEqual(lines({ 'index.ts': text }), [
    'post /orders ?dry=boolean body{sku!} 200{ok!} 400{issues}',
    'put /orders/{id} ?dry=boolean body{sku!} 200{sku!}',
  ]);
});

test('Hono: what is mounted from another framework is said to be missing', () => {
  const text = `import { Hono } from 'hono'; const app = new Hono(); app.mount('/old', legacy.fetch).get('/new', (c) => c.text('x'));`;
  const { operations, notes } = read({ 'index.ts': text });
  assert.deepEqual(operations.map(line), ['get /new 200string']);
  assert.deepEqual(
    notes.map(({ start, end }) => text.slice(start, end)),
    ["'/old'"],
  );
});

test('Hono: chains, basePath, route, validators, createRoute', () => {
  const files = {
    'index.ts': `import { Hono } from 'hono'; import { HTTPException } from 'hono/http-exception'; import { books } from './books';
const app = new Hono().basePath('/api');
app.use('*', logger());
const routes = app.get('/ping', (c) => c.text('pong')).post('/echo/:kind{a|b}', async (c) => {
  const { text } = await c.req.json<{ text: string }>();
  if (c.req.query('dry') === '1') throw new HTTPException(422, { message: 'x' });
  return c.json({ text, length: text.length }, 201);
});
app.route('/books', books);
export default app;`,
    'books.ts': `import { Hono } from 'hono'; import { zValidator } from '@hono/zod-validator'; import { z } from 'zod';
const Book = z.object({ title: z.string().min(1), year: z.number().int().optional() });
const missing = (c, what: string) => c.json({ error: what }, 404);
export const books = new Hono()
  .get('/', zValidator('query', z.object({ page: z.coerce.number() })), (c) => c.json([{ id: 'a' }]))
  .post('/', zValidator('json', Book), (c) => { const book = c.req.valid('json'); return c.json({ id: 'x', ...book }, 201); })
  .get('/:id', (c) => { if (c.req.param('id')) return missing(c, 'book'); return c.body(null, 204); });`,
  };
  assert.deepEqual(lines(files), [
    'get /api/ping 200string',
    'post /api/echo/{kind} ?dry=string body{text!} 201{text! length!} 422',
    'get /api/books ?page!=number 200[{id!}] 400',
    'post /api/books body{title! year} 201{id! title! year} 400',
    'get /api/books/{id} 204 404{error!}',
  ]);
  const openapi = {
    'index.ts': `import { OpenAPIHono, createRoute, z } from '@hono/zod-openapi';
const route = createRoute({ method: 'post', path: '/things/{id}', tags: ['things'], request: { params: z.object({ id: z.string().uuid() }),
  body: { content: { 'application/json': { schema: z.object({ name: z.string() }) } } } },
  responses: { 201: { description: 'Made', content: { 'application/json': { schema: z.object({ id: z.string() }) } } }, 409: { description: 'Taken' } } });
const app = new OpenAPIHono(); app.openapi(route, (c) => c.json({ id: 'x' }, 201));`,
  };
  assert.deepEqual(lines(openapi), ['post /things/{id} body{name!} 201{id!} 409']);
});

test('Hono: parameters in the words of OpenAPI, and what a route says of its age', () => {
  const files = {
    'index.ts': `import { OpenAPIHono, createRoute, z } from '@hono/zod-openapi'; import { fromHono, OpenAPIRoute } from 'chanfana'; import { unit } from './unit'; import { foreign } from 'foreign';
const app = fromHono(new OpenAPIHono());
app.openapi(createRoute({ method: 'get', path: '/old', deprecated: true, parameters: [unit, foreign, { name: 'q', in: 'query', required: true, schema: { type: 'integer' } }], responses: { 204: { description: 'Gone' } } }), (c) => c.body(null, 204));
class List extends OpenAPIRoute { schema = { deprecated: false, parameters: [unit] }; async handle(c) { const asked = c.req.query('unit'); return c.json({ asked }); } }
app.get('/list', List);`,
    'unit.ts': `export const unit = { name: 'unit', in: 'query' as const, required: false, schema: { type: 'string' as const, enum: ['g', 'kg'] } };`,
  };
  const { operations } = read(files);
  assert.deepEqual(operations.map(line), ['get /old ?unit=string ?q!=integer 204', 'get /list ?unit=string 200{asked}']);
  assert.deepEqual(
    operations.map(({ deprecated, parameters }) => [deprecated, parameters[0]?.shape.enum]),
    [
      [true, ['g', 'kg']],
      [undefined, ['g', 'kg']],
    ],
  );
});

test('chanfana: classes that are endpoints, on routers of Hono, below a base', () => {
  const files = {
    'index.ts': `import { Hono } from 'hono'; import { fromHono } from 'chanfana'; import { parcels } from './parcels'; import { Health, Weigh } from './endpoints';
const app = new Hono(); app.use('*', async (c, next) => { if (!c.req.header('X-Key')) return c.json({ error: 'key' }, 401); await next(); });
const openapi = fromHono(app, { base: '/api', docs_url: '/docs' });
openapi.get('/health', Health).post('/weigh', (c, next) => next(), Weigh); openapi.route('/parcels', parcels); openapi.get('/plain', (c) => c.json({ plain: true })); export default app;`,
    'parcels.ts': `import { Hono } from 'hono'; import { fromHono } from 'chanfana'; import { ReadParcel, Archive } from './endpoints';
export const parcels = fromHono(new Hono()); parcels.get('/:parcelId', ReadParcel); parcels.on('put', '/:parcelId/archive', Archive);`,
    'base.ts': `import { OpenAPIRoute } from 'chanfana'; export abstract class Endpoint extends OpenAPIRoute { protected handleError(error: unknown) { return error; } }`,
    'endpoints.ts': `import { contentJson, OpenAPIRoute, NotFoundException, Str, Num, Bool, Enumeration, Arr, DateTime } from 'chanfana'; import { z } from 'zod'; import { Endpoint } from './base'; import { stored } from 'store';
const Parcel = z.object({ id: z.string(), weight: z.number().optional() });
export class Health extends OpenAPIRoute { async handle() { return { ok: true }; } }
export class Weigh extends Endpoint {
  schema = { tags: ['parcels'], summary: 'Weighs', operationId: 'weigh', request: { query: z.object({ unit: Enumeration({ values: ['g', 'kg'], default: 'g' }), page: Num({ description: 'Which' }), exact: Bool({ required: false }) }),
    headers: z.object({ 'X-Scale': Str() }), body: contentJson(z.object({ at: DateTime(), marks: Arr(Str(), { required: false }) })) },
    responses: { '201': { description: 'Weighed', ...contentJson(Parcel) }, '409': { description: 'Weighed before' } } };
  async handle(c) { const data = await this.getValidatedData<typeof this.schema>(); return c.json(await stored(data.body), 201); }
}
export class ReadParcel extends Endpoint {
  schema = { request: { params: z.object({ parcelId: z.string().uuid() }) } };
  async handle(c) { const { params } = await this.getValidatedData<typeof this.schema>(); const all = [1].map(() => { return { inner: 1 }; }); if (!all) throw new NotFoundException(); return await stored(params.parcelId); }
}
export class Archive extends ReadParcel { async handle(c) { return { archived: true }; } }`,
  };
  const { operations, notes } = read(files);
  assert.deepEqual(
    notes.map(({ message }) => message),
    [],
  );
  assert.deepEqual(operations.map(line), [
    'get /api/health (xKeyHeader) 200{ok!} 401{error!}',
    'post /api/weigh (xKeyHeader) ?unit=string ?page!=number ?exact=boolean @X-Scale body{at! marks} 201{id! weight} 400 401{error!} 409',
    'get /api/parcels/{parcelId} (xKeyHeader) 200 400 401{error!} 404',
    'put /api/parcels/{parcelId}/archive (xKeyHeader) 200{archived!} 401{error!}',
    'get /api/plain (xKeyHeader) 200{plain!} 401{error!}',
  ]);
  assert.deepEqual(operations[1]?.parameters.find(({ name }) => name === 'unit')?.shape, {
    type: 'string',
    enum: ['g', 'kg'],
    default: 'g',
  });
  assert.equal(operations[2]?.parameters[0]?.shape.format, 'uuid');
  assert.deepEqual([operations[1]?.summary, operations[1]?.operationId, operations[1]?.tags], ['Weighs', 'weigh', ['parcels']]);
});

test('chanfana: what an endpoint of a model does is said to be unseen; a class that only looks like an endpoint is none', () => {
  const files = {
    'index.ts': `import { Hono } from 'hono'; import { fromHono, D1CreateEndpoint } from 'chanfana'; import { OpenAPIRoute } from './own'; import { fromHono as own } from './own';
class Make extends D1CreateEndpoint { _meta = meta; dbName = 'DB'; }
class Fake extends OpenAPIRoute { schema = { request: { query: { a: 1 } } }; handle(c) { return { fake: true }; } }
const app = fromHono(new Hono()); app.post('/made', Make); app.get('/fake', Fake);
app.get('/plain', (c) => { return { plain: true }; });`,
    'own.ts': `export class OpenAPIRoute {} export const fromHono = () => undefined;`,
  };
  const { operations, notes } = read(files);
  assert.deepEqual(operations.map(line), ['get /fake', 'get /plain']);
  assert.deepEqual(
    notes.map(({ start, end, message }) => [files['index.ts'].slice(start, end), message]),
    [['Make', 'What this endpoint asks and answers is made of its model, which is not read, so it is missing.']],
  );
});

test('Koa: routers with prefixes, names, what is set on the context', () => {
  const files = {
    'index.ts': `import Koa from 'koa'; import Router from '@koa/router'; import { notes } from './notes';
const app = new Koa(); const api = new Router({ prefix: '/api' });
api.get('home', '/', (ctx) => { ctx.body = 'hi'; });
api.use('/v1', notes.routes(), notes.allowedMethods());
app.use(api.routes()).use(api.allowedMethods());`,
    'notes.ts': `import Router from '@koa/router'; export const notes = new Router(); notes.prefix('/notes');
notes.post('/', async (ctx) => { const { title } = ctx.request.body; if (!title) ctx.throw(400, 'x'); ctx.status = 201; ctx.body = { id: 1, title: String(title) }; });
notes.get('/', (ctx) => { const page = Number(ctx.query.page); ctx.body = [{ id: page }]; });
notes.del('/:id', (ctx) => { ctx.get('If-Match'); ctx.status = 204; });`,
  };
  assert.deepEqual(lines(files), [
    'get /api 200string',
    'post /api/v1/notes body{title} 201{id! title!} 400',
    'get /api/v1/notes ?page=number 200[{id!}]',
    'delete /api/v1/notes/{id} @If-Match 204',
  ]);
});

test('NestJS: controllers of modules, prefix, versions, DTOs, pipes, guards, injected services', () => {
  const files = {
    'main.ts': `import { NestFactory } from '@nestjs/core'; import { VersioningType, ValidationPipe } from '@nestjs/common'; import { AppModule } from './app.module';
const app = await NestFactory.create(AppModule); app.setGlobalPrefix('api', { exclude: ['health'] }); app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
app.useGlobalPipes(new ValidationPipe());`,
    'app.module.ts': `import { Module } from '@nestjs/common'; import { CatsController } from './cats.controller'; import { HealthController } from './health';
@Module({ controllers: [CatsController, HealthController] }) export class AppModule {}`,
    'health.ts': `import { Controller, Get, VERSION_NEUTRAL } from '@nestjs/common';
@Controller({ path: 'health', version: VERSION_NEUTRAL }) export class HealthController { @Get() up() { return 'ok'; } }
@Controller('unused') export class UnusedController { @Get() x() { return 1; } }`,
    'cats.controller.ts': `import { Body, Controller, Delete, Get, HttpCode, Param, ParseIntPipe, Post, Query, UseGuards, Version, DefaultValuePipe } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport'; import { ApiTags, ApiOperation, ApiNotFoundResponse } from '@nestjs/swagger';
import { CatsService } from './cats.service'; import { Cat, CreateCat, Search } from './dto';
@ApiTags('cats') @Controller('cats') export class CatsController {
  constructor(private readonly cats: CatsService) {}
  /** All cats. */
  @Get() list(@Query() search: Search, @Query('page', new DefaultValuePipe(1), ParseIntPipe) page: number): Promise<Cat[]> { return this.cats.list(); }
  @ApiOperation({ summary: 'One cat', operationId: 'cat' }) @Get(':id') one(@Param('id', ParseIntPipe) id: number) { return this.cats.one(id); }
  @UseGuards(AuthGuard('jwt')) @Post() make(@Body() cat: CreateCat): Cat { return cat as Cat; }
  @Version('2') @Delete(':id') @HttpCode(204) remove(@Param('id') id: string): void {}
}`,
    'cats.service.ts': `import { Injectable, NotFoundException } from '@nestjs/common'; import { Cat } from './dto';
@Injectable() export class CatsService { async list(): Promise<Cat[]> { return []; } async one(id: number): Promise<Cat> { throw new NotFoundException('x'); } }`,
    'dto.ts': `import { IsEmail, IsInt, IsOptional, Min, MaxLength } from 'class-validator'; import { PartialType, PickType } from '@nestjs/swagger';
export class Cat { id: number; name: string; owner: string }
export class CreateCat extends PickType(Cat, ['name'] as const) { @IsEmail() @MaxLength(99) owner: string; @IsOptional() @IsInt() @Min(0) age: number }
export class Search extends PartialType(CreateCat) {}`,
  };
  const { operations, types, notes } = read(files, 'main.ts');
  assert.deepEqual(notes, []);
  const failure = '{statusCode! message! error}';
  assert.deepEqual(operations.map(line).sort(), [
    'delete /api/v2/cats/{id} 204',
    `get /api/v1/cats ?name=string ?owner=email ?age=integer ?page=integer 200[<Cat>] 400${failure}`,
    `get /api/v1/cats/{id} 200<Cat> 400${failure} 404${failure}`,
    'get /health 200string',
    `post /api/v1/cats (jwt) body<CreateCat> 201<Cat> 400${failure} 401${failure}`,
  ]);
  assert.deepEqual(JSON.parse(JSON.stringify(types.get('CreateCat'))), {
    type: 'object',
    required: ['name', 'owner'],
    properties: {
      name: { type: 'string' },
      owner: { type: 'string', format: 'email', maxLength: 99 },
      age: { type: 'integer', minimum: 0 },
    },
  });
  const one = operations.find(({ operationId }) => operationId === 'cat');
  assert.deepEqual([one?.summary, one?.tags, one?.parameters[0]?.shape.type], ['One cat', ['cats'], 'integer']);
});

test('NestJS: schemas that decorators write out, and streams of events', () => {
  const { operations, types } = read({
    'index.ts': `import { Controller, Get, Post, Body, Sse } from '@nestjs/common'; import { ApiBody, ApiOkResponse, ApiProperty, getSchemaPath } from '@nestjs/swagger';
class Cat { @ApiProperty({ type: 'object', properties: { chip: { type: 'string' } } }) tags: Record<string, any>; @ApiProperty({ type: () => Cat, nullable: true }) mother: any; }
@Controller('cats') export class Cats {
  @Get() @ApiOkResponse({ schema: { allOf: [{ properties: { total: { type: 'number' } } }, { properties: { data: { type: 'array', items: { $ref: getSchemaPath(Cat) } } } }] } }) all() { return this.service.all(); }
  @Post() @ApiBody({ schema: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] } }) make(@Body() body) { return {} as Cat; }
  @Sse('news') news() { return this.service.news(); }
}`,
  });
  assert.deepEqual(operations.map(line), ['get /cats 200{total data}', 'post /cats body{name!} 201<Cat>', 'get /cats/news 200_']);
  assert.deepEqual(operations[0]?.responses[0]?.shape?.properties?.data, { type: 'array', items: { ref: 'Cat' } });
  assert.deepEqual(Object.keys(types.get('Cat')?.properties?.tags?.properties ?? {}), ['chip']);
  assert.equal(types.get('Cat')?.properties?.mother?.ref, 'Cat');
});

test('Express: guards, error handlers, envelopes, validators, uploads', () => {
  const files = {
    'index.ts': `import express from 'express'; import { expressjwt } from 'express-jwt'; import multer from 'multer'; import { z } from 'zod'; import { validate } from './validate';
const app = express(); const upload = multer();
const admin = (req, res, next) => { if (!req.user) return res.status(403).json({ error: 'x' }); next(); };
const wrap = (data: any): { ok: boolean; data: any } => ({ ok: true, data });
const Query = z.object({ page: z.coerce.number().optional(), size: z.coerce.number().optional() });
app.get('/open', (req, res) => { const query = Query.parse(req.query); res.json(wrap({ page: query.page })); });
app.use(expressjwt({ secret: 'x' }));
app.post('/things', admin, validate({ body: z.object({ name: z.string() }) }), (req, res) => { if (req.body.name === 'x') throw new Conflict(); res.status(201).end(); });
app.post('/files', upload.single('file'), (req, res) => res.sendStatus(204));
class Conflict extends Error { status = 409; }
app.use((err, req, res, next) => { res.status(err.status).json({ message: String(err.message) }); });`,
    'validate.ts': 'export const validate = (schemas) => (req, res, next) => next();',
  };
  assert.deepEqual(lines(files), [
    'get /open ?page=number ?size=number 200{ok! data!}',
    'post /things (jwt) body{name!} 201 401 403{error!} 409{message!}',
    'post /files (jwt) multipart/form-data{file} 204 401',
  ]);
});

test('a body that is made into something else before it is validated, and what a helper is given by name', () => {
  const files = {
    'index.ts': `import express from 'express'; import { z } from 'zod'; import { check } from './check'; const app = express(); app.use(express.json());
const Order = z.object({ item: z.string(), owner: z.string() }); const Pay = z.object({ card: z.string() });
app.post('/orders', (req, res) => { const input = Order.parse({ ...req.body, owner: req.user.id }); res.sendStatus(204); });
app.post('/resolved', async (req, res) => { const made = await resolve(req.body); const input = Order.safeParse(made.body); res.sendStatus(204); });
app.post('/pay', (req, res) => { check({ request: req, schema: Pay }); res.sendStatus(204); });`,
    'check.ts': `import type { ZodType } from 'zod'; import type { Request } from 'express';
export function check<S extends ZodType>({ request, schema }: { request: Request; schema: S }) { return schema.safeParse(request.body); }`,
  };
  assert.deepEqual(lines(files), [
    'post /orders body{item!} 204',
    'post /resolved body{item! owner!} 204',
    'post /pay body{card!} 204',
  ]);
});

test('routers of classes whose path the base class is given, and handlers that a wrapper passes on', () => {
  const files = {
    'index.ts': `import express from 'express'; import { Info } from './info'; import type { Base } from './base';
class Api { private readonly all: Base[]; constructor() { this.all = [new Info()]; } register = (app) => { this.all.forEach((one) => app.use(\`/v2/\${one.path}\`, one.router())); }; }
const app = express(); new Api().register(app);`,
    'base.ts': `export abstract class Base { readonly path: string; protected constructor(path: string) { this.path = path; } abstract router: () => Router;
  protected traced = (handler) => async (req, res) => { await context.with(span, handler, this, req, res); }; }`,
    'info.ts': `import { Router } from 'express'; import { Base } from './base';
export class Info extends Base { constructor() { super('info'); } router = () => { const router = Router(); router.post('/version', this.traced(this.version)); return router; };
  private version = (req, res) => { res.status(201).json({ version: req.body.name }); }; }`,
  };
  assert.deepEqual(lines(files), ['post /v2/info/version body{name} 201{version}']);
});

test('what a check of a part of the request gives back are names of the part', () => {
  const files = {
    'index.ts': `import express from 'express'; import { validateRequest } from './validate'; const app = express();
app.post('/swaps', (req, res) => { const { from, to = 'btc' } = validateRequest(req.body, [{ name: 'from', type: 'string' }]); res.sendStatus(201); });
app.post('/users', async (req, res) => { const { user } = await create(req.body); const { error } = validateRequest(req.body); res.sendStatus(201); });`,
    'validate.ts': `export const validateRequest = (given: any, fields: any[]) => { const found: any = {}; for (const { name } of fields) found[name] = given[name]; return found; };`,
  };
  assert.deepEqual(lines(files), ['post /swaps body{from to} 201', 'post /users 201']);
});

test('another way to show who one is, beside the Authorization header, is no parameter', () => {
  const files = {
    'index.ts': `import express from 'express'; const app = express();
const auth = () => (req, res, next) => { const token = req.headers.authorization ?? req.query.access_token ?? req.body.token; if (!token) return res.status(401).end(); next(); };
app.get('/a', auth(), (req, res) => res.json({ page: req.query.page }));
app.post('/verify', (req, res) => { check(req.body.token); res.status(204).json({ never: 'sent' }); });`,
  };
  assert.deepEqual(lines(files), ['get /a (authorizationHeader) ?page=string 200{page} 401', 'post /verify body{token} 204']);
});

test('Express: JSON Schemas that a validator is given by the parts of the request', () => {
  const files = {
    'index.ts': `import express from 'express'; const app = express();
app.post('/a/:id', check({ requestQuerySchema: { type: 'object', properties: { page: { type: 'integer' } }, required: ['page'] }, requestBodySchema: { $schema: 'x', type: 'object', properties: { name: { type: 'string' } } } }), run);
app.put('/b', options({ body: { type: 'text', limit: 3 } }), run);`,
  };
  assert.deepEqual(lines(files), ['post /a/{id} ?page!=integer body{name}', 'put /b']);
});

test('Express: what a variable or a wrapper says of the handler it takes', () => {
  const files = {
    'index.ts': `import express, { type Request, type RequestHandler, type Response } from 'express'; const app = express();
interface Made { id: string } interface Failed { error: { code: string } } interface New { name: string }
const create: RequestHandler<{}, Made | Failed, New, { dry?: boolean }> = async (req, res) => { res.status(201).json(await make(req)); };
const wrap = <T>(handler: (req: Request<{}, T>, res: Response<T>) => void): RequestHandler => { return catching(handler); };
app.post('/a', create); app.get('/b', wrap<Made>((req, res) => { res.json(find()); }));
const open: RequestHandler<{}, any, any> = (req, res) => { res.json(req.body.name); }; app.put('/c', open);`,
  };
  assert.deepEqual(lines(files), ['post /a ?dry=boolean body<New> 201<Made>', 'get /b 200<Made>', 'put /c body{name} 200_']);
});

const bearer = `if (!req.headers.authorization?.startsWith('Bearer ')) return res.status(401).end(); next();`;
const guarded: [what: string, code: string, security: Record<string, string[]>][] = [
  [
    'a guard in front of a router, by what it does',
    `const own = (req, res, next) => { ${bearer} }; app.get('/open', h); const r = express.Router(); r.use(own); r.get('/a', h); app.use('/r', r);`,
    { '/open': [], '/r/a': ['bearer'] },
  ],
  [
    'a guard of a path, and one of a route behind route()',
    `function own(req, res, next) { ${bearer} } app.use('/in', own); app.get('/in/a', h); app.get('/inner', h); app.route('/b').get(own, h).post(h);`,
    { '/in/a': ['bearer'], '/inner': [], 'get /b': ['bearer'], 'post /b': [] },
  ],
  [
    'a header with a key, read two calls down, and a cookie: either will do',
    `const key = (req) => req.get('X-API-Key') ?? req.cookies.session; const find = (req) => lookUp(key(req));
     const own = async (req, res, next) => { if (!(await find(req))) throw new Unauthorized(); next(); };
     class Unauthorized extends Error { status = 401; } app.get('/a', own, h);`,
    { '/a': ['xAPIKeyHeader | sessionCookie'] },
  ],
  [
    'one middleware says who it is, another refuses who nobody is',
    `import session from 'express-session'; app.use(session({ name: 'sid', secret })); app.use(async (req, res, next) => { if (req.session?.userId) req.user = await find(req.session.userId); next(); });
     const isIn = (role) => (req, res, next) => { if (!req.user) { res.status(403).end(); } else { next(); } }; app.get('/open', h); app.get('/a', isIn('x'), h);`,
    { '/open': [], '/a': ['sessionCookie'] },
  ],
  [
    'who shows nothing is let through',
    `const maybe = (req, res, next) => { const token = req.headers.authorization; if (!token) return next(); if (!check(token)) return res.status(401).end(); next(); }; app.get('/a', maybe, h);
     const soft = (req, res, next) => { const token = req.cookies.token; if (token) { if (!check(token)) return res.sendStatus(401); } next(); }; app.get('/b', soft, h);
     const auth = (options) => (req, res, next) => { if (!req.headers.authorization) return res.sendStatus(401); next(); }; app.get('/c', auth({ optional: true }), h);`,
    { '/a': [], '/b': [], '/c': [] },
  ],
  [
    'a guard that lets through paths nobody sees says nothing of one route; neither does one that only answers 401, nor another key',
    `app.use((req, res, next) => { if (open().includes(req.path)) return next(); ${bearer} }); app.get('/a', h);
     app.post('/in', (req, res) => { if (req.body.password !== 'x') return res.sendStatus(401); res.json({}); });
     app.get('/b', (req, res, next) => { if (!req.headers['idempotency-key']) return res.sendStatus(401); next(); }, h);`,
    { '/a': [], '/in': [], '/b': [] },
  ],
];

for (const [what, code, security] of guarded) {
  test(`guards of the application: ${what}`, () => {
    const { operations } = read({
      'index.ts': `import express from 'express'; const app = express(); const h = (req, res) => res.json({});\n${code}`,
    });
    const said = (one: OperationFact) => one.security.map(({ name }) => name).join(' | ');
    const found = Object.keys(security).map((key) => {
      const own = operations.filter(({ method, path }) => path === key || `${method} ${path}` === key);
      return [key, own.map(said).filter((text) => text !== '')];
    });
    assert.deepEqual(Object.fromEntries(found), security);
  });
}

test('a guard of which nobody sees what it looks at is said', () => {
  const code = `import express from 'express'; const app = express(); const h = (req, res) => res.json({});
const far = (req, res, next) => { if (!other.knows(req)) return res.sendStatus(401); next(); }; app.get('/a', far, h);
app.use((req, res, next) => { if (req.path !== entry() && !req.headers['x-api-key']) return res.sendStatus(401); next(); }); app.get('/b', h);`;
  const { operations, notes } = read({ 'index.ts': code });
  assert.deepEqual(
    operations.flatMap(({ security }) => security),
    [],
  );
  assert.deepEqual(
    notes.map(({ message }) => message),
    [
      'What is refused with 401 here is not seen to be told by a header or a cookie, so no security scheme is written.',
      'What is asked for here depends on the path of the request, so no security scheme is written.',
    ],
  );
});

test('frameworks that are not read are named where they are imported, once, if they register routes or nothing is read beside them', () => {
  const said = (files: Record<string, string>) =>
    read(files).notes.map(({ uri, start, end, message }) => [
      uri.split('/').at(-1),
      files['index.ts']?.slice(start, end),
      message,
    ]);
  const message = (name: string) =>
    `Routes of “${name}” are not read, so they are missing; what is read: AWS CDK, chanfana on Hono, Elysia, exegesis, Express, express-openapi, express-openapi-validator, Fastify, Hono, inversify-express-utils, itty-router, Koa, NestJS, Next.js, openapi-backend, oRPC, routing-controllers, SAM, Serverless Framework, ts-rest, tsoa, typescript-rest.`;
  const hapi = `import Hapi from '@hapi/hapi'; import './routes'; const server = Hapi.server({ port: 1 }); server.route({ method: 'GET', path: '/', handler: () => 'x' });`;
  assert.deepEqual(said({ 'index.ts': hapi, 'routes.ts': `import Hapi from '@hapi/hapi';` }), [
    ['index.ts', `'@hapi/hapi'`, message('@hapi/hapi')],
  ]);
  const types = `import type { Request } from '@feathersjs/feathers'; import express from 'express'; express().get('/', (req, res) => res.send('x'));`;
  assert.deepEqual(said({ 'index.ts': types }), []);
  const beside = `import { createError } from 'h3'; import express from 'express'; express().get('/', (req, res) => res.send('x'));`;
  assert.deepEqual(said({ 'index.ts': beside }), []);
  const two = `import polka from 'polka'; import express from 'express'; express().get('/', (req, res) => res.send('x')); polka().get('/b', () => 'x');`;
  assert.deepEqual(said({ 'index.ts': two }), [['index.ts', `'polka'`, message('polka')]]);
  const none = `import express from 'express'; export const make = (app) => app.listen(3000);`;
  assert.deepEqual(said({ 'index.ts': none }), [
    ['index.ts', '', 'Neither this file nor those it imports register a route that Lintel can see.'],
  ]);
});

test('Fastify: what a hook answers for routes with certain options is not said of others', () => {
  const files = {
    'index.ts': `import Fastify from 'fastify'; const app = Fastify();
app.addHook('onRequest', async (request, reply) => { if (request.routeOptions.schema?.deprecated) { return reply.code(410).send({ error: 'gone' }); } if (!request.headers.host) return reply.code(400).send({ error: 'host' }); });
app.get('/a', async () => ({ ok: true }));`,
  };
  assert.deepEqual(lines(files), ['get /a 200{ok!} 400{error!}']);
});

test('Nest: what interceptors make of answers, and what filters answer for exceptions', () => {
  const files = {
    'main.ts': `import { NestFactory } from '@nestjs/core'; import { AppModule } from './app.module'; import { Wrap, Log } from './wrap';
const app = await NestFactory.create(AppModule); app.useGlobalInterceptors(new Log(), new Wrap(app.get(Reflector)));`,
    'app.module.ts': `import { Module } from '@nestjs/common'; import { APP_FILTER } from '@nestjs/core'; import { C, Open } from './c'; import { All } from './filters';
@Module({ controllers: [C, Open], providers: [{ provide: APP_FILTER, useClass: All }] }) export class AppModule {}`,
    'wrap.ts': `import { CallHandler, ExecutionContext, Injectable, NestInterceptor, SetMetadata } from '@nestjs/common'; import { map, tap } from 'rxjs/operators';
export const Bare = () => SetMetadata('bare', true);
@Injectable() export class Log implements NestInterceptor { intercept(context: ExecutionContext, next: CallHandler) { return next.handle().pipe(tap(() => console.log('done'))); } }
@Injectable() export class Wrap<T> implements NestInterceptor<T, { data: T }> {
  constructor(private readonly reflector: Reflector) {}
  intercept(context: ExecutionContext, next: CallHandler) {
    const isBare = this.reflector.get<boolean>('bare', context.getHandler());
    if (isBare) return next.handle();
    return next.handle().pipe(map((answer) => {
      if (answer && answer.items) return { data: answer.items, total: answer.total };
      return { data: answer ?? null, at: new Date().toISOString() };
    }));
  }
}
export class Page { intercept(context, next) { return next.handle().pipe(map((list) => this.paged(list))); } paged(list) { return { items: list, total: list.length }; } }
export class Odd { intercept(context, next) { return next.handle().pipe(map((value) => decorate(value, this.options))); } }`,
    'filters.ts': `import { ArgumentsHost, Catch, ExceptionFilter, HttpException, NotFoundException, ConflictException } from '@nestjs/common';
@Catch() export class All implements ExceptionFilter { constructor(private readonly host: HttpAdapterHost) {}
  catch(exception: unknown, host: ArgumentsHost) {
    const ctx = host.switchToHttp(); const status = exception instanceof HttpException ? exception.getStatus() : 500;
    this.host.httpAdapter.reply(ctx.getResponse(), { error: { code: status, path: ctx.getRequest().url } }, status);
  } }
@Catch(NotFoundException) export class Missing implements ExceptionFilter {
  catch(exception: NotFoundException, host: ArgumentsHost) { host.switchToHttp().getResponse().status(404).json({ missing: exception.message }); } }`,
    'c.ts': `import { Controller, Delete, Get, HttpCode, NotFoundException, ConflictException, Res, UseFilters, UseInterceptors } from '@nestjs/common';
import { Bare, Odd, Page } from './wrap'; import { Missing } from './filters';
import { Exclude, Expose } from 'class-transformer';
class Cat { id: number; name: string; }
@Exclude() class Owner { @Expose() id: number; secret: string; @Expose({ name: 'fullName' }) name: string; }
@Controller('cats') export class C {
  @Get('owner') @Bare() owner(): Owner { return this.boss; }
  @Get() @UseInterceptors(Page) all(): Cat[] { return this.cats; }
  @Get(':id') one(): Cat { throw new NotFoundException(); }
  @Get(':id/name') @Bare() name(): Cat { throw new ConflictException(); }
  @Get(':id/file') file(@Res() res) { res.json({ raw: 1 }); }
  @Delete(':id') remove(): void {}
  @Delete() @HttpCode(204) clear(): void {}
}
@Controller('open') @UseFilters(new Missing()) export class Open {
  @Get() @UseInterceptors(new Odd()) get(): Cat { throw new NotFoundException(); }
}`,
  };
  const { operations, notes, types } = read(files, 'main.ts');
  assert.deepEqual(operations.map(line), [
    'get /cats/owner 200<Owner>',
    'get /cats 200{data! total!}',
    'get /cats/{id} 200{data! at!} 404{error!}',
    'get /cats/{id}/name 200<Cat> 409{error!}',
    'get /cats/{id}/file 200{raw!}',
    'delete /cats/{id} 200{data at!}',
    'delete /cats 204',
    'get /open 200{data! at!} 404{missing}',
  ]);
  assert.deepEqual(
    notes.map(({ uri, message }) => [uri.split('/').at(-1), message]),
    [['wrap.ts', 'What is made of answers here is not seen, so they are written as handlers give them.']],
  );
  assert.deepEqual(Object.keys(types.get('Owner')?.properties ?? {}), ['id', 'fullName']);
  const first = operations[1]?.responses[0]?.shape?.properties?.data;
  assert.deepEqual(first, { type: 'array', items: { ref: 'Cat' } });
});

test('Nest: guards of the project by what they look at, everywhere but where a decorator takes a route out', () => {
  const files = {
    'main.ts': `import { NestFactory } from '@nestjs/core'; import { AppModule } from './app.module'; NestFactory.create(AppModule);`,
    'app.module.ts': `import { Module } from '@nestjs/common'; import { APP_GUARD } from '@nestjs/core'; import { C } from './c'; import { Own } from './own';
@Module({ controllers: [C], providers: [{ provide: APP_GUARD, useClass: Own }] }) export class AppModule {}`,
    'own.ts': `import { CanActivate, ExecutionContext, Injectable, SetMetadata, UnauthorizedException } from '@nestjs/common'; import { Reflector } from '@nestjs/core';
export const KEY = 'isPublic'; export const Public = () => SetMetadata(KEY, true);
@Injectable() export class Own implements CanActivate { constructor(private reflector: Reflector) {}
  async canActivate(context: ExecutionContext) { const isPublic = this.reflector.getAllAndOverride<boolean>(KEY, [context.getHandler()]); if (isPublic) { return true; }
    const request = context.switchToHttp().getRequest(); const token = this.find(request); if (!token) { throw new UnauthorizedException(); } return true; }
  private find(request) { const [type, token] = request.headers.authorization?.split(' ') ?? []; return type === 'Bearer' ? token : undefined; } }
export class Key implements CanActivate { canActivate(context: ExecutionContext) { if (context.switchToHttp().getRequest().headers['x-api-key'] !== secret) throw new UnauthorizedException(); return true; } }`,
    'c.ts': `import { Controller, Get, UseGuards } from '@nestjs/common'; import { Key, Public } from './own';
@Controller() export class C { @Get('a') a() { return 1; } @Public() @Get('b') b() { return 1; } @Public() @UseGuards(Key) @Get('c') c() { return 1; } }`,
  };
  const { operations } = read(files, 'main.ts');
  assert.deepEqual(
    operations.map(({ path, security }) => [path, security.map(({ name }) => name)]),
    [
      ['/a', ['bearer']],
      ['/b', []],
      ['/c', ['xApiKeyHeader']],
    ],
  );
});

test('Nest: what class-transformer leaves out in one direction', () => {
  const files = {
    'index.ts': `import { Body, Controller, Post } from '@nestjs/common'; import { Exclude } from 'class-transformer';
class User { name: string; @Exclude() salt: string; @Exclude({ toPlainOnly: true }) password: string; @Exclude({ toClassOnly: true }) id: string; }
@Controller('users') export class Users { @Post() make(@Body() user: User): User { return user; } }`,
  };
  const { types } = read(files);
  const string = { type: 'string' };
  assert.deepEqual(types.get('User')?.properties, {
    name: string,
    password: { ...string, writeOnly: true },
    id: { ...string, readOnly: true },
  });
});

test('Nest: decorators that functions of the project apply, and responses of the whole document', () => {
  const files = {
    'main.ts': `import { NestFactory } from '@nestjs/core'; import { DocumentBuilder } from '@nestjs/swagger'; import { C } from './c';
const config = new DocumentBuilder().addGlobalResponse({ status: 500, description: 'Broken' }).addGlobalResponse({ status: 404, description: 'Nothing' }).build();`,
    'own.ts': `import { applyDecorators, UseGuards, UseInterceptors } from '@nestjs/common'; import { ApiBearerAuth, ApiNotFoundResponse, ApiOkResponse } from '@nestjs/swagger';
import { AuthGuard } from '@nestjs/passport'; import { map } from 'rxjs';
class Wrap { intercept(context, next) { return next.handle().pipe(map((data) => ({ data }))); } }
export const Auth = () => applyDecorators(UseGuards(AuthGuard('jwt')), ApiBearerAuth());
export function Doc(model: any) { return applyDecorators(Auth(), UseInterceptors(Wrap), ApiNotFoundResponse({ description: 'No cat' })); }
export const Found = (model: any) => applyDecorators(ApiOkResponse({ type: model }));
export const Paged = (model: any) => applyDecorators(ApiOkResponse({ schema: { properties: { items: { type: 'array', items: { $ref: getSchemaPath(model) } } } } }));
export const Either = (open: boolean) => { if (open) return applyDecorators(); return applyDecorators(UseGuards(AuthGuard('jwt'))); };`,
    'c.ts': `import { Controller, Get } from '@nestjs/common'; import { Auth, Doc, Either, Found, Paged } from './own';
class Cat { name: string }
@Controller() export class C {
  @Get('a') @Doc(Cat) a() { return { name: 'x' }; }
  @Get('b') @Auth() @Found(Cat) b() { return this.any; }
  @Get('c') @Paged(Cat) c(): Cat { return this.any; }
  @Get('d') @Either(true) d() { return 1; }
}`,
  };
  const { operations } = read(files, 'main.ts');
  const rest = '404{statusCode! message! error} 500{statusCode! message! error}';
  assert.deepEqual(operations.map(line), [
    `get /a (bearer) 200{data!} 401{statusCode! message! error} ${rest}`,
    `get /b (bearer) 200<Cat> 401{statusCode! message! error} ${rest}`,
    `get /c 200{items} ${rest}`,
    `get /d 200number ${rest}`,
  ]);
  const failure = operations[0]?.responses.find(({ status }) => status === '404');
  assert.equal(failure?.description, 'No cat');
  assert.equal(operations[2]?.responses[0]?.shape?.properties?.items?.items?.ref, 'Cat');
});

test('a choice of ways to show who one is becomes alternatives', () => {
  const at = { uri: 'file:///a', start: 0, end: 1, confidence: 'seen' as const };
  const key = { type: 'apiKey', in: 'header', name: 'X-Key' } as const;
  const bearerScheme = { type: 'http', scheme: 'bearer' } as const;
  const say = (security: OperationFact['security']) =>
    toOpenApi({
      operations: [{ method: 'get', path: '/', parameters: [], bodies: [], responses: [], security, source: at }],
      types: new Map(),
      notes: [],
    })
      .text.split('\n')
      .filter((one) => /^ {6,8}(?:- )?\w+: \[\]$/.test(one))
      .map((one) => one.trim());
  const one = { name: 'bearer', scheme: bearerScheme, choice: 'a', evidence: at };
  const other = { name: 'key', scheme: key, choice: 'a', evidence: at };
  assert.deepEqual(say([one, other]), ['- bearer: []', '- key: []']);
  // Behind two guards what both of them take is enough.
  assert.deepEqual(say([one, other, { ...other, choice: 'b' }]), ['- key: []']);
  assert.deepEqual(say([one, { ...other, choice: undefined }]), ['- key: []']);
});

test('Hono: schemas that functions put into a description, and registered security schemes', () => {
  const files = {
    'index.ts': `import { OpenAPIHono, createRoute, z } from '@hono/zod-openapi'; import type { ZodType } from 'zod';
const app = new OpenAPIHono(); app.openAPIRegistry.registerComponent('securitySchemes', 'Bearer', { type: 'http', scheme: 'bearer' });
const SECURED = [{ Bearer: [] }]; function content<T extends ZodType>(schema: T, description: string) { return { content: { 'application/json': { schema } }, description }; }
const route = createRoute({ method: 'post', path: '/a/:id', security: SECURED, request: { body: content(z.object({ name: z.string() }), 'New') }, responses: { 201: content(z.object({ id: z.string() }), 'Made') } });
app.openapi(route, (c) => c.json({ id: '1' }, 201)); export default app;`,
  };
  assert.deepEqual(lines(files), ['post /a/{id} (Bearer) body{name!} 201{id!}']);
});

test('Hono: what procedures of tRPC give back to a caller that a middleware sets', () => {
  const files = {
    'index.ts': `import { Hono } from 'hono'; import { caller } from './caller'; const app = new Hono().use(caller)
  .get('/posts', async (c) => c.json(await c.var.api.posts.list({ page: 1 })))
  .get('/me', async (c) => { const me = await c.var.api.me(); return c.json({ me }, 200); });
export default app;`,
    'caller.ts': `import { createMiddleware } from 'hono/factory'; import { appRouter, createCallerFactory } from './trpc'; const createCaller = createCallerFactory(appRouter);
export const caller = createMiddleware<{ Variables: { api: ReturnType<typeof createCaller> } }>(async (c, next) => { c.set('api', createCaller(c.get('ctx'))); await next(); });`,
    'trpc.ts': `import { initTRPC } from '@trpc/server'; import { z } from 'zod'; const t = initTRPC.context<Context>().create({ transformer });
export const createCallerFactory = t.createCallerFactory; const procedure = t.procedure.use(async (opts) => opts.next());
const posts = t.router({ list: procedure.use(auth()).input(z.object({ page: z.number() })).output(z.array(z.object({ id: z.string() }))).query(async ({ input }) => load(input)) });
export const appRouter = t.router({ posts, me: procedure.query(async () => ({ name: 'x' })) });`,
  };
  assert.deepEqual(lines(files), ['get /posts 200[{id!}]', 'get /me 200{me!}']);
});

test('Hono: what hono-openapi states of a route', () => {
  const files = {
    'index.ts': `import { Hono } from 'hono'; import { describeRoute, resolver } from 'hono-openapi'; import { z } from 'zod';
const Task = z.object({ id: z.number() });
const app = new Hono().get('/tasks', describeRoute({ summary: 'All tasks', responses: { 200: { description: 'They', content: { 'application/json': { schema: resolver(z.array(Task)) } } } } }), async (c) => c.json(await load()));
export default app;`,
  };
  const { operations } = read(files);
  assert.deepEqual(operations.map(line), ['get /tasks 200[{id!}]']);
  assert.equal(operations[0]?.summary, 'All tasks');
});

test('Next.js: folders, groups, re-exports, wrappers, helpers that answer', () => {
  const files = {
    'next.config.mjs': `export default { basePath: '/web' };`,
    'src/app/(api)/things/[id]/route.ts': `import { NextResponse } from 'next/server';
export async function GET(request: Request, { params }) { const { searchParams } = new URL(request.url); return NextResponse.json({ id: 1, view: searchParams.get('view') ?? 'all' }); }
export const DELETE = async () => new Response(null, { status: 204 });`,
    'src/app/things/route.ts': `export { POST } from '@/things';`,
    'tsconfig.json': '{ "compilerOptions": { "paths": { "@/*": ["./src/*"] } } }',
    'src/things.ts': `import { z } from 'zod'; import { secure } from './secure'; import { bad, ok } from './answers';
const Thing = z.object({ name: z.string() });
export const POST = secure({ handler: async ({ req }) => {
  const parsed = Thing.safeParse(await req.json());
  if (!parsed.success) return bad('name');
  return ok({ id: 'x' });
} });`,
    'src/secure.ts': 'export const secure = (options) => (req) => options.handler({ req });',
    'src/answers.ts': `const send = (body: any, status: number) => Response.json(body, { status });
export const bad = (field: string) => send({ field }, 422); export const ok = (data: any) => send({ data }, 201);`,
    'src/app/files/[[...path]]/route.ts': `export const GET = async (request) => { request.headers.get('X-Part'); return Response.json([1]); };`,
    'src/app/_private/route.ts': `export const GET = () => Response.json(1);`,
  };
  const expected = [
    'get /web/things/{id} ?view=string 200{id! view!}',
    'delete /web/things/{id} 204',
    'get /web/files @X-Part 200[number]',
    'get /web/files/{path} @X-Part 200[number]',
    'post /web/things body{name!} 201{data!} 422{field!}',
  ];
  assert.deepEqual(lines(files, 'next.config.mjs'), expected);
  assert.deepEqual(lines(files, 'src/app/(api)/things/[id]/route.ts'), [
    'get /things/{id} ?view=string 200{id! view!}',
    'delete /things/{id} 204',
  ]);
});

test('Express: servers of classes, methods and paths that helpers are given, loops over controllers', () => {
  const files = {
    'index.ts': `import express, { Router } from 'express'; import { Orders } from './orders'; import { route } from './helper';
class Server {
  private app: express.Application;
  constructor(private readonly controllers: { boot(): Promise<Router> }[]) { this.app = express(); }
  async init() { await this.mount(); }
  private async mount() { for (const one of this.controllers) this.app.use('/v1', await one.boot()); }
}
const server = new Server([new Orders()]); server.init();
const router = Router();
const call = (verb: string, path: string, handler) => register(verb.toLowerCase(), path, [], handler);
function register(method, path, before, handler) { router[method](path, ...before, (req, res) => handler(req, res)); }
call('GET', '/users', (req, res) => res.json({ id: 1 }));
call('PUT', '/users/:id', (req, res) => res.status(204).end());
route(router, 'delete', '/users/:id', (req, res) => res.sendStatus(202));
const app = express(); app.use('/api', router);`,
    'helper.ts': `export function route(router, method, path, handler) { router[method](path, (req, res) => handler(req, res)); }`,
    'orders.ts': `import { Router } from 'express';
export class Orders { path = '/orders'; boot() { const router = Router(); router.post(\`\${this.path}\`, (req, res) => res.status(201).json({ ok: true })); return router; } }`,
  };
  const { operations, notes } = read(files);
  assert.deepEqual(notes, []);
  assert.deepEqual(operations.map(line).sort(), [
    'delete /api/users/{id} 202',
    'get /api/users 200{id!}',
    'post /v1/orders 201{ok!}',
    'put /api/users/{id} 204',
  ]);
});

test('functions that call themselves and values made of themselves come to an end', () => {
  const spread = Array.from({ length: 30 }, (_, at) => `const a${at + 1} = { ...a${at}, ...a${at}, x: a${at} };`).join(' ');
  const files = {
    'index.ts': `import express from 'express'; const app = express();
function add(router, depth) { for (const name of ['a', 'b']) { add(router, depth - 1); add(router, depth - 2); } router.get('/' + depth, f); }
add(app, 9);
const a0 = { f: (req, res) => res.json(1) }; ${spread}
app.get('/spread', a30.f);
app.get('/loop', (req, res) => { let at; at = at.parent; res.json(at); });`,
  };
  assert.deepEqual(lines(files), ['get /9', 'get /spread 200number', 'get /loop 200_']);
});

test('Koa: other applications mounted, routes registered with a list of methods', () => {
  const files = {
    'index.ts': `import Koa from 'koa'; import mount from 'koa-mount'; import { api } from './api';
const app = new Koa(); app.use(mount('/api', api));`,
    'api.ts': `import Koa from 'koa'; import Router from '@koa/router'; const router = new Router();
router.post('items.list', (ctx) => { ctx.body = { data: [1] }; });
router.register('/both', ['get', 'post'], (ctx) => { ctx.status = 204; });
export const api = new Koa(); const outer = new Router(); outer.use('/', router.routes()); api.use(outer.routes());`,
  };
  assert.deepEqual(lines(files), ['post /api/items.list 200{data!}', 'get /api/both 204', 'post /api/both 204']);
});

test('Fastify: the plugins of a folder, below the names of their folders', () => {
  const plugin = (path: string) => `export default async function (app) { app.get('${path}', async () => ({ ok: true })); }`;
  const files = {
    'index.ts': `import Fastify from 'fastify'; import AutoLoad from '@fastify/autoload'; import { join, dirname } from 'node:path';
import { fileURLToPath } from 'node:url'; const __dirname = dirname(fileURLToPath(import.meta.url));
const app = Fastify(); app.register(AutoLoad, { dir: join(__dirname, 'routes'), routeParams: true, options: { prefix: '/api' } });`,
    'routes/root.ts': plugin('/'),
    'routes/users/index.ts': plugin('/'),
    'routes/users/helper.ts': `export const not = 'a plugin';`,
    'routes/users/_id/posts.ts': `const plugin = async (app) => { app.get('/posts', async () => []); }; module.exports = plugin;`,
    'routes/users/_id/posts.test.ts': plugin('/test'),
  };
  const { operations, notes } = read(files);
  assert.deepEqual(notes, []);
  assert.deepEqual(operations.map(line).sort(), [
    'get /api 200{ok!}',
    'get /api/users 200{ok!}',
    'get /api/users/{id}/posts 200[_]',
  ]);
});

test('Koa: handlers of services that a container makes by name', () => {
  const files = {
    'index.ts': `import { App } from './app'; import { createOrders } from './orders';
const container = new Ioc(); container.singleton('orders', async (deps) => createOrders({ store: await deps.use('store') }));
container.bind('twice', () => createOrders({})); container.bind('twice', () => createOrders({})); new App(container).start();`,
    'app.ts': `import Koa from 'koa'; import Router from '@koa/router';
export class App { constructor(private container: Container) {}
  async start() { const koa = new Koa(); const router = new Router(); const orders = await this.container.use('orders'); const twice = await this.container.use('twice');
    router.post('/orders', orders.create); router.get('/orders', orders.list); router.get('/twice', twice.list); koa.use(router.routes()); } }`,
    'orders.ts': `interface CreateContext { request: { body: { sku: string; count?: number } }; status: number; body: unknown }
export function createOrders(deps) { return { create: (ctx: CreateContext) => create(deps, ctx), list: (ctx) => { ctx.body = { items: [1] }; } }; }
async function create(deps, ctx: CreateContext) { const { sku } = ctx.request.body; if (!sku) { ctx.status = 422; return; } ctx.status = 201; ctx.body = { id: sku }; }`,
  };
  assert.deepEqual(lines(files), ['post /orders body{sku} 201{id!} 422', 'get /orders 200{items!}', 'get /twice']);
});

test('Next.js: of a function that answers several methods, what it does for the one', () => {
  const files = {
    'package.json': '{}',
    'pages/api/switched.ts': `export default async function handler(req, res) {
  switch (req.method) { case 'GET': return list(req, res); case 'PUT': case 'POST': return res.status(201).json({ id: req.body.name }); default: return res.status(405).end(); }
}
async function list(req, res) { const { page } = req.query; return res.status(200).json({ items: [page] }); }`,
    'pages/api/tested.ts': `export default async function handler(req, res) { const { method } = req;
  if (method === 'GET') { return res.status(200).json({ found: true }); } else if (method === 'PATCH') { return res.status(200).json({ changed: 1 }); }
  return res.status(405).json({ error: 'method' });
}`,
    'pages/api/handed.ts': `import { run } from '../../run'; const remove = async (req, res) => res.status(204).end();
const add = async (req, res) => { res.status(201).json({ id: req.body.id }); };
export default async function handler(req, res) { if (!req.headers.host) return res.status(400).json({ error: 'host' }); await run(req, res, { POST: add, DELETE: remove }); }`,
    'run.ts': `export const run = async (req, res, handlers) => { await handlers[req.method](req, res); };`,
  };
  const { operations, notes } = read(files, 'package.json');
  assert.deepEqual(notes, []);
  assert.deepEqual(operations.map(line), [
    'post /api/handed body{id} 201{id} 400{error!}',
    'delete /api/handed 204 400{error!}',
    'get /api/switched ?page=string 200{items!}',
    'post /api/switched body{name} 201{id}',
    'put /api/switched body{name} 201{id}',
    'get /api/tested 200{found!} 405{error!}',
    'patch /api/tested 200{changed!} 405{error!}',
  ]);
});

test('Next.js: a query that is written out under other names, and schemas of what is answered', () => {
  const files = {
    'package.json': '{}',
    'app/runs/route.ts': `import { z } from 'zod'; import { many } from '../../many'; import { held } from '../../held';
const IS_DRY = 'filter[dry]' as const; const Run = z.object({ id: z.string() });
const List = z.object({ limit: z.number().int().optional(), dry: z.enum(['true', 'false']).optional(), states: z.array(z.string()).optional(), own: z.string() });
export async function GET(req: Request) {
  const { searchParams } = new URL(req.url);
  const raw: Record<string, unknown> = { dry: searchParams.get(IS_DRY) ?? undefined, states: many(searchParams, 'filter[state]'), own: 'x' };
  if (searchParams.has('limit')) raw.limit = Number(searchParams.get('limit'));
  List.parse(raw);
  return Response.json(held(Run, await run()));
}`,
    'app/orders/route.ts': `import { z } from 'zod'; import { wrap } from '../../wrap'; import { held } from '../../held';
const Order = z.unknown().superRefine(check).pipe(z.object({ name: z.string() })); const Made = z.object({ id: z.string() });
export const POST = wrap({ schemas: { body: Order }, handler: async ({ req, params }) => Response.json(held(Made, { id: params.id }), { status: 201 }) });`,
    'many.ts': `export const many = (params: URLSearchParams, key: string) => params.getAll(key).flatMap((one) => one.split(','));`,
    'held.ts': `export const held = (schema, value) => { schema.parse(value); return value; };`,
    'wrap.ts': `export const wrap = (options) => (req, props) => options.handler({ req, params: props.params });`,
  };
  const { operations } = read(files, 'package.json');
  const query = new Map(operations.flatMap(({ parameters }) => parameters).map(({ name, shape }) => [name, shape]));
  assert.deepEqual([...query.keys()].sort(), ['filter[dry]', 'filter[state]', 'limit']);
  assert.deepEqual(query.get('filter[dry]')?.enum, ['true', 'false']);
  assert.equal(query.get('filter[state]')?.type, 'array');
  assert.deepEqual(
    operations.map(({ method, bodies }) => [method, ...bodies.map(({ shape }) => word(shape))]),
    [['post', '{name!}'], ['get']],
  );
});

test('routers of a folder whose paths are made of the names of its files, found by import()', () => {
  const files = {
    'index.ts': `import express from 'express'; import { router } from './routes/index.js'; const app = express(); app.use('/api', router);`,
    'routes/index.ts': `import { readdirSync, statSync } from 'fs'; import path from 'path'; import { Router } from 'express'; import { fileURLToPath } from 'url';
export const router = Router();
const here = path.dirname(fileURLToPath(import.meta.url)); const isBuilt = here.endsWith('/dist/routes'); const folder = here; const ending = isBuilt ? '.js' : '.ts';
function filesOf(dir: string): string[] { let files: string[] = [];
  for (const entry of readdirSync(dir)) { const full = path.join(dir, entry); if (statSync(full).isDirectory()) files = files.concat(filesOf(full)); else files.push(full); }
  return files; }
for (const file of filesOf(folder)) {
  let at = file.replace(folder, '').replace(new RegExp(\`\\\\\${ending}$\`), '').replace(/\\\\/g, '/').replace(/\\/main$/, '') || '/';
  const module = await import('./' + path.posix.relative(folder.replace(/\\\\/g, '/'), file)); const candidate = (module.router ?? module.default) as unknown;
  if (!isRouter(candidate)) continue;
  router.use(at, candidate);
}`,
    'routes/users.ts': `import { Router } from 'express'; export const router = Router(); router.get('/:id', (req, res) => res.json({ id: 1 }));`,
    'routes/shop/orders.ts': `import { Router } from 'express'; const r = Router(); r.post('/', (req, res) => res.sendStatus(204)); export default r;`,
    'routes/main.ts': `import { Router } from 'express'; const r = Router(); r.get('/', (req, res) => res.sendStatus(204)); export default r;`,
    'routes/schemas.ts': `export const users = {};`,
  };
  const { operations, notes } = read(files);
  assert.deepEqual(operations.map(line).sort(), ['get /api 204', 'get /api/users/{id} 200{id!}', 'post /api/shop/orders 204']);
  assert.deepEqual(notes, []);
  const chosen = `import express from 'express'; const app = express(); const found = await import(process.env.PLUGIN); const made = found.default; app.use('/api', made);`;
  assert.deepEqual(
    read({ 'index.ts': chosen }).notes.map(({ message }) => message),
    ['The mounted module is chosen at run time, so its routes are missing.'],
  );
});

test('Next.js: the API routes of the pages router, by the methods they name', () => {
  const files = {
    'package.json': '{}',
    'src/pages/api/items/index.ts': `import { z } from 'zod'; import { route, handlers } from '../../../route';
export default handlers({ GET: route({ querySchema: z.object({ page: z.number() }), fn: async ({ query }) => query }),
  POST: route({ bodySchema: z.object({ name: z.string() }), responseSchema: z.object({ id: z.string() }), fn: async () => {} }) });`,
    'src/pages/api/items/[id].ts': `export default async function handler(req, res) {
  if (req.method !== 'DELETE') return res.status(405).json({ message: 'no' });
  res.status(204).end();
}`,
    'src/pages/api/health.ts': `export default (req, res) => res.status(200).json({ ok: true });`,
    'src/route.ts': `export const route = (one) => one.fn; export const handlers = (all) => (req, res) => all[req.method](req, res);`,
  };
  assert.deepEqual(lines(files, 'package.json').sort(), [
    'delete /api/items/{id} 204',
    'get /api/health 200{ok!}',
    'get /api/items ?page!=number',
    'post /api/items body{name!} 200{id!}',
  ]);
});

test('two frameworks in one application are both read', () => {
  const files = {
    'index.ts': `import express from 'express'; import { Hono } from 'hono'; import { make } from './make';
const app = express(); app.get('/a', (req, res) => res.end()); const web = new Hono(); web.get('/b', (c) => c.text('x')); app.use('/c', make());`,
    'make.ts': `import { Router } from 'express'; export const make = () => { const r = Router(); r.get('/d', (req, res) => res.end()); return r; };`,
  };
  assert.deepEqual(lines(files).sort(), ['get /a 200', 'get /b 200string', 'get /c/d 200']);
});

test('Nest: a property that only answers have is of the type that its decorator says where its own says less', () => {
  const files = {
    'index.ts': `import { Controller, Get } from '@nestjs/common'; import { ApiResponseProperty } from '@nestjs/swagger'; import { Types } from 'mongoose';
class Owner { name: string; } class Cat { @ApiResponseProperty({ type: 'string' }) id: Types.ObjectId; @ApiResponseProperty({ type: Owner }) owner: Owner | Types.ObjectId; }
@Controller('cats') export class Cats { @Get() all(): Cat { return find(); } }`,
  };
  const { types } = read(files);
  const { id, owner } = types.get('Cat')?.properties ?? {};
  assert.deepEqual([id?.type, id?.readOnly, owner?.ref], ['string', true, 'Owner']);
});

test('Hono: the query of the address, and bodies that helpers read as text or bytes', () => {
  const files = {
    'index.ts': `import { Hono } from 'hono'; import { z } from 'zod'; import { parseQuery, readJson } from './read';
const app = new Hono(); const Page = z.object({ page: z.coerce.number(), sort: z.string().optional() }); const Item = z.object({ name: z.string() });
app.get('/a', (c) => { const params = new URL(c.req.url).searchParams; return c.json({ limit: Number(params.get('limit') ?? 25) }); });
app.get('/b', (c) => c.json(parseQuery(c, Page)));
app.post('/c', async (c) => { const item = await readJson(c, Item); return c.body(null, 204); });
app.post('/d', async (c) => { const text = await c.req.text(); Item.parse(JSON.parse(text)); return c.body(null, 204); });
app.post('/e', async (c) => { const kept = await cached(c); return c.body(null, 204); });
async function cached(c) { return Item.parse(JSON.parse(await store.get('x'))); }
export default app;`,
    'read.ts': `export function parseQuery<T>(c, schema: ZodSchema<T>): T { return schema.parse(Object.fromEntries(new URL(c.req.url).searchParams)); }
export const readJson = async (c, schema) => { const reader = c.req.raw.body.getReader(); const bytes = await all(reader); let body: unknown; try { body = JSON.parse(new TextDecoder().decode(bytes)); } catch { throw new Error('x'); }
  const parsed = schema.safeParse(body); return parsed.data; };`,
  };
  assert.deepEqual(lines(files), [
    'get /a ?limit=number 200{limit!}',
    'get /b ?page!=number ?sort=string 200{page! sort}',
    'post /c body{name!} 204',
    'post /d body{name!} 204',
    'post /e 204',
  ]);
});

test('Nest: guards that classes of the project hand down, and strategies of passport that the project makes', () => {
  const files = {
    'index.ts': `import { Controller, Get, Module, UseGuards, ForbiddenException } from '@nestjs/common'; import { AuthGuard } from '@nestjs/passport'; import { KeyStrategy } from './key';
class KeyGuard extends AuthGuard('key') {} class Own extends KeyGuard {} class Maybe extends AuthGuard('key') { handleRequest(error, user) { return user; } }
class Base { canActivate(context) { if (!context.switchToHttp().getRequest().headers['x-role']) throw new ForbiddenException(); return true; } } class Roles extends Base {}
@Controller('a') class A { @UseGuards(Own) @Get('own') own() { return 1; } @UseGuards(Maybe) @Get('maybe') maybe() { return 1; } @UseGuards(Roles) @Get('roles') roles() { return 1; } }
@Module({ controllers: [A], providers: [KeyStrategy] }) export class AppModule {}`,
    'key.ts': `import { HeaderAPIKeyStrategy } from 'passport-headerapikey'; import { PassportStrategy } from '@nestjs/passport';
export class KeyStrategy extends PassportStrategy(HeaderAPIKeyStrategy, 'key') { constructor() { super({ header: 'x-key', prefix: '' }, true, check); } }`,
  };
  const { operations } = read(files);
  assert.deepEqual(
    operations.map(({ path, security, responses }) => [
      path,
      ...responses.map(({ status }) => status).sort(),
      ...security.map(({ scheme }) => scheme),
    ]),
    [
      ['/a/own', '200', '401', { type: 'apiKey', in: 'header', name: 'x-key' }],
      ['/a/maybe', '200'],
      ['/a/roles', '200', '403'],
    ],
  );
});

test('Express: paths that the files of the package config set', () => {
  const files = {
    'package.json': '{}',
    'config/default.json': '{ "server": { "path": "/api/v1" } }',
    'index.js': `const config = require('config'); const express = require('express'); const app = express(); const router = express.Router();
router.get('/a', (req, res) => res.sendStatus(204)); app.use(config.get('server.path'), router); app.get(config.get('server.none') + '/b', (req, res) => res.end());`,
  };
  const { operations, notes } = read(files, 'index.js');
  assert.deepEqual(operations.map(line), ['get /api/v1/a 204']);
  assert.deepEqual(notes.map(({ message }) => message).sort(), [
    'The path is computed at run time, so its routes are missing.',
    '“/api/v1” is written, which the path is where nothing else is set.',
  ]);
});

test('Express: routers that a middleware asks, handlers that hand all on, and guards that look in path and query at once', () => {
  const files = {
    'index.js': `const express = require('express'); const app = express(); const { add, list } = require('./orders'); app.post('/orders', add); const inner = express.Router(); const lines = express.Router();
const mount = (at, { main, subs }) => { const all = express.Router();
  for (const { router, pattern } of subs) all.use((req, res, next) => { if (req.path.includes(pattern)) return router(req, res, next); next(); });
  all.use(main); app.use(at, all); };
const guard = (req, res, next) => { const all = { ...req.query, ...req.params }; if (!all.id && !all.key) return res.status(400).json({ error: 'x' }); next(); };
lines.get('/:id/lines', guard, (req, res) => res.json([1])); inner.get('/', async (req, res, next) => { await list(req, res, next); });
mount('/orders', { main: inner, subs: [{ router: lines, pattern: 'lines' }] });`,
    'orders.js': `const service = require('./service'); exports.add = (req, res) => { const order = JSON.parse(req.body.order); save(order.name); res.sendStatus(204); }; exports.list = async (req, res) => { res.json(await service.list(req.query)); };`,
    'service.js': `const rows = require('./rows'); exports.list = (params) => rows.find(params);`,
    'rows.js': `exports.find = (params) => read(params.state, params.page);`,
  };
  assert.deepEqual(lines(files, 'index.js').sort(), [
    'get /orders ?state=string ?page=string 200_',
    'get /orders/{id}/lines 200[number] 400{error!}',
    'post /orders body{order} 204',
  ]);
});

test('what a function is given is found anew for each framework', () => {
  const files = {
    'index.ts': `import { make } from './make'; import { Hono } from 'hono'; const web = new Hono(); web.get('/b', (c) => c.text('x')); const { app, stop } = make(); stop();`,
    'make.ts': `import express from 'express'; import { setup } from './setup'; export const make = () => { const app = express(); app.get('/c', (req, res) => res.end()); const stop = setup(app); return { app, stop }; };`,
    'setup.ts': `const mount = (app, path: string) => { app.post(path, (req, res) => res.sendStatus(204)); }; export const setup = (app) => { mount(app, '/a'); return () => {}; };`,
  };
  assert.deepEqual(lines(files).sort(), ['get /b 200string', 'get /c 200', 'post /a 204']);
});

test('what is built of a package, by its path, is its source', () => {
  const files = {
    'api/index.ts': `import express from 'express'; import { users } from '../core/dist/index.js'; const app = express(); app.use('/users', users);`,
    'core/src/index.ts': `import { Router } from 'express'; export const users = Router(); users.get('/', (req, res) => res.json({ id: 1 }));`,
  };
  assert.deepEqual([lines(files, 'api/index.ts'), read(files, 'api/index.ts').notes], [['get /users 200{id!}'], []]);
});

test('a package of the same repository is followed without an installation', () => {
  const files = {
    'package.json': '{ "workspaces": ["packages/*"] }',
    'packages/api/src/index.ts': `import express from 'express'; import { routes } from '@it/routes'; const app = express(); app.use('/x', routes);`,
    'packages/api/package.json': '{ "name": "@it/api" }',
    'packages/routes/package.json': '{ "name": "@it/routes", "main": "dist/index.js" }',
    'packages/routes/src/index.ts': `import { Router } from 'express'; export const routes = Router().get('/y', (req, res) => res.end());`,
  };
  assert.deepEqual(lines(files, 'packages/api/src/index.ts'), ['get /x/y 200']);
});

test('the document of what is read has no error of its own, and is the same each time', async () => {
  const files = {
    'package.json':
      '{ "name": "things", "version": "2.1.0", "description": "Things.", "author": "Ann <ann@example.com>", "license": "MIT" }',
    'index.ts': `import express from 'express'; import { z } from 'zod';
interface Node { id: number; next: Node | null; tags: string[]; kind: 'a' | 'b'; any: unknown; at?: Date }
const Body = z.object({ name: z.string().min(1).nullable(), n: z.number().int().gt(0), list: z.array(z.union([z.string(), z.number()])), e: z.enum(['x']).nullable() });
const app = express();
app.get('/nodes/:id', (req, res) => { res.json({} as Node); });
app.get('/nodes', (req, res) => { const { limit = 10, cursor } = req.query; res.json({ items: [] as Node[], cursor }); });
app.put('/nodes/:id', (req, res) => { const body = Body.parse(req.body); if (!body) { res.status(404).json({ error: 'x' }); return; } res.json(body); });`,
  };
  const host = memoryHost(Object.fromEntries(Object.entries(files).map(([name, text]) => [`file:///app/${name}`, text])));
  const lintel = createLintel(host, rules);
  const { text } = await lintel.generateOpenApi(['file:///app/index.ts']);
  assert.equal((await lintel.generateOpenApi(['file:///app/index.ts'])).text, text);
  assert.match(
    text,
    /title: things\n  version: 2\.1\.0\n  description: Things\.\n  contact:\n    name: Ann\n    email: ann@example\.com\n  license:\n    name: MIT/,
  );
  lintel.open('file:///app/api.yaml', text, 1, 'yaml');
  const findings = await lintel.check('file:///app/api.yaml', defaultConfig);
  // What only a person can add: descriptions, and what the application does not do.
  const expected = new Set([
    'operation-description',
    'error-problem-details',
    'not-found-response',
    'pagination-limit-bounded',
    'rate-limit-response',
    'security-required',
    'validation-error-response',
  ]);
  assert.deepEqual(
    findings.filter(({ rule }) => !expected.has(rule)).map(({ rule, message }) => `${rule}: ${message}`),
    [],
  );
});

test('an application of no known framework is said to be none', () => {
  const { operations, notes } = read({ 'index.ts': 'import http from "node:http"; http.createServer();' });
  assert.deepEqual(operations, []);
  assert.match(notes[0]?.message ?? '', /framework that Lintel reads/);
});

test('Express: routers that are loaded from a folder, by name, by pattern and by import()', () => {
  const files = {
    'package.json': '{}',
    'index.js': `const express = require('express'); const fs = require('fs'); const path = require('path'); const glob = require('glob');
const app = express();
const dir = path.join(__dirname, 'routes');
fs.readdirSync(dir).filter((file) => file.endsWith('.js') && file !== 'index.js').forEach((file) => {
  const name = file.split('.')[0];
  app.use('/api/' + name, require(path.join(dir, file)));
});
for (const file of glob.sync('plugins/**/*.route.js')) require(file)(app);
for (const entry of fs.readdirSync(path.join(__dirname, 'versions'), { withFileTypes: true })) {
  app.use(\`/\${path.parse(entry.name).name}\`, require(\`./versions/\${entry.name}\`).router);
}`,
    'routes/index.js': `module.exports = 1;`,
    'routes/users.js': `const { Router } = require('express'); const router = Router(); router.get('/:id', (req, res) => res.json({ id: 1 })); module.exports = router;`,
    'routes/orders.test.js': `throw 1;`,
    'plugins/a/hello.route.js': `module.exports = (app) => { app.get('/hello', (req, res) => res.json({ hello: 'you' })); };`,
    'versions/v1.js': `const { Router } = require('express'); const { add } = require('../shared'); const router = Router(); add(router); exports.router = router;`,
    'shared.js': `exports.add = (router) => { router.post('/items', (req, res) => res.status(201).json({ ok: true })); };`,
  };
  assert.deepEqual(lines(files, 'index.js').sort(), [
    'get /api/users/{id} 200{id!}',
    'get /hello 200{hello!}',
    'post /v1/items 201{ok!}',
  ]);
  assert.deepEqual(read(files, 'index.js').notes, []);
});

test('Routers: what a loop cannot be followed to is said', () => {
  const files = {
    'index.ts': `import express from 'express'; const app = express(); app.get('/a', (req, res) => res.json({}));
for (const route of load()) app[route.method](route.path, route.handler);
const more = [{ path: '/b', handler: (req, res) => res.json({ b: 1 }) }]; models.forEach((model) => { more.push(...model.routes()); });
more.forEach((route) => app.get(route.path, route.handler));`,
  };
  const { operations, notes } = read(files);
  assert.deepEqual(operations.map(line), ['get /a 200{}', 'get /b 200{b!}']);
  assert.deepEqual(
    notes.map(({ message }) => message),
    [
      'The method is chosen at run time, so its routes are missing.',
      'Routes are added to this list while the program runs, so they are missing.',
    ],
  );
});

test('Routers: extended by Object.assign, plugins by import(), services of a container', () => {
  const files = {
    'index.ts': `import Fastify from 'fastify'; const add = (app, plugin) => { app.register(plugin, { prefix: '/v1' }); };
const app = Fastify(); add(app, import('./pets')); app.register(import('./dogs').then((it) => it.dogs));`,
    'pets.ts': `export default async function pets(app) { app.get('/pets', async () => container.get(Pets).all()); }
class Pets { all(): { name: string }[] { return []; } }`,
    'dogs.ts': `export const dogs = async (app) => { app.get('/dogs', async () => ({ ok: true })); };`,
  };
  assert.deepEqual(lines(files), ['get /v1/pets 200[{name!}]', 'get /dogs 200{ok!}']);
  const express = {
    'index.ts': `import express, { Router } from 'express'; const app = express();
const make = () => { const router = Router(); router.get('/x', (req, res) => res.json({ x: 1 })); return Object.assign(router, { stop() {} }); };
app.use('/y', make());`,
  };
  assert.deepEqual(lines(express), ['get /y/x 200{x!}']);
});

test('Express: what express-validator checks', () => {
  const files = {
    'index.ts': `import express from 'express'; import { body, query, param, check, checkSchema } from 'express-validator'; import { validate } from './validate';
const app = express();
const paging = [query('page').optional().isInt({ min: 1 }).toInt(), query(['from', 'to']).isISO8601()];
app.get('/items', paging, (req, res) => { res.json([]); });
app.post('/items/:id', validate([param('id').isUUID(), body('name').trim().isLength({ min: 1, max: 20 }), body('owner.email').isEmail(), check('tags').optional().isArray(), body('lines.*.count').isInt()]), (req, res) => { res.sendStatus(201); });
app.put('/items/:id', checkSchema({ kind: { in: ['query'], isIn: true }, size: { in: 'body', isInt: true, optional: true } }), (req, res) => { res.sendStatus(204); });`,
    'validate.ts': `export const validate = (chains) => async (req, res, next) => { for (const chain of chains) await chain.run(req); next(); };`,
  };
  const { operations } = read(files);
  assert.deepEqual(operations.map(line), [
    'get /items ?page=integer ?from!=date-time ?to!=date-time 200[_]',
    'post /items/{id} body{name! owner! tags lines!} 201',
    'put /items/{id} ?kind!=string body{size} 204',
  ]);
  const [, post] = operations;
  assert.deepEqual(post?.parameters[0]?.shape, { type: 'string', format: 'uuid' });
  const { properties } = post?.bodies[0]?.shape ?? {};
  assert.deepEqual(properties?.name, { type: 'string', minLength: 1, maxLength: 20 });
  assert.deepEqual(properties?.owner?.properties, { email: { type: 'string', format: 'email' } });
  assert.deepEqual(properties?.lines?.items?.properties, { count: { type: 'integer' } });
});

test('Fastify: hooks of contexts and routes, shared plugins and decorations guard routes', () => {
  const files = {
    'index.ts': `import Fastify from 'fastify'; import fp from 'fastify-plugin';
const app = Fastify();
app.decorate('authenticate', async (request, reply) => { if (!request.headers.authorization?.startsWith('Bearer ')) return reply.code(401).send({ error: 'who?' }); });
const keys = fp(async (scope) => { scope.addHook('onRequest', (request, reply, done) => { if (request.headers['x-api-key'] !== key) { reply.code(401).send({ error: 'key' }); return; } done(); }); });
app.get('/open', async () => ({ ok: true }));
app.get('/own', { preHandler: [app.authenticate] }, async () => ({ id: 1 }));
app.route({ method: 'POST', url: '/own', onRequest: app.authenticate, handler: async () => ({ id: 1 }) });
app.register(async (scope) => { scope.get('/keyed', async () => ({ ok: true })); scope.register(keys); });
app.register(async (scope) => { scope.addHook('preHandler', async (request, reply) => { if (!(await known(request.ip))) reply.code(401).send(); }); scope.get('/near', async () => ({ ok: true })); });`,
  };
  const { operations, notes } = read(files);
  assert.deepEqual(operations.map(line), [
    'get /open 200{ok!}',
    'get /own (bearer) 200{id!} 401{error!}',
    'post /own (bearer) 200{id!} 401{error!}',
    'get /keyed (xApiKeyHeader) 200{ok!} 401{error!}',
    'get /near 200{ok!} 401',
  ]);
  assert.match(notes.map(({ message }) => message).join(), /^What is refused with 401 here is not seen/);
});

test('Next and Nest: sessions of packages, and guards that nobody sees what they look at', () => {
  const next = {
    'next.config.js': '',
    'package.json': '{}',
    'auth.ts': `import NextAuth from 'next-auth'; export const { handlers, auth } = NextAuth({});`,
    'app/api/a/route.ts': `import { auth } from '../../../auth'; export async function GET() { const session = await auth(); if (!session) return Response.json({ error: 'no' }, { status: 401 }); return Response.json({ ok: true }); }`,
    'app/api/b/route.ts': `export async function GET(request) { if (!(await allowed(request))) return Response.json({ error: 'no' }, { status: 401 }); return Response.json({ ok: true }); }`,
  };
  const { operations, notes } = read(next, 'next.config.js');
  assert.deepEqual(operations.map(line), [
    'get /api/a (authjsSessionTokenCookie) 200{ok!} 401{error!}',
    'get /api/b 200{ok!} 401{error!}',
  ]);
  assert.equal(notes.length, 1);
  const nest = {
    'index.ts': `import { Controller, Get, UseGuards, UnauthorizedException } from '@nestjs/common';
class Near { async canActivate(context) { if (!(await near(context))) throw new UnauthorizedException(); return true; } }
@Controller('c') export class C { @UseGuards(Near) @Get() all() { return { ok: true }; } }`,
  };
  assert.match(
    read(nest)
      .notes.map(({ message }) => message)
      .join(),
    /^What is refused with 401 here is not seen/,
  );
});

test('Express: wrappers are no step deeper, switches of functions count as they are given, a named rest is a parameter', () => {
  const files = {
    'index.ts': `import express from 'express'; import { z } from 'zod'; const app = express();
const wrap = (handler) => (req, res, next) => Promise.resolve(handler(req, res, next)).catch(next);
const outer = (handler) => wrap(async (req, res, next) => { await handler(req, res, next); });
const onlyKnown = (req, { paged }: { paged: boolean } = { paged: false }) => z.object(paged ? { page: z.number() } : {}).safeParse(req.query);
const answer = async ({ res, id }) => reply(res, id); const reply = (res, id: number) => res.status(202).json({ id });
app.get('/a', outer(async (req, res) => { onlyKnown(req); await answer({ res, id: 1 }); }));
app.get('/b', wrap(async (req, res) => { onlyKnown(req, { paged: true }); res.json({ ok: true }); }));
app.get('/files{/*path}', (req, res) => res.json({ ok: true })); app.get('/*rest', (req, res) => res.json({}));`,
  };
  const { operations } = read(files);
  assert.deepEqual(operations.map(line), [
    'get /a 202{id!}',
    'get /b ?page!=number 200{ok!}',
    'get /files 200{ok!}',
    'get /files/{path} 200{ok!}',
  ]);
});

test('schemas that the code names are written once, and by that name', () => {
  const files = {
    'index.ts': `import { OpenAPIHono, createRoute, z } from '@hono/zod-openapi'; const app = new OpenAPIHono();
const OwnerSchema = z.object({ id: z.string() }); const Once = z.object({ once: z.boolean() });
const Pet = z.object({ name: z.string(), owner: OwnerSchema, other: OwnerSchema }).openapi('Animal');
const json = (schema) => ({ description: 'x', content: { 'application/json': { schema } } });
app.openapi(createRoute({ method: 'get', path: '/pets', responses: { 200: json(z.array(Pet)), 400: json(Once) } }), list);
app.openapi(createRoute({ method: 'post', path: '/pets', request: { body: json(Pet.omit({ other: true })) }, responses: { 201: json(Pet) } }), add);`,
  };
  const { text } = toOpenApi(read(files));
  assert.deepEqual(
    [...text.matchAll(/\$ref: "#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name),
    ['Animal', 'Owner', 'Animal', 'Owner', 'Owner'],
  );
  assert.match(text, /schemas:\n {4}Animal:\n[^]*\n {4}Owner:\n/);
  assert.doesNotMatch(text, /Once:|description: Animal/);
});

test('a module that is chosen at run time is missing, whatever it is mounted on', () => {
  const files = (mounted: string) => ({
    'index.ts': `import express from 'express'; const app = express(); app.get('/a', (req, res) => res.json({}));
class Server { register(file, to) { let router = require(file); if (router.default) router = router.default; (to ?? app.locals.main).use('/b', <Router>router); } }
function load(to, name) { to.use(require(name)); } ${mounted}`,
    'b.ts': `import { Router } from 'express'; const r = Router(); r.get('/b', (req, res) => res.json({})); module.exports = r;`,
  });
  const messages = (mounted: string) => read(files(mounted)).notes.map(({ message }) => message);
  const missing = 'The mounted module is chosen at run time, so its routes are missing.';
  assert.deepEqual(messages("load(app, './b'); new Server();"), [missing]);
  assert.deepEqual(messages('new Server();'), [missing, missing]);
});

test('headers that OpenAPI ignores are no parameters', () => {
  const files = {
    'index.ts': `import { NestFactory } from '@nestjs/core'; import { Controller, Get, Headers, Module } from '@nestjs/common';
@Controller('pets') class Pets { @Get() list(@Headers('Authorization') token: string, @Headers('x-tenant') tenant: string) { return []; } }
@Module({ controllers: [Pets] }) class App {}
NestFactory.create(App);`,
  };
  assert.deepEqual(toOpenApi(read(files)).text.match(/- name: .*/g), ['- name: pets', '- name: x-tenant']);
});

test('Koa: what rest parameters take, routers of a list, classes that extend the router, frozen paths', () => {
  const files = {
    'index.ts': `import Koa from 'koa'; import Router from '@koa/router'; import users from './users'; import { Table } from './table'; import { hidden } from 'tables';
const make = () => {
  const inner = new Router(); users(inner, {});
  const tags = new Table('tags', {}); tags.relate('posts');
  const gone = new Table(hidden.name, {});
  inner.use(tags.routes()).use(gone.routes());
  return [inner];
};
const app = new Koa(); for (const router of make()) app.use(router.routes());`,
    'users.ts': `import one from './one'; export default function users(...args) { one(...args); }`,
    'one.ts': `const paths = Object.freeze({ me: '/me' }); export default function one(...[router, services]) { router.get(paths.me, (ctx) => { ctx.body = 'x'; }); }`,
    'table.ts': `import Router from '@koa/router';
export class Table extends Router {
  constructor(name, options) { super({ prefix: '/' + name }); this.#add(); }
  #add() { this.get('/', (ctx) => { ctx.body = []; }); }
  relate(path = 'all') { this.post(\`/:id/\${path}\`, (ctx) => { ctx.status = 204; }); }
}`,
  };
  const { operations, notes } = read(files);
  assert.deepEqual(operations.map(line), ['get /tags 200[_]', 'post /tags/{id}/posts 204', 'get /me 200string']);
  assert.deepEqual(
    notes.map(({ message }) => message),
    ['The path is computed at run time, so its routes are missing.'],
  );
});

test('Hono: an application that a class keeps, whose methods a function hands out', () => {
  const files = {
    'index.ts': `import { Hono } from 'hono'; import { Guarded } from './guarded'; import { z } from 'zod'; import { zValidator } from '@hono/zod-validator';
const guarded = new Guarded({ basePath: '/users' });
guarded.allow('all').get('/', zValidator('query', z.object({ page: z.number() })), (c) => c.json([1]));
more(guarded);
function more(own) { own.allow('some').delete('/:id', (c) => c.body(null, 204)); }
const app = new Hono(); app.route('/api', guarded.hono); export default app;`,
    'guarded.ts': `import { Hono } from 'hono';
export class Guarded {
  readonly hono;
  constructor(options) { this.hono = new Hono().basePath(options.basePath); }
  allow(whom) {
    const bind = (method) => (path, ...handlers) => { const verb = this.hono[method]; return verb.call(this.hono, path, check(whom), ...handlers); };
    return { get: bind('get'), delete: bind('delete') };
  }
}`,
  };
  assert.deepEqual(lines(files), ['delete /api/users/{id} 204', 'get /api/users ?page!=number 200[number] 400']);
});

test('Express: what is mounted behind a pattern whose parts may be absent', () => {
  const code = `import express from 'express'; const app = express(); const api = express.Router();
api.get('/ping', (req, res) => res.sendStatus(204)); app.use(/(\\/api)?/, api); app.use(/\\/v\\d/, api);`;
  const { operations, notes } = read({ 'index.ts': code });
  assert.deepEqual(operations.map(line), ['get /api/ping 204']);
  assert.deepEqual(
    notes.map(({ message }) => message),
    [
      '“/api” is written, which the path may lack here.',
      'The path is a pattern that OpenAPI cannot express, so its routes are missing.',
    ],
  );
});

test('Next.js: a wrapper that is called in the handler, generic functions that answer, handlers a function makes', () => {
  const files = {
    'package.json': '{}',
    'app/api/users/route.ts': `import { withKey } from '../../../lib'; import { page } from '../../../lib';
export async function GET(request) { return withKey(request, async (req, context) => { const size = read(req); return page([{ id: 1 }], 1); }); }
function read(req) { return req.nextUrl.searchParams.get('size'); }`,
    'app/api/notes/route.ts': `import { notesOf } from '../../../lib'; export const { GET, DELETE } = notesOf('user');`,
    'lib.ts': `import { NextRequest, NextResponse } from 'next/server';
export function page<T>(data: T[], total: number): NextResponse<{ data: T[] }> { return NextResponse.json({ data, meta: { total } }); }
const failed = (code: string, status: number) => NextResponse.json({ code }, { status });
const failures = { missing: () => failed('missing', 401) };
export async function withKey(request: NextRequest, handler: (request: NextRequest, context: unknown) => Promise<NextResponse>) {
  if (!request.headers.get('authorization')) return failures.missing();
  return run(() => handler(request, {}));
}
export function notesOf(kind) {
  return { GET: async (request) => page([{ text: kind }], 1), DELETE: async (request) => new NextResponse(null, { status: 204 }) };
}`,
  };
  assert.deepEqual(lines(files, 'app/api/users/route.ts'), [
    'get /api/users (authorizationHeader) ?size=string 200{data! meta!} 401{code!}',
  ]);
  assert.deepEqual(lines(files, 'app/api/notes/route.ts'), ['get /api/notes 200{data! meta!}', 'delete /api/notes 204']);
  const [{ responses = [] } = {}] = read(files, 'app/api/users/route.ts').operations;
  assert.deepEqual(
    Object.keys(responses.find(({ status }) => status === '200')?.shape?.properties?.data?.items?.properties ?? {}),
    ['id'],
  );
});

test('Express: what a factory is given tells what its handlers read and answer, and a function of the project the status', () => {
  const files = {
    'index.ts': `import express from 'express'; import { z } from 'zod'; import { endpoint } from './endpoint';
const get = endpoint({ path: '/a', query: z.object({ page: z.number() }), answer: z.object({ id: z.string(), size: z.number() }) })(async () => load());
const app = express(); for (const route of [get]) app.get(route.path, route.handler);`,
    'endpoint.ts': `import { RequestHandler } from 'express'; import { z, ZodType } from 'zod';
interface Described<Q, A> { path: string; query?: Q; answer?: A }
type Endpoint<Q, A> = Described<Q, A> & { tags?: string[] };
type Handler<Q extends ZodType, A extends ZodType> = RequestHandler<unknown, { message: string } | z.infer<A>, unknown, z.infer<Q>>;
async function run(work): Promise<{ status: number; body: unknown }> {
  try { return { status: 200, body: await work() }; } catch (error) { return { status: error.status || 400, body: { message: error.message } }; }
}
export function endpoint<Q extends ZodType, A extends ZodType>(data: Endpoint<Q, A>) {
  return (work: () => Promise<z.infer<A>>) => {
    const handler: Handler<Q, A> = async (req, res) => { const { status, body } = await run(work); return res.status(status).json(body); };
    return { path: data.path, handler };
  };
}`,
  };
  const { operations, notes } = read(files);
  assert.deepEqual(notes, []);
  assert.deepEqual(operations.map(line), ['get /a ?page!=number 200{id! size!} 400{message}']);
});

test('Express in CommonJS: validators by name whose schemas are those of the parts; what guards look for elsewhere is left out', () => {
  const files = {
    'index.js': `const express = require('express'); const { validators } = require('./validators'); const guard = require('./guard');
const app = express(); app.get('/a/:id', validators.search, guard, (req, res) => res.json({ a: 1 })); app.post('/a', validators.create, (req, res) => res.status(201).json({ id: 1 }));`,
    'guard.js': `module.exports = (req, res, next) => { const id = req.params.id || req.query.id || req.body.id; return id ? next() : res.sendStatus(404); };`,
    'validators.js': `module.exports = { validators: require('./objects') };`,
    'objects.js': `const Joi = require('joi'); const { validate } = require('./validate'); const { type } = require('./type');
const schema = { search: { params: Joi.object({ id: type.id.required() }), query: Joi.object({ page: Joi.number(), tags: type.tags() }) }, create: { body: Joi.object({ name: Joi.string().required() }) } };
const validators = { search: validate(schema.search), create: validate(schema.create) };
module.exports = validators; module.exports.schema = schema;`,
    'type.js': `const Joi = require('joi'); const type = { id: Joi.string().guid(), tags: () => Joi.object() }; exports.type = type;`,
    'validate.js': `const validate = (schema) => (req, res, next) => { for (const [part, one] of Object.entries(schema)) one.validate(req[part]); next(); }; module.exports = { validate };`,
  };
  assert.deepEqual(lines(files, 'index.js'), [
    'get /a/{id} ?page=number ?tags=object 200{a!} 404',
    'post /a body{name!} 201{id!}',
  ]);
});

test('Express: results of neverthrow, and a package that another depends on by its folder', () => {
  const files = {
    'package.json': '{ "name": "api", "dependencies": { "core": "file:core" } }',
    'index.ts': `import express from 'express'; import { find } from 'core'; const app = express();
app.get('/users/:id', async (req, res) => {
  const found = await find(req.params.id);
  if (found.isErr()) return res.status(500).json({ error: found.error.message });
  res.json(found.value);
});`,
    'core/package.json': '{ "name": "core", "main": "src/index.ts" }',
    'core/src/index.ts': `import { err, ok } from 'neverthrow'; export interface User { id: string; name: string }
export async function find(id: string) { const user: User = await load(id); return user ? ok(user) : err(new Error('none')); }`,
  };
  assert.deepEqual(lines(files), ['get /users/{id} 200<User> 500{error}']);
});

test('a type of types without a name is written where it is used', () => {
  const code = `import express, { Response } from 'express'; interface Page<T> { items: T[] } interface User { id: string }
const app = express(); app.get('/a', (req, res: Response<Page<{ n: number }>>) => res.json(load())); app.get('/b', (req, res: Response<Page<User>>) => res.json(load()));`;
  const { operations, types } = read({ 'index.ts': code });
  assert.deepEqual(operations.map(line), ['get /a 200{items!}', 'get /b 200<PageUser>']);
  assert.deepEqual([...types.keys()].sort(), ['PageUser', 'User']);
});

test('Express: what is registered for every method and refuses all but one is that one', () => {
  const code = `import express from 'express'; const app = express();
function assertMethod(actual, expected) { if (actual !== expected) throw new Error(expected); }
const only = (method, work) => async (req, res) => { assertMethod(req.method, method); await work(req, res); };
app.all('/ping', only('GET', (req, res) => res.json({ ok: true }))); app.all('/log', (req, res) => { if (req.method !== 'POST') return res.sendStatus(405); res.sendStatus(204); });`;
  assert.deepEqual(lines({ 'index.ts': code }), ['get /ping 200{ok!}', 'post /log 204 405']);
});

test('Express and Fastify: what is written in pieces, and statuses that are set before, chosen, or left to a wrapper', () => {
  const express = `import express from 'express'; import { pipeline } from 'node:stream/promises'; const app = express();
app.get('/events', (req, res) => { res.setHeader('Content-Type', 'text/event-stream'); res.write('data: 1'); req.on('close', () => res.end()); });
app.get('/head', (req, res) => { res.writeHead(206, { 'Content-Type': 'video/mp4' }); open().pipe(res); });
app.get('/file', async (req, res) => { res.type('text/csv'); await pipeline(rows(), res); });
app.get('/health', (req, res) => { const code = isUp() ? 200 : 503; res.status(code).json({ ok: true }); });
app.put('/thing', (req, res) => { let status = 200; if (isNew()) status = 201; if (isOld()) { return res.status(status).json({ id: 1 }); } res.status(status).end(); });
app.post('/nested', (req, res) => { res.status(202); try { if (x) { res.json({ id: 1 }); return; } } finally { done(); } });
const sends = (handler: (req: express.Request, res: express.Response) => Promise<any>) => async (req, res, next) => {
  try { const result = await handler(req, res); res.json(result); } catch (error) { next(error); }
};
app.post('/made', sends(async (req, res) => { res.status(201); return { id: 1, name: 'a' }; }));
app.get('/made', sends(async () => [{ id: 1 }]));`;
  assert.deepEqual(lines({ 'index.ts': express }), [
    'get /events 200 200string',
    'get /head 206',
    'get /file 200string',
    'get /health 200{ok!} 503{ok!}',
    'put /thing 200 200{id!} 201 201{id!}',
    'post /nested 202{id!}',
    'post /made 201{id! name!}',
    'get /made 200[{id!}]',
  ]);
  const fastify = `import Fastify from 'fastify'; const app = Fastify();
app.post('/a', async (request, reply) => { reply.code(201); return { id: 1 }; });
app.get('/b', (request, reply) => { reply.raw.writeHead(200, { 'Content-Type': 'text/event-stream' }); reply.raw.write('x'); });`;
  assert.deepEqual(lines({ 'index.ts': fastify }), ['post /a 201{id!}', 'get /b 200string']);
});

test('Hono: responses of the platform, streams, verbs behind a parameter', () => {
  const code = `import { Hono } from 'hono'; import { streamSSE } from 'hono/streaming'; import { streamText } from 'ai';
const app = new Hono();
app.delete('/a/:id', async (c) => { if (!x) return c.json({ error: 'x' }, 404); return new Response(null, { status: 204 }); });
app.get('/b', (c) => streamSSE(c, async (stream) => { await stream.writeSSE({ data: '1' }); }));
app.post('/c', async (c) => streamText({ prompt: 'x' }).toUIMessageStreamResponse());
app.get('/d', (c) => Response.json({ id: 1 }, { status: 203 }));
app.post('/e/{id}:cancel', (c) => c.body(null, 204));
export default app;`;
  assert.deepEqual(lines({ 'index.ts': code }), [
    'delete /a/{id} 204 404{error!}',
    'get /b 200string',
    'post /c 200string',
    'get /d 203{id!}',
    'post /e/{id}:cancel 204',
  ]);
});

test('a part of the request is read in the constructor it is given to, and in a copy of the request', () => {
  const code = `import express from 'express'; const app = express();
class Page { limit: number; constructor(query: any) { this.limit = Number(query.limit); if (query.after) this.after = query.after; } static of(query: any) { return new Page(query); } }
app.get('/items', (req, res) => { res.json({ page: Page.of(req.query).limit }); });`;
  assert.deepEqual(lines({ 'index.ts': code }), ['get /items ?limit=number ?after=string 200{page!}']);
  const next = {
    'package.json': '{}',
    'app/posts/route.ts': `import { NextRequest } from 'next/server';
const withUser = (handler: (req: NextRequest) => Promise<Response>) => async (req: NextRequest) => {
  if (!req.headers.get('authorization')) return Response.json({ error: 'x' }, { status: 401 });
  return handler(new NextRequest(req.url, { method: req.method, headers: req.headers, body: req.body }));
};
async function create(req: NextRequest) { const { title } = await req.json(); return Response.json({ title }, { status: 201 }); }
export const POST = withUser(create);`,
  };
  assert.deepEqual(lines(next, 'package.json'), ['post /posts (authorizationHeader) body{title} 201{title} 401{error!}']);
});

test('Fastify: an entry that exports a plugin; modules of Promise.all; Nest: what is said of a whole controller', () => {
  const plugin = {
    'index.ts': `import AutoLoad from '@fastify/autoload'; import { join } from 'node:path'; import type { FastifyPluginAsync } from 'fastify';
const app: FastifyPluginAsync = async (fastify, opts) => { void fastify.register(AutoLoad, { dir: join(__dirname, 'routes') }); fastify.get('/', async () => ({ root: true })); };
export default app;`,
    'routes/items/index.ts': `export default async (fastify) => { fastify.get('/', async () => [{ id: 1 }]); };`,
  };
  assert.deepEqual(lines(plugin), ['get /items 200[{id!}]', 'get / 200{root!}']);
  const lazy = {
    'index.ts': `import { Hono } from 'hono'; const build = async () => {
  const [users, { items }] = await Promise.all([import('./users'), import('./items')]);
  const app = new Hono(); app.route('/users', users.users); app.route('/items', items); return app;
};
build();`,
    'users.ts': `import { Hono } from 'hono'; export const users = new Hono().get('/', (c) => c.json({ id: 1 }));`,
    'items.ts': `import { Hono } from 'hono'; export const items = new Hono().get('/', (c) => c.json({ name: 'a' }));`,
  };
  assert.deepEqual(lines(lazy), ['get /users 200{id!}', 'get /items 200{name!}']);
  const nest = `import { Controller, Get, Module, Post } from '@nestjs/common'; import { ApiResponse } from '@nestjs/swagger';
@ApiResponse({ status: 200, description: 'Fine' }) @Controller('a') class A { @Post() make() { return { id: 1 }; } @Get() all() { return [{ id: 1 }]; } @ApiResponse({ status: 200 }) @Post('b') b() { return { id: 1 }; } }
@Module({ controllers: [A] }) export class AppModule {}`;
  assert.deepEqual(lines({ 'index.ts': nest }), ['post /a 200 201{id!}', 'get /a 200[{id!}]', 'post /a/b 200{id!}']);
});

test('Express: files of a folder by their compiled names, and what a turn leaves out', () => {
  const files = {
    'index.ts': `import express from 'express'; import fs from 'fs'; import path from 'path'; const app = express();
const open = ['auth'];
fs.readdirSync(path.join(__dirname, 'routes')).forEach((file) => {
  if (file === 'index.js') return;
  const name = file.replace('.js', '');
  const route = require(\`\${__dirname}/routes/\${name}.js\`);
  if (open.includes(name)) app.use(\`/api/\${name}\`, route); else app.use(\`/api/\${name}\`, guard, route);
});
function guard(req, res, next) { if (!req.headers.authorization) return res.status(401).json({ error: 'x' }); next(); }`,
    'routes/index.ts': `import express from 'express'; const router = express.Router(); router.get('/never', (req, res) => res.json({})); module.exports = router;`,
    'routes/auth.ts': `import express from 'express'; const router = express.Router(); router.post('/login', (req, res) => res.json({ token: 'a' })); module.exports = router;`,
    'routes/users.ts': `import express from 'express'; const router = express.Router(); router.get('/', (req, res) => res.json([{ id: 1 }])); module.exports = router;`,
  };
  assert.deepEqual(lines(files), [
    'post /api/auth/login 200{token!}',
    'get /api/users (authorizationHeader) 200[{id!}] 401{error!}',
  ]);
});

test('what stands beside a spread body is not the body’s, and a cast that says nothing hides nothing', () => {
  const code = `import { Hono } from 'hono'; const app = new Hono();
interface NewBooking { ledgerId: string; resource: string; note?: string }
declare function create(input: NewBooking): Promise<{ id: string }>;
app.post('/ledgers/:id/bookings', async (c) => { const body = c.get('parsed') ?? (await c.req.json()); return c.json(await create({ ...(body as object), ledgerId: c.req.param('id') }), 201); });
export default app;`;
  assert.deepEqual(lines({ 'index.ts': code }), ['post /ledgers/{id}/bookings body{resource note} 201{id!}']);
});

test('Nest: one path for controllers that name a parameter differently, getters that are shown, schemas of two classes', () => {
  const code = `import { applyDecorators, Controller, Get, Module, Param, Post, Type } from '@nestjs/common'; import { ApiOkResponse, ApiProperty, getSchemaPath } from '@nestjs/swagger'; import { Expose } from 'class-transformer';
class Lease { id: string; @ApiProperty() @Expose() get title(): string { return 'a'; } get hidden(): string { return 'b'; } }
class Page { @ApiProperty() total: number; }
const Paged = (model: Type, more: { properties?: object } = {}) => applyDecorators(ApiOkResponse({ schema: { title: \`Paged\${model.name}\`, allOf: [{ $ref: getSchemaPath(Page) }, { properties: { results: { type: 'array', items: { $ref: getSchemaPath(model) } }, ...more.properties } }] } }));
@Controller('orgs') class A { @Get(':id/leases') @Paged(Lease) all(@Param('id') id: string) { return find(id); } @Get(':id/lease') one(): Lease { return x; } }
@Controller('orgs/:orgId/leases') class B { @Post() make(@Param('orgId') orgId: number): void {} }
@Module({ controllers: [A, B] }) export class AppModule {}`;
  const { operations, types } = read({ 'index.ts': code });
  assert.deepEqual(operations.map(line), [
    'get /orgs/{id}/leases 200{total results}',
    'get /orgs/{id}/lease 200<Lease>',
    'post /orgs/{id}/leases 201',
  ]);
  assert.deepEqual(
    operations[2]?.parameters.map(({ name, shape }) => [name, shape.type]),
    [['id', 'number']],
  );
  assert.deepEqual(Object.keys(types.get('Lease')?.properties ?? {}), ['id', 'title']);
  assert.deepEqual(operations[0]?.responses[0]?.shape?.properties?.results, { type: 'array', items: { ref: 'Lease' } });
});

test('loops over names, values and modules register, and so do lists that packages make of routers', () => {
  const router = (path: string) =>
    `import { Router } from 'express'; const router = Router(); router.get('${path}', (req, res) => res.json({ ok: true })); export default router;`;
  const express = {
    'index.ts': `import express, { Router } from 'express'; import paths from './paths'; import * as all from './all'; const app = express();
for (const path in paths) app.use(path, paths[path]);
app.use('/all', Object.values(all));
const get = (path: string, handler: any) => app.get(path, handler);
['/b', '/c'].forEach((path) => get(path, (req, res) => res.status(202).end()));`,
    'paths.ts': `import users from './users'; export default { '/users': users };`,
    'all.ts': `export * from './some'; export { default as users } from './users';`,
    'some.ts': `export { default as orders } from './orders';`,
    'users.ts': router('/'),
    'orders.ts': router('/orders'),
  };
  assert.deepEqual(lines(express).sort(), [
    'get /all 200{ok!}',
    'get /all/orders 200{ok!}',
    'get /b 202',
    'get /c 202',
    'get /users 200{ok!}',
  ]);
  const fastify = `import Fastify from 'fastify'; const app = Fastify();
for (const route of [{ method: 'PUT', url: '/a', handler: async (request) => load(request) }]) app.route({ ...route, schema: {} });`;
  assert.deepEqual(lines({ 'index.ts': fastify }), ['put /a 200']);
  const koa = `import Koa from 'koa'; import Router from '@koa/router'; import compose from 'koa-compose'; import combine from 'koa-combine-routers'; import session from 'koa-session';
const users = new Router({ prefix: '/users' }); users.get('/', (ctx) => { ctx.body = { id: 1 }; });
const orders = new Router(); orders.post('/orders', (ctx) => { ctx.status = 202; });
const app = new Koa(); app.use(session({ key: 'id' }, app)); app.use(compose([users.routes(), users.allowedMethods()])); app.use(combine(orders)());`;
  assert.deepEqual(lines({ 'index.ts': koa }), ['get /users 200{id!}', 'post /orders 202']);
});

test('Next.js: a route that hands on to Hono serves what Hono does; a wrapper answers what the handler it is given gives back', () => {
  const mounted = {
    'package.json': '{}',
    'app/api/[[...route]]/route.ts': `import { handle } from 'hono/vercel'; import { Hono } from 'hono'; const app = new Hono().basePath('/api');
app.get('/hello', (c) => c.json({ message: 'hi' })); export const GET = handle(app); export const POST = handle(app);`,
    'app/api/plain/route.ts': `import { route } from '../../route'; export const GET = route({ auth: 'none', handler: async () => ({ plain: true }) });`,
    'app/route.ts': `interface Config { auth: string; handler: (context: { user?: string }) => Promise<Response | Record<string, unknown>> }
export const route = (config: Config) => async (request: Request) => { const result = await config.handler({}); if (result instanceof Response) return result; return Response.json(result); };`,
  };
  assert.deepEqual(lines(mounted, 'package.json'), ['get /api/hello 200{message!}', 'get /api/plain 200{plain!}']);
});

test('Hono: handlers and applications that a factory hands on', () => {
  const files = {
    'index.ts': `import { createFactory, createMiddleware } from 'hono/factory'; import { zValidator } from '@hono/zod-validator'; import { z } from 'zod';
const factory = createFactory(); const app = factory.createApp();
const guard = createMiddleware(async (c, next) => { if (!c.req.header('x-key')) return c.json({ error: 'no' }, 401); await next(); });
const add = factory.createHandlers(guard, zValidator('json', z.object({ name: z.string() })), (c) => c.json({ id: 1 }, 201));
app.get('/a', ...factory.createHandlers((c) => c.text('a'))).post('/a', ...add); export default app;`,
  };
  assert.deepEqual(lines(files), ['get /a 200string', 'post /a (xKeyHeader) body{name!} 201{id!} 400 401{error!}']);
});

test('what a query writes says what of a body it is given', () => {
  const files = {
    'schema.prisma': `model User {
  id Int @id @default(autoincrement())
  email String
  name String?
  role String @default("guest")
  at DateTime @default(now())
  posts Post[]
}
model Post {
  id Int @id
}`,
    'index.ts': `import express from 'express'; import { PrismaClient } from '@prisma/client'; import { model, Schema } from 'mongoose';
const prisma = new PrismaClient(); const app = express();
const Pet = model('Pet', new Schema({ name: { type: String, required: true }, age: Number }, { timestamps: true }));
app.post('/users', async (req, res) => { await prisma.user.create({ data: req.body }); res.sendStatus(201); });
app.put('/users/:id', async (req, res) => { await prisma.user.update({ where: { id: 1 }, data: { ...req.body, role: 'x' } }); res.sendStatus(204); });
app.post('/pets', async (req, res) => { await new Pet(req.body).save(); res.sendStatus(201); });
app.patch('/pets/:id', async (req, res) => { await Pet.findByIdAndUpdate(req.params.id, { $set: req.body }); res.sendStatus(204); });`,
  };
  assert.deepEqual(lines(files), [
    'post /users body{email! name role} 201',
    'put /users/{id} body{email name} 204',
    'post /pets body{name! age} 201',
    'patch /pets/{id} body{name age} 204',
  ]);
});

test('a validator of a type, and paths below settings that a library declares', () => {
  const files = {
    'env.ts': `import { z } from 'zod'; export const env = z.object({ PREFIX: z.string().min(1).default('/api'), PORT: z.coerce.number() }).parse(process.env);`,
    'index.ts': `import express from 'express'; import { z } from 'zod'; import { env } from './env'; import { cleanEnv, str } from 'envalid';
const more = cleanEnv(process.env, { ADMIN: str({ default: '/admin' }) }); interface Money { amount: number; unit: string }
const app = express(); const router = express.Router(); const admin = express.Router();
router.post('/pay', (req, res) => { const { price } = z.object({ price: z.custom<Money>() }).parse(req.body); res.json(price); });
admin.get('/', (req, res) => res.sendStatus(204)); app.use(env.PREFIX, router); app.use(more.ADMIN, admin);`,
  };
  assert.deepEqual(lines(files), ['post /api/pay body{price!} 200<Money>', 'get /admin 204']);
});

test('Routers: lists that functions add to, applications that members keep, routers behind all methods of a path', () => {
  const files = {
    'registry.ts': `const modules = []; export function add(module) { modules.push(module); }
export function mount(app) { for (const module of modules) for (const route of module.routes) app[route.method](\`/v1\${route.path}\`, route.handler); }`,
    'users.ts': `import { add } from './registry'; const list = (req, res) => res.json([{ id: 1 }]); add({ routes: [{ method: 'get', path: '/users', handler: list }] });`,
    'admin.js': `const express = require('express'); module.exports = function make() { const admin = express(); admin.get('/roles', (req, res) => res.json({ name: 'x' })); return admin; };`,
    'orders.js': `const express = require('express'); module.exports = function make(ctx) { const api = express.Router(); ctx.admin = require('./admin')();
  api.get('/orders', (req, res) => res.json({ open: 1 })); api.get('/elsewhere', (req, res) => res.json({})); return api; };`,
    'index.ts': `import express from 'express'; import './users'; import { mount } from './registry'; const app = express(); const ctx = {}; mount(app);
app.all('/orders*', require('./orders')(ctx)); app.use('/admin', ctx.admin); app.listen(3000);`,
  };
  assert.deepEqual(lines(files), ['get /orders 200{open!}', 'get /admin/roles 200{name!}', 'get /v1/users 200[{id!}]']);
});

test('Fastify: route files that a function finds which walks through folders', () => {
  const files = {
    'routes/a/list.ts': `const route = { method: 'GET', url: '/a', handler: async () => ({ a: 1 }) }; export default route;`,
    'routes/b.ts': `export default { method: 'POST', url: '/b', handler: async (req, reply) => { reply.code(201).send({ b: 1 }); } };`,
    'index.ts': `import Fastify from 'fastify'; import { readdirSync } from 'node:fs'; import { join } from 'node:path'; import { fileURLToPath } from 'node:url';
function walk(dir) { return readdirSync(dir, { withFileTypes: true }).flatMap((file) => (file.isDirectory() ? walk(join(dir, file.name)) : join(dir, file.name))); }
async function routes(app) { const here = fileURLToPath(new URL('.', import.meta.url)); for (const file of walk(join(here, 'routes'))) {
  let route; const module = await import(\`file://\${file}\`).catch(() => null); if (!module) continue; route = module.default; app.route(route); } }
const app = Fastify(); app.register(routes, { prefix: '/v1' });`,
  };
  assert.deepEqual(lines(files), ['get /v1/a 200{a!}', 'post /v1/b 201{b!}']);
});

test('what a query is taken for, or made into before it is validated; what guards look for anywhere; copies of a body', () => {
  const files = {
    'index.ts': `import express from 'express'; import { z } from 'zod'; const app = express();
interface Filter { state: string; limit?: number } const list = (filter: Filter) => []; const add = (user: { name: string; age?: number }) => user;
const left = { extra: true } as const; const Page = z.object({ page: z.coerce.number(), size: z.number().optional(), extra: z.string() }).omit(left); const own = (query) => ({ ...query });
const guard = (req, res, next) => { const id = pick(req.query.orderId) || req.params.orderId || req.body.orderId; if (!id) return res.sendStatus(403); next(); };
app.get('/a', guard, (req, res) => { list(req.query as unknown as Filter); res.sendStatus(204); });
app.get('/b', (req, res) => { const raw = Object.fromEntries(Object.keys(Page.shape).map((key) => [key, req.query[key]])); Page.parse(raw); res.sendStatus(204); });
app.get('/c', (req, res) => { Page.parse({ page: req.query.page, size: 3 }); res.sendStatus(204); });
app.post('/d', (req, res) => { const body = { ...req.body }; add(body); res.sendStatus(204); });
app.get('/e', validate({ query: z.object({}) }), (req, res) => { log(req.query.debug); res.sendStatus(204); });`,
  };
  assert.deepEqual(lines(files), [
    'get /a ?state!=string ?limit=number 204 403',
    'get /b ?page!=number ?size=number 204',
    'get /c ?page!=number 204',
    'post /d body{name! age} 204',
    'get /e 204',
  ]);
});

test('Nest: decorators whose options constants hold, and schemas of content that name a class', () => {
  const files = {
    'index.ts': `import { Body, Controller, Module, Post } from '@nestjs/common'; import { ApiBody, ApiOperation, ApiResponse } from '@nestjs/swagger'; import { NestFactory } from '@nestjs/core';
class UserDto { id: string; name: string } class CreateDto { name: string }
const RESPONSES: Record<string, object> = { 201: { status: 201, description: 'Made', content: { 'application/json': { schema: { type: 'object', properties: { data: { $ref: '#/components/schemas/UserDto' } }, required: ['data'] } } } } };
const BODIES = { create: { type: CreateDto } }; const TEXTS = { summary: 'Makes one' };
@Controller('users') class Users { @Post() @ApiOperation(TEXTS) @ApiBody(BODIES.create) @ApiResponse(RESPONSES[201]) create(@Body() body) { return this.service.create(body); } }
@Module({ controllers: [Users] }) class App {} const app = await NestFactory.create(App);`,
  };
  const { operations } = read(files);
  assert.deepEqual(operations.map(line), ['post /users body<CreateDto> 201{data!}']);
  assert.equal(operations[0]?.summary, 'Makes one');
  assert.equal(operations[0]?.responses[0]?.shape?.properties?.data?.ref, 'UserDto');
});

test('helpers that are given the name of what they read, hand out a part of the request, or give a body back', () => {
  const files = {
    'index.ts': `import express from 'express'; import './orders'; const app = express();
const bodyOf = (request) => (typeof request.body === 'string' ? JSON.parse(request.body) : request.body); const flag = (req, name: string) => req.query[name] === 'true';
interface User { id: string; name: string; age?: number } const clean = <T extends object>(value: T): Omit<T, 'id'> => value; const save = (user: User) => user;
app.post('/a', (req, res) => { const { title, tags = [] } = bodyOf(req); res.sendStatus(204); });
app.get('/b', (req, res) => { if (flag(req, 'open') || flag(req, 'late')) res.sendStatus(204); });
app.post('/c', (req, res) => { save(clean(req.body)); res.sendStatus(204); });`,
    'orders.ts': `import { Hono } from 'hono'; const app = new Hono(); const limitOf = (c, name: string) => Number(c.req.query(name) ?? 10);
app.get('/', (c) => c.json({ limit: limitOf(c, 'limit') })); export const orders = app;`,
  };
  assert.deepEqual(lines(files), [
    'get / ?limit=number 200{limit!}',
    'post /a body{title tags} 204',
    'get /b ?open=string ?late=string 204',
    'post /c body{name! age} 204',
  ]);
});

test('packages by the names that Deno has for them', () => {
  const files = {
    'index.ts': `import { Hono } from 'jsr:@hono/hono@^4'; import { z } from 'npm:zod@3.24'; const app = new Hono(); const Name = z.object({ name: z.string() });
app.post('/a', async (c) => { const body = Name.parse(await c.req.json()); return c.json(body, 201); }); Deno.serve(app.fetch);`,
  };
  assert.deepEqual(lines(files), ['post /a body{name!} 201{name!}']);
});

test('answers of classes that a handler makes, and helpers that add what they are given to what they send', () => {
  const files = {
    'index.ts': `import express from 'express'; import Answer from './answer'; const app = express(); const make = () => ({ id: 'a', total: 3 });
const respond = (res, extra?: Record<string, string | number | null>) => { res.json({ ...extra, message: 'Done' }); };
app.post('/a', (req, res) => { const order = make(); new Answer(201, res, 'Made', order); });
app.get('/b', (req, res) => { const { id, total } = make(); respond(res, { id, total }); });`,
    'answer.ts': `import { Response } from 'express'; export default class Answer { private code: number; private data: any;
constructor(code: number, res: Response, private message?: any, data?: any) { this.code = code; this.data = data; this.send(res); }
private send(res: Response) { return res.status(this.code).send({ message: this.message, data: this.data }); } }`,
  };
  assert.deepEqual(lines(files), ['post /a 201{message! data!}', 'get /b 200{id! total! message!}']);
  const [made] = read(files).operations;
  assert.deepEqual(Object.keys(made?.responses[0]?.shape?.properties?.data?.properties ?? {}), ['id', 'total']);
});

test('bodies that a function hands out under a name, whose failure is caught, of which one part is validated, whose lists are gone through', () => {
  const files = {
    'app/a/route.ts': `const parse = async (request: Request): Promise<{ data: unknown } | { error: Response }> => { let body; try { body = JSON.parse(await request.text()); } catch { return { error: Response.json({ error: 'no' }, { status: 400 }) }; } return { data: body }; };
const parseJson = parse; export async function POST(request: Request) { const parsed = await parseJson(request); if ('error' in parsed) return parsed.error; const body = parsed.data as Record<string, unknown>; return Response.json({ name: String(body.name) }); }`,
    'app/b/route.ts': `import { z } from 'zod'; const Note = z.object({ id: z.string().uuid(), text: z.string() });
export async function POST(request: Request) { const body = await request.json().catch(() => null); if (!Note.shape.id.safeParse(body.id).success) return Response.json({ error: 'no' }, { status: 400 }); return Response.json({ text: String(body.text) }); }`,
    'app/c/route.ts': `export async function POST(request: Request) { const { moves } = await request.json(); for (const move of moves) { if (!move.from) return new Response(null, { status: 400 }); } const all = moves.map(({ to }) => to); return Response.json({ count: moves.length }); }`,
    'next.config.mjs': 'export default {};',
  };
  assert.deepEqual(lines(files, 'next.config.mjs'), [
    'post /a body{name} 200{name!} 400{error!}',
    'post /b body{id text} 200{text!} 400{error!}',
    'post /c body{moves} 200{count} 400',
  ]);
  const [, , moves] = read(files, 'next.config.mjs').operations;
  assert.equal(word(moves?.bodies[0]?.shape.properties?.moves ?? {}), '[{from to}]');
});

test('Hono: a database that a middleware keeps, and what a schema of Drizzle relates its tables to', () => {
  const files = {
    'index.ts': `import { Hono } from 'hono'; import { drizzle } from 'drizzle-orm/d1'; import * as schema from './schema'; import { own } from './own';
const app = new Hono(); app.use('*', async (c, next) => { const db = drizzle(c.env.DB, { schema }); c.set('db', db); await next(); }); app.route('/own', own);
app.get('/a', async (c) => { const db = c.get('db'); const all = await db.query.members.findMany({ with: { league: { columns: { name: true }, with: { members: true } } } }); return c.json(all); });
export default app;`,
    'own.ts': `import { Hono } from 'hono'; import { drizzle } from 'drizzle-orm/d1'; import * as schema from './schema'; type Db = ReturnType<typeof drizzle<typeof schema>>;
const first = (db: Db) => db.query.leagues.findFirst({ with: { members: true } }); export const own = new Hono(); own.get('/', async (c) => c.json({ league: await first(c.get('db')) }));`,
    'schema.ts': `import { sqliteTable, text } from 'drizzle-orm/sqlite-core'; import { relations } from 'drizzle-orm';
export const leagues = sqliteTable('leagues', { id: text('id').primaryKey(), name: text('name').notNull() });
export const members = sqliteTable('members', { id: text('id').primaryKey(), leagueId: text('league_id').notNull() });
export const leaguesRelations = relations(leagues, ({ many }) => ({ members: many(members) }));
export const membersRelations = relations(members, ({ one }) => ({ league: one(leagues, { fields: [members.leagueId], references: [leagues.id] }) }));`,
  };
  const found = read(files).operations;
  const all = found.find(({ path }) => path === '/a')?.responses[0]?.shape?.items;
  assert.equal(word(all ?? {}), '{id! leagueId! league!}');
  assert.equal(word(all?.properties?.league ?? {}), '{name! members!}');
  assert.equal(word(all?.properties?.league?.properties?.members ?? {}), '[{id! leagueId!}]');
  const own = found.find(({ path }) => path === '/own')?.responses[0]?.shape?.properties?.league;
  assert.equal(word(own ?? {}), '{id! name! members!}');
});

test('Express in CommonJS: exports that have a name, objects that are filled later, and a helper of a rest of arguments', () => {
  const files = {
    'index.ts': `import express from 'express'; const app = express(); const routes = {} as any;
routes.orders = require('./routes/orders')(); app.use('/orders', routes.orders); app.listen(1);`,
    'routes/helpers.js': `const helpers = module.exports;
helpers.route = function (...args) {
  const [router, verb, path] = args; const guards = args.length > 4 ? args[args.length - 2] : []; const handler = args[args.length - 1];
  router[verb](path, [refuse, ...guards], helpers.tried(handler));
};
helpers.tried = (handler) => async (req, res, next) => { try { await handler(req, res, next); } catch (error) { next(error); } };
function refuse(req, res, next) { if (!req.headers['x-api-key']) return res.status(401).end(); next(); }`,
    'routes/orders.js': `const { Router } = require('express'); const { route } = require('./helpers'); const controllers = require('../controllers');
module.exports = function () { const router = Router();
  route(router, 'get', '/', controllers.orders.list); route(router, 'post', '/', [limit], controllers.orders.items.add); return router; };
function limit(req, res, next) { if (req.headers['x-slow']) return res.status(429).end(); next(); }`,
    'controllers/index.js': `const Controllers = module.exports; Controllers.orders = require('./orders');`,
    'controllers/orders.js': `const Orders = (module.exports = {});
Orders.list = async (req, res) => res.json({ total: Orders.count(), page: Number(req.query.page) });
Orders.count = () => 3; Orders.items = {}; Orders.items.add = async (req, res) => res.status(201).json({ sku: String(req.body.sku) });`,
  };
  const { operations, notes } = read(files);
  assert.deepEqual(notes, []);
  assert.deepEqual(operations.map(line), [
    'post /orders (xApiKeyHeader) @x-slow body{sku} 201{sku!} 401 429',
    'get /orders (xApiKeyHeader) ?page=number 200{total! page!} 401',
  ]);
});

test('an envelope has what a call puts into it', () => {
  const files = {
    'index.ts': `import express from 'express'; const app = express();
interface Envelope<T = unknown> { success: boolean; data?: T; error?: { code: string; details?: string }; meta?: { page: number } }
function done<T>(data: T, meta?: Envelope['meta']): Envelope<T> { return { success: true, data, ...(meta ? { meta } : {}) }; }
function failed(code: string, details?: string): Envelope { return { success: false, error: { code, ...(details && { details }) } }; }
const send = (res, { data, meta, status = 200 }: { data: object; meta?: Record<string, unknown>; status?: number }) =>
  res.status(status).json({ data, meta } as { data: object; meta?: { total?: number } });
const kept = <T>(data: T, meta?: { page: number }): Envelope<T> => { meta = meta ?? { page: 1 }; return { success: true, data, meta }; };
app.get('/one', (req, res) => res.json(done({ id: 1 })));
app.get('/many', (req, res) => { if (!req.query.page) return res.status(400).json(failed('page')); res.json(done([{ id: 1 }], { page: 1 })); });
app.get('/plain', (req, res) => send(res, { data: { id: 1 } }));
app.get('/counted', (req, res) => send(res, { data: { id: 1 }, meta: { total: 3 } }));
app.get('/spread', (req, res) => { const found = { ok: true, data: { id: 1 } }; send(res, { ...found }); });
app.get('/kept', (req, res) => res.json(kept({ id: 1 })));`,
  };
  assert.deepEqual(lines(files), [
    'get /one 200{success! data!}',
    'get /many ?page=string 200{success! data! meta} 400{success! error!}',
    'get /plain 200{data!}',
    'get /counted 200{data! meta!}',
    'get /spread 200{data!}',
    'get /kept 200{success! data! meta!}',
  ]);
});

test('what an object that is written out holds of a request, what the rest of a body is, and what the application sets itself', () => {
  const files = {
    'index.ts': `import express from 'express'; const app = express();
const store = {
  add: (data) => ({ title: String(data.title), owner: data.ownerId, more: data.source.kind }),
  find: (caller, data) => [String(data.search), data.id, caller],
  change: ({ input, id }) => ({ id, name: String(input.name) }),
};
app.post('/a', (req, res) => res.status(201).json(store.add({ ...req.body, ownerId: req.user.id })));
app.get('/a/:id', (req, res) => res.json(store.find(req.user, { ...req.query, ...req.params })));
app.put('/a/:id', (req, res) => { const { token, ...input } = req.body; check(token); store.change({ input, id: req.params.id }); res.status(204).end(); });
app.post('/b', (req, res) => { req.body.ownerId = req.user.id; req.body.title = req.body.title.trim();
  res.json({ ok: save(req.body.ownerId, req.body.title, req.body.kind) }); });`,
  };
  assert.deepEqual(lines(files), [
    'post /a body{title source} 201{title! owner more}',
    'get /a/{id} ?search=string 200[_]',
    'put /a/{id} body{token name} 204',
    'post /b body{title kind} 200{ok}',
  ]);
});

test('Fastify: what the items of a loop hold, validators by name, is known of each of the routes', () => {
  const files = {
    'index.ts': `import Fastify from 'fastify'; import { z, type ZodTypeAny } from 'zod'; const app = Fastify();
interface Entity { name: string; schema: ZodTypeAny; repo: { create(data: unknown): Promise<any> } }
const skills = { create: async (data: unknown) => ({ level: 1 }) };
const entities: Entity[] = [{ name: 'jobs', schema: z.object({ title: z.string() }), repo: { create: async () => ({ id: 'a' }) } },
  { name: 'skills', schema: z.object({ level: z.number() }), repo: skills }];
entities.forEach((entity) => { app.post('/' + entity.name, async (request, reply) => {
  const parsed = entity.schema.safeParse(request.body); if (!parsed.success) return reply.code(400).send({ error: 'body' });
  return { data: await entity.repo.create(parsed.data) }; }); });
for (const { name, schema } of entities) app.put('/' + name, async (request) => { schema.parse(request.body); return { ok: true }; });`,
  };
  assert.deepEqual(lines(files), [
    'post /jobs body{title!} 200{data!} 400{error!}',
    'post /skills body{level!} 200{data!} 400{error!}',
    'put /jobs body{title!} 200{ok!}',
    'put /skills body{level!} 200{ok!}',
  ]);
});

test('Koa: statuses that a guard of a route states, and a body that a middleware makes again of what was answered', () => {
  const files = {
    'index.ts': `import Koa from 'koa'; import Router from '@koa/router'; import { z } from 'zod'; const app = new Koa(); const router = new Router();
const guard = ({ params, body, response, status }) => async (ctx, next) => { params?.parse(ctx.params); body?.parse(ctx.request.body); await next();
  if (response) { const result = response.safeParse(ctx.body); ctx.body = result.data; } };
router.post('/orders', guard({ body: z.object({ sku: z.string() }), response: z.object({ id: z.string() }), status: [201, 422] }), async (ctx, next) => {
  ctx.status = 201; ctx.body = await save(ctx.request.body); return next(); });
router.delete('/orders/:id', guard({ params: z.object({ id: z.string() }), status: [204, 404] }), async (ctx) => { await drop(ctx.params.id); ctx.status = 204; });
router.get('/orders', guard({ response: z.array(z.object({ id: z.string() })) }), async (ctx) => { ctx.body = await all(); });
app.use(router.routes());`,
  };
  assert.deepEqual(lines(files), [
    'post /orders body{sku!} 201{id!} 422',
    'delete /orders/{id} 204 404',
    'get /orders 200[{id!}]',
  ]);
});

test('the items of a body by their number, also where one that is no list is made one', () => {
  const files = {
    'index.ts': `import express from 'express'; const app = express();
app.post('/events', (req, res) => { let events; if (Array.isArray(req.body.events)) { events = req.body.events; } else { events = [req.body]; }
  for (let i = 0; i < events.length; i++) keep(String(events[i].kind), Number(events[i].at)); res.status(202).json({ kept: true }); });
app.post('/prices', (req, res) => { for (const key of keys) set(req.body[key]); res.status(204).end(); });`,
  };
  const { operations } = read(files);
  assert.deepEqual(operations.map(line), ['post /events body{events} 202{kept!}', 'post /prices 204']);
  assert.equal(word(operations[0]?.bodies[0]?.shape.properties?.events ?? {}), '[{kind at}]');
});

test('Koa: routes that files register with a function they are given, whose type parameters are others than its own', () => {
  const files = {
    'index.ts': `import Koa from 'koa'; import Router from '@koa/router'; import { addOrders } from './orders'; const app = new Koa(); const router = new Router();
function register<Api, Params, Body, Answer>(method: 'get' | 'put', path: string, api: Api, handler: (api: Api, params: Params, body: Body) => Promise<Answer>) {
  router[method](path, async (ctx) => { const answer = await handler(api, ctx.params as Params, ctx.request.body as Body); ctx.body = JSON.stringify({ answer }); }); }
addOrders(register); app.use(router.routes()).listen(1);`,
    'orders.ts': `interface Order { sku: string; amount: number } class Orders { async change(id: string, order: Order) { return { id }; } }
type Register<Api> = <Params, Body, Answer>(method: 'get' | 'put', path: string, api: Api, handler: (api: Api, params: Params, body: Body) => Promise<Answer>) => void;
export function addOrders(register: Register<Orders>) { const orders = new Orders();
  register<{ id: string }, Order, { id: string }>('put', '/orders/:id', orders, async (api, params, body) => api.change(params.id, body));
  register<never, never, string[]>('get', '/orders', orders, async () => []); }`,
  };
  assert.deepEqual(lines(files), ['get /orders 200{answer!}', 'put /orders/{id} body<Order> 200{answer!}']);
});

test('Express: a text that is written as JSON is what it is written of', () => {
  const files = {
    'index.ts': `import express from 'express'; const app = express();
app.get('/a', (req, res) => { res.setHeader('Content-Type', 'application/json'); res.end(JSON.stringify({ id: 1 })); });
app.get('/b', (req, res) => { res.status(201).send(JSON.stringify([{ id: 1 }])); }); app.get('/c', (req, res) => { res.send('done'); });`,
  };
  assert.deepEqual(lines(files), ['get /a 200{id!}', 'get /b 201[{id!}]', 'get /c 200string']);
});

test('Express: a status that stands where nothing else is given', () => {
  const files = {
    'index.ts': `import express from 'express'; const app = express();
const send = (res, body, status?: number) => res.status(status || 200).json(body);
const fail = (res, error) => res.status(error.statusCode ?? 500).json({ message: String(error.message) });
app.get('/a', (req, res) => { try { send(res, { id: 1 }); } catch (error) { fail(res, error); } });
app.post('/a', (req, res) => send(res, { id: 1 }, 201)); app.put('/a', (req, res) => send(res, { id: 1 }, codes[req.query.code]));`,
  };
  assert.deepEqual(lines(files), [
    'get /a 200{id!} 500{message!} default{message!}',
    'post /a 201{id!}',
    'put /a ?code=string default{id!}',
  ]);
});

test('Nest: the status that is set before a handler that answers itself, and paths the prefix does not apply to', () => {
  const { operations } = read({
    'index.ts': `import { All, Controller, Get, HttpCode, Module, Post, Req, RequestMethod, Res } from '@nestjs/common'; import { NestFactory } from '@nestjs/core';
@Controller('jobs') class Jobs {
  @Post() start(@Res() res) { res.json({ id: 1 }); }
  @Post('again') @HttpCode(202) again(@Res() res) { res.send({ id: 1 }); }
  @Get('raw') raw(@Req() req, @Res() res) { gateway.handle(req, res); }
  @Get('gone') gone(@Res() res) { res.status(410).end(); }
}
@Controller('.well-known/keys') class Keys { @Get() all() { return { keys: 1 }; } @Get(':id') one() { return { id: 1 }; } }
@Controller('users') class Users { @Get(':userId/avatar') avatar() { return { url: 'x' }; } @Get('health') health() { return { ok: true }; } }
@Module({ controllers: [Jobs, Keys, Users] }) class AppModule {}
const app = await NestFactory.create(AppModule);
app.setGlobalPrefix('api', { exclude: [{ path: '/.well-known/*path', method: RequestMethod.ALL }, 'users/:id/avatar'] });`,
  });
  assert.deepEqual(operations.map(line), [
    'post /api/jobs 201{id!}',
    'post /api/jobs/again 202{id!}',
    'get /api/jobs/raw 200',
    'get /api/jobs/gone 410{statusCode! message! error}',
    'get /.well-known/keys 200{keys!}',
    'get /.well-known/keys/{id} 200{id!}',
    'get /users/{userId}/avatar 200{url!}',
    'get /api/users/health 200{ok!}',
  ]);
});

test('lists that are filled after they are made, also where they are said to hold anything', () => {
  const { operations } = read({
    'index.ts': `import express from 'express'; const app = express();
interface Row { id: string; at: Date }
app.get('/a', (req, res) => { const days = []; for (const row of rows() as Row[]) { days.push({ id: row.id, total: 1 }); } res.json({ days }); });
app.get('/b', (req, res) => { const list: any[] = []; (rows() as Row[]).forEach((row) => { list.unshift(row); }); res.json(list); });
app.get('/c', (req, res) => { const list: unknown[] = []; list.push(...(rows() as Row[])); res.json(list); });
app.get('/d', (req, res) => { const none = []; res.json({ none }); });`,
  });
  assert.deepEqual(operations.map(line), ['get /a 200{days!}', 'get /b 200[<Row>]', 'get /c 200[<Row>]', 'get /d 200{none!}']);
  const days = operations[0]?.responses[0]?.shape?.properties?.days;
  assert.deepEqual(days && word(days), '[{id! total!}]');
});

test('what is said of a handler is not what is said of the wrapper around it', () => {
  const { operations } = read({
    'index.ts': `import express from 'express'; const app = express();
/** Passes failures on. */
const wrap = (handler) => (req, res, next) => Promise.resolve(handler(req, res)).catch(next);
/** Pings. */
const ping = async (req, res) => { res.json({ ok: true }); };
app.get('/a', wrap(async (req, res) => { res.json({ ok: true }); })); app.get('/b', wrap(ping));`,
  });
  assert.deepEqual(
    operations.map(({ summary }) => summary),
    [undefined, 'Pings.'],
  );
});

test('statuses that results hold, each with the body beside it', () => {
  const { operations, notes } = read({
    'index.ts': `import express from 'express'; import { Users } from './users'; const app = express(); const users = new Users();
app.get('/object', async (req, res) => { const r = await users.find(req.params.id); res.status(r.status).json(r.body); });
app.get('/parts', async (req, res) => { const { status, body } = await users.find(1); res.status(status).json(body); });
app.get('/made', async (req, res) => { const r = await users.check(); if (!r.ok) return res.status(r.status).json({ error: r.error }); res.json(r.value); });
app.get('/typed', (req, res) => { const r = users.typed(); if ('status' in r) return res.status(r.status).json({ error: r.message }); res.json({ ok: true }); });
const send = (res, result) => res.status(result.status).json(result.body);
app.get('/given', async (req, res) => { const result = await users.find(1); return send(res, result); });
const ok = (res, data, options?: { status?: number; cache?: string }) => res.set('Cache-Control', options?.cache ?? 'no-store').status(options?.status ?? 200).json({ data });
app.get('/lacking', (req, res) => ok(res, 1, { cache: 'private' })); app.get('/said', (req, res) => ok(res, 1, { status: 203 }));
app.get('/later', async (req, res) => { let r; try { r = await users.find(1); } catch { r = { status: 502, body: { wait: 1 } }; } res.status(r.status).json(r.body); });`,
    'users.ts': `type Failure = { status: 404 | 409; message: string };
export class Users {
  async find(id: number) { if (!id) return { status: 404, body: { error: 'x' } }; return { status: 200, body: { id: 1, name: 'x' } }; }
  async check() { if (a) return { ok: false, status: 403, error: 'x' } as const; if (b) return { ok: false, status: 410, error: 'x' } as const; return { ok: true, value: { id: 1 } } as const; }
  typed(): Failure | { id: string } { return other(); }
}`,
  });
  assert.deepEqual(notes, []);
  assert.deepEqual(operations.map(line), [
    'get /object 200{id! name!} 404{error!}',
    'get /parts 200{id! name!} 404{error!}',
    'get /made 200{id!} 403{error!} 410{error!}',
    'get /typed 200{ok!} 404{error!} 409{error!}',
    'get /given 200{id! name!} 404{error!}',
    'get /lacking 200{data!}',
    'get /said 203{data!}',
    'get /later 200{id! name!} 404{error!} 502{wait!}',
  ]);
});

test('a type of all the statuses that there are names none', () => {
  const { operations, notes } = read({
    'index.ts': `import express from 'express'; const app = express();
type HttpStatus = 100 | 101 | 200 | 201 | 404 | 500;
declare function outcome(): { status: HttpStatus; message: string };
app.get('/orders', (req, res) => { const { status, message } = outcome(); res.status(status).json({ message }); });`,
  });
  assert.deepEqual(operations.map(line), ['get /orders default{message!}']);
  assert.match(notes.map(({ message }) => message).join(), /status is computed at run time/);
});

test('Elysia: prefixes, groups, guards, plugins, schemas and models of routes, statuses, what runs before', () => {
  const { operations, notes } = read({
    'index.ts': `import { Elysia, t, status as refuse } from 'elysia'; import { cors } from '@elysiajs/cors'; import { users } from './users';
const health = (app: Elysia) => app.get('/health', () => 'ok');
new Elysia({ prefix: '/api' }).use(cors()).use(health).use(users)
  .group('/admin', (app) => app.onBeforeHandle(({ headers, status }) => { if (!headers.authorization?.startsWith('Bearer ')) return status(401, 'no'); }).delete('/all', ({ set }) => { set.status = 204; }))
  .guard({ auth: true }, (app) => app.get('/me', ({ query: { full } }) => ({ id: 1, full })))
  .post('/files', ({ body }) => ({ name: body.file.name }), { body: t.Object({ file: t.File(), tags: t.Optional(t.Array(t.String())) }) })
  .get('/late', () => { if (a) throw refuse('Service Unavailable'); return a ? refuse(202, { wait: 1 }) : { ok: true }; })
  .get('/text', 'Hello').get('/gone', ({ redirect }) => redirect('/api/text', 308)).listen(3000);`,
    'users.ts': `import { Elysia, NotFoundError, t } from 'elysia'; import { z } from 'zod';
const User = t.Object({ id: t.Numeric(), name: t.String() });
export const users = new Elysia({ prefix: '/users', tags: ['Users'] }).model({ User, Problem: t.Object({ message: t.String() }) }).derive(() => ({ now: 1 }))
  .get('/:id', ({ params: { id } }) => { if (!id) throw new NotFoundError(); return find(id); }, { params: t.Object({ id: t.Integer() }), response: { 200: 'User', 404: 'Problem' }, detail: { summary: 'One user', tags: ['people'] } })
  .get('/', () => all(), { query: z.object({ page: z.number().optional() }), response: t.Array(User) })
  .post('/', ({ body, status }) => status(201, { id: 1, name: body.name }), { body: t.Omit(User, ['id']), detail: { deprecated: true } })
  .get('/secret', () => 'x', { detail: { hide: true } });`,
  });
  assert.deepEqual(notes, []);
  assert.deepEqual(operations.map(line).sort(), [
    'delete /api/admin/all (bearer) 204 401string',
    'get /api/gone 308',
    'get /api/health 200string',
    'get /api/late 200{ok!} 202{wait!} 503',
    'get /api/me ?full=string 200{id! full}',
    'get /api/text 200string',
    'get /api/users ?page=number 200[{id! name!}] 422',
    'get /api/users/{id} 200{id! name!} 404 404{message!}',
    'post /api/files multipart/form-data{file! tags} 200{name} 422',
    'post /api/users body{name!} 201{id! name!} 422',
  ]);
  const one = operations.find(({ path }) => path === '/api/users/{id}');
  assert.deepEqual([one?.summary, one?.tags], ['One user', ['people']]);
});

test('what is read of a body beside an upload is a field of the form', () => {
  const { operations } = read({
    'index.ts': `import express from 'express'; import multer from 'multer'; const app = express(); const upload = multer();
app.post('/photos', upload.single('photo'), (req, res) => { const { title } = req.body; res.status(201).json({ title: String(title) }); });`,
  });
  assert.deepEqual(operations.map(line), ['post /photos multipart/form-data{title photo} 201{title!}']);
  const uploads = `import multer from 'multer'; export const one = multer({ dest: 'x' }).single('icon'); const all = multer(); export const both = all.fields([{ name: 'a', maxCount: 1 }, { name: 'b' }]);`;
  const app = `import express from 'express'; import { both, one } from './uploads'; const app = express(); const h = (req, res) => res.sendStatus(204);
const wrapped = (req, res, next) => { one(req, res, (error) => (error ? next(error) : next())); };
app.put('/one', one, h); app.put('/both', both, h); app.put('/wrapped', wrapped, h);`;
  assert.deepEqual(read({ 'index.ts': app, 'uploads.ts': uploads }).operations.map(line), [
    'put /one multipart/form-data{icon} 204',
    'put /both multipart/form-data{a b} 204',
    'put /wrapped multipart/form-data{icon} 204',
  ]);
});

test('Nest: a stated success that is never sent is told', () => {
  const { operations, notes } = read({
    'index.ts': `import { Controller, HttpCode, Post } from '@nestjs/common'; import { ApiCreatedResponse, ApiOkResponse } from '@nestjs/swagger';
@Controller('a') export class A {
  @Post('wrong') @ApiOkResponse() wrong() { return { id: 1 }; }
  @Post('right') @ApiCreatedResponse() right() { return { id: 1 }; }
  @Post('set') @HttpCode(200) @ApiOkResponse() set() { return { id: 1 }; }
}`,
  });
  assert.deepEqual(operations.map(line), ['post /a/wrong 200{id!}', 'post /a/right 201{id!}', 'post /a/set 200{id!}']);
  assert.deepEqual(
    notes.map(({ message }) => message),
    ['200 is written as stated here, but Nest answers 201 unless `@HttpCode(200)` says otherwise.'],
  );
});

test('Express: classes that register on the router of the class they extend, and which of them serve is chosen at run time', () => {
  const files = {
    'index.ts': `import { App } from './app'; import { chosen } from './chosen';
new App({ controllers: chosen(process.env.KIND) }).start();`,
    'app.ts': `import express from 'express'; import { Controller } from './controller';
export class App {
  private app = express();
  constructor({ controllers }: { controllers: Controller<unknown>[] }) { this.mount(controllers); }
  private mount(controllers: Controller<unknown>[]) { for (const one of controllers) this.app.use('/', one.router); }
  start() { this.app.listen(80); }
}`,
    'controller.ts': `import { Router, RequestHandler } from 'express';
export abstract class Controller<T> {
  private _router: Router = Router();
  constructor(private _path: string, protected service: T) {}
  get path() { return this._path; }
  get router() { return this._router; }
  protected mountGet(routes: [string, RequestHandler][]) {
    for (const route of routes) { const [suffix, handler] = route; this.router.get(\`\${this.path}\${suffix}\`, Controller.wrap(handler as RequestHandler)); }
  }
  protected static wrap = (handler: RequestHandler): RequestHandler => async (req, res, next) => { try { await handler(req, res, next); } catch (error) { next(error); } };
}`,
    'chosen.ts': `import { Users } from './users'; import { Orders } from './orders';
const known = { Users, Orders };
export const chosen = (kind: string) => names(kind).reduce((all, name) => { all.push(new known[name]()); return all; }, []);`,
    'users.ts': `import { RequestHandler } from 'express'; import { Controller } from './controller';
export class Users extends Controller<Store> {
  constructor() { super('/users', new Store()); this.initRoutes(); }
  private initRoutes() { this.mountGet([['', this.list], ['/:id', this.one]]); }
  private list: RequestHandler<unknown, unknown, unknown, { page: string }> = async (req, res) => { res.json([{ id: 1 }]); };
  private one: RequestHandler = async (req, res) => { res.json({ id: 1 }); };
}`,
    'orders.ts': `import { RequestHandler } from 'express'; import { Controller } from './controller';
export class Orders extends Controller<Store> {
  constructor() { super('/orders', new Store()); this.mountGet([['/open', this.open]]); }
  private open: RequestHandler = async (req, res) => { res.json({ total: 1 }); };
}`,
  };
  const { operations, notes } = read(files);
  assert.deepEqual(operations.map(line).sort(), [
    'get /orders/open 200{total!}',
    'get /users ?page!=string 200[{id!}]',
    'get /users/{id} 200{id!}',
  ]);
  assert.deepEqual(
    notes.map(({ message }) => message),
    ['Which of the classes that extend “Controller” serve is known only at run time, so all are written.'],
  );
});

test('Express: a base class whose constructor registers what the classes that extend it bring', () => {
  const files = {
    'index.ts': `import express from 'express'; import { Routes } from './routes';
class UserRoutes extends Routes {
  constructor(app: express.Application) { super(app, '/users'); }
  register() { this.app.route(this.path).get((req, res) => { res.json([{ id: 1 }]); }); return this.app; }
}
const app = express(); const all = [new UserRoutes(app)]; app.listen(80);`,
    'routes.ts': `import type { Application } from 'express';
export abstract class Routes {
  app: Application; path: string;
  constructor(app: Application, path: string) { this.app = app; this.path = path; this.register(); }
  abstract register(): Application;
}`,
  };
  assert.deepEqual(lines(files), ['get /users 200[{id!}]']);
});

test('Express: a method that registers by the verb it is given, of an instance that others hand on', () => {
  const files = {
    'index.ts': `import { Web } from './web'; class Core { web: Web; constructor() { this.web = new Web(this); this.web.start(); } } new Core();`,
    'web.ts': `import express from 'express'; import { Routes } from './routes';
export class Web { app; routes: Routes; constructor(core) { this.app = express(); } start() { this.routes = new Routes(this); this.app.listen(80); } getApp() { return this.app; } }`,
    'routes.ts': `import { Web } from './web'; import { Registry, Verb } from './registry';
export class Routes {
  web: Web;
  constructor(web: Web) { this.web = web; this.register(); }
  private register() {
    const registry = new Registry(this.web, 'v1');
    registry.add(Verb.GET, '/users', (req, res) => { res.json([{ id: 1 }]); });
    registry.add(Verb.POST, '/users', (req, res) => { res.status(201).json({ id: 1 }); });
  }
}`,
    'registry.ts': `import { Web } from './web';
export enum Verb { GET = 'GET', POST = 'POST' }
export class Registry {
  constructor(private web: Web, private version: string) {}
  add(verb: Verb, path: string, run, ...before) {
    const whole = \`/api/\${this.version}\${path}\`; const app = this.web.getApp();
    const handler = async (req, res) => { await run(req, res); };
    switch (verb) {
      case Verb.GET: app.get(whole, ...before, handler); break;
      case Verb.POST: app.post(whole, ...before, handler); break;
      default: app.all(whole, ...before, handler);
    }
  }
}`,
  };
  assert.deepEqual(lines(files), ['get /api/v1/users 200[{id!}]', 'post /api/v1/users 201{id!}']);
});

test('Express: routers that a container is given by a token, and handlers whose type is stated where they are declared', () => {
  const files = {
    'index.ts': `import { createServer } from 'http'; import { container } from 'tsyringe'; import { register } from './register'; import { Builder } from './builder';
register(); createServer(container.resolve(Builder).build()).listen(80);`,
    'register.ts': `import { container } from 'tsyringe'; import { jobRouter, JOB_ROUTER } from './jobs';
export const register = () => [{ token: JOB_ROUTER, provider: { useFactory: jobRouter } }].forEach((one) => container.register(one.token, one.provider));`,
    'builder.ts': `import express, { Router } from 'express'; import { inject, injectable } from 'tsyringe'; import { JOB_ROUTER } from './jobs';
@injectable() export class Builder {
  private readonly server = express();
  constructor(@inject(JOB_ROUTER) private readonly jobs: Router) {}
  build() { this.server.use('/jobs', this.jobs); return this.server; }
}`,
    'jobs.ts': `import { Router, RequestHandler } from 'express'; import { FactoryFunction } from 'tsyringe';
interface Job { name: string } interface Ids { jobId: string } interface Change extends Ids, Job {}
class Jobs {
  create: RequestHandler<unknown, Job, Job | Job[]> = async (req, res) => { const all = Array.isArray(req.body) ? req.body : [req.body]; res.status(201).json(save(all)); };
  change = async (req, res) => { const change: Change = { ...req.body, ...req.params }; await save(change); res.json({ code: 'CHANGED' }); };
}
export const JOB_ROUTER = Symbol('jobs');
export const jobRouter: FactoryFunction<Router> = (container) => {
  const router = Router(); const jobs = container.resolve(Jobs);
  router.post('/', jobs.create); router.put('/:jobId', jobs.change);
  return router;
};`,
  };
  const { operations } = read(files);
  assert.deepEqual(operations.map(line), ['post /jobs body_ 201<Job>', 'put /jobs/{jobId} body{name} 200{code!}']);
  assert.deepEqual(operations[0]?.bodies[0]?.shape.anyOf?.map(word), ['<Job>', '[<Job>]']);
});

test('Express: an answer is a list for one request and an object for another', () => {
  const files = {
    'index.ts': `import express from 'express'; const app = express();
app.get('/teams', (req, res) => { if (req.query.page) return res.send({ pages: 3, data: [{ id: 1 }] }); res.send([{ id: 1 }]); });`,
  };
  const [response] = read(files).operations[0]?.responses ?? [];
  assert.deepEqual(response?.shape?.anyOf?.map(word), ['{pages! data!}', '[{id!}]']);
});

test('Fastify: the schemes that routes name, and what a route states stands above what its hooks look at', () => {
  const files = {
    'index.ts': `import Fastify from 'fastify'; import swagger from '@fastify/swagger';
const app = Fastify();
app.register(swagger, { openapi: { components: { securitySchemes: { token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } } } });
async function verify(request) { try { await request.jwtVerify(); } catch { throw new Refused(); } }
class Refused extends Error { statusCode = 401 }
app.get('/me', { onRequest: [verify], schema: { security: [{ token: [] }] } }, async () => ({ id: 1 }));
app.get('/free', async () => ({ id: 1 }));`,
  };
  const [me, free] = read(files).operations;
  assert.deepEqual(
    me?.security.map(({ name, scheme }) => [name, scheme]),
    [['token', { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }]],
  );
  assert.deepEqual(free?.security, []);
});

test('NestJS: schemes by the names the document gives them, and a guard that only says no', () => {
  const files = {
    'index.ts': `import { NestFactory } from '@nestjs/core'; import { DocumentBuilder } from '@nestjs/swagger'; import { AppModule } from './app.module';
const app = await NestFactory.create(AppModule);
const config = new DocumentBuilder().addApiKey({ type: 'apiKey', in: 'header', name: 'x-api-key' }, 'key').build();`,
    'app.module.ts': `import { Module } from '@nestjs/common'; import { Issues, Drafts, Either } from './issues'; @Module({ controllers: [Issues, Drafts, Either] }) export class AppModule {}`,
    'issues.ts': `import { CanActivate, Controller, ExecutionContext, Get, UseGuards } from '@nestjs/common'; import { ApiBearerAuth, ApiSecurity } from '@nestjs/swagger';
@Controller('either') @ApiSecurity('key') @ApiBearerAuth() export class Either { @Get() list() { return [{ id: 1 }]; } }
class KeyGuard implements CanActivate {
  canActivate(context: ExecutionContext) {
    const request = context.switchToHttp().getRequest(); const key = request.headers['x-api-key'];
    if (!key) return false;
    return check(key);
  }
}
@Controller('issues') @ApiSecurity('key') @UseGuards(KeyGuard) export class Issues { @Get() list() { return [{ id: 1 }]; } }
@Controller('drafts') @UseGuards(KeyGuard) export class Drafts { @Get() list() { return [{ id: 1 }]; } }`,
  };
  assert.deepEqual(lines(files), [
    'get /either (key) (bearer) 200[{id!}]',
    'get /issues (key) 200[{id!}] 403{statusCode! message! error}',
    'get /drafts (xApiKeyHeader) 200[{id!}] 403{statusCode! message! error}',
  ]);
  assert.deepEqual(
    read(files).operations[0]?.security.map(({ choice }) => choice),
    ['stated', 'stated'],
  );
});

test('Express and Koa: the status of an error is that which its class is answered with where errors are handled', () => {
  const errors = `export class Missing extends Error {} export class Gone extends Missing {} export class Taken extends Error {}`;
  const express = {
    'errors.ts': errors,
    'index.ts': `import express from 'express'; import { Gone, Taken } from './errors'; import { answer } from './answer'; const app = express();
app.get('/a', (req, res) => { if (!req.query.id) throw new Gone(); res.json({ id: 1 }); });
app.post('/a', (req, res) => { if (exists(req.body.id)) throw new Taken(); res.status(201).json({ id: 1 }); });
app.use(answer);`,
    'answer.ts': `import { Missing, Taken } from './errors';
export function answer(error, req, res, next) {
  if (error instanceof Missing) return res.status(404).json({ error: 'missing' });
  else if (error instanceof Taken) return res.status(409).json({ error: 'taken' });
  res.status(500).json({ error: 'x' });
}`,
  };
  assert.deepEqual(lines(express), ['get /a ?id=string 200{id!} 404{error!}', 'post /a body{id} 201{id!} 409{error!}']);
  const koa = {
    'errors.ts': errors,
    'index.ts': `import Koa from 'koa'; import Router from '@koa/router'; import { Missing, Taken } from './errors'; const app = new Koa(); const router = new Router();
app.use(async (ctx, next) => { try { await next(); } catch (error) { if (error instanceof Missing) { ctx.status = 404; ctx.body = { error: 'missing' }; } else throw error; } });
router.get('/a', (ctx) => { if (!ctx.query.id) throw new Missing(); try { check(); } catch (error) { if (error instanceof Taken) ctx.status = 409; } ctx.body = { id: 1 }; });
router.post('/a', (ctx) => { if (!ctx.query.id) throw new Taken(); ctx.body = { id: 1 }; });
app.use(router.routes());`,
  };
  assert.deepEqual(
    lines(koa).map((one) => one.replace(/\{[^}]*\}/g, '')),
    ['get /a ?id=string 200 404 404 409', 'post /a ?id=string 200 404'],
  );
});

test('Express: the part of a request that a validator is told by its name, and what Mongoose computes of a document', () => {
  const files = {
    'index.ts': `import express from 'express'; import { z } from 'zod'; import { Loan } from './loan'; const app = express();
const validate = (schema, part = 'body') => (req, res, next) => { req[part] = schema.parse(req[part]); next(); };
const Filter = z.object({ type: z.string().optional() });
app.get('/loans', validate(Filter, 'query'), async (req, res) => { res.json(await Loan.find({ type: req.query.type })); });
app.post('/loans', validate(Filter), (req, res) => { res.status(204).end(); });`,
    'loan.ts': `import { Schema, model } from 'mongoose';
const loanSchema = new Schema({ total: { type: Number, required: true } }, { toJSON: { virtuals: true } });
loanSchema.virtual('half').get(function () { return this.total / 2; });
export const Loan = model('Loan', loanSchema);`,
  };
  const { operations, types } = read(files);
  assert.deepEqual(operations.map(line), ['get /loans ?type=string 200[<Loan>]', 'post /loans body{type} 204']);
  assert.equal(word(types.get('Loan') ?? {}), '{_id! id! total! half}');
});

test('a guard of all routes that lets some paths through: what it refuses is said of the others', () => {
  const secured = (files: Record<string, string>) => lines(files).map((one) => one.replace(/ \d.*$/, ''));
  const express = `import express from 'express'; const app = express(); const api = express.Router();
const open = ['/health', '/docs']; const isOpen = (path) => open.some((one) => path.startsWith(one));
app.use((req, res, next) => { if (isOpen(req.path) || /^\\/public\\//.test(req.path)) return next(); if (!req.headers.authorization?.startsWith('Bearer ')) return res.status(401).end(); next(); });
api.use((req, res, next) => { if (req.path === '/status') return next(); if (!req.headers['x-api-key']) return res.status(401).end(); next(); });
app.get('/health/live', (req, res) => res.json(1)); app.get('/public/a', (req, res) => res.json(1)); app.get('/users/:id', (req, res) => res.json(1));
api.get('/status', (req, res) => res.json(1)); api.get('/jobs', (req, res) => res.json(1)); app.use('/api', api);`;
  assert.deepEqual(secured({ 'index.ts': express }), [
    'get /health/live',
    'get /public/a',
    'get /users/{id} (bearer)',
    'get /api/status (bearer)',
    'get /api/jobs (bearer) (xApiKeyHeader)',
  ]);
  const fastify = `import Fastify from 'fastify'; const app = Fastify(); const open = new Set(['/ready']);
app.addHook('onRequest', async (request, reply) => {
  const path = request.url.split('?')[0];
  if (path === '/health' || open.has(path)) return;
  if (path === '/metrics') { if (request.headers['x-metrics-token'] !== secret) return reply.code(403).send(); return; }
  if (!request.headers.authorization?.startsWith('Bearer ')) return reply.code(401).send();
});
app.get('/health', async () => 1); app.get('/ready', async () => 1); app.get('/metrics', async () => 1); app.get('/users', async () => 1);`;
  assert.deepEqual(secured({ 'index.ts': fastify }), [
    'get /health',
    'get /ready',
    'get /metrics (xMetricsTokenHeader)',
    'get /users (bearer)',
  ]);
  const hono = `import { Hono } from 'hono'; const app = new Hono();
app.use('*', async (c, next) => { if (!c.req.path.startsWith('/admin')) return next(); if (!c.req.header('Authorization')?.startsWith('Bearer ')) return c.json({}, 401); await next(); });
app.get('/', (c) => c.text('')); app.get('/admin/users', (c) => c.text(''));`;
  assert.deepEqual(secured({ 'index.ts': hono }), ['get /', 'get /admin/users (bearer)']);
});

test('Objection: rows by the schema they are held against or the fields of a class, what a query chooses and brings along', () => {
  const files = {
    'index.js': `const express = require('express'); const { Form, User } = require('./models'); const service = require('./service'); const app = express();
app.get('/forms', async (req, res) => { const found = await service.list(req.query.name); res.json(found); });
app.get('/forms/:id', async (req, res) => { res.json(await Form.query().findById(req.params.id).withGraphFetched('[versions, owner]').throwIfNotFound()); });
app.get('/names', async (req, res) => { res.json(await Form.query().select('id', 'name').where('active', true)); });
app.get('/pages', async (req, res) => { res.json(await User.query().page(0, 10)); });
app.delete('/forms/:id', async (req, res) => { const count = await Form.query().deleteById(req.params.id); res.json({ count }); });`,
    'service.js': `const { Form } = require('./models'); const service = { list: (name) => Form.query().modify('filterName', name).orderBy('name') }; module.exports = service;`,
    'models.js': `const { Model } = require('objection'); const { Timestamps } = require('./mixins');
const stamps = { createdAt: { type: ['string', 'null'] } };
class User extends Model { static get jsonSchema() { return { type: 'object', properties: { email: { type: 'string' } } }; } }
class Form extends Timestamps(Model) {
  static get tableName() { return 'form'; }
  static get virtualAttributes() { return ['snake']; } snake() { return this.name.toLowerCase(); }
  static get relationMappings() { const Version = require('./version'); return { versions: { relation: Model.HasManyRelation, modelClass: Version }, owner: { relation: Model.BelongsToOneRelation, modelClass: User } }; }
  static get jsonSchema() { return { type: 'object', required: ['name'], properties: { id: { type: 'string' }, name: { type: 'string' }, labels: { type: 'array', items: { type: 'string' } }, ...stamps } }; }
}
module.exports.Form = Form; module.exports.User = User;`,
    'version.js': `const { Model } = require('objection'); class Version extends Model { static get jsonSchema() { return { type: 'object', properties: { version: { type: 'integer' } } }; } } module.exports = Version;`,
    'mixins.js': `module.exports.Timestamps = (Base) => class extends Base { $beforeInsert() {} };`,
  };
  const { operations, types } = read(files, 'index.js');
  assert.deepEqual(operations.map(line), [
    'get /forms ?name=string 200[<Form>]',
    'get /forms/{id} 200{id! name! labels! createdAt! snake! versions! owner!}',
    'get /names 200[{id! name!}]',
    'get /pages 200{results! total!}',
    'delete /forms/{id} 200{count!}',
  ]);
  assert.equal(word(types.get('Form') ?? {}), '{id! name! labels! createdAt! snake!}');
});

test('Koa and Express: paths that a function makes of a list, and regular expressions of plain text and groups', () => {
  const koa = {
    'index.ts': `import Koa from 'koa'; import Router from 'koa-router'; const router = new Router();
const both = (paths: string[]) => paths.flatMap((path) => [path, \`/v1\${path}\`]);
router.get(both(['/info']), (ctx) => { ctx.body = 'x'; }); router.get(both([computed()]), (ctx) => { ctx.body = 'x'; });
for (const path of ['/a', '/b'].map((one) => \`/list\${one}\`)) router.del(path, (ctx) => { ctx.status = 204; });
new Koa().use(router.routes());`,
  };
  const { operations, notes } = read(koa);
  assert.deepEqual(operations.map(line), [
    'get /info 200string',
    'get /v1/info 200string',
    'delete /list/a 204',
    'delete /list/b 204',
  ]);
  assert.equal(notes.length, 1);
  const express = {
    'paths.ts': `export const RAW = /^\\/raw\\/([\\w-]{43})\\/?$/i; export const ENDING = /.*fly$/;`,
    'index.ts': `import express from 'express'; import { ENDING, RAW } from './paths'; const app = express();
app.get(RAW, (req, res) => res.json({ id: req.params[0] })); app.get(/^\\/users\\/(?<user>\\d+)\\.json$/, (req, res) => res.sendStatus(204));
app.get(/^\\/(a)\\/?$|^\\/b\\/(.*)$/, (req, res) => res.sendStatus(204)); app.get(ENDING, (req, res) => res.sendStatus(204)); app.get(/^\\/(.*)\\/x$/, (req, res) => res.sendStatus(204));`,
  };
  const found = read(express);
  assert.deepEqual(
    found.operations.map(({ path }) => path),
    ['/raw/{0}', '/users/{user}.json', '/{0}', '/b/{1}'],
  );
  assert.equal(found.notes.length, 2);
});

test('Express: what a parameter is given counts, where nobody sees it too, and not what it is otherwise', () => {
  const files = {
    'index.ts': `import express from 'express'; const app = express();
function send(res: express.Response, data: unknown, status = 200) { return res.status(status).json(data); }
app.get('/known', (req, res) => send(res, { id: 1 })); app.get('/unknown', (req, res) => send(res, { id: 1 }, parseInt(result.status, 10)));`,
  };
  assert.deepEqual(lines(files), ['get /known 200{id!}', 'get /unknown default{id!}']);
});

test('Express: a chain of a validator says nothing of what else is read of the query', () => {
  const files = {
    'index.ts': `import express from 'express'; import { query } from 'express-validator'; const app = express();
type Asked = { page?: number } & { owner?: string };
app.get('/users', query('network').isString(), (req, res) => { const { network, page, owner } = req.query as Asked; res.sendStatus(204); });`,
  };
  assert.deepEqual(lines(files), ['get /users ?network!=string ?page=number ?owner=string 204']);
});

test('what a variable is given says more than a type of a package, or one that names nothing of what is in it', () => {
  const files = {
    'index.ts': `import express from 'express'; import type { Account } from 'accounts'; import type { Options } from 'options'; const app = express();
app.get('/filled', (req, res) => { const body: Record<string, string | number> = { id: 'a', size: 1 }; if (req.query.full) body.more = 'x'; res.json(body); });
app.get('/rows', async (req, res) => { const { rows }: { rows: (Account & { isNew: boolean })[] } = await load(); res.json(rows); });
app.get('/options', (req, res) => { const options: Options = { retries: 3 }; res.json(options); });
async function load(): Promise<{ rows: { id: string; isNew: boolean }[] }> { return db.all(); }`,
  };
  assert.deepEqual(lines(files), [
    'get /filled ?full=string 200{id! size! more}',
    'get /rows 200[{id! isNew!}]',
    'get /options 200{retries!}',
  ]);
});

test('Hono: what a constant, or a function that is given a schema, states of a route', () => {
  const files = {
    'index.ts': `import { Hono } from 'hono'; import { describeRoute } from 'hono-openapi'; import { ALL, MAKE } from './docs';
export default new Hono().post('/users', describeRoute(MAKE), (c) => reply(c)).get('/users', describeRoute(ALL), (c) => reply(c));`,
    'docs.ts': `import { type DescribeRouteOptions, resolver } from 'hono-openapi'; import { z } from 'zod'; const MEDIA = 'application/scim+json';
const USER = { type: 'object' as const, required: ['id'], properties: { id: { type: 'string' as const } } };
const resource = <T>({ description, schema }: { description: string; schema: T }) => ({ description, content: { [MEDIA]: { schema } } });
function ok(description: string, schema: z.ZodTypeAny) { return { 200: { description, content: { 'application/json': { schema: resolver(schema) } } } }; }
export const MAKE: DescribeRouteOptions = { responses: { '201': resource({ description: 'Made', schema: USER }) } };
export const ALL: DescribeRouteOptions = { responses: ok('All', z.object({ users: z.array(z.string()) })) };`,
  };
  assert.deepEqual(lines(files), ['post /users 201{id!}', 'get /users 200{users!}']);
});

test('Next.js: what a GET hands on to the POST beside it has no body', () => {
  const files = {
    'package.json': '{"dependencies":{"next":"15.0.0"}}',
    'app/api/ingest/route.ts': `export async function GET(request: Request) { return POST(request); }
export async function POST(request: Request) { const { names } = await request.json(); return Response.json({ names }); }`,
  };
  assert.deepEqual(lines(files, 'package.json'), ['get /api/ingest 200{names}', 'post /api/ingest body{names} 200{names}']);
});

test('Express and Fastify: what handlers say of requests and responses by names of the project', () => {
  const files = {
    'index.ts': `import express, { type Request, type Response } from 'express'; const app = express();
interface User { id: string; name: string } interface Authed<P, B> extends Request<P, User, B> { user: User }
type Asked = Request<{ id: string }, User, { name: string }, { page?: string }>; type Answer<T> = Response<T>;
type Typed<T> = Omit<Response, 'json' | 'status'> & { json(data: T): Typed<T> } & { status(code: number): Typed<T> };
app.post('/a/:id', async (req: Asked, res: Answer<User>) => { res.json(await load(req)); });
app.put('/a/:id', async (req: Authed<{ id: string }, { age: number }>, res: Response) => { res.json(await load(req)); });
app.get('/b', async (req: Request, res: Typed<User[]>) => { res.status(200).json(await load()); });
app.delete('/c', (req, res) => { clear((error) => { let code = null; if (error) code = 500; else code = 204; res.status(code).end(); }); });`,
  };
  assert.deepEqual(lines(files), [
    'post /a/{id} ?page=string body{name!} 200<User>',
    'put /a/{id} body{age!} 200<User>',
    'get /b 200[<User>]',
    'delete /c 204 500',
  ]);
  const fastify = {
    'index.ts': `import Fastify, { type FastifyRequest } from 'fastify'; const app = Fastify();
type Asked = FastifyRequest<{ Body: { name: string }; Querystring: { dry: boolean } }>;
app.post('/a', async (request: Asked, reply) => { await make(request.body); return reply.code(204).send(); });`,
  };
  assert.deepEqual(lines(fastify), ['post /a ?dry!=boolean body{name!} 204']);
});

test('Express: a schema of the query lets in what nobody reads, but not what only another handler reads that shares it', () => {
  const { operations } = read({
    'index.ts': `import express from 'express'; import { z } from 'zod'; const app = express();
const Page = z.object({ page: z.coerce.number(), limit: z.coerce.number().optional() });
const Filter = z.object({ genre: z.string().optional(), studio: z.string().optional(), network: z.string().optional(), dry: z.boolean().optional() });
app.get('/orders', (req, res) => { const query = Page.parse(req.query); res.json({ page: query.page }); });
app.get('/movies', (req, res) => { const query = Filter.parse(req.query); res.json(movies(query.genre, query.studio)); });
app.get('/series', (req, res) => { const { genre, network } = Filter.parse(req.query); res.json(series(genre, network)); });`,
  });
  assert.deepEqual(
    operations.map(({ path, parameters }) => [path, ...parameters.map(({ name }) => name)]),
    [
      ['/orders', 'page', 'limit'],
      ['/movies', 'genre', 'studio', 'dry'],
      ['/series', 'genre', 'network', 'dry'],
    ],
  );
});

test("Hono: bodies that stoker's helpers state, its schemas, and statuses by the names of its constants", () => {
  const { operations } = read({
    'index.ts': `import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'; import * as Status from 'stoker/http-status-codes';
import { jsonContent, jsonContentRequired } from 'stoker/openapi/helpers'; import { createErrorSchema, createMessageObjectSchema, IdParamsSchema } from 'stoker/openapi/schemas';
const Task = z.object({ id: z.number(), name: z.string() }); const missing = createMessageObjectSchema('Not found'); const app = new OpenAPIHono();
const rename = createRoute({ method: 'patch', path: '/tasks/{id}', request: { params: IdParamsSchema, body: jsonContentRequired(Task.pick({ name: true }), 'The name') },
  responses: { [Status.OK]: jsonContent(Task, 'The task'), [Status.NOT_FOUND]: jsonContent(missing, 'No such task'), [Status.UNPROCESSABLE_ENTITY]: jsonContent(createErrorSchema(Task), 'What is wrong') } });
app.openapi(rename, (c) => c.json(find(c.req.valid('param').id), Status.OK)); export default app;`,
  });
  assert.deepEqual(operations.map(line), ['patch /tasks/{id} body{name!} 200{id! name!} 404{message!} 422{success! error!}']);
  assert.deepEqual(operations[0]?.parameters[0]?.shape, { type: 'number' });
  assert.deepEqual(
    operations[0]?.responses.map(({ description }) => description),
    ['The task', 'No such task', 'What is wrong'],
  );
});

test('Hono: an insert leaves out the key that SQLite counts on by itself', () => {
  const files = {
    'index.ts': `import { Hono } from 'hono'; import { zValidator } from '@hono/zod-validator'; import { createInsertSchema } from 'drizzle-zod';
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'; const app = new Hono(); export default app;
const tasks = sqliteTable('tasks', { id: integer().primaryKey({ autoIncrement: true }), name: text().notNull() });
app.post('/tasks', zValidator('json', createInsertSchema(tasks)), (c) => c.json({ ok: true }));`,
  };
  assert.deepEqual(lines(files), ['post /tasks body{id name!} 200{ok!} 400']);
});

test('oRPC: procedures of a router by their names, their routes and the prefixes around them', () => {
  const files = {
    'index.ts': `import { OpenAPIHandler } from '@orpc/openapi/node'; import { RPCHandler } from '@orpc/server/node'; import { createServer } from 'node:http';
import { router } from './router';
const rest = new OpenAPIHandler(router, { plugins: [] }); const rpc = new RPCHandler(router);
createServer(async (req, res) => { await rpc.handle(req, res, { prefix: '/rpc' }); await rest.handle(req, res, { prefix: process.env.BASE ?? '/api' }); });`,
    'router.ts': `import { lazy, os } from '@orpc/server'; import { users } from './users'; import * as health from './health';
export const router = os.tag('All').router({ users, health, ...{ more: { far: lazy(() => import('./far')) } } });`,
    'users.ts': `import { ORPCError, os, type } from '@orpc/server'; import { z } from 'zod';
const User = z.object({ id: z.string().uuid(), name: z.string() });
const base = os.$context<{ headers: Headers }>().errors({ UNAUTHORIZED: {} }); const authed = base.use(({ next }) => next());
const find = authed.route({ method: 'GET', path: '/{id}', summary: 'One', tags: ['People'] }).input(z.object({ id: z.string(), fields: z.string().optional() })).output(User)
  .errors({ NOT_FOUND: { message: 'No such user', data: z.object({ id: z.string() }) }, TEAPOT: { status: 418 } }).handler(async ({ input, errors }) => { throw errors.NOT_FOUND({ data: input }); });
const add = authed.route({ method: 'POST', path: '/', successStatus: 201, deprecated: true }).input(User.omit({ id: true })).output(User).handler(async () => { throw new ORPCError('CONFLICT'); });
const put = base.route({ method: 'PUT', path: '/{id}/file/{+path}', inputStructure: 'detailed', outputStructure: 'detailed' })
  .input(z.object({ params: z.object({ id: z.string(), path: z.string() }), query: z.object({ dry: z.boolean() }), headers: z.object({ 'x-trace': z.string() }), body: z.object({ file: z.file() }) }))
  .output(z.union([z.object({ status: z.literal(201), body: User }), z.object({ status: z.literal(204) })])).handler(() => ({ status: 204 }));
export const users = base.prefix('/people').router({ find, add, put, plain: os.input(type<{ a: number }>()).handler(() => ({ done: true })) });`,
    'health.ts': `import { eventIterator, os } from '@orpc/server'; import { z } from 'zod'; export const name = 'health';
export const live = os.route({ method: 'GET' }).handler(() => 'up'); export const watch = os.output(eventIterator(z.object({ at: z.number() }))).handler(async function* () {});`,
    'far.ts': `import { os } from '@orpc/server'; export default { away: os.route({ method: 'DELETE', path: path() }).handler(() => {}), near: os.handler(() => {}) };`,
  };
  const { operations, notes } = read(files);
  const failure = '{defined! code! status! message! data}';
  assert.deepEqual(operations.map(line), [
    `get /api/people/{id} ?fields=string 200{id! name!} 400${failure} 401${failure} 404${failure} 418${failure}`,
    `post /api/people body{name!} 201{id! name!} 400${failure} 401${failure} 409${failure}`,
    `put /api/people/{id}/file/{path} ?dry!=boolean @x-trace multipart/form-data{file!} 201{id! name!} 204 400${failure} 401${failure}`,
    `post /api/users/plain body{a!} 200{done!} 400${failure} 401${failure}`,
    'get /api/health/live 200string',
    'post /api/health/watch 200{event! data id retry}',
    'post /api/more/far/near 200',
  ]);
  const [find, add] = operations;
  assert.deepEqual(
    [find?.summary, find?.tags, find?.operationId, add?.tags, add?.deprecated],
    ['One', ['All', 'People'], 'users.find', ['All'], true],
  );
  assert.deepEqual(
    notes.map(({ message }) => message),
    ['The path is computed at run time, so its routes are missing.'],
  );
});

test('oRPC: contracts that are implemented, also by Nest, and what version 2 says of a route as metadata', () => {
  const contract = `import { oc } from '@orpc/contract'; import { openapi } from '@orpc/openapi'; import { z } from 'zod';
const list = oc.meta(openapi({ method: 'GET', path: '/' }), openapi.prefix('/planets')).input(z.object({ page: z.coerce.number() })).output(z.array(z.object({ id: z.string() })));
export const contract = { planets: oc.meta(openapi({ prefix: '/v2', tags: ['Space'] })).router({ list, add: oc.input(z.object({ name: z.string() })) }) };`;
  const router = {
    'index.ts': `import { OpenAPIHandler } from '@orpc/openapi/fetch'; import { implement } from '@orpc/server'; import { contract } from './contract';
const os = implement(contract).$context<{}>(); const planets = os.planets; const add = planets.add.use(guard).handler(() => ({ id: 'x' }));
class Api { handler = new OpenAPIHandler(os.router({ planets: { list: planets.list.handler(() => []), add } })); fetch(request: Request) { return this.handler.handle(request, { prefix: '/api' }); } }`,
    'contract.ts': contract,
  };
  const failure = '{defined! code! status! message! data}';
  assert.deepEqual(lines(router), [
    `get /api/v2/planets ?page!=number 200[{id!}] 400${failure}`,
    `post /api/v2/planets/add body{name!} 200{id!} 400${failure}`,
  ]);
  const nest = {
    'index.ts': `import { NestFactory } from '@nestjs/core'; import { Planets } from './planets'; const app = await NestFactory.create(Planets); app.setGlobalPrefix('rest');`,
    'planets.ts': `import { Controller } from '@nestjs/common'; import { Implement } from '@orpc/nest'; import { implement, ORPCError } from '@orpc/server'; import { contract } from './contract';
@Controller() export class Planets { @Implement(contract.planets.list) list() { return implement(contract.planets.list).handler(() => { throw new ORPCError('FORBIDDEN'); }); } }`,
    'contract.ts': contract,
  };
  const { operations } = read(nest);
  assert.deepEqual(operations.map(line), [`get /rest/v2/planets ?page!=number 200[{id!}] 400${failure} 403${failure}`]);
  assert.deepEqual(operations[0]?.tags, ['Space']);
});

test('oRPC: a route of Next that hands on to procedures is none itself; what only RPC serves is said to have none', () => {
  const files = {
    'package.json': '{}',
    'next.config.ts': 'export default {};',
    'app/api/[[...rest]]/route.ts': `import { OpenAPIHandler } from '@orpc/openapi/fetch'; import { os } from '@orpc/server';
const handler = new OpenAPIHandler({ ping: os.route({ method: 'GET', path: '/ping' }).handler(() => 'pong') });
export async function GET(request: Request) { const { response } = await handler.handle(request, { prefix: '/api' }); return response ?? new Response('Not found', { status: 404 }); }`,
  };
  assert.deepEqual(lines(files, 'next.config.ts'), ['get /api/ping 200string']);
  const rpc = {
    'index.ts': `import { RPCHandler } from '@orpc/server/fetch'; import { os } from '@orpc/server'; export const handler = new RPCHandler({ ping: os.handler(() => 'pong') });`,
  };
  const { operations, notes } = read(rpc);
  assert.deepEqual(operations, []);
  assert.deepEqual(
    notes.map(({ message }) => message),
    [
      'What only an RPCHandler serves has no route that OpenAPI could describe, so nothing of it is written; an OpenAPIHandler would give it one.',
    ],
  );
  const filtered = {
    'index.ts': `import { OpenAPIHandler } from '@orpc/openapi/fetch'; import { os } from '@orpc/server'; import { far } from 'elsewhere';
new OpenAPIHandler({ ping: os.handler(() => 'pong') }, { filter: ({ contract }) => isPublic(contract) }); new OpenAPIHandler(far);`,
  };
  assert.deepEqual(
    read(filtered).notes.map(({ message }) => message),
    [
      'Which procedures this filter lets through is known only at run time, so all are written.',
      'The router cannot be followed to where its procedures are written, so they are missing.',
    ],
  );
});

test('express-openapi: modules by the paths of their files, what stands beside a method, and handlers by operationId', () => {
  const files = {
    'package.json': '{}',
    'index.ts': `import express from 'express'; import { initialize } from 'express-openapi'; import path from 'path'; import { doc } from './doc'; import * as more from './more';
const app = express();
initialize({ app, apiDoc: { ...doc, 'x-strict': true }, paths: [path.resolve(__dirname, 'paths'), { path: '/listed', module: more }], pathsIgnore: new RegExp('.helper$'), operations: { getHealth: (req, res) => res.json({ ok: true }) } });
const version = 1;`,
    'doc.ts': `export const doc = { openapi: '3.0.0', info: { title: 'x', version: '1' }, servers: [{ url: 'https://example.com/v1' }],
  paths: { '/health': { get: { operationId: 'getHealth', responses: { 200: { description: 'up' } } } } },
  components: { schemas: { User: { type: 'object', required: ['id'], properties: { id: { type: 'integer' }, boss: { $ref: '#/components/schemas/User' } } } },
    parameters: { Page: { in: 'query', name: 'page', schema: { type: 'integer' } } }, securitySchemes: { Bearer: { type: 'http', scheme: 'bearer' } } } };`,
    'more.ts': `export const get = (req, res) => res.status(200).json({ a: 1 });
export const put = () => {}; put.apiDoc = { security: isOpen() ? [] : undefined, requestBody: { content: { 'application/json': { schema: { properties: { a: { type: 'string' } }, allOf: [{ oneOf: [{ properties: { b: { type: 'string' } } }, { properties: { c: { type: 'string' } } }] }] } } } }, responses: {} };`,
    'paths/users/{id}.ts': `import { Operation } from 'express-openapi'; import { errors, ROLES } from '../../shared';
export const parameters = [{ in: 'path', name: 'id', required: true, schema: { type: 'integer' } }];
export const GET: Operation = [authorize(), find()];
GET.apiDoc = { summary: 'One', tags: ['people'], security: [{ Bearer: [] }], parameters: [{ $ref: '#/components/parameters/Page' }, { in: 'query', name: 'role', required: true, schema: { type: 'string', enum: Object.values(ROLES) } }],
  responses: { ...errors, 200: { description: 'it', content: { 'application/json': { schema: { $ref: '#/components/schemas/User' } } } } } };
export function find() { return async (req, res) => { if (!req.params.id) return res.status(404).json({ message: 'none' }); return res.status(200).json(await load(req.query.page)); }; }`,
    'paths/users/index.ts': `export default function (users) { const operations = { POST: create, del };
  function create(req, res) { users.add(req.body); res.status(201).send(); } create.apiDoc = \`
operationId: addUser
requestBody:
  required: true
  content: { application/json: { schema: { type: object, properties: { name: { type: string } } } } }
responses: { 201: { description: made } }\`;
  function del(req, res) { res.sendStatus(204); }
  return operations; }`,
    'paths/vendor/a.helper.ts': `export const get = (req, res) => res.json({});`,
    'shared.ts': `export const errors = { 500: { description: 'no' } }; export const ROLES = { ADMIN: 'admin', USER: 'user' };`,
  };
  const { operations, notes } = read(files);
  assert.deepEqual(operations.map(line), [
    'post /v1/users body{name} 201',
    'delete /v1/users 204',
    'get /v1/users/{id} (Bearer) ?page=integer ?role!=string 200{id! boss} 404{message!} 500',
    'get /v1/listed 200{a!}',
    'put /v1/listed body_',
    'get /v1/health 200 200{ok!}',
  ]);
  assert.deepEqual(operations[2]?.parameters.find(({ name }) => name === 'role')?.shape.enum, ['admin', 'user']);
  // What all have stands beside what each of several has.
  assert.deepEqual(operations[4]?.bodies[0]?.shape.anyOf?.map(word), ['{a b}', '{a c}']);
  assert.deepEqual(notes, []);
});

test('openapi-backend: what is served of a document, which operations lack a handler, and which handlers an operation', () => {
  const files = {
    'package.json': '{}',
    'index.ts': `import OpenAPIBackend from 'openapi-backend'; import express from 'express'; import path from 'path'; import * as users from './users';
const api = new OpenAPIBackend({ definition: path.join(__dirname, 'openapi.yml'), apiRoot: '/v1', handlers: { ...users, notFound: (c, req, res) => res.status(404).json({}) } });
api.register('addUser', async (c, req, res) => { if (c.request.requestBody.name === 'x') return res.status(409).json({ taken: true }); return res.status(201).json({ id: 1 }); });
api.register({ gone: (c, req, res) => res.json({}) });
const app = express(); app.use('/api', (req, res) => api.handleRequest(req, req, res));`,
    'users.ts': `export const listUsers = (c, req, res) => res.status(200).json([]); export const limit = 10; export const dropUser = guarded((c, req, res) => res.status(204).send());`,
    'openapi.yml': `openapi: 3.1.0
paths:
  /users:
    get: { operationId: listUsers, parameters: [{ in: query, name: page, schema: { type: integer } }], responses: { '200': { $ref: 'parts/answers.yml#/Users' } } }
    post: { operationId: addUser, requestBody: { content: { application/json: { schema: { type: object, required: [name], properties: { name: { type: string } } } } } }, responses: { '201': { description: made } } }
  /users/{id}:
    delete: { operationId: dropUser, responses: { '204': { description: gone } } }
  /orders:
    get: { operationId: listOrders, responses: { '200': { description: all } } }
    put: { responses: { '200': { description: all } } }`,
    'parts/answers.yml': `Users: { description: all, content: { application/json: { schema: { type: array, items: { $ref: '#/User' } } } } }
User: { type: object, properties: { id: { type: integer } } }`,
  };
  const { operations, notes } = read(files);
  assert.deepEqual(operations.map(line), [
    'get /api/v1/users ?page=integer 200[{id}]',
    'post /api/v1/users body{name!} 201 201{id!} 409{taken!}',
    'delete /api/v1/users/{id} 204',
  ]);
  const [first] = operations;
  assert.deepEqual(
    [first?.operationId, files['users.ts'].slice(first?.source.start, first?.source.end)],
    ['listUsers', 'listUsers'],
  );
  assert.deepEqual(
    notes.map(({ message, start, end }) => [files['index.ts'].slice(start, end), message]),
    [
      [`path.join(__dirname, 'openapi.yml')`, '“listOrders”, GET /orders of the document, has no handler, so it is not written.'],
      [
        `path.join(__dirname, 'openapi.yml')`,
        'PUT /orders of the document has no operationId, so no handler can be registered for it.',
      ],
      ['gone', '“gone” is no operation of the document, so nothing leads to this handler.'],
    ],
  );
  // Handlers that are not seen are no handlers that are lacking.
  const open = { ...files, 'index.ts': files['index.ts'].replace('...users', '...load()') };
  assert.deepEqual(
    read(open).notes.map(({ message }) => message),
    [
      'Which operations of the document have a handler is known only at run time, so all are written.',
      '“gone” is no operation of the document, so nothing leads to this handler.',
    ],
  );
  assert.equal(read(open).operations.length, 5);
  const far = { ...files, 'index.ts': files['index.ts'].replace('openapi.yml', 'elsewhere.yml') };
  assert.deepEqual(
    read(far).notes.map(({ message }) => message),
    ['The document that is served is not found, so its operations are missing.'],
  );
});

test('exegesis: controllers in a folder, by the names that the document has for them', () => {
  const files = {
    'package.json': '{}',
    'index.js': `const express = require('express'); const exegesisExpress = require('exegesis-express'); const path = require('path');
async function start() { const app = express(); app.use(await exegesisExpress.middleware(path.resolve(__dirname, './openapi.yaml'), { controllers: path.resolve(__dirname, 'controllers') })); }`,
    'controllers/greet.js': `exports.getGreeting = function getGreeting(context) { if (!context.params.query.name) throw context.makeError(422, 'name'); return { message: 'hi' }; }; exports.helper = () => 1;`,
    'openapi.yaml': `openapi: 3.0.0
servers: [{ url: '/base' }]
paths:
  /greet:
    x-exegesis-controller: greet
    get: { operationId: getGreeting, parameters: [{ in: query, name: name, schema: { type: string } }], responses: { '200': { description: hi, content: { application/json: { schema: { type: object, properties: { message: { type: string } } } } } } } }
    delete: { operationId: forget, responses: { '204': { description: gone } } }`,
  };
  const { operations, notes } = read(files, 'index.js');
  assert.deepEqual(operations.map(line), ['get /base/greet ?name=string 200{message} 422']);
  assert.deepEqual(
    notes.map(({ message }) => message),
    ['“greet.forget”, DELETE /greet of the document, has no handler, so it is not written.'],
  );
});

test('statuses that results of a class hold, which its static functions make, and those of errors that their class states', () => {
  const { operations, notes } = read({
    'index.ts': `import express from 'express'; import { users } from './users'; import { Result } from './result'; const app = express();
class Missing extends Error { static statusCode = 404; } class Gone extends Error { get status() { return 410; } }
const handle = (result: Result<any>, res) => res.status(result.statusCode).send(result);
app.get('/users', async (req, res) => { const result = await users.all(); return handle(result, res); });
app.get('/users/:id', async (req, res) => { const result = await users.one(req.params.id); res.status(result.statusCode).send(result); });
app.get('/static', () => { throw new Missing(); }); app.get('/getter', () => { throw new Gone('x'); });
app.get('/open', async (req, res) => { const result = await other(); res.status(result.statusCode).send(result); });`,
    'result.ts': `import { StatusCodes } from 'http-status-codes';
export class Result<T> { readonly success: boolean; readonly data: T; readonly statusCode: number;
  private constructor(success: boolean, data: T, statusCode: number) { this.success = success; this.data = data; this.statusCode = statusCode; }
  static success<T>(data: T, statusCode: number = StatusCodes.OK) { return new Result(true, data, statusCode); }
  static failure<T>(data: T, statusCode: number = StatusCodes.BAD_REQUEST) { return new Result(false, data, statusCode); } }`,
    'users.ts': `import { StatusCodes } from 'http-status-codes'; import { Result } from './result'; interface User { id: number }
class Users { async all(): Promise<Result<User[] | null>> { try { const all = await load(); if (!all) return Result.failure(null, StatusCodes.NOT_FOUND); return Result.success<User[]>(all); } catch { return Result.failure(null, StatusCodes.INTERNAL_SERVER_ERROR); } }
  async one(id: string): Promise<Result<User | null>> { if (!id) return Result.failure(null); return Result.success(made(), StatusCodes.CREATED); } }
export const users = new Users();`,
  });
  assert.deepEqual(operations.map(line), [
    'get /users 200<ResultUserList> 404<ResultUserList> 500<ResultUserList>',
    'get /users/{id} 201<ResultUser> 400<ResultUser>',
    'get /static 404',
    'get /getter 410',
    'get /open default',
  ]);
  assert.deepEqual(
    notes.map(({ message }) => message),
    ['The status is computed at run time, so the response is written as default.'],
  );
});

test('what only comments in the words of OpenAPI say is said where the code says nothing, and known to be said', () => {
  const files = {
    'package.json': '{}',
    'index.ts': `import express from 'express'; import { users } from './users'; import { z } from 'zod'; const app = express(); app.use('/api', users);
/**
 * @openapi
 * /orders:
 *   get:
 *     parameters: [{ in: query, name: stale, schema: { type: string } }]
 *     responses: { 200: { description: all, content: { application/json: { schema: { type: object, properties: { stale: { type: string } } } } } }, 201: { description: stale } }
 *   delete: { responses: { 204: { description: nobody serves this } } }
 */
app.get('/orders', (req, res) => { const query = z.object({ page: z.string() }).parse(req.query); res.json({ page: query.page }); });`,
    'users.ts': `import { Router } from 'express'; export const users = Router();
/**
 * @swagger
 * /users/{id}:
 *   put:
 *     summary: Changes one
 *     tags: [People]
 *     parameters:
 *       - { in: query, name: dry, required: true, schema: { type: boolean } }
 *       - { in: query, name: force, schema: { type: string } }
 *     requestBody: { content: { application/json: { schema: { type: object, properties: { name: { type: string }, age: { type: integer } } } } } }
 *     responses:
 *       200: { description: it, content: { application/json: { schema: { $ref: '#/components/schemas/User' } } } }
 *       404: { description: none }
 * @returns nothing
 */
users.put('/users/:id', async (req, res) => { const { name } = req.body; if (req.query.force === '1') force(); res.json(await save(name)); });`,
    'schemas.ts': `/**
 * @swagger
 * components:
 *   schemas:
 *     User: { type: object, required: [id], properties: { id: { type: integer } } }
 */
export {};`,
  };
  const { operations } = read(files);
  assert.deepEqual(operations.map(line), [
    'put /api/users/{id} ?force=string ?dry!=boolean body{name age} 200{id!} 404',
    'get /orders ?page!=string 200{page!}',
  ]);
  const [put] = operations;
  assert.deepEqual([put?.summary, put?.tags], ['Changes one', ['People']]);
  assert.deepEqual(
    put?.parameters.map(({ name, evidence }) => [name, evidence.confidence]),
    [
      ['force', 'seen'],
      ['dry', 'said'],
    ],
  );
});

test('Express: parts of a path that may be absent, and a pattern that is none', () => {
  const { operations, notes } = read({
    'index.ts': `import express from 'express'; const app = express();
app.get('/reports/:id.:format?', (req, res) => res.json({})); app.get('/api(/v1)?/users', (req, res) => res.json({})); app.get('/ab?cd', (req, res) => res.json({}));`,
  });
  assert.deepEqual(
    operations.map(({ path }) => path),
    ['/reports/{id}', '/reports/{id}.{format}', '/api/users', '/api/v1/users'],
  );
  assert.deepEqual(
    notes.map(({ message }) => message),
    ['The path is a pattern that OpenAPI cannot express, so its routes are missing.'],
  );
});

test('Koa and Express: a path that may stand below any other is written as it stands alone, any other wildcard is not', () => {
  const koa = `import Koa from 'koa'; import Router from '@koa/router'; const app = new Koa(); const router = new Router();
router.get('(.*)/orders/:id', (ctx) => { ctx.body = { id: 1 }; }); router.get('/files/(.*)', (ctx) => { ctx.body = { file: 1 }; }); router.get('(.*)', (ctx) => { ctx.status = 404; });
app.use(router.routes());`;
  const { operations, notes } = read({ 'index.ts': koa });
  assert.deepEqual(operations.map(line), ['get /orders/{id} 200{id!}']);
  assert.deepEqual(
    notes.map(({ message }) => message.replace(/;.*| that OpenAPI.*/, '')),
    ['The path may stand below any other here', 'The path is a pattern', 'The path is a pattern'],
  );
  const express = `import express from 'express'; const app = express(); app.get('*/health', (req, res) => res.json({ ok: true })); app.get('/*/health', (req, res) => res.json({ ok: true }));`;
  assert.deepEqual(lines({ 'index.ts': express }), ['get /health 200{ok!}']);
});

test('Express: routes that functions of a table add, as many as a call names, or all of them', () => {
  const files = {
    'index.js': `const express = require('express'); const app = express();
app.use('/orders', require('./orders')); app.use('/users', require('./users')); app.use('/carts', require('./carts'));`,
    'orders.js': `const router = require('express').Router(); const decorate = require('./decorate'); decorate(router, store, ['list', 'remove'], { list: check }); module.exports = router;`,
    'users.js': `const router = require('express').Router(); const decorate = require('./decorate'); decorate(router, store, ['*']); module.exports = router;`,
    'carts.js': `const router = require('express').Router(); const decorate = require('./decorate'); decorate(router, store); module.exports = router;`,
    'decorate.js': `module.exports = decorate; const verbs = { list, add, remove };
function decorate(router, store, names, checks = {}) {
  const chosen = names && Array.isArray(names) && names[0] !== '*' ? names : Object.keys(verbs);
  chosen.forEach((name) => { verbs[name](router, store, checks); });
}
function list(router, store) { router.get('/', (req, res) => res.json([])); }
function add(router, store) { router.post('/', (req, res) => res.status(201).json({ id: 1 })); }
function remove(router, store) { router.delete('/:id', (req, res) => res.sendStatus(204)); }`,
  };
  const { operations, notes } = read(files, 'index.js');
  assert.deepEqual(notes, []);
  assert.deepEqual(operations.map(({ method, path }) => `${method} ${path}`).sort(), [
    'delete /carts/{id}',
    'delete /orders/{id}',
    'delete /users/{id}',
    'get /carts',
    'get /orders',
    'get /users',
    'post /carts',
    'post /users',
  ]);
});

test('Express: a condition on what may be there, or is assigned later, decides nothing', () => {
  const files = {
    'index.js': `const express = require('express'); const app = express();
function serve(router, extra, more) {
  more = more || ['audit'];
  if (extra) router.get('/extra', (req, res) => res.json({ extra })); else router.get('/plain', (req, res) => res.json({ extra: 0 }));
  if (more) router.get('/more', (req, res) => res.json({ more: 1 }));
}
serve(app, process.env.EXTRA ? ['one'] : undefined);`,
  };
  assert.deepEqual(lines(files, 'index.js'), ['get /extra 200{extra}', 'get /plain 200{extra!}', 'get /more 200{more!}']);
});

test('Hono: endpoints that a factory makes and that mount themselves, with middlewares in front or none', () => {
  const files = {
    'index.ts': `import { OpenAPIHono } from '@hono/zod-openapi'; import { createOrders, ordersPath } from './orders'; const app = new OpenAPIHono(); app.route(ordersPath, createOrders()); export default app;`,
    'define.ts': `export const define = (prefix: string) => (args) => {
  const { route, handler, listed = true } = args;
  const { name, ...rest } = route;
  const plain = { ...rest, operationId: name } as unknown;
  const endpoint = { route, prefix, mount(app, ...middlewares) {
    const own = middlewares.length > 0 ? { ...plain, middleware: middlewares } : plain;
    (app as any).openapi(own, handler);
    if (listed) register(endpoint);
  } };
  return endpoint;
};`,
    'orders.ts': `import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'; import { define } from './define'; import { limit } from './limit';
export const ordersPath = '/orders'; const endpoint = define(ordersPath); const Order = z.object({ id: z.string() });
const list = endpoint({ route: createRoute({ method: 'get', path: '/', name: 'listOrders', request: { query: z.object({ page: z.number() }) }, responses: { 200: { content: { 'application/json': { schema: z.array(Order) } } } } }), handler: (c) => c.json([]) });
const drop = endpoint({ route: createRoute({ method: 'delete', path: '/{id}', name: 'dropOrder', responses: { 204: { description: 'gone' } } }), handler: (c) => c.body(null, 204) });
export const createOrders = () => { const app = new OpenAPIHono(); for (const one of [list]) one.mount(app); drop.mount(app, limit); return app; };`,
    'limit.ts': `export const limit = async (c, next) => { await next(); };`,
  };
  const { operations, notes } = read(files);
  assert.deepEqual(notes, []);
  assert.deepEqual(operations.map(line), ['delete /orders/{id} 204', 'get /orders ?page!=number 200[{id!}]']);
});

test('Nest: classes made of a schema, by nestjs-zod, by a function that says what `new` gives, or by one that keeps the schema', () => {
  const files = {
    'index.ts': `import { NestFactory } from '@nestjs/core'; import { AppModule } from './app'; NestFactory.create(AppModule);`,
    'app.ts': `import { Body, Controller, Get, Module, Post, Query } from '@nestjs/common'; import { createZodDto } from 'nestjs-zod'; import { z } from 'zod'; import { dto, kept, plain } from './dto';
const Order = z.object({ sku: z.string().min(2), count: z.number().optional() }); const Either = z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]);
class ByPackage extends createZodDto(Order) {} class ByType extends dto(Order) {} class ByField extends kept(Order) {} class More extends createZodDto(Order) { note: string }
class Whole extends createZodDto(Either) {} class Plain extends plain(Order) {}
@Controller('orders') class Orders {
  @Post('package') package(@Body() body: ByPackage) {} @Post('type') type(@Body() body: ByType) {} @Post('field') field(@Body() body: ByField) {} @Post('more') more(@Body() body: More) {}
  @Post('whole') whole(@Body() body: Whole) {} @Post('plain') plain(@Body() body: Plain) {} @Get() list(@Query() query: ByType): ByType[] { return find(); }
}
@Module({ controllers: [Orders] }) export class AppModule {}`,
    'dto.ts': `import { z, type ZodSchema, type ZodTypeDef } from 'zod';
interface Dto<T, D extends ZodTypeDef, I> { isDto: true; schema: ZodSchema<T, D, I>; new (): T }
export function dto<T = unknown, D extends ZodTypeDef = ZodTypeDef, I = T>(schema: ZodSchema<T, D, I>): Dto<T, D, I> { class Made { static readonly schema = schema; } return Made as unknown as Dto<T, D, I>; }
export function kept(schema) { class Made { static schema = schema; static create(input) { return schema.parse(input); } } return Made; }
export function plain(schema) { class Made { id: number; static schema = schema; } return Made; }`,
  };
  const { operations, types } = read(files);
  const own = (shape: Shape = {}): Shape => (shape.ref ? own(types.get(shape.ref)) : shape);
  const bodies = operations.map(({ path, bodies: [body] }) => `${path} ${word(own(body?.shape))}`);
  assert.deepEqual(bodies, [
    '/orders/package {sku! count}',
    '/orders/type {sku! count}',
    '/orders/field {sku! count}',
    '/orders/more {sku! count note!}',
    '/orders/whole _',
    '/orders/plain {id!}',
    '/orders _',
  ]);
  assert.equal(types.get('ByPackage')?.properties?.sku?.minLength, 2);
  assert.deepEqual(own(operations[4]?.bodies[0]?.shape).anyOf?.map(word), ['{a!}', '{b!}']);
  assert.equal(line(operations[6] as OperationFact), 'get /orders ?sku!=string ?count=number 200[<ByType>]');
});

test('Express: a route that only refuses or hands on stands before the one that answers; one that answers is the last', () => {
  const files = {
    'index.js': `const express = require('express'); const app = express(); const routes = express.Router();
const limit = (req, res, next) => { if (req.body.count > 9) return res.status(422).json({ reason: 'many' }); next(); };
routes.post(['/orders', '/users'], limit); routes.put('/gone', (req, res) => res.status(410).json({ reason: 'gone' }));
routes.post('/orders', (req, res) => { make(req.body.sku); res.status(201).json({ id: 1 }); });
routes.put('/gone', (req, res) => res.json({ never: 1 })); routes.get('/twice', (req, res, next) => { res.json({ first: 1 }); next(); }); routes.get('/twice', (req, res) => res.json({ second: 1 }));
app.use(routes);`,
  };
  assert.deepEqual(lines(files, 'index.js'), [
    'post /orders body{sku} 201{id!} 422{reason!}',
    'post /users body{count} 422{reason!}',
    'put /gone 410{reason!}',
    'get /twice 200{first!}',
  ]);
});

test('Nest: responses and statuses that decorators of the project are given, one by one, in lists, or not at all', () => {
  const files = {
    'main.ts': `import { NestFactory } from '@nestjs/core'; import { AppModule } from './app'; NestFactory.create(AppModule);`,
    'own.ts': `import { applyDecorators, HttpCode, UseGuards } from '@nestjs/common'; import { ApiBearerAuth, ApiOperation, ApiQuery, ApiResponse } from '@nestjs/swagger';
export const Documented = (options) => { const { queries, responses, secured, ...rest } = options;
  const stated = responses?.map((response) => ApiResponse(response)) ?? []; const asked = queries?.map((query) => ApiQuery(query)) ?? [];
  return applyDecorators(ApiOperation(rest), ...stated, ...asked, ...(secured ? [ApiBearerAuth()] : [])); };
export function Endpoint(options) { return applyDecorators(HttpCode(options.status), ApiResponse({ status: options.status, type: options.type })); }`,
    'app.ts': `import { Controller, Get, HttpStatus, Module, Post } from '@nestjs/common'; import { Documented, Endpoint } from './own';
class Order { sku: string } const chosen = { responses: pick() };
@Controller('orders') class Orders {
  @Get() @Documented({ summary: 'All', queries: [{ name: 'page', required: false, type: Number }], responses: [{ status: 200, type: [Order] }, { status: 409, description: 'Busy' }], secured: {} }) list() { return find(); }
  @Get('one') @Documented({ summary: 'One' }) one(): Order { return find(); }
  @Get('some') @Documented(chosen) some(): Order { return find(); }
  @Post() @Endpoint({ status: HttpStatus.ACCEPTED, type: Order }) make() { return find(); }
}
@Module({ controllers: [Orders] }) export class AppModule {}`,
  };
  const { operations } = read(files, 'main.ts');
  assert.deepEqual(operations.map(line), [
    'get /orders (bearer) ?page=number 200[<Order>] 409{statusCode! message! error}',
    'get /orders/one 200<Order>',
    'get /orders/some 200<Order>',
    'post /orders 202<Order>',
  ]);
});

test('Hono: a function that hands the parts of a body to itself is read to an end', () => {
  const files = {
    'index.ts': `import { Hono } from 'hono'; const app = new Hono(); export default app;
function sorted(value) { if (Array.isArray(value)) return value.map((item) => sorted(item)); const own = {}; for (const key of Object.keys(value)) own[key] = sorted(value[key]); return own; }
app.post('/hooks', async (c) => { const body = await c.req.json(); sign(sorted(body)); save(body.id); return c.json({ ok: true }); });`,
  };
  const { operations } = read(files);
  assert.deepEqual(
    operations.map(({ path, responses }) => [path, ...responses.map(({ status }) => status)]),
    [['/hooks', '200']],
  );
});

test('Express: a middleware that changes what is answered is said, one that only looks at it is not', () => {
  const app = (set: string) => `import express from 'express'; const app = express();
app.use((req, res, next) => { const send = res.json.bind(res); ${set} next(); }); app.get('/orders', (req, res) => res.json({ id: 1 }));`;
  const said = (set: string) => read({ 'index.ts': app(set) }).notes.map(({ message }) => message.replace(/,.*/, ''));
  const changed = ['What handlers answer is changed here before it is sent'];
  assert.deepEqual(said('res.json = (body) => send({ data: body });'), changed);
  assert.deepEqual(said('res.json = function (body) { return send(camel(body)); };'), changed);
  assert.deepEqual(said('res.json = (body) => { log(JSON.stringify(body)); return send(body); };'), []);
  assert.deepEqual(said('res.json = function (body) { log(body); return send.call(this, body); };'), []);
});

test('a query or a body that is given whole to what is not read is said, unless something is known of it', () => {
  const files = {
    'index.ts': `import express from 'express'; import axios from 'axios'; import { store } from 'store'; import { log } from 'log'; import { z } from 'zod'; import { own } from './own';
const app = express(); const up = axios.create({ baseURL: 'x' });
app.use(async (req, res, next) => { req.seen = await store.count(req.query); next(); });
app.get('/a', async (req, res) => { const { data } = await up.get('/a', { params: req.query }); res.json(data); });
app.get('/b', async (req, res) => { res.json(await store.list(req.query)); });
app.post('/c', async (req, res) => { const made = await store.create(req.body); res.json(made); });
app.get('/named', async (req, res) => { const page = Number(req.query.page); res.json(await store.list(page, req.query)); });
app.get('/logged', async (req, res) => { log.info(req.query); res.json({ text: JSON.stringify(req.query), ok: true }); });
app.post('/checked', async (req, res) => { const body = z.object({ name: z.string() }).parse(req.body); res.json(await store.create(body)); });
app.get('/own', async (req, res) => { res.json(await own(req.query)); });
app.post('/echo', (req, res) => { return res.json(req.body); });`,
    'own.ts': `export async function own(query) { return { at: query.at }; }`,
  };
  const at = (file: keyof typeof files) => (one: { start: number; end: number; message: string }) => [
    files[file].slice(one.start, one.end),
    one.message,
  ];
  const { operations, notes } = read(files);
  const message = {
    query: 'All of the query is given here to what is not read, so its parameters are not seen.',
    body: 'All of the body is given here to what is not read, so what is in it is not seen.',
  };
  assert.deepEqual(notes.map(at('index.ts')), [
    ['req.query', message.query],
    ['req.query', message.query],
    ['req.body', message.body],
  ]);
  assert.deepEqual(
    notes.map(({ start }) => files['index.ts'].slice(0, start).split('\n').length),
    [4, 5, 6],
  );
  assert.deepEqual(operations.filter(({ path }) => /named|checked|own/.test(path)).map(line), [
    'get /named ?page=number 200_',
    'post /checked body{name!} 200_',
    'get /own ?at=string 200{at}',
  ]);
  const koa = {
    'index.ts': `import Koa from 'koa'; import Router from '@koa/router'; import axios from 'axios'; const router = new Router();
router.get('/x', async (ctx) => { const { data } = await axios.get('http://y', { params: ctx.query }); ctx.body = data; }); new Koa().use(router.routes());`,
  };
  assert.deepEqual(
    read(koa).notes.map((one) => [koa['index.ts'].slice(one.start, one.end), one.message]),
    [['ctx.query', message.query]],
  );
});

test('express-openapi-validator: operations name the module of their handler; others are routes, and what only validates serves none', () => {
  const document = `openapi: 3.0.3
servers: [{ url: https://example.com/api/v1 }]
paths:
  /orders:
    get: { operationId: list, x-eov-operation-handler: orders, parameters: [{ in: query, name: page, schema: { type: integer } }], responses: { '200': { description: all } } }
    post: { x-eov-operation-id: add, x-eov-operation-handler: ./orders, operationId: addOrder, responses: { '201': { description: made } } }
  /files/{id}:
    get: { operationId: files.read, responses: { '200': { description: one } } }`;
  const app = (
    options: string,
  ) => `import express from 'express'; import * as OpenApiValidator from 'express-openapi-validator'; import path from 'path';
const app = express(); app.use(OpenApiValidator.middleware({ apiSpec: path.join(__dirname, 'openapi.yaml')${options} }));
app.get('/health', (req, res) => res.json({ ok: true }));`;
  const files = (options: string) => ({
    'package.json': '{}',
    'index.ts': app(options),
    'openapi.yaml': document,
    'handlers/orders.ts': `export const list = (req, res) => res.json([{ id: 1 }]); export const add = (req, res) => { if (!req.body.name) return res.status(422).json({ name: 'missing' }); res.status(201).json({ id: 1 }); };`,
    'handlers/files.ts': `export const read = (req, res) => res.status(404).json({ gone: true });`,
  });
  assert.deepEqual(lines(files(`, operationHandlers: path.join(__dirname, 'handlers')`)), [
    'get /api/v1/orders ?page=integer 200 200[{id!}]',
    'post /api/v1/orders body{name} 201 201{id!} 422{name!}',
    'get /health 200{ok!}',
  ]);
  const byPath = `, operationHandlers: { basePath: path.join(__dirname, 'handlers'), resolver: OpenApiValidator.resolvers.modulePathResolver }`;
  assert.deepEqual(lines(files(byPath)), ['get /api/v1/files/{id} 200 404{gone!}', 'get /health 200{ok!}']);
  const own = read(files(`, operationHandlers: { basePath: path.join(__dirname, 'handlers'), resolver: find }`));
  assert.deepEqual(own.operations.map(line), ['get /health 200{ok!}']);
  assert.deepEqual(
    own.notes.map(({ message }) => message),
    ['Which function handles an operation is decided at run time, so these are missing.'],
  );
  assert.deepEqual(lines(files('')), ['get /health 200{ok!}']);
});

test('itty-router: bases, parts of the request, helpers that answer, responses of a class, middlewares, and who hands on', () => {
  const files = {
    'index.ts': `import { AutoRouter, Router, error, json, status } from 'itty-router'; import { books } from './books';
const router = AutoRouter({ base: '/v1' });
const guard = (request) => { if (!request.headers.get('authorization')) return error(401, 'No key'); };
router
  .get('/orders/:id', ({ params, query }) => { if (query.full === 'yes') return { id: params.id, lines: [1] }; return error(404, { reason: 'gone' }); })
  .all('*', guard)
  .post('/orders', async (request) => { const { name } = await request.json(); return json({ name }, { status: 201 }); })
  .delete('/orders/:id', () => status(204))
  .get('/files/*', () => new Response('x'))
  .all('/books/*', books.fetch)
  .all('*', () => error(404));
export default { fetch: (request, ...args) => router.fetch(request, ...args) };`,
    'books.ts': `import { Router } from 'itty-router'; import { Reply, missing } from './reply'; export const books = Router({ base: '/books' });
books.get('/', async (request) => new Reply([{ title: 'a' }])).get('/:isbn', (request) => { const page = new URL(request.url).searchParams.get('page'); return page ? new Reply({ page }, { status: 206 }) : missing(); });`,
    'reply.ts': `export class Reply extends Response { constructor(body, init = {}) { super(JSON.stringify(body), init); } }
export const missing = () => new Reply({ message: 'Not found' }, { status: 404 });`,
  };
  const { operations, notes } = read(files);
  assert.deepEqual(operations.map(line), [
    'get /v1/orders/{id} ?full=string 200{id! lines!} 404{status! reason}',
    'post /v1/orders (authorizationHeader) body{name} 201{name} 401{status! error}',
    'delete /v1/orders/{id} (authorizationHeader) 204 401{status! error}',
    'get /books 200[{title!}]',
    'get /books/{isbn} ?page=string 206{page} 404{message!}',
  ]);
  assert.deepEqual(
    notes.map(({ message }) => message),
    ['The path is a pattern that OpenAPI cannot express, so its routes are missing.'],
  );
});

const lambda = (files: Record<string, string>) => {
  const host = memoryHost(Object.fromEntries(Object.entries(files).map(([name, text]) => [`file:///app/${name}`, text])));
  return readApplication(['file:///app'], host, host.read);
};

const functions = {
  'package.json': '{}',
  'src/orders.ts': `import { answer } from './answer';
export const list = async (event) => { const page = event.queryStringParameters?.page; return answer(200, [{ id: page }]); };
export const add = async (event) => { const { name } = JSON.parse(event.body); if (!name) { return { statusCode: 422, body: JSON.stringify({ missing: 'name' }) }; } const made = { statusCode: 201, body: JSON.stringify({ id: 1 }) }; return made; };
export const show = middy(async (event) => event.pathParameters.id ? answer(200, { id: event.pathParameters.id }) : { statusCode: 404 }).use(cors());`,
  'src/answer.ts': `export const answer = (status: number, body: unknown) => ({ statusCode: status, body: JSON.stringify(body) });`,
};

test('Serverless Framework: routes of a manifest and of files it names, what is checked before, authorizers, what more than one route is', () => {
  const { operations, notes } = lambda({
    ...functions,
    'serverless.yml': `service: orders
functions:
  - list: { handler: src/orders.list, events: [{ httpApi: 'GET /orders' }, { schedule: rate(1 hour) }] }
    show: { handler: ./src/orders.show, events: [{ http: { path: 'orders/{id}', method: get, private: true } }] }
    all: { handler: src/gone.handler, events: [{ http: { path: gone, method: get } }] }
    rest: { handler: src/answer.answer, events: [{ httpApi: '*' }] }
  - \${file(more.yml)}`,
    'more.yml': `add:
  handler: src/orders.add
  events:
    - http:
        path: /orders
        method: POST
        authorizer: { name: check, identitySource: method.request.header.X-Token }
        request: { parameters: { querystrings: { dry: false } }, schemas: { application/json: { type: object, required: [name], properties: { name: { type: string } } } } }`,
  });
  assert.deepEqual(operations.map(line), [
    'get /orders ?page=string 200[{id}]',
    'get /orders/{id} (apiKey) 200{id} 404',
    'post /orders (authorizer) ?dry=string body{name!} 201{id!} 422{missing!}',
  ]);
  assert.deepEqual(
    notes.map(({ uri, message }) => [uri, message]),
    [
      ['file:///app/serverless.yml', 'ANY /{proxy+} stands for more than OpenAPI can express, so it is not written.'],
      ['file:///app/serverless.yml', 'The function “src/gone.handler” of GET /gone is not found, so the route is not written.'],
    ],
  );
});

test('Serverless Framework in TypeScript: functions of a module, handlers beside the file that declares them, an application within one', () => {
  const files = {
    ...functions,
    'serverless.ts': `import * as functions from './src/all'; const config = { service: 'x', functions: { ...functions, web: { handler: 'src/web.handler', events: [{ http: { path: '{proxy+}', method: 'any' } }] } } }; module.exports = config;`,
    'src/all.ts': `export { default as list } from './list';`,
    'src/list.ts': `import { at } from './at'; export default { handler: \`\${at(__dirname)}/orders.list\`, events: [{ http: { method: 'get', path: 'orders' } }] };`,
    'src/at.ts': `export const at = (folder) => folder.split(process.cwd())[1];`,
    'src/web.ts': `import express from 'express'; import serverless from 'serverless-http'; const app = express(); app.get('/web', (req, res) => res.json({ ok: true })); export const handler = serverless(app);`,
  };
  const { operations, notes } = lambda(files);
  assert.deepEqual(operations.map(line), ['get /web 200{ok!}', 'get /orders ?page=string 200[{id}]']);
  assert.deepEqual(notes, []);
});

test('SAM: events of functions, code beside and built, default authorizers', () => {
  const { operations, notes } = lambda({
    ...functions,
    'template.yaml': `Transform: AWS::Serverless-2016-10-31
Globals: { Function: { CodeUri: src/ } }
Resources:
  Api: { Type: AWS::Serverless::Api, Properties: { StageName: !Ref Stage, Auth: { DefaultAuthorizer: Users } } }
  List: { Type: AWS::Serverless::Function, Properties: { Handler: orders.list, Events: { Get: { Type: Api, Properties: { Path: /orders, Method: get, Auth: { Authorizer: NONE } } }, Queue: { Type: SQS } } } }
  Show:
    Type: AWS::Serverless::Function
    Properties: { Handler: dist/orders.show, CodeUri: ./, Events: { Get: { Type: HttpApi, Properties: { Path: '/orders/{id}', Method: GET } } } }
  Add:
    Type: AWS::Serverless::Function
    Metadata: { BuildMethod: esbuild, BuildProperties: { EntryPoints: [orders.ts] } }
    Properties: { Handler: app.add, Events: { Post: { Type: Api, Properties: { Path: /orders, Method: post } } } }`,
  });
  assert.deepEqual(operations.map(line), [
    'get /orders ?page=string 200[{id}]',
    'get /orders/{id} (authorizer) 200{id} 404',
    'post /orders (authorizer) body{name} 201{id!} 422{missing!}',
  ]);
  assert.deepEqual(notes, []);
});

test('A query that functions read by name has no more names than those, whatever their parameters are declared to have', () => {
  const files = {
    'index.ts': `import express from 'express'; const app = express(); interface Filter { page?: string; tag?: string; at?: string }
const tagOf = (filter: Filter) => filter.tag; const named = (filter: Filter) => [tagOf(filter), filter['page']];
const all = (filter: Filter) => db.find(filter); const kept = (filter: Filter) => ({ ...filter, x: filter.tag });
app.get('/named', (req, res) => res.json(named(req.query))); app.get('/all', (req, res) => res.json(all(req.query)));
app.get('/kept', (req, res) => res.json(kept(req.query)));`,
  };
  assert.deepEqual(
    lines(files).map((one) => one.replace(/ 200.*/, '')),
    [
      'get /named ?tag=string ?page=string',
      'get /all ?page=string ?tag=string ?at=string',
      'get /kept ?tag=string ?page=string ?at=string',
    ],
  );
});

test('AWS CDK: resources by their names, routes of HTTP APIs, functions behind integrations, aliases and fields', () => {
  const { operations, notes } = read(
    {
      ...functions,
      'bin/app.ts': `import { App } from 'aws-cdk-lib'; import { ApiStack } from '../lib/api'; new ApiStack(new App(), 'api');`,
      'lib/api.ts': `import { Stack } from 'aws-cdk-lib'; import * as gateway from 'aws-cdk-lib/aws-apigateway'; import { HttpApi, HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2'; import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations'; import { Functions } from './functions';
export class ApiStack extends Stack { constructor(scope, id) { super(scope, id);
  const { listAlias } = new Functions(this, 'functions'); const made = new Functions(this, 'more'); const api = new gateway.RestApi(this, 'api');
  const orders = api.root.addResource('orders', { defaultCorsPreflightOptions: {} }); const integration = new gateway.LambdaIntegration(listAlias, {});
  orders.addMethod('GET', integration); orders.addResource('{id}').addMethod('GET', new gateway.LambdaIntegration(made.show));
  orders.addMethod(verb, integration); orders.addMethod('PUT', new gateway.MockIntegration()); api.root.addProxy().addMethod('ANY', integration);
  const http = new HttpApi(this, 'http'); http.addRoutes({ path: '/orders', methods: [HttpMethod.POST], integration: new HttpLambdaIntegration('add', made.add) });
} }`,
      'lib/functions.ts': `import * as path from 'path'; import { Construct } from 'constructs'; import * as lambda from 'aws-cdk-lib/aws-lambda'; import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
export class Functions extends Construct { readonly listAlias; readonly add = new NodejsFunction(this, 'add', { entry: 'src/orders.ts', handler: 'add' });
  constructor(scope, id) { super(scope, id); const list = new NodejsFunction(this, 'list', { entry: path.join(__dirname, '../src/orders.ts'), handler: 'list' });
  this.listAlias = new lambda.Alias(this, 'live', { version: list.currentVersion }); this.show = new lambda.Function(this, 'show', { code: lambda.Code.fromAsset('src'), handler: 'orders.show' }); } }`,
    },
    'bin/app.ts',
  );
  assert.deepEqual(operations.map(line), [
    'get /orders ?page=string 200[{id}]',
    'get /orders/{id} 200{id} 404',
    'post /orders body{name} 201{id!} 422{missing!}',
  ]);
  assert.deepEqual(
    notes.map(({ message }) => message),
    [
      'The path or the method is computed at run time, so its route is missing.',
      'The function of PUT /orders is not found, so the route is not written.',
      'ANY /{proxy+} stands for more than OpenAPI can express, so it is not written.',
    ],
  );
});

test('express-validator: a name with points is one parameter where the application reads it whole', () => {
  const files = {
    'index.ts': `import express from 'express'; import { query } from 'express-validator'; const app = express();
app.get('/a', query(['time.lt', 'role.add', 'filter.tag']).optional().isString(), (req, res) => { for (const key of Object.keys(req.query)) if (key === 'role.add') add(); find(req.query['time.lt'], req.query.filter.tag); res.json({ ok: true }); });`,
  };
  assert.deepEqual(
    lines(files).map((one) => one.match(/\?(?:time|role|filter\.)[.\w]*/g)),
    [['?time.lt', '?role.add']],
  );
});

test('Joi: alternatives, lists of several, conditions of what has no type, and schemas that are joined', () => {
  const files = {
    'index.ts': `import express from 'express'; import Joi from 'joi'; const app = express();
const when = (kind, schema) => Joi.any().when(Joi.ref('kind'), { is: kind, then: schema, otherwise: Joi.optional() });
const Order = Joi.object({ kind: Joi.string().required(), place: Joi.alternatives().try(Joi.string(), Joi.array().items(Joi.object().keys({ city: Joi.string() }))),
  how: when('card', Joi.object({ number: Joi.string() })).concat(when('bank', Joi.object({ iban: Joi.string() }))), some: Joi.alternatives(Joi.number(), lost()),
  tags: Joi.array().items(Joi.string(), Joi.number()), limit: Joi.number().min(1).when('kind', { is: 'card', then: Joi.number().max(9) }) }).concat(Joi.object({ note: Joi.string() }));
app.post('/orders', (req, res) => { const { error, value } = Order.validate(req.body); res.json({ ok: true }); });`,
  };
  const [body] = read(files).operations[0]?.bodies ?? [];
  const { place, how, some, tags, limit, note } = body?.shape.properties ?? {};
  assert.deepEqual(place?.anyOf?.map(word), ['string', '[{city}]']);
  assert.deepEqual(how?.anyOf?.map(word), ['{number}', '{iban}']);
  assert.deepEqual(tags?.items?.anyOf?.map(word), ['string', 'number']);
  assert.deepEqual([some && word(some), limit && word(limit), note && word(note)], ['_', 'number', 'string']);
});

const registered =
  'Routes are registered here on an application that the function is given and that is not seen to be made, so they are missing.';
const mountedAtRunTime = 'What is mounted here is known only at run time, so routes it may hold are missing.';
const messagesOf = (files: Record<string, string>, entry?: string) => read(files, entry).notes.map(({ message }) => message);

test('Routers: what a promise hands on is followed, and what a loader mounts is said where it is not', () => {
  const files = (load: string) => ({
    'index.js': `const express = require('express'); const Bluebird = require('bluebird'); const fs = Bluebird.promisifyAll(require('fs'));
function create() { const app = express(); app.get('/health', (req, res) => res.json({ ok: true })); return Bluebird.resolve(app); }
function load(app, folder) { ${load} }
module.exports = () => create().then((app) => load(app, __dirname + '/routes')).then(listen);`,
    'routes/users.js': `const express = require('express'); const router = express.Router(); router.get('/', (req, res) => res.json([])); module.exports = () => ({ path: '/users', router });`,
  });
  const folder = `return fs.readdirAsync(folder).map((name) => Bluebird.try(() => require(folder + '/' + name)()).then((found) => { app.use(found.path, found.router); }));`;
  const seen = `const found = require(folder + '/users.js'); app.use('/users', found().router); app.use('/cached', options.cache);`;
  assert.deepEqual(lines(files(folder), 'index.js'), ['get /health 200{ok!}']);
  assert.deepEqual(messagesOf(files(folder), 'index.js'), [mountedAtRunTime]);
  assert.deepEqual(lines(files(seen), 'index.js'), ['get /health 200{ok!}', 'get /users 200[_]']);
  assert.deepEqual(messagesOf(files(seen), 'index.js'), []);
});

test('Routers: routes on an application that nobody is seen to make are said, unless others are served', () => {
  const plugin = (used: string) => ({
    'package.json': '{ "name": "plugin", "workspaces": ["core"] }',
    'index.ts': `import express, { type Express } from 'express'; import { register } from '@shop/core'; ${used}
export class Plugin { start(app: Express) { return this.endpoints().map((one) => register(app, one)); } }`,
    'core/package.json': '{ "name": "@shop/core", "main": "dist/lib/main/index.js" }',
    'core/src/main/index.ts': `import type { Express } from 'express'; export function register(app: Express, endpoint) {
  const untyped = app as unknown as Record<string, (...all: unknown[]) => unknown>; const add = untyped[endpoint.verb()].bind(app); add(endpoint.path(), endpoint.handler()); }`,
  });
  assert.deepEqual(messagesOf(plugin('')), [registered]);
  const served = plugin(
    `const own = express(); const addOrder = own.post.bind(own); addOrder('/orders', (req, res) => res.sendStatus(204));`,
  );
  assert.deepEqual(lines(served), ['post /orders 204']);
  assert.deepEqual(messagesOf(served), []);
  const cached = `import express from 'express'; export function warm(cache) { cache.get('orders', load); cache.use('/static', express.static('public')); }`;
  assert.deepEqual(messagesOf({ 'index.ts': cached }), [
    'Neither this file nor those it imports register a route that Lintel can see.',
  ]);
});

test("Routers: a package's function that is given a router with a path or handlers is said, one that only listens is not", () => {
  const files = (code: string) => ({
    'index.ts': `import Koa from 'koa'; import Router from '@koa/router'; import tracing from 'tracing'; const app = new Koa(); const router = new Router(); router.get('/a', (ctx) => { ctx.body = { a: 1 }; }); app.use(router.routes()); ${code}`,
  });
  const message = 'A function of “tracing” is given the router here, so routes it registers are missing.';
  assert.deepEqual(messagesOf(files(`tracing.addRoutes(router, table.paths, ...table.handlers);`)), [message]);
  assert.deepEqual(messagesOf(files(`tracing.addRoute(router, '/b', show);`)), [message]);
  assert.deepEqual(messagesOf(files(`tracing.watch(app); tracing.watch(router, { name: 'shop' });`)), []);
});

test('express-openapi-validator: what its document asks for is asked of the routes behind it, unless it is told not to', () => {
  const document = `openapi: 3.0.3
servers: [{ url: /v1 }]
components: { securitySchemes: { token: { type: http, scheme: bearer } } }
security: [{ token: [] }]
paths:
  /orders/{id}: { get: { responses: { '200': { description: one } } } }
  /early: { get: { responses: { '200': { description: one } } } }
  /open: { get: { security: [], responses: { '200': { description: one } } } }`;
  const files = (options: string) => ({
    'package.json': '{}',
    'openapi.yaml': document,
    'orders.ts': `import { Router } from 'express'; export const orders = Router(); orders.get('/:orderId', (req, res) => res.sendStatus(204));`,
    'index.ts': `import express from 'express'; import * as validator from 'express-openapi-validator'; import path from 'path'; import { orders } from './orders';
const app = express(); app.get('/v1/early', (req, res) => res.sendStatus(204));
app.use(validator.middleware({ apiSpec: path.join(__dirname, 'openapi.yaml')${options} }));
app.use('/v1/orders', orders); app.get('/v1/open', (req, res) => res.sendStatus(204)); app.get('/health', (req, res) => res.sendStatus(204));`,
  });
  const open = ['get /v1/open 204', 'get /health 204'];
  assert.deepEqual(lines(files('')), ['get /v1/early 204', 'get /v1/orders/{orderId} (token) 204 401', ...open]);
  for (const options of [', validateSecurity: false', ', ignorePaths: isIgnored'])
    assert.deepEqual(lines(files(options)), ['get /v1/early 204', 'get /v1/orders/{orderId} 204', ...open]);
});

test('chanfana: what the application states to ask for is asked at its endpoints, unless one says otherwise', () => {
  const files = (options: string, more = '') => ({
    'index.ts': `import { Hono } from 'hono'; import { fromHono, OpenAPIRoute } from 'chanfana'; const app = new Hono();
const openapi = fromHono(app, { ${options} }); openapi.registry.registerComponent('securitySchemes', 'key', { type: 'apiKey', in: 'header', name: 'X-Key' });
class Orders extends OpenAPIRoute { schema = { responses: {} }; async handle(c) { return { orders: 1 }; } }
class Health extends OpenAPIRoute { schema = { security: [] }; async handle(c) { return { ok: true }; } }
openapi.get('/orders', Orders); openapi.get('/health', Health); openapi.get('/plain', (c) => c.json({ plain: true })); ${more}`,
  });
  const others = ['get /health 200{ok!}', 'get /plain 200{plain!}'];
  const asked = `schema: { security: [{ key: [] }] }`;
  assert.deepEqual(lines(files(asked)), ['get /orders (key) 200{orders!}', ...others]);
  assert.deepEqual(lines(files('schema: { info: {} }')), ['get /orders 200{orders!}', ...others]);
  const two = `export const inner = fromHono(new Hono(), { schema: { security: [{ other: [] }] } });`;
  assert.deepEqual(lines(files(asked, two)), ['get /orders 200{orders!}', ...others]);
});

test('Koa and Express: a guard asks for what a middleware before it that lets everyone pass has found', () => {
  const koa = (options: string) => ({
    'index.ts': `import Koa from 'koa'; import Router from '@koa/router'; import jwt from 'koa-jwt'; const app = new Koa(); const router = new Router();
app.use(jwt({ secret, ${options} })); const guard = async (ctx, next) => { if (!ctx.state.user) ctx.throw(401, 'who'); await next(); };
router.get('/orders', guard, (ctx) => { ctx.body = { orders: 1 }; }); router.get('/health', (ctx) => { ctx.body = { ok: true }; }); app.use(router.routes());`,
  });
  assert.deepEqual(lines(koa('passthrough: true')), ['get /orders (jwt) 200{orders!} 401', 'get /health 200{ok!}']);
  assert.deepEqual(lines(koa(`passthrough: true, key: 'token'`)), ['get /orders 200{orders!} 401', 'get /health 200{ok!}']);
  const express = {
    'index.ts': `import express from 'express'; import { expressjwt } from 'express-jwt'; const app = express(); app.use(expressjwt({ secret, algorithms: ['HS256'], credentialsRequired: false }));
app.get('/orders', (req, res) => { if (!req.auth) return res.sendStatus(401); res.json({ orders: 1 }); }); app.get('/health', (req, res) => res.json({ ok: !!req.auth }));`,
  };
  assert.deepEqual(lines(express), ['get /orders (jwt) 200{orders!} 401', 'get /health 200{ok!}']);
});

test('Express: a class that class-transformer makes of the body; a name that is declared to be less than what it becomes', () => {
  const files = {
    'index.ts': `import express from 'express'; import { validated } from './validated'; import { Draft, Order, Renamed } from './orders';
const app = express(); const store = new Store();
app.post('/orders', validated(Order), (req, res) => { res.status(201).json({ id: 1 }); });
app.patch('/orders/:id', validated(Order, true), (req, res) => { res.sendStatus(204); });
app.post('/drafts', (req, res) => { const draft: Draft = req.body; store.create({ ...draft, createdAt: new Date() }); store.keep(draft); res.sendStatus(204); });
app.post('/loose', (req, res) => { const loose: any = req.body; store.create(loose); res.sendStatus(204); });
app.post('/plain', validated(undefined), (req, res) => { res.sendStatus(204); });
class Store { create(record: Partial<Row>) {} keep(record: Row) {} }
interface Row { id: string; title: string; createdAt: Date; secret?: string }`,
    'validated.ts': `import { plainToInstance } from 'class-transformer'; import { validate } from 'class-validator';
export function validated(type, isPartial = false) {
  return async (req, res, next) => {
    const sent = { ...req.body }; if (sent.weight !== undefined) sent.weight = Number(sent.weight);
    const errors = await Checks.of(type, sent, isPartial); if (errors.length > 0) return res.status(422).json({ errors }); next();
  };
}
class Checks { static async of(type, data, isPartial) { return validate(plainToInstance(type, data), { skipMissingProperties: isPartial }); } }`,
    'orders.ts': `import { IsInt, IsString, MinLength } from 'class-validator';
export class Order { @IsString() @MinLength(2) sku!: string; @IsInt() count!: number }
export interface Draft { title: string; note?: string }`,
  };
  assert.deepEqual(lines(files), [
    'post /orders body<Order> 201{id!} 422{errors}',
    'patch /orders/{id} body{sku count} 204 422{errors}',
    'post /drafts body<Draft> 204',
    'post /loose body{id title createdAt secret} 204',
    'post /plain body{weight} 204 422{errors}',
  ]);
});

test('members of namespaces, beside a class and alone', () => {
  const files = {
    'index.ts': `import express from 'express'; import { Globals } from './globals'; import { Paths } from './paths';
const app = express(); app.get(Paths.users, (req, res) => { if (!req.query.q) return res.status(Globals.Code.Missing).json({ error: 'q' }); res.status(Globals.made()).json({ id: Globals.SIZE }); });`,
    'globals.ts': `export class Globals { static SIZE = 1; } export namespace Globals { export enum Code { Missing = 422 } export function made() { return 201; } }`,
    'paths.ts': `export namespace Paths { export const users = '/users'; }`,
  };
  assert.deepEqual(lines(files), ['get /users ?q=string 201{id!} 422{error!}']);
});

test('Nest: a global prefix that is known only at run time is said', () => {
  const at = (prefix: string) =>
    read({
      'index.ts': `import { Controller, Get, Module } from '@nestjs/common'; import { NestFactory } from '@nestjs/core';
@Controller('users') class Users { @Get() list() { return [1]; } } @Module({ controllers: [Users] }) class App {}
const app = await NestFactory.create(App); app.setGlobalPrefix(${prefix});`,
    });
  const said = (prefix: string) => [at(prefix).operations[0]?.path, ...at(prefix).notes.map(({ message }) => message)];
  assert.deepEqual(said("'api'"), ['/api/users']);
  assert.deepEqual(said("process.env.PREFIX || 'v1'"), [
    '/v1/users',
    '“v1” is written, which the path is where nothing else is set.',
  ]);
  const open = 'The path is known only at run time, so what is below it is written without it.';
  assert.deepEqual(said('`api/v${process.env.VERSION}`'), ['/users', open]);
  assert.deepEqual(said("config.get('prefix')"), ['/users', open]);
});

test('Express: answers of instances that hold the response', () => {
  const files = {
    'index.ts': `import express from 'express'; import { Answer, Box, Made, Sent, Success } from './answers';
const app = express(); const shared = new Box();
app.get('/a', (req, res) => { new Sent(res, true, { id: 1 }); });
app.get('/b', (req, res) => { new Answer(res).ok({ id: 1 }); });
app.get('/c', (req, res) => { const answer = new Answer(res); answer.missing(); });
app.get('/d', (req, res) => { new Success('fine', { id: 1 }).send(res); });
app.get('/e', (req, res) => { new Made(res, { id: 2 }); });
app.get('/f', (req, res) => { shared.send({ id: 1 }); res.sendStatus(204); });`,
    'answers.ts': `export class Sent { constructor(private res, private ok, private data) { this.res.status(201).json({ ok: this.ok, data: this.data }); } }
export class Answer { res; constructor(res) { this.res = res; } ok(data) { this.res.json({ data }); } missing() { this.res.status(404).json({ error: 'none' }); } }
export class Success { constructor(private message: string, private data?: any) {} send(res) { return res.status(200).json({ message: this.message, data: this.data }); } }
export class Made { constructor(private res, data) { this.send({ data }); } send(body) { this.res.status(201).json(body); } }
export class Box { constructor(private res?) {} send(data) { this.res.status(202).json(data); } }`,
  };
  const { operations, notes } = read(files);
  assert.deepEqual(notes, []);
  assert.deepEqual(operations.map(line), [
    'get /a 201{ok! data!}',
    'get /b 200{data!}',
    'get /c 404{error!}',
    'get /d 200{message! data!}',
    'get /e 201{data!}',
    'get /f 204',
  ]);
  const [, , , success] = operations;
  assert.deepEqual(Object.keys(success?.responses[0]?.shape?.properties?.data?.properties ?? {}), ['id']);
});

test('what the code says of the API as a whole', () => {
  const info = (text: string) =>
    read({
      'index.ts': `import express from 'express'; const app = express(); app.get('/a', (req, res) => res.sendStatus(204));\n${text}`,
    }).info;
  const builder = `import { DocumentBuilder } from '@nestjs/swagger'; const built = new DocumentBuilder().setVersion('2.0').setTitle('Orders').addBearerAuth().setDescription('All orders').build();`;
  assert.deepEqual(info(builder), { title: 'Orders', version: '2.0', description: 'All orders' });
  assert.deepEqual(info(builder.replace('@nestjs/swagger', './own')), {});
  const object = `const title = 'Orders'; const spec = { definition: { openapi: '3.0.0', info: { title, version: '1.2.0', contact: {} } } };`;
  assert.deepEqual(info(object), { title: 'Orders', version: '1.2.0' });
  assert.deepEqual(info(`${object} const other = { info: { title: 'Bills', version: '1' } };`), {});
  assert.deepEqual(info(`const page = { info: { title: 'About us' } };`), {});
  assert.deepEqual(info('const spec = { info: { title: `${name} (draft)`, version: "1" } };'), {});
});

test('a group is what stands behind all that the paths share', () => {
  const tags = (...paths: string[]) => {
    const routes = paths.map((path) => `app.get('${path}', (req, res) => res.sendStatus(204));`).join('\n');
    const { text } = toOpenApi(read({ 'index.ts': `import express from 'express'; const app = express();\n${routes}` }));
    return [...text.matchAll(/^ {2}- name: (.+)$/gm)].map(([, name]) => name);
  };
  assert.deepEqual(tags('/api/v1/users', '/api/v1/orders/:id', '/health'), ['health', 'orders', 'users']);
  assert.deepEqual(tags('/users', '/users/:id/orders', '/users/:id'), ['orders', 'users']);
  assert.deepEqual(tags('/users', '/health', '/users/:id/orders', '/users/:id/bills'), ['health', 'users']);
});
