/** What every request to S3 has around it: the connection, the time limit, and errors a caller understands. */

import { Deadline } from './deadline.ts';
import { connectS3, type S3Connection } from './s3-connection.ts';
import { type S3Operation, s3Error, s3Timeout } from './s3-errors.ts';
import { type S3Location, s3LocationOf, s3ObjectOf } from './s3-location.ts';
import type { StoreConfig } from './store-config.ts';

export interface S3Request extends S3Connection {
  readonly location: S3Location;
  readonly deadline: Deadline;
}

export interface RequestOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export class S3Requests implements AsyncDisposable {
  readonly #config: StoreConfig;
  readonly #connections: number;
  readonly #service: string;
  #connection: Promise<S3Connection> | undefined;

  constructor(config: StoreConfig, connections: number) {
    this.#config = config;
    this.#connections = connections;
    this.#service =
      config.s3.endpoint === undefined ? 'Amazon S3' : `S3 at ${new URL(config.s3.endpoint).origin}`;
  }

  async run<T>(
    operation: S3Operation,
    uri: string,
    options: RequestOptions,
    send: (request: S3Request) => Promise<T>,
  ): Promise<T> {
    using deadline = this.#deadline(options);
    try {
      return await deadline.within(this.#open(operation, uri, deadline).then(send));
    } catch (error) {
      throw this.#meaning(error, operation, uri, deadline, options);
    }
  }

  /** Hands the pieces on; while their reader works on one, the clock stands. */
  async *stream(
    uri: string,
    options: RequestOptions,
    send: (request: S3Request) => AsyncIterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array> {
    using deadline = this.#deadline(options);
    try {
      for await (const piece of send(await this.#open('read', uri, deadline))) {
        deadline.pause();
        yield piece;
        deadline.restart();
      }
    } catch (error) {
      throw this.#meaning(error, 'read', uri, deadline, options);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    (await connection?.catch(() => undefined))?.client.destroy();
  }

  async #open(operation: S3Operation, uri: string, deadline: Deadline): Promise<S3Request> {
    const location = operation === 'list' ? s3LocationOf(uri) : s3ObjectOf(uri);
    this.#connection ??= connectS3(this.#config, this.#connections);
    return { ...(await this.#connection), location, deadline };
  }

  #deadline({ timeoutMs, signal }: RequestOptions): Deadline {
    signal?.throwIfAborted();
    return new Deadline(timeoutMs ?? this.#config.readTimeoutMs, signal);
  }

  #meaning(
    error: unknown,
    operation: S3Operation,
    uri: string,
    deadline: Deadline,
    options: RequestOptions,
  ): unknown {
    if (options.signal?.aborted) return options.signal.reason;
    const attempt = { operation, uri, service: this.#service };
    return deadline.why === null ? s3Error(error, attempt) : s3Timeout(attempt, deadline.why);
  }
}
