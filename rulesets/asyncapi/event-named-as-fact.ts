import { findingsOf } from '../../server/core/model/habit.ts';
import { defineApiRule } from '../../server/core/rule.ts';
import { messageKind, wordsOf } from './message.ts';
import page from './event-named-as-fact.md';

const imperative =
  /^(?:create|update|delete|remove|add|cancel|send|register|ship|approve|reject|place|change|start|stop|activate|deactivate|publish|submit)$/;

export default defineApiRule({
  page,
  theme: 'events',
  severity: 'info',
  formats: ['asyncapi'],
  *check(api) {
    yield* findingsOf(api, {
      among: api.messages.filter(({ name }) => messageKind(name) === 'event'),
      keeps: ({ name }) => factFor(name) === undefined,
      placeOf: ({ place }) => place,
      one: ({ name }) => `Event \`${name}\` is named like a command; say what has happened, as \`${factFor(name)}\` does.`,
      many: (amount, { name }) =>
        `${amount} events, such as \`${name}\`, are named like commands; say what has happened, as \`${factFor(name)}\` does.`,
    });
  },
});

/** The event's name as a fact, for a name of an event with a bare verb and no participle; undefined for any other. */
function factFor(name: string): string | undefined {
  const words = wordsOf(name).filter((word) => !/^events?$/.test(word));
  const at = words.findIndex((word) => imperative.test(word));
  // A verb in the middle may be a noun: `place`, `change`, `start`.
  if (words.length < 2 || (at !== 0 && at !== words.length - 1) || words.some((word) => /ed$|^(?:sent|paid|made)$/.test(word)))
    return undefined;
  const verb = words[at] ?? '';
  const noun = words.filter((_, index) => index !== at);
  return [...noun, past(verb)].map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function past(verb: string): string {
  if (verb === 'send') return 'sent';
  if (/^(?:ship|stop|submit)$/.test(verb)) return verb === 'submit' ? 'submitted' : `${verb}ped`;
  return verb.endsWith('e') ? `${verb}d` : `${verb}ed`;
}
