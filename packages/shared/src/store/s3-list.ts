/** ListObjectsV2, page after page. */
import type { ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { versionOfETag } from './etag.ts';
import type { ObjectEntry } from './object-store.ts';
import { s3LocationOf, s3UriOf } from './s3-location.ts';
import type { S3Request } from './s3-requests.ts';

/** Where a page begins: at the start, behind a key, or where the page before ended. */
export type PageStart = { StartAfter?: string } | { ContinuationToken: string };

export interface Page {
  readonly entries: readonly ObjectEntry[];
  /** URI of the last key, also where it is no entry; null where there is none. */
  readonly last: string | null;
  /** Null on the last page. */
  readonly next: PageStart | null;
}

export interface FolderPage {
  /** URIs, with their last slash, in the order of their keys. */
  readonly folders: readonly string[];
  readonly next: PageStart | null;
}

export async function listPage(
  { sdk, client, location, deadline }: S3Request,
  start: PageStart,
): Promise<Page> {
  const command = new sdk.ListObjectsV2Command({
    Bucket: location.bucket,
    Prefix: location.key,
    EncodingType: 'url', // XML cannot hold every character of a key
    ...start,
  });
  const answer = await client.send(command, { abortSignal: deadline.signal });
  const next = answer.NextContinuationToken;
  return {
    entries: entriesOf(answer, location.bucket),
    last: lastOf(answer, location.bucket),
    next: next === undefined ? null : { ContinuationToken: next },
  };
}

/** The folders right below a prefix, in pages of a thousand folders and objects. */
export async function listFolders(
  { sdk, client, location: { bucket, key }, deadline }: S3Request,
  start: PageStart,
): Promise<FolderPage> {
  const command = new sdk.ListObjectsV2Command({
    Bucket: bucket,
    Prefix: key,
    Delimiter: '/',
    EncodingType: 'url',
    ...start,
  });
  const answer = await client.send(command, { abortSignal: deadline.signal });
  const next = answer.NextContinuationToken;
  return {
    folders: (answer.CommonPrefixes ?? []).map(({ Prefix = '' }) =>
      s3UriOf({ bucket, key: decoded(Prefix) }),
    ),
    next: next === undefined ? null : { ContinuationToken: next },
  };
}

/** Where a listing behind the URI `after` begins. */
export function startAfter(after: string | undefined): PageStart {
  return after === undefined ? {} : { StartAfter: s3LocationOf(after).key };
}

function entriesOf({ Contents: objects = [] }: ListObjectsV2CommandOutput, bucket: string): ObjectEntry[] {
  return objects.flatMap(({ Key, Size: bytes = 0, ETag }) => {
    const key = decoded(Key ?? '');
    if (bytes === 0 && key.endsWith('/')) return []; // consoles put these in place of folders
    return { uri: s3UriOf({ bucket, key }), version: versionOfETag(ETag) ?? '', bytes };
  });
}

function lastOf({ Contents: objects = [] }: ListObjectsV2CommandOutput, bucket: string): string | null {
  const key = objects.at(-1)?.Key;
  return key === undefined ? null : s3UriOf({ bucket, key: decoded(key) });
}

/** Amazon writes a space as `+`, others as `%20`; all write a plus as `%2B`. */
function decoded(key: string): string {
  return decodeURIComponent(key.replaceAll('+', ' '));
}
