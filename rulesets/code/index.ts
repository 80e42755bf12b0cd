import type { CodeRule } from '../../server/core/rule.ts';
import dbClientRelease from './db-client-release.ts';
import httpRetryBackoff from './http-retry-backoff.ts';
import httpRetryJitter from './http-retry-jitter.ts';
import httpTimeout from './http-timeout.ts';
import jwtDecodeNotVerified from './jwt-decode-not-verified.ts';
import sqlInjection from './sql-injection.ts';
import webhookRawBody from './webhook-raw-body.ts';
import webhookSignatureLength from './webhook-signature-length.ts';
import webhookSignatureTiming from './webhook-signature-timing.ts';

export const codeRules: readonly CodeRule[] = [
  dbClientRelease,
  httpRetryBackoff,
  httpRetryJitter,
  httpTimeout,
  jwtDecodeNotVerified,
  sqlInjection,
  webhookRawBody,
  webhookSignatureLength,
  webhookSignatureTiming,
];
