import type { CodeRule } from '../../server/core/rule.ts';
import apiKeyCompareTiming from './api-key-compare-timing.ts';
import asyncErrorUnhandled from './async-error-unhandled.ts';
import cacheStampede from './cache-stampede.ts';
import corsCredentials from './cors-credentials.ts';
import dbClientRelease from './db-client-release.ts';
import dbLostUpdate from './db-lost-update.ts';
import dbMutationScoped from './db-mutation-scoped.ts';
import dbNPlusOne from './db-n-plus-one.ts';
import dbPoolErrorHandler from './db-pool-error-handler.ts';
import dbPoolLimits from './db-pool-limits.ts';
import dbPoolPerRequest from './db-pool-per-request.ts';
import dbQueryBounded from './db-query-bounded.ts';
import dbTransactionHandle from './db-transaction-handle.ts';
import dbTransactionLong from './db-transaction-long.ts';
import dbTransactionOnPool from './db-transaction-on-pool.ts';
import dbTransactionRetry from './db-transaction-retry.ts';
import dbTransactionRollback from './db-transaction-rollback.ts';
import errorInternalsExposed from './error-internals-exposed.ts';
import errorResponseShape from './error-response-shape.ts';
import errorResponseStatus from './error-response-status.ts';
import etlErrorLogged from './etl-error-logged.ts';
import etlRowValidated from './etl-row-validated.ts';
import graphqlLimits from './graphql-limits.ts';
import graphqlNPlusOne from './graphql-n-plus-one.ts';
import graphqlPagination from './graphql-pagination.ts';
import grpcDeadline from './grpc-deadline.ts';
import grpcRetryStatus from './grpc-retry-status.ts';
import httpAbortCleared from './http-abort-cleared.ts';
import httpBodyUnread from './http-body-unread.ts';
import httpCircuit from './http-circuit.ts';
import httpErrorSwallowed from './http-error-swallowed.ts';
import httpIdempotencyKeyStable from './http-idempotency-key-stable.ts';
import httpPlain from './http-plain.ts';
import httpResponseOk from './http-response-ok.ts';
import httpRetryAfter from './http-retry-after.ts';
import httpRetryBackoff from './http-retry-backoff.ts';
import httpRetryIdempotent from './http-retry-idempotent.ts';
import httpRetryJitter from './http-retry-jitter.ts';
import httpRetryLimit from './http-retry-limit.ts';
import httpRetryStatus from './http-retry-status.ts';
import httpSecretInUrl from './http-secret-in-url.ts';
import httpTimeout from './http-timeout.ts';
import httpTimeoutIgnored from './http-timeout-ignored.ts';
import inputValidated from './input-validated.ts';
import jwtAudienceIssuer from './jwt-audience-issuer.ts';
import jwtDecodeNotVerified from './jwt-decode-not-verified.ts';
import jwtNoExpiry from './jwt-no-expiry.ts';
import jwtVerifyAlgorithms from './jwt-verify-algorithms.ts';
import listLimitCapped from './list-limit-capped.ts';
import listPaginated from './list-paginated.ts';
import migrationDataLoss from './migration-data-loss.ts';
import migrationLocksTable from './migration-locks-table.ts';
import migrationReversible from './migration-reversible.ts';
import migrationTransactional from './migration-transactional.ts';
import mongoOperatorInjection from './mongo-operator-injection.ts';
import mqAckBeforeProcessing from './mq-ack-before-processing.ts';
import mqAutoAck from './mq-auto-ack.ts';
import mqBatchFailures from './mq-batch-failures.ts';
import mqConsumerIdempotent from './mq-consumer-idempotent.ts';
import mqDeadLetter from './mq-dead-letter.ts';
import mqDualWrite from './mq-dual-write.ts';
import mqEventMetadata from './mq-event-metadata.ts';
import mqEventNamedAsFact from './mq-event-named-as-fact.ts';
import mqGracefulShutdown from './mq-graceful-shutdown.ts';
import mqNullMessage from './mq-null-message.ts';
import mqOffsetCommit from './mq-offset-commit.ts';
import mqPartialBatch from './mq-partial-batch.ts';
import mqPoisonMessage from './mq-poison-message.ts';
import mqPrefetch from './mq-prefetch.ts';
import mqProducerDurable from './mq-producer-durable.ts';
import mqPublishInTransaction from './mq-publish-in-transaction.ts';
import mqSwallowedError from './mq-swallowed-error.ts';
import mqWorkAwaited from './mq-work-awaited.ts';
import oauthPkce from './oauth-pkce.ts';
import oauthState from './oauth-state.ts';
import pollUnbounded from './poll-unbounded.ts';
import queueInMemory from './queue-in-memory.ts';
import rateLimitMissing from './rate-limit-missing.ts';
import redisKeysCommand from './redis-keys-command.ts';
import redisNoExpiry from './redis-no-expiry.ts';
import sagaCompensation from './saga-compensation.ts';
import secretFallback from './secret-fallback.ts';
import secretHardcoded from './secret-hardcoded.ts';
import sqlInjection from './sql-injection.ts';
import tokenLogged from './token-logged.ts';
import traceContextDropped from './trace-context-dropped.ts';
import webhookDeduplicate from './webhook-deduplicate.ts';
import webhookRawBody from './webhook-raw-body.ts';
import webhookRejectInvalid from './webhook-reject-invalid.ts';
import webhookReplayWindow from './webhook-replay-window.ts';
import webhookSendRetry from './webhook-send-retry.ts';
import webhookSendSigned from './webhook-send-signed.ts';
import webhookSignatureLength from './webhook-signature-length.ts';
import webhookSignatureMissing from './webhook-signature-missing.ts';
import webhookSignatureScheme from './webhook-signature-scheme.ts';
import webhookSignatureTiming from './webhook-signature-timing.ts';
import webhookSlowHandler from './webhook-slow-handler.ts';
import webhookTargetGuard from './webhook-target-guard.ts';
import webhookVerifyBeforeUse from './webhook-verify-before-use.ts';
import webhookVerifyOptional from './webhook-verify-optional.ts';

export const codeRules: readonly CodeRule[] = [
  apiKeyCompareTiming,
  asyncErrorUnhandled,
  cacheStampede,
  corsCredentials,
  dbClientRelease,
  dbLostUpdate,
  dbMutationScoped,
  dbNPlusOne,
  dbPoolErrorHandler,
  dbPoolLimits,
  dbPoolPerRequest,
  dbQueryBounded,
  dbTransactionHandle,
  dbTransactionLong,
  dbTransactionOnPool,
  dbTransactionRetry,
  dbTransactionRollback,
  errorInternalsExposed,
  errorResponseShape,
  errorResponseStatus,
  etlErrorLogged,
  etlRowValidated,
  graphqlLimits,
  graphqlNPlusOne,
  graphqlPagination,
  grpcDeadline,
  grpcRetryStatus,
  httpAbortCleared,
  httpBodyUnread,
  httpCircuit,
  httpErrorSwallowed,
  httpIdempotencyKeyStable,
  httpPlain,
  httpResponseOk,
  httpRetryAfter,
  httpRetryBackoff,
  httpRetryIdempotent,
  httpRetryJitter,
  httpRetryLimit,
  httpRetryStatus,
  httpSecretInUrl,
  httpTimeout,
  httpTimeoutIgnored,
  inputValidated,
  jwtAudienceIssuer,
  jwtDecodeNotVerified,
  jwtNoExpiry,
  jwtVerifyAlgorithms,
  listLimitCapped,
  listPaginated,
  migrationDataLoss,
  migrationLocksTable,
  migrationReversible,
  migrationTransactional,
  mongoOperatorInjection,
  mqAckBeforeProcessing,
  mqAutoAck,
  mqBatchFailures,
  mqConsumerIdempotent,
  mqDeadLetter,
  mqDualWrite,
  mqEventMetadata,
  mqEventNamedAsFact,
  mqGracefulShutdown,
  mqNullMessage,
  mqOffsetCommit,
  mqPartialBatch,
  mqPoisonMessage,
  mqPrefetch,
  mqProducerDurable,
  mqPublishInTransaction,
  mqSwallowedError,
  mqWorkAwaited,
  oauthPkce,
  oauthState,
  pollUnbounded,
  queueInMemory,
  rateLimitMissing,
  redisKeysCommand,
  redisNoExpiry,
  sagaCompensation,
  secretFallback,
  secretHardcoded,
  sqlInjection,
  tokenLogged,
  traceContextDropped,
  webhookDeduplicate,
  webhookRawBody,
  webhookRejectInvalid,
  webhookReplayWindow,
  webhookSendRetry,
  webhookSendSigned,
  webhookSignatureLength,
  webhookSignatureMissing,
  webhookSignatureScheme,
  webhookSignatureTiming,
  webhookSlowHandler,
  webhookTargetGuard,
  webhookVerifyBeforeUse,
  webhookVerifyOptional,
];
