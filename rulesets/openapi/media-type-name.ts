import type { Api, Place } from '../../server/core/model/api.ts';
import { type ApiProblem, defineApiRule } from '../../server/core/rule.ts';
import { writeName } from '../../server/core/structure/mend.ts';
import { bearersOf } from './http.ts';
import page from './media-type-name.md';

/** What people write in short. */
const meantBy = new Map([
  ['json', 'application/json'],
  ['xml', 'application/xml'],
  ['yaml', 'application/yaml'],
  ['form', 'application/x-www-form-urlencoded'],
  ['urlencoded', 'application/x-www-form-urlencoded'],
  ['x-www-form-urlencoded', 'application/x-www-form-urlencoded'],
  ['form-data', 'multipart/form-data'],
  ['multipart', 'multipart/form-data'],
  ['octet-stream', 'application/octet-stream'],
  ['binary', 'application/octet-stream'],
  ['pdf', 'application/pdf'],
  ['zip', 'application/zip'],
  ['html', 'text/html'],
  ['text', 'text/plain'],
  ['plain', 'text/plain'],
  ['csv', 'text/csv'],
  ['png', 'image/png'],
  ['jpeg', 'image/jpeg'],
]);

/** RFC 9110, 8.3.1: two tokens, and parameters; a range has stars. What a tool fills in cannot be judged. */
const mediaType = /^\s*(?:[!#$%&'*+.^_`|~\w-]+\/[!#$%&'*+.^_`|~\w-]+\s*(?:;.*)?|.*[{<].*)$/s;

export default defineApiRule<string | undefined>({
  page,
  theme: 'structure',
  severity: 'warn',
  formats: ['openapi'],
  *check(api) {
    const seen = new Set<Place>();
    for (const content of api.isSwagger ? listsOf(api) : contentsOf(api)) {
      yield undefined;
      if (seen.has(content)) continue;
      seen.add(content);
      for (const at of content.isArray ? content.items() : content.entries()) yield* mistakesOf(at, content.isArray);
    }
  },
  fix: writeName,
});

function* mistakesOf(at: Place, isListed: boolean): Iterable<ApiProblem<string | undefined>> {
  const name = isListed ? at.string : at.key;
  if (name === undefined || mediaType.test(name) || (!isListed && name.startsWith('x-'))) return;
  const meant = meantBy.get(name.toLowerCase().replace(/^\./, ''));
  const hint = meant === undefined ? '; write it as `application/json` is, type and subtype.' : `; did you mean \`${meant}\`?`;
  yield { at, target: isListed ? 'value' : 'key', message: `\`${name}\` is no media type${hint}`, data: meant };
}

/** Swagger 2.0: what is consumed and produced. */
function* listsOf(api: Api): Iterable<Place> {
  for (const owner of [api.root, ...api.operations.map(({ place }) => place)]) {
    for (const key of ['consumes', 'produces']) yield owner.child(key);
  }
}

/** The `content` of bodies, responses and parameters. */
function* contentsOf(api: Api): Iterable<Place> {
  for (const bearer of bearersOf(api)) yield bearer.child('content');
  for (const { parameters } of api.operations) for (const parameter of parameters) yield parameter.child('content');
  for (const written of api.get('components', 'parameters').entries()) yield written.deref().child('content');
}
