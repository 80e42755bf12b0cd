/** Lintel's API rules in Spectral's terms: as switches in a ruleset of Lintel's, and whole for Spectral's command line. */
import type { RulesetDefinition } from '@stoplight/spectral-core';
import spectralFormats from '@stoplight/spectral-formats';
import { parseApiDocument } from '../document.ts';
import { Api, pointer } from '../model/api.ts';
import { type ApiRule, matchesFormat, problemsIn, type RuleFormat } from '../rule.ts';
import { fileName } from '../uri.ts';
import { uriOf } from './names.ts';

type Definition = Record<string, unknown>;

/** What a rule's function sees of Spectral's own state. */
interface FunctionContext {
  readonly document: SourceDocument;
  readonly documentInventory: { readonly referencedDocuments: Readonly<Record<string, SourceDocument>> };
}

interface SourceDocument {
  readonly source: string | null;
  readonly input?: string;
  readonly data: unknown;
}

type RuleFunction = (
  input: unknown,
  options: unknown,
  context: FunctionContext,
) => { message: string; path: (string | number)[] }[] | undefined;

/**
 * Lintel's API rules as an ordinary Spectral ruleset, for the stock Spectral CLI. `hrefOf` names a rule's page.
 * A mistake in a referenced file is reported at the root of the document, with the place in the message.
 */
export function toSpectralRuleset(rules: readonly ApiRule[], hrefOf?: (id: string) => string): RulesetDefinition {
  return rulesetOf(rules, checkFunction, hrefOf) as RulesetDefinition;
}

function rulesetOf(
  rules: readonly ApiRule[],
  functionOf: (rule: ApiRule) => RuleFunction,
  hrefOf?: (id: string) => string,
): Definition {
  const definitions = rules.map((rule) => {
    const href = hrefOf?.(rule.id);
    const definition = {
      given: '$',
      resolved: false,
      message: '{{error}}',
      description: rule.summary,
      severity: rule.severity,
      formats: [...new Set(rule.formats.flatMap((format) => ruleFormats[format]))],
      recommended: !rule.optIn,
      ...(href === undefined ? {} : { documentationUrl: href }),
      then: { function: functionOf(rule) },
    };
    return [rule.id, definition] as const;
  });
  return { rules: Object.fromEntries(definitions) };
}

const { oas2, oas3, aas2, aas3 } = spectralFormats;

const ruleFormats = {
  openapi: [oas2, oas3],
  openapi2: [oas2],
  openapi3: [oas3],
  asyncapi: [aas2, aas3],
  asyncapi2: [aas2],
  asyncapi3: [aas3],
} satisfies Record<RuleFormat, unknown>;

/** The rules as mere switches: Spectral keeps their severities; Lintel runs them itself, so that findings carry fixes. */
export function switchesOf(rules: readonly ApiRule[]): Definition {
  return rulesetOf(rules, () => runByLintel);
}

export const runByLintel: RuleFunction = () => undefined;

function checkFunction(rule: ApiRule): RuleFunction {
  return (_input, _options, { document, documentInventory }) => {
    const api = apiOf(document, documentInventory);
    if (!api || !matchesFormat(rule.formats, api.format)) return [];
    return problemsIn(rule.check(api, {})).map(({ at, message }) =>
      at.doc.uri === api.uri
        ? { message, path: [...at.path] }
        : { message: `${message} (${fileName(at.doc.uri)}#${pointer(at.path)})`, path: [] },
    );
  };
}

/** Made once for all rules of a run. */
const apis = new WeakMap<SourceDocument, Api | undefined>();

function apiOf(source: SourceDocument, inventory: FunctionContext['documentInventory']): Api | undefined {
  if (apis.has(source)) return apis.get(source);
  const uri = uriOf(source.source ?? '/document', 'file:///');
  const parse = (at: string, from: SourceDocument) => parseApiDocument(at, from.input ?? JSON.stringify(from.data));
  const document = parse(uri, source);
  const load = (at: string) => {
    const other = Object.entries(inventory.referencedDocuments).find(([name]) => uriOf(name, 'file:///') === at)?.[1];
    return other && parse(at, other);
  };
  const api = document.format && new Api(document, document.format, load);
  apis.set(source, api);
  return api;
}
