/**
 * Writes dist/: the editor's side, the language server, the command line, and the parser of users' TypeScript, which is
 * as large as all the rest and therefore stays a file of its own, loaded when the first TypeScript file is looked at.
 * `--production` minifies, `--watch` stays and rebuilds.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { build, context } from 'esbuild';

const { values: options } = parseArgs({ options: { production: { type: 'boolean' }, watch: { type: 'boolean' } } });

/** Stands in for `ts6` in the bundles: the first property anyone asks for loads the parser. */
const lazyTypeScript = {
  name: 'lazy-typescript',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^ts6$/ }, () => ({ path: 'ts6', namespace: 'lazy' }));
    onResolve({ filter: /^\.\/typescript\.cjs$/, namespace: 'lazy' }, ({ path }) => ({ path, external: true }));
    onLoad({ filter: /^ts6$/, namespace: 'lazy' }, () => ({
      contents: `
        let loaded;
        module.exports = new Proxy({}, { get: (_, name) => (loaded ??= require('./typescript.cjs'))[name] });
      `,
    }));
  },
};

/**
 * Spectral's engine is a file of its own, loaded when the first description is checked; required, because Node reads a
 * CommonJS file that is imported a second time, for its names.
 */
const lazySpectral = {
  name: 'lazy-spectral',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\/spectral\/parts\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: 'spectral', namespace: 'lazy-spectral' } : undefined,
    );
    onResolve({ filter: /^\.\/spectral\.cjs$/, namespace: 'lazy-spectral' }, ({ path }) => ({ path, external: true }));
    onLoad({ filter: /^/, namespace: 'lazy-spectral' }, () => ({ contents: "module.exports = require('./spectral.cjs');" }));
  },
};

/** Of spectral-core only rulesets and functions are used: what its own runner parses, resolves and walks with stays out. */
const noRunner = {
  name: 'no-runner',
  setup({ onResolve, onLoad }) {
    const unused = /^(?:@stoplight\/spectral-(?:ref-resolver|parsers)|nimma\/legacy)$/;
    onResolve({ filter: unused }, ({ path }) => ({ path, namespace: 'unused' }));
    onLoad({ filter: /^/, namespace: 'unused' }, () => ({ contents: 'module.exports = {};' }));
  },
};

/** Of each of AsyncAPI's schemas there are two; only those with an id are asked for. */
const oneOfTwo = [/schemasWithoutId: \{[^}]*\}/, ''];

/** What spectral-core makes of the schema of rulesets whenever it loads one, a tenth of a second, made here as a program. */
function compiledRulesetSchema(contents, path) {
  const require = createRequire(path);
  const source = contents
    .replace('allErrors: true,', '$& code: { source: true },')
    .replace(/new Proxy\((ajv\.compile\(rulesetSchema\)),/, 'Object.assign({ program: standalone(ajv, $1) },');
  const made = {};
  new Function('require', 'exports', 'standalone', source)(require, made, require('ajv/dist/standalone').default);
  const { program } = made.createValidator('js');
  if (!program) throw new Error(`${path} no longer compiles the schema of rulesets as it did.`);
  return `
    ${program}
    const check = module.exports;
    const { validateAlias } = require('./validators/alias');
    const { validateFunction } = require('./validators/function');
    const apply = (_, __, args) => Reflect.apply(check, { validateAlias, validateFunction }, args);
    module.exports = { createValidator: () => new Proxy(check, { apply }) };
  `;
}

/**
 * What ajv makes of the metaschemas that it holds the first schemas against, up to a tenth of a second at a stretch, made here
 * as programs: of the dialects that documents have, and of JSON Schema 7 also the one that tells all errors, for AsyncAPI.
 */
function compiledMetaschemas(contents, path) {
  const require = createRequire(path);
  const made = {};
  const source = contents
    .replace('allErrors,', '$& code: { source: true },')
    .replace('return function (schema', 'return ajvInstances; $&');
  new Function('require', 'exports', source)(require, made);
  const instances = made.createAjvInstances();
  const standalone = require('ajv/dist/standalone').default;
  const programs = [
    ['ajv_1.default', 'auto', false],
    ['ajv_1.default', 'auto', true],
    ['ajv_draft_04_1.default', 'draft4', false],
    ['_2020_1.default', 'draft2020-12', false],
  ].map(([Ajv, dialect, allErrors]) => {
    const ajv = instances[dialect][allErrors ? 'allErrors' : 'default'];
    const id = ajv.defaultMeta();
    const program = standalone(ajv, ajv.getSchema(id));
    return `if (Ajv === ${Ajv} && allErrors === ${allErrors}) {
      const module = {};
      ${program.replace('"use strict";', '')}
      ajv.refs['${id}'].validate = module.exports;
    }`;
  });
  const changed = contents.replace(/( {4})(return ajv;)/, (_, indent, end) => `${programs.join('\n')}${indent}${end}`);
  if (changed === contents) throw new Error(`${path} no longer makes instances of ajv as it did.`);
  return changed;
}

/**
 * Spectral compiles the schemas of all its functions' options, and of rulesets, whenever it is loaded: half a second. Here
 * they are compiled when something is held against them, which of Lintel's own ruleset nothing is; and what few documents
 * need is loaded when it is asked for. By the end of a file's name: what stands there, and what stands there then.
 */
const spectralChanges = {
  'spectral-core/dist/ruleset/function.js': [
    [
      /const ajv = (new ajv_1\.default\(.*\));\n(.*)\(ajv\);\n(.*)\(ajv\);/,
      `const later = (make) => { let made; return () => (made ??= make()); };
      // The schemas of options are Spectral's own: they are right.
      const ajv = later(() => { const made = $1; made.opts.validateSchema = false; $2(made); $3(made);
        made.getKeyword('errorMessage').validateSchema = undefined;
        return made;
      });
      const compile = (schema) => {
        const compiled = later(() => ajv().compile(schema));
        return Object.defineProperty((value) => compiled()(value), 'errors', { get: () => compiled().errors });
      };`,
    ],
    [/ajv\.compile\((options|input)\)/g, 'compile($1)'],
  ],
  'spectral-core/dist/ruleset/validation/ajv.js': compiledRulesetSchema,
  'spectral-core/dist/ruleset/ruleset.js': [
    [/\(0, index_1\.assertValidRuleset\)\(/g, 'context?.isKnown || $&'],
    [/\n *severity,\n/, '$&isKnown: context?.isKnown,'],
  ],
  // These are as right as they are in the package.
  'spectral-functions/dist/schema/ajv.js': (contents, path) =>
    compiledMetaschemas(contents.replace(/ajv\.addSchema\((\w+)\)/g, 'ajv.addSchema($1, undefined, false, false)'), path),
  // What a keyword's value must be is compiled when one is looked at.
  'ajv/dist/core.js': [
    [
      /def\.validateSchema = (this\.compile\(metaSchema, true\));/,
      `let made;
      const compiled = () => (made ??= $1);
      def.validateSchema = Object.defineProperty((value) => compiled()(value), 'errors', { get: () => compiled().errors });`,
    ],
  ],
  '@asyncapi/specs/index.js': [
    oneOfTwo,
    [/'([\d.]+)': require\([^)]*\)/g, "get '$1'() { return require('./asyncapi.cjs').schemas['$1']; }"],
  ],
  // Nothing is fetched through Spectral.
  'spectral-runtime/dist/fetch.js': [[/[^]*/, '']],
  // Lintel's own rules speak in place of these, unless a ruleset has only these. OpenAPI's and Arazzo's are the same.
  'schemas/validators.js': [
    [/[^]*/, "module.exports = new Proxy({}, { get: (_, name) => name === '__esModule' || require('./validators.cjs')[name] });"],
  ],
};

/**
 * Changes files of packages by the ends of their names: replacements, or what makes the new text; a change that no longer
 * fits what it changes fails the build.
 */
const changing = (changes) => ({
  name: 'changing',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^\.\/(?:asyncapi|validators)\.cjs$/ }, ({ path }) => ({ path, external: true }));
    const ends = Object.keys(changes).map((name) => name.replaceAll('.', '\\.').replaceAll('/', '[\\\\/]'));
    onLoad({ filter: new RegExp(`(?:${ends.join('|')})$`) }, async ({ path }) => {
      const name = Object.keys(changes).find((end) => path.replaceAll('\\', '/').endsWith(end));
      let contents = await readFile(path, 'utf8');
      const change = changes[name];
      if (typeof change === 'function') return { contents: change(contents, path) };
      for (const [from, to] of change) {
        if (!contents.match(from)) throw new Error(`${path} no longer holds ${from}.`);
        contents = contents.replace(from, to);
      }
      return { contents };
    });
  },
});

/** The YAML language service brings a formatter along that is never asked, and is larger than all the rest of it. */
const noFormatter = {
  name: 'no-formatter',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^prettier\// }, () => ({ path: 'prettier', namespace: 'none' }));
    onLoad({ filter: /^/, namespace: 'none' }, () => ({ contents: 'export const format = undefined;' }));
  },
};

/** @type {import('esbuild').BuildOptions} */
const common = {
  bundle: true,
  outdir: 'dist',
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  // The ES module of a package comes first: the UMD wrappers of some hide their imports from a bundler.
  mainFields: ['module', 'main'],
  external: ['vscode'],
  // Node's own is deprecated and says so on stderr.
  alias: { punycode: 'punycode/' },
  loader: { '.md': 'text' },
  minify: options.production ?? false,
  sourcemap: options.production ? false : 'linked',
  legalComments: 'none',
  logLevel: 'warning',
};

/** What a person or an editor starts, and its source. */
const programs = { server: 'server/main.ts', cli: 'server/cli.ts' };

/** Node keeps what it compiled of what is loaded after this was asked for, so the program itself is: the next start is sooner. */
const start = (name) => `#!/usr/bin/env node
require('node:module').enableCompileCache?.();
require('./${name}-main.cjs');
`;

/** @type {import('esbuild').BuildOptions[]} */
const bundles = [
  { ...common, entryPoints: { client: 'client/extension.ts' } },
  {
    ...common,
    entryPoints: Object.fromEntries(Object.entries(programs).map(([name, source]) => [`${name}-main`, source])),
    banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
    // A bundle is a program; only the sources are also imported, by tests. Some packages ask where they are.
    define: { 'import.meta.main': 'true', 'import.meta.url': 'bundleUrl' },
    plugins: [lazyTypeScript, lazySpectral],
  },
  // What Spectral loads is a module; it has the rules and the formats they are for, and nothing that runs them.
  {
    ...common,
    entryPoints: { ruleset: 'server/ruleset.ts' },
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    plugins: [lazyTypeScript, lazySpectral],
  },
  // Spectral's functions are known by their names.
  {
    ...common,
    entryPoints: { spectral: 'server/core/spectral/parts.ts' },
    keepNames: true,
    plugins: [noRunner, changing(spectralChanges)],
  },
  {
    ...common,
    entryPoints: {
      asyncapi: '@asyncapi/specs',
      validators: './node_modules/@stoplight/spectral-rulesets/dist/oas/schemas/validators.js',
    },
    plugins: [changing({ '@asyncapi/specs/index.js': [oneOfTwo] })],
  },
  { ...common, entryPoints: { keywords: 'server/keywords/worker.ts' }, plugins: [noFormatter] },
  { ...common, entryPoints: { typescript: 'ts6' }, sourcemap: false, minify: true },
];

/** The packages that the schemas of server/core/structure were written from (`npm run schemas`), beside those that are bundled. */
const written = ['node_modules/@seriousme/openapi-schema-validator'];

/** The packages whose text is in the bundles, by folder, in the order of their names. */
function packagesOf(metafiles) {
  const inputs = new Set(metafiles.flatMap(({ inputs }) => Object.keys(inputs)));
  const folders = [...inputs].flatMap((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []);
  return [...new Set([...folders, ...written])].sort((a, b) => a.localeCompare(b));
}

/** Whose work the bundles hold, and under which terms; a package without a licence fails the build. */
async function notices(folders) {
  const parts = folders.map(async (folder) => {
    const { name, version, license } = JSON.parse(await readFile(`${folder}/package.json`, 'utf8'));
    const names = (await readdir(folder)).filter((file) => /^(?:licen[cs]e|copying|notice)(?:[.-].*)?$/i.test(file)).sort();
    if (!license && names.length === 0) throw new Error(`${folder} does not say under which licence it is.`);
    const texts = await Promise.all(names.map((file) => readFile(`${folder}/${file}`, 'utf8')));
    return `${name} ${version} (${license ?? 'see below'})\n\n${texts.map((text) => text.trim()).join('\n\n')}`;
  });
  const line = '-'.repeat(80);
  return `Lintel is made with the following packages.\n\n${(await Promise.all(parts)).join(`\n\n${line}\n\n`)}\n`;
}

await rm('dist', { recursive: true, force: true });
await mkdir('dist');
for (const name of Object.keys(programs)) await writeFile(`dist/${name}.cjs`, start(name), { mode: 0o755 });
if (options.watch) {
  for (const bundle of bundles) await (await context({ ...bundle, logLevel: 'info' })).watch();
} else {
  const built = await Promise.all(bundles.map((bundle) => build({ ...bundle, metafile: true })));
  await writeFile('dist/third-party-notices.txt', await notices(packagesOf(built.map(({ metafile }) => metafile))));
}
