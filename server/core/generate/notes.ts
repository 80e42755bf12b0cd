/** What a generated document says of what it could not describe: in order, and each reason once. */
import type { Note } from './facts.ts';

type Place = Pick<Note, 'uri' | 'start'>;

/** Notes by their places, none twice. */
export function inOrder(notes: readonly Note[]): Note[] {
  const distinct = new Map(notes.map((note) => [`${note.uri} ${note.start} ${note.message}`, note]));
  return [...distinct.values()].sort(byPlace);
}

/** The order of places: by file, then as they are written. */
export function byPlace(a: Place, b: Place): number {
  return a.uri < b.uri ? -1 : a.uri > b.uri ? 1 : a.start - b.start;
}

/** One note for each reason, at the first place where it holds, which says at how many others it does. */
export function gathered(notes: readonly Note[]): Note[] {
  const byReason = new Map<string, { readonly first: Note; others: number }>();
  for (const note of inOrder(notes)) {
    // A note of a whole file says with its place of which.
    const reason = note.end > note.start ? (note.reason ?? note.message) : `${note.uri} ${note.message}`;
    const known = byReason.get(reason);
    if (known) known.others++;
    else byReason.set(reason, { first: note, others: 0 });
  }
  return [...byReason.values()].map(({ first: { uri, start, end, message }, others }) => {
    const places = others === 1 ? 'one other place' : `${others} other places`;
    return { uri, start, end, message: others === 0 ? message : `${message} Likewise at ${places}.` };
  });
}
