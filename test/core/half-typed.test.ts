/** Code while it is typed: every rule over every state that a file goes through, and nothing said that rests on what is broken. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { rules } from '../../rulesets/index.ts';
import { defaultConfig } from '../../server/core/config.ts';
import { createLintel } from '../../server/core/create.ts';
import type { Finding } from '../../server/core/finding.ts';
import { memoryHost } from '../../server/core/host.ts';
import { parseCode } from '../../server/core/typescript/code.ts';

const folder = new URL('../sample/src/', import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith('.ts'));
const sources = Object.fromEntries(
  names.map((name) => [`file:///project/src/${name}`, readFileSync(new URL(name, folder), 'utf8').replaceAll('\r\n', '\n')]),
);

const lintel = createLintel(
  memoryHost({ 'file:///project/package.json': '{ "dependencies": { "express": "^4.21.0" } }', ...sources }),
  rules.filter(({ on }) => on === 'code'),
);

async function findings(uri: string, text: string): Promise<readonly Finding[]> {
  lintel.open(uri, text, 0);
  const found = await lintel.check(uri, defaultConfig);
  const crashed = found.filter(({ rule }) => rule === 'rule-failed');
  assert.deepEqual(crashed, [], `a rule fails at ${JSON.stringify(text.slice(-40))}`);
  return found;
}

/** A finding without regard to where edits have moved it. */
const key = ({ rule, message }: Finding) => `${rule}: ${message}`;

/** Offsets behind each run of word characters and each other character: the states between two keys that differ in tokens. */
function stops(text: string): number[] {
  return [...text.matchAll(/\w+|[^\w\s]/g)].map((match) => match.index + match[0].length);
}

/** What people have typed before a statement is whole. A brace too many is not among them: what it closes early is another program. */
const fragments = [
  'client.',
  'const r = await fetch(',
  'if (user.',
  'try {',
  'const text = `',
  'const { a, ',
  "app.post('/x', async (req, res) => {",
];

describe('half-typed code', () => {
  for (const [uri, text] of Object.entries(sources)) {
    test(`every prefix of ${uri.slice(uri.lastIndexOf('/') + 1)}`, async () => {
      const whole = new Set((await findings(uri, text)).map(key));
      for (const stop of stops(text)) {
        const prefix = text.slice(0, stop);
        const { errors } = parseCode(uri, prefix);
        if (errors.length === 0) continue;
        const added = (await findings(uri, prefix)).filter((finding) => !whole.has(key(finding)));
        assert.deepEqual(added.map(key), [], `after ${JSON.stringify(prefix.slice(-60))}`);
      }
      await findings(uri, text);
    });

    test(`a half-typed statement anywhere in ${uri.slice(uri.lastIndexOf('/') + 1)}`, async () => {
      const whole = new Set((await findings(uri, text)).map(key));
      const lines = text.split('\n');
      for (const [at] of lines.entries()) {
        for (const fragment of fragments) {
          const typed = lines.toSpliced(at, 0, fragment).join('\n');
          if (parseCode(uri, typed).errors.length === 0) continue;
          const added = (await findings(uri, typed)).filter((finding) => !whole.has(key(finding)));
          assert.deepEqual(added.map(key), [], `${JSON.stringify(fragment)} before line ${at + 1}`);
        }
      }
      await findings(uri, text);
    });
  }
});

test('of what no person has written nothing is said', async () => {
  const call = "fetch('https://pets.example/all').then((answer) => answer.json());";
  assert.notDeepEqual(await findings('file:///project/src/pets.js', `import 'node:fs';\n${call}\n`), []);
  assert.deepEqual(await findings('file:///project/src/bundle.js', `import 'node:fs';${call.repeat(400)}`), []);
});
