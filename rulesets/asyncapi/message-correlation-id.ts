import { defineApiRule } from '../../server/core/rule.ts';
import { propertiesOf } from '../schema.ts';
import { headersOf, messageKind, payloadOf, traitsOf } from './message.ts';
import page from './message-correlation-id.md';

const correlating = /^(?:x-?)?(?:correlation|trace|request)-?_?id$|^traceparent$/i;

export default defineApiRule({
  page,
  severity: 'warn',
  formats: ['asyncapi'],
  *check(api) {
    for (const { place, name } of api.messages) {
      if (messageKind(name) === undefined) continue;
      if ([place, ...traitsOf(place)].some((part) => part.has('correlationId'))) continue;
      // A message of which neither headers nor payload are described says nothing that could be wrong.
      if (!headersOf(place).isObject && !payloadOf(place).isObject) continue;
      yield { at: place, message: `Message \`${name}\` cannot be traced back to its cause; add \`correlationId\`.` };
    }
  },
  fix: {
    safety: 'suggestion',
    apply({ at }, edit) {
      for (const [part, schemas] of [
        ['header', [at, ...traitsOf(at)].map(headersOf)],
        ['payload', [payloadOf(at)]],
      ] as const) {
        const names = schemas.flatMap((schema) => [...propertiesOf(schema).byName.keys()]);
        const known = names.find((name) => correlating.test(name));
        if (known === undefined) continue;
        edit(at).set([...at.path, 'correlationId'], { location: `$message.${part}#/${known}` });
        return 'Declare the correlation id';
      }
      edit(at).set([...at.path, 'correlationId'], { location: '$message.header#/correlationId' });
      const headers = headersOf(at);
      if (headers.isObject) edit(headers).set([...headers.path, 'properties', 'correlationId'], { type: 'string' });
      else edit(at).set([...at.path, 'headers'], { type: 'object', properties: { correlationId: { type: 'string' } } });
      return 'Add a correlation id';
    },
  },
});
