import type { CodeRule } from '../../server/core/rule.ts';
import webhookSignatureLength from './webhook-signature-length.ts';
import webhookSignatureTiming from './webhook-signature-timing.ts';

export const codeRules: readonly CodeRule[] = [webhookSignatureLength, webhookSignatureTiming];
