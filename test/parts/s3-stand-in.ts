/** A server that answers S3 requests as a test wants, and while it runs keys for it in the environment. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { S3Store } from '@labelmill/shared/store/s3-store';
import { storeConfigSchema } from '@labelmill/shared/store/store-config';

export class S3StandIn implements AsyncDisposable {
  answer: RequestListener = ok;
  /** All that came. */
  readonly requests: IncomingMessage[] = [];
  readonly #server: Server;
  readonly #stack = new AsyncDisposableStack();

  private constructor() {
    this.#server = createServer((request, response) => {
      this.requests.push(request);
      this.answer(request, response);
    }).listen(0, '127.0.0.1');
  }

  static async start(): Promise<S3StandIn> {
    const standIn = new S3StandIn();
    await once(standIn.#server, 'listening');
    const settings = { ...process.env };
    standIn.#stack.defer(() => {
      process.env = settings;
    });
    process.env.AWS_ACCESS_KEY_ID = 'key';
    process.env.AWS_SECRET_ACCESS_KEY = 'secret';
    process.env.AWS_SESSION_TOKEN = 'token';
    standIn.#stack.defer(async () => {
      standIn.#server.closeAllConnections();
      standIn.#server.close();
      await once(standIn.#server, 'close');
    });
    return standIn;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A store over it, or over what `s3` says, that is closed before it. */
  openStore(connections: number, s3: object = { endpoint: this.endpoint, forcePathStyle: true }): S3Store {
    return this.#stack.use(new S3Store(storeConfigSchema.parse({ s3, readTimeoutMs: 10_000 }), connections));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/** Every object is `x`, of version `v`. */
export const ok: RequestListener = (_, response) => {
  response.writeHead(200, { etag: '"v"' }).end('x');
};

export function refusing(status: number, code: string): RequestListener {
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>&lt;no&gt; &amp; &quot;no&quot;</Message></Error>`;
  return (request, response) => {
    response
      .writeHead(status, { 'content-type': 'application/xml' })
      .end(request.method === 'HEAD' ? undefined : body);
  };
}

/** Was it made by the AWS SDK, and not by our own client? */
export function bySdk({ headers }: IncomingMessage): boolean {
  return headers['user-agent']?.startsWith('aws-sdk-js/') ?? false;
}
