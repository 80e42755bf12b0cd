/** Where facts are written in the code. */
import type ts from 'ts6';
import type { Confidence, Evidence, Note } from '../generate/facts.ts';

/** Where a fact is written. */
export function evidenceAt(node: ts.Node, confidence: Confidence): Evidence {
  return { uri: node.getSourceFile().fileName, start: node.getStart(), end: node.getEnd(), confidence };
}

/** Where something is not seen, and why. */
export function noteAt(node: ts.Node, message: string): Note {
  return { uri: node.getSourceFile().fileName, start: node.getStart(), end: node.getEnd(), message };
}
