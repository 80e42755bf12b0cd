/** The suite as its drivers see it: what they are given, and what it leaves behind. */
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { here } from './paths.ts';

export interface SuiteOptions {
  /** The packaged extension. */
  readonly vsix: string;
  /** The folder that is open. */
  readonly workspace: string;
  /** The built suite. */
  readonly tests: string;
  /** For everything the editor writes. */
  readonly data: string;
  /** Where the suite writes what came of each test. */
  readonly results: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** What came of one test; without an error it passed. */
export interface Result {
  readonly title: string;
  readonly error?: string;
}

/** User settings of the suite's editor: those a person would make to have safe fixes run on save. */
export const settings = {
  'editor.codeActionsOnSave': { 'source.fixAll.lintel': 'explicit' },
  'files.autoSave': 'off',
  // An untitled document is not to come back with the text of an older one of its name.
  'files.hotExit': 'off',
};

/** Bundles the suite into a folder and answers with the file whose `run` the editor calls. */
export async function buildSuite(outdir: string): Promise<string> {
  const suite = join(here, 'suite');
  await build({
    entryPoints: (await readdir(suite)).map((file) => join(suite, file)),
    outdir,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    external: ['vscode', 'mocha'],
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
    sourcemap: 'inline',
  });
  return join(outdir, 'index.cjs');
}

/**
 * The results file is the proof that the tests ran: an editor whose extension host died, or that found no suite, ends as
 * well as one whose tests passed.
 */
export function readResults(file: string): Result[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error('The editor ended without results: the suite did not load, or did not come to its end.', { cause: error });
  }
}
