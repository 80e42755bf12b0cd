import type { Api, Place } from '../../server/core/model/api.ts';
import { Marks } from '../../server/core/model/marks.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { issuedSecretIn, mayHoldSecret } from '../secrets.ts';
import page from './secret-not-in-example.md';

interface Secret {
  readonly text: string;
}

export default defineApiRule<Secret>({
  page,
  theme: 'security',
  severity: 'error',
  formats: ['openapi', 'asyncapi'],
  *check(api) {
    yield* holders.lookInSteps(api.root.identity, 3);
    for (const at of stringsOf(api)) {
      const secret = issuedSecretIn(at.string ?? '');
      if (!secret) continue;
      const { kind, text } = secret;
      yield {
        at,
        target: 'value',
        message: `This looks like ${kind} (\`${text.slice(0, 4)}…\`) that anybody can use; revoke it and write a placeholder.`,
        data: { text },
      };
    }
  },
  fix: {
    safety: 'suggestion',
    apply({ at, data }, edit) {
      if (!data) return undefined;
      edit(at).set(at.path, (at.string ?? '').replace(data.text, 'EXAMPLE_SECRET'));
      return 'Write a placeholder';
    },
  },
});

/** Every string of the document long enough to be a key, in what looks like holding one. */
function stringsOf(api: Api): readonly Place[] {
  // Any edit may bring one.
  void api.document;
  return stringsAt(api.root);
}

const found = new WeakMap<Place, { readonly identity: unknown; readonly strings: readonly Place[] }>();
const none: readonly Place[] = [];

/** The same, at a place and below it; kept until something changes there. */
function stringsAt(place: Place): readonly Place[] {
  const { identity } = place;
  if (holders.of(identity) === 0) return none;
  if (typeof identity !== 'object') return [place];
  const known = found.get(place);
  if (known?.identity === identity) return known.strings;
  const content = identity as Readonly<Record<string, unknown>>;
  const holding = Object.keys(content).filter((key) => holders.of(content[key]) > 0);
  const strings = holding.flatMap((key) => stringsAt(place.child(key)));
  found.set(place, { identity, strings });
  return strings;
}

const holders = new Marks((value) => Number(typeof value === 'string' && mayHoldSecret(value)));
