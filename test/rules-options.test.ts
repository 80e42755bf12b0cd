/** Options of rules: what they change in findings and mends. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rules } from '../rulesets/index.ts';
import { defaultConfig } from '../server/core/config.ts';
import { createLintel } from '../server/core/create.ts';
import { memoryHost } from '../server/core/host.ts';

const uri = 'file:///project/api.yaml';

async function run(rule: string, options: Readonly<Record<string, unknown>>, text: string) {
  const config = { ...defaultConfig, ruleset: 'file:///project/.spectral.yaml', ruleOptions: { [rule]: options } };
  const lintel = createLintel(memoryHost({ [uri]: text, [config.ruleset]: 'extends: lintel:strict' }), rules);
  const found = (await lintel.check(uri, config)).filter((finding) => finding.rule === rule);
  const { texts } = await lintel.fixAll(uri, config, { rule, unsafe: true });
  return { messages: found.map(({ message }) => message), fixed: texts.get(uri) };
}

const failing = `openapi: 3.1.0
info: { title: Pets, version: 1.0.0 }
paths:
  /pets:
    get:
      responses:
        '500':
          description: It did not work.
          content:
            application/json:
              schema:
`;

test('error-problem-details: an envelope by the name of its member is added, and then accepted', async () => {
  const { messages, fixed = '' } = await run(
    'error-problem-details',
    { envelope: 'error' },
    `${failing}                type: string\n`,
  );
  assert.deepEqual(messages, ['This error body is `application/json` of its own shape; use `error`.']);
  assert.match(fixed, /\n {16}\$ref: '#\/components\/schemas\/Error'\ncomponents:\n {2}schemas:\n {4}Error:\n/);
  assert.deepEqual(await run('error-problem-details', { envelope: 'error' }, fixed), { messages: [], fixed: undefined });
});

test('error-problem-details: an envelope by the name of a component is used', async () => {
  const components = 'components:\n  schemas:\n    Fault:\n      type: object\n';
  const { messages, fixed } = await run(
    'error-problem-details',
    { envelope: 'Fault' },
    `${failing}                type: string\n${components}`,
  );
  assert.deepEqual(messages, ['This error body is `application/json` of its own shape; use `Fault`.']);
  assert.equal(fixed, `${failing}                $ref: '#/components/schemas/Fault'\n${components}`);
});

test('path-nesting-depth: the maximum', async () => {
  const text =
    'openapi: 3.1.0\ninfo: {title: a, version: 1.0.0}\npaths:\n  /a/{a}/b/{b}:\n    get: {responses: {default: {description: a}}}\n';
  assert.deepEqual((await run('path-nesting-depth', {}, text)).messages, []);
  assert.equal((await run('path-nesting-depth', { maximum: 1 }, text)).messages.length, 1);
  assert.equal((await run('path-nesting-depth', { maximum: 'one' }, text)).messages.length, 0);
});
