/** Files of other hosts: not asked for without consent, followed when they have come, said when they do not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rules } from '../../rulesets/index.ts';
import { type Config, defaultConfig } from '../../server/core/config.ts';
import { createLintel } from '../../server/core/create.ts';
import { type Fetch, memoryHost } from '../../server/core/host.ts';

const uri = 'file:///p/openapi.yaml';
const document = `openapi: 3.1.0
info: { title: Clinic, version: 1.0.0 }
paths:
  /pets:
    get:
      operationId: listPets
      responses:
        '200':
          description: Pets.
          content:
            application/json:
              schema: { $ref: https://schemas.example.com/pets.yaml#/Pets }
              example: [{ id: one }]
        '404':
          description: None.
          content:
            application/json:
              schema: { $ref: https://schemas.example.com/pets.yaml#/Missing }
`;
const pets = `Pets: { type: array, items: { $ref: 'parts/pet.yaml' } }\n`;
const pet = `type: object\nproperties: { id: { type: integer } }\n`;

const web: Readonly<Record<string, string>> = {
  'https://schemas.example.com/pets.yaml': pets,
  'https://schemas.example.com/parts/pet.yaml': pet,
  'https://rules.example.com/base.yaml': 'extends: spectral:oas\nrules:\n  operation-tags: error\n',
};

/** A web of these files that notes what it is asked. */
function webOf(files: Readonly<Record<string, string>>, moved: Readonly<Record<string, string>> = {}) {
  const asked: string[] = [];
  const fetch: Fetch = async (url) => {
    asked.push(url);
    const location = moved[url];
    if (location !== undefined) return { status: 302, location, text: '' };
    const text = files[url];
    return text === undefined ? { status: 404, text: 'Not found' } : { status: 200, text };
  };
  return { asked, fetch };
}

async function findingsOf(fetch: Fetch | undefined, remoteHosts: string[], files: Record<string, string> = {}) {
  const host = { ...memoryHost({ [uri]: document, ...files }), ...(fetch && { fetch }) };
  const lintel = createLintel(host, rules);
  const config: Config = { ...defaultConfig, remoteHosts };
  let findings = await lintel.check(uri, config);
  while (await lintel.arrivals()) findings = await lintel.check(uri, config);
  return findings;
}

const messages = (findings: Awaited<ReturnType<typeof findingsOf>>, rule: string) =>
  findings.filter((finding) => finding.rule === rule).map(({ message }) => message);

test('remote: nothing is fetched without consent, which one finding for each host asks for', async () => {
  const { asked, fetch } = webOf(web);
  const findings = await findingsOf(fetch, []);
  assert.deepEqual(asked, []);
  const [finding, ...others] = findings.filter(({ rule }) => rule === 'remote');
  assert.ok(finding);
  assert.equal(others.length, 0);
  assert.equal(finding.host, 'schemas.example.com');
  assert.equal(document.slice(finding.start, finding.end), 'https://schemas.example.com/pets.yaml#/Pets');
  assert.match(finding.message, /unless you allow it.* 2 references lead there\.$/);
  assert.deepEqual(messages(findings, 'reference'), []);
});

test('remote: with consent references are followed, from file to file, and what is wrong behind them is seen here', async () => {
  const { asked, fetch } = webOf(web);
  const findings = await findingsOf(fetch, ['schemas.example.com']);
  assert.deepEqual(asked, ['https://schemas.example.com/pets.yaml', 'https://schemas.example.com/parts/pet.yaml']);
  assert.deepEqual(messages(findings, 'remote'), []);
  assert.deepEqual(messages(findings, 'reference'), [
    '`https://schemas.example.com/pets.yaml#/Missing` leads nowhere: the document has no `Missing`.',
  ]);
  assert.match(messages(findings, 'example-matches-schema').join(), /`id` is the string `one`; it must be a whole number/);
  assert.ok(findings.every((finding) => finding.uri === uri));
});

test('remote: what does not come is said once, with the reason', async () => {
  const offline: Fetch = async () => {
    throw new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND schemas.example.com') });
  };
  assert.deepEqual(messages(await findingsOf(offline, ['schemas.example.com']), 'remote'), [
    '`https://schemas.example.com/pets.yaml` cannot be fetched: getaddrinfo ENOTFOUND schemas.example.com. 2 references lead there.',
  ]);
  const { fetch } = webOf({});
  assert.match(messages(await findingsOf(fetch, ['schemas.example.com']), 'remote').join(), /the server answered 404\./);
  assert.match(messages(await findingsOf(undefined, ['schemas.example.com']), 'remote').join(), /this program cannot fetch\./);
});

test('remote: a redirect leads only to hosts that are allowed, and ends', async () => {
  const moved = { 'https://schemas.example.com/pets.yaml': 'https://other.example.com/pets.yaml' };
  const { fetch, asked } = webOf({ 'https://other.example.com/pets.yaml': pets }, moved);
  assert.match(messages(await findingsOf(fetch, ['schemas.example.com']), 'remote').join(), /leads on to `other\.example\.com`/);
  assert.deepEqual(asked, ['https://schemas.example.com/pets.yaml']);
  const round = webOf({}, { 'https://schemas.example.com/pets.yaml': '/pets.yaml' });
  assert.match(messages(await findingsOf(round.fetch, ['schemas.example.com']), 'remote').join(), /led on without end/);
});

test('remote: a ruleset by URL counts when its host is allowed', async () => {
  const { fetch } = webOf(web);
  const ruleset = { 'file:///p/.spectral.yaml': 'extends: https://rules.example.com/base.yaml\n' };
  const refused = (await findingsOf(fetch, [], ruleset)).find(({ rule }) => rule === 'ruleset');
  assert.equal(refused?.host, 'rules.example.com');
  assert.match(refused?.message ?? '', /Nothing is fetched from `rules\.example\.com` unless you allow it/);
  const findings = await findingsOf(fetch, ['rules.example.com'], ruleset);
  assert.deepEqual(messages(findings, 'ruleset'), []);
  assert.equal(findings.find(({ rule }) => rule === 'operation-tags')?.severity, 'error');
});

test('remote: JavaScript of another host is never run', async () => {
  const script = 'https://rules.example.com/rules.js';
  const { fetch } = webOf({ [script]: 'module.exports = {};' });
  const findings = await findingsOf(fetch, ['rules.example.com'], { 'file:///p/.spectral.yaml': `extends: ${script}\n` });
  assert.match(messages(findings, 'ruleset').join(), /JavaScript of another host, which is never run/);
});

test('remote: who listens is told when a file has come, and a check then says more', async () => {
  const { fetch } = webOf(web);
  const lintel = createLintel({ ...memoryHost({}), fetch }, rules);
  const config: Config = { ...defaultConfig, remoteHosts: ['schemas.example.com'] };
  let told = 0;
  lintel.onArrival(() => told++);
  lintel.open(uri, document, 1, 'yaml');
  assert.deepEqual(messages(await lintel.check(uri, config), 'reference'), []);
  while (await lintel.arrivals()) await lintel.check(uri, config);
  assert.equal(told, 2);
  assert.equal(messages(await lintel.check(uri, config), 'reference').length, 1);
});

test('remote: of two documents that allow different hosts, neither has what the other asked for fetched again, nor sees it', async () => {
  const { asked, fetch } = webOf(web);
  const lintel = createLintel({ ...memoryHost({}), fetch }, rules);
  const other = 'file:///q/openapi.yaml';
  const config: Config = { ...defaultConfig, remoteHosts: ['schemas.example.com'] };
  for (const name of [uri, other]) lintel.open(name, document, 1, 'yaml');
  do {
    assert.equal(messages(await lintel.check(other, defaultConfig), 'remote').length, 1);
    await lintel.check(uri, config);
  } while ((await lintel.arrivals()) && asked.length < 10);
  assert.deepEqual(asked, ['https://schemas.example.com/pets.yaml', 'https://schemas.example.com/parts/pet.yaml']);
  assert.equal(messages(await lintel.check(uri, config), 'reference').length, 1);
});
