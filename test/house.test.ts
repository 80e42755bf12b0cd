/** The house rules that reading the source can prove: who may import whom, and that manifest, settings and code agree. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { test } from 'node:test';
import { settings } from '../server/core/config.ts';

const root = dirname(import.meta.dirname);
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const manifest = JSON.parse(read('package.json'));

const sources = globSync('{client,server,rulesets}/**/*.ts', { cwd: root })
  .map((file) => file.replaceAll('\\', '/'))
  .sort();

interface Import {
  readonly from: string;
  /** A file of the repository, or a package as it is written. */
  readonly to: string;
  readonly typeOnly: boolean;
}

const imports: readonly Import[] = sources.flatMap(importsOf);

test('the import reader knows every form of import', () => {
  const text = [
    `import a from './a.ts';`,
    `import type { B } from './b.ts';`,
    `import {\n  type C,\n  d,\n} from '../d.ts';`,
    `import 'node:fs';`,
    `export { e } from './e.ts';`,
    `const f = await import('ts6');`,
    `const g = require('vscode');`,
    ` * import h from 'comment';`,
  ].join('\n');
  assert.deepEqual(
    readImports(text).map(({ specifier, typeOnly }) => [specifier, typeOnly]),
    [
      ['./a.ts', false],
      ['./b.ts', true],
      ['../d.ts', false],
      ['node:fs', false],
      ['./e.ts', false],
      ['ts6', false],
      ['vscode', false],
    ],
  );
});

test('every import of a file names a file that is there', () => {
  assert.deepEqual(
    imports.filter(({ to }) => isFile(to) && !existsSync(join(root, to))),
    [],
  );
});

test('rules of documents read through places, so that what they read is known', () => {
  const past = sources.filter(
    (file) => /^rulesets\/(?!code\/)/.test(file) && /\bdoc\.(?:data|tree|text)\b|new WeakMap<Api\b/.test(read(file)),
  );
  assert.deepEqual(past, []);
});

test('core imports core and its engines: no editor, no Node', () => {
  const wrong = imports.filter(
    ({ from, to }) => wing(from) === 'core' && (isFile(to) ? wing(to) !== 'core' : /^(node:|vscode)/.test(to)),
  );
  assert.deepEqual(wrong, []);
});

test('lsp, report, host, rulesets and keywords import core and not one another', () => {
  const wings = new Set(['lsp', 'report', 'host', 'files', 'rulesets', 'keywords']);
  const wrong = imports.filter(({ from, to }) => {
    return wings.has(wing(from)) && isFile(to) && wing(to) !== 'core' && wing(to) !== wing(from);
  });
  assert.deepEqual(wrong, []);
});

test('only the three doors join wings, and nothing imports a door', () => {
  assert.deepEqual(
    [...new Set(sources.map(wing))].filter((name) => !known.has(name)),
    [],
  );
  assert.deepEqual(
    imports.filter(({ to }) => isFile(to) && wing(to) === 'door'),
    [],
  );
});

test('the client speaks to the server over LSP only', () => {
  const wrong = imports.filter(({ from, to }) => isFile(to) && (wing(from) === 'client') !== (wing(to) === 'client'));
  assert.deepEqual(wrong, []);
});

test('each heavy package has one importer', () => {
  const homes: readonly (readonly [RegExp, RegExp])[] = [
    [/^(ts6|typescript)(\/|$)/, /^server\/core\/typescript\//],
    [/^@stoplight\//, /^server\/core\/spectral\//],
    [/^(yaml|jsonc-parser)$/, /^server\/core\/tree\//],
    [/^vscode-languageserver(\/|$)/, /^server\/lsp\//],
    [/^vscode-languageserver-[a-z]+(\/|$)/, /^server\/(?:lsp|keywords)\//],
    [/^(?:yaml-language-server|vscode-json-languageservice|ajv|@asyncapi\/specs|@seriousme\/.+)(\/|$)/, /^server\/keywords\//],
    [/^vscode-languageclient(\/|$)/, /^client\//],
    [/^vscode$/, /^client\//],
  ];
  const wrong = imports.filter(({ from, to }) => homes.some(([name, home]) => name.test(to) && !home.test(from)));
  assert.deepEqual(wrong, []);
  const yamlServer = new Set(imports.filter(({ to }) => to.startsWith('yaml-language-server')).map(({ from }) => from));
  assert.ok(yamlServer.size <= 1, `yaml-language-server has several importers: ${[...yamlServer].join(', ')}`);
});

test('every package that is imported is declared', () => {
  const declared = new Set([...Object.keys(manifest.devDependencies), ...Object.keys(manifest.dependencies ?? {}), 'vscode']);
  const names = imports
    .filter(({ to }) => !isFile(to) && !to.startsWith('node:') && to !== 'package.json')
    .map(({ to }) => packageName(to));
  assert.deepEqual(
    [...new Set(names)].filter((name) => !declared.has(name)),
    [],
  );
});

test('no import circles', () => {
  const targets = new Map(sources.map((file) => [file, new Set<string>()]));
  for (const { from, to, typeOnly } of imports) if (!typeOnly && isFile(to)) targets.get(from)?.add(to);
  assert.deepEqual(findCircle(targets), undefined);
  assert.deepEqual(
    findCircle(
      new Map([
        ['a', new Set(['b'])],
        ['b', new Set(['a'])],
      ]),
    ),
    ['a', 'b', 'a'],
  );
});

test('no barrel files but the indexes of rulesets', () => {
  const barrels = sources.filter((file) => /(^|\/)index\.ts$/.test(file) && wing(file) !== 'rulesets');
  assert.deepEqual(barrels, []);
});

test('only report and the command line write to stdout', () => {
  const writers = sources.filter((file) => {
    return (
      wing(file) !== 'report' && file !== 'server/cli.ts' && /\bconsole\.(log|info|debug)\(|\bprocess\.stdout\b/.test(read(file))
    );
  });
  assert.deepEqual(writers, []);
});

test('the manifest declares the settings that core declares, exactly', () => {
  const expected = Object.entries(settings).map(([name, setting], order) => [
    `lintel.${name}`,
    {
      order,
      type: setting.type,
      ...(setting.enum && { enum: [...setting.enum] }),
      ...(setting.enumDescriptions && { enumDescriptions: [...setting.enumDescriptions] }),
      default: setting.default,
      [setting.description.includes('`') ? 'markdownDescription' : 'description']: setting.description,
      scope: setting.scope,
      ...(setting.values && { [setting.type === 'array' ? 'items' : 'additionalProperties']: setting.values }),
    },
  ]);
  assert.deepEqual(manifest.contributes.configuration.properties, Object.fromEntries(expected));
  for (const [name, { enum: values, enumDescriptions }] of Object.entries(settings)) {
    assert.equal(enumDescriptions?.length, values?.length, `${name}: each value is explained`);
  }
});

test('settings that an untrusted workspace may not give are restricted in the manifest', () => {
  const expected = Object.entries(settings).filter(([, { restricted }]) => restricted);
  assert.deepEqual(
    manifest.capabilities.untrustedWorkspaces.restrictedConfigurations,
    expected.map(([name]) => `lintel.${name}`),
  );
});

test('every declared command is registered, and every registered one declared', () => {
  const client = sources
    .filter((file) => wing(file) === 'client')
    .map(read)
    .join('\n');
  const registered = [...client.matchAll(/registerCommand\(\s*'([^']+)'/g)].map(([, command]) => command);
  const declared = manifest.contributes.commands.map(({ command }: { command: string }) => command);
  assert.deepEqual(registered.toSorted(), declared.toSorted());
});

test('every command the manifest names is declared', () => {
  const declared = new Set(manifest.contributes.commands.map(({ command }: { command: string }) => command));
  const named = [...JSON.stringify(manifest.contributes).matchAll(/(?:command:|onCommand:|"command":")(lintel\.\w+)/g)];
  assert.deepEqual(
    named.map(([, command]) => command).filter((command) => !declared.has(command)),
    [],
  );
});

test('the client activates on the languages it looks at, never on everything', () => {
  const [, list = ''] = /const languages = \[([^\]]*)\]/.exec(read('client/server.ts')) ?? [];
  const languages = [...list.matchAll(/'([^']+)'/g)].map(([, language]) => `onLanguage:${language}`);
  const events: string[] = manifest.activationEvents;
  assert.ok(languages.length > 0);
  assert.deepEqual(
    events.filter((event) => event.startsWith('onLanguage:')),
    languages,
  );
  assert.deepEqual(
    events.filter((event) => !/^(onLanguage|workspaceContains):./.test(event)),
    [],
  );
});

test('the palette offers to fix all in every language that Lintel looks at', () => {
  const { when } = manifest.contributes.menus.commandPalette.find(
    ({ command }: { command: string }) => command === 'lintel.fixAll',
  );
  const [, pattern = ''] = /editorLangId =~ \/(.*?)\/ &&/.exec(when) ?? [];
  const languages = manifest.activationEvents.flatMap((event: string) => event.match(/(?<=^onLanguage:).*/) ?? []);
  assert.deepEqual(
    languages.filter((language: string) => !new RegExp(pattern).test(language)),
    [],
  );
});

test("the client asks only what the server's editor wing answers", () => {
  const asked = new Set([...read('client/server.ts').matchAll(/'(lintel\/\w+)'/g)].map(([, method]) => method));
  const answers = sources
    .filter((file) => wing(file) === 'lsp')
    .map(read)
    .join('\n');
  assert.deepEqual(
    [...asked].filter((method) => !answers.includes(`'${method}'`)),
    [],
  );
});

test('files the manifest points to are there, and the package ships them', () => {
  const media = manifest.contributes.walkthroughs.flatMap(({ steps }: { steps: { media: { markdown: string } }[] }) =>
    steps.map((step) => step.media.markdown),
  );
  const shipped = read('.vscodeignore').split(/\r?\n/);
  assert.equal(shipped[0], '**');
  for (const file of [manifest.icon, ...media]) {
    assert.ok(existsSync(join(root, file)), file);
    assert.ok(
      shipped.some((line) => line.startsWith('!') && posix.matchesGlob(file, line.slice(1))),
      `.vscodeignore leaves out ${file}`,
    );
  }
  assert.ok(manifest.keywords.length <= 10);
});

const known = new Set(['core', 'lsp', 'report', 'host', 'files', 'rulesets', 'keywords', 'client', 'door']);

/** The part of the house a file belongs to. */
function wing(file: string): string {
  if (/^server\/(main|cli|ruleset)\.ts$/.test(file)) return 'door';
  const [top = '', part = ''] = file.split('/');
  return top === 'server' ? part.replace(/\.ts$/, '') : top;
}

function isFile(target: string): boolean {
  return /^(client|server|rulesets|snippets|test)\//.test(target);
}

function packageName(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

function importsOf(from: string): Import[] {
  return readImports(read(from)).map(({ specifier, typeOnly }) => {
    const to = specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : specifier;
    return { from, to, typeOnly };
  });
}

/** The specifiers a module's text imports or re-exports, in order. */
function readImports(text: string): { specifier: string; typeOnly: boolean }[] {
  const statement = /^(?:import|export)\s+(?:(type)\s+(?!from\b))?(?:[\w\s{},*$]+?\s+from\s+)?'([^']+)'/gm;
  const call = /\b(?:import|require)\(\s*'([^']+)'/g;
  return [
    ...[...text.matchAll(statement)].map((match) => ({
      at: match.index,
      specifier: match[2] as string,
      typeOnly: match[1] !== undefined,
    })),
    ...[...text.matchAll(call)].map((match) => ({ at: match.index, specifier: match[1] as string, typeOnly: false })),
  ]
    .sort((a, b) => a.at - b.at)
    .map(({ specifier, typeOnly }) => ({ specifier, typeOnly }));
}

/** The first circle in a graph, its first file repeated at the end. */
function findCircle(targets: ReadonlyMap<string, ReadonlySet<string>>): string[] | undefined {
  const done = new Set<string>();
  const walk = (file: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const target of targets.get(file) ?? []) {
      const circle = walk(target, [...trail, file]);
      if (circle) return circle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of targets.keys()) {
    const circle = walk(file, []);
    if (circle) return circle;
  }
  return undefined;
}
