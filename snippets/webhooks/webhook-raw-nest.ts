import type { IncomingHttpHeaders } from 'node:http';
import { type CanActivate, type ExecutionContext, type RawBodyRequest, UnauthorizedException } from '@nestjs/common';

type Verify = (rawBody: Buffer, headers: IncomingHttpHeaders) => boolean | Promise<boolean>;

/**
 * Lets only what is from the sender reach a handler: `@UseGuards(new WebhookGuard(verify))`, `@HttpCode(200)`. The
 * application is made with `NestFactory.create(AppModule, { rawBody: true })`, and the handler takes
 * `@Req() request: RawBodyRequest<Request>`, keeps `request.rawBody` for a worker, and returns.
 */
export class WebhookGuard implements CanActivate {
  private readonly verify: Verify;

  /** `verify`: one of the `webhook-…` verifiers, with its secret. */
  constructor(verify: Verify) {
    this.verify = verify;
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<RawBodyRequest<{ headers: IncomingHttpHeaders; body?: unknown }>>();
    if (request.rawBody === undefined && hasContent(request.body)) {
      throw new Error('The bytes of the body are gone: create the application with { rawBody: true }.');
    }
    if (!(await this.verify(request.rawBody ?? Buffer.alloc(0), request.headers))) throw new UnauthorizedException();
    return true;
  }
}

function hasContent(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Object.keys(body).length > 0;
}
