import type { Rule } from '../server/core/rule.ts';
import { asyncapiRules } from './asyncapi/index.ts';
import { codeRules } from './code/index.ts';
import { documentRules } from './documents/index.ts';
import { openapiRules } from './openapi/index.ts';

/** Every built-in rule. */
export const rules: readonly Rule[] = [...documentRules, ...openapiRules, ...asyncapiRules, ...codeRules];
