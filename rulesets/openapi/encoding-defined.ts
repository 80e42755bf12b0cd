import type { Place } from '../../server/core/model/api.ts';
import { type ApiProblem, defineApiRule } from '../../server/core/rule.ts';
import { writeName } from '../../server/core/structure/mend.ts';
import { nearest } from '../../server/core/structure/nearest.ts';
import { propertiesOf } from '../schema.ts';
import { bearersOf } from './http.ts';
import page from './encoding-defined.md';

export default defineApiRule<string | undefined>({
  page,
  theme: 'structure',
  severity: 'warn',
  formats: ['openapi3'],
  *check(api) {
    const seen = new Set<Place>();
    for (const body of bearersOf(api)) {
      yield undefined;
      for (const written of body.get('content').entries()) {
        const media = written.deref();
        const encoding = media.child('encoding');
        if (!encoding.exists || seen.has(encoding)) continue;
        seen.add(encoding);
        yield* mistakesOf(written.key, media.child('schema'), encoding);
      }
    }
  },
  fix: writeName,
});

function* mistakesOf(mediaType: string, schema: Place, encoding: Place): Iterable<ApiProblem<string | undefined>> {
  if (!/^(?:multipart\/|application\/x-www-form-urlencoded\b|\*|application\/\*)/i.test(mediaType)) {
    const message = `\`encoding\` means nothing for \`${mediaType}\`, which has no parts; remove it.`;
    yield { at: encoding, message, data: undefined };
    return;
  }
  const { byName, complete } = propertiesOf(schema);
  if (!complete || byName.size === 0 || isOpen(schema)) return;
  for (const part of encoding.entries()) {
    if (byName.has(part.key) || part.key.startsWith('x-')) continue;
    const meant = nearest(part.key, byName.keys());
    const hint = meant === undefined ? '; describe it there, or remove this.' : `; did you mean \`${meant}\`?`;
    yield { at: part, message: `The body has no property \`${part.key}\`${hint}`, data: meant };
  }
}

/** Does a schema speak of properties that it does not name? */
function isOpen(written: Place): boolean {
  const schema = written.deref();
  const { value } = schema.child('additionalProperties');
  return (
    value === true || typeof value === 'object' || ['patternProperties', 'if', 'dependentSchemas'].some((key) => schema.has(key))
  );
}
