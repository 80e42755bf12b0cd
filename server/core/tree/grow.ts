/** A long text parsed piece by piece, so that others have their turn: each piece goes on where the blocks before it end. */
import { built } from './change.ts';
import { Branch, type Green, type Slot } from './green.ts';
import { Text } from './text.ts';
import { type Tree, treeOf, valueOf } from './tree.ts';
import { parseSlots, parseYaml } from './yaml.ts';

/** Characters that are parsed at a stretch, which takes some milliseconds. */
const stretch = 1 << 18;

/**
 * The tree of a text of YAML, equal to that of `parseYaml`; `undefined` where others may have their turn. What is not plain block
 * YAML in order is parsed at once.
 */
export function* parseYamlInSteps(text: Text, most = stretch): Generator<undefined, Tree> {
  const source = text.toString();
  let end = pieceEnd(source, 0, most);
  if (end === source.length) return parseYaml(text);
  const first = parseYaml(Text.of(source.slice(0, end)));
  let root: Green | undefined = first.end === end && first.faults === undefined ? first.green : undefined;
  while (end < source.length) {
    if (root?.kind !== 'map' || root.faulty) return parseYaml(text);
    yield undefined;
    const from = end;
    end = pieceEnd(source, from, most);
    root = grown(root, first.start, from, source.slice(from, end));
  }
  if (!root) return parseYaml(text);
  return treeOf('yaml', text, { root, start: first.start, end, faults: undefined });
}

/** A line that begins like a key that is not deep inside, by the most blanks it may begin with. */
const keys = [0, 1, 2, 3, 4].map((blanks) => new RegExp(`\\n {0,${blanks}}[\\w/"'$]`, 'g'));

/** The end of a piece: a line with a key, none before which ends the block that the piece begins in. */
function pieceEnd(source: string, from: number, most: number): number {
  const end = nextKey(source, from + most, 4);
  const column = source.slice(from, from + 5).search(/[^ ]/);
  return from === 0 || column <= 0 ? end : from + nextKey(source.slice(from, end), 0, column - 1);
}

function nextKey(source: string, from: number, blanks: number): number {
  const line = keys[blanks] as RegExp;
  line.lastIndex = from;
  const found = line.exec(source);
  return found ? found.index + 1 : source.length;
}

/** A root map with what follows it; undefined where that cannot be told apart from what is there. */
function grown(root: Branch, start: number, from: number, piece: string): Branch | undefined {
  const column = piece.search(/[^ ]/);
  const above: { branch: Branch; last: Slot }[] = [];
  let branch: Green = root;
  let at = start;
  for (;;) {
    if (branch.kind !== 'map' || branch.anchored || branch.layout.flow || !branch.layout.regular) return undefined;
    for (const { gap } of branch.slots) at += gap;
    if (branch.layout.column === column) break;
    const last = branch.slots.at(-1) as Slot;
    above.push({ branch, last });
    branch = last.value;
    at += last.valueStart;
  }
  const { indent } = branch.layout;
  const made = parseSlots(piece.slice(column), { kind: 'map', column, indent, depth: above.length, first: false });
  if (!made) return undefined;
  // Their values are made now, for making all of them takes long as well.
  for (const slot of made) void valueOf(slot.value);
  const [next, ...rest] = made as [Slot, ...Slot[]];
  let value = built(branch, [...branch.slots, next.at(from + column - at), ...rest], 0, false);
  for (const { branch: outer, last } of above.reverse()) {
    value = built(outer, [...outer.slots.slice(0, -1), last.holding(value, last.faults)], 0, true);
  }
  return value;
}
