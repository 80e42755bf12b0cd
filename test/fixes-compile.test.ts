/**
 * Mends of code compile: whatever the examples of the pages say before and after, a mend brings no type error of its own. The
 * types are the real ones of the packages; only Prisma's client, which is generated, and TypeORM are `any`.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import ts from 'ts6';
import { rules } from '../rulesets/index.ts';
import { readPage } from './page.ts';

interface Pair {
  readonly rule: string;
  readonly before: string;
  readonly after: string;
}

const pairs = rules
  .filter(({ on }) => on === 'code')
  .flatMap(({ id, page }) => readPage(page).incorrect.map((example) => ({ id, ...example })))
  .flatMap(({ id, language, text, fixed }): Pair[] =>
    fixed === undefined || language !== 'ts' ? [] : [{ rule: id, before: text, after: fixed }],
  );

/** Type errors of texts, each a module of its own: code and message. */
function errorsOf(texts: ReadonlyMap<string, string>): Map<string, string[]> {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    moduleDetection: ts.ModuleDetectionKind.Force,
    lib: ['lib.esnext.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    types: ['node'],
    noEmit: true,
    skipLibCheck: true,
    noImplicitAny: false,
    strictNullChecks: true,
    experimentalDecorators: true,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.getSourceFile = (name, ...rest) => {
    const text = texts.get(name);
    return text === undefined ? getSourceFile(name, ...rest) : ts.createSourceFile(name, text, ts.ScriptTarget.ESNext, true);
  };
  host.fileExists = (name) => texts.has(name) || fileExists(name);
  host.readFile = (name) => texts.get(name) ?? readFile(name);
  const program = ts.createProgram([...texts.keys()], options, host);
  // What cannot be resolved is `any`, which is what an example needs of it.
  const unresolved = new Set([2307, 7016, 2792]);
  return new Map(
    [...texts.keys()].map((name) => {
      const file = program.getSourceFile(name);
      const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
      return [
        name,
        found
          .filter(({ code }) => !unresolved.has(code))
          .map(({ code, messageText }) => `TS${code}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`),
      ];
    }),
  );
}

test('a mend brings no type error', () => {
  assert.ok(pairs.length > 20);
  const root = `${import.meta.dirname}/__fixes__`;
  const texts = new Map<string, string>();
  for (const [index, { before, after }] of pairs.entries()) {
    texts.set(`${root}/${index}-before.ts`, before);
    texts.set(`${root}/${index}-after.ts`, after);
  }
  const errors = errorsOf(texts);
  for (const [index, { rule }] of pairs.entries()) {
    const before = errors.get(`${root}/${index}-before.ts`) ?? [];
    const added = (errors.get(`${root}/${index}-after.ts`) ?? []).filter((each) => !before.includes(each));
    assert.deepEqual(added, [], `${rule}: the mend does not compile`);
  }
});
