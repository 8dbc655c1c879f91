/** `s3://`: any S3-compatible store, through the AWS SDK but for the GETs of whole objects. */
import { setTimeout as delay } from 'node:timers/promises';
import { OutageError } from '../errors.ts';
import type { ObjectBody, ObjectEntry, ObjectStore, ReadOptions } from './object-store.ts';
import { s3CodeOf, s3StatusOf } from './s3-errors.ts';
import { fannedOut } from './s3-fan-out.ts';
import { foldersBelow } from './s3-folders.ts';
import { getPieces } from './s3-get.ts';
import { headObject } from './s3-head.ts';
import { type FolderPage, listFolders, listPage, type PageStart, startAfter } from './s3-list.ts';
import { S3Reads } from './s3-reads.ts';
import { type S3Request, S3Requests } from './s3-requests.ts';
import { shown } from './shown-uri.ts';
import type { StoreConfig } from './store-config.ts';

/** How often a `create` that met another one in mid-air asks again, and how long it waits first. */
const conflictAttempts = 8;
const conflictDelayMs = 50;

interface WaitOptions {
  readonly signal?: AbortSignal;
}

/** The time limit counts for each request; for `stream` it counts for each piece. */
export class S3Store implements ObjectStore, AsyncDisposable {
  readonly #requests: S3Requests;
  readonly #reads: S3Reads;

  /** `connections`: sockets kept to the store, and so requests in flight. */
  constructor(config: StoreConfig, connections: number) {
    this.#requests = new S3Requests(config, connections);
    this.#reads = new S3Reads(this.#requests, config, connections);
  }

  async *list(prefix: string, options: { after?: string } & WaitOptions = {}): AsyncGenerator<ObjectEntry> {
    const page = (start: PageStart, signal?: AbortSignal) =>
      this.#requests.run('list', prefix, signal === undefined ? {} : { signal }, (request) =>
        listPage(request, start),
      );
    let { entries, last, next } = await page(startAfter(options.after), options.signal);
    for (; last === null && next !== null; ) ({ entries, last, next } = await page(next, options.signal));
    yield* entries;
    if (last === null || next === null) return;
    const splits = (signal: AbortSignal) =>
      foldersBelow(
        (folder, start) =>
          this.#requests.run('list', folder, { signal }, (request) => listFolders(request, start)),
        prefix,
        last,
      );
    yield* fannedOut({ page, splits }, last, options.signal);
  }

  async folders(folder: string, options: WaitOptions = {}): Promise<string[]> {
    const found: string[] = [];
    for (let start: PageStart | null = {}; start !== null; ) {
      const from: PageStart = start;
      const page: FolderPage = await this.#requests.run('list', folder, options, (request) =>
        listFolders(request, from),
      );
      found.push(...page.folders);
      start = page.next;
    }
    return found;
  }

  async read(uri: string, options: ReadOptions = {}): Promise<ObjectBody> {
    return this.#reads.read(uri, options);
  }

  stream(uri: string, options: ReadOptions = {}): AsyncIterable<Uint8Array> {
    return this.#requests.stream(uri, options, (request) => getPieces(request, uri, options));
  }

  async head(uri: string, options: WaitOptions = {}): Promise<ObjectEntry | null> {
    return this.#requests.run('read', uri, options, (request) => headObject(request, uri));
  }

  async create(uri: string, body: Uint8Array, options: WaitOptions = {}): Promise<'created' | 'exists'> {
    for (let attempt = 1; attempt <= conflictAttempts; attempt++) {
      const outcome = await this.#requests.run('write', uri, options, (request) =>
        putIfAbsent(request, body),
      );
      if (outcome !== 'conflict') return outcome;
      await delay(conflictDelayMs * attempt * (0.5 + Math.random()), undefined, options);
    }
    throw new OutageError(
      's3_conflict',
      `cannot write ${shown(uri)}: others keep writing it at the same time`,
    );
  }

  async replace(uri: string, body: Uint8Array, options: WaitOptions = {}): Promise<void> {
    await this.#requests.run('write', uri, options, (request) => put(request, body));
  }

  async remove(uri: string, options: WaitOptions = {}): Promise<void> {
    await this.#requests.run('write', uri, options, ({ sdk, client, location, deadline }) => {
      const command = new sdk.DeleteObjectCommand({ Bucket: location.bucket, Key: location.key });
      return client.send(command, { abortSignal: deadline.signal });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reads[Symbol.asyncDispose]();
    await this.#requests[Symbol.asyncDispose]();
  }
}

async function putIfAbsent(request: S3Request, body: Uint8Array): Promise<'created' | 'exists' | 'conflict'> {
  try {
    await put(request, body, { IfNoneMatch: '*' });
    return 'created';
  } catch (error) {
    if (s3StatusOf(error) === 412) return 'exists';
    if (s3CodeOf(error) === 'ConditionalRequestConflict') return 'conflict';
    throw error;
  }
}

/** The body goes out whole: a stream would need trailing checksums, which not every store knows. */
async function put(
  request: S3Request,
  body: Uint8Array,
  condition: { IfNoneMatch?: string } = {},
): Promise<void> {
  const { sdk, client, location, deadline } = request;
  const command = new sdk.PutObjectCommand({
    Bucket: location.bucket,
    Key: location.key,
    Body: body,
    ...condition,
  });
  await client.send(command, { abortSignal: deadline.signal });
}
