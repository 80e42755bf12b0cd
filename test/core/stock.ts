/** Stock Spectral, as its command line runs it: its own parsers, resolver and runner. The oracle of Lintel's engine. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import refResolver from '@stoplight/json-ref-resolver';
import { ResolveRunner } from '@stoplight/json-ref-resolver/runner.js';
import spectralCore from '@stoplight/spectral-core';
import parsers from '@stoplight/spectral-parsers';
import { type ApiDocument, parseApiDocument } from '../../server/core/document.ts';
import type { Core } from '../../server/core/spectral/run.ts';
import type { Ruleset, SpectralResult, SpectralRun } from '../../server/core/spectral/spectral.ts';
import { spelledUri } from '../../server/core/uri.ts';
import { nodeHost } from '../../server/host.ts';

const severities = ['error', 'warn', 'info', 'hint'];
const notFetched = 'not fetched';

/** A finding as one line: file, path, code, severity, message. */
export type Line = string;

/**
 * Its resolver takes every further question for a file for one level of depth, and behind the hundredth leaves what the file refers to
 * as it is: of a large description it sees less with every file. That is lifted here, so that all of it is compared.
 */
Object.defineProperty(ResolveRunner.prototype, 'atMaxUriDepth', { get: () => () => false, set: () => undefined });

/** What stock Spectral says; a single line where one of its functions throws, which ends its run. */
export async function runStock(core: Core, uri: string, text: string): Promise<Line[]> {
  const remote = { resolve: () => Promise.reject(new Error(notFetched)) };
  const file = { resolve: (ref: { href(): string }) => readFile(ref.href(), 'utf8') };
  const resolver = new refResolver.Resolver({ resolvers: { file, http: remote, https: remote } });
  const spectral = new spectralCore.Spectral({ resolver });
  spectral.setRuleset(core);
  const document = new spectralCore.Document(
    text,
    uri.endsWith('.json') ? parsers.Json : (parsers.Yaml as never),
    fileURLToPath(uri),
  );
  try {
    const results = await spectral.run(document, { ignoreUnknownFormat: true });
    return results
      .filter(({ code, message }) => code !== 'parser' && !message.includes(notFetched))
      .map(({ code, message, severity, path, source }) =>
        line({ code, message, severity: severities[severity], path, uri: source ? pathToFileURL(source).href : uri }),
      );
  } catch (error) {
    return [`threw\t${error instanceof Error ? error.message : String(error)}`];
  }
}

/** Does stock Spectral read the values that Lintel reads? Its parser of YAML misreads some texts. */
export function isReadAlike({ text, uri, data, tree }: ApiDocument): boolean {
  if (tree.errors.length > 0) return false;
  const { data: theirs, diagnostics } = new spectralCore.Document(text, parsers.Yaml as never, fileURLToPath(uri));
  return diagnostics.every(({ code }) => code !== 'parser') && JSON.stringify(theirs) === JSON.stringify(data);
}

export async function runLintel(ruleset: Ruleset, uri: string, text: string): Promise<Line[]> {
  const run = await ruleset.run(parseApiDocument(uri, text), (at) => {
    const other = nodeHost.read(at);
    return other === undefined ? undefined : parseApiDocument(at, other);
  });
  return linesOf(run);
}

export function linesOf({ results, failures }: SpectralRun): Line[] {
  return [...results.map(line), ...failures.map(({ code, message }) => `threw\t${code}\t${message}`)];
}

function line({ uri, path, code, severity, message }: Record<keyof SpectralResult, unknown>): Line {
  return [spelledUri(String(uri)), (path as unknown[]).map(String).join(' › '), code, severity, message].join('\t');
}

/** What only one of the two says. Nothing is known of what stock Spectral had to say where it threw. */
export function differences(stock: readonly Line[], lintel: readonly Line[]): Line[] {
  const [ours, theirs] = [new Set(lintel), new Set(stock)];
  const missing = stock.filter((one) => !ours.has(one)).map((one) => `- ${one}`);
  if (stock.some((one) => one.startsWith('threw\t'))) return missing;
  return [...missing, ...lintel.filter((one) => !theirs.has(one)).map((one) => `+ ${one}`)];
}
