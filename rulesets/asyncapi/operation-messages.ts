import { type Api, type Place, pointer } from '../../server/core/model/api.ts';
import { type ApiProblem, defineApiRule } from '../../server/core/rule.ts';
import { writeName } from '../../server/core/structure/mend.ts';
import page from './operation-messages.md';

export default defineApiRule<string | undefined>({
  page,
  theme: 'structure',
  severity: 'error',
  formats: ['asyncapi3'],
  *check(api) {
    const seen = new Set<Place>();
    for (const written of [...api.get('operations').entries(), ...api.get('components', 'operations').entries()]) {
      const operation = written.deref();
      for (const owner of [operation, operation.get('reply')]) {
        yield undefined;
        if (!owner.isObject || seen.has(owner)) continue;
        seen.add(owner);
        yield* mistakesOf(api, owner);
      }
    }
  },
  fix: writeName,
});

/** What an operation or a reply names, against what its channel has. */
function* mistakesOf(api: Api, owner: Place): Iterable<ApiProblem<string | undefined>> {
  const channel = owner.get('channel');
  if (!channel.isObject) return;
  const own = channel.get('messages').entries();
  for (const written of owner.get('messages').items()) {
    const at = written.child('$ref');
    const target = at.string === undefined ? undefined : api.resolve(at.doc, at.string);
    if (!target || own.includes(target)) continue;
    const alike = own.find((message) => message.deref() === target.deref());
    const isHere = alike && alike.doc.uri === at.doc.uri;
    const meant = isHere ? `#${encodeURI(pointer(alike.path))}` : undefined;
    const message = `\`${at.string}\` is no message of the channel \`${channel.key}\``;
    const hint = meant === undefined ? '; refer to one of `messages` there.' : `; write \`${meant}\`, which is the same.`;
    yield { at, target: 'value', message: `${message}${hint}`, data: meant };
  }
}
