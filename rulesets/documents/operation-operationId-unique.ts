import type { Api, Place } from '../../server/core/model/api.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import page from './operation-operationId-unique.md';

export default defineApiRule({
  page,
  theme: 'structure',
  severity: 'error',
  formats: ['openapi', 'asyncapi2'],
  replaces: ['operation-operationId-unique', 'asyncapi-operation-operationId-uniqueness'],
  *check(api) {
    const seen = new Map<string, { operation: Place; id: Place }>();
    for (const operation of api.format.kind === 'openapi' ? api.operations.map(({ place }) => place) : asyncOperations(api)) {
      const id = operationIdOf(operation);
      if (id?.string === undefined) continue;
      const first = seen.get(id.string);
      if (!first) {
        seen.set(id.string, { operation, id });
        continue;
      }
      const message = `\`${id.string}\` already names ${describe(first.operation)}; give this operation an id of its own.`;
      // One trait that names two operations is at fault where it is used the second time.
      const once = id.is(first.id);
      yield {
        at: once ? operation : id,
        target: once ? 'key' : 'value',
        message,
        related: [{ at: first.id, message: 'The first use.' }],
      };
    }
  },
});

function* asyncOperations(api: Api): Iterable<Place> {
  const channels = [...api.get('channels').entries(), ...api.get('components', 'channels').entries()];
  const seen = new Set<Place>();
  for (const channel of channels) {
    for (const action of ['publish', 'subscribe']) {
      const operation = channel.get(action);
      if (!operation.isObject || seen.has(operation)) continue;
      seen.add(operation);
      yield operation;
    }
  }
}

/** The operation's own id; without one, that of a trait, which counts as if it were written in the operation. */
function operationIdOf(operation: Place): Place | undefined {
  const own = operation.child('operationId');
  if (own.exists) return own;
  return operation
    .child('traits')
    .items()
    .map((trait) => trait.get('operationId'))
    .findLast((id) => id.exists);
}

function describe({ path, key }: Place): string {
  return /^[a-z]+$/.test(key) ? `${key.toUpperCase()} ${String(path.at(-2) ?? '')}` : `\`${key}\``;
}
