/**
 * A small HTTP server for what orchestrators and monitoring ask a process: a path, a page, no input. On all addresses,
 * because they ask the pod's.
 */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { messageOf, UsageError } from '../errors.ts';

export interface Page {
  readonly status: number;
  /** Content type. */
  readonly type: string;
  readonly body: string;
}

export class PageServer implements AsyncDisposable {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /**
   * @param option the command line's name for `port`, for the message
   * @param pageOf the page of a path; null where there is none
   * @throws UsageError `port_unusable`
   */
  static async listen(
    port: number,
    option: string,
    pageOf: (path: string) => Promise<Page | null>,
  ): Promise<PageServer> {
    const server = createServer((request, response) => {
      const [path = ''] = (request.url ?? '').split('?', 1);
      void pageOf(path)
        .catch((error: unknown) => textPage(500, messageOf(error)))
        .then((page) => {
          const { status, type, body } = page ?? textPage(404, 'not found');
          response.writeHead(status, { 'content-type': type, connection: 'close' }).end(body);
        });
    });
    server.listen(port);
    try {
      await once(server, 'listening');
    } catch (error) {
      throw new UsageError('port_unusable', `${option} ${port} cannot be used: ${messageOf(error)}`);
    }
    return new PageServer(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}

/** One line of text. */
export function textPage(status: number, line: string): Page {
  return { status, type: 'text/plain', body: `${line}\n` };
}
