/** GetObject by the AWS SDK, with its body bounded and ended by the request's time limit. */
import { addAbortSignal, type Readable } from 'node:stream';
import type { GetObjectCommand } from '@aws-sdk/client-s3';
import { ComingParts } from './body-parts.ts';
import { type BodyLimits, boundedBody, checkLength, collectBody, timed } from './bounded-body.ts';
import { versionOfETag } from './etag.ts';
import type { ObjectBody, ReadOptions } from './object-store.ts';
import { checkPart, rangeHeader } from './range.ts';
import type { S3Request } from './s3-requests.ts';
import { routeOf, type S3Route, type SignedRequest } from './s3-route.ts';

/** What may be asked of a GET. */
export type PartOptions = Pick<ReadOptions, 'maxBytes' | 'range' | 'parts'>;

interface Answer {
  readonly body: AsyncIterable<Uint8Array>;
  readonly limits: BodyLimits;
  readonly version: string | null;
}

/** `onRoute` is told the way that the request took, once there is an answer. */
export async function getObject(
  request: S3Request,
  uri: string,
  options: PartOptions = {},
  onRoute?: (route: S3Route) => void,
): Promise<ObjectBody> {
  const { body, limits, version } = await get(request, uri, options, onRoute);
  const coming = options.parts && new ComingParts(options.parts, request.deadline);
  const onMore = coming && ((soFar: ObjectBody['body']) => coming.add({ body: soFar, version }));
  return { body: await collectBody(body, limits, onMore), version };
}

export async function* getPieces(
  request: S3Request,
  uri: string,
  options: PartOptions = {},
): AsyncGenerator<Uint8Array> {
  const { body, limits } = await get(request, uri, options);
  yield* boundedBody(body, limits);
}

async function get(
  { sdk, client, location, deadline }: S3Request,
  uri: string,
  { maxBytes, range }: PartOptions,
  onRoute?: (route: S3Route) => void,
): Promise<Answer> {
  const command = new sdk.GetObjectCommand({
    Bucket: location.bucket,
    Key: location.key,
    ...(range === undefined ? {} : { Range: rangeHeader(range) }),
  });
  const sent = onRoute && lastRequestOf(command);
  const answer = await deadline.within(client.send(command, { abortSignal: deadline.signal }));
  const route = sent && routeOf(sent(), location.key);
  if (route) onRoute?.(route);
  const body = answer.Body as Readable; // on Node
  const limits = { uri, length: answer.ContentLength, maxBytes };
  try {
    checkLength(limits);
    const status = answer.$metadata.httpStatusCode ?? 0;
    checkPart({ uri, range, status, length: answer.ContentLength });
  } catch (error) {
    body.destroy();
    throw error;
  }
  // The SDK watches the signal only until the head of the answer has come.
  const pieces = timed(addAbortSignal(deadline.signal, body), deadline);
  return { body: pieces, limits, version: versionOfETag(answer.ETag) };
}

/** Watches the command on its way: where the SDK follows a redirect, the last request is the one that was answered. */
function lastRequestOf(command: GetObjectCommand): () => SignedRequest {
  let last: SignedRequest | undefined;
  command.middlewareStack.add(
    (next) => (args) => {
      last = args.request as SignedRequest;
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low', name: 'labelmillRoute' }, // behind the signature
  );
  return () => last!;
}
