/** Descriptions in several files: findings stand where the mistake is, and one fix mends every file it concerns. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rules } from '../rulesets/index.ts';
import { defaultConfig } from '../server/core/config.ts';
import { createLintel } from '../server/core/create.ts';
import { memoryHost } from '../server/core/host.ts';

const folder = 'file:///clinic';

/** Findings of one rule before and after its fixes, as `file: marked text`, and the files after them. */
async function mend(rule: string, root: string, files: Record<string, string>) {
  const disk = Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]));
  const settings = { ...defaultConfig, ruleset: `${folder}/.spectral.yaml` };
  const check = async (on: Record<string, string>) => {
    const lintel = createLintel(memoryHost({ ...on, [settings.ruleset]: 'extends: lintel:strict' }), rules);
    const found = (await lintel.check(`${folder}/${root}`, settings)).filter((finding) => finding.rule === rule);
    const result = await lintel.fixAll(`${folder}/${root}`, settings, { rule, unsafe: true });
    const places = found.map(({ uri, start, end }) => `${uri.slice(folder.length + 1)}: ${on[uri]?.slice(start, end)}`);
    return { places, texts: Object.fromEntries(result.texts) };
  };
  const before = await check(disk);
  const after = await check({ ...disk, ...before.texts });
  const changed = Object.entries(before.texts).map(([uri, text]) => [uri.slice(folder.length + 1), text]);
  return { before: before.places, after: after.places, changed: Object.fromEntries(changed) };
}

const api = `openapi: 3.1.0
info: { title: Clinic, version: 1.0.0 }
paths:
  /pets: { $ref: paths/pets.yaml }
  /owners: { $ref: paths/owners.json }
`;

test('a component is added to the description, and its other files refer to it there', async () => {
  const result = await mend('rate-limit-response', 'api.yaml', {
    'api.yaml': api,
    'paths/pets.yaml': "get: # all\n  responses:\n    '200': { description: The pets. }\n",
    'paths/owners.json': '{"get":{"responses":{"200":{"description":"The owners."}}}}',
  });
  assert.deepEqual(result, {
    before: ['api.yaml: paths'],
    after: [],
    changed: {
      'api.yaml': `${api}components:
  responses:
    TooManyRequests:
      description: Too many requests.
      headers:
        Retry-After:
          description: Seconds to wait before the next request.
          schema:
            type: integer
            minimum: 0
`,
      'paths/pets.yaml': `get: # all
  responses:
    '200': { description: The pets. }
    '429':
      $ref: ../api.yaml#/components/responses/TooManyRequests
`,
      'paths/owners.json':
        '{"get":{"responses":{"200":{"description":"The owners."},"429":{"$ref":"../api.yaml#/components/responses/TooManyRequests"}}}}',
    },
  });
});

test('what stands for an operation in another file refers to the description too', async () => {
  const result = await mend('rate-limit-response', 'api.yaml', {
    'api.yaml': 'openapi: 3.1.0\ninfo: { title: Clinic, version: 1.0.0 }\npaths:\n  /pets: { get: { $ref: paths/get.yaml } }\n',
    'paths/get.yaml': "responses:\n  '200': { description: The pets. }\n",
  });
  assert.deepEqual([result.before, result.after], [['api.yaml: get'], []]);
  assert.match(
    result.changed['paths/get.yaml'] ?? '',
    /'429':\n {4}\$ref: \.\.\/api\.yaml#\/components\/responses\/TooManyRequests\n/,
  );
});

test('a single use in another file refers to the description too', async () => {
  const result = await mend('idempotency-key-required', 'api.yaml', {
    'api.yaml': api,
    'paths/pets.yaml': "post:\n  responses:\n    '201': { description: The pet. }\n    4XX: { description: Refused. }\n",
    'paths/owners.json': '{}',
  });
  assert.deepEqual([result.before, result.after], [['paths/pets.yaml: post'], []]);
  assert.deepEqual(Object.keys(result.changed).sort(), ['api.yaml', 'paths/pets.yaml']);
  assert.match(result.changed['paths/pets.yaml'] ?? '', /- \$ref: \.\.\/api\.yaml#\/components\/parameters\/IdempotencyKey\n/);
});

test('a component that many use is reported and mended once, in its file', async () => {
  const common = 'Busy:\n  description: Too many requests. # at once\n';
  const use = (name: string) => `get:\n  responses:\n    '429': { $ref: ../common.yaml#/${name} }\n`;
  const result = await mend('rate-limit-retry-after', 'api.yaml', {
    'api.yaml': api,
    'paths/pets.yaml': use('Busy'),
    'paths/owners.json': '{ "get": { "responses": { "429": { "$ref": "../common.yaml#/Busy" } } } }',
    'common.yaml': common,
  });
  assert.deepEqual([result.before, result.after], [['common.yaml: Busy'], []]);
  assert.match(
    result.changed['common.yaml'] ?? '',
    /^Busy:\n  description: Too many requests\. # at once\n  headers:\n    Retry-After:\n/,
  );
});

test('messages in a file of their own are mended there', async () => {
  const result = await mend('message-correlation-id', 'events.yaml', {
    'events.yaml': `asyncapi: 3.0.0
info: { title: Clinic, version: 1.0.0 }
channels:
  visits:
    messages:
      VisitBooked: { $ref: messages.yaml#/VisitBooked }
      VisitCancelled: { $ref: messages.yaml#/VisitCancelled }
`,
    'messages.yaml': 'VisitBooked:\n  payload: { type: object }\nVisitCancelled:\n  payload: { type: object }\n',
  });
  assert.deepEqual(
    [result.before, result.after, Object.keys(result.changed)],
    [['events.yaml: channels'], [], ['messages.yaml']],
  );
});

test('a reference that leads nowhere silences what would rest on it', async () => {
  const result = await mend('not-found-response', 'api.yaml', { 'api.yaml': api.replace('/pets', '/pets/{id}') });
  assert.deepEqual(result, { before: [], after: [], changed: {} });
});

test('a component is added where the others are, and a parameter where the operation is written out', async () => {
  const result = await mend('idempotency-key-required', 'api.yaml', {
    'api.yaml': `openapi: 3.1.0
info: { title: Clinic, version: 1.0.0 }
paths: { $ref: paths.yaml }
components:
  parameters: { $ref: parameters.yaml }
`,
    'paths.yaml': `/pets:
  post: { $ref: createPet.yaml }
/owners:
  post: { $ref: createOwner.yaml }
`,
    'createPet.yaml': "responses:\n  '201': { description: The pet. }\n",
    'createOwner.yaml': "responses:\n  '201': { description: The owner. }\n",
    'parameters.yaml': 'Limit:\n  { name: limit, in: query, schema: { type: integer } }\n',
  });
  const parameters = 'parameters:\n  - $ref: ./parameters.yaml#/IdempotencyKey\n';
  assert.deepEqual(result.after, []);
  assert.equal(Object.hasOwn(result.changed, 'paths.yaml'), false);
  assert.match(result.changed['parameters.yaml'] ?? '', /^IdempotencyKey:\n  name: Idempotency-Key$/m);
  for (const file of ['createPet.yaml', 'createOwner.yaml']) assert.ok(result.changed[file]?.includes(parameters), file);
});
