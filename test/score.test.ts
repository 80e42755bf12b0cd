/** The scorer of generated documents: a wrong figure there would praise a wrong generator. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asOpenApi, compare } from '../scripts/score-generate.ts';

const string = { type: 'string' };
const user = {
  type: 'object',
  properties: { id: { type: 'integer' }, address: { type: 'object', properties: { city: string } } },
};
const operation = (schema: object, status = '200') => ({
  responses: { [status]: { description: '', content: { 'application/json': { schema } } } },
});

test('scores compare by path place, through references, combinators and items, below a base', () => {
  const contract = {
    components: { schemas: { User: user } },
    paths: {
      '/users/{id}': {
        parameters: [{ in: 'query', name: 'page', schema: { type: 'integer' } }],
        get: operation({ allOf: [{ $ref: '#/components/schemas/User' }, { type: 'object', properties: { name: string } }] }),
      },
      '/users': { get: operation({ type: 'array', items: { $ref: '#/components/schemas/User' } }) },
      '/gone': { get: operation({}) },
    },
  };
  const document = {
    paths: {
      '/api/users/{key}/': {
        get: {
          ...operation({ type: 'object', properties: { id: { type: 'number' }, name: string, extra: string } }, '201'),
          parameters: [{ in: 'query', name: 'page', schema: { type: 'string' } }],
        },
      },
      '/api/users': { get: operation({ type: 'array', items: user }) },
      '/api/health': { get: operation({}) },
      '/api/more': { get: operation({}) },
    },
  };
  const scores = compare(document, contract, '/api', ['GET /api/health']);
  assert.deepEqual(scores.operations, { wanted: 3, found: 3, right: 2, missed: ['GET /api/gone'], extra: ['GET /api/more'] });
  const { right, missed, extra } = scores.responseProperties;
  assert.equal(right, 5);
  assert.deepEqual(missed, ['GET /api/users/{} address', 'GET /api/users/{} address.city']);
  assert.deepEqual(extra, ['GET /api/users/{} extra']);
  assert.deepEqual(scores.successStatuses.missed, ['GET /api/users/{} 200']);
  assert.equal(scores.query.right, 1);
  // `page` differs, `id` is a number for an integer, `name`, `id`, `address` and `address.city` agree.
  assert.deepEqual(scores.types, { of: 6, right: 4.5 });
});

test('a body that a contract leaves open counts neither way, and an envelope that a person has seen is looked into', () => {
  const paths = (schema: object, other: object) => ({ '/open': { get: operation(other) }, '/kept': { get: operation(schema) } });
  const contract = { paths: paths(user, { type: 'object' }) };
  const wrapped = { type: 'object', properties: { data: user, meta: { type: 'object' } } };
  const document = { paths: paths(wrapped, user) };
  const plain = compare(document, contract, '').responseProperties;
  assert.deepEqual([plain.wanted, plain.found, plain.right], [3, 5, 0]);
  const { wanted, found, right, extra } = compare(document, contract, '', [], 'data').responseProperties;
  assert.deepEqual([wanted, found, right], [3, 4, 3]);
  assert.deepEqual(extra, ['GET /kept meta']);
});

test('a list of itself, as JSON values are described, ends', () => {
  const Value = { anyOf: [string, { type: 'array', items: { $ref: '#/components/schemas/Value' } }] };
  const contract = {
    components: { schemas: { Value } },
    paths: { '/a': { get: operation({ $ref: '#/components/schemas/Value' }) } },
  };
  assert.deepEqual(compare(contract, contract, '').operations.right, 1);
});

test('a contract in Swagger 2 is counted as what OpenAPI says', () => {
  const contract = asOpenApi({
    swagger: '2.0',
    basePath: '/v1/',
    paths: {
      '/users': {
        parameters: [{ in: 'query', name: 'dry', type: 'boolean' }],
        post: {
          parameters: [{ in: 'body', name: 'user', schema: { $ref: '#/definitions/User' } }],
          responses: { 201: { schema: { $ref: '#/definitions/User' } }, 400: { description: 'bad' } },
        },
      },
    },
    definitions: { User: { type: 'object', properties: { name: { type: 'string' } } } },
  });
  const user = { content: { 'application/json': { schema: { type: 'object', properties: { name: { type: 'string' } } } } } };
  const parameters = [{ in: 'query', name: 'dry', schema: { type: 'boolean' } }];
  const document = { paths: { '/v1/users': { post: { parameters, requestBody: user, responses: { 201: user, 400: {} } } } } };
  const [{ url } = { url: '' }] = contract.servers as { url: string }[];
  const scores = compare(document, contract, url);
  const { operations, query, requestProperties, responseProperties, errorStatuses, types } = scores;
  for (const one of [operations, query, requestProperties, responseProperties, errorStatuses])
    assert.deepEqual([one.wanted, one.found, one.right], [1, 1, 1]);
  assert.deepEqual(types, { of: 3, right: 3 });
});
