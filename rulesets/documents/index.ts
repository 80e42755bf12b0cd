import type { ApiRule } from '../../server/core/rule.ts';
import reference from './reference.ts';
import structure from './structure.ts';

/** Lintel's own rules for OpenAPI and AsyncAPI alike. */
export const documentRules: readonly ApiRule[] = [reference, structure];
