/** Readers of decorated controllers and of contracts, on small applications. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OperationFact, Shape } from '../../server/core/generate/facts.ts';
import { memoryHost } from '../../server/core/host.ts';
import { readApplication } from '../../server/core/typescript/application.ts';

const read = (files: Record<string, string>, entry = 'src/index.ts') => {
  const host = memoryHost(Object.fromEntries(Object.entries(files).map(([name, text]) => [`file:///app/${name}`, text])));
  return readApplication([`file:///app/${entry}`], host, host.read);
};

/** An operation in one line: `post /a/{id} (jwt) ?page!=integer @X-A body{name!} 201{id!} 404`. */
function line({ method, path, parameters, bodies, responses, security }: OperationFact): string {
  const said = (where: string, sign: string) =>
    parameters
      .filter((one) => one.in === where)
      .map(({ name, required, shape }) => `${sign}${name}${required ? '!' : ''}=${word(shape)}`);
  const sent = bodies.map(({ mediaType, shape }) => `${mediaType === 'application/json' ? 'body' : mediaType}${word(shape)}`);
  const given = responses.map(({ status, shape, mediaType }) => `${status}${mediaType && shape ? word(shape) : ''}`).sort();
  const secured = security.map(({ name }) => `(${name})`);
  return [method, path, ...secured, ...said('path', ':'), ...said('query', '?'), ...said('header', '@'), ...sent, ...given].join(
    ' ',
  );
}

function word({ ref, type, properties, required, items, format }: Shape): string {
  if (ref) return `<${ref}>`;
  if (items) return `[${word(items)}]`;
  const names = Object.keys(properties ?? {}).map((name) => `${name}${required?.includes(name) ? '!' : ''}`);
  return properties ? `{${names.join(' ')}}` : (format ?? type ?? '_');
}

const tsoa = {
  'package.json': '{}',
  'tsoa.json': `{
  // The controllers are written by hand, the routes by tsoa.
  "controllerPathGlobs": ["src/**/*Controller.ts"],
  "spec": { "securityDefinitions": { "jwt": { "type": "http", "scheme": "bearer" }, "key": { "type": "apiKey", "in": "header", "name": "X-Key" } } },
  "routes": { "basePath": "v1" }
}`,
  'src/index.ts': `import express from 'express'; import { RegisterRoutes } from '../build/routes';
const app = express(); const api = express.Router(); RegisterRoutes(api); app.use('/api', api); app.get('/health', (req, res) => res.json({ ok: true }));`,
  'src/users/userController.ts': `import { Body, BodyProp, Controller, Delete, Deprecated, FormField, Get, Header, Hidden, NoSecurity, OperationId, Patch, Path, Post, Produces, Put, Queries, Query, Request, Res, Response, Route, Security, SuccessResponse, Tags, type TsoaResponse, UploadedFile } from 'tsoa';
interface User { id: number; name: string; nick?: string }
interface Problem { message: string }
interface Filter { role?: 'admin' | 'user'; page: number }
@Route('users') @Tags('Users') @Security('jwt') @Response<Problem>(500, 'Broken')
export class UserController extends Controller {
  /** One user. */
  @Get('{userId}') @OperationId('GetUser') @Response<Problem>('422', 'Bad id')
  public async getUser(@Path() userId: number, @Query() nick?: string, @Query('with') more: string[] = [], @Header('X-Trace') trace?: string): Promise<User> { return find(userId); }
  @Post() @SuccessResponse('201', 'Created')
  public async create(@Body() user: Pick<User, 'name'>, @Res() taken: TsoaResponse<409 | 410, { reason: string }>): Promise<User> { if (exists(user)) return taken(409, { reason: 'x' }); return make(user); }
  @Delete(':userId') @NoSecurity() @Deprecated()
  public async remove(userId: number): Promise<void> {}
  @Put('{userId}/name')
  public async rename(@Path() userId: number, @BodyProp() name: string, @BodyProp('nick') other?: string): Promise<void> { this.setStatus(202); }
  @Post('avatar') public async avatar(@UploadedFile() file: unknown, @FormField() title?: string): Promise<string> { return title; }
  @Get() @Security({ jwt: [], key: [] }) @Produces('text/csv') public async list(@Queries() filter: Filter): Promise<string> { return ''; }
  @Patch('raw') public async raw(@Request() request: { query: { dry: string } }): Promise<{ dry: string }> { if (!request.query.dry) this.setStatus(404); return { dry: request.query.dry }; }
  @Get('secret') @Hidden() public async secret(): Promise<string> { return ''; }
}`,
};

test('tsoa: parameters, bodies, responses, security and what settings say of them', () => {
  const { operations, notes } = read(tsoa);
  assert.deepEqual(notes, []);
  assert.deepEqual(operations.map(line), [
    'get /api/v1/users/{userId} (jwt) :userId!=number ?nick=string ?with=[string] @X-Trace=string 200<User> 400 401 422<Problem> 500<Problem>',
    'post /api/v1/users (jwt) body{name!} 201<User> 400 401 409{reason!} 410{reason!} 500<Problem>',
    'delete /api/v1/users/{userId} :userId!=number 204 400 500<Problem>',
    'put /api/v1/users/{userId}/name (jwt) :userId!=number body{name! nick} 202 400 401 500<Problem>',
    'post /api/v1/users/avatar (jwt) multipart/form-data{file! title} 200string 400 401 500<Problem>',
    'get /api/v1/users (jwt) (key) ?role=string ?page!=number 200string 400 401 500<Problem>',
    'patch /api/v1/users/raw (jwt) ?dry=string 200{dry!} 400 401 404 500<Problem>',
    'get /health 200{ok!}',
  ]);
  const [one, , removed] = operations;
  assert.deepEqual([one?.operationId, one?.summary, one?.tags, removed?.deprecated], ['GetUser', 'One user.', ['Users'], true]);
  assert.equal(operations[5]?.responses.find(({ status }) => status === '200')?.mediaType, 'text/csv');
});

test('tsoa: written routes that are there are not read beside their controllers', () => {
  const files = {
    ...tsoa,
    'build/routes.ts': `import type { Router } from 'express'; import { UserController } from '../src/users/userController';
export function RegisterRoutes(app: Router) { app.get('/v1/users/:userId', async (request, response, next) => { await run(); }); app.delete('/v1/users/:id', (request, response) => {}); }`,
  };
  assert.deepEqual(read(files).operations.map(line), read(tsoa).operations.map(line));
});

const controllers = {
  'package.json': '{}',
  'src/index.ts': `import { createExpressServer, type Action } from 'routing-controllers'; import { UserController } from './users'; import './other';
const options = {
  routePrefix: '/api', controllers: [UserController], defaults: { paramOptions: { required: false } },
  authorizationChecker: async (action: Action, roles: string[]) => { const token = action.request.headers['authorization']; return token?.startsWith('Bearer ') ?? false; },
};
createExpressServer(options).listen(3000);`,
  'src/other.ts': `import { Controller, Get } from 'routing-controllers'; @Controller('/unused') export class Unused { @Get() all() { return 'x'; } }`,
  'src/users.ts': `import { Authorized, Body, BodyParam, CurrentUser, Delete, Get, HeaderParam, HttpCode, JsonController, NotFoundError, OnUndefined, Param, Patch, Post, Put, QueryParam, QueryParams, Redirect, Req, Res, UploadedFile, UseBefore } from 'routing-controllers';
import { OpenAPI, ResponseSchema } from 'routing-controllers-openapi'; import { IsInt, IsOptional, IsString } from 'class-validator'; import type { Response } from 'express';
class NewUser { @IsString() name!: string; @IsOptional() @IsInt() age?: number }
class Filter { @IsOptional() @IsString() search?: string; page!: number }
class User { id!: number; name!: string }
class Limit { use(request, response, next) { if (busy()) return response.status(429).json({ wait: 1 }); next(); } }
@JsonController('/users') @UseBefore(Limit)
export class UserController {
  @Get() async all(@QueryParams() filter: Filter, @HeaderParam('X-Tenant') tenant: string): Promise<User[]> { return find(filter); }
  @Get('/:id') @OnUndefined(404) @OpenAPI({ summary: 'One user', tags: ['people'] }) one(@Param('id') id: number, @QueryParam('full', { required: true }) full: boolean): User | undefined { return get(id); }
  @HttpCode(201) @Post('/') @Authorized() create(@Body({ required: true }) user: NewUser): User { if (taken(user)) throw new NotFoundError('x'); return make(user); }
  @Put('/:id/name') @Authorized('admin') rename(@Param('id') id: string, @BodyParam('name', { required: true }) name: string) { return { id, name }; }
  @Delete('/:id') @OnUndefined(204) async remove(@Param('id') id: string): Promise<void> {}
  @Patch('/:id') async touch(@Param('id') id: string): Promise<void> {}
  @Post('/avatar') upload(@UploadedFile('file', { required: true }) file: unknown, @CurrentUser({ required: true }) me: User) { return { ok: true }; }
  @Get('/raw') raw(@Req() request: any, @Res() response: Response) { return response.status(202).json({ seen: request.query.dry }); }
  @Get('/moved') @Redirect('/users') moved() {}
  @Get('/open') @ResponseSchema(User, { statusCode: 200, isArray: true }) open() { return unknown(); }
}`,
};

test('routing-controllers: actions, what their server is made with, statuses of nothing, middlewares', () => {
  const { operations, notes } = read(controllers);
  assert.deepEqual(notes, []);
  const failed = '{name! message}';
  assert.deepEqual(operations.map(line), [
    `get /api/users ?search=string ?page!=number @X-Tenant=string 200[<User>] 400${failed} 429{wait!}`,
    `get /api/users/{id} :id!=number ?full!=boolean 200<User> 400${failed} 404${failed} 429{wait!}`,
    `post /api/users (bearer) body<NewUser> 201<User> 400${failed} 401${failed} 404${failed} 429{wait!}`,
    `put /api/users/{id}/name (bearer) :id!=string body{name!} 200{id! name!} 400${failed} 401${failed} 403${failed} 429{wait!}`,
    `delete /api/users/{id} :id!=string 204 429{wait!}`,
    `patch /api/users/{id} :id!=string 404${failed} 429{wait!}`,
    `post /api/users/avatar (bearer) multipart/form-data{file!} 200{ok!} 400${failed} 401${failed} 429{wait!}`,
    `get /api/users/raw ?dry=string 202{seen} 429{wait!}`,
    'get /api/users/moved 302 429{wait!}',
    'get /api/users/open 200[<User>] 429{wait!}',
  ]);
  assert.deepEqual([operations[1]?.summary, operations[1]?.tags], ['One user', ['people']]);
});

test('routing-controllers: controllers found by patterns, Koa, texts of plain controllers', () => {
  const files = {
    'package.json': '{}',
    'src/index.ts': `import { createKoaServer } from 'routing-controllers'; import path from 'node:path';
createKoaServer({ controllers: [path.join(__dirname, 'controllers', '*.controller.ts')], defaultErrorHandler: false });`,
    'src/controllers/page.controller.ts': `import { Controller, Ctx, Get, Body, Post } from 'routing-controllers';
@Controller() export class PageController {
  @Get('/') home() { return 'Hello'; }
  @Get('/search') search(@Ctx() ctx: any) { const { q } = ctx.query; return { q }; }
  @Post('/echo') echo(@Body() body: { text: string }) { return body; }
}`,
  };
  const { operations } = read(files);
  assert.deepEqual(operations.map(line), [
    'get / 200string',
    'get /search ?q=string 200{q}',
    'post /echo body{text!} 200{text!} 400',
  ]);
  assert.deepEqual(
    operations.map(({ responses }) => responses[0]?.mediaType),
    ['text/html', 'application/json', 'application/json'],
  );
});

test('routing-controllers: where the environment says what is loaded and below which path, all controllers without it', () => {
  const { operations, notes } = read({
    'package.json': '{}',
    'src/index.ts': `import { createExpressServer } from 'routing-controllers';
createExpressServer({ routePrefix: process.env.PREFIX, controllers: pathsOf('CONTROLLERS') });`,
    'src/api/pets.ts': `import { Get, JsonController } from 'routing-controllers'; @JsonController('/pets') export class Pets { @Get() all() { return ['x']; } }`,
    'test/other.ts': `import { Get, JsonController } from 'routing-controllers'; @JsonController('/other') export class Other { @Get() all() { return ['x']; } }`,
  });
  assert.deepEqual(operations.map(line), ['get /pets 200[string]']);
  assert.deepEqual(
    notes.map(({ message }) => message),
    [
      'The path is known only at run time, so what is below it is written without it.',
      'Which controllers are loaded is known only at run time, so all of the package are written.',
    ],
  );
});

const inversify = {
  'package.json': '{}',
  'src/index.ts': `import { Container } from 'inversify'; import { InversifyExpressServer } from 'inversify-express-utils'; import './users';
const server = new InversifyExpressServer(new Container(), null, { rootPath: '/api' }); server.build().listen(3000);`,
  'src/base.ts': `import { BaseHttpController, httpGet } from 'inversify-express-utils';
export class Base extends BaseHttpController { @httpGet('/version') version() { return '1'; } }`,
  'src/auth.ts': `import { BaseMiddleware } from 'inversify-express-utils';
export const auth = (req, res, next) => { if (!req.headers.authorization) return res.status(401).json({ message: 'Who?' }); next(); };
export class Limit extends BaseMiddleware { handler(req, res, next) { if (isMuch()) return res.status(429).end(); next(); } }`,
  'src/users.ts': `import { all, controller, httpDelete, httpGet, httpMethod, httpPost, httpPut, queryParam, request, requestBody, requestHeaders, requestParam, response } from 'inversify-express-utils';
import type { Request, Response } from 'express'; import { Base } from './base'; import { auth, Limit } from './auth';
interface User { id: number; name: string }
interface Filter { role?: string; page: number }
@controller('/users', Limit) export class UserController extends Base {
  /** All users. */
  @httpGet('/') list(@queryParam() filter: Filter, @requestHeaders('X-Tenant') tenant: string): Promise<User[]> { return all(filter); }
  @httpGet('/:id') async one(@requestParam('id') id: number, @queryParam('full') full?: boolean) {
    const user: User | undefined = await find(id); if (!user) return this.notFound(); return this.ok(user); }
  @httpPost('/', auth) create(@requestBody() body: Pick<User, 'name'>) { if (!body.name) return this.badRequest('x'); return this.created('/users/1', { id: 1 }); }
  @httpPut('/:id') rename(req: Request, res: Response) { const { name } = req.body; res.status(202).json({ name }); }
  @httpDelete('/:id') remove(@requestParam('id') id: string): void {}
  @httpMethod('patch', '/:id') patch(@request() req: Request, @response() res: Response) { return this.json({ dry: req.query.dry }, 203); }
  @httpGet('/old') old() { return this.redirect('/users'); }
}`,
};

test('inversify-express-utils: actions, their parameters by decorator or by place, results, middlewares, a base class', () => {
  const { operations, notes } = read(inversify);
  assert.deepEqual(notes, []);
  assert.deepEqual(operations.map(line), [
    'get /api/users ?role=string ?page!=number @X-Tenant=string 200[<User>] 429',
    'get /api/users/{id} :id!=number ?full=boolean 200<User> 404 429',
    'post /api/users (authorizationHeader) body{name!} 201{id!} 400 401{message!} 429',
    'put /api/users/{id} body{name} 202{name} 429',
    'delete /api/users/{id} :id!=string 204 429',
    'patch /api/users/{id} ?dry=string 203{dry} 429',
    'get /api/users/old 302 429',
    'get /api/users/version 200string 429',
  ]);
  assert.equal(operations[0]?.summary, 'All users.');
});

const rest = {
  'package.json': '{}',
  'src/index.ts': `import express from 'express'; import { Server, PassportAuthenticator } from 'typescript-rest'; import { ExtractJwt, Strategy } from 'passport-jwt'; import './users';
const options = { jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(), secretOrKey: key };
Server.registerAuthenticator(new PassportAuthenticator(new Strategy(options, verify)));
const app = express(); const api = express.Router(); app.use('/api', api); Server.buildServices(api); app.listen(3000);`,
  'src/crud.ts': `import { Abstract, GET, Path, POST, PathParam } from 'typescript-rest';
@Abstract export abstract class Crud<T, N> { @GET @Path(':id') one(@PathParam('id') id: number): Promise<T | undefined> { return this.find(id); }
  @POST add(one: N): Promise<T> { return this.make(one); } }`,
  'src/users.ts': `import { BodyOptions, BodyType, ContextRequest, ContextResponse, DELETE, Errors, FileParam, FormParam, GET, HeaderParam, ParserType, PATCH, Path, PathParam, POST, PreProcessor, PUT, QueryParam, Return, Security } from 'typescript-rest';
import { Hidden, Produces, Response, Tags } from 'typescript-rest-swagger'; import type * as express from 'express'; import { Crud } from './crud';
interface User { id: number; name: string }
interface Problem { message: string }
const check = (req: express.Request) => { if (!req.query.why) throw new Errors.BadRequestError('Why?'); };
@Path('users') @Tags('Users') @Response<Problem>(500, 'Broken') class UserService {
  @HeaderParam('X-Tenant') tenant: string;
  /** All users. */
  @GET list(@QueryParam('q') q?: string, @QueryParam('page') page: number = 1): Promise<User[]> { return all(q); }
  @Path(':id') @GET async one(@PathParam('id') id: string): Promise<User> { if (!id) throw new Errors.NotFoundError('No user'); return find(id); }
  @POST @Security('ADMIN') create(user: Pick<User, 'name'>, @ContextRequest req: express.Request): Promise<Return.NewResource<User>> { return make(user, req.headers['x-trace']); }
  @PUT @Path('/:id') @Security() async put(@PathParam('id') id: string, user: User) { return new Return.RequestAccepted('/users/1', { id }); }
  @DELETE @Path(':id') @PreProcessor(check) remove(@PathParam('id') id: string): Promise<void> { return drop(id); }
  @PATCH @Path(':id/name') @Security(['*']) rename(@PathParam('id') id: string, change: { name?: string }): Promise<Return.NewResource<void> | User> { return id; }
  @POST @Path('note') @BodyType(ParserType.text) note(text: string): number { return text.length; }
  @POST @Path('blob') @BodyType(ParserType.raw) @BodyOptions({ type: 'image/*' }) blob(data: Buffer): void {}
  @POST @Path('avatar') avatar(@FileParam('file') file: Express.Multer.File, @FormParam('title') title: string) { return new Return.DownloadBinaryData(file.buffer, 'image/png'); }
  @POST @Path('login') login(@FormParam('name') name: string, @ContextResponse res: express.Response) { res.status(202).json({ name }); return Return.NoResponse; }
  @GET @Path('csv') @Produces('text/csv') csv(): string { return ''; }
  @GET @Path('secret') @Hidden() secret(): string { return ''; }
  helper(): string { return ''; }
}
@Path('pets') class PetService extends Crud<{ tag: string }, { tag: number }> {}
class Plain { @GET @Path('plain') plain(): boolean { return true; } }`,
};

test('typescript-rest: services, bodies without a decorator, resources, authenticators, processors, base classes', () => {
  const { operations, notes } = read(rest);
  assert.deepEqual(notes, []);
  assert.deepEqual(operations.map(line), [
    'get /api/users ?q=string ?page=number @X-Tenant=string 200[<User>] 500<Problem>',
    'get /api/users/{id} :id!=string @X-Tenant=string 200<User> 404 500<Problem>',
    'post /api/users (jwt) @X-Tenant=string @x-trace=string body{name!} 201<User> 401 403 500<Problem>',
    'put /api/users/{id} (jwt) :id!=string @X-Tenant=string body<User> 202{id!} 401 500<Problem>',
    'delete /api/users/{id} :id!=string @X-Tenant=string 204 400 500<Problem>',
    'patch /api/users/{id}/name (jwt) :id!=string @X-Tenant=string body{name} 200<User> 201 401 500<Problem>',
    'post /api/users/note @X-Tenant=string text/plainstring 200number 500<Problem>',
    'post /api/users/blob @X-Tenant=string image/*binary 204 500<Problem>',
    'post /api/users/avatar @X-Tenant=string multipart/form-data{file title} 200binary 500<Problem>',
    'post /api/users/login @X-Tenant=string application/x-www-form-urlencoded{name} 202{name!} 500<Problem>',
    'get /api/users/csv @X-Tenant=string 200string 500<Problem>',
    'get /api/pets/{id} :id!=number 200{tag!} 204',
    'post /api/pets body{tag!} 200{tag!}',
    'get /api/plain 200boolean',
  ]);
  assert.deepEqual([operations[0]?.summary, operations[0]?.tags], ['All users.', ['Users']]);
  const sent = operations.flatMap(({ responses }) => responses.flatMap(({ mediaType }) => mediaType ?? []));
  const others = ['text/html', 'image/png', 'text/csv', 'text/html'];
  assert.deepEqual(
    sent.filter((one) => one !== 'application/json'),
    others,
  );
  assert.deepEqual(read(rest), read(rest));
});

test('typescript-rest: services that a server is given or loads, below the path of its router', () => {
  const served = (text: string) =>
    read({
      'package.json': '{}',
      'src/index.ts': `import express from 'express'; import { Server } from 'typescript-rest'; import { A } from './a.service'; const app = express(); const below = express.Router(); ${text}`,
      'src/a.service.ts': `import { GET, Path } from 'typescript-rest'; @Path('a') export class A { @GET a(): string { return ''; } } @Path('b') export class B { @GET b(): string { return ''; } }`,
      'src/rest/c.service.ts': `import { GET, Path } from 'typescript-rest'; @Path('c') export class C { @GET c(): string { return ''; } }`,
    }).operations.map(({ method, path }) => `${method} ${path}`);
  assert.deepEqual(served('Server.buildServices(app);'), ['get /a', 'get /b']);
  assert.deepEqual(served(`app.use('/v1', below); Server.buildServices(below, A);`), ['get /v1/a']);
  assert.deepEqual(served(`Server.loadServices(app, 'rest/*', __dirname);`), ['get /c']);
  assert.deepEqual(served(`Server.loadServices(app, ['src/rest/*.service.ts']); Server.buildServices(app, A);`), [
    'get /c',
    'get /a',
  ]);
});

test('typescript-rest: a method without a decorator is served as the one that it stands for', () => {
  const { operations } = read({
    'package.json': '{}',
    'src/index.ts': `import { Abstract, GET, Path, PathParam, POST, QueryParam } from 'typescript-rest';
@Abstract abstract class Crud { @GET @Path(':id') one(@PathParam('id') id: string, @QueryParam('full') full?: boolean): Promise<object> { return find(id); } @POST add(one: object): object { return one; } @GET @Path('all') all(): string { return ''; } }
@Path('pets') class Pets extends Crud { one(id: string, full?: boolean): Promise<{ tag: string }> { return pet(id); } @POST @Path('new') add(one: { name: string }): { name: string } { return one; } helper(id: string): string { return id; } }`,
  });
  assert.deepEqual(
    operations.map(({ method, path, parameters, responses }) => [
      `${method} ${path}`,
      parameters.map((one) => `${one.in} ${one.name}`),
      Object.keys(responses[0]?.shape?.properties ?? {}),
    ]),
    [
      ['get /pets/{id}', ['path id', 'query full'], ['tag']],
      ['post /pets/new', [], ['name']],
      ['get /pets/all', [], []],
    ],
  );
});

const contract = {
  'src/contract.ts': `import { initContract } from '@ts-rest/core'; import { z } from 'zod'; import * as c2 from './schemas';
const c = initContract();
const posts = c.router({
  list: { method: 'GET', path: '/', query: z.object({ page: z.number().optional() }), responses: { 200: z.array(c2.Post) }, summary: 'All posts' },
  add: { method: 'POST', path: '/', body: z.object({ title: z.string() }), responses: { 201: c2.Post, 204: c.noBody() }, description: 'Adds one', deprecated: true },
  remove: { method: 'DELETE', path: '/:id', pathParams: z.object({ id: z.string().uuid() }), body: c.noBody(), headers: z.object({ 'x-why': z.string() }), responses: { 204: c.type<void>() } },
}, { pathPrefix: '/posts', commonResponses: { 404: c.type<{ message: string }>() } });
export const api = c.router({ posts, file: { method: 'PUT', path: '/file', contentType: 'multipart/form-data', body: c.type<{ file: Blob }>(), responses: { 200: c.otherResponse({ contentType: 'text/plain', body: z.string() }) } } }, { pathPrefix: '/v1' });`,
  'src/schemas.ts': `import { z } from 'zod'; export const Post = z.object({ id: z.string(), title: z.string() });`,
};
const routes = (prefix: string) => [
  `get ${prefix}/v1/posts ?page=number 200[{id! title!}] 400 404{message!}`,
  `post ${prefix}/v1/posts body{title!} 201{id! title!} 204 400 404{message!}`,
  `delete ${prefix}/v1/posts/{id} :id!=uuid @x-why!=string 204 404{message!}`,
  `put ${prefix}/v1/file multipart/form-data{file} 200string 400`,
];

test('ts-rest: contracts that Express, Fastify and Nest serve, what is below a path of theirs, responses of all', () => {
  const of = (text: string) => read({ ...contract, 'src/index.ts': text }).operations.map(line);
  const onExpress = `import express from 'express'; import { createExpressEndpoints, initServer } from '@ts-rest/express'; import { api } from './contract';
const s = initServer(); const posts = s.router(api.posts, {}); const app = express(); const below = express.Router(); app.use('/api', below);
createExpressEndpoints(api, s.router(api, { posts }), below);`;
  assert.deepEqual(of(onExpress), routes('/api'));
  const onFastify = `import Fastify from 'fastify'; import { initServer } from '@ts-rest/fastify'; import { api } from './contract';
const app = Fastify(); const s = initServer(); const router = s.router(api, {}); app.register(s.plugin(router));`;
  assert.deepEqual(of(onFastify), routes(''));
  const onNest = `import { Controller } from '@nestjs/common'; import { TsRestHandler, tsRestHandler } from '@ts-rest/nest'; import { api } from './contract';
@Controller() export class Posts { @TsRestHandler(api.posts) async handler() { return tsRestHandler(api.posts, {}); } }
const app = await NestFactory.create(App); app.setGlobalPrefix('api');`;
  assert.deepEqual(
    of(onNest).map((one) => one.split(' ').slice(0, 2).join(' ')),
    ['get /api/v1/posts', 'post /api/v1/posts', 'delete /api/v1/posts/{id}'],
  );
  const { operations } = read({ ...contract, 'src/index.ts': onExpress });
  assert.deepEqual(
    [operations[0]?.summary, operations[1]?.description, operations[1]?.deprecated],
    ['All posts', 'Adds one', true],
  );
  assert.equal(operations[3]?.responses[0]?.mediaType, 'text/plain');
});

const resources = `export class User { id: string; name: string } export class NewUser { name: string }
export class Pet { tag: number } export class NewPet { tag: number; age?: number }`;

/** Two controllers of one base class, which says with its type parameters what they take and answer. */
const extending = (module: string, imports: string, [controller, get, post, body]: readonly [string, string, string, string]) =>
  read({
    'package.json': '{}',
    'src/resources.ts': resources,
    'src/base.ts': `import { ${imports} } from '${module}';
class Root<R> { ${get}('latest') latest(): Promise<R> { return this.find(); } }
export abstract class Crud<T, N = Partial<T>> extends Root<T> {
  abstract items;
  ${get}('all') all(): Promise<{ data: T[] }> { return this.find(); }
  ${get}('some') some() { return this.items.some(); }
  ${post}('') create(${body} one: N): Promise<T> { return this.make(one); }
}`,
    'src/index.ts': `import { ${imports} } from '${module}'; import { Crud } from './base'; import { NewPet, Pet, User } from './resources';
class Items<T> { some(): Promise<T[]> { return load(); } }
${controller}('users') export class Users extends Crud<User> { items = new Items<User>(); ${get}('latest') latest(): Promise<string[]> { return []; } }
${controller}('pets') export class Pets extends Crud<Pet, NewPet> { constructor(readonly items: Items<Pet>) { super(); } }`,
  }).operations.map(line);

const extended = [
  'get /users/latest 200[string]',
  'get /users/all 200{data!}',
  'get /users/some 200[<User>]',
  'post /users body{id name} 200<User>',
  'get /pets/all 200{data!}',
  'get /pets/some 200[<Pet>]',
  'post /pets body<NewPet> 200<Pet>',
  'get /pets/latest 200<Pet>',
];

test('controllers: what a generic base class takes and answers is what each class that extends it gives it', () => {
  const nest = extending('@nestjs/common', 'Body, Controller, Get, Post', ['@Controller', '@Get', '@Post', '@Body()']);
  assert.deepEqual(
    nest,
    extended.map((one) => one.replace(/^(post.*) 200/, '$1 201')),
  );
  const inversified = ['@controller', '@httpGet', '@httpPost', '@requestBody()'] as const;
  assert.deepEqual(extending('inversify-express-utils', 'controller, httpGet, httpPost, requestBody', inversified), extended);
  const routed = extending('routing-controllers', 'Body, Get, JsonController, Post', [
    '@JsonController',
    '@Get',
    '@Post',
    '@Body()',
  ]);
  assert.deepEqual(
    routed,
    extended.map((one) => one.replace(/^post.*$/, '$& 400{name! message}')),
  );
  const described = extending('tsoa', 'Body, Get, Post, Route', ['@Route', '@Get', '@Post', '@Body()']);
  assert.deepEqual(
    described,
    extended.map((one) => one.replace(/^post.*$/, '$& 400')),
  );
});

test('NestJS: a base class that a function makes of the classes and texts it is given', () => {
  const { operations } = read({
    'package.json': '{}',
    'src/resources.ts': resources,
    'src/base.ts': `import { applyDecorators, Body, Get, Post, type Type } from '@nestjs/common'; import { ApiOkResponse, ApiResponse } from '@nestjs/swagger';
const Found = (dto) => applyDecorators(ApiResponse({ status: 203, type: [dto] }));
interface Crud<T> { one(): Promise<T> }
export function Base<T, N>(dto: Type<T>, create: Type<N>, name: string): Type<Crud<T>> {
  abstract class Mixed implements Crud<T> {
    @Get(\`one-\${name}\`) one(): Promise<T> { return this.find(); }
    @Get() @ApiOkResponse({ type: dto }) any(): Promise<any> { return this.find(); }
    @Get('found') @Found(dto) found(): Promise<any> { return this.find(); }
    @Post() create(@Body() one: N): Promise<T> { return this.make(one); }
  }
  return Mixed;
}`,
    'src/index.ts': `import { Controller } from '@nestjs/common'; import { Base } from './base'; import { NewPet, NewUser, Pet, User } from './resources';
@Controller('users') export class Users extends Base(User, NewUser, 'user') {}
const PetsBase = Base<Pet, NewPet>(Pet, NewPet, 'pet'); @Controller('pets') export class Pets extends PetsBase {}`,
  });
  assert.deepEqual(operations.map(line), [
    'get /users/one-user 200<User>',
    'get /users 200<User>',
    'get /users/found 203[<User>]',
    'post /users body<NewUser> 201<User>',
    'get /pets/one-pet 200<Pet>',
    'get /pets 200<Pet>',
    'get /pets/found 203[<Pet>]',
    'post /pets body<NewPet> 201<Pet>',
  ]);
});
