import { STATUS_CODES } from 'node:http';

/** The base of every problem type's URI. */
const PROBLEM_TYPES = 'https://example.com/problems/'; // ${1}

/** What is wrong with one part of a request: `pointer` is a JSON Pointer (RFC 6901) into its body. */
export interface ErrorDetail {
  pointer: string;
  detail: string;
}

export interface ApiErrorOptions extends ErrorOptions {
  details?: readonly ErrorDetail[];
  headers?: Readonly<Record<string, string>>;
}

/** An error the client is told about: its message and details are written for the client, its `cause` for the log. */
export class ApiError extends Error {
  readonly status: number;
  /** Names the kind of error, for programs: never changes, whatever the message says. */
  readonly code: string;
  readonly details: readonly ErrorDetail[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, { details = [], headers = {}, cause }: ApiErrorOptions = {}) {
    super(message, { cause });
    this.name = new.target.name;
    this.status = status;
    this.code = code;
    this.details = details;
    this.headers = headers;
  }
}

export class ValidationError extends ApiError {
  constructor(details: readonly ErrorDetail[], message = 'The request is not valid.') {
    super(422, 'validation-failed', message, { details });
  }
}

export class UnauthorizedError extends ApiError {
  constructor(message = 'The request needs a valid access token.', challenge = 'Bearer') {
    super(401, 'unauthorized', message, { headers: { 'WWW-Authenticate': challenge } });
  }
}

export class NotFoundError extends ApiError {
  constructor(message = 'There is nothing at this address.') {
    super(404, 'not-found', message);
  }
}

export class ConflictError extends ApiError {
  constructor(message: string) {
    super(409, 'conflict', message);
  }
}

export class TooManyRequestsError extends ApiError {
  constructor(retryAfterSeconds: number, message = 'There were too many requests.') {
    super(429, 'too-many-requests', message, { headers: { 'Retry-After': String(Math.ceil(retryAfterSeconds)) } });
  }
}

/** A response, for whatever framework writes it. */
export interface ErrorAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** The answer to an error as problem details (RFC 9457). Of an error that is not for the client it says nothing but 500. */
export function problemAnswer(error: unknown): ErrorAnswer {
  const status = statusOf(error);
  const known = error instanceof ApiError ? error : undefined;
  const problem = {
    type: known ? PROBLEM_TYPES + known.code : 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    ...(known && { detail: known.message }),
    ...(known && known.details.length > 0 && { errors: known.details }),
  };
  return {
    status,
    headers: { ...known?.headers, 'Content-Type': 'application/problem+json' },
    body: JSON.stringify(problem),
  };
}

/** The status an error stands for. Frameworks mark the client's mistakes by `status` or `statusCode`; all else is 500. */
export function statusOf(error: unknown): number {
  if (error instanceof ApiError) return error.status;
  if (typeof error !== 'object' || error === null) return 500;
  const { status, statusCode = status } = error as { status?: unknown; statusCode?: unknown };
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : 500;
}
