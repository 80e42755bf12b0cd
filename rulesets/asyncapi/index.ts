import type { ApiRule } from '../../server/core/rule.ts';
import channelAddress from './channel-address.ts';
import messageCorrelationId from './message-correlation-id.ts';
import messageEventMetadata from './message-event-metadata.ts';

/** Lintel's own rules for AsyncAPI documents. */
export const asyncapiRules: readonly ApiRule[] = [channelAddress, messageCorrelationId, messageEventMetadata];
