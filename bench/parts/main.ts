/**
 * What parts take in either format: bytes of a record, and the CPU time to write and to read one, at some sizes of chunks.
 *
 *   node --conditions=source bench/parts/main.ts RUN
 *
 * RUN: a run in JSON lines with at least 4,096 records, such as `bench/compact/write-run.ts` makes.
 */
import { join } from 'node:path';
import { decodePart, encodePart } from '@labelmill/shared/run/part';
import type { LabelRecord } from '@labelmill/shared/schema/record';
import { partFormatSchema } from '@labelmill/shared/schema/run';
import { FileStore } from '@labelmill/shared/store/file-store';
import { toUri } from '@labelmill/shared/store/uri';
import { filesIn } from '../compact/run-files.ts';
import { medianAndQuartiles } from '../median.ts';
import { writeReport } from '../report.ts';

const chunks = [32, 256, 4_096];
/** Records of one measurement, whatever the chunks are. */
const recordsEach = 65_536;
const rounds = 5;

const [run = ''] = process.argv.slice(2);
const records: LabelRecord[] = [];
for (const { path } of await filesIn(join(run, 'labels'))) {
  const uri = toUri(path, process.cwd());
  records.push(...(await decodePart((await new FileStore(null).read(uri)).body, uri)));
  if (records.length >= Math.max(...chunks)) break;
}

async function microsecondsEach(perChunk: number, act: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    for (let done = 0; done < recordsEach; done += perChunk) await act();
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / recordsEach);
  }
  return medianAndQuartiles(times).median;
}

const measured = [];
for (const perChunk of chunks) {
  const chunk = records.slice(0, perChunk);
  for (const partFormat of partFormatSchema.options) {
    const body = await encodePart(chunk, { partFormat });
    const write = await microsecondsEach(perChunk, () => encodePart(chunk, { partFormat }));
    const read = await microsecondsEach(perChunk, () => decodePart(body, `part.${partFormat}`));
    measured.push({ perChunk, partFormat, partBytes: body.length, write, read });
  }
}
await writeReport('parts', {
  title: 'Parts in either format',
  command: 'node --conditions=source bench/parts/main.ts RUN',
  about: `CPU time of a record, all threads of the process, median of ${rounds} rounds of ${recordsEach} records.`,
  columns: ['records a part', 'format', 'part, bytes', 'bytes/record', 'write, µs/record', 'read, µs/record'],
  rows: measured.map(({ perChunk, partFormat, partBytes, write, read }) => [
    String(perChunk),
    partFormat,
    String(partBytes),
    (partBytes / perChunk).toFixed(0),
    write.toFixed(1),
    read.toFixed(1),
  ]),
  checks: [],
  data: measured,
});
