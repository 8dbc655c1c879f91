/** The records that a run carries, as one more file of JSON lines: its parts do not hold them. */
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { carriedRecords } from '@labelmill/shared/run/carried-records';
import type { Stores } from '@labelmill/shared/store/stores';
import type { LocalFiles } from './local-copies.ts';

/** Below `below`, removed in the end. Records that nobody holds any more are left out, as `verify` says. */
export async function carriedFile(
  stores: Stores,
  folder: string,
  below: string,
  signal: AbortSignal,
): Promise<LocalFiles> {
  await mkdir(below, { recursive: true });
  const own = await mkdtemp(join(below, 'carried-'));
  const path = join(own, 'carried.jsonl');
  const lines = async function* () {
    for await (const { record } of carriedRecords(stores, folder)) {
      if (record !== null) yield `${JSON.stringify(record)}\n`;
    }
  };
  await pipeline(Readable.from(lines()), createWriteStream(path), { signal });
  return { paths: [path], [Symbol.asyncDispose]: () => rm(own, { recursive: true, force: true }) };
}
