import type { CodeRule } from '../../server/core/rule.ts';
import httpTimeout from './http-timeout.ts';
import webhookSignatureLength from './webhook-signature-length.ts';
import webhookSignatureTiming from './webhook-signature-timing.ts';

export const codeRules: readonly CodeRule[] = [httpTimeout, webhookSignatureLength, webhookSignatureTiming];
