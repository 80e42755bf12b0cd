import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toAsyncApi } from '../../server/core/generate/asyncapi.ts';
import { toOpenApi } from '../../server/core/generate/openapi.ts';
import { memoryHost } from '../../server/core/host.ts';
import { readApplication } from '../../server/core/typescript/application.ts';
import { templatesOf } from '../../server/core/typescript/express.ts';

const facts = (files: Record<string, string>, entry = 'index.ts') => {
  const host = memoryHost(Object.fromEntries(Object.entries(files).map(([name, text]) => [`file:///app/${name}`, text])));
  return readApplication([`file:///app/${entry}`], host, host.read);
};
const routes = (files: Record<string, string>, entry?: string) =>
  facts(files, entry).operations.map(({ method, path }) => `${method} ${path}`);
const app = (body: string) => `import express, { Router } from 'express';\nconst app = express();\n${body}`;
const h = '(req, res) => {}';

const trees: [name: string, files: Record<string, string>, expected: string[]][] = [
  [
    'a mount tree over files, aliases of tsconfig included',
    {
      'tsconfig.json': '{ "compilerOptions": { "baseUrl": ".", "paths": { "@/*": ["src/*"] } } }',
      'index.ts': `import express from 'express'; import users from '@/users'; const app = express(); app.use('/api', auth(), users);`,
      'src/users.ts': `import { Router } from 'express'; import { posts as p } from './all'; const r = Router(); r.get('/', ${h}); r.use('/:id/posts', p); export default r;`,
      'src/all.ts': `export * from './posts';`,
      'src/posts.ts': `import * as e from 'express'; export const posts = e.Router(); posts.post('/', ${h});`,
    },
    ['get /api', 'post /api/{id}/posts'],
  ],
  [
    'factories, each call its own router',
    {
      'index.ts': app(
        `function make(name: string) { const r = Router(); r.get(\`/\${name}\`, ${h}); return r; }\napp.use('/v1', make('a')); app.use('/v2', make('b'));`,
      ),
    },
    ['get /v1/a', 'get /v2/b'],
  ],
  [
    'functions that are given the application',
    {
      'index.ts': app(`import { add } from './add'; add(app, '/x');`),
      'add.ts': `export function add(a, base) { a.get(base, ${h}); }`,
    },
    ['get /x'],
  ],
  [
    'an application made by a factory is read once',
    {
      'index.ts': `import { createApp } from './app'; const app = createApp('/p'); app.listen(1);`,
      'app.ts': `import express from 'express'; export const createApp = (p) => { const app = express(); app.get(p, ${h}); return app; };`,
    },
    ['get /p'],
  ],
  [
    'route(), chains, lists of paths, constants',
    {
      'index.ts': app(
        `const base = '/b'; app.route(base + '/c').get(${h}).post(auth, ${h}); app.get(['/d', '/e'], ${h}); app.use(Router().use('/f', Router().put('/g', ${h})));`,
      ),
    },
    ['get /b/c', 'post /b/c', 'get /d', 'get /e', 'put /f/g'],
  ],
  [
    'loops over literal lists',
    { 'index.ts': app(`for (const { path, r } of [{ path: '/a', r: Router().get('/x', ${h}) }]) app.use(path, r);`) },
    ['get /a/x'],
  ],
  [
    'loops over lists that are spread, and over the members of objects and modules',
    {
      'index.ts': `${app(
        `const all = [...read, ...write]; all.forEach((one) => app[one.method]('/v1' + one.path, one.handler));`,
      )}
        for (const [path, router] of Object.entries({ '/a': Router().get('/x', ${h}), '/b': Router().get('/y', ${h}) })) app.use(path, router);
        Object.values(routers).forEach((router) => app.use('/c', router));
        import { read, write } from './routes'; import * as routers from './routers';`,
      'routes.ts': `export const read = [{ method: 'get', path: '/r', handler: ${h} }]; export const write = [{ method: 'put', path: '/w', handler: ${h} }];`,
      'routers.ts': `import { Router } from 'express'; export const users = Router(); users.get('/users', ${h});`,
    },
    ['get /v1/r', 'put /v1/w', 'get /a/x', 'get /b/y', 'get /c/users'],
  ],
  [
    'an application that a field is set to after its making, and one that express-ws gives back',
    {
      'index.ts': `import express from 'express'; import expressWs from 'express-ws'; const { app } = expressWs(express()); app.get('/a', ${h});
        class Server { #app; create() { this.#app = express(); this.#app.get('/b', ${h}); return this.#app; } }`,
    },
    ['get /a', 'get /b'],
  ],
  [
    'classes',
    {
      'index.ts': app(
        `class C { router = Router(); constructor() { this.router.get('/x', this.x); } x(req, res) {} }\napp.use('/c', new C().router);`,
      ),
    },
    ['get /c/x'],
  ],
  [
    'CommonJS',
    {
      'index.js': `const express = require('express'); const app = express(); app.use('/a', require('./a'));`,
      'a.js': `const { Router } = require('express'); const r = Router(); r.delete('/:id', ${h}); module.exports = r;`,
    },
    ['delete /a/{id}'],
  ],
  [
    'settings and clients are not routes',
    { 'index.ts': app(`app.get('env'); axios.get('/x', ${h}); new Map().get('/y', ${h});`) },
    [],
  ],
  [
    'all serves every method, but not beside others',
    { 'index.ts': app(`app.get('/a', ${h}); app.all('/a', ${h}); app.all('/b', ${h});`) },
    ['get /a', 'get /b', 'post /b', 'put /b', 'patch /b', 'delete /b'],
  ],
  [
    'parameter names of one path agree',
    { 'index.ts': app(`app.get('/a/:id', ${h}); app.put('/a/:key', ${h});`) },
    ['get /a/{id}', 'put /a/{id}'],
  ],
];

for (const [name, files, expected] of trees) {
  test(`routes: ${name}`, () => assert.deepEqual(routes(files, files['index.js'] ? 'index.js' : undefined), expected));
}

const dynamic: [code: string, marked: string, message: RegExp][] = [
  ['app.get(process.env.X, (req, res) => {});', 'process.env.X', /computed at run time/],
  ['app.use(config.prefix, Router().get("/x", (req, res) => {}));', 'config.prefix', /written without it/],
  ['app.get("/a/*", (req, res) => {});', '"/a/*"', /pattern/],
  ['app.get(/x/, (req, res) => {});', '/x/', /pattern/],
  ['app.use("/a", require(name));', 'require(name)', /chosen at run time/],
  ['import x from "./gone"; app.use(x);', '"./gone"', /not found/],
  ['app.get("/", (req, res) => { res.status(code()).json({}); });', 'code()', /status is computed/],
];

for (const [code, marked, message] of dynamic) {
  test(`notes: ${code}`, () => {
    const text = app(code);
    const { notes } = facts({ 'index.ts': text });
    assert.equal(notes.length, 1);
    assert.equal(text.slice(notes[0]?.start, notes[0]?.end), marked);
    assert.match(notes[0]?.message ?? '', message);
  });
}

const paths: [express: string, templates: string[] | undefined][] = [
  ['/a/:id(\\d+)', ['/a/{id}']],
  ['/:from-:to', ['/{from}-{to}']],
  ['/a/:id?', ['/a', '/a/{id}']],
  ['/a{/:id}', ['/a', '/a/{id}']],
  ['/a/:rest*', ['/a/{rest}']],
  ['/a/:rest*?', ['/a', '/a/{rest}']],
  ['/a*', undefined],
  ['/ab?c', undefined],
];

test('path templates', () => {
  for (const [path, templates] of paths) assert.deepEqual(templatesOf(path), templates, path);
});

test('query, body, responses and comments of a handler become an OpenAPI operation', () => {
  const text = app(`
/**
 * Adds a thing.
 * It is kept for a day.
 * @deprecated
 */
app.post('/things/:id', wrap(async (req: Request, res: Response, next) => {
  const { name, size = 1 } = req.body;
  const take = Number(req.query.take);
  const { sort } = req.query;
  save(req.body.owner.email.toLowerCase());
  if (!name) return next({ status: 400 });
  if (!size) return res.sendStatus(404);
  res.status(201).json({ id: 1, tags: ['a'], name });
}));`);
  const { text: yaml, operations, notes } = toOpenApi(facts({ 'index.ts': text }), { title: 'Things' });
  assert.deepEqual([operations, notes], [1, []]);
  assert.equal(
    yaml,
    `openapi: 3.1.0
info:
  title: Things
  version: 1.0.0
servers:
  - url: /
tags:
  - name: things
paths:
  /things/{id}:
    post:
      operationId: postThingsById
      tags:
        - things
      summary: Adds a thing.
      description: It is kept for a day.
      deprecated: true
      parameters:
        - name: id
          in: path
          required: true
          schema:
            type: string
        - name: take
          in: query
          schema:
            type: number
        - name: sort
          in: query
          schema:
            type: string
      requestBody:
        content:
          application/json:
            schema:
              type: object
              properties:
                name: {}
                size:
                  type: number
                  default: 1
                owner:
                  type: object
                  properties:
                    email: {}
      responses:
        "201":
          description: Created
          content:
            application/json:
              schema:
                type: object
                required:
                  - id
                  - tags
                properties:
                  id:
                    type: number
                  tags:
                    type: array
                    items:
                      type: string
                  name: {}
        "400":
          description: Bad Request
        "404":
          description: Not Found
`,
  );
});

test('a request is followed into the function it is given to', () => {
  const { operations } = facts({
    'index.ts': app(`import { list } from './list'; app.get('/a', async (req, res) => res.json(await list(req.query)));`),
    'list.ts': 'export const list = async (query) => query.limit;',
  });
  assert.deepEqual(
    operations[0]?.parameters.map(({ name, shape }) => [name, shape]),
    [['limit', { type: 'string' }]],
  );
});

test('what the whole application is below may be decided where it runs; a part of a path may not', () => {
  const code = (use: string) =>
    app(`const r = express.Router(); r.get('/a', (req, res) => res.json(1)); const v = express.Router(); ${use}`);
  const read = (use: string) => {
    const { operations, notes } = facts({ 'index.ts': code(use) });
    return [operations.map(({ path }) => path), notes.map(({ message }) => message)];
  };
  const below = 'The path is known only at run time, so what is below it is written without it.';
  assert.deepEqual(read('app.use(process.env.PREFIX, r);'), [['/a'], [below]]);
  const missing = 'The path is computed at run time, so its routes are missing.';
  assert.deepEqual(read("v.use(process.env.PREFIX, r); app.use('/v1', v);"), [[], [missing]]);
  assert.deepEqual(read('app.use(`/admin/${process.env.KEY}`, r);'), [[], [missing]]);
  const usual = '“/api” is written, which the path is where nothing else is set.';
  assert.deepEqual(read("app.use(process.env.PREFIX ?? '/api', r);"), [['/api/a'], [usual]]);
});

test('a default is written where a client may send it', () => {
  const text = app(`import { z } from 'zod';
const Query = z.object({ all: z.enum(['true', 'false']).transform((one) => one === 'true').default(true), page: z.number().int().default(1), half: z.number().int().default(1.5) });
app.get('/things', (req, res) => { const query = Query.parse(req.query); res.json(find(query)); });`);
  const { text: yaml } = toOpenApi(facts({ 'index.ts': text }), { title: 'Things' });
  assert.deepEqual(yaml.match(/default: [^\n]+/g), ['default: 1']);
});

test('what cannot be seen for the same reason is said once, at the first place, and of which whole files', () => {
  const note = (uri: string, start: number, message: string, length = 1) => ({ uri, start, end: start + length, message });
  const given = [
    note('b.ts', 4, 'Computed.'),
    note('a.ts', 9, 'Computed.'),
    note('a.ts', 2, 'Chosen.'),
    note('a.ts', 9, 'Computed.'),
    note('c.ts', 0, 'Not read.', 0),
    note('d.ts', 0, 'Not read.', 0),
  ];
  assert.deepEqual(toOpenApi({ operations: [], types: new Map(), notes: given }).notes, [
    note('a.ts', 2, 'Chosen.'),
    note('a.ts', 9, 'Computed. Likewise at one other place.'),
    note('c.ts', 0, 'Not read.', 0),
    note('d.ts', 0, 'Not read.', 0),
  ]);
  const events = { events: [], brokers: [], types: new Map(), notes: given };
  assert.deepEqual(toAsyncApi(events).notes, toOpenApi({ operations: [], ...events }).notes);
});

test('a failure that several operations answer alike is one component, the commonest of its status', () => {
  const files = {
    'index.ts': app(`const missing = (res) => res.status(404).json({ error: 'none' });
app.get('/a', (req, res) => { if (!req.query.a) return missing(res); res.json({ id: 1 }); });
app.get('/b', (req, res) => { if (!req.query.b) return missing(res); res.json({ id: 1 }); });
app.get('/c', (req, res) => { if (!req.query.c) return res.status(404).json({ reason: 'c' }); res.status(409).json({ error: 'c' }); });
app.get('/d', (req, res) => { if (!req.query.d) return res.sendStatus(403); res.json({ id: 1 }); });
app.get('/e', (req, res) => { if (!req.query.e) return res.sendStatus(403); res.json({ id: 1 }); });`),
  };
  const { text } = toOpenApi(facts(files));
  assert.equal(text.match(/\$ref: "#\/components\/responses\/NotFound"/g)?.length, 2);
  assert.deepEqual(text.match(/^ {2}responses:\n(?: {4}.*\n)+/m)?.[0].match(/^ {4}\w+/gm), ['    NotFound']);
  assert.match(text, /reason:/);
  assert.match(text, /"409":\n {10}description: Conflict/);
});
