import assert from 'node:assert/strict';
import { type IncomingMessage, ServerResponse } from 'node:http';
import { test } from 'node:test';
import { sendProblem } from '../../snippets/errors/error-format.ts';

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
