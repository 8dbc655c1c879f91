/** The images that a run carries become rows, behind those of its own parts. */
import { readSteps } from '@labelmill/shared/run/carried-file';
import { readListed } from '@labelmill/shared/run/run-files';
import type { Run } from '@labelmill/shared/schema/run';
import type { Stores } from '@labelmill/shared/store/stores';
import type { ClassTable } from './class-table.ts';
import { type IndexedPart, rowOf } from './index-part.ts';
import { OriginParts } from './origin-parts.ts';
import type { OriginTable } from './origin-table.ts';
import { emptyBlock, packKind, rowStatus, setCarried } from './row-file.ts';
import { uriHash } from './uri-hash.ts';

/** A step's rows, and the index of the first: as `carriedRecords` numbers them. */
export interface IndexedStep extends IndexedPart {
  readonly first: number;
}

const goneRow = { kind: packKind(0, rowStatus.gone, 0), score: 0 };

/**
 * Step by step; nothing before the listing has ended, because their indexes follow those of all that is to be labelled.
 * @param origins gets those that are new
 * @throws LabelmillError `broken_run` · `broken_manifest`
 */
export async function* indexCarried(
  stores: Stores,
  run: Pick<Run, 'id' | 'against'>,
  folder: string,
  classes: ClassTable,
  origins: OriginTable,
): AsyncGenerator<IndexedStep> {
  const store = stores.for(folder);
  const listed = await readListed(store, folder);
  if (listed === null) return;
  const parts = new OriginParts(stores, run, folder, origins);
  let first = listed.images;
  for await (const { carried } of readSteps(store, folder)) {
    const rows = emptyBlock(carried.length);
    const hashes = new Float64Array(carried.length);
    for (const [row, image] of carried.entries()) {
      const number = await parts.number(image);
      const record = await parts.record(image);
      const origin = { number, index: image.index };
      setCarried(rows, row, origin, record === null ? goneRow : rowOf(record, classes));
      hashes[row] = uriHash(image.uri);
    }
    yield { first, rows, hashes };
    first += carried.length;
  }
}
