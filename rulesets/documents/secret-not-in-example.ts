import type { Api, Place } from '../../server/core/model/api.ts';
import { Marks } from '../../server/core/model/marks.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import page from './secret-not-in-example.md';

/** Forms that only the issuer's own keys have. Test keys are meant to be shown. */
const secrets: readonly (readonly [kind: string, form: RegExp])[] = [
  ['an AWS access key', /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/],
  ['a GitHub token', /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})\b/],
  ['a GitLab token', /\bglpat-[A-Za-z0-9_-]{20,}\b/],
  ['a Stripe live key', /\b[sr]k_live_[A-Za-z0-9]{16,}\b/],
  ['a Slack token', /\bxox[abprs]-[A-Za-z0-9-]{20,}\b/],
  ['a Google API key', /\bAIza[A-Za-z0-9_-]{35}\b/],
  ['a SendGrid key', /\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}\b/],
  ['an npm token', /\bnpm_[A-Za-z0-9]{36}\b/],
  ['an OpenAI key', /\bsk-proj-[A-Za-z0-9_-]{40,}\b/],
  ['a private key', /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s*[A-Za-z0-9+/=\s]{40,}/],
];
/** What one of them holds, to pass by all other texts at once. */
const marks = /A[KS]IA|gh[pousr]_|github_pat_|glpat-|_live_|xox[abprs]-|AIza|SG\.|npm_|sk-proj-|PRIVATE KEY/;
/** What people write so that nobody takes it for real. */
const invented = /example|sample|dummy|your|x{4}|\*{3}|\.{3}|0{6}|1{6}|12345|abcde/i;

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
      for (const [kind, form] of secrets) {
        const text = form.exec(at.string ?? '')?.[0];
        if (text === undefined || invented.test(text) || new Set(text).size < 12) continue;
        yield {
          at,
          target: 'value',
          message: `This looks like ${kind} (\`${text.slice(0, 4)}…\`) that anybody can use; revoke it and write a placeholder.`,
          data: { text },
        };
      }
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

const holders = new Marks((value) => Number(typeof value === 'string' && isSecret(value)));

function isSecret(text: string): boolean {
  return text.length >= 16 && marks.test(text) && secrets.some(([, form]) => form.test(text));
}
