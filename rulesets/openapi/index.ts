import type { ApiRule } from '../../server/core/rule.ts';
import errorProblemDetails from './error-problem-details.ts';
import idempotencyKeyRequired from './idempotency-key-required.ts';
import operationParameters from './operation-parameters.ts';
import paginationRequired from './pagination-required.ts';
import pathAmbiguous from './path-ambiguous.ts';
import pathParams from './path-params.ts';
import rateLimitRetryAfter from './rate-limit-retry-after.ts';
import serverHttps from './server-https.ts';

/** Lintel's own rules for OpenAPI documents. */
export const openapiRules: readonly ApiRule[] = [
  errorProblemDetails,
  idempotencyKeyRequired,
  operationParameters,
  paginationRequired,
  pathAmbiguous,
  pathParams,
  rateLimitRetryAfter,
  serverHttps,
];
