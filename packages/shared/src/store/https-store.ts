/** `https://`: read only, and only from where the policy allows. */
import type { Agent } from 'undici';
import { ImageError, UsageError } from '../errors.ts';
import { type BodyLimits, boundedBody, checkLength, collectBody, timed } from './bounded-body.ts';
import { Deadline } from './deadline.ts';
import { httpsError, httpsTimeout } from './https-errors.ts';
import { type HttpsAnswer, httpsGet } from './https-get.ts';
import type { HttpsPolicy } from './https-policy.ts';
import type { ObjectBody, ObjectEntry, ObjectStore, ReadOptions } from './object-store.ts';
import { shown } from './shown-uri.ts';
import type { StoreConfig } from './store-config.ts';

/** The version is the server's strong ETag, where it sends one. */
export class HttpsStore implements ObjectStore, AsyncDisposable {
  readonly #policy: HttpsPolicy;
  readonly #config: StoreConfig;
  readonly #connections: number;
  #agent: Promise<Agent> | undefined;

  /** `connections`: to one host. */
  constructor(policy: HttpsPolicy, config: StoreConfig, connections: number) {
    this.#policy = policy;
    this.#config = config;
    this.#connections = connections;
  }

  async read(uri: string, options: ReadOptions = {}): Promise<ObjectBody> {
    using deadline = this.#deadline(options);
    try {
      const answer = await this.#request(uri, 'GET', deadline);
      const limits = { uri, length: answer.length, maxBytes: options.maxBytes };
      return { body: await collectBody(checked(answer, limits, deadline), limits), version: answer.version };
    } catch (error) {
      throw meaning(error, uri, deadline, options.signal);
    }
  }

  async *stream(uri: string, options: ReadOptions = {}): AsyncGenerator<Uint8Array> {
    using deadline = this.#deadline(options);
    try {
      const answer = await this.#request(uri, 'GET', deadline);
      const limits = { uri, length: answer.length, maxBytes: options.maxBytes };
      for await (const piece of boundedBody(checked(answer, limits, deadline), limits)) {
        deadline.pause();
        yield piece;
        deadline.restart();
      }
    } catch (error) {
      throw meaning(error, uri, deadline, options.signal);
    }
  }

  /** `bytes` is 0 where the server does not say. */
  async head(uri: string, options: { signal?: AbortSignal } = {}): Promise<ObjectEntry | null> {
    using deadline = this.#deadline(options);
    try {
      const { body, length = 0, version } = await this.#request(uri, 'HEAD', deadline);
      await body.dump();
      return { uri, version: version ?? '', bytes: length };
    } catch (error) {
      if (error instanceof ImageError && error.code === 'not_found') return null;
      throw meaning(error, uri, deadline, options.signal);
    }
  }

  list(prefix: string): AsyncIterable<ObjectEntry> {
    throw readOnly(prefix, 'listed');
  }

  async folders(folder: string): Promise<string[]> {
    throw readOnly(folder, 'listed');
  }

  async create(uri: string): Promise<'created' | 'exists'> {
    throw readOnly(uri, 'written');
  }

  async replace(uri: string): Promise<void> {
    throw readOnly(uri, 'written');
  }

  async remove(uri: string): Promise<void> {
    throw readOnly(uri, 'removed');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const agent = this.#agent;
    this.#agent = undefined;
    await (await agent)?.destroy();
  }

  async #request(uri: string, method: 'GET' | 'HEAD', deadline: Deadline): Promise<HttpsAnswer> {
    this.#agent ??= openAgent(this.#policy, this.#config, this.#connections);
    return httpsGet(await this.#agent, this.#policy, uri, method, deadline);
  }

  #deadline({ timeoutMs = this.#config.readTimeoutMs, signal }: ReadOptions): Deadline {
    signal?.throwIfAborted();
    return new Deadline(timeoutMs, signal);
  }
}

/** Loaded when the first `https://` URI comes. */
async function openAgent(policy: HttpsPolicy, config: StoreConfig, connections: number): Promise<Agent> {
  const [undici, { guardedConnector }] = await Promise.all([
    import('undici'),
    import('./guarded-connector.ts'),
  ]);
  const connect = guardedConnector(policy, config.connectTimeoutMs);
  return new undici.Agent({ connect, connections, allowH2: false });
}

function checked({ body }: HttpsAnswer, limits: BodyLimits, deadline: Deadline): AsyncIterable<Uint8Array> {
  try {
    checkLength(limits);
    return timed(body, deadline);
  } catch (error) {
    body.on('error', () => {}).destroy(); // undici reports the end that we ask for as an error
    throw error;
  }
}

function meaning(error: unknown, uri: string, deadline: Deadline, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason;
  return deadline.why === null ? httpsError(error, uri) : httpsTimeout(uri, deadline.why);
}

function readOnly(uri: string, what: string): UsageError {
  return new UsageError('read_only', `${shown(uri)} cannot be ${what}: https:// can only be read`);
}
