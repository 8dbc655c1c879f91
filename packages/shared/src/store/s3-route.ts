/** Where the objects of a bucket are and how a request for one is signed, as the AWS SDK worked it out. */
import { encodedKey } from './s3-location.ts';

export interface S3Route {
  /** `https://host:port` */
  readonly origin: string;
  /** As in the `host` header. */
  readonly host: string;
  /** What stands before the encoded key, its last slash included. */
  readonly path: string;
  /** For the signature. */
  readonly region: string;
}

/** What the SDK is about to send. */
export interface SignedRequest {
  readonly protocol: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Null where a GET is more than a signed path: buckets with sessions of their own (S3 Express) and signatures for
 * several regions are left to the SDK.
 */
export function routeOf({ protocol, path, headers }: SignedRequest, key: string): S3Route | null {
  const { host, authorization = '' } = headers;
  const region = /^AWS4-HMAC-SHA256 Credential=.+\/\d{8}\/([^/]+)\/s3\/aws4_request,/.exec(
    authorization,
  )?.[1];
  const encoded = encodedKey(key);
  if (host === undefined || region === undefined || !path.endsWith(`/${encoded}`)) return null;
  return {
    origin: `${protocol}//${host}`,
    host,
    path: path.slice(0, path.length - encoded.length),
    region,
  };
}
