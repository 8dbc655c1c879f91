/** A TCP proxy that does the harm networks do: refuses, resets, stalls, delays and drips. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export type Harm =
  /** Passes everything on. */
  | { readonly kind: 'none' }
  /** Closes every new connection at once, and resets the present ones. */
  | { readonly kind: 'down' }
  /** Keeps connections open and passes nothing on: half-open, as a dead peer behind a firewall. */
  | { readonly kind: 'stall' }
  /** Every piece of data comes this much later. */
  | { readonly kind: 'latency'; readonly ms: number }
  /** The server's answers come byte by byte, this many in a second. */
  | { readonly kind: 'drip'; readonly bytesPerSecond: number }
  /** Resets a connection once this many bytes of answers went through it. */
  | { readonly kind: 'reset'; readonly afterBytes: number };

export class TcpProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #harm: Harm = { kind: 'none' };
  #changed = Promise.withResolvers<void>();
  /** Connections that came so far. */
  connections = 0;

  private constructor(port: number) {
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#serve(client, port));
  }

  /** Listens on 127.0.0.1 and passes on to `port` there. */
  static async start(port: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(port);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  set harm(harm: Harm) {
    this.#harm = harm;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
    if (harm.kind === 'down') for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  #serve(client: Socket, port: number): void {
    this.connections++;
    if (this.#harm.kind === 'down') {
      client.resetAndDestroy();
      return;
    }
    const server = connect(port, '127.0.0.1');
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    void this.#pass(client, server, false).catch(() => {});
    void this.#pass(server, client, true).catch(() => {});
  }

  async #pass(from: Socket, to: Socket, answers: boolean): Promise<void> {
    let passed = 0;
    for await (const data of from as AsyncIterable<Buffer>) {
      while (this.#harm.kind === 'stall') await this.#changed.promise;
      if (this.#harm.kind === 'latency') await delay(this.#harm.ms);
      if (answers && this.#harm.kind === 'reset' && passed + data.length > this.#harm.afterBytes) {
        to.resetAndDestroy();
        return;
      }
      if (answers && this.#harm.kind === 'drip') await this.#drip(data, to);
      else await written(to, data);
      passed += data.length;
    }
    to.end();
  }

  async #drip(data: Buffer, to: Socket): Promise<void> {
    const ticksPerSecond = 10;
    for (let at = 0; at < data.length; ) {
      const harm = this.#harm;
      const piece = harm.kind === 'drip' ? Math.ceil(harm.bytesPerSecond / ticksPerSecond) : data.length;
      await written(to, data.subarray(at, at + piece));
      at += piece;
      if (harm.kind === 'drip') await delay(1000 / ticksPerSecond);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.harm = { kind: 'down' };
    this.#server.close();
    await once(this.#server, 'close');
  }
}

async function written(to: Socket, data: Buffer): Promise<void> {
  if (!to.write(data)) await Promise.race([once(to, 'drain'), once(to, 'close')]);
}
