import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Where a request stands in its trace. `parentId` names the caller's span. */
export interface TraceContext {
  traceId: string;
  parentId: string;
  /** Two hexadecimal digits; the last bit says that the caller records the trace. */
  flags: string;
  state?: string;
}

const current = new AsyncLocalStorage<TraceContext>();

/** Reads `traceparent`; undefined when it is absent or not valid, in which case `tracestate` counts for nothing either. */
export function parseTraceparent(traceparent: string | undefined, tracestate?: string): TraceContext | undefined {
  const match = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/.exec(traceparent ?? '');
  if (!match) return undefined;
  const [, version, traceId = '', parentId = '', flags = '', rest] = match;
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(parentId)) return undefined;
  return { traceId, parentId, flags, ...(tracestate && { state: tracestate }) };
}

/** Runs the handling of a request in the trace its headers name, or in a new one that nobody records. */
export function inTrace<T>({ traceparent, tracestate }: IncomingHttpHeaders, run: () => T): T {
  const context = parseTraceparent(traceparent?.toString(), tracestate?.toString()) ?? {
    traceId: randomBytes(16).toString('hex'),
    parentId: randomBytes(8).toString('hex'),
    flags: '00',
  };
  return current.run(context, run);
}

/** The trace of the request that is handled, for the log; undefined outside of `inTrace`. */
export function traceId(): string | undefined {
  return current.getStore()?.traceId;
}

/** The headers for a call, or a message, that belongs to the request that is handled: one span for each. */
export function traceHeaders(): Record<string, string> {
  const context = current.getStore();
  if (!context) return {};
  // Of the flags only the first bits are known; the others are not for us to pass on.
  const flags = (Number.parseInt(context.flags, 16) & 0b11).toString(16).padStart(2, '0');
  const spanId = randomBytes(8).toString('hex');
  return {
    traceparent: `00-${context.traceId}-${spanId}-${flags}`,
    ...(context.state && { tracestate: context.state }),
  };
}
