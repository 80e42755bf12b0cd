import type { ApiRule } from '../../server/core/rule.ts';
import amqpDurable from './amqp-durable.ts';
import bindingMatchesProtocol from './binding-matches-protocol.ts';
import channelAddress from './channel-address.ts';
import channelAddressConsistent from './channel-address-consistent.ts';
import consumerDeduplication from './consumer-deduplication.ts';
import deadLetterRequired from './dead-letter-required.ts';
import deliveryOrderKey from './delivery-order-key.ts';
import eventNamedAsFact from './event-named-as-fact.ts';
import kafkaConsumerGroup from './kafka-consumer-group.ts';
import kafkaTopicSettings from './kafka-topic-settings.ts';
import messageContentType from './message-content-type.ts';
import messageCorrelationId from './message-correlation-id.ts';
import messageEventMetadata from './message-event-metadata.ts';
import messagePayloadRequired from './message-payload-required.ts';
import mqttQos from './mqtt-qos.ts';
import operationMessages from './operation-messages.ts';
import payloadEvolvable from './payload-evolvable.ts';
import replyCorrelated from './reply-correlated.ts';
import secretNotInPayload from './secret-not-in-payload.ts';
import serverSecurityRequired from './server-security-required.ts';
import serverTls from './server-tls.ts';
import sqsFifoQueue from './sqs-fifo-queue.ts';

/** Lintel's own rules for AsyncAPI documents. */
export const asyncapiRules: readonly ApiRule[] = [
  amqpDurable,
  bindingMatchesProtocol,
  channelAddress,
  channelAddressConsistent,
  consumerDeduplication,
  deadLetterRequired,
  deliveryOrderKey,
  eventNamedAsFact,
  kafkaConsumerGroup,
  kafkaTopicSettings,
  messageContentType,
  messageCorrelationId,
  messageEventMetadata,
  messagePayloadRequired,
  mqttQos,
  operationMessages,
  payloadEvolvable,
  replyCorrelated,
  secretNotInPayload,
  serverSecurityRequired,
  serverTls,
  sqsFifoQueue,
];
