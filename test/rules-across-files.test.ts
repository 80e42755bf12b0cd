/** Code rules that follow a call into another file: what is found there is said where it is called. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { rules } from '../rulesets/index.ts';
import { defaultConfig } from '../server/core/config.ts';
import { createLintel } from '../server/core/create.ts';
import { memoryHost } from '../server/core/host.ts';

/** What a rule marks in the first of some files. */
async function marked(rule: string, files: Record<string, string>): Promise<string[]> {
  const texts = Object.fromEntries(Object.entries(files).map(([name, text]) => [`file:///shop/${name}`, text]));
  const [uri = '', text = ''] = Object.entries(texts)[0] ?? [];
  const found = await createLintel(memoryHost(texts), rules).check(uri, defaultConfig);
  return found.filter((each) => each.rule === rule).map(({ start, end, message }) => `${text.slice(start, end)}: ${message}`);
}

const route = `import express from 'express';
import Stripe from 'stripe';
import { handle } from './events';

const app = express();
const stripe = new Stripe('sk_test');

app.post('/webhook', express.raw({ type: 'application/json' }), async (req, res) => {
  const event = stripe.webhooks.constructEvent(req.body, String(req.headers['stripe-signature']), String(process.env.STRIPE_SECRET));
  await handle(event);
  res.sendStatus(200);
});
`;

const events = (seen: string) => `import { PrismaClient } from '@prisma/client';

const prisma = new PrismaClient();

export async function handle(event: { id: string; amount: number }) {
${seen}  await prisma.credit.create({ data: { amount: event.amount } });
}
`;

test('webhook-deduplicate looks into the function of another file that is given the event', async () => {
  const [only = '', ...more] = await marked('webhook-deduplicate', { 'app.ts': route, 'events.ts': events('') });
  assert.deepEqual(more, []);
  assert.match(only, /^handle: `prisma\.credit\.create` in `handle` happens again when the webhook is delivered again/);
});

test('webhook-deduplicate is silent where that function looks at the id of the event', async () => {
  const seen = '  if (await prisma.event.findUnique({ where: { id: event.id } })) return;\n';
  assert.deepEqual(await marked('webhook-deduplicate', { 'app.ts': route, 'events.ts': events(seen) }), []);
});

test('webhook-deduplicate knows the Drizzle database of another file by how it is asked', async () => {
  const inserted = `import { db, tables } from './database';
export async function handle(event) {
  await db.insert(tables.credits).values({ amount: event.amount });
}
`;
  const database = `import { drizzle } from 'drizzle-orm/node-postgres';
export const db = drizzle('postgres://localhost/shop');
export const tables = {};
`;
  const [only = ''] = await marked('webhook-deduplicate', { 'app.ts': route, 'events.ts': inserted, 'database.ts': database });
  assert.match(only, /^handle: `db\.insert\(tables\.credits\)\.values` in `handle` happens again/);
});

test('webhook-slow-handler looks into a function of another file that the handler waits for', async () => {
  const mail = `import nodemailer from 'nodemailer';
const mails = nodemailer.createTransport('smtp://localhost');
export async function handle(event) {
  await mails.sendMail({ to: event.data.object.customer_email, text: 'Thank you.' });
}
`;
  const [only = '', ...more] = await marked('webhook-slow-handler', { 'app.ts': route, 'events.ts': mail });
  assert.deepEqual(more, []);
  assert.match(only, /^handle: `handle` keeps the provider waiting/);
  const later = mail.replace('await mails', 'void mails');
  assert.deepEqual(await marked('webhook-slow-handler', { 'app.ts': route, 'events.ts': later }), []);
});

const login = `import { Router } from 'express';
import { signIn } from '../accounts';

export const router = Router();

router.post('/login', (req, res) => {
  res.json(signIn(req));
});
`;

for (const [limit, count] of [
  ["import { rateLimit } from './limits';\napp.use(rateLimit());\n", 0],
  ['', 1],
] as const) {
  test(`rate-limit-missing: the application ${count === 0 ? 'sets' : 'does not set'} a limit for all routes`, async () => {
    const app = `import express from 'express';\nimport { router } from './routes/login';\nconst app = express();\n${limit}app.use(router);\n`;
    const found = await marked('rate-limit-missing', { 'src/routes/login.ts': login, 'src/app.ts': app, 'package.json': '{}' });
    assert.equal(found.length, count);
  });
}

for (const [what, mount, count] of [
  ['sets a limit', "import { throttle } from './throttle';\nrouter.use('/users', throttle(5), users);", 0],
  ['asks who has signed in', "import { requireAuth } from './guards';\nrouter.use('/users', requireAuth, users);", 0],
  ['asks nothing', "router.use('/users', users);", 1],
] as const) {
  test(`rate-limit-missing: the router that takes this one in ${what}`, async () => {
    const codes = login.replace("'/login'", "'/verify-otp'");
    const routes = `import { Router } from 'express';\nimport { router as users } from './login';\nexport const router = Router();\n${mount}\n`;
    const app = `import express from 'express';\nimport { router } from './routes';\nexpress().use(router);\n`;
    const files = { 'src/routes/login.ts': codes, 'src/routes/index.ts': routes, 'src/app.ts': app, 'package.json': '{}' };
    assert.equal((await marked('rate-limit-missing', files)).length, count);
  });
}

test('a channel is known that a function of another file hands out among other things', async () => {
  const broker = `import amqp from 'amqplib';
export async function connectToBroker() {
  const connection = await amqp.connect('amqp://localhost');
  const channel = await connection.createChannel();
  return { connection, channel };
}
`;
  const worker = `import { connectToBroker } from './broker';
export async function start(save) {
  const { channel } = await connectToBroker();
  await channel.consume('orders', async (message) => {
    if (!message) return;
    channel.ack(message);
    await save(message.content.toString());
  });
}
`;
  const found = await marked('mq-ack-before-processing', { 'worker.ts': worker, 'broker.ts': broker });
  assert.deepEqual(
    found.map((each) => each.slice(0, each.indexOf(':'))),
    ['channel.ack'],
  );
});

test('an example that imports the root of its own package means that package', async () => {
  const example = `const amqp = require('../');

(async () => {
  const channel = await (await amqp.connect('amqp://localhost')).createChannel();
  await channel.consume('orders', (message) => {
    console.log(message.content.toString());
    channel.ack(message);
  });
})();
`;
  const files = (manifest: object) => ({
    'examples/consume.js': example,
    'package.json': JSON.stringify({ main: './api.js', ...manifest }),
    'api.js': 'module.exports.connect = async () => ({});\n',
  });
  assert.equal((await marked('mq-null-message', files({ name: 'amqplib' }))).length, 1);
  assert.deepEqual(await marked('mq-null-message', files({ name: 'amqplib', private: true })), []);
});

test('a handler of Nitro reads the request by functions that the framework provides', async () => {
  const handler = `export default defineEventHandler(async (event) => {
  const query = getQuery(event);
  return usePrisma().article.findMany({ take: Number(query.limit) || 10 });
});
`;
  const files = (dependencies: object) => ({
    'server/routes/articles.get.ts': handler,
    'package.json': JSON.stringify({ private: true, dependencies }),
  });
  const prisma = { '@prisma/client': '^6.0.0' };
  assert.equal((await marked('list-limit-capped', files({ ...prisma, nitropack: '^2.9.0' }))).length, 1);
  assert.deepEqual(await marked('list-limit-capped', files(prisma)), []);
});

test('what the event of a Lambda function carries comes from its caller', async () => {
  const handler = `import { Pool } from 'pg';

const pool = new Pool();

export const handler = async (event) => {
  const { name } = event.queryStringParameters;
  const { rows } = await pool.query(\`SELECT id FROM people ORDER BY \${name}\`);
  return { statusCode: 200, body: JSON.stringify(rows) };
};
`;
  assert.equal((await marked('sql-injection', { 'handler.mjs': handler })).length, 1);
  assert.deepEqual(await marked('sql-injection', { 'handler.mjs': handler.replace('queryStringParameters', 'detail') }), []);
});

test('secret-hardcoded marks where a key of another file is used, and not where it is kept from production', async () => {
  const sign =
    "import jwt from 'jsonwebtoken';\nimport { keys } from './keys';\n\nexport const token = () => jwt.sign({}, keys.jwt, { expiresIn: '1h' });\n";
  const keys = "export const keys = { jwt: 'secretKey' };\n";
  const [only = '', ...more] = await marked('secret-hardcoded', { 'sign.ts': sign, 'keys.ts': keys });
  assert.deepEqual(more, []);
  assert.match(only, /^keys\.jwt: `jwt\.sign` uses a key that stands in the source/);
  const refused = `${keys}if (process.env.NODE_ENV === 'production') throw new Error('for development');\n`;
  assert.deepEqual(await marked('secret-hardcoded', { 'sign.ts': sign, 'keys.ts': refused }), []);
});

test('async-error-unhandled knows that a query of Supabase answers what went wrong, unless it is told to throw', async () => {
  const routes = (end: string) => ({
    'routes.ts': `import express from 'express';
import { supabase } from './client';

const app = express();

async function shopOf(id: string) {
  const { data } = await supabase.from('shops').select('id').eq('owner', id).single();
  return data;
}

app.get('/orders', async (req, res) => {
  const shop = await shopOf(String(req.query.owner));
  const [orders, pets] = await Promise.all([supabase.from('orders').select('*'), supabase.rpc('pets', { shop })]);
  const { data, error } = await supabase.from('notes').select('*').eq('shop', shop)${end};
  res.status(error ? 502 : 200).json({ orders, pets, data });
});
`,
    'client.ts': `import { createClient } from '@supabase/supabase-js';

export const supabase = createClient(String(process.env.SUPABASE_URL), String(process.env.SUPABASE_KEY));
`,
    'package.json': '{ "dependencies": { "express": "^4.19.2", "@supabase/supabase-js": "^2.45.0" } }',
  });
  assert.deepEqual(await marked('async-error-unhandled', routes('')), []);
  assert.equal((await marked('async-error-unhandled', routes('.throwOnError()'))).length, 1);
});

test('async-error-unhandled looks at a promise that a function of the project makes and waits for', async () => {
  const routes = {
    'routes.ts': `import express from 'express';

const app = express();

async function send(body: string) {
  await new Promise<void>((resolve, reject) => queue.send(body, (error) => (error ? reject(error) : resolve())));
}

app.post('/orders', async (req, res) => {
  await send(JSON.stringify(req.body));
  res.sendStatus(202);
});

declare const queue: { send(body: string, done: (error?: Error) => void): void };
`,
    'package.json': '{ "dependencies": { "express": "^4.19.2" } }',
  };
  assert.equal((await marked('async-error-unhandled', routes)).length, 1);
});

test('http-response-ok is a hint where all that is done with a body hangs on what is wanted of it', async () => {
  const severities = async (rest: string) => {
    const text = `export async function shopOf(base: string) {
  const response = await fetch(base, { signal: AbortSignal.timeout(5000) });
  const answer = await response.json();
  if (answer.shop) {
    return { id: answer.shop.id };
  }
  ${rest}
}
`;
    const found = await createLintel(memoryHost({ 'file:///shop/shop.ts': text }), rules).check(
      'file:///shop/shop.ts',
      defaultConfig,
    );
    return found.filter(({ rule }) => rule === 'http-response-ok').map(({ severity }) => severity);
  };
  assert.deepEqual(await severities('return undefined;'), ['hint']);
  assert.deepEqual(await severities('return { id: answer.id };'), ['warn']);
});

test('secret-hardcoded is a hint where a file only shows how a package is used', async () => {
  const key = `import session from 'express-session';\nexport const guard = session({ secret: 'keyboard cat' });\n`;
  const severityAt = async (name: string) => {
    const texts = { [`file:///examples/shop/${name}`]: key, 'file:///examples/shop/package.json': '{ "name": "shop" }' };
    const found = await createLintel(memoryHost(texts), rules).check(`file:///examples/shop/${name}`, defaultConfig);
    return found.filter(({ rule }) => rule === 'secret-hardcoded').map(({ severity }) => severity);
  };
  assert.deepEqual(await severityAt('examples/app.ts'), ['hint']);
  // A folder above the package says nothing of it.
  assert.deepEqual(await severityAt('src/app.ts'), ['error']);
});

test('mongo-operator-injection knows a collection of whatever database by its package, and handlers of other files where nothing validates', async () => {
  const login = `import type { Request, Response } from 'express';
import { database } from './database';

export async function login(req: Request, res: Response) {
  const user = await database().collection('users').findOne({ email: req.body.email });
  res.json({ id: user?._id });
}
`;
  const of = (dependencies: object) =>
    marked('mongo-operator-injection', { 'login.ts': login, 'package.json': JSON.stringify({ dependencies }) });
  const [only = '', ...more] = await of({ express: '4', mongodb: '6' });
  assert.deepEqual(more, []);
  assert.match(only, /^req\.body\.email: /);
  assert.deepEqual(await of({ express: '4', mongodb: '6', zod: '4' }), []);
  assert.deepEqual(await of({ express: '4', 'firebase-admin': '13' }), []);
});

test('error-internals-exposed knows where the errors of all handlers come, in a package with a driver', async () => {
  const handlers = `exports.caught = (handler) => (req, res, next) =>
  handler(req, res, next).catch((error) => {
    if (error.name === 'ValidationError') return res.status(400).json({ error });
    return res.status(500).json({ error: error });
  });

exports.developmentErrors = (error, req, res, next) => res.status(500).json({ error: error });

exports.errors = (error, req, res, next) => {
  res.status(500).json({ failure: error });
};
`;
  const of = (dependencies: object) =>
    marked('error-internals-exposed', { 'errors.js': handlers, 'package.json': JSON.stringify({ dependencies }) });
  const found = await of({ express: '4', mongoose: '8' });
  assert.equal(found.length, 2);
  for (const each of found) assert.match(each, /^error: `error` goes to the caller as it is/);
  assert.deepEqual(await of({ express: '4' }), []);
  const app = `import express from 'express';

const app = express();
app.use((err: Error, req: express.Request, res: express.Response, next: express.NextFunction) => {
  if (err.name === 'UnauthorizedError') return res.status(401).json({ message: 'Sign in.' });
  res.status(500).json(err.message);
});
app.get('/', (req: express.Request, res: express.Response) => load(req, (err: Error) => res.status(500).json(err.message)));
`;
  const [only = '', ...more] = await marked('error-internals-exposed', {
    'app.ts': app,
    'package.json': '{ "dependencies": { "express": "4", "@prisma/client": "6" } }',
  });
  assert.match(only, /^err\.message: `err\.message` may be a driver's or an SDK's own words/);
  assert.deepEqual(more, []);
});

test('error-internals-exposed follows what is tried into the function of another file that asks the database', async () => {
  const controller = `import * as pets from './pets';

export const list = async (req, res) => {
  try {
    res.json(await pets.list(req));
  } catch (error) {
    res.status(500).send(error);
  }
};
`;
  const pets = `import { PrismaClient } from '@prisma/client';

const prisma = new PrismaClient();

export const list = async (req) => {
  return await prisma.pet.findMany({ take: 20 });
};
`;
  const manifest = { 'package.json': JSON.stringify({ dependencies: { express: '4' } }) };
  const [only = '', ...more] = await marked('error-internals-exposed', {
    'controller.js': controller,
    'pets.js': pets,
    ...manifest,
  });
  assert.deepEqual(more, []);
  assert.match(only, /^error: `error` goes to the caller as it is/);
  const own = pets.replace(/return await (.*);/, "try { return await $1; } catch { throw new Error('no pets'); }");
  assert.deepEqual(await marked('error-internals-exposed', { 'controller.js': controller, 'pets.js': own, ...manifest }), []);
});

test('async-error-unhandled marks where a handler of another file is registered', async () => {
  const routes = `import { Router } from 'express';
import * as pets from './pets';
import { wrap } from './wrap';

export const router = Router();

router.get('/pets', pets.list);
router.get('/pets/:id', wrap(pets.list));
router.get('/owners', pets.safe);
`;
  const pets = `export const list = async (req, res) => {
  res.json(await load());
};

export const safe = async (req, res, next) => {
  try {
    res.json(await load());
  } catch (error) {
    next(error);
  }
};
`;
  const wrap = 'export const wrap = (handler) => (req, res, next) => handler(req, res, next).catch(next);\n';
  const of = (version: string, devDependencies = {}) =>
    marked('async-error-unhandled', {
      'routes.js': routes,
      'pets.js': pets,
      'wrap.js': wrap,
      'package.json': JSON.stringify({ dependencies: { express: version }, devDependencies }),
    });
  const [only = '', ...more] = await of('^4.19.0');
  assert.deepEqual(more, []);
  assert.match(only, /^pets\.list: `pets\.list` awaits `load`, which may throw/);
  assert.deepEqual(await of('^5.0.0'), []);
  // The version that the program needs is installed, whatever its tests would take.
  assert.deepEqual(await of('^5.0.0', { express: '^4.19.0' }), []);
});

test('oauth-state knows strategies of Passport, where a session could keep the state', async () => {
  const passport = `const passport = require('passport');
const GitHubStrategy = require('passport-github2').Strategy;

passport.use(
  new GitHubStrategy(
    {
      clientID: process.env.GITHUB_ID,
      clientSecret: process.env.GITHUB_SECRET,
      callbackURL: '/auth/github/callback',
    },
    (accessToken, refreshToken, profile, done) => done(null, profile),
  ),
);
`;
  const of = (text: string, dependencies: object) =>
    marked('oauth-state', { 'passport.js': text, 'package.json': JSON.stringify({ dependencies }) });
  const sessions = { 'express-session': '^1.18.0', 'passport-github2': '^0.1.12' };
  const [only = '', ...more] = await of(passport, sessions);
  assert.deepEqual(more, []);
  assert.match(only, /^GitHubStrategy: `GitHubStrategy` asks without `state`/);
  assert.deepEqual(await of(passport, { 'passport-github2': '^0.1.12' }), []);
  assert.deepEqual(await of(passport.replace("callback',", "callback',\n      state: true,"), sessions), []);
});

test('node-fetch takes a timeout below version 3', async () => {
  const health = `import fetch from 'node-fetch';

export const health = async (url) => (await fetch(url, { timeout: 2000 })).ok;
`;
  const of = (version: string) =>
    marked('http-timeout-ignored', {
      'health.js': health,
      'package.json': JSON.stringify({ dependencies: { 'node-fetch': version } }),
    });
  const [only = '', ...more] = await of('^3.3.2');
  assert.deepEqual(more, []);
  assert.match(only, /^timeout: `fetch` knows no `timeout`/);
  assert.deepEqual(await of('^2.7.0'), []);
});

test('a model is known that Sequelize keeps in an object, whatever its name', async () => {
  const models = `const Sequelize = require('sequelize');
const db = {};
for (const model of [require('./pets')]) db[model.name] = model;
module.exports = db;
`;
  const pets = `import models from './models';

export const list = async (req) => {
  const { limit } = req.query;
  return models.pets.findAll({ limit: limit ? parseInt(limit, 10) : null });
};
`;
  const [only = '', ...more] = await marked('list-limit-capped', { 'list.js': pets, 'models/index.js': models });
  assert.deepEqual(more, []);
  assert.match(only, /`limit` is the caller's and has no maximum/);
});

test('what a method of another file says that it answers is known by its type, also by the interface beside its class', async () => {
  const broker = `import * as amqp from 'amqplib';

export interface Broker {
  getChannel(): Promise<amqp.Channel>;
}

export class Rabbit implements Broker {
  private channel: amqp.Channel | null = null;

  async getChannel(): Promise<amqp.Channel> {
    if (!this.channel) throw new Error('not connected');
    return this.channel;
  }
}
`;
  const consumer = (type: string) => `import { ${type} } from './broker';

export class Orders {
  constructor(private readonly broker: ${type}) {}

  async start() {
    const channel = await this.broker.getChannel();
    await channel.consume('orders', async (message) => {
      await this.ship(message.content.toString());
      channel.ack(message);
    });
  }

  private async ship(order: string) {
    await fetch(order, { signal: AbortSignal.timeout(5000) });
  }
}
`;
  for (const type of ['Rabbit', 'Broker']) {
    const [only = '', ...more] = await marked('mq-null-message', { 'orders.ts': consumer(type), 'broker.ts': broker });
    assert.deepEqual(more, []);
    assert.match(only, /^message/);
  }
  const two = `${broker}\nexport class Fake implements Broker {\n  getChannel() {\n    return Promise.reject(new Error());\n  }\n}\n`;
  assert.deepEqual(await marked('mq-null-message', { 'orders.ts': consumer('Broker'), 'broker.ts': two }), []);
});

test('resolvers that a map gathers from other files are said where it gathers them', async () => {
  const db = `import { PrismaClient } from '@prisma/client';\nexport const db = new PrismaClient();\n`;
  const owner = `import { db } from './db';
export const pets = (owner: { id: string }) => db.pet.findMany({ where: { ownerId: owner.id } });
export const name = (owner: { name: string }) => owner.name;
`;
  const query = `const { db } = require('./db');
module.exports = { owners: () => db.owner.findMany(), owner: (_, { id }) => db.owner.findMany({ where: { id } }) };
`;
  const files = { 'db.ts': db, 'owner.ts': owner, 'query.js': query };
  const perParent =
    '`db.pet.findMany` runs once for each parent in the answer: a list of a hundred makes a hundred queries; gather the keys of one request with a `DataLoader` and read the rows at once.';
  const whole =
    '`owners` answers with every row of the table, and each of them may ask for its own fields: the answer grows until it no longer fits; take `first` and `after` and give a page.';

  const shorthand = `import { ApolloServer } from '@apollo/server';
import * as Owner from './owner';
import Query from './query.js';

new ApolloServer({ typeDefs: '', resolvers: { Query, Owner } });
`;
  assert.deepEqual(await marked('graphql-n-plus-one', { 'index.ts': shorthand, ...files }), [`Owner: ${perParent}`]);
  assert.deepEqual(await marked('graphql-pagination', { 'index.ts': shorthand, ...files }), [`Query: ${whole}`]);

  const gathered = `import * as owners from './all';
import { owners as every } from './query.js';

export const resolvers = { Query: { every }, Owner: { ...owners } };
`;
  const all = { 'all.ts': `export * from './owner';\n` };
  assert.deepEqual(await marked('graphql-n-plus-one', { 'index.ts': gathered, ...files, ...all }), [`...owners: ${perParent}`]);
  assert.deepEqual(await marked('graphql-pagination', { 'index.ts': gathered, ...files, ...all }), [
    `every: ${whole.replace('owners', 'every')}`,
  ]);

  const own = {
    ...files,
    'query.js': query.replace('module.exports = ', 'module.exports.resolvers = { Query: ').replace(' };', ' } };'),
  };
  const spread = `import { resolvers as queries } from './query.js';\nexport const resolvers = { Query: { ...queries.Query } };\n`;
  assert.deepEqual(await marked('graphql-pagination', { 'index.ts': spread, ...own }), []);

  const loaded = { ...files, 'owner.ts': owner.replace('export const name', '// loaders: see context\nexport const name') };
  assert.deepEqual(await marked('graphql-n-plus-one', { 'index.ts': shorthand, ...loaded }), []);
});

const broker = `import amqp from 'amqplib';
import type { Channel } from 'amqplib';

export async function withChannel(work: (channel: Channel) => Promise<void>) {
  const connection = await amqp.connect('amqp://localhost');
  await work(await connection.createChannel());
}

export class Broker {
  private _channel?: Channel;

  get channel() {
    if (!this._channel) throw new Error('Not connected');
    return this._channel;
  }
}

export abstract class Listener {
  protected constructor(protected readonly queue: Channel) {}
}

export const broker = new Broker();
`;

for (const [what, channel, body] of [
  ['that a function of another file calls its callback with', 'channel', 'withChannel(async (channel) => { WORK });'],
  ['that a getter of another file answers', 'broker.channel', 'async function listen() { WORK }'],
  ['in a field of the class that a class extends', 'this.queue', 'class Orders extends Listener { async listen() { WORK } }'],
] as const) {
  test(`a channel is known ${what}`, async () => {
    const work = `await ${channel}.consume('orders', (message) => { console.log(message.content); });`;
    const worker = `import { broker, Listener, withChannel } from './broker';\nexport const used = [broker, Listener, withChannel];\n${body.replace('WORK', work)}\n`;
    const found = await marked('mq-null-message', { 'worker.ts': worker, 'broker.ts': broker });
    assert.deepEqual(
      found.map((each) => each.slice(0, each.indexOf(':'))),
      ['message'],
    );
  });
}

test('a pool that is made in one of two ways is one', async () => {
  const pool = `const { Pool } = require('pg');
let pool;
if (process.env.LOCAL) pool = new Pool({ host: 'localhost' });
else pool = new Pool();
module.exports = pool;
`;
  const orders = "const pool = require('./pool');\nexports.find = (id) => pool.query(`SELECT * FROM orders WHERE id = ${id}`);\n";
  assert.equal((await marked('sql-injection', { 'orders.js': orders, 'pool.js': pool })).length, 1);
  const other = pool.replace('new Pool();', "require('./fake');");
  assert.deepEqual(await marked('sql-injection', { 'orders.js': orders, 'pool.js': other, 'fake.js': '' }), []);
});

test('the client of Sequelize is known by its name beside models that are handed in', async () => {
  const votes = `export class Votes {
  constructor(models) { this.models = models; }
  count(id) { return this.models.sequelize.query(\`SELECT count(*) FROM votes WHERE id = "\${id}"\`); }
}
`;
  const files = (dependencies: object) => ({ 'votes.js': votes, 'package.json': JSON.stringify({ dependencies }) });
  // What stands in double quotes is a text in MySQL, and a name elsewhere.
  assert.equal((await marked('sql-injection', files({ sequelize: '6', mysql2: '3' }))).length, 1);
  assert.deepEqual(await marked('sql-injection', files({ sequelize: '6', mysql2: '3', pg: '8' })), []);
  const quoted = { ...files({ sequelize: '6' }), 'votes.js': votes.replaceAll('"', "'") };
  assert.equal((await marked('sql-injection', quoted)).length, 1);
  assert.deepEqual(await marked('sql-injection', { ...quoted, 'package.json': '{}' }), []);
});

test('a row that a repository is handed changes itself', async () => {
  const requests = `import { Model } from 'sequelize';
export class Request extends Model {}
class Requests {
  findById = (id: string): Promise<Request | null> => Request.findByPk(id);
  update = (row: Request, changes: object): Promise<Request> => row.update(changes);
}
export const requests = new Requests();
`;
  const service = `import { requests } from './requests';
export async function accept(id: string) {
  const row = await requests.findById(id);
  if (row.status !== 'PENDING') throw new Error('not pending');
  return requests.update(row, { status: 'ACCEPTED' });
}
`;
  assert.equal((await marked('db-lost-update', { 'service.ts': service, 'requests.ts': requests })).length, 1);
});

test('a pool is known by the types that are written for what a function is given', async () => {
  const types = `import type { Pool } from 'pg';
export interface Deps {
  pool: Pool;
}
`;
  const orders = (given: string, pool: string) => `import type { Deps } from './types';
export const find = (id: string, ${given}: Deps) => ${pool}.query(\`SELECT * FROM orders WHERE id = \${id}\`);
`;
  for (const text of [orders('deps', 'deps.pool'), orders('{ pool }', 'pool')])
    assert.equal((await marked('sql-injection', { 'orders.ts': text, 'types.ts': types })).length, 1);
});

const redis = `import { createClient } from 'redis';

type RedisClient = ReturnType<typeof createClient>;

export class Redis {
  private static instance: Redis;
  readonly client: RedisClient;

  private constructor() {
    this.client = createClient();
  }

  static getInstance() {
    if (!Redis.instance) Redis.instance = new Redis();
    return Redis.instance;
  }

  getClient() {
    return this.client;
  }
}

export class Shared {
  static client;

  static async open() {
    this.client = createClient();
  }
}

let lazy;

export async function get() {
  if (lazy) return lazy;
  lazy = await createClient().on('error', console.error).connect();
  return lazy;
}

let kept;
export const open = () => (kept ??= createClient());

export default Redis.getInstance();
`;

for (const [how, client] of [
  ['the one instance of a class', 'Redis.getInstance().client'],
  ['a method of the one instance', 'Redis.getInstance().getClient()'],
  ['a name for the one instance', 'one.client'],
  ['the one instance that a file exports', 'shared.client'],
  ['a static field', 'Shared.client'],
  ['a function that makes it when it is first asked', '(await get())'],
  ['a function that assigns it and answers at once', 'open()'],
] as const) {
  test(`a client is known through ${how}`, async () => {
    const text = `import shared, { get, open, Redis, Shared } from './redis';
const one = Redis.getInstance();
export const used = [shared, one, get, open, Shared];
export const all = async () => ${client}.keys('orders:*');
`;
    assert.equal((await marked('redis-keys-command', { 'orders.ts': text, 'redis.ts': redis })).length, 1);
  });
}

test('a client of a name that is only sometimes one is unknown', async () => {
  const text = "import { get } from './redis';\nexport const all = async () => (await get()).keys('orders:*');\n";
  const two = redis.replace('  return lazy;', '  return new Map();');
  assert.deepEqual(await marked('redis-keys-command', { 'orders.ts': text, 'redis.ts': two }), []);
});

const client = `import axios, { AxiosInstance, AxiosRequestConfig } from 'axios';

export abstract class Client {
  protected readonly http: AxiosInstance;

  constructor(config: AxiosRequestConfig) {
    this.http = axios.create({ ...config, headers: { accept: 'application/json' } });
  }
}
`;

test('http-timeout speaks where options are handed to the class that makes the client', async () => {
  const orders = (options: string) => `import { Client } from './client';

export class Orders extends Client {
  constructor() {
    super({ ${options} });
  }

  list() {
    return this.http.get('/orders');
  }
}
`;
  const bare = { 'orders.ts': orders("baseURL: 'https://orders.example.com'"), 'client.ts': client };
  const [only = '', ...more] = await marked('http-timeout', bare);
  assert.deepEqual(more, []);
  assert.match(only, /^super: `super` makes a client without a deadline/);
  const bounded = { 'orders.ts': orders("baseURL: 'https://orders.example.com', timeout: 5_000"), 'client.ts': client };
  assert.deepEqual(await marked('http-timeout', bounded), []);
});

test('http-circuit looks into a function of another file that a handler waits for', async () => {
  const app = `import express from 'express';
import { price } from './prices';

const app = express();

app.get('/offers/:sku', async (req, res) => {
  res.json({ price: await price(req.params.sku) });
});
`;
  const prices = (guard: string) => `${guard}
export async function price(sku: string) {
  for (let attempt = 0; attempt < 5; attempt++) {
    try {
      const response = await fetch(\`https://prices.example.com/\${sku}\`, { signal: AbortSignal.timeout(5_000) });
      if (response.ok) return await response.json();
    } catch (error) {
      if (attempt === 4) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 500 * 2 ** attempt));
  }
}
`;
  const [only = '', ...more] = await marked('http-circuit', { 'app.ts': app, 'prices.ts': prices('') });
  assert.deepEqual(more, []);
  assert.match(only, /^price: `price` sends `fetch` again and again while it fails/);
  const guarded = { 'app.ts': app, 'prices.ts': prices("import { circuitBreaker } from './breaker';") };
  assert.deepEqual(await marked('http-circuit', guarded), []);
});

test('webhook-signature-missing follows a route to the method of a class, and takes its handshake for no check', async () => {
  const hooks = `import type { Request, Response } from 'express';
import { keep } from './texts';

export class Hooks {
  verifyWebhook(req: Request, res: Response) {
    if (req.query['hub.verify_token'] !== process.env.META_HANDSHAKE) return res.sendStatus(403);
    res.send(req.query['hub.challenge']);
  }

  async receive(req: Request, res: Response) {
    for (const entry of req.body.entry) await keep(entry);
    res.sendStatus(200);
  }
}
`;
  const routes = `import express from 'express';
import { Hooks } from './hooks';

const router = express.Router();
const hooks = new Hooks();

router.get('/hook', hooks.verifyWebhook.bind(hooks));
router.post('/hook', hooks.receive.bind(hooks));

export default router;
`;
  const [only = '', ...more] = await marked('webhook-signature-missing', { 'routes.ts': routes, 'hooks.ts': hooks });
  assert.deepEqual(more, []);
  assert.match(only, /^router\.post: `router\.post` takes webhooks of Meta/);
});

test('webhook-reject-invalid takes a method that compares hashes of tokens for no check of a webhook', async () => {
  const tokens = (compared: string) => `import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export class Tokens {
  verifyToken(given: string, kept: string): boolean {
    return ${compared};
  }
}
`;
  const routes = `import express from 'express';
import { Tokens } from './tokens';

const app = express();
const tokens = new Tokens();

app.post('/revoke', express.json(), (req, res) => {
  if (!tokens.verifyToken(req.body.token, 'kept')) {
    return res.json({ revoked: true });
  }
  res.json({ revoked: true });
});
`;
  const hash = "timingSafeEqual(createHash('sha256').update(given).digest(), Buffer.from(kept, 'hex'))";
  const hmac = "timingSafeEqual(createHmac('sha256', 'key').update(given).digest(), Buffer.from(kept, 'hex'))";
  assert.deepEqual(await marked('webhook-reject-invalid', { 'routes.ts': routes, 'tokens.ts': tokens(hash) }), []);
  assert.equal((await marked('webhook-reject-invalid', { 'routes.ts': routes, 'tokens.ts': tokens(hmac) })).length, 1);
});

test('mq-dual-write looks into what a function of another file hands out, into maps of clients and each element of a list', async () => {
  const app = `import { PrismaClient } from '@prisma/client';
import { bus } from './bus';

const prisma = new PrismaClient();

export async function place(id: string) {
  await prisma.order.create({ data: { id } });
  await bus.publish({ id });
}
`;
  const bus = `import { Kafka, type Producer } from 'kafkajs';

function createBus(regions: string[]) {
  const producers = new Map<string, Producer>(regions.map((region) => [region, new Kafka({ brokers: [region] }).producer()]));
  async function publish(event: { id: string }) {
    await Promise.all(
      regions.map((region) => producers.get(region)!.send({ topic: 'orders', messages: [{ value: JSON.stringify(event) }] })),
    );
  }
  return { publish };
}

export const bus = createBus(['eu:9092', 'us:9092']);
`;
  const [only = '', ...more] = await marked('mq-dual-write', { 'app.ts': app, 'bus.ts': bus });
  assert.deepEqual(more, []);
  assert.match(only, /^bus\.publish: `bus\.publish` follows the write `prisma\.order\.create`/);
});

test('mq-dual-write knows the producer of kafka-node', async () => {
  const app = `const { Invoice } = require('./models');
const { sendMessage } = require('./producer');

exports.create = async (req, res) => {
  const invoice = await Invoice.create({ total: 3 });
  await sendMessage(invoice);
};
`;
  const models = `const { Sequelize } = require('sequelize');
const sequelize = new Sequelize('mysql://localhost');
module.exports = { Invoice: sequelize.define('invoice', {}) };
`;
  const producer = `const kafka = require('kafka-node');
const Producer = kafka.Producer;
const producer = new Producer(new kafka.KafkaClient({ kafkaHost: 'localhost:9092' }));
const sendMessage = (payload) => {
  producer.send([{ topic: 'invoices', messages: JSON.stringify(payload) }], () => {});
};
module.exports = { sendMessage };
`;
  const [only = '', ...more] = await marked('mq-dual-write', { 'app.js': app, 'models.js': models, 'producer.js': producer });
  assert.deepEqual(more, []);
  assert.match(only, /^sendMessage: /);
});

test('grpc-deadline looks at calls of a client that another file makes', async () => {
  const router = `const pets = require('./client');

module.exports = (app) => {
  app.get('/pets/:id', (req, res) => pets.getPet({ id: req.params.id }, (error, pet) => res.send(pet)));
};
`;
  const client = `const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');
const definition = grpc.loadPackageDefinition(loader.loadSync('pets.proto')).shop;
module.exports = new definition.Pets('pets:3001', grpc.credentials.createInsecure());
`;
  const files = { 'router.js': router, 'client.js': client, 'package.json': '{"dependencies":{"@grpc/grpc-js":"^1"}}' };
  const [only = '', ...more] = await marked('grpc-deadline', files);
  assert.deepEqual(more, []);
  assert.match(only, /^pets\.getPet: /);
});

test('db-n-plus-one knows a database by the type of what makes it', async () => {
  const app = `import { eq } from 'drizzle-orm';
import type { Database } from './database';
import { templates } from './schema';

export async function render(db: Database, ids: string[]) {
  const found: unknown[] = [];
  for (const id of ids) {
    const [template] = await db.select().from(templates).where(eq(templates.id, id));
    found.push(template);
  }
  return found;
}
`;
  const database = `import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';

export function createDatabase(url: string) {
  const sql = postgres(url);
  const db = drizzle(sql);
  return { db, sql };
}

export type Database = ReturnType<typeof createDatabase>['db'];
`;
  const [only = '', ...more] = await marked('db-n-plus-one', { 'app.ts': app, 'database.ts': database });
  assert.deepEqual(more, []);
  assert.match(only, /^db\.select: `db\.select` runs once for each of `ids`/);
});

const repository = `import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Order } from './order';

@Injectable()
export class OrdersRepository {
  constructor(@InjectRepository(Order) private readonly orders: Repository<Order>) {}

  async findById(id: string) {
    return this.orders.findOne({ where: { id } });
  }

  async update(id: string, changes: Partial<Order>) {
    await this.orders.update(id, changes);
  }
}
`;

const service = (body: string) => `import { OrdersRepository } from './orders.repository';

export class OrdersService {
  constructor(private readonly repository: OrdersRepository) {}

${body}}
`;

test('db-n-plus-one sees the query that the repository of another file asks in each round', async () => {
  const files = (body: string) => ({ 'orders.service.ts': service(body), 'orders.repository.ts': repository });
  const all = `  async all(lines: { orderId: string }[]) {
    const found = [];
    for (const line of lines) found.push(await this.repository.findById(line.orderId));
    return found;
  }
`;
  const [only = '', ...more] = await marked('db-n-plus-one', files(all));
  assert.deepEqual(more, []);
  assert.match(
    only,
    /^this\.repository\.findById: `this\.repository\.findById` runs `this\.orders\.findOne` once for each of `lines`/,
  );
  assert.deepEqual(await marked('db-n-plus-one', files(all.replace('line.orderId', "'all'"))), [], 'no key of the round');
});

const ordersService = (before: string) =>
  service(`  async getOrder(id: string) {
${before}    const order = await this.repository.findById(id);
    if (!order) throw new Error('There is no such order.');
    return order;
  }
`);

for (const [what, before, count] of [
  ['asks nothing else', '', 1],
  ['looks at what it has before', '    if (this.known[id]) return this.known[id];\n', 0],
  ['waits for something else', '    await this.limits.take(id);\n', 0],
] as const) {
  test(`db-n-plus-one sees the query of a repository behind the method of a service that ${what}`, async () => {
    const files = {
      'reports.ts': `import { OrdersService } from './orders.service';

export class Reports {
  constructor(private readonly orders: OrdersService) {}

  async of(ids: string[]) {
    return Promise.all(ids.map((id) => this.orders.getOrder(id)));
  }
}
`,
      'orders.service.ts': ordersService(before),
      'orders.repository.ts': repository,
    };
    const found = await marked('db-n-plus-one', files);
    assert.equal(found.length, count);
    for (const each of found)
      assert.match(each, /^this\.orders\.getOrder: .* runs `this\.orders\.findOne` once for each of `ids`/);
  });
}

for (const [what, guard, count] of [
  ['passes over what it knows', 'if (byId[line.orderId]) continue;', 0],
  ['passes over what it is told to', 'if (line.isFree) continue;', 1],
] as const) {
  test(`db-n-plus-one: a loop ${what}`, async () => {
    const all = `  async all(lines: { orderId: string; isFree: boolean }[]) {
    const byId: Record<string, unknown> = {};
    for (const line of lines) {
      ${guard}
      const order = await this.repository.findById(line.orderId);
      if (order) byId[line.orderId] = order;
    }
    return byId;
  }
`;
    const files = { 'orders.service.ts': service(all), 'orders.repository.ts': repository };
    assert.equal((await marked('db-n-plus-one', files)).length, count);
  });
}

test('db-lost-update sees what the repository of another file reads and writes', async () => {
  const files = (body: string) => ({ 'orders.service.ts': service(body), 'orders.repository.ts': repository });
  const add = `  async add(id: string, count: number) {
    const order = await this.repository.findById(id);
    const total = order.total + count;
    await this.repository.update(id, { total });
  }
`;
  assert.match((await marked('db-lost-update', files(add)))[0] ?? '', /^this\.repository\.update: .* writes `total`/);
  assert.deepEqual(await marked('db-lost-update', files(add.replace('order.total + count', 'count'))), []);
});

test('mq-poison-message sees a nack that the broker of another file hands to its handlers', async () => {
  const broker = `import { Channel } from 'amqplib';

export class Broker {
  constructor(private readonly channel: Channel) {}

  async consume(queue: string, handle: (text: string, nack: (requeue?: boolean) => void) => Promise<void>) {
    await this.channel.consume(queue, async (message) => {
      if (!message) return;
      const nack = (requeue = false) => this.channel.nack(message, false, requeue);
      await handle(message.content.toString(), nack);
    });
  }
}
`;
  const listener = (given: string) => `import { Broker } from './broker';

export const listen = (broker: Broker, save: (text: string) => Promise<void>) =>
  broker.consume('orders', async (text, nack) => {
    try {
      await save(text);
    } catch {
      nack(${given});
    }
  });
`;
  const found = await marked('mq-poison-message', { 'listener.ts': listener('true'), 'broker.ts': broker });
  assert.match(found[0] ?? '', /^nack: `nack\(true\)` puts the message back each time it fails/);
  assert.deepEqual(await marked('mq-poison-message', { 'listener.ts': listener(''), 'broker.ts': broker }), []);
});

test('graphql-n-plus-one knows models of Sequelize in the context of a resolver', async () => {
  const resolvers = `export const resolvers = {
  Query: { owners: () => [] },
  Owner: { pets: (owner, _, { models }) => models.Pet.findAll({ where: { ownerId: owner.id } }) },
};
`;
  const files = { 'resolvers.js': resolvers, 'package.json': '{"dependencies":{"sequelize":"^6"}}' };
  assert.match((await marked('graphql-n-plus-one', files))[0] ?? '', /^models\.Pet\.findAll: /);
  assert.deepEqual(await marked('graphql-n-plus-one', { ...files, 'package.json': '{}' }), []);
});

test('sql-injection says at the call what a function of another file puts into SQL', async () => {
  const app = `import { Pool } from 'pg';
import { byName, byAge } from './texts';

const pool = new Pool();

export const named = (name: string) => pool.query(byName(name));
export const aged = (age: string) => pool.query(byAge(age));
`;
  const texts = `const table = process.argv[2];
export const byName = (name: string) => \`SELECT * FROM pets WHERE name = '\${name}' AND place = '\${table}'\`;
export const byAge = (age: number) => \`SELECT * FROM pets WHERE age = \${age}\`;
`;
  const [only = '', ...more] = await marked('sql-injection', { 'app.ts': app, 'texts.ts': texts });
  assert.deepEqual(more, []);
  assert.match(only, /^name: `name` becomes part of the SQL text/);
});

test('webhook-signature-length looks into the function of another file that compares a digest with what was sent', async () => {
  const app = `import { compare, digestOf } from './signing';

export const isSigned = (body: string, sent: string) => compare(digestOf(body), sent);
`;
  const signing = (guard: string) => `import { createHmac, timingSafeEqual } from 'node:crypto';

export const digestOf = (body: string) => createHmac('sha256', String(process.env.SIGNING_KEY)).update(body).digest('hex');

export function compare(a: string, b: string) {
${guard}  return timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
`;
  const files = { 'app.ts': app, 'signing.ts': signing('') };
  const [only = '', ...more] = await marked('webhook-signature-length', files);
  assert.deepEqual(more, []);
  assert.match(only, /^compare: `compare` gives both to `timingSafeEqual`, which throws when `sent` has another length/);
  const guarded = { ...files, 'signing.ts': signing('  if (a.length !== b.length) return false;\n') };
  assert.deepEqual(await marked('webhook-signature-length', guarded), []);
  const digests =
    'timingSafeEqual(createHmac("sha256", "any").update(a).digest(), createHmac("sha256", "any").update(b).digest())';
  const ofDigests = signing('').replace('timingSafeEqual(Buffer.from(a), Buffer.from(b))', digests);
  const hashed = { ...files, 'signing.ts': ofDigests };
  assert.deepEqual(await marked('webhook-signature-length', hashed), []);
});

for (const [made, count] of [
  ['NestFactory.create(AppModule, { rawBody: true })', 1],
  ['NestFactory.create(AppModule, { bodyParser: false })', 0],
] as const) {
  test(`webhook-raw-body: what Nest hands over as \`@Body()\` is ${count === 0 ? 'as it was sent' : 'parsed'}`, async () => {
    const controller = `import { Body, Controller, Headers, Post } from '@nestjs/common';
import { Payments } from './payments';

@Controller('webhooks')
export class Webhooks {
  constructor(private readonly payments: Payments) {}

  @Post('stripe')
  async take(@Body() raw: Buffer, @Headers('stripe-signature') signature: string) {
    await this.payments.take(raw, signature);
  }
}
`;
    const payments = `import Stripe from 'stripe';

export class Payments {
  private readonly stripe = new Stripe(String(process.env.STRIPE_KEY));

  async take(body: Buffer, signature: string) {
    return this.stripe.webhooks.constructEvent(body, signature, String(process.env.STRIPE_WEBHOOK_SECRET));
  }
}
`;
    const files = {
      'src/webhooks.ts': controller,
      'src/payments.ts': payments,
      'src/app.module.ts': "import { Webhooks } from './webhooks';\nexport class AppModule { controllers = [Webhooks]; }\n",
      'src/main.ts': `import { NestFactory } from '@nestjs/core';\nimport { AppModule } from './app.module';\nvoid ${made};\n`,
      'package.json': '{}',
    };
    const found = await marked('webhook-raw-body', files);
    assert.equal(found.length, count);
    for (const each of found) assert.match(each, /^raw: `raw` is no longer what was signed: Nest has parsed it/);
  });
}

const verifyingSnippets = {
  stripe: "verifyStripeWebhook(BODY, req.get('stripe-signature'), secret)",
  github: "verifyGitHubWebhook(BODY, req.get('x-hub-signature-256'), secret)",
  slack: 'verifySlackRequest(BODY, req.headers, secret)',
  linear: "verifyLinearWebhook(BODY, req.get('linear-signature'), secret)",
  discord: 'verifyDiscordRequest(BODY, req.headers, secret)',
  standard: 'verifyStandardWebhook(BODY, req.headers, secret)',
};

for (const [provider, call] of Object.entries(verifyingSnippets)) {
  test(`the snippet of ${provider}, which asks the provider's library, is a verification`, async () => {
    const name = call.slice(0, call.indexOf('('));
    const app = (body: string, early = '') => ({
      'app.ts': `import express from 'express';
import { ship } from './orders.ts';
import { ${name} } from './verify.ts';

const app = express();
const secret = String(process.env.SECRET);

app.post('/orders', express.raw({ type: '*/*' }), async (req, res) => {
  ${early}
  if (!(await ${call.replace('BODY', body)})) return res.sendStatus(401);
  await ship(JSON.parse(req.body).id);
  return res.sendStatus(204);
});
`,
      'verify.ts': readFileSync(new URL(`../snippets/webhooks/webhook-${provider}.ts`, import.meta.url), 'utf8'),
    });
    const [only = '', ...more] = await marked('webhook-raw-body', app('JSON.stringify(req.body)'));
    assert.deepEqual(more, []);
    assert.match(only, /^JSON\.stringify\(req\.body\): /);
    assert.deepEqual(await marked('webhook-raw-body', app('req.body')), []);
    const early = await marked('webhook-verify-before-use', app('req.body', 'await ship(JSON.parse(req.body).id);'));
    assert.match(early.join(), new RegExp(`^ship: \`ship\` acts on what the request says before \`${name}\``));
    assert.deepEqual(await marked('webhook-verify-before-use', app('req.body')), []);
  });
}

const ordering = (type: string, inject: string) => `import { Inject, Injectable } from '@nestjs/common';
import type { Bus } from './bus';
import { BUS } from './bus';
import { Orders } from './orders';

@Injectable()
export class Ordering {
  constructor(
    ${inject}private readonly orders: ${type},
    @Inject(BUS) private readonly bus: Bus,
  ) {}

  async place(order: object) {
    await this.orders.save(order);
    await this.bus.publish('order.placed', order);
  }
}
`;

const injection = (orders: string) => ({
  'shop/orders/bus.ts':
    "export const BUS = Symbol('Bus');\nexport interface Bus { publish(topic: string, event: object): Promise<void> }\n",
  'shop/orders/orders.ts': 'export abstract class Orders {\n  abstract save(order: object): Promise<void>;\n}\n',
  'shop/orders/kafka-bus.ts': `import { Kafka, type Producer } from 'kafkajs';
import type { Bus } from './bus';
import { retry } from './retry';

export class KafkaBus implements Bus {
  private readonly producer: Producer = new Kafka({ brokers: ['localhost:9092'] }).producer();

  async publish(topic: string, event: object) {
    await retry(async () => {
      await this.producer.send({ topic, messages: [{ value: JSON.stringify({ id: 1, event }) }] });
    });
  }
}
`,
  'shop/orders/prisma-orders.ts': `import { prisma as db } from './prisma';
import { Orders } from './orders';

export class PrismaOrders implements Orders {
  async save(order: object) {
    await db.order.create({ data: order });
  }
}
`,
  'shop/orders/orders.module.ts': `import { Module } from '@nestjs/common';
import { EventsModule } from '../events.module';
import { Ordering } from './app/ordering';
import { Orders } from './orders';
import { PrismaOrders } from './prisma-orders';

@Module({ imports: [EventsModule], providers: [Ordering, ${orders}] })
export class OrdersModule {}
`,
  'shop/events.module.ts': `import { Module } from '@nestjs/common';
import { BUS } from './orders/bus';
import { KafkaBus } from './orders/kafka-bus';

@Module({ providers: [{ provide: 'OwnBus', useFactory: () => new KafkaBus() }, { provide: BUS, useExisting: 'OwnBus' }] })
export class EventsModule {}
`,
  'shop/package.json': '{ "dependencies": { "@nestjs/common": "11" } }',
});

test('express-jwt takes any algorithm before version 6 only', async () => {
  const guard =
    "import expressJwt from 'express-jwt';\n\nexport const signedIn = () => expressJwt({ secret: publicKey } as any);\nexport const signedBy = () => expressJwt({ secret: publicKey, algorithms: ['RS256'] });\nexport const nobody = () => expressJwt({ secret: '' + Math.random() });\n";
  const of = (version: string) =>
    marked('jwt-verify-algorithms', {
      'guard.ts': guard,
      'package.json': JSON.stringify({ dependencies: { 'express-jwt': version } }),
    });
  const [only = '', ...more] = await of('^5.3.3');
  assert.match(only, /^expressJwt: `expressJwt` accepts every algorithm before version 6/);
  assert.deepEqual(more, []);
  assert.deepEqual(await of('^8.4.1'), []);
});

test('what a module provides for a token, or for an abstract class, is looked into', async () => {
  const at = 'shop/orders/app/ordering.ts';
  const fromApp = (text: string) => text.replaceAll("'./", "'../");
  const byClass = { [at]: fromApp(ordering('Orders', '')), ...injection('{ provide: Orders, useClass: PrismaOrders }') };
  const [found = ''] = await marked('mq-dual-write', byClass);
  assert.match(found, /^this\.bus\.publish: `this\.bus\.publish` follows the write `this\.orders\.save`/);
  const byToken = {
    [at]: fromApp(ordering('{ save(order: object): Promise<void> }', "@Inject('Orders') ")),
    ...injection("{ provide: 'Orders', useClass: PrismaOrders }"),
  };
  assert.equal((await marked('mq-dual-write', byToken)).length, 1);
  const byNobody = { [at]: fromApp(ordering('Orders', '')), ...injection("{ provide: 'Others', useClass: PrismaOrders }") };
  assert.deepEqual(await marked('mq-dual-write', byNobody), []);
});

/** The same with the package that the files belong to. */
const inPackage = (dependencies: string, files: Record<string, string>) => ({
  ...files,
  'package.json': `{ "dependencies": { ${dependencies} } }`,
});

test('rules of messages know a channel that is handed in by what it is asked, in a package that has amqplib', async () => {
  const worker = `module.exports = async function (channel, save) {
  await channel.assertQueue('orders', { durable: true, deadLetterExchange: 'failed' });
  await channel.prefetch(10);
  await channel.consume('orders', async (message) => {
    await save(JSON.parse(message.content));
    channel.ack(message);
  });
};
`;
  assert.equal((await marked('mq-null-message', inPackage('"amqplib": "^0.10.0"', { 'worker.js': worker }))).length, 1);
  assert.deepEqual(await marked('mq-null-message', inPackage('"other": "^1.0.0"', { 'worker.js': worker })), []);
});

test('rules of messages know a consumer of Kafka that is handed in by what it is run with', async () => {
  const worker = `module.exports = async function (consumer, save) {
  await consumer.run({
    eachMessage: async ({ message }) => {
      try {
        await save(JSON.parse(message.value));
      } catch (error) {
        console.error(error);
      }
    },
  });
};
`;
  assert.equal((await marked('mq-swallowed-error', inPackage('"kafkajs": "^2.0.0"', { 'worker.js': worker }))).length, 1);
  assert.deepEqual(await marked('mq-swallowed-error', inPackage('"other": "^1.0.0"', { 'worker.js': worker })), []);
});

test('rules of databases know a client that hangs on a request or is handed in by the SQL it runs, in a package that has a driver', async () => {
  const route = `const express = require('express');
const app = express();

app.get('/owners', async (req, res) => {
  res.json(await find(req.db, String(req.headers.owner)));
});

async function find(db, name) {
  const { rows } = await db.query("SELECT * FROM owners WHERE name = '" + name + "'");
  return rows;
}

app.post('/pets', async (req, res) => {
  for (const name of req.body.names) {
    const { rows } = await req.db.query('SELECT id FROM pets WHERE name = $1', [name]);
    console.log(rows);
  }
  res.end();
});
`;
  const found = (dependency: string, rule: string) =>
    marked(rule, inPackage(`"express": "^5.0.0", "${dependency}": "^1.0.0"`, { 'app.js': route }));
  assert.equal((await found('pg', 'sql-injection')).length, 1);
  assert.equal((await found('mysql2', 'db-n-plus-one')).length, 1);
  assert.deepEqual(await found('other', 'db-n-plus-one'), []);
});

test('rules of databases know what a plugin of Fastify hangs on the application', async () => {
  const plugin = `import type { FastifyInstance } from 'fastify';

export default async function (fastify: FastifyInstance) {
  const { pg } = fastify;
  fastify.get('/pets', async () => {
    await pg.query('BEGIN');
    return (await fastify.pg.query('SELECT name FROM pets LIMIT 10')).rows;
  });
}
`;
  const found = (dependency: string) =>
    marked('db-transaction-on-pool', inPackage(`"fastify": "^5.0.0", "${dependency}": "^1.0.0"`, { 'app.ts': plugin }));
  assert.equal((await found('@fastify/postgres')).length, 1);
  assert.deepEqual(await found('other'), []);
});

test('rules of databases know what a function of another file calls its callback with by what it says', async () => {
  const database = `import { Pool, type PoolClient } from 'pg';
import { wrap } from './wrap';
const pool = new Pool();
export async function withClient<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
  const held = await pool.connect();
  try {
    return await work(wrap(held));
  } finally {
    held.release();
  }
}
`;
  const app = `import { withClient } from './database';
export const find = (name: string) => withClient(async (client) => client.query(\`SELECT * FROM owners WHERE name = '\${name}'\`));
`;
  assert.equal((await marked('sql-injection', { 'app.ts': app, 'database.ts': database })).length, 1);
});

test('mq-dual-write follows a function that is called for the producer it is', async () => {
  const app = `import { PrismaClient } from '@prisma/client';
import { orderProducer } from './events';
const prisma = new PrismaClient();
export async function place(id: string) {
  const order = await prisma.order.update({ where: { id }, data: { placed: true } });
  await orderProducer(order);
}
`;
  const events = `import { Kafka } from 'kafkajs';
const kafka = new Kafka({ brokers: ['localhost:9092'] });
export const orderProducer = async (order: unknown) => {
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic: 'orders', messages: [{ value: JSON.stringify(order) }] });
};
`;
  assert.equal((await marked('mq-dual-write', { 'app.ts': app, 'events.ts': events })).length, 1);
});

test('db-pool-limits looks at the options of another file', async () => {
  const app = `import { Pool } from 'pg';
import { database } from './settings';
export const pool = new Pool({ ...database, user: 'shop' });
`;
  const settings = (more: string) => `export const database = { host: 'db', max: 20${more} };
`;
  assert.equal((await marked('db-pool-limits', { 'app.ts': app, 'settings.ts': settings('') })).length, 1);
  const limited = { 'app.ts': app, 'settings.ts': settings(', connectionTimeoutMillis: 5000') };
  assert.deepEqual(await marked('db-pool-limits', limited), []);
});

test('list-limit-capped looks into the class of a query of Nest for its maximum', async () => {
  const controller = `import { Controller, Get, Query } from '@nestjs/common';
import { ListOrders } from './list-orders';
import { OrderService } from './orders';

@Controller('orders')
export class OrderController {
  constructor(private readonly orders: OrderService) {}

  @Get()
  list(@Query() query: ListOrders) {
    return this.orders.list(query.take);
  }
}
`;
  const orders = `import { PrismaClient } from '@prisma/client';

export class OrderService {
  private readonly prisma = new PrismaClient();

  list(take: number) {
    return this.prisma.order.findMany({ take });
  }
}
`;
  const paged = (maximum: string) => `import { IsInt, Max, Min } from 'class-validator';
class Page {
  @IsInt() @Min(1)${maximum} take = 10;
}
export class ListOrders extends Page {
  customer?: string;
}
`;
  const found = (files: Record<string, string>) =>
    marked('list-limit-capped', { 'controller.ts': controller, 'orders.ts': orders, ...files });
  assert.equal((await found({ 'list-orders.ts': paged('') })).length, 1);
  assert.deepEqual(await found({ 'list-orders.ts': paged(' @Max(100)') }), []);
  assert.deepEqual(await found({}), []);
});

test('http-response-ok only hints where a body that lacks what is wanted is left', async () => {
  const text = (check: string) => `export async function token(url: string) {
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  const tokens = await response.json();
  ${check}
  return tokens.access_token;
}
`;
  const severityOf = async (check: string) => {
    const lintel = createLintel(memoryHost({ 'file:///shop/token.ts': text(check) }), rules);
    const found = await lintel.check('file:///shop/token.ts', defaultConfig);
    return found.find(({ rule }) => rule === 'http-response-ok')?.severity;
  };
  assert.equal(await severityOf("if (!tokens.access_token) throw new Error('No token.');"), 'hint');
  assert.equal(await severityOf("if (!tokens.access_token) console.warn('No token.');"), 'warn');
});

test('list-limit-capped marks the call that hands the limit of a request to a function of another file', async () => {
  const controller = `import { Router } from 'express';
import { feed, OrderService } from './orders';

const router = Router();
const orders = new OrderService();

router.get('/feed', async (req, res) => res.json(await feed(Number(req.query.offset), Number(req.query.limit))));
router.get('/orders', async (req, res) => res.json(await orders.list(Number(req.query.limit) || 20)));
router.get('/few', async (req, res) => res.json(await orders.few(Number(req.query.limit))));
`;
  const service = `import prisma from './prisma';

export const feed = (offset: number, limit: number) => prisma.post.findMany({ skip: offset || 0, take: limit || 10 });

export class OrderService {
  list(limit: number) {
    return prisma.order.findMany({ take: limit });
  }
  few(limit: number) {
    return prisma.order.findMany({ take: Math.min(limit, 50) });
  }
}
`;
  const prisma = "import { PrismaClient } from '@prisma/client';\nexport default new PrismaClient();\n";
  const found = await marked('list-limit-capped', { 'controller.ts': controller, 'orders.ts': service, 'prisma.ts': prisma });
  assert.deepEqual(
    found.map((each) => each.slice(0, each.indexOf(':'))),
    ['Number(req.query.limit)', 'Number(req.query.limit) || 20'],
  );
});

test('headers of CORS in the settings of Next are looked at, and nothing else of a script', async () => {
  const settings = (origin: string) => `export default {
  async headers() {
    return [
      {
        source: '/api/:path*',
        headers: [
          { key: 'Access-Control-Allow-Credentials', value: 'true' },
          { key: 'Access-Control-Allow-Origin', value: '${origin}' },
        ],
      },
    ];
  },
};
`;
  const [only = '', ...more] = await marked('cors-credentials', { 'next.config.mjs': settings('*') });
  assert.deepEqual(more, []);
  assert.match(only, /^'\*': `\*` with `Access-Control-Allow-Credentials` is refused by browsers/);
  assert.deepEqual(await marked('cors-credentials', { 'next.config.mjs': settings('https://shop.example') }), []);
  const server =
    "import cors from 'cors';\nimport express from 'express';\nexpress().use(cors({ origin: true, credentials: true }));\n";
  assert.deepEqual(await marked('cors-credentials', { 'scripts/preview.ts': server }), []);
});

test('settings of CORS that another file holds are looked at, and told where they are given', async () => {
  const app = `import cors from 'cors';
import express from 'express';
import { config, corsOptions, ours } from './config';

const app = express();
app.use(cors(corsOptions));
app.use('/api', cors(config.cors));
app.use('/own', cors(ours));
`;
  const found = await marked('cors-credentials', {
    'app.ts': app,
    'config.ts': `export const corsOptions = { origin: true, credentials: true };
export const config = { cors: { origin: '*', credentials: true } };
export const ours = { origin: ['https://shop.example'], credentials: true };
`,
  });
  assert.deepEqual(
    found.map((each) => each.slice(0, each.indexOf(' with'))),
    ['corsOptions: `origin: true`', "config.cors: `origin: '*'`"],
  );
});

const listening = `import { openChannel } from './broker';

export async function listen(save: (text: string) => Promise<void>) {
  const channel = await openChannel();
  await channel.consume('orders', async (message) => {
    if (!message) return;
    await save(message.content.toString());
    channel.ack(message);
  });
}
`;

const opening = (limit: string) => `import amqp from 'amqplib';

export async function openChannel() {
  const connection = await amqp.connect('amqp://localhost');
  const channel = await connection.createChannel();
${limit}  return channel;
}
`;

test('mq-prefetch looks into the function of another file that opens the channel', async () => {
  const [only = '', ...more] = await marked('mq-prefetch', { 'orders.ts': listening, 'broker.ts': opening('') });
  assert.deepEqual(more, []);
  assert.match(only, /^channel\.consume: /);
});

test('mq-prefetch is silent where that function sets the limit', async () => {
  const limited = opening('  await channel.prefetch(10);\n');
  assert.deepEqual(await marked('mq-prefetch', { 'orders.ts': listening, 'broker.ts': limited }), []);
});

test('an example that settings lead to the sources of its own package, or a link to the folder above, means the package', async () => {
  const offsets = `const { Kafka } = require('@confluentinc/kafka-javascript').KafkaJS;

const consumer = new Kafka({}).consumer({ 'group.id': 'bills' });

exports.run = () =>
  consumer.run({
    eachMessage: async ({ topic, partition, message }) => {
      await consumer.commitOffsets([{ topic, partition, offset: message.offset }]);
    },
  });
`;
  const own = { name: '@confluentinc/kafka-javascript', version: '1.0.0', main: 'lib/index.js', exports: './lib/index.js' };
  const files = {
    'package.json': JSON.stringify(own),
    'lib/index.js': 'module.exports = {};\n',
    'tsconfig.json': JSON.stringify({ compilerOptions: { paths: { '@confluentinc/kafka-javascript': ['./lib/index.js'] } } }),
  };
  const [only = '', ...more] = await marked('mq-offset-commit', { 'examples/run.js': offsets, ...files });
  assert.deepEqual(more, []);
  assert.match(only, /^message\.offset: /);
});

const reviews = `import { type Request, type Response } from 'express';
import { MongoClient } from 'mongodb';

const reviews = new MongoClient('mongodb://localhost').db('shop').collection('reviews');

export function updateReview() {
  return async (req: Request, res: Response) => {
    res.json(await reviews.updateMany({ _id: req.body.id }, { $set: { text: req.body.text } }));
  };
}
`;

for (const [what, registration, count] of [
  ['with nothing beside it', "app.patch('/reviews', isSignedIn(), updateReview());", 1],
  ['behind a validator', "app.patch('/reviews', validate(review), updateReview());", 0],
  ['behind what cleans all bodies', "app.use(sanitizer());\napp.patch('/reviews', updateReview());", 0],
] as const) {
  test(`mongo-operator-injection: a handler that the application registers ${what}, in a package that has a validator`, async () => {
    const app = `import express from 'express';
import { isSignedIn, review, sanitizer, validate } from './guards';
import { updateReview } from './reviews';

const app = express();
${registration}
`;
    const dependencies = { express: '4.22.1', mongodb: '6.0.0', zod: '4.0.0' };
    const found = await marked('mongo-operator-injection', {
      'reviews.ts': reviews,
      'app.ts': app,
      'package.json': JSON.stringify({ dependencies }),
    });
    assert.equal(found.length, count);
  });
}

test('list-paginated sees a whole table in either branch of what is answered', async () => {
  const orders = `import { PrismaClient } from '@prisma/client';

const prisma = new PrismaClient();

export async function getAll(req, res) {
  const orders = 'items' in req.query ? await prisma.order.findMany({ include: { items: true } }) : await prisma.order.findMany();
  res.status(200).json(orders);
}
`;
  const dependencies = { express: '4.22.1', '@prisma/client': '6.0.0' };
  const found = await marked('list-paginated', { 'orders.ts': orders, 'package.json': JSON.stringify({ dependencies }) });
  assert.equal(found.length, 2);
});

test('what takes messages until a person ends it is no command', async () => {
  const receive = `const amqp = require('amqplib');
const readline = require('readline');

amqp.connect('amqp://localhost').then(async (connection) => {
  const channel = await connection.createChannel();
  await channel.consume('orders', (message) => message && console.log(message.content.toString()), { noAck: true });
});

readline.createInterface({ input: process.stdin }).question('newline to exit', () => process.exit());
`;
  assert.equal((await marked('mq-auto-ack', { 'receive.js': receive })).length, 1);
});

for (const [most, count] of [
  ['limit', 1],
  ['Math.min(limit, 100)', 0],
] as const) {
  test(`list-limit-capped follows a limit into the function of another file that ${count ? 'hands it on' : 'caps it'}`, async () => {
    const app = `import express from 'express';
import { newest } from './orders';

const app = express();

app.get('/orders', async (req, res) => {
  res.json(await newest(String(req.query.shop), Number(req.query.limit) || 20));
});
`;
    const orders = `import { rows } from './rows';

export const newest = async (shop: string, limit: number) => rows({ where: { shop }, limit: ${most} });
`;
    const rows = `import { PrismaClient } from '@prisma/client';

const prisma = new PrismaClient();

export function rows({ where, limit }: { where: object; limit: number }) {
  return prisma.order.findMany({ where, take: limit });
}
`;
    const found = await marked('list-limit-capped', { 'app.ts': app, 'orders.ts': orders, 'rows.ts': rows });
    assert.equal(found.length, count);
    if (count)
      assert.match(
        found[0] ?? '',
        /^Number\(req\.query\.limit\) \|\| 20: `req\.query\.limit` is the caller's and has no maximum, and `newest` asks/,
      );
  });
}

test('http-timeout knows a client of another file by its name, or by that of its file', async () => {
  const client = "import axios from 'axios';\nexport const service = axios.get;\nexport const api = axios.get;\n";
  const used = (name: string, from: string) => ({
    'pay.ts': `import { ${name} } from './${from}';\nexport const pay = (order: string) => ${name}(\`https://pay.example/\${order}\`);\n`,
    [`${from}.ts`]: client,
  });
  assert.equal((await marked('http-timeout', used('api', 'made'))).length, 1);
  assert.equal((await marked('http-timeout', used('service', 'http'))).length, 1);
});

test('secret-hardcoded knows what signs by its own name, whatever the file calls it', async () => {
  const signing = (imported: string, call: string) => ({
    'tokens.ts': `import { ${imported} } from 'hono/jwt';\nexport const token = (id: string) => ${call}({ id }, 'correct horse battery');\n`,
  });
  assert.equal((await marked('secret-hardcoded', signing('sign as make', 'make'))).length, 1);
  assert.deepEqual(await marked('secret-hardcoded', signing('decode as make', 'make')), []);
});

const received = (parsers: string) => ({
  'src/routes/hooks.ts': `import express from 'express';
import { receive } from '../receive';

const router = express.Router();

router.post('/', express.raw({ type: 'application/json' }), receive);

export default router;
`,
  'src/receive.ts': `import type { Request, Response } from 'express';
import { Webhook } from 'svix';

export function receive(req: Request, res: Response) {
  const event = new Webhook(String(process.env.HOOK_SECRET)).verify(req.body, req.headers as Record<string, string>);
  res.json({ event });
}
`,
  'src/index.ts': `import express from 'express';
import hooks from './routes/hooks';

const app = express();
${parsers}
app.use('/hooks', hooks);
`,
  'package.json': '{ "dependencies": { "express": "^5.0.0", "svix": "^1.0.0" } }',
});

test('webhook-raw-body: a router that the application takes in behind its parser', async () => {
  const [found, more] = await marked('webhook-raw-body', received('app.use(express.json());'));
  assert.match(found ?? '', /^express\.raw\(\{ type: 'application\/json' \}\): .* comes too late: `express\.json\(\)`/);
  assert.equal(more, undefined);
  const fine = [
    '',
    "app.use('/orders', express.json());",
    "app.use('/hooks', express.raw({ type: '*/*' }));\napp.use(express.json());",
    'app.use(express.json({ verify: (req, res, raw) => Object.assign(req, { rawBody: raw }) }));',
  ];
  for (const parsers of fine) assert.deepEqual(await marked('webhook-raw-body', received(parsers)), [], parsers);
});

const standIn = (parsers: string) => ({
  'src/hooks.ts': `import { createHmac, timingSafeEqual } from 'node:crypto';
import { Router } from 'express';

export const hooks = Router();

hooks.post('/hooks', (req, res) => {
  const raw = (req as unknown as { rawBody: Buffer }).rawBody || JSON.stringify(req.body);
  const digest = createHmac('sha256', String(process.env.HOOK_SECRET)).update(raw).digest();
  const sent = Buffer.from(String(req.headers['x-hub-signature-256']).slice(7), 'hex');
  res.sendStatus(sent.length === digest.length && timingSafeEqual(sent, digest) ? 202 : 401);
});
`,
  'src/index.ts': `import express from 'express';
import { hooks } from './hooks';

const app = express();
${parsers}
app.use(hooks);
`,
  'package.json': '{ "dependencies": { "express": "^5.0.0" } }',
});

test('webhook-raw-body: what stands in for a raw body that the application keeps, or does not', async () => {
  const [found] = await marked('webhook-raw-body', standIn('app.use(express.json());'));
  assert.match(found ?? '', /^JSON\.stringify\(req\.body\): /);
  const kept = 'app.use(express.json({ verify: (req, res, raw) => { (req as any).rawBody = raw; } }));';
  assert.deepEqual(await marked('webhook-raw-body', standIn(kept)), []);
});

const raised = (more: string) => ({
  'src/hooks.ts': `import type { FastifyInstance } from 'fastify';
import { check } from './check';

export async function hooks(fastify: FastifyInstance) {
  fastify.post('/hooks/stripe', { config: { rawBody: true } }, async (request, reply) => {
    const raw = (request as any).rawBody || request.body;
    const event = check(typeof raw === 'string' ? raw : JSON.stringify(raw), String(request.headers['stripe-signature']));
    return reply.code(event ? 202 : 400).send();
  });
}
`,
  'src/check.ts': `import Stripe from 'stripe';

const stripe = new Stripe('sk_test');

export function check(payload: string, signature: string) {
  return stripe.webhooks.constructEvent(payload, signature, String(process.env.STRIPE_SECRET));
}
`,
  'src/index.ts': `import Fastify from 'fastify';
import { hooks } from './hooks';

const app = Fastify();
await app.register(hooks);
`,
  'package.json': `{ "dependencies": { "fastify": "^5.0.0", "stripe": "^18.0.0"${more} } }`,
});

test('webhook-raw-body: Fastify keeps a raw body only with its plugin', async () => {
  const [found] = await marked('webhook-raw-body', raised(''));
  assert.match(found ?? '', /^JSON\.stringify\(raw\): /);
  assert.deepEqual(await marked('webhook-raw-body', raised(', "fastify-raw-body": "^5.0.0"')), []);
});

const placed = `import { Controller, Logger } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { Packing } from './packing';

@Controller()
export class Orders {
  private readonly logger = new Logger(Orders.name);
  constructor(private readonly packing: Packing) {}

  @EventPattern('order-placed')
  async placed(@Payload() order: object) {
    try {
      await this.packing.pack(order);
    } catch (error) {
      this.logger.error(error);
    }
  }
}
`;

const main = (...transports: string[]) => `import { NestFactory } from '@nestjs/core';
import { Transport } from '@nestjs/microservices';
import { AppModule } from './app.module';

const app = await NestFactory.create(AppModule);
${transports.map((name) => `app.connectMicroservice({ transport: Transport.${name}, options: {} });\n`).join('')}`;

test('mq-swallowed-error learns from `main` what brings events that no context tells of', async () => {
  const at = (...transports: string[]) =>
    marked('mq-swallowed-error', {
      'src/orders/orders.controller.ts': placed,
      'src/main.ts': main(...transports),
      'package.json': '{}',
    });
  const [only = '', ...more] = await at('GRPC', 'KAFKA');
  assert.deepEqual(more, []);
  assert.match(only, /^this\.logger\.error\(error\);: This is all .*the offset is committed/);
  assert.match((await at('RMQ')).join(), /so the event is lost: with `noAck: false`/);
  assert.deepEqual(await at('NATS'), [], 'who does not send again loses nothing by it');
  assert.deepEqual(await at('KAFKA', 'NATS'), [], 'either may have brought it');
});

const ownBroker = (settle: string) => `import type { Channel } from 'amqplib';

export class Broker {
  constructor(private readonly channel: Channel) {}

  async subscribe(queue: string, work: (order: unknown) => Promise<void>) {
    await this.channel.consume(queue, async (message) => {
      if (!message) return;
      try {
        await work(JSON.parse(message.content.toString()));
        ${settle}
      } catch {
        this.channel.nack(message, false, false);
      }
    });
  }

  async receive(queue: string, work: (message: { content: Buffer } | null) => Promise<void>) {
    await this.channel.consume(queue, work);
  }
}
`;

const subscribing = `import { Broker } from './broker';
import { pack } from './packing';

export async function listen(broker: Broker) {
  await broker.subscribe('orders', async (order) => {
    try {
      await pack(order);
    } catch (error) {
      console.error(error);
    }
  });
  await broker.subscribe('refunds', async (order) => {
    await pack(order);
  });
}
`;

test('mq-swallowed-error looks at what a function of the project calls for each message, and acknowledges', async () => {
  const files = { 'orders.ts': subscribing, 'broker.ts': ownBroker('this.channel.ack(message);') };
  const [only = '', ...more] = await marked('mq-swallowed-error', files);
  assert.deepEqual(more, []);
  assert.match(only, /^console\.error\(error\);: This is all that is done about the failure: who calls this acknowledges/);
  assert.deepEqual(await marked('mq-swallowed-error', { ...files, 'broker.ts': ownBroker('') }), []);
});

test('mq-null-message looks at a handler that a function of the project hands on', async () => {
  const handing = `import { Broker } from './broker';
import { pack } from './packing';

export const listen = (broker: Broker) => broker.receive('orders', async (message) => {
  await pack(message.content);
});
`;
  const found = await marked('mq-null-message', { 'orders.ts': handing, 'broker.ts': ownBroker('') });
  assert.match(found.join(), /^message: `message` is `null`/);
  assert.deepEqual(await marked('mq-null-message', { 'orders.ts': subscribing, 'broker.ts': ownBroker('') }), []);
});

const mysqlPool = `const mysql = require('mysql2/promise');
const pool = mysql.createPool({ host: 'localhost', database: 'shop' });
`;
const mysqlClass = `const mysql = require('mysql2');

class Database {
  constructor() {
    this.pool = mysql.createPool({ host: 'localhost', database: 'shop' });
  }

  queryRows(sql, values) {
    return new Promise((resolve, reject) => {
      this.pool.query(sql, values, (error, rows) => (error ? reject(error) : resolve(rows)));
    });
  }

  async queryOne(sql, values) {
    return (await this.queryRows(sql, values))[0];
  }
}

`;
const wrappers = [
  ['a function of an object', `${mysqlPool}module.exports = { query: (text, values) => pool.query(text, values) };`, 'db.query'],
  ['a function under its name', `${mysqlPool}exports.query = async (...args) => (await pool.query(...args))[0];`, '{ query }'],
  ['a bound method', `${mysqlPool}module.exports = { query: pool.query.bind(pool) };`, '{ query }'],
  ['a method of the instance that is exported', `${mysqlClass}module.exports = new Database();`, 'db.queryRows'],
  ['a method that calls another', `${mysqlClass}module.exports = new Database();`, 'db.queryOne'],
  ['an instance under its name', `${mysqlClass}exports.store = new Database();`, '{ store }.queryRows'],
  ['an instance in an object', `${mysqlClass}module.exports = { store: new Database() };`, 'db.store.queryRows'],
] as const;

for (const [what, database, called] of wrappers) {
  test(`a driver is known behind what a CommonJS file exports: ${what}`, async () => {
    const [, taken = 'db'] = /^(\{.*\})/.exec(called) ?? [];
    const query = called.replace(/^\{ (\w+) \}/, '$1');
    const orders = `const ${taken} = require('./database');

exports.load = async (ids, name) => {
  for (const id of ids) console.log(await ${query}('SELECT * FROM orders WHERE id = ?', [id]));
  return ${query}(\`SELECT * FROM orders WHERE name = '\${name}'\`);
};
`;
    const files = { 'orders.js': orders, 'database.js': database, 'package.json': '{}' };
    const [only = '', ...more] = await marked('db-n-plus-one', files);
    assert.deepEqual(more, []);
    assert.ok(only.startsWith(`${query}: \`${query}\` runs once for each of \`ids\``), only);
    assert.match((await marked('sql-injection', files)).join(), /^name: `name` becomes part of the SQL text/);
    const elsewhere = { ...files, 'database.js': database.replace(/mysql2(?:\/promise)?/, './recorder') };
    assert.deepEqual(await marked('db-n-plus-one', elsewhere), [], 'no driver in sight');
  });
}

test('a query of mssql is known behind its inputs and behind the promise of a pool', async () => {
  const database = `import sql from 'mssql';
export const poolPromise = new sql.ConnectionPool({ server: 'localhost' }).connect().then((pool) => {
  console.info('connected');
  return pool;
});
export { sql };
`;
  const orders = `import { poolPromise, sql } from './database';

export async function load(ids: number[]) {
  const pool = await poolPromise;
  for (const id of ids) {
    const found = await pool.request().input('id', sql.Int, id).query('SELECT * FROM Orders WHERE id = @id');
    console.log(found.recordset);
  }
}
`;
  const [only = '', ...more] = await marked('db-n-plus-one', { 'orders.ts': orders, 'database.ts': database });
  assert.deepEqual(more, []);
  assert.match(only, /^pool\.request\(\)\.input\('id', sql\.Int, id\)\.query: .* runs once for each of `ids`/);
});

test('migration-reversible asks for a way back where others of the folder have one', async () => {
  const up = (table: string) =>
    `export async function up(queryInterface) {\n  await queryInterface.createTable('${table}', { id: { type: 'UUID' } });\n}\n`;
  const down = `export async function down(queryInterface) {\n  await queryInterface.dropTable('pets');\n}\n`;
  const folder = (second: string) => ({
    'migrations/20240103-chips.js': up('chips'),
    'migrations/20240101-owners.js': up('owners'),
    'migrations/20240102-pets.js': up('pets') + second,
  });
  assert.equal((await marked('migration-reversible', folder(down))).length, 1);
  assert.deepEqual(await marked('migration-reversible', folder('')), []);
});

test('etl-error-logged leaves data that is made to try things out alone', async () => {
  const load = `import { PrismaClient } from '@prisma/client';
const prisma = new PrismaClient();
export async function load(rows) {
  for (const row of rows) {
    try {
      await prisma.pet.create({ data: row });
    } catch {}
  }
}
`;
  assert.equal((await marked('etl-error-logged', { 'scripts/load.ts': load })).length, 1);
  assert.deepEqual(await marked('etl-error-logged', { 'scripts/seed-demo.ts': load }), []);
});

test('secret-hardcoded leaves what a file of mocks holds alone', async () => {
  const key = "import jwt from 'jsonwebtoken';\nexport const sign = (user) => jwt.sign({ user }, 'my-own-key');\n";
  assert.equal((await marked('secret-hardcoded', { 'src/token.ts': key })).length, 1);
  assert.deepEqual(await marked('secret-hardcoded', { 'src/mock.ts': key }), []);
});

test('a model of Sequelize is known that another file hangs on its object by calling the function that makes it', async () => {
  const controller = `const db = require('../models');
const User = db.user;

exports.list = async (req, res) => {
  try {
    res.json(await User.findAll());
  } catch (error) {
    res.status(500).send({ message: error.message });
  }
};
`;
  const models = (made: string) => `const Sequelize = require('sequelize');

const sequelize = new Sequelize('shop', 'shop', '', { dialect: 'postgres' });
const db = {};
db.user = require('./user.model.js')(${made});
module.exports = db;
`;
  const user = (made: string) => `module.exports = (sequelize) => {
  const User = ${made};
  return User;
};
`;
  const files = (made: string) => ({
    'controllers/user.js': controller,
    'models/index.js': models('sequelize'),
    'models/user.model.js': user(made),
    'package.json': '{ "dependencies": { "express": "4", "sequelize": "6" } }',
  });
  for (const [rule, mark] of [
    ['list-paginated', /^User\.findAll: /],
    ['error-internals-exposed', /^error\.message: /],
  ] as const) {
    const [only = '', ...more] = await marked(rule, files("sequelize.define('user', {})"));
    assert.match(only, mark);
    assert.deepEqual(more, []);
    assert.deepEqual(await marked(rule, files("new Map([['user', []]])")), []);
  }
});

test('a function of Azure is known by the function.json beside it, and answers with what it gives back', async () => {
  const feed = `const prisma = require('../prisma');

module.exports = async function (context, req) {
  try {
    return { status: 200, body: await prisma.post.findMany() };
  } catch (e) {
    return { status: 500, body: e.message };
  }
};
`;
  const prisma = `const { PrismaClient } = require('@prisma/client');
module.exports = new PrismaClient();
`;
  const files = { 'feed/index.js': feed, 'prisma.js': prisma };
  const bound = { ...files, 'feed/function.json': '{ "bindings": [{ "type": "httpTrigger", "name": "req" }] }' };
  assert.match((await marked('error-internals-exposed', bound))[0] ?? '', /^e\.message: /);
  assert.match((await marked('list-paginated', bound))[0] ?? '', /^prisma\.post\.findMany: /);
  assert.deepEqual(await marked('error-internals-exposed', files), []);
});

test('an endpoint of SvelteKit and of Nuxt is known by its file, and what it imports by the paths that these generate', async () => {
  const endpoint = `import { json } from '@sveltejs/kit';
import { database } from '$lib/server/database';

export async function GET() {
  return json(await database.post.findMany({ where: { published: true } }));
}
`;
  const route = `import { database } from '~/server/database';

export default defineEventHandler(async () => {
  return database.post.findMany();
});
`;
  const database = `import { PrismaClient } from '@prisma/client';
export const database = new PrismaClient();
`;
  const kit = (place: string) => ({
    [place]: endpoint,
    'src/lib/server/database.ts': database,
    'tsconfig.json': '{ "extends": "./.svelte-kit/tsconfig.json" }',
    'package.json': '{ "devDependencies": { "@sveltejs/kit": "2" }, "dependencies": { "@prisma/client": "6" } }',
  });
  const nuxt = (place: string) => ({
    [place]: route,
    'server/database.ts': database,
    'tsconfig.json': '{ "extends": "./.nuxt/tsconfig.json" }',
    'package.json': '{ "dependencies": { "nuxt": "3", "@prisma/client": "6" } }',
  });
  for (const files of [kit('src/routes/api/feed/+server.ts'), nuxt('server/api/feed.get.ts')])
    assert.match((await marked('list-paginated', files))[0] ?? '', /^database\.post\.findMany: /);
  for (const files of [kit('src/routes/api/feed/feed.ts'), nuxt('server/api/feed.post.ts')])
    assert.deepEqual(await marked('list-paginated', files), []);
});

test('http-timeout: in a package of pages, who sends a header that a browser writes itself is none', async () => {
  const page = (header: string) => ({
    'src/lib/site.ts': `export async function site(url: string) {
  const response = await fetch(url, { headers: { '${header}': 'shop/1.0' } });
  if (!response.ok) throw new Error(response.statusText);
  return response.text();
}
`,
    'package.json': '{ "dependencies": { "react": "19", "next": "16" } }',
  });
  assert.match((await marked('http-timeout', page('User-Agent')))[0] ?? '', /^fetch: /);
  assert.deepEqual(await marked('http-timeout', page('X-Shop')), []);
});

test('webhook-raw-body: a function of a file of webhooks that compares an HMAC with what it is given', async () => {
  const core = `const crypto = require('node:crypto');

exports.save = (payload, hmac) => {
  if (!isGenuine(payload, hmac)) throw new Error('unsigned');
};

function isGenuine(payload, incomingHmac) {
  const hmac = crypto.createHmac('sha256', process.env.HOOK_SECRET);
  hmac.update(JSON.stringify(payload));
  return hmac.digest('base64') === incomingHmac;
}
`;
  const [only = '', ...more] = await marked('webhook-raw-body', { 'src/core/print-webhook.js': core });
  assert.match(only, /^JSON\.stringify\(payload\): /);
  assert.deepEqual(more, []);
  // What a program signs itself it may write anew.
  assert.deepEqual(await marked('webhook-raw-body', { 'src/core/tokens.js': core }), []);
  const sent = core.replace('return hmac', 'return incomingHmac + hmac').replace(' === incomingHmac', '');
  assert.deepEqual(await marked('webhook-raw-body', { 'src/core/print-webhook.js': sent }), []);
});

test('what a file hands on as a namespace is followed: export * as Models', async () => {
  const route = `import express from 'express';
import { Models } from './common';

const app = express();
app.get('/pets', async (req, res) => {
  res.json(await Models.Pet.find());
});
`;
  const files = (index: string) => ({
    'app.ts': route,
    'common/index.ts': index,
    'common/models/index.ts': `export { default as Pet } from './pet';\n`,
    'common/models/pet.ts': `import mongoose from 'mongoose';
export default mongoose.model('Pet', new mongoose.Schema({ name: String }));
`,
  });
  const found = await marked('list-paginated', files(`export * as Models from './models';\n`));
  assert.match(found[0] ?? '', /^Models\.Pet\.find: /);
  assert.deepEqual(await marked('list-paginated', files(`export * as Other from './models';\n`)), []);
});

test('an empty baseUrl is the folder of its tsconfig.json', async () => {
  const service = `import { PrismaClient } from '@prisma/client';
import { charge } from '@/payments/charge';

const prisma = new PrismaClient();

export async function book(id: number) {
  await prisma.$transaction(async (tx) => {
    await tx.ticket.create({ data: { id } });
    await charge(id);
  });
}
`;
  const files = {
    'src/tickets/book.ts': service,
    'src/payments/charge.ts': `export async function charge(id: number) {
  return fetch('https://api.example.com/charges', { method: 'POST', body: String(id), signal: AbortSignal.timeout(5000) });
}
`,
    'tsconfig.json': '{ "compilerOptions": { "baseUrl": "", "paths": { "@/*": ["src/*"] } } }',
  };
  assert.match((await marked('db-transaction-long', files))[0] ?? '', /^charge: /);
});

test('a route is known of an application that a function is given, also where its handler stands in another file', async () => {
  const controller = `const bcrypt = require('bcryptjs');

exports.signin = (req, res) => {
  res.send({ ok: bcrypt.compareSync(req.body.password, 'hash') });
};
exports.later = new Map();
`;
  const routes = (handler: string) => ({
    'routes/auth.js': `const controller = require('../controllers/auth');

module.exports = function (app) {
  app.post('/api/auth/signin', controller.${handler});
};
`,
    'controllers/auth.js': controller,
    'server.js': `const express = require('express');

const app = express();
require('./routes/auth')(app);
app.listen(3000);
`,
    'package.json': '{ "dependencies": { "express": "4", "bcryptjs": "2" } }',
  });
  assert.match((await marked('rate-limit-missing', routes('signin')))[0] ?? '', /^app\.post: /);
  assert.deepEqual(await marked('rate-limit-missing', routes('later')), []);
});

test("a driver's error comes back through a model that is a function with functions as its members", async () => {
  const files = (handsOn: string) => ({
    'controllers/order.js': `const Order = require('../models/order.js');

exports.create = (req, res) => {
  Order.create({ total: 1 }, (err, id) => {
    if (err) res.status(500).send({ message: err.message || 'failed' });
    else res.send({ id });
  });
};
`,
    'models/order.js': `const mysql = require('mysql2');

const pool = mysql.createPool({ host: 'db', queueLimit: 100 });
const Order = function (order) {
  this.total = order.total;
};
Order.create = (order, result) => {
  pool.query('INSERT INTO orders SET ?', order, (err, res) => {
    if (err) {
      ${handsOn};
      return;
    }
    result(null, res.insertId);
  });
};
module.exports = Order;
`,
    'package.json': '{ "dependencies": { "express": "4", "mysql2": "3" } }',
  });
  assert.equal((await marked('error-internals-exposed', files('result(err, null)'))).length, 1);
  assert.deepEqual(await marked('error-internals-exposed', files("result(new Error('failed'), null)")), []);
});

test('a list of a controller of routing-controllers is followed to its repository', async () => {
  const files = (options: string) => ({
    'user.controller.ts': `import { Get, JsonController } from 'routing-controllers';
import { UserService } from './user.service';

@JsonController('/users')
export class UserController {
  constructor(private userService: UserService) {}

  @Get()
  find() {
    return this.userService.find();
  }
}
`,
    'user.service.ts': `import { Repository } from 'typeorm';

class User {}

export class UserService {
  constructor(private users: Repository<User>) {}

  find() {
    return this.users.find(${options});
  }
}
`,
    'package.json': '{ "dependencies": { "routing-controllers": "0.10", "typeorm": "0.3" } }',
  });
  assert.equal((await marked('list-paginated', files("{ relations: ['pets'] }"))).length, 1);
  assert.deepEqual(await marked('list-paginated', files('{ take: 50 }')), []);
});

test('a status with a stand-in that is set before the answer makes the words of any error go out', async () => {
  const files = (middleware: string) => ({
    'app.js': `const express = require('express');

const app = express();
app.use((err, req, res, next) => {
  ${middleware}
});
`,
    'package.json': '{ "dependencies": { "express": "4", "mongoose": "8" } }',
  });
  const answer = 'res.json({ message: err.message });';
  for (const status of ['res.status(err.status || 500);', 'res.statusCode = err.statusCode ?? 500;'])
    assert.equal((await marked('error-internals-exposed', files(`${status} ${answer}`))).length, 1);
  const silent = [
    `res.status(err.status || 400); ${answer}`,
    `other.status(err.status || 500); ${answer}`,
    "res.status(err.status || 500); res.json({ message: err.expose ? err.message : 'failed' });",
  ];
  for (const middleware of silent) assert.deepEqual(await marked('error-internals-exposed', files(middleware)), []);
});
