import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { problemAnswer } from './error-classes.ts'; // ${1}

/** Answers every error: `app.useGlobalFilters(new ErrorFilter(app.getHttpAdapter()))`. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger(ErrorFilter.name);
  private readonly adapter: Pick<AbstractHttpAdapter, 'isHeadersSent' | 'setHeader' | 'reply' | 'end'>;

  constructor(adapter: Pick<AbstractHttpAdapter, 'isHeadersSent' | 'setHeader' | 'reply' | 'end'>) {
    this.adapter = adapter;
  }

  catch(exception: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<{ removeHeader(name: string): unknown }>();
    const error = exception instanceof HttpException ? { status: exception.getStatus() } : exception;
    const { status, headers, body } = problemAnswer(error);
    if (status >= 500) this.logger.error(exception instanceof Error ? exception.stack : exception);
    // Half an answer cannot be taken back; ending it is all that is left.
    if (this.adapter.isHeadersSent(response)) return this.adapter.end(response);
    // What the handler had said of another body.
    for (const name of ['Content-Encoding', 'ETag', 'Last-Modified', 'Cache-Control']) response.removeHeader(name);
    for (const [name, value] of Object.entries(headers)) this.adapter.setHeader(response, name, value);
    this.adapter.reply(response, body, status);
  }
}
