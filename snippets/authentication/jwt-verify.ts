import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify, type JWTVerifyOptions } from 'jose';

/** The token is not good, whatever is wrong with it. Answer 401 with `WWW-Authenticate: Bearer error="invalid_token"`. */
export class InvalidTokenError extends Error {}

export interface TokenIssuer {
  /** The `iss` of its tokens, to the letter. */
  issuer: string;
  /** This API, as it is named in `aud`. */
  audience: string;
  jwksUrl: URL;
  /** What the issuer signs with; never HMAC, whose key would have to be secret. */
  algorithms?: string[];
}

/**
 * Makes a verifier of access tokens: `const claims = await verify(token)`. Keys are fetched once and kept; one that is
 * unknown, after a rotation, makes them be fetched again, at most every 30 seconds. Throws InvalidTokenError for the
 * token's faults, and other errors when the keys cannot be had: answer 503 then.
 */
export function tokenVerifier({
  issuer,
  audience,
  jwksUrl,
  algorithms = ['RS256', 'ES256'],
}: TokenIssuer): (token: string) => Promise<JWTPayload & { sub: string }> {
  const keys = createRemoteJWKSet(jwksUrl, { timeoutDuration: 5_000, cooldownDuration: 30_000, cacheMaxAge: 600_000 });
  return async (token) => {
    try {
      const options = { issuer, audience, algorithms, clockTolerance: 30, requiredClaims: ['exp', 'sub'] };
      return (await payloadOf(token, keys, options)) as JWTPayload & { sub: string };
    } catch (error) {
      if (isFaultOfToken(error)) throw new InvalidTokenError('The access token is not valid.', { cause: error });
      throw error;
    }
  };
}

async function payloadOf(token: string, keys: JWTVerifyGetKey, options: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, keys, options)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    // The token names no key, and while keys are rotated there are several: one of them has signed it, or none.
    for await (const key of error) {
      const verified = await jwtVerify(token, key, options).catch((failure: unknown) => {
        if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure;
      });
      if (verified) return verified.payload;
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

function isFaultOfToken(error: unknown): boolean {
  return (
    error instanceof errors.JWTClaimValidationFailed ||
    error instanceof errors.JWTExpired ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWSSignatureVerificationFailed ||
    error instanceof errors.JOSEAlgNotAllowed ||
    error instanceof errors.JOSENotSupported ||
    error instanceof errors.JWKSNoMatchingKey
  );
}
