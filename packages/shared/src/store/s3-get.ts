/** GetObject, with its body bounded and ended by the request's time limit. */
import { addAbortSignal, type Readable } from 'node:stream';
import { type BodyLimits, boundedBody, checkLength, collectBody } from './bounded-body.ts';
import { versionOfETag } from './etag.ts';
import type { ObjectBody } from './object-store.ts';
import type { S3Request } from './s3-requests.ts';

interface Answer {
  readonly body: Readable;
  readonly limits: BodyLimits;
  readonly version: string | null;
}

export async function getObject(request: S3Request, uri: string, maxBytes?: number): Promise<ObjectBody> {
  const { body, limits, version } = await get(request, uri, maxBytes);
  return { body: await collectBody(body, limits), version };
}

export async function* getPieces(
  request: S3Request,
  uri: string,
  maxBytes?: number,
): AsyncGenerator<Uint8Array> {
  const { body, limits } = await get(request, uri, maxBytes);
  yield* boundedBody(body, limits);
}

async function get(
  { sdk, client, location, deadline }: S3Request,
  uri: string,
  maxBytes?: number,
): Promise<Answer> {
  const command = new sdk.GetObjectCommand({ Bucket: location.bucket, Key: location.key });
  const answer = await client.send(command, { abortSignal: deadline.signal });
  const body = answer.Body as Readable; // on Node
  const limits = { uri, length: answer.ContentLength, maxBytes };
  try {
    checkLength(limits);
  } catch (error) {
    body.destroy();
    throw error;
  }
  // The SDK watches the signal only until the head of the answer has come.
  return { body: addAbortSignal(deadline.signal, body), limits, version: versionOfETag(answer.ETag) };
}
