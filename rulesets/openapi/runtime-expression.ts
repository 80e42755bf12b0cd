import type { Api, Place } from '../../server/core/model/api.ts';
import { type ApiProblem, defineApiRule } from '../../server/core/rule.ts';
import { writeName } from '../../server/core/structure/mend.ts';
import { nearest } from '../../server/core/structure/nearest.ts';
import { linksOf } from './links.ts';
import page from './runtime-expression.md';

export default defineApiRule<string | undefined>({
  page,
  theme: 'structure',
  severity: 'warn',
  formats: ['openapi3'],
  *check(api) {
    for (const link of linksOf(api)) {
      yield undefined;
      if (!link) continue;
      for (const value of [...link.get('parameters').entries(), link.child('requestBody')]) {
        if (value.string !== undefined) yield* mistakesOf(value, 'value', value.string);
      }
    }
    for (const callback of callbacksOf(api)) {
      yield undefined;
      for (const url of callback.entries()) {
        if (url.key.startsWith('x-')) continue;
        yield* mistakesOf(url, 'key', url.key);
      }
    }
  },
  fix: writeName,
});

/** The callbacks of operations and of the components, each once. */
function callbacksOf(api: Api): Set<Place> {
  const written = [...api.operations.map(({ place }) => place), api.get('components')].flatMap((owner) =>
    owner.get('callbacks').entries(),
  );
  return new Set(written.map((callback) => callback.deref()));
}

/** RFC 9110's token, for names of headers. */
const token = /^[!#$%&'*+.^_`|~\w-]+$/;
const pointer = /^(?:\/(?:[^~/]|~[01])*)*$/;
const heads = ['$url', '$method', '$statusCode', '$request', '$response'];
const sources = ['header', 'query', 'path', 'body'];

/** A text is an expression, or has expressions in braces; what does not begin with `$` is a constant. */
function* mistakesOf(at: Place, target: 'key' | 'value', text: string): Iterable<ApiProblem<string | undefined>> {
  if (/\{\$[^{}]*(?:\{|$)/.test(text)) {
    yield { at, target, message: `The \`{\` of the expression in \`${text}\` is not closed; add the \`}\`.`, data: undefined };
    return;
  }
  const whole = /^\$[a-z]/i.test(text) ? [text] : [];
  for (const expression of [...whole, ...[...text.matchAll(/\{(\$[^{}]*)\}/g)].map(([, each]) => each as string)]) {
    const wrong = mistakeIn(expression);
    if (!wrong) continue;
    const meant = wrong.meant === undefined ? undefined : text.replace(expression, () => wrong.meant as string);
    yield { at, target, message: wrong.message, data: meant };
  }
}

/** What is wrong with an expression, by the grammar of the OpenAPI Specification. */
function mistakeIn(expression: string): { readonly message: string; readonly meant?: string } | undefined {
  const [, head = '', rest = ''] = /^(\$\w*)(.*)$/s.exec(expression) ?? [];
  const not = `\`${expression}\` is no runtime expression`;
  const instead = (meant: string) => ({ message: `${not}; did you mean \`${meant}\`?`, meant });
  if (!heads.includes(head)) {
    const close = nearest(head, heads);
    if (close === undefined)
      return { message: `${not}: it begins with \`$url\`, \`$method\`, \`$statusCode\`, \`$request\` or \`$response\`.` };
    const other = mistakeIn(close + rest);
    return other?.meant === undefined ? instead(close + rest) : other;
  }
  if (head !== '$request' && head !== '$response') {
    return rest === '' ? undefined : { message: `${not}: nothing follows \`${head}\`.` };
  }
  const [, source = '', tail = ''] = /^\.(\w*)(.*)$/s.exec(rest) ?? [];
  if (!sources.includes(source)) {
    const close = nearest(source, sources);
    if (close !== undefined) return instead(`${head}.${close}${tail}`);
    return { message: `${not}: behind \`${head}\` follows \`.header\`, \`.query\`, \`.path\` or \`.body\`.` };
  }
  if (source === 'body') {
    if (tail === '' || (tail.startsWith('#') && pointer.test(tail.slice(1)))) return undefined;
    const steps = tail.replace(/^[#.]?[/.]?/, '').split(/[./]/);
    return instead(`${head}.body#/${steps.join('/')}`);
  }
  const name = tail.slice(1);
  if (tail.startsWith('.') && (source === 'header' ? token.test(name) : name !== '')) return undefined;
  if (tail.startsWith('#/') && tail.length > 2) return instead(`${head}.${source}.${tail.slice(2)}`);
  return { message: `${not}: behind \`${head}.${source}\` follows a dot and the name.` };
}
