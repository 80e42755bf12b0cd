import type { Rule } from '../server/core/rule.ts';
import { asyncapiRules } from './asyncapi/index.ts';
import { codeRules } from './code/index.ts';
import { documentRules } from './documents/index.ts';
import { ownRules } from './lintel/index.ts';
import { openapiRules } from './openapi/index.ts';

/** Every built-in rule, and what Lintel reports by itself. */
export const rules: readonly Rule[] = [...documentRules, ...openapiRules, ...asyncapiRules, ...codeRules, ...ownRules];
