/** Fetches one published file: resumed where it was cut, and its checksum right, or not there at all. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, OutageError, UsageError } from '@labelmill/shared/errors';
import { fileDigest } from '../file-digest.ts';
import { PartFile } from './part-file.ts';
import type { PublishedWeights } from './published-weights.ts';
import type { WeightsSource } from './weights-source.ts';

/** Attempts in a row that bring nothing new. */
const maxFruitless = 5;
/** Where neither the catalogue nor the server names a size; VGG-19 has 0.6 GB. */
const maxBytes = 2_000_000_000;

export interface DownloadProgress {
  /** Bytes there, those of an earlier attempt included. */
  readonly done: number;
  /** Null where nobody says. */
  readonly total: number | null;
}

export interface DownloadOptions {
  readonly weights: PublishedWeights;
  readonly source: WeightsSource;
  /** Holds `<sha256>.part` while it comes and `<sha256>` when it is whole. One download of a file at a time. */
  readonly folder: string;
  /** Before the second attempt in a row that brings nothing; doubles with each. */
  readonly retryDelayMs: number;
  readonly onProgress: (progress: DownloadProgress) => void;
  readonly signal: AbortSignal | undefined;
}

/**
 * The path of the whole, checked file.
 *
 * @throws UsageError `wrong_bytes` or `wrong_size`, and nothing is kept; OutageError `disk_full`, or `download_failed`
 * after five fruitless attempts, or the signal's reason, and what came is kept to be resumed; as the source does.
 */
export async function download(options: DownloadOptions): Promise<string> {
  const { weights, folder, signal } = options;
  const whole = join(folder, weights.sha256);
  if (await isWhole(whole, weights)) return whole;
  await using part = await PartFile.open(`${whole}.part`, signal);
  let resumed = part.bytes > 0;
  while (part.sha256() !== weights.sha256) {
    await fetchToTheEnd(options, part);
    if (part.sha256() === weights.sha256) break;
    const found = part.sha256();
    await part.restart();
    if (!resumed) {
      await part.remove();
      const message = `${weights.address} has sha256 ${found}, not ${weights.sha256}: refused`;
      throw new UsageError('wrong_bytes', message);
    }
    resumed = false; // an earlier process may have died with bytes that never reached the disk
  }
  await part.moveTo(whole);
  return whole;
}

async function isWhole(path: string, { sha256 }: PublishedWeights): Promise<boolean> {
  try {
    if ((await fileDigest(path)).sha256 === sha256) return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
  await rm(path);
  return false;
}

async function fetchToTheEnd(options: DownloadOptions, part: PartFile): Promise<void> {
  const { retryDelayMs, signal } = options;
  for (let fruitless = 0; ; ) {
    const before = part.bytes;
    try {
      return await fetchOn(options, part);
    } catch (error) {
      signal?.throwIfAborted();
      if (codeOf(error) !== 'download_failed') throw error;
      fruitless = part.bytes > before ? 0 : fruitless + 1;
      if (fruitless === maxFruitless) throw error;
      if (fruitless > 0) await sleep(retryDelayMs * 2 ** (fruitless - 1), undefined, signal && { signal });
    }
  }
}

/** One attempt: from where the part ends to the end of the file. */
async function fetchOn(
  { weights, source, onProgress, signal }: DownloadOptions,
  part: PartFile,
): Promise<void> {
  const { offset, total, blocks } = await source.open(weights, part.bytes, signal);
  if (weights.bytes !== undefined && total !== null && total !== weights.bytes) {
    await part.remove();
    throw new UsageError(
      'wrong_size',
      `${weights.address} has ${total} bytes, not ${weights.bytes}: refused`,
    );
  }
  if (offset !== part.bytes) await part.restart();
  const limit = weights.bytes ?? total ?? maxBytes;
  onProgress({ done: part.bytes, total: weights.bytes ?? total });
  for await (const block of blocks) {
    if (part.bytes + block.length > limit) {
      await part.remove();
      throw new UsageError('wrong_size', `${weights.address} has more than ${limit} bytes: refused`);
    }
    await part.append(block);
    onProgress({ done: part.bytes, total: weights.bytes ?? total });
  }
  if (total !== null && part.bytes < total) {
    throw new OutageError(
      'download_failed',
      `${weights.address} was cut off at ${part.bytes} of ${total} bytes`,
    );
  }
}
