import type { ApiRule } from '../../server/core/rule.ts';
import acceptedHasStatus from './accepted-has-status.ts';
import apiKeyNotInUrl from './api-key-not-in-url.ts';
import collectionIsObject from './collection-is-object.ts';
import conditionalUpdate from './conditional-update.ts';
import corsNotWildcard from './cors-not-wildcard.ts';
import createReturns201 from './create-returns-201.ts';
import createdHasLocation from './created-has-location.ts';
import deprecatedHasSunset from './deprecated-has-sunset.ts';
import encodingDefined from './encoding-defined.ts';
import errorExampleStatus from './error-example-status.ts';
import errorFormatConsistent from './error-format-consistent.ts';
import errorNoInternals from './error-no-internals.ts';
import errorProblemDetails from './error-problem-details.ts';
import errorSchemaComplete from './error-schema-complete.ts';
import getNoBody from './get-no-body.ts';
import headerIgnored from './header-ignored.ts';
import idFormatConsistent from './id-format-consistent.ts';
import idempotencyKeyRequired from './idempotency-key-required.ts';
import idempotencyKeyResponses from './idempotency-key-responses.ts';
import inputBounded from './input-bounded.ts';
import jwtDescribed from './jwt-described.ts';
import linkTarget from './link-target.ts';
import mediaTypeName from './media-type-name.ts';
import methodSemantics from './method-semantics.ts';
import moneyNotFloat from './money-not-float.ts';
import noContentEmpty from './no-content-empty.ts';
import notFoundResponse from './not-found-response.ts';
import nullablePerVersion from './nullable-per-version.ts';
import oauthFlowSafe from './oauth-flow-safe.ts';
import operationParameters from './operation-parameters.ts';
import paginationConsistent from './pagination-consistent.ts';
import paginationLimitBounded from './pagination-limit-bounded.ts';
import paginationNextLink from './pagination-next-link.ts';
import paginationRequired from './pagination-required.ts';
import patchMediaType from './patch-media-type.ts';
import pathAmbiguous from './path-ambiguous.ts';
import pathCasingConsistent from './path-casing-consistent.ts';
import pathNestingDepth from './path-nesting-depth.ts';
import pathNoun from './path-noun.ts';
import pathParams from './path-params.ts';
import propertyCasingConsistent from './property-casing-consistent.ts';
import rateLimitHeaders from './rate-limit-headers.ts';
import rateLimitResponse from './rate-limit-response.ts';
import rateLimitRetryAfter from './rate-limit-retry-after.ts';
import redirectHasLocation from './redirect-has-location.ts';
import runtimeExpression from './runtime-expression.ts';
import secretNotInUrl from './secret-not-in-url.ts';
import securityRequired from './security-required.ts';
import serverErrorResponse from './server-error-response.ts';
import serverHttps from './server-https.ts';
import statusCodeKnown from './status-code-known.ts';
import sunsetNotPast from './sunset-not-past.ts';
import unauthorizedResponse from './unauthorized-response.ts';
import validationErrorResponse from './validation-error-response.ts';
import versionSingleStrategy from './version-single-strategy.ts';
import webhookAcknowledged from './webhook-acknowledged.ts';
import webhookEventIdentity from './webhook-event-identity.ts';
import webhookHttpsCallback from './webhook-https-callback.ts';
import webhookRetryDocumented from './webhook-retry-documented.ts';
import webhookSignatureRequired from './webhook-signature-required.ts';
import writeOnlySecret from './write-only-secret.ts';

/** Lintel's own rules for OpenAPI documents. */
export const openapiRules: readonly ApiRule[] = [
  acceptedHasStatus,
  apiKeyNotInUrl,
  collectionIsObject,
  conditionalUpdate,
  corsNotWildcard,
  createReturns201,
  createdHasLocation,
  deprecatedHasSunset,
  encodingDefined,
  errorExampleStatus,
  errorFormatConsistent,
  errorNoInternals,
  errorProblemDetails,
  errorSchemaComplete,
  getNoBody,
  headerIgnored,
  idFormatConsistent,
  idempotencyKeyRequired,
  idempotencyKeyResponses,
  inputBounded,
  jwtDescribed,
  linkTarget,
  mediaTypeName,
  methodSemantics,
  moneyNotFloat,
  noContentEmpty,
  notFoundResponse,
  nullablePerVersion,
  oauthFlowSafe,
  operationParameters,
  paginationConsistent,
  paginationLimitBounded,
  paginationNextLink,
  paginationRequired,
  patchMediaType,
  pathAmbiguous,
  pathCasingConsistent,
  pathNestingDepth,
  pathNoun,
  pathParams,
  propertyCasingConsistent,
  rateLimitHeaders,
  rateLimitResponse,
  rateLimitRetryAfter,
  redirectHasLocation,
  runtimeExpression,
  secretNotInUrl,
  securityRequired,
  serverErrorResponse,
  serverHttps,
  statusCodeKnown,
  sunsetNotPast,
  unauthorizedResponse,
  validationErrorResponse,
  versionSingleStrategy,
  webhookAcknowledged,
  webhookEventIdentity,
  webhookHttpsCallback,
  webhookRetryDocumented,
  webhookSignatureRequired,
  writeOnlySecret,
];
