/** Where Lintel differs from stock Spectral knowingly, each with its reason. */
export interface KnownDifference {
  readonly reason: string;
  /** Of a line of the comparison: `-` stock alone says it, `+` Lintel alone. */
  readonly line: RegExp;
}

export const knownDifferences: readonly KnownDifference[] = [
  {
    reason: 'A file that cannot be read is named in words for people, not by the system’s error code.',
    line: /^[-+].*\tinvalid-ref\terror\t(?:ENOENT: |EISDIR: |ENOTDIR: |EACCES: |`.*` does not exist or cannot be read\.)/,
  },
  {
    reason: 'A function that throws ends the whole run of stock Spectral; Lintel names its rule and runs the others.',
    line: /^- threw\t/,
  },
  {
    reason: 'A reference that leads nowhere inside another file is placed there, not at a path that the root does not have.',
    line: /^[-+].*\tinvalid-ref\terror\t'#.*' does not exist/,
  },
  {
    reason: 'Prose that a reference leads to is no YAML; of what it is, read as such, the two parsers make each their own.',
    line: /^(?:[-+] [^\t]*\.md\t|- .*\tinvalid-ref\terror\t'' does not exist @ '[^']*\.md'$)/,
  },
];

/** The differences nobody knows a reason for. */
export function unexplained(differences: readonly string[]): string[] {
  return differences.filter((difference) => !knownDifferences.some(({ line }) => line.test(difference)));
}
