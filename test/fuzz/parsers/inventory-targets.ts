/** The parsers of an S3 Inventory: its manifest, and the rows that it leads to. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { inventoryManifest } from '@labelmill/producer/source/inventory-manifest';
import { InventorySource } from '@labelmill/producer/source/inventory-source';
import { longestUri } from '@labelmill/shared/schema/chunk-job';
import type { ObjectStore } from '@labelmill/shared/store/object-store';
import type { Stores } from '@labelmill/shared/store/stores';
import { type ParserTarget, PropertyError } from './parser-target.ts';

const manifestOf = (md5: string) =>
  JSON.stringify({
    sourceBucket: 'images',
    destinationBucket: 'arn:aws:s3:::lists',
    version: '2016-11-30',
    fileFormat: 'CSV',
    fileSchema: 'Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, ETag',
    files: [{ key: 'data/1.csv.gz', size: 7, MD5checksum: md5 }],
  });

export const inventoryList: ParserTarget = {
  name: 'inventory',
  seeds: [Buffer.from(manifestOf('0123456789abcdef0123456789abcdef'))],
  textShare: 0.8,
  async run(bytes) {
    const { files } = inventoryManifest(bytes, 's3://lists/manifest.json');
    if (files.some(({ uri }) => !uri.startsWith('s3://')))
      throw new PropertyError(`files ${JSON.stringify(files)}`);
    return 'ok';
  },
};

export const inventoryRows: ParserTarget = {
  name: 'inventory rows',
  seeds: [
    '"images","a+b%20c.jpg","v1","true","false","7","0123"\n"images","%C3%A9.jpg","","true","false","",""\n',
    '"images","old.jpg","v0","false","false","7","0123"\r\n"images","folder/","","true","false","0",""\r\n',
  ].map((rows) => Buffer.from(rows)),
  textShare: 0.6,
  async run(bytes) {
    const compressed = gzipSync(bytes, { level: 1 });
    const manifest = Buffer.from(manifestOf(createHash('md5').update(compressed).digest('hex')));
    const store: Pick<ObjectStore, 'read' | 'stream'> = {
      read: async () => ({ body: manifest, version: null }),
      async *stream() {
        yield compressed;
      },
    };
    const source = new InventorySource(
      { kind: 'inventory', uri: 's3://lists/manifest.json', include: ['**'], exclude: [] },
      { for: () => store as ObjectStore } as unknown as Stores,
    );
    let images = 0;
    for await (const { uri, bytes: size } of source.images(null, new AbortController().signal)) {
      if (uri.length > longestUri + 1) throw new PropertyError(`a URI of ${uri.length} characters is listed`);
      if (size !== undefined && !Number.isSafeInteger(size)) throw new PropertyError(`${size} bytes`);
      images++;
    }
    return images === 0 ? 'none' : 'ok';
  },
};
