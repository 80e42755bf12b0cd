/** Where the applications of a folder begin. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLintel } from '../../server/core/create.ts';
import { memoryHost } from '../../server/core/host.ts';

type Files = Readonly<Record<string, string>>;

const express = `import express from 'express';\n`;
const router = `import { Router } from 'express';\nexport const r = Router();\nr.get('/', (req, res) => res.json([]));\n`;
const app = `${express}import { r } from './routes';\nexport const app = express();\napp.use('/orders', r);\n`;

/** The entries of a folder by their paths in it. */
async function entriesOf(files: Files, of?: string): Promise<readonly string[]> {
  const root = 'file:///w/';
  const host = memoryHost(Object.fromEntries(Object.entries(files).map(([name, text]) => [root + name, text])));
  const found = await createLintel(host, []).applicationsIn([root], of && root + of);
  return found.map((uri) => uri.slice(root.length - 1));
}

const folders: readonly [what: string, files: Files, entries: readonly string[], of?: string][] = [
  ['the file that creates the application', { 'src/app.ts': app, 'src/routes.ts': router }, ['/src/app.ts']],
  [
    'the file that starts it, not the one it imports',
    { 'src/server.ts': `import { app } from './app';\napp.listen(1);\n`, 'src/app.ts': app, 'src/routes.ts': router },
    ['/src/server.ts'],
  ],
  [
    'no test, and no router that nobody mounts',
    { 'app.ts': app, 'routes.ts': router, 'lost.ts': router, 'test/app.test.ts': `import { app } from '../app';\n` },
    ['/app.ts'],
  ],
  [
    'routers that are applications, of which only the outermost is one',
    {
      'index.ts': `import { Hono } from 'hono';\nimport { users } from './users';\nnew Hono().route('/users', users);\n`,
      'users.ts': `import { Hono } from 'hono';\nexport const users = new Hono();\n`,
      'client.ts': `import { hc } from 'hono/client';\nimport type { App } from './index';\nhc<App>('/');\n`,
    },
    ['/index.ts'],
  ],
  [
    'Nest, whose starting file names no route',
    {
      'src/main.ts': `import { NestFactory } from '@nestjs/core';\nimport { Root } from './root';\nNestFactory.create(Root);\n`,
      'src/root.ts': `import { Module } from '@nestjs/common';\n@Module({}) export class Root {}\n`,
    },
    ['/src/main.ts'],
  ],
  [
    'no script and no microservice beside a Nest application',
    {
      'src/main.ts': `import { NestFactory } from '@nestjs/core';\nimport { Root } from './root';\nNestFactory.create<App>(Root);\n`,
      'src/seed.ts': `import { NestFactory } from '@nestjs/core';\nimport { Root } from './root';\nNestFactory.createApplicationContext(Root);\n`,
      'src/queue.ts': `import { NestFactory } from '@nestjs/core';\nimport { Root } from './root';\nNestFactory.createMicroservice(Root, {});\n`,
      'src/root.ts': `import { Module } from '@nestjs/common';\n@Module({}) export class Root {}\n`,
    },
    ['/src/main.ts'],
  ],
  [
    'every service of a repository, the larger one first',
    {
      'a/package.json': '{}',
      'a/index.ts': `${express}express();\n`,
      'b/package.json': '{}',
      'b/index.ts': app,
      'b/routes.ts': router,
    },
    ['/b/index.ts', '/a/index.ts'],
  ],
  [
    'the ones that lead to a file',
    { 'a/index.ts': `${express}express();\n`, 'b/index.ts': app, 'b/routes.ts': router },
    ['/b/index.ts'],
    'b/routes.ts',
  ],
  ['all where none leads to it', { 'app.ts': app, 'routes.ts': router, 'other.ts': 'export {};\n' }, ['/app.ts'], 'other.ts'],
  [
    'what each package begins with an application that another makes',
    {
      'common/package.json': '{ "name": "@w/common" }',
      'common/index.ts': `${express}export const serve = () => express();\n`,
      'a/package.json': '{}',
      'a/main.ts': `import { serve } from '../common/index';\nserve();\n`,
      'b/package.json': '{}',
      'b/main.ts': `import { serve } from '../common/index';\nserve();\n`,
    },
    ['/a/main.ts', '/b/main.ts'],
  ],
  [
    'the folder of a Next.js application',
    {
      'web/next.config.js': '',
      'web/app/api/pets/route.ts': 'export function GET() { return Response.json([]); }\n',
    },
    ['/web'],
    'web/app/api/pets/route.ts',
  ],
  [
    'the folder of functions whose routes a manifest declares, and what one of them serves with it',
    {
      'api/serverless.yml': `functions:\n  list: { handler: list.main, events: [{ http: { path: pets, method: get } }] }\n  web: { handler: web.main, events: [{ http: { path: '{proxy+}', method: any } }] }\n`,
      'api/list.ts': 'export const main = async () => ({ statusCode: 200 });\n',
      'api/web.ts': `${express}const app = express();\napp.get('/', (req, res) => res.json([]));\nexport const main = serverless(app);\n`,
    },
    ['/api'],
    'api/list.ts',
  ],
  [
    'the file of an application, where its manifest declares no route beside it',
    {
      'serverless.yml': `functions:\n  web: { handler: web.main, events: [{ httpApi: '*' }] }\n  gone: { handler: gone.main, events: [{ httpApi: 'GET /x' }] }\n`,
      'web.ts': `${express}const app = express();\napp.get('/', (req, res) => res.json([]));\nexport const main = serverless(app);\n`,
    },
    ['/web.ts'],
  ],
  [
    'a plugin that the command line of Fastify starts',
    { 'app.ts': `import type { X } from 'fastify';\nexport default async (app) => { app.get('/', async () => 1); };\n` },
    ['/app.ts'],
  ],
  ['nothing', { 'a.ts': 'export {};\n', 'node_modules/x/app.js': app }, []],
];

for (const [what, files, entries, of] of folders) {
  test(`applications: ${what}`, async () => assert.deepEqual(await entriesOf(files, of), entries));
}

test('the package of a folder gives the document of its messages a title', async () => {
  const host = memoryHost({
    'file:///w/package.json': '{ "name": "outside" }',
    'file:///w/app/package.json': '{ "name": "orders", "version": "2.1.0" }',
    'file:///w/app/index.ts': `import { Kafka } from 'kafkajs'; const producer = new Kafka({ brokers: ['a:1'] }).producer(); producer.send({ topic: 'paid', messages: [] });`,
  });
  const { text } = await createLintel(host, []).generateAsyncApi(['file:///w/app']);
  assert.match(text, /title: orders\n {2}version: 2\.1\.0\n/);
});
