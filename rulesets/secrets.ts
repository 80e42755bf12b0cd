/** Keys and tokens that their issuers make in a form of their own, wherever they stand. */

/** Forms that only the issuer's own keys have. Test keys are meant to be shown. */
const secrets: readonly (readonly [kind: string, form: RegExp])[] = [
  // In a signed URL it only names who signed.
  ['an AWS access key', /(?<!AccessKeyId=|X-Amz-Credential=)\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/],
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
export const secretMarks = /A[KS]IA|gh[pousr]_|github_pat_|glpat-|_live_|xox[abprs]-|AIza|SG\.|npm_|sk-proj-|PRIVATE KEY/;

/** What people write so that nobody takes it for real. */
const invented = /example|sample|dummy|your|x{4}|\*{3}|\.{3}|0{6}|1{6}|12345|abcde/i;

export interface IssuedSecret {
  /** `a Stripe live key`. */
  readonly kind: string;
  readonly text: string;
}

/** Has a text the form of such a key somewhere? */
export function mayHoldSecret(text: string): boolean {
  return text.length >= 16 && secretMarks.test(text) && secrets.some(([, form]) => form.test(text));
}

/** The first key in a text that nobody made up to show one. */
export function issuedSecretIn(text: string): IssuedSecret | undefined {
  for (const [kind, form] of secrets) {
    const found = form.exec(text)?.[0];
    if (found !== undefined && !invented.test(found) && new Set(found).size >= 12) return { kind, text: found };
  }
  return undefined;
}
