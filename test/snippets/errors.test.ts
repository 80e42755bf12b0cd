/** Errors as responses, in each framework, over HTTP. */
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type RequestListener, ServerResponse } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { getRequestListener } from '@hono/node-server';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { bearerAuth } from 'hono/bearer-auth';
import Koa from 'koa';
import 'reflect-metadata';
import {
  ApiError,
  ConflictError,
  NotFoundError,
  problemAnswer,
  TooManyRequestsError,
  UnauthorizedError,
  ValidationError,
} from '../../snippets/errors/error-classes.ts';
import { envelopeAnswer } from '../../snippets/errors/error-envelope.ts';
import * as expressErrors from '../../snippets/errors/error-express.ts';
import { answerErrors as answerFastifyErrors } from '../../snippets/errors/error-fastify.ts';
import { sendProblem } from '../../snippets/errors/error-format.ts';
import * as honoErrors from '../../snippets/errors/error-hono.ts';
import { answerErrors as answerKoaErrors } from '../../snippets/errors/error-koa.ts';
import { close, listen } from './support.ts';

test('error format: media type, status and body agree', () => {
  const response = new ServerResponse({ method: 'GET' } as IncomingMessage);
  let body = '';
  response.end = ((chunk: string) => {
    body = chunk;
    return response;
  }) as typeof response.end;
  sendProblem(response, 'invalid-order', { title: 'The order is not valid', status: 422 });
  assert.equal(response.statusCode, 422);
  assert.equal(response.getHeader('content-type'), 'application/problem+json');
  assert.deepEqual(JSON.parse(body), {
    type: 'https://example.com/problems/invalid-order',
    title: 'The order is not valid',
    status: 422,
  });
});

describe('error classes', () => {
  const details = [{ pointer: '/lines/0/quantity', detail: 'is less than 1' }];
  const answers: [Error, number, string][] = [
    [new ValidationError(details), 422, 'validation-failed'],
    [new UnauthorizedError(), 401, 'unauthorized'],
    [new NotFoundError(), 404, 'not-found'],
    [new ConflictError('The order is shipped.'), 409, 'conflict'],
    [new TooManyRequestsError(0.2), 429, 'too-many-requests'],
    [new ApiError(402, 'payment-required', 'The card is declined.'), 402, 'payment-required'],
  ];
  for (const [error, status, code] of answers) {
    test(`${error.name} is ${status} ${code}, as a problem and as an envelope`, () => {
      const problem = problemAnswer(error);
      assert.equal(problem.status, status);
      const body = JSON.parse(problem.body);
      assert.deepEqual([body.status, body.type, body.detail], [status, `https://example.com/problems/${code}`, error.message]);
      const envelope = envelopeAnswer(error);
      assert.equal(envelope.status, status);
      assert.deepEqual([JSON.parse(envelope.body).error.code, JSON.parse(envelope.body).error.message], [code, error.message]);
    });
  }

  test('details and headers go along', () => {
    assert.deepEqual(JSON.parse(problemAnswer(new ValidationError(details)).body).errors, details);
    assert.deepEqual(JSON.parse(envelopeAnswer(new ValidationError(details)).body).error.details, details);
    assert.equal(problemAnswer(new TooManyRequestsError(0.2)).headers['Retry-After'], '1');
    assert.equal(envelopeAnswer(new UnauthorizedError()).headers['WWW-Authenticate'], 'Bearer');
  });

  for (const [what, error] of [
    ['an error', new Error('password=secret')],
    ['a text', 'secret'],
    ['nothing', undefined],
    ['a 5xx of a framework', Object.assign(new Error('secret'), { status: 502 })],
    ['a status that is none', Object.assign(new Error('secret'), { status: '404' })],
  ] as const) {
    test(`of ${what} only 500 is said`, () => {
      for (const { status, body } of [problemAnswer(error), envelopeAnswer(error)]) {
        assert.equal(status, 500);
        assert.doesNotMatch(body, /secret/);
      }
    });
  }
});

/** An application of each framework with the routes `/missing` (throws NotFoundError), `/broken` (rejects), and POST `/json`. */
type Application = (log: (error: unknown) => void) => Promise<RequestListener>;

const broken = async () => {
  throw new Error('password=secret');
};
const missing = () => {
  throw new NotFoundError('There is no such order.');
};

const applications: Record<string, Application> = {
  Express: async (log) => {
    const app = express();
    // Else Express writes what it cannot answer to stderr.
    app.set('env', 'test');
    app.use(express.json());
    app.get('/missing', missing);
    app.get('/broken', broken);
    app.post('/json', (request, response) => void response.json(request.body));
    app.get('/stale', (_request, response) => {
      response.set({ 'Content-Length': '5', 'Cache-Control': 'max-age=60', 'X-Kept': 'yes' });
      missing();
    });
    app.get('/half', (_request, response) => {
      response.write('half');
      throw new Error('too late');
    });
    return app.use(expressErrors.notFound).use(expressErrors.errorHandler(log));
  },
  Fastify: async (log) => {
    const app = fastify({ logger: { level: 'error', stream: { write: log } } });
    answerFastifyErrors(app);
    app.get('/missing', missing);
    app.get('/broken', broken);
    app.post('/json', async (request) => request.body);
    app.get('/stale', async (_request, reply) => {
      reply.headers({ 'Cache-Control': 'max-age=60', 'X-Kept': 'yes' });
      missing();
    });
    await app.ready();
    return (request, response) => app.routing(request, response);
  },
  Hono: async (log) => {
    const app = new Hono();
    app.get('/missing', missing);
    app.get('/broken', broken);
    app.post('/json', async (context) => context.json(await context.req.json()));
    app.get('/stale', (context) => {
      context.header('Cache-Control', 'max-age=60');
      context.header('X-Kept', 'yes');
      return missing();
    });
    app.get('/private', bearerAuth({ token: 'token' }), (context) => context.text(''));
    app.onError(honoErrors.onError(log));
    app.notFound(honoErrors.notFound);
    return getRequestListener(app.fetch);
  },
  Koa: async (log) => {
    const app = new Koa();
    app.use(answerKoaErrors);
    app.on('error', log);
    app.use(async (context, next) => {
      if (context.path === '/missing') missing();
      if (context.path === '/broken') await broken();
      if (context.path === '/stale') {
        context.set({ 'Cache-Control': 'max-age=60', 'X-Kept': 'yes' });
        missing();
      }
      if (context.path === '/json') context.throw(400);
      if (context.path === '/proxied') {
        context.respond = false;
        setTimeout(() => context.res.writeHead(200).end('by itself'), 10);
      }
      await next();
    });
    return app.callback();
  },
  NestJS: async (log) => {
    const { ErrorFilter, Get, Header, Post, Controller, Module, NestFactory } = await nest();
    // Of its own, as decorators write on the function.
    const stale = () => missing();
    class Routes {
      missing = missing;
      broken = broken;
      json = () => ({});
      stale = stale;
    }
    // What decorators on members do, which Node cannot read.
    const routes = { missing: Get('missing'), broken: Get('broken'), json: Post('json'), stale: Get('stale') };
    for (const [name, decorate] of Object.entries(routes)) {
      const value = new Routes()[name as keyof Routes];
      Object.defineProperty(Routes.prototype, name, { value, configurable: true });
      decorate(Routes.prototype, name, { value });
    }
    for (const [name, value] of Object.entries({ 'Cache-Control': 'max-age=60', 'X-Kept': 'yes' })) {
      Header(name, value)(Routes.prototype, 'stale', { value: stale });
    }
    Controller()(Routes);
    class App {}
    Module({ controllers: [Routes] })(App);
    const logger = { log() {}, warn() {}, error: log };
    const app = await NestFactory.create(App, { logger });
    app.useGlobalFilters(new ErrorFilter(app.getHttpAdapter()));
    await app.init();
    return app.getHttpAdapter().getInstance() as RequestListener;
  },
};

/** Nest and the filter. */
async function nest() {
  await import('./decorators.ts');
  return {
    ...(await import('@nestjs/common')),
    ...(await import('@nestjs/core')),
    ...(await import('../../snippets/errors/error-nest.ts')),
  };
}

for (const [name, create] of Object.entries(applications)) {
  describe(name, () => {
    const logged: unknown[] = [];
    const server = createServer();
    let url = '';
    before(async () => {
      server.on('request', await create((error) => logged.push(error)));
      url = await listen(server);
    });
    after(() => close(server));

    async function problem(path: string, init?: RequestInit) {
      const response = await fetch(url + path, init);
      // Nest's adapter adds a charset to a text, whatever the type says.
      assert.match(response.headers.get('content-type')!, /^application\/problem\+json(?:; charset=utf-8)?$/);
      const body = (await response.json()) as Record<string, unknown>;
      assert.equal(body.status, response.status);
      return { response, body };
    }

    test('says what a thrown ApiError says', async () => {
      const { body } = await problem('/missing');
      assert.deepEqual(body, {
        type: 'https://example.com/problems/not-found',
        title: 'Not Found',
        status: 404,
        detail: 'There is no such order.',
      });
    });

    test('says 500 and nothing else of a rejection, and logs it', async () => {
      const { body } = await problem('/broken');
      assert.deepEqual(body, { type: 'about:blank', title: 'Internal Server Error', status: 500 });
      assert.match(logged.map((error) => (error instanceof Error ? error.message : String(error))).join('\n'), /password=secret/);
    });

    test('answers a path without a route', async () => {
      assert.equal((await problem('/nowhere')).response.status, 404);
    });

    if (name !== 'Hono') {
      test("keeps the status of the framework's own refusal", async () => {
        const headers = { 'Content-Type': 'application/json' };
        assert.equal((await problem('/json', { method: 'POST', headers, body: '{' })).response.status, 400);
      });
    } else {
      test("keeps the status and the headers of a middleware's refusal", async () => {
        const { response } = await problem('/private');
        assert.equal(response.status, 401);
        assert.match(response.headers.get('www-authenticate')!, /^Bearer/);
      });
    }

    test('takes back what was said of another body', async () => {
      const { response } = await problem('/stale');
      assert.equal(response.headers.get('cache-control'), null);
      assert.equal(response.headers.get('x-kept'), 'yes');
    });

    if (name === 'Koa') {
      test('leaves alone what answers by itself, later', async () => {
        const response = await fetch(`${url}/proxied`);
        assert.deepEqual([response.status, await response.text()], [200, 'by itself']);
      });
    }

    if (name === 'Express') {
      test('closes the connection when half an answer is sent', async () => {
        await assert.rejects(fetch(`${url}/half`).then((response) => response.text()));
      });
    }
  });
}
