/** Plain values to YAML text: whole documents, and the pieces that edits of a person's document put in. */
import { Document, stringify, visit } from 'yaml';

/** Block style, two spaces, long lines unbroken, no anchors; ends with a line break. */
export function printYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** How YAML is written. */
export interface YamlStyle {
  /** Spaces per level. */
  readonly step: number;
  /** Lists stand deeper than their key. */
  readonly indentLists: boolean;
  readonly singleQuotes: boolean;
}

/** Text that YAML 1.1 readers, still common, take for booleans, dates, times or numbers. */
const readDifferently =
  /^(?:yes|no|on|off|\d{4}-\d\d?-\d\d?(?:[Tt ].*)?|[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.\d*)?|[-+]?0b[01_]+|[-+]?\d[\d_]*)$/i;

/** Writes a value as YAML, quoted only where it must be, as OpenAPI wants of statuses; no line end at the end. `flow`: on one line. */
export function writeYaml(value: unknown, style: YamlStyle, flow = false): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value !== 'string' || !readDifferently.test(node.value)) return;
      node.type = style.singleQuotes ? 'QUOTE_SINGLE' : 'QUOTE_DOUBLE';
    },
  });
  const text = document.toString({
    indent: style.step,
    indentSeq: style.indentLists,
    singleQuote: style.singleQuotes,
    lineWidth: 0,
    collectionStyle: flow ? 'flow' : 'any',
    blockQuote: flow ? false : 'literal',
  });
  return text.replace(/\n$/, '');
}

/** A key that YAML reads as a number, and that a program reads back as the same text. */
export function isNumericKey(key: unknown): boolean {
  return typeof key === 'string' && /^\d+$/.test(key) && String(Number(key)) === key;
}
