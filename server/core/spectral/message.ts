/**
 * The texts of findings and the targets of `field`, as spectral-core has them: it runs them inside its own runner only
 * and exports neither. The templates are those of Spectral's documentation, with the expressions of `#{{…}}`.
 */
import spectralRuntime from '@stoplight/spectral-runtime';
import { type Expression, Parser } from 'expr-eval-fork';
import { JSONPath } from 'jsonpath-plus';
import toPath from 'lodash.topath';
import { isObject } from './inventory.ts';

/** What a template may name. */
export interface MessageValues {
  readonly property: string | number;
  error: string;
  readonly path: string;
  readonly description: string | null;
  readonly value: unknown;
}

/** Names an expression of a template may not hold. */
const disallowed = /constructor|process|require|global|mainModule|fs|child_process/;

/** Fills a template: `{{name}}` is a value, `#{{…}}` an expression; what cannot be evaluated is left out. */
export function printMessage(template: string, values: MessageValues): string {
  if (!template.includes('{{')) return template;
  return template.replace(/#?{{([^}\n]+)}}/g, (found, name: string) => {
    if (found.startsWith('#')) return evaluate(name.trim(), values);
    return name in values ? String(values[name as keyof MessageValues]) : '';
  });
}

/** What the expression that is being evaluated speaks of. */
let speaking: MessageValues | undefined;

const parser = new Parser();
Object.assign(parser.functions, {
  toUpperCase: (value: unknown) => String(value).toUpperCase(),
  concat: (...parts: unknown[]) => parts.map(String).join(''),
  print: (kind: unknown) => (speaking ? printPart(kind, speaking) : ''),
});

const expressions = new Map<string, Expression | undefined>();
const mostExpressions = 1000;

/** An expression, read once; undefined where it cannot be read, or may not be. */
function expressionOf(text: string): Expression | undefined {
  if (disallowed.test(text)) return undefined;
  const prepared = text
    .replace(/(\S+)\.toUpperCase\(\)/g, 'toUpperCase($1)')
    .replace(/\s*\+\s*/g, ',')
    .replace(/^(.+)$/, 'concat($1)');
  try {
    return parser.parse(prepared);
  } catch {
    return undefined;
  }
}

function evaluate(text: string, values: MessageValues): string {
  if (expressions.size > mostExpressions) expressions.clear();
  if (!expressions.has(text)) expressions.set(text, expressionOf(text));
  const expression = expressions.get(text);
  if (!expression) return '';
  speaking = values;
  try {
    return String(expression.evaluate(values as never));
  } catch {
    return '';
  } finally {
    // It leads to the whole document.
    speaking = undefined;
  }
}

function printPart(kind: unknown, values: MessageValues): string {
  if (kind === 'property') return values.property === '' ? 'The document ' : `"${values.property}" property `;
  if (kind === 'value') return spectralRuntime.printValue(values.value);
  const value = typeof kind === 'string' ? values[kind as keyof MessageValues] : undefined;
  return value === undefined || value === null ? '' : String(value);
}

export interface LintTarget {
  readonly path: (string | number)[];
  readonly value: unknown;
}

const paths = new Map<string, string[]>();

/** The values a rule's `field` means: the value itself, its keys (`@key`), what a path leads to, what a JSONPath finds. */
export function lintTargets(value: unknown, field: string | undefined): LintTarget[] {
  if (!isObject(value) || typeof field !== 'string') return [{ path: [], value }];
  if (field === '@key') return orNothing(Object.keys(value).map((key) => ({ path: [key], value: key })));
  if (field.startsWith('$')) return orNothing(findAll(value, field));
  let path = paths.get(field);
  if (!path) paths.set(field, (path = toPath(field)));
  return [{ path, value: field in value ? (value as Record<string, unknown>)[field] : valueAt(value, path) }];
}

function findAll(json: object, path: string): LintTarget[] {
  const found: LintTarget[] = [];
  JSONPath({
    path,
    json,
    resultType: 'all',
    callback: (result: { path: string; value: unknown }) =>
      found.push({ path: toPath(result.path.slice(1)), value: result.value }),
  });
  return found;
}

/** A rule is asked about what is not there, too. */
function orNothing(targets: LintTarget[]): LintTarget[] {
  return targets.length > 0 ? targets : [{ path: [], value: undefined }];
}

/** The value at a path; undefined where it leads nowhere. */
export function valueAt(data: unknown, path: readonly string[]): unknown {
  let value = data;
  for (const key of path) {
    if (value === null || value === undefined) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}
