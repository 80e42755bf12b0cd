import { defineOwnRule, type OwnRule } from '../../server/core/own.ts';
import ignoreReason from './ignore-reason.md';
import ignoreUnused from './ignore-unused.md';
import remote from './remote.md';
import ruleFailed from './rule-failed.md';
import ruleset from './ruleset.md';
import syntax from './syntax.md';

/** The pages of what Lintel reports by itself. */
export const ownRules: readonly OwnRule[] = [ignoreReason, ignoreUnused, remote, ruleFailed, ruleset, syntax].map(defineOwnRule);
