/** The images that a run carries become rows, behind those of its own parts. */
import { codeOf } from '@labelmill/shared/errors';
import { carriedSteps, originFolder } from '@labelmill/shared/run/carried-records';
import { readListed, readRun } from '@labelmill/shared/run/run-files';
import type { Run } from '@labelmill/shared/schema/run';
import type { Stores } from '@labelmill/shared/store/stores';
import type { ClassTable } from './class-table.ts';
import { type IndexedPart, rowOf } from './index-part.ts';
import type { OriginTable } from './origin-table.ts';
import { emptyBlock, packKind, rowStatus, setCarried } from './row-file.ts';
import { uriHash } from './uri-hash.ts';

/** A step's rows, and the index of the first. */
export interface IndexedStep extends IndexedPart {
  readonly first: number;
}

/**
 * Step by step; nothing before the listing has ended, because their indexes follow those of all that is to be labelled.
 * @param origins gets those that are new
 * @throws LabelmillError as `carriedSteps` does
 */
export async function* indexCarried(
  stores: Stores,
  run: Pick<Run, 'id' | 'against'>,
  folder: string,
  classes: ClassTable,
  origins: OriginTable,
): AsyncGenerator<IndexedStep> {
  const listed = await readListed(stores.for(folder), folder);
  if (listed === null) return;
  let first = listed.images;
  for await (const records of carriedSteps(stores, folder)) {
    const rows = emptyBlock(records.length);
    const hashes = new Float64Array(records.length);
    for (const [row, { image, record }] of records.entries()) {
      const number =
        origins.numberOf(image.run) || (await addOrigin(stores, run, folder, image.run, origins));
      const said =
        record === null || number === 0
          ? { kind: packKind(0, rowStatus.gone, 0), score: 0 }
          : rowOf(record, classes);
      setCarried(rows, row, { number, index: image.index }, said);
      hashes[row] = uriHash(image.uri);
    }
    yield { first, rows, hashes };
    first += records.length;
  }
}

/** A run whose folder is gone is named all the same: its records are gone with it. */
async function addOrigin(
  stores: Stores,
  run: Pick<Run, 'id' | 'against'>,
  folder: string,
  origin: string,
  origins: OriginTable,
): Promise<number> {
  const there = originFolder(run, folder, origin);
  const chunkSize = await readRun(stores.for(there), there)
    .then((found) => found.chunkSize)
    .catch((error: unknown) => {
      if (codeOf(error) !== 'not_a_run') throw error;
      return 1;
    });
  return origins.add({ run: origin, folder: there, chunkSize });
}
