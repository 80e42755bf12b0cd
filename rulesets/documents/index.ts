import type { ApiRule } from '../../server/core/rule.ts';
import discriminatorDefined from './discriminator-defined.ts';
import exampleMatchesSchema from './example-matches-schema.ts';
import infoVersionSemver from './info-version-semver.ts';
import operationIdUnique from './operation-operationId-unique.ts';
import reference from './reference.ts';
import secretNotInExample from './secret-not-in-example.ts';
import securityDefined from './security-defined.ts';
import serverVariables from './server-variables.ts';
import structure from './structure.ts';
import timestampDateTime from './timestamp-date-time.ts';

/** Lintel's own rules for OpenAPI and AsyncAPI alike. */
export const documentRules: readonly ApiRule[] = [
  discriminatorDefined,
  exampleMatchesSchema,
  infoVersionSemver,
  operationIdUnique,
  reference,
  secretNotInExample,
  securityDefined,
  serverVariables,
  structure,
  timestampDateTime,
];
