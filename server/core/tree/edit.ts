/** Edits on the tree by path: they keep comments, order, indentation, quoting and line ends of the file. */
import type { ApiDocument } from '../document.ts';
import type { Path, TextEdit } from '../finding.ts';

export interface TreeEditor {
  /**
   * Sets the value at a path: replaces it, or adds the last key (and the parents that are missing) at the end of its
   * map, or before the key `before` of that map.
   */
  set(path: Path, value: unknown, options?: { readonly before?: string }): this;
  /** Adds an item at the end of a list; creates the list when it is missing. */
  append(path: Path, value: unknown): this;
  /** Takes away a map entry or list item with its comments on the same line; a map left empty becomes `{}`. */
  remove(path: Path): this;
  /** Gives a map entry another key; value and place stay. */
  rename(path: Path, key: string): this;
  /** The edits so far, sorted, not overlapping. */
  edits(): TextEdit[];
}

/** An editor for one document. Paths mean the document as it was parsed, whatever was edited before. */
export declare function editTree(document: ApiDocument): TreeEditor;
