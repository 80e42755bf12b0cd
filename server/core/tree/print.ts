/** Plain values to YAML text, for documents Lintel writes as a whole. Edits of a person's document are made on its tree. */
import { stringify } from 'yaml';

/** Block style, two spaces, long lines unbroken, no anchors; ends with a line break. */
export function printYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}
