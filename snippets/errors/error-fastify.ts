import type { FastifyInstance } from 'fastify';
import { NotFoundError, problemAnswer } from './error-classes.ts'; // ${1}

/** Lets an application answer every error, and every path without a route, as problem details. Call it before the routes. */
export function answerErrors(app: FastifyInstance): void {
  app.setNotFoundHandler(() => {
    throw new NotFoundError();
  });
  app.setErrorHandler((error, request, reply) => {
    const { status, headers, body } = problemAnswer(error);
    if (status >= 500) request.log.error(error);
    // What the handler had said of another body.
    for (const name of ['Content-Encoding', 'ETag', 'Last-Modified', 'Cache-Control']) reply.removeHeader(name);
    // Bytes, as Fastify would add a charset to a text.
    return reply.code(status).headers(headers).send(Buffer.from(body));
  });
}
