/** `s3://bucket/key`: the key stands as it is, nothing in it is encoded. */
import { ImageError } from '../errors.ts';
import { shown } from './shown-uri.ts';

export interface S3Location {
  readonly bucket: string;
  /** Empty where the URI names the bucket alone. */
  readonly key: string;
}

/** Old buckets may have capitals and underscores. Whatever could change the host of the request is refused. */
const bucketName = /^[a-z0-9][a-z0-9._-]{1,254}$/i;

/** Throws `ImageError` `uri_refused`. */
export function s3LocationOf(uri: string): S3Location {
  const rest = /^s3:\/\//i.test(uri) ? uri.slice('s3://'.length) : '';
  const slash = rest.indexOf('/');
  const bucket = slash < 0 ? rest : rest.slice(0, slash);
  // A lone surrogate has no UTF-8, and so no key.
  if (!bucketName.test(bucket) || !uri.isWellFormed())
    throw new ImageError('uri_refused', `${shown(uri)}: not s3://bucket/key`);
  return { bucket, key: slash < 0 ? '' : rest.slice(slash + 1) };
}

/** As `s3LocationOf`, with a key. Throws `ImageError` `uri_refused`. */
export function s3ObjectOf(uri: string): S3Location {
  const location = s3LocationOf(uri);
  if (location.key === '') throw new ImageError('uri_refused', `${shown(uri)}: it names a bucket, no object`);
  return location;
}

export function s3UriOf({ bucket, key }: S3Location): string {
  return `s3://${bucket}/${key}`;
}

/**
 * The key as the path of a request: every byte but letters, digits, `-._~` and the slashes is encoded, once
 * (UriEncode in https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
 */
export function encodedKey(key: string): string {
  return encodeURIComponent(key)
    .replaceAll('%2F', '/')
    .replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
