/**
 * The manifest of an S3 Inventory: which files hold the listing, and which columns they have
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html).
 */
import { UsageError } from '@labelmill/shared/errors';
import { shown } from '@labelmill/shared/store/shown-uri';
import { z } from 'zod';

const manifestSchema = z.object({
  sourceBucket: z.string().min(1),
  /** `arn:aws:s3:::bucket`; China and GovCloud have partitions of their own. */
  destinationBucket: z.string().regex(/^(?:arn:aws[a-z-]*:s3:::)?[^:/]+$/),
  fileFormat: z.string(),
  fileSchema: z.string(),
  files: z.array(z.object({ key: z.string().min(1), MD5checksum: z.string().regex(/^[0-9a-f]{32}$/i) })),
});

export interface InventoryManifest {
  readonly files: readonly { readonly uri: string; readonly md5: string }[];
  /** Places of columns in a row; -1 where there is no such column. */
  readonly columns: Readonly<
    Record<'bucket' | 'key' | 'size' | 'etag' | 'isLatest' | 'isDeleteMarker', number>
  >;
}

/** @throws UsageError `bad_inventory` */
export function inventoryManifest(body: Uint8Array, name: string): InventoryManifest {
  const bad = (why: string, cause?: unknown) =>
    new UsageError('bad_inventory', `${shown(name)} is no manifest of an S3 Inventory: ${why}`, { cause });
  let read: z.infer<typeof manifestSchema>;
  try {
    read = manifestSchema.parse(JSON.parse(Buffer.from(body).toString('utf8')));
  } catch (error) {
    const issue = error instanceof z.ZodError ? error.issues[0] : undefined;
    throw bad(issue === undefined ? 'it is not JSON' : `${issue.path.join('.')}: ${issue.message}`, error);
  }
  if (read.fileFormat.toUpperCase() !== 'CSV')
    throw bad(`its files are ${read.fileFormat}; only CSV can be read: configure the inventory as CSV`);
  const names = read.fileSchema.split(',').map((column) => column.trim());
  const bucket = read.destinationBucket.replace(/^.*:/, '');
  const columns = {
    bucket: names.indexOf('Bucket'),
    key: names.indexOf('Key'),
    size: names.indexOf('Size'),
    etag: names.indexOf('ETag'),
    isLatest: names.indexOf('IsLatest'),
    isDeleteMarker: names.indexOf('IsDeleteMarker'),
  };
  if (columns.bucket < 0 || columns.key < 0) throw bad('fileSchema: it names no columns Bucket and Key');
  return {
    files: read.files.map(({ key, MD5checksum: md5 }) => ({
      uri: `s3://${bucket}/${key}`,
      md5: md5.toLowerCase(),
    })),
    columns,
  };
}
