// nimma's packages declare no types that its `exports` let through.
declare module 'nimma' {
  export default class Nimma {
    constructor(expressions: readonly string[], options: object);
    query(input: object, callbacks: Record<string, (match: { path: (string | number)[]; value: unknown }) => void>): void;
  }
}
declare module 'nimma/fallbacks' {
  export const jsonPathPlus: object;
}
declare module 'nimma/parser' {
  export function parse(expression: string): unknown[];
}
declare module 'lodash.topath' {
  export default function toPath(path: string): string[];
}
