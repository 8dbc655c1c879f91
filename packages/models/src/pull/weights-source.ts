/** Where published weights can be fetched from: their own address, a mirror, a bucket, a folder. */
import type { PublishedWeights } from './published-weights.ts';

export interface WeightsBody {
  /** Of the first byte in `blocks`: what was asked for, or 0 where the source can only begin at the start. */
  readonly offset: number;
  /** Size of the whole file in bytes; null where the source does not say. */
  readonly total: number | null;
  readonly blocks: AsyncIterable<Uint8Array>;
}

export interface WeightsSource {
  /**
   * Opens the file from byte `offset` on.
   *
   * @throws OutageError `download_failed`, also out of `blocks`, where trying again may help; UsageError where it
   * cannot; the signal's reason.
   */
  open(weights: PublishedWeights, offset: number, signal: AbortSignal | undefined): Promise<WeightsBody>;
}
