import type { Stores } from '@labelmill/shared/store/stores';
import type { Cursor, Source, SourceImage } from '../source/source.ts';
import { sourceChanged } from '../source/source-changed.ts';
import { inOrder, listsInOrder } from './sorted.ts';
import { versioned } from './versioned.ts';

const batchImages = 4096;

/**
 * A source's images behind the cursor in the order of their URIs, with the versions that its store knows. A source with
 * an order of its own is read whole and sorted, also to go on behind a cursor.
 * @throws UsageError `source_changed`, and what the source throws
 */
export async function* orderedImages(
  source: Source,
  after: Cursor | null,
  stores: Stores,
  scratch: string,
  signal: AbortSignal,
): AsyncGenerator<SourceImage> {
  if (listsInOrder(source.spec)) yield* source.images(after, signal);
  else yield* versioned(sorted(source, after, scratch, signal), stores, signal);
}

async function* sorted(
  source: Source,
  after: Cursor | null,
  scratch: string,
  signal: AbortSignal,
): AsyncGenerator<SourceImage> {
  let seen = 0;
  for await (const batch of inOrder(batches(source.images(null, signal)), scratch)) {
    signal.throwIfAborted();
    for (const image of batch) {
      seen++;
      if (after === null || seen > after.images) yield image;
      else if (seen === after.images && image.uri !== after.lastUri)
        throw sourceChanged(source.spec.uri, `${seen} in order`, { before: after.lastUri, now: image.uri });
    }
  }
}

async function* batches(images: AsyncIterable<SourceImage>): AsyncGenerator<readonly SourceImage[]> {
  let batch: SourceImage[] = [];
  for await (const image of images) {
    batch.push(image);
    if (batch.length < batchImages) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}
