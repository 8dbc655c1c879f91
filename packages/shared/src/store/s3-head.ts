/** HeadObject, with the reason of a refusal. */
import type { Readable } from 'node:stream';
import { versionOfETag } from './etag.ts';
import type { ObjectEntry } from './object-store.ts';
import { s3StatusOf } from './s3-errors.ts';
import type { S3Request } from './s3-requests.ts';

/** Null where there is no such object. */
export async function headObject(request: S3Request, uri: string): Promise<ObjectEntry | null> {
  const { sdk, client, location, deadline } = request;
  const command = new sdk.HeadObjectCommand({ Bucket: location.bucket, Key: location.key });
  try {
    const answer = await client.send(command, { abortSignal: deadline.signal });
    return { uri, version: versionOfETag(answer.ETag) ?? '', bytes: answer.ContentLength ?? 0 };
  } catch (error) {
    const status = s3StatusOf(error);
    if (status === 404) return null;
    if (status >= 400 && status < 500) await askWhy(request);
    throw error;
  }
}

/** An answer to HEAD has no body, and so no code that tells wrong credentials from a forbidden object; the one to GET has. */
async function askWhy({ sdk, client, location, deadline }: S3Request): Promise<void> {
  const command = new sdk.GetObjectCommand({ Bucket: location.bucket, Key: location.key });
  const answer = await client.send(command, { abortSignal: deadline.signal });
  (answer.Body as Readable).destroy();
}
