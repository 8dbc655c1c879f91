/** What the model of scale rests on, as the benches measured it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, UsageError } from '@labelmill/shared/errors';
import { z } from 'zod';
import { medianAndQuartiles } from '../median.ts';
import { resultsFolder } from '../results.ts';

const positive = z.number().positive();
const machine = z.object({ cpu: z.string(), cores: positive, node: z.string() });

export const constantsSchema = z.object({
  imagesPerChunk: positive,
  mostChunks: positive,
  enqueue: z.object({
    machine,
    imagesPerSecond: positive,
    producerBytes: positive,
    redisBytesPerImage: positive,
    redisMicrosecondsPerChunk: positive,
    redisCommandsPerChunk: positive,
  }),
  queue: z.object({
    machine,
    supervisorImagesPerSecond: positive,
    supervisorMicrosecondsPerImage: positive,
    redisMicrosecondsPerChunk: positive,
    redisCommandsPerChunk: positive,
  }),
  /** CPU of a photo: to fetch it from S3, and to decode it to 224 × 224. */
  photo: z.object({ machine, getMilliseconds: positive, decodeMilliseconds: positive }),
  /** VGG-16 in int8, files to records. */
  cpuWorker: z.object({ machine, imagesPerSecond: positive }),
  /** VGG-16 at its fastest, bare session; null where no GPU was measured. */
  gpuWorker: z.object({ machine, imagesPerSecond: positive }).nullable(),
});
export type Constants = z.infer<typeof constantsSchema>;

const report = <T extends z.ZodType>(data: T) => z.object({ machine, data });
const enqueueReport = report(
  z.object({
    imagesPerChunk: positive,
    mostChunks: positive,
    outstanding: z.object({
      bytesPerImage: positive,
      redisMicrosecondsPerChunk: positive,
      redisCommandsPerChunk: positive,
    }),
    rows: z.array(z.object({ imagesPerSecond: positive, producerBytes: positive })).min(1),
  }),
);
const queueReport = report(
  z.object({
    runs: z.array(
      z.object({
        workers: positive,
        imagesPerSecond: positive,
        cpuMicroseconds: positive,
        redisMicrosecondsPerChunk: positive,
        redisCommandsPerChunk: positive,
      }),
    ),
  }),
);
const decodeReport = report(
  z.array(z.object({ rounds: z.array(z.object({ exact: positive })).min(1) })).min(1),
);
const getReport = report(z.object({ reads: z.array(z.object({ own: positive })).min(1) }));
const endToEndReport = report(
  z.array(z.object({ name: z.string(), rounds: z.array(z.object({ ownImagesPerSecond: positive })).min(1) })),
);
const gpuReport = report(z.object({ points: z.array(z.object({ imagesPerSecond: positive.nullable() })) }));

const median = (figures: readonly number[]) => medianAndQuartiles(figures).median;

/**
 * From bench/results, where bench/performance-page.ts keeps what the benches measured.
 * @throws UsageError `not_measured` naming the bench to run first
 */
export async function collectConstants(folder = resultsFolder): Promise<Constants> {
  const bench = (name: string) => `node --conditions=source bench/${name}/main.ts`;
  const enqueue = await read(folder, 'enqueue', enqueueReport, bench('enqueue'));
  const queue = await read(folder, 'queue', queueReport, bench('queue'));
  const decode = await read(folder, 'decode', decodeReport, `${bench('decode')} PHOTOS`);
  const gets = await read(folder, 's3-get', getReport, `${bench('s3-get')} PHOTOS`);
  const endToEnd = await read(folder, 'end-to-end', endToEndReport, `${bench('end-to-end')} PHOTOS`);
  const gpu = await readIfThere(folder, 'gpu', gpuReport, 'bench/gpu');

  const single = queue.data.runs.find(({ workers }) => workers === 1);
  const int8 = endToEnd.data.find(({ name }) => name === 'vgg16-int8');
  if (single === undefined) throw notMeasured('queue with one worker', bench('queue'));
  if (int8 === undefined) throw notMeasured('end-to-end of vgg16-int8', `${bench('end-to-end')} PHOTOS`);
  const { outstanding, rows, imagesPerChunk, mostChunks } = enqueue.data;
  const largest = rows.at(-1)!;
  return {
    imagesPerChunk,
    mostChunks,
    enqueue: {
      machine: enqueue.machine,
      imagesPerSecond: largest.imagesPerSecond,
      producerBytes: largest.producerBytes,
      redisBytesPerImage: outstanding.bytesPerImage,
      redisMicrosecondsPerChunk: outstanding.redisMicrosecondsPerChunk,
      redisCommandsPerChunk: outstanding.redisCommandsPerChunk,
    },
    queue: {
      machine: queue.machine,
      supervisorImagesPerSecond: single.imagesPerSecond,
      supervisorMicrosecondsPerImage: single.cpuMicroseconds,
      redisMicrosecondsPerChunk: single.redisMicrosecondsPerChunk,
      redisCommandsPerChunk: single.redisCommandsPerChunk,
    },
    photo: {
      machine: decode.machine,
      getMilliseconds: median(gets.data.reads.map(({ own }) => own)),
      decodeMilliseconds: median(decode.data[0]!.rounds.map(({ exact }) => exact)),
    },
    cpuWorker: {
      machine: endToEnd.machine,
      imagesPerSecond: median(int8.rounds.map((round) => round.ownImagesPerSecond)),
    },
    gpuWorker: gpu && {
      machine: gpu.machine,
      imagesPerSecond: Math.max(...gpu.data.points.map((point) => point.imagesPerSecond ?? 0)),
    },
  };
}

async function read<T extends z.ZodType>(
  folder: string,
  name: string,
  schema: T,
  command: string,
): Promise<z.infer<T>> {
  const found = await readIfThere(folder, name, schema, command);
  if (found === null) throw notMeasured(name, command);
  return found;
}

async function readIfThere<T extends z.ZodType>(
  folder: string,
  name: string,
  schema: T,
  command: string,
): Promise<z.infer<T> | null> {
  const text = await readFile(join(folder, `${name}.json`), 'utf8').catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  const parsed = schema.safeParse(JSON.parse(text));
  // A report of an earlier form of the bench is as good as none.
  if (!parsed.success) throw notMeasured(name, command);
  return parsed.data;
}

function notMeasured(what: string, command: string): UsageError {
  return new UsageError(
    'not_measured',
    `${what} is not in bench/results: run ${command} and bench/performance-page.ts first`,
  );
}
