import type { ApiRule } from '../../server/core/rule.ts';
import discriminatorDefined from './discriminator-defined.ts';
import exampleMatchesSchema from './example-matches-schema.ts';
import operationIdUnique from './operation-operationId-unique.ts';
import reference from './reference.ts';
import securityDefined from './security-defined.ts';
import serverVariables from './server-variables.ts';
import structure from './structure.ts';

/** Lintel's own rules for OpenAPI and AsyncAPI alike. */
export const documentRules: readonly ApiRule[] = [
  discriminatorDefined,
  exampleMatchesSchema,
  operationIdUnique,
  reference,
  securityDefined,
  serverVariables,
  structure,
];
