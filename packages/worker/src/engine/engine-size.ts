/**
 * How many threads of each kind an engine gets. Measured on 2 cores with VGG-16 (int8 20 ms per image on both cores,
 * decode 5 ms on one): one loader thread with two decodes in flight beside one session of two intra-op threads that do
 * not spin reached 0.96 of the composed limit; two sessions of one thread each 0.94, batch 32 0.89, spinning 0.90.
 * For fp32 no difference between 8 and 16 could be told from the machine's noise; 8 brings results sooner.
 */
import { hungAfterLimits } from './hung-decodes.ts';
import type { EngineConfig } from './protocol.ts';

export type EngineSize = Pick<
  EngineConfig,
  | 'batch'
  | 'cores'
  | 'intraOpThreads'
  | 'inferenceThreads'
  | 'loaderThreads'
  | 'fetchConcurrency'
  | 'decodeConcurrency'
>;

/** Nearly half of an image's decode (resampling) runs on its loader thread, the rest on libuv's. */
const coresPerLoader = 2;

/**
 * Sizes an engine that has `cores` cores to itself and runs inference on the CPU.
 * `crop` is the side of the network's input: small inputs are decode-bound and gain from larger batches.
 */
export function cpuEngineSize(cores: number, crop: number): EngineSize {
  return {
    batch: crop <= 64 ? 64 : 8,
    inferenceThreads: 1,
    intraOpThreads: cores,
    ...loaderSize(cores),
  };
}

/**
 * Sizes an engine whose network runs on a GPU: all cores decode. Two sessions, so that one's copy in overlaps the
 * other's computing.
 */
export function cudaEngineSize(cores: number, crop: number): EngineSize {
  return {
    batch: crop <= 64 ? 256 : 64,
    inferenceThreads: 2,
    intraOpThreads: 1,
    ...loaderSize(cores),
  };
}

/** Batch sizes worth trying on a CPU. */
export function cpuBatchSizes(crop: number): readonly number[] {
  return crop <= 64 ? [32, 64, 128] : [8, 16, 32];
}

/** The most images that an engine's batches will have. */
export function largestBatch({ batch, trySizes }: Pick<EngineConfig, 'batch' | 'trySizes'>): number {
  return Math.max(batch, ...trySizes);
}

function loaderSize(
  cores: number,
): Pick<EngineSize, 'cores' | 'loaderThreads' | 'fetchConcurrency' | 'decodeConcurrency'> {
  const loaderThreads = Math.ceil(cores / coresPerLoader);
  const decodeConcurrency = Math.ceil(cores / loaderThreads);
  // A GET takes several decodes' time: enough of them under way that decoding never waits for one.
  return { cores, loaderThreads, decodeConcurrency, fetchConcurrency: 4 * decodeConcurrency };
}

/**
 * libuv threads: one per decode, as many again for those that were given up and go on until the engine counts as hung, and
 * a few so that file reads and name look-ups need not queue behind decodes.
 */
export function libuvThreads(size: Pick<EngineSize, 'loaderThreads' | 'decodeConcurrency'>): number {
  return hungAfterLimits * size.loaderThreads * size.decodeConcurrency + 4;
}
