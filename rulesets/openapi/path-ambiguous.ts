import { httpMethods, type Place } from '../../server/core/model/api.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import page from './path-ambiguous.md';

export default defineApiRule({
  page,
  theme: 'structure',
  severity: 'info',
  formats: ['openapi'],
  *check(api) {
    const byLength = new Map<number, { path: Place; segments: string[]; methods: Set<string> }[]>();
    for (const path of api.get('paths').entries()) {
      if (!path.key.startsWith('/')) continue;
      yield undefined;
      const segments = path.key.split('/').slice(1);
      const methods = new Set(
        path
          .deref()
          .entries()
          .map(({ key }) => key),
      );
      const rivals = byLength.get(segments.length) ?? [];
      byLength.set(segments.length, rivals);
      for (const rival of rivals) {
        const method = httpMethods.find((each) => methods.has(each) && rival.methods.has(each));
        if (method === undefined || !areAmbiguous(segments, rival.segments)) continue;
        const message = `A ${method.toUpperCase()} request may mean \`${path.key}\` or \`${rival.path.key}\`; make one of them more exact in every segment.`;
        yield { at: path, message, related: [{ at: rival.path, message: 'The other path.' }] };
        break;
      }
      rivals.push({ path, segments, methods });
    }
  },
});

/**
 * Can both paths mean one request, and neither is the more exact one? Templates beside text in one segment are left
 * out, because what they match is for each router to say.
 */
function areAmbiguous(a: readonly string[], b: readonly string[]): boolean {
  let firstExact = false;
  let secondExact = false;
  for (const [index, segment] of a.entries()) {
    const other = b[index] as string;
    const [open, otherOpen] = [isTemplate(segment), isTemplate(other)];
    if (open === undefined || otherOpen === undefined) return false;
    if (!open && !otherOpen && segment !== other) return false;
    if (!open && otherOpen) firstExact = true;
    if (open && !otherOpen) secondExact = true;
  }
  return firstExact && secondExact;
}

/** Undefined where a segment is text and template at once. */
function isTemplate(segment: string): boolean | undefined {
  if (/^\{[^{}]+\}$/.test(segment)) return true;
  return segment.includes('{') ? undefined : false;
}
