/** A generated AsyncAPI document into one that people keep. */
import { isRecord } from '../../model/api.ts';
import { unused } from '../names.ts';
import { Components, type Json, type Merged, mergeSchema, refuse, type Target } from './target.ts';

/** Adds the channels, operations, messages and properties that the document lacks. */
export function mergeAsyncApi(target: Target, generated: Json): Merged {
  if (!target.document.format?.version.startsWith('3'))
    return refuse('The document is AsyncAPI 2. Convert it to AsyncAPI 3 first.');
  const components = new Components(target, generated);
  const own = recordsOf(target.data.channels);
  const names = new Map<string, string>();
  const taken = new Set(Object.keys(own));
  for (const [id, code] of Object.entries(recordsOf(generated.channels))) {
    const known = Object.keys(own).find((key) => isSame(target.at(['channels', key]).value, key, code, id));
    const name = known ?? unused(id, taken);
    names.set(id, name);
    if (known) mergeChannel(target, components, known, code);
    else {
      // Servers are named by the document's own people.
      const { servers: _, ...rest } = code;
      target.add(['channels', name], () => components.adopt(rest), `Channel \`${address(code) ?? name}\`.`);
    }
  }
  mergeOperations(target, components, generated, names);
  const shown = new Set(names.values());
  for (const key of Object.keys(own)) {
    if (!shown.has(key))
      target.surplus(['channels', key], `Channel \`${address(own[key]) ?? key}\` is described, and the code does not show it.`);
  }
  return target.result();
}

function recordsOf(value: unknown): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(isRecord(value) ? value : {}).filter((entry): entry is [string, Json] => isRecord(entry[1])),
  );
}

function address(channel: unknown): string | undefined {
  return isRecord(channel) && typeof channel.address === 'string' ? channel.address : undefined;
}

/** One channel: the same address whatever its parameters are called, or no address and the same name. */
function isSame(own: unknown, key: string, code: Json, id: string): boolean {
  const [one, other] = [own, code].map((channel) => address(channel)?.replaceAll(/\{[^}]+\}/g, '{}'));
  return one !== undefined && other !== undefined ? one === other : one === other && key === id;
}

function mergeChannel(target: Target, components: Components, name: string, code: Json): void {
  const messages = target.at(['channels', name, 'messages']);
  const known = recordsOf(messages.value);
  for (const [key, reference] of Object.entries(recordsOf(code.messages))) {
    const message = components.resolve(reference);
    const only = Object.keys(known).length === 1 ? Object.keys(known)[0] : undefined;
    const wanted = isRecord(message) ? message.name : undefined;
    const match =
      Object.keys(known).find(
        (one) =>
          one === key ||
          one.toLowerCase() === key.toLowerCase() ||
          (wanted !== undefined && nameOf(target, name, one) === wanted),
      ) ?? only;
    const where = `the message of \`${address(code) ?? name}\``;
    if (match !== undefined && isRecord(message)) {
      const payload = target.at(['channels', name, 'messages', match, 'payload']);
      if (payload.value !== undefined) mergeSchema(target, components, payload, message.payload, where);
    } else if (messages.path) {
      target.add(
        [...messages.path, key],
        () => components.adopt(reference),
        `Message \`${key}\` of \`${address(code) ?? name}\`.`,
      );
    }
  }
}

function nameOf(target: Target, channel: string, message: string): unknown {
  const { value } = target.at(['channels', channel, 'messages', message]);
  return isRecord(value) ? value.name : undefined;
}

function mergeOperations(target: Target, components: Components, generated: Json, names: ReadonlyMap<string, string>): void {
  const own = recordsOf(target.data.operations);
  const taken = new Set(Object.keys(own));
  const pairs = new Set(Object.values(own).map(({ action, channel }) => `${action} ${channelIn(channel)}`));
  const shown = new Set<string>();
  for (const [id, code] of Object.entries(recordsOf(generated.operations))) {
    const channel = names.get(channelIn(code.channel)) ?? channelIn(code.channel);
    shown.add(`${code.action} ${channel}`);
    if (pairs.has(`${code.action} ${channel}`)) continue;
    const name = unused(id, taken);
    const { messages: _, ...rest } = code;
    const reply = isRecord(code.reply) ? { reply: { channel: reference(names.get(channelIn(code.reply.channel)) ?? '') } } : {};
    target.add(
      ['operations', name],
      () => ({ ...(components.adopt(rest) as Json), channel: reference(channel), ...reply }),
      `Operation \`${name}\`.`,
    );
  }
  for (const [id, { action, channel }] of Object.entries(own)) {
    const isKnown = [...names.values()].includes(channelIn(channel));
    if (isKnown && !shown.has(`${action} ${channelIn(channel)}`))
      target.surplus(['operations', id], `Operation \`${id}\` is described, and the code does not show it.`);
  }
}

const reference = (channel: string) => ({ $ref: `#/channels/${channel.replaceAll('~', '~0').replaceAll('/', '~1')}` });

function channelIn(value: unknown): string {
  const text = isRecord(value) ? String(value.$ref ?? '') : '';
  return text
    .replace(/^#\/channels\//, '')
    .replaceAll('~1', '/')
    .replaceAll('~0', '~');
}
