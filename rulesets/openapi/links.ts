/** The links of responses. */
import type { Api, Place } from '../../server/core/model/api.ts';

/** Every link of a description, dereferenced, each once; `undefined` where others may have their turn. */
export function* linksOf(api: Api): Iterable<Place | undefined> {
  const components = api.get('components');
  const responses = api.operations.flatMap((operation) => operation.responses.map(({ response }) => response));
  const seen = new Set<Place>();
  for (const owner of [...responses, ...components.get('responses').entries(), components]) {
    yield undefined;
    for (const written of owner.get('links').entries()) {
      const link = written.deref();
      if (!link.isObject || seen.has(link)) continue;
      seen.add(link);
      yield link;
    }
  }
}
