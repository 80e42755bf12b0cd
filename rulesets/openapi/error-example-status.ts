import type { Place } from '../../server/core/model/api.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { served } from './http.ts';
import page from './error-example-status.md';

export default defineApiRule<number>({
  page,
  theme: 'errors',
  severity: 'warn',
  formats: ['openapi3'],
  *check(api) {
    const seen = new Map<Place, string>();
    const found: { at: Place; status: string }[] = [];
    for (const { responses } of served(api)) {
      for (const { status, response } of responses) {
        if (!/^[45]\d\d$/.test(status)) continue;
        for (const body of response.get('content').entries()) {
          for (const at of statusesOf(body)) {
            // A response or example that several statuses share cannot be right for all of them.
            if (seen.get(at) === undefined) found.push({ at, status });
            seen.set(at, seen.get(at) === undefined || seen.get(at) === status ? status : 'several');
          }
        }
      }
    }
    for (const { at, status } of found) {
      if (seen.get(at) !== status || at.number === undefined || String(at.number) === status) continue;
      const message = `The example says \`${at.number}\` in a ${status} response; say ${status}, as the response does.`;
      yield { at, target: 'value', message, data: Number(status) };
    }
  },
  fix: {
    safety: 'safe',
    apply({ at, data }, edit) {
      edit(at).set(at.path, data);
      return `Say ${data} in the example`;
    },
  },
});

/** The members `status` of a body's examples that look like an HTTP status of an error. */
function statusesOf(body: Place): Place[] {
  const examples = [
    body.get('example'),
    ...body
      .get('examples')
      .entries()
      .map((example) => example.get('value')),
  ];
  return examples
    .map((example) => example.get('status'))
    .filter(({ number }) => number !== undefined && number >= 400 && number < 600);
}
