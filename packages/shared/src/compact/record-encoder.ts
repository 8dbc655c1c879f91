import type { ChunkRecords } from './chunk-records.ts';

export const compactFormats = ['parquet', 'jsonl', 'csv'] as const;
export type CompactFormat = (typeof compactFormats)[number];

/** One file of records, written in memory and created at once. */
export interface RecordEncoder {
  /** So far, as far as they are encoded. */
  readonly bytes: number;
  /** The records of one chunk, in order, to the last. One chunk at a time. @throws LabelmillError `broken_part` */
  add(chunk: ChunkRecords): void | Promise<void>;
  /** The whole file. Nothing may be added after it. */
  finish(): Uint8Array | Promise<Uint8Array>;
}

/** First size of the memory for a file that ends soon behind `fileBytes`: grown, it would be there twice for a moment. */
export function capacity(fileBytes: number): number {
  return fileBytes + 16 * 2 ** 20;
}
