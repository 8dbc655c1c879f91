/**
 * Objects, and parts of them, out of S3. The AWS SDK reads the first object of each bucket: host, path and region of its request,
 * whatever settings, profiles or redirects led to them, are the route of the GETs that follow without it.
 */
import { AdaptiveLimit } from './adaptive-limit.ts';
import type { ObjectBody, ReadOptions } from './object-store.ts';
import { s3CodeOf, s3StatusOf } from './s3-errors.ts';
import { getObject } from './s3-get.ts';
import type { S3Request, S3Requests } from './s3-requests.ts';
import type { S3Route } from './s3-route.ts';
import { S3SignedGets } from './s3-signed-gets.ts';
import type { StoreConfig } from './store-config.ts';

/** Answers to which the SDK has a remedy: it follows a bucket to its region and corrects for a wrong clock. */
const remedied: ReadonlySet<string> = new Set([
  'PermanentRedirect',
  'TemporaryRedirect',
  'AuthorizationHeaderMalformed',
  'RequestTimeTooSkewed',
  'RequestExpired',
]);

export class S3Reads implements AsyncDisposable {
  readonly #requests: S3Requests;
  readonly #signed: S3SignedGets;
  readonly #routes = new Map<string, S3Route>();
  readonly #limit: AdaptiveLimit;

  /** `connections`: the most reads under way at a time; fewer while S3 throttles or fails. */
  constructor(requests: S3Requests, config: StoreConfig, connections: number) {
    this.#requests = requests;
    this.#signed = new S3SignedGets(connections, config);
    this.#limit = new AdaptiveLimit(connections, asksForLess);
  }

  /** The wait for a place counts into the time limit, so that a read ends in time whatever the others meet. */
  read(uri: string, options: ReadOptions): Promise<ObjectBody> {
    return this.#requests.run('read', uri, options, (request) =>
      this.#limit.run(() => this.#get(request, uri, options), request.deadline.signal),
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#signed[Symbol.asyncDispose]();
  }

  async #get(request: S3Request, uri: string, options: ReadOptions): Promise<ObjectBody> {
    const { bucket } = request.location;
    const route = this.#routes.get(bucket);
    if (route === undefined) {
      return getObject(request, uri, options, (found) => this.#routes.set(bucket, found));
    }
    try {
      return await this.#signed.get(route, request, uri, options);
    } catch (error) {
      if (remedied.has(s3CodeOf(error))) this.#routes.delete(bucket); // the next try is the SDK's
      throw error;
    }
  }
}

/** 503 `SlowDown`, 429, and any other 5xx. */
function asksForLess(error: unknown): boolean {
  const status = s3StatusOf(error);
  return status === 429 || status >= 500;
}
