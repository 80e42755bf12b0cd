/** Completion and explanation of the keywords of OpenAPI and AsyncAPI: the contract; `server/keywords` is behind it. */
import type { Format } from './document.ts';
import type { Span } from './finding.ts';

export interface Keywords {
  /** What can be written at an offset of the text of a description. Rejects when aborted; empty when nothing fits. */
  complete(question: KeywordQuestion, signal: AbortSignal): Promise<readonly KeywordCompletion[]>;
  /** What the specification says of the keyword at an offset, Markdown. Rejects when aborted. */
  explain(question: KeywordQuestion, signal: AbortSignal): Promise<(Span & { readonly markdown: string }) | undefined>;
  /** Ends whatever runs; a later question starts it again. */
  close(): Promise<void>;
}

export interface KeywordQuestion {
  readonly language: 'yaml' | 'json';
  readonly format: Format;
  readonly text: string;
  readonly offset: number;
}

/** Replaces `start` to `end` by `insert`. */
export interface KeywordCompletion extends Span {
  readonly label: string;
  readonly kind: 'property' | 'value';
  /** Text with tab stops in the syntax of snippets. */
  readonly insert: string;
  /** Markdown. */
  readonly documentation?: string;
}
