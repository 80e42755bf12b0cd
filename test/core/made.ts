/** Code that Lintel made, held against what every reader of it expects. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'ts6';
import { rules } from '../../rulesets/index.ts';
import { defaultConfig } from '../../server/core/config.ts';
import { createLintel } from '../../server/core/create.ts';
import type { CodeFile } from '../../server/core/generate/code/parts.ts';
import { memoryHost } from '../../server/core/host.ts';

/** What TypeScript has against the files of a folder, at its strictest. */
export function typeErrors(files: readonly CodeFile[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'lintel-code-'));
  try {
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    for (const { name, text } of files) writeFileSync(join(folder, name), text);
    const program = ts.createProgram(
      files.map(({ name }) => join(folder, name)),
      {
        strict: true,
        exactOptionalPropertyTypes: true,
        noPropertyAccessFromIndexSignature: true,
        verbatimModuleSyntax: true,
        noEmit: true,
        noUnusedLocals: true,
        noUnusedParameters: true,
        noUncheckedIndexedAccess: true,
        erasableSyntaxOnly: true,
        allowImportingTsExtensions: true,
        skipLibCheck: true,
        target: ts.ScriptTarget.ES2023,
        lib: ['lib.es2023.d.ts'],
        module: ts.ModuleKind.NodeNext,
        types: ['node'],
      },
    );
    return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
      const line = (file?.getLineAndCharacterOfPosition(start).line ?? 0) + 1;
      return `${file?.fileName.split('/').at(-1)}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What Lintel has against the files of a project. */
export async function findingsIn(files: readonly CodeFile[]): Promise<string[]> {
  const host = memoryHost(Object.fromEntries(files.map(({ name, text }) => [`file:///w/src/${name}`, text])));
  const lintel = createLintel(host, rules);
  const found: string[] = [];
  for (const { name } of files) {
    for (const { rule, message } of await lintel.check(`file:///w/src/${name}`, defaultConfig))
      found.push(`${name} ${rule}: ${message}`);
  }
  return found;
}
