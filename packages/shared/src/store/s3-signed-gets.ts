/** GETs of known routes without the AWS SDK, which needs several times the CPU time for each (bench/s3-get). */
import type { Agent } from 'undici';
import { ComingParts } from './body-parts.ts';
import type { ObjectBody } from './object-store.ts';
import { rangeHeader } from './range.ts';
import { S3Answer } from './s3-answer.ts';
import { requesterPays } from './s3-connection.ts';
import type { PartOptions } from './s3-get.ts';
import { encodedKey } from './s3-location.ts';
import type { S3Request } from './s3-requests.ts';
import type { S3Route } from './s3-route.ts';
import { S3Signer } from './s3-signature.ts';
import type { StoreConfig } from './store-config.ts';

export class S3SignedGets implements AsyncDisposable {
  readonly #connections: number;
  readonly #config: StoreConfig;
  readonly #signer = new S3Signer();
  #agent: Promise<Agent> | undefined;

  /** `connections`: kept alive to one host. */
  constructor(connections: number, config: StoreConfig) {
    this.#connections = connections;
    this.#config = config;
  }

  /** Throws as `S3Answer` does, and what the SDK throws where it finds no credentials. */
  async get(
    route: S3Route,
    { client, location, deadline }: S3Request,
    uri: string,
    { maxBytes, range, parts }: PartOptions,
  ): Promise<ObjectBody> {
    this.#agent ??= this.#openAgent();
    const agent = await this.#agent;
    // The SDK keeps credentials and renews them five minutes before they expire; it also knows how wrong our clock is.
    const credentials = await deadline.within(client.config.credentials());
    const time = new Date(Date.now() + client.config.systemClockOffset);
    const path = route.path + encodedKey(location.key);
    const headers = this.#signer.sign({
      path,
      headers: {
        host: route.host,
        ...(range === undefined ? {} : { range: rangeHeader(range) }),
        ...(this.#config.s3.requesterPays ? requesterPays : {}),
      },
      region: route.region,
      credentials,
      time,
    });
    headers['user-agent'] = 'labelmill';
    deadline.signal.throwIfAborted();
    const coming = parts && new ComingParts(parts, deadline);
    const answer = new S3Answer({ uri, maxBytes, range, parts: coming, deadline });
    const { origin } = route;
    // The deadline counts the time, so undici need not.
    agent.dispatch({ origin, path, method: 'GET', headers, headersTimeout: 0, bodyTimeout: 0 }, answer);
    return answer.object;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const agent = this.#agent;
    this.#agent = undefined;
    await (await agent)?.destroy();
  }

  async #openAgent(): Promise<Agent> {
    const { Agent } = await import('undici');
    return new Agent({
      connections: this.#connections,
      connect: { timeout: this.#config.connectTimeoutMs },
      allowH2: false,
    });
  }
}
