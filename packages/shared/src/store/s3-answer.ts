/** undici's handler of one answer to a GET: the object's bytes go straight into memory of their own. */
import type { Dispatcher } from 'undici';
import type { ComingParts } from './body-parts.ts';
import { BodyCollector } from './bounded-body.ts';
import type { Deadline } from './deadline.ts';
import { versionOfETag } from './etag.ts';
import type { ByteRange, ObjectBody } from './object-store.ts';
import { checkPart } from './range.ts';
import { longestRefusal, S3AnswerError } from './s3-answer-error.ts';

type Controller = Dispatcher.DispatchController;
type Headers = Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>[2];

export interface S3AnswerOptions {
  readonly uri: string;
  readonly maxBytes: number | undefined;
  readonly range: ByteRange | undefined;
  readonly parts: ComingParts | undefined;
  readonly deadline: Deadline;
}

/**
 * `object` rejects with `S3AnswerError` for a status other than 200 and 206, with `not_found` and `no_ranges` of `checkPart`, with `too_large` and `truncated` of `BodyCollector`,
 * with the signal's reason, and with what undici says of a broken connection.
 */
export class S3Answer implements Dispatcher.DispatchHandler {
  readonly object: Promise<ObjectBody>;
  readonly #options: S3AnswerOptions;
  readonly #settle: Pick<PromiseWithResolvers<ObjectBody>, 'resolve' | 'reject'>;
  #controller: Controller | undefined;
  #status = 0;
  #version: string | null = null;
  #requestId: string | undefined;
  #body: BodyCollector | undefined;
  readonly #refusal: Buffer[] = [];
  #refusalBytes = 0;

  constructor(options: S3AnswerOptions) {
    const { promise, resolve, reject } = Promise.withResolvers<ObjectBody>();
    this.object = promise;
    this.#settle = { resolve, reject };
    this.#options = options;
    options.deadline.signal.addEventListener('abort', () => this.#abort(), { once: true });
  }

  /** Comes once there is a connection. */
  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    if (this.#options.deadline.signal.aborted) this.#abort();
  }

  /** What is thrown here and in the next two goes to `onResponseError`, and the connection is closed. */
  onResponseStart(_: Controller, status: number, headers: Headers): void {
    if (status < 200) return; // only a word on the way
    this.#status = status;
    this.#requestId = one(headers['x-amz-request-id']);
    this.#options.deadline.received(0);
    if (status !== 200 && status !== 206) return;
    this.#version = versionOfETag(one(headers.etag));
    const { uri, maxBytes, range } = this.#options;
    const length = lengthOf(headers['content-length']);
    checkPart({ uri, range, status, length });
    this.#body = new BodyCollector({ uri, maxBytes, length });
  }

  onResponseData(_: Controller, piece: Buffer): void {
    this.#options.deadline.received(piece.length);
    if (this.#body) {
      this.#body.add(piece);
      const { parts } = this.#options;
      if (parts && this.#body.soFar) parts.add({ body: this.#body.soFar, version: this.#version });
    } else if (this.#refusalBytes < longestRefusal) {
      this.#refusal.push(piece);
      this.#refusalBytes += piece.length;
    }
  }

  onResponseEnd(): void {
    if (this.#body) {
      this.#settle.resolve({ body: this.#body.end(), version: this.#version });
    } else {
      const text = Buffer.concat(this.#refusal).toString('utf8');
      this.#settle.reject(new S3AnswerError(this.#status, text, this.#requestId));
    }
  }

  onResponseError(_: Controller, error: Error): void {
    this.#settle.reject(error);
  }

  #abort(): void {
    const { reason } = this.#options.deadline.signal;
    this.#settle.reject(reason);
    this.#controller?.abort(reason);
  }
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

function lengthOf(header: string | string[] | undefined): number | undefined {
  const length = one(header);
  return length === undefined ? undefined : Number(length);
}
