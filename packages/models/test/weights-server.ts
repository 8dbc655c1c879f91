/** An HTTP server for published weights that can be told to misbehave. */
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export class WeightsServer implements AsyncDisposable {
  readonly origin: string;
  /** One per request, in order: path and Range header. */
  readonly requests: { readonly path: string; readonly range: string | undefined }[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** @param answers of the first request, the second and so on; the last one stands for all that follow. */
  static async start(...answers: readonly Answer[]): Promise<WeightsServer> {
    const listener: RequestListener = (request, response) => {
      const answer = answers[Math.min(started.requests.length, answers.length - 1)];
      started.requests.push({ path: request.url ?? '', range: request.headers.range });
      answer?.(request, response);
    };
    const server = createServer(listener).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const started = new WeightsServer(server);
    return started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** Serves the bytes, ranges included, as a web server does. */
export function serve(bytes: Uint8Array): Answer {
  return (request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (request.headers.range === undefined) response.writeHead(200, { 'content-length': bytes.length });
    else if (from >= bytes.length) return void response.writeHead(416).end();
    else {
      const range = `bytes ${from}-${bytes.length - 1}/${bytes.length}`;
      response.writeHead(206, { 'content-length': bytes.length - from, 'content-range': range });
    }
    response.end(bytes.subarray(from));
  };
}

/** Serves the bytes up to `to`, then cuts the connection. */
export function cut(bytes: Uint8Array, to: number): Answer {
  return (request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const range = `bytes ${from}-${bytes.length - 1}/${bytes.length}`;
    const headers = { 'content-length': bytes.length - from };
    if (request.headers.range === undefined) response.writeHead(200, headers);
    else response.writeHead(206, { ...headers, 'content-range': range });
    response.write(bytes.subarray(from, to), () => response.destroy());
  };
}

export function status(code: number, headers: Record<string, string> = {}): Answer {
  return (_request, response) => {
    response.writeHead(code, headers).end('no');
  };
}
