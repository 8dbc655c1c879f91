import { LabelmillError } from '../errors.ts';
import { lastStep } from '../run/carried-file.ts';
import { carriedSteps } from '../run/carried-records.ts';
import { partAsLines } from '../run/part-as-lines.ts';
import { encodeRecordLines } from '../run/record-lines.ts';
import { type PartBody, type PartsOptions, runParts } from '../run/run-parts.ts';
import type { Run } from '../schema/run.ts';
import type { Stores } from '../store/stores.ts';

/** Chunks of a run, and behind them the steps of its listing, each with what is carried since the one before. */
export async function chunksAndSteps(
  stores: Stores,
  folder: string,
  run: Pick<Run, 'chunkSize' | 'against'>,
  labelled: number,
): Promise<number> {
  const chunks = Math.ceil(labelled / run.chunkSize);
  if (run.against === undefined) return chunks;
  return chunks + ((await lastStep(stores.for(folder), folder))?.number ?? -1) + 1;
}

/**
 * The parts of a closed run as JSON lines, and then its carried records as if each step were a part, numbered on.
 * @throws LabelmillError `missing_carried`
 */
export async function* compactedParts(
  stores: Stores,
  folder: string,
  options: PartsOptions & { readonly from: number },
): AsyncGenerator<PartBody> {
  for await (const part of runParts(stores.for(folder), folder, options)) {
    yield { ...part, body: await partAsLines(part.body, part.uri) };
  }
  const chunks = Math.ceil(options.listed / options.run.chunkSize);
  let seq = Math.max(chunks, options.from);
  for await (const carried of carriedSteps(stores, folder, seq - chunks)) {
    const records = carried.map(({ image, record }) => {
      if (record !== null) return record;
      const message = `run ${image.run} does not hold the record of ${image.uri}, which ${folder} carries from it`;
      throw new LabelmillError('missing_carried', message);
    });
    const uri = `what ${folder} carries`;
    yield {
      seq: seq++,
      uri,
      body: encodeRecordLines(records),
      first: records[0]?.index ?? 0,
      due: records.length,
    };
  }
}
