import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryHost } from '../../server/core/host.ts';
import { methodOf } from '../../server/core/typescript/classes.ts';
import { type CodeFile, ts } from '../../server/core/typescript/code.ts';
import { constantText } from '../../server/core/typescript/constants.ts';
import { origin } from '../../server/core/typescript/origins.ts';
import { codeProject } from '../../server/core/typescript/project.ts';

/** Where the callee of the file's last call comes from. */
function lastOrigin(file: CodeFile): string | undefined {
  const call = file.calls.at(-1);
  return call && origin(file, call.expression);
}

test('a model is kept while it and what it looked into stay the same, and made anew when they change', () => {
  const user = "import { send } from './middle';\nsend('x');\n";
  const texts: Record<string, string> = {
    'file:///p/user.ts': user,
    'file:///p/middle.ts': "export { send } from './client';\n",
    'file:///p/client.ts': "import axios from 'axios';\nexport const send = axios.get;\n",
  };
  const files = codeProject(memoryHost(texts));
  const first = files.file('file:///p/user.ts', user);
  assert.equal(lastOrigin(first), 'axios:get');
  assert.equal(files.file('file:///p/user.ts', user), first);

  texts['file:///p/client.ts'] = "import got from 'got';\nexport const send = got.get;\n";
  const second = files.file('file:///p/user.ts', user);
  assert.notEqual(second, first);
  assert.equal(second.ast, first.ast, 'the text is the same, and so is the tree');
  assert.equal(lastOrigin(second), 'got:get');

  delete texts['file:///p/client.ts'];
  files.forget();
  assert.equal(lastOrigin(files.file('file:///p/user.ts', user)), undefined);
});

test('files that import each other are told apart from those that changed', () => {
  const a = "import { b } from './b';\nexport const a = fetch;\nb();\n";
  const texts: Record<string, string> = {
    'file:///p/a.ts': a,
    'file:///p/b.ts': "import { a } from './a';\nexport const b = a;\n",
  };
  const files = codeProject(memoryHost(texts));
  const first = files.file('file:///p/a.ts', a);
  assert.equal(lastOrigin(first), 'global:fetch');
  assert.equal(files.file('file:///p/a.ts', a), first);
  const edited = a.replace('fetch', 'alert');
  texts['file:///p/a.ts'] = edited;
  assert.equal(lastOrigin(files.file('file:///p/a.ts', edited)), 'global:alert');
});

for (const [uri, role] of [
  ['file:///w/integration-tests/helpers/user.ts', 'test'],
  ['file:///w/integration-tests/modules/helpers/user.ts', 'test'],
  ['file:///w/e2e/helpers/user.ts', 'test'],
  ['file:///w/test-harness/helpers/user.ts', 'test'],
  ['file:///w/benchmarks/helpers/user.ts', 'test'],
  ['file:///home/me/test/helpers/user.ts', 'server'],
] as const) {
  test(`a file of a package in ${uri.split('/').at(-3)} is for: ${role}`, () => {
    const folder = uri.slice(0, uri.indexOf('helpers/'));
    const files = codeProject(memoryHost({ [`${folder}package.json`]: '{"dependencies":{"pg":"8"}}' }));
    const model = files.file(uri, "import { Pool } from 'pg';\nexport const pool = new Pool();\n");
    assert.equal(files.roleOf(model), role);
  });
}

const once = `import { Pool } from 'pg';
const pool = new Pool();
await pool.query('DELETE FROM sessions WHERE team = $1', [process.argv[2]]);
process.exit(0);
`;

for (const [path, text, role] of [
  ['delete-team.js', once, 'script'],
  [
    'try-out.js',
    'const base = process.env.BASE_URL;\nasync function main() {\n  console.log(await (await fetch(`${base}/orders`)).json());\n}\n\nmain().catch((error) => {\n  console.error(error);\n  process.exit(1);\n});\n',
    'script',
  ],
  [
    'mailer.js',
    'async function main() {\n  while (true) await fetch(process.env.QUEUE_URL);\n}\n\nmain().catch((error) => {\n  console.error(error);\n  process.exit(1);\n});\n',
    'server',
  ],
  [
    'mark-orders-paid.js',
    "const https = require('https');\nconst req = https.request({ host: 'example.com' }, (res) => { res.on('data', console.log); });\nreq.end();\n",
    'script',
  ],
  [
    'look-up.js',
    "const https = require('https');\n\nfunction lookUp() {\n  https.get('https://example.com', (res) => console.log(res.statusCode)).on('error', console.error);\n}\n\nlookUp();\n",
    'script',
  ],
  [
    'orders.js',
    "const { Client } = require('chat');\nconst https = require('https');\nconst client = new Client();\n\nfunction listen() {\n  console.log('ready');\n  client.on('order', () => https.get('https://example.com'));\n}\n\nlisten();\n",
    'server',
  ],
  [
    'orders-mail-sender.js',
    "const https = require('https');\nconst bus = require('./bus');\nbus.on('order', () => https.get('https://example.com'));\n",
    'server',
  ],
  [
    'src/services/api.js',
    "const stage = process.env.VERCEL_ENV;\nexport const load = () => fetch(`https://example.com/${stage}`, { headers: { key: localStorage.getItem('key') } });\n",
    'browser',
  ],
  ['src/delete-team.js', once, 'server'],
  ['worker.js', `${once}process.on('SIGTERM', () => pool.end());`, 'server'],
  ['index.js', `${once}export { pool };`, 'server'],
] as const) {
  test(`${path}, by its place and by what it does, is for: ${role}`, () => {
    const files = codeProject(memoryHost({ 'file:///w/package.json': '{"dependencies":{"pg":"8"}}' }));
    assert.equal(files.roleOf(files.file(`file:///w/${path}`, text)), role);
  });
}

for (const [path, role] of [
  ['src/test-setup.ts', 'test'],
  ['src/lib/workers-shim.ts', 'test'],
  ['src/__e2e__/orders.ts', 'test'],
  ['src/orders.servertest.ts', 'test'],
  ['src/ingest_test.ts', 'test'],
  ['e2e.ts', 'test'],
  ['config/test.ts', 'test'],
  ['config/default.ts', 'server'],
  ['migrate.js', 'script'],
  ['.scripts/compare.js', 'script'],
  ['vite.config.ts', 'script'],
  ['vitest.config.ts', 'test'],
  ['apps/api/jest.e2e.config.js', 'test'],
  ['wdio.conf.ts', 'test'],
  ['src/jest/config.ts', 'server'],
  ['tools/check-dois.ts', 'script'],
  ['src/tools/search.ts', 'server'],
  ['qa/upload.ts', 'script'],
  ['releases/notes.ts', 'script'],
  ['src/routes/releases/list.ts', 'server'],
  ['.github/label.js', 'script'],
  ['adapters/__e2etests__/serve.ts', 'test'],
  ['e2e_tests/utils/api.ts', 'test'],
  ['build-fonts.mjs', 'script'],
  ['src/one-off/backfill.ts', 'script'],
  ['src/oneOff/2026-01-01-fill.ts', 'script'],
  ['src/orders/orders-seed.ts', 'script'],
  ['src/orders/seedless.ts', 'server'],
  ['src/test-fixtures.ts', 'test'],
  ['src/helpers/sign-in-test-helper.ts', 'test'],
  ['src/helpers/latest-helper.ts', 'server'],
  ['src/helpers/contest-helpers.ts', 'server'],
  ['src/load-test-runner.ts', 'server'],
  ['src/e2e-validation.ts', 'test'],
  ['src/predefinedMigrations/status.ts', 'migration'],
] as const) {
  test(`${path} is for: ${role}`, () => {
    const files = codeProject(memoryHost({ 'file:///w/package.json': '{}' }));
    assert.equal(
      files.roleOf(files.file(`file:///w/${path}`, "import { Pool } from 'pg';\nexport const pool = new Pool();\n")),
      role,
    );
  });
}

test('a package among the tests of another is for tests', () => {
  const files = codeProject(memoryHost({ 'file:///w/package.json': '{}', 'file:///w/test/app/package.json': '{}' }));
  const text = "import { Pool } from 'pg';\nexport const pool = new Pool();\n";
  assert.equal(files.roleOf(files.file('file:///w/test/app/lib/user.ts', text)), 'test');
  const nested = codeProject(
    memoryHost({
      'file:///w/package.json': '{}',
      'file:///w/test/fixtures/shop/package.json': '{}',
      'file:///w/test/fixtures/shop/services/orders/package.json': '{}',
    }),
  );
  assert.equal(nested.roleOf(nested.file('file:///w/test/fixtures/shop/services/orders/index.ts', text)), 'test');
  const alone = codeProject(
    memoryHost({ 'file:///w/package.json': '{}', 'file:///w/test/app/package.json': '{}' }),
    (folder) => folder !== 'file:///w/',
  );
  assert.equal(alone.roleOf(alone.file('file:///w/test/app/lib/user.ts', text)), 'server');
});

test('a package has what the root of its workspace declares, and what lies above that is not its own', () => {
  const files = codeProject(
    memoryHost({
      'file:///w/package.json': '{"workspaces":["packages/*"],"dependencies":{"axios":"1","express":"^5.0.0"}}',
      'file:///w/packages/api/package.json': '{"dependencies":{"express":"^4.21.0"}}',
      'file:///alone/package.json': '{"dependencies":{"got":"14"}}',
      'file:///alone/api/package.json': '{"dependencies":{"pg":"8"}}',
    }),
  );
  const found = (uri: string) => files.file(uri, 'export {};').package;
  assert.deepEqual([...(found('file:///w/packages/api/a.ts')?.dependencies ?? [])], [['express', '^4.21.0']]);
  assert.deepEqual(
    [...(found('file:///w/packages/api/a.ts')?.installed ?? [])],
    [
      ['axios', '1'],
      ['express', '^4.21.0'],
    ],
  );
  assert.deepEqual([...(found('file:///alone/api/a.ts')?.installed ?? [])], [['pg', '8']]);
});

test('ranges that a workspace keeps in catalogs are known: of pnpm, and of Bun', () => {
  const api = '{"dependencies":{"express":"catalog:","pg":"catalog:old","got":"catalog:","ky":"catalog:none"}}';
  const installed = (files: Record<string, string>) => {
    const project = codeProject(memoryHost({ ...files, 'file:///w/api/package.json': api }));
    return Object.fromEntries(project.file('file:///w/api/a.ts', 'export {};').package?.installed ?? []);
  };
  const found = { express: '^4.21.0', pg: '7.0.0', got: 'catalog:', ky: 'catalog:none' };
  const pnpm = 'packages:\n  - api\ncatalog:\n  express: ^4.21.0\ncatalogs:\n  old: { pg: 7.0.0 }\n';
  assert.deepEqual(installed({ 'file:///w/package.json': '{}', 'file:///w/pnpm-workspace.yaml': pnpm }), found);
  const catalogs = '"catalog":{"express":"^4.21.0"},"catalogs":{"old":{"pg":"7.0.0"}}';
  assert.deepEqual(installed({ 'file:///w/package.json': `{"workspaces":["api"],${catalogs}}` }), found);
  assert.deepEqual(installed({ 'file:///w/package.json': `{"workspaces":{"packages":["api"],${catalogs}}}` }), found);
});

/** The origin of what is called last in a file beside others. */
function originBeside(others: Readonly<Record<string, string>>, text: string): string | undefined {
  const beside = Object.entries(others).map(([name, content]) => [`file:///p/${name}`, content]);
  return lastOrigin(codeProject(memoryHost(Object.fromEntries(beside))).file('file:///p/app.js', text));
}

for (const [what, db, app] of [
  ['one value', "module.exports = new (require('pg').Pool)();", "const db = require('./db');\ndb.query();"],
  ['an object', 'const pool = new Pool();\nmodule.exports = { pool };', "require('./db').pool.query();"],
  ['its parts', 'exports.pool = new Pool();', "const { pool } = require('./db');\npool.query();"],
  [
    'an object under a name',
    'const db = { pool: new Pool() };\nmodule.exports = db;',
    "const { pool } = require('./db');\npool.query();",
  ],
  ['an object that is filled', 'const db = {};\ndb.pool = new Pool();\nmodule.exports = db;', "require('./db').pool.query();"],
  ['a default', 'export default { pool: new Pool() };', "import db from './db';\ndb.pool.query();"],
  [
    'a function',
    'const pool = new Pool();\nexports.getPool = () => pool;',
    "const { getPool } = require('./db');\ngetPool().query();",
  ],
] as const) {
  test(`a file that exports ${what}`, () => {
    assert.equal(originBeside({ 'db.js': `const { Pool } = require('pg');\n${db}\n` }, `${app}\n`), 'pg:Pool().query');
  });
}

test('a method is found behind an instance that another file exports', () => {
  const files = codeProject(
    memoryHost({
      'file:///p/service.ts': "import { Sender } from './sender';\nexport const sender = new Sender();\n",
      'file:///p/sender.ts': 'export class Sender {\n  send() {}\n}\n',
    }),
  );
  const model = files.file('file:///p/app.ts', "import { sender } from './service';\nsender.send();\n");
  const call = model.calls.at(-1);
  assert.equal(call && ts.isCallExpression(call) && methodOf(model, call)?.node.name?.getText(), 'send');
});

test('what is filled twice, or answered twice, has no origin', () => {
  const pool = "const { Pool } = require('pg');\n";
  const twice = `${pool}const db = {};\ndb.pool = new Pool();\ndb.pool = fake;\nmodule.exports = db;\n`;
  assert.equal(originBeside({ 'db.js': twice }, "require('./db').pool.query();"), undefined);
  const none = `${pool}const pool = new Pool();\nexports.getPool = (url) => {\n  if (!url) return null;\n  return pool;\n};\n`;
  assert.equal(originBeside({ 'db.js': none }, "require('./db').getPool().query();"), 'pg:Pool().query');
  const either = `${pool}const pool = new Pool();\nexports.getPool = (test) => {\n  if (test) return {};\n  return pool;\n};\n`;
  assert.equal(originBeside({ 'db.js': either }, "require('./db').getPool().query();"), undefined);
});

for (const [what, role, path, text, json] of [
  [
    'sends cookies along',
    'browser',
    'src/client.ts',
    "export const get = () => fetch('https://a.example', { credentials: 'include' });",
    '{}',
  ],
  [
    'is of a phone',
    'browser',
    'lib/store.ts',
    "import { Platform } from 'react-native';\nexport const id = process.env.ID ?? Platform.OS;",
    '{}',
  ],
  [
    'sends messages to phones',
    'server',
    'lib/push.ts',
    "import { Expo } from 'expo-server-sdk';\nexport const expo = new Expo();",
    '{}',
  ],
  [
    'has hooks of React',
    'browser',
    'src/api.ts',
    "import { useState } from 'react';\nexport const use = () => useState(process.env.API_URL);",
    '{}',
  ],
  [
    'keeps state and imports types of tables',
    'browser',
    'components/order.tsx',
    "import { useState } from 'react';\nimport { Status } from '@prisma/client';\nexport const use = () => useState<Status>('OPEN');",
    '{"dependencies":{"next":"15"}}',
  ],
  [
    'says so and imports types of tables',
    'browser',
    'app/orders/sheet.ts',
    "// Orders.\n'use client';\nimport { Status } from '@prisma/client';\nexport const open = Status.OPEN;",
    '{"dependencies":{"next":"15"}}',
  ],
  // Where a pattern would try every way to cut the comments.
  [
    'has nothing but thousands of comments',
    'server',
    'types/webhooks.js',
    `${'/**\n * @typedef {Object} Order\n */\n'.repeat(5000)}exports.what = 'use client';\n`,
    '{"dependencies":{"express":"5"}}',
  ],
  [
    'is of an extension',
    'browser',
    'extension/background.js',
    "chrome.runtime.onMessage.addListener(() => fetch('https://a.example'));",
    '{"dependencies":{"express":"5"}}',
  ],
  [
    'calls as only Node can',
    'server',
    'libs/git/requests.ts',
    "import fetch from 'node-fetch';\nexport const get = () => fetch('https://a.example');",
    '{"dependencies":{"react":"19"}}',
  ],
  [
    'takes its settings apart',
    'server',
    'gateways/shipping.ts',
    "const { SHIPPING_URL = '' } = process.env;\nexport const get = () => fetch(SHIPPING_URL);",
    '{"dependencies":{"react":"19"}}',
  ],
  [
    'has Next.js keep an answer',
    'server',
    'utils/stars.ts',
    "export const stars = () => fetch('https://a.example/stars', { next: { revalidate: 3600 } });",
    '{"dependencies":{"next":"15","react":"19"}}',
  ],
  [
    'takes messages until somebody presses a key',
    'server',
    'receive.js',
    "const amqp = require('amqplib');\namqp.connect().then((c) => c.createChannel()).then((c) => c.consume('a', () => {}));\nrl.createInterface({ input: process.stdin });",
    '{}',
  ],
  [
    'gives a model a tool',
    'server',
    'lib/ai/tools/weather.ts',
    "import { tool } from 'ai';\nexport const weather = tool({ execute: ({ city }) => fetch(`https://a.example/${city}`) });",
    '{"dependencies":{"next":"15","react":"19"}}',
  ],
  [
    'imports types of the AI SDK',
    'browser',
    'lib/chat/messages.ts',
    "import { type UIMessage } from 'ai';\nexport const last = (all: UIMessage[]) => all.at(-1);",
    '{"dependencies":{"next":"15","react":"19"}}',
  ],
  [
    'sends mail',
    'server',
    'lib/mail.ts',
    "import { Resend } from 'resend';\nexport const mail = (key: string) => new Resend(key);",
    '{"dependencies":{"next":"15","react":"19"}}',
  ],
  [
    'calls with gRPC',
    'server',
    'components/cart.ts',
    "import { ChannelCredentials } from '@grpc/grpc-js';\nexport const safe = ChannelCredentials.createSsl();",
    '{"dependencies":{"react":"19"}}',
  ],
  [
    'ends by itself',
    'script',
    'src/fill.ts',
    "import { PrismaClient } from '@prisma/client';\nconst prisma = new PrismaClient();\nasync function main() {}\nmain()\n  .catch(console.error)\n  .finally(() => prisma.$disconnect());",
    '{"dependencies":{"@prisma/client":"6"}}',
  ],
  [
    'asks for a token with a secret',
    'server',
    'modules/payment/token.ts',
    "import axios from 'axios';\nexport const token = (client_secret: string) => axios.post('https://a.example/token', { client_secret, grant_type: 'client_credentials' });",
    '{"dependencies":{"react":"19"}}',
  ],
  [
    'is a library tried in a page',
    'browser',
    'src/api/user.ts',
    "export const get = () => fetch('https://a.example');",
    '{"devDependencies":{"jest-environment-jsdom":"29"}}',
  ],
  [
    'is of a server tried in a page too',
    'server',
    'src/api/user.ts',
    "export const get = () => fetch('https://a.example');",
    '{"dependencies":{"express":"5","react":"19"}}',
  ],
] as const) {
  test(`a file that ${what} is for: ${role}`, () => {
    const files = codeProject(memoryHost({ 'file:///w/package.json': json }));
    assert.equal(files.roleOf(files.file(`file:///w/${path}`, `${text}\n`)), role);
  });
}

test('a package of commands is for people', () => {
  const files = codeProject(memoryHost({ 'file:///w/package.json': '{}', 'file:///w/bin/package.json': '{}' }));
  assert.equal(
    files.roleOf(files.file('file:///w/bin/import.ts', "import axios from 'axios';\nexport const a = axios;\n")),
    'script',
  );
});

test('a page whose settings are in another file is a page', () => {
  const settings = 'export const url = import.meta.env.VITE_URL;\n';
  const files = codeProject(
    memoryHost({
      'file:///w/package.json': '{"dependencies":{"express":"5","vite":"7"}}',
      'file:///w/src/settings.ts': settings,
    }),
  );
  const text = "import { url } from '../settings';\nexport const get = () => fetch(url);\n";
  assert.equal(files.roleOf(files.file('file:///w/src/api/user.ts', text)), 'browser');
});

test('a file that takes a secret out of the settings is for a server, whatever types of a page it knows', () => {
  const files = codeProject(memoryHost({ 'file:///w/package.json': '{ "dependencies": { "next": "15", "react": "19" } }' }));
  const send = (key: string) =>
    `import type { ReactElement } from 'react';\nimport { env } from './env';\nexport const send = (mail: ReactElement) => fetch('https://mail.example.com', { headers: { key: env.${key} } });\n`;
  assert.equal(files.roleOf(files.file('file:///w/lib/send.ts', send('MAIL_API_KEY'))), 'server');
  assert.equal(files.roleOf(files.file('file:///w/lib/show.ts', send('NEXT_PUBLIC_MAIL_API_KEY'))), 'browser');
});

test('what react-scripts bundles is for a page, also beside a server of its own', () => {
  const files = codeProject(
    memoryHost({ 'file:///w/package.json': '{ "dependencies": { "express": "4", "react-scripts": "5", "jsonwebtoken": "9" } }' }),
  );
  const text = "import jwt from 'jsonwebtoken';\nexport const claims = jwt.decode('');\n";
  assert.equal(files.roleOf(files.file('file:///w/src/services/auth.js', text)), 'browser');
  assert.equal(files.roleOf(files.file('file:///w/server/auth.js', text)), 'server');
  assert.equal(files.roleOf(files.file('file:///w/src/server/auth.js', text)), 'server');
});

test('a file beside which the secrets of the environment are read is for a server', () => {
  const files = codeProject(
    memoryHost({
      'file:///w/package.json': '{"dependencies":{"next":"15","react":"19"}}',
      'file:///w/lib/env.ts': 'export const key = process.env.DIRECTORY_API_KEY;\n',
      'file:///w/lib/names.ts': 'export const key = process.env.NEXT_PUBLIC_API_KEY;\n',
    }),
  );
  const text = (name: string) =>
    `import { key } from './${name}';\nexport const get = () => fetch('https://a.example/' + key);\n`;
  assert.equal(files.roleOf(files.file('file:///w/lib/directory.ts', text('env'))), 'server');
  assert.equal(files.roleOf(files.file('file:///w/lib/search.ts', text('names'))), 'browser');
});

test('a file that its neighbour of the server imports is for a server, unless one of a page does too', () => {
  const neighbours: Record<string, string> = {
    'file:///w/package.json': '{"dependencies":{"next":"15","react":"19"}}',
    'file:///w/lib/tracker/api.ts': '',
    'file:///w/lib/tracker/import.ts': "import { prisma } from '@acme/prisma';\nimport { Api } from './api';\nnew Api(prisma);\n",
  };
  const text =
    "export class Api {\n  get = (token: string) => fetch('https://tracker.example.com', { headers: { token } });\n}\n";
  const role = (texts: Record<string, string>) => {
    const files = codeProject(memoryHost(texts));
    return files.roleOf(files.file('file:///w/lib/tracker/api.ts', text));
  };
  assert.equal(role(neighbours), 'server');
  const page = { 'file:///w/lib/tracker/button.tsx': "import { Api } from './api';\nexport const api = new Api();\n" };
  assert.equal(role({ ...neighbours, ...page }), 'browser');
});

test('a name that is made of itself is no constant', () => {
  const files = codeProject(memoryHost({}));
  const model = files.file('file:///w/a.ts', 'let path;\npath = `/${path}`;\nfetch(path);\n');
  const call = model.calls.at(-1);
  assert.equal(call?.arguments?.[0] && constantText(call.arguments[0]), undefined);
});

test('what another package of the workspace hands on by `export *` is known for what it is, or for where it comes from', () => {
  const files = codeProject(
    memoryHost({
      'file:///w/package.json': '{"workspaces":["libs/*","api"]}',
      'file:///w/api/package.json': '{"name":"api"}',
      'file:///w/libs/db/package.json': '{"name":"@acme/db","main":"./dist/index.js"}',
      'file:///w/libs/db/src/index.ts': "export * from './unknown';\nexport * from './pools';\n",
      'file:///w/libs/db/src/pools/index.ts': "export * from './main';\n",
      'file:///w/libs/db/src/pools/main.ts': "import { Pool } from 'pg';\nexport const pool = new Pool();\n",
      'file:///w/libs/db/src/unknown.ts': 'export const prisma = globalThis.prisma ?? make();\n',
    }),
  );
  const found = (name: string, call: string) =>
    lastOrigin(files.file(`file:///w/api/${name}.ts`, `import { ${name} } from '@acme/db';\n${call};\n`));
  assert.equal(found('pool', "pool.query('SELECT 1')"), 'pg:Pool().query');
  assert.equal(found('prisma', 'prisma.user.findMany()'), '@acme/db:prisma.user.findMany');
});

test('a name is found behind a barrel in whatever way it is exported, and not in a file that only uses it', () => {
  const user = "import { got, client } from './made';\nexport const use = (given) => client.get(given, client);\n";
  const found = (made: string) =>
    lastOrigin(
      codeProject(
        memoryHost({
          'file:///p/all.ts': "export * from './user';\nexport * from './made';\n",
          'file:///p/user.ts': user,
          'file:///p/made.ts': `import axios from 'axios';\n${made}\n`,
        }),
      ).file('file:///p/app.ts', "import { client } from './all';\nclient.get('/');\n"),
    );
  for (const made of [
    'export const client = axios.create();',
    'export const url = "/",\n  client = axios.create();',
    'export const url = "/", client: Client = axios.create();',
    'const client = axios.create();\nexport {\n  // The one of its kind.\n  client,\n};',
    'const made = axios.create();\nexport { made as client };',
  ])
    assert.match(found(made) ?? '', /^axios:create\(\)\.get$|^project:/, made);
  assert.equal(found('export const client = async (url) => axios.create();'), undefined);
  assert.equal(found('export const client = (url: string): Client => axios.create();'), undefined);
});

test('a relative import means what TypeScript takes it for', () => {
  const made = (name: string) => `import { ${name} } from 'pg';\nexport const made = new ${name}();\n`;
  const files = codeProject(
    memoryHost({
      'file:///p/src/file.ts': made('File'),
      'file:///p/src/file/index.ts': made('Folder'),
      'file:///p/src/folder/index.ts': made('Folder'),
      'file:///p/src/page.tsx': made('Page'),
      'file:///p/src/page/index.ts': made('Folder'),
      'file:///p/src/package/package.json': '{"main":"./main.ts"}',
      'file:///p/src/package/main.ts': made('Main'),
      'file:///p/src/package/index.ts': made('Folder'),
    }),
  );
  for (const [specifier, name] of [
    ['./file', 'File'],
    ['./file.js', 'File'],
    ['../src/file', 'File'],
    ['./file/index.js', 'Folder'],
    ['./folder', 'Folder'],
    ['./page', 'Page'],
    ['./package', 'Main'],
  ])
    assert.equal(
      lastOrigin(files.file('file:///p/src/app.ts', `import { made } from '${specifier}';\nmade.query();\n`)),
      `pg:${name}().query`,
      specifier,
    );
});

test('an example that imports the root of its own package, or the index there, means the package', () => {
  const files = codeProject(
    memoryHost({
      'file:///p/package.json': '{"name":"kafkajs","version":"1.0.0"}',
      'file:///p/index.js': 'exports.Kafka = class {};',
    }),
  );
  for (const root of ['..', '../', '../index', '../index.js'])
    assert.equal(
      lastOrigin(files.file('file:///p/examples/a.js', `const { Kafka } = require('${root}');\nnew Kafka().producer();\n`)),
      'kafkajs:Kafka().producer',
    );
});

test('what is made where there is none yet is known by what makes it', () => {
  const call =
    "import mongoose from 'mongoose';\nconst User = mongoose.models.User || mongoose.model('User', schema);\nUser.find();\n";
  assert.equal(originBeside({}, call), 'mongoose:model().find');
  const user = "import mongoose from 'mongoose';\nexport default mongoose.models.User ?? mongoose.model('User', schema);\n";
  assert.equal(originBeside({ 'user.ts': user }, "import User from './user';\nUser.find();\n"), 'mongoose:model().find');
  assert.equal(originBeside({}, 'const pool = globalThis.pool ?? make();\npool.query();\n'), undefined);
});

test('a generator that `co` runs waits with `yield`, others do not', () => {
  const of = (start: string) =>
    originBeside(
      {},
      `const amqp = require('amqplib');\n${start}\nfunction* main() {\n  const broker = yield amqp.connect('x');\n  broker.close();\n}\n`,
    );
  assert.equal(of("require('co')(main);"), 'amqplib:connect().close');
  assert.equal(of('run(main);'), undefined);
});

test('the words of a file are its names and literal texts, each once, and nothing that a comment says', () => {
  const text = "// outbox\nconst send = (q: Queue) => q.send('a b', `hi ${q} you`, 429) || q.send(/x-y/);\n";
  const { words } = codeProject(memoryHost()).file('file:///p/a.ts', text);
  assert.deepEqual([...words.all].toSorted(), ['/x-y/', '429', 'Queue', ' you', 'a b', 'hi ', 'q', 'send'].toSorted());
});

test('what was asked of the words of a file holds after an edit for those that stayed', () => {
  const files = codeProject(memoryHost());
  const speaks = (text: string, pattern: RegExp) => files.file('file:///p/a.ts', text).words.has(pattern);
  const line = (name: string) => `const ${name} = 1;\n`;
  assert.equal(speaks(line('secret'), /^secret$/m), true);
  assert.equal(speaks(line('secre'), /^secret$/m), false);
  assert.equal(speaks(line('secret'), /^secret$/m), true);
  assert.equal(speaks(line('other') + line('secret'), /^secret$/m), true);
  const many = Array.from({ length: 40 }, (_, index) => line(`name${index}`)).join('');
  assert.equal(speaks(many, /^secret$/m), false);
  assert.equal(speaks(many, /^name39$/m), true);
  assert.equal(speaks(line('secret'), /name/), false);
});

test('an imported file whose stamp is what it was is not read again', () => {
  const user = "import { send } from './client';\nsend('x');\n";
  let client = "import axios from 'axios';\nexport const send = axios.get;\n";
  let stamp = '1';
  const reads: string[] = [];
  const read = (uri: string) => (uri === 'file:///p/client.ts' ? client : undefined);
  const host = { ...memoryHost({ 'file:///p/client.ts': client }), read: (uri: string) => (reads.push(uri), read(uri)) };
  const files = codeProject({ ...host, stamp: () => stamp });
  assert.equal(lastOrigin(files.file('file:///p/user.ts', user)), 'axios:get');
  assert.equal(lastOrigin(files.file('file:///p/user.ts', `${user} `)), 'axios:get');
  assert.equal(reads.filter((uri) => uri === 'file:///p/client.ts').length, 1);

  client = "import got from 'got';\nexport const send = got.get;\n";
  stamp = '2';
  assert.equal(lastOrigin(files.file('file:///p/user.ts', user)), 'got:get');
});

test('the class that Nest injects is another when the module provides another', () => {
  const user = `import { Injectable } from '@nestjs/common';
import { Orders } from './orders';
@Injectable()
export class Shop {
  constructor(private readonly orders: Orders) {}
  buy() { return this.orders.save(); }
}
`;
  const one = (name: string) => `import { Orders } from './orders';\nexport class ${name} extends Orders { save() {} }\n`;
  const module = (name: string, from: string) =>
    `import { Orders } from './orders';\nimport { ${name} } from './${from}';\nexport const providers = [{ provide: Orders, useClass: ${name} }];\n`;
  const texts: Record<string, string> = {
    'file:///p/shop.ts': user,
    'file:///p/orders.ts': 'export abstract class Orders { abstract save(): void; }\n',
    'file:///p/a.ts': one('A'),
    'file:///p/b.ts': one('B'),
    'file:///p/shop.module.ts': module('A', 'a'),
  };
  const files = codeProject(memoryHost(texts));
  const saver = () => {
    const file = files.file('file:///p/shop.ts', user);
    return methodOf(file, file.calls.at(-1) as ts.CallExpression)?.file.uri;
  };
  assert.equal(saver(), 'file:///p/a.ts');
  texts['file:///p/shop.module.ts'] = module('B', 'b');
  assert.equal(saver(), 'file:///p/b.ts');
});
