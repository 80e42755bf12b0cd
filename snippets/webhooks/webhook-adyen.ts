import { createHmac, timingSafeEqual } from 'node:crypto';

/** What Adyen signs of a payment notification's `NotificationRequestItem`. */
export interface AdyenItem {
  pspReference: string;
  originalReference?: string;
  merchantAccountCode: string;
  merchantReference: string;
  amount: { value: number; currency: string };
  eventCode: string;
  success: string;
  additionalData?: Record<string, string>;
}

/**
 * Verifies an item of a payment notification (HMAC-SHA256 in base64, inside the item). `key` is the HMAC key of the webhook
 * in hexadecimal. Adyen signs these fields only, and no time: skip a `pspReference` with an `eventCode` already handled.
 */
export function verifyAdyenItem(item: AdyenItem, key: string): boolean {
  if (!/^(?:[\da-f]{2}){16,}$/i.test(key)) throw new Error('The HMAC key is not hexadecimal.');

  const signed = [
    item.pspReference,
    item.originalReference ?? '',
    item.merchantAccountCode,
    item.merchantReference,
    item.amount.value,
    item.amount.currency,
    item.eventCode,
    item.success,
  ].join(':');
  const received = Buffer.from(item.additionalData?.hmacSignature ?? '', 'base64');
  const expected = createHmac('sha256', Buffer.from(key, 'hex')).update(signed).digest();
  return received.length === expected.length && timingSafeEqual(received, expected);
}
