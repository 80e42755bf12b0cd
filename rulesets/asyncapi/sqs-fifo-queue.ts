import type { Api, Place } from '../../server/core/model/api.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { actionsOf, bindingOf, channelsOf } from './channels.ts';
import page from './sqs-fifo-queue.md';

export default defineApiRule({
  page,
  theme: 'bindings',
  severity: 'error',
  formats: ['asyncapi'],
  *check(api) {
    for (const queue of queuesOf(api)) {
      const name = queue.get('name');
      const fifo = queue.get('fifoQueue');
      if (name.string === undefined) continue;
      if (fifo.value === true && !name.string.endsWith('.fifo')) {
        yield {
          at: name,
          target: 'value',
          message: `SQS refuses a FIFO queue \`${name.string}\`; let its name end in \`.fifo\`.`,
        };
      } else if (fifo.value === false && name.string.endsWith('.fifo')) {
        yield {
          at: fifo,
          target: 'value',
          message: `SQS refuses \`${name.string}\` as a standard queue; set \`fifoQueue: true\`, or name it otherwise.`,
        };
      }
    }
  },
  fix: {
    safety: 'suggestion',
    apply({ at }, edit) {
      edit(at).set(at.path, at.key === 'name' ? `${at.string}.fifo` : true);
      return at.key === 'name' ? 'Let the name end in .fifo' : 'Make it a FIFO queue';
    },
  },
});

/** The queues that bindings of channels and operations describe, each once. */
function queuesOf(api: Api): Place[] {
  const owners = [...channelsOf(api).map(({ place }) => place), ...actionsOf(api).map(({ place }) => place)];
  const queues = owners.flatMap((owner) => {
    const sqs = bindingOf(owner, 'sqs');
    return [
      sqs.get('queue'),
      sqs.get('deadLetterQueue'),
      ...sqs
        .get('queues')
        .items()
        .map((queue) => queue.deref()),
    ];
  });
  return [...new Map(queues.filter(({ isObject }) => isObject).map((queue) => [queue.id, queue])).values()];
}
