import type { CodeRule } from '../../server/core/rule.ts';
import dbClientRelease from './db-client-release.ts';
import httpResponseOk from './http-response-ok.ts';
import httpRetryBackoff from './http-retry-backoff.ts';
import httpRetryIdempotent from './http-retry-idempotent.ts';
import httpRetryJitter from './http-retry-jitter.ts';
import httpTimeout from './http-timeout.ts';
import httpTimeoutIgnored from './http-timeout-ignored.ts';
import jwtDecodeNotVerified from './jwt-decode-not-verified.ts';
import sqlInjection from './sql-injection.ts';
import webhookRawBody from './webhook-raw-body.ts';
import webhookSignatureLength from './webhook-signature-length.ts';
import webhookSignatureTiming from './webhook-signature-timing.ts';

export const codeRules: readonly CodeRule[] = [
  dbClientRelease,
  httpResponseOk,
  httpRetryBackoff,
  httpRetryIdempotent,
  httpRetryJitter,
  httpTimeout,
  httpTimeoutIgnored,
  jwtDecodeNotVerified,
  sqlInjection,
  webhookRawBody,
  webhookSignatureLength,
  webhookSignatureTiming,
];
