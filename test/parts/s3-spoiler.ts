/** An HTTP server before a real S3 that spoils some of its answers, as failing stores and proxies do. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Spoil =
  /** An error in place of the answer; S3 is not asked. */
  | { readonly kind: 'error'; readonly status: number; readonly code: string }
  /** Half of the body, then the connection breaks. */
  | { readonly kind: 'cut' }
  /** Half of the body, then the connection ends in order, as if that were all. */
  | { readonly kind: 'short' }
  /** The announced length is half of the body that comes. */
  | { readonly kind: 'understated' };

export interface S3SpoilerOptions {
  /**
   * As look-alikes that do not know `If-None-Match`: every write overwrites. All requests go on unsigned then (the
   * header is part of the signature), so the bucket has to be open to everyone.
   */
  readonly overwrites?: boolean;
}

/** What is asked of S3: method, and path with query. */
export interface Asked {
  readonly method: string;
  readonly path: string;
}

export class S3Spoiler implements AsyncDisposable {
  readonly #server: Server;
  /** Says what becomes of an answer; while it waits, so does the request. */
  spoil: (asked: Asked) => Spoil | null | Promise<Spoil | null> = () => null;
  /** S3 has answered; the answer waits for this. */
  answered: (asked: Asked) => void | Promise<void> = () => {};

  private constructor(upstream: URL, { overwrites = false }: S3SpoilerOptions) {
    this.#server = createServer((asked, answer) => {
      const given = this.#serve(upstream, overwrites, asked, answer);
      given.catch(() => answer.destroy());
    });
    // A client that stands still for long finds its connection as it was.
    this.#server.keepAliveTimeout = 0;
  }

  /** Listens on 127.0.0.1 before the S3 at `endpoint`. */
  static async start(endpoint: string, options: S3SpoilerOptions = {}): Promise<S3Spoiler> {
    const spoiler = new S3Spoiler(new URL(endpoint), options);
    spoiler.#server.listen(0, '127.0.0.1');
    await once(spoiler.#server, 'listening');
    return spoiler;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async #serve(
    upstream: URL,
    overwrites: boolean,
    asked: IncomingMessage,
    answer: ServerResponse,
  ): Promise<void> {
    const { method = 'GET', url: path = '/' } = asked;
    const spoil = await this.spoil({ method, path });
    if (spoil?.kind === 'error') {
      asked.resume();
      refuse(answer, spoil);
      return;
    }
    const forward = request({
      host: upstream.hostname,
      port: upstream.port,
      method,
      path,
      headers: overwrites ? withoutCondition(asked.rawHeaders) : asked.rawHeaders,
    });
    asked.pipe(forward);
    const [given] = (await once(forward, 'response')) as [IncomingMessage];
    await this.answered({ method, path });
    if (spoil === null) {
      answer.writeHead(given.statusCode ?? 502, given.rawHeaders);
      given.pipe(answer);
    } else {
      await spoilBody(given, answer, spoil);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}

function refuse(answer: ServerResponse, { status, code }: Spoil & { kind: 'error' }): void {
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>as the test asks</Message></Error>`;
  answer.writeHead(status, { 'content-type': 'application/xml', 'content-length': body.length });
  answer.end(body);
}

async function spoilBody(given: IncomingMessage, answer: ServerResponse, { kind }: Spoil): Promise<void> {
  const body = Buffer.concat((await given.toArray()) as Buffer[]);
  const half = body.subarray(0, body.length >> 1);
  const lines = Object.entries(given.headers)
    .filter(([name]) => name !== 'connection' && name !== 'keep-alive')
    .map(([name, value]) =>
      name === 'content-length' && kind === 'understated' ? `${name}: ${half.length}` : `${name}: ${value}`,
    );
  const socket = answer.socket;
  // By hand: Node's server keeps answers from saying one length and having another.
  socket?.write(`HTTP/1.1 ${given.statusCode} ${given.statusMessage}\r\n${lines.join('\r\n')}\r\n\r\n`);
  if (kind === 'understated') socket?.write(body);
  else if (kind === 'short') socket?.end(half);
  else socket?.write(half, () => socket.resetAndDestroy());
}

/** Raw headers are names and values in turn. */
function withoutCondition(raw: readonly string[]): string[] {
  return raw.filter((_, place) => !/^(if-none-match|authorization)$/i.test(raw[place - (place % 2)] ?? ''));
}
