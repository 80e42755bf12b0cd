import { STATUS_CODES } from 'node:http';
import { ApiError, type ErrorAnswer, type ErrorDetail, statusOf } from './error-classes.ts'; // ${1}

/** The body of every error: `code` is for programs and never changes, `message` for people. */
export interface ErrorEnvelope {
  error: {
    code: string;
    message: string;
    details: readonly ErrorDetail[];
  };
}

/** The answer to an error as an envelope. Of an error that is not for the client it says nothing but 500. */
export function envelopeAnswer(error: unknown): ErrorAnswer {
  const status = statusOf(error);
  const body: ErrorEnvelope =
    error instanceof ApiError
      ? { error: { code: error.code, message: error.message, details: error.details } }
      : { error: { code: `http-${status}`, message: STATUS_CODES[status] ?? 'Error', details: [] } };
  const headers = error instanceof ApiError ? error.headers : {};
  return { status, headers: { ...headers, 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}
