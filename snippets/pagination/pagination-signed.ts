import { createHmac, timingSafeEqual } from 'node:crypto';

/** Cursors that a client can neither read into meaning nor make up. */
export interface Cursors {
  /** `position`: the values of the last item the query sorts by. `query`: filters and sort, as one text; a cursor is good for one only. */
  encode(position: readonly string[], query: string): string;
  /** The position; undefined when the cursor is not ours, or of another query (answer 400). */
  decode(cursor: string, query: string): string[] | undefined;
}

/** Makes and reads cursors with a secret of at least 32 bytes, shared by all instances of the service. */
export function signedCursors(secret: Buffer): Cursors {
  if (secret.length < 32) throw new Error('The secret for cursors has less than 32 bytes.');
  const sign = (payload: string, query: string) => {
    // The lengths keep one pair of texts from reading as another.
    const text = `${payload.length}.${payload}.${query}`;
    return createHmac('sha256', secret).update(text).digest();
  };
  return {
    encode(position, query) {
      const payload = Buffer.from(JSON.stringify(position)).toString('base64url');
      return `${payload}.${sign(payload, query).toString('base64url')}`;
    },
    decode(cursor, query) {
      const [payload = '', signature = ''] = cursor.split('.', 2);
      const received = Buffer.from(signature, 'base64url');
      const expected = sign(payload, query);
      if (received.length !== expected.length || !timingSafeEqual(received, expected)) return undefined;
      return JSON.parse(Buffer.from(payload, 'base64url').toString()) as string[];
    },
  };
}
