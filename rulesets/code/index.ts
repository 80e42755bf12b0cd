import type { CodeRule } from '../../server/core/rule.ts';
import httpRetryBackoff from './http-retry-backoff.ts';
import httpRetryJitter from './http-retry-jitter.ts';
import httpTimeout from './http-timeout.ts';
import sqlInjection from './sql-injection.ts';
import webhookSignatureLength from './webhook-signature-length.ts';
import webhookSignatureTiming from './webhook-signature-timing.ts';

export const codeRules: readonly CodeRule[] = [
  httpRetryBackoff,
  httpRetryJitter,
  httpTimeout,
  sqlInjection,
  webhookSignatureLength,
  webhookSignatureTiming,
];
