import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import manifest from '../../package.json' with { type: 'json' };
import { run } from '../../server/cli.ts';
import { selectFiles } from '../../server/files.ts';
import { nodeHost } from '../../server/host.ts';

type Files = Readonly<Record<string, string>>;

/** A folder with these files that is gone after the test. */
function folder(t: TestContext, files: Files = {}): string {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'lintel-')));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  for (const [name, content] of Object.entries({ '.git/HEAD': '', ...files })) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), content);
  }
  return path;
}

async function lintel(cwd: string, argv: readonly string[], stdin = ''): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const code = await run(argv, {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    readStdin: async () => stdin,
    cwd,
  });
  return { code, out, err };
}

const insecure = `openapi: 3.1.0
info: { title: Pets, version: 1.0.0 }
servers:
  - url: http://api.example.com
paths: {}
`;

const unmended = `openapi: 3.1.0
info: { title: Pets, version: 1.0.0 }
paths:
  /pets/{id}:
    get:
      responses:
        '429':
          description: Slow down
`;

interface Entry {
  readonly rule: string;
  readonly file: string;
  readonly range: { readonly start: { readonly line: number; readonly column: number } };
}

const rulesOf = (out: string, rule: string) => (JSON.parse(out) as Entry[]).filter((entry) => entry.rule === rule);

const failures: readonly [argv: string, err: string][] = [
  ['', 'lintel: No command. Run `lintel --help` for usage.\n'],
  ['fly', 'lintel: Unknown command `fly`. Run `lintel --help` for usage.\n'],
  ['chekc', 'lintel: Unknown command `chekc`; did you mean `check`? Run `lintel --help` for usage.\n'],
  ['check --format yaml', 'lintel: `--format` cannot be `yaml`. Use one of text, json, sarif, junit, github.\n'],
  ['check --fail-on fatal', 'lintel: `--fail-on` cannot be `fatal`. Use one of error, warn, info, hint, never.\n'],
  ['check --rule a', 'lintel: `--rule a` is not `id=severity`. Use one of error, warn, info, hint, off as the severity.\n'],
  [
    'check --rule no-rule=off',
    'lintel: There is no rule `no-rule`, neither built in nor in a ruleset. Run `lintel rules` for the list.\n',
  ],
  ['check --ruleset no.yaml', 'lintel: Cannot read the ruleset `no.yaml`. Check the path given to `--ruleset`.\n'],
  ['check --unsafe', 'lintel: `--unsafe` says which fixes to apply. Add `--fix`.\n'],
  ['check --stdin', 'lintel: `--stdin` and `--stdin-filename` go together. Give both.\n'],
  ['check --stdin --stdin-filename a.yaml b.yaml', 'lintel: `--stdin` takes no paths. Leave out one or the other.\n'],
  ['check no.yaml src/*.ts', 'lintel: Nothing found at `no.yaml`, `src/*.ts`. Check the spelling, and quote globs.\n'],
  [
    'generate',
    'lintel: `lintel generate` needs a kind. Run `lintel generate openapi src/app.ts`, or `lintel generate asyncapi src`.\n',
  ],
  ['generate openapi no.ts', 'lintel: Cannot read `no.ts`. Name the files that create the application.\n'],
  [
    'new raml',
    'lintel: `lintel new` needs a kind, and a part its name. Run `lintel new openapi`, `asyncapi`, `resource orders`, `webhook order.paid` or `event order.paid`.\n',
  ],
  [
    'explain server-htps',
    'lintel: There is no built-in rule `server-htps`; did you mean `server-https`? Run `lintel rules` for the list.\n',
  ],
  ['explain no-such-rule', 'lintel: There is no built-in rule `no-such-rule`. Run `lintel rules` for the list.\n'],
];
for (const [argv, err] of failures) {
  test(`cannot run: lintel ${argv}`, async (t) => {
    assert.deepEqual(await lintel(folder(t), argv.split(' ').filter(Boolean)), { code: 2, out: '', err });
  });
}

test('an unknown option says where help is', async (t) => {
  const { code, out, err } = await lintel(folder(t), ['check', '--colour']);
  assert.deepEqual({ code, out }, { code: 2, out: '' });
  assert.equal(err, "lintel: Unknown option '--colour'. Run `lintel --help` for usage.\n");
});

test('--help and --version', async (t) => {
  const cwd = folder(t);
  const whole = (await lintel(cwd, ['--help'])).out;
  assert.match(whole, /^Lintel [\s\S]*\n\nUsage\n/);
  const commands = [...whole.matchAll(/^ {2}lintel ([a-z]+)/gm)].map(([, command]) => command as string);
  assert.deepEqual(commands, ['check', 'generate', 'new', 'code', 'rules', 'explain']);
  for (const command of commands) {
    const { code, out, err } = await lintel(cwd, [command, '--help']);
    const about = [...out.matchAll(/^ {2}lintel ([a-z]+)/gm)].map(([, name]) => name);
    assert.deepEqual({ code, err, about }, { code: 0, err: '', about: [command] });
  }
  assert.deepEqual(await lintel(cwd, ['help', 'check']), await lintel(cwd, ['check', '--help']));
  assert.deepEqual(await lintel(cwd, ['--version']), { code: 0, out: `${manifest.version}\n`, err: '' });
});

const trees: readonly [
  name: string,
  files: Files,
  args: readonly string[],
  found: readonly string[],
  missing?: readonly string[],
][] = [
  ['a folder', { 'a.yaml': '', 'b.txt': '', 'sub/c.TS': '', 'sub/d.jsonc': '' }, ['.'], ['a.yaml', 'sub/c.TS', 'sub/d.jsonc']],
  ['nothing to check', { 'b.txt': '' }, ['.'], []],
  ['a glob', { 'a.yaml': '', 'sub/b.yaml': '', 'sub/c.txt': '' }, ['sub/*'], ['sub/b.yaml']],
  ['skipped folders', { 'node_modules/a.js': '', 'x/dist/b.js': '', 'c.js': '' }, ['.'], ['c.js']],
  [
    '.gitignore',
    { '.gitignore': 'a.*\n/out/\n', 'a.ts': '', 'sub/a.ts': '', 'out/b.ts': '', 'sub/out/c.ts': '' },
    ['.'],
    ['sub/out/c.ts'],
  ],
  [
    'a nearer .gitignore',
    { '.gitignore': '*.ts\n', 'a.ts': '', 'sub/.gitignore': '!b.ts\n', 'sub/b.ts': '' },
    ['.'],
    ['sub/b.ts'],
  ],
  [
    'nothing comes back from an ignored folder',
    { '.gitignore': 'out\n', 'out/.gitignore': '!a.ts\n', 'out/a.ts': '' },
    ['.'],
    [],
  ],
  [
    '.gitignore above the folder that is searched',
    { '.gitignore': 'sub/a.ts\n', 'sub/a.ts': '', 'sub/b.ts': '' },
    ['sub'],
    ['sub/b.ts'],
  ],
  ['a named file, though ignored', { '.gitignore': 'a.ts\n', 'a.ts': '' }, ['a.ts', './a.ts'], ['a.ts']],
  ['a named file with glob characters', { '[id].ts': '' }, ['[id].ts'], ['[id].ts']],
  ['what is missing', { 'a.ts': '' }, ['a.ts', 'b.ts', '*.yaml'], ['a.ts'], ['b.ts', '*.yaml']],
];
for (const [name, files, args, found, missing = []] of trees) {
  test(`files: ${name}`, async (t) => {
    const cwd = folder(t, files);
    const selection = await selectFiles(args, cwd);
    const names = selection.files.map((file) => relative(cwd, file).replaceAll(sep, '/'));
    assert.deepEqual({ found: names, missing: selection.missing }, { found, missing });
  });
}

test('host: what is not there is undefined, false or empty', () => {
  for (const uri of ['file:///no/such/file', 'untitled:Untitled-1', 'https://example.com/a.yaml', 'no uri']) {
    assert.equal(nodeHost.read(uri), undefined);
    assert.equal(nodeHost.isFile(uri), false);
    assert.equal(nodeHost.isDirectory(uri), false);
    assert.deepEqual(nodeHost.list(uri), []);
  }
});

test('host: files, folders and modules', async (t) => {
  const cwd = folder(t, { 'a b.yaml': 'x', 'r.mjs': 'export default 1;', 'r.cjs': 'module.exports = 2;' });
  const uri = (name: string) => pathToFileURL(join(cwd, name)).href;
  assert.equal(nodeHost.read(uri('a b.yaml')), 'x');
  assert.equal(nodeHost.isFile(uri('a b.yaml')), true);
  assert.equal(nodeHost.isDirectory(uri('')), true);
  assert.deepEqual([...nodeHost.list(uri(''))].sort(), ['.git', 'a b.yaml', 'r.cjs', 'r.mjs']);
  assert.equal(await nodeHost.evaluate?.(uri('r.mjs')), 1);
  assert.equal(await nodeHost.evaluate?.(uri('r.cjs')), 2);
});

test('host: a module that remembers is told from one that does not, and forgets when it is evaluated anew', async (t) => {
  const cwd = folder(t, {
    'package.json': '{}',
    'seen.js':
      'const seen = new Set();\nmodule.exports = (word) => {\n  const size = seen.size;\n  seen.add(word);\n  return size;\n};\n',
    'r.js': "const seen = require('./seen.js');\nmodule.exports = (word) => seen(word);\n",
    'plain.js': 'const words = [];\nmodule.exports = (word) => words.includes(word);\n',
  });
  const uri = (name: string) => pathToFileURL(join(cwd, name)).href;
  const evaluate = async (name: string, anew: boolean) =>
    (await nodeHost.evaluate?.(uri(name), undefined, anew)) as (word: string) => number;
  const first = await evaluate('r.js', false);
  assert.deepEqual([first('a'), first('b')], [0, 1]);
  assert.equal(nodeHost.keepsState?.(uri('r.js')), true);
  assert.equal((await evaluate('r.js', true))('a'), 0);
  await evaluate('plain.js', false);
  assert.equal(nodeHost.keepsState?.(uri('plain.js')), false);
});

test('host: a module whose package does not say of which kind it is brings no advice from Node', async (t) => {
  const warnings: string[] = [];
  const note = (warning: Error) => warnings.push(String(warning));
  process.on('warning', note);
  t.after(() => process.off('warning', note));
  const cwd = folder(t, { 'package.json': '{}', 'r.js': "import { sep } from 'node:path';\nexport default sep;\n" });
  assert.equal(await nodeHost.evaluate?.(pathToFileURL(join(cwd, 'r.js')).href), sep);
  process.emitWarning('seen');
  await setImmediate();
  assert.deepEqual(warnings, ['Warning: seen']);
});

test('check: a finding in a folder', async (t) => {
  const cwd = folder(t, { 'api/pets.yaml': insecure, 'other.yaml': 'a: 1\n' });
  const { out, code, err } = await lintel(cwd, [
    'check',
    '--format',
    'json',
    '--rule',
    'server-https=error',
    '--fail-on',
    'error',
  ]);
  const [entry] = rulesOf(out, 'server-https');
  assert.deepEqual(
    { code, err, file: entry?.file, line: entry?.range.start.line },
    { code: 1, err: '', file: 'api/pets.yaml', line: 4 },
  );
});

test('check: nothing to find', async (t) => {
  const cwd = folder(t, { 'fine.ts': 'export {};\n' });
  assert.deepEqual(await lintel(cwd, ['check']), { code: 0, out: 'No findings.\n', err: '' });
});

test('check: nothing to look at is said, because it looks like a clean run', async (t) => {
  const cwd = folder(t, { 'other.yaml': 'a: 1\n' });
  const { code, out, err } = await lintel(cwd, ['check']);
  assert.deepEqual({ code, out }, { code: 0, out: 'No findings.\n' });
  assert.match(err, /^lintel: Nothing was checked: /);
});

test('check: --fail-on never and --rule off', async (t) => {
  const cwd = folder(t, { 'pets.yaml': insecure });
  const { out, code } = await lintel(cwd, ['check', '--format', 'json', '--rule', 'server-https=off', '--fail-on', 'never']);
  assert.deepEqual({ code, found: rulesOf(out, 'server-https') }, { code: 0, found: [] });
});

test('check: --rule knows the rules of Spectral and of the ruleset in force', async (t) => {
  const own = 'rules: { my-rule: { given: $.info, severity: warn, then: { field: contact, function: truthy } } }\n';
  const cwd = folder(t, { 'pets.yaml': insecure, 'sub/.spectral.yaml': own, 'sub/pets.yaml': insecure });
  const argv = ['check', '--format', 'json', '--rule', 'my-rule=error', '--rule', 'info-contact=hint', '--fail-on', 'error'];
  const { code, out, err } = await lintel(cwd, argv);
  assert.deepEqual({ code, err, file: rulesOf(out, 'my-rule')[0]?.file }, { code: 1, err: '', file: 'sub/pets.yaml' });
});

test('check: a broken ruleset is no result', async (t) => {
  const cwd = folder(t, { 'pets.yaml': insecure, '.spectral.yaml': 'extends: lintel:no-such-ruleset\n' });
  const { code, out, err } = await lintel(cwd, ['check', '--fix']);
  assert.deepEqual({ code, out }, { code: 2, out: '' });
  assert.match(err, /^lintel: Cannot use the ruleset \.spectral\.yaml:1:\d+: .* Mend the ruleset, or name another\.\n$/);
});

test('check: stdin stands before the file it is named after', async (t) => {
  const cwd = folder(t, { 'pets.yaml': 'openapi: 3.1.0\n' });
  const argv = ['check', '--stdin', '--stdin-filename', 'pets.yaml', '--format', 'json'];
  const { out } = await lintel(cwd, argv, insecure);
  assert.deepEqual(
    rulesOf(out, 'server-https').map((entry) => entry.file),
    ['pets.yaml'],
  );
});

test('check: --fix mends in place, says so, and is done', async (t) => {
  const cwd = folder(t, { 'pets.yaml': unmended });
  const argv = ['check', '--fix', '--unsafe', '--format', 'json', '--fail-on', 'never'];
  const first = await lintel(cwd, argv);
  assert.match(
    first.err,
    /^(?:Mended pets\.yaml: .+ \([a-z-]+\)\n)*Mended pets\.yaml: .+ \(rate-limit-retry-after\)\n\d+ mended\.\n$/,
  );
  assert.deepEqual(rulesOf(first.out, 'rate-limit-retry-after'), []);
  const mended = readFileSync(join(cwd, 'pets.yaml'), 'utf8');
  assert.match(mended, /Retry-After/);
  assert.deepEqual(await lintel(cwd, argv), { code: 0, out: first.out, err: 'Nothing to mend.\n' });
  assert.equal(readFileSync(join(cwd, 'pets.yaml'), 'utf8'), mended);
});

test('check: --fix alone leaves suggestions', async (t) => {
  const cwd = folder(t, { 'pets.yaml': unmended });
  const { code, out, err } = await lintel(cwd, ['check', '--fix']);
  assert.deepEqual({ code, err }, { code: 1, err: 'Nothing to mend.\n' });
  assert.match(out, / Can be mended: 2 with --fix --unsafe\.\n$/);
  assert.equal(readFileSync(join(cwd, 'pets.yaml'), 'utf8'), unmended);
});

test('check: JSON says exactly what it promises', async (t) => {
  const cwd = folder(t, { 'api/pets.yaml': unmended });
  const { out } = await lintel(cwd, ['check', '--format', 'json']);
  assert.deepEqual(rulesOf(out, 'rate-limit-retry-after'), [
    {
      rule: 'rate-limit-retry-after',
      severity: 'warn',
      message: 'The 429 response does not say when to try again; add the `Retry-After` header.',
      file: 'api/pets.yaml',
      range: { start: { line: 7, column: 9 }, end: { line: 7, column: 14 } },
      path: ['paths', '/pets/{id}', 'get', 'responses', '429'],
      fix: { title: 'Add the Retry-After header', safety: 'suggestion' },
    },
  ]);
});

test('progress is for terminals', async (t) => {
  const files = Object.fromEntries(Array.from({ length: 3 }, (_, index) => [`${index}.yaml`, insecure]));
  const cwd = folder(t, files);
  let clock = 0;
  t.mock.method(performance, 'now', () => (clock += 600));
  for (const isTTY of [true, false]) {
    let err = '';
    const stderr = { isTTY, write: (text: string) => (err += text) };
    await run(['check'], { stdout: { write: () => {} }, stderr, readStdin: async () => '', cwd });
    assert.equal(err, isTTY ? '\r\x1b[KChecking 2 of 3\r\x1b[KChecking 3 of 3\r\x1b[K' : '');
  }
});

test('a reader that has gone changes neither stderr nor the exit code', async () => {
  const root = join(import.meta.dirname, '../..');
  const args = ['--import', './test/register.mjs', 'server/cli.ts', 'rules', '--format', 'json'];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const [code] = await once(child, 'close');
  assert.deepEqual({ code, err }, { code: 0, err: '' });
});

test('rules: sorted, as a table and as JSON', async (t) => {
  const cwd = folder(t);
  const listed = JSON.parse((await lintel(cwd, ['rules', '--format', 'json'])).out) as { id: string; summary: string }[];
  const ids = listed.map((rule) => rule.id);
  assert.deepEqual(ids, [...ids].sort());
  assert.ok(ids.includes('server-https'));
  const rows = (await lintel(cwd, ['rules'])).out.trimEnd().split('\n');
  assert.deepEqual(
    rows.map((row) => row.split(' ', 1)[0]),
    ids,
  );
});

test('explain: the page of a rule', async (t) => {
  const { code, out, err } = await lintel(folder(t), ['explain', 'server-https']);
  assert.deepEqual({ code, err, heading: out.split('\n', 1)[0] }, { code: 0, err: '', heading: '# server-https' });
});

test('new: prints a document, writes it, and overwrites nothing', async (t) => {
  const cwd = folder(t);
  const { out } = await lintel(cwd, ['new', 'openapi']);
  assert.match(out, /^openapi: /m);
  assert.deepEqual(await lintel(cwd, ['new', 'openapi', '-o', 'a.yaml']), { code: 0, out: '', err: 'Wrote a.yaml.\n' });
  assert.equal(readFileSync(join(cwd, 'a.yaml'), 'utf8'), out);
  const again = await lintel(cwd, ['new', 'asyncapi', '-o', 'a.yaml']);
  assert.deepEqual(again, {
    code: 2,
    out: '',
    err: 'lintel: `a.yaml` exists already. Choose another name, or remove it first.\n',
  });
  await lintel(cwd, ['new', 'asyncapi', '-o', 'b.json']);
  assert.ok('asyncapi' in (JSON.parse(readFileSync(join(cwd, 'b.json'), 'utf8')) as object));
});

test('generate: an Express application', async (t) => {
  const app = "import express from 'express';\nconst app = express();\napp.get('/pets', (req, res) => { res.json([]); });\n";
  const cwd = folder(t, { 'app.ts': app });
  const { code, out, err } = await lintel(cwd, ['generate', 'openapi', 'app.ts']);
  assert.equal(code, 0);
  assert.match(out, /^openapi: .*3\.1/m);
  assert.match(out, /\/pets/);
  assert.match(err, /^1 operation found\.$/m);
});

test('generate: the application of a folder is looked for, and one is to be named where there are several', async (t) => {
  const app = (path: string) =>
    `import express from 'express';\nconst app = express();\napp.get('${path}', (req, res) => { res.json([]); });\n`;
  const cwd = folder(t, { 'a/src/app.ts': app('/a'), 'b/app.ts': app('/b') });
  // A folder that holds itself, as some put it for their bundler.
  symlinkSync(join(cwd, 'a/src'), join(cwd, 'a/src/src'), 'junction');
  symlinkSync(cwd, join(cwd, 'a/all'), 'junction');
  const { code, out } = await lintel(cwd, ['generate', 'openapi', 'a']);
  assert.equal(code, 0);
  assert.match(out, /^ {2}\/a:$/m);
  assert.deepEqual(await lintel(cwd, ['generate', 'openapi']), {
    code: 2,
    out: '',
    err: 'lintel: `.` has 2 applications: `b/app.ts`, `a/src/app.ts`. Name the one to describe.\n',
  });
});

test('generate: a document of nothing is not written over a good one', async (t) => {
  const cwd = folder(t, { 'src/a.ts': 'export {};\n', 'api.yaml': 'openapi: 3.1.0\n' });
  for (const args of [['src'], ['src/a.ts'], ['src', '--into', 'api.yaml', '--write']]) {
    const { code, out, err } = await lintel(cwd, [
      'generate',
      'openapi',
      ...args,
      ...(args.length > 2 ? [] : ['-o', 'api.yaml']),
    ]);
    assert.deepEqual({ code, out }, { code: 2, out: '' });
    assert.match(err, /^src.*:1:1: .*\nlintel: Nothing was found to describe, so no document is written\./);
    assert.equal(readFileSync(join(cwd, 'api.yaml'), 'utf8'), 'openapi: 3.1.0\n');
  }
});

test('generate: what the sources of a folder send', async (t) => {
  const worker = `import { Queue } from 'bullmq';\nnew Queue('mails').add('welcome', { to: 'a' });\nnew Queue(process.argv[2]).add('x', {});\n`;
  const cwd = folder(t, { 'src/worker.ts': worker });
  const { code, out, err } = await lintel(cwd, ['generate', 'asyncapi', 'src']);
  assert.equal(code, 0);
  assert.match(out, /^asyncapi: 3\.0\.0$/m);
  assert.match(out, /address: mails/);
  assert.match(err, /^src\/worker\.ts:3:11: The queue is not known before the program runs/m);
  assert.match(err, /^1 operation found\.$/m);
});

test('generate: from samples, of files and of stdin', async (t) => {
  const cwd = folder(t, { 'a.txt': `curl https://api.example.com/pets/1 -H 'Authorization: Bearer secret'\n` });
  const { code, out, err } = await lintel(
    cwd,
    ['generate', '--from', 'a.txt', '--from', '-'],
    'curl https://api.example.com/owners',
  );
  assert.equal(code, 0);
  assert.match(out, /^ {2}\/pets\/\{petId\}:$/m);
  assert.match(out, /^ {2}\/owners:$/m);
  assert.doesNotMatch(out + err, /secret/);
  assert.match(err, /^a\.txt:1:1: `\/pets\/\{petId\}` is guessed/m);
  assert.match(err, /^2 operations found\.$/m);
  const missing = await lintel(cwd, ['generate', '--from', 'no.har']);
  assert.deepEqual([missing.code, missing.err.split('.')[0]], [2, 'lintel: Cannot read `no']);
});

test('generate: into a document, printed or written, with what either side lacks', async (t) => {
  const kept = 'openapi: 3.1.0 # ours\ninfo: { title: Pets, version: 1.0.0 }\npaths:\n  /old:\n    get:\n      responses: {}\n';
  const app = "import express from 'express';\nconst app = express();\napp.get('/pets', (req, res) => { res.json([]); });\n";
  const cwd = folder(t, { 'app.ts': app, 'api.yaml': kept });
  const args = ['generate', 'openapi', 'app.ts', '--into', 'api.yaml'];
  const printed = await lintel(cwd, args);
  assert.equal(printed.code, 0);
  assert.ok(printed.out.startsWith(kept) && printed.out.includes('\n  /pets:\n'));
  assert.match(printed.err, /^Added: `GET \/pets`\.$/m);
  assert.match(printed.err, /^api\.yaml:5:5: `GET \/old` is described, and the code does not show it\.$/m);
  assert.equal(readFileSync(join(cwd, 'api.yaml'), 'utf8'), kept);
  const written = await lintel(cwd, [...args, '--write']);
  assert.equal(written.out, '');
  assert.equal(readFileSync(join(cwd, 'api.yaml'), 'utf8'), printed.out);
  assert.match((await lintel(cwd, args)).err, /^Nothing to add\.$/m);
  assert.equal((await lintel(cwd, ['generate', 'openapi', 'app.ts', '--into', 'app.ts'])).code, 2);
});

test('new: a resource of its own, and one added to a document', async (t) => {
  const cwd = folder(t, {});
  await lintel(cwd, ['new', 'openapi', '--title', 'Shop', '--openapi', '3.2', '-o', 'api.yaml', 'orders']);
  const before = readFileSync(join(cwd, 'api.yaml'), 'utf8');
  assert.match(before, /^openapi: 3\.2\.0\ninfo:\n {2}title: Shop$/m);
  const { code, err } = await lintel(cwd, ['new', 'webhook', 'order.paid', '--into', 'api.yaml', '--write']);
  assert.equal(code, 0);
  assert.match(err, /^Added: Webhook `order\.paid`\.$/m);
  assert.match(readFileSync(join(cwd, 'api.yaml'), 'utf8'), /^webhooks:\n {2}order\.paid:$/m);
  assert.match((await lintel(cwd, ['new', 'event', 'order paid', '--receive'])).out, /^ {2}receiveOrderPaid:$/m);
  assert.equal((await lintel(cwd, ['new', 'resource'])).code, 2);
});

test('code: files for a document, none of them overwritten', async (t) => {
  const cwd = folder(t, {});
  await lintel(cwd, ['new', 'resource', 'orders', '-o', 'shop.yaml']);
  const { code, err } = await lintel(cwd, ['code', 'shop.yaml', '-o', 'src/api']);
  assert.equal(code, 0);
  assert.deepEqual(
    err.trim().split('\n'),
    ['types', 'handlers', 'client'].map((part) => `Wrote src/api/shop.${part}.ts.`),
  );
  writeFileSync(join(cwd, 'src/api/shop.client.ts'), 'mine');
  rmSync(join(cwd, 'src/api/shop.types.ts'));
  const again = await lintel(cwd, ['code', 'shop.yaml', 'getOrder', '-o', 'src/api']);
  assert.match(again.err, /^`src\/api\/shop\.client\.ts` exists already and is left as it is\.$/m);
  assert.equal(readFileSync(join(cwd, 'src/api/shop.client.ts'), 'utf8'), 'mine');
  assert.doesNotMatch(readFileSync(join(cwd, 'src/api/shop.types.ts'), 'utf8'), /ListOrders/);
  assert.equal((await lintel(cwd, ['code', 'shop.yaml', 'none'])).code, 2);
  await lintel(cwd, ['new', 'asyncapi', 'Events', '-o', 'events.yaml']);
  const events = await lintel(cwd, ['code', 'events.yaml', '-o', 'src/events']);
  assert.deepEqual(
    events.err.trim().split('\n'),
    ['types', 'handlers', 'publisher'].map((part) => `Wrote src/events/events.${part}.ts.`),
  );
});

test('check: what references and rulesets name on an allowed host is fetched', async (t) => {
  const served: Record<string, string> = {
    '/rules.yaml': 'extends: spectral:oas\nrules: { operation-tags: error }\n',
    '/pets.yaml': 'Pet: { type: object }\n',
  };
  const server = createServer(({ url = '' }, response) => {
    response.statusCode = served[url] === undefined ? 404 : 200;
    response.end(served[url]);
  }).listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const document = `openapi: 3.1.0\ninfo: { title: Pets, version: 1.0.0 }\npaths: {}\ncomponents:\n  schemas:\n    Pet: { $ref: 'http://${host}/pets.yaml#/Dog' }\n`;
  const cwd = folder(t, { 'openapi.yaml': document });
  const refused = await lintel(cwd, ['check', 'openapi.yaml']);
  assert.match(refused.out, new RegExp(`Nothing is fetched from \`${host}\` unless you allow it`));
  assert.doesNotMatch(refused.out, /leads nowhere/);
  const allowed = await lintel(cwd, ['check', 'openapi.yaml', '--allow-host', host]);
  assert.match(allowed.out, /leads nowhere: the document has no `Dog`/);
  assert.equal(allowed.code, 1);
  const paths = document.replace('paths: {}', "paths: { /pets: { get: { responses: { '200': { description: Pets. } } } } }");
  writeFileSync(join(cwd, 'openapi.yaml'), paths);
  const ruled = await lintel(cwd, ['check', 'openapi.yaml', '--ruleset', `http://${host}/rules.yaml`]);
  assert.match(ruled.out, /error .*operation-tags/);
  const missing = await lintel(cwd, ['check', 'openapi.yaml', '--ruleset', `http://${host}/none.yaml`]);
  assert.equal(missing.code, 2);
  assert.match(missing.err, /cannot be fetched: the server answered 404\./);
});

test('check: functions of a user may name packages of Spectral that are not installed, as on its command line', async (t) => {
  const rule = (name: string) =>
    `  ${name}: { given: $.info.title, then: { function: ${name}, functionOptions: { match: '^b' } } }\n`;
  const call = (name: string) =>
    `(value, options, context) => pattern(value, options, context).map(() => ({ message: '${name}.' }))`;
  const cwd = folder(t, {
    'openapi.yaml': insecure,
    '.spectral.yaml': `functions: [required, imported]\nrules:\n${rule('required')}${rule('imported')}`,
    'functions/required.js': `const { pattern } = require('@stoplight/spectral-functions');\nmodule.exports = ${call('Required')};\n`,
    'functions/imported.js': `import { pattern } from '@stoplight/spectral-functions';\nexport default ${call('Imported')};\n`,
    'functions/package.json': '{}',
  });
  const { out, err } = await lintel(cwd, ['check', 'openapi.yaml']);
  assert.match(out, /Required\. {2}required/, err);
  assert.match(out, /Imported\. {2}imported/);
});

test('check: a function of a user that does not end is named and skipped, the others go on', async (t) => {
  const rule = (name: string) => `{ given: $.info, then: { function: ${name} } }`;
  const cwd = folder(t, {
    'openapi.yaml': insecure,
    '.spectral.yaml': `extends: lintel:openapi\nfunctions: [endless, mine]\nrules:\n  bad: ${rule('endless')}\n  good: ${rule('mine')}\n`,
    'functions/endless.js': 'module.exports = () => { for (;;); };\n',
    'functions/mine.js': "module.exports = () => [{ message: 'Seen.' }];\n",
  });
  const { out, code } = await lintel(cwd, ['check', 'openapi.yaml']);
  assert.match(out, /The rule `bad` of \.spectral\.yaml failed .* it did not end within 3 s\./);
  assert.match(out, /Seen\. {2}good/);
  assert.match(out, /server-https/);
  assert.equal(code, 1);
});

test('check: a rule whose `given` leads to more than can be walked is named and skipped, the others go on', async (t) => {
  const rule = (name: string, given: string) =>
    `  ${name}: { given: "${given}", then: { field: description, function: truthy } }\n`;
  // Each schema leads to the next by two ways: as a tree they are more than anybody can walk.
  const schema = (index: number) => {
    const next = { $ref: `#/components/schemas/S${index + 1}` };
    return { type: 'object', properties: index === 40 ? {} : { a: next, b: next } };
  };
  const schemas = Object.fromEntries(Array.from({ length: 41 }, (_, index) => [`S${index}`, schema(index)]));
  const cwd = folder(t, {
    'openapi.json': JSON.stringify({
      openapi: '3.1.0',
      info: { title: 'A', version: '1.0.0' },
      paths: {},
      components: { schemas },
    }),
    '.spectral.yaml': `rules:\n${rule('wide', '$..properties..properties[?(@parentProperty)]')}${rule('good', '$.info')}`,
  });
  const { out, code } = await lintel(cwd, ['check', 'openapi.json']);
  assert.match(out, /The rule `wide` of \.spectral\.yaml failed .* it did not end within 3 s\./);
  assert.match(out, / {2}good$/m);
  assert.equal(code, 1);
});
