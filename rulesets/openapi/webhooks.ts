/** Webhooks and callbacks: what a receiver needs to know of a call, and the headers of Standard Webhooks that say it. */
import type { Api, Operation, Place } from '../../server/core/model/api.ts';
import type { TreeEditors } from '../../server/core/rule.ts';
import { propertiesOf } from '../schema.ts';
import { type Component, component } from './components.ts';
import { addParameter, called, parametersIn, requestSchemas } from './http.ts';

/** Calls that bring something: those with a body. */
export function deliveries(api: Api): Operation[] {
  return called(api).filter(({ place }) => place.has('requestBody'));
}

/** Names a call by what a reader looks for it under: the webhook's name, or the expression of the callback. */
export function callName({ kind, path }: Operation): string {
  return `${kind} \`${path}\``;
}

/** The same at the beginning of a sentence. */
export function capitalCallName(operation: Operation): string {
  return callName(operation).replace(/^./, (letter) => letter.toUpperCase());
}

/** Names of headers and of the body's members, in lower case without separators; undefined where not all can be seen. */
export function carried(api: Api, operation: Operation): string[] | undefined {
  const bodies = requestSchemas(api, operation).map(propertiesOf);
  if (bodies.length === 0 || bodies.some(({ complete, byName }) => !complete || byName.size === 0)) return undefined;
  const names = [...parametersIn(operation, 'header').keys(), ...bodies.flatMap(({ byName }) => [...byName.keys()])];
  return names.map((name) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, ''));
}

export type StandardHeader = 'webhook-id' | 'webhook-timestamp' | 'webhook-signature';

const standardHeaders: Readonly<Record<StandardHeader, { name: string; description: string }>> = {
  'webhook-id': { name: 'WebhookId', description: "The event's id, the same for every attempt to deliver it." },
  'webhook-timestamp': { name: 'WebhookTimestamp', description: 'When the attempt was made, in seconds since 1970.' },
  'webhook-signature': {
    name: 'WebhookSignature',
    description: 'Signatures separated by spaces, each v1, and the HMAC-SHA256 in base64 of id.timestamp.body.',
  },
};

/** Adds headers of Standard Webhooks to the calls that do not have them. */
export function addHeaders(
  api: Api,
  edit: TreeEditors,
  operations: readonly Operation[],
  names: readonly StandardHeader[],
): void {
  for (const name of names) {
    const missing = operations.filter((operation) => !parametersIn(operation, 'header').has(name));
    const write = component(api, edit, headerComponent(name), missing.length);
    for (const { place } of missing) addParameter(edit, place, write);
  }
}

function headerComponent(header: StandardHeader): Component {
  const { name, description } = standardHeaders[header];
  return {
    kind: 'parameters',
    name,
    value: { name: header, in: 'header', required: true, description, schema: { type: 'string' } },
    fits: (parameter: Place) => parameter.get('name').string?.toLowerCase() === header && parameter.get('in').string === 'header',
  };
}
