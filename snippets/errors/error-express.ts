import type { ErrorRequestHandler, RequestHandler } from 'express';
import { NotFoundError, problemAnswer } from './error-classes.ts'; // ${1}

/** Answers what no route did: `app.use(notFound)` after the routes. */
export const notFound: RequestHandler = (_request, _response, next) => next(new NotFoundError());

/** Answers every error: `app.use(errorHandler(log))` last of all. `log` gets those that are the server's fault. */
export function errorHandler(log: (error: unknown) => void): ErrorRequestHandler {
  return (error, _request, response, next) => {
    // Half an answer cannot be taken back: Express closes the connection, which tells the client.
    if (response.headersSent) return next(error);
    const { status, headers, body } = problemAnswer(error);
    if (status >= 500) log(error);
    // What the handler had said of another body.
    for (const name of ['Content-Length', 'Content-Encoding', 'ETag', 'Last-Modified', 'Cache-Control'])
      response.removeHeader(name);
    response.writeHead(status, headers).end(body);
  };
}
