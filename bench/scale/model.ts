/** What a run of so many images takes, from measured constants. Pure arithmetic; every formula is named in the page. */
import { segmentChunks } from '@labelmill/shared/run/segment';
import type { Constants } from './constants.ts';

export interface Scale {
  readonly images: number;
  readonly chunks: number;
  readonly segments: number;
  readonly redisBytes: number;
  readonly redisCommands: number;
  readonly redisCpuHours: number;
  readonly listRequests: number;
  readonly getRequests: number;
  readonly putRequests: number;
  readonly enqueueHours: number;
  /** Of one worker of the kind. */
  readonly cpuWorkerHours: number;
  readonly gpuWorkerHours: number | null;
}

/** Keys in one answer to ListObjectsV2. */
const keysAtOnce = 1000;
/** run.json, listed.json, summary.json, _SUCCESS. */
const runFiles = 4;

export function scaleOf(images: number, constants: Constants): Scale {
  const { imagesPerChunk, mostChunks, enqueue, queue, cpuWorker, gpuWorker } = constants;
  const chunks = Math.ceil(images / imagesPerChunk);
  const segments = segmentsOf(chunks, imagesPerChunk);
  const outstanding = Math.min(images, mostChunks * imagesPerChunk);
  const perChunk = (of: 'redisCommandsPerChunk' | 'redisMicrosecondsPerChunk') => enqueue[of] + queue[of];
  return {
    images,
    chunks,
    segments,
    // The ledger's bitmap has a bit for each chunk.
    redisBytes: outstanding * enqueue.redisBytesPerImage + chunks / 8,
    redisCommands: chunks * perChunk('redisCommandsPerChunk'),
    redisCpuHours: (chunks * perChunk('redisMicrosecondsPerChunk')) / 1e6 / 3600,
    listRequests: Math.ceil(images / keysAtOnce),
    getRequests: images,
    putRequests: chunks + segments + runFiles,
    enqueueHours: images / enqueue.imagesPerSecond / 3600,
    cpuWorkerHours: images / cpuWorker.imagesPerSecond / 3600,
    gpuWorkerHours: gpuWorker === null ? null : images / gpuWorker.imagesPerSecond / 3600,
  };
}

function segmentsOf(chunks: number, imagesPerChunk: number): number {
  let segments = 0;
  for (let left = chunks; left > 0; segments++) left -= segmentChunks(segments, imagesPerChunk);
  return segments;
}

export interface Ceiling {
  readonly what: string;
  /** Images/s at which it is full. */
  readonly imagesPerSecond: number;
  readonly remedy: string;
}

/**
 * What a run meets as workers are added, the lowest first. S3's figure is Amazon's for one partitioned prefix
 * (docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html): 5,500 GET a second.
 */
export function ceilings({ imagesPerChunk, enqueue, queue }: Constants): Ceiling[] {
  const microseconds = enqueue.redisMicrosecondsPerChunk + queue.redisMicrosecondsPerChunk;
  return [
    {
      what: 'S3, one prefix',
      imagesPerSecond: 5_500,
      remedy:
        'S3 splits busy prefixes by itself in minutes and answers 503 meanwhile, for which workers slow down; spread keys over prefixes',
    },
    {
      what: 'one supervisor',
      imagesPerSecond: queue.supervisorImagesPerSecond,
      remedy: 'another worker process',
    },
    {
      what: 'one producer',
      imagesPerSecond: enqueue.imagesPerSecond,
      remedy: 'split the source into several runs, each with a producer of its own',
    },
    {
      what: 'one Redis',
      imagesPerSecond: (imagesPerChunk * 1e6) / microseconds,
      remedy: 'larger chunks first, which are fewer commands an image; then a Redis for each bundle',
    },
  ].sort((a, b) => a.imagesPerSecond - b.imagesPerSecond);
}

/** Cores that fetch, decode and account for so many images a second. */
export function coresFor(imagesPerSecond: number, { photo, queue }: Constants): number {
  const milliseconds =
    photo.getMilliseconds + photo.decodeMilliseconds + queue.supervisorMicrosecondsPerImage / 1000;
  return (imagesPerSecond * milliseconds) / 1000;
}
